//! What a Service no longer needs since its type changed: it goes, unless it was changed as well.

use manifest::{Node, Origin};

use super::{is_service, ports};
use crate::make::map;

/// Drops from an update what its type has no use for and the live object had (`dropTypeDependentFields` of
/// `pkg/registry/core/service/strategy.go`). What was changed stays, and validation objects to it.
pub(crate) fn drop_unneeded(object: &mut Node, live: &Node) {
    if !is_service(object) {
        return;
    }
    let (old, new) = (Needs::of(live), Needs::of(object));
    let had: Vec<i64> = ports(live).collect();
    let keeps_ports = ports(object).all(|port| had.contains(&port));
    let Some(spec) = object.map_entry("spec", Origin::NONE) else { return };
    if old.node_ports
        && !new.node_ports
        && keeps_ports
        && let Some(ports) = spec.get_mut("ports").and_then(Node::as_list_mut)
    {
        for port in ports.make_mut() {
            if let Some(port) = port.as_map_mut() {
                port.remove("nodePort");
            }
        }
    }
    let fields = [
        ("healthCheckNodePort", old.health_port && !new.health_port),
        ("allocateLoadBalancerNodePorts", old.balancer && !new.balancer),
        ("loadBalancerClass", old.balancer && !new.balancer),
        ("externalTrafficPolicy", old.reachable && !new.reachable),
    ];
    for (field, is_unneeded) in fields {
        if is_unneeded && spec.get(field) == live.at(&["spec", field]) {
            spec.remove(field);
        }
    }
    let is_balanced = object.at(&["status", "loadBalancer"]).is_some();
    if !new.balancer
        && is_balanced
        && let Some(status) = object.map_entry("status", Origin::NONE)
    {
        status.set("loadBalancer", map([]));
    }
}

/// What a Service needs of the cluster.
struct Needs {
    node_ports: bool,
    balancer: bool,
    health_port: bool,
    /// From outside of the cluster.
    reachable: bool,
}

impl Needs {
    fn of(service: &Node) -> Needs {
        let text = |field: &str| service.str_at(&["spec", field]).unwrap_or_default();
        let balancer = text("type") == "LoadBalancer";
        let node_ports = balancer || text("type") == "NodePort";
        let addresses = service.at(&["spec", "externalIPs"]).and_then(Node::as_list);
        let is_inside = matches!(text("type"), "" | "ClusterIP");
        Needs {
            node_ports,
            balancer,
            health_port: balancer && text("externalTrafficPolicy") == "Local",
            reachable: node_ports || is_inside && addresses.is_some_and(|list| !list.is_empty()),
        }
    }
}
