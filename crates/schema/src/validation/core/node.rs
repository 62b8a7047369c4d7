//! Nodes.

use manifest::Node;
use rustc_hash::FxHashSet;

use crate::go;
use crate::validation::spot::Spot;
use crate::validation::{address, metadata, names, resource};

pub(crate) fn node(node: Spot<'_, '_>, live: Option<&Node>) {
    match live {
        None => metadata::named(node, names::subdomain),
        Some(live) => metadata::updated(node, live),
    }
    let (spec, status) = (node.field("spec"), node.field("status"));
    // Upstream says metadata where it means the spec.
    let metadata = node.field("metadata");
    let taints = metadata.called("taints");
    let taints = taints.with(spec.field("taints").node());
    if live.is_none() {
        self::taints(&taints);
    }
    for part in ["capacity", "allocatable"] {
        let amounts = status.field(part);
        for (name, _) in amounts.entries() {
            resource::amount(&amounts.key_field(name), name);
        }
    }
    let Some(live) = live else { return networks(&spec.field("podCIDRs")) };
    let mut seen: Vec<&Node> = Vec::new();
    for address in status.field("addresses").items() {
        if seen.contains(&address.node()) {
            let internal = go::internal("core.NodeAddress", address.node());
            address.duplicate_as(&go::json(&internal));
        }
        seen.push(address.node());
    }
    let why = "from \"\" to valid";
    let before = live.at(&["spec", "podCIDRs"]).and_then(Node::as_list).unwrap_or_default();
    let cidrs = spec.field("podCIDRs");
    if !before.is_empty() && before != cidrs.list() {
        cidrs.forbidden(&format!("node updates may not change podCIDR except {why}"));
    }
    let provider = spec.field("providerID");
    let before = live.str_at(&["spec", "providerID"]).unwrap_or_default();
    if !before.is_empty() && before != provider.text() {
        provider.forbidden(&format!("node updates may not change providerID except {why}"));
    }
    self::taints(&taints);
}

fn networks(list: &Spot<'_, '_>) {
    for cidr in list.items() {
        address::cidr(&cidr, cidr.text(), &[]);
    }
    let addresses: Vec<&str> =
        list.items().filter_map(|cidr| cidr.text().split_once('/').map(|(ip, _)| ip)).collect();
    if list.len() > 1 && (!address::is_dual_stack(&addresses) || list.len() > 2) {
        list.invalid("may specify no more than one CIDR for each IP family");
    }
}

fn taints(list: &Spot<'_, '_>) {
    let mut seen = FxHashSet::default();
    for taint in list.items() {
        let (key, value, effect) =
            (taint.field("key"), taint.field("value"), taint.field("effect"));
        key.named(key.text(), names::qualified(key.text()));
        let wrong = names::label_value(value.text());
        if !wrong.is_empty() {
            value.invalid(&wrong.join(";"));
        }
        effect.required_one_of(&["NoSchedule", "PreferNoSchedule", "NoExecute"]);
        if !seen.insert((key.text(), effect.text())) {
            let internal = go::json(&go::internal("core.Taint", taint.node()));
            let why = "taints must be unique by key and effect pair";
            taint.duplicate_as(&format!("{internal}: {why}"));
        }
    }
}
