//! What is a resource, and the annotations and labels that a build itself adds or takes away.

use ecow::EcoVec;
use manifest::{Diagnostic, Key, Node, Origin, Text, Value, Via};

use crate::kustomization::{GeneratedKind, Kustomization};
use crate::resource::Resource;
use crate::transform::labels;

/// The annotation of `buildMetadata: [originAnnotations]`.
pub(crate) const ORIGIN: &str = "config.kubernetes.io/origin";
/// The annotation of `buildMetadata: [transformerAnnotations]`.
const TRANSFORMATIONS: &str = "alpha.config.kubernetes.io/transformations";
const LOCAL_CONFIG: &str = "config.kubernetes.io/local-config";
const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// What kustomize 5.8.1 of a Go module writes as the manager.
const MANAGER: &str = "kustomize-(devel)";

/// Annotations that kustomize keeps its own state in; they never reach the output.
const INTERNAL: [&str; 19] = [
    "internal.config.kubernetes.io/previousKinds",
    "internal.config.kubernetes.io/previousNames",
    "internal.config.kubernetes.io/prefixes",
    "internal.config.kubernetes.io/suffixes",
    "internal.config.kubernetes.io/previousNamespaces",
    "internal.config.kubernetes.io/refBy",
    "internal.config.kubernetes.io/generatorBehavior",
    "internal.config.kubernetes.io/needsHashSuffix",
    "internal.config.kubernetes.io/allowNameChange",
    "internal.config.kubernetes.io/allowKindChange",
    "internal.config.kubernetes.io/path",
    "internal.config.kubernetes.io/index",
    "internal.config.kubernetes.io/seqindent",
    "internal.config.kubernetes.io/id",
    "internal.config.kubernetes.io/annotations-migration-resource-id",
    "config.kubernetes.io/path",
    "config.kubernetes.io/index",
    "config.k8s.io/id",
    "helm.kustomize.io/generated",
];

/// How many lists of lists are expanded.
const MAX_LIST_DEPTH: usize = 20;

/// The resources among documents: lists expanded, empty ones dropped.
///
/// # Errors
/// Documents that are no resources, all of them.
pub(crate) fn resources(documents: &[Node]) -> Result<Vec<Node>, Vec<Diagnostic>> {
    let mut nodes = Vec::new();
    let mut errors = Vec::new();
    let mut queue: Vec<(Node, usize)> = documents.iter().cloned().map(|node| (node, 0)).collect();
    if let [(only, _)] = queue.as_slice() {
        if let Some(items) = wrapped_items(only) {
            queue = items.iter().cloned().map(|node| (node, 1)).collect();
        }
    }
    let mut at = 0;
    while let Some((node, depth)) = queue.get(at).cloned() {
        at += 1;
        if node.is_null() || node.as_map().is_some_and(manifest::Map::is_empty) {
            continue;
        }
        if let Err(diagnostic) = check(&node) {
            errors.push(diagnostic);
            continue;
        }
        let kind = node.get("kind").and_then(Node::scalar_text).unwrap_or_default();
        let items = node.get("items").filter(|_| kind.ends_with("List"));
        match items.map(|items| (&items.value, depth)) {
            None => nodes.push(node),
            Some((_, MAX_LIST_DEPTH..)) => {
                errors.push(Diagnostic::error(node.origin, "lists of lists of lists"));
            }
            Some((Value::Null, _)) => {}
            Some((Value::List(items), _)) => {
                queue.extend(items.iter().cloned().map(|item| (item, depth + 1)));
            }
            Some(_) => {
                let cause = format!("the `items` of a {kind} are no list");
                errors.push(Diagnostic::error(node.origin, cause));
            }
        }
    }
    if errors.is_empty() { Ok(nodes) } else { Err(errors) }
}

/// The items of a lone `List` or `ResourceList`, which need not be valid in itself.
fn wrapped_items(node: &Node) -> Option<&[Node]> {
    let kind = node.str_at(&["kind"])?;
    if !matches!(kind, "List" | "ResourceList") {
        return None;
    }
    node.get("items")?.as_list()
}

fn check(node: &Node) -> Result<(), Diagnostic> {
    let error = |cause: &str, help: &str| Err(Diagnostic::error(node.origin, cause).help(help));
    let Some(map) = node.as_map() else {
        return error(
            &format!("a {} is no Kubernetes object", node.type_name()),
            "an object is a map with apiVersion, kind and metadata",
        );
    };
    let text = |node: Option<&Node>| node.and_then(Node::scalar_text).unwrap_or_default();
    let kind = text(map.get("kind"));
    if kind.is_empty() || map.get("kind").is_some_and(Node::is_null) {
        return error("an object without a kind", "add `kind:`");
    }
    let metadata = map.get("metadata");
    if let Some(metadata) = metadata.filter(|m| m.as_map().is_none() && !m.is_null()) {
        let cause = format!("the metadata of a {kind} is a {}", metadata.type_name());
        return Err(Diagnostic::error(metadata.origin, cause));
    }
    for field in ["labels", "annotations"] {
        let value = metadata.and_then(|metadata| metadata.get(field));
        if let Some(value) = value.filter(|v| v.as_map().is_none() && !v.is_null()) {
            let cause = format!("metadata.{field} is a {}, not a map", value.type_name());
            return Err(Diagnostic::error(value.origin, cause));
        }
    }
    let name = metadata.and_then(|metadata| metadata.get("name"));
    if !kind.ends_with("List")
        && name.is_none_or(|name| name.is_null() || text(Some(name)).is_empty())
    {
        return error(
            &format!("a {kind} without metadata.name"),
            "add a name; generateName is not enough in Git",
        );
    }
    Ok(())
}

/// Whether a resource is meant for the cluster, not only for the build.
pub(crate) fn is_not_local(resource: &Resource) -> bool {
    let annotation = resource.node().at(&["metadata", "annotations", LOCAL_CONFIG]);
    annotation.is_none_or(|node| node.scalar_text().as_deref() == Some("false"))
}

/// Adds the label of `managedByLabel`.
pub(crate) fn add_managed_by(resources: &mut [Resource], origin: Origin) {
    let origin = origin.via(Via::BuildMetadata);
    for resource in resources {
        let metadata = resource.node_mut().map_entry("metadata", origin);
        let labels = metadata.map(|map| map.entry("labels", || Node::map(origin)));
        if let Some(labels) = labels {
            if labels.is_null() {
                *labels = Node::map(origin);
            }
            if let Some(labels) = labels.as_map_mut() {
                labels.set(MANAGED_BY, Node::string(MANAGER, origin));
            }
        }
    }
}

/// Takes away what only the build needed, and turns annotations into text as kustomize does.
///
/// # Errors
/// An annotation's key would be no text without its quotes, which kustomize loses here.
pub(crate) fn clean(resources: &mut [Resource], root: &Kustomization) -> Result<(), Diagnostic> {
    let keeps_origins = root.has_metadata("originAnnotations");
    let keeps_transformations = root.has_metadata("transformerAnnotations");
    for resource in resources {
        let Some(annotations) = resource.node().at(&["metadata", "annotations"]) else { continue };
        let dropped = |key: &str| {
            INTERNAL.contains(&key)
                || (key == ORIGIN && !keeps_origins)
                || (key == TRANSFORMATIONS && !keeps_transformations)
        };
        let map = annotations.as_map();
        if let Some((key, node)) =
            map.and_then(|map| map.iter().find(|(key, _)| !labels::is_text_key(key)))
        {
            let cause = format!("{}: the annotation key `{key}` is no text", resource.id());
            return Err(Diagnostic::error(node.origin, cause).help("choose another key"));
        }
        let is_clean = map.is_some_and(|map| {
            let fine = |(key, node): (&Key, &Node)| {
                !dropped(key) && matches!(node.value, Value::String(_) | Value::Unknown(_))
            };
            !map.is_empty() && map.iter().all(fine)
        });
        if !is_clean {
            let mut texts = resource.metadata_texts("annotations");
            texts.retain(|(key, _)| !dropped(key));
            resource.set_metadata_texts("annotations", texts);
        }
    }
    Ok(())
}

/// Refuses what kustomize cannot write: control characters other than line breaks and tabs.
pub(crate) fn check_characters(resource: &Resource) -> Result<(), Diagnostic> {
    match control_character(resource.node()) {
        None => Ok(()),
        Some((character, origin)) => {
            let code = u32::from(character);
            let cause = format!("{}: the control character U+{code:04X} in text", resource.id());
            Err(Diagnostic::error(origin, cause).help("put it into binaryData, or encode it"))
        }
    }
}

/// A character that go-yaml reads in no document, though Go's JSON writes it.
fn control_character(node: &Node) -> Option<(char, Origin)> {
    let refused =
        |c: &char| matches!(c, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}');
    // The first bytes of all of them in UTF-8: most texts have none.
    let suspicious = |byte: u8| matches!(byte, 0x7f | 0xc2 | 0xef);
    match &node.value {
        Value::String(text) if text.bytes().any(suspicious) => {
            text.chars().find(refused).map(|c| (c, node.origin))
        }
        Value::List(list) => list.iter().find_map(control_character),
        Value::Map(map) => map.iter().find_map(|(_, value)| control_character(value)),
        _ => None,
    }
}

/// The way from the root to a kustomization, for origin annotations (`resource.Origin`).
#[derive(Clone)]
pub(crate) struct Tracked {
    /// The directory, relative to the one that is built.
    path: String,
}

impl Tracked {
    /// The root, where the build tracks at all.
    pub(crate) fn root(root: &Kustomization) -> Option<Tracked> {
        (!root.build_metadata.is_empty()).then(|| Tracked { path: String::new() })
    }

    /// The directory that `entry` names from here.
    pub(crate) fn enter(&self, entry: &str) -> Tracked {
        Tracked { path: join_lexically(&self.path, entry) }
    }

    /// Marks resources as read from the file `entry`.
    pub(crate) fn mark_file(&self, resources: &mut [Resource], entry: &str) {
        let text = format!("path: {}\n", join_lexically(&self.path, entry));
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
        format!("configuredIn: {path}\nconfiguredBy:\n  apiVersion: builtin\n  kind: {by}\n")
    }

    /// The text that says that `plugin`, a configuration read from a file, did it.
    pub(crate) fn configured_by(&self, plugin: &Resource) -> String {
        let id = plugin.id();
        let origin = plugin.node().str_at(&["metadata", "annotations", ORIGIN]).unwrap_or_default();
        let path = origin.trim_start_matches("path: ").trim_end();
        let mut text = format!(
            "configuredIn: {path}\nconfiguredBy:\n  apiVersion: {}\n  kind: {}\n  name: {}\n",
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

fn annotate(resource: &mut Resource, key: &str, text: Text) {
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
