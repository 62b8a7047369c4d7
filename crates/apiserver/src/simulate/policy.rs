//! What only reports: PodDisruptionBudgets count, HorizontalPodAutoscalers look on.

use std::collections::BTreeSet;

use manifest::{Node, Text};

use super::edit::{int_at, is_deleting, is_true, new_condition, set, with_status};
use super::owned::{has_ended, selects, share};
use super::view::{Id, View, controller};
use super::write::{Outcome, Turn, Write};
use crate::make::{int, list, map, text};

/// How many Pods a budget lets be evicted.
pub(super) fn reconcile_budget(view: &View, id: &Id, turn: Turn) -> Outcome {
    let Some(budget) = view.get(id) else { return Outcome::rest() };
    if is_deleting(budget) {
        return Outcome::rest();
    }
    let nothing = Node::default();
    let selector = budget.at(&["spec", "selector"]).unwrap_or(&nothing);
    let pods = view.of("pods", &id.namespace).map(|(_, pod)| pod);
    let pods =
        pods.filter(|pod| !has_ended(pod) && selects(selector, pod.at(&["metadata", "labels"])));
    let pods: Vec<&Node> = pods.collect();
    let healthy = pods.iter().filter(|pod| !is_deleting(pod) && is_true(pod, "Ready")).count();
    let healthy = i64::try_from(healthy).unwrap_or_default();
    let expected = expected(view, &pods);
    let minimum = budget.at(&["spec", "minAvailable"]);
    let desired = match (minimum, budget.at(&["spec", "maxUnavailable"])) {
        (_, Some(maximum)) => expected - share(Some(maximum), "0", expected, true),
        (minimum, None) => share(minimum, "1", expected, true),
    };
    let allowed = (healthy - desired).max(0);
    let (value, reason) =
        if allowed > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
    let mut condition = new_condition(budget, "DisruptionAllowed", value, reason, "", turn.now);
    set(&mut condition, &["message"], text(""));
    let generation = int_at(budget, &["metadata", "generation"], 0);
    set(&mut condition, &["observedGeneration"], int(generation));
    let status = map([
        ("conditions", list([condition])),
        ("currentHealthy", int(healthy)),
        ("desiredHealthy", int(desired.max(0))),
        ("disruptionsAllowed", int(allowed)),
        ("expectedPods", int(expected)),
        ("observedGeneration", int(generation)),
    ]);
    with_status(budget, status).map(|object| Write::status(id, object)).into()
}

/// How many Pods there should be: what their controllers want, and those without one.
fn expected(view: &View, pods: &[&Node]) -> i64 {
    let owners: BTreeSet<&str> =
        pods.iter().filter_map(|pod| controller(pod)).map(|owner| owner.uid).collect();
    let of_owners: i64 = owners
        .into_iter()
        .filter_map(|uid| view.by_uid(uid))
        .map(|(_, owner)| {
            int_at(
                owner,
                &["spec", "replicas"],
                int_at(owner, &["status", "desiredNumberScheduled"], 1),
            )
        })
        .sum();
    let free = pods.iter().filter(|pod| controller(pod).is_none()).count();
    of_owners + i64::try_from(free).unwrap_or_default()
}

/// An autoscaler says what there is; it changes nothing, since nothing is measured.
pub(super) fn reconcile_autoscaler(view: &View, id: &Id, turn: Turn) -> Outcome {
    let Some(scaler) = view.get(id) else { return Outcome::rest() };
    if is_deleting(scaler) {
        return Outcome::rest();
    }
    let target = target(id, scaler).and_then(|id| view.get(&id));
    let condition = |kind: &str, value: &str, reason: &str, message: &str| {
        new_condition(scaler, kind, value, reason, message, turn.now)
    };
    let conditions = match target {
        Some(_) => vec![
            condition(
                "AbleToScale",
                "True",
                "SucceededGetScale",
                "the HPA controller was able to get the target's current scale",
            ),
            condition(
                "ScalingActive",
                "False",
                "FailedGetResourceMetric",
                "simulated: nothing is measured, so nothing is scaled",
            ),
        ],
        None => vec![condition(
            "AbleToScale",
            "False",
            "FailedGetScale",
            "the HPA controller was unable to get the target's current scale",
        )],
    };
    let current = target.map_or(0, |target| int_at(target, &["status", "replicas"], 0));
    let mut status = map([("conditions", list(conditions)), ("desiredReplicas", int(current))]);
    if current > 0 {
        set(&mut status, &["currentReplicas"], int(current));
    }
    with_status(scaler, status).map(|object| Write::status(id, object)).into()
}

/// What an autoscaler is for.
pub(super) fn target(id: &Id, scaler: &Node) -> Option<Id> {
    let reference = scaler.at(&["spec", "scaleTargetRef"])?;
    let collection = match reference.str_at(&["kind"])? {
        "Deployment" => "deployments.apps",
        "StatefulSet" => "statefulsets.apps",
        "ReplicaSet" => "replicasets.apps",
        _ => return None,
    };
    let name: Text = reference.str_at(&["name"])?.into();
    Some(Id::new(collection, id.namespace.clone(), name))
}

#[cfg(test)]
mod tests;
