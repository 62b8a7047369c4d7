//! networking.k8s.io and discovery.k8s.io.

use manifest::Node;

use super::column::{AGE, NAME, Printer, kind, string};
use super::core::load_balancer;
use super::row::{NONE, Row, UNSET, first_few, scalar};
use crate::make::text;

#[rustfmt::skip]
pub(super) const PRINTERS: &[Printer] = &[
    kind("discovery.k8s.io", "EndpointSlice", &[
        NAME,
        string("AddressType", |row| row.text("addressType")),
        string("Ports", slice_ports),
        string("Endpoints", slice_endpoints),
        AGE,
    ]),
    kind("networking.k8s.io", "Ingress", &[
        NAME,
        string("Class", |row| row.scalar_or("spec.ingressClassName", NONE)),
        string("Hosts", hosts),
        string("Address", |row| text(load_balancer(row).join(","))),
        string("Ports", |row| text(if row.list("spec.tls").is_empty() { "80" } else { "80, 443" })),
        AGE,
    ]),
    kind("networking.k8s.io", "IngressClass", &[
        super::column::Column { cell: class_name, ..NAME },
        string("Controller", |row| row.text("spec.controller")),
        string("Parameters", parameters),
        AGE,
    ]),
    kind("networking.k8s.io", "IPAddress", &[NAME, string("ParentRef", parent)]),
    kind("networking.k8s.io", "NetworkPolicy", &[
        NAME,
        string("Pod-Selector", |row| row.selector("spec.podSelector")),
        AGE,
    ]),
    kind("networking.k8s.io", "ServiceCIDR", &[
        NAME,
        string("CIDRs", |row| text(row.joined("spec.cidrs", ","))),
        AGE,
    ]),
];

fn few(texts: &[String]) -> Node {
    text(if texts.is_empty() { UNSET.to_owned() } else { first_few(texts, 3, ",") })
}

fn slice_ports(row: &Row<'_>) -> Node {
    let ports = row.list("ports").iter().map(|port| {
        let known = scalar(port.get("port")).or_else(|| scalar(port.get("name")));
        known.unwrap_or_else(|| "*".into()).to_string()
    });
    few(&ports.collect::<Vec<_>>())
}

fn slice_endpoints(row: &Row<'_>) -> Node {
    let addresses = row
        .list("endpoints")
        .iter()
        .flat_map(|endpoint| endpoint.get("addresses").and_then(Node::as_list).unwrap_or_default());
    let addresses = addresses.filter_map(Node::as_str).map(str::to_owned);
    few(&addresses.collect::<Vec<_>>())
}

/// The first three hosts, and how many rules there are beyond them.
fn hosts(row: &Row<'_>) -> Node {
    let rules = row.list("spec.rules");
    let hosts = rules.iter().filter_map(|rule| rule.str_at(&["host"]));
    let hosts: Vec<&str> = hosts.filter(|host| !host.is_empty()).take(3).collect();
    if hosts.is_empty() {
        return text("*");
    }
    let shown = hosts.join(",");
    text(match rules.len().checked_sub(3) {
        Some(more) if more > 0 && hosts.len() == 3 => format!("{shown} + {more} more..."),
        _ => shown,
    })
}

fn class_name(row: &Row<'_>) -> Node {
    let annotations = row.map("metadata.annotations");
    let mark = annotations.and_then(|map| map.get("ingressclass.kubernetes.io/is-default-class"));
    let name = row.str("metadata.name");
    text(match mark.and_then(Node::as_str) {
        Some("true") => format!("{name} (default)"),
        _ => name.to_owned(),
    })
}

fn parameters(row: &Row<'_>) -> Node {
    if row.map("spec.parameters").is_none() {
        return text(NONE);
    }
    let part = |key: &str| row.str(&format!("spec.parameters.{key}"));
    text(match part("apiGroup") {
        "" => format!("{}/{}", part("kind"), part("name")),
        group => format!("{}.{group}/{}", part("kind"), part("name")),
    })
}

fn parent(row: &Row<'_>) -> Node {
    if row.map("spec.parentRef").is_none() {
        return text(NONE);
    }
    let part = |key: &str| row.str(&format!("spec.parentRef.{key}"));
    let resource = match part("group") {
        "" => part("resource").to_lowercase(),
        group => format!("{}.{group}", part("resource")).to_lowercase(),
    };
    text(match part("namespace") {
        "" => format!("{resource}/{}", part("name")),
        namespace => format!("{resource}/{namespace}/{}", part("name")),
    })
}
