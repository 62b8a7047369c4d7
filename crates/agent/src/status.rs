//! The status of a Kustomization, as Flux's kustomize-controller writes it.

use jiff::{SignedDuration, Timestamp};
use manifest::{List, Map, Node, Object, Origin, Text};
use plan::Inventory;

use crate::conditions::{
    Conditions, HEALTHY, READY, RECONCILING, STALLED, Truth, status_patch, text, time,
};

/// The reasons of conditions (`fluxcd/pkg/apis/meta/conditions.go`, `api/v1/condition_types.go`).
pub(crate) mod reason {
    pub(crate) const SUCCEEDED: &str = "ReconciliationSucceeded";
    pub(crate) const PROGRESSING: &str = "Progressing";
    pub(crate) const RETRIED: &str = "ProgressingWithRetry";
    pub(crate) const DEPENDENCY: &str = "DependencyNotReady";
    pub(crate) const ARTIFACT: &str = "ArtifactFailed";
    pub(crate) const BUILD: &str = "BuildFailed";
    pub(crate) const RECONCILIATION: &str = "ReconciliationFailed";
    pub(crate) const PRUNE: &str = "PruneFailed";
    pub(crate) const HEALTH: &str = "HealthCheckFailed";
    /// Something that is not done yet; Flux has it for features that are switched off.
    pub(crate) const FEATURE: &str = "FeatureGateDisabled";
    pub(crate) const HEALTHY: &str = "Succeeded";
}

/// How many entries the history has.
const HISTORY: usize = 5;

/// The status of a Kustomization.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Status {
    pub(crate) conditions: Conditions,
    /// `None` where nothing was ever applied.
    pub(crate) inventory: Option<Inventory>,
    pub(crate) applied: Text,
    /// What the applied artifact was made from, where it says that.
    pub(crate) origin: Text,
    pub(crate) attempted: Text,
    /// The last request by annotation that was done.
    pub(crate) handled: Text,
    pub(crate) generation: i64,
    history: Vec<Node>,
}

/// What a round came to, for the history.
pub(crate) struct Entry<'a> {
    pub(crate) digest: &'a str,
    pub(crate) revision: &'a str,
    pub(crate) reason: &'a str,
    pub(crate) took: SignedDuration,
}

impl Status {
    /// That of an object.
    pub(crate) fn of(object: &Object) -> Status {
        let status = object.root().get("status");
        let text = |key: &str| {
            Text::from(status.and_then(|status| status.str_at(&[key])).unwrap_or_default())
        };
        let field = |key: &str| status.and_then(|status| status.get(key));
        let inventory = field("inventory").filter(|node| !node.is_null());
        Status {
            conditions: Conditions::of(status),
            inventory: inventory.and_then(|_| Inventory::of_kustomization(object).ok()),
            applied: text("lastAppliedRevision"),
            origin: text("lastAppliedOriginRevision"),
            attempted: text("lastAttemptedRevision"),
            handled: text("lastHandledReconcileAt"),
            generation: field("observedGeneration").and_then(Node::as_int).unwrap_or_default(),
            history: field("history").and_then(Node::as_list).unwrap_or_default().to_vec(),
        }
    }

    /// It has begun, and this is what it does.
    pub(crate) fn progress(&mut self, message: &str, at: (i64, Timestamp)) {
        let said = (reason::PROGRESSING, message);
        self.conditions.set(RECONCILING, Truth::True, said, at);
        self.conditions.set(READY, Truth::Unknown, said, at);
        self.conditions.remove(STALLED);
    }

    /// Its objects are being checked.
    pub(crate) fn check(&mut self, message: &str, at: (i64, Timestamp)) {
        self.progress(message, at);
        self.conditions.set(HEALTHY, Truth::Unknown, (reason::PROGRESSING, message), at);
    }

    /// It is as it should be. With the message of the health check, where there was one.
    pub(crate) fn succeed(&mut self, revision: &str, healthy: Option<&str>, at: (i64, Timestamp)) {
        let message = format!("Applied revision: {revision}");
        self.conditions.set(READY, Truth::True, (reason::SUCCEEDED, &message), at);
        self.conditions.remove(RECONCILING);
        self.conditions.remove(STALLED);
        match healthy {
            Some(message) => {
                self.conditions.set(HEALTHY, Truth::True, (reason::HEALTHY, message), at);
            }
            None => self.conditions.remove(HEALTHY),
        }
        self.applied = revision.into();
        self.attempted = revision.into();
        self.generation = at.0;
    }

    /// It is not. `is_final` where nothing will be tried again.
    pub(crate) fn fail(&mut self, why: &str, message: &str, is_final: bool, at: (i64, Timestamp)) {
        self.conditions.set(READY, Truth::False, (why, message), at);
        if why == reason::HEALTH {
            self.conditions.set(HEALTHY, Truth::False, (why, message), at);
        }
        if is_final {
            self.conditions.set(STALLED, Truth::True, (why, message), at);
            self.conditions.remove(RECONCILING);
        } else {
            self.conditions.set(RECONCILING, Truth::True, (reason::RETRIED, message), at);
            self.conditions.remove(STALLED);
        }
        self.generation = at.0;
    }

    /// Notes what a round came to: once for each content and outcome, the newest first.
    pub(crate) fn remember(&mut self, entry: &Entry<'_>, now: Timestamp) {
        let is_it = |node: &Node| {
            node.str_at(&["digest"]) == Some(entry.digest)
                && node.str_at(&["lastReconciledStatus"]) == Some(entry.reason)
        };
        let before = self.history.iter().position(is_it).map(|at| self.history.remove(at));
        let of_before = |key: &str| before.as_ref().and_then(|node| node.get(key)).cloned();
        let total = of_before("totalReconciliations").and_then(|node| node.as_int()).unwrap_or(0);
        let mut metadata = Map::new();
        metadata.push_new("revision".into(), text(entry.revision));
        let fields = [
            ("digest", text(entry.digest)),
            ("firstReconciled", of_before("firstReconciled").unwrap_or_else(|| text(&time(now)))),
            ("lastReconciled", text(&time(now))),
            ("lastReconciledDuration", text(&duration(entry.took))),
            ("lastReconciledStatus", text(entry.reason)),
            ("metadata", Node::new(metadata, Origin::NONE)),
            ("totalReconciliations", Node::new(total.saturating_add(1), Origin::NONE)),
        ];
        let node: Map = fields.into_iter().map(|(key, node)| (key.into(), node)).collect();
        self.history.insert(0, Node::new(node, Origin::NONE));
        self.history.truncate(HISTORY);
    }

    /// The merge patch that makes the status of `live` this one; `None` where it is.
    pub(crate) fn patch(&self, live: &Object) -> Option<Node> {
        let some = |value: &Text| (!value.is_empty()).then(|| text(value));
        let history = Node::new(self.history.iter().cloned().collect::<List>(), Origin::NONE);
        let conditions = self.conditions.to_node();
        let has_conditions = conditions.as_list().is_some_and(|list| !list.is_empty());
        let mut fields = vec![
            ("conditions", has_conditions.then_some(conditions)),
            ("history", (!self.history.is_empty()).then_some(history)),
            ("inventory", self.inventory.as_ref().map(Inventory::to_node)),
            ("lastAppliedOriginRevision", some(&self.origin)),
            ("lastAppliedRevision", some(&self.applied)),
            ("lastAttemptedRevision", some(&self.attempted)),
            ("lastHandledReconcileAt", some(&self.handled)),
        ];
        // The definition of Kustomizations has a default for it.
        if self.generation != 0 {
            fields.push(("observedGeneration", Some(Node::new(self.generation, Origin::NONE))));
        }
        status_patch(live.root().get("status"), fields)
    }
}

/// A duration as Go prints one, to the millisecond: `1.25s`, `2m3s`.
pub(crate) fn duration(took: SignedDuration) -> String {
    let millis = took.as_millis().max(0);
    if millis < 1000 {
        return format!("{millis}ms");
    }
    let (minutes, millis) = (millis / 60_000, millis % 60_000);
    let fraction = format!("{:03}", millis % 1000);
    let fraction = fraction.trim_end_matches('0');
    let dot = if fraction.is_empty() { "" } else { "." };
    let seconds = format!("{}{dot}{fraction}s", millis / 1000);
    match (minutes / 60, minutes % 60) {
        (0, 0) => seconds,
        (0, minutes) => format!("{minutes}m{seconds}"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}"),
    }
}

#[cfg(test)]
mod tests;
