//! Whether a schema is structural (apiextensions-apiserver's `schema/validation.go` and
//! `complete.go`), and its defaults are what it allows (`schema/defaulting/validation.go`).

use manifest::{Map, Node};

use super::{required, shown, texts};
use crate::custom::{self, Structural};
use crate::validation::Wrong;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Root,
    Item,
    Field,
}

/// What is not structural, in the order of the messages.
pub(super) fn validate(node: &Node, schema: &Structural, at: &str) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    invariants(node, schema, Level::Root, at, &mut wrong);
    complete(node, node, at, at, &mut wrong);
    wrong.sort_by_cached_key(ToString::to_string);
    wrong
}

fn flag(node: &Node, key: &str) -> bool {
    node.get(key).and_then(Node::as_bool) == Some(true)
}

fn child<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    node.get(key).filter(|of| of.as_map().is_some())
}

fn entries(node: &Node) -> impl Iterator<Item = (&str, &Node)> {
    let map = node.get("properties").and_then(Node::as_map);
    map.into_iter().flat_map(Map::iter).map(|(key, node)| (key.as_str(), node))
}

fn invariants(node: &Node, schema: &Structural, level: Level, at: &str, wrong: &mut Vec<Wrong>) {
    let of = texts(node, &["type"]);
    if of == "array" && child(node, "items").is_none() {
        wrong.push(required(format!("{at}.items"), "must be specified"));
    }
    if let (Some(items), Some(schema)) = (child(node, "items"), &schema.items) {
        invariants(items, schema, Level::Item, &format!("{at}.items"), wrong);
    }
    for (key, property) in entries(node) {
        if let Some(schema) = schema.property(key) {
            invariants(property, schema, Level::Field, &format!("{at}.properties[{key}]"), wrong);
        }
    }
    let is_embedded = flag(node, "x-kubernetes-embedded-resource");
    if let Some(additional) = node.get("additionalProperties").filter(|of| !of.is_null()) {
        let below = format!("{at}.additionalProperties");
        if level == Level::Root {
            wrong.push(Wrong::forbidden(below.as_str(), "must not be used at the root"));
        }
        if let Some(schema) = schema.values() {
            invariants(additional, schema, Level::Field, &below, wrong);
        }
        if is_embedded {
            let why = "must not be used if x-kubernetes-embedded-resource is set";
            wrong.push(Wrong::forbidden(below, why));
        }
    }
    extensions(node, at, wrong);
    values(node, skipped(node), at, wrong);
    types(node, level, at, wrong);
    let checks_metadata = level == Level::Root || is_embedded;
    for key in ["kind", "apiVersion"] {
        if let Some(property) = node.at(&["properties", key]).filter(|_| checks_metadata)
            && texts(property, &["type"]) != "string"
        {
            let field = format!("{at}.properties[{key}].type");
            let value = format!("{:?}", texts(property, &["type"]));
            wrong.push(Wrong::invalid(field, &value, "must be string"));
        }
    }
    if let Some(metadata) = node.at(&["properties", "metadata"]) {
        let at = format!("{at}.properties[metadata]");
        metadata_schema(metadata, checks_metadata, level, &at, wrong);
    }
    let is_empty = entries(node).next().is_none();
    if is_embedded && !flag(node, "x-kubernetes-preserve-unknown-fields") && is_empty {
        let why = "must not be empty if x-kubernetes-embedded-resource is true without \
                   x-kubernetes-preserve-unknown-fields";
        wrong.push(required(format!("{at}.properties"), why));
    }
}

fn types(node: &Node, level: Level, at: &str, wrong: &mut Vec<Wrong>) {
    let of = texts(node, &["type"]);
    let field = format!("{at}.type");
    let is_embedded = flag(node, "x-kubernetes-embedded-resource");
    if is_embedded && of != "object" {
        let why = "must be object if x-kubernetes-embedded-resource is true";
        wrong.push(match of {
            "" => required(field.clone(), why),
            of => Wrong::invalid(field.as_str(), &format!("{of:?}"), why),
        });
    } else if of.is_empty()
        && !flag(node, "x-kubernetes-int-or-string")
        && !flag(node, "x-kubernetes-preserve-unknown-fields")
    {
        let why = match level {
            Level::Root => "must not be empty at the root",
            Level::Item => "must not be empty for specified array items",
            Level::Field => "must not be empty for specified object fields",
        };
        wrong.push(required(field.clone(), why));
    }
    if level == Level::Root && !of.is_empty() && of != "object" {
        wrong.push(Wrong::invalid(field, &format!("{of:?}"), "must be object at the root"));
    }
}

/// Metadata is the same for all kinds; of it a schema may say what names there are.
fn metadata_schema(node: &Node, checks: bool, level: Level, at: &str, wrong: &mut Vec<Wrong>) {
    if checks && texts(node, &["type"]) != "object" {
        let value = format!("{:?}", texts(node, &["type"]));
        wrong.push(Wrong::invalid(format!("{at}.type"), &value, "must be object"));
    }
    if level != Level::Root {
        return;
    }
    let only_names = entries(node).all(|(key, _)| matches!(key, "name" | "generateName"));
    let is_plain = node.as_map().into_iter().flat_map(Map::iter).all(|(key, value)| {
        matches!(key.as_str(), "type" | "default")
            || key.as_str() == "properties" && only_names
            || value.is_null()
            || value.as_bool() == Some(false)
            || value.as_str() == Some("")
    });
    if !is_plain {
        let why = "must not specify anything other than name and generateName, but metadata is \
                   implicitly specified";
        wrong.push(Wrong::forbidden(at, why));
    }
}

fn extensions(node: &Node, at: &str, wrong: &mut Vec<Wrong>) {
    if !flag(node, "x-kubernetes-int-or-string") {
        return;
    }
    for key in ["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"] {
        if flag(node, key) {
            let why = "must be false if x-kubernetes-int-or-string is true";
            wrong.push(Wrong::invalid(format!("{at}.{key}"), "true", why));
        }
    }
}

/// The one pattern of types that may stand in alternatives: an integer or a string.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Skipped {
    None,
    AnyOf,
    FirstOfAllOf,
}

fn is_int_or_string(node: &Node) -> bool {
    let list = node.get("anyOf").and_then(Node::as_list).unwrap_or_default();
    let is = |node: &Node, of: &str| {
        node.as_map().is_some_and(|map| map.len() == 1) && texts(node, &["type"]) == of
    };
    matches!(list, [one, other] if is(one, "integer") && is(other, "string"))
}

fn skipped(node: &Node) -> Skipped {
    let first = node.get("allOf").and_then(Node::as_list).and_then(<[Node]>::first);
    if is_int_or_string(node) {
        Skipped::AnyOf
    } else if first.is_some_and(is_int_or_string) {
        Skipped::FirstOfAllOf
    } else {
        Skipped::None
    }
}

fn values(node: &Node, skipped: Skipped, at: &str, wrong: &mut Vec<Wrong>) {
    let list = |key: &str| node.get(key).and_then(Node::as_list).unwrap_or_default();
    if skipped != Skipped::AnyOf {
        for (index, of) in list("anyOf").iter().enumerate() {
            nested(of, Skipped::None, &format!("{at}.anyOf[{index}]"), wrong);
        }
    }
    for (index, of) in list("allOf").iter().enumerate() {
        let skipped = match skipped {
            Skipped::FirstOfAllOf if index == 0 => Skipped::AnyOf,
            _ => Skipped::None,
        };
        nested(of, skipped, &format!("{at}.allOf[{index}]"), wrong);
    }
    for (index, of) in list("oneOf").iter().enumerate() {
        nested(of, Skipped::None, &format!("{at}.oneOf[{index}]"), wrong);
    }
    if let Some(not) = child(node, "not") {
        nested(not, Skipped::None, &format!("{at}.not"), wrong);
    }
    let pattern = texts(node, &["pattern"]);
    if !pattern.is_empty()
        && let Err(error) = expression::pattern::compile(pattern)
    {
        let why = format!("must be a valid regular expression, but isn't: {error}");
        wrong.push(Wrong::invalid(format!("{at}.pattern"), &format!("{pattern:?}"), &why));
    }
}

/// A schema inside of `anyOf` and its like says what values there are, not what fields.
fn nested(node: &Node, skipped: Skipped, at: &str, wrong: &mut Vec<Wrong>) {
    values(node, skipped, at, wrong);
    if let Some(items) = child(node, "items") {
        nested(items, Skipped::None, &format!("{at}.items"), wrong);
    }
    for (key, property) in entries(node) {
        nested(property, Skipped::None, &format!("{at}.properties[{key}]"), wrong);
    }
    let mut forbid = |key: &str, why: &str| {
        wrong.push(Wrong::forbidden(
            format!("{at}.{key}"),
            &format!("must be {why} to be structural"),
        ));
    };
    let is_there = |key: &str| node.get(key).is_some_and(|of| !of.is_null());
    let is_text = |key: &str| !texts(node, &[key]).is_empty();
    for key in ["type", "title", "description"] {
        if is_text(key) {
            forbid(key, "empty");
        }
    }
    for key in
        ["additionalProperties", "default", "x-kubernetes-list-type", "x-kubernetes-map-type"]
    {
        let is_false =
            key == "additionalProperties" && node.get(key).and_then(Node::as_bool) == Some(false);
        if is_there(key) && !is_false {
            forbid(key, "undefined");
        }
    }
    for key in [
        "nullable",
        "x-kubernetes-preserve-unknown-fields",
        "x-kubernetes-embedded-resource",
        "x-kubernetes-int-or-string",
    ] {
        if flag(node, key) {
            forbid(key, "false");
        }
    }
    for key in ["x-kubernetes-list-map-keys", "x-kubernetes-validations"] {
        if node.get(key).and_then(Node::as_list).is_some_and(|list| !list.is_empty()) {
            forbid(key, "empty");
        }
    }
    if node.at(&["properties", "metadata"]).is_some() {
        let why = "must not be specified in a nested context";
        wrong.push(Wrong::forbidden(format!("{at}.properties[metadata]"), why));
    }
}

/// What alternatives speak of has to be declared outside of them.
fn complete(node: &Node, declared: &Node, declared_at: &str, at: &str, wrong: &mut Vec<Wrong>) {
    for key in ["allOf", "anyOf", "oneOf"] {
        let list = node.get(key).and_then(Node::as_list).unwrap_or_default();
        for (index, of) in list.iter().enumerate() {
            let at = format!("{at}.{key}[{index}]");
            complete_nested(of, Some(declared), declared_at, &at, wrong);
        }
    }
    if let Some(not) = child(node, "not") {
        complete_nested(not, Some(declared), declared_at, &format!("{at}.not"), wrong);
    }
}

fn complete_nested(
    node: &Node,
    declared: Option<&Node>,
    declared_at: &str,
    at: &str,
    wrong: &mut Vec<Wrong>,
) {
    let Some(declared) = declared else {
        let why = format!("because it is defined in {at}");
        wrong.push(required(declared_at.to_owned(), &why));
        return;
    };
    complete(node, declared, declared_at, at, wrong);
    if let Some(items) = child(node, "items") {
        let declared_at = format!("{declared_at}.items");
        complete_nested(
            items,
            child(declared, "items"),
            &declared_at,
            &format!("{at}.items"),
            wrong,
        );
    }
    for (key, property) in entries(node) {
        let declared_at = format!("{declared_at}.properties[{key}]");
        let at = format!("{at}.properties[{key}]");
        complete_nested(property, declared.at(&["properties", key]), &declared_at, &at, wrong);
    }
}

/// What is wrong with the defaults.
pub(super) fn defaults(node: &Node, schema: &Structural, at: &str) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    default(node, schema, at, true, false, &mut wrong);
    wrong
}

fn default(
    node: &Node,
    schema: &Structural,
    at: &str,
    is_resource: bool,
    in_metadata: bool,
    wrong: &mut Vec<Wrong>,
) {
    let is_resource = is_resource || schema.embedded;
    if let Some(value) = &schema.default {
        let at = format!("{at}.default");
        if !in_metadata {
            let mut pruned = value.clone();
            custom::prune_value(&mut pruned, node, schema.embedded);
            if pruned != *value {
                let why = "must not have unknown fields";
                wrong.push(Wrong::invalid(at.as_str(), &shown(value), why));
            }
        }
        let found = custom::validate_default(value, schema, &at);
        wrong.extend(found);
    }
    if let (Some(items), Some(schema)) = (child(node, "items"), &schema.items) {
        default(items, schema, &format!("{at}.items"), false, in_metadata, wrong);
    }
    for (key, property) in entries(node) {
        let Some(schema) = schema.property(key) else { continue };
        let is_meta = is_resource && matches!(key, "metadata" | "apiVersion" | "kind");
        let at = format!("{at}.properties[{key}]");
        default(property, schema, &at, false, in_metadata || is_meta, wrong);
    }
    if let (Some(values), Some(schema)) = (child(node, "additionalProperties"), schema.values()) {
        default(values, schema, &format!("{at}.additionalProperties"), false, in_metadata, wrong);
    }
}
