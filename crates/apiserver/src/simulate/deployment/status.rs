//! What a Deployment says of itself.

use jiff::Timestamp;
use manifest::{Node, Text};

use super::Work;
use crate::make::{int, list, map, meta, text};
use crate::simulate::edit::{condition, counts, flag_at, int_at, items, set, time, time_at};

/// The status, and when the deadline for progress is over.
pub(super) fn status(work: &Work<'_>, now: Timestamp) -> (Node, Option<Timestamp>) {
    let deployment = work.deployment;
    let sum = |count: fn(&super::Set<'_>) -> i64| work.sets().map(count).sum::<i64>();
    let of_new = |count: fn(&super::Set<'_>) -> i64| work.new.as_ref().map_or(0, count);
    let available = sum(|set| set.pods.available);
    let unavailable = (sum(|set| set.wanted) - available).max(0);
    let mut status =
        map([("observedGeneration", int(int_at(deployment, &["metadata", "generation"], 0)))]);
    let entries = counts([
        ("replicas", sum(|set| set.pods.there)),
        ("updatedReplicas", of_new(|set| set.pods.there)),
        ("readyReplicas", sum(|set| set.pods.ready)),
        ("availableReplicas", available),
        ("unavailableReplicas", unavailable),
    ]);
    for (key, value) in entries {
        set(&mut status, &[key], value);
    }
    let is_available = available >= work.wanted() - work.max_unavailable();
    let (value, reason, message) = if is_available {
        ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    } else {
        ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    };
    let available = update(deployment, "Available", value, reason, message, false, now);
    let (progressing, at) = progressing(work, &status, now);
    let own = [Some(available), progressing].into_iter().flatten();
    let others = items(deployment, &["status", "conditions"]).iter().filter(|condition| {
        !matches!(condition.str_at(&["type"]), Some("Available" | "Progressing"))
    });
    let conditions = list(own.chain(others.cloned()));
    set(&mut status, &["conditions"], conditions);
    let next = work.sets().filter_map(|set| set.pods.next).min();
    let at = at.into_iter().chain(next).min();
    (status, at)
}

/// The condition `Progressing`, and when its deadline is over.
fn progressing(
    work: &Work<'_>,
    status: &Node,
    now: Timestamp,
) -> (Option<Node>, Option<Timestamp>) {
    let deployment = work.deployment;
    let before = condition(deployment, "Progressing");
    let kept = (before.cloned(), None);
    let deadline = int_at(deployment, &["spec", "progressDeadlineSeconds"], i64::from(i32::MAX));
    if deadline == i64::from(i32::MAX) {
        return (None, None);
    }
    let becomes = |value: &str, reason: &str, message: &str| {
        Some(update(deployment, "Progressing", value, reason, message, true, now))
    };
    let reason = before.and_then(|before| before.str_at(&["reason"])).unwrap_or_default();
    if flag_at(deployment, &["spec", "paused"]) {
        let paused = becomes("Unknown", "DeploymentPaused", "Deployment is paused");
        return (if reason == "DeploymentPaused" { kept.0 } else { paused }, None);
    }
    let Some(new) = &work.new else { return kept };
    let name = meta(new.node, "name");
    let says = before.and_then(|before| before.str_at(&["message"])).unwrap_or_default();
    let is_same = says.contains(&format!("\"{name}\""));
    if is_complete(work, status) {
        let message = format!("ReplicaSet \"{name}\" has successfully progressed.");
        let done = "NewReplicaSetAvailable";
        let is_done = (reason, says) == (done, message.as_str());
        return (if is_done { kept.0 } else { becomes("True", done, &message) }, None);
    }
    // A rollout that is over is not begun again by a Pod that is lost or added.
    if is_same && reason == "NewReplicaSetAvailable" && work.old.iter().all(|set| set.wanted == 0) {
        return kept;
    }
    let started = |reason: &str, message: &str| {
        let at = now.checked_add(jiff::SignedDuration::from_secs(deadline)).ok();
        (becomes("True", reason, message), at)
    };
    if !is_same {
        let is_first = work.old.is_empty() || int_at(new.node, &["metadata", "generation"], 1) <= 1;
        return if is_first {
            started("NewReplicaSetCreated", &format!("Created new replica set \"{name}\""))
        } else {
            started("FoundNewReplicaSet", &format!("Found new replica set \"{name}\""))
        };
    }
    if has_progressed(deployment, status) {
        return started("ReplicaSetUpdated", &format!("ReplicaSet \"{name}\" is progressing."));
    }
    if reason == "ProgressDeadlineExceeded" {
        return kept;
    }
    let at = before.and_then(|before| time_at(before, &["lastUpdateTime"], deadline));
    if at.is_none_or(|at| at > now) {
        return (kept.0, at);
    }
    let message = format!("ReplicaSet \"{name}\" has timed out progressing.");
    (becomes("False", "ProgressDeadlineExceeded", &message), None)
}

fn is_complete(work: &Work<'_>, status: &Node) -> bool {
    let of = |key: &str| int_at(status, &[key], 0);
    ["replicas", "updatedReplicas", "availableReplicas"].iter().all(|key| of(key) == work.wanted())
}

/// Whether more Pods are new or ready than before, or fewer are old.
fn has_progressed(deployment: &Node, status: &Node) -> bool {
    let before = |key: &str| int_at(deployment, &["status", key], 0);
    let now = |key: &str| int_at(status, &[key], 0);
    let more = |key: &str| now(key) > before(key);
    ["updatedReplicas", "readyReplicas", "availableReplicas"].into_iter().any(more)
        || now("replicas") - now("updatedReplicas") < before("replicas") - before("updatedReplicas")
}

/// A condition with its two times; the later one is renewed where it is `touched` or changes.
fn update(
    deployment: &Node,
    kind: &str,
    value: &str,
    reason: &str,
    message: &str,
    touched: bool,
    now: Timestamp,
) -> Node {
    let before = condition(deployment, kind);
    let has =
        |key: &str, value: &str| before.and_then(|before| before.str_at(&[key])) == Some(value);
    let old_time = |key: &str| before.and_then(|before| before.get(key)).cloned();
    let same = has("status", value);
    let updated = old_time("lastUpdateTime").filter(|_| !touched && same && has("reason", reason));
    let since = old_time("lastTransitionTime").filter(|_| same);
    let texts: [(&str, Text); 4] = [
        ("type", kind.into()),
        ("status", value.into()),
        ("reason", reason.into()),
        ("message", message.into()),
    ];
    let mut condition = map(texts.map(|(key, value)| (key, text(value))));
    set(&mut condition, &["lastUpdateTime"], updated.unwrap_or_else(|| time(now)));
    set(&mut condition, &["lastTransitionTime"], since.unwrap_or_else(|| time(now)));
    condition
}
