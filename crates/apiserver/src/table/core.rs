//! The core group, except for what is a Pod or makes some, and Events.

use manifest::{Map, Node};

use super::column::{AGE, Column, NAME, Printer, integer, kind, string};
use super::row::{NONE, Row, UNKNOWN, first_few, scalar};
use crate::make::{int, text};

#[rustfmt::skip]
pub(super) const PRINTERS: &[Printer] = &[
    kind("", "ComponentStatus", &[
        NAME,
        string("Status", component_status),
        string("Message", |row| text(component(row, "message"))),
        string("Error", |row| text(component(row, "error"))),
    ]),
    kind("", "ConfigMap", &[NAME, string("Data", |row| int(entries(row, "data") + entries(row, "binaryData"))), AGE]),
    kind("", "Endpoints", &[NAME, string("Endpoints", endpoints), AGE]),
    kind("", "Event", EVENT),
    kind("events.k8s.io", "Event", EVENT),
    kind("", "Namespace", &[NAME, string("Status", |row| row.text("status.phase")), AGE]),
    kind("", "Node", &[
        NAME,
        string("Status", node_status),
        string("Roles", node_roles),
        AGE,
        string("Version", |row| row.text("status.nodeInfo.kubeletVersion")),
        string("Internal-IP", |row| address(row, "InternalIP")).wide(),
        string("External-IP", |row| address(row, "ExternalIP")).wide(),
        string("OS-Image", |row| row.text_or("status.nodeInfo.osImage", UNKNOWN)).wide(),
        string("Kernel-Version", kernel).wide(),
        string("Container-Runtime", |row| row.text_or("status.nodeInfo.containerRuntimeVersion", UNKNOWN)).wide(),
    ]),
    kind("", "ResourceQuota", &[
        NAME,
        string("Request", |row| quota(row, false)),
        string("Limit", |row| quota(row, true)),
        AGE,
    ]),
    kind("", "Secret", &[NAME, string("Type", |row| row.text("type")), string("Data", |row| row.count("data")), AGE]),
    kind("", "Service", &[
        NAME,
        string("Type", |row| row.text("spec.type")),
        string("Cluster-IP", cluster_ip),
        string("External-IP", external_ip),
        string("Port(s)", ports),
        AGE,
        string("Selector", |row| row.labels("spec.selector")).wide(),
    ]),
    kind("", "ServiceAccount", &[NAME, AGE]),
    kind("autoscaling", "Scale", &[
        NAME,
        integer("Desired", |row| row.number("spec.replicas")),
        integer("Available", |row| row.number("status.replicas")),
        AGE,
    ]),
];

/// One kind in two groups; the names of its fields differ.
#[rustfmt::skip]
const EVENT: &[Column] = &[
    string("Last Seen", last_seen),
    string("Type", |row| row.text("type")),
    string("Reason", |row| row.text("reason")),
    string("Object", event_object),
    string("Subobject", |row| text(either(row, "involvedObject.fieldPath", "regarding.fieldPath"))).wide(),
    string("Source", event_source).wide(),
    string("Message", |row| text(either(row, "message", "note").trim())),
    string("First Seen", |row| text(first_seen(row))).wide(),
    string("Count", event_count).wide(),
    Column { priority: 1, ..NAME },
];

fn entries(row: &Row<'_>, path: &str) -> i64 {
    row.map(path).map_or(0, |map| i64::try_from(map.len()).unwrap_or(i64::MAX))
}

/// The one condition that a component has.
fn healthy<'o>(row: &Row<'o>) -> Option<&'o Node> {
    row.list("conditions").iter().find(|node| node.str_at(&["type"]) == Some("Healthy"))
}

fn component<'o>(row: &Row<'o>, field: &str) -> &'o str {
    healthy(row).and_then(|node| node.str_at(&[field])).unwrap_or_default()
}

fn component_status(row: &Row<'_>) -> Node {
    text(match healthy(row).map(|node| node.str_at(&["status"])) {
        None => "Unknown",
        Some(Some("True")) => "Healthy",
        Some(_) => "Unhealthy",
    })
}

fn endpoints(row: &Row<'_>) -> Node {
    let subsets = row.list("subsets");
    if subsets.is_empty() {
        return text(NONE);
    }
    let items = |node: &Node, key: &str| -> Vec<Node> {
        node.get(key).and_then(Node::as_list).unwrap_or_default().to_vec()
    };
    let mut found = Vec::new();
    for subset in subsets {
        let addresses = items(subset, "addresses");
        let ips = || addresses.iter().filter_map(|address| address.str_at(&["ip"]));
        let ports = items(subset, "ports");
        if ports.is_empty() {
            found.extend(ips().map(str::to_owned));
        }
        for port in &ports {
            let port = port.get("port").and_then(Node::as_int).unwrap_or_default();
            let joined = |ip: &str| match ip.contains(':') {
                true => format!("[{ip}]:{port}"),
                false => format!("{ip}:{port}"),
            };
            found.extend(ips().map(joined));
        }
    }
    text(first_few(&found, 3, ","))
}

fn node_status(row: &Row<'_>) -> Node {
    let ready = match row.condition("Ready") {
        Some("True") => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    };
    let is_cordoned = row.at("spec.unschedulable").and_then(Node::as_bool) == Some(true);
    text(if is_cordoned { format!("{ready},SchedulingDisabled") } else { ready.to_owned() })
}

fn node_roles(row: &Row<'_>) -> Node {
    let labels = row.map("metadata.labels").into_iter().flat_map(Map::iter);
    let role = |(key, value): (&manifest::Key, &Node)| {
        let role = match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) => role,
            None if key.as_str() == "kubernetes.io/role" => value.as_str()?,
            None => return None,
        };
        Some(role.to_owned()).filter(|role| !role.is_empty())
    };
    let mut roles: Vec<String> = labels.filter_map(role).collect();
    roles.sort();
    roles.dedup();
    text(if roles.is_empty() { NONE.to_owned() } else { roles.join(",") })
}

fn address(row: &Row<'_>, of: &str) -> Node {
    let mut addresses = row.list("status.addresses").iter();
    let found = addresses.find(|address| address.str_at(&["type"]) == Some(of));
    text(found.and_then(|address| address.str_at(&["address"])).unwrap_or(NONE))
}

fn kernel(row: &Row<'_>) -> Node {
    let version = match row.str("status.nodeInfo.kernelVersion") {
        "" => UNKNOWN,
        version => version,
    };
    text(match row.str("status.nodeInfo.architecture") {
        "" => version.to_owned(),
        architecture => format!("{version} ({architecture})"),
    })
}

/// The used and the whole of each resource: of the limits, or of all others.
fn quota(row: &Row<'_>, limits: bool) -> Node {
    let hard = row.map("status.hard").into_iter().flat_map(Map::iter);
    let mut hard: Vec<_> = hard.filter(|(key, _)| key.starts_with("limits.") == limits).collect();
    hard.sort_by_key(|entry| entry.0);
    let used = row.map("status.used");
    let part = |(key, hard): (&manifest::Key, &Node)| {
        let used = scalar(used.and_then(|used| used.get(key))).unwrap_or_else(|| "0".into());
        format!("{key}: {used}/{}", scalar(Some(hard)).unwrap_or_default())
    };
    text(hard.into_iter().map(part).collect::<Vec<_>>().join(", "))
}

fn cluster_ip(row: &Row<'_>) -> Node {
    let first = row.list("spec.clusterIPs").first().and_then(Node::as_str);
    text(first.unwrap_or(NONE))
}

fn external_ip(row: &Row<'_>) -> Node {
    let mut addresses = match row.str("spec.type") {
        "ExternalName" => return row.text("spec.externalName"),
        "LoadBalancer" => load_balancer(row),
        "ClusterIP" | "NodePort" => Vec::new(),
        _ => return text(UNKNOWN),
    };
    addresses.extend(row.list("spec.externalIPs").iter().filter_map(Node::as_str));
    text(match (addresses.is_empty(), row.str("spec.type")) {
        (true, "LoadBalancer") => "<pending>".to_owned(),
        (true, _) => NONE.to_owned(),
        (false, _) => addresses.join(","),
    })
}

/// The addresses that a load balancer gave, each once, by their letters.
pub(super) fn load_balancer<'o>(row: &Row<'o>) -> Vec<&'o str> {
    let found = row.list("status.loadBalancer.ingress").iter().filter_map(|ingress| {
        let filled = |key: &str| ingress.str_at(&[key]).filter(|text| !text.is_empty());
        filled("ip").or_else(|| filled("hostname"))
    });
    let mut found: Vec<&str> = found.collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn ports(row: &Row<'_>) -> Node {
    let ports = row.list("spec.ports").iter().map(|port| {
        let number = |key: &str| port.get(key).and_then(Node::as_int).unwrap_or_default();
        let protocol = port.str_at(&["protocol"]).unwrap_or_default();
        match number("nodePort") {
            0 => format!("{}/{protocol}", number("port")),
            node_port => format!("{}:{node_port}/{protocol}", number("port")),
        }
    });
    let ports: Vec<String> = ports.collect();
    text(if ports.is_empty() { NONE.to_owned() } else { ports.join(",") })
}

/// The text of one of two fields.
fn either<'o>(row: &Row<'o>, field: &str, other: &str) -> &'o str {
    match row.str(field) {
        "" => row.str(other),
        found => found,
    }
}

fn first_seen(row: &Row<'_>) -> String {
    let first = ["firstTimestamp", "deprecatedFirstTimestamp", "eventTime"];
    first.iter().find_map(|path| row.ago(path)).unwrap_or_else(|| UNKNOWN.into())
}

fn last_seen(row: &Row<'_>) -> Node {
    if row.at("series").is_some_and(|series| !series.is_null()) {
        return row.since("series.lastObservedTime");
    }
    let last = ["lastTimestamp", "deprecatedLastTimestamp"];
    text(last.iter().find_map(|path| row.ago(path)).unwrap_or_else(|| first_seen(row)))
}

fn event_object(row: &Row<'_>) -> Node {
    let kind = either(row, "involvedObject.kind", "regarding.kind").to_lowercase();
    text(match either(row, "involvedObject.name", "regarding.name") {
        "" => kind,
        name => format!("{kind}/{name}"),
    })
}

fn event_source(row: &Row<'_>) -> Node {
    let first = |paths: &[&str]| {
        let mut texts = paths.iter().map(|path| row.str(path)).filter(|text| !text.is_empty());
        texts.next().unwrap_or_default()
    };
    let component = first(&[
        "source.component",
        "deprecatedSource.component",
        "reportingComponent",
        "reportingController",
    ]);
    text(match first(&["source.host", "deprecatedSource.host", "reportingInstance"]) {
        "" => component.to_owned(),
        instance => format!("{component}, {instance}"),
    })
}

fn event_count(row: &Row<'_>) -> Node {
    let counts = ["series.count", "count", "deprecatedCount"];
    int(counts.iter().map(|path| row.int(path)).find(|count| *count != 0).unwrap_or(1))
}
