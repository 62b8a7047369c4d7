//! Whether what was fetched is signed as somebody wants it.
//!
//! The messages of success and the reasons are those of Flux (source-controller v1.10.1,
//! `internal/controller/gitrepository_controller.go`, `verifySignature`). A server says itself which commit a tag
//! is; so it is looked up in the tag that was verified, which Flux leaves to go-git.

use gix::ObjectId;

use super::reference::TAGS;
use super::{Fetched, Reference, Store};
use crate::Error;
use crate::signature::{MAX_OBJECT, Verify};

/// How many tags one after another may lead to a commit.
const MAX_TAGS: usize = 8;

impl Store {
    /// Looks who signed what was fetched; what Flux says of it in the condition `SourceVerified`.
    ///
    /// # Errors
    /// It is not signed as `verify` wants it, or is not there.
    pub(crate) fn verify(
        &self,
        reference: &Reference,
        fetched: &Fetched,
        verify: &Verify,
    ) -> Result<String, Error> {
        let mut message = "verified signature of".to_owned();
        if verify.mode.has_tag() {
            let (tag, key) = self.verify_tag(reference, fetched, verify)?;
            message += &format!("\n\t- tag '{tag}' with key '{key}'");
        }
        if verify.mode.has_head() {
            let commit = &fetched.commit;
            let key = verify.keys.signer(&self.object(fetched, commit)?).map_err(|why| {
                unsigned("InvalidCommitSignature", format!("the commit {commit}: {why}"))
            })?;
            message += &format!("\n\t- commit '{commit}' with key '{key}'");
        }
        Ok(message)
    }

    /// A tag as `NAME@ID`, and the key.
    fn verify_tag(
        &self,
        reference: &Reference,
        fetched: &Fetched,
        verify: &Verify,
    ) -> Result<(String, String), Error> {
        if !reference.is_tag() {
            let what = "no tag is asked for, and `spec.verify.mode` wants one to be verified: write `tag` or \
                        `semver` into `spec.ref`, or the mode `HEAD`";
            return Err(unsigned("InvalidVerificationMode", what.to_owned()));
        }
        let revision = fetched.revision.as_str();
        let name = revision.rsplit_once('@').map_or(revision, |(name, _)| name);
        let name = name.strip_prefix(TAGS).unwrap_or(name);
        let Some(id) = &fetched.tag else {
            let what = format!(
                "the tag {name} is not annotated, so nobody signed it: make it with `git tag -s`"
            );
            return Err(unsigned("InvalidGitObject", what));
        };
        let tag = self.object(fetched, id)?;
        let is_unsigned = crate::signature::is_unsigned(&tag);
        let reason = if is_unsigned { "InvalidGitObject" } else { "InvalidTagSignature" };
        let failed = |why| unsigned(reason, format!("the tag {name}@{id}: {why}"));
        let key = verify.keys.signer(&tag).map_err(failed)?;
        if !self.leads(id, &fetched.commit) {
            let what = format!("it is of another commit than {}", fetched.commit);
            return Err(failed(what));
        }
        Ok((format!("{name}@{id}"), key))
    }

    /// The bytes of a commit or tag.
    fn object(&self, fetched: &Fetched, id: &str) -> Result<Vec<u8>, Error> {
        let gone = || Error::Gone { revision: fetched.revision.to_string() };
        let id = ObjectId::from_hex(id.as_bytes()).map_err(|_| gone())?;
        let repository = self.inner.repository.to_thread_local();
        let size = repository.find_header(id).map_err(|_| gone())?.size();
        if size > MAX_OBJECT as u64 {
            let what =
                format!("{id} has over {} MiB, and so much is not verified", MAX_OBJECT >> 20);
            return Err(Error::TooMuch { what });
        }
        let object = repository.find_object(id).map_err(|_| gone())?;
        Ok(object.detach().data)
    }

    /// Whether a tag is of that commit, perhaps over other tags.
    fn leads(&self, tag: &str, commit: &str) -> bool {
        let repository = self.inner.repository.to_thread_local();
        let of_hex = |name: &str| ObjectId::from_hex(name.as_bytes());
        let (Ok(mut at), Ok(commit)) = (of_hex(tag), of_hex(commit)) else { return false };
        for _ in 0..MAX_TAGS {
            let target =
                repository.find_tag(at).ok().and_then(|tag| Some(tag.target_id().ok()?.detach()));
            match target {
                Some(target) if target == commit => return true,
                Some(target) => at = target,
                None => return false,
            }
        }
        false
    }
}

fn unsigned(reason: &'static str, what: String) -> Error {
    Error::Unsigned { what, reason }
}
