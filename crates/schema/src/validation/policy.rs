//! Budgets of disruption.

use manifest::Node;

use super::metadata;
use super::spot::Spot;

/// A budget; its name is only held to what all names are.
pub(super) fn budget(budget: Spot<'_, '_>) {
    let spec = budget.field("spec");
    let (least, most) = (spec.field("minAvailable"), spec.field("maxUnavailable"));
    if least.is_set() && most.is_set() {
        spec.invalid_internal(
            "policy.PodDisruptionBudgetSpec",
            "minAvailable and maxUnavailable cannot be both set",
        );
    }
    for part in [least, most].into_iter().filter(Spot::is_set) {
        part.int_or_percent();
        part.at_most_all();
    }
    spec.field("selector").label_selector();
    spec.field("unhealthyPodEvictionPolicy").one_of(&["AlwaysAllow", "IfHealthyBudget"]);
}

/// A budget after a write of its status.
pub(super) fn budget_status(budget: Spot<'_, '_>, _live: &Node) {
    let status = budget.field("status");
    metadata::conditions(&status.field("conditions"));
    for field in ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"] {
        status.field(field).non_negative();
    }
}
