//! What the server refuses of a complete object, in its words.
//!
//! A built-in kind is checked by a function over a [`spot::Spot`]: a value, where it stands, and where
//! complaints go. `checks` is the vocabulary that they are written in, `names` the forms of names; then
//! there is a file for a group of kinds, in the order of Kubernetes' own validation, because the order
//! of the errors is seen. A kind whose schema comes from a definition is checked by its schema.

mod address;
mod apps;
mod autoscaling;
mod batch;
mod checks;
mod classes;
mod core;
mod embedded;
mod endpoints;
mod kinds;
mod metadata;
mod names;
mod network;
mod pod;
mod policy;
mod rbac;
mod resource;
mod service;
mod small;
mod spot;
mod storage;
mod webhooks;

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
/// `subresource` is the endpoint that it is written through, empty for its own.
pub fn validate(
    types: &Types,
    object: &Node,
    live: Option<&Node>,
    subresource: &str,
) -> Vec<Wrong> {
    let text = |key: &str| object.str_at(&[key]).unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    if let Some(schema) = types.structural(api_version, kind) {
        let mut wrong = kinds::custom_metadata(object, live);
        crate::custom::validate(object, live, schema, &mut wrong);
        if let Some(schema) = types.schema(api_version, kind) {
            embedded::check(object, schema, &mut wrong);
        }
        return wrong;
    }
    if api_version == "autoscaling/v1" {
        // Checked in the version that it is kept in.
        let kept = |node: &Node| crate::convert(types, node, "autoscaling/v2");
        if let Some(object) = kept(object) {
            return validate(types, &object, live.and_then(kept).as_ref(), subresource);
        }
    }
    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
    let mut wrong = kinds::validate(object, live, (group, kind), subresource);
    match (group, kind, subresource) {
        ("apiextensions.k8s.io", "CustomResourceDefinition", "") => {
            crate::definition::validate(object, live, &mut wrong);
        }
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy", "") => {
            crate::policy::validate_policy(object, &mut wrong);
        }
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding", "") => {
            crate::policy::validate_binding(object, &mut wrong);
        }
        _ => {}
    }
    wrong
}

/// What the server warns of in the finalizers of a custom object.
pub fn finalizer_warnings(object: &Node, live: Option<&Node>) -> Vec<String> {
    metadata::finalizer_warnings(object, live)
}

/// What is wrong with the addresses that a Service asks for: said before it gets any, and alone.
pub fn cluster_ips(service: &Node, live: Option<&Node>) -> Vec<Wrong> {
    let wrong = Default::default();
    service::cluster_ips_only(spot::Spot::root(service, &wrong), live);
    wrong.into_inner()
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

#[cfg(test)]
mod tests;
