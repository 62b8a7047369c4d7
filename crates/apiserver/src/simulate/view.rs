//! The objects of a cluster as the controllers see them, found by namespace and by owner.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use manifest::{Node, Text};
use rustc_hash::{FxHashMap, FxHashSet};

use super::edit::items;
use crate::make::meta;

/// What makes an object the same one: where it is, what collection (`deployments.apps`), its name.
///
/// The namespace comes first, so that a namespace is one range, and so is a collection in it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Id {
    pub(super) namespace: Text,
    pub(super) collection: Text,
    pub(super) name: Text,
}

impl Id {
    pub(super) fn new(
        collection: impl Into<Text>,
        namespace: impl Into<Text>,
        name: impl Into<Text>,
    ) -> Id {
        Id { namespace: namespace.into(), collection: collection.into(), name: name.into() }
    }

    /// The name in URLs: `deployments`.
    pub(super) fn plural(&self) -> &str {
        self.collection.split_once('.').map_or(self.collection.as_str(), |(plural, _)| plural)
    }
}

/// The objects of one cluster. A node is shared with the store, so this costs its indexes only.
#[derive(Default)]
pub(super) struct View {
    objects: BTreeMap<Id, Node>,
    uids: FxHashMap<Text, Id>,
    /// By the uid of an owner, those that name it.
    dependents: FxHashMap<Text, BTreeSet<Id>>,
    /// Those without a controller, of the kinds that controllers take up.
    free: BTreeSet<Id>,
    /// The addresses that Pods have.
    addresses: FxHashSet<Text>,
}

impl View {
    /// Puts an object where it is now; the answer is the one before.
    pub(super) fn put(&mut self, id: &Id, node: Node) -> Option<Node> {
        let before = self.remove(id);
        for owner in owners(&node) {
            let dependents = self.dependents.entry(owner.uid.into()).or_default();
            dependents.insert(id.clone());
        }
        if is_claimed(&id.collection) && controller(&node).is_none() {
            self.free.insert(id.clone());
        }
        if let Some(address) = address(id, &node) {
            self.addresses.insert(address);
        }
        self.uids.insert(meta(&node, "uid").into(), id.clone());
        self.objects.insert(id.clone(), node);
        before
    }

    /// Takes an object away; the answer is the object.
    pub(super) fn remove(&mut self, id: &Id) -> Option<Node> {
        let node = self.objects.remove(id)?;
        for owner in owners(&node) {
            if let Some(dependents) = self.dependents.get_mut(owner.uid) {
                dependents.remove(id);
                if dependents.is_empty() {
                    self.dependents.remove(owner.uid);
                }
            }
        }
        self.free.remove(id);
        if let Some(address) = address(id, &node) {
            self.addresses.remove(&address);
        }
        self.uids.remove(meta(&node, "uid"));
        Some(node)
    }

    pub(super) fn get(&self, id: &Id) -> Option<&Node> {
        self.objects.get(id)
    }

    /// The object that has a uid.
    pub(super) fn by_uid(&self, uid: &str) -> Option<(&Id, &Node)> {
        let id = self.uids.get(uid)?;
        Some((id, self.objects.get(id)?))
    }

    /// Everything.
    pub(super) fn all(&self) -> impl Iterator<Item = (&Id, &Node)> {
        self.objects.iter()
    }

    /// Everything in a namespace.
    pub(super) fn in_namespace<'v>(
        &'v self,
        namespace: &'v str,
    ) -> impl Iterator<Item = (&'v Id, &'v Node)> {
        let start = Id::new("", namespace, "");
        let range = self.objects.range((Bound::Included(start), Bound::Unbounded));
        range.take_while(move |(id, _)| id.namespace == namespace)
    }

    /// A collection in a namespace.
    pub(super) fn of<'v>(
        &'v self,
        collection: &'v str,
        namespace: &'v str,
    ) -> impl Iterator<Item = (&'v Id, &'v Node)> {
        let start = Id::new(collection, namespace, "");
        let range = self.objects.range((Bound::Included(start), Bound::Unbounded));
        range.take_while(move |(id, _)| id.namespace == namespace && id.collection == collection)
    }

    /// A collection in all namespaces; it reads everything, so it is for the start only.
    pub(super) fn everywhere<'v>(
        &'v self,
        collection: &'v str,
    ) -> impl Iterator<Item = (&'v Id, &'v Node)> {
        self.objects.iter().filter(move |(id, _)| id.collection == collection)
    }

    /// Those that name an owner, in order.
    pub(super) fn dependents<'v>(&'v self, uid: &str) -> impl Iterator<Item = (&'v Id, &'v Node)> {
        let ids = self.dependents.get(uid).into_iter().flatten();
        ids.filter_map(|id| Some((id, self.objects.get(id)?)))
    }

    /// Those of a collection that an owner controls, in order.
    pub(super) fn controlled<'v>(
        &'v self,
        uid: &'v str,
        collection: &'v str,
    ) -> impl Iterator<Item = (&'v Id, &'v Node)> {
        self.dependents(uid).filter(move |(id, node)| {
            id.collection == collection && controller(node).is_some_and(|owner| owner.uid == uid)
        })
    }

    /// Those of a collection in a namespace that have no controller.
    pub(super) fn uncontrolled<'v>(
        &'v self,
        collection: &'v str,
        namespace: &'v str,
    ) -> impl Iterator<Item = (&'v Id, &'v Node)> {
        let start = Id::new(collection, namespace, "");
        let range = self.free.range((Bound::Included(start), Bound::Unbounded));
        range
            .take_while(move |id| id.namespace == namespace && id.collection == collection)
            .filter_map(|id| Some((id, self.objects.get(id)?)))
    }

    /// Whether a Pod has this address.
    pub(super) fn has_address(&self, address: &str) -> bool {
        self.addresses.contains(address)
    }
}

fn is_claimed(collection: &str) -> bool {
    matches!(collection, "pods" | "replicasets.apps")
}

fn address(id: &Id, node: &Node) -> Option<Text> {
    let is_pod = id.collection == "pods";
    node.str_at(&["status", "podIP"]).filter(|_| is_pod).map(Text::from)
}

/// One of `metadata.ownerReferences`.
#[derive(Clone, Copy)]
pub(super) struct Owner<'n> {
    pub(super) node: &'n Node,
    pub(super) uid: &'n str,
    pub(super) is_controller: bool,
    /// Whether the owner cannot go before this one in a deletion that is `Foreground`.
    pub(super) blocks: bool,
}

pub(super) fn owners(node: &Node) -> impl Iterator<Item = Owner<'_>> {
    items(node, &["metadata", "ownerReferences"]).iter().map(|owner| {
        let flag = |key: &str| owner.get(key).and_then(Node::as_bool) == Some(true);
        Owner {
            node: owner,
            uid: owner.str_at(&["uid"]).unwrap_or_default(),
            is_controller: flag("controller"),
            blocks: flag("blockOwnerDeletion"),
        }
    })
}

/// The owner that controls an object.
pub(super) fn controller(node: &Node) -> Option<Owner<'_>> {
    owners(node).find(|owner| owner.is_controller)
}
