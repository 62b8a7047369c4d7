//! Objects, and what became of them: collections with a log of their changes.
//!
//! One revision counts all writes of a cluster. A collection keeps its last changes, so that a watch
//! goes on where it was and a list shows the state of a while ago. Whoever waits for changes is woken;
//! without anybody waiting, a write costs nothing for them.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use manifest::{Node, Text};
use rustc_hash::FxHashMap;
use tokio::sync::{mpsc, watch};

use crate::data::Journal;
use crate::make::{self, text};

/// How many changes a collection keeps.
const LOG: usize = 2048;
/// The revision of a new cluster, and of what is there from the beginning.
pub(crate) const BEGINNING: u64 = 1;

/// What an object is found by: `NAMESPACE/NAME`, or its name. A real server lists in this order.
pub(crate) type Key = Text;

/// The key of an object.
pub(crate) fn key(namespace: &str, name: &str) -> Key {
    if namespace.is_empty() { name.into() } else { ecow::eco_format!("{namespace}/{name}") }
}

/// An object, and when it was written last.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) node: Node,
    pub(crate) revision: u64,
}

/// One change of one object.
#[derive(Clone, Debug)]
pub struct Change {
    /// When.
    pub revision: u64,
    /// The collection, e.g. `deployments.apps`.
    pub collection: Text,
    /// The namespace; empty for cluster-scoped objects.
    pub namespace: Text,
    /// The name.
    pub name: Text,
    /// The object before; `None` where it is new.
    pub before: Option<Node>,
    /// The object as it is now, or as it was when it was deleted, with this change's revision.
    pub object: Node,
    /// Whether it is gone.
    pub deleted: bool,
}

/// What happens to an object.
pub(crate) enum Write {
    /// It is this now.
    Put(Node),
    /// It is gone, and was this in the end.
    Delete(Node),
}

/// Somebody else was there first.
pub(crate) struct Stale;

/// The revision asked for is no longer kept.
pub(crate) struct Compacted;

#[derive(Default)]
struct Collection {
    /// Clusters share what they begin with until they write to it.
    objects: Arc<BTreeMap<Key, Stored>>,
    log: VecDeque<Change>,
    /// The last revision whose successor is not in the log.
    compacted: u64,
    /// Wakes those who wait for changes, once anybody did.
    woken: Option<watch::Sender<u64>>,
}

/// All objects of a cluster.
pub(crate) struct Store {
    collections: FxHashMap<Text, Collection>,
    revision: u64,
    followers: Vec<mpsc::UnboundedSender<Change>>,
    /// What keeps the objects over restarts.
    pub(crate) journal: Option<Journal>,
}

/// Every change from a moment on, in order.
pub struct Changes {
    receiver: mpsc::UnboundedReceiver<Change>,
}

impl Changes {
    /// The next change; `None` when the server is gone.
    pub async fn next(&mut self) -> Option<Change> {
        self.receiver.recv().await
    }

    /// The next change where there is one already.
    pub fn try_next(&mut self) -> Option<Change> {
        self.receiver.try_recv().ok()
    }
}

impl Store {
    /// Nothing yet.
    pub(crate) fn new() -> Store {
        let collections = FxHashMap::default();
        Store { collections, revision: BEGINNING, followers: Vec::new(), journal: None }
    }

    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    pub(crate) fn get(&self, collection: &str, namespace: &str, name: &str) -> Option<&Stored> {
        self.collections.get(collection)?.objects.get(&key(namespace, name))
    }

    /// The objects of a collection, of one namespace where one is named, in the order of their keys.
    pub(crate) fn list<'s>(
        &'s self,
        collection: &str,
        namespace: &str,
    ) -> impl Iterator<Item = (&'s Key, &'s Stored)> + use<'s> {
        let objects = self.collections.get(collection).map(|collection| &*collection.objects);
        objects.into_iter().flat_map(within(namespace))
    }

    /// All objects that were written, each with its collection.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Text, Node)> {
        self.collections.iter().flat_map(|(collection, kept)| {
            let written = kept.objects.values().filter(|stored| stored.revision > BEGINNING);
            written.map(|stored| (collection.clone(), stored.node.clone()))
        })
    }

    /// A collection as it was at a revision.
    pub(crate) fn at(
        &self,
        collection: &str,
        revision: u64,
    ) -> Result<BTreeMap<Key, Stored>, Compacted> {
        let Some(collection) = self.collections.get(collection) else { return Ok(BTreeMap::new()) };
        if revision < collection.compacted {
            return Err(Compacted);
        }
        let mut objects = BTreeMap::clone(&collection.objects);
        for change in collection.log.iter().rev().take_while(|change| change.revision > revision) {
            let key = key(&change.namespace, &change.name);
            match &change.before {
                Some(node) => {
                    let revision = revision_of(node);
                    objects.insert(key, Stored { node: node.clone(), revision });
                }
                None => drop(objects.remove(&key)),
            }
        }
        Ok(objects)
    }

    /// Writes one object, if it is still at `expected`; `None` expects that there is none. The answer
    /// is the object with its new revision.
    pub(crate) fn write(
        &mut self,
        collection: &Text,
        namespace: &Text,
        name: &Text,
        expected: Option<u64>,
        write: Write,
    ) -> Result<Node, Stale> {
        let revision = self.revision + 1;
        let key = key(namespace, name);
        let kept = self.collections.entry(collection.clone()).or_default();
        if kept.objects.get(&key).map(|stored| stored.revision) != expected {
            return Err(Stale);
        }
        self.revision = revision;
        let (mut object, deleted) = match write {
            Write::Put(node) => (node, false),
            Write::Delete(node) => (node, true),
        };
        if let Some(metadata) = make::metadata(&mut object) {
            metadata.set("resourceVersion", text(ecow::eco_format!("{revision}")));
        }
        let mut shown = object.clone();
        if let Some(journal) = &mut self.journal {
            if deleted {
                journal.delete(collection, &key, revision);
            } else {
                journal.put(collection, &key, &object);
            }
        }
        if deleted && let Some(last) = kept.objects.get(&key) {
            // Who watches is shown what was stored last.
            shown = last.node.clone();
            if let Some(metadata) = make::metadata(&mut shown) {
                metadata.set("resourceVersion", text(ecow::eco_format!("{revision}")));
            }
        }
        let objects = Arc::make_mut(&mut kept.objects);
        let before = if deleted {
            objects.remove(&key)
        } else {
            objects.insert(key, Stored { node: object.clone(), revision })
        };
        let change = Change {
            revision,
            collection: collection.clone(),
            namespace: namespace.clone(),
            name: name.clone(),
            before: before.map(|stored| stored.node),
            object: shown,
            deleted,
        };
        if !self.followers.is_empty() {
            self.followers.retain(|follower| follower.send(change.clone()).is_ok());
        }
        if kept.log.len() == LOG
            && let Some(oldest) = kept.log.pop_front()
        {
            kept.compacted = oldest.revision;
        }
        kept.log.push_back(change);
        if let Some(woken) = &kept.woken {
            woken.send_replace(revision);
        }
        Ok(object)
    }

    /// The changes of a collection after a revision.
    pub(crate) fn since(
        &self,
        collection: &str,
        revision: u64,
    ) -> Result<impl Iterator<Item = &Change> + use<'_>, Compacted> {
        let collection = self.collections.get(collection);
        if collection.is_some_and(|collection| revision < collection.compacted) {
            return Err(Compacted);
        }
        let log = collection.map(|collection| {
            let start = collection.log.partition_point(|change| change.revision <= revision);
            collection.log.range(start..)
        });
        Ok(log.into_iter().flatten())
    }

    /// Tells of the next change of a collection.
    pub(crate) fn wait(&mut self, collection: &Text) -> watch::Receiver<u64> {
        let kept = self.collections.entry(collection.clone()).or_default();
        kept.woken.get_or_insert_with(|| watch::Sender::new(0)).subscribe()
    }

    /// Every change from now on.
    pub(crate) fn follow(&mut self) -> Changes {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.followers.push(sender);
        Changes { receiver }
    }

    /// Forgets what led to the objects as they are now.
    pub(crate) fn compact(&mut self) {
        for collection in self.collections.values_mut() {
            collection.log.clear();
            collection.compacted = self.revision;
        }
    }

    /// Goes on from a revision at least.
    pub(crate) fn forward(&mut self, revision: u64) {
        self.revision = self.revision.max(revision);
        for collection in self.collections.values_mut() {
            collection.compacted = self.revision;
        }
    }

    /// All objects, by collection.
    pub(crate) fn collections(
        &self,
    ) -> impl Iterator<Item = (&Text, impl Iterator<Item = &Stored>)> {
        self.collections.iter().map(|(name, collection)| (name, collection.objects.values()))
    }

    /// Puts an object where it was in an earlier run; nobody is told.
    pub(crate) fn restore(&mut self, collection: Text, key: Key, node: Node) {
        let revision = revision_of(&node);
        self.revision = self.revision.max(revision);
        let kept = self.collections.entry(collection).or_default();
        Arc::make_mut(&mut kept.objects).insert(key, Stored { node, revision });
    }

    /// The objects of a collection, which clusters may share.
    #[cfg(test)]
    pub(crate) fn beginning(&self, collection: &str) -> Option<Arc<BTreeMap<Key, Stored>>> {
        self.collections.get(collection).map(|kept| kept.objects.clone())
    }

    /// Lays a collection over what is there from the beginning; nobody is told.
    pub(crate) fn lay_over(&mut self, collection: &Text, beginning: &Arc<BTreeMap<Key, Stored>>) {
        let kept = self.collections.entry(collection.clone()).or_default();
        let written = std::mem::replace(&mut kept.objects, beginning.clone());
        if !written.is_empty() {
            let written = Arc::unwrap_or_clone(written);
            Arc::make_mut(&mut kept.objects).extend(written);
        }
    }
}

/// The part of some objects that is in a namespace.
pub(crate) fn within<'o>(
    namespace: &str,
) -> impl Fn(&'o BTreeMap<Key, Stored>) -> std::collections::btree_map::Range<'o, Key, Stored> + use<'o>
{
    // Between `NAMESPACE/` and `NAMESPACE0`, the next character.
    let (start, end) = match namespace {
        "" => (Bound::Unbounded, Bound::Unbounded),
        _ => (
            Bound::Included(ecow::eco_format!("{namespace}/")),
            Bound::Excluded(ecow::eco_format!("{namespace}0")),
        ),
    };
    move |objects| objects.range((start.clone(), end.clone()))
}

/// The revision that an object says it has.
pub(crate) fn revision_of(node: &Node) -> u64 {
    make::meta(node, "resourceVersion").parse().unwrap_or_default()
}
