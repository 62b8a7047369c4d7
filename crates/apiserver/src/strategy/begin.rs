//! What the server gives to new objects of single kinds, and nobody owns: the states that they begin
//! in, and what admission adds.

use manifest::{Map, Node, Origin};

use crate::make::{int, list, map, meta, metadata, text};
use crate::target::Target;

/// Completes a new object that has its uid.
pub(crate) fn begin(target: &Target, object: &mut Node) {
    if target.resource.is_custom() {
        return;
    }
    match (target.group(), target.kind()) {
        ("", "Namespace") => namespace(object),
        ("", "Pod") => pod(object),
        ("", "PersistentVolumeClaim") => {
            finalizer(object, "kubernetes.io/pvc-protection");
            set_status(object, "phase", "Pending");
        }
        ("", "PersistentVolume") => {
            finalizer(object, "kubernetes.io/pv-protection");
            set_status(object, "phase", "Pending");
            phase_changed(object);
        }
        ("", "Node") => node(object),
        ("batch", "Job") => job(object),
        ("apps", "DaemonSet") => daemon_set(object),
        _ => {}
    }
}

fn namespace(object: &mut Node) {
    if let Some(spec) = object.map_entry("spec", Origin::NONE) {
        let finalizers = spec.entry("finalizers", || list([]));
        if finalizers.is_null() {
            *finalizers = list([]);
        }
        if let Some(finalizers) = finalizers.as_list_mut() {
            let ours = text("kubernetes");
            if !finalizers.contains(&ours) {
                finalizers.push(ours);
            }
        }
    }
    set_status(object, "phase", "Active");
}

/// A volume remembers when it came into its phase.
fn phase_changed(object: &mut Node) {
    let now = text(meta(object, "creationTimestamp"));
    if let Some(status) = object.map_entry("status", Origin::NONE) {
        status.set("lastPhaseTransitionTime", now);
    }
}

fn set_status(object: &mut Node, field: &str, value: &'static str) {
    if let Some(status) = object.map_entry("status", Origin::NONE) {
        status.set(field, text(value));
    }
}

fn finalizer(object: &mut Node, name: &'static str) {
    let Some(metadata) = metadata(object) else { return };
    let finalizers = metadata.entry("finalizers", || list([]));
    if finalizers.is_null() {
        *finalizers = list([]);
    }
    if let Some(finalizers) = finalizers.as_list_mut()
        && !finalizers.iter().any(|other| other.as_str() == Some(name))
    {
        finalizers.push(text(name));
    }
}

fn node(object: &mut Node) {
    let Some(spec) = object.map_entry("spec", Origin::NONE) else { return };
    let taint =
        map([("key", text("node.kubernetes.io/not-ready")), ("effect", text("NoSchedule"))]);
    push_new(spec, "taints", taint, &["key", "effect"]);
}

/// Adds an item to a list, unless one has the same values of `keys`.
fn push_new(map: &mut Map, field: &str, item: Node, keys: &[&str]) {
    let items = map.entry(field, || list([]));
    if items.is_null() {
        *items = list([]);
    }
    let Some(items) = items.as_list_mut() else { return };
    let same = |other: &Node| keys.iter().all(|key| other.get(key) == item.get(key));
    if !items.iter().any(same) {
        items.push(item);
    }
}

fn pod(object: &mut Node) {
    let quality = object.get("spec").map_or("BestEffort", schema::quality::of);
    if let Some(spec) = object.map_entry("spec", Origin::NONE) {
        for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
            tolerate(spec, key);
        }
    }
    set_status(object, "phase", "Pending");
    set_status(object, "qosClass", quality);
    let gates = object.at(&["spec", "schedulingGates"]).and_then(Node::as_list);
    if gates.is_some_and(|gates| !gates.is_empty()) {
        let condition = map([
            ("type", text("PodScheduled")),
            ("status", text("False")),
            ("lastProbeTime", Node::default()),
            ("lastTransitionTime", text(meta(object, "creationTimestamp"))),
            ("reason", text("SchedulingGated")),
            ("message", text("Scheduling is blocked due to non-empty scheduling gates")),
        ]);
        if let Some(status) = object.map_entry("status", Origin::NONE) {
            status.set("conditions", list([condition]));
        }
    }
}

/// A node that is away for five minutes loses its pods, unless they say how long.
fn tolerate(spec: &mut Map, key: &'static str) {
    let tolerated = spec.get("tolerations").and_then(Node::as_list).unwrap_or_default();
    let covers = |toleration: &Node| {
        let own = toleration.str_at(&["key"]).unwrap_or_default();
        let effect = toleration.str_at(&["effect"]).unwrap_or_default();
        (own == key || own.is_empty()) && matches!(effect, "NoExecute" | "")
    };
    if tolerated.iter().any(covers) {
        return;
    }
    let toleration = map([
        ("key", text(key)),
        ("operator", text("Exists")),
        ("effect", text("NoExecute")),
        ("tolerationSeconds", int(300)),
    ]);
    let tolerations = spec.entry("tolerations", || list([]));
    if tolerations.is_null() {
        *tolerations = list([]);
    }
    if let Some(list) = tolerations.as_list_mut() {
        list.push(toleration);
    }
}

/// A DaemonSet counts its templates, in an annotation.
fn daemon_set(object: &mut Node) {
    let generation = crate::strategy::template_generation(object).max(1);
    crate::strategy::set_template_generation(object, generation);
}

/// The pods of a Job are known by its uid, unless it says by what else.
fn job(object: &mut Node) {
    let (uid, name) = (meta(object, "uid").to_owned(), meta(object, "name").to_owned());
    let is_manual = object.at(&["spec", "manualSelector"]).and_then(Node::as_bool) == Some(true);
    let own = "batch.kubernetes.io/controller-uid";
    let Some(spec) = object.map_entry("spec", Origin::NONE) else { return };
    if !is_manual {
        let selector = spec.entry("selector", || map([]));
        if let Some(labels) = selector.map_entry("matchLabels", Origin::NONE) {
            labels.entry(own, || text(uid.clone()));
        }
    }
    let template = spec.entry("template", || map([]));
    let Some(metadata) = template.map_entry("metadata", Origin::NONE) else { return };
    if !is_manual {
        let labels = metadata.entry("labels", || map([]));
        if labels.is_null() {
            *labels = map([]);
        }
        for (key, value) in [
            (own, &uid),
            ("batch.kubernetes.io/job-name", &name),
            ("controller-uid", &uid),
            ("job-name", &name),
        ] {
            if let Some(labels) = labels.as_map_mut() {
                labels.entry(key, || text(value.clone()));
            }
        }
    }
}
