//! Kinds as values: the built-in ones, and those that CustomResourceDefinitions add.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use manifest::{Node, Object, ObjectId, Text};

use crate::subresources::Subresource;
use crate::{builtin, subresources};

/// Where objects of a kind live.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Scope {
    /// In the cluster as a whole.
    Cluster,
    /// In a namespace.
    Namespaced,
}

/// One kind in one version, as discovery tells it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KindInfo {
    /// The API group; empty for the core group.
    pub group: Text,
    /// The version.
    pub version: Text,
    /// The kind, e.g. `NetworkPolicy`.
    pub kind: Text,
    /// The name in URLs, e.g. `networkpolicies`.
    pub plural: Text,
    /// One of them, e.g. `networkpolicy`.
    pub singular: Text,
    /// What one can type instead, e.g. `netpol`.
    pub short_names: Vec<Text>,
    /// The groups of kinds that it is in, e.g. `all`.
    pub categories: Vec<Text>,
    /// What can be done with its objects.
    pub verbs: &'static [&'static str],
    /// Where its objects live.
    pub scope: Scope,
}

impl KindInfo {
    /// The `apiVersion` of its objects.
    pub fn api_version(&self) -> Text {
        if self.group.is_empty() {
            return self.version.clone();
        }
        ecow::eco_format!("{}/{}", self.group, self.version)
    }

    /// Whether its objects live in namespaces.
    pub fn is_namespaced(&self) -> bool {
        self.scope == Scope::Namespaced
    }

    /// Whether something can be done with its objects, e.g. `watch`.
    pub fn can(&self, verb: &str) -> bool {
        self.verbs.contains(&verb)
    }
}

/// The namespace of a namespaced object that names none, as for kubectl without a context.
const DEFAULT_NAMESPACE: &str = "default";

/// The kinds that one set of objects knows: the built-in ones, and those of its own
/// CustomResourceDefinitions. Or those that a server says it has.
#[derive(Clone, Default, Debug)]
pub struct Kinds {
    /// Group and kind to its versions, the storage version first.
    custom: BTreeMap<(Text, Text), Vec<KindInfo>>,
    /// Whether `custom` is all there is: the built-in ones count for nothing.
    is_whole: bool,
    /// Of custom kinds, whether they have `status`, and whether they have `scale`.
    subresources: BTreeMap<VersionKey, (bool, bool)>,
}

/// Group, kind and version.
type VersionKey = (Text, Text, Text);

impl Kinds {
    /// The built-in kinds only.
    pub fn builtin() -> Kinds {
        Kinds::default()
    }

    /// The built-in kinds, and those that the CustomResourceDefinitions among `objects` define.
    /// Other objects, and definitions without group, kind or scope, add nothing. Of two definitions
    /// of one kind the first counts.
    pub fn with_crds<'a>(objects: impl IntoIterator<Item = &'a Object>) -> Kinds {
        let mut kinds = Kinds::builtin();
        for object in objects {
            if let Some(versions) = defined_by(object)
                && let Some(first) = versions.first()
            {
                let key = (first.group.clone(), first.kind.clone());
                if let Entry::Vacant(entry) = kinds.custom.entry(key) {
                    kinds.subresources.extend(subresources_of(object, first));
                    entry.insert(versions);
                }
            }
        }
        kinds
    }

    /// Exactly these kinds, as the discovery of a server tells them: what it does not name is not
    /// there, even when it is built in elsewhere. The versions of a kind in the order of preference.
    pub fn of_infos(infos: impl IntoIterator<Item = KindInfo>) -> Kinds {
        let mut kinds = Kinds { is_whole: true, ..Kinds::default() };
        for info in infos {
            let key = (info.group.clone(), info.kind.clone());
            kinds.custom.entry(key).or_default().push(info);
        }
        kinds
    }

    /// The built-in kinds, where they count.
    fn built_in(&self) -> &'static [KindInfo] {
        if self.is_whole { &[] } else { builtin::all() }
    }

    /// All kinds in all their versions, those of one kind together and the preferred one first:
    /// built-in ones by group and kind, then the others.
    pub fn all(&self) -> impl Iterator<Item = &KindInfo> {
        self.built_in().iter().chain(self.custom.values().flatten())
    }

    /// What else than itself a resource is asked for, in the order of discovery.
    pub fn subresources(&self, info: &KindInfo) -> Vec<Subresource> {
        let key = (info.group.clone(), info.kind.clone(), info.version.clone());
        match self.subresources.get(&key) {
            Some((status, scale)) => subresources::custom(info, *status, *scale),
            None => subresources::builtin(info),
        }
    }

    /// One kind in one version.
    pub fn info(&self, api_version: &str, kind: &str) -> Option<&KindInfo> {
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        self.versions(group, kind).iter().find(|info| info.version == version)
    }

    /// The versions of a kind, the preferred one first; none where the kind is not known.
    pub fn versions(&self, group: &str, kind: &str) -> &[KindInfo] {
        let built_in = if self.is_whole { &[] } else { builtin::versions(group, kind) };
        match built_in {
            [] if self.custom.is_empty() => &[],
            [] => self.custom.get(&(group.into(), kind.into())).map_or(&[], Vec::as_slice),
            versions => versions,
        }
    }

    /// The scope of a kind, whatever its version; `None` where the kind is not known.
    pub fn scope(&self, api_version: &str, kind: &str) -> Option<Scope> {
        let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
        self.versions(group, kind).first().map(|info| info.scope)
    }

    /// The kinds that somebody may mean by `word`, as kubectl takes it: kind, plural, singular or
    /// short name in any case, alone or with the group (`deployments.apps`). Built-in ones first;
    /// each in its preferred version.
    pub fn named<'a>(&'a self, word: &str) -> impl Iterator<Item = &'a KindInfo> {
        let word = word.to_ascii_lowercase();
        let (name, group) = match word.split_once('.') {
            Some((name, group)) => (name.to_owned(), Some(group.to_owned())),
            None => (word, None),
        };
        let groups = self.built_in().chunk_by(|a, b| (&a.group, &a.kind) == (&b.group, &b.kind));
        let preferred = groups.chain(self.custom.values().map(Vec::as_slice));
        preferred.filter_map(<[KindInfo]>::first).filter(move |info| {
            let is_name = |text: &Text| text.eq_ignore_ascii_case(&name);
            group.as_deref().is_none_or(|group| info.group == group)
                && ([&info.kind, &info.plural, &info.singular].into_iter().any(is_name)
                    || info.short_names.iter().any(is_name))
        })
    }

    /// What makes `object` the same object in one cluster. A cluster-scoped kind loses the
    /// namespace; a namespaced one without gets `default`, as from kubectl; a kind that is not known
    /// keeps what is written.
    pub fn object_id(&self, object: &Object) -> ObjectId {
        let mut id = object.id();
        match self.versions(&id.group, &id.kind).first().map(|info| info.scope) {
            Some(Scope::Cluster) => id.namespace = Text::new(),
            Some(Scope::Namespaced) if id.namespace.is_empty() => {
                id.namespace = DEFAULT_NAMESPACE.into();
            }
            _ => {}
        }
        id
    }
}

/// The versions that a CustomResourceDefinition (`v1`, or `v1beta1` with its one version) defines,
/// the storage version first.
fn defined_by(object: &Object) -> Option<Vec<KindInfo>> {
    let is_definition = object.kind() == "CustomResourceDefinition"
        && object.api_version().starts_with("apiextensions.k8s.io/");
    let spec = object.root().get("spec").filter(|_| is_definition)?;
    let names = spec.get("names")?;
    let text = |node: &Node, key: &str| node.get(key).and_then(Node::as_str).map(Text::from);
    let texts = |key: &str| -> Vec<Text> {
        let list = names.get(key).and_then(Node::as_list).unwrap_or_default();
        list.iter().filter_map(Node::as_str).map(Text::from).collect()
    };
    let kind = text(names, "kind")?;
    let singular = text(names, "singular").unwrap_or_else(|| kind.to_ascii_lowercase());
    let template = KindInfo {
        group: text(spec, "group")?,
        version: Text::new(),
        plural: text(names, "plural")?,
        singular,
        kind,
        short_names: texts("shortNames"),
        categories: texts("categories"),
        verbs: builtin::CUSTOM_VERBS,
        scope: match spec.str_at(&["scope"])? {
            "Namespaced" => Scope::Namespaced,
            "Cluster" => Scope::Cluster,
            _ => return None,
        },
    };
    let flag = |version: &Node, key: &str| version.get(key).and_then(Node::as_bool);
    let mut versions: Vec<(bool, Text)> = spec
        .get("versions")
        .and_then(Node::as_list)
        .unwrap_or_default()
        .iter()
        .filter(|version| flag(version, "served") != Some(false))
        .filter_map(|version| {
            Some((flag(version, "storage") != Some(true), text(version, "name")?))
        })
        .collect();
    if versions.is_empty() {
        versions.push((false, text(spec, "version")?));
    }
    versions.sort_by_key(|(is_not_stored, _)| *is_not_stored);
    let infos = versions.into_iter();
    Some(infos.map(|(_, version)| KindInfo { version, ..template.clone() }).collect())
}

/// The versions of a CustomResourceDefinition that have `status` or `scale`, and which of them.
fn subresources_of(object: &Object, info: &KindInfo) -> Vec<(VersionKey, (bool, bool))> {
    let Some(spec) = object.root().get("spec") else { return Vec::new() };
    let versions = spec.get("versions").and_then(Node::as_list).unwrap_or_default();
    let entry = |version: &Node, name: &str| {
        let subresources = version.get("subresources").or_else(|| spec.get("subresources"))?;
        let has = |name: &str| subresources.get(name).is_some_and(|node| !node.is_null());
        let key = (info.group.clone(), info.kind.clone(), name.into());
        Some((key, (has("status"), has("scale"))))
    };
    if versions.is_empty() {
        return entry(spec, &info.version).into_iter().collect();
    }
    let named = versions.iter().filter_map(|version| Some((version, version.str_at(&["name"])?)));
    named.filter_map(|(version, name)| entry(version, name)).collect()
}

#[cfg(test)]
mod tests;
