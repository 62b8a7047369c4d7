//! The name of a state of a source.

use std::fmt;

use manifest::Text;

/// A state of a source as Flux writes it: `main@sha1:<commit>`, or `worktree@sha256:<digest>` for the
/// files of a folder as they are, `v1@sha256:<digest>` for an artifact of a registry.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Revision(Text);

impl Revision {
    /// Of a branch and the name of its commit.
    pub fn of_commit(branch: &str, commit: &str) -> Revision {
        Revision(manifest::Text::from(format!("{branch}@sha1:{commit}")))
    }

    /// Of a tag of a registry and the digest that it is.
    pub(crate) fn of_tag(tag: &str, digest: &crate::oci::Digest) -> Revision {
        Revision(manifest::Text::from(format!("{tag}@{digest}")))
    }

    /// Of a digest that was asked for.
    pub(crate) fn of_digest(digest: &crate::oci::Digest) -> Revision {
        Revision(manifest::Text::from(digest.as_str()))
    }

    /// One that was written before.
    pub(crate) fn read(text: &str) -> Revision {
        Revision(manifest::Text::from(text))
    }

    /// Of a commit that nothing was said about.
    pub(crate) fn of_bare_commit(commit: &str) -> Revision {
        Revision(manifest::Text::from(format!("sha1:{commit}")))
    }

    /// Of the files of a folder and the digest of their contents.
    pub(crate) fn of_files(digest: &str) -> Revision {
        Revision(manifest::Text::from(format!("worktree@sha256:{digest}")))
    }

    /// The whole of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The whole of it, shared.
    pub fn text(&self) -> &Text {
        &self.0
    }

    /// The hash alone, without its algorithm.
    pub fn hash(&self) -> &str {
        self.0.rsplit_once(':').map_or("", |(_, hash)| hash)
    }
}

/// `main@sha1:1a2b…`.
impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
