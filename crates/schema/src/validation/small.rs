//! Kinds with little in them: leases, classes of priority and of runtimes.

use manifest::Node;
use rustc_hash::FxHashSet;

use super::pod::{resources, scheduling};
use super::spot::Spot;
use super::{metadata, names};

pub(super) fn lease(lease: Spot<'_, '_>, live: Option<&Node>) {
    match live {
        None => metadata::common(lease, names::subdomain),
        Some(live) => metadata::common_update(lease, live),
    }
    let spec = lease.field("spec");
    let duration = spec.field("leaseDurationSeconds");
    if duration.int().is_some_and(|seconds| seconds <= 0) {
        duration.invalid("must be greater than 0");
    }
    spec.field("leaseTransitions").non_negative();
    let (strategy, holder) = (spec.field("strategy"), spec.field("preferredHolder"));
    if strategy.is_set() {
        let place = strategy.called("strategy");
        match strategy.text().contains('/') {
            true => place.qualified_name(),
            false => place.one_of(&["OldestEmulationVersion"]),
        }
    }
    if !holder.text().is_empty() && strategy.text().is_empty() {
        holder.forbidden("may only be specified if `strategy` is defined");
    }
}

/// The highest priority that is not the system's own.
const HIGHEST: i64 = 1_000_000_000;
const SYSTEM: [(&str, i64); 2] =
    [("system-node-critical", 2_000_001_000), ("system-cluster-critical", 2_000_000_000)];

pub(super) fn priority_class(class: Spot<'_, '_>, live: Option<&Node>) {
    let (value, policy) = (class.field("value"), class.field("preemptionPolicy"));
    if let Some(live) = live {
        metadata::updated(class, live);
        if value.int() != live.get("value").and_then(Node::as_int) {
            value.forbidden("may not be changed in an update.");
        }
        return policy.immutable(live.get("preemptionPolicy"));
    }
    metadata::named(class, names::subdomain);
    let name = class.field("metadata.name");
    if name.text().starts_with("system-") {
        if let Some(why) = unknown(class) {
            name.forbidden(&format!(
                "priority class names with 'system-' prefix are reserved for system use only. error: {why}"
            ));
        }
    } else if value.number() > HIGHEST {
        let why = format!("maximum allowed value of a user defined priority is {HIGHEST}");
        value.forbidden(&why);
    }
    policy.one_of(&["PreemptLowerPriority", "Never"]);
}

/// Why a class is none of the system's.
fn unknown(class: Spot<'_, '_>) -> Option<String> {
    let name = class.field("metadata.name").text();
    let Some((_, value)) = SYSTEM.iter().find(|(known, _)| *known == name) else {
        return Some(format!("{name} is not a known system priority class"));
    };
    if class.field("value").number() != *value {
        return Some(format!("value of {name} PriorityClass must be {value}"));
    }
    class
        .field("globalDefault")
        .is_true()
        .then(|| format!("globalDefault of {name} PriorityClass must be false"))
}

pub(super) fn runtime_class(class: Spot<'_, '_>, live: Option<&Node>) {
    let handler = class.field("handler");
    if let Some(live) = live {
        metadata::updated(class, live);
        return handler.immutable(live.get("handler"));
    }
    metadata::named(class, names::subdomain);
    handler.required_dns_label();
    let overhead = class.field("overhead");
    resources::overhead(&overhead.field("podFixed"), &overhead);
    let scheduling = class.field("scheduling");
    scheduling.field("nodeSelector").labels();
    let tolerations = scheduling.field("tolerations");
    scheduling::tolerations(&tolerations);
    let mut seen = FxHashSet::default();
    for toleration in tolerations.items() {
        let key =
            ["key", "operator", "value", "effect"].map(|field| toleration.field(field).text());
        if !seen.insert(key) {
            let internal = crate::go::internal("core.Toleration", toleration.node());
            toleration.duplicate_as(&crate::go::json(&internal));
        }
    }
}
