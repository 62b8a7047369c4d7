//! Deployments: a ReplicaSet for each template, and the way from one to the next.
//!
//! One thing at a time: what has to be done to ReplicaSets is done before the status says how it is.
//! Numbers of Pods are counted, not read from the ReplicaSets' status, which may be late.

mod rollout;
mod status;

use manifest::{Node, Text};

use super::edit::{flag_at, int_at, is_deleting, remove, set, with_status};
use super::owned::{Counts, claim, count, owner_reference, share, simulated};
use super::revision::hash;
use super::view::{Id, View};
use super::write::{Deletion, Event, Outcome, Turn, Write};
use crate::make::{int, list, map, meta, text};

const SOURCE: &str = "deployment-controller";
const HASH: &str = "pod-template-hash";
const REVISION: &str = "deployment.kubernetes.io/revision";
const HISTORY: &str = "deployment.kubernetes.io/revision-history";
const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
const MAXIMUM: &str = "deployment.kubernetes.io/max-replicas";

/// Annotations of a Deployment that its ReplicaSets do not get.
const NOT_COPIED: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    HISTORY,
    DESIRED,
    MAXIMUM,
    super::SIMULATED,
];

pub(super) fn reconcile(view: &View, id: &Id, turn: Turn) -> Outcome {
    let Some(deployment) = view.get(id) else { return Outcome::rest() };
    if is_deleting(deployment) {
        return Outcome::rest();
    }
    let (sets, writes) = claim(view, deployment, "replicasets.apps");
    if !writes.is_empty() {
        return writes.into();
    }
    let work = Work::new(view, deployment, sets, turn);
    let writes = work.act();
    if !writes.is_empty() {
        return writes.into();
    }
    let mut writes: Vec<Write> = work.mark(id).into_iter().collect();
    writes.extend(work.expire());
    let (status, at) = status::status(&work, turn.now);
    let status = with_status(deployment, status).map(|object| Write::status(id, object));
    if writes.is_empty() {
        writes.extend(status);
    }
    Outcome { writes, step: false, at }
}

/// A ReplicaSet and its Pods.
struct Set<'v> {
    id: &'v Id,
    node: &'v Node,
    wanted: i64,
    pods: Counts,
}

impl Set<'_> {
    /// The Pods that are available and will stay.
    fn available(&self) -> i64 {
        self.pods.available.min(self.wanted)
    }

    fn revision(&self) -> i64 {
        revision(self.node)
    }
}

fn revision(node: &Node) -> i64 {
    let annotation = node.str_at(&["metadata", "annotations", REVISION]);
    annotation.and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// A Deployment and what there is of it.
struct Work<'v> {
    view: &'v View,
    deployment: &'v Node,
    /// The one that has the template of now.
    new: Option<Set<'v>>,
    /// The others, the oldest first.
    old: Vec<Set<'v>>,
}

impl<'v> Work<'v> {
    fn new(
        view: &'v View,
        deployment: &'v Node,
        sets: Vec<(&'v Id, &'v Node)>,
        turn: Turn,
    ) -> Work<'v> {
        let template = deployment.at(&["spec", "template"]).cloned().unwrap_or_default();
        let mut sets: Vec<Set<'v>> = sets
            .into_iter()
            .filter(|(_, node)| !is_deleting(node))
            .map(|(id, node)| {
                let pods = view.controlled(meta(node, "uid"), "pods").map(|(_, pod)| pod);
                let wanted = int_at(node, &["spec", "replicas"], 1);
                Set { id, node, wanted, pods: count(deployment, pods, turn) }
            })
            .collect();
        sets.sort_by_key(|set| (meta(set.node, "creationTimestamp"), set.revision()));
        let is_new = |set: &Set<'_>| {
            let mut of_set = set.node.at(&["spec", "template"]).cloned().unwrap_or_default();
            remove(&mut of_set, &["metadata", "labels", HASH]);
            of_set == template
        };
        let new = sets.iter().position(is_new).map(|at| sets.remove(at));
        Work { view, deployment, new, old: sets }
    }

    fn sets(&self) -> impl Iterator<Item = &Set<'v>> {
        self.old.iter().chain(&self.new)
    }

    fn wanted(&self) -> i64 {
        int_at(self.deployment, &["spec", "replicas"], 1)
    }

    fn is_recreated(&self) -> bool {
        self.deployment.str_at(&["spec", "strategy", "type"]) == Some("Recreate")
    }

    fn limit(&self, key: &str, round_up: bool) -> i64 {
        let value = self.deployment.at(&["spec", "strategy", "rollingUpdate", key]);
        share(value, "25%", self.wanted(), round_up)
    }

    /// How many Pods there may be over what is wanted.
    fn max_surge(&self) -> i64 {
        if self.is_recreated() { 0 } else { self.limit("maxSurge", true) }
    }

    /// How many of those that are wanted may be missing on the way.
    fn max_unavailable(&self) -> i64 {
        if self.is_recreated() || self.wanted() == 0 {
            return 0;
        }
        match (self.limit("maxSurge", true), self.limit("maxUnavailable", false)) {
            // It has to move somehow.
            (0, 0) => 1,
            (_, unavailable) => unavailable.min(self.wanted()),
        }
    }

    /// What has to be done to ReplicaSets next.
    fn act(&self) -> Vec<Write> {
        if flag_at(self.deployment, &["spec", "paused"]) {
            // No rollout, but as many Pods as wanted.
            let set = self.new.as_ref().or(self.old.iter().rfind(|set| set.wanted > 0));
            return set.map(|set| self.scale(set, self.wanted())).unwrap_or_default();
        }
        if let Some(write) = self.renumber() {
            return vec![write];
        }
        let (scales, new) = rollout::next(self);
        let of_old = self.old.iter().zip(scales).flat_map(|(set, wanted)| self.scale(set, wanted));
        let mut writes: Vec<Write> = of_old.collect();
        match (&self.new, new) {
            (Some(set), Some(wanted)) => writes.extend(self.scale(set, wanted)),
            (None, Some(wanted)) => writes.extend(self.create(wanted)),
            (_, None) => {}
        }
        writes
    }

    /// The revision that the template of now should have: the latest.
    fn next_revision(&self) -> i64 {
        self.old.iter().map(Set::revision).max().unwrap_or_default() + 1
    }

    /// The ReplicaSet of now with the latest revision and the Deployment's annotations; a template
    /// that comes back gets a new number and keeps its old ones as history.
    fn renumber(&self) -> Option<Write> {
        let set = self.new.as_ref()?;
        let mut object = set.node.clone();
        let (own, next) = (set.revision(), self.next_revision());
        if own < next {
            let before = set.node.str_at(&["metadata", "annotations", HISTORY]);
            let history: Option<Text> = match (before, own) {
                (_, 0) => None,
                (None, own) => Some(ecow::eco_format!("{own}")),
                (Some(before), own) => Some(ecow::eco_format!("{before},{own}")),
            };
            if let Some(history) = history {
                super::edit::set(&mut object, &["metadata", "annotations", HISTORY], text(history));
            }
            let next = text(ecow::eco_format!("{next}"));
            super::edit::set(&mut object, &["metadata", "annotations", REVISION], next);
        }
        self.copy_annotations(&mut object);
        (object != *set.node).then(|| Write::update(set.id, object))
    }

    fn copy_annotations(&self, object: &mut Node) {
        let annotations = self.deployment.at(&["metadata", "annotations"]).and_then(Node::as_map);
        for (key, value) in annotations.into_iter().flat_map(manifest::Map::iter) {
            if !NOT_COPIED.contains(&key.as_str()) {
                super::edit::set(object, &["metadata", "annotations", key.as_str()], value.clone());
            }
        }
    }

    /// The annotations by which a ReplicaSet knows what its Deployment wanted.
    fn note_wanted(&self, object: &mut Node) {
        let note = |count: i64| text(ecow::eco_format!("{count}"));
        let maximum = self.wanted() + self.max_surge();
        super::edit::set(object, &["metadata", "annotations", DESIRED], note(self.wanted()));
        super::edit::set(object, &["metadata", "annotations", MAXIMUM], note(maximum));
    }

    fn scale(&self, set: &Set<'_>, wanted: i64) -> Vec<Write> {
        if set.wanted == wanted {
            return Vec::new();
        }
        let mut object = set.node.clone();
        super::edit::set(&mut object, &["spec", "replicas"], int(wanted));
        self.note_wanted(&mut object);
        let tell = self.tell(&set.id.name, set.wanted, wanted);
        vec![Write::update(set.id, object), Write::Tell(tell)]
    }

    fn tell(&self, name: &str, from: i64, to: i64) -> Event {
        let way = if to > from { "up" } else { "down" };
        let message = format!("Scaled {way} replica set {name} from {from} to {to}");
        Event::normal(self.deployment, SOURCE, "ScalingReplicaSet", message)
    }

    /// The ReplicaSet of the template of now.
    fn create(&self, wanted: i64) -> Vec<Write> {
        let mut template = self.deployment.at(&["spec", "template"]).cloned().unwrap_or_default();
        let hash = hash(&template);
        set(&mut template, &["metadata", "labels", HASH], text(hash.clone()));
        let name = ecow::eco_format!("{}-{hash}", meta(self.deployment, "name"));
        let mut selector = self.deployment.at(&["spec", "selector"]).cloned().unwrap_or_default();
        set(&mut selector, &["matchLabels", HASH], text(hash));
        let labels = template.at(&["metadata", "labels"]).cloned().unwrap_or_default();
        let metadata = map([
            ("name", text(name.clone())),
            ("namespace", text(meta(self.deployment, "namespace"))),
            ("labels", labels),
            ("ownerReferences", list([owner_reference(self.deployment)])),
        ]);
        let mut spec =
            map([("replicas", int(wanted)), ("selector", selector), ("template", template)]);
        let min_ready = int_at(self.deployment, &["spec", "minReadySeconds"], 0);
        if min_ready > 0 {
            set(&mut spec, &["minReadySeconds"], int(min_ready));
        }
        let mut object = map([
            ("apiVersion", text("apps/v1")),
            ("kind", text("ReplicaSet")),
            ("metadata", metadata),
            ("spec", spec),
        ]);
        self.copy_annotations(&mut object);
        self.note_wanted(&mut object);
        let revision = text(ecow::eco_format!("{}", self.next_revision()));
        set(&mut object, &["metadata", "annotations", REVISION], revision);
        simulated(&mut object);
        let mut writes = vec![Write::create("replicasets.apps", object)];
        if wanted > 0 {
            writes.push(Write::Tell(self.tell(&name, 0, wanted)));
        }
        writes
    }

    /// The Deployment with the revision that it is at.
    fn mark(&self, id: &Id) -> Option<Write> {
        let revision = self.new.as_ref()?.revision();
        if revision == 0 || self::revision(self.deployment) == revision {
            return None;
        }
        let mut object = self.deployment.clone();
        let revision = text(ecow::eco_format!("{revision}"));
        set(&mut object, &["metadata", "annotations", REVISION], revision);
        Some(Write::update(id, object))
    }

    /// Old ReplicaSets that are no longer kept for a rollback.
    fn expire(&self) -> Vec<Write> {
        let limit = int_at(self.deployment, &["spec", "revisionHistoryLimit"], 10);
        let mut empty: Vec<_> =
            self.old.iter().filter(|set| set.wanted == 0 && set.pods.there == 0).collect();
        empty.sort_by_key(|set| set.revision());
        let surplus = empty.len().saturating_sub(usize::try_from(limit).unwrap_or_default());
        let surplus = empty.into_iter().take(surplus);
        surplus.map(|set| Write::delete(set.id, set.node, Deletion::Background)).collect()
    }

    /// Whether a Pod of an old template has not gone yet.
    fn has_old_pods(&self) -> bool {
        self.old.iter().any(|set| {
            let mut pods = self.view.controlled(meta(set.node, "uid"), "pods");
            set.wanted > 0 || pods.any(|(_, pod)| !super::owned::has_ended(pod))
        })
    }
}

#[cfg(test)]
mod tests;
