//! Why a change was not carried out.

use std::time::Duration;

use manifest::{Diagnostic, ObjectId, Origin, Text};
use plan::Action;

/// A change that was not carried out.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{id} cannot be {}{}", what.past(), place(*origin))]
pub struct Failed {
    /// Which object.
    pub id: ObjectId,
    /// What was to be done.
    pub what: Action,
    /// Where the object is written down.
    pub origin: Origin,
    /// Why not.
    #[source]
    pub reason: Reason,
}

/// Why a change was not carried out.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Reason {
    /// The server said no, or nothing.
    #[error(transparent)]
    Server(#[from] client::Error),
    /// It is deleted and does not go.
    #[error("it is still there {} s after it was deleted{}", after.as_secs(), held(finalizers))]
    StillThere {
        /// How long was waited.
        after: Duration,
        /// What keeps it.
        finalizers: Vec<Text>,
    },
}

fn place(origin: Origin) -> String {
    if origin.is_some() { format!(" ({origin})") } else { String::new() }
}

fn held(finalizers: &[Text]) -> String {
    if finalizers.is_empty() {
        return String::new();
    }
    format!(", held by its finalizers {}", finalizers.join(", "))
}

impl Failed {
    /// Whether the same may succeed later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        match &self.reason {
            Reason::Server(cause) => cause.is_transient(),
            Reason::StillThere { .. } => true,
        }
    }

    /// As a finding: the object's place, what the server said, and what to do.
    pub fn diagnostic(&self) -> Diagnostic {
        let cause = format!("{} cannot be {}: {}", self.id, self.what.past(), chain(&self.reason));
        Diagnostic::error(self.origin, cause).help_if(self.help())
    }

    fn help(&self) -> Option<String> {
        match &self.reason {
            Reason::StillThere { .. } => Some(format!(
                "find out who should remove the finalizers of {}, and why that does not happen",
                self.id
            )),
            Reason::Server(client::Error::NotServed { kind, .. }) => Some(format!(
                "install the CustomResourceDefinition of {kind}, or let what brings it be applied \
                 first (`dependsOn`)"
            )),
            Reason::Server(cause) if cause.is_immutable() && self.what == Action::Configure => Some(
                "a field that cannot change was changed: take the change back, or have the object \
                     deleted and created with the annotation \
                     `kustomize.toolkit.fluxcd.io/force: enabled`"
                    .to_owned(),
            ),
            Reason::Server(_) => None,
        }
    }
}

/// An error with all that it comes from.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let next = cause.to_string();
        if !text.ends_with(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        source = cause.source();
    }
    text
}
