//! What a CustomResourceDefinition's schema does to its objects: fields that it does not know go,
//! defaults come (apiextensions-apiserver's `schema/pruning` and `schema/defaulting`).

use manifest::{Map, Node, Value};

use crate::types::{Type, Types};

/// Removes from `object` what `schema` does not know.
pub fn prune(object: &mut Node, schema: &Node) {
    prune_value(object, schema, true);
}

fn flag(schema: &Node, name: &str) -> bool {
    schema.get(name).and_then(Node::as_bool) == Some(true)
}

fn prune_value(node: &mut Node, schema: &Node, resource: bool) {
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
