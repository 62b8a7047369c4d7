//! ReplicaSets: as many Pods as wanted.

use jiff::Timestamp;
use manifest::Node;

use super::edit::{condition, counts, int_at, is_deleting, is_true, set, with_status};
use super::owned::{self, claim, count, is_active};
use super::view::{Id, View};
use super::write::{Deletion, Event, Outcome, Turn, Write};
use crate::make::{int, map, meta};

const SOURCE: &str = "replicaset-controller";

/// How many Pods are made or deleted at a time.
const BURST: usize = 500;

pub(super) fn reconcile(view: &View, id: &Id, turn: Turn) -> Outcome {
    let Some(set) = view.get(id) else { return Outcome::rest() };
    if is_deleting(set) {
        return Outcome::rest();
    }
    let (pods, writes) = claim(view, set, "pods");
    if !writes.is_empty() {
        return writes.into();
    }
    let wanted = usize::try_from(int_at(set, &["spec", "replicas"], 1)).unwrap_or_default();
    let active: Vec<_> = pods.iter().copied().filter(|(_, pod)| is_active(pod)).collect();
    let missing = wanted.saturating_sub(active.len()).min(BURST);
    if missing > 0 {
        return (0..missing).map(|_| create(set)).collect::<Vec<_>>().into();
    }
    let surplus = active.len().saturating_sub(wanted).min(BURST);
    if surplus > 0 {
        return delete(set, active, surplus).into();
    }
    let counts = count(set, active.iter().map(|(_, pod)| *pod), turn);
    let labels = set.at(&["spec", "template", "metadata", "labels"]).cloned().unwrap_or_default();
    let has_labels = |pod: &Node| owned::has_all(&labels, pod.at(&["metadata", "labels"]));
    let labeled = active.iter().filter(|(_, pod)| has_labels(pod)).count();
    let status = status(set, counts, i64::try_from(labeled).unwrap_or_default());
    let write = with_status(set, status).map(|object| Write::status(id, object));
    Outcome::from(write).or_at(counts.next)
}

fn create(set: &Node) -> Write {
    let mut pod = owned::pod(set, set.at(&["spec", "template"]).unwrap_or(&Node::default()));
    owned::name_from(&mut pod, set);
    let tell = Event::normal(set, SOURCE, "SuccessfulCreate", "Created pod: ".to_owned());
    Write::create_and_tell("pods", pod, Some(tell))
}

/// Deletes the Pods that are missed least.
fn delete(set: &Node, mut pods: Vec<(&Id, &Node)>, surplus: usize) -> Vec<Write> {
    pods.sort_by_cached_key(|(_, pod)| worth(pod));
    let mut writes = Vec::new();
    for (id, pod) in pods.into_iter().take(surplus) {
        writes.push(Write::delete(id, pod, Deletion::Background));
        let message = format!("Deleted pod: {}", id.name);
        writes.push(Write::Tell(Event::normal(set, SOURCE, "SuccessfulDelete", message)));
    }
    writes
}

/// What Kubernetes keeps longer is greater: those on a node, running, ready, for long.
fn worth(
    pod: &Node,
) -> (bool, u8, bool, std::cmp::Reverse<Option<Timestamp>>, std::cmp::Reverse<String>) {
    let phase = match pod.str_at(&["status", "phase"]) {
        Some("Running") => 2,
        Some("Unknown") => 1,
        _ => 0,
    };
    let since = condition(pod, "Ready")
        .and_then(|ready| super::edit::time_at(ready, &["lastTransitionTime"], 0));
    let is_assigned = pod.str_at(&["spec", "nodeName"]).is_some_and(|name| !name.is_empty());
    let created = meta(pod, "creationTimestamp").to_owned();
    (
        is_assigned,
        phase,
        is_true(pod, "Ready"),
        std::cmp::Reverse(since),
        std::cmp::Reverse(created),
    )
}

fn status(replica_set: &Node, now: owned::Counts, labeled: i64) -> Node {
    let mut status = map([
        ("observedGeneration", int(int_at(replica_set, &["metadata", "generation"], 0))),
        ("replicas", int(now.there)),
    ]);
    let more = counts([
        ("fullyLabeledReplicas", labeled),
        ("readyReplicas", now.ready),
        ("availableReplicas", now.available),
    ]);
    for (key, value) in more {
        set(&mut status, &[key], value);
    }
    status
}
