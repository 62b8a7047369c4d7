//! Admission webhooks: who else is asked before something is written (apiserver's
//! `admission/plugin/webhook`).
//!
//! ```text
//!  a request ──▶ the verb, at once ──▶ Wanted: what to ask whom ──▶ ask, outside of any lock
//!                      ▲                                                  │
//!                      └────────────── again, with what they said ◀───────┘
//! ```
//!
//! An answer is computed without waiting. Where it takes what a webhook says, the verb ends there and
//! says what is to be asked; once that has been answered, the verb is done again from its beginning, and
//! finds the answer in its [`Memory`]. What was asked about an object that others changed meanwhile
//! is not found, so it is asked again about what is there now. Without webhooks none of it happens.

mod ask;
mod client;
mod hooks;
mod review;

use std::sync::Arc;

use manifest::{Node, Text};

pub(crate) use ask::ask;
pub(crate) use hooks::{Hook, Hooks, Occasion, Operation};
pub(crate) use review::{Circumstances, Said, internal, options, request, said};

/// A question to a webhook.
#[derive(Clone)]
pub(crate) struct Wanted {
    pub(crate) hook: Arc<Hook>,
    /// Whether mutating webhooks are asked a second time.
    pub(crate) again: bool,
    /// The `request` of an AdmissionReview, without its uid.
    pub(crate) request: Node,
}

/// What came of a question: the AdmissionReview that was answered and the uid of the question, or why
/// there is none.
pub(crate) type Answered = Result<(Text, Node), String>;

/// What one request knows, however often it is tried.
#[derive(Default)]
pub(crate) struct Memory {
    answered: Vec<(Wanted, Answered)>,
    /// What has to be asked before it can go on.
    pub(crate) wanted: Vec<Wanted>,
    /// What chance said the first time: a new object is the same one each time.
    pub(crate) uid: Option<Text>,
    pub(crate) name: Option<Text>,
    pub(crate) now: Option<Text>,
}

/// The collections of configurations.
pub(crate) const MUTATING: &str = "mutatingwebhookconfigurations.admissionregistration.k8s.io";
pub(crate) const VALIDATING: &str = "validatingwebhookconfigurations.admissionregistration.k8s.io";

/// Whether a collection is one of configurations.
pub(crate) fn is_configuration(collection: &str) -> bool {
    matches!(collection, MUTATING | VALIDATING)
}

/// How many questions one request may cause.
const MOST: usize = 512;

impl Memory {
    /// What a webhook said to a question; `None` where it has not been asked, which is noted.
    pub(crate) fn answer(&mut self, wanted: Wanted) -> Option<Answered> {
        let is_same = |other: &&(Wanted, Answered)| {
            Arc::ptr_eq(&other.0.hook, &wanted.hook)
                && (other.0.again, &other.0.request) == (wanted.again, &wanted.request)
        };
        if let Some((_, answered)) = self.answered.iter().find(is_same) {
            return Some(answered.clone());
        }
        if self.answered.len() + self.wanted.len() >= MOST {
            return Some(Err(format!("one request asked webhooks {MOST} times")));
        }
        self.wanted.push(wanted);
        None
    }

    pub(crate) fn learn(&mut self, answered: impl IntoIterator<Item = (Wanted, Answered)>) {
        self.answered.extend(answered);
    }
}

#[cfg(test)]
mod tests;
