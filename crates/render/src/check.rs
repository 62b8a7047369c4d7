//! What is wrong with the objects of a cluster as a whole, beyond what built them. One file for each
//! thing that is looked for.

mod dependencies;
mod duplicates;
mod federated;
mod health;
mod namespaces;
mod selectors;

use std::collections::BTreeMap;

use manifest::{Diagnostic, FileTree, Object};

use crate::documents::{self, is_yaml};
use crate::registry::Registry;
use crate::{Memory, Rendered};

/// Everything that is looked for in one cluster.
pub(crate) fn all(rendered: &Rendered, registry: &Registry) -> Vec<Diagnostic> {
    let mut diagnostics = dependencies::check(rendered);
    diagnostics.extend(duplicates::check(rendered));
    diagnostics.extend(namespaces::check(rendered));
    diagnostics.extend(health::check(rendered));
    let objects = rendered.units.iter().flat_map(|unit| &unit.objects);
    diagnostics.extend(objects.flat_map(|object| check_object(object, registry)));
    diagnostics
}

/// The folder of federated objects.
const FEDERATED: &str = "federated";

/// Checks what belongs to no single cluster: the federated objects of a repository.
pub fn repository(tree: &FileTree, registry: &Registry, memory: &Memory) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let files = tree.below(FEDERATED).map(|(path, _)| path).filter(|path| is_yaml(path));
    for path in files {
        let objects = documents::objects(tree, path, &memory.builds, &mut diagnostics);
        diagnostics.extend(objects.iter().flat_map(|object| check_object(object, registry)));
    }
    distinct(diagnostics)
}

fn check_object(object: &Object, registry: &Registry) -> Vec<Diagnostic> {
    let mut diagnostics = selectors::check(object);
    diagnostics.extend(federated::check(object, registry));
    diagnostics
}

/// Each finding once, with the places that all of its reports name.
pub(crate) fn distinct(diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut kept: Vec<Diagnostic> = Vec::new();
    for diagnostic in diagnostics {
        let key = format!("{} {}", diagnostic.origin, diagnostic.cause);
        match places.get(&key).and_then(|at| kept.get_mut(*at)) {
            None => {
                places.insert(key, kept.len());
                kept.push(diagnostic);
            }
            Some(there) => {
                for related in diagnostic.related {
                    if !there.related.contains(&related) {
                        there.related.push(related);
                    }
                }
            }
        }
    }
    kept
}
