//! What comes of applying one value to another.

use std::collections::BTreeMap;

use manifest::{List, Map, Node, Value};

use super::{Mistyped, Shape, item, list_of, map_of, shape};
use crate::fields::{Element, path_text, same};
use crate::types::{ListKind, ListType, MapType, Type};

/// `live` with `applied` on top: maps and lists merge by their types, anything else is what
/// `applied` says. What `applied` does not touch is shared with `live`.
///
/// # Errors
/// `applied` has a list item twice, or one of the two has an item that cannot be known.
pub fn merge(live: &Node, applied: &Node, of: Type<'_>) -> Result<Node, Mistyped> {
    let mut path = Vec::new();
    merge_at(live, applied, of, &mut path)
}

fn merge_at(
    live: &Node,
    applied: &Node,
    of: Type<'_>,
    path: &mut Vec<Element>,
) -> Result<Node, Mistyped> {
    let is_empty = |node| {
        map_of(Some(node)).is_none_or(Map::is_empty)
            && list_of(Some(node)).is_none_or(<[Node]>::is_empty)
    };
    let both_empty = is_empty(live) && is_empty(applied);
    match shape(of, Some(applied)) {
        Some(Shape::Map) if !both_empty => match of.map() {
            Some(map) if !map.is_atomic() => merge_maps(live, map_of(Some(applied)), map, path),
            _ => Ok(applied.clone()),
        },
        Some(Shape::List) if !both_empty => match of.list() {
            Some(list) if list.kind() != ListKind::Atomic => {
                merge_lists(live, list_of(Some(applied)).unwrap_or_default(), list, path)
            }
            _ => Ok(applied.clone()),
        },
        _ => Ok(applied.clone()),
    }
}

fn merge_maps(
    live: &Node,
    applied: Option<&Map>,
    map: MapType<'_>,
    path: &mut Vec<Element>,
) -> Result<Node, Mistyped> {
    let mut merged = match map_of(Some(live)) {
        Some(live) => live.clone(),
        None => Map::new(),
    };
    let origin = live.origin;
    for (key, theirs) in applied.into_iter().flat_map(Map::iter) {
        let Some(of) = map.entry(key) else { continue };
        let value = match merged.get(key) {
            Some(ours) => {
                path.push(Element::Field(key.text().clone()));
                let value = merge_at(ours, theirs, of, path)?;
                path.pop();
                if unchanged(ours, &value) {
                    continue;
                }
                value
            }
            None => theirs.clone(),
        };
        merged.set(key.clone(), value);
    }
    Ok(Node::new(merged, origin))
}

/// The items of both lists. What only `live` has keeps its place among the others; what both have
/// is in the order of `applied` (structured-merge-diff's `visitListItems`).
fn merge_lists(
    live: &Node,
    applied: &[Node],
    list: ListType<'_>,
    path: &mut Vec<Element>,
) -> Result<Node, Mistyped> {
    let theirs = Indexed::new(applied, list, false, path)?;
    let ours = Indexed::new(list_of(Some(live)).unwrap_or_default(), list, true, path)?;
    let of = list.elements();
    let mut out = List::with_capacity(ours.elements.len().max(theirs.elements.len()));
    let mut merged = vec![false; theirs.elements.len()];
    let mut shared = theirs.elements.iter().filter(|element| ours.has(element));
    let mut next_shared = shared.next();
    let (mut left, mut right) = (0, 0);
    loop {
        let (our, their) = (ours.elements.get(left), theirs.elements.get(right));
        if let (Some(our), Some(their)) = (our, their) {
            if our == their {
                mark(&mut merged, right);
                out.push(theirs.merged_with(&ours, their, of, path)?);
                (left, right) = (left + 1, right + 1);
                next_shared = shared.next();
                continue;
            }
            // An item that comes later in `applied` is placed there.
            if theirs.has(our) && next_shared.is_some_and(|next| next != our) {
                left += 1;
                continue;
            }
        }
        if let Some(our) = our {
            match theirs.position(our) {
                None => {
                    // `left` is a position in `nodes`: there is one node for each element.
                    out.extend(ours.nodes.get(left).map(|node| (*node).clone()));
                    left += 1;
                    continue;
                }
                Some(at) if merged.get(at) == Some(&true) => left += 1,
                Some(_) => {}
            }
        }
        let Some(their) = their else {
            if left < ours.elements.len() {
                continue;
            }
            let before = list_of(Some(live)).unwrap_or_default();
            let same = before.len() == out.len()
                && before.iter().zip(&out).all(|(before, after)| unchanged(before, after));
            return Ok(if same { live.clone() } else { Node::new(out, live.origin) });
        };
        mark(&mut merged, right);
        out.push(theirs.merged_with(&ours, their, of, path)?);
        right += 1;
        if next_shared == Some(their) {
            next_shared = shared.next();
        }
    }
}

/// Whether a value is still the one that it was, as far as can be told without a look inside.
fn unchanged(before: &Node, after: &Node) -> bool {
    match (&before.value, &after.value) {
        (Value::Map(_) | Value::List(_), _) => same(before, after),
        (before, after) => before == after,
    }
}

fn mark(merged: &mut [bool], at: usize) {
    if let Some(merged) = merged.get_mut(at) {
        *merged = true;
    }
}

/// A list's items by their elements.
struct Indexed<'n> {
    elements: Vec<Element>,
    nodes: Vec<&'n Node>,
    /// The position of an element, and whether there are more of it.
    positions: BTreeMap<Element, (usize, bool)>,
}

impl<'n> Indexed<'n> {
    fn new(
        items: &'n [Node],
        list: ListType<'_>,
        allow_duplicates: bool,
        path: &[Element],
    ) -> Result<Indexed<'n>, Mistyped> {
        let mut indexed =
            Indexed { elements: Vec::new(), nodes: Vec::new(), positions: BTreeMap::new() };
        for (index, node) in items.iter().enumerate() {
            let element = match item::element(list, node) {
                Ok(Some(element)) => element,
                Ok(None) => continue,
                Err(message) => {
                    return Err(Mistyped::at(path, format!("element {index}: {message}")));
                }
            };
            let at = indexed.elements.len();
            match indexed.positions.get_mut(&element) {
                None => {
                    indexed.positions.insert(element.clone(), (at, false));
                }
                Some((_, again)) if allow_duplicates => *again = true,
                Some(_) => {
                    let message = format!("duplicate entries for key {element}");
                    return Err(Mistyped(vec![(path_text(path), message)]));
                }
            }
            indexed.elements.push(element);
            indexed.nodes.push(node);
        }
        Ok(indexed)
    }

    fn has(&self, element: &Element) -> bool {
        self.positions.contains_key(element)
    }

    fn position(&self, element: &Element) -> Option<usize> {
        self.positions.get(element).map(|(at, _)| *at)
    }

    /// The node of an element; where there are several, an empty one.
    fn node(&self, element: &Element) -> Option<Node> {
        let (at, again) = self.positions.get(element)?;
        if *again {
            return Some(Node::new(Value::Null, manifest::Origin::default()));
        }
        self.nodes.get(*at).map(|node| (*node).clone())
    }

    fn merged_with(
        &self,
        ours: &Indexed<'_>,
        element: &Element,
        of: Type<'_>,
        path: &mut Vec<Element>,
    ) -> Result<Node, Mistyped> {
        let theirs = self.node(element).unwrap_or_default();
        let Some(ours) = ours.node(element) else { return Ok(theirs) };
        path.push(element.clone());
        let merged = merge_at(&ours, &theirs, of, path)?;
        path.pop();
        Ok(merged)
    }
}
