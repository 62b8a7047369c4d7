//! Columns of custom kinds: those that the version of the definition asks for, else the age
//! (apiextensions-apiserver's `tableconvertor`).

use jiff::Timestamp;
use manifest::{Node, json};

use super::{age, descriptions, jsonpath};
use crate::make::{boolean, int, list, map, text};

/// What a version of a definition has under `additionalPrinterColumns`; the age where that is none.
fn asked_for(definition: &Node) -> Vec<Node> {
    let columns = definition.get("additionalPrinterColumns").and_then(Node::as_list);
    match columns {
        Some(columns) if !columns.is_empty() => columns.to_vec(),
        _ => vec![map([
            ("name", text("Age")),
            ("type", text("date")),
            ("description", text(descriptions::AGE)),
            ("jsonPath", text(".metadata.creationTimestamp")),
        ])],
    }
}

/// The definitions of the columns.
pub(super) fn columns(definition: &Node) -> Node {
    let name = map([
        ("name", text("Name")),
        ("type", text("string")),
        ("format", text("name")),
        ("description", text(descriptions::NAME)),
        ("priority", int(0)),
    ]);
    let columns = asked_for(definition).into_iter().map(|column| {
        let part = |key: &str| column.str_at(&[key]).unwrap_or_default();
        let description = match part("description") {
            "" => {
                format!("Custom resource definition column (in JSONPath format): {}", path(&column))
            }
            description => description.to_owned(),
        };
        map([
            ("name", text(part("name"))),
            ("type", text(part("type"))),
            ("format", text(part("format"))),
            ("description", text(description)),
            ("priority", int(column.get("priority").and_then(Node::as_int).unwrap_or_default())),
        ])
    });
    list(std::iter::once(name).chain(columns))
}

/// `jsonPath`; `v1beta1` wrote it with capitals.
fn path(column: &Node) -> &str {
    column.str_at(&["jsonPath"]).or_else(|| column.str_at(&["JSONPath"])).unwrap_or_default()
}

/// The cells of one object.
pub(super) fn cells(definition: &Node, object: &Node, now: Timestamp) -> Vec<Node> {
    let name = text(object.str_at(&["metadata", "name"]).unwrap_or_default());
    let cells = asked_for(definition).into_iter().map(|column| {
        let found = jsonpath::first(path(&column), object);
        let of = column.str_at(&["type"]).unwrap_or_default();
        found.map_or_else(Node::default, |value| cell(of, value, now))
    });
    std::iter::once(name).chain(cells).collect()
}

/// A value as a cell of a column's type; null where it is of another.
fn cell(of: &str, value: &Node, now: Timestamp) -> Node {
    match of {
        "string" => match value.scalar_text() {
            Some(scalar) => text(scalar),
            None => {
                let mut printed = String::new();
                json::write(value, json::Options::GO, &mut printed);
                text(printed)
            }
        },
        "integer" => value.as_int().map_or_else(Node::default, int),
        "number" if value.type_name() == "number" => value.clone(),
        "boolean" => value.as_bool().map_or_else(Node::default, boolean),
        "date" => match value.as_str().map(str::parse::<Timestamp>) {
            Some(Ok(time)) => text(age::human(now.duration_since(time))),
            Some(Err(_)) => text("<invalid>"),
            None => Node::default(),
        },
        _ => Node::default(),
    }
}
