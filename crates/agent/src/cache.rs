//! What is known of the cluster: the objects of the kinds that are watched.
//!
//! Two streams write to it: the watch of a kind, in the order of resource versions, and the answers to
//! our own writes, which overtake it. The higher version wins, so that the echo of a write is no news.
//! An answer that the watch has overtaken already is dropped: the object may be gone since.

use std::collections::BTreeMap;

use manifest::{Gvk, Object, ObjectId, Text};
use plan::Live;
use schema::KindInfo;

/// Namespace and name.
type Place = (Text, Text);

/// The objects of all watched kinds.
#[derive(Default)]
pub(crate) struct Cache {
    kinds: BTreeMap<Gvk, Held>,
}

/// The objects of one kind, in one version of it.
struct Held {
    is_listed: bool,
    /// The highest resource version that the watch has told.
    newest: u64,
    objects: BTreeMap<Place, Object>,
}

/// A change of what is known.
#[derive(Debug)]
pub(crate) struct News {
    pub(crate) before: Option<Object>,
    pub(crate) after: Option<Object>,
}

/// The kind, in the version, by which it is watched.
pub(crate) fn gvk_of(info: &KindInfo) -> Gvk {
    Gvk { group: info.group.clone(), version: info.version.clone(), kind: info.kind.clone() }
}

impl Cache {
    /// Makes room for a kind; `false` where it has some already.
    pub(crate) fn add(&mut self, kind: Gvk) -> bool {
        if self.kinds.contains_key(&kind) {
            return false;
        }
        let held = Held { is_listed: false, newest: 0, objects: BTreeMap::new() };
        self.kinds.insert(kind, held);
        true
    }

    /// Forgets a kind.
    pub(crate) fn remove(&mut self, kind: &Gvk) -> bool {
        self.kinds.remove(kind).is_some()
    }

    /// Whether all objects of a kind are known.
    pub(crate) fn is_listed(&self, kind: &Gvk) -> bool {
        self.kinds.get(kind).is_some_and(|held| held.is_listed)
    }

    /// All objects of a kind, from its watch.
    pub(crate) fn list(&mut self, kind: &Gvk, objects: Vec<Object>) -> Vec<News> {
        let Some(held) = self.kinds.get_mut(kind) else { return Vec::new() };
        held.is_listed = true;
        let mut before = std::mem::take(&mut held.objects);
        let mut news = Vec::new();
        for object in objects {
            held.newest = held.newest.max(version(&object));
            let was = before.remove(&place(&object));
            let is_same = was.as_ref().is_some_and(|was| version(was) == version(&object));
            held.objects.insert(place(&object), object.clone());
            if !is_same {
                news.push(News { before: was, after: Some(object) });
            }
        }
        news.extend(before.into_values().map(|was| News { before: Some(was), after: None }));
        news
    }

    /// An object from the watch of its kind; `None` where that is no news.
    pub(crate) fn apply(&mut self, kind: &Gvk, object: Object) -> Option<News> {
        let held = self.kinds.get_mut(kind)?;
        held.newest = held.newest.max(version(&object));
        held.take(object)
    }

    /// An object that is gone, from the watch of its kind; `None` where that is no news.
    pub(crate) fn delete(&mut self, kind: &Gvk, object: &Object) -> Option<News> {
        let held = self.kinds.get_mut(kind)?;
        held.newest = held.newest.max(version(object));
        let place = place(object);
        // It was made again since.
        if version(held.objects.get(&place)?) > version(object) {
            return None;
        }
        Some(News { before: held.objects.remove(&place), after: None })
    }

    /// An object as the answer to a write of our own has it; `None` where it is known already.
    pub(crate) fn answer(&mut self, object: Object) -> Option<News> {
        let held = self.kinds.get_mut(&object.gvk())?;
        if version(&object) <= held.newest {
            return None;
        }
        held.take(object)
    }

    /// One object.
    pub(crate) fn get(&self, kind: &Gvk, namespace: &str, name: &str) -> Option<&Object> {
        self.kinds.get(kind)?.objects.get(&(namespace.into(), name.into()))
    }

    /// One object, for plans.
    pub(crate) fn live(&self, kind: &Gvk, id: &ObjectId) -> Live {
        match self.kinds.get(kind) {
            Some(held) if held.is_listed => {
                held.objects.get(&(id.namespace.clone(), id.name.clone())).cloned().into()
            }
            _ => Live::Unseen,
        }
    }
}

impl Held {
    fn take(&mut self, object: Object) -> Option<News> {
        let place = place(&object);
        let is_newer = |was: &Object| version(&object) > version(was) || version(&object) == 0;
        if !self.objects.get(&place).is_none_or(is_newer) {
            return None;
        }
        let before = self.objects.insert(place, object.clone());
        Some(News { before, after: Some(object) })
    }
}

fn place(object: &Object) -> Place {
    (object.namespace().into(), object.name().into())
}

/// The resource version as a number; 0 where it is none.
fn version(object: &Object) -> u64 {
    let version = object.root().str_at(&["metadata", "resourceVersion"]);
    version.and_then(|text| text.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
