//! What the path of a URL names.

use manifest::Text;

/// What a path names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Route {
    /// `/api`, `/apis`.
    Versions,
    /// `/apis`.
    Groups,
    /// `/apis/GROUP`.
    Group(Text),
    /// `/api/v1`, `/apis/GROUP/VERSION`.
    Resources(Text),
    /// A collection, an object or a subresource.
    Resource(Place),
    /// Anything else, by its path.
    Other,
}

/// A collection, an object or a subresource.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Place {
    pub(crate) api_version: Text,
    pub(crate) namespace: Text,
    pub(crate) plural: Text,
    pub(crate) name: Text,
    pub(crate) subresource: Text,
    /// Whether the path says, as paths did once, that it is watched.
    pub(crate) is_watch: bool,
}

/// What `path` names.
pub(crate) fn route(path: &str) -> Route {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    let parts: Vec<String> = path.split('/').map(decoded).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["api"] => Route::Versions,
        ["apis"] => Route::Groups,
        ["api", version] => Route::Resources((*version).into()),
        ["apis", group] => Route::Group((*group).into()),
        ["apis", group, version] => Route::Resources(ecow::eco_format!("{group}/{version}")),
        ["api", version, rest @ ..] => place((*version).into(), rest),
        ["apis", group, version, rest @ ..] => place(ecow::eco_format!("{group}/{version}"), rest),
        _ => Route::Other,
    }
}

fn place(api_version: Text, parts: &[&str]) -> Route {
    let (is_watch, parts) = match parts {
        ["watch", rest @ ..] if !rest.is_empty() => (true, rest),
        _ => (false, parts),
    };
    let (namespace, parts) = match parts {
        ["namespaces", _, "status" | "finalize"] => ("", parts),
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (*namespace, rest),
        _ => ("", parts),
    };
    let text = |part: Option<&&str>| part.map_or_else(Text::new, |part| Text::from(*part));
    let subresource = parts.get(2..).unwrap_or_default().join("/");
    Route::Resource(Place {
        api_version,
        namespace: namespace.into(),
        plural: text(parts.first()),
        name: text(parts.get(1)),
        subresource: subresource.into(),
        is_watch,
    })
}

/// The parameters of a query.
pub(crate) fn parameters(query: &str) -> Vec<(String, String)> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    let pair = |part: &str| {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        (decoded(&key.replace('+', " ")), decoded(&value.replace('+', " ")))
    };
    parts.map(pair).collect()
}

/// A text without its percent signs.
pub(crate) fn decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = hex.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (first, byte) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests;
