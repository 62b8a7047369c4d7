//! Sets of fields from before a type changed: what has become one value is owned as a whole.

use crate::fields::{Element, Set};
use crate::types::{ListKind, MapType, Type};

/// `set` as the type of the object has it now; `None` where nothing changes.
pub(crate) fn reconcile(set: &Set, of: Type<'_>) -> Option<Set> {
    let mut walk = Walk { path: Vec::new(), whole: Set::new() };
    walk.value(Some(set), false, of);
    if walk.whole.is_empty() {
        return None;
    }
    Some(set.recursive_difference(&walk.whole).union(&walk.whole))
}

struct Walk {
    path: Vec<Element>,
    /// What has become one value.
    whole: Set,
}

impl Walk {
    fn value(&mut self, set: Option<&Set>, is_leaf: bool, of: Type<'_>) {
        if let Some(map) = of.map() {
            self.map(set, is_leaf, of, map);
        } else if let Some(list) = of.list()
            && of.scalar().is_none()
        {
            if list.kind() == ListKind::Atomic {
                if !is_leaf {
                    self.whole.insert(&self.path);
                }
            } else if let Some(set) = set {
                self.elements(set, |_| Some(list.elements()));
            }
        }
    }

    fn map(&mut self, set: Option<&Set>, is_leaf: bool, of: Type<'_>, map: MapType<'_>) {
        let has_fields = map.fields().len() > 0;
        if of.is_deduced() || !has_fields && map.map_values().is_some_and(Type::is_deduced) {
            return;
        }
        if map.is_atomic() {
            if !is_leaf && set.is_some_and(|set| !set.is_empty()) {
                self.whole.insert(&self.path);
            }
        } else if let Some(set) = set {
            self.elements(set, |element| match element {
                Element::Field(name) => map.entry(name),
                _ => map.map_values(),
            });
        }
    }

    fn elements<'t>(&mut self, set: &Set, of: impl Fn(&Element) -> Option<Type<'t>>) {
        let children = set.children().iter().map(|(element, _)| element);
        let longer = children.filter(|element| !set.has_member(element));
        for element in longer.chain(set.members()) {
            let Some(of) = of(element) else { continue };
            let below = set.child(element);
            let is_leaf = below.is_none() && set.has_member(element);
            self.path.push(element.clone());
            self.value(below, is_leaf, of);
            self.path.pop();
        }
    }
}
