//! The name of some bytes.

use std::fmt;

use sha2::{Digest as _, Sha256};

const SHA256: &str = "sha256:";

/// The name of some bytes: `sha256:` and 64 digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Digest(String);

impl Digest {
    /// The digest that a text is, as go-containerregistry reads it (`pkg/v1/hash.go`): of SHA-256, in small
    /// letters. `None` for anything else.
    pub fn parse(text: &str) -> Option<Digest> {
        let hex = text.strip_prefix(SHA256)?;
        let is_hex = hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (hex.len() == 64 && is_hex).then(|| Digest(text.to_owned()))
    }

    /// That of these bytes.
    pub(crate) fn of(bytes: &[u8]) -> Digest {
        Digest::of_hash(Sha256::new_with_prefix(bytes))
    }

    /// That of the bytes that a hash was made over.
    pub(crate) fn of_hash(hash: Sha256) -> Digest {
        let hex: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Digest(format!("{SHA256}{hex}"))
    }

    /// The whole of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its digits alone.
    pub(crate) fn hex(&self) -> &str {
        self.0.strip_prefix(SHA256).unwrap_or_default()
    }
}

/// `sha256:0a1b…`.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
