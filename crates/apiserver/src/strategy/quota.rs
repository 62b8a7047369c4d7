//! What ResourceQuotas allow: a quota that says in its status how much there may be, and how much is
//! used, refuses what would be more, and counts what is not (Kubernetes' ResourceQuota admission).

use std::collections::BTreeSet;

use manifest::{Node, Origin};

use super::amounts::{Amount, Amounts, add, list, of_container, with_overhead};
use crate::call::Answer;
use crate::make::{map, meta, text};
use crate::server::Server;
use crate::target::Target;

/// A quota and what it will have used.
pub(crate) struct Charge {
    pub(crate) quota: Node,
    pub(crate) charged: Node,
}

/// What a new object, or what became of a live one, costs each quota of its namespace.
pub(crate) fn charges(
    server: &Server,
    target: &Target,
    object: &Node,
    live: Option<&Node>,
) -> Result<Vec<Charge>, Answer> {
    if !target.resource.is_namespaced() || !is_counted(target, object, live) {
        return Ok(Vec::new());
    }
    let quotas = server.objects("", "resourcequotas").into_iter();
    let quotas = quotas.filter(|quota| meta(quota, "namespace") == target.namespace);
    let mut found = Vec::new();
    for quota in quotas {
        let name = meta(&quota, "name").to_owned();
        let hard = list(quota.at(&["status", "hard"]));
        let is_counted = |name: &&String| counts(target, name);
        let counted: BTreeSet<&str> = hard.keys().filter(is_counted).map(String::as_str).collect();
        if counted.is_empty() || !is_in_scope(target, &quota, object) {
            continue;
        }
        if let Some(missing) = missing(target, object, &counted) {
            return Err(target.forbidden(&format!("failed quota: {name}: must specify {missing}")));
        }
        let used = list(quota.at(&["status", "used"]));
        if !counted.iter().all(|name| used.contains_key(*name)) {
            let names: Vec<&str> = counted.into_iter().collect();
            return Err(target.forbidden(&format!(
                "status unknown for quota: {name}, resources: {}",
                names.join(",")
            )));
        }
        let mut wanted = usage(target, object);
        if let Some(live) = live.filter(|live| is_in_scope(target, &quota, live)) {
            for (name, amount) in usage(target, live) {
                let left = wanted.get(&name).copied().unwrap_or_default().minus(amount);
                wanted.insert(name, left);
            }
        }
        wanted.retain(|name, amount| amount.nano != 0 && hard.contains_key(name));
        if wanted.is_empty() {
            continue;
        }
        let mut after = used.clone();
        add(&mut after, &wanted);
        let nothing = Amount::default();
        let amount = |of: &Amounts, name: &String| of.get(name).copied().unwrap_or(nothing);
        let exceeded: Vec<&String> = wanted
            .keys()
            .filter(|name| amount(&after, name).nano > amount(&hard, name).nano)
            .collect();
        if !exceeded.is_empty() {
            let shown = |of: &Amounts| {
                let parts = exceeded
                    .iter()
                    .filter_map(|name| Some(format!("{name}={}", of.get(*name)?.text())));
                parts.collect::<Vec<_>>().join(",")
            };
            return Err(target.forbidden(&format!(
                "exceeded quota: {name}, requested: {}, used: {}, limited: {}",
                shown(&wanted),
                shown(&used),
                shown(&hard)
            )));
        }
        let charged = charged(&quota, &after);
        found.push(Charge { quota, charged });
    }
    Ok(found)
}

fn charged(quota: &Node, used: &Amounts) -> Node {
    let mut charged = quota.clone();
    let entries = used.iter().map(|(name, amount)| (name.as_str().into(), text(amount.text())));
    let entries: manifest::Map = entries.collect();
    if let Some(status) = charged.map_entry("status", Origin::NONE) {
        status.set("used", Node::new(entries, Origin::NONE));
    }
    charged
}

/// Whether such a write may cost anything.
fn is_counted(target: &Target, object: &Node, live: Option<&Node>) -> bool {
    let Some(live) = live else { return target.subresource.is_empty() };
    match (target.group(), target.kind(), target.subresource.as_str()) {
        ("", "Pod", "") => ends(object) != ends(live),
        ("", "Pod", "resize") | ("", "Service" | "PersistentVolumeClaim", "") => true,
        _ => false,
    }
}

/// Whether a pod is given a time to end.
fn ends(pod: &Node) -> bool {
    pod.at(&["spec", "activeDeadlineSeconds"]).and_then(Node::as_int).is_some_and(|left| left >= 0)
}

/// Whether a quota's resource is one that such objects use.
fn counts(target: &Target, name: &str) -> bool {
    const POD: &[&str] = &[
        "count/pods",
        "cpu",
        "memory",
        "ephemeral-storage",
        "requests.cpu",
        "requests.memory",
        "requests.ephemeral-storage",
        "limits.cpu",
        "limits.memory",
        "limits.ephemeral-storage",
        "pods",
    ];
    const CLAIM: &[&str] = &["persistentvolumeclaims", "requests.storage"];
    match (target.group(), target.plural()) {
        ("", "pods") => {
            let is_extended = name
                .strip_prefix("requests.")
                .is_some_and(|name| name.contains('/') && !name.contains("kubernetes.io/"));
            POD.contains(&name)
                || name.starts_with("hugepages-")
                || name.starts_with("requests.hugepages-")
                || is_extended
        }
        ("", "services") => matches!(
            name,
            "count/services" | "services" | "services.nodeports" | "services.loadbalancers"
        ),
        ("", "persistentvolumeclaims") => {
            name == "count/persistentvolumeclaims"
                || CLAIM.contains(&name)
                || name
                    .rsplit_once(".storageclass.storage.k8s.io/")
                    .is_some_and(|(_, name)| CLAIM.contains(&name))
        }
        _ => name == count_of(target) || alias(target) == Some(name),
    }
}

fn count_of(target: &Target) -> String {
    match target.group() {
        "" => format!("count/{}", target.plural()),
        group => format!("count/{}.{group}", target.plural()),
    }
}

/// What was counted before everything could be.
fn alias(target: &Target) -> Option<&str> {
    let is_old = matches!(
        target.plural(),
        "configmaps" | "resourcequotas" | "replicationcontrollers" | "secrets"
    );
    (target.group().is_empty() && is_old).then(|| target.plural())
}

/// What an object uses.
fn usage(target: &Target, object: &Node) -> Amounts {
    let one = Amount::count(1);
    let mut used = Amounts::from([(count_of(target), one)]);
    used.extend(alias(target).map(|name| (name.to_owned(), one)));
    match (target.group(), target.plural()) {
        ("", "pods") => {
            let phase = object.str_at(&["status", "phase"]);
            if !matches!(phase, Some("Failed" | "Succeeded")) {
                let spec = object.get("spec").cloned().unwrap_or_default();
                let (requests, limits) =
                    (with_overhead(&spec, "requests"), with_overhead(&spec, "limits"));
                used.extend(computed(&requests, &limits));
                used.insert("pods".to_owned(), one);
            }
        }
        ("", "services") => service(object, &mut used),
        ("", "persistentvolumeclaims") => claim(object, &mut used),
        _ => {}
    }
    used
}

/// What requests and limits are called in a quota.
fn computed(requests: &Amounts, limits: &Amounts) -> Amounts {
    let mut used = Amounts::new();
    for (name, amount) in requests {
        let is_basic = matches!(name.as_str(), "cpu" | "memory" | "ephemeral-storage");
        if is_basic || name.starts_with("hugepages-") {
            used.insert(name.clone(), *amount);
        }
        if is_basic || name.starts_with("hugepages-") || name.contains('/') {
            used.insert(format!("requests.{name}"), *amount);
        }
    }
    for (name, amount) in limits {
        if matches!(name.as_str(), "cpu" | "memory" | "ephemeral-storage") {
            used.insert(format!("limits.{name}"), *amount);
        }
    }
    used
}

fn service(object: &Node, used: &mut Amounts) {
    let ports = object.at(&["spec", "ports"]).and_then(Node::as_list).unwrap_or_default();
    let allocates = object.at(&["spec", "allocateLoadBalancerNodePorts"]).and_then(Node::as_bool);
    let given = ports
        .iter()
        .filter(|port| port.get("nodePort").and_then(Node::as_int).is_some_and(|port| port != 0));
    let (node_ports, balancers) = match object.str_at(&["spec", "type"]) {
        Some("NodePort") => (ports.len(), 0),
        Some("LoadBalancer") if allocates == Some(false) => (given.count(), 1),
        Some("LoadBalancer") => (ports.len(), 1),
        _ => (0, 0),
    };
    for (name, count) in
        [("services", 1), ("services.nodeports", node_ports), ("services.loadbalancers", balancers)]
    {
        used.insert(name.to_owned(), Amount::count(count));
    }
}

fn claim(object: &Node, used: &mut Amounts) {
    let beta = object.at(&["metadata", "annotations", "volume.beta.kubernetes.io/storage-class"]);
    let class = beta.or_else(|| object.at(&["spec", "storageClassName"])).and_then(Node::as_str);
    let storage = object.at(&["spec", "resources", "requests", "storage"]).and_then(Amount::of);
    let own = [
        ("persistentvolumeclaims", Some(Amount::count(1))),
        ("requests.storage", storage.map(Amount::whole)),
    ];
    for (name, amount) in own {
        let Some(amount) = amount else { continue };
        used.insert(name.to_owned(), amount);
        if let Some(class) = class.filter(|class| !class.is_empty()) {
            used.insert(format!("{class}.storageclass.storage.k8s.io/{name}"), amount);
        }
    }
}

/// Where a quota is of cpu or memory, every container has to say how much it needs.
fn missing(target: &Target, pod: &Node, counted: &BTreeSet<&str>) -> Option<String> {
    const REQUIRED: &[&str] =
        &["cpu", "limits.cpu", "limits.memory", "memory", "requests.cpu", "requests.memory"];
    let has_own = pod.at(&["spec", "resources"]).is_some_and(|node| !node.is_null());
    if !target.resource.is("", "Pod") || has_own {
        return None;
    }
    let mut parts = Vec::new();
    for required in REQUIRED.iter().filter(|name| counted.contains(**name)) {
        let mut names = BTreeSet::new();
        for containers in ["containers", "initContainers"] {
            let items = pod.at(&["spec", containers]).and_then(Node::as_list).unwrap_or_default();
            for container in items {
                let own = computed(
                    &of_container(container, "requests"),
                    &of_container(container, "limits"),
                );
                if !own.contains_key(*required) {
                    names.insert(container.str_at(&["name"]).unwrap_or_default());
                }
            }
        }
        if !names.is_empty() {
            let names: Vec<&str> = names.into_iter().collect();
            parts.push(format!("{required} for: {}", names.join(",")));
        }
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Whether an object is one of those that a quota is about.
fn is_in_scope(target: &Target, quota: &Node, object: &Node) -> bool {
    let scopes = quota.at(&["spec", "scopes"]).and_then(Node::as_list).unwrap_or_default();
    let exists = text("Exists");
    let mut wanted: Vec<(&str, &Node, Vec<&str>)> =
        scopes.iter().filter_map(|scope| Some((scope.as_str()?, &exists, Vec::new()))).collect();
    let selector = quota.at(&["spec", "scopeSelector", "matchExpressions"]);
    for expression in selector.and_then(Node::as_list).unwrap_or_default() {
        let values = expression.get("values").and_then(Node::as_list).unwrap_or_default();
        let values = values.iter().filter_map(Node::as_str).collect();
        let operator = expression.get("operator").unwrap_or(&exists);
        wanted.push((expression.str_at(&["scopeName"]).unwrap_or_default(), operator, values));
    }
    let is_pod = target.resource.is("", "Pod");
    let spec = map([]);
    let spec = object.get("spec").unwrap_or(&spec);
    wanted.into_iter().all(|(scope, operator, values)| match scope {
        _ if !is_pod => false,
        "Terminating" => ends(object),
        "NotTerminating" => !ends(object),
        "BestEffort" => schema::quality::of(spec) == "BestEffort",
        "NotBestEffort" => schema::quality::of(spec) != "BestEffort",
        "PriorityClass" => {
            let class = spec.str_at(&["priorityClassName"]).unwrap_or_default();
            match operator.as_str() {
                Some("In") => values.contains(&class),
                Some("NotIn") => !values.contains(&class),
                Some("DoesNotExist") => class.is_empty(),
                _ => !class.is_empty(),
            }
        }
        "CrossNamespacePodAffinity" => crosses_namespaces(spec),
        _ => false,
    })
}

/// Whether a pod wants to be near, or far from, pods of other namespaces.
fn crosses_namespaces(spec: &Node) -> bool {
    let crosses = |term: &Node| {
        let names = term.get("namespaces").and_then(Node::as_list);
        names.is_some_and(|names| !names.is_empty())
            || term.get("namespaceSelector").is_some_and(|node| !node.is_null())
    };
    ["podAffinity", "podAntiAffinity"].iter().any(|kind| {
        let terms = |field: &str| {
            let terms = spec.at(&["affinity", kind, field]).and_then(Node::as_list);
            terms.unwrap_or_default()
        };
        terms("requiredDuringSchedulingIgnoredDuringExecution").iter().any(crosses)
            || terms("preferredDuringSchedulingIgnoredDuringExecution")
                .iter()
                .filter_map(|term| term.get("podAffinityTerm"))
                .any(crosses)
    })
}
