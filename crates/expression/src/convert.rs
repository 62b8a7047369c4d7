//! Nodes to values by their declared form (Kubernetes' `UnstructuredToVal`), and values back.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use manifest::number::Number;
use manifest::{Node, Origin};

use crate::library::time;
use crate::shape::{Merge, Shape, ShapeKind};
use crate::value::{Error, List, Map, MapOf, Outcome, Value};

/// The value of a node. Lists and maps are shared with it.
pub fn to_value(node: &Node, shape: &std::sync::Arc<Shape>) -> Outcome {
    use manifest::Value as Is;
    let wrong = |what: &str| Err(Error::new(ecow::eco_format!("invalid data, {what}")));
    if node.is_null() {
        return match shape.kind {
            ShapeKind::Dyn => Ok(Value::Null),
            _ if shape.nullable => Ok(Value::Null),
            _ => wrong("got null for schema with nullable=false"),
        };
    }
    if let Is::Unknown(reason) = &node.value {
        return Err(Error::new(ecow::eco_format!("unknown value: {reason}")));
    }
    match (&shape.kind, &node.value) {
        (ShapeKind::Dyn, _) => Ok(dynamic(node)),
        (ShapeKind::IntOrString, Is::String(_) | Is::Sensitive(_) | Is::Int(_)) => {
            Ok(dynamic(node))
        }
        (ShapeKind::IntOrString, _) => {
            wrong("expected XIntOrString value to be either a string or integer")
        }
        (ShapeKind::Bool, Is::Bool(value)) => Ok(Value::Bool(*value)),
        (ShapeKind::Int, Is::Int(value)) => Ok(Value::Int(*value)),
        (ShapeKind::Double, Is::Int(value)) => Ok(Value::Double(*value as f64)),
        (ShapeKind::Int, Is::Number(_)) => match dynamic(node) {
            Value::Double(value) => Ok(Value::Int(value as i64)),
            other => Ok(other),
        },
        (ShapeKind::Double, Is::Number(_)) => Ok(dynamic(node)),
        (ShapeKind::String, Is::String(_) | Is::Sensitive(_)) => Ok(dynamic(node)),
        (ShapeKind::Bytes, Is::String(text)) => match STANDARD.decode(text.as_bytes()) {
            Ok(bytes) => Ok(Value::Bytes(bytes.into())),
            Err(_) => wrong("expected a base64 string"),
        },
        (ShapeKind::Duration, Is::String(text)) => match time::parse_duration(text) {
            Some(nanos) => Ok(Value::Duration(nanos)),
            None => Err(Error::new(ecow::eco_format!("Invalid duration {text}"))),
        },
        (ShapeKind::Date | ShapeKind::DateTime, Is::String(text)) => {
            match time::parse_timestamp(text).or_else(|| time::parse_date(text)) {
                Some(at) => Ok(Value::Timestamp(at)),
                None => Err(Error::new(ecow::eco_format!("Invalid date formatted string {text}"))),
            }
        }
        (ShapeKind::List { items, merge }, Is::List(nodes)) => Ok(Value::List(List::Nodes {
            nodes: nodes.clone(),
            items: items.clone(),
            merge: merge.clone(),
        })),
        (ShapeKind::Map(values), Is::Map(map)) => {
            Ok(Value::Map(Map::Nodes { map: map.clone(), of: MapOf::Values(values.clone()) }))
        }
        (ShapeKind::Object(of), Is::Map(map)) => {
            Ok(Value::Map(Map::Nodes { map: map.clone(), of: MapOf::Fields(of.clone()) }))
        }
        (kind, _) => wrong(&format!("expected {}, got {}", named(kind), node.type_name())),
    }
}

fn named(kind: &ShapeKind) -> &'static str {
    match kind {
        ShapeKind::Bool => "bool",
        ShapeKind::Int => "int",
        ShapeKind::Double => "double",
        ShapeKind::List { .. } => "an array",
        ShapeKind::Map(_) | ShapeKind::Object(_) => "a map",
        _ => "string",
    }
}

/// The value of a node that nothing is declared about.
pub fn dynamic(node: &Node) -> Value {
    use manifest::Value as Is;
    match &node.value {
        Is::Null | Is::Unknown(_) => Value::Null,
        Is::Bool(value) => Value::Bool(*value),
        Is::Int(value) => Value::Int(*value),
        Is::Number(text) => match Number::parse(text) {
            Some(Number::Int(value)) => Value::Int(value),
            Some(Number::Uint(value)) => Value::Double(value as f64),
            Some(Number::Float(value)) => Value::Double(value),
            None => Value::String(text.clone()),
        },
        Is::String(text) => Value::String(text.clone()),
        Is::Sensitive(text) => Value::String(text.expose().into()),
        Is::List(nodes) => Value::List(List::Nodes {
            nodes: nodes.clone(),
            items: Shape::dynamic(),
            merge: Merge::Atomic,
        }),
        Is::Map(map) => {
            Value::Map(Map::Nodes { map: map.clone(), of: MapOf::Values(Shape::dynamic()) })
        }
    }
}

/// The node that a value is in JSON; `None` where JSON has none for it.
pub fn to_node(value: &Value) -> Option<Node> {
    use manifest::Value as Is;
    let value = match value {
        Value::Null => Is::Null,
        Value::Bool(value) => Is::Bool(*value),
        Value::Int(value) => Is::Int(*value),
        Value::Uint(value) => match i64::try_from(*value) {
            Ok(value) => Is::Int(value),
            Err(_) => Is::Number(ecow::eco_format!("{value}")),
        },
        Value::Double(value) if value.is_finite() => {
            let text = Number::Float(*value).go_json();
            text.parse().map_or(Is::Number(text), Is::Int)
        }
        Value::String(text) => Is::String(text.clone()),
        Value::Bytes(bytes) => Is::String(STANDARD.encode(bytes).into()),
        Value::Duration(nanos) => Is::String(time::duration_text(*nanos).into()),
        Value::Timestamp(at) => Is::String(time::timestamp_text(*at).into()),
        Value::List(List::Nodes { nodes, .. }) => Is::List(nodes.clone()),
        Value::List(List::Values(values)) => {
            Is::List(values.iter().map(to_node).collect::<Option<manifest::List>>()?)
        }
        Value::Map(Map::Nodes { map, .. }) => Is::Map(map.clone()),
        Value::Map(map @ Map::Values(_)) => {
            let mut out = manifest::Map::new();
            for key in map.keys() {
                let value = to_node(&map.get(&key)?.ok()?)?;
                out.set(manifest::Key::new(key.to_text()), value);
            }
            Is::Map(out)
        }
        _ => return None,
    };
    Some(Node::new(value, Origin::NONE))
}
