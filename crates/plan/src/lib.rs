//! What to change in one cluster: the objects that should be there, what an inventory says was put
//! there before, and what is there, to a [`ChangeSet`].
//!
//! **Invariants.** The same input gives the same output. Nothing is deleted without positive evidence:
//! it is in the inventory, it is there, it carries our owner's labels, nothing about it says to leave it
//! alone, and nobody wants it any more. Of what was not looked at nothing is concluded; its id comes
//! back in [`ChangeSet::unseen`]. The journal has everything that the first write could leave behind.
//! What is planned and carried out leaves nothing to plan. Values of Secrets are
//! [`manifest::Value::Sensitive`] in every [`FieldChange`]. The rules are those of Flux 2.9
//! (`fluxcd/pkg/ssa`); where we are more careful, it is said at the place.
//!
//! **Not here.** Carrying it out (`apply`); waiting, retrying, conditions (`agent`); what server-side
//! apply does to an object (`schema::apply`, which is asked what would come of each one).

mod compare;
mod controls;
mod desired;
mod fields;
mod foreign;
mod inventory;
mod judge;
mod order;

use std::collections::BTreeSet;

use manifest::{Node, Object, ObjectId, Text};
use schema::{Kinds, Types};

pub use compare::differences;
pub use controls::{OWNER_NAME, OWNER_NAMESPACE, forces, skip_apply};
pub use desired::{normalize, unknown};
pub use foreign::cleanup;
pub use inventory::{Inventory, NotAnInventory, id_text};
pub use judge::drift;
pub use order::{compare_ids, stage_name};

/// The field manager that Flux's kustomize-controller writes as, and so we do: a cluster can go from
/// one to the other without a change.
pub const MANAGER: &str = "kustomize-controller";

/// What is known of an object in the cluster.
#[derive(Clone, PartialEq, Debug)]
pub enum Live {
    /// It is there.
    Present(Object),
    /// It is known not to be there.
    Absent,
    /// Nobody has looked.
    Unseen,
}

impl From<Option<Object>> for Live {
    /// For those who have seen everything.
    fn from(object: Option<Object>) -> Live {
        object.map_or(Live::Absent, Live::Present)
    }
}

/// What decides about single objects.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The kinds of the cluster.
    pub kinds: &'a Kinds,
    /// Their types, those of the cluster's CustomResourceDefinitions among them.
    pub types: &'a Types,
    /// Make anew what cannot be changed (`spec.force`).
    pub force: bool,
}

/// What one plan is made from.
pub struct Input<'a> {
    /// What should be there, complete, with the labels of its owner.
    pub desired: &'a [Object],
    /// What was put there before.
    pub inventory: &'a Inventory,
    /// What is there.
    pub live: &'a dyn Fn(&ObjectId) -> Live,
    /// The Kustomization that owns it: its namespace and name.
    pub owner: Owner<'a>,
    /// Delete what is in the inventory and not wanted any more (`spec.prune`).
    pub prune: bool,
    /// What decides about single objects.
    pub rules: Rules<'a>,
}

/// A Kustomization.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Owner<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
}

/// What to change.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct ChangeSet {
    /// What to write, one stage after the other; stages without changes are left out.
    pub stages: Vec<Stage>,
    /// What to delete afterwards, in this order.
    pub prune: Vec<Change>,
    /// The inventory to write down before the first write, so that whatever happens then, nothing is
    /// there that nobody knows of. `None` where the inventory has everything already.
    pub journal: Option<Inventory>,
    /// The inventory when all is done. What could not be deleted belongs into it as well:
    /// [`Inventory::insert`].
    pub inventory: Inventory,
    /// How many objects are as they should be.
    pub unchanged: usize,
    /// Objects that have to be looked at first: the plan says nothing of them. Look and plan again.
    pub unseen: BTreeSet<ObjectId>,
    /// Set where so much would be deleted that somebody should be asked. The plan is the same.
    pub guard: Option<Guard>,
}

/// Much would be deleted: more than 50 objects, or more than a handful and a fifth of the inventory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Guard {
    /// How many objects would be deleted.
    pub deleted: usize,
    /// How many there are in the inventory.
    pub of: usize,
}

/// Objects that are written together.
#[derive(Clone, PartialEq, Debug)]
pub struct Stage {
    /// `definitions`, `classes` or `objects`.
    pub name: &'static str,
    /// Whether the next stage waits until all of it is ready.
    pub waits: bool,
    /// In this order.
    pub changes: Vec<Change>,
}

/// One object to change.
#[derive(Clone, PartialEq, Debug)]
pub struct Change {
    /// Which object.
    pub id: ObjectId,
    /// The object to send; for [`Action::Delete`] the one that is there.
    pub object: Object,
    /// What to do.
    pub action: Action,
    /// What differs; empty for new objects and where it cannot be known.
    pub fields: Vec<FieldChange>,
    /// A JSON patch to send first. It takes the fields of kubectl and of older releases for ours, so
    /// that what they wrote and nobody wants any more goes away.
    pub cleanup: Option<Node>,
    /// The uid of the object that is there.
    pub uid: Option<Text>,
    /// Whether it may be made anew, if the server knows of a field that cannot change where we did
    /// not.
    pub force: bool,
}

/// What to do with an object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// Apply it: it is not there.
    Create,
    /// Apply it: it is another one.
    Configure,
    /// Delete it and create it: a field that differs cannot change.
    Replace,
    /// Delete it.
    Delete,
    /// Leave it alone.
    Skip(Skip),
}

/// Why an object is left alone.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Skip {
    /// `kustomize.toolkit.fluxcd.io/reconcile: disabled`.
    #[error("it says `reconcile: disabled`")]
    Disabled,
    /// `kustomize.toolkit.fluxcd.io/ssa: Ignore`.
    #[error("it says `ssa: Ignore`")]
    Ignored,
    /// `kustomize.toolkit.fluxcd.io/ssa: IfNotPresent`, and it is there.
    #[error("it says `ssa: IfNotPresent`, and it is there")]
    Present,
    /// `kustomize.toolkit.fluxcd.io/prune: disabled`.
    #[error("it says `prune: disabled`")]
    NotPruned,
    /// It carries the labels of another owner, or none.
    #[error("it does not carry the labels of its Kustomization")]
    NotOurs,
    /// Something in it cannot be known here.
    #[error("{0}")]
    Unknown(Text),
}

/// A field that differs.
#[derive(Clone, PartialEq, Debug)]
pub struct FieldChange {
    /// Which, e.g. `.spec.template.spec.containers[name="web"].image`.
    pub path: String,
    /// What is there.
    pub before: Option<Node>,
    /// What should be there.
    pub after: Option<Node>,
    /// Who owns what is there: others first, [`MANAGER`] last.
    pub managers: Vec<Text>,
}

impl ChangeSet {
    /// The changes that write something, in order; deletions are the last.
    pub fn writes(&self) -> impl Iterator<Item = &Change> {
        let changes = self.stages.iter().flat_map(|stage| &stage.changes).chain(&self.prune);
        changes.filter(|change| change.action.writes())
    }

    /// Whether there is nothing to write to the cluster but the inventory.
    pub fn is_nothing(&self) -> bool {
        self.writes().next().is_none()
    }
}

impl Action {
    /// Whether it writes.
    pub fn writes(&self) -> bool {
        !matches!(self, Action::Skip(_))
    }

    /// As Flux calls it when it is done: `created`, `configured`, `deleted`, `skipped`.
    pub fn past(&self) -> &'static str {
        match self {
            Action::Create => "created",
            Action::Configure => "configured",
            Action::Replace => "replaced",
            Action::Delete => "deleted",
            Action::Skip(_) => "skipped",
        }
    }
}

/// What to change so that everything desired is there, and nothing that was.
pub fn plan(input: &Input<'_>) -> ChangeSet {
    judge::plan(input)
}

#[cfg(test)]
mod tests;
