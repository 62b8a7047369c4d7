//! What may become of the status of a pod.

use manifest::Node;
use rustc_hash::FxHashSet;

use super::annotations;
use crate::go::quoted;
use crate::validation::spot::Spot;
use crate::validation::{address, metadata, names};

/// A pod after a write of its status.
pub(crate) fn status(pod: Spot<'_, '_>, live: &Node) {
    metadata::updated(pod, live);
    annotations(&pod.field("metadata.annotations"), pod.field("spec"));
    let status = pod.field("status");
    for condition in status.field("conditions").items() {
        let seen = condition.field("observedGeneration");
        if seen.number() < 0 {
            seen.invalid("must be a non-negative integer");
        }
        let kind = condition.field("type").text();
        if !matches!(kind, "PodScheduled" | "Ready" | "Initialized") {
            condition.called("Type").named(kind, names::qualified(kind));
        }
    }
    nominated_node(&status, live);
    let seen = status.field("observedGeneration");
    if seen.number() < 0 {
        seen.invalid("must be a non-negative integer");
    }
    status.field("qosClass").immutable(live.at(&["status", "qosClass"]));
    for list in ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"] {
        transitions(&status.field(list), live, list);
    }
    let claims = pod.field("spec.resourceClaims").names();
    claim_statuses(&status.field("resourceClaimStatuses"), &claims);
    addresses(&status, live);
}

fn nominated_node(status: &Spot<'_, '_>, live: &Node) {
    let name = status.field("nominatedNodeName");
    let before = live.str_at(&["status", "nominatedNodeName"]).unwrap_or_default();
    if name.text().is_empty() || name.text() == before {
        return;
    }
    name.dns_subdomain();
    if live.str_at(&["spec", "nodeName"]).is_some_and(|node| !node.is_empty()) {
        name.forbidden("may not be set on pods that are already bound to a node");
    }
}

/// A container that has ended stays so, unless it is to be started again.
fn transitions(list: &Spot<'_, '_>, live: &Node, field: &str) {
    let old = live.at(&["status", field]).and_then(Node::as_list).unwrap_or_default();
    let policy = live.str_at(&["spec", "restartPolicy"]).unwrap_or_default();
    let container = |name: &str| {
        let part = if field == "containerStatuses" { "containers" } else { "initContainers" };
        let all = live.at(&["spec", part]).and_then(Node::as_list).unwrap_or_default();
        all.iter().find(|container| container.str_at(&["name"]) == Some(name))
    };
    for (index, old) in old.iter().enumerate() {
        let Some(ended) = old.at(&["state", "terminated"]).filter(|node| !node.is_null()) else {
            continue;
        };
        let name = old.str_at(&["name"]).unwrap_or_default();
        let is_running = |new: Spot<'_, '_>| {
            new.field("name").text() == name && !new.field("state.terminated").is_set()
        };
        if !list.items().any(is_running) {
            continue;
        }
        let code = ended.get("exitCode").and_then(Node::as_int).unwrap_or(0);
        let own = container(name).and_then(|container| container.str_at(&["restartPolicy"]));
        let starts_again = match own.unwrap_or(policy) {
            "Always" => true,
            "OnFailure" => code != 0,
            _ => false,
        };
        if field == "ephemeralContainerStatuses" || !starts_again {
            list.index(index)
                .called("state")
                .forbidden("may not be transitioned to non-terminated state");
        }
    }
}

fn claim_statuses(list: &Spot<'_, '_>, claims: &FxHashSet<&str>) {
    let mut seen = FxHashSet::default();
    for status in list.items() {
        let name = status.field("name");
        if !claims.contains(name.text()) {
            name.invalid("must match the name of an entry in `spec.resourceClaims`");
        }
        if !seen.insert(name.text()) {
            name.duplicate();
        }
        let claim = status.field("resourceClaimName");
        if claim.is_set() {
            claim.dns_subdomain();
        }
    }
}

fn addresses(status: &Spot<'_, '_>, live: &Node) {
    for field in ["podIPs", "hostIPs"] {
        let list = status.field(field);
        if field == "hostIPs"
            && let Some(first) = list.items().next()
            && first.field("ip").text() != status.field("hostIP").text()
        {
            first.field("ip").invalid("must be equal to `hostIP`");
        }
        let old = live.at(&["status", field]).and_then(Node::as_list).unwrap_or_default();
        let old: Vec<&str> = old.iter().filter_map(|node| node.str_at(&["ip"])).collect();
        for item in list.items() {
            let ip = item.field("ip");
            // Upstream says the item where it means its field.
            address::ip(&item.with(ip.node()), &old);
        }
        let texts: Vec<&str> = list.items().map(|item| item.field("ip").text()).collect();
        if texts.len() > 1 && !address::is_dual_stack(&texts) {
            let value = format!(
                "[{}]",
                texts
                    .iter()
                    .map(|ip| format!("{{\"IP\":{}}}", quoted(ip)))
                    .collect::<Vec<_>>()
                    .join(",")
            );
            list.invalid_as(&value, "may specify no more than one IP for each IP family");
        }
    }
}
