//! Why a source cannot be read.

use std::io;
use std::path::PathBuf;

/// Why a source cannot be read or made. Lowercase fragments without their source.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such folder.
    #[error("there is no folder `{}`", folder.display())]
    NoFolder {
        /// As it was given.
        folder: PathBuf,
    },
    /// It is a file.
    #[error("`{}` is a file, not a folder", file.display())]
    NotAFolder {
        /// As it was given.
        file: PathBuf,
    },
    /// No Git repository is in or above the folder.
    #[error(
        "`{}` is in no Git repository: run `git init` there, or take its files as they are",
        folder.display()
    )]
    NoRepository {
        /// As it was given.
        folder: PathBuf,
    },
    /// The repository has no commit yet.
    #[error("the repository `{}` has no commits: commit something first", folder.display())]
    NoCommits {
        /// The folder that was given.
        folder: PathBuf,
    },
    /// It has no such branch.
    #[error("there is no branch `{branch}`{}", help(hint))]
    NoBranch {
        /// The branch that was asked for.
        branch: String,
        /// What may be meant.
        hint: Option<String>,
    },
    /// No branch is checked out.
    #[error(
        "no branch is checked out (HEAD is detached): check one out, or take the files as they are"
    )]
    Detached,
    /// The folder that was given is not in the commit.
    #[error("`{folder}` is not in the commit {commit}")]
    NotCommitted {
        /// The folder, seen from the root of the repository.
        folder: String,
        /// The commit.
        commit: String,
    },
    /// A directory that is to be checked out is not in the commit.
    #[error("`spec.sparseCheckout` names `{directory}`, which is not in the commit")]
    NoDirectory {
        /// As it was written.
        directory: String,
    },
    /// An archive cannot be written.
    #[error("the archive cannot be written")]
    Archive {
        /// What the system says.
        source: io::Error,
    },
    /// What is to be included cannot be.
    #[error("{what}")]
    Include {
        /// Of which repository, what, and which path.
        what: String,
    },
    /// That revision is not kept any more.
    #[error("the revision {revision} is not kept any more")]
    Gone {
        /// The revision.
        revision: String,
    },
    /// A file or directory could not be read or written.
    #[error("`{}` cannot be {verb}", path.display())]
    Disk {
        /// Which one.
        path: PathBuf,
        /// `read`, `written` or `removed`.
        verb: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// The Git repository could not be read or written.
    #[error("{what}")]
    Git {
        /// What did not succeed.
        what: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It takes too long.
    #[error("no answer within {} s; `?timeout=SECONDS` at the end of the URL gives it longer", limit.as_secs_f64())]
    Slow {
        /// How long it had.
        limit: std::time::Duration,
    },
    /// The server has something else to say.
    #[error("the server answers {status}")]
    Status {
        /// The code and its words.
        status: http::StatusCode,
    },
    /// A registry does not do what it is asked for.
    #[error("{what}: the registry answers {status}{}, {hint}", in_brackets(code))]
    Registry {
        /// What it was asked for.
        what: String,
        /// The code and its words.
        status: http::StatusCode,
        /// What it calls that.
        code: Option<String>,
        /// What to do.
        hint: &'static str,
    },
    /// A server of buckets does not do what it is asked for.
    #[error("{what}the server answers {status}{}, {hint}", in_brackets(code))]
    Refused {
        /// What it was asked for, where that is not the bucket itself: a key and a colon.
        what: String,
        /// The code and its words.
        status: http::StatusCode,
        /// What it calls that.
        code: Option<String>,
        /// What to do.
        hint: &'static str,
    },
    /// A bucket cannot be fetched.
    #[error("the bucket {bucket}")]
    Bucket {
        /// Its name and its server.
        bucket: String,
        /// Why.
        source: Box<Error>,
    },
    /// An artifact is not what it should be, or is asked for with what is none.
    #[error("{what}")]
    Artifact {
        /// What is wrong.
        what: String,
    },
    /// Something is not signed by whom it should be.
    #[error("{what}")]
    Unsigned {
        /// What, and what to do.
        what: String,
        /// Flux's reason: `InvalidCommitSignature`.
        reason: &'static str,
    },
    /// There is no conversation with the server.
    #[error("{what}")]
    Http {
        /// What did not succeed.
        what: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The answer is over a limit.
    #[error("{what}")]
    TooMuch {
        /// What there is too much of.
        what: String,
    },
    /// The remote repository has nothing of that name.
    #[error("it has no branch, tag or commit `{reference}`")]
    NoReference {
        /// The name.
        reference: String,
    },
    /// A submodule cannot be had.
    #[error("the submodule `{path}`")]
    Submodule {
        /// Where it belongs.
        path: String,
        /// Why.
        source: Box<Error>,
    },
    /// A range of versions cannot be read.
    #[error("{source}")]
    NoRange {
        /// The range, and what to write.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No tag of the remote repository is a version of the range.
    #[error("it has no tag with a version of `{range}`")]
    NoVersion {
        /// The range, as it was written.
        range: String,
    },
    /// What is to be shown to a server, or vouches for it, cannot be used.
    #[error("{what}")]
    Access {
        /// Why. It shows no secret.
        what: String,
    },
    /// The operating system does not tell changes.
    #[error("changes of `{}` cannot be watched", folder.display())]
    Watch {
        /// Which folder.
        folder: PathBuf,
        /// Why.
        source: notify::Error,
    },
}

fn in_brackets(code: &Option<String>) -> String {
    code.as_ref().map_or_else(String::new, |code| format!(" ({code})"))
}

fn help(hint: &Option<String>) -> String {
    hint.as_ref().map_or_else(String::new, |hint| format!("; {hint}"))
}

impl Error {
    /// For `map_err` on what gix answers.
    pub(crate) fn git(what: impl Into<String>) -> impl FnOnce(gix::Error) -> Error {
        let what = what.into();
        move |source| Error::Git { what, source: Box::new(source) }
    }

    /// For `map_err` on what a server answers.
    pub(crate) fn http<E: std::error::Error + Send + Sync + 'static>(
        what: impl Into<String>,
    ) -> impl FnOnce(E) -> Error {
        let what = what.into();
        move |source| Error::Http { what, source: Box::new(source) }
    }

    /// For `map_err` on what reading an answer gives.
    pub(crate) fn of_io(error: io::Error) -> Error {
        match error.downcast::<Error>() {
            Ok(error) => error,
            Err(source) => {
                let what = "the answer breaks off".to_owned();
                Error::Http { what, source: Box::new(source) }
            }
        }
    }

    /// For `map_err` on what the disk answers.
    pub(crate) fn disk(
        path: impl Into<PathBuf>,
        verb: &'static str,
    ) -> impl FnOnce(io::Error) -> Error {
        let path = path.into();
        move |source| Error::Disk { path, verb, source }
    }

    /// The condition and the reason with which Flux's source-controller would tell it; `fetching` is the reason of
    /// a kind for what cannot be fetched.
    pub fn condition(&self, fetching: &'static str) -> (&'static str, &'static str) {
        match self {
            Error::Bucket { source, .. } => source.condition(fetching),
            Error::Access { .. } => ("FetchFailed", "AuthenticationFailed"),
            Error::Unsigned { reason, .. } => ("SourceVerified", reason),
            Error::Include { .. } => ("StorageOperationFailed", "CopyFailure"),
            Error::Disk { .. } | Error::Archive { .. } => {
                ("StorageOperationFailed", "ArchiveOperationFailed")
            }
            _ => ("FetchFailed", fetching),
        }
    }

    /// This and all its causes as one line.
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            let next = error.to_string();
            // Some libraries have their source in their own text.
            if !text.contains(&next) {
                text.push_str(": ");
                text.push_str(&next);
            }
            cause = error.source();
        }
        text
    }
}
