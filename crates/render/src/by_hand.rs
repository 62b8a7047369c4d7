//! What is applied by hand, once, to start a cluster: its file with the shared ones, or what `flux
//! bootstrap` applies of its folder.

use kustomize::{FILE_NAMES, LoadRestrictor, Memory, Options, Reorder};
use manifest::{Diagnostic, Entry, FileTree, Lookup, Object};

use crate::documents::{self, is_yaml};
use crate::need::Need;
use crate::registry::{Cluster, Layout, Registry};
use crate::unit::{Gap, Unit};

/// The folder in a cluster's folder that `flux bootstrap` makes and applies; its Kustomization applies
/// the rest.
const BOOTSTRAP: &str = "flux-system";

/// What is applied by hand, and what went wrong with it.
#[derive(Default)]
pub(crate) struct ByHand {
    pub(crate) objects: Vec<Object>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) needs: Vec<Need>,
    pub(crate) reads: Vec<String>,
}

/// Reads what is applied by hand to `cluster`.
pub(crate) fn read(
    tree: &FileTree,
    registry: &Registry,
    cluster: &Cluster,
    memory: &Memory,
) -> ByHand {
    let mut by_hand = ByHand::default();
    match cluster.layout {
        Layout::File => {
            for path in std::iter::once(&cluster.path).chain(&registry.shared) {
                by_hand.add_file(tree, path, memory);
            }
        }
        Layout::Folder => {
            let bootstrap = format!("{}/{BOOTSTRAP}", cluster.path);
            match tree.lookup(&bootstrap) {
                Lookup::Found(Entry::Directory) => by_hand.add_folder(tree, &bootstrap, memory),
                _ => by_hand.add_folder(tree, &cluster.path, memory),
            }
        }
    }
    by_hand
}

impl ByHand {
    /// The objects as a unit, with a gap where anything was wrong.
    pub(crate) fn unit(&self) -> Unit {
        let error = self.diagnostics.iter().find(|diagnostic| diagnostic.is_error());
        let mut gaps = Vec::new();
        if error.is_some() || !self.needs.is_empty() {
            let origin = error.map(|diagnostic| diagnostic.origin).unwrap_or_default();
            gaps.push(Gap { origin, reason: "it could not be read".into() });
        }
        Unit { kustomization: None, objects: self.objects.clone(), gaps }
    }

    fn add_file(&mut self, tree: &FileTree, path: &str, memory: &Memory) {
        self.reads.push(path.to_owned());
        let objects = documents::objects(tree, path, memory, &mut self.diagnostics);
        self.objects.extend(objects);
    }

    /// A folder with a kustomization file is built; of others, every file and folder is taken.
    fn add_folder(&mut self, tree: &FileTree, folder: &str, memory: &Memory) {
        let is_file = |name: &&str| {
            let path = format!("{folder}/{name}");
            matches!(tree.lookup(&path), Lookup::Found(Entry::File(_)))
        };
        if FILE_NAMES.iter().any(is_file) {
            return self.add_built(tree, folder, memory);
        }
        let children =
            tree.below(folder).filter(|(path, _)| manifest::tree::parent(path) == folder);
        for (path, entry) in children.filter(|(path, _)| *path != folder) {
            match entry {
                Entry::Directory => self.add_folder(tree, path, memory),
                _ if is_yaml(path) => self.add_file(tree, path, memory),
                _ => {}
            }
        }
    }

    fn add_built(&mut self, tree: &FileTree, folder: &str, memory: &Memory) {
        let options = Options {
            load_restrictor: LoadRestrictor::None,
            reorder: Reorder::None,
            ..Options::default()
        };
        let build = kustomize::build(tree, folder, &options, memory);
        self.diagnostics.extend(build.diagnostics);
        self.needs.extend(build.needs.into_iter().map(Need::from));
        self.reads.extend(build.reads.iter().cloned());
        let nodes = build.nodes.unwrap_or_default();
        self.objects.extend(nodes.iter().filter_map(|node| Object::new(node.clone()).ok()));
    }
}
