//! Files of a tree as Kubernetes objects.

use kustomize::Memory;
use manifest::yaml::Flavor;
use manifest::{Content, Diagnostic, Entry, FileTree, Lookup, Node, NotAnObject, Object};

/// The objects of a YAML file as kubectl takes them: documents, with lists opened. What is no object
/// goes to `diagnostics`; kustomization files are no objects of a cluster and left out.
pub(crate) fn objects(
    tree: &FileTree,
    path: &str,
    memory: &Memory,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Object> {
    let content = match tree.lookup(path) {
        Lookup::Found(Entry::File(content)) => content,
        Lookup::Found(Entry::Unreadable(why)) => {
            let origin = manifest::Origin::new(tree.name(path), 0);
            diagnostics.push(Diagnostic::error(origin, why.as_str()));
            return Vec::new();
        }
        _ => return Vec::new(),
    };
    objects_of(tree, path, content, memory, diagnostics)
}

fn objects_of(
    tree: &FileTree,
    path: &str,
    content: &Content,
    memory: &Memory,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Object> {
    let documents = match memory.documents(content, tree.name(path), Flavor::Resource) {
        Ok(documents) => documents,
        Err(error) => {
            diagnostics.push(Diagnostic::error(error.origin, error.cause.as_str()));
            return Vec::new();
        }
    };
    let mut objects = Vec::new();
    for node in documents.iter() {
        add(node, &mut objects, diagnostics);
    }
    objects
}

fn add(node: &Node, objects: &mut Vec<Object>, diagnostics: &mut Vec<Diagnostic>) {
    if is_kustomize_file(node) {
        return;
    }
    let is_list = node.str_at(&["kind"]).is_some_and(|kind| kind.ends_with("List"));
    if let Some(items) = node.get("items").and_then(Node::as_list).filter(|_| is_list) {
        for item in items {
            add(item, objects, diagnostics);
        }
        return;
    }
    match Object::new(node.clone()) {
        Ok(object) => objects.push(object),
        Err(why) => {
            let cause = format!("this is no Kubernetes object: it {}", lack(&why));
            let help = "every document needs apiVersion, kind and metadata.name";
            diagnostics.push(Diagnostic::error(why.origin, cause).help(help));
        }
    }
}

/// Why something is no object, as the end of a sentence: `has no kind`, `is not a map`.
pub(crate) fn lack(why: &NotAnObject) -> String {
    let verb = if why.missing.starts_with("no ") { "has" } else { "is" };
    format!("{verb} {}", why.missing)
}

/// Whether a document is a kustomization file or a component.
pub(crate) fn is_kustomize_file(node: &Node) -> bool {
    let version = node.str_at(&["apiVersion"]).unwrap_or_default();
    version.starts_with("kustomize.config.k8s.io/")
}

/// Whether a path has the ending of a YAML file.
pub(crate) fn is_yaml(path: &str) -> bool {
    path.ends_with(".yaml") || path.ends_with(".yml")
}

/// The last part of a path.
pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
