//! Ingresses, their classes, and policies of networks (`pkg/apis/networking/validation`).

use manifest::Node;

use super::batch::domain_prefixed_path;
use super::spot::Spot;
use super::{address, metadata, names, service};
use crate::go::quoted;

pub(super) fn ingress(ingress: Spot<'_, '_>, live: Option<&Node>) {
    if let Some(live) = live {
        metadata::updated(ingress, live);
    }
    metadata::named(ingress, names::subdomain);
    let spec = ingress.field("spec");
    let (rules, backend) = (spec.field("rules"), spec.field("defaultBackend"));
    if rules.is_empty() && !backend.is_set() {
        spec.invalid_as("null", "either `defaultBackend` or `rules` must be specified");
    }
    if backend.is_set() {
        self::backend(&backend);
    }
    for rule in rules.items() {
        self::rule(&rule);
    }
    for tls in spec.field("tls").items() {
        for host in tls.field("hosts").items() {
            self::host(&host);
        }
        tls.field("secretName").optional_dns_subdomain();
    }
    let class = spec.field("ingressClassName");
    if class.is_set() {
        class.dns_subdomain();
    }
    let annotation = "kubernetes.io/ingress.class";
    let annotations = ingress.field("metadata.annotations");
    let given = annotations.key(annotation);
    if live.is_none() && given.is_set() && class.is_set() && given.text() != class.text() {
        ingress
            .called("annotations.kubernetes.io/ingress.class")
            .with(given.node())
            .invalid("must match `ingressClassName` when both are specified");
    }
}

fn host(host: &Spot<'_, '_>) {
    let text = host.text();
    host.named(
        text,
        if text.contains('*') { names::wildcard_subdomain(text) } else { names::subdomain(text) },
    );
}

fn rule(rule: &Spot<'_, '_>) {
    let host = rule.field("host");
    if !host.text().is_empty() {
        if address::sloppy(host.text()).is_some() {
            host.invalid("must be a DNS name, not an IP address");
        }
        self::host(&host);
    }
    let http = rule.field("http");
    if !http.is_set() {
        return;
    }
    let paths = http.field("paths");
    if paths.is_empty() {
        paths.required("");
    }
    for path in paths.items() {
        http_path(&path);
    }
}

fn http_path(at: &Spot<'_, '_>) {
    let (kind, path) = (at.field("pathType"), at.field("path"));
    if !kind.is_set() {
        return kind.required("pathType must be specified");
    }
    let text = path.text();
    let complain = |why: &str| path.invalid_as(&quoted(text), why);
    match kind.text() {
        "Exact" | "Prefix" => {
            if !text.starts_with('/') {
                complain("must be an absolute path");
            }
            for part in ["//", "/./", "/../", "%2f", "%2F"] {
                if text.contains(part) {
                    complain(&format!("must not contain '{part}'"));
                }
            }
            for end in ["/..", "/."] {
                if text.ends_with(end) {
                    complain(&format!("cannot end with '{end}'"));
                }
            }
        }
        "ImplementationSpecific" => {
            if !text.is_empty() && !text.starts_with('/') {
                complain("must be an absolute path");
            }
        }
        _ => kind.unsupported(&["Exact", "ImplementationSpecific", "Prefix"]),
    }
    backend(&at.field("backend"));
}

fn backend(backend: &Spot<'_, '_>) {
    let (resource, service) = (backend.field("resource"), backend.field("service"));
    match (resource.is_set(), service.is_set()) {
        (true, true) => {
            backend.invalid_as("\"\"", "cannot set both resource and service backends");
        }
        (true, false) => reference(&resource),
        (false, false) => backend.invalid_as("\"\"", "resource or service backend is required"),
        (false, true) => {
            backend.field("service.name").required_dns_label();
            let (name, number) =
                (backend.field("service.port.name"), backend.field("service.port.number"));
            match (name.text().is_empty(), number.number() == 0) {
                (false, false) => {
                    backend.invalid_as("\"\"", "cannot set both port name & port number");
                }
                (false, true) => name.invalid_for(names::port(name.text())),
                (true, false) => number.port_number(),
                (true, true) => backend.required("port name or number is required"),
            }
        }
    }
}

/// A reference to an object beside this one.
fn reference(reference: &Spot<'_, '_>) {
    let group = reference.field("apiGroup");
    if group.is_set() {
        group.dns_subdomain();
    }
    for field in ["kind", "name"] {
        let field = reference.field(field);
        if field.text().is_empty() { field.required("") } else { field.path_segment() }
    }
}

pub(super) fn ingress_status(ingress: Spot<'_, '_>, live: &Node) {
    metadata::updated(ingress, live);
    service::balancers(&ingress.field("status.loadBalancer.ingress"), live, false);
}

pub(super) fn ingress_class(class: Spot<'_, '_>, live: Option<&Node>) {
    let spec = class.field("spec");
    let controller = spec.field("controller");
    if let Some(live) = live {
        metadata::updated(class, live);
        controller.immutable(live.at(&["spec", "controller"]));
    }
    metadata::named(class, names::subdomain);
    if controller.text().len() > 250 {
        controller.too_long(250);
    }
    domain_prefixed_path(&controller);
    let parameters = spec.field("parameters");
    if !parameters.is_set() {
        return;
    }
    reference(&parameters);
    let (scope, namespace) = (parameters.field("scope"), parameters.field("namespace"));
    match scope.text() {
        _ if !scope.is_set() => scope.required(""),
        "Namespace" if !namespace.is_set() => {
            namespace.required("`parameters.scope` is set to 'Namespace'");
        }
        "Namespace" => namespace.dns_label(),
        "Cluster" if namespace.is_set() => {
            namespace.forbidden("`parameters.scope` is set to 'Cluster'");
        }
        _ => scope.one_of(&["Cluster", "Namespace"]),
    }
}

pub(super) fn network_policy(policy: Spot<'_, '_>, live: Option<&Node>) {
    match live {
        None => metadata::named(policy, names::subdomain),
        Some(live) => metadata::updated(policy, live),
    }
    let before = live.map(networks).unwrap_or_default();
    let spec = policy.field("spec");
    spec.field("podSelector").label_selector();
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in spec.field(direction).items() {
            for port in rule.field("ports").items() {
                policy_port(&port);
            }
            for peer in rule.field(peers).items() {
                self::peer(&peer, &before);
            }
        }
    }
    let types = spec.field("policyTypes");
    if types.len() > 2 {
        return types.invalid("may not specify more than two policyTypes");
    }
    for kind in types.items() {
        kind.one_of(&["Ingress", "Egress"]);
    }
}

/// The networks that a live policy has.
fn networks(live: &Node) -> Vec<&str> {
    let mut all = Vec::new();
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        let rules = live.at(&["spec", direction]).and_then(Node::as_list).unwrap_or_default();
        let peers = rules.iter().filter_map(|rule| rule.get(peers)?.as_list()).flatten();
        for block in peers.filter_map(|peer| peer.get("ipBlock")) {
            all.extend(block.str_at(&["cidr"]));
            let except = block.get("except").and_then(Node::as_list).unwrap_or_default();
            all.extend(except.iter().filter_map(Node::as_str));
        }
    }
    all
}

fn policy_port(at: &Spot<'_, '_>) {
    at.field("protocol").one_of(&["TCP", "UDP", "SCTP"]);
    let (port, end) = (at.field("port"), at.field("endPort"));
    if !port.is_set() {
        if end.is_set() {
            end.invalid("may not be specified when `port` is not specified");
        }
        return;
    }
    if port.node().as_str().is_some() {
        if end.is_set() {
            end.invalid("may not be specified when `port` is non-numeric");
        }
        return port.port();
    }
    port.port_number();
    if end.is_set() {
        if end.number() < port.number() {
            end.invalid_as(&port.number().to_string(), "must be greater than or equal to `port`");
        }
        end.port_number();
    }
}

fn peer(peer: &Spot<'_, '_>, before: &[&str]) {
    let (pods, namespaces, block) =
        (peer.field("podSelector"), peer.field("namespaceSelector"), peer.field("ipBlock"));
    pods.label_selector();
    namespaces.label_selector();
    if block.is_set() {
        ip_block(&block, before);
    }
    let others = usize::from(pods.is_set()) + usize::from(namespaces.is_set());
    if block.is_set() && others > 0 {
        peer.forbidden("may not specify both ipBlock and another peer");
    } else if !block.is_set() && others == 0 {
        peer.required("must specify a peer");
    }
}

fn ip_block(block: &Spot<'_, '_>, before: &[&str]) {
    let cidr = block.field("cidr");
    if cidr.text().is_empty() {
        return cidr.required("");
    }
    address::cidr(&cidr, cidr.text(), before);
    let Some(outer) = address::network(cidr.text()) else { return };
    for except in block.field("except").items() {
        address::cidr(&except, except.text(), before);
        let inner = address::network(except.text());
        if inner.is_some_and(|inner| !address::is_inside(inner, outer)) {
            except.invalid("must be a strict subset of `cidr`");
        }
    }
}

pub(super) fn ip_address(address: Spot<'_, '_>, live: Option<&Node>) {
    let parent = address.field("spec.parentRef");
    if let Some(live) = live {
        metadata::updated(address, live);
        let before = live.at(&["spec", "parentRef"]);
        return parent.immutable_internal(before, "*networking.ParentReference");
    }
    metadata::named(address, |_| Vec::new());
    address::canonical_ip(&address.field("metadata.name"));
    if !parent.is_set() {
        return parent.required("");
    }
    parent.field("group").optional_dns_subdomain();
    for field in ["resource", "name"] {
        let field = parent.field(field);
        if field.text().is_empty() { field.required("") } else { field.path_segment() }
    }
    parent.field("namespace").path_segment();
}

pub(super) fn service_cidr(config: Spot<'_, '_>, live: Option<&Node>) {
    let cidrs = config.field("spec.cidrs");
    let Some(live) = live else {
        metadata::named(config, names::subdomain);
        return self::cidrs(&cidrs);
    };
    metadata::updated(config, live);
    let old = live.at(&["spec", "cidrs"]).and_then(Node::as_list).unwrap_or_default();
    let why = "field is immutable";
    match (old.len(), cidrs.len()) {
        (before, now) if before == now => {
            for (cidr, old) in cidrs.items().zip(old) {
                if cidr.node() != old {
                    cidr.invalid(why);
                }
            }
        }
        (1, 2) => {
            if old.first() != cidrs.list().first() {
                cidrs.index(0).invalid(why);
            }
            self::cidrs(&cidrs);
        }
        _ => cidrs.invalid(why),
    }
}

fn cidrs(cidrs: &Spot<'_, '_>) {
    if cidrs.is_empty() {
        return cidrs.required("at least one CIDR required");
    }
    if cidrs.len() > 2 {
        let value = format!("{{\"CIDRs\":{}}}", crate::go::json(cidrs.node()));
        return cidrs.invalid_as(&value, "may only hold up to 2 values");
    }
    for cidr in cidrs.items() {
        address::cidr(&cidr, cidr.text(), &[]);
    }
    let families: Vec<bool> = cidrs
        .items()
        .filter_map(|cidr| address::network(cidr.text()))
        .map(|(address, _)| address.is_ipv4())
        .collect();
    if matches!(families.as_slice(), [first, second] if first == second) {
        cidrs.invalid(
            "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64",
        );
    }
}
