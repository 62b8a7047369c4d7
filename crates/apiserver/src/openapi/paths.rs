//! What can be asked of each resource. Clients look here for two things: the kind that an operation
//! is for, and the parameters that it takes.

use std::collections::BTreeMap;

use manifest::{Key, Map, Node, Origin};
use schema::{KindInfo, Kinds, Scope, Types};

use super::operations::{self, Route};
use super::{Flavor, gvk};
use crate::make::{boolean, list, map, text};

/// A verb of discovery, the method and the action that it is, and whether it is asked of a collection.
type Verb = (&'static str, &'static str, &'static str, bool);

const VERBS: &[Verb] = &[
    ("list", "get", "list", true),
    ("create", "post", "post", true),
    ("deletecollection", "delete", "deletecollection", true),
    ("get", "get", "get", false),
    ("update", "put", "put", false),
    ("patch", "patch", "patch", false),
    ("delete", "delete", "delete", false),
];

/// The paths of these kinds and of their subresources.
pub(super) fn paths(kinds: &Kinds, types: &Types, infos: &[&KindInfo], flavor: Flavor) -> Node {
    let mut paths: BTreeMap<String, Node> = BTreeMap::new();
    for info in infos {
        let root = match info.group.as_str() {
            "" => format!("/api/{}", info.version),
            group => format!("/apis/{group}/{}", info.version),
        };
        let is_namespaced = info.scope == Scope::Namespaced;
        let collection = match is_namespaced {
            false => format!("{root}/{}", info.plural),
            true => format!("{root}/namespaces/{{namespace}}/{}", info.plural),
        };
        let item = format!("{collection}/{{name}}");
        let kind = (info.group.as_str(), info.version.as_str(), info.kind.as_str());
        let route = Route { info, subresource: "", kind, is_namespaced };
        let mut add = |path: String, route: &Route<'_>, verbs: &mut dyn Iterator<Item = &Verb>| {
            if let Some(node) = route_of(&path, route, types, verbs, flavor) {
                paths.insert(path, node);
            }
        };
        let served = |is_collection: bool| {
            VERBS.iter().filter(move |verb| verb.3 == is_collection && info.can(verb.0))
        };
        add(collection, &route, &mut served(true));
        add(item.clone(), &route, &mut served(false));
        if is_namespaced && flavor == Flavor::V3 {
            let everywhere = Route { is_namespaced: false, ..route };
            let mut lists = served(true).filter(|verb| verb.0 == "list");
            add(format!("{root}/{}", info.plural), &everywhere, &mut lists);
        }
        for sub in kinds.subresources(info) {
            let kind = match sub.version.is_empty() {
                true => (info.group.as_str(), info.version.as_str(), sub.kind.as_str()),
                false => (sub.group.as_str(), sub.version.as_str(), sub.kind.as_str()),
            };
            let route = Route { info, subresource: &sub.name, kind, is_namespaced };
            let mut served = VERBS.iter().filter(|verb| sub.verbs.contains(&verb.0));
            add(format!("{item}/{}", sub.name), &route, &mut served);
        }
    }
    let paths = paths.into_iter().map(|(path, node)| (Key::new(path), node));
    Node::new(paths.collect::<Map>(), Origin::NONE)
}

/// What can be done at one path; `None` where nothing can.
fn route_of(
    path: &str,
    route: &Route<'_>,
    types: &Types,
    verbs: &mut dyn Iterator<Item = &Verb>,
    flavor: Flavor,
) -> Option<Node> {
    let mut entries = Map::new();
    for (_, method, action, _) in verbs {
        let operation = match flavor {
            Flavor::V2 => operation(action, route.kind, flavor),
            Flavor::V3 => route.operation(types, action),
        };
        entries.set(*method, operation);
    }
    if entries.is_empty() {
        return None;
    }
    let in_path = [("name", path.contains("{name}")), ("namespace", route.is_namespaced)];
    let in_path = in_path.into_iter().filter(|(_, is_there)| *is_there);
    let mut parameters: Vec<Node> =
        in_path.map(|(name, _)| parameter(name, "path", "string", flavor)).collect();
    if flavor == Flavor::V3 && route.is_everywhere() {
        let selecting = operations::parameters(operations::query("list"));
        parameters.extend(selecting.as_list().unwrap_or_default().iter().cloned());
    }
    entries.set("parameters", list(parameters));
    Some(Node::new(entries, Origin::NONE))
}

/// An operation as version 2 has it: what `kubectl` asks for.
fn operation(action: &str, kind: (&str, &str, &str), flavor: Flavor) -> Node {
    let parameters = operations::query(action).iter();
    let parameters = parameters.map(|(name, of)| parameter(name, "query", of, flavor));
    map([
        ("parameters", list(parameters)),
        ("responses", map([("200", map([("description", text("OK"))]))])),
        ("x-kubernetes-action", text(action)),
        ("x-kubernetes-group-version-kind", gvk(kind.0, kind.1, kind.2)),
    ])
}

pub(super) fn parameter(name: &str, place: &str, of: &str, flavor: Flavor) -> Node {
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
