//! What should be and what is in, what to do out. The cluster is a map that objects are applied to by
//! the server's own algorithm.

mod cluster;
mod decisions;
mod properties;
mod secrets;
mod stages;
mod takeover;

use std::fmt::Write;

use manifest::FileName;
use manifest::yaml::{Flavor, Reader};
use testkit::check_eq;

use super::*;
use cluster::Cluster;

pub(crate) fn objects(text: &str) -> Vec<Object> {
    let nodes = Reader::new().read(text.as_bytes(), FileName::NONE, Flavor::Resource).unwrap();
    nodes.into_iter().map(|node| Object::new(node).unwrap()).collect()
}

pub(crate) const OWNER: Owner<'static> = Owner { namespace: "flux-system", name: "apps" };

/// Objects with the labels of their owner, as they are rendered.
pub(crate) fn owned(text: &str) -> Vec<Object> {
    let mut objects = objects(text);
    for object in &mut objects {
        let origin = object.origin();
        let root = object.root_mut();
        let metadata = root.as_map_mut().and_then(|root| root.get_mut("metadata")).unwrap();
        let labels = metadata.map_entry("labels", origin).unwrap();
        labels.set(OWNER_NAME, Node::string(OWNER.name, origin));
        labels.set(OWNER_NAMESPACE, Node::string(OWNER.namespace, origin));
    }
    objects
}

pub(crate) fn plan_with(
    cluster: &Cluster,
    desired: &[Object],
    inventory: &Inventory,
    force: bool,
) -> ChangeSet {
    let live = |id: &ObjectId| cluster.live(id);
    let rules = Rules { kinds: &cluster.kinds, types: &cluster.types, force };
    plan(&Input { desired, inventory, live: &live, owner: OWNER, prune: true, rules })
}

pub(crate) fn inventory(ids: &[&str]) -> Inventory {
    let mut text = "{inventory: {entries: [".to_owned();
    for id in ids {
        write!(text, "{{id: {id}, v: v1}}, ").unwrap();
    }
    text.push_str("]}}");
    let node = Reader::new().read(text.as_bytes(), FileName::NONE, Flavor::Resource).unwrap();
    Inventory::from_status(&node[0]).unwrap()
}

/// The whole of a plan as text.
pub(crate) fn told(set: &ChangeSet) -> String {
    let mut out = String::new();
    for stage in &set.stages {
        let waits = if stage.waits { ", then wait" } else { "" };
        writeln!(out, "{}{waits}:", stage.name).unwrap();
        stage.changes.iter().for_each(|change| tell(change, &mut out));
    }
    if !set.prune.is_empty() {
        out.push_str("prune:\n");
        set.prune.iter().for_each(|change| tell(change, &mut out));
    }
    let ids = |inventory: &Inventory| {
        inventory.iter().map(|(id, _)| id.to_string()).collect::<Vec<_>>().join(" ")
    };
    if let Some(journal) = &set.journal {
        writeln!(out, "journal: {}", ids(journal)).unwrap();
    }
    writeln!(out, "inventory: {}", ids(&set.inventory)).unwrap();
    if !set.unseen.is_empty() {
        writeln!(out, "unseen: {:?}", set.unseen).unwrap();
    }
    if let Some(guard) = set.guard {
        writeln!(out, "guard: {} of {}", guard.deleted, guard.of).unwrap();
    }
    if set.unchanged > 0 {
        writeln!(out, "unchanged: {}", set.unchanged).unwrap();
    }
    out
}

pub(crate) fn tell(change: &Change, out: &mut String) {
    let what = match &change.action {
        Action::Create => "create".to_owned(),
        Action::Configure => "configure".to_owned(),
        Action::Replace => "replace".to_owned(),
        Action::Delete => "delete".to_owned(),
        Action::Skip(why) => return writeln!(out, "  skip {}: {why}", change.id).unwrap(),
    };
    writeln!(out, "  {what} {}", change.id).unwrap();
    let shown =
        |node: &Option<Node>| node.as_ref().map_or("-".to_owned(), |node| format!("{node:?}"));
    for field in &change.fields {
        let (before, after) = (shown(&field.before), shown(&field.after));
        let by = field.managers.join(", ");
        writeln!(out, "    {}: {before} to {after} [{by}]", field.path).unwrap();
    }
    if change.cleanup.is_some() {
        out.push_str("    and takes over what others left\n");
    }
}

/// What to do so that `desired` is there, in a cluster where `inventory` was put.
#[track_caller]
pub(crate) fn check(cluster: &Cluster, desired: &str, inventory: &Inventory, expected: &str) {
    let set = plan_with(cluster, &owned(desired), inventory, false);
    check_eq(&told(&set), expected);
}
