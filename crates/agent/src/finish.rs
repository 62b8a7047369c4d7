//! The end of a Kustomization: its objects go first, if they should.

use api::DeletionPolicy;
use apply::Done;
use jiff::SignedDuration;
use manifest::{Diagnostic, Node};

use crate::What;
use crate::brain::{Brain, Step};
use crate::event::{Command, Writing};
use crate::kustomization::{Deletion, Kind, Kustomization, Phase};
use crate::status::reason;

/// The finalizer that Flux's controllers set.
pub(crate) const FINALIZER: &str = "finalizers.fluxcd.io";

/// How soon deleting is tried again.
const AGAIN: SignedDuration = SignedDuration::from_secs(5);

impl Brain {
    pub(crate) fn begin_deletion(&mut self, it: &mut Kustomization) -> Step {
        it.writes.is_due = false;
        let deletes = match it.view.deletion_policy {
            DeletionPolicy::MirrorPrune => it.view.prune,
            DeletionPolicy::Delete | DeletionPolicy::WaitForTermination => true,
            DeletionPolicy::Orphan => false,
        };
        let has_any = it.inventory.as_ref().is_some_and(|inventory| !inventory.is_empty());
        if !deletes || it.view.suspend || !has_any {
            return self.release(it);
        }
        it.phase = Phase::Deleting(Deletion::Looking);
        Step::Go
    }

    pub(crate) fn delete(&mut self, it: &mut Kustomization, deletion: Deletion) -> Step {
        it.phase = Phase::Deleting(deletion);
        match deletion {
            Deletion::Looking => {
                if !self.sees_inventory(it) {
                    return Step::Stay;
                }
                self.delete_objects(it)
            }
            Deletion::Waiting => {
                if it.claims.iter().any(|id| self.find_object(it, id).is_some()) {
                    return Step::Stay;
                }
                self.release(it)
            }
            Deletion::Done => self.release(it),
            Deletion::Pruning | Deletion::Releasing => Step::Stay,
        }
    }

    fn delete_objects(&mut self, it: &mut Kustomization) -> Step {
        let changes = self.changes(it, &[], true);
        let changes: Vec<plan::Change> =
            changes.prune.into_iter().filter(|change| change.action.writes()).collect();
        self.claim(it, changes.iter().map(|change| change.id.clone()).collect());
        if changes.is_empty() {
            return self.objects_deleted(it);
        }
        self.tell(What::Applying {
            kustomization: it.key.clone(),
            stage: "prune".into(),
            objects: changes.len(),
        });
        let kinds = self.kinds.clone();
        let writing = Writing { kustomization: it.object.clone(), kinds, stage: "prune", changes };
        self.commands.push(Command::Write(it.key.clone(), it.round.number, writing));
        it.phase = Phase::Deleting(Deletion::Pruning);
        Step::Stay
    }

    /// What came of deleting the objects. What could not be deleted keeps the Kustomization.
    pub(crate) fn take_deleted(&mut self, it: &mut Kustomization, done: Vec<Done>) {
        let failed: Vec<Diagnostic> = done
            .into_iter()
            .filter_map(|one| one.result.err())
            .map(|failed| failed.diagnostic())
            .collect();
        if failed.is_empty() {
            self.objects_deleted(it);
            return;
        }
        let texts: Vec<&str> = failed.iter().map(|cause| cause.cause.as_str()).collect();
        it.status.fail(reason::PRUNE, &texts.join("\n"), false, (it.generation(), self.now));
        it.writes.is_due = true;
        self.tell(What::Failed {
            kustomization: it.key.clone(),
            reason: reason::PRUNE.into(),
            causes: failed,
            for_good: false,
        });
        it.phase = Phase::Failed(Kind::Round);
        let again = self.now.saturating_add(AGAIN).unwrap_or(self.now);
        self.set_timer(it, Some(again));
    }

    fn objects_deleted(&mut self, it: &mut Kustomization) -> Step {
        if it.view.deletion_policy == DeletionPolicy::WaitForTermination {
            it.phase = Phase::Deleting(Deletion::Waiting);
            return Step::Go;
        }
        self.release(it)
    }

    /// Lets the Kustomization go.
    fn release(&mut self, it: &mut Kustomization) -> Step {
        let there = it.object.root().at(&["metadata", "finalizers"]).and_then(Node::as_list);
        let others: Vec<Node> = there
            .unwrap_or_default()
            .iter()
            .filter(|node| node.as_str() != Some(FINALIZER))
            .cloned()
            .collect();
        let has_ours = there.is_some_and(|there| there.len() != others.len());
        if it.writes.status || it.writes.finalizers {
            // The answer brings another version of it.
            it.phase = Phase::Deleting(Deletion::Done);
            return Step::Stay;
        }
        it.phase = Phase::Deleting(Deletion::Releasing);
        if has_ours {
            it.writes.finalizers = true;
            self.patch_finalizers(it, others);
        }
        Step::Stay
    }
}
