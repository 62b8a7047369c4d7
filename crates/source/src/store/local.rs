//! A repository on this machine, `file:///PATH`: read where it is, without Git and without a server.

use std::path::Path;

use gix::ObjectId;
use gix::bstr::ByteSlice;

use super::packing::pack;
use super::reference::TAGS;
use super::{Found, Reference};
use crate::Error;

/// What the URL of such a repository begins with.
pub(super) const SCHEME: &str = "file://";

/// A repository on this machine, and what is wanted of it.
pub(super) struct Local<'a> {
    theirs: gix::Repository,
    ours: &'a gix::Repository,
    commit: Option<ObjectId>,
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
        let commit = match reference {
            Reference::Commit { id, .. } => {
                ObjectId::from_hex(id.as_bytes()).ok().filter(|commit| theirs.has_object(*commit))
            }
            reference => {
                let found = theirs.try_find_reference(reference.wanted().as_str()).ok().flatten();
                found.and_then(|mut found| Some(found.peel_to_id().ok()?.detach()))
            }
        };
        Ok(Local { theirs, ours, commit })
    }
}

impl Found for Local<'_> {
    fn commit(&self) -> Option<ObjectId> {
        self.commit
    }

    fn names(&self) -> Vec<String> {
        let Ok(references) = self.theirs.references() else { return Vec::new() };
        let Ok(tags) = references.prefixed(TAGS) else { return Vec::new() };
        let name = |tag: gix::Reference<'_>| tag.name().as_bstr().to_str().ok().map(str::to_owned);
        tags.filter_map(Result::ok).filter_map(name).collect()
    }

    fn receive(&mut self, _: &str) -> Result<(), Error> {
        let Some(commit) = self.commit else { return Ok(()) };
        let folder = self.ours.objects.store_ref().path().join("pack");
        let ours = self.ours;
        pack(&self.theirs, &[commit], |id| !ours.has_object(id), &folder).map(drop)
    }
}
