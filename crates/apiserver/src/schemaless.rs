//! Kinds that are served though nobody defined them: objects of them are kept as they are, and
//! nothing acts on them.

use manifest::{Node, Object, Text};

use crate::make::{boolean, list, map, text};
use crate::server::Server;

/// A kind without a definition.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct SchemalessKind {
    /// Group and version, e.g. `example.com/v1`.
    pub api_version: Text,
    /// The kind.
    pub kind: Text,
    /// The name in URLs, guessed.
    pub plural: Text,
    /// Whether its objects are in namespaces.
    pub namespaced: bool,
}

/// Why a kind is not served without a definition.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotServed {
    /// The cluster does not do that.
    #[error("cluster {0} serves defined kinds only")]
    NotAllowed(String),
    /// A kind has a group; Kubernetes' own kinds are all known.
    #[error("{0} has no API group, so it is no kind that somebody could define")]
    NoGroup(String),
    /// It is served under another version, or with a definition.
    #[error("{kind} is already served as {api_version}")]
    Known {
        /// The kind.
        kind: String,
        /// The group and version that it is served in.
        api_version: String,
    },
}

impl Server {
    /// Serves a kind that has no definition, until one comes: it is in discovery from now on, its
    /// objects are kept as they are sent, and answers carry a warning. A kind that is served without a
    /// definition already is left as it is.
    ///
    /// # Errors
    /// The cluster was opened without [`crate::Options::schemaless`], the kind has no group, or it is
    /// served otherwise.
    pub fn serve_schemaless(
        &self,
        api_version: &str,
        kind: &str,
        namespaced: bool,
    ) -> Result<SchemalessKind, NotServed> {
        if !self.options().schemaless {
            return Err(NotServed::NotAllowed(self.options().name.clone()));
        }
        let Some((group, version)) = api_version.rsplit_once('/') else {
            return Err(NotServed::NoGroup(format!("{api_version} {kind}")));
        };
        let plural = plural(kind);
        let made_up = SchemalessKind {
            api_version: api_version.into(),
            kind: kind.into(),
            plural: plural.clone(),
            namespaced,
        };
        let mut state = self.state();
        if let Some(known) = state.model.kinds.versions(group, kind).first() {
            let own =
                self::kinds(&state.model).find(|own| own.kind == kind && own.plural == plural);
            return own.filter(|own| own.api_version == api_version).ok_or_else(|| {
                NotServed::Known {
                    kind: kind.to_owned(),
                    api_version: format!("{group}/{}", known.version),
                }
            });
        }
        let name = ecow::eco_format!("{plural}.{group}");
        let definition = definition(&name, group, version, kind, &plural, namespaced);
        if let Some(journal) = &mut state.store.journal {
            journal.kind(&name, &definition);
        }
        if let Ok(definition) = Object::new(definition) {
            state.model = std::sync::Arc::new(state.model.with_made_up(&name, definition));
        }
        Ok(made_up)
    }

    /// The kinds that are served without a definition.
    pub fn schemaless_kinds(&self) -> Vec<SchemalessKind> {
        kinds(&self.model()).collect()
    }
}

fn kinds(model: &crate::model::Model) -> impl Iterator<Item = SchemalessKind> + '_ {
    model.made_up().map(|definition| {
        let spec = |path: &[&str]| {
            let spec = definition.root().get("spec");
            spec.and_then(|spec| spec.str_at(path)).unwrap_or_default()
        };
        let versions = definition.root().at(&["spec", "versions"]).and_then(Node::as_list);
        let version = versions.and_then(|list| list.first()?.str_at(&["name"])).unwrap_or_default();
        SchemalessKind {
            api_version: ecow::eco_format!("{}/{version}", spec(&["group"])),
            kind: spec(&["names", "kind"]).into(),
            plural: spec(&["names", "plural"]).into(),
            namespaced: spec(&["scope"]) == "Namespaced",
        }
    })
}

/// The definition that the kind could have.
fn definition(
    name: &str,
    group: &str,
    version: &str,
    kind: &str,
    plural: &str,
    namespaced: bool,
) -> Node {
    let names = map([
        ("kind", text(kind)),
        ("plural", text(plural)),
        ("singular", text(kind.to_ascii_lowercase())),
        ("listKind", text(format!("{kind}List"))),
    ]);
    let version = map([
        ("name", text(version)),
        ("served", boolean(true)),
        ("storage", boolean(true)),
        ("subresources", map([("status", map([]))])),
    ]);
    let spec = map([
        ("group", text(group)),
        ("names", names),
        ("scope", text(if namespaced { "Namespaced" } else { "Cluster" })),
        ("versions", list([version])),
    ]);
    map([
        ("apiVersion", text("apiextensions.k8s.io/v1")),
        ("kind", text(crate::crds::KIND)),
        ("metadata", map([("name", text(name))])),
        ("spec", spec),
    ])
}

/// The plural that kubectl guesses (apimachinery's `UnsafeGuessKindToResource`).
fn plural(kind: &str) -> Text {
    let singular = kind.to_ascii_lowercase();
    let with = |end: &str| ecow::eco_format!("{singular}{end}");
    match singular.chars().last() {
        Some('s') => with("es"),
        Some('y') => {
            ecow::eco_format!("{}ies", singular.strip_suffix('y').unwrap_or(&singular))
        }
        _ if singular.ends_with("endpoints") => singular.as_str().into(),
        _ => with("s"),
    }
}

#[cfg(test)]
mod tests;
