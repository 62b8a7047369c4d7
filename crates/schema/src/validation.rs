//! What the server refuses of a complete object, in its words: the beginning of it. Names, metadata,
//! pods, the common kinds, and the schemas of custom kinds.

mod kinds;
mod metadata;
mod pods;

use std::fmt;

use manifest::{Node, Value};

use crate::types::Types;

/// What is wrong with a field: a cause of a `Status` of 422.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wrong {
    /// The field, e.g. `spec.replicas`.
    pub field: String,
    /// The reason, e.g. `FieldValueInvalid`.
    pub reason: &'static str,
    /// The message, without the field.
    pub message: String,
}

impl Wrong {
    /// A value that may not be.
    pub fn invalid(field: impl Into<String>, value: &str, why: &str) -> Wrong {
        let message = format!("Invalid value: {value}: {why}");
        Wrong { field: field.into(), reason: "FieldValueInvalid", message }
    }

    /// A field that may not be there, or not change.
    pub fn forbidden(field: impl Into<String>, why: &str) -> Wrong {
        let message = format!("Forbidden: {why}");
        Wrong { field: field.into(), reason: "FieldValueForbidden", message }
    }

    /// A field that is missing.
    pub fn required(field: impl Into<String>) -> Wrong {
        let message = "Required value".to_owned();
        Wrong { field: field.into(), reason: "FieldValueRequired", message }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// What is wrong with `object`, that is complete and is about to replace `live`, or to be created.
pub fn validate(types: &Types, object: &Node, live: Option<&Node>) -> Vec<Wrong> {
    let text = |key: &str| object.str_at(&[key]).unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let mut wrong = Vec::new();
    metadata::validate(object, live, kind, &mut wrong);
    match types.structural(api_version, kind) {
        Some(schema) => crate::custom::validate(object, live, schema, &mut wrong),
        None if kind == "CustomResourceDefinition" => {
            crate::definition::validate(object, live, &mut wrong);
        }
        None if kind == "ValidatingAdmissionPolicy" => {
            crate::policy::validate_policy(object, &mut wrong);
        }
        None if kind == "ValidatingAdmissionPolicyBinding" => {
            crate::policy::validate_binding(object, &mut wrong);
        }
        None => kinds::validate(object, live, kind, &mut wrong),
    }
    wrong
}

/// Why the server cannot even decode an object that is of its type, in words of Go; `None` where it
/// can.
pub(crate) fn undecodable(object: &Node) -> Option<String> {
    let field = match object.str_at(&["kind"])? {
        "Secret" => "data",
        "ConfigMap" => "binaryData",
        _ => return None,
    };
    let entries = object.get(field)?.as_map()?;
    entries.iter().find_map(|(_, node)| {
        let text = match &node.value {
            Value::Sensitive(text) => text.expose(),
            _ => node.as_str()?,
        };
        let at = illegal_base64(text)?;
        Some(format!("error decoding from json: illegal base64 data at input byte {at}"))
    })
}

/// Where a text stops being base64 as Go reads it: line ends are passed over.
fn illegal_base64(text: &str) -> Option<usize> {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let bytes: Vec<(usize, u8)> =
        text.bytes().enumerate().filter(|(_, byte)| !matches!(byte, b'\r' | b'\n')).collect();
    let digits = bytes.iter().take_while(|(_, byte)| is_digit(*byte)).count();
    let padding = bytes.get(digits..).unwrap_or_default();
    let wanted = match digits % 4 {
        0 => 0,
        1 => return Some(padding.first().map_or(text.len(), |(at, _)| *at)),
        rest => 4 - rest,
    };
    for (index, (at, byte)) in padding.iter().enumerate() {
        if *byte != b'=' || index >= wanted {
            return Some(*at);
        }
    }
    (padding.len() < wanted).then_some(text.len())
}

fn items<'n>(node: &'n Node, path: &[&str]) -> &'n [Node] {
    node.at(path).and_then(Node::as_list).unwrap_or_default()
}

/// A value as messages have it.
fn shown(node: &Node) -> String {
    let mut out = String::new();
    manifest::json::write(node, manifest::json::Options::default(), &mut out);
    out
}

fn quoted(text: &str) -> String {
    format!("{text:?}")
}

#[cfg(test)]
mod tests;
