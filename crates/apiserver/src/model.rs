//! What one cluster serves: the built-in resources, and those of its CustomResourceDefinitions.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use manifest::{Node, Object, Text, Value};
use rustc_hash::FxHashMap;
use schema::{KindInfo, Kinds, Scope, Types};

/// One resource in one version: what a path names.
#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) info: KindInfo,
    /// The version that is asked, e.g. `apps/v1`.
    pub(crate) api_version: Text,
    /// The version that its objects are kept in.
    pub(crate) stored_as: Text,
    /// The collection that its objects are in, e.g. `deployments.apps`.
    pub(crate) collection: Text,
    /// Its version in the CustomResourceDefinition; nothing for built-in resources.
    pub(crate) definition: Option<Node>,
    /// Whether its schema has defaults.
    pub(crate) has_defaults: bool,
    /// Whether there is no definition, and it is served nevertheless.
    pub(crate) schemaless: bool,
}

impl Resource {
    pub(crate) fn is_namespaced(&self) -> bool {
        self.info.scope == Scope::Namespaced
    }

    pub(crate) fn is_custom(&self) -> bool {
        self.definition.is_some()
    }

    /// Whether writes to the object leave its status alone.
    pub(crate) fn has_status(&self) -> bool {
        let version = self.definition.as_ref();
        version.is_none_or(|version| version.at(&["subresources", "status"]).is_some())
    }

    pub(crate) fn is(&self, group: &str, kind: &str) -> bool {
        self.info.group == group && self.info.kind == kind
    }
}

/// The collection of a resource.
pub(crate) fn collection(group: &str, plural: &str) -> Text {
    match (group, plural) {
        // One collection that two groups show.
        ("" | "events.k8s.io", "events") => "events".into(),
        ("", _) => plural.into(),
        _ => ecow::eco_format!("{plural}.{group}"),
    }
}

type ByName = FxHashMap<Text, FxHashMap<Text, Arc<Resource>>>;

/// By `apiVersion` and plural.
static BUILTIN: LazyLock<ByName> = LazyLock::new(|| {
    let mut resources = ByName::default();
    for info in Kinds::builtin().all() {
        let preferred = Kinds::builtin().versions(&info.group, &info.kind).first().cloned();
        let preferred = preferred.as_ref().map_or(&info.version, |first| &first.version);
        let resource = Resource {
            api_version: api_version(&info.group, &info.version),
            stored_as: match info.group.as_str() {
                "events.k8s.io" => "v1".into(),
                _ => api_version(&info.group, preferred),
            },
            collection: collection(&info.group, &info.plural),
            info: info.clone(),
            definition: None,
            has_defaults: false,
            schemaless: false,
        };
        add(&mut resources, resource);
    }
    resources
});

fn add(resources: &mut ByName, resource: Resource) {
    let plural = resource.info.plural.clone();
    let of_version = resources.entry(resource.api_version.clone()).or_default();
    of_version.entry(plural).or_insert_with(|| Arc::new(resource));
}

fn group_of(api_version: &str) -> &str {
    api_version.rsplit_once('/').map_or("", |(group, _)| group)
}

fn api_version(group: &str, version: &str) -> Text {
    if group.is_empty() { version.into() } else { ecow::eco_format!("{group}/{version}") }
}

/// What is served. A change makes a new one.
#[derive(Clone, Default, Debug)]
pub(crate) struct Model {
    pub(crate) types: Types,
    pub(crate) kinds: Kinds,
    custom: ByName,
    /// The definitions that are served, by name.
    definitions: BTreeMap<Text, Object>,
    /// The kinds that are served though nobody defined them, as definitions made up for them.
    made_up: BTreeMap<Text, Object>,
}

impl Model {
    pub(crate) fn resource(&self, api_version: &str, plural: &str) -> Option<&Arc<Resource>> {
        let find = |resources: &'_ ByName| resources.get(api_version)?.get(plural).map(|_| ());
        match find(&BUILTIN) {
            Some(()) => BUILTIN.get(api_version)?.get(plural),
            None => self.custom.get(api_version)?.get(plural),
        }
    }

    /// Whether the group of a version is Kubernetes' own.
    pub(crate) fn is_builtin(api_version: &str) -> bool {
        BUILTIN.keys().any(|own| group_of(own) == group_of(api_version))
    }

    /// Whether there is anything in the group of a version.
    pub(crate) fn serves(&self, api_version: &str) -> bool {
        BUILTIN.contains_key(api_version)
            || self.custom.contains_key(api_version)
            || Model::is_builtin(api_version)
            || self.custom.keys().any(|own| group_of(own) == group_of(api_version))
    }

    /// The resource of a kind, in the version that it is kept in.
    pub(crate) fn resource_of(&self, group: &str, kind: &str) -> Option<&Arc<Resource>> {
        let info = self.kinds.versions(group, kind).first()?;
        self.resource(&api_version(group, &info.version), &info.plural)
    }

    /// These and what a CustomResourceDefinition adds, or no longer does.
    pub(crate) fn with(&self, name: &str, definition: Option<Object>) -> Model {
        let mut model = self.clone();
        let before = model.definitions.remove(name).into_iter();
        let replaced = model.made_up.remove(name).filter(|_| definition.is_some());
        for gone in before.chain(replaced) {
            model.types = std::mem::take(&mut model.types).without_crd(&gone);
        }
        if let Some(definition) = definition {
            model.types = std::mem::take(&mut model.types).with_crd(&definition);
            model.definitions.insert(name.into(), definition);
        }
        model.rebuild();
        model
    }

    /// These and a kind that nobody defined.
    pub(crate) fn with_made_up(&self, name: &str, definition: Object) -> Model {
        let mut model = self.clone();
        model.types = std::mem::take(&mut model.types).with_crd(&definition);
        model.made_up.insert(name.into(), definition);
        model.rebuild();
        model
    }

    pub(crate) fn definition(&self, name: &str) -> Option<&Object> {
        self.definitions.get(name)
    }

    pub(crate) fn made_up(&self) -> impl Iterator<Item = &Object> {
        self.made_up.values()
    }

    fn rebuild(&mut self) {
        self.custom = ByName::default();
        let all = self.definitions.values().chain(self.made_up.values());
        self.kinds = Kinds::with_crds(all);
        for (definition, schemaless) in self
            .definitions
            .values()
            .map(|definition| (definition, false))
            .chain(self.made_up.values().map(|definition| (definition, true)))
        {
            for resource in resources(&self.kinds, definition, schemaless) {
                add(&mut self.custom, resource);
            }
        }
    }
}

/// Whether there is a default anywhere in a schema.
fn has_defaults(schema: &Node) -> bool {
    match &schema.value {
        Value::Map(map) => {
            map.contains("default") || map.iter().any(|(_, node)| has_defaults(node))
        }
        Value::List(list) => list.iter().any(has_defaults),
        _ => false,
    }
}

/// The resources that a definition makes.
fn resources(kinds: &Kinds, definition: &Object, schemaless: bool) -> Vec<Resource> {
    let root = definition.root();
    let group = root.str_at(&["spec", "group"]).unwrap_or_default();
    let kind = root.str_at(&["spec", "names", "kind"]).unwrap_or_default();
    let versions = root.at(&["spec", "versions"]).and_then(Node::as_list).unwrap_or_default();
    let name = |version: &Node| version.str_at(&["name"]).map(Text::from);
    let is_stored = |version: &&Node| version.get("storage").and_then(Node::as_bool) == Some(true);
    let stored = versions.iter().find(is_stored).and_then(name).unwrap_or_default();
    let resource = |info: &KindInfo| {
        let version = versions.iter().find(|version| name(version).as_ref() == Some(&info.version));
        Resource {
            api_version: api_version(group, &info.version),
            stored_as: api_version(group, &stored),
            collection: collection(group, &info.plural),
            info: info.clone(),
            definition: Some(version.cloned().unwrap_or_default()),
            has_defaults: version
                .and_then(|version| version.get("schema"))
                .is_some_and(has_defaults),
            schemaless,
        }
    };
    kinds.versions(group, kind).iter().map(resource).collect()
}
