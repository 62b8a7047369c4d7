//! Kubernetes objects: a map with a kind, and the names by which it is known.

use std::fmt;

use crate::{Node, Origin, Text};

/// Group, version and kind, e.g. `apps`, `v1`, `Deployment`; the core group is empty.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Gvk {
    /// The API group; empty for the core group.
    pub group: Text,
    /// The version; empty where unknown.
    pub version: Text,
    /// The kind.
    pub kind: Text,
}

impl Gvk {
    /// From the fields of an object: `apps/v1` and `Deployment`.
    pub fn new(api_version: &str, kind: &str) -> Gvk {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        Gvk { group: group.into(), version: version.into(), kind: kind.into() }
    }

    /// The `apiVersion` of this group and version.
    pub fn api_version(&self) -> Text {
        if self.group.is_empty() {
            return self.version.clone();
        }
        ecow::eco_format!("{}/{}", self.group, self.version)
    }
}

/// `apps/v1 Deployment`.
impl fmt::Debug for Gvk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.api_version(), self.kind)
    }
}

/// What makes an object the same object in one cluster, whatever version it is written in.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ObjectId {
    /// The namespace; empty for cluster-scoped objects.
    pub namespace: Text,
    /// The API group; empty for the core group.
    pub group: Text,
    /// The kind.
    pub kind: Text,
    /// The name.
    pub name: Text,
}

/// `Deployment/shop/web`, without the namespace for cluster-scoped objects.
impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            return write!(f, "{}/{}", self.kind, self.name);
        }
        write!(f, "{}/{}/{}", self.kind, self.namespace, self.name)
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One object: a map that has `apiVersion`, `kind` and `metadata.name`.
#[derive(Clone, PartialEq)]
pub struct Object {
    root: Node,
}

/// Why a node is no object.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{missing}")]
pub struct NotAnObject {
    /// Where the node stands.
    pub origin: Origin,
    /// What is missing, a lowercase fragment.
    pub missing: &'static str,
}

impl Object {
    /// The object that `root` is.
    ///
    /// # Errors
    /// It is no map, or `apiVersion`, `kind` or `metadata.name` is missing or not text.
    pub fn new(root: Node) -> Result<Object, NotAnObject> {
        let missing = if root.as_map().is_none() {
            "not a map"
        } else if root.str_at(&["apiVersion"]).is_none_or(str::is_empty) {
            "no apiVersion"
        } else if root.str_at(&["kind"]).is_none_or(str::is_empty) {
            "no kind"
        } else if root.str_at(&["metadata", "name"]).is_none_or(str::is_empty) {
            "no metadata.name"
        } else {
            return Ok(Object { root });
        };
        Err(NotAnObject { origin: root.origin, missing })
    }

    /// The whole object.
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// The whole object, to write to. The caller keeps it an object.
    pub fn root_mut(&mut self) -> &mut Node {
        &mut self.root
    }

    /// The whole object, taken out.
    pub fn into_root(self) -> Node {
        self.root
    }

    /// `apiVersion`.
    pub fn api_version(&self) -> &str {
        self.root.str_at(&["apiVersion"]).unwrap_or_default()
    }

    /// `kind`.
    pub fn kind(&self) -> &str {
        self.root.str_at(&["kind"]).unwrap_or_default()
    }

    /// Group, version and kind.
    pub fn gvk(&self) -> Gvk {
        Gvk::new(self.api_version(), self.kind())
    }

    /// `metadata.name`.
    pub fn name(&self) -> &str {
        self.root.str_at(&["metadata", "name"]).unwrap_or_default()
    }

    /// `metadata.namespace`; empty where there is none.
    pub fn namespace(&self) -> &str {
        self.root.str_at(&["metadata", "namespace"]).unwrap_or_default()
    }

    /// The label `key`.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.root.str_at(&["metadata", "labels", key])
    }

    /// The annotation `key`.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.root.str_at(&["metadata", "annotations", key])
    }

    /// Where the object begins.
    pub fn origin(&self) -> Origin {
        self.root.origin
    }

    /// Its id with the namespace as written; `schema` knows which kinds have none.
    pub fn id(&self) -> ObjectId {
        let gvk = self.gvk();
        ObjectId {
            namespace: self.namespace().into(),
            group: gvk.group,
            kind: gvk.kind,
            name: self.name().into(),
        }
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.fmt(f)
    }
}
