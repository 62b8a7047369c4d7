//! The admission policies of a cluster that are bound to something. What policies say is the crate
//! `schema`'s to know; a policy is compiled when it is first asked, and once.

use std::sync::{Arc, OnceLock};

use manifest::{Node, Text};
use schema::policy::Policy;

use crate::make::meta;

/// The collections of policies and bindings.
pub(crate) const POLICIES: &str = "validatingadmissionpolicies.admissionregistration.k8s.io";
pub(crate) const BINDINGS: &str = "validatingadmissionpolicybindings.admissionregistration.k8s.io";

/// Whether a collection has a say in what is admitted.
pub(crate) fn is_policy(collection: &str) -> bool {
    matches!(collection, POLICIES | BINDINGS)
}

/// A policy with its bindings.
#[derive(Debug)]
pub(crate) struct Bound {
    object: Node,
    compiled: Arc<OnceLock<Policy>>,
    pub(crate) bindings: Vec<Node>,
}

impl Bound {
    pub(crate) fn policy(&self) -> &Policy {
        self.compiled.get_or_init(|| Policy::read(&self.object))
    }
}

/// All policies that are bound, by name.
#[derive(Default, Debug)]
pub(crate) struct Policies(pub(crate) Vec<Bound>);

impl Policies {
    /// The policies that these objects are; what `before` has compiled is kept. `None` where none is
    /// bound.
    pub(crate) fn of<'n>(
        policies: impl Iterator<Item = &'n Node>,
        bindings: impl Iterator<Item = &'n Node>,
        before: Option<&Policies>,
    ) -> Option<Arc<Policies>> {
        let mut all: Vec<Bound> = policies
            .map(|object| {
                let known = before.into_iter().flat_map(|before| &before.0);
                let mut known = known.filter(|bound| bound.object == *object);
                Bound {
                    object: object.clone(),
                    compiled: known
                        .next()
                        .map_or_else(Arc::default, |known| known.compiled.clone()),
                    bindings: Vec::new(),
                }
            })
            .collect();
        for binding in bindings {
            let wanted = binding.str_at(&["spec", "policyName"]).map(Text::from);
            let is_meant =
                |bound: &&mut Bound| wanted.as_deref() == Some(meta(&bound.object, "name"));
            if let Some(bound) = all.iter_mut().find(is_meant) {
                bound.bindings.push(binding.clone());
            }
        }
        all.retain(|bound| !bound.bindings.is_empty());
        (!all.is_empty()).then(|| Arc::new(Policies(all)))
    }
}

#[cfg(test)]
mod tests;
