//! Maps: entries in the order of their file, with keys that compare in a word or two.

use std::fmt;
use std::ops::Deref;

use ecow::{EcoString, EcoVec};

use crate::Node;

/// A map key. Up to 15 bytes are held inline and compared as two words; longer keys are shared
/// between all nodes that one reader made (see [`crate::yaml`]), so a key is stored once.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(EcoString);

impl Key {
    /// The key of this text.
    #[inline]
    pub fn new(text: impl Into<EcoString>) -> Key {
        Key(text.into())
    }

    /// Its text.
    #[inline]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its text, shared.
    #[inline]
    pub fn text(&self) -> &EcoString {
        &self.0
    }
}

impl Deref for Key {
    type Target = str;
    #[inline]
    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Key {
        Key(text.into())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_str().fmt(f)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Keys of one level that are equally long mostly differ in their first letter: a look there spares the
/// call that compares all of them.
#[inline]
fn is_same(key: &str, other: &str) -> bool {
    key.len() == other.len() && key.as_bytes().first() == other.as_bytes().first() && key == other
}

/// Entries in insertion order; every key once. Cloning shares them, writing to shared ones copies
/// the spine only.
///
/// Look-up is a scan: objects have a handful of fields a level. The few large maps there are (the
/// `data` of a ConfigMap) are read as a whole.
#[derive(Clone, Default)]
pub struct Map(EcoVec<(Key, Node)>);

impl Map {
    /// No entries.
    #[inline]
    pub const fn new() -> Map {
        Map(EcoVec::new())
    }

    /// The number of entries.
    #[inline]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[inline]
    fn position(&self, key: &str) -> Option<usize> {
        self.0.iter().position(|(k, _)| is_same(k, key))
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.0.iter().find(|(k, _)| is_same(k, key)).map(|(_, node)| node)
    }

    /// Whether `key` has an entry.
    pub fn contains(&self, key: &str) -> bool {
        self.position(key).is_some()
    }

    /// The value of `key`, to write to.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        let at = self.position(key)?;
        self.0.make_mut().get_mut(at).map(|(_, node)| node)
    }

    /// The value of `key`, made by `make` at the end where there is none.
    pub fn entry(&mut self, key: &str, make: impl FnOnce() -> Node) -> &mut Node {
        let at = self.position(key).unwrap_or_else(|| {
            self.0.push((Key::from(key), make()));
            self.0.len() - 1
        });
        // `at` is a position just found, or the last one just pushed.
        &mut self.0.make_mut()[at].1
    }

    /// Sets `key` to `node`, in place or at the end. The key must not be repeated elsewhere.
    pub fn set(&mut self, key: impl Into<Key>, node: Node) {
        let key = key.into();
        match self.position(&key) {
            // The position was just found.
            Some(at) => self.0.make_mut()[at].1 = node,
            None => self.0.push((key, node)),
        }
    }

    /// Adds an entry whose key is known not to be there yet (a reader that checks by itself).
    pub fn push_new(&mut self, key: Key, node: Node) {
        self.0.push((key, node));
    }

    /// Takes `key` out, keeping the order of the rest.
    pub fn remove(&mut self, key: &str) -> Option<Node> {
        let at = self.position(key)?;
        Some(self.0.remove(at).1)
    }

    /// Keeps the entries for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&Key, &Node) -> bool) {
        if self.0.iter().all(|(key, node)| keep(key, node)) {
            return;
        }
        self.0 = self.0.iter().filter(|(key, node)| keep(key, node)).cloned().collect();
    }

    /// The entries in order.
    #[inline]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Key, &Node)> + ExactSizeIterator {
        self.0.iter().map(|(key, node)| (key, node))
    }

    /// The entries in order, values to write to. Copies the spine where it is shared.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&Key, &mut Node)> {
        self.0.make_mut().iter_mut().map(|(key, node)| (&*key, node))
    }

    /// The keys in order.
    #[inline]
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.0.iter().map(|(key, _)| key)
    }

    /// Room for `more` entries.
    pub fn reserve(&mut self, more: usize) {
        self.0.reserve(more);
    }
}

/// The same entries, in whatever order.
impl PartialEq for Map {
    fn eq(&self, other: &Map) -> bool {
        self.len() == other.len()
            && self.iter().all(|(key, node)| other.get(key).is_some_and(|theirs| theirs == node))
    }
}

/// Later entries of a key replace earlier ones.
impl FromIterator<(Key, Node)> for Map {
    fn from_iter<I: IntoIterator<Item = (Key, Node)>>(entries: I) -> Map {
        let mut map = Map::new();
        for (key, node) in entries {
            map.set(key, node);
        }
        map
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
