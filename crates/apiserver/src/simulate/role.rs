//! ClusterRoles that gather the rules of others (kube-controller-manager's `clusterroleaggregation`).

use manifest::Node;

use super::edit::set;
use super::view::{Id, View};
use super::wake::Task;
use super::write::{Outcome, Write};
use crate::access::aggregation::gathered;
use crate::make::list;
use crate::selector::matches;

/// The collection of ClusterRoles.
pub(super) const COLLECTION: &str = "clusterroles.rbac.authorization.k8s.io";

pub(super) fn reconcile(view: &View, id: &Id) -> Outcome {
    let Some(role) = view.get(id) else { return Outcome::rest() };
    let others = view.everywhere(COLLECTION).map(|(_, other)| other);
    let Some(rules) = gathered(role, others) else { return Outcome::rest() };
    let own = role.get("rules").and_then(Node::as_list).unwrap_or_default();
    if own == rules.as_slice() {
        return Outcome::rest();
    }
    let mut object = role.clone();
    set(&mut object, &["rules"], list(rules));
    vec![Write::update(id, object)].into()
}

/// The ClusterRoles that gather, or gathered, the rules of one that changed.
pub(super) fn wakes(
    view: &View,
    id: &Id,
    before: Option<&Node>,
    after: Option<&Node>,
    wake: &mut impl FnMut(Task),
) {
    let selectors = |role: &Node| {
        let selectors = role.at(&["aggregationRule", "clusterRoleSelectors"]);
        selectors.and_then(Node::as_list).map(<[Node]>::to_vec).unwrap_or_default()
    };
    for (other, role) in view.everywhere(COLLECTION) {
        let is_gathered =
            |changed: &Node| selectors(role).iter().any(|selector| matches(selector, changed));
        let is_own = other == id && !selectors(role).is_empty();
        if is_own || [before, after].into_iter().flatten().any(is_gathered) {
            wake(Task::Object(other.clone()));
        }
    }
}

#[cfg(test)]
mod tests;
