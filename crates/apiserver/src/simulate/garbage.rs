//! Garbage collection: what becomes of objects whose owners go.

use manifest::Node;

use super::edit::{has_finalizer, is_deleting, set, without_finalizer};
use super::owned::without_owner;
use super::view::{Id, Owner, View, owners};
use super::write::{Deletion, Outcome, Write};
use crate::make::{list, meta};

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

/// Looks at one object: as an owner that is to go after or without its dependents, and as a
/// dependent of owners that have gone.
pub(super) fn reconcile(view: &View, id: &Id) -> Outcome {
    let Some(node) = view.get(id) else { return Outcome::rest() };
    let uid = meta(node, "uid");
    if is_deleting(node) && has_finalizer(node, ORPHAN) {
        let let_go =
            |(id, dependent): (&Id, &Node)| Write::update(id, without_owner(dependent, uid));
        let mut writes: Vec<Write> = view.dependents(uid).map(let_go).collect();
        writes.push(Write::update(id, without_finalizer(node, ORPHAN)));
        return writes.into();
    }
    if is_leaving(node) {
        let blocks = |node: &Node| owners(node).any(|owner| owner.uid == uid && owner.blocks);
        if !view.dependents(uid).any(|(_, node)| blocks(node)) {
            return vec![Write::update(id, without_finalizer(node, FOREGROUND))].into();
        }
        return Outcome::rest();
    }
    if is_deleting(node) {
        return Outcome::rest();
    }
    of_dependent(view, id, node).into()
}

/// Whether an object goes after its dependents.
pub(super) fn is_leaving(node: &Node) -> bool {
    is_deleting(node) && has_finalizer(node, FOREGROUND)
}

/// Whether an object is held by what only garbage collection removes.
pub(super) fn is_held(node: &Node) -> bool {
    is_deleting(node) && (has_finalizer(node, FOREGROUND) || has_finalizer(node, ORPHAN))
}

fn of_dependent(view: &View, id: &Id, node: &Node) -> Option<Write> {
    let mut solid = Vec::new();
    let (mut gone, mut leaving) = (0, 0);
    for owner in owners(node) {
        match owner_of(view, id, owner) {
            None => gone += 1,
            Some(of) if is_leaving(of) && owner.blocks => leaving += 1,
            Some(_) => solid.push(owner.node.clone()),
        }
    }
    if gone + leaving == 0 {
        return None;
    }
    if !solid.is_empty() {
        let mut object = node.clone();
        set(&mut object, &["metadata", "ownerReferences"], list(solid));
        return Some(Write::update(id, object));
    }
    let has_dependents = view.dependents(meta(node, "uid")).next().is_some();
    let how = if leaving > 0 && has_dependents {
        Deletion::Foreground
    } else if has_finalizer(node, ORPHAN) {
        Deletion::Orphan
    } else if has_finalizer(node, FOREGROUND) {
        Deletion::Foreground
    } else {
        Deletion::Background
    };
    Some(Write::delete(id, node, how))
}

/// The owner where it is there: the object with the uid, in the same namespace or in none.
fn owner_of<'v>(view: &'v View, id: &Id, owner: Owner<'_>) -> Option<&'v Node> {
    let (owner_id, node) = view.by_uid(owner.uid)?;
    let is_near = owner_id.namespace.is_empty() || owner_id.namespace == id.namespace;
    is_near.then_some(node)
}

#[cfg(test)]
mod tests;
