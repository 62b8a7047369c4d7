//! How Go prints what messages show: quoted texts, JSON, its internal types, differences.

mod diff;
mod internal;
mod scan;

pub(crate) use diff::unified as diff;
pub(crate) use internal::internal;
pub use scan::json_error;

use std::fmt::Write;

use manifest::{Map, Node, Value, json};

/// A text as `%q` prints it.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for char in text.chars() {
        let escaped = match char {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\u{7}' => "\\a",
            '\u{8}' => "\\b",
            '\u{c}' => "\\f",
            '\u{b}' => "\\v",
            _ if char.is_ascii_control() => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\x{:02x}", u32::from(char));
                continue;
            }
            _ if char.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(char));
                continue;
            }
            _ => {
                out.push(char);
                continue;
            }
        };
        out.push_str(escaped);
    }
    out.push('"');
    out
}

/// A value as `json.Marshal` prints it: structs in the order of their fields, maps sorted.
pub(crate) fn json(node: &Node) -> String {
    let mut out = String::new();
    let options = json::Options { escape_html: true, ..json::Options::default() };
    json::write(&sorted(node), options, &mut out);
    out
}

/// The same as `json.MarshalIndent` with one blank prints it.
fn indented(node: &Node) -> String {
    let mut out = String::new();
    let options = json::Options { escape_html: true, pretty: true, ..json::Options::default() };
    json::write(node, options, &mut out);
    // The writer indents by two.
    let lines = out.lines().map(|line| {
        let text = line.trim_start_matches(' ');
        format!("{}{text}", " ".repeat((line.len() - text.len()) / 2))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Fields that say that a map is a struct: its order is that of the declaration.
const STRUCT_FIELDS: &[&str] = &[
    "matchLabels",
    "matchExpressions",
    "operator",
    "apiVersion",
    "kind",
    "key",
    "manager",
    "Name",
    "Type",
];

pub(crate) fn sorted(node: &Node) -> Node {
    match &node.value {
        Value::Map(map) => {
            let is_struct = map.keys().any(|key| {
                STRUCT_FIELDS.contains(&key.as_str()) || key.starts_with(|c: char| c.is_uppercase())
            });
            let mut entries: Vec<_> =
                map.iter().map(|(key, node)| (key.clone(), sorted(node))).collect();
            if !is_struct {
                entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            }
            Node::new(entries.into_iter().collect::<Map>(), node.origin)
        }
        Value::List(list) => {
            Node::new(list.iter().map(sorted).collect::<manifest::List>(), node.origin)
        }
        _ => node.clone(),
    }
}

#[cfg(test)]
mod tests;
