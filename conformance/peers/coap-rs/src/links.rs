// CoRE link format (RFC 6690): a list of links as text, and the query filter on it.

// A value in quotes, one without, or none at all (a flag such as obs).
pub enum Value {
    Text(&'static str),
    Number(usize),
    Flag,
}

pub type Attributes = Vec<(&'static str, Value)>;

pub fn formatted(path: &str, attributes: &Attributes) -> String {
    let mut link = format!("<{path}>");
    for (name, value) in attributes {
        link += &match value {
            Value::Text(text) => format!(";{name}=\"{text}\""),
            Value::Number(number) => format!(";{name}={number}"),
            Value::Flag => format!(";{name}"),
        };
    }
    link
}

fn text_of(path: &str, attributes: &Attributes, name: &str) -> Option<String> {
    if name == "href" {
        return Some(path.to_string());
    }
    let (_, value) = attributes.iter().find(|(known, _)| *known == name)?;
    Some(match value {
        Value::Text(text) => text.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Flag => String::new(),
    })
}

// RFC 6690 section 4.1: values in lists match one by one, a star at the end is a wildcard, and a
// link without the attribute never matches.
pub fn matches(path: &str, attributes: &Attributes, query: &str) -> bool {
    let (name, pattern) = match query.split_once('=') {
        Some((name, pattern)) => (name, Some(pattern)),
        None => (query, None),
    };
    let (Some(whole), Some(pattern)) = (text_of(path, attributes, name), pattern) else {
        return pattern.is_none() && text_of(path, attributes, name).is_some();
    };
    let mut candidates = vec![whole.as_str()];
    if ["rt", "if", "rel", "ct"].contains(&name) {
        candidates.extend(whole.split(' '));
    }
    candidates
        .iter()
        .any(|candidate| match pattern.strip_suffix('*') {
            Some(start) => candidate.starts_with(start),
            None => *candidate == pattern,
        })
}
