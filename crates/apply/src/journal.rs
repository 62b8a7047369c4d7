//! Writing down what is about to be there, before it is.

use client::{Client, Error, Patch, PatchHow};
use manifest::{Map, Node, Object, Origin};
use plan::{Change, ChangeSet, Inventory};
use schema::KindInfo;

/// The proof that what is about to be written is written down. Without it nothing is.
#[derive(Debug)]
pub struct Journaled(());

impl Journaled {
    /// For objects that no Kustomization owns: those that people apply by hand, and which nothing
    /// ever prunes.
    pub fn by_hand() -> Journaled {
        Journaled(())
    }

    /// Where the status of the Kustomization, as the server has answered it, names everything that
    /// `changes` write; for those who write it down together with the rest of a status.
    pub fn in_status(kustomization: &Object, changes: &[Change]) -> Option<Journaled> {
        let inventory = Inventory::of_kustomization(kustomization).ok()?;
        let mut writes = changes.iter().filter(|change| change.action.writes());
        writes.all(|change| inventory.contains(&change.id)).then_some(Journaled(()))
    }
}

/// Writes the journal of `changes` into the status of the Kustomization that owns them, where there is
/// something new in it. Else nothing is sent.
///
/// # Errors
/// The server said no, or nothing: then nothing must be applied.
pub async fn journal(
    client: &Client,
    kind: &KindInfo,
    kustomization: &Object,
    changes: &ChangeSet,
    manager: &str,
) -> Result<Journaled, Error> {
    let Some(inventory) = &changes.journal else { return Ok(Journaled(())) };
    let patch = Patch::Merge(status_patch(inventory));
    let how = PatchHow { manager, subresource: "status", dry_run: false };
    let (namespace, name) = (kustomization.namespace(), kustomization.name());
    client.patch(kind, namespace, name, &patch, &how).await?;
    Ok(Journaled(()))
}

fn status_patch(inventory: &Inventory) -> Node {
    let within = |key: &str, node: Node| {
        let mut map = Map::new();
        map.push_new(key.into(), node);
        Node::new(map, Origin::NONE)
    };
    within("status", within("inventory", inventory.to_node()))
}
