//! The values that the server gives to fields of built-in kinds that nobody set.
//!
//! Most defaults are lines of tables: at a place, a field, its value, and perhaps which value
//! another field beside it must have. The few that need more are functions. The rules are those of
//! Kubernetes' `pkg/apis/*/v*/defaults.go`; objects are in their normal form before and after.

mod amounts;
mod kinds;
mod pod;

use manifest::{List, Map, Node, Origin, Value};

/// A default: where, what, and when.
struct Row {
    /// The map that has the field, as a path; a step that ends in `[]` goes to every item of a list.
    at: &'static str,
    /// The field.
    field: &'static str,
    /// Its value.
    value: Default,
    /// A field beside it and the value that it must have; an empty one where it must not be there.
    when: Option<(&'static str, &'static str)>,
}

/// The value of a default.
#[derive(Clone, Copy)]
enum Default {
    Text(&'static str),
    Int(i64),
    Bool(bool),
    /// An empty map.
    Map,
    /// What another field beside it has.
    Same(&'static str),
    /// A list of texts.
    List(&'static [&'static str]),
}

const fn row(at: &'static str, field: &'static str, value: Default) -> Row {
    Row { at, field, value, when: None }
}

const fn when(
    condition: (&'static str, &'static str),
    at: &'static str,
    field: &'static str,
    value: Default,
) -> Row {
    Row { at, field, value, when: Some(condition) }
}

/// Gives a Job without labels those that its pods have by now: read from the store, it has them.
pub fn late(object: &mut Node) {
    let text = |key: &str| object.str_at(&[key]).unwrap_or_default();
    if (text("apiVersion"), text("kind")) == ("batch/v1", "Job") {
        kinds::labels_of_pods(object);
    }
}

/// Sets the defaults of an object.
pub fn set(object: &mut Node) {
    let text = |key: &str| object.str_at(&[key]).unwrap_or_default().to_owned();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    kinds::set(object, &api_version, &kind);
}

fn set_rows(node: &mut Node, rows: &[Row]) {
    for row in rows {
        set_at(node, row.at, row);
    }
}

fn set_at(node: &mut Node, at: &str, row: &Row) {
    if at.is_empty() {
        return set_field(node, row);
    }
    // Only what has something to set is written to: the rest stays shared.
    if !lacks(node, at, row) {
        return;
    }
    each_at(node, at, &mut |node| set_field(node, row));
}

/// Whether some map at the place lacks the field.
fn lacks(node: &Node, at: &str, row: &Row) -> bool {
    let (step, rest) = at.split_once('.').unwrap_or((at, ""));
    let below = |node: &Node| {
        if rest.is_empty() { field_is_missing(node, row) } else { lacks(node, rest, row) }
    };
    match step.strip_suffix("[]") {
        Some(list) => {
            node.get(list).and_then(Node::as_list).is_some_and(|list| list.iter().any(below))
        }
        None => node.get(step).is_some_and(below),
    }
}

fn field_is_missing(node: &Node, row: &Row) -> bool {
    let is_when = |(field, value): (&str, &str)| node.str_at(&[field]).unwrap_or_default() == value;
    node.as_map().is_some()
        && row.when.is_none_or(is_when)
        && node.get(row.field).is_none_or(|given| match (&given.value, row.value) {
            (Value::Null, _) => true,
            (Value::String(text), _) => text.is_empty(),
            (Value::Int(0), Default::Same(_)) => true,
            (Value::Map(map), Default::Text(_)) => map.is_empty(),
            _ => false,
        })
}

fn set_field(node: &mut Node, row: &Row) {
    if !field_is_missing(node, row) {
        return;
    }
    let origin = Origin::default();
    let value: Value = match row.value {
        Default::Text(text) => text.into(),
        Default::Int(value) => value.into(),
        Default::Bool(value) => value.into(),
        Default::Map => Map::new().into(),
        Default::Same(field) => match node.get(field) {
            Some(node) if !node.is_null() => node.value.clone(),
            _ => return,
        },
        Default::List(texts) => {
            let items: List = texts.iter().map(|text| Node::string(*text, origin)).collect();
            items.into()
        }
    };
    if let Some(map) = node.as_map_mut() {
        map.set(row.field, Node::new(value, origin));
    }
}

/// Calls `work` with each node at a place.
fn each_at(node: &mut Node, at: &str, work: &mut impl FnMut(&mut Node)) {
    if at.is_empty() {
        return work(node);
    }
    let (step, rest) = at.split_once('.').unwrap_or((at, ""));
    let Some(map) = node.as_map_mut() else { return };
    let (name, is_list) = match step.strip_suffix("[]") {
        Some(name) => (name, true),
        None => (step, false),
    };
    let Some(below) = map.get_mut(name) else { return };
    match (&mut below.value, is_list) {
        (Value::List(list), true) => {
            for item in list.make_mut() {
                each_at(item, rest, work);
            }
        }
        (_, false) => each_at(below, rest, work),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
