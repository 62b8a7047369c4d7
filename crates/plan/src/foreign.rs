//! Fields that kubectl and older releases left behind, made ours: what they wrote and nobody wants
//! any more then goes away with the next apply, instead of staying for ever.

use manifest::{List, Map, Node, Object, Text};
use schema::apply::{Entry, Operation, decode, encode};

use crate::MANAGER;
use crate::desired::text;

/// Annotations that nobody reads any more once an object is applied by the server.
const ANNOTATIONS: [&str; 3] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "kustomize.toolkit.fluxcd.io/checksum",
    "fluxcd.io/sync-checksum",
];
/// The same for labels.
const LABELS: [&str; 1] = ["fluxcd.io/sync-gc-mark"];

/// A JSON patch, and the object when it is patched.
pub(crate) struct Cleanup {
    pub(crate) patch: Node,
    pub(crate) object: Node,
}

/// The patch that makes ours what is there of kubectl and older releases; `None` where nothing is.
/// It is for the very object that it was made from, and fails where that has changed since.
pub fn cleanup(live: &Object) -> Option<Node> {
    clean(live.root()).map(|cleanup| cleanup.patch)
}

pub(crate) fn clean(live: &Node) -> Option<Cleanup> {
    let mut object = live.clone();
    let mut operations = Vec::new();
    for (field, keys) in [("annotations", &ANNOTATIONS[..]), ("labels", &LABELS[..])] {
        for key in keys {
            if live.at(&["metadata", field, key]).is_none() {
                continue;
            }
            let path = format!("/metadata/{field}/{}", key.replace('/', "~1"));
            operations.push(operation("remove", &path, None));
            remove(&mut object, field, key);
        }
    }
    if let Some(entries) = taken_over(live) {
        encode(&mut object, entries);
        let fields = object.at(&["metadata", "managedFields"]).cloned();
        let fields = fields.unwrap_or_else(|| Node::new(List::new(), live.origin));
        operations.push(operation("replace", "/metadata/managedFields", Some(fields)));
    }
    if operations.is_empty() {
        return None;
    }
    if let Some(version) = live.at(&["metadata", "resourceVersion"]) {
        let path = "/metadata/resourceVersion";
        operations.push(operation("replace", path, Some(version.clone())));
    }
    let patch = Node::new(operations.into_iter().collect::<List>(), live.origin);
    Some(Cleanup { patch, object })
}

/// The entries of managedFields with those of kubectl, of objects from before server-side apply and
/// of our own updates joined with ours; `None` where there are none of those.
fn taken_over(live: &Node) -> Option<Vec<Entry>> {
    let entries = decode(live).ok()?;
    if !entries.iter().any(is_foreign) {
        return None;
    }
    let is_ours = |entry: &Entry| {
        entry.manager == MANAGER
            && entry.operation == Operation::Apply
            && entry.subresource.is_empty()
    };
    let mut ours = entries.iter().find(|entry| is_ours(entry)).cloned();
    let mut others = Vec::new();
    for entry in entries {
        if is_foreign(&entry) {
            match &mut ours {
                Some(ours) => ours.fields = ours.fields.union(&entry.fields),
                None => {
                    let manager = Text::from(MANAGER);
                    ours = Some(Entry { manager, operation: Operation::Apply, ..entry });
                }
            }
        } else if !is_ours(&entry) {
            others.push(entry);
        }
    }
    others.extend(ours);
    Some(others)
}

fn is_foreign(entry: &Entry) -> bool {
    let begins = |name: &str| entry.manager.starts_with(name);
    let updates = entry.operation == Operation::Update;
    entry.subresource.is_empty()
        && (begins("kubectl") || updates && (begins("before-first-apply") || begins(MANAGER)))
}

fn remove(object: &mut Node, field: &str, key: &str) {
    let metadata = object.as_map_mut().and_then(|map| map.get_mut("metadata"));
    let Some(metadata) = metadata.and_then(Node::as_map_mut) else { return };
    let Some(entries) = metadata.get_mut(field).and_then(Node::as_map_mut) else { return };
    entries.remove(key);
}

fn operation(op: &str, path: &str, value: Option<Node>) -> Node {
    let mut map = Map::new();
    map.push_new("op".into(), text(op));
    map.push_new("path".into(), text(path));
    if let Some(value) = value {
        map.push_new("value".into(), value);
    }
    Node::new(map, manifest::Origin::NONE)
}

#[cfg(test)]
mod tests;
