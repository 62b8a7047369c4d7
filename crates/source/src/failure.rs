//! Why there is no newer artifact of a source, as its object says it.

use std::fmt;

use manifest::Text;

use crate::Error;

/// Why there is no newer artifact.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// The condition of Flux's that is set: `FetchFailed`.
    pub condition: &'static str,
    /// Its reason: `AuthenticationFailed`.
    pub reason: &'static str,
    /// What went wrong: a lowercase fragment.
    pub message: Text,
}

/// The reason of a Git repository that cannot be fetched.
pub const GIT: &str = "GitOperationFailed";
/// The reason of an artifact of a registry that cannot be fetched.
pub const OCI: &str = "OCIArtifactPullFailed";
/// The reason of a bucket that cannot be fetched.
pub const BUCKET: &str = "BucketOperationFailed";

/// The reason of an archive that cannot be fetched.
pub const ARCHIVE: &str = "ArtifactFailed";

impl Failure {
    /// Something that is not fetched, for the reason of its kind.
    pub fn new(reason: &'static str, message: impl Into<Text>) -> Failure {
        Failure { condition: "FetchFailed", reason, message: message.into() }
    }

    /// What an error says; `reason` is that of the kind, where the error has none of its own.
    pub fn of(error: &Error, reason: &'static str) -> Failure {
        let (condition, reason) = error.condition(reason);
        Failure { condition, reason, message: error.chain().into() }
    }
}

/// The message.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
