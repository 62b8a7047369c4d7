//! The scale subresource: an object of its own kind whose one field is a field of its parent.

use manifest::Text;

use super::Entry;
use super::entries::Id;
use crate::fields::{Element, Set};

/// Where the replicas of a kind stand, by version; `None` where a version has no such field.
pub type ReplicasPaths = Vec<(Text, Option<Vec<Element>>)>;

const SCALE: &str = "autoscaling/v1";

fn replicas() -> Vec<Element> {
    vec![Element::field("spec"), Element::field("replicas")]
}

fn path_in<'p>(paths: &'p ReplicasPaths, api_version: &str) -> Option<&'p Option<Vec<Element>>> {
    paths.iter().find(|(version, _)| version == api_version).map(|(_, path)| path)
}

fn has(entry: &Entry, path: &[Element]) -> bool {
    entry.fields.has(path)
}

/// The entries of a Scale: those of its parent that own the replicas.
pub fn to_scale(parent: &[Entry], paths: &ReplicasPaths) -> Vec<Entry> {
    let owner = |entry: &&Entry| match path_in(paths, &entry.api_version) {
        Some(Some(path)) => has(entry, path),
        _ => false,
    };
    let mut set = Set::new();
    set.insert(&replicas());
    let scale =
        |entry: &Entry| Entry { api_version: SCALE.into(), fields: set.clone(), ..entry.clone() };
    parent.iter().filter(owner).map(scale).collect()
}

/// The entries of the parent after those of its Scale became `scale`; what is new is booked in
/// `api_version`, the parent's version that was written through.
pub fn from_scale(
    parent: &[Entry],
    scale: &[Entry],
    api_version: &str,
    paths: &ReplicasPaths,
) -> Vec<Entry> {
    let mut left: Vec<(Id, &Entry)> = scale.iter().map(|entry| (entry.id(), entry)).collect();
    let mut entries = Vec::new();
    for entry in parent {
        let Some(path) = path_in(paths, &entry.api_version) else { continue };
        let owned = path.as_ref().filter(|path| has(entry, path));
        let Some(path) = owned else {
            entries.push(entry.clone());
            continue;
        };
        // An update's entry has the Scale's version in its id there, so it is never found: it is
        // booked anew, as upstream does.
        let id = entry.id();
        if let Some(at) = left.iter().position(|(other, _)| *other == id) {
            left.remove(at);
            entries.push(entry.clone());
            continue;
        }
        let mut lost = Set::new();
        lost.insert(path);
        let fields = entry.fields.difference(&lost);
        if !fields.is_empty() {
            entries.push(Entry { fields, ..entry.clone() });
        }
    }
    let Some(Some(path)) = path_in(paths, api_version) else { return entries };
    let mut set = Set::new();
    set.insert(path);
    for (_, entry) in left.into_iter().filter(|(_, entry)| has(entry, &replicas())) {
        let new = Entry {
            api_version: api_version.into(),
            fields: set.clone(),
            time: None,
            ..entry.clone()
        };
        entries.push(new);
    }
    entries
}
