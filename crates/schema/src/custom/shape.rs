//! What expressions know of data that a schema declares (Kubernetes' `SchemaDeclType`).

use std::sync::Arc;

use expression::most_elements;
use expression::shape::{FieldShape, Merge, ObjectShape, Shape, ShapeKind, escape};
use manifest::Text;

use super::structural::{Additional, Structural};

/// The longest that a text of a date, a time or a length of time is.
const TIME: u64 = 32;
const DATE: u64 = 12;

/// The form of the data, as expressions see it; `None` where they do not see it. `name` is what
/// messages call its type.
pub(crate) fn of(schema: &Structural, is_root: bool, name: &str) -> Option<Shape> {
    let mut shape = of_kind(schema, is_root, name)?;
    shape.nullable = schema.nullable;
    Some(shape)
}

fn of_kind(schema: &Structural, is_root: bool, name: &str) -> Option<Shape> {
    let count = |limit: Option<i64>| limit.map(|limit| u64::try_from(limit).unwrap_or(0));
    if schema.int_or_string {
        let max = count(schema.max_length).map_or(longest(), |max| max.saturating_mul(4));
        return Some(Shape { max, ..Shape::new(ShapeKind::IntOrString, 1) });
    }
    match schema.kind.as_deref()? {
        "array" => {
            let items = schema.items.as_ref()?;
            let items = of(items, items.embedded, &format!("{name}.@idx"))?;
            let merge = match schema.list_type.as_deref() {
                Some("set") => Merge::Set,
                Some("map") => Merge::Map(schema.list_keys.iter().cloned().collect()),
                _ => Merge::Atomic,
            };
            let kind = ShapeKind::List { items: Arc::new(items), merge };
            let max = count(schema.max_items).unwrap_or_else(|| most_elements(&kind));
            Some(Shape { max, ..Shape::new(kind, 2) })
        }
        "object" => match &schema.additional {
            Additional::Schema(values) if !is_root => {
                let values = of(values, values.embedded, &format!("{name}.@elem"))?;
                let kind = ShapeKind::Map(Arc::new(values));
                let max = count(schema.max_properties).unwrap_or_else(|| most_elements(&kind));
                Some(Shape { max, ..Shape::new(kind, 2) })
            }
            _ => Some(object(schema, is_root, name)),
        },
        "string" => Some(text(schema)),
        "boolean" => Some(Shape::new(ShapeKind::Bool, 4)),
        "number" => Some(Shape::new(ShapeKind::Double, 1)),
        "integer" => Some(Shape::new(ShapeKind::Int, 1)),
        _ => None,
    }
}

fn longest() -> u64 {
    most_elements(&ShapeKind::String)
}

fn text(schema: &Structural) -> Shape {
    let given = schema.max_length.map(|max| u64::try_from(max).unwrap_or(0));
    let (kind, max, min) = match schema.format.as_str() {
        "byte" => (ShapeKind::Bytes, given.unwrap_or_else(longest), 2),
        "duration" => (ShapeKind::Duration, TIME, 3),
        "date" => (ShapeKind::Date, DATE, DATE),
        "date-time" => (ShapeKind::DateTime, TIME, 21),
        _ => {
            let options = schema.options.iter().filter_map(manifest::Node::as_str);
            let max = match given {
                // A character takes up to four bytes.
                Some(max) => max.saturating_mul(4),
                None if schema.options.is_empty() => longest(),
                None => options.map(|text| text.len() as u64).max().unwrap_or(0),
            };
            (ShapeKind::String, max, 2)
        }
    };
    Shape { max, ..Shape::new(kind, min) }
}

fn object(schema: &Structural, is_root: bool, name: &str) -> Shape {
    let mut fields = Vec::new();
    let mut min_size = 2;
    let mut add = |key: &Text, shape: Shape, counts: bool| {
        if counts {
            min_size += key.len() as u64 + shape.min_size + 4;
        }
        if let Some(name) = escape(key) {
            fields.push(FieldShape { name, key: key.clone(), shape: Arc::new(shape) });
        }
    };
    for (key, property) in &schema.properties {
        if is_root && matches!(key.as_str(), "apiVersion" | "kind" | "metadata") {
            continue;
        }
        if let Some(shape) = of(property, property.embedded, &format!("{name}.{key}")) {
            let counts = schema.required.contains(key) && property.default.is_none();
            add(key, shape, counts);
        }
    }
    if is_root {
        // The type and the name of a resource are known whatever its schema says.
        let text = Structural::text();
        let name_field = |key: &str| FieldShape {
            name: key.into(),
            key: key.into(),
            shape: Arc::new(self::text(&text)),
        };
        let metadata = ObjectShape {
            name: ecow::eco_format!("{name}.metadata"),
            fields: vec![name_field("name"), name_field("generateName")],
        };
        let required = |key: &str| schema.required.iter().any(|own| own == key);
        for key in ["apiVersion", "kind"] {
            add(&key.into(), self::text(&text), required(key));
        }
        let metadata = Shape::new(ShapeKind::Object(Arc::new(metadata)), 2);
        add(&"metadata".into(), metadata, required("metadata"));
    }
    let of = ObjectShape { name: name.into(), fields };
    Shape::new(ShapeKind::Object(Arc::new(of)), min_size)
}
