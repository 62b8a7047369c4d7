//! The order of the output: as it came, or kustomize's legacy order by kind
//! (`SortOrderTransformer`, `resid.Gvk.IsLessThan`).

use std::cmp::Ordering;

use manifest::{Gvk, Text};

use crate::resource::Resource;

/// Kinds that come first, in this order.
const FIRST: &[&str] = &[
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

/// Kinds that come last, in this order.
const LAST: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// How to order the output.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Order {
    /// As the resources came.
    Fifo,
    /// By kind.
    Legacy { first: Vec<Text>, last: Vec<Text> },
}

impl Order {
    /// The legacy order with kustomize's own lists.
    pub(crate) fn legacy() -> Order {
        let texts = |list: &[&str]| list.iter().map(|&kind| kind.into()).collect();
        Order::Legacy { first: texts(FIRST), last: texts(LAST) }
    }
}

fn rank<T: AsRef<str>>(kind: &str, first: &[T], last: &[T]) -> i64 {
    let place = |list: &[T]| list.iter().rposition(|there| there.as_ref() == kind);
    match (place(last), place(first)) {
        (Some(at), _) => 1 + at as i64,
        (None, Some(at)) => at as i64 - first.len() as i64,
        (None, None) => 0,
    }
}

fn sort_key(gvk: &Gvk) -> String {
    let or = |text: &Text, empty: &'static str| {
        if text.is_empty() { empty.to_owned() } else { text.to_string() }
    };
    format!("{}_{}_{}", or(&gvk.group, "~G"), or(&gvk.version, "~V"), or(&gvk.kind, "~K"))
}

/// The bytes of [`sort_key`].
fn key_bytes(gvk: &Gvk) -> impl Iterator<Item = u8> {
    fn or<'a>(text: &'a Text, empty: &'static str) -> &'a str {
        if text.is_empty() { empty } else { text }
    }
    let parts = [or(&gvk.group, "~G"), "_", or(&gvk.version, "~V"), "_", or(&gvk.kind, "~K")];
    parts.into_iter().flat_map(str::bytes)
}

/// The order of kinds in lists of field specs.
pub(crate) fn by_kind(a: &Gvk, b: &Gvk) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    rank(&a.kind, FIRST, LAST)
        .cmp(&rank(&b.kind, FIRST, LAST))
        .then_with(|| key_bytes(a).cmp(key_bytes(b)))
}

/// What decides between resources of one rank: core namespaces run backwards, by the original's quirk.
#[derive(PartialEq, Eq)]
struct ByKey {
    rank: i64,
    kind: String,
    is_namespace: bool,
    id: String,
}

impl ByKey {
    fn of(resource: &Resource, first: &[Text], last: &[Text]) -> ByKey {
        let gvk = &resource.id().gvk;
        let or = |text: &str, empty: &'static str| {
            if text.is_empty() { empty.to_owned() } else { text.to_owned() }
        };
        let id = format!(
            "{}.{}.{}|{}|{}",
            or(&gvk.kind, "[noKind]"),
            or(&gvk.version, "[noVer]"),
            or(&gvk.group, "[noGrp]"),
            or(&resource.written_namespace(), "~X"),
            or(&resource.id().name, "~N"),
        );
        ByKey {
            rank: rank(&gvk.kind, first, last),
            kind: sort_key(gvk),
            is_namespace: gvk.kind == "Namespace",
            id,
        }
    }

    fn compare(&self, other: &ByKey) -> Ordering {
        let kinds = || {
            let core = self.kind.starts_with("~G") || other.kind.starts_with("~G");
            if self.is_namespace && other.is_namespace && core {
                return other.kind.cmp(&self.kind);
            }
            self.kind.cmp(&other.kind)
        };
        self.rank.cmp(&other.rank).then_with(kinds).then_with(|| self.id.cmp(&other.id))
    }
}

/// Sorts resources into `order`.
pub(crate) fn sort(resources: Vec<Resource>, order: &Order) -> Vec<Resource> {
    let Order::Legacy { first, last } = order else { return resources };
    let mut keyed: Vec<(ByKey, Resource)> = resources
        .into_iter()
        .map(|resource| (ByKey::of(&resource, first, last), resource))
        .collect();
    keyed.sort_by(|(a, _), (b, _)| a.compare(b));
    keyed.into_iter().map(|(_, resource)| resource).collect()
}

#[cfg(test)]
mod tests;
