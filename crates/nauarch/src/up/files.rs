//! The repository of a fleet: which of its states counts for which cluster, followed as it changes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use api::{GitRepository, Source};
use manifest::{Diagnostic, Origin};
use source::{Error, Latest, Mode, Repository, follow};
use tokio::sync::watch;

use crate::failure::Failure;

/// The repository.
pub(crate) struct Files {
    path: PathBuf,
    /// The branch that is checked out; `None` where the files count as they are.
    branch: Option<String>,
    checked_out: watch::Receiver<Latest>,
    /// Branches that sources name.
    followed: HashMap<String, watch::Receiver<Latest>>,
    /// The URLs of its Git remotes.
    pub(crate) remotes: Vec<String>,
}

impl Files {
    /// Opens it. A folder that is in no Git repository counts as it is, and so does one with
    /// `worktree`.
    ///
    /// # Errors
    /// There is nothing, or no commit.
    pub(crate) fn open(path: &Path, worktree: bool) -> Result<Files, Failure> {
        let branch = match worktree {
            true => None,
            false => source::branch(path).map_err(|error| bad(&error))?,
        };
        let mode = branch.clone().map_or(Mode::Worktree, Mode::Branch);
        let repository = Repository::open(path, mode).map_err(|error| bad(&error))?;
        let remotes = repository.remotes();
        let checked_out = follow(repository).map_err(|error| bad(&error))?;
        let mut followed = HashMap::new();
        followed.extend(branch.iter().map(|branch| (branch.clone(), checked_out.clone())));
        Ok(Files { path: path.to_owned(), branch, checked_out, followed, remotes })
    }

    /// What is checked out, as it changes.
    pub(crate) fn checked_out(&self) -> watch::Receiver<Latest> {
        self.checked_out.clone()
    }

    /// What a source means, as it changes; with a warning where that is not what the source says.
    pub(crate) fn of_source(
        &mut self,
        source: &Source,
        object: Option<&GitRepository>,
    ) -> (watch::Receiver<Latest>, Option<Diagnostic>) {
        let Some((checked_out, repository)) = self.branch.clone().zip(object) else {
            return (self.checked_out(), None);
        };
        let reference = &repository.reference;
        let others = [&reference.commit, &reference.name, &reference.tag, &reference.semver];
        let mut origin = repository.origin;
        let wanted = match others.into_iter().flatten().next() {
            Some(other) => {
                origin = other.origin;
                match other.value.strip_prefix("refs/heads/") {
                    Some(branch) => Ok(branch.to_owned()),
                    None => Err(format!("`{}`, which is no branch", other.value)),
                }
            }
            None => match &reference.branch {
                Some(branch) => {
                    origin = branch.origin;
                    Ok(branch.value.to_string())
                }
                // Flux's own default.
                None => Ok("master".to_owned()),
            },
        };
        let failed = wanted.and_then(|branch| match self.follow(&branch) {
            Ok(receiver) => Ok(receiver),
            Err(error) => Err(format!("the branch `{branch}`: {error}")),
        });
        match failed {
            Ok(receiver) => (receiver, None),
            Err(wanted) => {
                (self.checked_out(), Some(instead(source, origin, &wanted, &checked_out)))
            }
        }
    }

    fn follow(&mut self, branch: &str) -> Result<watch::Receiver<Latest>, Error> {
        if let Some(receiver) = self.followed.get(branch) {
            return Ok(receiver.clone());
        }
        let mode = Mode::Branch(branch.to_owned());
        let receiver = follow(Repository::open(&self.path, mode)?)?;
        self.followed.insert(branch.to_owned(), receiver.clone());
        Ok(receiver)
    }
}

/// The warning that the branch at hand is taken for what a source names.
fn instead(source: &Source, origin: Origin, wanted: &str, checked_out: &str) -> Diagnostic {
    let cause = format!(
        "{source} names {wanted}; the branch `{checked_out}`, which is checked out, is taken"
    );
    Diagnostic::warning(origin, cause).help("check out what it names, or change its `ref`")
}

fn bad(error: &Error) -> Failure {
    Failure::Usage(match error {
        Error::Detached => {
            "no branch is checked out (HEAD is detached): check one out, or take the \
                            files as they are with --worktree"
                .to_owned()
        }
        other => other.chain(),
    })
}
