//! KubeFed's federated kinds: an object as a template, the clusters it goes to, and how it differs
//! there.
//!
//! There is one such kind for each kind that is federated (`FederatedDeployment`), all of the same
//! shape: `types.kubefed.io/v1beta1`, github.com/kubernetes-retired/kubefed.

use manifest::{Node, Object, Origin, Text};

use crate::read::{At, text};

/// The API group.
const GROUP: &str = "types.kubefed.io/";

/// What the names of federated kinds start with.
const PREFIX: &str = "Federated";

/// An object for several clusters.
#[derive(Clone, Debug)]
pub struct Federated<'a> {
    /// Where it begins.
    pub origin: Origin,
    /// The kind of the objects made from it, e.g. `Deployment`.
    pub kind: &'a str,
    /// What they are made from: an object without apiVersion, kind and name.
    pub template: Option<&'a Node>,
    /// The clusters it goes to by name.
    pub placed: Vec<At<Text>>,
    /// The clusters for which there are overrides.
    pub overridden: Vec<At<Text>>,
}

/// Whether an object is of a federated kind.
pub fn is_federated(object: &Object) -> bool {
    object.api_version().starts_with(GROUP) && object.kind().starts_with(PREFIX)
}

impl<'a> Federated<'a> {
    /// Reads an object of a federated kind; `None` for others.
    pub fn read(object: &'a Object) -> Option<Federated<'a>> {
        if !is_federated(object) {
            return None;
        }
        let kind = object.kind().strip_prefix(PREFIX)?;
        let spec = object.root().get("spec");
        let names = |path: &[&str], key: &str| -> Vec<At<Text>> {
            let list = spec.and_then(|spec| spec.at(path)).and_then(Node::as_list);
            list.unwrap_or_default().iter().filter_map(|item| text(item, key)).collect()
        };
        Some(Federated {
            origin: object.origin(),
            kind,
            template: spec.and_then(|spec| spec.get("template")),
            placed: names(&["placement", "clusters"], "name"),
            overridden: names(&["overrides"], "clusterName"),
        })
    }
}

#[cfg(test)]
mod tests;
