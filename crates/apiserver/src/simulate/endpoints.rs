//! Services: the addresses behind them, as an EndpointSlice and as Endpoints; and an address of
//! their own for those of the type `LoadBalancer`, a step later.
//!
//! A Service has one EndpointSlice of at most a thousand addresses.

use manifest::{Node, Text};

use super::edit::{is_deleting, is_true, items, remove, set, with_status};
use super::owned::{has_all, has_ended, is_simulated, owner_reference, simulated};
use super::pod::number;
use super::view::{Id, View};
use super::write::{Deletion, Outcome, Turn, Write};
use crate::make::{boolean, list, map, meta, text};

const SLICES: &str = "endpointslices.discovery.k8s.io";

/// What a slice may have.
const MOST: usize = 1000;

pub(super) fn reconcile(view: &View, id: &Id, turn: Turn) -> Outcome {
    let Some(service) = view.get(id) else { return Outcome::rest() };
    if is_deleting(service) {
        return Outcome::rest();
    }
    let mut outcome = address(id, service, turn);
    if let Some(selector) = selector(service) {
        let pods: Vec<&Node> = view
            .of("pods", &id.namespace)
            .map(|(_, pod)| pod)
            .filter(|pod| is_behind(selector, pod))
            .take(MOST)
            .collect();
        outcome.writes.extend(slice(view, service, &pods));
        outcome.writes.extend(endpoints(view, id, service, &pods));
    }
    outcome
}

/// What chooses a Service's Pods, where it does not leave its endpoints to others.
pub(super) fn selector(service: &Node) -> Option<&Node> {
    let selector = service.at(&["spec", "selector"])?;
    let is_name = service.str_at(&["spec", "type"]) == Some("ExternalName");
    (!is_name && selector.as_map().is_some_and(|map| !map.is_empty())).then_some(selector)
}

/// Whether a Pod has an address that belongs to a Service.
fn is_behind(selector: &Node, pod: &Node) -> bool {
    has_all(selector, pod.at(&["metadata", "labels"]))
        && pod.str_at(&["status", "podIP"]).is_some()
        && !has_ended(pod)
}

/// Whether a Service cannot tell two states of a Pod apart.
pub(super) fn is_same(before: &Node, after: &Node) -> bool {
    let same = |path: &[&str]| before.at(path) == after.at(path);
    same(&["metadata", "labels"])
        && same(&["status", "podIP"])
        && same(&["status", "phase"])
        && is_deleting(before) == is_deleting(after)
        && is_true(before, "Ready") == is_true(after, "Ready")
}

fn slice(view: &View, service: &Node, pods: &[&Node]) -> Option<Write> {
    let is_six =
        items(service, &["spec", "ipFamilies"]).first().and_then(Node::as_str) == Some("IPv6");
    if is_six {
        return None;
    }
    let publishes = super::edit::flag_at(service, &["spec", "publishNotReadyAddresses"]);
    let endpoint = |pod: &&Node| {
        let is_ready = is_true(pod, "Ready");
        let is_going = is_deleting(pod);
        let conditions = map([
            ("ready", boolean(publishes || is_ready && !is_going)),
            ("serving", boolean(is_ready)),
            ("terminating", boolean(is_going)),
        ]);
        let mut endpoint = map([
            ("addresses", list([text(pod_address(pod))])),
            ("conditions", conditions),
            ("nodeName", text(pod.str_at(&["spec", "nodeName"]).unwrap_or_default())),
            ("targetRef", target(pod)),
        ]);
        if let Some(name) = hostname(service, pod) {
            set(&mut endpoint, &["hostname"], text(name));
        }
        endpoint
    };
    let endpoints = list(pods.iter().map(endpoint));
    let ports = list(ports(service, pods.first().copied()));
    let mut slices = view.controlled(meta(service, "uid"), SLICES);
    if let Some((id, slice)) = slices.next() {
        let is_none = |node: Option<&Node>, new: &Node| match node {
            Some(node) if !node.is_null() => node == new,
            _ => new.as_list().is_none_or(<[Node]>::is_empty),
        };
        if is_none(slice.get("endpoints"), &endpoints) && is_none(slice.get("ports"), &ports) {
            return None;
        }
        let mut object = slice.clone();
        set(&mut object, &["endpoints"], endpoints);
        set(&mut object, &["ports"], ports);
        return Some(Write::update(id, object));
    }
    let mut object = map([
        ("apiVersion", text("discovery.k8s.io/v1")),
        ("kind", text("EndpointSlice")),
        ("metadata", slice_metadata(service)),
        ("addressType", text("IPv4")),
        ("endpoints", endpoints),
        ("ports", ports),
    ]);
    simulated(&mut object);
    Some(Write::create(SLICES, object))
}

fn slice_metadata(service: &Node) -> Node {
    let name = meta(service, "name");
    let mut metadata = map([
        ("generateName", text(ecow::eco_format!("{name}-"))),
        ("namespace", text(meta(service, "namespace"))),
        ("labels", service.at(&["metadata", "labels"]).cloned().unwrap_or_else(|| map([]))),
        ("ownerReferences", list([owner_reference(service)])),
    ]);
    let labels = [
        ("endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io"),
        ("kubernetes.io/service-name", name),
    ];
    for (key, value) in labels {
        set(&mut metadata, &["labels", key], text(value));
    }
    metadata
}

fn pod_address(pod: &Node) -> &str {
    pod.str_at(&["status", "podIP"]).unwrap_or_default()
}

fn target(pod: &Node) -> Node {
    map([
        ("kind", text("Pod")),
        ("name", text(meta(pod, "name"))),
        ("namespace", text(meta(pod, "namespace"))),
        ("uid", text(meta(pod, "uid"))),
    ])
}

/// The name that a Pod has below its Service.
fn hostname<'n>(service: &Node, pod: &'n Node) -> Option<&'n str> {
    let is_below = pod.str_at(&["spec", "subdomain"]) == Some(meta(service, "name"));
    pod.str_at(&["spec", "hostname"]).filter(|_| is_below)
}

/// The ports of a Service at its Pods; those with names are looked up in one of them.
fn ports(service: &Node, pod: Option<&Node>) -> Vec<Node> {
    let ports = items(service, &["spec", "ports"]).iter();
    ports
        .filter_map(|port| {
            let target = port.get("targetPort").or_else(|| port.get("port"))?;
            let number = match target.as_str() {
                Some(name) => named_port(pod?, name)?,
                None => target.clone(),
            };
            let mut endpoint = map([
                ("name", text(port.str_at(&["name"]).unwrap_or_default())),
                ("port", number),
                ("protocol", text(port.str_at(&["protocol"]).unwrap_or("TCP"))),
            ]);
            if let Some(protocol) = port.get("appProtocol") {
                set(&mut endpoint, &["appProtocol"], protocol.clone());
            }
            Some(endpoint)
        })
        .collect()
}

fn named_port(pod: &Node, name: &str) -> Option<Node> {
    let containers = items(pod, &["spec", "containers"]).iter();
    let mut ports = containers.flat_map(|container| items(container, &["ports"]));
    ports.find(|port| port.str_at(&["name"]) == Some(name))?.get("containerPort").cloned()
}

/// The older form of the same. An object of that name that somebody else made is left alone.
fn endpoints(view: &View, service_id: &Id, service: &Node, pods: &[&Node]) -> Option<Write> {
    let id = Id::new("endpoints", service_id.namespace.clone(), service_id.name.clone());
    let address = |pod: &&&Node| {
        let mut address = map([
            ("ip", text(pod_address(pod))),
            ("nodeName", text(pod.str_at(&["spec", "nodeName"]).unwrap_or_default())),
            ("targetRef", target(pod)),
        ]);
        if let Some(name) = hostname(service, pod) {
            set(&mut address, &["hostname"], text(name));
        }
        address
    };
    let publishes = super::edit::flag_at(service, &["spec", "publishNotReadyAddresses"]);
    let (ready, unready): (Vec<&&Node>, Vec<&&Node>) = pods
        .iter()
        .filter(|pod| !is_deleting(pod))
        .partition(|pod| publishes || is_true(pod, "Ready"));
    let mut subset = map([]);
    for (key, pods) in [("addresses", ready), ("notReadyAddresses", unready)] {
        if !pods.is_empty() {
            set(&mut subset, &[key], list(pods.iter().map(address)));
        }
    }
    let mut subsets = Vec::new();
    if subset.as_map().is_some_and(|map| !map.is_empty()) {
        let ports = ports(service, pods.first().copied()).into_iter().map(|mut port| {
            if port.str_at(&["name"]) == Some("") {
                remove(&mut port, &["name"]);
            }
            port
        });
        set(&mut subset, &["ports"], list(ports));
        subsets.push(subset);
    }
    if let Some(live) = view.get(&id) {
        let now = items(live, &["subsets"]);
        if !is_simulated(live) || now == subsets.as_slice() {
            return None;
        }
        let mut object = live.clone();
        set(&mut object, &["subsets"], list(subsets));
        return Some(Write::update(&id, object));
    }
    let mut metadata = map([
        ("name", text(id.name.clone())),
        ("namespace", text(id.namespace.clone())),
        ("labels", service.at(&["metadata", "labels"]).cloned().unwrap_or_else(|| map([]))),
    ]);
    set(
        &mut metadata,
        &["labels", "endpoints.kubernetes.io/managed-by"],
        text("endpoint-controller"),
    );
    let mut object =
        map([("apiVersion", text("v1")), ("kind", text("Endpoints")), ("metadata", metadata)]);
    if !subsets.is_empty() {
        set(&mut object, &["subsets"], list(subsets));
    }
    simulated(&mut object);
    Some(Write::create("endpoints", object))
}

/// The Endpoints of a Service that has gone go with it.
pub(super) fn gone(view: &View, id: &Id) -> Outcome {
    let id = Id::new("endpoints", id.namespace.clone(), id.name.clone());
    let Some(live) = view.get(&id) else { return Outcome::rest() };
    if !is_simulated(live) {
        return Outcome::rest();
    }
    vec![Write::delete(&id, live, Deletion::Background)].into()
}

/// The address of a balancer in front of a Service.
fn address(id: &Id, service: &Node, turn: Turn) -> Outcome {
    let is_balanced = service.str_at(&["spec", "type"]) == Some("LoadBalancer");
    let ingress = items(service, &["status", "loadBalancer", "ingress"]);
    if is_balanced != ingress.is_empty() {
        return Outcome::rest();
    }
    if is_balanced && !turn.due {
        return Outcome::wait();
    }
    let mut status = service.get("status").cloned().unwrap_or_else(|| map([]));
    let balancer = match is_balanced {
        true => {
            let ingress = [("ip", text(public_address(service))), ("ipMode", text("VIP"))];
            map([("ingress", list([map(ingress)]))])
        }
        false => map([]),
    };
    set(&mut status, &["loadBalancer"], balancer);
    with_status(service, status).map(|object| Write::status(id, object)).into()
}

/// An address of those that are kept for documentation: it leads nowhere.
fn public_address(object: &Node) -> Text {
    let last = number(meta(object, "uid")) % 254 + 1;
    ecow::eco_format!("203.0.113.{last}")
}

/// Ingresses get an address a step after they are there.
pub(super) fn reconcile_ingress(view: &View, id: &Id, turn: Turn) -> Outcome {
    let Some(ingress) = view.get(id) else { return Outcome::rest() };
    let has_address = !items(ingress, &["status", "loadBalancer", "ingress"]).is_empty();
    if is_deleting(ingress) || has_address {
        return Outcome::rest();
    }
    if !turn.due {
        return Outcome::wait();
    }
    let address = map([("ip", text(public_address(ingress)))]);
    let status = map([("loadBalancer", map([("ingress", list([address]))]))]);
    with_status(ingress, status).map(|object| Write::status(id, object)).into()
}

#[cfg(test)]
mod tests;
