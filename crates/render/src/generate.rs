//! The kustomization that Flux builds: the one in the directory, or one made of all YAML files below
//! it, with what the Kustomization adds (`merge`).
//!
//! The rules are those of github.com/fluxcd/pkg v1.44.0, `kustomize/kustomize_generator.go`.

use std::collections::BTreeSet;

use api::FluxKustomization;
use kustomize::{FILE_NAMES, Memory};
use manifest::diagnostic::nearest;
use manifest::yaml::Flavor;
use manifest::{Diagnostic, Entry, List, Lookup, Map, Node, Origin, Value, Via};

use crate::artifact::{Artifact, LeftOut};
use crate::documents::{file_name, is_yaml};
use crate::merge;

/// What is to be built.
pub(crate) struct Generated {
    /// The directory in the tree.
    pub(crate) directory: String,
    /// What stands for its kustomization file; `None` where there is nothing to apply.
    pub(crate) kustomization: Option<Node>,
    /// Whether it was made of the files that are there.
    pub(crate) is_made: bool,
    /// What was looked at.
    pub(crate) reads: BTreeSet<String>,
}

/// Finds or makes the kustomization of `view`, and merges in what it adds.
///
/// # Errors
/// Its path leads nowhere, or the kustomization file cannot be read.
pub(crate) fn generate(
    artifact: &Artifact<'_>,
    view: &FluxKustomization,
    memory: &Memory,
) -> Result<Generated, Vec<Diagnostic>> {
    let directory = directory(artifact, view).map_err(|diagnostic| vec![diagnostic])?;
    let mut reads = BTreeSet::new();
    let found = existing(artifact, &directory, memory, &mut reads);
    // One that is not there may be left out.
    let components = view.components.iter().map(|component| component.value.as_str());
    reads.extend(components.filter_map(|path| manifest::tree::join(&directory, path)));
    let is_made = matches!(found, Ok(None));
    let kustomization = match found.map_err(|diagnostic| vec![diagnostic])? {
        Some(mut node) => {
            merge::mark_without_resources(&mut node, view);
            Some(node)
        }
        None => made(artifact, &directory, view),
    };
    let kustomization = match kustomization {
        Some(node) => Some(merge::merge(node, view, artifact.tree, &directory)?),
        None => None,
    };
    Ok(Generated { directory, kustomization, is_made, reads })
}

/// The directory that `spec.path` names; `..` stops at the root.
fn directory(artifact: &Artifact<'_>, view: &FluxKustomization) -> Result<String, Diagnostic> {
    let mut parts: Vec<&str> = Vec::new();
    for part in view.path.value.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    let path = parts.join("/");
    let about = describe(view);
    let at = view.path.origin;
    let written = &view.path.value;
    match artifact.tree.lookup(&path) {
        Lookup::Found(Entry::Directory) => Ok(path),
        Lookup::Found(Entry::Link(_)) => {
            let cause = format!("{about}: `{written}` is a symbolic link");
            Err(Diagnostic::error(at, cause).help(LINK_HELP))
        }
        Lookup::Found(_) => {
            let cause = format!("{about}: `{written}` is a file, it must be a directory");
            let parent = manifest::tree::parent(&path);
            Err(Diagnostic::error(at, cause).help(format!("write `path: ./{parent}`")))
        }
        Lookup::Absent | Lookup::Unread => {
            let cause = format!("{about}: there is no directory `{written}`");
            Err(Diagnostic::error(at, cause).help(near_directory(artifact, &path)))
        }
    }
}

const LINK_HELP: &str = "Flux leaves symbolic links out of what it fetches: name what it leads to";

fn near_directory(artifact: &Artifact<'_>, path: &str) -> String {
    let directories = || {
        let entries = artifact.tree.iter();
        entries.filter(|(_, entry)| **entry == Entry::Directory).map(|(path, _)| path)
    };
    // A directory of that name somewhere else, or one whose whole path is alike.
    let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let same_name = directories().find(|there| last(there) == last(path));
    if let Some(near) = same_name.or_else(|| nearest(path, directories())) {
        return format!("did you mean `./{near}`?");
    }
    let parent = manifest::tree::parent(path);
    let neighbours: Vec<String> = directories()
        .filter(|there| manifest::tree::parent(there) == parent)
        .take(MAX_NAMED)
        .map(|there| format!("`./{there}`"))
        .collect();
    match neighbours.as_slice() {
        [] => "paths start at the root of the source".to_owned(),
        names => format!("there is {}", names.join(", ")),
    }
}

/// How many directories a message names.
const MAX_NAMED: usize = 6;

/// The kustomization file of a directory, read as Flux reads it.
fn existing(
    artifact: &Artifact<'_>,
    directory: &str,
    memory: &Memory,
    reads: &mut BTreeSet<String>,
) -> Result<Option<Node>, Diagnostic> {
    let tree = artifact.tree;
    let mut found = Vec::new();
    for name in FILE_NAMES {
        let path = below(directory, name);
        if let Lookup::Found(Entry::File(content)) = tree.lookup(&path) {
            found.push((path.clone(), content));
        }
        reads.insert(path);
    }
    let (path, content) = match found.as_slice() {
        [] => return Ok(None),
        [one] => one,
        [_, second, ..] => {
            let shown = tree.display(directory);
            let cause = format!("more than one kustomization file in `{shown}`");
            let names: Vec<&str> = found.iter().map(|(path, _)| file_name(path)).collect();
            let help = format!("keep one of {}", names.join(", "));
            return Err(Diagnostic::error(Origin::new(tree.name(&second.0), 1), cause).help(help));
        }
    };
    let file = tree.name(path);
    let documents = memory
        .documents(content, file, Flavor::Config)
        .map_err(|error| Diagnostic::error(error.origin, error.cause.as_str()))?;
    Ok(Some(documents.first().cloned().unwrap_or(Node::map(Origin::new(file, 1)))))
}

/// A kustomization of all YAML files below a directory; `None` where there are none.
///
/// A directory with a kustomization file of its own is one resource, and not looked into.
fn made(artifact: &Artifact<'_>, directory: &str, view: &FluxKustomization) -> Option<Node> {
    let origin = view.path.origin.via(Via::Kustomization);
    let mut paths: Vec<&str> = Vec::new();
    for (path, entry) in artifact.tree.below(directory).filter(|(path, _)| *path != directory) {
        match entry {
            Entry::Directory if has_kustomization(artifact, path) => paths.push(path),
            Entry::File(_) if is_yaml(path) && artifact.left_out(path).is_none() => {
                paths.push(path);
            }
            _ => {}
        }
    }
    // Go's order of a walk: names within each directory, files and directories alike.
    paths.sort_by(|a, b| a.split('/').cmp(b.split('/')));
    let mut inside: Option<&str> = None;
    let mut resources = List::new();
    for path in paths {
        if inside.is_some_and(|around| manifest::tree::is_within(path, around)) {
            continue;
        }
        if artifact.tree.lookup(path) == Lookup::Found(&Entry::Directory) {
            inside = Some(path);
        }
        let relative = manifest::tree::relative(path, directory);
        resources.push(Node::string(format!("./{relative}"), origin));
    }
    if resources.is_empty() {
        return None;
    }
    let mut map = Map::new();
    map.set("apiVersion", Node::string("kustomize.config.k8s.io/v1beta1", origin));
    map.set("kind", Node::string("Kustomization", origin));
    map.set("resources", Node { value: Value::List(resources), origin });
    Some(Node::new(map, origin))
}

fn has_kustomization(artifact: &Artifact<'_>, directory: &str) -> bool {
    FILE_NAMES.iter().any(|name| {
        let path = below(directory, name);
        matches!(artifact.tree.lookup(&path), Lookup::Found(Entry::File(_)))
            && artifact.left_out(&path).is_none()
    })
}

/// What a build read that is not in the artifact.
pub(crate) fn check_reads(
    artifact: &Artifact<'_>,
    view: &FluxKustomization,
    reads: &BTreeSet<String>,
) -> Vec<Diagnostic> {
    let missing = |path: &String| {
        let place = Origin::new(artifact.tree.name(path), 0);
        let about = describe(view);
        let shown = artifact.tree.display(path);
        Some(match artifact.left_out(path)? {
            LeftOut::Link => {
                let cause = format!("{about} builds on `{shown}`, which is a symbolic link");
                Diagnostic::error(place, cause).help(LINK_HELP)
            }
            LeftOut::Ignored(pattern) => {
                let cause = format!(
                    "{about} builds on `{shown}`, which its source leaves out by the pattern \
                     `{pattern}`"
                );
                let help = "change the pattern in .sourceignore or in `spec.ignore` of the source; \
                            with either, the default patterns do not apply";
                Diagnostic::error(place, cause).help(help)
            }
            LeftOut::NotCheckedOut => {
                let cause = format!(
                    "{about} builds on `{shown}`, which is in no directory of `spec.sparseCheckout` \
                     of its source"
                );
                Diagnostic::error(place, cause).help("add its directory there")
            }
        })
    };
    reads.iter().filter_map(missing).collect()
}

fn below(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

/// `Kustomization flux-system/apps`.
pub(crate) fn describe(view: &FluxKustomization) -> String {
    format!("Kustomization {}/{}", view.namespace, view.name)
}
