//! Signatures of commits and annotated tags, by PGP and SSH keys, as Flux's `GitRepository.spec.verify` has them.
//!
//! ```text
//!  commit: headers without `gpgsig` + message ─┐
//!                                              ├─▶ what was signed, and the signature ─▶ pgp or ssh ─▶ the key
//!  tag: all before its last signature block ───┘
//! ```
//!
//! What Flux does (source-controller v1.10.1, `internal/controller/gitrepository_controller.go`, and fluxcd/pkg
//! `git/signature/`): the tag is looked at before the commit; a reference that is no tag cannot be verified as one
//! (`InvalidVerificationMode`); a tag without a signature, annotated or not, is `InvalidGitObject`; the signature
//! says whether PGP or SSH keys are asked; one key that fits is enough.

mod git;
mod pgp;
mod ssh;

use std::collections::BTreeMap;
use std::fmt;

use self::git::Signed;
use crate::Error;

/// How many bytes a commit or tag may have, and how many all keys of a Secret.
pub(crate) const MAX_OBJECT: usize = 1 << 20;
const MAX_KEYS: usize = 1 << 20;

/// What has to be signed, and by whom.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verify {
    /// What has to be signed.
    pub mode: Mode,
    /// By one of these.
    pub keys: Keys,
}

/// What has to be signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// The commit.
    Head,
    /// The tag.
    Tag,
    /// The tag, and the commit that it is of.
    TagAndHead,
}

impl Mode {
    /// What `spec.verify.mode` says: `None` where it is empty, as nothing is verified then. What is none of Flux's
    /// modes counts as `HEAD`, which the old `head` is as well (source-controller's `api/v1/gitrepository_types.go`,
    /// `GetMode`).
    pub fn read(mode: &str) -> Option<Mode> {
        match mode {
            "" => None,
            "Tag" => Some(Mode::Tag),
            "TagAndHEAD" => Some(Mode::TagAndHead),
            _ => Some(Mode::Head),
        }
    }

    /// Whether the tag has to be signed.
    pub(crate) fn has_tag(self) -> bool {
        self != Mode::Head
    }

    /// Whether the commit has to be signed.
    pub(crate) fn has_head(self) -> bool {
        self != Mode::Tag
    }
}

/// Public keys of those who may sign commits and tags.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    pgp: Vec<pgp::Key>,
    ssh: Vec<ssh::Key>,
}

impl Keys {
    /// The keys of a Secret: SSH keys under names that end in `.sshpub`, a line each, and armored PGP keys under all
    /// other names. Where a name does not end in `.asc`, what is no key is passed over.
    ///
    /// # Errors
    /// There is none, one cannot be read, or there are too many. No error shows what the Secret holds.
    pub fn of_secret(data: &BTreeMap<String, Vec<u8>>) -> Result<Keys, Error> {
        if data.values().map(Vec::len).sum::<usize>() > MAX_KEYS {
            return Err(wrong(&format!("it has over {} MiB of keys", MAX_KEYS >> 20)));
        }
        let mut keys = Keys { pgp: Vec::new(), ssh: Vec::new() };
        for (name, bytes) in data {
            if name.ends_with(".sshpub") {
                let read = ssh::Key::all(bytes).ok_or_else(|| {
                    wrong(&format!(
                        "`{name}` has no SSH public keys, one in a line: `ssh-ed25519 …`"
                    ))
                })?;
                keys.ssh.extend(read);
                continue;
            }
            match pgp::Key::all(bytes) {
                Some(read) => keys.pgp.extend(read),
                None if name.ends_with(".asc") => {
                    let hint = "take what `gpg --armor --export NAME` writes";
                    return Err(wrong(&format!("`{name}` has no PGP public key: {hint}")));
                }
                None => {}
            }
        }
        if keys.pgp.is_empty() && keys.ssh.is_empty() {
            let what = "it has no public key, neither PGP (`NAME.asc`) nor SSH (`NAME.sshpub`)";
            return Err(wrong(what));
        }
        Ok(keys)
    }

    /// Looks who of these signed a commit or tag: what Flux calls the key, the ID of a PGP key or the fingerprint of an
    /// SSH key. `object` is the object as Git stores it, without its header.
    ///
    /// # Errors
    /// It is not signed, not by one of these, or not as it is now.
    pub fn verify(&self, object: &[u8]) -> Result<String, Error> {
        self.signer(object).map_err(|what| Error::Unsigned { what, reason: "VerificationError" })
    }

    /// The same, with the reason as text.
    pub(crate) fn signer(&self, object: &[u8]) -> Result<String, String> {
        if object.len() > MAX_OBJECT {
            return Err(format!(
                "it has over {} MiB, and so much is not verified",
                MAX_OBJECT >> 20
            ));
        }
        let Signed { content, signature } = Signed::read(object)?;
        let none = |kind: &str, ending: &str| {
            let from = "`spec.verify.secretRef`";
            format!("it is signed by {kind}, and {from} has no such key: add it as `NAME{ending}`")
        };
        if signature.starts_with(git::PGP) {
            match self.pgp.is_empty() {
                true => Err(none("PGP", ".asc")),
                false => pgp::signer(&self.pgp, &signature, &content),
            }
        } else if signature.starts_with(git::SSH) {
            match self.ssh.is_empty() {
                true => Err(none("SSH", ".sshpub")),
                false => ssh::signer(&self.ssh, &signature, &content),
            }
        } else {
            Err("its signature is neither PGP nor SSH: sign it with one of them".to_owned())
        }
    }
}

fn wrong(what: &str) -> Error {
    let what = format!("the Secret of `spec.verify.secretRef` cannot be used: {what}");
    Error::Unsigned { what, reason: "VerificationError" }
}

/// Whether nobody signed it, good or bad.
pub(crate) fn is_unsigned(object: &[u8]) -> bool {
    !git::is_signed(object)
}

/// The keys by their names.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pgp = self.pgp.iter().map(pgp::Key::name);
        f.debug_list().entries(pgp.chain(self.ssh.iter().map(ssh::Key::name))).finish()
    }
}

#[cfg(test)]
mod tests;
