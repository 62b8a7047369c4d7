//! Lists that are one value, and that were sent in another spelling than they are kept in.
//!
//! kube-apiserver compares them as structs in memory (`reflect.DeepEqual` in structured-merge-diff's
//! `listReflect`): there `1024Mi` is not `1Gi`, and an empty list is not none. Whoever writes such a list in another
//! spelling owns it from then on, though what is kept stays the same.

use manifest::{Node, Value};

use super::item;
use crate::fields::{Element, Set};
use crate::quantity;
use crate::types::{Format, ListKind, MapType, Type, Types};

/// The atomic lists of an object of a built-in kind that are spelled otherwise than they are kept.
pub(crate) fn respelled(object: &Node, api_version: &str, kind: &str) -> Set {
    let mut walk = Walk { path: Vec::new(), found: Set::new() };
    if Types::is_builtin(api_version, kind) {
        walk.value(object, Types::builtin().root(api_version, kind));
    }
    walk.found
}

struct Walk {
    path: Vec<Element>,
    found: Set,
}

impl Walk {
    fn value(&mut self, node: &Node, of: Type<'_>) {
        match (&node.value, of.map(), of.list()) {
            (Value::Map(map), Some(of), _) if !of.is_atomic() => {
                for (key, node) in map.iter() {
                    let Some(of) = of.entry(key.as_str()) else { continue };
                    self.below(Element::Field(key.text().clone()), node, of);
                }
            }
            (Value::List(items), _, Some(of)) if of.kind() == ListKind::Atomic => {
                let differs = items.iter().any(|node| differs(node, of.elements()));
                if differs {
                    self.found.insert(&self.path);
                }
            }
            (Value::List(items), _, Some(of)) => {
                for node in items {
                    // What cannot be known is told of where the lists are compared.
                    let Ok(Some(element)) = item::element(of, node) else { continue };
                    self.below(element, node, of.elements());
                }
            }
            _ => {}
        }
    }

    fn below(&mut self, element: Element, node: &Node, of: Type<'_>) {
        if node.as_map().is_none() && node.as_list().is_none() {
            return;
        }
        self.path.push(element);
        self.value(node, of);
        self.path.pop();
    }
}

fn differs(node: &Node, of: Type<'_>) -> bool {
    if of.scalar() == Some(Format::Quantity) {
        let Some(text) = node.scalar_text() else { return false };
        return quantity::canonical(&text).is_some_and(|kept| kept != text);
    }
    match (&node.value, of.map(), of.list()) {
        (Value::Map(map), Some(of), _) if of.fields().len() > 0 => {
            map.iter().any(|(key, node)| field_differs(key, node, of))
        }
        (Value::Map(map), Some(of), _) => {
            of.map_values().is_some_and(|of| map.iter().any(|(_, node)| differs(node, of)))
        }
        (Value::List(list), _, Some(of)) => list.iter().any(|node| differs(node, of.elements())),
        _ => false,
    }
}

fn field_differs(name: &str, node: &Node, of: MapType<'_>) -> bool {
    let Some((field, of)) = of.field(name) else { return false };
    let is_struct = of.map().is_some_and(|map| map.fields().len() > 0);
    let is_empty = match &node.value {
        Value::Map(map) => map.is_empty(),
        Value::List(list) => list.is_empty(),
        _ => false,
    };
    if is_empty { !is_struct && !field.pointer } else { differs(node, of) }
}
