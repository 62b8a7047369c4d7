//! Kubernetes objects as data: the value model that every other crate stands on, files as a value,
//! YAML in and out, JSON patches.
//!
//! **Invariants.** Cloning shares, writing copies only the spine it touches. Every node carries its
//! [`Origin`]. Field order and unknown fields are kept. [`Value::Unknown`] and [`Value::Sensitive`]
//! are values like others and survive every operation. Nothing here reads a file, a clock or the
//! environment, and no input makes it panic or grow without bound.
//!
//! **Not here.** What fields mean: merge keys, scopes and defaults are `schema`'s (the API server's
//! rules) and `kustomize`'s (its own). Getting files from somewhere is `source`'s.

pub mod diagnostic;
pub mod json;
pub mod json_patch;
mod map;
mod node;
pub mod number;
mod object;
mod origin;
mod sensitive;
pub mod tree;
pub mod yaml;

pub use diagnostic::{Diagnostic, Severity};
pub use map::{Key, Map};
pub use node::{List, Node, Text, Value};
pub use object::{Gvk, NotAnObject, Object, ObjectId};
pub use origin::{FileName, Origin, Via};
pub use sensitive::{MASK, Sensitive};
pub use tree::{Content, Entry, FileTree, Lookup};
