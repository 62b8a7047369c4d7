//! Definitions of custom kinds, from the schemas of their CustomResourceDefinitions.

use manifest::{Map, Node, Origin, Text};
use schema::{KindInfo, Types};

use super::{Flavor, builtin, gvks};
use crate::discovery;
use crate::make::{list, map, text};

/// What version 2 can say of a schema; the rest of it is not for its readers.
const KEPT: &[&str] = &["type", "format", "description", "enum", "required", "default"];

/// What a server says of the fields that every kind has.
const API_VERSION: &str = "APIVersion defines the versioned schema of this representation of an \
    object. Servers should convert recognized schemas to the latest internal value, and may reject \
    unrecognized values. More info: \
    https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources";
const KIND: &str = "Kind is a string value representing the REST resource this object represents. \
    Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In \
    CamelCase. More info: \
    https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds";
const METADATA: &str = "Standard object's metadata. More info: \
    https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

/// The definition of a custom kind with its name; `None` of a built-in one.
pub(super) fn definition(types: &Types, info: &KindInfo, flavor: Flavor) -> Option<(Text, Node)> {
    let api_version = discovery::api_version(&info.group, &info.version);
    if Types::is_builtin(&api_version, &info.kind) {
        return None;
    }
    let schema = types.schema(&api_version, &info.kind);
    let mut entries = match (schema, flavor) {
        (Some(schema), Flavor::V3) => schema.as_map().cloned().unwrap_or_default(),
        (Some(schema), Flavor::V2) => simple(schema).as_map().cloned().unwrap_or_default(),
        (None, _) => Map::new(),
    };
    entries.set("type", text("object"));
    // A kind that keeps unknown fields has none that are worth a name.
    let is_open = schema.is_none_or(|schema| flag(schema, "x-kubernetes-preserve-unknown-fields"));
    if !is_open || flavor == Flavor::V3 {
        let properties = entries.entry("properties", || map([]));
        if let Some(properties) = properties.as_map_mut() {
            let described =
                |about: &str| map([("description", text(about)), ("type", text("string"))]);
            properties.set("apiVersion", described(API_VERSION));
            properties.set("kind", described(KIND));
            properties.set("metadata", metadata(flavor));
        }
    }
    entries.set("x-kubernetes-group-version-kind", gvks(&[(api_version, info.kind.clone())]));
    Some((name(info), Node::new(entries, Origin::NONE)))
}

fn metadata(flavor: Flavor) -> Node {
    let reference = flavor.reference(&builtin::full_name("meta.v1.ObjectMeta"));
    match flavor {
        Flavor::V2 => {
            let mut entries = reference.as_map().cloned().unwrap_or_default();
            entries.set("description", text(METADATA));
            Node::new(entries, Origin::NONE)
        }
        // Version 3 has nothing beside a reference.
        Flavor::V3 => map([("description", text(METADATA)), ("allOf", list([reference]))]),
    }
}

/// The name of a custom kind's definition: the group from its last part to its first.
pub(super) fn name(info: &KindInfo) -> Text {
    let mut parts: Vec<&str> = info.group.split('.').collect();
    parts.reverse();
    ecow::eco_format!("{}.{}.{}", parts.join("."), info.version, info.kind)
}

fn flag(schema: &Node, name: &str) -> bool {
    schema.get(name).and_then(Node::as_bool) == Some(true)
}

/// A schema as version 2 can say it. What may be null or is of two types can be anything there, and
/// so can the fields of what keeps unknown ones.
fn simple(schema: &Node) -> Node {
    if flag(schema, "nullable") || flag(schema, "x-kubernetes-int-or-string") {
        let description = schema.get("description").map(|node| ("description", node.clone()));
        return map(description);
    }
    let mut entries = Map::new();
    for (key, value) in schema.as_map().into_iter().flat_map(Map::iter) {
        match key.as_str() {
            key if KEPT.contains(&key) => entries.set(key, value.clone()),
            key if key.starts_with("x-kubernetes-") && key != "x-kubernetes-validations" => {
                entries.set(key, value.clone());
            }
            _ => {}
        }
    }
    let of = schema.str_at(&["type"]);
    if of == Some("array") {
        let items = schema.get("items").map_or_else(|| map([]), simple);
        entries.set("items", items);
    }
    if flag(schema, "x-kubernetes-preserve-unknown-fields") {
        return Node::new(entries, Origin::NONE);
    }
    if let Some(properties) = schema.get("properties").and_then(Node::as_map) {
        let properties = properties.iter().map(|(key, node)| (key.clone(), simple(node)));
        entries.set("properties", Node::new(properties.collect::<Map>(), Origin::NONE));
    }
    if let Some(values) = schema.get("additionalProperties").filter(|node| node.as_map().is_some())
    {
        entries.set("additionalProperties", simple(values));
    }
    Node::new(entries, Origin::NONE)
}
