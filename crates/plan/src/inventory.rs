//! The inventory of a Kustomization: what it has put into the cluster, as Flux writes it down.

use std::collections::BTreeMap;

use manifest::{List, Map, Node, Object, ObjectId, Origin, Text};

/// Objects, each once, with the versions that they were written in; in the order of their entries.
#[derive(Clone, Default, Debug)]
pub struct Inventory {
    order: Vec<ObjectId>,
    versions: BTreeMap<ObjectId, Text>,
}

/// Two inventories are the same when they have the same objects in the same versions; the order is
/// of no importance.
impl PartialEq for Inventory {
    fn eq(&self, other: &Inventory) -> bool {
        self.versions == other.versions
    }
}

/// Why something is no inventory. Nothing can be concluded from a part of one.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "the inventory has an entry {id:?}, which names no object: it should be \
    <namespace>_<name>_<group>_<kind>"
)]
pub struct NotAnInventory {
    /// The entry's id.
    pub id: Text,
}

impl Inventory {
    /// The inventory in the `status` of a Kustomization; without one it is empty.
    ///
    /// # Errors
    /// An entry cannot be read.
    pub fn from_status(status: &Node) -> Result<Inventory, NotAnInventory> {
        let entries = status.at(&["inventory", "entries"]).and_then(Node::as_list);
        let mut inventory = Inventory::default();
        for entry in entries.unwrap_or_default() {
            let text = entry.str_at(&["id"]).unwrap_or_default();
            let id = parse(text).ok_or_else(|| NotAnInventory { id: text.into() })?;
            inventory.insert(id, entry.str_at(&["v"]).unwrap_or_default().into());
        }
        Ok(inventory)
    }

    /// The inventory of the Kustomization that `object` is.
    ///
    /// # Errors
    /// An entry cannot be read.
    pub fn of_kustomization(object: &Object) -> Result<Inventory, NotAnInventory> {
        object.root().get("status").map_or_else(|| Ok(Inventory::default()), Self::from_status)
    }

    /// What stands under `status.inventory`.
    pub fn to_node(&self) -> Node {
        let text = |text: &str| Node::string(text, Origin::NONE);
        let entries = self.iter().map(|(id, version)| {
            let mut entry = Map::new();
            entry.push_new("id".into(), text(&id_text(id)));
            entry.push_new("v".into(), text(version));
            Node::new(entry, Origin::NONE)
        });
        let mut inventory = Map::new();
        inventory.push_new("entries".into(), Node::new(entries.collect::<List>(), Origin::NONE));
        Node::new(inventory, Origin::NONE)
    }

    /// Adds an object, or gives it another version.
    pub fn insert(&mut self, id: ObjectId, version: Text) {
        if self.versions.insert(id.clone(), version).is_none() {
            self.order.push(id);
        }
    }

    /// Whether it has an object.
    pub fn contains(&self, id: &ObjectId) -> bool {
        self.versions.contains_key(id)
    }

    /// The version of an object that it has.
    pub fn version(&self, id: &ObjectId) -> Option<&Text> {
        self.versions.get(id)
    }

    /// Its objects and their versions, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&ObjectId, &Text)> {
        self.order.iter().filter_map(|id| Some((id, self.versions.get(id)?)))
    }

    /// How many objects it has.
    pub fn len(&self) -> usize {
        self.versions.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.versions.is_empty()
    }
}

/// The groups whose names may have colons; the id of an object has two underscores for each.
const RBAC: &str = "rbac.authorization.k8s.io";

/// How an entry names an object.
pub fn id_text(id: &ObjectId) -> String {
    let ObjectId { namespace, name, group, kind } = id;
    let is_rbac = group == RBAC
        && matches!(kind.as_str(), "Role" | "ClusterRole" | "RoleBinding" | "ClusterRoleBinding");
    if is_rbac {
        return format!("{namespace}_{}_{group}_{kind}", name.replace(":", "__"));
    }
    format!("{namespace}_{name}_{group}_{kind}")
}

/// The object that an entry names. The namespace ends at the first underscore, the group begins at
/// the last but one: only a name can have more of them.
fn parse(text: &str) -> Option<ObjectId> {
    let (namespace, rest) = text.split_once('_')?;
    let (rest, kind) = rest.rsplit_once('_')?;
    let (name, group) = rest.rsplit_once('_')?;
    let name = name.replace("__", ":");
    if name.is_empty() || name.contains('_') || kind.is_empty() {
        return None;
    }
    Some(ObjectId {
        namespace: namespace.into(),
        group: group.into(),
        kind: kind.into(),
        name: name.into(),
    })
}

#[cfg(test)]
mod tests;
