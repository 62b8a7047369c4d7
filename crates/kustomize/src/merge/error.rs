//! Why a patch does not fit.

use std::fmt;

use ecow::{EcoString, eco_format};
use manifest::{Node, Origin};

use super::DIRECTIVE;
use super::keys::raw_text;

/// Why a patch does not fit its target.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{path}{}{cause}", if path.is_empty() { "" } else { ": " })]
pub(crate) struct MergeError {
    /// The field, e.g. `spec.template.spec.containers.[name=web].image`.
    pub path: EcoString,
    /// The cause.
    pub cause: Cause,
    /// The place in the patch; in the target where the fault is its own.
    pub origin: Origin,
}

/// What does not fit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Cause {
    /// A map over a list, and the like.
    Mismatch {
        /// What the target has there.
        base: &'static str,
        /// What the patch has there.
        patch: &'static str,
    },
    /// `$patch` with another word than `delete`, `replace` or `merge`.
    Directive(EcoString),
    /// A list that merges by keys has an element that is no map, or a set one that is no scalar.
    Element {
        /// What its elements must be.
        wanted: &'static str,
        /// What the element is.
        found: &'static str,
    },
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Mismatch { base, patch } => {
                write!(f, "the patch has a {patch} where the object has a {base}")
            }
            Cause::Directive(word) => {
                write!(f, "unknown `$patch: {word}`: use `delete`, `replace` or `merge`")
            }
            Cause::Element { wanted, found } => {
                write!(f, "the list merges {wanted}s, and one of its elements is a {found}")
            }
        }
    }
}

impl MergeError {
    fn new(path: &str, cause: Cause, origin: Origin) -> MergeError {
        MergeError { path: path.into(), cause, origin }
    }

    pub(super) fn mismatch(base: &Node, patch: &Node) -> MergeError {
        let cause = Cause::Mismatch { base: base.type_name(), patch: patch.type_name() };
        MergeError::new("", cause, patch.origin)
    }

    pub(super) fn directive(node: &Node) -> MergeError {
        MergeError::new(DIRECTIVE, Cause::Directive(raw_text(node)), node.origin)
    }

    pub(super) fn element(wanted: &'static str, element: &Node) -> MergeError {
        let cause = Cause::Element { wanted, found: element.type_name() };
        MergeError::new("", cause, element.origin)
    }

    /// The same below the field `key`, in the form of kustomize's own field paths.
    pub(super) fn within(self, key: &str) -> MergeError {
        let key = if key.contains('.') { eco_format!("[{key}]") } else { key.into() };
        self.below(key)
    }

    /// The same below the list element that has these keys.
    pub(super) fn at_element(self, element: &Node, keys: &[EcoString]) -> MergeError {
        let pairs: Vec<String> = keys
            .iter()
            .filter_map(|key| Some(format!("{key}={}", raw_text(element.get(key)?))))
            .collect();
        self.below(eco_format!("[{}]", pairs.join(",")))
    }

    fn below(mut self, step: EcoString) -> MergeError {
        self.path = if self.path.is_empty() { step } else { eco_format!("{step}.{}", self.path) };
        self
    }
}
