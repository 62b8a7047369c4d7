//! Desired objects in the form in which they are sent.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use manifest::{Map, Node, Object, Origin, Sensitive, Text, Value};
use schema::{Kinds, Scope};

/// What of the metadata is the server's to say.
const OF_SERVER: [&str; 7] = [
    "creationTimestamp",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// `object` as it is sent: in its namespace, without what is the server's to say, and in the spelling
/// that Flux sends (`fluxcd/pkg/ssa/normalize`): a Secret's `stringData` as `data`, and ports with
/// their protocol. A manifest that was exported from a cluster may name a resource version; Flux
/// sends it and is refused, we leave it out.
pub fn normalize(kinds: &Kinds, object: &Object) -> Object {
    let mut object = object.clone();
    let (group, kind) = (object.gvk().group, object.gvk().kind);
    let scope = kinds.versions(&group, &kind).first().map(|info| info.scope);
    let id = kinds.object_id(&object);
    let origin = object.origin();
    let root = object.root_mut();
    if let Some(map) = root.as_map_mut() {
        map.remove("status");
    }
    if let Some(metadata) = root.map_entry("metadata", origin) {
        for key in OF_SERVER {
            if metadata.contains(key) {
                metadata.remove(key);
            }
        }
        match scope {
            Some(Scope::Cluster) if metadata.contains("namespace") => {
                metadata.remove("namespace");
            }
            Some(Scope::Namespaced) if !metadata.contains("namespace") => {
                metadata.set("namespace", Node::string(id.namespace, origin));
            }
            _ => {}
        }
    }
    match (group.as_str(), kind.as_str()) {
        ("", "Secret") => move_string_data(root),
        ("", "Service") => protocols(root, &["spec"]),
        ("", "Pod") => containers(root, &["spec"]),
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") | ("batch", "Job") => {
            containers(root, &["spec", "template", "spec"]);
        }
        ("batch", "CronJob") => {
            containers(root, &["spec", "jobTemplate", "spec", "template", "spec"]);
        }
        _ => {}
    }
    object
}

/// Why something in an object cannot be known, if so.
pub fn unknown(node: &Node) -> Option<&Text> {
    match &node.value {
        Value::Unknown(reason) => Some(reason),
        Value::List(list) => list.iter().find_map(unknown),
        Value::Map(map) => map.iter().find_map(|(_, node)| unknown(node)),
        _ => None,
    }
}

/// Sensitive text as plain text, to be compared with what the server has; not to be shown.
pub(crate) fn exposed(node: &Node) -> Node {
    if !has_sensitive(node) {
        return node.clone();
    }
    let value = match &node.value {
        Value::Sensitive(text) => Value::String(text.expose().into()),
        Value::List(list) => Value::List(list.iter().map(exposed).collect()),
        Value::Map(map) => map.iter().map(|(key, node)| (key.clone(), exposed(node))).collect(),
        other => other.clone(),
    };
    Node { value, origin: node.origin }
}

/// Whether something in it must not be seen.
pub(crate) fn has_sensitive(node: &Node) -> bool {
    match &node.value {
        Value::Sensitive(_) => true,
        Value::List(list) => list.iter().any(has_sensitive),
        Value::Map(map) => map.iter().any(|(_, node)| has_sensitive(node)),
        _ => false,
    }
}

/// The server would do the same, but then nobody would own what it made of it.
fn move_string_data(root: &mut Node) {
    let origin = root.origin;
    let Some(map) = root.as_map_mut() else { return };
    let Some(plain) = map.remove("stringData") else { return };
    let Some(data) = root.map_entry("data", origin) else { return };
    for (key, node) in plain.as_map().into_iter().flat_map(Map::iter) {
        let value = match &node.value {
            Value::Sensitive(text) => {
                Value::Sensitive(Sensitive::new(STANDARD.encode(text.expose())))
            }
            Value::String(text) => Value::String(STANDARD.encode(text.as_bytes()).into()),
            other => other.clone(),
        };
        data.set(key.clone(), Node { value, origin: node.origin });
    }
}

fn containers(root: &mut Node, path: &[&str]) {
    let Some(list) = list_at(root, path, "containers") else { return };
    for container in list {
        protocols(container, &[]);
    }
}

/// Gives ports without a protocol the one that they have: it is part of their key.
fn protocols(node: &mut Node, path: &[&str]) {
    let Some(ports) = list_at(node, path, "ports") else { return };
    for port in ports {
        let origin = port.origin;
        let has_none = |map: &Map| map.get("protocol").is_none_or(Node::is_null);
        if let Some(map) = port.as_map_mut().filter(|map| has_none(map)) {
            map.set("protocol", Node::string("TCP", origin));
        }
    }
}

/// The items of a list, to write to; nothing is touched where there are none.
fn list_at<'n>(root: &'n mut Node, path: &[&str], field: &str) -> Option<&'n mut [Node]> {
    let is_there = |root: &Node| root.at(path)?.get(field)?.as_list().map(<[Node]>::len);
    is_there(root).filter(|len| *len > 0)?;
    let mut node = root;
    for key in path.iter().chain([&field]) {
        node = node.as_map_mut()?.get_mut(key)?;
    }
    Some(node.as_list_mut()?.make_mut())
}

/// An empty map, for what has no origin of its own.
pub(crate) fn text(text: impl Into<Text>) -> Node {
    Node::string(text, Origin::NONE)
}

#[cfg(test)]
mod tests;
