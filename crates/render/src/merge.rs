//! What a Flux Kustomization adds to the kustomization file that it builds.
//!
//! Field names are found in any case, as Go's reader of the file takes them.

use api::FluxKustomization;
use manifest::tree::join;
use manifest::{Diagnostic, FileTree, List, Lookup, Map, Node, Origin, Text, Value, Via};

use crate::generate::describe;

/// The fields of a patch's target that Flux hands on.
const TARGET: [&str; 7] =
    ["group", "version", "kind", "name", "namespace", "annotationSelector", "labelSelector"];

/// `kustomization` with the fields of `view` in it: `targetNamespace`, `namePrefix`, `nameSuffix` and
/// `buildMetadata` instead of its own, `patches` and `components` after its own, `images` merged.
///
/// # Errors
/// A component is no path within the source.
pub(crate) fn merge(
    mut kustomization: Node,
    view: &FluxKustomization,
    tree: &FileTree,
    directory: &str,
) -> Result<Node, Vec<Diagnostic>> {
    let components = components(view, tree, directory)?;
    // What is no map is told by the build.
    let Some(map) = kustomization.as_map_mut() else { return Ok(kustomization) };
    let texts = [
        ("namespace", &view.target_namespace),
        ("namePrefix", &view.name_prefix),
        ("nameSuffix", &view.name_suffix),
    ];
    for (field, text) in texts {
        if let Some(text) = text {
            let origin = text.origin.via(Via::Kustomization);
            set(map, field, Node::string(text.value.clone(), origin));
        }
    }
    append(map, "patches", view.patches.iter().map(patch));
    append(map, "components", components.into_iter());
    if !view.images.is_empty()
        && let Some(images) = list(map, "images", view.origin)
    {
        for image in &view.images {
            merge_image(images, image);
        }
    }
    if let Some(first) = view.build_metadata.first() {
        let origin = first.origin.via(Via::Kustomization);
        let options: List = view.build_metadata.iter().cloned().collect();
        set(map, "buildMetadata", Node::new(options, origin));
    }
    Ok(kustomization)
}

/// Flux's way around "the kustomization is empty": a file without `resources` gets the option
/// `originAnnotations`, and what its components and generators make is annotated.
pub(crate) fn mark_without_resources(kustomization: &mut Node, view: &FluxKustomization) {
    let origin = view.path.origin.via(Via::Kustomization);
    let Some(map) = kustomization.as_map_mut() else { return };
    let resources = spelled(map, "resources").and_then(|key| map.get(&key)?.as_list());
    if resources.is_none_or(<[Node]>::is_empty) {
        let options: List = std::iter::once(Node::string("originAnnotations", origin)).collect();
        set(map, "buildMetadata", Node::new(options, origin));
    }
}

fn components(
    view: &FluxKustomization,
    tree: &FileTree,
    directory: &str,
) -> Result<Vec<Node>, Vec<Diagnostic>> {
    let mut nodes = Vec::new();
    let mut diagnostics = Vec::new();
    for component in &view.components {
        let path = component.value.as_str();
        if !is_local(path) {
            let cause = format!("{}: the component `{path}` is not local", describe(view));
            let help = "name a directory of the source, seen from `path`";
            diagnostics.push(Diagnostic::error(component.origin, cause).help(help));
        }
        let is_absent =
            || join(directory, path).is_none_or(|path| tree.lookup(&path) == Lookup::Absent);
        if view.ignore_missing_components && is_absent() {
            continue;
        }
        nodes.push(Node::string(path, component.origin));
    }
    if diagnostics.is_empty() { Ok(nodes) } else { Err(diagnostics) }
}

/// Whether a path is relative and of no form that Git URLs have.
fn is_local(path: &str) -> bool {
    const REMOTE: [&str; 8] =
        ["git::", "gh:", "ssh://", "https://", "http://", "git@", "github.com:", "github.com/"];
    let lower = path.to_lowercase();
    let is_remote =
        REMOTE.iter().any(|start| lower.len() > start.len() && lower.starts_with(start));
    !is_remote && !lower.strip_prefix("file://").unwrap_or(&lower).starts_with('/')
}

/// A patch with the fields that Flux knows.
fn patch(node: &Node) -> Node {
    let mut map = Map::new();
    if let Some(patch) = node.get("patch") {
        map.set("patch", patch.clone());
    }
    if let Some(target) = node.get("target").filter(|target| !target.is_null()) {
        let mut kept = target.clone();
        if let Some(fields) = kept.as_map_mut() {
            fields.retain(|key, _| TARGET.contains(&key.as_str()));
        }
        map.set("target", kept);
    }
    Node::new(map, node.origin)
}

/// Puts one image into the list. Tag and digest choose the version as one: either replaces both.
fn merge_image(images: &mut List, image: &Node) {
    let text = |field: &str| -> Option<Text> {
        let text = image.get(field)?.as_str()?;
        (!text.is_empty()).then(|| text.into())
    };
    let name = image.str_at(&["name"]);
    let at = images.iter().position(|there| there.str_at(&["name"]) == name);
    let Some(at) = at else {
        let mut map = Map::new();
        for field in ["name", "newName", "newTag", "digest"] {
            if let Some(node) = image.get(field) {
                map.set(field, node.clone());
            }
        }
        images.push(Node::new(map, image.origin));
        return;
    };
    let Some(map) = images.make_mut().get_mut(at).and_then(Node::as_map_mut) else { return };
    let node = |field: &str| image.get(field).cloned().unwrap_or_default();
    if text("newName").is_some() {
        set(map, "newName", node("newName"));
    }
    if text("newTag").is_some() || text("digest").is_some() {
        for field in ["newTag", "digest"] {
            match text(field) {
                Some(_) => set(map, field, node(field)),
                None => remove(map, field),
            }
        }
    }
}

/// How a map spells a field; the last spelling is the one that counts.
fn spelled(map: &Map, field: &str) -> Option<String> {
    map.keys().filter(|key| key.eq_ignore_ascii_case(field)).last().map(ToString::to_string)
}

fn remove(map: &mut Map, field: &str) {
    map.retain(|key, _| !key.eq_ignore_ascii_case(field));
}

fn set(map: &mut Map, field: &str, node: Node) {
    remove(map, field);
    map.set(field, node);
}

/// The list of a field, made where there is none; `None` where it is something else, which the build
/// tells.
fn list<'m>(map: &'m mut Map, field: &str, origin: Origin) -> Option<&'m mut List> {
    let key = spelled(map, field).unwrap_or_else(|| field.to_owned());
    let node = map.entry(&key, || Node::new(List::new(), origin));
    if node.is_null() {
        node.value = Value::List(List::new());
    }
    node.as_list_mut()
}

fn append(map: &mut Map, field: &str, items: impl ExactSizeIterator<Item = Node>) {
    if items.len() == 0 {
        return;
    }
    if let Some(there) = list(map, field, Origin::NONE) {
        there.extend(items);
    }
}
