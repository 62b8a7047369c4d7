//! The tree after substitution put onto the tree before it: what was not changed stays the node it
//! was, with its place, and what was changed knows by what.

use manifest::{Key, List, Map, Node, Value, Via};

use super::conceal::Concealed;
use super::mentions;
use crate::substitute::unknown_reason;

/// The result: `after` with the places and the order of `before`.
pub(super) fn graft(before: &Concealed, after: Node) -> Node {
    node(before, &before.node, after)
}

fn node(concealed: &Concealed, before: &Node, after: Node) -> Node {
    if !concealed.has_gaps && !mentions(before) {
        return before.clone();
    }
    match (&before.value, after.value) {
        (Value::Map(old), Value::Map(new)) => map(concealed, before, old, new),
        (Value::List(old), Value::List(new)) if old.len() == new.len() => {
            let items = old.iter().zip(new).map(|(old, new)| node(concealed, old, new));
            Node { value: Value::List(items.collect::<List>()), origin: before.origin }
        }
        (Value::String(_), _) if !mentions(before) => concealed.reveal(before.clone()),
        (Value::String(_), value) => changed(concealed, before, value),
        (Value::Map(_) | Value::List(_), value) => changed(concealed, before, value),
        // Only text can be changed.
        _ => before.clone(),
    }
}

/// A value that substitution made, at the place of what it was made from.
fn changed(concealed: &Concealed, before: &Node, value: Value) -> Node {
    let mut node = Node { value, origin: before.origin };
    node.set_origin_deep(before.origin.quoted(false).via(Via::Substitution));
    reveal_deep(concealed, node)
}

fn reveal_deep(concealed: &Concealed, node: Node) -> Node {
    let origin = node.origin;
    match node.value {
        Value::List(list) => {
            let items = list.into_iter().map(|item| reveal_deep(concealed, item));
            Node { value: Value::List(items.collect::<List>()), origin }
        }
        Value::Map(map) => {
            let entries: Map = map
                .iter()
                .map(|(key, value)| (key.clone(), reveal_deep(concealed, value.clone())))
                .collect();
            Node { value: unknown_if_a_key_is(entries), origin }
        }
        value => concealed.reveal(Node { value, origin }),
    }
}

fn map(concealed: &Concealed, before: &Node, old: &Map, mut new: Map) -> Node {
    let changing: Vec<&Key> = old.keys().filter(|key| has_expression(key)).collect();
    let renamed: Vec<Key> = new.keys().filter(|key| !is_plain_in(old, key)).cloned().collect();
    if renamed.len() != changing.len() {
        // Keys that became one.
        return changed(concealed, before, Value::Map(new));
    }
    let mut entries = Map::new();
    for (key, value) in old.iter() {
        let key = match (has_expression(key), changing.len(), renamed.first()) {
            (false, ..) => key,
            (true, 1, Some(only)) => only,
            // Which of several became which is not known; their values tell at least the map's place.
            _ => continue,
        };
        if let Some(after) = new.remove(key) {
            entries.set(key.clone(), node(concealed, value, after));
        }
    }
    for (key, after) in new.iter() {
        entries.set(key.clone(), changed(concealed, before, after.value.clone()));
    }
    Node { value: unknown_if_a_key_is(entries), origin: before.origin }
}

fn is_plain_in(old: &Map, key: &Key) -> bool {
    !has_expression(key) && old.contains(key)
}

fn has_expression(key: &str) -> bool {
    key.contains("${") || key.contains("$$")
}

/// A map of which a key is not known is not known.
fn unknown_if_a_key_is(map: Map) -> Value {
    let reason = map.keys().find_map(|key| unknown_reason(key));
    match reason {
        Some(reason) => Value::Unknown(reason.into()),
        None => Value::Map(map),
    }
}
