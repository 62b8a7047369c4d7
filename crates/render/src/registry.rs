//! The clusters of a repository: what stands in its folder `clusters/`.
//!
//! | what | means |
//! |---|---|
//! | `clusters/NAME.yaml` with a Kustomization and a source of Flux's | the cluster NAME; the file is applied by hand |
//! | `clusters/NAME/` with a Kustomization somewhere in it | the cluster NAME, as `flux bootstrap` lays it out |
//! | another file `clusters/*.yaml` | shared: applied by hand to every cluster that is a file |
//!
//! A Kustomization whose source is in another file cannot be a cluster by itself; as people publish
//! such files, it means "this too, on every cluster", and so it is taken. A folder that the file of a
//! cluster applies (by the `path` of a Kustomization) belongs to that cluster and is none itself.

use std::collections::{BTreeMap, BTreeSet};

use api::{FluxKustomization, Source};
use kustomize::FILE_NAMES;
use manifest::diagnostic::did_you_mean;
use manifest::tree::{is_within, join};
use manifest::{Diagnostic, Entry, FileTree, Object, Origin};

use crate::{Memory, documents};

/// Where clusters are.
const FOLDER: &str = "clusters";

/// One cluster.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cluster {
    /// Its name.
    pub name: String,
    /// Its file or folder in the tree.
    pub path: String,
    /// Which of both it is.
    pub layout: Layout,
}

/// How a cluster is written down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layout {
    /// As one file.
    File,
    /// As a folder.
    Folder,
}

/// The clusters of a repository.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    /// The clusters by name.
    pub clusters: Vec<Cluster>,
    /// Files that every cluster written as a file gets as well.
    pub shared: Vec<String>,
    /// What is wrong with the folder: no clusters, two of one name, files that are no YAML.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads which clusters a repository has. `tree` is the whole of it.
pub fn registry(tree: &FileTree, memory: &Memory) -> Registry {
    let mut registry = Registry::default();
    let files: Vec<&str> = files_below(tree, FOLDER).collect();
    if files.is_empty() {
        registry.diagnostics.push(no_clusters(tree));
        return registry;
    }
    let mut applied = BTreeSet::new();
    for path in &files {
        let Some(name) = name_of_file(path) else { continue };
        let mut objects = Vec::new();
        let before = registry.diagnostics.len();
        objects.extend(documents::objects(tree, path, &memory.builds, &mut registry.diagnostics));
        let is_broken = registry.diagnostics.len() > before;
        // A file that cannot be read is a cluster rather than part of all of them.
        if is_broken || is_cluster(&objects) {
            applied.extend(objects.iter().filter_map(applied_path));
            let path = (*path).to_owned();
            registry.clusters.push(Cluster { name: name.to_owned(), path, layout: Layout::File });
        } else if !objects.is_empty() {
            registry.diagnostics.extend(lacks_kustomization(tree, path, &objects));
            registry.shared.push((*path).to_owned());
        }
    }
    registry.add_folders(tree, &files, &applied, memory);
    registry.clusters.sort_by(|a, b| (&a.name, &a.path).cmp(&(&b.name, &b.path)));
    registry.check_names(tree);
    registry
}

impl Registry {
    /// The cluster called `name`.
    ///
    /// # Errors
    /// There is none.
    pub fn find(&self, name: &str) -> Result<&Cluster, Diagnostic> {
        self.clusters.iter().find(|cluster| cluster.name == name).ok_or_else(|| {
            let names = self.names();
            let help = did_you_mean(name, names.iter().copied());
            Diagnostic::error(Origin::NONE, format!("there is no cluster `{name}`")).help_if(help)
        })
    }

    /// The names of the clusters.
    pub fn names(&self) -> Vec<&str> {
        self.clusters.iter().map(|cluster| cluster.name.as_str()).collect()
    }

    fn add_folders(
        &mut self,
        tree: &FileTree,
        files: &[&str],
        applied: &BTreeSet<String>,
        memory: &Memory,
    ) {
        let mut folders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for path in files {
            if let Some((name, _)) = below_folder(path).and_then(|rest| rest.split_once('/')) {
                folders.entry(name).or_default().push(path);
            }
        }
        for (name, files) in folders {
            let folder = format!("{FOLDER}/{name}");
            if applied.iter().any(|path| is_within(path, &folder)) {
                continue;
            }
            // What is wrong with the files is told when the cluster is rendered.
            let mut ignored = Vec::new();
            let mut objects = files
                .iter()
                .flat_map(|path| documents::objects(tree, path, &memory.builds, &mut ignored));
            if objects.any(|object| FluxKustomization::is(&object)) {
                let cluster =
                    Cluster { name: name.to_owned(), path: folder, layout: Layout::Folder };
                self.clusters.push(cluster);
            }
        }
    }

    /// Finds two clusters of one name, and a folder without any.
    fn check_names(&mut self, tree: &FileTree) {
        for pair in self.clusters.windows(2) {
            if let [first, second] = pair
                && first.name == second.name
            {
                let cause = format!("two clusters are called `{}`", first.name);
                let place = |cluster: &Cluster| Origin::new(tree.name(&cluster.path), 0);
                let diagnostic = Diagnostic::error(place(second), cause)
                    .related(place(first), "the other one")
                    .help("rename or delete one of them");
                self.diagnostics.push(diagnostic);
            }
        }
        if self.clusters.is_empty() && self.diagnostics.is_empty() {
            let origin = Origin::new(tree.name(FOLDER), 0);
            let cause = "no file in it is a cluster";
            let help = "a cluster is a file with a source (such as a GitRepository) and a \
                        Kustomization of Flux's, or a folder with a Kustomization";
            self.diagnostics.push(Diagnostic::error(origin, cause).help(help));
        }
    }
}

fn is_cluster(objects: &[Object]) -> bool {
    objects.iter().any(FluxKustomization::is) && objects.iter().any(|o| Source::of(o).is_some())
}

/// That a file with a source applies nothing from it: most likely a cluster that is not finished.
fn lacks_kustomization(tree: &FileTree, path: &str, objects: &[Object]) -> Option<Diagnostic> {
    let source = objects.iter().find(|object| Source::of(object).is_some())?;
    let cause = format!(
        "`{}` has no Kustomization, so it is no cluster; its objects go to every cluster",
        tree.display(path)
    );
    let help = "add a Kustomization that applies a path of the source, or move the file away";
    Some(Diagnostic::warning(source.origin(), cause).help(help))
}

/// The path that a Kustomization applies.
fn applied_path(object: &Object) -> Option<String> {
    let path = object.root().str_at(&["spec", "path"]).filter(|_| FluxKustomization::is(object))?;
    join("", path)
}

/// The YAML files below a folder.
fn files_below<'a>(tree: &'a FileTree, folder: &'a str) -> impl Iterator<Item = &'a str> {
    tree.below(folder)
        .filter(|(path, entry)| !matches!(entry, Entry::Directory) && documents::is_yaml(path))
        .map(|(path, _)| path)
}

fn below_folder(path: &str) -> Option<&str> {
    path.strip_prefix(FOLDER)?.strip_prefix('/')
}

/// The name of the cluster that a file could be: one directly in the folder, and no kustomization.
fn name_of_file(path: &str) -> Option<&str> {
    let name = below_folder(path)?;
    if name.contains('/') || FILE_NAMES.contains(&name) {
        return None;
    }
    name.strip_suffix(".yaml").or(name.strip_suffix(".yml"))
}

fn no_clusters(tree: &FileTree) -> Diagnostic {
    let exists = tree.below(FOLDER).next().is_some();
    let cause = match exists {
        true => format!("the folder `{FOLDER}` has no YAML file"),
        false => format!("there is no folder `{FOLDER}`"),
    };
    // Somebody may be one folder too high.
    let inner = tree.iter().find_map(|(path, _)| path.strip_suffix(&format!("/{FOLDER}")));
    let help = match inner {
        Some(inner) => format!("there is one in `{inner}`: is that the repository?"),
        None => format!(
            "each cluster is a file `{FOLDER}/NAME.yaml` with a GitRepository and a Kustomization"
        ),
    };
    Diagnostic::error(Origin::NONE, cause).help(help)
}

#[cfg(test)]
mod tests;
