//! The kinds that run Pods, and Pods.

use ecow::eco_format;
use manifest::{Node, Text};

use super::{Health, Status, conditions};

/// The integer at `path`, or `default`.
fn int(root: &Node, path: &[&str], default: i64) -> i64 {
    root.at(path).and_then(Node::as_int).unwrap_or(default)
}

fn status(root: &Node, key: &str) -> i64 {
    int(root, &["status", key], 0)
}

/// `what: actual/wanted`, where fewer are there than wanted.
fn fewer(what: &str, actual: i64, wanted: i64) -> Option<Health> {
    (wanted > actual).then(|| Health::in_progress(eco_format!("{what}: {actual}/{wanted}")))
}

fn surplus(actual: i64, wanted: i64) -> Option<Health> {
    let more = actual.saturating_sub(wanted);
    (more > 0).then(|| Health::in_progress(eco_format!("Pending termination: {more}")))
}

pub(super) fn deployment(root: &Node) -> Health {
    let exceeded = |reason: &str| reason == "ProgressDeadlineExceeded";
    if conditions(root)
        .any(|condition| condition.kind == "Progressing" && exceeded(condition.reason))
    {
        return Health::failed("Progress deadline exceeded");
    }
    let wanted = int(root, &["spec", "replicas"], 1);
    let there = status(root, "replicas");
    let updated = status(root, "updatedReplicas");
    let counted = fewer("Replicas", there, wanted)
        .or_else(|| fewer("Updated", updated, wanted))
        .or_else(|| surplus(there, wanted))
        .or_else(|| fewer("Available", status(root, "availableReplicas"), updated))
        .or_else(|| fewer("Ready", status(root, "readyReplicas"), wanted));
    if let Some(health) = counted {
        return health;
    }
    let is_true = |kind: &str, reason: Option<&str>| {
        conditions(root).any(|condition| {
            condition.kind == kind
                && condition.status == "True"
                && reason.is_none_or(|reason| condition.reason == reason)
        })
    };
    // Without a deadline the controller sets no `Progressing`; this number is what it takes for one.
    let no_deadline = i64::from(i32::MAX);
    let has_deadline = int(root, &["spec", "progressDeadlineSeconds"], no_deadline) != no_deadline;
    if has_deadline && !is_true("Progressing", Some("NewReplicaSetAvailable")) {
        return Health::in_progress("ReplicaSet not Available");
    }
    if !is_true("Available", None) {
        return Health::in_progress("Deployment not Available");
    }
    Health::current(eco_format!("Deployment is available. Replicas: {there}"))
}

pub(super) fn replica_set(root: &Node) -> Health {
    if conditions(root)
        .any(|condition| (condition.kind, condition.status) == ("ReplicaFailure", "True"))
    {
        return Health::in_progress("Replica Failure condition. Check Pods");
    }
    let wanted = int(root, &["spec", "replicas"], 1);
    let there = status(root, "replicas");
    fewer("Labelled", status(root, "fullyLabeledReplicas"), wanted)
        .or_else(|| fewer("Available", status(root, "availableReplicas"), wanted))
        .or_else(|| fewer("Ready", status(root, "readyReplicas"), wanted))
        .or_else(|| surplus(there, wanted))
        .unwrap_or_else(|| {
            Health::current(eco_format!("ReplicaSet is available. Replicas: {there}"))
        })
}

pub(super) fn stateful_set(root: &Node) -> Health {
    if root.str_at(&["spec", "updateStrategy", "type"]) == Some("OnDelete") {
        return Health::current("StatefulSet is using the ondelete update strategy");
    }
    let wanted = int(root, &["spec", "replicas"], 1);
    let there = status(root, "replicas");
    let updated = status(root, "updatedReplicas");
    let counted = fewer("Replicas", there, wanted)
        .or_else(|| fewer("Ready", status(root, "readyReplicas"), wanted))
        .or_else(|| surplus(there, wanted));
    if let Some(health) = counted {
        return health;
    }
    let partition = root.at(&["spec", "updateStrategy", "rollingUpdate", "partition"]);
    if let Some(partition) = partition.and_then(Node::as_int) {
        return fewer("updated", updated, wanted.saturating_sub(partition)).unwrap_or_else(|| {
            Health::current(eco_format!("Partition rollout complete. updated: {updated}"))
        });
    }
    if let Some(health) = fewer("current", status(root, "currentReplicas"), wanted) {
        return health;
    }
    let revision = |key: &str| root.str_at(&["status", key]).unwrap_or_default();
    if revision("currentRevision") != revision("updateRevision") {
        return Health::in_progress("Waiting for updated revision to match current");
    }
    Health::current(eco_format!("All replicas scheduled as expected. Replicas: {there}"))
}

pub(super) fn daemon_set(root: &Node) -> Health {
    let missing = [["metadata", "generation"], ["status", "observedGeneration"]]
        .into_iter()
        .find(|path| root.at(path).and_then(Node::as_int).is_none());
    if let Some([part, field]) = missing {
        return Health::in_progress(eco_format!("DaemonSet {part}.{field} not found"));
    }
    let wanted = root.at(&["status", "desiredNumberScheduled"]).and_then(Node::as_int);
    let Some(wanted) = wanted else {
        return Health::in_progress("Missing .status.desiredNumberScheduled");
    };
    fewer("Current", status(root, "currentNumberScheduled"), wanted)
        .or_else(|| fewer("Updated", status(root, "updatedNumberScheduled"), wanted))
        .or_else(|| fewer("Available", status(root, "numberAvailable"), wanted))
        .or_else(|| fewer("Ready", status(root, "numberReady"), wanted))
        .unwrap_or_else(|| {
            Health::current(eco_format!("All replicas scheduled as expected. Replicas: {wanted}"))
        })
}

pub(super) fn job(root: &Node) -> Health {
    if root.at(&["spec", "suspend"]).and_then(Node::as_bool) == Some(true) {
        return Health::current("Job is suspended");
    }
    let parallelism = int(root, &["spec", "parallelism"], 1);
    let completions = int(root, &["spec", "completions"], parallelism);
    let [active, succeeded, failed] =
        ["active", "succeeded", "failed"].map(|key| status(root, key));
    let finished =
        conditions(root).find_map(|condition| match (condition.kind, condition.status) {
            ("Complete", "True") => {
                let message = eco_format!("Job Completed. succeeded: {succeeded}/{completions}");
                Some(Health::current(message))
            }
            ("Failed", "True") => {
                Some(Health::failed(eco_format!("Job Failed. failed: {failed}/{completions}")))
            }
            _ => None,
        });
    if let Some(health) = finished {
        return health;
    }
    if root.str_at(&["status", "startTime"]).is_none_or(str::is_empty) {
        return Health::in_progress(eco_format!("Job not started. active: 0/{parallelism}"));
    }
    Health::in_progress(eco_format!(
        "Job in progress. success:{succeeded}, active: {active}, failed: {failed}"
    ))
}

pub(super) fn pod(root: &Node) -> Health {
    let has = |kind: &str, status: &str| {
        conditions(root).find(|condition| (condition.kind, condition.status) == (kind, status))
    };
    match root.str_at(&["status", "phase"]).unwrap_or_default() {
        "Succeeded" => Health::current("Pod has completed successfully"),
        "Failed" => Health::current("Pod has completed, but not successfully"),
        "Running" if has("Ready", "True").is_some() => Health::current("Pod is Ready"),
        "Running" => {
            let names: Vec<&str> = waiting(root)
                .filter(|waiting| waiting.reason == "CrashLoopBackOff")
                .map(|waiting| waiting.container)
                .collect();
            if names.is_empty() {
                return Health::in_progress("Pod is running but is not Ready");
            }
            Health::failed(eco_format!("Containers in CrashLoop state: {}", names.join(",")))
        }
        "Pending" => match has("PodScheduled", "False") {
            Some(condition) if condition.reason == "Unschedulable" => {
                Health::in_progress("Pod has not been scheduled")
            }
            _ => Health::in_progress("Pod is in the Pending phase"),
        },
        "" => Health::in_progress("Pod phase not available"),
        phase => Health::new(Status::Unknown, eco_format!("unknown phase {phase}")),
    }
}

pub(super) fn trouble(root: &Node) -> Option<Text> {
    let on_its_way = ["", "ContainerCreating", "PodInitializing"];
    let waiting = waiting(root).find(|waiting| !on_its_way.contains(&waiting.reason))?;
    let Waiting { container, reason, message } = waiting;
    if message.is_empty() {
        return Some(eco_format!("container {container}: {reason}"));
    }
    Some(eco_format!("container {container}: {reason}: {message}"))
}

/// A container that does not run.
struct Waiting<'n> {
    container: &'n str,
    reason: &'n str,
    message: &'n str,
}

fn waiting(root: &Node) -> impl Iterator<Item = Waiting<'_>> {
    let statuses =
        |key: &str| root.at(&["status", key]).and_then(Node::as_list).unwrap_or_default().iter();
    statuses("initContainerStatuses").chain(statuses("containerStatuses")).filter_map(|node| {
        let waiting = node.at(&["state", "waiting"])?;
        let text = |key: &str| waiting.str_at(&[key]).unwrap_or_default();
        Some(Waiting {
            container: node.str_at(&["name"])?,
            reason: text("reason"),
            message: text("message"),
        })
    })
}
