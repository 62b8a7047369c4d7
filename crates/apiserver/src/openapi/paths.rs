//! What can be asked of each resource. Clients look here for two things: the kind that an operation
//! is for, and the parameters that it takes.

use std::collections::BTreeMap;

use manifest::{Key, Map, Node, Origin};
use schema::{KindInfo, Kinds, Scope};

use super::{Flavor, gvk};
use crate::make::{boolean, list, map, text};

/// A verb of discovery, the method that it is, and whether it is asked of a collection.
const VERBS: &[(&str, &str, &str, bool)] = &[
    ("list", "get", "list", true),
    ("create", "post", "post", true),
    ("deletecollection", "delete", "deletecollection", true),
    ("get", "get", "get", false),
    ("update", "put", "put", false),
    ("patch", "patch", "patch", false),
    ("delete", "delete", "delete", false),
];

/// The paths of these kinds and of their subresources.
pub(super) fn paths(kinds: &Kinds, infos: &[&KindInfo], flavor: Flavor) -> Node {
    let mut paths: BTreeMap<String, Node> = BTreeMap::new();
    for info in infos {
        let collection = collection(info);
        let item = format!("{collection}/{{name}}");
        let own = gvk(&info.group, &info.version, &info.kind);
        for (path, is_collection) in [(&collection, true), (&item, false)] {
            let of_path = VERBS.iter().filter(|verb| verb.3 == is_collection);
            let served = of_path.filter(|verb| info.verbs.contains(&verb.0));
            let operations: Vec<_> = served.map(|verb| (verb.1, verb.2)).collect();
            insert(&mut paths, path.clone(), &operations, &own, info, flavor);
        }
        for sub in kinds.subresources(info) {
            let kind = match sub.version.is_empty() {
                true => gvk(&info.group, &info.version, &sub.kind),
                false => gvk(&sub.group, &sub.version, &sub.kind),
            };
            let served = VERBS.iter().filter(|verb| sub.verbs.contains(&verb.0));
            let operations: Vec<_> = served.map(|verb| (verb.1, verb.2)).collect();
            insert(&mut paths, format!("{item}/{}", sub.name), &operations, &kind, info, flavor);
        }
    }
    let paths = paths.into_iter().map(|(path, node)| (Key::new(path), node));
    Node::new(paths.collect::<Map>(), Origin::NONE)
}

fn collection(info: &KindInfo) -> String {
    let root = match info.group.as_str() {
        "" => format!("/api/{}", info.version),
        group => format!("/apis/{group}/{}", info.version),
    };
    match info.scope {
        Scope::Cluster => format!("{root}/{}", info.plural),
        Scope::Namespaced => format!("{root}/namespaces/{{namespace}}/{}", info.plural),
    }
}

fn insert(
    paths: &mut BTreeMap<String, Node>,
    path: String,
    operations: &[(&str, &str)],
    kind: &Node,
    info: &KindInfo,
    flavor: Flavor,
) {
    if operations.is_empty() {
        return;
    }
    let mut entries = Map::new();
    for (method, action) in operations {
        entries.set(*method, operation(method, action, kind, flavor));
    }
    let in_path = ["namespace", "name"].into_iter().filter(|name| match *name {
        "namespace" => info.scope == Scope::Namespaced,
        _ => path.contains("{name}"),
    });
    let parameters = in_path.map(|name| parameter(name, "path", "string", flavor));
    entries.set("parameters", list(parameters));
    paths.insert(path, Node::new(entries, Origin::NONE));
}

fn operation(method: &str, action: &str, kind: &Node, flavor: Flavor) -> Node {
    let parameters: &[(&str, &str)] = match method {
        "get" if action == "list" => &[
            ("continue", "string"),
            ("fieldSelector", "string"),
            ("labelSelector", "string"),
            ("limit", "integer"),
            ("resourceVersion", "string"),
            ("resourceVersionMatch", "string"),
            ("watch", "boolean"),
        ],
        "get" => &[],
        "delete" => &[
            ("dryRun", "string"),
            ("gracePeriodSeconds", "integer"),
            ("propagationPolicy", "string"),
        ],
        "patch" => &[
            ("dryRun", "string"),
            ("fieldManager", "string"),
            ("fieldValidation", "string"),
            ("force", "boolean"),
        ],
        _ => &[("dryRun", "string"), ("fieldManager", "string"), ("fieldValidation", "string")],
    };
    let parameters = parameters.iter().map(|(name, of)| parameter(name, "query", of, flavor));
    map([
        ("parameters", list(parameters)),
        ("responses", map([("200", map([("description", text("OK"))]))])),
        ("x-kubernetes-action", text(action)),
        ("x-kubernetes-group-version-kind", kind.clone()),
    ])
}

fn parameter(name: &str, place: &str, of: &str, flavor: Flavor) -> Node {
    let mut entries = Map::new();
    entries.set("name", text(name));
    entries.set("in", text(place));
    if place == "path" {
        entries.set("required", boolean(true));
    }
    match flavor {
        Flavor::V2 => {
            entries.set("type", text(of));
            entries.set("uniqueItems", boolean(true));
        }
        Flavor::V3 => {
            entries.set("schema", map([("type", text(of)), ("uniqueItems", boolean(true))]));
        }
    }
    Node::new(entries, Origin::NONE)
}
