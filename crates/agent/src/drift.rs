//! Drift: what somebody else has changed is put right at once, and said.

use manifest::{Gvk, ObjectId, Text};
use plan::{Action, FieldChange, MANAGER, Rules, Stage};

use crate::brain::{Brain, Step};
use crate::kustomization::{Kustomization, Phase, Work};
use crate::{Change, What};

impl Brain {
    /// Puts objects right that are not as the Kustomization has them. What Git does not set stays with
    /// whoever sets it.
    pub(crate) fn mend(&mut self, it: &mut Kustomization) -> Step {
        if it.dirty.is_empty() || it.view.suspend {
            return Step::Stay;
        }
        if it.applied.is_none() {
            return Step::Stay;
        }
        let mut changes = Vec::new();
        let mut later: Option<jiff::Timestamp> = None;
        for id in std::mem::take(&mut it.dirty) {
            let Some(change) = self.drift_of(it, &id) else { continue };
            if let Some(until) = it.damping.until(&id, self.now) {
                it.dirty.insert(id);
                later = Some(later.map_or(until, |later| later.min(until)));
                continue;
            }
            it.damping.count(&id, self.now);
            changes.push(change);
        }
        if let Some(until) = later.filter(|until| it.timer.is_none_or(|at| at > *until)) {
            self.set_timer(it, Some(until));
        }
        if changes.is_empty() {
            return Step::Stay;
        }
        for change in &changes {
            self.tell_drift(it, change);
        }
        it.round.number = self.next_round();
        it.round.wrote = !matches!(it.phase, Phase::Ready);
        let work = Box::new(Work {
            inventory: it.inventory.clone().unwrap_or_default(),
            is_drift: true,
            ..Work::default()
        });
        let stage = Stage { name: "drift", waits: false, changes };
        self.write(it, work, stage.name, stage.changes);
        Step::Go
    }

    /// What has to change of one object.
    fn drift_of(&mut self, it: &Kustomization, id: &ObjectId) -> Option<plan::Change> {
        let desired = it.applied.as_ref()?.object(id)?;
        let kind: Gvk = desired.gvk();
        if !self.cache.is_listed(&kind) {
            return None;
        }
        let live = self.cache.get(&kind, &id.namespace, &id.name);
        let types = self.definitions.types(std::iter::once(&kind));
        let rules = Rules { kinds: &self.kinds, types: &types, force: it.view.force };
        plan::drift(&rules, desired, live)
    }

    fn tell_drift(&mut self, it: &Kustomization, change: &plan::Change) {
        let fields: Vec<Change> = change.fields.iter().map(drifted).collect();
        let what: Vec<String> = fields.iter().map(|field| field.path.to_string()).collect();
        let message = match change.action {
            Action::Create => format!("{} was deleted and is made again", change.id),
            _ => format!("{} was changed and is put right: {}", change.id, what.join(", ")),
        };
        self.post(it, false, "DriftCorrected", &message);
        self.tell(What::Drift {
            kustomization: it.key.clone(),
            object: change.id.clone(),
            changes: fields,
        });
    }
}

/// A field and who has changed it.
fn drifted(field: &FieldChange) -> Change {
    let others: Vec<Text> =
        field.managers.iter().filter(|name| *name != MANAGER).cloned().collect();
    Change { path: field.path.as_str().trim_start_matches('.').into(), managers: others }
}
