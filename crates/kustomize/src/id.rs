//! What a resource is called: kind, name, and the namespace that counts for identity.

use std::fmt;

use manifest::{Gvk, Text};

use crate::schema::Schema;

/// Stands for the namespace of what has none, so that no real namespace equals it.
pub(crate) const NO_NAMESPACE: &str = "_non_namespaceable_";

const DEFAULT_NAMESPACE: &str = "default";

/// The id of a resource at one moment of the build.
///
/// Two ids are the same where group, version, kind, name and effective namespace are: cluster-scoped
/// kinds share one namespace, and none is `default` (kyaml `resid.ResId`).
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Id {
    pub(crate) gvk: Gvk,
    pub(crate) name: Text,
    /// The effective namespace.
    pub(crate) namespace: Text,
}

impl Id {
    pub(crate) fn new(gvk: Gvk, name: Text, namespace: Text, schema: &Schema) -> Id {
        let namespace = if schema.is_certainly_cluster_scoped(&gvk.api_version(), &gvk.kind) {
            NO_NAMESPACE.into()
        } else if namespace.is_empty() {
            DEFAULT_NAMESPACE.into()
        } else {
            namespace
        };
        Id { gvk, name, namespace }
    }

    pub(crate) fn is_cluster_scoped(&self) -> bool {
        self.namespace == NO_NAMESPACE
    }
}

/// `Deployment/shop/web`.
impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_cluster_scoped() {
            return write!(f, "{}/{}", self.gvk.kind, self.name);
        }
        write!(f, "{}/{}/{}", self.gvk.kind, self.namespace, self.name)
    }
}

/// Whether `gvk` fits a selector whose empty parts match anything.
pub(crate) fn is_selected(gvk: &Gvk, selector: &Gvk) -> bool {
    let fits = |part: &Text, wanted: &Text| wanted.is_empty() || part == wanted;
    fits(&gvk.kind, &selector.kind)
        && fits(&gvk.group, &selector.group)
        && fits(&gvk.version, &selector.version)
}
