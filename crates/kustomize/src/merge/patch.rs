//! A patch, ready to be applied.

use manifest::{Map, Node, Text, Value, Via};

use super::keys::raw_text;

/// A patch whose nodes say that a patch put them there. Made once, applied to any number of targets.
#[derive(Clone, Debug)]
pub(crate) struct Patch(Node);

impl Patch {
    /// A patch for the one object that it names.
    pub(crate) fn new(mut node: Node) -> Patch {
        mark(&mut node);
        Patch(node)
    }

    /// A patch for the objects that a `target` selects. Whatever it says of its own identity, it has the
    /// API version of each of them; and kustomize has made text of its labels and annotations by then
    /// (api/resource `CopyMergeMetaDataFieldsFrom`), so that `null` is a text among them and deletes
    /// nothing, and an empty map is none.
    pub(crate) fn for_selected(mut node: Node) -> Patch {
        if let Some(patch) = node.as_map_mut() {
            patch.remove("apiVersion");
            if patch.get("metadata").is_some_and(Node::is_null) {
                patch.remove("metadata");
            }
            if let Some(metadata) = patch.get_mut("metadata").and_then(Node::as_map_mut) {
                for field in ["labels", "annotations"] {
                    as_text(metadata, field);
                }
            }
        }
        Patch::new(node)
    }

    /// The patch.
    pub(crate) fn node(&self) -> &Node {
        &self.0
    }
}

fn as_text(metadata: &mut Map, field: &str) {
    let Some(node) = metadata.get_mut(field) else { return };
    match &mut node.value {
        Value::Unknown(_) => {}
        Value::Map(pairs) if !pairs.is_empty() => {
            for (_, value) in pairs.iter_mut() {
                let text: Text = match &value.value {
                    Value::Unknown(_) | Value::Sensitive(_) => continue,
                    Value::String(text) => text.clone(),
                    _ => raw_text(value),
                };
                // Text for good: a JSON patch does not make a number or date of it.
                *value = Node::string(text, value.origin.quoted(true));
            }
        }
        _ => drop(metadata.remove(field)),
    }
}

fn mark(node: &mut Node) {
    node.origin = node.origin.via(Via::Patch);
    match &mut node.value {
        Value::Map(map) => map.iter_mut().for_each(|(_, node)| mark(node)),
        Value::List(list) => list.make_mut().iter_mut().for_each(mark),
        _ => {}
    }
}
