//! What a rendering needs from outside, and the answers to it.
//!
//! A shell answers what it can and renders again. What it cannot find out (in CI there is no cluster)
//! it answers with a reason: that is a value too, and travels on as [`manifest::Value::Unknown`].

use std::collections::BTreeMap;
use std::fmt;

use api::Source;
use manifest::{FileTree, Map, Text};

/// Something that is needed to go on.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Need {
    /// What stands at this path of the tree: somebody gave a tree that is not complete.
    Path(String),
    /// A base behind a URL.
    Remote {
        /// The URL as the kustomization has it.
        url: String,
        /// `file:line` of the entry.
        entry: String,
    },
    /// The data of a ConfigMap or Secret in the cluster.
    Value(ValueRef),
    /// The files of a source that is not the folder at hand; its object is in
    /// [`crate::Rendered::sources`].
    Source(Source),
}

/// A ConfigMap or Secret by name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ValueRef {
    /// `ConfigMap` or `Secret`.
    pub kind: Text,
    /// Its namespace.
    pub namespace: Text,
    /// Its name.
    pub name: Text,
}

/// `ConfigMap flux-system/variables`.
impl fmt::Display for ValueRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
    }
}

/// What somebody has to go and get: a lowercase fragment.
impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Need::Path(path) => write!(f, "the file `{path}`"),
            Need::Remote { url, entry } => write!(f, "the remote base `{url}` ({entry})"),
            Need::Value(value) => write!(f, "{value} in the cluster"),
            Need::Source(source) => write!(f, "the files of {source}"),
        }
    }
}

/// What is known of the outside.
#[derive(Clone, Default)]
pub struct Answers {
    /// The data of ConfigMaps and Secrets in the cluster, decoded; `None` for those that are not
    /// there. A Secret's values should be [`manifest::Value::Sensitive`].
    pub values: BTreeMap<ValueRef, Option<Map>>,
    /// The files of sources.
    pub sources: BTreeMap<Source, FileTree>,
    /// Needs that nobody can answer, each with the reason, a lowercase fragment such as
    /// `it is in the cluster`.
    pub unknown: BTreeMap<Need, Text>,
}

impl Answers {
    /// Why a need cannot be answered.
    pub(crate) fn unknown_reason(&self, need: &Need) -> Option<&Text> {
        self.unknown.get(need)
    }
}

impl From<kustomize::Need> for Need {
    fn from(need: kustomize::Need) -> Need {
        match need {
            kustomize::Need::Path(path) => Need::Path(path),
            kustomize::Need::Remote { url, entry } => Need::Remote { url, entry },
        }
    }
}
