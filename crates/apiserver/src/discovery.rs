//! What a server says that it has: versions, groups and resources, one document at a time or all
//! of them at once.
//!
//! The order of fields is that of the Go types, the order of groups that of a running server:
//! built-in ones by their priority, then those of definitions by name.

use std::cmp::Reverse;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use manifest::{Map, Node, Origin, Text};
use schema::{KindInfo, Kinds, Scope, Subresource};
use sha2::{Digest, Sha256};

use crate::make::{boolean, list, map, text};

/// The built-in groups in the order in which a server has them; the core group is not one of them.
const GROUPS: &[&str] = &[
    "apiregistration.k8s.io",
    "apps",
    "events.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "storage.k8s.io",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "scheduling.k8s.io",
    "coordination.k8s.io",
    "node.k8s.io",
    "discovery.k8s.io",
    "resource.k8s.io",
    "flowcontrol.apiserver.k8s.io",
];

/// Built-in kinds that are stored in another version than they are served in, as group, kind,
/// and the group and version of the store.
const STORED: &[(&str, &str, &str)] = &[
    (
        "admissionregistration.k8s.io",
        "MutatingAdmissionPolicy",
        "admissionregistration.k8s.io/v1beta1",
    ),
    (
        "admissionregistration.k8s.io",
        "MutatingAdmissionPolicyBinding",
        "admissionregistration.k8s.io/v1beta1",
    ),
    ("apiextensions.k8s.io", "CustomResourceDefinition", "apiextensions.k8s.io/v1beta1"),
    ("events.k8s.io", "Event", "/v1"),
];

/// `/version`: what a server of 1.36 says of itself.
pub(crate) fn version() -> Node {
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        arch => arch,
    };
    map([
        ("major", text("1")),
        ("minor", text("36")),
        ("emulationMajor", text("1")),
        ("emulationMinor", text("36")),
        ("minCompatibilityMajor", text("1")),
        ("minCompatibilityMinor", text("35")),
        ("gitVersion", text("v1.36.0+nauarch")),
        ("gitCommit", text("")),
        ("gitTreeState", text("")),
        ("buildDate", text("1970-01-01T00:00:00Z")),
        ("goVersion", text("")),
        ("compiler", text("rustc")),
        ("platform", text(format!("{}/{arch}", std::env::consts::OS))),
    ])
}

/// `/api`: the versions of the core group. `address` is where the server listens, with its port.
pub(crate) fn api_versions(address: &str) -> Node {
    let everybody = [("clientCIDR", text("0.0.0.0/0")), ("serverAddress", text(address))];
    map([
        ("kind", text("APIVersions")),
        ("versions", list([text("v1")])),
        ("serverAddressByClientCIDRs", list([map(everybody)])),
    ])
}

/// `/apis`: all groups but the core one.
pub(crate) fn api_groups(kinds: &Kinds) -> Node {
    let groups = groups(kinds).into_iter().filter(|group| !group.is_empty());
    map([
        ("kind", text("APIGroupList")),
        ("apiVersion", text("v1")),
        ("groups", list(groups.map(|group| Node::new(group_entries(kinds, &group), Origin::NONE)))),
    ])
}

/// `/apis/GROUP`: one group; `None` where there is no such group.
pub(crate) fn api_group(kinds: &Kinds, group: &str) -> Option<Node> {
    if group.is_empty() || versions(kinds, group).is_empty() {
        return None;
    }
    let mut entries = Map::new();
    entries.set("kind", text("APIGroup"));
    entries.set("apiVersion", text("v1"));
    for (key, value) in group_entries(kinds, group).iter() {
        entries.set(key.clone(), value.clone());
    }
    Some(Node::new(entries, Origin::NONE))
}

/// `/api/v1` and `/apis/GROUP/VERSION`: the resources of one version; `None` where it has none.
pub(crate) fn api_resources(kinds: &Kinds, group: &str, version: &str) -> Option<Node> {
    let infos = resources(kinds, group, version);
    if infos.is_empty() {
        return None;
    }
    let resources = infos.into_iter().flat_map(|info| {
        let subresources = kinds.subresources(info).into_iter();
        let subresources: Vec<Node> = subresources.map(|sub| subresource(info, &sub)).collect();
        std::iter::once(resource(kinds, info)).chain(subresources)
    });
    let mut entries = Map::new();
    entries.set("kind", text("APIResourceList"));
    // Group-less lists are older than the field.
    if !group.is_empty() {
        entries.set("apiVersion", text("v1"));
    }
    entries.set("groupVersion", text(api_version(group, version)));
    entries.set("resources", list(resources));
    Some(Node::new(entries, Origin::NONE))
}

/// `/api` (of the core group) and `/apis` (of all others) as one document:
/// `apidiscovery.k8s.io/v2`'s `APIGroupDiscoveryList`.
pub(crate) fn aggregated(kinds: &Kinds, core: bool) -> Node {
    let groups = groups(kinds).into_iter().filter(|group| group.is_empty() == core);
    let items = groups.map(|group| {
        let mut metadata = Map::new();
        if !group.is_empty() {
            metadata.set("name", text(group.clone()));
        }
        let versions = versions(kinds, &group);
        let versions = versions.iter().map(|version| discovered_version(kinds, &group, version));
        map([("metadata", Node::new(metadata, Origin::NONE)), ("versions", list(versions))])
    });
    map([
        ("kind", text("APIGroupDiscoveryList")),
        ("apiVersion", text("apidiscovery.k8s.io/v2")),
        ("metadata", map([])),
        ("items", list(items)),
    ])
}

/// The groups of all kinds, the core group (which is empty) first.
fn groups(kinds: &Kinds) -> Vec<Text> {
    let rank = |group: &Text| match GROUPS.iter().position(|known| group == known) {
        Some(at) => at + 1,
        None if group.is_empty() => 0,
        None => usize::MAX,
    };
    let mut groups: Vec<Text> = kinds.all().map(|info| info.group.clone()).collect();
    groups.sort_by(|a, b| (rank(a), a).cmp(&(rank(b), b)));
    groups.dedup();
    groups
}

/// The versions of a group, the preferred one first.
pub(crate) fn versions(kinds: &Kinds, group: &str) -> Vec<Text> {
    let of_group = kinds.all().filter(|info| info.group == group);
    let mut versions: Vec<Text> = of_group.map(|info| info.version.clone()).collect();
    versions.sort_by_cached_key(priority);
    versions.dedup();
    versions
}

/// Sorts versions as Kubernetes prefers them: stable ones, then betas, then alphas, of each the
/// highest first; what is no such version comes last, by its letters.
fn priority(version: &Text) -> (u8, Reverse<(u64, u64)>, Text) {
    let parse = || {
        let rest = version.strip_prefix('v')?;
        let major = rest.split_once(['a', 'b']).map_or(rest, |(major, _)| major);
        let number = |text: &str| text.parse().ok().filter(|number| *number > 0);
        let stage = rest.get(major.len()..)?;
        let (rank, minor) = match (stage.strip_prefix("beta"), stage.strip_prefix("alpha")) {
            (Some(minor), _) => (1, number(minor)?),
            (_, Some(minor)) => (2, number(minor)?),
            _ if stage.is_empty() => (0, 0),
            _ => return None,
        };
        Some((rank, Reverse((number(major)?, minor)), Text::new()))
    };
    parse().unwrap_or_else(|| (3, Reverse((0, 0)), version.clone()))
}

/// The kinds of one version, by the names of their resources.
fn resources<'k>(kinds: &'k Kinds, group: &str, version: &str) -> Vec<&'k KindInfo> {
    let of_version = |info: &&KindInfo| info.group == group && info.version == version;
    let mut infos: Vec<&KindInfo> = kinds.all().filter(of_version).collect();
    infos.sort_by(|a, b| a.plural.cmp(&b.plural));
    infos
}

/// A list of texts.
fn texts<T: Into<Text>>(texts: impl IntoIterator<Item = T>) -> Node {
    list(texts.into_iter().map(text))
}

/// `GROUP/VERSION`, or the version alone in the core group.
pub(crate) fn api_version(group: &str, version: &str) -> Text {
    if group.is_empty() { version.into() } else { ecow::eco_format!("{group}/{version}") }
}

fn group_entries(kinds: &Kinds, group: &str) -> Map {
    let versions = versions(kinds, group);
    let entry = |version: &Text| {
        let api_version = api_version(group, version);
        map([("groupVersion", text(api_version)), ("version", text(version.clone()))])
    };
    let mut entries = Map::new();
    entries.set("name", text(group));
    entries.set("versions", list(versions.iter().map(entry)));
    if let Some(preferred) = versions.first() {
        entries.set("preferredVersion", entry(preferred));
    }
    entries
}

fn resource(kinds: &Kinds, info: &KindInfo) -> Node {
    let mut entries = Map::new();
    entries.set("name", text(info.plural.clone()));
    entries.set("singularName", text(info.singular.clone()));
    entries.set("namespaced", boolean(info.scope == Scope::Namespaced));
    entries.set("kind", text(info.kind.clone()));
    entries.set("verbs", verbs(kinds, info));
    if !info.short_names.is_empty() {
        entries.set("shortNames", texts(info.short_names.iter().cloned()));
    }
    if !info.categories.is_empty() {
        entries.set("categories", texts(info.categories.iter().cloned()));
    }
    if info.verbs.contains(&"list") && info.verbs.contains(&"create") {
        entries.set("storageVersionHash", text(storage_version_hash(kinds, info)));
    }
    Node::new(entries, Origin::NONE)
}

fn subresource(info: &KindInfo, subresource: &Subresource) -> Node {
    let mut entries = Map::new();
    entries.set("name", text(ecow::eco_format!("{}/{}", info.plural, subresource.name)));
    entries.set("singularName", text(""));
    entries.set("namespaced", boolean(info.scope == Scope::Namespaced));
    if !subresource.version.is_empty() {
        entries.set("group", text(subresource.group.clone()));
        entries.set("version", text(subresource.version.clone()));
    }
    entries.set("kind", text(subresource.kind.clone()));
    entries.set("verbs", texts(subresource.verbs.iter().copied()));
    Node::new(entries, Origin::NONE)
}

/// Custom resources list their verbs in an order of their own.
fn verbs(kinds: &Kinds, info: &KindInfo) -> Node {
    const CUSTOM: &[&str] =
        &["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
    let is_custom = is_custom(kinds, info);
    texts(if is_custom { CUSTOM } else { info.verbs }.iter().copied())
}

/// Whether a CustomResourceDefinition made the kind.
fn is_custom(kinds: &Kinds, info: &KindInfo) -> bool {
    let builtin = Kinds::builtin();
    let of_builtin = builtin.versions(&info.group, &info.kind).first();
    let theirs = kinds.versions(&info.group, &info.kind).first();
    match (of_builtin, theirs) {
        (Some(one), Some(other)) => !std::ptr::eq(one, other),
        _ => true,
    }
}

/// Says when objects are stored in another form: the beginning of the hash of the name of the
/// version that they are stored in.
fn storage_version_hash(kinds: &Kinds, info: &KindInfo) -> String {
    let known = STORED.iter().find(|row| (row.0, row.1) == (&*info.group, &*info.kind));
    let stored = match known {
        Some((_, _, stored)) => (*stored).into(),
        None => {
            // The first of the versions is the one of the store.
            let first = kinds.versions(&info.group, &info.kind).first().unwrap_or(info);
            ecow::eco_format!("{}/{}", first.group, first.version)
        }
    };
    let hash = Sha256::digest(format!("{stored}/{}", info.kind));
    BASE64_STANDARD.encode(hash.get(..8).unwrap_or_default())
}

fn discovered_version(kinds: &Kinds, group: &str, version: &str) -> Node {
    let infos = resources(kinds, group, version);
    let resources = infos.into_iter().map(|info| discovered_resource(kinds, info));
    map([
        ("version", text(version)),
        ("resources", list(resources)),
        ("freshness", text("Current")),
    ])
}

fn discovered_resource(kinds: &Kinds, info: &KindInfo) -> Node {
    let gvk = |group: &str, version: &str, kind: &str| {
        map([("group", text(group)), ("version", text(version)), ("kind", text(kind))])
    };
    // Built-in resources leave out what is theirs anyway.
    let is_custom = is_custom(kinds, info);
    let (group, version) =
        if is_custom { (info.group.as_str(), info.version.as_str()) } else { ("", "") };
    let scope = match info.scope {
        Scope::Cluster => "Cluster",
        Scope::Namespaced => "Namespaced",
    };
    let mut entries = Map::new();
    entries.set("resource", text(info.plural.clone()));
    entries.set("responseKind", gvk(group, version, &info.kind));
    entries.set("scope", text(scope));
    entries.set("singularResource", text(info.singular.clone()));
    entries.set("verbs", texts(info.verbs.iter().copied()));
    if !info.short_names.is_empty() {
        entries.set("shortNames", texts(info.short_names.iter().cloned()));
    }
    if !info.categories.is_empty() {
        entries.set("categories", texts(info.categories.iter().cloned()));
    }
    let subresources = kinds.subresources(info).into_iter().map(|sub| {
        let kind = match sub.version.is_empty() {
            true => gvk(group, version, &sub.kind),
            false => gvk(&sub.group, &sub.version, &sub.kind),
        };
        map([
            ("subresource", text(sub.name)),
            ("responseKind", kind),
            ("verbs", texts(sub.verbs.iter().copied())),
        ])
    });
    let subresources: Vec<Node> = subresources.collect();
    if !subresources.is_empty() {
        entries.set("subresources", list(subresources));
    }
    Node::new(entries, Origin::NONE)
}

#[cfg(test)]
mod tests;
