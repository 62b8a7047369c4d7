//! Lists that merge by keys, and sets of scalars.
//!
//! In a clean list every element has the keys that any of them has, and no two have the same. The
//! patch's elements come first then, those that were there already merged, and the rest follows; only
//! where two keys count, elements that were there keep their places. Everything else goes kyaml's own
//! way, in [`literal`]: there lists can lose elements, even when no patch touches them.

mod literal;

use ecow::EcoString;
use manifest::{List, Map, Node, Value};

use super::keys::{Plan, plan};
use super::{
    DIRECTIVE, Directive, Fate, MergeError, Merger, Side, Type, directive as map_directive,
};

/// The directive of a list: the first element that has one, if it has nothing else.
pub(super) fn directive(list: &[Node]) -> Result<Option<Directive>, MergeError> {
    match list.iter().filter_map(Node::as_map).find(|map| map.contains(DIRECTIVE)) {
        Some(map) if map.len() == 1 => map_directive(map),
        _ => Ok(None),
    }
}

/// Takes the elements with that directive out, and with them those that are null or empty maps.
pub(super) fn strip_directive(list: &mut List, found: Directive) {
    let goes = |node: &Node| match &node.value {
        Value::Null => true,
        Value::Map(map) => {
            map.is_empty() || matches!(map_directive(map), Ok(Some(it)) if it == found)
        }
        _ => false,
    };
    list.retain(|node| !goes(node));
}

impl Merger<'_> {
    /// The keys of a list that merges.
    pub(super) fn keys(&self, ty: Type) -> Option<&[EcoString]> {
        match ty {
            Type::Known(ty) => self.schema.list_merge(ty),
            Type::Opaque | Type::Open => None,
        }
    }

    /// Merges the list `changes`, the value of `change`, into the list `base`.
    pub(super) fn merge_list(
        &self,
        base: &mut Node,
        change: &Node,
        changes: &List,
        ty: Type,
    ) -> Result<Fate, MergeError> {
        let (Value::List(list), Some(keys)) = (&mut base.value, self.keys(ty)) else {
            *base = change.clone();
            return Ok(Fate::Keep);
        };
        let found = directive(changes)?;
        let mut changes = changes.clone();
        if let Some(found) = found {
            strip_directive(&mut changes, found);
        }
        match found {
            Some(Directive::Delete) => return Ok(Fate::Clear),
            Some(Directive::Replace) => {
                *base = Node { value: Value::List(changes), origin: change.origin };
                self.settle_list(base, ty, Side::Patch)?;
                return Ok(Fate::Keep);
            }
            Some(Directive::Merge) | None => {}
        }
        let element = self.element(ty);
        match plan(list, &changes, keys) {
            Plan::Clean { matches, several: false } => {
                self.merge_in_front(list, &changes, &matches, keys, element)?;
            }
            Plan::Clean { matches, several: true } => {
                self.merge_in_place(list, &changes, &matches, keys, element)?;
            }
            Plan::Unknown(reason) => {
                *base = Node { value: Value::Unknown(reason), origin: change.origin };
            }
            Plan::Irregular => *list = self.merge_literally(list, Some(&changes), keys, element)?,
        }
        Ok(Fate::Keep)
    }

    /// The patch's elements, merged, then the rest of the base.
    fn merge_in_front(
        &self,
        base: &mut List,
        changes: &[Node],
        matches: &[Option<usize>],
        keys: &[EcoString],
        ty: Type,
    ) -> Result<(), MergeError> {
        let places = base.make_mut();
        let mut rest = vec![true; places.len()];
        let mut merged = List::with_capacity(places.len() + changes.len());
        for (change, place) in changes.iter().zip(matches) {
            let matched = place.and_then(|at| Some((places.get_mut(at)?, rest.get_mut(at)?)));
            let node = match matched {
                Some((place, rest)) => {
                    *rest = false;
                    self.merge_element(std::mem::take(place), change, ty)
                }
                None => self.add(change, ty),
            };
            merged.extend(node.map_err(|error| error.at_element(change, keys))?);
        }
        for (place, _) in places.iter_mut().zip(rest).filter(|(_, rest)| *rest) {
            merged.push(self.settled_element(std::mem::take(place), keys, ty)?);
        }
        *base = merged;
        Ok(())
    }

    /// The patch's new elements, then the base, merged.
    fn merge_in_place(
        &self,
        base: &mut List,
        changes: &[Node],
        matches: &[Option<usize>],
        keys: &[EcoString],
        ty: Type,
    ) -> Result<(), MergeError> {
        let places = base.make_mut();
        let mut change_of: Vec<Option<&Node>> = vec![None; places.len()];
        let mut merged = List::with_capacity(places.len() + changes.len());
        for (change, place) in changes.iter().zip(matches) {
            match place.and_then(|at| change_of.get_mut(at)) {
                Some(place) => *place = Some(change),
                None => {
                    let node = self.add(change, ty);
                    merged.extend(node.map_err(|error| error.at_element(change, keys))?);
                }
            }
        }
        for (place, change) in places.iter_mut().zip(change_of) {
            let node = std::mem::take(place);
            match change {
                Some(change) => {
                    let node = self.merge_element(node, change, ty);
                    merged.extend(node.map_err(|error| error.at_element(change, keys))?);
                }
                None => merged.push(self.settled_element(node, keys, ty)?),
            }
        }
        *base = merged;
        Ok(())
    }

    /// An element of the base that the patch has as well; `None` where the patch deletes it.
    fn merge_element(
        &self,
        mut node: Node,
        change: &Node,
        ty: Type,
    ) -> Result<Option<Node>, MergeError> {
        // kyaml puts an element that was replaced back when it adds what is left of the base.
        let Value::Map(changes) = &change.value else { return Ok(Some(node)) };
        if map_directive(changes)? == Some(Directive::Replace) {
            self.replacement(change, ty)?;
            return Ok(Some(node));
        }
        Ok((self.merge_node(&mut node, change, ty)? == Fate::Keep).then_some(node))
    }

    fn settled_element(
        &self,
        mut node: Node,
        keys: &[EcoString],
        ty: Type,
    ) -> Result<Node, MergeError> {
        if !self.tidy
            && let Err(error) = self.settle(&mut node, ty, Side::Base)
        {
            return Err(error.at_element(&node, keys));
        }
        Ok(node)
    }

    /// Tidies a list that nothing is merged into, or that a patch adds; one that does not merge by
    /// keys stays as it is.
    pub(super) fn settle_list(
        &self,
        node: &mut Node,
        ty: Type,
        side: Side,
    ) -> Result<(), MergeError> {
        let (Value::List(list), Some(keys)) = (&mut node.value, self.keys(ty)) else {
            return Ok(());
        };
        let element = self.element(ty);
        match plan(list, &[], keys) {
            Plan::Clean { .. } => {
                let mut kept = List::with_capacity(list.len());
                for place in list.make_mut() {
                    let mut node = std::mem::take(place);
                    let fate = self.settle(&mut node, element, side);
                    if fate.map_err(|error| error.at_element(&node, keys))? == Fate::Keep {
                        kept.push(node);
                    }
                }
                *list = kept;
            }
            Plan::Unknown(_) => {}
            Plan::Irregular => {
                let patch = match side {
                    Side::Base => Some(&[][..]),
                    Side::Patch => None,
                };
                *list = self.merge_literally(list, patch, keys, element)?;
            }
        }
        Ok(())
    }

    /// Whether [`Merger::settle_list`] would leave the list as it is.
    pub(super) fn list_is_tidy(&self, list: &[Node], ty: Type, side: Side) -> bool {
        let Some(keys) = self.keys(ty) else { return true };
        let element = self.element(ty);
        match plan(list, &[], keys) {
            Plan::Clean { .. } => list.iter().all(|node| self.is_tidy(node, element, side)),
            // Directives among the elements are still read.
            Plan::Unknown(_) => !list.iter().any(|node| node.get(DIRECTIVE).is_some()),
            Plan::Irregular => false,
        }
    }
}

/// Whether an element counts as nothing for kyaml.
fn is_nothing(node: &Node) -> bool {
    node.is_null() || node.as_map().is_some_and(Map::is_empty)
}
