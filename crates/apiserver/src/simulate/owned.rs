//! What a controller owns: chosen by its selector, kept by its uid.

use manifest::{Node, Text};

use super::edit::{int_at, is_deleting, is_true, items, set, time_at};
use super::view::{Id, View, owners};
use super::write::Write;
use super::{SIMULATED, write::Turn};
use crate::make::{boolean, list, map, meta, text};

/// The objects of a collection that `owner` controls, and what it takes to make that so: those that
/// its selector chooses and nobody controls are taken up, those that it no longer chooses are let go.
pub(super) fn claim<'v>(
    view: &'v View,
    owner: &'v Node,
    collection: &'v str,
) -> (Vec<(&'v Id, &'v Node)>, Vec<Write>) {
    let mut writes = Vec::new();
    let selector = owner.at(&["spec", "selector"]).cloned().unwrap_or_default();
    let is_chosen = |node: &Node| selects(&selector, node.at(&["metadata", "labels"]));
    let mut owned = Vec::new();
    for (id, node) in view.controlled(meta(owner, "uid"), collection) {
        if is_chosen(node) || is_deleting(node) {
            owned.push((id, node));
        } else {
            writes.push(Write::update(id, without_owner(node, meta(owner, "uid"))));
        }
    }
    for (id, node) in view.uncontrolled(collection, meta(owner, "namespace")) {
        if !is_deleting(node) && is_chosen(node) {
            let mut object = node.clone();
            let before = items(node, &["metadata", "ownerReferences"]).iter().cloned();
            let references = list(before.chain([owner_reference(owner)]));
            set(&mut object, &["metadata", "ownerReferences"], references);
            writes.push(Write::update(id, object));
        }
    }
    (owned, writes)
}

/// The object without an owner.
pub(super) fn without_owner(node: &Node, uid: &str) -> Node {
    let mut object = node.clone();
    let rest = owners(node).filter(|owner| owner.uid != uid).map(|owner| owner.node.clone());
    set(&mut object, &["metadata", "ownerReferences"], list(rest));
    object
}

/// The reference of a controller to what it made.
pub(super) fn owner_reference(owner: &Node) -> Node {
    let of = |path: &[&str]| text(owner.str_at(path).unwrap_or_default());
    map([
        ("apiVersion", of(&["apiVersion"])),
        ("kind", of(&["kind"])),
        ("name", of(&["metadata", "name"])),
        ("uid", of(&["metadata", "uid"])),
        ("controller", boolean(true)),
        ("blockOwnerDeletion", boolean(true)),
    ])
}

/// Whether a LabelSelector chooses labels. An empty one chooses everything, none nothing.
pub(super) fn selects(selector: &Node, labels: Option<&Node>) -> bool {
    if selector.as_map().is_none() {
        return false;
    }
    let label = |key: &str| labels.and_then(|labels| labels.get(key)).and_then(Node::as_str);
    let wanted = selector.get("matchLabels").is_none_or(|wanted| has_all(wanted, labels));
    let expressions = items(selector, &["matchExpressions"]).iter();
    wanted
        && expressions.into_iter().all(|expression| {
            let value = label(expression.str_at(&["key"]).unwrap_or_default());
            let values = items(expression, &["values"]);
            let is_one =
                value.is_some_and(|value| values.iter().any(|one| one.as_str() == Some(value)));
            match expression.str_at(&["operator"]).unwrap_or_default() {
                "In" => is_one,
                "NotIn" => !is_one,
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                _ => false,
            }
        })
}

/// Whether labels have all entries of a map.
pub(super) fn has_all(wanted: &Node, labels: Option<&Node>) -> bool {
    let entries = wanted.as_map().into_iter().flat_map(manifest::Map::iter);
    entries.into_iter().all(|(key, value)| {
        labels.and_then(|labels| labels.get(key)).and_then(Node::as_str) == value.as_str()
    })
}

/// Whether a Pod has not ended, and nobody wants it to.
pub(super) fn is_active(pod: &Node) -> bool {
    !is_deleting(pod) && !has_ended(pod)
}

/// Whether a Pod has ended.
pub(super) fn has_ended(pod: &Node) -> bool {
    matches!(pod.str_at(&["status", "phase"]), Some("Succeeded" | "Failed"))
}

/// When a Pod that is ready becomes available; it is where this is not after `turn.now`.
pub(super) fn available_at(pod: &Node, min_ready: i64) -> Option<jiff::Timestamp> {
    let ready = super::edit::condition(pod, "Ready")?;
    time_at(ready, &["lastTransitionTime"], min_ready)
}

/// How many Pods there are, and how far they are.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Counts {
    pub(super) there: i64,
    pub(super) ready: i64,
    pub(super) available: i64,
    /// When the next of those that are ready becomes available.
    pub(super) next: Option<jiff::Timestamp>,
}

/// Counts the active ones among the Pods of `owner`, whose `minReadySeconds` says what is available.
pub(super) fn count<'v>(
    owner: &Node,
    pods: impl IntoIterator<Item = &'v Node>,
    turn: Turn,
) -> Counts {
    let min_ready = int_at(owner, &["spec", "minReadySeconds"], 0);
    let mut counts = Counts::default();
    for pod in pods.into_iter().filter(|pod| is_active(pod)) {
        counts.there += 1;
        if !is_true(pod, "Ready") {
            continue;
        }
        counts.ready += 1;
        let at = available_at(pod, min_ready).filter(|_| min_ready > 0);
        match at {
            Some(at) if at > turn.now => {
                counts.next = Some(counts.next.map_or(at, |next| next.min(at)));
            }
            _ => counts.available += 1,
        }
    }
    counts
}

/// A Pod from the template of its owner, without a name.
pub(super) fn pod(owner: &Node, template: &Node) -> Node {
    let part = |path: &[&str]| template.at(path).cloned();
    let mut metadata = map([
        ("namespace", text(meta(owner, "namespace"))),
        ("ownerReferences", list([owner_reference(owner)])),
    ]);
    for key in ["labels", "annotations", "finalizers"] {
        if let Some(value) = part(&["metadata", key]).filter(|value| !value.is_null()) {
            set(&mut metadata, &[key], value);
        }
    }
    let mut pod = map([
        ("apiVersion", text("v1")),
        ("kind", text("Pod")),
        ("metadata", metadata),
        ("spec", part(&["spec"]).unwrap_or_default()),
    ]);
    simulated(&mut pod);
    pod
}

/// Marks an object as made by the simulation.
pub(super) fn simulated(object: &mut Node) {
    set(object, &["metadata", "annotations", SIMULATED], text("true"));
}

/// Whether an object was made by the simulation.
pub(super) fn is_simulated(object: &Node) -> bool {
    object.str_at(&["metadata", "annotations", SIMULATED]) == Some("true")
}

/// A generated name begins with this, for the server to add to.
pub(super) fn name_from(object: &mut Node, owner: &Node) {
    let name: Text = ecow::eco_format!("{}-", meta(owner, "name"));
    set(object, &["metadata", "generateName"], text(name));
}

/// A number, or a share of `total`, as `maxSurge` and others are written.
pub(super) fn share(value: Option<&Node>, default: &str, total: i64, round_up: bool) -> i64 {
    let percent = |text: &str| text.strip_suffix('%').and_then(|text| text.parse::<i64>().ok());
    let of = |percent: i64| {
        let scaled = percent.saturating_mul(total);
        if round_up { scaled.saturating_add(99) / 100 } else { scaled / 100 }
    };
    match value {
        Some(value) => match (value.as_int(), value.as_str().and_then(percent)) {
            (Some(number), _) => number,
            (None, Some(percent)) => of(percent),
            (None, None) => 0,
        },
        None => percent(default).map_or_else(|| default.parse().unwrap_or_default(), of),
    }
}
