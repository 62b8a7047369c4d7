//! OpenAPI of what a server has: version 3 by group and version, version 2 as one document.
//!
//! Both say of every kind which fields there are, how lists merge, and that objects can be patched
//! with `fieldValidation`: what `kubectl` wants of them. Prose is there where a definition has it.

mod builtin;
mod custom;
mod operations;
mod paths;
mod protobuf;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use manifest::{Key, Map, Node, Origin, Text, json};
use schema::{KindInfo, Kinds, Types};
use sha2::{Digest, Sha256};

use crate::discovery;
use crate::make::{list, map, text};

pub(crate) use protobuf::encode as v2_protobuf;

/// Which OpenAPI.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Flavor {
    V2,
    V3,
}

impl Flavor {
    fn reference(self, name: &str) -> Node {
        let place = match self {
            Flavor::V2 => "#/definitions/",
            Flavor::V3 => "#/components/schemas/",
        };
        map([("$ref", text(format!("{place}{name}")))])
    }
}

/// Definitions by their names.
type Definitions = BTreeMap<Text, Node>;

/// `/openapi/v2`: all kinds in one document.
pub(crate) fn v2(kinds: &Kinds, types: &Types) -> Node {
    let mut definitions = builtin::all(Flavor::V2);
    for info in kinds.all() {
        definitions.extend(custom::definition(types, info, Flavor::V2));
    }
    let infos: Vec<&KindInfo> = kinds.all().collect();
    map([
        ("swagger", text("2.0")),
        ("info", map([("title", text("Kubernetes")), ("version", text("v1.36.0"))])),
        ("paths", paths::paths(kinds, types, &infos, Flavor::V2)),
        ("definitions", entries(definitions)),
    ])
}

/// `/openapi/v3`: where the documents are. Their addresses change with what they say, for those
/// who keep them.
pub(crate) fn v3_index(kinds: &Kinds, types: &Types) -> Node {
    let mut paths: BTreeMap<String, Node> = BTreeMap::new();
    for info in kinds.all() {
        let place = match info.group.as_str() {
            "" => format!("api/{}", info.version),
            group => format!("apis/{group}/{}", info.version),
        };
        if let Entry::Vacant(entry) = paths.entry(place) {
            let hash = hash(kinds, types, &info.group, &info.version);
            let url = format!("/openapi/v3/{}?hash={hash}", entry.key());
            entry.insert(map([("serverRelativeURL", text(url))]));
        }
    }
    let paths = paths.into_iter().map(|(place, url)| (Key::new(place), url));
    map([("paths", Node::new(paths.collect::<Map>(), Origin::NONE))])
}

/// `/openapi/v3/api/v1` and `/openapi/v3/apis/GROUP/VERSION`; `None` where there is no such version.
pub(crate) fn v3_group_version(
    kinds: &Kinds,
    types: &Types,
    group: &str,
    version: &str,
) -> Option<Node> {
    let infos = of_version(kinds, group, version);
    if infos.is_empty() {
        return None;
    }
    let mut definitions = Definitions::new();
    for info in &infos {
        let name = match custom::definition(types, info, Flavor::V3) {
            Some((name, definition)) => {
                definitions.insert(name.clone(), definition);
                Some(name)
            }
            None => builtin::reachable(info, &mut definitions),
        };
        for sub in kinds.subresources(info) {
            builtin::reachable_by(&sub.group, &sub.version, &sub.kind, &mut definitions);
        }
        if let Some(name) = name {
            let definition = operations::list_definition(&name, info);
            definitions.insert(operations::list_name(&name), definition);
        }
    }
    builtin::common(&mut definitions);
    // A version has either built-in kinds or custom ones.
    let is_builtin = infos.iter().any(|info| Types::is_builtin(&info.api_version(), &info.kind));
    let (title, release) = match is_builtin {
        true => ("Kubernetes", "v1.36.0"),
        false => ("Kubernetes CRD Swagger", "v0.1.0"),
    };
    Some(map([
        ("openapi", text("3.0.0")),
        ("info", map([("title", text(title)), ("version", text(release))])),
        ("paths", paths::paths(kinds, types, &infos, Flavor::V3)),
        ("components", map([("schemas", entries(definitions))])),
    ]))
}

fn of_version<'k>(kinds: &'k Kinds, group: &str, version: &str) -> Vec<&'k KindInfo> {
    let of_version = |info: &&KindInfo| info.group == group && info.version == version;
    kinds.all().filter(of_version).collect()
}

/// Stands for what a document says, without making it: the built-in kinds do not change, of the
/// others their schemas count.
fn hash(kinds: &Kinds, types: &Types, group: &str, version: &str) -> String {
    let api_version = discovery::api_version(group, version);
    let mut said = format!("{} {api_version}", env!("CARGO_PKG_VERSION"));
    for info in of_version(kinds, group, version) {
        said.push_str(&info.kind);
        if let Some(schema) = types.schema(&api_version, &info.kind) {
            json::write(schema, json::Options::GO, &mut said);
        }
    }
    let hash = Sha256::digest(said);
    hash.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn entries(definitions: Definitions) -> Node {
    let entries = definitions.into_iter().map(|(name, node)| (Key::new(name), node));
    Node::new(entries.collect::<Map>(), Origin::NONE)
}

/// `x-kubernetes-group-version-kind` of one kind.
fn gvk(group: &str, version: &str, kind: &str) -> Node {
    map([("group", text(group)), ("kind", text(kind)), ("version", text(version))])
}

/// The extension that says whose definition one is.
fn gvks(kinds: &[(Text, Text)]) -> Node {
    list(kinds.iter().map(|(api_version, kind)| {
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        gvk(group, version, kind)
    }))
}

#[cfg(test)]
mod tests;
