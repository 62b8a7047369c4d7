//! What a CustomResourceDefinition's schema does to its objects: fields that it does not know go,
//! defaults come (apiextensions-apiserver's `schema/pruning` and `schema/defaulting`).

mod formats;
mod instance;
mod lists;
mod path;
mod rules;
mod shape;
mod structural;

use manifest::{Map, Node, Value};

use crate::types::{Type, Types};
use crate::validation::Wrong;

pub(crate) use formats::known as known_format;
pub(crate) use rules::Fault;
pub use structural::Structural;

/// The field that a path leads to, without its first dot and with its type.
pub(crate) fn field_path(path: &str, schema: &Structural) -> Result<(String, String), String> {
    let (path, of) = path::walk(path, schema, true)?;
    Ok((path, of.kind.as_deref().unwrap_or_default().to_owned()))
}

/// The same without brackets.
pub(crate) fn selectable_path(path: &str, schema: &Structural) -> Result<(String, String), String> {
    let (path, of) = path::walk(path, schema, false)?;
    Ok((path, of.kind.as_deref().unwrap_or_default().to_owned()))
}

/// What is wrong with a default that stands at `at`, by its own schema.
pub(crate) fn validate_default(default: &Node, schema: &Structural, at: &str) -> Vec<Wrong> {
    let mut wrong = instance::validate_default(default, schema, at);
    if wrong.is_empty() && schema.has_rules {
        rules::validate_at(default, None, schema, at, false, &mut wrong);
    }
    wrong
}

/// What stops rules from being looked at: they rely on values being of their types and sizes.
const BLOCKING: &[&str] = &[
    "FieldValueNotSupported",
    "FieldValueRequired",
    "FieldValueTooLong",
    "FieldValueTooMany",
    "FieldValueTypeInvalid",
];

/// What is wrong with an object of a custom kind that is about to replace `live`, or to be created.
pub(crate) fn validate(
    object: &Node,
    live: Option<&Node>,
    schema: &Structural,
    wrong: &mut Vec<Wrong>,
) {
    let before = wrong.len();
    instance::validate(object, live, schema, wrong);
    let mut old = Vec::new();
    if let Some(live) = live {
        lists::validate(live, schema, "", &mut old);
    }
    // What was wrong already cannot be made right by everybody.
    if old.is_empty() {
        lists::validate(object, schema, "", wrong);
    }
    if !schema.has_rules {
        return;
    }
    let is_blocking = |wrong: &Wrong| BLOCKING.contains(&wrong.reason);
    if wrong.iter().skip(before).any(is_blocking) {
        let why = "some validation rules were not checked because the object was invalid; correct \
                   the existing errors to complete validation";
        wrong.push(Wrong::invalid("<nil>", "null", why));
        return;
    }
    rules::validate(object, live, schema, wrong);
}

/// Removes from `object` what `schema` does not know.
pub fn prune(object: &mut Node, schema: &Node) {
    prune_value(object, schema, true);
}

fn flag(schema: &Node, name: &str) -> bool {
    schema.get(name).and_then(Node::as_bool) == Some(true)
}

pub(crate) fn prune_value(node: &mut Node, schema: &Node, resource: bool) {
    let preserve = flag(schema, "x-kubernetes-preserve-unknown-fields");
    let resource = resource || flag(schema, "x-kubernetes-embedded-resource");
    match &mut node.value {
        Value::Map(map) => {
            let properties = schema.get("properties").and_then(Node::as_map);
            let additional = schema.get("additionalProperties");
            if !preserve && additional.is_none_or(|values| values.as_bool() == Some(false)) {
                map.retain(|key, _| {
                    resource && matches!(key.as_str(), "apiVersion" | "kind" | "metadata")
                        || properties.is_some_and(|properties| properties.contains(key))
                });
            }
            let keys: Vec<_> = map.keys().cloned().collect();
            for key in keys {
                if resource && matches!(key.as_str(), "apiVersion" | "kind" | "metadata") {
                    if key.as_str() == "metadata" {
                        prune_metadata(map.get_mut(&key));
                    }
                    continue;
                }
                let schema = match properties.and_then(|properties| properties.get(&key)) {
                    Some(schema) => Some(schema),
                    None => additional.filter(|values| values.as_map().is_some()),
                };
                if let (Some(schema), Some(value)) = (schema, map.get_mut(&key)) {
                    prune_value(value, schema, false);
                }
            }
        }
        Value::List(list) => {
            if let Some(items) = schema.get("items") {
                for item in list.make_mut() {
                    prune_value(item, items, false);
                }
            }
        }
        _ => {}
    }
}

/// Metadata is the same for all kinds.
fn prune_metadata(metadata: Option<&mut Node>) {
    let Some(map) = metadata.and_then(Node::as_map_mut) else { return };
    let types = Types::builtin();
    let of = types.get("v1", "ConfigMap").and_then(Type::map);
    let metadata = of.and_then(|of| of.field("metadata")).and_then(|(_, of)| of.map());
    if let Some(of) = metadata {
        map.retain(|key, _| of.field(key).is_some());
    }
}

/// Gives `object` the defaults of `schema`: where a field is missing, and where it is null though
/// it may not be.
pub fn set_defaults(object: &mut Node, schema: &Node) {
    match &mut object.value {
        Value::Map(map) => {
            let properties = schema.get("properties").and_then(Node::as_map);
            for (key, property) in properties.into_iter().flat_map(Map::iter) {
                let given = map.get(key);
                let Some(default) = property.get("default") else {
                    // What may not be null is not there.
                    if given.is_some_and(Node::is_null) && !flag(property, "nullable") {
                        map.remove(key);
                    }
                    continue;
                };
                if given.is_none_or(|node| node.is_null() && !flag(property, "nullable")) {
                    map.set(key.clone(), default.clone());
                }
            }
            let values = schema.get("additionalProperties").filter(|node| node.as_map().is_some());
            let keys: Vec<_> = map.keys().cloned().collect();
            for key in keys {
                let schema = properties.and_then(|map| map.get(&key)).or(values);
                if let (Some(schema), Some(value)) = (schema, map.get_mut(&key)) {
                    set_defaults(value, schema);
                }
            }
        }
        Value::List(list) => {
            if let Some(items) = schema.get("items") {
                for item in list.make_mut() {
                    set_defaults(item, items);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
