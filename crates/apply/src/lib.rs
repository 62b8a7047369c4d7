//! Carries a [`plan::ChangeSet`] out, by server-side apply, and says what came of each object.
//!
//! **Invariants.** The inventory is journaled before the first write: [`stage`] and [`prune`] want a
//! [`Journaled`], and only [`journal`] makes one of a Kustomization's. Nothing stops at a failure:
//! every object is tried and has its answer, with the file and line that it comes from. What is deleted
//! is the very object that was planned to be, by its uid. An object is made anew only where the server
//! has said that it would take the new one.
//!
//! **Not here.** Deciding what to change (`plan`); waiting until it is ready, trying again (`agent`);
//! requests (`client`).

mod carry;
mod failed;
mod journal;
mod preview;
mod replace;

use client::Client;
use manifest::{Object, ObjectId};
use plan::{Action, Change, Stage};
use schema::Kinds;

pub use failed::{Failed, Reason};
pub use journal::{Journaled, journal};
pub use preview::{Preview, preview};

/// What came of one change.
#[derive(Clone, Debug)]
pub struct Done {
    /// Which object.
    pub id: ObjectId,
    /// What was done; [`Action::Replace`] also where only the server knew that it had to be.
    pub action: Action,
    /// The object as it is now; none where it is gone, or was left alone.
    pub result: Result<Option<Object>, Failed>,
}

/// Carries out the changes of one stage as `manager`, kind after kind in their order, a few objects of
/// one kind at a time. The answers come in the order of the changes.
pub async fn stage(
    client: &Client,
    kinds: &Kinds,
    stage: &Stage,
    manager: &str,
    journaled: &Journaled,
) -> Vec<Done> {
    carry::out(client, kinds, &stage.changes, manager, journaled).await
}

/// Deletes what is to be pruned, in the order given. What failed still belongs into the inventory.
pub async fn prune(
    client: &Client,
    kinds: &Kinds,
    changes: &[Change],
    journaled: &Journaled,
) -> Vec<Done> {
    carry::out(client, kinds, changes, plan::MANAGER, journaled).await
}

#[cfg(test)]
mod tests;
