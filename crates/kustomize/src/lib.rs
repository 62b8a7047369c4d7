//! Builds what kustomize 5.8.1 builds: a directory of a [`FileTree`] to resources.
//!
//! ```text
//! kustomization file ─ decode ─▶ resources, generators ─▶ components ─▶ transformers ─▶ validators
//!        ▲                            │ (a base is a build of its own, kept by its files)
//!        └────────────────────────────┘          once, at the root: hashes, references, vars, order
//! ```
//!
//! **Invariants.** A build is a function of the tree and the options. What it did not find in a tree
//! that is not complete comes back as [`Need`]s, all that one pass can see at once; the caller adds
//! them and builds again. Every file it looked at is named in [`Build::reads`]. The schema belongs to
//! the build. All independent errors of a pass are reported together.
//!
//! **Not here.** Reading files (the caller's), fetching remote bases and charts (`source`'s, asked for
//! as [`Need`]s), what the API server makes of an object (`schema`).

mod accumulate;
mod accumulated;
mod alias;
mod builder;
mod config;
mod decode;
mod fieldspec;
mod generate;
mod hash;
mod id;
mod include;
mod inline;
mod kustomization;
mod load;
mod memory;
mod merge;
mod metadata;
mod nameref;
mod open;
mod order;
mod plugin;
pub mod remote;
mod replacement;
mod resource;
mod resources;
mod schema;
mod selector;
mod transform;
mod vars;

use std::collections::BTreeSet;
use std::sync::Arc;

use manifest::{Diagnostic, FileTree, Node};

use crate::builder::Builder;
use crate::order::Order;
use crate::resource::Resource;

pub use kustomization::FILE_NAMES;
pub use memory::Memory;

/// Which files a kustomization may read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum LoadRestrictor {
    /// Those in or below its own directory; other kustomizations from anywhere.
    #[default]
    RootOnly,
    /// Any in the tree. With a repository as the tree this is Flux's rule.
    None,
}

/// `--reorder`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Reorder {
    /// By kind: kustomize's own default.
    #[default]
    Legacy,
    /// As the resources came: Flux's default.
    None,
}

/// How to build.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Options {
    /// Which files may be read.
    pub load_restrictor: LoadRestrictor,
    /// The order of the output, where the kustomization has no `sortOptions`.
    pub reorder: Reorder,
    /// Adds `app.kubernetes.io/managed-by`.
    pub managed_by_label: bool,
    /// Whether `helmCharts` are allowed.
    pub enable_helm: bool,
    /// Whether plugins that are not built in are allowed.
    pub enable_alpha_plugins: bool,
}

/// Something that the build needs and the tree does not have.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Need {
    /// What stands at this path of the tree.
    Path(String),
    /// What a URL leads to, a base or a file: at [`manifest::tree::remote_path`] of the tree. [`remote`]
    /// knows what the URL says.
    Remote {
        /// The URL as the kustomization has it.
        url: String,
        /// `file:line` of the entry.
        entry: String,
    },
}

/// What a build came to.
#[derive(Debug)]
pub struct Build {
    /// The objects in order, shared with the memory; `None` where there are errors or needs.
    pub nodes: Option<Arc<[Node]>>,
    /// Errors and warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// What is missing to go on.
    pub needs: BTreeSet<Need>,
    /// Every path that was looked at.
    pub reads: Arc<BTreeSet<String>>,
}

/// Builds the kustomization in `directory` of `tree`.
///
/// `memory` keeps what was read and built, by content; builds that share bases share it.
pub fn build(tree: &FileTree, directory: &str, options: &Options, memory: &Memory) -> Build {
    build_with(tree, directory, None, options, memory)
}

/// Builds `directory` as if `kustomization` were its kustomization file, whether it has one or not.
///
/// This is for Flux, which adds to the file before it builds. As Flux does, it leaves out fields that
/// a kustomization does not have, with a warning; [`build`] refuses them.
pub fn build_as(
    tree: &FileTree,
    directory: &str,
    kustomization: &Node,
    options: &Options,
    memory: &Memory,
) -> Build {
    build_with(tree, directory, Some(kustomization), options, memory)
}

fn build_with(
    tree: &FileTree,
    directory: &str,
    root_file: Option<&Node>,
    options: &Options,
    memory: &Memory,
) -> Build {
    if let Some(build) = memory.build(tree, directory, options, root_file) {
        return build;
    }
    let mut builder = Builder::new(tree, options, memory);
    builder.root_file = root_file;
    let nodes = build_root(&mut builder, directory, options);
    let report = builder.into_report();
    let complete = report.needs.is_empty() && !report.diagnostics.iter().any(Diagnostic::is_error);
    let build = Build {
        nodes: nodes.ok().filter(|_| complete).map(Arc::from),
        diagnostics: report.diagnostics,
        needs: report.needs,
        reads: Arc::new(report.reads),
    };
    memory.keep_build(tree, directory, (options, root_file), (&build, report.found));
    build
}

/// The steps of a build that happen once, at the root.
fn build_root(
    builder: &mut Builder<'_>,
    directory: &str,
    options: &Options,
) -> Result<Vec<Node>, builder::Failed> {
    let (root, mut accumulated) = builder.accumulate_root(directory)?;
    hash::add_to_names(&mut accumulated.resources);
    builder.check(nameref::update(&mut accumulated, builder.schema()))?;
    builder.check(vars::resolve(&mut accumulated))?;
    accumulated.resources.retain(metadata::is_not_local);
    let order = root.order.clone().unwrap_or(match options.reorder {
        Reorder::Legacy => Order::legacy(),
        Reorder::None => Order::Fifo,
    });
    let mut resources = order::sort(accumulated.resources.into_vec(), &order);
    if options.managed_by_label || root.has_metadata("managedByLabel") {
        let labelled = metadata::add_managed_by(&mut resources, root.origin);
        builder.check(labelled.map(|()| Vec::new()))?;
    }
    let cleaned = metadata::clean(&mut resources, &root);
    builder.check(cleaned.map(|()| Vec::new()))?;
    for resource in &mut resources {
        builder.check(metadata::settle_characters(resource))?;
    }
    Ok(resources.into_iter().map(Resource::into_node).collect())
}

#[cfg(test)]
mod tests;
