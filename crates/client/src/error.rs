//! Why a request came to nothing.

use std::sync::Arc;
use std::time::Duration;

use manifest::{Node, Text};

/// Why a request came to nothing. Clones are cheap.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The server said no, in a `Status`.
    #[error("{message}")]
    Status {
        /// The HTTP status.
        code: u16,
        /// Its word for it, e.g. `NotFound`, `Invalid`.
        reason: Text,
        /// What it says.
        message: String,
        /// What is wrong with which field.
        causes: Vec<Cause>,
        /// When it wants to be asked again.
        retry_after: Option<Duration>,
    },
    /// There is no way to the server, or it hung up.
    #[error("cannot reach {server}")]
    Unreachable {
        /// The server's address.
        server: Text,
        /// What happened.
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// The server did not answer in time.
    #[error("{server} gave no answer to {request} within {} s", after.as_secs())]
    Late {
        /// The server's address.
        server: Text,
        /// The verb and path of the request.
        request: String,
        /// How long it had.
        after: Duration,
    },
    /// The server answered something that cannot be read.
    #[error("the answer of {server} to {request} is {what}")]
    Unreadable {
        /// The server's address.
        server: Text,
        /// The verb and path of the request.
        request: String,
        /// What it is instead, a lowercase fragment.
        what: String,
    },
    /// How to reach a server cannot be learned.
    #[error("cannot use {file}")]
    Config {
        /// The file.
        file: String,
        /// What is wrong.
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// The server does not serve such objects.
    #[error("{server} serves no {kind} of {api_version}")]
    NotServed {
        /// The server's address.
        server: Text,
        /// The `apiVersion`.
        api_version: Text,
        /// The kind.
        kind: Text,
    },
}

/// What is wrong with one field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cause {
    /// The field, e.g. `spec.replicas`; empty where it is the whole.
    pub field: Text,
    /// The reason, e.g. `FieldValueInvalid`.
    pub reason: Text,
    /// What is wrong.
    pub message: String,
}

impl Error {
    pub(crate) fn config(file: String, source: Box<dyn std::error::Error + Send + Sync>) -> Error {
        Error::Config { file, source: Arc::from(source) }
    }

    /// From the body of an answer, if it is a `Status`.
    pub(crate) fn of_status(code: u16, status: &Node) -> Option<Error> {
        if status.str_at(&["kind"]) != Some("Status") {
            return None;
        }
        let text = |path: &[&str]| status.str_at(path).unwrap_or_default();
        let said = status.get("code").and_then(Node::as_int);
        let causes = status.at(&["details", "causes"]).and_then(Node::as_list);
        let seconds = status.at(&["details", "retryAfterSeconds"]).and_then(Node::as_int);
        Some(Error::Status {
            code: said.and_then(|code| u16::try_from(code).ok()).unwrap_or(code),
            reason: text(&["reason"]).into(),
            message: text(&["message"]).to_owned(),
            causes: causes.unwrap_or_default().iter().map(Cause::of_node).collect(),
            retry_after: seconds
                .and_then(|seconds| u64::try_from(seconds).ok())
                .filter(|seconds| *seconds > 0)
                .map(Duration::from_secs),
        })
    }

    /// The HTTP status that the server answered with, if it did.
    pub fn code(&self) -> Option<u16> {
        match self {
            Error::Status { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// The server's word for why not, e.g. `AlreadyExists`; empty where it said nothing.
    pub fn reason(&self) -> &str {
        match self {
            Error::Status { reason, .. } => reason,
            _ => "",
        }
    }

    /// Whether there is no such object, or no such kind.
    pub fn is_not_found(&self) -> bool {
        self.code() == Some(404)
    }

    /// Whether somebody else was faster, or owns what would be written.
    pub fn is_conflict(&self) -> bool {
        self.code() == Some(409) && self.reason() != "AlreadyExists"
    }

    /// Whether there is such an object already.
    pub fn is_already_exists(&self) -> bool {
        self.reason() == "AlreadyExists"
    }

    /// Whether a watch began too long ago to go on.
    pub fn is_expired(&self) -> bool {
        self.code() == Some(410)
    }

    /// Whether the object is refused as it is.
    pub fn is_invalid(&self) -> bool {
        self.code() == Some(422)
    }

    /// Whether the object is refused because of a field that may not change: it can only be made
    /// anew. The server has no word of its own for it; these are the texts of its validations, of
    /// its policies and of webhooks.
    pub fn is_immutable(&self) -> bool {
        const SAID: [&str; 5] = [
            "is immutable",
            "immutable field",
            "may not change once set",
            "may not be changed",
            "cannot change roleRef",
        ];
        let says = |text: &str| {
            SAID.iter().any(|said| text.contains(said))
                || text.contains("updates to ") && text.contains("forbidden")
        };
        match self {
            Error::Status { code: 400 | 403 | 409 | 422 | 500, message, causes, .. } => {
                says(message) || causes.iter().any(|cause| says(&cause.message))
            }
            _ => false,
        }
    }

    /// Whether the same request may succeed later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Error::Status { code: 409, .. } => self.is_conflict(),
            Error::Status { code, .. } => matches!(code, 408 | 429 | 502..=504),
            Error::Unreachable { .. } | Error::Late { .. } => true,
            Error::Unreadable { .. } | Error::Config { .. } | Error::NotServed { .. } => false,
        }
    }
}

impl Cause {
    fn of_node(node: &Node) -> Cause {
        let text = |key: &str| node.str_at(&[key]).unwrap_or_default();
        Cause {
            field: text("field").into(),
            reason: text("reason").into(),
            message: text("message").to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
