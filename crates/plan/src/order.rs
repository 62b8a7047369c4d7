//! In which order objects are written: stages, and the order of kinds within them.

use std::cmp::Ordering;

use manifest::ObjectId;

/// Kinds that others need, in this order (`ReconcileOrder.First` of `fluxcd/pkg/ssa`).
const FIRST: [&str; 23] = [
    "CustomResourceDefinition",
    "Namespace",
    "ClusterRole",
    "ClusterClass",
    "RuntimeClass",
    "PriorityClass",
    "StorageClass",
    "VolumeSnapshotClass",
    "IngressClass",
    "GatewayClass",
    "ClusterRoleBinding",
    "ResourceQuota",
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "ConfigMap",
    "Secret",
    "Service",
    "LimitRange",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];
/// Kinds that would be asked about all the others.
const LAST: [&str; 2] = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// The names of the stages.
pub(crate) const STAGES: [&str; 3] = ["definitions", "classes", "objects"];

/// Which stage an object belongs to: what defines kinds, namespaces and rights comes first, then
/// classes, then the rest.
pub(crate) fn stage(id: &ObjectId) -> usize {
    match (id.group.as_str(), id.kind.as_str()) {
        ("apiextensions.k8s.io", "CustomResourceDefinition")
        | ("", "Namespace")
        | ("rbac.authorization.k8s.io", "ClusterRole") => 0,
        (_, kind) if kind.ends_with("Class") => 1,
        _ => 2,
    }
}

/// The name of the stage that an object belongs to.
pub fn stage_name(id: &ObjectId) -> &'static str {
    STAGES.get(stage(id)).copied().unwrap_or_default()
}

/// Which of two objects of one stage comes first: by kind as others need it, then group, kind,
/// namespace and name.
pub fn compare_ids(a: &ObjectId, b: &ObjectId) -> Ordering {
    let key = |id: &ObjectId| rank(&id.kind);
    key(a)
        .cmp(&key(b))
        .then_with(|| a.group.as_str().cmp(&b.group))
        .then_with(|| a.kind.as_str().cmp(&b.kind))
        .then_with(|| a.namespace.as_str().cmp(&b.namespace))
        .then_with(|| a.name.as_str().cmp(&b.name))
}

fn rank(kind: &str) -> usize {
    let position = |list: &[&str]| list.iter().position(|other| *other == kind);
    match (position(&FIRST), position(&LAST)) {
        (Some(at), _) => at,
        (_, Some(at)) => FIRST.len() + 1 + at,
        _ => FIRST.len(),
    }
}

#[cfg(test)]
mod tests;
