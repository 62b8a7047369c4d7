//! Which resource is the source of a replacement, and which are its targets. Names that a resource
//! had count as well.

use std::fmt;

use manifest::{Diagnostic, Gvk, Text};

use super::{SourceField, Target};
use crate::id::is_selected;
use crate::kustomization::Selector;
use crate::resource::Resource;
use crate::selector::Matcher;

/// The ids of a resource as replacements see them: the namespace as written, those of former ids
/// as they counted.
fn ids(resource: &Resource) -> impl Iterator<Item = (Gvk, Text, Text)> {
    let id = resource.id();
    let current = (id.gvk.clone(), id.name.clone(), resource.written_namespace());
    let previous = resource.previous.iter().map(|previous| {
        let gvk = Gvk { kind: previous.kind.clone(), ..id.gvk.clone() };
        (gvk, previous.name.clone(), previous.namespace.clone())
    });
    std::iter::once(current).chain(previous)
}

impl SourceField {
    /// Whether it may be this resource: every text it has is the resource's.
    pub(super) fn selects(&self, resource: &Resource) -> bool {
        fn effective(namespace: &Text) -> &str {
            if namespace.is_empty() { "default" } else { namespace }
        }
        ids(resource).any(|(gvk, name, namespace)| {
            (self.name.is_empty() || self.name == name)
                && (self.namespace.is_empty()
                    || effective(&self.namespace) == effective(&namespace))
                && is_selected(&gvk, &self.gvk)
        })
    }
}

/// `Deployment/shop/web`, `*` for what is not given.
impl fmt::Display for SourceField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_any = |text: &Text| if text.is_empty() { Text::from("*") } else { text.clone() };
        write!(f, "{}/", or_any(&self.gvk.kind))?;
        if !self.namespace.is_empty() {
            write!(f, "{}/", self.namespace)?;
        }
        f.write_str(&or_any(&self.name))
    }
}

/// The resources of a target.
pub(super) struct Chosen {
    select: Matcher,
    reject: Vec<Rejected>,
}

/// A selector of `reject`. Its names reject by themselves, and so do its labels and annotations.
struct Rejected {
    matcher: Matcher,
    has_names: bool,
    has_metadata: bool,
}

impl Chosen {
    /// Compiles the selectors of a target.
    ///
    /// # Errors
    /// One of them is no regular expression, or no label selector.
    pub(super) fn new(target: &Target) -> Result<Chosen, Diagnostic> {
        let rejected = |selector: &Selector| {
            Ok(Rejected {
                matcher: Matcher::new(selector)?,
                has_names: selector.gvk != Gvk::default()
                    || !selector.name.is_empty()
                    || !selector.namespace.is_empty(),
                has_metadata: !selector.label_selector.is_empty()
                    || !selector.annotation_selector.is_empty(),
            })
        };
        Ok(Chosen {
            select: Matcher::new(&target.select)?,
            reject: target.reject.iter().map(rejected).collect::<Result<_, _>>()?,
        })
    }

    /// Whether a resource is one of them.
    pub(super) fn has(&self, resource: &Resource) -> bool {
        let named = |matcher: &Matcher| {
            ids(resource)
                .any(|(gvk, name, namespace)| matcher.matches_names(&gvk, &name, &namespace))
        };
        self.select.matches_metadata(resource)
            && !self.reject.iter().any(|rejected| {
                (rejected.has_metadata && rejected.matcher.matches_metadata(resource))
                    || (rejected.has_names && named(&rejected.matcher))
            })
            && named(&self.select)
    }
}
