//! Namespaces: what is in each from the start, and how they end.

use std::collections::BTreeMap;

use manifest::Node;

use super::edit::{is_deleting, items, new_condition, set, with_status};
use super::owned::simulated;
use super::view::{Id, View};
use super::write::{Deletion, Outcome, Turn, Write};
use crate::make::{list, map, text};

pub(super) fn reconcile(view: &View, id: &Id, turn: Turn) -> Outcome {
    let Some(namespace) = view.get(id) else { return Outcome::rest() };
    if is_deleting(namespace) {
        return terminate(view, id, namespace, turn);
    }
    let account = || object("v1", "ServiceAccount", "default", &id.name);
    let certificates = || {
        let mut object = object("v1", "ConfigMap", "kube-root-ca.crt", &id.name);
        let why = "Contains a CA bundle that can be used to verify the kube-apiserver when using \
                   internal endpoints such as the internal service IP or kubernetes.default.svc.";
        set(&mut object, &["metadata", "annotations", "kubernetes.io/description"], text(why));
        set(
            &mut object,
            &["data", "ca.crt"],
            text("# simulated: nothing in this cluster needs it\n"),
        );
        object
    };
    let is_missing = |collection: &str, name: &str| {
        view.get(&Id::new(collection, id.name.clone(), name)).is_none()
    };
    let mut writes = Vec::new();
    if is_missing("serviceaccounts", "default") {
        writes.push(Write::create("serviceaccounts", account()));
    }
    if is_missing("configmaps", "kube-root-ca.crt") {
        writes.push(Write::create("configmaps", certificates()));
    }
    writes.into()
}

fn object(api_version: &str, kind: &str, name: &str, namespace: &str) -> Node {
    let mut object = map([
        ("apiVersion", text(api_version)),
        ("kind", text(kind)),
        ("metadata", map([("name", text(name)), ("namespace", text(namespace))])),
    ]);
    simulated(&mut object);
    object
}

/// Whether a namespace should be asked again when something in it is gone.
pub(super) fn has(id: &Id) -> bool {
    matches!(
        (id.collection.as_str(), id.name.as_str()),
        ("serviceaccounts", "default") | ("configmaps", "kube-root-ca.crt")
    )
}

/// Deletes what is in a namespace, says what holds it, and lets it go when it is empty.
fn terminate(view: &View, id: &Id, namespace: &Node, turn: Turn) -> Outcome {
    let deletions: Vec<Write> = view
        .in_namespace(&id.name)
        .filter(|(_, node)| !is_deleting(node))
        .map(|(id, node)| Write::delete(id, node, Deletion::Background))
        .collect();
    if !deletions.is_empty() {
        return deletions.into();
    }
    let is_empty = view.in_namespace(&id.name).next().is_none();
    if is_empty && !items(namespace, &["spec", "finalizers"]).is_empty() {
        let mut object = namespace.clone();
        set(&mut object, &["spec", "finalizers"], list([]));
        return vec![Write::Finalize { id: id.clone(), object }].into();
    }
    if is_empty {
        // Somebody else's finalizer holds it.
        return Outcome::rest();
    }
    let mut status = namespace.get("status").cloned().unwrap_or_else(|| map([]));
    set(&mut status, &["phase"], text("Terminating"));
    set(&mut status, &["conditions"], list(conditions(view, id, namespace, turn)));
    with_status(namespace, status).map(|object| Write::status(id, object)).into()
}

fn conditions(view: &View, id: &Id, namespace: &Node, turn: Turn) -> Vec<Node> {
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    let mut finalizers: BTreeMap<&str, usize> = BTreeMap::new();
    for (id, node) in view.in_namespace(&id.name) {
        *left.entry(&id.collection).or_default() += 1;
        for finalizer in items(node, &["metadata", "finalizers"]).iter().filter_map(Node::as_str) {
            *finalizers.entry(finalizer).or_default() += 1;
        }
    }
    let resources = left.iter().map(|(collection, count)| {
        let dot = if collection.contains('.') { "" } else { "." };
        format!("{collection}{dot} has {count} resource instances")
    });
    let resources = resources.collect::<Vec<_>>().join(", ");
    let holders =
        finalizers.iter().map(|(name, count)| format!("{name} in {count} resource instances"));
    let holders = holders.collect::<Vec<_>>().join(", ");
    let condition = |kind: &str, value: &str, reason: &str, message: &str| {
        new_condition(namespace, kind, value, reason, message, turn.now)
    };
    let mut conditions = vec![
        condition(
            "NamespaceDeletionDiscoveryFailure",
            "False",
            "ResourcesDiscovered",
            "All resources successfully discovered",
        ),
        condition(
            "NamespaceDeletionGroupVersionParsingFailure",
            "False",
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed",
        ),
        condition(
            "NamespaceDeletionContentFailure",
            "False",
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization",
        ),
        condition(
            "NamespaceContentRemaining",
            "True",
            "SomeResourcesRemain",
            &format!("Some resources are remaining: {resources}"),
        ),
    ];
    if !holders.is_empty() {
        conditions.push(condition(
            "NamespaceFinalizersRemaining",
            "True",
            "SomeFinalizersRemain",
            &format!("Some content in the namespace has finalizers remaining: {holders}"),
        ));
    }
    conditions
}

/// The namespace that an object is in, if it is about to go.
pub(super) fn terminating<'v>(view: &'v View, namespace: &str) -> Option<(Id, &'v Node)> {
    let id = Id::new("namespaces", "", namespace);
    let node = view.get(&id).filter(|node| is_deleting(node))?;
    Some((id, node))
}

#[cfg(test)]
mod tests;
