//! What keeps a cluster going: coordination, scheduling, node, flow control, devices, API services.

use manifest::Node;

use super::column::{AGE, NAME, Printer, boolean, integer, kind, string};
use super::row::{NONE, Row};
use crate::make::text;

#[rustfmt::skip]
pub(super) const PRINTERS: &[Printer] = &[
    kind("apiregistration.k8s.io", "APIService", &[
        NAME,
        string("Service", service),
        string("Available", available),
        AGE,
    ]),
    kind("coordination.k8s.io", "Lease", &[NAME, string("Holder", |row| row.text("spec.holderIdentity")), AGE]),
    kind("flowcontrol.apiserver.k8s.io", "FlowSchema", &[
        NAME,
        string("PriorityLevel", |row| row.text("spec.priorityLevelConfiguration.name")),
        string("MatchingPrecedence", |row| row.number("spec.matchingPrecedence")),
        string("DistinguisherMethod", |row| row.text_or("spec.distinguisherMethod.type", NONE)),
        AGE,
        string("MissingPL", |row| text(row.condition("Dangling").unwrap_or("?"))),
    ]),
    kind("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration", &[
        NAME,
        string("Type", |row| row.text("spec.type")),
        string("NominalConcurrencyShares", |row| number_or_none(row, "spec.limited.nominalConcurrencyShares")),
        string("Queues", |row| number_or_none(row, "spec.limited.limitResponse.queuing.queues")),
        string("HandSize", |row| number_or_none(row, "spec.limited.limitResponse.queuing.handSize")),
        string("QueueLengthLimit", |row| number_or_none(row, "spec.limited.limitResponse.queuing.queueLengthLimit")),
        AGE,
    ]),
    kind("node.k8s.io", "RuntimeClass", &[NAME, string("Handler", |row| row.text("handler")), AGE]),
    kind("resource.k8s.io", "DeviceClass", &[NAME, AGE]),
    kind("resource.k8s.io", "ResourceClaim", &[NAME, string("State", claim_state), AGE]),
    kind("resource.k8s.io", "ResourceClaimTemplate", &[NAME, AGE]),
    kind("resource.k8s.io", "ResourceSlice", &[
        NAME,
        string("Node", |row| row.text("spec.nodeName")),
        string("Driver", |row| row.text("spec.driver")),
        string("Pool", |row| row.text("spec.pool.name")),
        AGE,
    ]),
    kind("scheduling.k8s.io", "PriorityClass", &[
        NAME,
        integer("Value", |row| row.number("value")),
        boolean("Global-Default", |row| row.flag("globalDefault", false)),
        AGE,
        string("PreemptionPolicy", |row| row.text("preemptionPolicy")),
    ]),
];

fn number_or_none(row: &Row<'_>, path: &str) -> Node {
    row.at(path).filter(|node| !node.is_null()).cloned().unwrap_or_else(|| text(NONE))
}

fn service(row: &Row<'_>) -> Node {
    if row.map("spec.service").is_none() {
        return text("Local");
    }
    text(format!("{}/{}", row.str("spec.service.namespace"), row.str("spec.service.name")))
}

/// The status of the condition, and why where it is not so.
fn available(row: &Row<'_>) -> Node {
    let mut conditions = row.list("status.conditions").iter();
    let found = conditions.find(|node| node.str_at(&["type"]) == Some("Available"));
    let part = |key: &str| found.and_then(|node| node.str_at(&[key])).unwrap_or_default();
    text(match (part("status"), part("reason")) {
        ("", _) => "Unknown".to_owned(),
        ("True", _) => "True".to_owned(),
        (status, reason) => format!("{status} ({reason})"),
    })
}

fn claim_state(row: &Row<'_>) -> Node {
    let is_allocated = row.map("status.allocation").is_some();
    let mut states = Vec::new();
    if row.is_deleted() {
        states.push("deleted");
    }
    if is_allocated {
        states.push("allocated");
        if !row.list("status.reservedFor").is_empty() {
            states.push("reserved");
        }
    } else if !row.is_deleted() {
        states.push("pending");
    }
    text(states.join(","))
}
