//! The operations of a resource in version 3: from their names, parameters, bodies and answers
//! people generate clients (`apiextensions-apiserver`'s `builder.go`, kube-openapi's routes).

use manifest::{Map, Node, Origin, Text};
use schema::{KindInfo, Scope, Types};

use super::{Flavor, builtin, custom, gvk};
use crate::discovery;
use crate::make::{boolean, list, map, text};

const STATUS: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.Status";
const DELETE_OPTIONS: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions";
pub(super) const PATCH: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";

const OBJECTS: &[&str] = &["application/json", "application/yaml"];
const PATCHES: &[&str] = &[
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
];

type Parameters = &'static [(&'static str, &'static str)];

const SELECTING: Parameters = &[
    ("allowWatchBookmarks", "boolean"),
    ("continue", "string"),
    ("fieldSelector", "string"),
    ("labelSelector", "string"),
    ("limit", "integer"),
    ("resourceVersion", "string"),
    ("resourceVersionMatch", "string"),
    ("sendInitialEvents", "boolean"),
    ("timeoutSeconds", "integer"),
    ("watch", "boolean"),
];
const WRITING: Parameters =
    &[("dryRun", "string"), ("fieldManager", "string"), ("fieldValidation", "string")];
const PATCHING: Parameters = &[
    ("dryRun", "string"),
    ("fieldManager", "string"),
    ("fieldValidation", "string"),
    ("force", "boolean"),
];
const DELETING: Parameters = &[
    ("dryRun", "string"),
    ("gracePeriodSeconds", "integer"),
    ("orphanDependents", "boolean"),
    ("propagationPolicy", "string"),
];

/// What the operations of one path have in common.
pub(super) struct Route<'k> {
    pub(super) info: &'k KindInfo,
    /// A subresource's name; empty for the resource itself.
    pub(super) subresource: &'k str,
    /// The group, version and kind of its objects.
    pub(super) kind: (&'k str, &'k str, &'k str),
    /// Whether the path has a namespace in it.
    pub(super) is_namespaced: bool,
}

/// How one verb shows.
struct Verb {
    /// How the names of its operations begin.
    prefix: &'static str,
    parameters: Parameters,
    answers: &'static [(&'static str, &'static str)],
}

const OK: (&str, &str) = ("200", "OK");
const CREATED: (&str, &str) = ("201", "Created");
const ACCEPTED: (&str, &str) = ("202", "Accepted");

fn verb(action: &str) -> Verb {
    let (prefix, parameters, answers): (_, Parameters, &[_]) = match action {
        "list" => ("list", SELECTING, &[OK]),
        "post" => ("create", WRITING, &[OK, CREATED, ACCEPTED]),
        "deletecollection" => ("delete", SELECTING, &[OK]),
        "put" => ("replace", WRITING, &[OK, CREATED]),
        "patch" => ("patch", PATCHING, &[OK]),
        "delete" => ("delete", DELETING, &[OK, ACCEPTED]),
        _ => ("read", &[("resourceVersion", "string")], &[OK]),
    };
    Verb { prefix, parameters, answers }
}

/// The query parameters of an action.
pub(super) fn query(action: &str) -> Parameters {
    verb(action).parameters
}

impl Route<'_> {
    /// One operation; `action` is the word of `x-kubernetes-action`.
    pub(super) fn operation(&self, types: &Types, action: &str) -> Node {
        let verb = verb(action);
        let is_everywhere = action == "list" && self.is_everywhere();
        let mut entries = Map::new();
        entries.set("tags", list([text(self.tag())]));
        entries.set("description", text(self.description(action)));
        entries.set("operationId", text(self.id(verb.prefix, action)));
        // In the list of all namespaces they stand beside the operations.
        if !is_everywhere {
            entries.set("parameters", parameters(verb.parameters));
        }
        if let Some(body) = self.body(types, action) {
            entries.set("requestBody", body);
        }
        let answer = match action {
            "delete" | "deletecollection" => Some(STATUS.into()),
            "list" => self.object(types).map(|name| list_name(&name)),
            _ => self.object(types),
        };
        let answers = verb.answers.iter().map(|&(code, words)| {
            let content = answer.as_ref().map(|name| ("content", content(OBJECTS, name)));
            (code, map([("description", text(words))].into_iter().chain(content)))
        });
        let refused = ("401", map([("description", text("Unauthorized"))]));
        entries.set("responses", map(answers.chain([refused])));
        entries.set("x-kubernetes-action", text(action));
        let (group, version, kind) = self.kind;
        entries.set("x-kubernetes-group-version-kind", gvk(group, version, kind));
        Node::new(entries, Origin::NONE)
    }

    /// Whether the path lists the objects of all namespaces.
    pub(super) fn is_everywhere(&self) -> bool {
        self.info.scope == Scope::Namespaced && !self.is_namespaced
    }

    fn body(&self, types: &Types, action: &str) -> Option<Node> {
        let (contents, is_required) = match action {
            "post" | "put" => (content(OBJECTS, &self.object(types)?), true),
            "patch" if self.is_builtin() => (content(PATCHES, PATCH), true),
            // Lists of custom objects have no merge keys in Go.
            "patch" => (content(&PATCHES[..3], PATCH), true),
            "delete" => (content(OBJECTS, DELETE_OPTIONS), false),
            _ => return None,
        };
        let required = is_required.then(|| ("required", boolean(true)));
        Some(map([("content", contents)].into_iter().chain(required)))
    }

    /// The name of the definition of its objects.
    fn object(&self, types: &Types) -> Option<Text> {
        let (group, version, kind) = self.kind;
        let api_version = discovery::api_version(group, version);
        if Types::is_builtin(&api_version, kind) {
            let name = types.get(&api_version, kind)?.name()?;
            return Some(builtin::full_name(name).into());
        }
        (!self.is_builtin()).then(|| custom::name(self.info))
    }

    fn is_builtin(&self) -> bool {
        Types::is_builtin(&self.info.api_version(), &self.info.kind)
    }

    /// The group in camel case, and the version.
    fn tag(&self) -> String {
        format!("{}_{}", camel(&self.info.group), self.info.version)
    }

    fn description(&self, action: &str) -> String {
        let kind = &self.info.kind;
        let part = match self.subresource {
            "" => String::new(),
            name => format!("{name} of "),
        };
        match action {
            "list" => format!("list objects of kind {kind}"),
            "post" => format!("create {part}a {kind}"),
            "deletecollection" => format!("delete collection of {kind}"),
            "put" => format!("replace {part}the specified {kind}"),
            "patch" => format!("partially update {part}the specified {kind}"),
            "delete" => format!("delete {part}a {kind}"),
            _ => format!("read {part}the specified {kind}"),
        }
    }

    /// e.g. `listAppsV1NamespacedDeployment`.
    fn id(&self, prefix: &str, action: &str) -> String {
        let group = title(&camel(&self.info.group));
        let version = title(&self.info.version);
        let collection = if action == "deletecollection" { "Collection" } else { "" };
        let namespaced = if self.is_namespaced { "Namespaced" } else { "" };
        let everywhere = if self.is_everywhere() { "ForAllNamespaces" } else { "" };
        let (kind, part) = (&self.info.kind, title(self.subresource));
        format!("{prefix}{group}{version}{collection}{namespaced}{kind}{part}{everywhere}")
    }
}

/// Query parameters.
pub(super) fn parameters(of: Parameters) -> Node {
    list(of.iter().map(|(name, of)| super::paths::parameter(name, "query", of, Flavor::V3)))
}

/// The name of the definition of a list.
pub(super) fn list_name(object: &str) -> Text {
    ecow::eco_format!("{object}List")
}

/// The definition of a list of objects whose definition has the name `object`.
pub(super) fn list_definition(object: &str, info: &KindInfo) -> Node {
    let string = || map([("type", text("string"))]);
    let items = map([("type", text("array")), ("items", Flavor::V3.reference(object))]);
    let metadata = Flavor::V3.reference(&builtin::full_name("meta.v1.ListMeta"));
    let kind = format!("{}List", info.kind);
    map([
        ("type", text("object")),
        ("required", list([text("items")])),
        (
            "properties",
            map([
                ("apiVersion", string()),
                ("items", items),
                ("kind", string()),
                ("metadata", map([("allOf", list([metadata]))])),
            ]),
        ),
        ("x-kubernetes-group-version-kind", list([gvk(&info.group, &info.version, &kind)])),
    ])
}

fn content(media_types: &[&str], name: &str) -> Node {
    let schema = map([("schema", Flavor::V3.reference(name))]);
    map(media_types.iter().map(|media_type| (*media_type, schema.clone())))
}

/// `rbac.authorization.k8s.io` as `rbacAuthorization`; the group without a name is `core`.
fn camel(group: &str) -> String {
    if group.is_empty() {
        return "core".to_owned();
    }
    let mut parts = group.strip_suffix(".k8s.io").unwrap_or(group).split(['.', '-']);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |name, part| name + &title(part))
}

fn title(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
