//! What changed from one value to another?

use std::collections::BTreeMap;

use manifest::{Map, Node};

use super::{Mistyped, Shape, item, list_of, map_of, shape};
use crate::fields::{Element, Set, equal, same};
use crate::types::{ListKind, ListType, MapType, Type};

/// What changed from one value to another.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Comparison {
    /// Fields that only the first value has.
    pub removed: Set,
    /// Leaves that both have, with different values.
    pub modified: Set,
    /// Fields that only the second value has.
    pub added: Set,
}

impl Comparison {
    /// Whether nothing changed.
    pub fn is_same(&self) -> bool {
        self.removed.is_empty() && self.modified.is_empty() && self.added.is_empty()
    }

    /// The same without these fields and what is below them.
    #[must_use]
    pub fn without(self, fields: &Set) -> Comparison {
        if fields.is_empty() {
            return self;
        }
        Comparison {
            removed: self.removed.recursive_difference(fields),
            modified: self.modified.recursive_difference(fields),
            added: self.added.recursive_difference(fields),
        }
    }
}

/// What changed from `old` to `new`. What the two share is not looked at.
///
/// # Errors
/// A list has an item that cannot be known.
pub fn compare(old: &Node, new: &Node, of: Type<'_>) -> Result<Comparison, Mistyped> {
    let mut walk = Walk { path: Vec::new(), changes: Comparison::default(), errors: Vec::new() };
    walk.value(Some(old), Some(new), of);
    if walk.errors.is_empty() { Ok(walk.changes) } else { Err(Mistyped(walk.errors)) }
}

struct Walk {
    path: Vec<Element>,
    changes: Comparison,
    errors: Vec<(String, String)>,
}

impl Walk {
    fn value(&mut self, old: Option<&Node>, new: Option<&Node>, of: Type<'_>) {
        if let (Some(old), Some(new)) = (old, new)
            && same(old, new)
        {
            return;
        }
        let (before, after) = (shape(of, old), shape(of, new));
        let is_leaf = match (old, new) {
            (_, None) => self.shaped(before, old, new, of),
            (None, _) => self.shaped(after, old, new, of),
            _ if before == after => self.shaped(after, old, new, of),
            _ => {
                self.shaped(before, old, new, of);
                self.shaped(after, old, new, of)
            }
        };
        if !is_leaf {
            match (old, new) {
                (None, _) => self.changes.added.insert(&self.path),
                (_, None) => self.changes.removed.insert(&self.path),
                _ => {}
            }
        }
    }

    /// Whether the value was looked at as a leaf.
    fn shaped(
        &mut self,
        shape: Option<Shape>,
        old: Option<&Node>,
        new: Option<&Node>,
        of: Type<'_>,
    ) -> bool {
        match shape {
            Some(Shape::Scalar) => self.leaf(old, new),
            Some(Shape::List) => {
                let (before, after) = (list_of(old), list_of(new));
                let has_items = |list: Option<&[Node]>| list.is_some_and(|list| !list.is_empty());
                match of.list() {
                    Some(list)
                        if list.kind() != ListKind::Atomic
                            && (has_items(before) || has_items(after)) =>
                    {
                        self.lists(before.unwrap_or_default(), after.unwrap_or_default(), list);
                        false
                    }
                    _ => self.leaf(old, new),
                }
            }
            Some(Shape::Map) => {
                let (before, after) = (map_of(old), map_of(new));
                let has_entries = |map: Option<&Map>| map.is_some_and(|map| !map.is_empty());
                match of.map() {
                    Some(map)
                        if !map.is_atomic() && (has_entries(before) || has_entries(after)) =>
                    {
                        self.maps(before, after, map);
                        false
                    }
                    _ => self.leaf(old, new),
                }
            }
            None => false,
        }
    }

    fn leaf(&mut self, old: Option<&Node>, new: Option<&Node>) -> bool {
        match (old, new) {
            (None, _) => self.changes.added.insert(&self.path),
            (_, None) => self.changes.removed.insert(&self.path),
            (Some(old), Some(new)) => {
                if !equal(&old.value, &new.value) {
                    self.changes.modified.insert(&self.path);
                }
            }
        }
        true
    }

    fn maps(&mut self, old: Option<&Map>, new: Option<&Map>, map: MapType<'_>) {
        for (key, before) in old.into_iter().flat_map(Map::iter) {
            let after = new.and_then(|new| new.get(key));
            self.entry(key.text(), Some(before), after, map);
        }
        for (key, after) in new.into_iter().flat_map(Map::iter) {
            if old.is_none_or(|old| !old.contains(key)) {
                self.entry(key.text(), None, Some(after), map);
            }
        }
    }

    fn entry(
        &mut self,
        key: &manifest::Text,
        old: Option<&Node>,
        new: Option<&Node>,
        map: MapType<'_>,
    ) {
        let Some(of) = map.entry(key) else { return };
        self.path.push(Element::Field(key.clone()));
        self.value(old, new, of);
        self.path.pop();
    }

    fn lists(&mut self, old: &[Node], new: &[Node], list: ListType<'_>) {
        let mut by_element: BTreeMap<Element, (Vec<&Node>, Vec<&Node>)> = BTreeMap::new();
        for (is_new, nodes) in [(false, old), (true, new)] {
            for (index, node) in nodes.iter().enumerate() {
                match item::element(list, node) {
                    Ok(Some(element)) => {
                        let (before, after) = by_element.entry(element).or_default();
                        if is_new { after.push(node) } else { before.push(node) }
                    }
                    Ok(None) => {}
                    Err(message) => {
                        let message = format!("element {index}: {message}");
                        self.errors.extend(Mistyped::at(&self.path, message).0);
                    }
                }
            }
        }
        for (element, (before, after)) in by_element {
            self.path.push(element);
            self.items(&before, &after, list.elements());
            self.path.pop();
        }
    }

    /// The items of one element; several of it are one value.
    fn items(&mut self, before: &[&Node], after: &[&Node], of: Type<'_>) {
        match (before, after) {
            ([_, _, ..], [_, _, ..]) => {
                let mut pairs = before.iter().zip(after);
                if before.len() != after.len()
                    || pairs.any(|(old, new)| !equal(&old.value, &new.value))
                {
                    self.changes.modified.insert(&self.path);
                }
            }
            ([_, _, ..], rest) => {
                if let Some(new) = rest.first() {
                    self.value(None, Some(new), of);
                }
                self.changes.removed.insert(&self.path);
            }
            (rest, [_, _, ..]) => {
                if let Some(old) = rest.first() {
                    self.value(Some(old), None, of);
                }
                self.changes.added.insert(&self.path);
            }
            (before, after) => {
                self.value(before.first().copied(), after.first().copied(), of);
            }
        }
    }
}
