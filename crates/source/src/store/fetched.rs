//! What a reference was when it was fetched, and how that is noted.

use gix::ObjectId;

use super::Reference;
use crate::Revision;

/// A commit that is in the store.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fetched {
    /// What it is called.
    pub revision: Revision,
    /// Its name in full.
    pub commit: String,
    /// The name of the annotated tag that it was asked for by, which is in the store as well.
    pub tag: Option<String>,
}

impl Fetched {
    pub(super) fn new(reference: &Reference, ids: Ids) -> Fetched {
        Fetched {
            revision: reference.revision(ids.commit),
            commit: ids.commit.to_string(),
            tag: ids.tag.map(|tag| tag.to_string()),
        }
    }

    /// A line for the notes.
    pub(super) fn line(&self) -> String {
        let Fetched { revision, commit, tag } = self;
        match tag {
            Some(tag) => format!("{revision} {commit} {tag}"),
            None => format!("{revision} {commit}"),
        }
    }

    /// What a line says; nothing where it is none.
    pub(super) fn of_line(line: &str) -> Option<Fetched> {
        let mut parts = line.split(' ');
        let (revision, commit) = (Revision::read(parts.next()?), parts.next()?.to_owned());
        Some(Fetched { revision, commit, tag: parts.next().map(str::to_owned) })
    }

    /// What has to be in the store for it.
    pub(super) fn ids(&self) -> impl Iterator<Item = ObjectId> {
        let names = std::iter::once(&self.commit).chain(&self.tag);
        names.filter_map(|name| ObjectId::from_hex(name.as_bytes()).ok())
    }
}

/// What a server says that a reference is.
#[derive(Clone, Copy)]
pub(super) struct Ids {
    pub(super) commit: ObjectId,
    /// The tag object, where it is an annotated tag.
    pub(super) tag: Option<ObjectId>,
}

impl Ids {
    /// Of what a reference names, and the commit that this leads to.
    pub(super) fn new(named: ObjectId, commit: ObjectId) -> Ids {
        Ids { commit, tag: (named != commit).then_some(named) }
    }

    /// What has to be asked for: a tag brings its commit.
    pub(super) fn wanted(self) -> ObjectId {
        self.tag.unwrap_or(self.commit)
    }

    /// Whether all of it is there.
    pub(super) fn is_in(self, repository: &gix::Repository) -> bool {
        repository.has_object(self.commit) && self.tag.is_none_or(|tag| repository.has_object(tag))
    }
}
