//! Which objects a bucket has, and what it is called after them.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::address::encoded;
use super::listing::Object;
use crate::access::decoded;
use crate::oci::Digest;
use crate::{Error, Revision};

/// The object with the rules which of the others are left out. It is a file of the artifact and no part of its
/// revision.
pub(crate) const RULES: &str = ".sourceignore";

/// Objects by their keys.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Index {
    pub(crate) objects: BTreeMap<String, Stored>,
}

/// What is known of an object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Stored {
    pub(crate) etag: String,
    pub(crate) size: u64,
    /// What it holds; `None` where it was not fetched.
    pub(crate) digest: Option<Digest>,
}

impl Index {
    /// Of a list of which nothing was fetched.
    pub(crate) fn of(objects: &[Object]) -> Index {
        let stored = |object: &Object| {
            let Object { key, etag, size, .. } = object;
            (key.clone(), Stored { etag: etag.clone(), size: *size, digest: None })
        };
        Index { objects: objects.iter().map(stored).collect() }
    }

    /// The revision, as source-controller computes it (`internal/index/digest.go`): the digest of a line `KEY ETAG`
    /// for each object, in the order of the bytes of the keys.
    pub(crate) fn revision(&self) -> Revision {
        let mut hash = Sha256::new();
        for (key, stored) in self.objects.iter().filter(|(key, _)| key.as_str() != RULES) {
            hash.update(format!("{key} {}\n", stored.etag));
        }
        Revision::of_digest(&Digest::of_hash(hash))
    }

    /// The contents.
    pub(crate) fn digests(&self) -> HashSet<&Digest> {
        self.objects.values().filter_map(|stored| stored.digest.as_ref()).collect()
    }

    /// The paths of the files and the keys that they are of. As for Flux, a path begins at the root, whatever slashes
    /// the key has.
    ///
    /// # Errors
    /// A path leaves the bucket, or two keys cannot both have their files.
    pub(crate) fn paths(&self) -> Result<BTreeMap<String, &str>, Error> {
        let wrong = |what: String| Err(Error::Artifact { what });
        let to_do = "rename it, or leave it out by `spec.ignore`";
        let mut paths: BTreeMap<String, &str> = BTreeMap::new();
        for key in self.objects.keys() {
            let names: Vec<&str> = key.split('/').filter(|name| !name.is_empty()).collect();
            if names.iter().any(|name| matches!(*name, "." | "..")) {
                return wrong(format!("the object `{key}` has a path with dots: {to_do}"));
            }
            if let Some(other) = paths.insert(names.join("/"), key) {
                return wrong(format!("the objects `{other}` and `{key}` are one file: {to_do}"));
            }
        }
        for (path, key) in &paths {
            let mut above = path.as_str();
            while let Some((folder, _)) = above.rsplit_once('/') {
                if let Some(other) = paths.get(folder) {
                    let what = format!("the object `{other}` is a file, and a folder for `{key}`");
                    return wrong(format!("{what}: {to_do}"));
                }
                above = folder;
            }
        }
        Ok(paths)
    }

    /// As a file: a line for each object.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for (key, Stored { etag, size, digest }) in &self.objects {
            let digest = digest.as_ref().map_or("-", Digest::as_str);
            let (etag, key) = (encoded(etag, b""), encoded(key, b"/"));
            // A string takes all that is written.
            let _ = writeln!(text, "{digest} {size} {etag} {key}");
        }
        text
    }

    /// Reads [`Self::text`]; `None` for anything else.
    pub(crate) fn parse(text: &str) -> Option<Index> {
        let plain = |text: &str| String::from_utf8(decoded(text)).ok();
        let object = |line: &str| {
            let mut words = line.split(' ');
            let mut word = || words.next();
            let digest = match word()? {
                "-" => None,
                digest => Some(Digest::parse(digest)?),
            };
            let (size, etag, key) = (word()?.parse().ok()?, plain(word()?)?, plain(word()?)?);
            Some((key, Stored { etag, size, digest }))
        };
        let objects: Option<_> = text.lines().map(object).collect();
        Some(Index { objects: objects? })
    }
}
