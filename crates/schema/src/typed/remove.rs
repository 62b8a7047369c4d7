//! What is left of a value without some fields?

use manifest::{List, Map, Node, Origin, Value};

use super::{Shape, item, list_of, map_of, shape};
use crate::fields::{Element, Set};
use crate::types::{ListKind, ListType, MapType, Type};

/// `node` without the fields of `unwanted`. A map or list that is left with nothing is `null`; what
/// is one value is kept as long as it is not itself unwanted.
pub fn remove(node: &Node, unwanted: &Set, of: Type<'_>) -> Node {
    if unwanted.is_empty() {
        return node.clone();
    }
    let left = match shape(of, Some(node)) {
        Some(Shape::Scalar) => return node.clone(),
        Some(Shape::List) => match of.list() {
            Some(list) if list.kind() != ListKind::Atomic => list_without(node, unwanted, list),
            _ => None,
        },
        Some(Shape::Map) => match of.map() {
            Some(map) if !map.is_atomic() => map_without(node, unwanted, map),
            _ => None,
        },
        None => None,
    };
    left.unwrap_or_else(|| Node::new(Value::Null, Origin::default()))
}

fn list_without(node: &Node, unwanted: &Set, list: ListType<'_>) -> Option<Node> {
    let mut out = List::new();
    for node in list_of(Some(node))? {
        let element = item::element(list, node).ok().flatten();
        if element.as_ref().is_some_and(|element| unwanted.has_member(element)) {
            continue;
        }
        let below = element.as_ref().and_then(|element| unwanted.child(element));
        out.push(match below.filter(|below| !below.is_empty()) {
            Some(below) => remove(node, below, list.elements()),
            None => node.clone(),
        });
    }
    (!out.is_empty()).then(|| Node::new(out, node.origin))
}

fn map_without(node: &Node, unwanted: &Set, map: MapType<'_>) -> Option<Node> {
    let mut out = Map::new();
    for (key, value) in map_of(Some(node))?.iter() {
        let element = Element::Field(key.text().clone());
        if unwanted.has_member(&element) {
            continue;
        }
        let below = unwanted.child(&element).filter(|below| !below.is_empty());
        let value = match (below, map.entry(key)) {
            (Some(below), Some(of)) => remove(value, below, of),
            _ => value.clone(),
        };
        out.push_new(key.clone(), value);
    }
    (!out.is_empty()).then(|| Node::new(out, node.origin))
}
