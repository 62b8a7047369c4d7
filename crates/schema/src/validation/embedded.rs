//! Objects inside of custom objects (`x-kubernetes-embedded-resource`): they have a version and a
//! kind, and metadata as any.

use manifest::{Map, Node, Origin, Value};

use super::spot::{Found, Spot};
use super::{Wrong, metadata, names};
use crate::go::quoted;

/// Checks what a schema says are objects of their own.
pub(super) fn check(object: &Node, schema: &Node, wrong: &mut Vec<Wrong>) {
    walk(object, schema, &mut String::new(), wrong);
}

fn walk(node: &Node, schema: &Node, path: &mut String, wrong: &mut Vec<Wrong>) {
    let is_embedded = schema.get("x-kubernetes-embedded-resource").and_then(Node::as_bool);
    if is_embedded == Some(true) && node.as_map().is_some() {
        embedded(node, path, wrong);
    }
    let length = path.len();
    match &node.value {
        Value::Map(map) => {
            let properties = schema.get("properties").and_then(Node::as_map);
            let others = schema.get("additionalProperties").filter(|node| node.as_map().is_some());
            for (key, node) in map.iter() {
                if let Some(below) = properties.and_then(|map: &Map| map.get(key)) {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(key);
                    walk(node, below, path, wrong);
                } else if let Some(below) = others {
                    path.push_str(&format!("[{}]", key.as_str()));
                    walk(node, below, path, wrong);
                }
                path.truncate(length);
            }
        }
        Value::List(list) => {
            let Some(items) = schema.get("items") else { return };
            for (index, item) in list.iter().enumerate() {
                path.push_str(&format!("[{index}]"));
                walk(item, items, path, wrong);
                path.truncate(length);
            }
        }
        _ => {}
    }
}

fn embedded(node: &Node, path: &str, wrong: &mut Vec<Wrong>) {
    let at = |field: &str| match path {
        "" => field.to_owned(),
        path => format!("{path}.{field}"),
    };
    for field in ["apiVersion", "kind"] {
        let Some(given) = node.get(field) else {
            wrong.push(Wrong::required(at(field)));
            continue;
        };
        let Some(text) = given.as_str() else {
            wrong.push(Wrong::invalid(at(field), &crate::go::json(given), "must be a string"));
            continue;
        };
        if text.is_empty() {
            wrong.push(Wrong::invalid(at(field), "\"\"", "must not be empty"));
        }
        let why = match field {
            "apiVersion" if text.matches('/').count() > 1 => {
                format!("unexpected GroupVersion string: {text}")
            }
            "kind" => match names::label_1035(&text.to_ascii_lowercase()).as_slice() {
                [] => continue,
                reasons => format!(
                    "may have mixed case, but should otherwise match: {}",
                    reasons.join(",")
                ),
            },
            _ => continue,
        };
        wrong.push(Wrong::invalid(at(field), &quoted(text), &why));
    }
    if node.get("metadata").and_then(Node::as_map).is_none() {
        return;
    }
    let mut object = node.clone();
    if let Some(metadata) = object.map_entry("metadata", Origin::default()) {
        metadata.entry("name", || Node::string("fakename", Origin::default()));
    }
    let found = Found::default();
    metadata::common(Spot::root(&object, &found), names::path_segment);
    let own = found.into_inner().into_iter();
    wrong.extend(own.map(|wrong| Wrong { field: at(&wrong.field), ..wrong }));
}
