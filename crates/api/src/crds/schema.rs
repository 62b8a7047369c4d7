//! The OpenAPI schema of a kind, from the table of its fields.

use manifest::Node;

use super::{Kind, Status, boolean, list, map, text};
use crate::table::{Field, Preset, Shape};

/// The schema of a whole object.
pub(super) fn of_kind(kind: &Kind) -> Node {
    let mut spec = kind.spec.map_or_else(anything, of_struct);
    if let Some(spec) = spec.as_map_mut().filter(|_| !kind.rules.is_empty()) {
        let rule = |(rule, message): &(&'static str, &'static str)| {
            map([("message", text(message)), ("rule", text(rule))])
        };
        spec.set("x-kubernetes-validations", list(kind.rules.iter().map(rule)));
    }
    let mut properties = vec![
        ("apiVersion", of_type("string")),
        ("kind", of_type("string")),
        ("metadata", of_type("object")),
        ("spec", spec),
    ];
    if kind.status != Status::No {
        let mut status = anything();
        if kind.status == Status::Unobserved
            && let Some(status) = status.as_map_mut()
        {
            status.set("default", map([("observedGeneration", integer(-1))]));
        }
        properties.push(("status", status));
    }
    map([("properties", map(properties)), ("type", text("object"))])
}

/// A map that keeps whatever is written.
fn anything() -> Node {
    map([("type", text("object")), ("x-kubernetes-preserve-unknown-fields", boolean(true))])
}

fn of_type(name: &str) -> Node {
    map([("type", text(name))])
}

fn of_struct(fields: &'static [Field]) -> Node {
    let properties = map(fields.iter().map(|field| (field.name, of_field(field))));
    let required: Vec<Node> =
        fields.iter().filter(|field| field.required).map(|field| text(field.name)).collect();
    let mut entries = vec![("properties", properties)];
    if !required.is_empty() {
        entries.push(("required", list(required)));
    }
    entries.push(("type", text("object")));
    map(entries)
}

fn of_field(field: &'static Field) -> Node {
    let mut schema = of_shape(&field.shape);
    let preset = match field.preset {
        Some(Preset::Str(value)) => text(value),
        Some(Preset::Bool(value)) => boolean(value),
        None => return schema,
    };
    if let Some(entries) = schema.as_map_mut() {
        entries.set("default", preset);
    }
    schema
}

fn of_shape(shape: &'static Shape) -> Node {
    let string =
        |more: Vec<(&'static str, Node)>| map(more.into_iter().chain([("type", text("string"))]));
    let pattern = |pattern: String| string(vec![("pattern", text(&pattern))]);
    match shape {
        Shape::Str => of_type("string"),
        Shape::Length(from, to) => {
            string(vec![("maxLength", length(*to)), ("minLength", length(*from))])
        }
        Shape::OneOf(words) => string(vec![("enum", list(words.iter().map(|word| text(word))))]),
        Shape::Starts(starts) => pattern(format!("^({}).*$", starts.join("|"))),
        Shape::Duration(units) => pattern(format!(r"^([0-9]+(\.[0-9]+)?({}))+$", units.join("|"))),
        Shape::Bool => of_type("boolean"),
        Shape::Texts => {
            map([("additionalProperties", of_type("string")), ("type", text("object"))])
        }
        Shape::List(items) => map([("items", of_shape(items)), ("type", text("array"))]),
        Shape::Struct(fields) => of_struct(fields),
    }
}

fn integer(value: i64) -> Node {
    Node::new(value, manifest::Origin::NONE)
}

fn length(value: usize) -> Node {
    integer(i64::try_from(value).unwrap_or(i64::MAX))
}
