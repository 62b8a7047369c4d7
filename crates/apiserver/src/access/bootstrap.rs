//! The roles and bindings that every cluster begins with, shared between all clusters of a process.
//!
//! They are neither written nor kept in a data file: the store is laid over them, and a cluster that
//! changes one gets a map of its own then. As a real server does at its start, a cluster that is opened
//! again has those back that were deleted.

mod parse;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use manifest::{Node, Text};
use schema::Types;
use schema::apply::{self, Writer};
use schema::fields::Set;
use sha2::{Digest, Sha256};

use super::{GROUP, Policy};
use crate::make::{self, meta, text};
use crate::store::{BEGINNING, Key, Stored, key};

const API_VERSION: &str = "rbac.authorization.k8s.io/v1";
/// Stands for the time until a cluster is born.
const NEVER: &str = "1970-01-01T00:00:00Z";

/// The objects of one collection.
pub(crate) type Objects = Arc<BTreeMap<Key, Stored>>;

/// What clusters begin with that were born in the same second.
#[derive(Clone)]
struct Born {
    at: Text,
    aggregated: bool,
    collections: Arc<Vec<(Text, Objects)>>,
}

static LAST: Mutex<Vec<Born>> = Mutex::new(Vec::new());
/// How many of them are kept for the next cluster.
const KEPT: usize = 2;

/// The objects by collection, created at `born`. With `aggregated`, roles that gather others' rules have
/// them, as a controller writes them on a real cluster.
pub(crate) fn objects(born: &Text, aggregated: bool) -> Arc<Vec<(Text, Objects)>> {
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let is_same = |own: &&Born| (&own.at, own.aggregated) == (born, aggregated);
    if let Some(same) = last.iter().find(is_same) {
        return same.collections.clone();
    }
    let stamped = |(collection, objects): &(Text, Vec<Node>)| {
        let stored = objects.iter().map(|object| {
            let node = stamped(object, born);
            let key = key(meta(&node, "namespace"), meta(&node, "name"));
            (key, Stored { node, revision: BEGINNING })
        });
        (collection.clone(), Arc::new(stored.collect()))
    };
    let collections = Arc::new(template(aggregated).objects.iter().map(stamped).collect());
    last.truncate(KEPT - 1);
    last.insert(0, Born { at: born.clone(), aggregated, collections: Arc::clone(&collections) });
    collections
}

/// What these objects allow.
pub(crate) fn policy(aggregated: bool) -> Arc<Policy> {
    template(aggregated).policy.clone()
}

/// The objects without their time, and their index.
struct Template {
    objects: Vec<(Text, Vec<Node>)>,
    policy: Arc<Policy>,
}

fn template(aggregated: bool) -> &'static Template {
    static PLAIN: LazyLock<Template> = LazyLock::new(|| Template::new(false));
    static AGGREGATED: LazyLock<Template> = LazyLock::new(|| Template::new(true));
    if aggregated { &AGGREGATED } else { &PLAIN }
}

impl Template {
    fn new(aggregated: bool) -> Template {
        let mut collections = parse::objects(include_str!("bootstrap/policy.txt"));
        if aggregated {
            for (_, objects) in &mut collections {
                super::aggregation::aggregate(objects);
            }
        }
        let mut policy = Policy::default();
        let types = Types::builtin();
        for (collection, objects) in &mut collections {
            for object in objects {
                *object = owned(&types, collection, object);
                policy.follow(collection, object, false);
            }
        }
        Template { objects: collections, policy: Arc::new(policy) }
    }
}

/// An object as the server itself wrote it, but for the time.
fn owned(types: &Types, collection: &str, object: &Node) -> Node {
    let reset = Set::default();
    let kind = object.str_at(&["kind"]).unwrap_or_default().to_owned();
    let writer = Writer {
        manager: "kube-apiserver",
        api_version: API_VERSION,
        kind: &kind,
        subresource: "",
        now: NEVER,
        reset: &reset,
    };
    let mut object = apply::update(types, None, object, writer);
    let place = key(meta(&object, "namespace"), meta(&object, "name"));
    let hash = Sha256::digest(format!("{collection}/{place}"));
    let number = hash.iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte));
    if let Some(metadata) = make::metadata(&mut object) {
        metadata.set("uid", text(make::uid(number)));
        metadata.set("resourceVersion", text(ecow::eco_format!("{BEGINNING}")));
        metadata.set("creationTimestamp", text(NEVER));
    }
    schema::normalize(&object)
}

fn stamped(object: &Node, born: &Text) -> Node {
    let mut object = object.clone();
    if let Some(metadata) = make::metadata(&mut object) {
        metadata.set("creationTimestamp", text(born.clone()));
        let managed = metadata.get_mut("managedFields").and_then(Node::as_list_mut);
        for entry in managed.into_iter().flat_map(ecow::EcoVec::make_mut) {
            if let Some(entry) = entry.as_map_mut() {
                entry.set("time", text(born.clone()));
            }
        }
    }
    object
}

/// The name of a collection of RBAC objects.
fn collection(plural: &str) -> Text {
    ecow::eco_format!("{plural}.{GROUP}")
}

#[cfg(test)]
mod tests;
