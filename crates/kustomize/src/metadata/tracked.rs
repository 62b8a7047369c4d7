//! `buildMetadata`: the annotations that say where a resource comes from and what went over it.

use ecow::EcoVec;
use manifest::{Key, Node, Origin, Text, Via};

use super::{ORIGIN, TRANSFORMATIONS};
use crate::kustomization::{GeneratedKind, Kustomization};
use crate::remote;
use crate::resource::Resource;

/// The way from the root to a kustomization, for origin annotations (`resource.Origin`).
#[derive(Clone)]
pub(crate) struct Tracked {
    /// The directory, relative to the one that is built, or to the root of the repository that it is in.
    path: String,
    /// The lines that name that repository, where it is another one.
    repository: String,
}

impl Tracked {
    /// The root, where the build tracks at all.
    pub(crate) fn root(root: &Kustomization) -> Option<Tracked> {
        (!root.build_metadata.is_empty())
            .then(|| Tracked { path: String::new(), repository: String::new() })
    }

    /// The directory that `entry` names from here.
    pub(crate) fn enter(&self, entry: &str) -> Tracked {
        let Some(remote) = remote::repository(entry) else {
            let path = join_lexically(&self.path, entry);
            return Tracked { path, repository: self.repository.clone() };
        };
        let reference = remote.reference.map(|reference| format!("ref: {}\n", scalar(&reference)));
        let repository =
            format!("repo: {}\n{}", scalar(&remote.url), reference.unwrap_or_default());
        Tracked { path: remote.path, repository }
    }

    /// Marks resources as read from the file `entry`.
    pub(crate) fn mark_file(&self, resources: &mut [Resource], entry: &str) {
        let place = match remote::is_file(entry) {
            true => self.enter(entry),
            false => Tracked { path: join_lexically(&self.path, entry), ..self.clone() },
        };
        let path = match place.path.as_str() {
            "" => String::new(),
            path => format!("path: {path}\n"),
        };
        let text = path + &place.repository;
        for resource in resources {
            annotate(resource, ORIGIN, text.as_str().into());
        }
    }

    /// Marks a resource as made by a generator of this kustomization.
    pub(crate) fn mark_generated(&self, resource: &mut Resource, file: &str, kind: GeneratedKind) {
        let by = match kind {
            GeneratedKind::ConfigMap => "ConfigMapGenerator",
            GeneratedKind::Secret => "SecretGenerator",
        };
        self.mark_origin(resource, &self.configured(file, by));
    }

    /// The text that says that a built-in transformer `by` is configured in `file`.
    pub(crate) fn configured(&self, file: &str, by: &str) -> String {
        let path = join_lexically(&self.path, file);
        let repository = &self.repository;
        format!(
            "{repository}configuredIn: {path}\nconfiguredBy:\n  apiVersion: builtin\n  kind: {by}\n"
        )
    }

    /// The text that says that `plugin`, a configuration read from a file, did it.
    pub(crate) fn configured_by(&self, plugin: &Resource) -> String {
        let id = plugin.id();
        let origin = plugin.node().str_at(&["metadata", "annotations", ORIGIN]).unwrap_or_default();
        let (path, repository) = origin.split_once('\n').unwrap_or((origin, ""));
        let path = path.trim_start_matches("path: ");
        let mut text = format!(
            "{repository}configuredIn: {path}\nconfiguredBy:\n  apiVersion: {}\n  kind: {}\n  name: {}\n",
            scalar(&id.gvk.api_version()),
            scalar(&id.gvk.kind),
            scalar(&id.name)
        );
        let namespace = plugin.written_namespace();
        if !namespace.is_empty() {
            text.push_str(&format!("  namespace: {}\n", scalar(&namespace)));
        }
        text
    }

    /// Sets the origin of a resource that has none.
    pub(crate) fn mark_origin(&self, resource: &mut Resource, configured: &str) {
        if resource.node().at(&["metadata", "annotations", ORIGIN]).is_none() {
            annotate(resource, ORIGIN, configured.into());
        }
    }

    /// Notes that a transformer went over all resources; what has no origin was made by it.
    pub(crate) fn mark_transformed<'a>(
        &self,
        resources: impl Iterator<Item = &'a mut Resource>,
        configured: &str,
    ) {
        let lines: Vec<&str> = configured.lines().collect();
        let item = format!("- {}\n", lines.join("\n  "));
        for resource in resources {
            if resource.node().at(&["metadata", "annotations", ORIGIN]).is_none() {
                annotate(resource, ORIGIN, configured.into());
                continue;
            }
            annotations_as_text(resource);
            let known = resource.node().str_at(&["metadata", "annotations", TRANSFORMATIONS]);
            let text = format!("{}{item}", known.unwrap_or_default());
            annotate(resource, TRANSFORMATIONS, text.into());
        }
    }
}

/// Text as YAML has it.
fn scalar(text: &str) -> String {
    let mut out = String::new();
    manifest::yaml::write::write(&Node::string(text, Origin::NONE), &mut out);
    out.trim_end().to_owned()
}

/// Makes text of the annotations that are there, as kustomize does where it adds to them.
fn annotations_as_text(resource: &mut Resource) {
    let mut texts = resource.metadata_texts("annotations");
    if !texts.is_empty() {
        texts.iter_mut().for_each(|(_, node)| node.origin = node.origin.quoted(true));
        resource.set_metadata_texts("annotations", texts);
    }
}

fn annotate(resource: &mut Resource, key: &str, text: Text) {
    resource.part_annotations();
    let origin = resource.origin().via(Via::BuildMetadata);
    let metadata = resource.node_mut().map_entry("metadata", origin);
    let annotations = metadata.map(|metadata| metadata.entry("annotations", || Node::map(origin)));
    if let Some(annotations) = annotations {
        if annotations.is_null() {
            *annotations = Node::map(origin);
        }
        if let Some(map) = annotations.as_map_mut() {
            map.set(Key::from(key), Node::string(text, origin));
        }
    }
}

/// Go's `filepath.Join` on relative paths: `..` is kept where it leads out.
fn join_lexically(directory: &str, path: &str) -> String {
    let mut parts: EcoVec<&str> = EcoVec::new();
    for part in directory.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}
