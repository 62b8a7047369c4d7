//! What a cluster starts from: the objects that are applied by hand, and which source is the folder
//! at hand. The rest follows from the cluster itself.

use api::{GitRepository, Source};
use manifest::{Diagnostic, FileTree};

use crate::by_hand;
use crate::{Because, Checkout, Cluster, Memory, Need, Registry, Served, Unit};

/// What a cluster starts from.
#[derive(Debug)]
pub struct Start {
    /// What is applied by hand, with a gap where something could not be read.
    pub unit: Unit,
    /// The source that is the folder at hand; `None` where none is.
    pub served: Option<Served>,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
    /// What is missing to read it.
    pub needs: Vec<Need>,
}

/// Reads what `cluster` starts from.
pub fn start(
    tree: &FileTree,
    registry: &Registry,
    cluster: &Cluster,
    checkout: &Checkout,
    memory: &Memory,
) -> Start {
    let read = by_hand::read(tree, registry, cluster, &memory.builds);
    let unit = read.unit();
    let repositories: Vec<GitRepository> = unit
        .objects
        .iter()
        .filter(|object| GitRepository::is(object))
        .map(|object| GitRepository::read(object).value)
        .collect();
    let served = checkout.serves(&repositories).or_else(|| {
        let sources = unit.objects.iter().filter_map(Source::of);
        let named = sources.into_iter().find(|source| checkout.is_named(source));
        named.map(|source| Served { source, because: Because::Named })
    });
    Start { unit, served, diagnostics: read.diagnostics, needs: read.needs }
}
