// The plugtest resources. What a resource must know of RFC 7252 itself (conditions, Accept) is in
// dispatch.rs.
use crate::links::{Attributes, Value};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};

pub const TEXT: usize = 0;
pub const LINK_FORMAT: usize = 40;
pub const XML: usize = 41;
const CREATED_MAX: usize = 32;

// What a resource does. `Stored` ones are replaced by PUT where they are `open` to it, and go with
// DELETE where a client made them.
pub enum Kind {
    Fixed(String, usize),
    Stored { open: bool, made: bool },
    Test { posts: usize },
    Query,
    Create,
    LargeCreate { count: usize, paths: Vec<String> },
    LargePost,
    LocationQuery,
    MultiFormat,
    Validate,
    Core,
}

pub struct Resource {
    pub kind: Kind,
    pub attributes: Attributes,
    pub hidden: bool,
    pub exists: bool,
    pub payload: Vec<u8>,
    pub format: usize,
}

impl Resource {
    fn new(kind: Kind, text: &str) -> Self {
        Resource {
            kind,
            attributes: vec![],
            hidden: false,
            exists: true,
            payload: text.as_bytes().to_vec(),
            format: TEXT,
        }
    }

    fn with(mut self, attributes: Attributes) -> Self {
        self.attributes = attributes;
        self
    }

    fn hide(mut self) -> Self {
        self.hidden = true;
        self
    }

    pub fn take(&mut self, payload: &[u8], format: Option<usize>) {
        self.payload = payload.to_vec();
        self.format = format.unwrap_or(TEXT);
    }

    // Only what has one to speak of.
    pub fn etag(&self) -> Option<Vec<u8>> {
        if !matches!(self.kind, Kind::Validate) {
            return None;
        }
        let mut hasher = DefaultHasher::new();
        hasher.write(&self.payload);
        Some(hasher.finish().to_be_bytes().to_vec())
    }

    pub fn formats(&self) -> Vec<usize> {
        match &self.kind {
            Kind::MultiFormat => vec![TEXT, XML],
            Kind::Fixed(_, format) => vec![*format],
            Kind::Core => vec![LINK_FORMAT],
            _ => vec![self.format],
        }
    }
}

pub struct Site {
    pub resources: BTreeMap<String, Resource>,
}

fn fixed(text: &str) -> Resource {
    Resource::new(Kind::Fixed(text.to_string(), TEXT), "")
}

fn stored(text: &str, open: bool, made: bool) -> Resource {
    Resource::new(Kind::Stored { open, made }, text)
}

fn large() -> String {
    (0..25)
        .map(|line| {
            let text = format!("line {line:02} of a text too long for one block ");
            format!("{text:.<63}\n")
        })
        .collect()
}

impl Site {
    pub fn new() -> Self {
        let mut site = Site {
            resources: BTreeMap::new(),
        };
        site.add("/", fixed("coapspec reference peer: coap-rs").hide());
        site.add(
            "/.well-known/core",
            Resource::new(Kind::Core, "").with(vec![("ct", Value::Number(LINK_FORMAT))]),
        );
        site.add(
            "/test",
            Resource::new(Kind::Test { posts: 0 }, "a plain text resource"),
        );
        site.add("/seg1/seg2/seg3", fixed("three segments"));
        site.add("/query", Resource::new(Kind::Query, ""));
        let text = large();
        site.add(
            "/large",
            fixed(&text).with(vec![("sz", Value::Number(text.len()))]),
        );
        site.add("/large-update", stored("nothing uploaded yet", true, false));
        site.add(
            "/large-create",
            Resource::new(
                Kind::LargeCreate {
                    count: 0,
                    paths: vec![],
                },
                "",
            ),
        );
        site.add("/large-post", Resource::new(Kind::LargePost, ""));
        site.add(
            "/obs",
            stored("count 0", true, false).with(vec![("obs", Value::Flag)]),
        );
        site.add(
            "/location-query",
            Resource::new(Kind::LocationQuery, "created here"),
        );
        site.add(
            "/multi-format",
            Resource::new(Kind::MultiFormat, "one thing in two formats")
                .with(vec![("ct", Value::Text("0 41"))]),
        );
        site.add(
            "/validate",
            Resource::new(Kind::Validate, "a text that an entity tag stands for"),
        );
        let mut create = Resource::new(Kind::Create, "").hide();
        create.exists = false;
        site.add("/create1", create);
        let types = ["Type1 Type2", "Type2 Type3", "Type1 Type3"];
        for (number, (rt, interface)) in types.into_iter().zip(["If1", "If2", "foo"]).enumerate() {
            let attributes = vec![("rt", Value::Text(rt)), ("if", Value::Text(interface))];
            let text = format!("link {}", number + 1);
            site.add(
                &format!("/link{}", number + 1),
                fixed(&text).with(attributes),
            );
        }
        let subs: Vec<String> = (1..4).map(|n| format!("/path/sub{n}")).collect();
        let list: Vec<String> = subs.iter().map(|path| format!("<{path}>")).collect();
        site.add(
            "/path",
            Resource::new(Kind::Fixed(list.join(","), LINK_FORMAT), "")
                .with(vec![("ct", Value::Number(LINK_FORMAT))]),
        );
        for path in &subs {
            site.add(path, fixed(path));
        }
        site
    }

    fn add(&mut self, path: &str, resource: Resource) {
        self.resources.insert(path.to_string(), resource);
    }

    // A resource that a client made, with what it sent. Says whether it was there before.
    pub fn make(&mut self, path: &str, payload: &[u8], format: Option<usize>) -> bool {
        let mut made = stored("", false, true).hide();
        made.take(payload, format);
        self.resources.insert(path.to_string(), made).is_some()
    }

    // The path of a new resource below /large-create; of too many the oldest goes.
    pub fn make_large(&mut self, payload: &[u8], format: Option<usize>) -> String {
        let mut name = String::new();
        let mut oldest = None;
        if let Some(Resource {
            kind: Kind::LargeCreate { count, paths },
            ..
        }) = self.resources.get_mut("/large-create")
        {
            *count += 1;
            name = count.to_string();
            paths.push(format!("/large-create/{name}"));
            if paths.len() > CREATED_MAX {
                oldest = Some(paths.remove(0));
            }
        }
        if let Some(path) = oldest {
            self.resources.remove(&path);
        }
        self.make(&format!("/large-create/{name}"), payload, format);
        name
    }
}
