//! Signatures by SSH keys (OpenSSH's `PROTOCOL.sshsig`): Ed25519, ECDSA and RSA with SHA-2, in the namespace `git`.
//!
//! SHA-1 with RSA is refused, as by Flux (fluxcd/pkg `git/signature/ssh_signature.go`).

use ssh_key::{AuthorizedKeys, HashAlg, PublicKey, SshSig};

/// What a signature has to be for.
const NAMESPACE: &str = "git";

/// The public key of somebody who may sign.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Key(PublicKey);

impl Key {
    /// The keys of lines as `authorized_keys` has them; nothing where there is none, or one cannot be read.
    pub(super) fn all(bytes: &[u8]) -> Option<Vec<Key>> {
        let text = std::str::from_utf8(bytes).ok()?;
        let entries: Result<Vec<_>, _> = AuthorizedKeys::new(text).collect();
        let keys: Vec<Key> =
            entries.ok()?.into_iter().map(|entry| Key(entry.public_key().clone())).collect();
        (!keys.is_empty()).then_some(keys)
    }

    /// Its fingerprint.
    pub(super) fn name(&self) -> String {
        self.0.fingerprint(HashAlg::Sha256).to_string()
    }
}

/// Whose signature of `content` it is: the fingerprint of the key.
///
/// # Errors
/// It is by nobody of `keys`, or of something else.
pub(super) fn signer(keys: &[Key], signature: &str, content: &[u8]) -> Result<String, String> {
    let signature = SshSig::from_pem(signature.trim())
        .map_err(|_| "its SSH signature cannot be read: sign it again".to_owned())?;
    let name = signature.public_key().fingerprint(HashAlg::Sha256).to_string();
    let Some(key) = keys.iter().find(|key| key.0.key_data() == signature.public_key()) else {
        return Err(format!(
            "it is signed by the SSH key {name}, which is not in `spec.verify.secretRef`: \
             if it may sign, add its public key as `NAME.sshpub`"
        ));
    };
    if signature.namespace() != NAMESPACE {
        return Err("its SSH signature is not for Git: sign it with `git`".to_owned());
    }
    match key.0.verify(NAMESPACE, content, &signature) {
        Ok(()) => Ok(name),
        Err(_) => Err(format!(
            "its signature by the SSH key {name} is not good: it was changed after it was signed, \
             or the signature is RSA with SHA-1"
        )),
    }
}
