//! Addresses of objects on a server.

use std::fmt::Write;

use schema::{KindInfo, Scope};

/// The address of a kind's objects, or of one of them where `name` is not empty. An empty namespace
/// means all of them. `subresource` may be empty.
pub(crate) fn path(kind: &KindInfo, namespace: &str, name: &str, subresource: &str) -> String {
    let mut path = String::with_capacity(96);
    if kind.group.is_empty() {
        path.push_str("/api/");
    } else {
        path.push_str("/apis/");
        push(&kind.group, &mut path);
        path.push('/');
    }
    push(&kind.version, &mut path);
    if kind.scope == Scope::Namespaced && !namespace.is_empty() {
        path.push_str("/namespaces/");
        push(namespace, &mut path);
    }
    path.push('/');
    push(&kind.plural, &mut path);
    for part in [name, subresource] {
        if !part.is_empty() {
            path.push('/');
            push(part, &mut path);
        }
    }
    path
}

/// Adds a parameter to an address.
pub(crate) fn add_query(path: &mut String, key: &str, value: &str) {
    path.push(if path.contains('?') { '&' } else { '?' });
    push(key, path);
    path.push('=');
    push(value, path);
}

/// A part of an address, with what has a meaning there escaped.
fn push(part: &str, path: &mut String) {
    for byte in part.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => {
                path.push(char::from(byte));
            }
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(path, "%{byte:02X}");
            }
        }
    }
}

#[cfg(test)]
mod tests;
