//! DaemonSets: a Pod on each Node that it may run on.
//!
//! A new template replaces the Pods as far as `maxUnavailable` lets it; `maxSurge` is not looked at.

use manifest::Node;

use super::edit::{counts, int_at, is_deleting, is_true, set, with_status};
use super::node::candidates;
use super::owned::{self, claim, count, has_ended, is_active, share};
use super::revision::Revisions;
use super::view::{Id, View};
use super::write::{Deletion, Event, Outcome, Turn, Write};
use crate::make::{int, list, map, text};

const SOURCE: &str = "daemonset-controller";
const REVISION: &str = "controller-revision-hash";

pub(super) fn reconcile(view: &View, id: &Id, turn: Turn) -> Outcome {
    let Some(owner) = view.get(id) else { return Outcome::rest() };
    if is_deleting(owner) {
        return Outcome::rest();
    }
    let (pods, writes) = claim(view, owner, "pods");
    if !writes.is_empty() {
        return writes.into();
    }
    let revisions = Revisions::of(view, owner);
    let Some(update) = revisions.update() else { return vec![revisions.record()].into() };
    let hash = update.str_at(&["metadata", "labels", "controller.kubernetes.io/hash"]);
    let nothing = Node::default();
    let spec = owner.at(&["spec", "template", "spec"]).unwrap_or(&nothing);
    let nodes: Vec<&str> = candidates(view, spec, true).map(|(id, _)| id.name.as_str()).collect();
    let work = Work { owner, pods, nodes, update: hash.unwrap_or_default() };
    let writes = work.act();
    if !writes.is_empty() {
        return writes.into();
    }
    let (status, at) = work.status(turn);
    let mut writes: Vec<Write> =
        with_status(owner, status).map(|object| Write::status(id, object)).into_iter().collect();
    if writes.is_empty() {
        writes = revisions.expire(&[]);
    }
    Outcome::from(writes).or_at(at)
}

/// A set and what there is of it.
struct Work<'v> {
    owner: &'v Node,
    pods: Vec<(&'v Id, &'v Node)>,
    /// Where its Pods may run.
    nodes: Vec<&'v str>,
    /// The hash of the template of now.
    update: &'v str,
}

impl Work<'_> {
    fn act(&self) -> Vec<Write> {
        let mut writes = Vec::new();
        for (id, pod) in &self.pods {
            let is_lost = has_ended(pod) || !self.nodes.contains(&node_of(pod));
            if is_lost && !is_deleting(pod) {
                writes.extend(self.delete(id, pod));
            }
        }
        for name in &self.nodes {
            if !self.pods.iter().any(|(_, pod)| node_of(pod) == *name) {
                writes.push(self.create(name));
            }
        }
        if writes.is_empty() { self.renew() } else { writes }
    }

    /// Deletes Pods of older templates: those that are not ready, and others as far as may be missing.
    fn renew(&self) -> Vec<Write> {
        if self.owner.str_at(&["spec", "updateStrategy", "type"]) == Some("OnDelete") {
            return Vec::new();
        }
        let wanted = i64::try_from(self.nodes.len()).unwrap_or_default();
        let limit = self.owner.at(&["spec", "updateStrategy", "rollingUpdate", "maxUnavailable"]);
        let ready =
            self.pods.iter().filter(|(_, pod)| is_active(pod) && is_true(pod, "Ready")).count();
        let missing = wanted - i64::try_from(ready).unwrap_or_default();
        let mut room = share(limit, "1", wanted, true).max(1) - missing;
        let old =
            self.pods.iter().filter(|(_, pod)| is_active(pod) && self.revision(pod) != self.update);
        let mut writes = Vec::new();
        for (id, pod) in old {
            let is_ready = is_true(pod, "Ready");
            if is_ready && room <= 0 {
                continue;
            }
            room -= i64::from(is_ready);
            writes.extend(self.delete(id, pod));
        }
        writes
    }

    fn revision<'n>(&self, pod: &'n Node) -> &'n str {
        pod.str_at(&["metadata", "labels", REVISION]).unwrap_or_default()
    }

    fn delete(&self, id: &Id, pod: &Node) -> [Write; 2] {
        let message = format!("Deleted pod: {}", id.name);
        [
            Write::delete(id, pod, Deletion::Background),
            Write::Tell(Event::normal(self.owner, SOURCE, "SuccessfulDelete", message)),
        ]
    }

    /// A Pod for a Node: the scheduler is left to choose among that one.
    fn create(&self, node: &str) -> Write {
        let template = self.owner.at(&["spec", "template"]).cloned().unwrap_or_default();
        let mut pod = owned::pod(self.owner, &template);
        owned::name_from(&mut pod, self.owner);
        set(&mut pod, &["metadata", "labels", REVISION], text(self.update));
        let field = map([
            ("key", text("metadata.name")),
            ("operator", text("In")),
            ("values", list([text(node)])),
        ]);
        let terms = list([map([("matchFields", list([field]))])]);
        let wanted = [
            "spec",
            "affinity",
            "nodeAffinity",
            "requiredDuringSchedulingIgnoredDuringExecution",
            "nodeSelectorTerms",
        ];
        set(&mut pod, &wanted, terms);
        set(&mut pod, &["spec", "nodeName"], text(node));
        let tell =
            Event::normal(self.owner, SOURCE, "SuccessfulCreate", "Created pod: ".to_owned());
        Write::create_and_tell("pods", pod, Some(tell))
    }

    fn status(&self, turn: Turn) -> (Node, Option<jiff::Timestamp>) {
        let pods = self.pods.iter().map(|(_, pod)| *pod);
        let now = count(self.owner, pods.clone(), turn);
        let updated =
            pods.filter(|pod| is_active(pod) && self.revision(pod) == self.update).count();
        let wanted = i64::try_from(self.nodes.len()).unwrap_or_default();
        let mut status = map([
            ("observedGeneration", int(int_at(self.owner, &["metadata", "generation"], 0))),
            ("currentNumberScheduled", int(now.there)),
            ("desiredNumberScheduled", int(wanted)),
            ("numberMisscheduled", int(0)),
            ("numberReady", int(now.ready)),
        ]);
        let more = counts([
            ("numberAvailable", now.available),
            ("numberUnavailable", wanted - now.available),
            ("updatedNumberScheduled", i64::try_from(updated).unwrap_or_default()),
        ]);
        for (key, value) in more {
            set(&mut status, &[key], value);
        }
        (status, now.next)
    }
}

/// The Node that a Pod is on.
fn node_of(pod: &Node) -> &str {
    pod.str_at(&["spec", "nodeName"]).unwrap_or_default()
}
