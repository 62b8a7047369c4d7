//! The form in which the server keeps objects of built-in kinds.
//!
//! A real server decodes what it gets into Go structs and encodes it again: what is empty goes,
//! unless the field says otherwise; what the struct has as a value is there, if only as `{}`; fields
//! that it does not know are gone; quantities have one spelling.

use manifest::number::Number;
use manifest::{List, Map, Node, Value};

use crate::quantity;
use crate::time::{Layout, canonical};
use crate::types::{Field, Format, MapType, Type, Types};

/// `object` as the server keeps it; one of a kind that is not built in is kept as it is.
pub fn normalize(object: &Node) -> Node {
    let text = |key: &str| object.str_at(&[key]).unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    if !Types::is_builtin(api_version, kind) {
        return object.clone();
    }
    value(object, Types::builtin().root(api_version, kind))
}

/// `object` as Go prints one of this kind: structs in the order of their fields, maps sorted. Nothing
/// else is changed, and it need not be of the kind.
pub fn in_order(object: &Node, api_version: &str, kind: &str) -> Node {
    match Types::builtin().get(api_version, kind) {
        Some(of) => ordered(object, of),
        None => object.clone(),
    }
}

fn ordered(node: &Node, of: Type<'_>) -> Node {
    let entry = |key: &manifest::Key, node: &Node, of: Option<Type<'_>>| {
        (key.clone(), of.map_or_else(|| node.clone(), |of| ordered(node, of)))
    };
    match (&node.value, of.map(), of.list()) {
        (Value::Map(map), Some(of), _) => {
            let mut entries: Vec<_> = map.iter().collect();
            if of.fields().len() > 0 {
                let place =
                    |key: &str| of.fields().position(|(field, _)| field.name.as_str() == key);
                entries.sort_by_key(|(key, _)| place(key).unwrap_or(usize::MAX));
            } else {
                entries.sort_by_key(|(key, _)| *key);
            }
            let entries =
                entries.into_iter().map(|(key, node)| entry(key, node, of.entry(key.as_str())));
            Node::new(entries.collect::<Map>(), node.origin)
        }
        (Value::List(list), _, Some(of)) => {
            let items = list.iter().map(|item| ordered(item, of.elements()));
            Node::new(items.collect::<List>(), node.origin)
        }
        _ => node.clone(),
    }
}

fn value(node: &Node, of: Type<'_>) -> Node {
    if let Some(format) = of.scalar() {
        return scalar(node, format);
    }
    match (&node.value, of.map(), of.list()) {
        (Value::Map(map), Some(of), _) if of.fields().len() > 0 => {
            fields(map, of).map_or_else(|| node.clone(), |map| Node::new(map, node.origin))
        }
        (Value::Map(map), Some(of), _) => match of.map_values() {
            Some(of) if !of.is_deduced() => values(node, map, of),
            _ => node.clone(),
        },
        (Value::List(list), _, Some(of)) => items(node, list, of.elements()),
        _ => node.clone(),
    }
}

/// The fields of a struct, in the order of their declaration; `None` where they are as they should
/// be.
fn fields(map: &Map, of: MapType<'_>) -> Option<Map> {
    // Structs have many more fields than objects give: what is given is looked up, not what could be.
    let mut given: Vec<(usize, &Node)> = Vec::with_capacity(map.len());
    for (key, node) in map.iter() {
        if let Some(position) = of.position(key).filter(|_| !node.is_null()) {
            given.push((position, node));
        }
    }
    let mut is_same = given.len() == map.len();
    if !given.is_sorted_by_key(|(position, _)| *position) {
        given.sort_unstable_by_key(|(position, _)| *position);
    }
    let mut out = Map::new();
    out.reserve(map.len() + 4);
    let mut always = of.always().peekable();
    let mut given = given.into_iter().peekable();
    loop {
        let position = match (given.peek(), always.peek()) {
            (Some((given, _)), Some(always)) => (*given).min(*always),
            (Some((given, _)), None) => *given,
            (None, Some(always)) => *always,
            (None, None) => break,
        };
        let node = given.next_if(|(at, _)| *at == position).map(|(_, node)| node);
        always.next_if(|at| *at == position);
        let Some((field, of)) = of.field_at(position) else { continue };
        let kept = match node {
            Some(node) => {
                let normal = value(node, of);
                // An empty list of managedFields has a meaning; see `apply::update`.
                let is_kept = field.pointer || field.always || field.name == "managedFields";
                let kept = is_kept || is_struct(of) || !is_empty(&normal);
                is_same &= kept && unchanged(node, &normal);
                kept.then_some(normal)
            }
            None => {
                is_same = false;
                Some(zero(field, of))
            }
        };
        if let Some(node) = kept {
            out.push_new(field.name.clone().as_str().into(), node);
        }
    }
    (!is_same).then_some(out)
}

fn unchanged(before: &Node, after: &Node) -> bool {
    match (&before.value, &after.value) {
        (Value::Map(_) | Value::List(_), _) => crate::fields::same(before, after),
        (before, after) => before == after,
    }
}

fn is_struct(of: Type<'_>) -> bool {
    of.map().is_some_and(|map| map.fields().len() > 0)
}

fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Int(value) => *value == 0,
        Value::String(text) => text.is_empty(),
        Value::List(list) => list.is_empty(),
        Value::Map(map) => map.is_empty(),
        Value::Number(_) | Value::Sensitive(_) | Value::Unknown(_) => false,
    }
}

/// What a field that is always written has where nothing was given.
fn zero(field: &Field, of: Type<'_>) -> Node {
    let value = if field.pointer {
        Value::Null
    } else if let Some(format) = of.scalar() {
        zero_scalar(format)
    } else if let Some(map) = of.map().filter(|map| map.fields().len() > 0) {
        Value::Map(fields(&Map::new(), map).unwrap_or_default())
    } else {
        Value::Null
    };
    Node::new(value, manifest::Origin::default())
}

fn zero_scalar(format: Format) -> Value {
    match format {
        Format::Text => "".into(),
        Format::Int32 | Format::Int64 | Format::Double | Format::IntOrString => 0.into(),
        Format::Bool => false.into(),
        Format::Quantity => "0".into(),
        Format::Bytes | Format::Time | Format::MicroTime | Format::Any => Value::Null,
    }
}

fn scalar(node: &Node, format: Format) -> Node {
    let value = match (&node.value, format) {
        (Value::Int(_) | Value::Number(_) | Value::String(_), Format::Quantity) => {
            node.scalar_text().and_then(|text| quantity::canonical(&text)).map(Value::String)
        }
        (Value::String(text), Format::Time) => time(text, Layout::Seconds),
        (Value::String(text), Format::MicroTime) => time(text, Layout::Micros),
        (Value::Number(text), Format::Int32 | Format::Int64) => {
            Number::parse(text).and_then(|number| number.go_yaml().parse().ok()).map(Value::Int)
        }
        _ => None,
    };
    match value {
        Some(value) if value != node.value => Node::new(value, node.origin),
        _ => node.clone(),
    }
}

/// A time in its one spelling; `None` where it is none.
fn time(text: &str, layout: Layout) -> Option<Value> {
    // Most have it already.
    let is_canonical = layout == Layout::Seconds && text.len() == 20 && text.ends_with('Z');
    if is_canonical { None } else { canonical(text, layout).ok().map(|text| text.as_str().into()) }
}

/// The metadata of an object as the server keeps it, whatever the kind.
pub(crate) fn metadata(node: &Node) -> Node {
    let types = Types::builtin();
    let of = types.root("v1", "ConfigMap").map().and_then(|map| map.entry("metadata"));
    of.map_or_else(|| node.clone(), |of| value(node, of))
}

fn values(node: &Node, map: &Map, of: Type<'_>) -> Node {
    let mut out = map.clone();
    for (key, node) in map.iter() {
        let normal = element(node, of);
        if !unchanged(node, &normal) {
            out.set(key.clone(), normal);
        }
    }
    Node::new(out, node.origin)
}

fn items(node: &Node, list: &List, of: Type<'_>) -> Node {
    let mut out = list.clone();
    for (index, node) in list.iter().enumerate() {
        let normal = element(node, of);
        if !unchanged(node, &normal)
            && let Some(item) = out.make_mut().get_mut(index)
        {
            *item = normal;
        }
    }
    Node::new(out, node.origin)
}

/// An item of a list or a value of a map: null is what is empty.
fn element(node: &Node, of: Type<'_>) -> Node {
    if !node.is_null() {
        return value(node, of);
    }
    let value = match of.scalar() {
        Some(format) => zero_scalar(format),
        None if is_struct(of) => {
            let map = of.map().and_then(|map| fields(&Map::new(), map));
            Value::Map(map.unwrap_or_default())
        }
        None => Value::Null,
    };
    Node::new(value, node.origin)
}

#[cfg(test)]
mod tests;
