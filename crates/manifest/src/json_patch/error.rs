//! Why a JSON patch does not apply.

use thiserror::Error;

use crate::{Origin, Text};

/// What is wrong with a patch, and where.
#[derive(Clone, PartialEq, Debug, Error)]
pub enum Error {
    /// The patch is something else than a list.
    #[error("a JSON patch is a list of operations, this is a {found}")]
    NotAList {
        /// Where the patch starts.
        origin: Origin,
        /// The type of what is there.
        found: &'static str,
    },
    /// An item of the patch is something else than a map.
    #[error("an operation of a JSON patch is a map, number {} is a {found}", .index + 1)]
    NotAMap {
        /// Its place in the patch, from 0.
        index: usize,
        /// Where it stands.
        origin: Origin,
        /// The type of what is there.
        found: &'static str,
    },
    /// An operation is wrong in itself, or for the target.
    #[error(
        "operation {} of the JSON patch (`{op} {path}`) does not apply", .index + 1
    )]
    Operation {
        /// Its place in the patch, from 0.
        index: usize,
        /// Its `op`; empty where that is no string.
        op: Text,
        /// Its `path`; empty where that is no string.
        path: Text,
        /// Where it stands.
        origin: Origin,
        /// Why.
        #[source]
        cause: Cause,
    },
}

impl Error {
    /// The place in the patch that is at fault.
    pub fn origin(&self) -> Origin {
        match self {
            Error::NotAList { origin, .. }
            | Error::NotAMap { origin, .. }
            | Error::Operation { origin, .. } => *origin,
        }
    }

    /// The error and its cause in one fragment.
    pub fn full(&self) -> String {
        match self {
            Error::Operation { cause, .. } => format!("{self}: {cause}"),
            _ => self.to_string(),
        }
    }
}

/// A path, in words where it is empty.
fn place(path: &str) -> String {
    if path.is_empty() { "the document".into() } else { format!("`{path}`") }
}

/// Why an operation does not apply.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Cause {
    /// A field that the operation needs is missing.
    #[error("it has no `{field}`")]
    MissingField {
        /// Its name.
        field: &'static str,
    },
    /// A field that must be a string is something else.
    #[error("its `{field}` is a {found}, not a string")]
    WrongField {
        /// Its name.
        field: &'static str,
        /// The type of its value.
        found: &'static str,
    },
    /// There is no such operation.
    #[error("there is no operation `{op}`: use add, remove, replace, move, copy or test")]
    UnknownOperation {
        /// What its `op` says.
        op: Text,
    },
    /// A path is no JSON pointer.
    #[error("`{path}` is no JSON pointer: start it with /")]
    NotAPointer {
        /// The path.
        path: Text,
    },
    /// There is nothing at a path that must exist.
    #[error("there is nothing at `{path}`")]
    Missing {
        /// The path, up to the first step that is missing.
        path: Text,
    },
    /// A path goes through something that is neither map nor list.
    #[error("{} is a {found}, not a map or list", place(path))]
    NotACollection {
        /// The path, up to there.
        path: Text,
        /// The type of what is there.
        found: &'static str,
    },
    /// A step into a list is no index.
    #[error("{} is a list, and `{step}` is no index of one", place(path))]
    NotAnIndex {
        /// The path of the list.
        path: Text,
        /// The step.
        step: Text,
    },
    /// An index is beyond the list.
    #[error("{} is a list of {length}, and {step} is beyond it", place(path))]
    OutOfRange {
        /// The path of the list.
        path: Text,
        /// The index as written.
        step: Text,
        /// The number of its items.
        length: usize,
    },
    /// An operation that is for parts of a document is to apply to all of it.
    #[error("it cannot apply to the whole document")]
    WholeDocument,
    /// The document would be replaced by a scalar.
    #[error("a document can be replaced by a map or list, not by a {found}")]
    ScalarDocument {
        /// The type of the value.
        found: &'static str,
    },
    /// A `test` found another value.
    #[error("the value there is another")]
    TestFailed,
}
