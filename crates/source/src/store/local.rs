//! A repository on this machine, `file:///PATH`: read where it is, without Git and without a server.

use std::path::Path;

use gix::ObjectId;
use gix::bstr::ByteSlice;

use super::packing::pack;
use super::reference::TAGS;
use super::{Found, Ids, Reference};
use crate::Error;

/// What the URL of such a repository begins with.
pub(super) const SCHEME: &str = "file://";

/// A repository on this machine, and what is wanted of it.
pub(super) struct Local<'a> {
    theirs: gix::Repository,
    ours: &'a gix::Repository,
    ids: Option<Ids>,
}

impl<'a> Local<'a> {
    /// Looks for a reference in the repository at `url`.
    ///
    /// # Errors
    /// There is no repository.
    pub(super) fn find(
        url: &str,
        reference: &Reference,
        ours: &'a gix::Repository,
    ) -> Result<Local<'a>, Error> {
        let path = url.strip_prefix(SCHEME).unwrap_or(url);
        let folder = Path::new(path);
        if !folder.is_absolute() {
            let what = format!("`{url}`: write it as `file:///PATH`, with the whole path");
            return Err(Error::TooMuch { what });
        }
        let theirs = gix::open_opts(folder, gix::open::Options::isolated());
        let theirs = theirs.map_err(Error::git(format!("`{path}` is no Git repository")))?;
        let ids = match reference {
            Reference::Commit { id, .. } => {
                let commit = ObjectId::from_hex(id.as_bytes()).ok();
                let commit = commit.filter(|commit| theirs.has_object(*commit));
                commit.map(|commit| Ids::new(commit, commit))
            }
            reference => {
                let found = theirs.try_find_reference(reference.wanted().as_str()).ok().flatten();
                found.and_then(|mut found| {
                    let named = found.follow_to_object().ok()?.detach();
                    Some(Ids::new(named, found.peel_to_id().ok()?.detach()))
                })
            }
        };
        Ok(Local { theirs, ours, ids })
    }
}

impl Found for Local<'_> {
    fn ids(&self) -> Option<Ids> {
        self.ids
    }

    fn names(&self) -> Vec<String> {
        let Ok(references) = self.theirs.references() else { return Vec::new() };
        let Ok(tags) = references.prefixed(TAGS) else { return Vec::new() };
        let name = |tag: gix::Reference<'_>| tag.name().as_bstr().to_str().ok().map(str::to_owned);
        tags.filter_map(Result::ok).filter_map(name).collect()
    }

    fn receive(&mut self, _: &str) -> Result<(), Error> {
        let Some(ids) = self.ids else { return Ok(()) };
        let folder = self.ours.objects.store_ref().path().join("pack");
        let ours = self.ours;
        pack(&self.theirs, &[ids.wanted()], |id| !ours.has_object(id), &folder).map(drop)
    }
}
