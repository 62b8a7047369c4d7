//! URLs as Go's `url.ParseRequestURI` and `url.Parse` read them (Kubernetes' `library/urls.go`).

use super::{failed, no_overload};
use crate::pattern::Patterns;
use crate::value::{Entries, Outcome, Value};

/// The parts of a URL.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Url {
    scheme: String,
    /// With the port.
    host: String,
    /// As it was escaped.
    path: String,
    query: String,
}

/// A scheme and what follows its colon.
fn scheme(text: &str) -> Result<(&str, &str), String> {
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => return Ok((&text[..at], &text[at + 1..])),
            _ => break,
        }
    }
    Ok(("", text))
}

fn bad_escape(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let escape = rest.get(at..at + 3);
        if !escape.is_some_and(|escape| escape.bytes().skip(1).all(|byte| byte.is_ascii_hexdigit()))
        {
            return Some(rest.get(at..(at + 3).min(rest.len())).unwrap_or("%"));
        }
        rest = &rest[at + 3..];
    }
    None
}

/// Reads a URL that is absolute, or a path from the root.
///
/// # Errors
/// What Go's `url.ParseRequestURI` says of it.
pub(crate) fn read(text: &str) -> Result<Url, String> {
    let failed = |why: &str| Err(format!("parse {text:?}: {why}"));
    if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return failed("net/url: invalid control character in URL");
    }
    if text.is_empty() {
        return failed("empty url");
    }
    if text == "*" {
        return Ok(Url { path: "*".to_owned(), ..Url::default() });
    }
    let (scheme, rest) = match scheme(text) {
        Ok(found) => found,
        Err(why) => return failed(&why),
    };
    if !rest.starts_with('/') {
        // An opaque URL, as `mailto:a@b`, is absolute too.
        if scheme.is_empty() {
            return failed("invalid URI for request");
        }
        return Ok(Url { scheme: scheme.to_ascii_lowercase(), ..Url::default() });
    }
    let rest = rest.split('#').next().unwrap_or_default();
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = match rest.strip_prefix("//") {
        Some(after) if !scheme.is_empty() || !rest.starts_with("///") => {
            let end = after.find('/').unwrap_or(after.len());
            after.split_at(end)
        }
        _ => ("", rest),
    };
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if let Some(at) =
        host.find(' ').or_else(|| host.find(['<', '>', '"', '\\', '^', '`', '{', '}', '|']))
    {
        let char = host[at..].chars().next().unwrap_or(' ');
        return failed(&format!("invalid character {:?} in host name", char.to_string()));
    }
    let port = match host.rfind(']') {
        Some(end) => &host[end + 1..],
        None if host.starts_with('[') => return failed("missing ']' in host"),
        None => host.find(':').map_or("", |at| &host[at..]),
    };
    let is_port = port.is_empty()
        || port
            .strip_prefix(':')
            .is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
    if !is_port {
        return failed(&format!("invalid port {port:?} after host"));
    }
    if let Some(bad) = bad_escape(path).or_else(|| bad_escape(host)) {
        return failed(&format!("invalid URL escape {bad:?}"));
    }
    Ok(Url {
        scheme: scheme.to_ascii_lowercase(),
        host: host.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
    })
}

pub(crate) fn parse(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::String(text)] => match read(text) {
            Ok(url) => Ok(Value::Url(url.into())),
            Err(error) => {
                failed(ecow::eco_format!("URL parse error during conversion from string: {error}"))
            }
        },
        _ => no_overload("url", args),
    }
}

pub(crate) fn is(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::String(text)] => Ok(Value::Bool(read(text).is_ok())),
        _ => no_overload("isURL", args),
    }
}

fn part(name: &str, args: &[Value], of: fn(&Url) -> String) -> Outcome {
    match args {
        [Value::Url(url)] => Ok(Value::string(of(url))),
        _ => no_overload(name, args),
    }
}

pub(crate) fn host(_: &Patterns, args: &[Value]) -> Outcome {
    part("getHost", args, |url| url.host.clone())
}

/// Where the port starts in a host, at its colon.
fn port_at(host: &str) -> Option<usize> {
    let from = host.rfind(']').unwrap_or(0);
    host[from..].rfind(':').map(|at| from + at)
}

pub(crate) fn hostname(_: &Patterns, args: &[Value]) -> Outcome {
    part("getHostname", args, |url| {
        let host = port_at(&url.host).map_or(url.host.as_str(), |at| &url.host[..at]);
        host.trim_start_matches('[').trim_end_matches(']').to_owned()
    })
}

pub(crate) fn port(_: &Patterns, args: &[Value]) -> Outcome {
    part("getPort", args, |url| {
        port_at(&url.host).map_or(String::new(), |at| url.host[at + 1..].to_owned())
    })
}

pub(crate) fn escaped_path(_: &Patterns, args: &[Value]) -> Outcome {
    part("getEscapedPath", args, |url| {
        // What is not escaped and has to be.
        url.path.bytes().fold(String::new(), |mut out, byte| {
            let is_plain = byte.is_ascii_alphanumeric() || b"-_.~$&+,/:;=@!'()*%[]".contains(&byte);
            if is_plain {
                out.push(char::from(byte));
            } else {
                out.push_str(&format!("%{byte:02X}"));
            }
            out
        })
    })
}

pub(crate) fn scheme_text(_: &Patterns, args: &[Value]) -> Outcome {
    part("getScheme", args, |url| url.scheme.clone())
}

fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                let digits = std::str::from_utf8(&digits).ok()?;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).ok()
}

pub(crate) fn query(_: &Patterns, args: &[Value]) -> Outcome {
    let [Value::Url(url)] = args else { return no_overload("getQuery", args) };
    let mut found: Vec<(String, Vec<Value>)> = Vec::new();
    for pair in url.query.split('&').filter(|pair| !pair.is_empty() && !pair.contains(';')) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (Some(key), Some(value)) = (unescaped(key), unescaped(value)) else { continue };
        match found.iter_mut().find(|(own, _)| *own == key) {
            Some((_, values)) => values.push(Value::string(value)),
            None => found.push((key, vec![Value::string(value)])),
        }
    }
    let mut entries = Entries::default();
    for (key, values) in found {
        entries.insert(Value::string(key), Value::list(values))?;
    }
    Ok(Value::map(entries))
}
