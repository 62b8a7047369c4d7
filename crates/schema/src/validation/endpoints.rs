//! Where Services lead to: Endpoints and EndpointSlices.

use manifest::Node;
use rustc_hash::FxHashSet;

use super::checks::same;
use super::spot::Spot;
use super::{address, metadata, names};
use crate::go::quoted;

const PROTOCOLS: &[&str] = &["SCTP", "TCP", "UDP"];

pub(super) fn endpoints(endpoints: Spot<'_, '_>, live: Option<&Node>) {
    if let Some(live) = live {
        metadata::updated(endpoints, live);
    }
    metadata::named(endpoints, names::subdomain);
    let subsets = endpoints.field("subsets");
    if live.is_some_and(|live| same(live.get("subsets"), Some(subsets.node()))) {
        return;
    }
    for subset in subsets.items() {
        let lists = ["addresses", "notReadyAddresses"];
        if lists.into_iter().all(|list| subset.field(list).is_empty()) {
            subset.required("must specify `addresses` or `notReadyAddresses`");
        }
        for list in lists {
            for address in subset.field(list).items() {
                self::address(&address);
            }
        }
        let ports = subset.field("ports");
        for port in ports.items() {
            let name = port.field("name");
            if !name.text().is_empty() {
                name.dns_label();
            } else if ports.len() > 1 {
                name.required("");
            }
            port.field("port").port_number();
            port.field("protocol").required_one_of(PROTOCOLS);
            let application = port.field("appProtocol");
            if application.is_set() {
                application.qualified_name();
            }
        }
    }
}

fn address(at: &Spot<'_, '_>) {
    let ip = at.field("ip");
    address::ip(&ip, &[]);
    at.field("hostname").optional_dns_label();
    let node = at.field("nodeName");
    if node.is_set() {
        node.dns_subdomain();
    }
    if !ip.text().is_empty() {
        address::endpoint(&ip);
    } else {
        ip.invalid_as("\"\"", "must be a valid IP address");
    }
}

pub(super) fn slice(slice: Spot<'_, '_>, live: Option<&Node>) {
    metadata::named(slice, names::subdomain);
    let kind = slice.field("addressType");
    kind.required_one_of(&["FQDN", "IPv4", "IPv6"]);
    ports(&slice.field("ports"));
    let endpoints = slice.field("endpoints");
    if !live.is_some_and(|live| same(live.get("endpoints"), Some(endpoints.node()))) {
        slice_endpoints(&endpoints, kind.text());
    }
    if let Some(live) = live {
        kind.immutable(live.get("addressType"));
    }
}

fn ports(ports: &Spot<'_, '_>) {
    if ports.len() > 20_000 {
        return ports.too_many(20_000);
    }
    let mut seen = FxHashSet::default();
    for port in ports.items() {
        let name = port.field("name");
        name.optional_dns_label();
        if !seen.insert(name.text()) {
            name.duplicate_as(&quoted(name.text()));
        }
        port.field("protocol").required_one_of(PROTOCOLS);
        let application = port.field("appProtocol");
        if application.is_set() {
            application.qualified_name();
        }
    }
}

fn slice_endpoints(endpoints: &Spot<'_, '_>, kind: &str) {
    if endpoints.len() > 1000 {
        return endpoints.too_many(1000);
    }
    for endpoint in endpoints.items() {
        let addresses = endpoint.field("addresses");
        match addresses.len() {
            0 => addresses.required("must contain at least 1 address"),
            1..=100 => {}
            _ => addresses.too_many(100),
        }
        for address in addresses.items() {
            self::slice_address(&addresses, &address, kind);
        }
        let node = endpoint.field("nodeName");
        if node.is_set() {
            node.dns_subdomain();
        }
        let topology = endpoint.field("deprecatedTopology");
        if topology.len() > 16 {
            topology.too_many(16);
        }
        topology.labels();
        let host = endpoint.field("hostname");
        if host.is_set() {
            host.dns_label();
        }
        hints(&endpoint.field("hints"));
    }
}

fn slice_address(addresses: &Spot<'_, '_>, at: &Spot<'_, '_>, kind: &str) {
    let mark = at.mark();
    match kind {
        "IPv4" => address::ip(at, &[]),
        "IPv6" => address::canonical_ip(at),
        "FQDN" => return domain(at),
        _ => return,
    }
    if !at.is_clean_since(mark) {
        return;
    }
    if (kind == "IPv6") != at.text().contains(':') {
        let article = format!("must be an {kind} address");
        addresses.with(at.node()).invalid(&article);
    }
    address::endpoint(at);
}

/// A domain of at least two parts.
fn domain(at: &Spot<'_, '_>) {
    let text = at.text();
    if text.is_empty() {
        return at.required("");
    }
    let text = text.strip_suffix('.').unwrap_or(text);
    let wrong = names::subdomain(text);
    if !wrong.is_empty() {
        at.invalid_as(&quoted(text), &wrong.join(","));
    } else if !text.contains('.') {
        let why = "should be a domain with at least two segments separated by dots";
        at.invalid_as(&quoted(text), why);
    } else if let Some(label) = text.split('.').find(|label| label.len() > 63) {
        at.invalid_as(&quoted(label), &names::label(label).join(","));
    }
}

fn hints(hints: &Spot<'_, '_>) {
    let lists: [(&'static str, metadata::Form); 2] =
        [("forZones", names::label_value), ("forNodes", names::subdomain)];
    for (list, form) in lists {
        let list = hints.field(list);
        if list.len() > 8 {
            return list.too_many(8);
        }
        let mut seen = FxHashSet::default();
        for hint in list.items() {
            let name = hint.field("name");
            if !seen.insert(name.text()) {
                name.duplicate();
            }
            name.named(name.text(), form(name.text()));
        }
    }
}
