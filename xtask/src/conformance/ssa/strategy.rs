//! What the server does to an object between a request and its store, as far as the cases see it.

use manifest::{Map, Node, Origin};
use schema::validation::Wrong;

use super::server::{Options, Server, Target, is_namespaced};
use super::status::{Answer, bad_request, list, map, text};

fn int(value: i64) -> Node {
    Node::new(value, Origin::default())
}

/// What makes a kind's generation move.
fn generation_parts(target: &Target) -> &'static [&'static str] {
    match target.info.kind.as_str() {
        "Deployment"
        | "StatefulSet"
        | "DaemonSet"
        | "ReplicaSet"
        | "Job"
        | "CronJob"
        | "Ingress"
        | "NetworkPolicy"
        | "PodDisruptionBudget"
        | "CustomResourceDefinition" => &["spec"],
        "PodTemplate" => &["template"],
        _ => &[],
    }
}

fn is_custom(target: &Target) -> bool {
    !schema::Types::is_builtin(&target.api_version, &target.info.kind)
}

pub(super) fn prepare_create(
    target: &Target,
    object: &mut Node,
    uid: &str,
    now: &str,
    has_status: bool,
) {
    let custom = is_custom(target);
    if let Some(map) = object.as_map_mut()
        && has_status
        && map.contains("status")
    {
        map.remove("status");
    }
    if let Some(metadata) = object.map_entry("metadata", Origin::default()) {
        if is_namespaced(target) {
            metadata.set("namespace", text(&target.namespace));
        }
        metadata.set("uid", text(uid));
        metadata.set("creationTimestamp", text(now));
        for gone in ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"] {
            metadata.remove(gone);
        }
        if custom || !generation_parts(target).is_empty() {
            metadata.set("generation", int(1));
        }
    }
    if target.info.kind == "CustomResourceDefinition" {
        let versions = object.at(&["spec", "versions"]).and_then(Node::as_list).unwrap_or_default();
        let is_stored =
            |version: &&Node| version.get("storage").and_then(Node::as_bool) == Some(true);
        let stored: Vec<Node> = versions
            .iter()
            .filter(is_stored)
            .filter_map(|version| version.get("name").cloned())
            .collect();
        let status = map(vec![("storedVersions", list(stored))]);
        if let Some(map) = object.as_map_mut() {
            map.set("status", status);
        }
    }
    *object = schema::normalize(object);
    allocate(object, None);
}

pub(super) fn prepare_update(target: &Target, live: &Node, object: &mut Node, has_status: bool) {
    match target.subresource.as_str() {
        "status" => {
            let status = object.get("status").cloned();
            let metadata = object.get("metadata").cloned().unwrap_or_default();
            *object = live.clone();
            let Some(map) = object.as_map_mut() else { return };
            match status {
                Some(status) => map.set("status", status),
                None => drop(map.remove("status")),
            }
            keep_written_metadata(target, map, &metadata);
        }
        _ if has_status => {
            let Some(map) = object.as_map_mut() else { return };
            match live.get("status") {
                Some(status) => map.set("status", status.clone()),
                None => drop(map.remove("status")),
            }
        }
        _ => {}
    }
    if let Some(metadata) = object.map_entry("metadata", Origin::default()) {
        for kept in ["creationTimestamp", "generation", "resourceVersion"] {
            match live.at(&["metadata", kept]) {
                Some(node) => metadata.set(kept, node.clone()),
                None => drop(metadata.remove(kept)),
            }
        }
        metadata.remove("selfLink");
        if is_namespaced(target) {
            metadata.set("namespace", text(&target.namespace));
        }
        for kept in ["uid", "deletionTimestamp", "deletionGracePeriodSeconds"] {
            if let Some(node) = live.at(&["metadata", kept]) {
                metadata.entry(kept, || node.clone());
            }
        }
    }
    allocate(object, Some(live));
    *object = schema::normalize(object);
    let changed = match is_custom(target) {
        true => custom_changed(live, object, has_status),
        false => {
            let parts = generation_parts(target);
            let annotations = ["metadata", "annotations"];
            parts.iter().any(|part| live.get(part) != object.get(part))
                || target.info.kind == "Deployment"
                    && live.at(&annotations) != object.at(&annotations)
        }
    };
    if changed {
        let generation = live.at(&["metadata", "generation"]).and_then(Node::as_int).unwrap_or(0);
        if let Some(metadata) = object.map_entry("metadata", Origin::default()) {
            metadata.set("generation", int(generation + 1));
        }
    }
}

/// What a write to the status may change of the metadata.
fn keep_written_metadata(target: &Target, map: &mut Map, written: &Node) {
    let live = map.get("metadata").cloned().unwrap_or_default();
    let mut metadata = if is_custom(target) { live.clone() } else { written.clone() };
    if let (Some(metadata), Some(fields)) = (metadata.as_map_mut(), written.as_map()) {
        match fields.get("managedFields") {
            Some(managed) => metadata.set("managedFields", managed.clone()),
            None => drop(metadata.remove("managedFields")),
        }
        if target.info.kind == "Deployment" {
            match live.get("labels") {
                Some(labels) => metadata.set("labels", labels.clone()),
                None => drop(metadata.remove("labels")),
            }
        }
    }
    map.set("metadata", metadata);
}

fn custom_changed(live: &Node, object: &Node, has_status: bool) -> bool {
    let rest = |node: &Node| {
        let mut map = node.as_map().cloned().unwrap_or_default();
        map.remove("metadata");
        if has_status {
            map.remove("status");
        }
        map
    };
    rest(live) != rest(object)
}

/// Gives a Service what the server allocates, or takes it back.
fn allocate(object: &mut Node, live: Option<&Node>) {
    if object.str_at(&["kind"]) != Some("Service") {
        return;
    }
    let external = object.str_at(&["spec", "type"]) == Some("ExternalName");
    let Some(spec) = object.map_entry("spec", Origin::default()) else { return };
    let before = |field: &str| live.and_then(|live| live.at(&["spec", field]));
    if external {
        let fields =
            ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"];
        for field in fields {
            if spec.get(field) == before(field) {
                spec.remove(field);
            }
        }
        return;
    }
    let ip = before("clusterIP").cloned().unwrap_or_else(|| text("10.0.0.7"));
    let given = |spec: &Map, field: &str| spec.get(field).is_some_and(|node| !node.is_null());
    if !given(spec, "clusterIP") {
        spec.set("clusterIP", ip);
    }
    let ip = spec.get("clusterIP").cloned().unwrap_or_default();
    if !given(spec, "clusterIPs") || spec.get("clusterIP") != before("clusterIP") {
        spec.set("clusterIPs", list([ip]));
    }
    let has_ports =
        matches!(spec.get("type").and_then(Node::as_str), Some("NodePort" | "LoadBalancer"));
    if has_ports && let Some(ports) = spec.get_mut("ports").and_then(Node::as_list_mut) {
        for port in ports.make_mut() {
            if let Some(port) = port.as_map_mut() {
                port.entry("nodePort", || int(30_000));
            }
        }
    }
    spec.entry("ipFamilies", || list([text("IPv4")]));
    spec.entry("ipFamilyPolicy", || text("SingleStack"));
}

/// Whether nothing holds a deleted object any more.
pub(super) fn is_gone(object: &Node) -> bool {
    let finalizers = object.at(&["metadata", "finalizers"]).and_then(Node::as_list);
    object.at(&["metadata", "deletionTimestamp"]).is_some()
        && finalizers.is_none_or(<[Node]>::is_empty)
}

/// A CustomResourceDefinition that is served.
pub(super) fn established(object: &Node, now: &str) -> Node {
    let condition = |kind: &str, reason: &str, message: &str| {
        map(vec![
            ("type", text(kind)),
            ("status", text("True")),
            ("lastTransitionTime", text(now)),
            ("reason", text(reason)),
            ("message", text(message)),
        ])
    };
    let conditions = list([
        condition("NamesAccepted", "NoConflicts", "no conflicts found"),
        condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
    ]);
    let names = object.at(&["spec", "names"]).cloned().unwrap_or_default();
    let mut object = object.clone();
    if let Some(status) = object.map_entry("status", Origin::default()) {
        status.set("conditions", conditions);
        status.set("acceptedNames", names);
    }
    object
}

/// A CustomResourceDefinition whose objects are to be deleted first.
pub(super) fn terminate_definition(object: &mut Node, now: &str) {
    if let Some(metadata) = object.map_entry("metadata", Origin::default()) {
        let finalizer = "customresourcecleanup.apiextensions.k8s.io";
        metadata.set("finalizers", list([text(finalizer)]));
    }
    let condition = map(vec![
        ("type", text("Terminating")),
        ("status", text("True")),
        ("lastTransitionTime", text(now)),
        ("reason", text("InstanceDeletionPending")),
        (
            "message",
            text(
                "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
            ),
        ),
    ]);
    if let Some(status) = object.map_entry("status", Origin::default())
        && let Some(conditions) = status.get_mut("conditions").and_then(Node::as_list_mut)
    {
        conditions.push(condition);
    }
}

/// What is wrong with the parameters of a patch.
pub(super) fn wrong_options(options: &Options, is_apply: bool) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let manager = options.get("fieldManager").unwrap_or_default();
    if is_apply && manager.is_empty() {
        wrong.push(Wrong {
            message: "Required value: is required for apply patch".to_owned(),
            ..Wrong::required("fieldManager")
        });
    }
    if !is_apply && options.get("force").is_some() {
        wrong.push(Wrong::forbidden("force", "may not be specified for non-apply patch"));
    }
    if manager.len() > 128 {
        let message = "Too long: may not be more than 128 bytes";
        wrong.push(other("fieldManager", "FieldValueTooLong", message));
    }
    if let Some((at, char)) = manager.chars().enumerate().find(|(_, char)| char.is_control()) {
        let why = format!("invalid character U+{:04X} (at position {at})", u32::from(char));
        wrong.push(Wrong::invalid("fieldManager", &format!("{manager:?}"), &why));
    }
    if let Some(value) = options.get("dryRun").filter(|value| *value != "All") {
        let message = format!("Unsupported value: [{value:?}]: supported values: \"All\"");
        wrong.push(other("dryRun", "FieldValueNotSupported", message));
    }
    if let Some(value) = options
        .get("fieldValidation")
        .filter(|value| !matches!(*value, "" | "Ignore" | "Strict" | "Warn"))
    {
        let message = format!(
            "Unsupported value: {value:?}: supported values: \"\", \"Ignore\", \"Strict\", \"Warn\""
        );
        wrong.push(other("fieldValidation", "FieldValueNotSupported", message));
    }
    wrong
}

fn other(field: &str, reason: &'static str, message: impl Into<String>) -> Wrong {
    Wrong { field: field.to_owned(), reason, message: message.into() }
}

/// Refuses a body with a key that is there twice.
pub(super) fn strict_yaml(body: &str) -> Result<(), Answer> {
    let file = manifest::FileName::new("body");
    let flavor = manifest::yaml::Flavor::Resource;
    let Err(error) = manifest::yaml::Reader::new().read(body.as_bytes(), file, flavor) else {
        return Ok(());
    };
    let key = body
        .lines()
        .nth(error.origin.line().saturating_sub(1))
        .and_then(|line| line.trim().split(':').next())
        .unwrap_or_default();
    Err(bad_request(&format!(
        "error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  line \
         {}: key \"{key}\" already set in map",
        error.origin.line()
    )))
}

/// The words of Go's YAML reader for what is wrong with a body.
pub(super) fn go_yaml_error(_body: &str, cause: &str) -> String {
    let cause = cause.split(" while ").next().unwrap_or_default();
    format!("line 1: {cause}")
}

/// What the validation of an object, or of its update, says.
pub(super) fn validate(
    server: &Server,
    target: &Target,
    object: &Node,
    live: Option<&Node>,
) -> Result<(), Answer> {
    let wrong = schema::validation::validate(&server.types, object, live);
    if wrong.is_empty() { Ok(()) } else { Err(target.invalid(&wrong)) }
}
