//! A cluster in a map.

use std::collections::{BTreeMap, BTreeSet};

use manifest::{Map, Node, Object, ObjectId, Origin};
use schema::apply::{Writer, apply, update};
use schema::{Kinds, Types, complete, reset_fields};

use super::{Action, Change, ChangeSet, Live, MANAGER, normalize, objects};
use crate::desired::exposed;

/// Objects as a server keeps them.
#[derive(Clone, Default)]
pub(crate) struct Cluster {
    pub(crate) kinds: Kinds,
    pub(crate) types: Types,
    objects: BTreeMap<ObjectId, Object>,
    unseen: BTreeSet<ObjectId>,
    writes: i64,
}

const NOW: &str = "2026-01-01T00:00:00Z";

impl Cluster {
    /// With these objects, applied by us.
    pub(crate) fn with(objects: &[Object]) -> Cluster {
        let mut cluster = Cluster::default();
        for object in objects {
            cluster.apply(MANAGER, &normalize(&cluster.kinds, object));
        }
        cluster
    }

    pub(crate) fn live(&self, id: &ObjectId) -> Live {
        if self.unseen.contains(id) {
            return Live::Unseen;
        }
        self.objects.get(id).cloned().into()
    }

    pub(crate) fn hide(&mut self, id: &ObjectId) {
        self.unseen.insert(id.clone());
    }

    pub(crate) fn show_all(&mut self) {
        self.unseen.clear();
    }

    pub(crate) fn object(&self, text: &str) -> &Object {
        let found = self.objects.iter().find(|(id, _)| id.to_string() == text);
        found.map(|(_, object)| object).unwrap()
    }

    pub(crate) fn ids(&self) -> BTreeSet<ObjectId> {
        self.objects.keys().cloned().collect()
    }

    pub(crate) fn apply(&mut self, manager: &str, object: &Object) {
        let id = self.kinds.object_id(object);
        let (api_version, kind) = (object.api_version(), object.kind());
        let reset = reset_fields(api_version, kind, "");
        let writer = Writer { manager, api_version, kind, subresource: "", now: NOW, reset };
        let live = self.objects.get(&id).map(Object::root);
        let applied = apply(&self.types, live, &exposed(object.root()), writer, true).unwrap();
        self.store(id, applied.object);
    }

    /// Changes objects as clients do that do not apply.
    pub(crate) fn update(&mut self, manager: &str, subresource: &str, text: &str) {
        for object in objects(text) {
            let id = self.kinds.object_id(&object);
            let (api_version, kind) = (object.api_version(), object.kind());
            let reset = reset_fields(api_version, kind, "");
            let writer = Writer { manager, api_version, kind, subresource, now: NOW, reset };
            let live = self.objects.get(&id).map(Object::root);
            let mut new = live.cloned().unwrap_or_else(|| Node::map(Origin::NONE));
            merge(&mut new, object.root());
            let new = complete(&self.types, &new);
            let node = update(&self.types, live, &new, writer);
            self.store(id, node);
        }
    }

    fn store(&mut self, id: ObjectId, mut node: Node) {
        self.writes += 1;
        let (version, uid) = (self.writes.to_string(), format!("uid-{id}"));
        let metadata = node.map_entry("metadata", Origin::NONE).unwrap();
        metadata.set("resourceVersion", Node::string(version, Origin::NONE));
        metadata.set("uid", Node::string(uid, Origin::NONE));
        metadata.set("creationTimestamp", Node::string(NOW, Origin::NONE));
        self.objects.insert(id, Object::new(node).unwrap());
    }

    /// Does what a plan says.
    pub(crate) fn carry_out(&mut self, set: &ChangeSet) {
        let writes: Vec<Change> = set.writes().cloned().collect();
        for change in writes {
            match change.action {
                Action::Skip(_) => {}
                Action::Delete => {
                    self.objects.remove(&change.id);
                }
                Action::Replace => {
                    self.objects.remove(&change.id);
                    self.apply(MANAGER, &change.object);
                }
                Action::Create | Action::Configure => {
                    if change.cleanup.is_some() {
                        let live = self.objects.get(&change.id).unwrap();
                        let cleaned = crate::foreign::clean(live.root()).unwrap();
                        assert_eq!(change.cleanup, Some(cleaned.patch));
                        self.store(change.id.clone(), cleaned.object);
                    }
                    self.apply(MANAGER, &change.object);
                }
            }
        }
    }
}

/// A merge patch.
fn merge(target: &mut Node, patch: &Node) {
    let Some(entries) = patch.as_map() else {
        *target = patch.clone();
        return;
    };
    if target.as_map().is_none() {
        *target = Node::new(Map::new(), Origin::NONE);
    }
    let map = target.as_map_mut().unwrap();
    for (key, node) in entries.iter() {
        if node.is_null() {
            map.remove(key);
        } else {
            merge(map.entry(key, Node::default), node);
        }
    }
}
