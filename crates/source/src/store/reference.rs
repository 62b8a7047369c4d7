//! Which commit of a repository is wanted, and what that is called.

use gix::ObjectId;

use crate::Revision;

/// What is wanted of a repository.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Reference {
    /// A commit, on a branch where one is named.
    Commit {
        /// Its name in full.
        id: String,
        /// The branch that it is said to be of.
        branch: Option<String>,
    },
    /// A reference in full, `refs/pull/1/head`.
    Name(String),
    /// A tag.
    Tag(String),
    /// A branch.
    Branch(String),
}

impl Reference {
    /// What a server is asked for.
    pub(super) fn wanted(&self) -> String {
        match self {
            Reference::Commit { id, .. } => id.clone(),
            Reference::Name(name) => name.clone(),
            Reference::Tag(tag) => format!("refs/tags/{tag}"),
            Reference::Branch(branch) => format!("refs/heads/{branch}"),
        }
    }

    /// What a commit that was found is called (fluxcd/pkg `git/git.go`, source-controller's
    /// `commitReference`): a branch or tag goes without `refs/heads/`, a name stays whole.
    pub(super) fn revision(&self, commit: ObjectId) -> Revision {
        let commit = commit.to_string();
        match self {
            Reference::Commit { branch: None, .. } => Revision::of_bare_commit(&commit),
            Reference::Commit { branch: Some(name), .. }
            | Reference::Name(name)
            | Reference::Tag(name)
            | Reference::Branch(name) => Revision::of_commit(name, &commit),
        }
    }
}
