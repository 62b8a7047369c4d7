//! Which fields has a value?

use std::collections::BTreeMap;

use manifest::{Map, Node, Value};

use super::{Shape, item, list_of, map_of, shape};
use crate::fields::{Element, Set};
use crate::types::{ListKind, ListType, MapType, Type};

/// The fields that `node` has, as who applies it owns them: leaves, what is one value, items of
/// sets and maps themselves, and keys of maps that are no named fields. Items that a list has
/// twice are owned as a whole.
pub fn field_set(node: &Node, of: Type<'_>) -> Set {
    below(node, of).1
}

/// Whether the value itself is a leaf, and what is below it.
fn below(node: &Node, of: Type<'_>) -> (bool, Set) {
    match shape(of, Some(node)) {
        Some(Shape::Scalar) => (true, Set::new()),
        Some(Shape::List) => match of.list() {
            Some(list) if list.kind() != ListKind::Atomic => (false, items(node, list)),
            _ => (true, Set::new()),
        },
        Some(Shape::Map) => match of.map() {
            Some(map) if !map.is_atomic() => match map_of(Some(node)) {
                Some(entries) => (false, fields(entries, map)),
                None => (false, Set::new()),
            },
            _ => (true, Set::new()),
        },
        None => (false, Set::new()),
    }
}

fn fields(entries: &Map, map: MapType<'_>) -> Set {
    let mut members = Vec::new();
    let mut children = Vec::new();
    for (key, node) in entries.iter() {
        let named = map.field(key).map(|(_, of)| of);
        let Some(of) = named.or_else(|| map.map_values()) else { continue };
        let element = Element::Field(key.text().clone());
        let (is_leaf, set) = below(node, of);
        let is_empty = match &node.value {
            Value::Null => true,
            Value::Map(map) => map.is_empty(),
            _ => false,
        };
        if is_leaf || is_empty || named.is_none() {
            members.push(element.clone());
        }
        if !set.is_empty() {
            children.push((element, set));
        }
    }
    Set::from_parts(members, children)
}

fn items(node: &Node, list: ListType<'_>) -> Set {
    let nodes = list_of(Some(node)).unwrap_or_default();
    let of = list.elements();
    let mut by_element: BTreeMap<Element, (&Node, bool)> = BTreeMap::new();
    for node in nodes {
        // What cannot be known is not in its place; who validates says so.
        let Ok(Some(element)) = item::element(list, node) else { continue };
        by_element.entry(element).and_modify(|(_, again)| *again = true).or_insert((node, false));
    }
    let mut members = Vec::with_capacity(by_element.len());
    let mut children = Vec::with_capacity(by_element.len());
    for (element, (node, again)) in by_element {
        members.push(element.clone());
        if !again {
            let (_, set) = below(node, of);
            if !set.is_empty() {
                children.push((element, set));
            }
        }
    }
    Set::from_parts(members, children)
}
