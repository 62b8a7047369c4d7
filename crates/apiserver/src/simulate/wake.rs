//! Who may care about a change.

use manifest::Node;

use super::edit::{flag_at, is_deleting};
use super::endpoints::{is_same, selector};
use super::garbage::{is_held, is_leaving};
use super::owned::{has_all, has_ended, selects};
use super::view::{Id, Owner, View, controller, owners};
use super::{is_reconciled, namespace, policy, role, volume};
use crate::make::meta;

/// What may be to do.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Task {
    /// The object's own controller.
    Object(Id),
    /// Garbage collection: the object as an owner and as a dependent.
    Garbage(Id),
    /// What a Service that has gone leaves behind.
    Gone(Id),
}

/// The tasks that a change makes. The view is that after the change.
pub(super) fn wakes(
    view: &View,
    id: &Id,
    before: Option<&Node>,
    after: Option<&Node>,
    wake: &mut impl FnMut(Task),
) {
    if let Some((namespace, _)) = namespace::terminating(view, &id.namespace) {
        wake(Task::Object(namespace));
    }
    if id.collection == "events" {
        return;
    }
    if after.is_some() && is_reconciled(&id.collection) {
        wake(Task::Object(id.clone()));
    }
    let states = || [before, after].into_iter().flatten();
    for owner in states().filter_map(controller) {
        if let Some((owner, _)) =
            view.by_uid(owner.uid).filter(|(id, _)| is_reconciled(&id.collection))
        {
            wake(Task::Object(owner.clone()));
        }
    }
    if let (Some(owner), None) = (before.and_then(controller), after)
        && let Some(namesake) = namesake(id, owner)
    {
        // One that came after its owner had to wait for the name.
        wake(Task::Object(namesake));
    }
    garbage(view, id, before, after, wake);
    match id.collection.as_str() {
        "pods" => pod(view, id, before, after, wake),
        "replicasets.apps" => free(view, id, after, &["deployments.apps"], wake),
        "deployments.apps" | "statefulsets.apps" => scaled(view, id, before, after, wake),
        role::COLLECTION => role::wakes(view, id, before, after, wake),
        "nodes" => node(view, before, after, wake),
        "services" if after.is_none() => wake(Task::Gone(id.clone())),
        "endpoints" if after.is_none() => {
            let service = Id::new("services", id.namespace.clone(), id.name.clone());
            wake(Task::Object(service));
        }
        "persistentvolumeclaims" if after.is_none() => {
            let volume = before.and_then(|claim| claim.str_at(&["spec", "volumeName"]));
            if let Some(volume) = volume {
                wake(Task::Object(Id::new("persistentvolumes", "", volume)));
            }
        }
        "serviceaccounts" | "configmaps" if after.is_none() && namespace::has(id) => {
            wake(Task::Object(Id::new("namespaces", "", id.namespace.clone())));
        }
        _ => {}
    }
}

/// What is called as an owner is or was.
fn namesake(id: &Id, owner: Owner<'_>) -> Option<Id> {
    let collection = match owner.node.str_at(&["kind"])? {
        "Deployment" => "deployments.apps",
        "StatefulSet" => "statefulsets.apps",
        "DaemonSet" => "daemonsets.apps",
        _ => return None,
    };
    Some(Id::new(collection, id.namespace.clone(), owner.node.str_at(&["name"])?))
}

/// What garbage collection has to look at.
fn garbage(
    view: &View,
    id: &Id,
    before: Option<&Node>,
    after: Option<&Node>,
    wake: &mut impl FnMut(Task),
) {
    let is_held = after.is_some_and(is_held);
    let changes_owners = after.is_some_and(|after| {
        let path = ["metadata", "ownerReferences"];
        let owners = after.at(&path);
        owners.is_some() && before.is_none_or(|before| before.at(&path) != owners)
    });
    if is_held || changes_owners {
        wake(Task::Garbage(id.clone()));
    }
    let is_gone = after.is_none();
    let leaves = after.is_some_and(is_leaving) && !before.is_some_and(is_leaving);
    let uid = [after, before].into_iter().flatten().next().map_or("", |node| meta(node, "uid"));
    if is_gone || leaves {
        for (dependent, _) in view.dependents(uid) {
            wake(Task::Garbage(dependent.clone()));
        }
    }
    // An owner that waits for this one.
    for owner in before.into_iter().flat_map(owners) {
        if let Some((owner, _)) = view.by_uid(owner.uid).filter(|(_, node)| is_leaving(node)) {
            wake(Task::Garbage(owner.clone()));
        }
    }
}

fn pod(
    view: &View,
    id: &Id,
    before: Option<&Node>,
    after: Option<&Node>,
    wake: &mut impl FnMut(Task),
) {
    free(view, id, after, &["replicasets.apps", "statefulsets.apps", "daemonsets.apps"], wake);
    if after.is_none_or(has_ended) {
        for claim in before.into_iter().flat_map(volume::claims) {
            let claim = Id::new("persistentvolumeclaims", id.namespace.clone(), claim);
            if view.get(&claim).is_some_and(is_deleting) {
                wake(Task::Object(claim));
            }
        }
    }
    if let (Some(before), Some(after)) = (before, after)
        && is_same(before, after)
    {
        return;
    }
    let labels =
        || [before, after].into_iter().flatten().map(|pod| pod.at(&["metadata", "labels"]));
    for (service, node) in view.of("services", &id.namespace) {
        let is_behind = |labels| selector(node).is_some_and(|selector| has_all(selector, labels));
        if labels().any(is_behind) {
            wake(Task::Object(service.clone()));
        }
    }
    for (budget, node) in view.of("poddisruptionbudgets.policy", &id.namespace) {
        let selector = node.at(&["spec", "selector"]);
        if selector.is_some_and(|selector| labels().any(|labels| selects(selector, labels))) {
            wake(Task::Object(budget.clone()));
        }
    }
}

/// Whoever might take up an object that nobody controls.
fn free(
    view: &View,
    id: &Id,
    after: Option<&Node>,
    collections: &[&'static str],
    wake: &mut impl FnMut(Task),
) {
    let Some(after) = after.filter(|after| controller(after).is_none() && !is_deleting(after))
    else {
        return;
    };
    for collection in collections {
        for (owner, node) in view.of(collection, &id.namespace) {
            let selector = node.at(&["spec", "selector"]);
            let labels = after.at(&["metadata", "labels"]);
            if selector.is_some_and(|selector| selects(selector, labels)) {
                wake(Task::Object(owner.clone()));
            }
        }
    }
}

/// The autoscalers of what was scaled, and the budgets that count it.
fn scaled(
    view: &View,
    id: &Id,
    before: Option<&Node>,
    after: Option<&Node>,
    wake: &mut impl FnMut(Task),
) {
    let replicas =
        |node: Option<&Node>| node.and_then(|node| node.at(&["status", "replicas"])).cloned();
    if before.is_some() && replicas(before) == replicas(after) {
        return;
    }
    for (scaler, node) in view.of("horizontalpodautoscalers.autoscaling", &id.namespace) {
        if policy::target(scaler, node).as_ref() == Some(id) {
            wake(Task::Object(scaler.clone()));
        }
    }
}

/// A Node that comes, goes or changes its labels concerns DaemonSets and Pods that wait for one.
fn node(view: &View, before: Option<&Node>, after: Option<&Node>, wake: &mut impl FnMut(Task)) {
    let sees = |node: &Node| {
        (node.at(&["metadata", "labels"]).cloned(), flag_at(node, &["spec", "unschedulable"]))
    };
    if before.map(sees) == after.map(sees) {
        return;
    }
    for (set, _) in view.everywhere("daemonsets.apps") {
        wake(Task::Object(set.clone()));
    }
    for (pod, node) in view.everywhere("pods") {
        if node.str_at(&["spec", "nodeName"]).is_none_or(str::is_empty) {
            wake(Task::Object(pod.clone()));
        }
    }
}
