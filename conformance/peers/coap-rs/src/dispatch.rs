// From a request of coap-rs to a resource and back. coap-rs leaves to the application what a resource
// is, which methods it has, conditional requests and Accept; that is done here. Everything else
// (message layer, options, blocks, observers) is coap-rs's own business.
use crate::links;
use crate::site::{Kind, Resource, Site, LINK_FORMAT, TEXT, XML};
use coap_lite::option_value::OptionValueU16;
use coap_lite::{
    CoapOption, CoapRequest, MessageClass, RequestType as Method, ResponseType as Status,
};
use std::net::SocketAddr;
use std::sync::Mutex;

struct Reply {
    status: Status,
    content: Option<(Vec<u8>, usize)>,
    options: Vec<(CoapOption, Vec<u8>)>,
}

struct Question<'a> {
    method: Method,
    path: String,
    queries: Vec<String>,
    payload: &'a [u8],
    format: Option<usize>,
    accept: Option<usize>,
    etags: Vec<Vec<u8>>,
    if_match: Vec<Vec<u8>>,
    if_none_match: bool,
}

fn empty(status: Status) -> Reply {
    Reply {
        status,
        content: None,
        options: vec![],
    }
}

fn content(payload: &[u8], format: usize) -> Reply {
    Reply {
        status: Status::Content,
        content: Some((payload.to_vec(), format)),
        options: vec![],
    }
}

// A content format; coap-lite says whether the option is one.
fn format(request: &CoapRequest<SocketAddr>, option: CoapOption) -> Option<usize> {
    let value = request
        .message
        .get_first_option_as::<OptionValueU16>(option)?;
    value.ok().map(|number| usize::from(number.0))
}

fn values(request: &CoapRequest<SocketAddr>, option: CoapOption) -> Vec<Vec<u8>> {
    request
        .message
        .get_option(option)
        .map(|list| list.iter().cloned().collect())
        .unwrap_or_default()
}

fn read(request: &CoapRequest<SocketAddr>) -> Question<'_> {
    let text = |value: &Vec<u8>| String::from_utf8_lossy(value).into_owned();
    let segments: Vec<String> = values(request, CoapOption::UriPath)
        .iter()
        .map(text)
        .collect();
    Question {
        method: *request.get_method(),
        path: format!("/{}", segments.join("/")),
        queries: values(request, CoapOption::UriQuery)
            .iter()
            .map(text)
            .collect(),
        payload: &request.message.payload,
        format: format(request, CoapOption::ContentFormat),
        accept: format(request, CoapOption::Accept),
        etags: values(request, CoapOption::ETag),
        if_match: values(request, CoapOption::IfMatch),
        if_none_match: !values(request, CoapOption::IfNoneMatch).is_empty(),
    }
}

// RFC 7252 section 5.10.8: an empty value of If-Match means "exists", any other one must be the
// entity tag that the resource has now.
fn condition_fails(question: &Question, resource: &Resource) -> bool {
    let tag = resource.etag();
    let matched = |wanted: &Vec<u8>| wanted.is_empty() || tag.as_ref() == Some(wanted);
    (question.if_none_match && resource.exists)
        || (!question.if_match.is_empty()
            && !(resource.exists && question.if_match.iter().any(matched)))
}

fn methods(kind: &Kind) -> &'static [Method] {
    match kind {
        Kind::Stored { open: true, .. } | Kind::Validate => &[Method::Get, Method::Put],
        Kind::Stored { made: true, .. } => &[Method::Get, Method::Delete],
        Kind::Test { .. } => &[Method::Get, Method::Put, Method::Post, Method::Delete],
        Kind::Create => &[Method::Get, Method::Put, Method::Delete],
        Kind::LargeCreate { .. } | Kind::LargePost => &[Method::Post],
        Kind::LocationQuery => &[Method::Get, Method::Post],
        _ => &[Method::Get],
    }
}

fn refusal(question: &Question, resource: &Resource) -> Option<Status> {
    if !methods(&resource.kind).contains(&question.method) {
        return Some(Status::MethodNotAllowed);
    }
    if condition_fails(question, resource) {
        return Some(Status::PreconditionFailed);
    }
    if question.method == Method::Get && !resource.exists {
        return Some(Status::NotFound);
    }
    let acceptable = |format| resource.formats().contains(&format);
    if question.method == Method::Get && !question.accept.is_none_or(acceptable) {
        return Some(Status::NotAcceptable);
    }
    let text_only = matches!(resource.kind, Kind::Test { .. } | Kind::Validate);
    if question.method == Method::Put && text_only && question.format.unwrap_or(TEXT) != TEXT {
        return Some(Status::UnsupportedContentFormat);
    }
    None
}

fn get(question: &Question, resource: &Resource, core: &str) -> Reply {
    match &resource.kind {
        Kind::Fixed(text, format) => content(text.as_bytes(), *format),
        Kind::Core => content(core.as_bytes(), LINK_FORMAT),
        Kind::Query if question.queries.is_empty() => content(b"no query", TEXT),
        Kind::Query => content(question.queries.join("\n").as_bytes(), TEXT),
        Kind::MultiFormat if question.accept == Some(XML) => {
            content(b"<text>one thing in two formats</text>", XML)
        }
        Kind::Validate => {
            let tag = resource.etag().unwrap_or_default();
            let mut reply = if question.etags.contains(&tag) {
                empty(Status::Valid)
            } else {
                content(&resource.payload, TEXT)
            };
            reply.options.push((CoapOption::ETag, tag));
            reply
        }
        _ => content(&resource.payload, resource.format),
    }
}

fn put(question: &Question, resource: &mut Resource) -> Reply {
    let created = !resource.exists;
    resource.exists = true;
    resource.take(question.payload, question.format);
    empty(if created {
        Status::Created
    } else {
        Status::Changed
    })
}

fn placed(status: Status, path: &[&str], queries: &[&str]) -> Reply {
    let of = |option, texts: &[&str]| -> Vec<(CoapOption, Vec<u8>)> {
        texts
            .iter()
            .map(|text| (option, text.as_bytes().to_vec()))
            .collect()
    };
    let mut options = of(CoapOption::LocationPath, path);
    options.extend(of(CoapOption::LocationQuery, queries));
    Reply {
        status,
        content: None,
        options,
    }
}

fn post(question: &Question, site: &mut Site) -> Reply {
    let Some(resource) = site.resources.get_mut(&question.path) else {
        return empty(Status::NotFound);
    };
    match &mut resource.kind {
        // The text counts the executions, so that a duplicate that was executed twice shows.
        Kind::Test { posts } => {
            *posts += 1;
            let text = format!("post {posts}");
            let path = ["location1", "location2", "location3"];
            let place = format!("/{}", path.join("/"));
            let before = site.make(&place, question.payload, question.format);
            let mut reply = if before {
                empty(Status::Changed)
            } else {
                placed(Status::Created, &path, &[])
            };
            reply.content = Some((text.into_bytes(), TEXT));
            reply
        }
        Kind::LargePost => Reply {
            status: Status::Changed,
            content: Some((question.payload.to_ascii_uppercase(), TEXT)),
            options: vec![],
        },
        Kind::LocationQuery => placed(
            Status::Created,
            &["location-query"],
            &["first=1", "second=2"],
        ),
        _ => {
            let name = site.make_large(question.payload, question.format);
            placed(Status::Created, &["large-create", &name], &[])
        }
    }
}

fn delete(question: &Question, site: &mut Site) -> Reply {
    let Some(resource) = site.resources.get_mut(&question.path) else {
        return empty(Status::NotFound);
    };
    match resource.kind {
        Kind::Create => resource.exists = false,
        Kind::Test { .. } => resource.take(b"a plain text resource", None),
        _ => {
            site.resources.remove(&question.path);
        }
    }
    empty(Status::Deleted)
}

fn core(site: &Site, queries: &[String]) -> String {
    let shown = site.resources.iter().filter(|(path, resource)| {
        let fits = |query: &String| links::matches(path, &resource.attributes, query);
        !resource.hidden && queries.iter().all(fits)
    });
    let texts: Vec<String> = shown
        .map(|(path, resource)| links::formatted(path, &resource.attributes))
        .collect();
    texts.join(",")
}

fn answer(site: &mut Site, question: &Question) -> Reply {
    let known = [Method::Get, Method::Post, Method::Put, Method::Delete];
    let list = core(site, &question.queries);
    let Some(resource) = site.resources.get_mut(&question.path) else {
        let method = known.contains(&question.method);
        return empty(if method {
            Status::NotFound
        } else {
            Status::MethodNotAllowed
        });
    };
    if let Some(status) = refusal(question, resource) {
        return empty(status);
    }
    match question.method {
        Method::Get => get(question, resource, &list),
        Method::Put => put(question, resource),
        Method::Post => post(question, site),
        _ => delete(question, site),
    }
}

fn shortest(value: usize) -> Vec<u8> {
    value
        .to_be_bytes()
        .into_iter()
        .skip_while(|byte| *byte == 0)
        .collect()
}

pub fn answered(
    site: &Mutex<Site>,
    mut request: Box<CoapRequest<SocketAddr>>,
) -> Box<CoapRequest<SocketAddr>> {
    let reply = match site.lock() {
        Ok(mut site) => answer(&mut site, &read(&request)),
        Err(_) => empty(Status::InternalServerError),
    };
    if let Some(response) = request.response.as_mut() {
        response.message.header.code = MessageClass::Response(reply.status);
        for (option, value) in reply.options {
            response.message.add_option(option, value);
        }
        if let Some((payload, format)) = reply.content {
            response
                .message
                .add_option(CoapOption::ContentFormat, shortest(format));
            response.message.payload = payload;
        }
    }
    request
}
