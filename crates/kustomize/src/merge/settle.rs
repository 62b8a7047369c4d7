//! Nodes that stand alone: what a patch adds, and what it leaves alone.
//!
//! kyaml merges what a patch adds with itself, by which it loses its nulls and directives; and it walks
//! what a patch leaves alone, by which that loses its blank nulls, and lists that merge by keys are
//! tidied. Most nodes are tidy already: that is found out without writing, so that they stay shared.

use manifest::{Map, Node, Value};

use super::{DIRECTIVE, Directive, Fate, MergeError, Merger, Type, directive, list};

/// Where a node that stands alone comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Base,
    Patch,
}

impl Merger<'_> {
    /// What a patch puts where nothing was; `None` where it says to delete.
    pub(super) fn add(&self, change: &Node, ty: Type) -> Result<Option<Node>, MergeError> {
        let mut node = change.clone();
        match &mut node.value {
            Value::Null => return Ok(None),
            Value::Map(map) if !self.is_tidy(change, ty, Side::Patch) => {
                match directive(map) {
                    Ok(Some(Directive::Delete)) => return Ok(None),
                    Ok(Some(_)) => drop(map.remove(DIRECTIVE)),
                    // An unknown one is a field here.
                    Ok(None) | Err(_) => {}
                }
                let ty = self.described(ty, map, None);
                self.settle_fields(map, |_| false, ty, Side::Patch)?;
            }
            Value::List(_) if !self.is_tidy(change, ty, Side::Patch) => {
                self.settle_list(&mut node, ty, Side::Patch)?;
            }
            _ => {}
        }
        Ok(Some(node))
    }

    /// What a patch puts in the place of what is there.
    pub(super) fn replacement(&self, change: &Node, ty: Type) -> Result<Node, MergeError> {
        let mut node = change.clone();
        self.settle(&mut node, ty, Side::Patch)?;
        Ok(node)
    }

    /// Tidies a node that nothing is merged into, or that a patch adds.
    pub(super) fn settle(&self, node: &mut Node, ty: Type, side: Side) -> Result<Fate, MergeError> {
        match &mut node.value {
            Value::Null if side == Side::Patch || node.origin.is_blank() => return Ok(Fate::Clear),
            Value::Map(map) => {
                if side == Side::Patch {
                    let directive = directive(map)?;
                    if directive.is_some() {
                        map.remove(DIRECTIVE);
                    }
                    if directive == Some(Directive::Delete) {
                        return Ok(Fate::Clear);
                    }
                }
                let ty = self.described(ty, map, None);
                self.settle_fields(map, |_| false, ty, side)?;
            }
            Value::List(list) if self.keys(ty).is_some() => {
                if side == Side::Patch
                    && let Some(found) = list::directive(list)?
                {
                    if found == Directive::Delete {
                        return Ok(Fate::Clear);
                    }
                    list::strip_directive(list, found);
                }
                self.settle_list(node, ty, side)?;
            }
            _ => {}
        }
        Ok(Fate::Keep)
    }

    pub(super) fn settle_fields(
        &self,
        map: &mut Map,
        skip: impl Fn(&str) -> bool,
        ty: Type,
        side: Side,
    ) -> Result<(), MergeError> {
        let mut cleared = false;
        for (key, node) in map.iter_mut().filter(|(key, _)| !skip(key)) {
            let fate = self.settle(node, self.field(ty, key), side);
            if fate.map_err(|error| error.within(key))? == Fate::Clear {
                cleared = true;
                // The mark by which the entry is found below.
                *node = Node { value: Value::Null, origin: node.origin.blank(true) };
            }
        }
        if cleared {
            map.retain(|key, node| skip(key) || !(node.is_null() && node.origin.is_blank()));
        }
        Ok(())
    }

    /// Whether [`Merger::settle`] would leave the node as it is, fate included.
    pub(super) fn is_tidy(&self, node: &Node, ty: Type, side: Side) -> bool {
        match &node.value {
            Value::Null => side == Side::Base && !node.origin.is_blank(),
            Value::Map(map) => {
                (side == Side::Base || !map.contains(DIRECTIVE))
                    && self.fields_are_tidy(map, self.described(ty, map, None), side)
            }
            Value::List(list) => self.list_is_tidy(list, ty, side),
            _ => true,
        }
    }

    pub(super) fn fields_are_tidy(&self, map: &Map, ty: Type, side: Side) -> bool {
        map.iter().all(|(key, node)| self.is_tidy(node, self.field(ty, key), side))
    }
}
