//! The resources of a build, in order, found by id.

use manifest::{Diagnostic, Text};
use rustc_hash::FxHashMap;

use crate::id::Id;
use crate::resource::{Behavior, Resource};
use crate::schema::Schema;

/// Resources in the order they came. Ids are unique at every append.
#[derive(Default)]
pub(crate) struct Resources {
    list: Vec<Resource>,
    /// Which resources have, or had, an id; made when first asked for.
    index: Option<Index>,
}

/// A copy makes its own index when it needs one.
impl Clone for Resources {
    fn clone(&self) -> Resources {
        Resources { list: self.list.clone(), index: None }
    }
}

#[derive(Default)]
struct Index {
    current: FxHashMap<Id, Vec<u32>>,
    any: FxHashMap<Id, Vec<u32>>,
    /// By any name that one has or had.
    named: FxHashMap<Text, Vec<u32>>,
}

impl Resources {
    pub(crate) fn new() -> Resources {
        Resources::default()
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Resource> {
        self.list.iter()
    }

    pub(crate) fn get(&self, at: usize) -> Option<&Resource> {
        self.list.get(at)
    }

    /// A resource whose id will stay what it is.
    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut Resource> {
        self.list.get_mut(at)
    }

    /// All resources, their ids about to change.
    pub(crate) fn renaming(&mut self) -> std::slice::IterMut<'_, Resource> {
        self.index = None;
        self.list.iter_mut()
    }

    /// All resources, their ids about to stay what they are.
    pub(crate) fn iter_mut(&mut self) -> std::slice::IterMut<'_, Resource> {
        self.list.iter_mut()
    }

    /// Forgets what it knows of ids.
    pub(crate) fn renamed(&mut self) {
        self.index = None;
    }

    pub(crate) fn into_vec(self) -> Vec<Resource> {
        self.list
    }

    /// Drops those of which nothing is left. Such a one has lost its id, so that there is none as long
    /// as the index stands.
    pub(crate) fn drop_empty(&mut self) {
        if self.index.is_none() {
            self.retain(|resource| !resource.is_empty());
        }
    }

    pub(crate) fn retain(&mut self, keep: impl FnMut(&Resource) -> bool) {
        let before = self.list.len();
        self.list.retain(keep);
        if self.list.len() != before {
            self.index = None;
        }
    }

    fn index(&mut self) -> &mut Index {
        let list = &self.list;
        self.index.get_or_insert_with(|| {
            let mut index = Index::default();
            for (at, resource) in list.iter().enumerate() {
                index.add(at, resource);
            }
            index
        })
    }

    /// The positions of resources whose current id is `id`.
    pub(crate) fn with_current_id(&mut self, id: &Id) -> Vec<usize> {
        self.index().current.get(id).map(|found| positions(found)).unwrap_or_default()
    }

    /// The positions of resources that have or had `id`.
    pub(crate) fn with_any_id(&mut self, id: &Id) -> Vec<usize> {
        self.index().any.get(id).map(|found| positions(found)).unwrap_or_default()
    }

    /// The positions of resources that are or were called `name`, in order.
    pub(crate) fn named(&mut self, name: &str) -> Vec<usize> {
        self.index().named.get(name).map(|found| positions(found)).unwrap_or_default()
    }

    /// Adds a resource at the end.
    ///
    /// # Errors
    /// A resource with its id is there already.
    pub(crate) fn append(&mut self, resource: Resource) -> Result<(), Diagnostic> {
        if let Some(&at) = self.with_current_id(resource.id()).first() {
            let there = self.list.get(at).map(Resource::origin).unwrap_or_default();
            return Err(twice(&resource, there));
        }
        let at = self.list.len();
        self.index().add(at, &resource);
        self.list.push(resource);
        Ok(())
    }

    /// Adds a generated resource: a new one, or onto the one that it replaces or merges with
    /// (`resWrangler.appendReplaceOrMerge`).
    ///
    /// # Errors
    /// None is there to merge with, one is there already, or several.
    pub(crate) fn absorb(
        &mut self,
        mut resource: Resource,
        schema: &Schema,
    ) -> Result<(), Diagnostic> {
        let found = self.with_any_id(resource.id());
        let (name, origin) = (resource.id().to_string(), resource.origin());
        match (found.as_slice(), resource.behavior) {
            ([], Behavior::Create) => self.append(resource),
            ([], _) => {
                Err(Diagnostic::error(origin, format!("no {name} to merge with or replace"))
                    .help("leave `behavior` out, or add the generator to the base"))
            }
            ([at], behavior) => {
                let Some(old) = self.list.get_mut(*at) else { return Ok(()) };
                match behavior {
                    Behavior::Create => {
                        return Err(Diagnostic::error(origin, format!("{name} is there already"))
                            .related(old.origin(), "the one there is")
                            .help("set `behavior: merge` or `behavior: replace`"));
                    }
                    Behavior::Replace => take_metadata(&mut resource, old, schema),
                    Behavior::Merge => {
                        take_metadata(&mut resource, old, schema);
                        merge_data(&mut resource, old, "data");
                        merge_data(&mut resource, old, "binaryData");
                    }
                }
                *old = resource;
                self.index = None;
                Ok(())
            }
            _ => Err(Diagnostic::error(origin, format!("several resources are or were {name}"))),
        }
    }
}

impl Index {
    fn add(&mut self, at: usize, resource: &Resource) {
        // A build holds far fewer than 2^32 resources; later ones would only not be found by id.
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        self.current.entry(resource.id().clone()).or_default().push(at);
        for id in resource.ids() {
            let named = self.named.entry(id.name.clone()).or_default();
            if named.last() != Some(&at) {
                named.push(at);
            }
            let found = self.any.entry(id).or_default();
            if found.last() != Some(&at) {
                found.push(at);
            }
        }
    }
}

fn positions(found: &[u32]) -> Vec<usize> {
    found.iter().map(|&at| at as usize).collect()
}

fn twice(resource: &Resource, there: manifest::Origin) -> Diagnostic {
    let id = resource.id();
    if resource.origin() == there {
        return Diagnostic::error(there, format!("{id} is included twice")).help(
            "include it once, or below a `namePrefix`, `nameSuffix` or `namespace` each time",
        );
    }
    Diagnostic::error(resource.origin(), format!("{id} is there twice"))
        .related(there, "the other one")
        .help("remove one of them, or give them different names or namespaces")
}

/// Names, labels and annotations of the replaced resource, under the new one's
/// (`Resource.CopyMergeMetaDataFieldsFrom`).
fn take_metadata(new: &mut Resource, old: &Resource, schema: &Schema) {
    for field in ["labels", "annotations"] {
        let mut texts = old.metadata_texts(field);
        for (key, node) in new.metadata_texts(field) {
            let is_origin = key.as_str() == crate::metadata::ORIGIN;
            match texts.iter_mut().find(|(there, _)| *there == key) {
                // What was merged into keeps its origin.
                Some(_) if is_origin && new.behavior == Behavior::Merge => {}
                Some((_, there)) => *there = node,
                None => texts.push((key, node)),
            }
        }
        new.set_metadata_texts(field, texts);
    }
    let origin = old.origin();
    new.set_name(&old.id().name, origin);
    new.set_namespace(&old.written_namespace(), origin, schema);
    new.needs_hash &= old.needs_hash;
    new.previous = old.previous.clone();
    new.prefixes = old.prefixes.clone();
    new.suffixes = old.suffixes.clone();
    new.vars = old.vars.clone();
    new.behavior = old.behavior;
}

/// The old entries of a data field under the new ones.
fn merge_data(new: &mut Resource, old: &Resource, field: &str) {
    let Some(entries) = old.node().get(field).and_then(manifest::Node::as_map) else { return };
    let origin = new.origin();
    let Some(data) = new.node_mut().map_entry(field, origin) else { return };
    let own = std::mem::take(data);
    *data = entries.iter().map(|(k, n)| (k.clone(), crate::resource::as_text(n))).collect();
    for (key, node) in own.iter() {
        data.set(key.clone(), node.clone());
    }
    if data.is_empty()
        && let Some(map) = new.node_mut().as_map_mut()
    {
        map.remove(field);
    }
}
