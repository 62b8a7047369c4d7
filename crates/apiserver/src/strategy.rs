//! What the server does to an object between a request and its store (the strategies in Kubernetes'
//! `pkg/registry`).

mod amounts;
mod begin;
mod limits;
mod priority;
mod quota;

use manifest::{Map, Node, Origin, Text};
use schema::validation::Wrong;

use crate::call::Answer;
use crate::crds;
use crate::make::{self, int, list, map, text};
use crate::query::Query;
use crate::server::Server;
use crate::target::Target;

/// What makes a kind's generation move.
fn generation_parts(target: &Target) -> &'static [&'static str] {
    match target.kind() {
        "Deployment"
        | "StatefulSet"
        | "DaemonSet"
        | "ReplicaSet"
        | "Job"
        | "CronJob"
        | "Ingress"
        | "NetworkPolicy"
        | "PodDisruptionBudget"
        | "ReplicationController"
        | "IngressClass"
        | "Pod"
        | "ValidatingAdmissionPolicy"
        | "ValidatingAdmissionPolicyBinding"
        | "MutatingAdmissionPolicy"
        | "MutatingAdmissionPolicyBinding"
        | "FlowSchema"
        | "PriorityLevelConfiguration"
        | "CustomResourceDefinition" => &["spec"],
        "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" => &["webhooks"],
        "EndpointSlice" => &["addressType", "endpoints", "ports"],
        "PodTemplate" => &["template"],
        // It has a generation, that never moves.
        "PriorityClass" => &[""],
        _ => &[],
    }
}

pub(crate) use quota::charges;

/// What admission adds to a new object, before anything else sees it.
pub(crate) fn admit(server: &Server, target: &Target, object: &mut Node) -> Result<(), Answer> {
    limits::set_defaults(server, target, object);
    priority::set(server, target, object)
}

/// What admission refuses of an object that is right by itself.
pub(crate) fn check_admission(
    server: &Server,
    target: &Target,
    object: &Node,
    live: Option<&Node>,
) -> Result<(), Answer> {
    let is_claim = target.resource.is("", "PersistentVolumeClaim") && target.subresource.is_empty();
    if live.is_none() || is_claim || target.subresource == "resize" {
        limits::check(server, target, object)?;
    }
    priority::check(server, target, object)
}

/// Makes what a request wants a new object, that gets a uid and the time of its birth.
pub(crate) fn prepare_create(target: &Target, object: &mut Node, (uid, now): (Text, Text)) {
    let has_status = target.resource.has_status();
    let custom = target.resource.is_custom();
    if let Some(map) = object.as_map_mut()
        && has_status
        && map.contains("status")
    {
        map.remove("status");
    }
    if let Some(metadata) = make::metadata(object) {
        if target.resource.is_namespaced() {
            metadata.set("namespace", text(target.namespace.clone()));
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
    if target.kind() == "CustomResourceDefinition" {
        let stored: Vec<Node> = storage_version(object).cloned().into_iter().collect();
        let status = map([("storedVersions", list(stored))]);
        if let Some(map) = object.as_map_mut() {
            map.set("status", status);
        }
    }
    begin::begin(target, object);
    *object = schema::normalize(object);
    drop_empty_lists(target, object);
}

/// The name of the version in which a CustomResourceDefinition keeps objects.
fn storage_version(definition: &Node) -> Option<&Node> {
    let versions = definition.at(&["spec", "versions"]).and_then(Node::as_list)?;
    let is_stored = |version: &&Node| version.get("storage").and_then(Node::as_bool) == Some(true);
    versions.iter().find(is_stored)?.get("name")
}

/// The versions in which objects may be kept: the one that a CustomResourceDefinition now says too.
fn add_storage_version(definition: &mut Node) {
    let Some(version) = storage_version(definition).cloned() else { return };
    let stored = definition.at(&["status", "storedVersions"]).and_then(Node::as_list);
    let mut stored = stored.unwrap_or_default().to_vec();
    if stored.contains(&version) {
        return;
    }
    stored.push(version);
    if let Some(status) = definition.map_entry("status", Origin::NONE) {
        status.set("storedVersions", list(stored));
    }
}

/// Makes what a request wants what becomes of a live object.
pub(crate) fn prepare_update(target: &Target, live: &Node, object: &mut Node) {
    let has_status = target.resource.has_status();
    match target.subresource.as_str() {
        "finalize" => {
            if let (Some(status), Some(map)) = (live.get("status"), object.as_map_mut()) {
                map.set("status", status.clone());
            }
        }
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
            let is_namespace = target.resource.is("", "Namespace");
            let Some(map) = object.as_map_mut() else { return };
            // The finalizers of a namespace have an endpoint of their own.
            for kept in ["status"].into_iter().chain(is_namespace.then_some("spec")) {
                match live.get(kept) {
                    Some(node) => map.set(kept, node.clone()),
                    None => drop(map.remove(kept)),
                }
            }
        }
        _ => {}
    }
    if let Some(metadata) = make::metadata(object) {
        for kept in ["creationTimestamp", "generation", "resourceVersion"] {
            match live.at(&["metadata", kept]) {
                Some(node) => metadata.set(kept, node.clone()),
                None => drop(metadata.remove(kept)),
            }
        }
        metadata.remove("selfLink");
        if target.resource.is_namespaced() {
            metadata.set("namespace", text(target.namespace.clone()));
        }
        for kept in ["uid", "deletionTimestamp", "deletionGracePeriodSeconds"] {
            if let Some(node) = live.at(&["metadata", kept]) {
                metadata.entry(kept, || node.clone());
            }
        }
    }
    if target.subresource.is_empty() && target.resource.is("apiextensions.k8s.io", crds::KIND) {
        add_storage_version(object);
    }
    if !target.subresource.is_empty() {
        // What is written as a whole comes in the form that it is kept in.
        *object = schema::normalize(object);
    }
    drop_empty_lists(target, object);
    if target.resource.is("apps", "DaemonSet") {
        let template = ["spec", "template"];
        let is_new = i64::from(live.at(&template) != object.at(&template));
        set_template_generation(object, template_generation(live) + is_new);
    }
    let changed = match target.resource.is_custom() {
        true => custom_changed(live, object, has_status),
        false => {
            let parts = generation_parts(target);
            let of_metadata = match target.kind() {
                "Deployment" => Some("annotations"),
                "EndpointSlice" => Some("labels"),
                _ => None,
            };
            let differs =
                |part: &str| live.at(&["metadata", part]) != object.at(&["metadata", part]);
            parts.iter().any(|part| live.get(part) != object.get(part))
                || of_metadata.is_some_and(differs)
        }
    };
    if changed {
        let generation = live.at(&["metadata", "generation"]).and_then(Node::as_int).unwrap_or(0);
        if let Some(metadata) = make::metadata(object) {
            metadata.set("generation", int(generation + 1));
        }
    }
}

/// The annotation in which a DaemonSet counts its templates.
const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

/// How often the template of a DaemonSet was another.
fn template_generation(object: &Node) -> i64 {
    let text = object.str_at(&["metadata", "annotations", TEMPLATE_GENERATION]);
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn set_template_generation(object: &mut Node, generation: i64) {
    let Some(metadata) = make::metadata(object) else { return };
    let annotations = metadata.entry("annotations", || map([]));
    if annotations.is_null() {
        *annotations = map([]);
    }
    if let Some(annotations) = annotations.as_map_mut() {
        annotations.set(TEMPLATE_GENERATION, text(ecow::eco_format!("{generation}")));
    }
}

/// Lists that are always written: where they have nothing, Go keeps nothing of them.
fn drop_empty_lists(target: &Target, object: &mut Node) {
    let (part, fields): (_, &[&str]) = match (target.group(), target.kind()) {
        ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => ("", &["rules"]),
        ("discovery.k8s.io", "EndpointSlice") => ("", &["endpoints", "ports"]),
        ("", "LimitRange") => ("spec", &["limits"]),
        _ => return,
    };
    let map = match part {
        "" => object.as_map_mut(),
        _ => object.get(part).is_some().then(|| object.map_entry(part, Origin::NONE)).flatten(),
    };
    let Some(map) = map else { return };
    for field in fields {
        if let Some(list) = map.get_mut(field)
            && list.as_list().is_some_and(<[Node]>::is_empty)
        {
            *list = Node::default();
        }
    }
}

/// What a write to the status may change of the metadata.
fn keep_written_metadata(target: &Target, map: &mut Map, written: &Node) {
    let live = map.get("metadata").cloned().unwrap_or_default();
    let mut metadata = if target.resource.is_custom() { live.clone() } else { written.clone() };
    if let (Some(metadata), Some(fields)) = (metadata.as_map_mut(), written.as_map()) {
        match fields.get("managedFields") {
            Some(managed) => metadata.set("managedFields", managed.clone()),
            None => drop(metadata.remove("managedFields")),
        }
        if target.kind() == "Deployment" {
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

/// Whether nothing holds a deleted object any more.
pub(crate) fn is_gone(object: &Node) -> bool {
    let finalizers = object.at(&["metadata", "finalizers"]).and_then(Node::as_list);
    let spec = object.at(&["spec", "finalizers"]).and_then(Node::as_list);
    let is_held_by_spec = object.str_at(&["kind"]) == Some("Namespace")
        && object.str_at(&["apiVersion"]) == Some("v1")
        && spec.is_some_and(|list| !list.is_empty());
    // A pod may have a while left.
    let grace = object.at(&["metadata", "deletionGracePeriodSeconds"]).and_then(Node::as_int);
    !make::meta(object, "deletionTimestamp").is_empty()
        && grace.unwrap_or(0) == 0
        && !is_held_by_spec
        && finalizers.is_none_or(<[Node]>::is_empty)
}

/// What is wrong with the parameters of a patch.
pub(crate) fn wrong_options(options: Query<'_>, is_apply: bool) -> Vec<Wrong> {
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
    wrong.extend(wrong_write_options(options));
    wrong
}

/// What is wrong with the parameters of any write.
pub(crate) fn wrong_write_options(options: Query<'_>) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let manager = options.get("fieldManager").unwrap_or_default();
    if manager.len() > 128 {
        let message = "Too long: may not be more than 128 bytes";
        wrong.push(other("fieldManager", "FieldValueTooLong", message));
    }
    if let Some((at, char)) = manager.chars().enumerate().find(|(_, char)| char.is_control()) {
        let why = format!("invalid character U+{:04X} (at position {at})", u32::from(char));
        wrong.push(Wrong::invalid("fieldManager", &format!("{manager:?}"), &why));
    }
    wrong.extend(wrong_dry_run(options));
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

/// What is wrong with `dryRun`.
pub(crate) fn wrong_dry_run(query: Query<'_>) -> Option<Wrong> {
    query.get("dryRun").filter(|value| *value != "All").map(unsupported_dry_run)
}

/// That there is one kind of dry run only.
pub(crate) fn unsupported_dry_run(value: &str) -> Wrong {
    let message = format!("Unsupported value: [{value:?}]: supported values: \"All\"");
    other("dryRun", "FieldValueNotSupported", message)
}
