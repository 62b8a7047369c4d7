//! Services.

use manifest::Node;
use rustc_hash::FxHashSet;

use super::spot::Spot;
use super::{address, metadata, names};
use crate::go::quoted;

const PROTOCOLS: &[&str] = &["SCTP", "TCP", "UDP"];

fn is_headless(service: &Node) -> bool {
    let ips = service.at(&["spec", "clusterIPs"]).and_then(Node::as_list).unwrap_or_default();
    matches!(ips, [ip] if ip.as_str() == Some("None"))
}

fn kind(service: &Node) -> &str {
    service.str_at(&["spec", "type"]).unwrap_or_default()
}

pub(super) fn create(service: Spot<'_, '_>) {
    metadata::named(service, names::label);
    validate(service, None);
}

pub(super) fn update(service: Spot<'_, '_>, live: &Node) {
    metadata::updated(service, live);
    addresses_stay(service, live);
    families_stay(service, live);
    class(service, Some(live));
    let needs = |service: &Node| needs_health_check(service);
    let port = service.field("spec.healthCheckNodePort");
    let before = live.at(&["spec", "healthCheckNodePort"]).and_then(Node::as_int);
    if needs(live) && needs(service.node()) && port.int() != before {
        port.forbidden("field is immutable");
    }
    validate(service, Some(live));
}

fn needs_health_check(service: &Node) -> bool {
    kind(service) == "LoadBalancer"
        && service.str_at(&["spec", "externalTrafficPolicy"]) == Some("Local")
}

fn validate(service: Spot<'_, '_>, live: Option<&Node>) {
    let spec = service.field("spec");
    let (kind, is_headless) = (spec.field("type").text(), is_headless(service.node()));
    topology(service);
    let ports = spec.field("ports");
    if ports.is_empty() && !is_headless && kind != "ExternalName" {
        ports.required("");
    }
    match kind {
        "LoadBalancer" | "NodePort" if is_headless => {
            let why = format!("may not be set to 'None' for {kind} services");
            spec.field("clusterIPs").index(0).invalid(&why);
        }
        "ExternalName" => external_name(spec),
        _ => {}
    }
    let mut names = FxHashSet::default();
    for port in ports.items() {
        service_port(&port, ports.len() > 1, &mut names);
    }
    spec.field("selector").labels();
    affinity(spec);
    cluster_ips(spec, is_headless, live);
    external_ips(spec, live);
    spec.field("type").required_one_of(&["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]);
    node_ports(&ports, kind);
    source_ranges(service, live);
    let allocates = spec.field("allocateLoadBalancerNodePorts");
    if allocates.is_set() && kind != "LoadBalancer" {
        allocates.forbidden("may only be used when `type` is 'LoadBalancer'");
    }
    class(service, None);
    traffic(service);
}

fn topology(service: Spot<'_, '_>) {
    let hints = "service.kubernetes.io/topology-aware-hints";
    let annotations = service.field("metadata.annotations");
    let (mode, old) =
        (annotations.key("service.kubernetes.io/topology-mode"), annotations.key(hints));
    if mode.is_set() && old.is_set() && mode.text() != old.text() {
        mode.invalid(&format!("must match annotations[{hints}] when both are specified"));
    }
}

fn external_name(spec: Spot<'_, '_>) {
    for field in ["clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
        let field = spec.field(field);
        if !field.is_empty() || !field.text().is_empty() {
            field.forbidden("may not be set for ExternalName services");
        }
    }
    let name = spec.field("externalName");
    let text = name.text().strip_suffix('.').unwrap_or(name.text());
    match text {
        "" => name.required(""),
        text => name.named(text, names::subdomain(text)),
    }
}

fn service_port<'n>(port: &Spot<'n, '_>, needs_name: bool, names: &mut FxHashSet<&'n str>) {
    let name = port.field("name");
    if !name.text().is_empty() {
        name.dns_label();
        if !names.insert(name.text()) {
            name.duplicate();
        }
    } else if needs_name {
        name.required("");
    }
    port.field("port").port_number();
    port.field("protocol").required_one_of(PROTOCOLS);
    port.field("targetPort").port();
    let application = port.field("appProtocol");
    if application.is_set() {
        application.qualified_name();
    }
}

fn affinity(spec: Spot<'_, '_>) {
    let affinity = spec.field("sessionAffinity");
    affinity.required_one_of(&["ClientIP", "None"]);
    let config = spec.field("sessionAffinityConfig");
    match affinity.text() {
        "ClientIP" => {
            let why = "when session affinity type is ClientIP";
            let (client, seconds) =
                (config.field("clientIP"), config.field("clientIP.timeoutSeconds"));
            if !config.is_set() {
                config.required(why);
            } else if !client.is_set() {
                client.required(why);
            } else if !seconds.is_set() {
                seconds.required(why);
            } else if !(1..=86_400).contains(&seconds.number()) {
                seconds.invalid("must be greater than 0 and less than 86400");
            }
        }
        "None" if config.is_set() => {
            config.forbidden("must not be set when session affinity is None");
        }
        _ => {}
    }
}

/// What is wrong with the addresses alone.
pub(super) fn cluster_ips_only(service: Spot<'_, '_>, live: Option<&Node>) {
    cluster_ips(service.field("spec"), is_headless(service.node()), live);
}

fn cluster_ips(spec: Spot<'_, '_>, is_headless: bool, live: Option<&Node>) {
    if spec.field("type").text() == "ExternalName" {
        return;
    }
    let (first, ips) = (spec.field("clusterIP").text(), spec.field("clusterIPs"));
    match (first.is_empty(), ips.len()) {
        (false, 0) => ips.required(""),
        (false, _) if ips.index(0).text() != first => {
            ips.invalid("first value must match `clusterIP`");
        }
        (true, length) if length > 0 => {
            ips.invalid("must be empty when `clusterIP` is not specified");
        }
        _ => {}
    }
    let mut seen = FxHashSet::default();
    let families = spec.field("ipFamilies");
    for family in families.items() {
        family.one_of(&["IPv4", "IPv6"]);
        if !seen.insert(family.text()) {
            family.duplicate();
        }
    }
    spec.field("ipFamilyPolicy").one_of(&["PreferDualStack", "RequireDualStack", "SingleStack"]);
    let before = texts(live, "clusterIPs");
    let mark = spec.mark();
    for (index, ip) in ips.items().enumerate() {
        if index == 0 && ip.text() == "None" {
            if ips.len() > 1 {
                ips.invalid("'None' must be the first and only value");
            }
            continue;
        }
        address::ip(&ip, &before);
    }
    let is_valid = spec.is_clean_since(mark);
    if ips.len() > 2 {
        ips.invalid("may only hold up to 2 values");
    }
    if !is_valid {
        return;
    }
    let all: Vec<&str> = ips.items().map(|ip| ip.text()).collect();
    if all.len() > 1 && !address::is_dual_stack(&all) {
        ips.invalid("may specify no more than one IP for each IP family");
    }
    if is_headless {
        return;
    }
    for (index, (ip, family)) in ips.items().zip(families.items()).enumerate() {
        let is_v6 = ip.text().contains(':');
        let wanted = family.text();
        if wanted == "IPv4" && is_v6 || wanted == "IPv6" && !is_v6 {
            let why = format!("expected an {wanted} value as indicated by `ipFamilies[{index}]`");
            ip.invalid(&why);
        }
    }
}

/// The texts of a list in the spec of a live Service.
fn texts<'l>(live: Option<&'l Node>, field: &str) -> Vec<&'l str> {
    let list = live.and_then(|live| live.at(&["spec", field])?.as_list()).unwrap_or_default();
    list.iter().filter_map(Node::as_str).collect()
}

fn external_ips(spec: Spot<'_, '_>, live: Option<&Node>) {
    let before = texts(live, "externalIPs");
    for ip in spec.field("externalIPs").items() {
        let mark = ip.mark();
        address::ip(&ip, &before);
        if ip.is_clean_since(mark) {
            address::endpoint(&ip);
        }
    }
}

fn node_ports(ports: &Spot<'_, '_>, kind: &str) {
    let has = |port: &Spot<'_, '_>| port.field("nodePort").number() != 0;
    if kind == "ClusterIP" {
        for port in ports.items().filter(has) {
            port.field("nodePort").forbidden("may not be used when `type` is 'ClusterIP'");
        }
    }
    let mut seen = FxHashSet::default();
    for port in ports.items().filter(has) {
        let number = port.field("nodePort");
        if !seen.insert((port.field("protocol").text(), number.number())) {
            number.duplicate();
        }
    }
    let mut seen = FxHashSet::default();
    for port in ports.items() {
        let (protocol, number) = (port.field("protocol").text(), port.field("port").number());
        if !seen.insert((protocol, number)) {
            port.duplicate_as(&format!(
                "{{\"Name\":\"\",\"Protocol\":{},\"AppProtocol\":null,\"Port\":{number},\"TargetPort\":0,\
                 \"NodePort\":0}}",
                quoted(protocol)
            ));
        }
    }
}

const RANGES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";

fn source_ranges(service: Spot<'_, '_>, live: Option<&Node>) {
    let spec = service.field("spec");
    let is_balancer = spec.field("type").text() == "LoadBalancer";
    let why = "may only be used when `type` is 'LoadBalancer'";
    let ranges = spec.field("loadBalancerSourceRanges");
    let place = spec.called("LoadBalancerSourceRanges");
    let place = place.with(ranges.node());
    let annotations = service.field("metadata.annotations");
    let annotation = annotations.key(RANGES);
    if !ranges.is_empty() {
        if !is_balancer {
            place.forbidden(why);
        }
        let before = texts(live, "loadBalancerSourceRanges");
        for range in place.items() {
            address::cidr(&range, range.text().trim(), &before);
        }
    } else if annotation.is_set() {
        if !is_balancer {
            annotation.forbidden(why);
        }
        let before = live.and_then(|live| live.at(&["metadata", "annotations", RANGES]));
        let text = annotation.text().trim();
        if before != Some(annotation.node()) && !text.is_empty() {
            for range in text.split(',') {
                address::cidr(&annotation, range.trim(), &[]);
            }
        }
    }
}

fn class(service: Spot<'_, '_>, live: Option<&Node>) {
    let class = service.field("spec.loadBalancerClass");
    let is_balancer = kind(service.node()) == "LoadBalancer";
    if let Some(live) = live {
        let before = live.at(&["spec", "loadBalancerClass"]);
        let is_same = super::checks::same(Some(class.node()), before);
        if is_balancer && kind(live) == "LoadBalancer" && !is_same {
            class.invalid("may not change once set");
        }
    }
    if !class.is_set() {
        return;
    }
    if is_balancer {
        class.qualified_name();
    } else {
        class.forbidden("may only be used when `type` is 'LoadBalancer'");
    }
}

fn traffic(service: Spot<'_, '_>) {
    let spec = service.field("spec");
    let (external, internal) =
        (spec.field("externalTrafficPolicy"), spec.field("internalTrafficPolicy"));
    let kind = spec.field("type").text();
    let is_open = matches!(kind, "LoadBalancer" | "NodePort")
        || kind == "ClusterIP" && !spec.field("externalIPs").is_empty();
    match (is_open, external.text()) {
        (false, "") => {}
        (false, _) => external.invalid("may only be set for externally-accessible services"),
        (true, _) => external.required_one_of(&["Cluster", "Local"]),
    }
    let health = spec.field("healthCheckNodePort");
    if !needs_health_check(service.node()) {
        if health.number() != 0 {
            health.invalid(
                "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
            );
        }
    } else if health.number() == 0 {
        health.required("");
    } else {
        health.port_number();
    }
    if !internal.is_set() && matches!(kind, "NodePort" | "LoadBalancer" | "ClusterIP") {
        internal.required("");
    }
    internal.one_of(&["Cluster", "Local"]);
    spec.field("trafficDistribution").one_of(&["PreferClose", "PreferSameZone", "PreferSameNode"]);
}

/// Addresses that were given stay, while there are some.
fn addresses_stay(service: Spot<'_, '_>, live: &Node) {
    let is_external = |service: &Node| kind(service) == "ExternalName";
    if is_external(service.node()) || is_external(live) {
        return;
    }
    if is_headless(service.node()) && is_headless(live) {
        return;
    }
    let (before, spec) = (texts(Some(live), "clusterIPs"), service.field("spec"));
    let ips = spec.field("clusterIPs");
    let complain = |index: usize, why: &str| ips.index(index).with(ips.node()).invalid(why);
    let changed = "may not change once set";
    if before.len() == ips.len() {
        for (index, ip) in before.iter().enumerate() {
            if ips.index(index).text() != *ip {
                complain(index, changed);
            }
        }
        return;
    }
    if ips.is_empty() {
        return complain(0, "primary clusterIP can not be unset");
    }
    if before.first().is_some_and(|first| ips.index(0).text() != *first) {
        complain(0, changed);
    }
    let policy = spec.field("ipFamilyPolicy");
    if before.len() > ips.len() && ips.len() == 1 && policy.text() != "SingleStack" {
        policy.invalid("must be set to 'SingleStack' when releasing the secondary clusterIP");
    }
}

fn families_stay(service: Spot<'_, '_>, live: &Node) {
    let is_external = |service: &Node| kind(service) == "ExternalName";
    let is_apart = is_external(service.node())
        || is_external(live)
        || is_headless(service.node())
        || is_headless(live);
    if is_apart {
        return;
    }
    let (before, spec) = (texts(Some(live), "ipFamilies"), service.field("spec"));
    let families = spec.field("ipFamilies");
    let first = families.index(0);
    let changed = "may not change once set";
    if before.len() == families.len() {
        for (index, family) in before.iter().enumerate() {
            if families.index(index).text() != *family {
                first.with(families.node()).invalid(changed);
            }
        }
        return;
    }
    let ips = spec.field("clusterIPs");
    if before.len() > families.len() && ips.is_empty() {
        first.with(families.node()).invalid("primary ipFamily can not be unset");
    }
    let is_first = |other: &&str| !families.is_empty() && first.text() != *other;
    if before.first().is_some_and(is_first) {
        first.with(ips.node()).invalid(changed);
    }
    let policy = spec.field("ipFamilyPolicy");
    if before.len() > families.len() && families.len() == 1 && policy.text() != "SingleStack" {
        policy.invalid("must be set to 'SingleStack' when releasing the secondary ipFamily");
    }
}

/// A Service after a write of its status.
pub(super) fn status(service: Spot<'_, '_>, live: &Node) {
    metadata::updated(service, live);
    let ingress = service.field("status.loadBalancer.ingress");
    if kind(service.node()) != "LoadBalancer" && !ingress.is_empty() {
        return ingress.forbidden("may only be used when `spec.type` is 'LoadBalancer'");
    }
    balancers(&ingress, live, true);
}

/// Where a balancer is reached.
pub(super) fn balancers(ingress: &Spot<'_, '_>, live: &Node, has_mode: bool) {
    let old = live.at(&["status", "loadBalancer", "ingress"]).and_then(Node::as_list);
    let old: Vec<&str> =
        old.unwrap_or_default().iter().filter_map(|node| node.str_at(&["ip"])).collect();
    for balancer in ingress.items() {
        let (ip, mode, name) =
            (balancer.field("ip"), balancer.field("ipMode"), balancer.field("hostname"));
        if !ip.text().is_empty() {
            address::ip(&ip, &old);
        }
        if has_mode {
            match (mode.is_set(), ip.text().is_empty()) {
                (false, false) => mode.required("must be specified when `ip` is set"),
                (true, true) => mode.forbidden("may not be specified when `ip` is not set"),
                _ => mode.one_of(&["Proxy", "VIP"]),
            }
        }
        if !name.text().is_empty() {
            name.dns_subdomain();
            if address::sloppy(name.text()).is_some() {
                name.invalid("must be a DNS name, not an IP address");
            }
        }
    }
}
