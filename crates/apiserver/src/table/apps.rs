//! What makes Pods: apps, batch, and the older ReplicationController; what limits their loss.

use manifest::Node;

use super::age;
use super::column::{
    AGE, CONTAINERS, IMAGES, NAME, Printer, SELECTOR, boolean, integer, kind, string,
};
use super::row::{NONE, Row};
use crate::make::text;

#[rustfmt::skip]
pub(super) const PRINTERS: &[Printer] = &[
    kind("apps", "ControllerRevision", &[
        NAME,
        string("Controller", controller),
        string("Revision", |row| row.number("revision")),
        AGE,
    ]),
    kind("apps", "DaemonSet", &[
        NAME,
        integer("Desired", |row| row.number("status.desiredNumberScheduled")),
        integer("Current", |row| row.number("status.currentNumberScheduled")),
        integer("Ready", |row| row.number("status.numberReady")),
        integer("Up-to-date", |row| row.number("status.updatedNumberScheduled")),
        integer("Available", |row| row.number("status.numberAvailable")),
        string("Node Selector", |row| row.labels("spec.template.spec.nodeSelector")),
        AGE,
        CONTAINERS,
        IMAGES,
        SELECTOR,
    ]),
    kind("apps", "Deployment", &[
        NAME,
        string("Ready", |row| row.ratio("status.readyReplicas", "spec.replicas")),
        string("Up-to-date", |row| row.number("status.updatedReplicas")),
        string("Available", |row| row.number("status.availableReplicas")),
        AGE,
        CONTAINERS,
        IMAGES,
        SELECTOR,
    ]),
    kind("apps", "ReplicaSet", &[
        NAME,
        integer("Desired", |row| row.number("spec.replicas")),
        integer("Current", |row| row.number("status.replicas")),
        integer("Ready", |row| row.number("status.readyReplicas")),
        AGE,
        CONTAINERS,
        IMAGES,
        SELECTOR,
    ]),
    kind("", "ReplicationController", &[
        NAME,
        integer("Desired", |row| row.number("spec.replicas")),
        integer("Current", |row| row.number("status.replicas")),
        integer("Ready", |row| row.number("status.readyReplicas")),
        AGE,
        CONTAINERS,
        IMAGES,
        string("Selector", |row| row.labels("spec.selector")).wide(),
    ]),
    kind("apps", "StatefulSet", &[
        NAME,
        string("Ready", |row| row.ratio("status.readyReplicas", "spec.replicas")),
        AGE,
        CONTAINERS,
        IMAGES,
    ]),
    kind("batch", "CronJob", &[
        NAME,
        string("Schedule", |row| row.text("spec.schedule")),
        string("Timezone", |row| row.scalar_or("spec.timeZone", NONE)),
        boolean("Suspend", suspend),
        integer("Active", |row| row.count("status.active")),
        string("Last Schedule", |row| text(row.ago("status.lastScheduleTime").unwrap_or_else(|| NONE.into()))),
        AGE,
        string("Containers", |row| row.each("spec.jobTemplate.spec.template.spec.containers", "name", ",")).wide(),
        string("Images", |row| row.each("spec.jobTemplate.spec.template.spec.containers", "image", ",")).wide(),
        string("Selector", |row| row.selector("spec.jobTemplate.spec.selector")).wide(),
    ]),
    kind("batch", "Job", &[
        NAME,
        string("Status", job_status),
        string("Completions", completions),
        string("Duration", duration),
        AGE,
        CONTAINERS,
        IMAGES,
        SELECTOR,
    ]),
    kind("policy", "PodDisruptionBudget", &[
        NAME,
        string("Min Available", |row| row.scalar_or("spec.minAvailable", "N/A")),
        string("Max Unavailable", |row| row.scalar_or("spec.maxUnavailable", "N/A")),
        integer("Allowed Disruptions", |row| row.number("status.disruptionsAllowed")),
        AGE,
    ]),
];

/// The owner that controls a revision: kind, group and name.
fn controller(row: &Row<'_>) -> Node {
    let owners = row.list("metadata.ownerReferences").iter();
    let is_controller =
        |owner: &&Node| owner.get("controller").and_then(Node::as_bool) == Some(true);
    let Some(owner) = owners.into_iter().find(is_controller) else { return text(NONE) };
    let part = |key: &str| owner.str_at(&[key]).unwrap_or_default();
    let kind = part("kind").to_lowercase();
    text(match part("apiVersion").split_once('/') {
        Some((group, _)) => format!("{kind}.{group}/{}", part("name")),
        None => format!("{kind}/{}", part("name")),
    })
}

/// Written as Go writes a bool for people, although the column is one of bools.
fn suspend(row: &Row<'_>) -> Node {
    text(match row.at("spec.suspend").and_then(Node::as_bool) {
        Some(true) => "True",
        Some(false) => "False",
        None => "<unset>",
    })
}

fn job_status(row: &Row<'_>) -> Node {
    let has = |name: &str| row.condition(name) == Some("True");
    text(match () {
        () if has("Complete") => "Complete",
        () if has("Failed") => "Failed",
        () if row.is_deleted() => "Terminating",
        () if has("Suspended") => "Suspended",
        () if has("FailureTarget") => "FailureTarget",
        () if has("SuccessCriteriaMet") => "SuccessCriteriaMet",
        () => "Running",
    })
}

fn completions(row: &Row<'_>) -> Node {
    let done = row.int("status.succeeded");
    text(match (row.at("spec.completions").and_then(Node::as_int), row.int("spec.parallelism")) {
        (Some(wanted), _) => format!("{done}/{wanted}"),
        (None, parallel) if parallel > 1 => format!("{done}/1 of {parallel}"),
        (None, _) => format!("{done}/1"),
    })
}

fn duration(row: &Row<'_>) -> Node {
    let end = row.time("status.completionTime").unwrap_or(row.now);
    let start = row.time("status.startTime");
    text(start.map(|start| age::human(end.duration_since(start))).unwrap_or_default())
}
