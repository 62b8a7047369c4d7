//! Names and amounts of resources (`pkg/apis/core/helper`).

use super::names;
use super::spot::Spot;
use crate::go::quoted;

const STANDARD: &[&str] = &[
    "cpu",
    "memory",
    "ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "storage",
    "requests.storage",
    "services.nodeports",
    "services.loadbalancers",
];

/// Resources that are counted.
const COUNTED: &[&str] = &[
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
];

pub(super) fn is_huge_page(name: &str) -> bool {
    name.starts_with("hugepages-")
}

fn is_quota_huge_page(name: &str) -> bool {
    is_huge_page(name) || name.starts_with("requests.hugepages-")
}

/// Whether Kubernetes itself knows a resource.
pub(super) fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

pub(super) fn can_overcommit(name: &str) -> bool {
    is_native(name) && !is_huge_page(name)
}

/// Whether a name is one that somebody else gave.
pub(crate) fn is_extended(name: &str) -> bool {
    !is_native(name)
        && !name.starts_with("requests.")
        && names::qualified(&format!("requests.{name}")).is_empty()
}

pub(super) fn is_standard_for_quota(name: &str) -> bool {
    STANDARD.contains(&name) && name != "storage" || is_quota_huge_page(name)
}

/// Checks the name of a resource at the place of its amount.
pub(super) fn name(at: &Spot<'_, '_>, name: &str) {
    let mark = at.mark();
    at.named(name, names::qualified(name));
    if !at.is_clean_since(mark) || name.contains('/') {
        return;
    }
    if !STANDARD.contains(&name) && !is_quota_huge_page(name) {
        at.invalid_as(&quoted(name), "must be a standard resource type or fully qualified");
    }
}

/// The same, of a container.
pub(super) fn container_name(at: &Spot<'_, '_>, own: &str) {
    name(at, own);
    if !own.contains('/') {
        if !matches!(own, "cpu" | "memory" | "ephemeral-storage") && !is_huge_page(own) {
            at.invalid_as(&quoted(own), "must be a standard resource for containers");
        }
    } else if !is_native(own) && !is_extended(own) {
        at.invalid_as(&quoted(own), "doesn't follow extended resource name standard");
    }
}

/// The same, of a whole pod.
pub(super) fn pod_name(at: &Spot<'_, '_>, own: &str) {
    let mark = at.mark();
    name(at, own);
    if at.is_clean_since(mark) && !matches!(own, "cpu" | "memory") && !is_huge_page(own) {
        at.unsupported_as(&quoted(own), &["cpu", "memory"]);
    }
}

/// The same, of a quota.
pub(super) fn quota_name(at: &Spot<'_, '_>, own: &str) {
    name(at, own);
    if !own.contains('/') && !is_standard_for_quota(own) {
        at.invalid_as(&quoted(own), "must be a standard resource for quota");
    }
}

/// An amount is not below nothing, and whole where the resource is counted.
pub(super) fn amount(at: &Spot<'_, '_>, name: &str) {
    let value = at.quantity();
    at.non_negative_quantity();
    let is_counted = COUNTED.contains(&name) || is_extended(name);
    if is_counted && value % 1_000_000_000 != 0 {
        at.invalid("must be an integer");
    }
}
