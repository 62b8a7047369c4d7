//! Objects of custom kinds against their structural schema (kube-openapi's `validate`).

use manifest::number::Number;
use manifest::{Map, Node, Value};

use super::{Wrong, items, shown};

pub(super) fn validate(node: &Node, schema: &Node, at: &str, wrong: &mut Vec<Wrong>) {
    let flag = |name: &str| schema.get(name).and_then(Node::as_bool) == Some(true);
    if node.is_null() && flag("nullable") {
        return;
    }
    let types: Vec<&str> = if flag("x-kubernetes-int-or-string") {
        vec!["integer", "string"]
    } else {
        schema.str_at(&["type"]).into_iter().collect()
    };
    let found = type_of(node);
    let fits = |wanted: &&str| *wanted == found || *wanted == "number" && found == "integer";
    if !types.is_empty() && !types.iter().any(fits) {
        wrong.push(mistyped(at, &types, found));
        if types == ["integer"] && found == "number" {
            let field = "<nil>";
            let why = format!("Checked value must be of type integer (default format) in {at}");
            wrong.push(Wrong::invalid(field, "\"\"", &why));
        }
        return;
    }
    options(node, schema, at, wrong);
    bounds(node, schema, at, wrong);
    match &node.value {
        Value::Map(map) => fields(map, schema, at, wrong),
        Value::List(list) => {
            for (index, item) in list.iter().enumerate() {
                if let Some(schema) = schema.get("items") {
                    validate(item, schema, &format!("{at}[{index}]"), wrong);
                }
            }
        }
        _ => {}
    }
}

fn type_of(node: &Node) -> &'static str {
    match &node.value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Int(_) => "integer",
        Value::Number(text) => match Number::parse(text) {
            Some(Number::Float(value)) if value.fract() != 0.0 => "number",
            _ => "integer",
        },
        Value::String(_) | Value::Sensitive(_) | Value::Unknown(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
    }
}

fn mistyped(at: &str, types: &[&str], found: &str) -> Wrong {
    let message = format!(
        "Invalid value: {found:?}: {at} in body must be of type {}: {found:?}",
        types.join(",")
    );
    Wrong { field: at.to_owned(), reason: "FieldValueTypeInvalid", message }
}

fn options(node: &Node, schema: &Node, at: &str, wrong: &mut Vec<Wrong>) {
    let options = items(schema, &["enum"]);
    if !options.is_empty() && !options.contains(node) {
        let options: Vec<String> = options.iter().map(shown).collect();
        let value = shown(node);
        let message =
            format!("Unsupported value: {value}: supported values: {}", options.join(", "));
        let field = at.to_owned();
        wrong.push(Wrong { field, reason: "FieldValueNotSupported", message });
    }
}

fn bounds(node: &Node, schema: &Node, at: &str, wrong: &mut Vec<Wrong>) {
    let Some(value) = number(node) else { return };
    let flag = |name: &str| schema.get(name).and_then(Node::as_bool) == Some(true);
    for (name, exclusive, word) in [
        ("minimum", flag("exclusiveMinimum"), "greater"),
        ("maximum", flag("exclusiveMaximum"), "less"),
    ] {
        let Some((bound, text)) = schema.get(name).and_then(|node| Some((number(node)?, node)))
        else {
            continue;
        };
        let beyond = if name == "minimum" { value < bound } else { value > bound };
        if beyond || exclusive && value == bound {
            let or_equal = if exclusive { "" } else { " or equal to" };
            let than = if exclusive { "than " } else { "than" };
            let to = if exclusive { "" } else { " " };
            let why = format!("{at} in body should be {word} {than}{or_equal}{to}{}", shown(text));
            wrong.push(Wrong::invalid(at, &shown(node), &why));
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "bounds are floats upstream")]
fn number(node: &Node) -> Option<f64> {
    match &node.value {
        Value::Int(value) => Some(*value as f64),
        Value::Number(text) => match Number::parse(text)? {
            Number::Int(value) => Some(value as f64),
            Number::Uint(value) => Some(value as f64),
            Number::Float(value) => Some(value),
        },
        _ => None,
    }
}

fn fields(map: &Map, schema: &Node, at: &str, wrong: &mut Vec<Wrong>) {
    let below = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
    for name in items(schema, &["required"]).iter().filter_map(Node::as_str) {
        if !map.contains(name) {
            wrong.push(Wrong::required(below(name)));
        }
    }
    let properties = schema.get("properties").and_then(Node::as_map);
    let values = schema.get("additionalProperties").filter(|values| values.as_map().is_some());
    for (key, node) in map.iter() {
        if at.is_empty() && matches!(key.as_str(), "apiVersion" | "kind" | "metadata") {
            continue;
        }
        if let Some(schema) = properties.and_then(|map| map.get(key)).or(values) {
            validate(node, schema, &below(key), wrong);
        }
    }
}
