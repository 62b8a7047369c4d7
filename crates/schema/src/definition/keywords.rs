//! The keywords of a schema: those that are not supported, and those that do not go together.

use manifest::{Map, Node};

use super::rules::{self, Costs};
use super::{required, shown, structural, texts, unsupported};
use crate::custom::{Structural, known_format};
use crate::validation::Wrong;

const TYPES: &[&str] = &["array", "boolean", "integer", "number", "object", "string"];
/// What the root may have beside the status subresource.
const ROOT: &[&str] = &[
    "Description",
    "Type",
    "Format",
    "Title",
    "Maximum",
    "ExclusiveMaximum",
    "Minimum",
    "ExclusiveMinimum",
    "MaxLength",
    "MinLength",
    "Pattern",
    "MaxItems",
    "MinItems",
    "UniqueItems",
    "MultipleOf",
    "Required",
    "Items",
    "Properties",
    "ExternalDocs",
    "Example",
    "XPreserveUnknownFields",
    "XValidations",
];
const UNSUPPORTED: &[&str] =
    &["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"];

/// A schema with what is below it; `old` is what it is to replace.
pub(super) fn root(
    schema: Option<&Node>,
    old: Option<&Node>,
    has_status: bool,
    at: &str,
    wrong: &mut Vec<Wrong>,
) {
    let Some(node) = schema.and_then(|schema| schema.get("openAPIV3Schema")) else { return };
    let at = format!("{at}.openAPIV3Schema");
    if has_status {
        beside_status(node, &at, wrong);
    }
    if flag(node, "nullable") {
        let why = "nullable cannot be true at the root";
        wrong.push(Wrong::forbidden(format!("{at}.nullable"), why));
    }
    let schema = Structural::read(node);
    let mut is_structural = false;
    if !uses_unsupported(node, 0) {
        let found = structural::validate(node, &schema, &at);
        is_structural = found.is_empty();
        wrong.extend(found);
        if is_structural {
            let found = structural::defaults(node, &schema, &at);
            is_structural = found.is_empty();
            wrong.extend(found);
        }
    }
    let is_unchanged = old.and_then(|old| old.get("openAPIV3Schema")) == Some(node);
    let mut walk = Walk { wrong, costs: Costs::new(is_unchanged) };
    let place = Place {
        at: at.clone(),
        is_root: true,
        in_metadata: false,
        no_default: None,
        no_old_self: None,
        cardinality: Some(1),
        rules: is_structural,
    };
    walk.schema(node, Some(&schema), &place);
    let Walk { costs, .. } = walk;
    costs.total(&at, wrong);
}

fn flag(node: &Node, key: &str) -> bool {
    node.get(key).and_then(Node::as_bool) == Some(true)
}

fn beside_status(node: &Node, at: &str, wrong: &mut Vec<Wrong>) {
    if texts(node, &["type"]) != "object" {
        let why = "only \"object\" is allowed as the type at the root of the schema if the status \
                   subresource is enabled";
        let value = format!("{:?}", texts(node, &["type"]));
        wrong.push(Wrong::invalid(format!("{at}.type"), &value, why));
        return;
    }
    let internal = |key: &str| match key.strip_prefix("x-kubernetes-") {
        Some(rest) => rest.split('-').fold("X".to_owned(), |name, part| name + &upper(part)),
        None => upper(key),
    };
    let is_set = |node: &Node| !node.is_null() && node.as_bool() != Some(false);
    let other = node
        .as_map()
        .into_iter()
        .flat_map(Map::iter)
        .find(|(key, node)| is_set(node) && !ROOT.contains(&internal(key).as_str()));
    if other.is_some() {
        let why = format!(
            "only [{}] fields are allowed at the root of the schema if the status subresource is \
             enabled",
            ROOT.join(" ")
        );
        wrong.push(Wrong::invalid(at, &shown(node), &why));
    }
}

fn upper(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|char| char.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

/// Whether the schema has a keyword that structural schemas do not have at all; then it is not
/// looked at as one.
fn uses_unsupported(node: &Node, depth: usize) -> bool {
    if depth > 100 {
        return false;
    }
    match &node.value {
        manifest::Value::Map(map) => map.iter().any(|(key, node)| {
            let is_data = matches!(key.as_str(), "default" | "enum" | "example");
            let below = match key.as_str() {
                "properties" => node.as_map().is_some_and(|map| {
                    map.iter().any(|(_, node)| uses_unsupported(node, depth + 1))
                }),
                _ => !is_data && uses_unsupported(node, depth + 1),
            };
            UNSUPPORTED.contains(&key.as_str()) && !node.is_null()
                || key.as_str() == "items" && node.as_list().is_some()
                || below
        }),
        manifest::Value::List(list) => list.iter().any(|node| uses_unsupported(node, depth + 1)),
        _ => false,
    }
}

/// Where a schema is.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) at: String,
    pub(super) is_root: bool,
    in_metadata: bool,
    /// Why there may be no default.
    no_default: Option<String>,
    /// Within what old and new values cannot be told to belong together.
    pub(super) no_old_self: Option<String>,
    /// How often the data can be there, if that is bounded.
    pub(super) cardinality: Option<u64>,
    /// Whether rules are looked at.
    pub(super) rules: bool,
}

impl Place {
    fn below(&self, at: String) -> Place {
        Place { at, is_root: false, ..self.clone() }
    }
}

struct Walk<'w> {
    wrong: &'w mut Vec<Wrong>,
    costs: Costs,
}

impl Walk<'_> {
    fn schema(&mut self, node: &Node, schema: Option<&Structural>, place: &Place) {
        let before = self.wrong.len();
        self.keywords(node, place);
        if flag(node, "uniqueItems") {
            let why = "uniqueItems cannot be set to true since the runtime complexity becomes \
                       quadratic";
            self.wrong.push(Wrong::forbidden(format!("{}.uniqueItems", place.at), why));
        }
        let cardinality = match most_elements(node) {
            Some(most) => place.cardinality.map(|own| own.saturating_mul(most)),
            None => None,
        };
        let place = &Place { cardinality: place.cardinality, ..place.clone() };
        let inner = Place { cardinality, ..place.clone() };
        self.additional(node, schema, place, &inner);
        self.properties(node, schema, place, &inner);
        self.logic(node, place);
        self.items(node, schema, &inner);
        self.extensions(node, &place.at);
        rules::keywords(node, schema, &place.at, self.wrong);
        let is_right = self.wrong.len() == before;
        if let (true, true, Some(schema)) = (place.rules, is_right, schema) {
            self.costs.rules(schema, place, self.wrong);
        }
    }

    fn keywords(&mut self, node: &Node, place: &Place) {
        let at = &place.at;
        let mut forbid = |key: &str, why: &str| {
            self.wrong.push(Wrong::forbidden(format!("{at}.{key}"), why));
        };
        let of = texts(node, &["type"]);
        let has_default = node.get("default").is_some_and(|default| !default.is_null());
        if let (true, Some(why)) = (has_default, &place.no_default) {
            forbid("default", &format!("must not be set {why}"));
        }
        for key in UNSUPPORTED {
            if node.get(key).is_some_and(|node| !node.is_null()) {
                forbid(key, &format!("{key} is not supported"));
            }
        }
        if of == "null" {
            forbid("type", "type cannot be set to null, use nullable as an alternative");
        }
        if node.get("items").is_some_and(|items| items.as_list().is_some()) {
            forbid("items", "items must be a schema object and not an array");
        }
        if place.in_metadata && flag(node, "x-kubernetes-embedded-resource") {
            forbid("x-kubernetes-embedded-resource", "must not be used inside of resource meta");
        }
        if !of.is_empty() && !TYPES.contains(&of) {
            self.wrong.push(unsupported(format!("{at}.type"), of, TYPES));
        }
    }

    fn additional(
        &mut self,
        node: &Node,
        schema: Option<&Structural>,
        place: &Place,
        inner: &Place,
    ) {
        let Some(additional) = node.get("additionalProperties").filter(|of| !of.is_null()) else {
            return;
        };
        let at = format!("{}.additionalProperties", place.at);
        let has_properties =
            node.get("properties").and_then(Node::as_map).is_some_and(|map| !map.is_empty());
        if has_properties && additional.as_bool() != Some(true) {
            let why = "additionalProperties and properties are mutual exclusive";
            self.wrong.push(Wrong::forbidden(at.as_str(), why));
        }
        if additional.as_map().is_some() {
            let mut below = inner.below(at);
            if place.in_metadata {
                below.no_default =
                    Some("inside additionalProperties applying to object metadata".to_owned());
            }
            self.schema(additional, schema.and_then(Structural::values), &below);
        }
    }

    fn properties(
        &mut self,
        node: &Node,
        schema: Option<&Structural>,
        place: &Place,
        inner: &Place,
    ) {
        let is_resource = place.is_root || flag(node, "x-kubernetes-embedded-resource");
        let entries = node.get("properties").and_then(Node::as_map).into_iter().flat_map(Map::iter);
        for (key, property) in entries {
            let mut below = inner.below(format!("{}.properties[{key}]", place.at));
            let is_meta = matches!(key.as_str(), "metadata" | "kind" | "apiVersion");
            if is_resource && is_meta {
                below.in_metadata = true;
                if place.is_root {
                    below.no_default = Some(format!("in top-level {key}"));
                }
            }
            let is_correlatable = schema.is_none_or(Structural::is_correlatable);
            if !is_correlatable && below.no_old_self.is_none() {
                below.no_old_self = Some(place.at.clone());
            }
            self.schema(property, schema.and_then(|schema| schema.property(key)), &below);
        }
    }

    /// The alternatives of a value; rules are not looked at there.
    fn logic(&mut self, node: &Node, place: &Place) {
        let plain = Place { rules: false, ..place.clone() };
        if let Some(not) = node.get("not").filter(|not| not.as_map().is_some()) {
            self.schema(not, None, &plain.below(format!("{}.not", place.at)));
        }
        for key in ["allOf", "oneOf", "anyOf"] {
            let list = node.get(key).and_then(Node::as_list).unwrap_or_default();
            for (index, of) in list.iter().enumerate() {
                self.schema(of, None, &plain.below(format!("{}.{key}[{index}]", place.at)));
            }
        }
    }

    fn items(&mut self, node: &Node, schema: Option<&Structural>, inner: &Place) {
        let Some(items) = node.get("items").filter(|items| items.as_map().is_some()) else {
            return;
        };
        let mut below = inner.below(format!("{}.items", inner.at));
        let is_map = texts(node, &["x-kubernetes-list-type"]) == "map";
        if !is_map && below.no_old_self.is_none() {
            below.no_old_self = Some(inner.at.clone());
        }
        let schema = schema.and_then(|schema| schema.items.as_deref());
        self.schema(items, schema, &below);
    }

    fn extensions(&mut self, node: &Node, at: &str) {
        if let Some(preserve) = node.get("x-kubernetes-preserve-unknown-fields")
            && preserve.as_bool() == Some(false)
        {
            let field = format!("{at}.x-kubernetes-preserve-unknown-fields");
            self.wrong.push(Wrong::invalid(field, "false", "must be true or undefined"));
        }
        let of = texts(node, &["type"]);
        let typed = |wanted: &str, key: &str| {
            let why = format!("must be {wanted} if {key} is specified");
            let field = format!("{at}.type");
            match of {
                "" => required(field, &why),
                of => Wrong::invalid(field, &format!("{of:?}"), &why),
            }
        };
        if let Some(kind) = node.str_at(&["x-kubernetes-map-type"]) {
            if of != "object" {
                self.wrong.push(typed("object", "x-kubernetes-map-type"));
            }
            if !matches!(kind, "atomic" | "granular") {
                let field = format!("{at}.x-kubernetes-map-type");
                self.wrong.push(unsupported(field, kind, &["atomic", "granular"]));
            }
        }
        if let Some(kind) = node.str_at(&["x-kubernetes-list-type"]) {
            self.list_type(node, kind, of, at, typed("array", "x-kubernetes-list-type"));
        }
        let keys = node.get("x-kubernetes-list-map-keys").and_then(Node::as_list);
        let kind = node.str_at(&["x-kubernetes-list-type"]);
        if keys.is_some_and(|keys| !keys.is_empty()) && kind != Some("map") {
            let field = format!("{at}.x-kubernetes-list-type");
            self.wrong.push(match kind {
                None => required(field, "must be map if x-kubernetes-list-map-keys is non-empty"),
                Some(kind) => Wrong::invalid(
                    field,
                    &format!("{kind:?}"),
                    "must be map if x-kubernetes-list-map-keys is non-empty",
                ),
            });
        }
    }

    fn list_type(&mut self, node: &Node, kind: &str, of: &str, at: &str, mistyped: Wrong) {
        let items = node.get("items").filter(|items| items.as_map().is_some());
        let mut atomic = |key: &str, value: &str| {
            let why = "must be atomic as item of a list with x-kubernetes-list-type=set";
            self.wrong.push(Wrong::invalid(format!("{at}.items.{key}"), value, why));
        };
        if of != "array" {
            self.wrong.push(mistyped);
        } else if let ("set", Some(items)) = (kind, items) {
            let list_type = items.str_at(&["x-kubernetes-list-type"]);
            let shown = list_type.map_or("null".to_owned(), |kind| format!("{kind:?}"));
            match texts(items, &["type"]) {
                "array" if list_type.is_some_and(|kind| kind != "atomic") => {
                    atomic("x-kubernetes-list-type", &shown);
                }
                "object" if items.str_at(&["x-kubernetes-map-type"]) != Some("atomic") => {
                    atomic("x-kubernetes-map-type", &shown);
                }
                _ => {}
            }
        }
        if !matches!(kind, "atomic" | "set" | "map") {
            let field = format!("{at}.x-kubernetes-list-type");
            self.wrong.push(unsupported(field, kind, &["atomic", "set", "map"]));
        }
        if kind == "map" {
            self.map_keys(node, at);
        }
        let is_nullable = items.is_some_and(|items| flag(items, "nullable"));
        if matches!(kind, "set" | "map") && is_nullable {
            let why = format!("cannot be nullable when x-kubernetes-list-type is {kind}");
            self.wrong.push(Wrong::forbidden(format!("{at}.items.nullable"), &why));
        }
    }

    fn map_keys(&mut self, node: &Node, at: &str) {
        let field = format!("{at}.x-kubernetes-list-map-keys");
        let given = node.get("x-kubernetes-list-map-keys");
        let keys = given.and_then(Node::as_list).unwrap_or_default();
        if keys.is_empty() {
            let why = "must not be empty if x-kubernetes-list-type is map";
            self.wrong.push(required(field.clone(), why));
        }
        let Some(items) = node.get("items").filter(|items| items.as_map().is_some()) else {
            let why = "must have a schema if x-kubernetes-list-type is map";
            self.wrong.push(required(format!("{at}.items"), why));
            return;
        };
        let of = texts(items, &["type"]);
        if of != "object" {
            let why = "must be object if parent array's x-kubernetes-list-type is map";
            self.wrong.push(Wrong::invalid(format!("{at}.items.type"), &format!("{of:?}"), why));
            return;
        }
        let required_keys = items.get("required").and_then(Node::as_list).unwrap_or_default();
        for (index, key) in keys.iter().enumerate() {
            let name = key.as_str().unwrap_or_default();
            let all = given.map(shown).unwrap_or_default();
            let mut refuse = |why: &str| self.wrong.push(Wrong::invalid(field.as_str(), &all, why));
            if keys.iter().take(index).any(|other| other == key) {
                refuse("must not contain duplicate entries");
            }
            let Some(property) = items.at(&["properties", name]) else {
                refuse("entries must all be names of item properties");
                continue;
            };
            let below = format!("{at}.items.properties[{name}]");
            if matches!(texts(property, &["type"]), "array" | "object") {
                let why = "must be a scalar type if parent array's x-kubernetes-list-type is map";
                let value = format!("{:?}", texts(property, &["type"]));
                self.wrong.push(Wrong::invalid(format!("{below}.type"), &value, why));
            }
            let has_default = property.get("default").is_some_and(|default| !default.is_null());
            if !required_keys.contains(key) && !has_default {
                let why = "this property is in x-kubernetes-list-map-keys, so it must have a \
                           default or be a required property";
                self.wrong.push(required(format!("{below}.default"), why));
            }
            if flag(property, "nullable") {
                let why =
                    "this property is in x-kubernetes-list-map-keys, so it cannot be nullable";
                self.wrong.push(Wrong::forbidden(format!("{below}.nullable"), why));
            }
        }
    }
}

/// How many of what is below there can be for each of it; `None` where that is not bounded.
fn most_elements(node: &Node) -> Option<u64> {
    let count = |key: &str| {
        let given = node.get(key)?.as_int()?;
        Some(u64::try_from(given).unwrap_or(0))
    };
    match texts(node, &["type"]) {
        "object" if node.get("additionalProperties").is_some_and(|of| !of.is_null()) => {
            count("maxProperties")
        }
        "array" => count("maxItems"),
        _ => Some(1),
    }
}

/// The formats here and below that are not known for their types.
pub(super) fn unknown_formats(schema: &Structural, found: &mut Vec<String>) {
    if !schema.format.is_empty() && known_format(schema).is_empty() {
        found.push(schema.format.to_string());
    }
    let below = schema
        .properties
        .iter()
        .map(|(_, of)| of)
        .chain(schema.items.as_deref())
        .chain(schema.values())
        .chain(schema.all_of.iter().chain(&schema.any_of).chain(&schema.one_of))
        .chain(schema.not.as_deref());
    for of in below {
        unknown_formats(of, found);
    }
}
