//! What is a resource, and the annotations and labels that a build itself adds or takes away.

use manifest::number::Number;
use manifest::yaml::{Flavor, Reader};
use manifest::{Diagnostic, FileName, Key, Node, Origin, Text, Value, Via};

use crate::kustomization::Kustomization;
use crate::resource::Resource;
use crate::transform::labels;

mod tracked;

pub(crate) use tracked::Tracked;

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
    if let [(only, _)] = queue.as_slice()
        && let Some(items) = wrapped_items(only)
    {
        queue = items.iter().cloned().map(|node| (node, 1)).collect();
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
                queue.extend(items.iter().cloned().map(|mut item| {
                    // kustomize makes JSON of them in between.
                    into_json(&mut item);
                    change_annotations(&mut item, |node| number_annotation(node, Number::go_json));
                    (item, depth + 1)
                }));
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
    let error = |node: &Node, cause: String| Diagnostic::error(node.origin, cause);
    if node.as_map().is_none() {
        let cause = format!("a {} is no Kubernetes object", node.type_name());
        let help = "an object is a map with apiVersion, kind and metadata";
        return Err(error(node, cause).help(help));
    }
    for path in [&["metadata"][..], &["metadata", "labels"], &["metadata", "annotations"]] {
        let Some(value) = node.at(path) else { continue };
        if value.as_map().is_none() && !value.is_null() {
            let cause = format!("`{}` is a {}, not a map", path.join("."), value.type_name());
            return Err(error(value, cause));
        }
    }
    check_name(node).map_err(|what| {
        error(node, what)
            .help("every object has a kind and a name; generateName does not do in Git")
    })
}

/// Whether it can be told from others.
///
/// # Errors
/// What it lacks.
pub(crate) fn check_name(node: &Node) -> Result<(), String> {
    let text = |path: &[&str]| {
        let node = node.at(path).filter(|node| !node.is_null());
        node.and_then(Node::scalar_text).unwrap_or_default()
    };
    let kind = text(&["kind"]);
    if kind.is_empty() {
        return Err("an object without a kind".to_owned());
    }
    if !kind.ends_with("List") && text(&["metadata", "name"]).is_empty() {
        return Err(format!("a {kind} without metadata.name"));
    }
    Ok(())
}

/// Makes sure that an object has annotations, if empty ones.
pub(crate) fn add_annotations(node: &mut Node, origin: Origin) {
    if node.at(&["metadata", "annotations"]).is_none_or(Node::is_null)
        && let Some(metadata) = node.map_entry("metadata", origin)
    {
        metadata.set("annotations", Node::map(origin));
    }
}

/// Takes empty annotations away.
pub(crate) fn drop_empty_annotations(node: &mut Node) {
    let annotations = node.at(&["metadata", "annotations"]).and_then(Node::as_map);
    if annotations.is_some_and(manifest::Map::is_empty)
        && let Some(metadata) = node.as_map_mut().and_then(|map| map.get_mut("metadata"))
        && let Some(metadata) = metadata.as_map_mut()
    {
        metadata.remove("annotations");
    }
}

/// Gives an object the spelling that JSON has for it, for a JSON patch to be applied to it.
pub(crate) fn into_json(node: &mut Node) {
    change_annotations(node, plain_annotation);
}

/// Gives an object the spelling that it has after a JSON patch: numbers are floats, annotations text.
pub(crate) fn out_of_json(node: &mut Node) {
    change_annotations(node, |node| number_annotation(node, Number::go_float));
    manifest::yaml::restyle(node);
}

fn change_annotations(node: &mut Node, change: impl Fn(&Node) -> Option<Value>) {
    let annotations = node.at(&["metadata", "annotations"]).and_then(Node::as_map);
    let changed: Vec<(Key, Node)> = annotations
        .into_iter()
        .flat_map(manifest::Map::iter)
        .filter_map(|(key, node)| Some((key.clone(), Node::new(change(node)?, node.origin))))
        .collect();
    let metadata = if changed.is_empty() { None } else { node.as_map_mut() };
    let annotations = metadata.and_then(|map| {
        map.get_mut("metadata")?.as_map_mut()?.get_mut("annotations")?.as_map_mut()
    });
    if let Some(annotations) = annotations {
        for (key, node) in changed {
            annotations.set(key, node);
        }
    }
}

/// Annotations are text: kustomize's output shows how they were written.
const TEXT: manifest::yaml::Paths =
    &[&["metadata", "annotations", "*"], &["items", "*", "metadata", "annotations", "*"]];

/// A reader of resources.
pub(crate) fn reader() -> Reader {
    Reader::keeping(TEXT)
}

/// What an annotation is that stands without quotes in its file: a bool, or a date in full.
fn plain_annotation(node: &Node) -> Option<Value> {
    let text = node.as_str().filter(|_| !node.origin.is_quoted())?;
    if !matches!(node.origin.by(), Via::File | Via::Patch) {
        return None;
    }
    let may_be_date = text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || "-:.+TtZ ".contains(c));
    let read = Reader::new().read(text.as_bytes(), FileName::NONE, Flavor::Resource).ok()?;
    let value = read.into_iter().next()?.value;
    match value {
        Value::Bool(_) => Some(value),
        Value::String(_) if may_be_date && value != node.value => Some(value),
        _ => None,
    }
}

/// The text of an annotation that is a number.
fn number_annotation(node: &Node, print: fn(Number) -> Text) -> Option<Value> {
    let number = match &node.value {
        Value::Int(value) => Number::Int(*value),
        Value::Number(text) => Number::parse(text)?,
        _ => return None,
    };
    Some(Value::String(print(number)))
}

/// Whether a resource is meant for the cluster, not only for the build.
pub(crate) fn is_not_local(resource: &Resource) -> bool {
    let annotation = resource.node().at(&["metadata", "annotations", LOCAL_CONFIG]);
    annotation.is_none_or(|node| node.scalar_text().as_deref() == Some("false"))
}

/// Adds the label of `managedByLabel`.
///
/// # Errors
/// Labels are no map.
pub(crate) fn add_managed_by(resources: &mut [Resource], origin: Origin) -> Result<(), Diagnostic> {
    let origin = origin.via(Via::BuildMetadata);
    for resource in resources {
        let metadata = resource.node_mut().map_entry("metadata", origin);
        let labels = metadata.map(|map| map.entry("labels", || Node::map(origin)));
        if let Some(labels) = labels {
            if labels.is_null() {
                *labels = Node::map(origin);
            }
            let (kind, at) = (labels.type_name(), labels.origin);
            let Some(labels) = labels.as_map_mut() else {
                let cause = format!("the labels of {} are a {kind}, no map", resource.id());
                return Err(Diagnostic::error(at, cause).help("write them as a map"));
            };
            labels.set(MANAGED_BY, Node::string(MANAGER, origin));
        }
    }
    Ok(())
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

/// Refuses what kustomize cannot write: control characters other than line breaks and tabs. U+0085 it
/// loses, see [`folded`].
///
/// # Errors
/// There is such a character.
pub(crate) fn settle_characters(resource: &mut Resource) -> Result<Vec<Diagnostic>, Diagnostic> {
    let mut next_line = None;
    if let Some((character, origin)) = control_character(resource.node(), &mut next_line) {
        let code = u32::from(character);
        let cause = format!("{}: the control character U+{code:04X} in text", resource.id());
        return Err(Diagnostic::error(origin, cause).help("put it into binaryData, or encode it"));
    }
    let Some(origin) = next_line else { return Ok(Vec::new()) };
    fold_next_lines(resource.node_mut());
    let cause = format!("{}: the character U+0085 in text becomes a blank", resource.id());
    let help = "kustomize reads it as a line break; put the text into binaryData";
    Ok(vec![Diagnostic::warning(origin, cause).help(help)])
}

/// A character that go-yaml reads in no document, though Go's JSON writes it; and where U+0085 is.
fn control_character(node: &Node, next_line: &mut Option<Origin>) -> Option<(char, Origin)> {
    let refused =
        |c: &char| matches!(c, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}');
    // Most texts have none, which a look at whole words tells.
    let is_harmless = |text: &str| text.is_ascii() && !text.as_bytes().contains(&0x7f);
    match &node.value {
        Value::String(text) if !is_harmless(text) => {
            if text.contains(NEXT_LINE) {
                *next_line = Some(node.origin);
            }
            text.chars().find(refused).map(|c| (c, node.origin))
        }
        Value::List(list) => list.iter().find_map(|item| control_character(item, next_line)),
        Value::Map(map) => map.iter().find_map(|(_, value)| control_character(value, next_line)),
        _ => None,
    }
}

const NEXT_LINE: char = '\u{85}';

fn fold_next_lines(node: &mut Node) {
    match &mut node.value {
        Value::String(text) if text.contains(NEXT_LINE) => *text = folded(text),
        Value::List(list) => list.make_mut().iter_mut().for_each(fold_next_lines),
        Value::Map(map) => map.iter_mut().for_each(|(_, node)| fold_next_lines(node)),
        _ => {}
    }
}

/// Text as it comes out of JSON that is read as YAML, as kustomize does: U+0085 stands there as it is, and
/// is a line break in quotes. One is a blank, of several the first is dropped, and so are blanks around
/// them.
fn folded(text: &str) -> Text {
    let mut parts = text.split(NEXT_LINE);
    let mut out = parts.next().unwrap_or_default().trim_end_matches(' ').to_owned();
    let mut breaks = 0_usize;
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        breaks += 1;
        let part = part.trim_start_matches(' ');
        if part.is_empty() && parts.peek().is_some() {
            continue;
        }
        out.push_str(&if breaks == 1 { " ".to_owned() } else { "\n".repeat(breaks - 1) });
        breaks = 0;
        out.push_str(if parts.peek().is_some() { part.trim_end_matches(' ') } else { part });
    }
    out.into()
}
