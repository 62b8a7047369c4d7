//! The machines that there are not: Nodes that are always ready.

use jiff::Timestamp;
use manifest::{Node, Text};

use super::VERSION;
use super::edit::{items, remove, set, time, with_status};
use super::owned::{has_all, is_simulated, simulated};
use super::view::{Id, View};
use super::write::{Outcome, Turn, Write};
use crate::make::{int, list, map, meta, text};

/// How many there are.
const NODES: usize = 2;

/// What makes the Nodes that are missing.
pub(super) fn missing(view: &View) -> Vec<Write> {
    let names = (1..=NODES).map(|number| ecow::eco_format!("simulated-{number}"));
    names
        .filter(|name| view.get(&Id::new("nodes", "", name.clone())).is_none())
        .map(|name| Write::create("nodes", node(&name)))
        .collect()
}

fn node(name: &Text) -> Node {
    let labels = [
        ("kubernetes.io/arch", "amd64"),
        ("kubernetes.io/os", "linux"),
        ("kubernetes.io/hostname", name.as_str()),
    ];
    let labels = map(labels.map(|(key, value)| (key, text(value))));
    let mut object = map([
        ("apiVersion", text("v1")),
        ("kind", text("Node")),
        ("metadata", map([("name", text(name.clone())), ("labels", labels)])),
    ]);
    simulated(&mut object);
    object
}

/// A simulated Node says that it is ready, and what it is.
pub(super) fn reconcile(view: &View, id: &Id, turn: Turn) -> Outcome {
    let Some(node) = view.get(id) else { return Outcome::rest() };
    if !is_simulated(node) {
        return Outcome::rest();
    }
    if !items(node, &["status", "conditions"]).is_empty() {
        return welcome(id, node).into();
    }
    let write = with_status(node, status(node, turn.now));
    write.map(|object| Write::status(id, object)).into()
}

/// Takes away the taint that new Nodes have until they are ready.
fn welcome(id: &Id, node: &Node) -> Option<Write> {
    let taints = items(node, &["spec", "taints"]);
    let is_new = |taint: &&Node| taint.str_at(&["key"]) == Some("node.kubernetes.io/not-ready");
    taints.iter().find(is_new)?;
    let rest = list(taints.iter().filter(|taint| !is_new(taint)).cloned());
    let mut object = node.clone();
    match rest.as_list() {
        Some([]) => remove(&mut object, &["spec", "taints"]),
        _ => set(&mut object, &["spec", "taints"], rest),
    }
    Some(Write::update(id, object))
}

fn status(node: &Node, now: Timestamp) -> Node {
    let name = meta(node, "name");
    let resources = || {
        map([
            ("cpu", text("64")),
            ("memory", text("256Gi")),
            ("ephemeral-storage", text("1Ti")),
            ("pods", text("1000")),
        ])
    };
    let address =
        |kind: &str, address: Text| map([("type", text(kind)), ("address", text(address))]);
    let condition = |kind: &str, status: &str, reason: &str, message: &str| {
        map([
            ("type", text(kind)),
            ("status", text(status)),
            ("reason", text(reason)),
            ("message", text(message)),
            ("lastHeartbeatTime", time(now)),
            ("lastTransitionTime", time(now)),
        ])
    };
    let info = [
        ("architecture", "amd64"),
        ("bootID", ""),
        ("containerRuntimeVersion", "simulated://1.0.0"),
        ("kernelVersion", "simulated"),
        ("kubeProxyVersion", ""),
        ("kubeletVersion", VERSION),
        ("machineID", ""),
        ("operatingSystem", "linux"),
        ("osImage", "simulated by nauarch"),
        ("systemUUID", ""),
    ];
    map([
        ("capacity", resources()),
        ("allocatable", resources()),
        (
            "conditions",
            list([
                condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "simulated"),
                condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "simulated"),
                condition("PIDPressure", "False", "KubeletHasSufficientPID", "simulated"),
                condition("Ready", "True", "KubeletReady", "simulated: there is no machine"),
            ]),
        ),
        (
            "addresses",
            list([address("InternalIP", host_address(name)), address("Hostname", name.into())]),
        ),
        ("daemonEndpoints", map([("kubeletEndpoint", map([("Port", int(10250))]))])),
        ("nodeInfo", map(info.map(|(key, value)| (key, text(value))))),
    ])
}

/// The address of a Node: by the number that its name ends with.
pub(super) fn host_address(name: &str) -> Text {
    let number = name.rsplit('-').next().and_then(|text| text.parse::<u8>().ok());
    ecow::eco_format!("10.0.0.{}", number.unwrap_or(254))
}

/// The Nodes that a Pod may run on, by its `nodeSelector`; those that are cordoned take none.
pub(super) fn candidates<'v>(
    view: &'v View,
    pod_spec: &'v Node,
    with_cordoned: bool,
) -> impl Iterator<Item = (&'v Id, &'v Node)> {
    let selector = pod_spec.get("nodeSelector");
    view.of("nodes", "").filter(move |(_, node)| {
        let is_cordoned = super::edit::flag_at(node, &["spec", "unschedulable"]);
        let labels = node.at(&["metadata", "labels"]);
        (with_cordoned || !is_cordoned) && selector.is_none_or(|wanted| has_all(wanted, labels))
    })
}
