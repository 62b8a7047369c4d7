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
    /// The tag with the highest version of a range.
    SemVer(String),
    /// A branch.
    Branch(String),
}

/// Where tags are.
pub(super) const TAGS: &str = "refs/tags/";

/// What `spec.ref` of a GitRepository says; all of it may be there.
#[derive(Clone, Default, Debug)]
pub struct Written {
    /// A commit.
    pub commit: Option<String>,
    /// A whole reference.
    pub name: Option<String>,
    /// A tag.
    pub tag: Option<String>,
    /// A range of versions.
    pub semver: Option<String>,
    /// A branch.
    pub branch: Option<String>,
}

impl Reference {
    /// Of several that are written, the one that Flux takes (fluxcd/pkg `git/gogit/client.go`: the code,
    /// not its documentation); `master` where there is none.
    pub fn choose(written: Written) -> Reference {
        let Written { commit, name, tag, semver, branch } = written;
        if let Some(id) = commit {
            return Reference::Commit { id, branch };
        }
        name.map(Reference::Name)
            .or_else(|| tag.map(Reference::Tag))
            .or_else(|| semver.map(Reference::SemVer))
            .unwrap_or_else(|| Reference::Branch(branch.unwrap_or_else(|| "master".to_owned())))
    }

    /// Whether it is one of a tag, as Flux sees it (fluxcd/pkg `git/internal/build/build.go`).
    pub(super) fn is_tag(&self) -> bool {
        match self {
            Reference::Tag(_) | Reference::SemVer(_) => true,
            Reference::Name(name) => name.starts_with(TAGS),
            Reference::Commit { .. } | Reference::Branch(_) => false,
        }
    }

    /// What a server is asked for.
    pub(super) fn wanted(&self) -> String {
        match self {
            Reference::Commit { id, .. } => id.clone(),
            Reference::Name(name) => name.clone(),
            Reference::Tag(tag) => format!("refs/tags/{tag}"),
            Reference::SemVer(_) => format!("{TAGS}*:{TAGS}*"),
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
            | Reference::SemVer(name)
            | Reference::Branch(name) => Revision::of_commit(name, &commit),
        }
    }
}
