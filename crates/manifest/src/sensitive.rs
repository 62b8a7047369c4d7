//! Text that must not be seen: decrypted values, and whatever a secret store answered.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

/// A plaintext that neither `Debug`, `Display` nor a writer can print; wiped when its last owner goes.
///
/// Only [`Sensitive::expose`] gives the text, so every place that can leak it is found by one search.
#[derive(Clone)]
pub struct Sensitive(Arc<Zeroizing<String>>);

impl Sensitive {
    /// Takes the plaintext over.
    pub fn new(text: String) -> Sensitive {
        Sensitive(Arc::new(Zeroizing::new(text)))
    }

    /// The plaintext: for the wire, for hashing, and for nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Equality of the plaintexts, so that an unchanged secret is no change.
impl PartialEq for Sensitive {
    fn eq(&self, other: &Sensitive) -> bool {
        self.expose() == other.expose()
    }
}

/// What stands in output where a sensitive value would be.
pub const MASK: &str = "***";

impl fmt::Debug for Sensitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}
