//! What the cluster gives to Services: addresses and ports of nodes, each to one at a time.

mod unneeded;

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::net::Ipv4Addr;

use manifest::{Map, Node, Origin, Text};
use rustc_hash::FxHasher;
use schema::validation::Wrong;

pub(crate) use unneeded::drop_unneeded;

use crate::make::{int, list, meta, text};
use crate::server::Server;
use crate::target::Target;

/// Where addresses come from: 10.0.0.0/16 without its first and last.
const FIRST_ADDRESS: u32 = 0x0a00_0001;
const ADDRESSES: u32 = 0xfffe;
const NEAR: u32 = 254;
const FIRST_PORT: i64 = 30_000;
const PORTS: i64 = 2768;

/// What is taken, and by the Service with which uid.
#[derive(Default)]
pub(crate) struct Allocations {
    addresses: BTreeMap<u32, Text>,
    ports: BTreeMap<i64, Text>,
}

impl Allocations {
    fn address(&mut self, owner: &Text, start: u32) -> Option<u32> {
        // The first network of 256 first: short addresses are easier to read.
        let near = (0..NEAR).map(|step| FIRST_ADDRESS + (start + step) % NEAR);
        let far = (NEAR..ADDRESSES).map(|step| FIRST_ADDRESS + step);
        let free = near.chain(far).find(|address| !self.addresses.contains_key(address))?;
        self.addresses.insert(free, owner.clone());
        Some(free)
    }

    fn port(&mut self, owner: &Text, start: i64) -> Option<i64> {
        let free = (0..PORTS)
            .map(|step| FIRST_PORT + (start + step).rem_euclid(PORTS))
            .find(|port| !self.ports.contains_key(port))?;
        self.ports.insert(free, owner.clone());
        Some(free)
    }

    fn forget(&mut self, owner: &str) {
        self.addresses.retain(|_, of| of != owner);
        self.ports.retain(|_, of| of != owner);
    }

    /// Books what a Service has, and forgets what it no longer has.
    fn book(&mut self, service: &Node) {
        let uid = Text::from(meta(service, "uid"));
        self.forget(&uid);
        let addresses = service.at(&["spec", "clusterIPs"]).and_then(Node::as_list);
        for address in addresses.unwrap_or_default().iter().filter_map(Node::as_str) {
            if let Ok(address) = address.parse::<Ipv4Addr>() {
                self.addresses.insert(address.to_bits(), uid.clone());
            }
        }
        for port in ports(service) {
            self.ports.insert(port, uid.clone());
        }
    }
}

fn ports(service: &Node) -> impl Iterator<Item = i64> + '_ {
    let ports = service.at(&["spec", "ports"]).and_then(Node::as_list).unwrap_or_default();
    let given = ports.iter().filter_map(|port| port.get("nodePort").and_then(Node::as_int));
    let health = service.at(&["spec", "healthCheckNodePort"]).and_then(Node::as_int);
    given.chain(health).filter(|port| *port != 0)
}

pub(crate) fn is_service(object: &Node) -> bool {
    object.str_at(&["kind"]) == Some("Service") && object.str_at(&["apiVersion"]) == Some("v1")
}

/// Books what a stored Service has.
pub(crate) fn keep(server: &Server, object: &Node) {
    if is_service(object) {
        server.allocations().book(object);
    }
}

/// Takes back what a deleted Service had.
pub(crate) fn free(server: &Server, object: &Node) {
    if is_service(object) {
        server.allocations().forget(meta(object, "uid"));
    }
}

/// Forgets what was given to a Service that was not stored after all.
pub(crate) fn give_back(server: &Server, target: &Target, uid: &str, live: Option<&Node>) {
    if target.resource.is("", "Service") {
        let mut allocations = server.allocations();
        match live {
            Some(live) => allocations.book(live),
            None => allocations.forget(uid),
        }
    }
}

/// Settles which families of addresses a Service has, here where there is one. What is wrong with them
/// is said before anything else.
pub(crate) fn settle_families(object: &mut Node, live: Option<&Node>) -> Vec<Wrong> {
    if !is_service(object) || object.str_at(&["spec", "type"]) == Some("ExternalName") {
        return Vec::new();
    }
    if let Some(spec) = object.map_entry("spec", Origin::NONE) {
        let before = |field: &str| live.and_then(|live| live.at(&["spec", field]));
        if !is_given(spec, "clusterIP") {
            for field in ["clusterIP", "clusterIPs"] {
                let kept = before(field).filter(|node| !node.is_null()).cloned();
                if let Some(kept) = kept {
                    spec.set(field, kept);
                }
            }
        }
        let is_stale = spec.get("clusterIPs") == before("clusterIPs")
            && spec.get("clusterIP") != before("clusterIP");
        if is_given(spec, "clusterIP") && (!is_given(spec, "clusterIPs") || is_stale) {
            let ip = spec.get("clusterIP").cloned().unwrap_or_default();
            spec.set("clusterIPs", list([ip]));
        }
        if !is_given(spec, "ipFamilyPolicy") {
            let policy = before("ipFamilyPolicy").cloned().unwrap_or_else(|| {
                text(if is_open(spec) { "RequireDualStack" } else { "SingleStack" })
            });
            spec.set("ipFamilyPolicy", policy);
        }
    }
    let wrong = schema::validation::cluster_ips(object, live);
    if !wrong.is_empty() {
        return wrong;
    }
    let Some(spec) = object.map_entry("spec", Origin::NONE) else { return wrong };
    let wrong = wrong_policy(spec, live);
    if !wrong.is_empty() {
        return wrong;
    }
    let mut families: Vec<Node> =
        spec.get("ipFamilies").and_then(Node::as_list).unwrap_or_default().to_vec();
    if families.is_empty() {
        families.push(text("IPv4"));
    }
    if is_open(spec) && families.len() < 2 && policy(spec) != "SingleStack" {
        let is_four = families.first().and_then(Node::as_str) == Some("IPv4");
        families.push(text(if is_four { "IPv6" } else { "IPv4" }));
    }
    spec.set("ipFamilies", list(families));
    Vec::new()
}

fn policy(spec: &Map) -> &str {
    spec.get("ipFamilyPolicy").and_then(Node::as_str).unwrap_or_default()
}

/// A headless Service without a selector may have endpoints of any kind.
fn is_open(spec: &Map) -> bool {
    let selector = spec.get("selector").and_then(Node::as_map);
    spec.get("clusterIP").and_then(Node::as_str) == Some("None")
        && selector.is_none_or(Map::is_empty)
}

/// What is wrong with the policy and the families on a cluster of IPv4 alone.
fn wrong_policy(spec: &mut Map, live: Option<&Node>) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let shown = format!("{:?}", policy(spec));
    let is_single = policy(spec) == "SingleStack";
    for (field, one, all) in [
        ("clusterIPs", "secondary cluster IP", "multiple cluster IPs"),
        ("ipFamilies", "secondary IP family", "multiple IP families"),
    ] {
        let before = live.and_then(|live| live.at(&["spec", field])).and_then(Node::as_list);
        let before = before.unwrap_or_default();
        let own = spec.get(field).and_then(Node::as_list).unwrap_or_default().to_vec();
        if is_single && live.is_some() && own == before && own.len() > 1 {
            spec.set(field, list([own.first().cloned().unwrap_or_default()]));
        } else if is_single && own.len() == 2 {
            let why =
                format!("must be 'RequireDualStack' or 'PreferDualStack' when {all} are specified");
            wrong.push(Wrong::invalid("spec.ipFamilyPolicy", &shown, &why));
        } else if !is_single && own.len() == 1 && before.len() == 2 && own.first() == before.first()
        {
            let why = format!("must be 'SingleStack' to release the {one}");
            wrong.push(Wrong::invalid("spec.ipFamilyPolicy", &shown, &why));
        }
    }
    if !wrong.is_empty() || is_open(spec) {
        return wrong;
    }
    let ips = spec.get("clusterIPs").and_then(Node::as_list).unwrap_or_default();
    let families = spec.get("ipFamilies").and_then(Node::as_list).unwrap_or_default();
    for (index, ip) in ips.iter().enumerate().skip(families.len()) {
        if ip.as_str().is_some_and(|ip| ip.contains(':')) {
            let all: Vec<_> = ips.iter().filter_map(Node::as_str).collect();
            let (field, why) =
                (format!("spec.clusterIPs[{index}]"), "IPv6 is not configured on this cluster");
            wrong.push(Wrong::invalid(field, &format!("{all:?}").replace(", ", ","), why));
        }
    }
    if !wrong.is_empty() {
        return wrong;
    }
    if policy(spec) == "RequireDualStack" {
        let why = "this cluster is not configured for dual-stack services";
        wrong.push(Wrong::invalid("spec.ipFamilyPolicy", &shown, why));
    }
    for (index, family) in families.iter().enumerate() {
        if let Some(family) = family.as_str().filter(|family| *family != "IPv4") {
            let field = format!("spec.ipFamilies[{index}]");
            wrong.push(Wrong::invalid(
                field,
                &format!("{family:?}"),
                "not configured on this cluster",
            ));
        }
    }
    wrong
}

/// Gives a Service what the server allocates, or takes it back. What is given stays booked for its
/// uid until [`keep`] or [`free`] says otherwise.
pub(crate) fn allocate(server: &Server, object: &mut Node, live: Option<&Node>) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    if !is_service(object) {
        return wrong;
    }
    let uid = Text::from(meta(object, "uid"));
    let external = object.str_at(&["spec", "type"]) == Some("ExternalName");
    let Some(spec) = object.map_entry("spec", Origin::NONE) else { return wrong };
    let before = |field: &str| live.and_then(|live| live.at(&["spec", field]));
    if external {
        let fields =
            ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"];
        for field in fields {
            if spec.get(field) == before(field) {
                spec.remove(field);
            }
        }
        return wrong;
    }
    let (address_start, port_start) = starts(&uid);
    let mut allocations = server.allocations();
    if !is_given(spec, "clusterIP") {
        let kept = before("clusterIP").filter(|node| node.as_str() != Some("")).cloned();
        let address = kept.or_else(|| {
            let address = allocations.address(&uid, address_start)?;
            Some(text(ecow::eco_format!("{}", Ipv4Addr::from_bits(address))))
        });
        if let Some(address) = address {
            spec.set("clusterIP", address);
        }
    } else if let Some(taken) = taken(spec, before("clusterIP"), &mut allocations, &uid) {
        wrong.push(taken);
    }
    if !is_given(spec, "clusterIPs") || spec.get("clusterIP") != before("clusterIP") {
        let ip = spec.get("clusterIP").cloned().unwrap_or_default();
        spec.set("clusterIPs", list([ip]));
    }
    node_ports(spec, &mut allocations, &uid, port_start, &mut wrong);
    wrong
}

/// Where the search for an address and a port begins: in another place for each object, in the same one
/// each time that it is tried.
fn starts(uid: &str) -> (u32, i64) {
    let mut hasher = FxHasher::default();
    uid.hash(&mut hasher);
    let hash = hasher.finish();
    let address = u32::try_from(hash % u64::from(ADDRESSES)).unwrap_or(0);
    (address, i64::try_from((hash >> 32) % PORTS.unsigned_abs()).unwrap_or(0))
}

fn is_given(spec: &Map, field: &str) -> bool {
    spec.get(field).is_some_and(|node| !node.is_null() && node.as_str() != Some(""))
}

/// Books the address that a Service asks for, or says why not.
fn taken(
    spec: &Map,
    before: Option<&Node>,
    allocations: &mut Allocations,
    uid: &Text,
) -> Option<Wrong> {
    let wanted = spec.get("clusterIP")?;
    let text = wanted.as_str()?;
    if before == Some(wanted) || text == "None" {
        return None;
    }
    let address = text.parse::<Ipv4Addr>().ok()?.to_bits();
    let field = "spec.clusterIPs";
    let value = format!("[{text:?}]");
    if !(FIRST_ADDRESS..FIRST_ADDRESS + ADDRESSES).contains(&address) {
        let why = "failed to allocate IP ".to_owned()
            + text
            + ": the provided network does not match the current range";
        return Some(Wrong::invalid(field, &value, &why));
    }
    match allocations.addresses.get(&address) {
        Some(owner) if owner != uid => {
            let why = format!("failed to allocate IP {text}: provided IP is already allocated");
            Some(Wrong::invalid(field, &value, &why))
        }
        _ => {
            allocations.addresses.insert(address, uid.clone());
            None
        }
    }
}

fn node_ports(
    spec: &mut Map,
    allocations: &mut Allocations,
    uid: &Text,
    start: i64,
    wrong: &mut Vec<Wrong>,
) {
    let kind = spec.get("type").and_then(Node::as_str).unwrap_or_default();
    let is_balancer = kind == "LoadBalancer";
    let has_ports = kind == "NodePort"
        || is_balancer
            && spec.get("allocateLoadBalancerNodePorts").and_then(Node::as_bool) != Some(false);
    if !has_ports && !is_balancer {
        return;
    }
    let Some(ports) = spec.get_mut("ports").and_then(Node::as_list_mut) else { return };
    for (index, port) in ports.make_mut().iter_mut().enumerate() {
        let Some(port) = port.as_map_mut() else { continue };
        match port.get("nodePort").and_then(Node::as_int).filter(|port| *port != 0) {
            None if has_ports => {
                if let Some(free) = allocations.port(uid, start) {
                    port.set("nodePort", int(free));
                }
            }
            None => {}
            Some(wanted) => {
                let field = format!("spec.ports[{index}].nodePort");
                let taken = allocations.ports.get(&wanted).is_some_and(|owner| owner != uid);
                if !(FIRST_PORT..FIRST_PORT + PORTS).contains(&wanted) {
                    let why = "provided port is not in the valid range. The range of valid ports is \
                               30000-32767";
                    wrong.push(Wrong::invalid(field, &wanted.to_string(), why));
                } else if taken {
                    let why = "provided port is already allocated";
                    wrong.push(Wrong::invalid(field, &wanted.to_string(), why));
                } else {
                    allocations.ports.insert(wanted, uid.clone());
                }
            }
        }
    }
    let local = spec.get("externalTrafficPolicy").and_then(Node::as_str) == Some("Local");
    let has_health =
        spec.get("healthCheckNodePort").and_then(Node::as_int).is_some_and(|port| port != 0);
    if is_balancer
        && local
        && !has_health
        && let Some(port) = allocations.port(uid, start)
    {
        spec.set("healthCheckNodePort", int(port));
    }
}
