//! What the API server knows of kinds and does to objects: which kinds there are, how their fields
//! merge, what they default to, what comes of a server-side apply, and when an object is as its spec
//! wants it (`health`).
//!
//! **Invariants.** Everything is a function of the objects given: a kind is known because Kubernetes
//! has it built in, or because a CustomResourceDefinition among the objects says so. Nothing is asked
//! of a cluster; the time is an argument. Rules and texts are those of Kubernetes 1.36, and the
//! cases recorded from such a server hold them (`cargo xtask conformance ssa`).
//!
//! **Not here.** kustomize's own idea of kinds and merging (`kustomize` has its tables; they differ),
//! typed views of single kinds (`api`), storing objects and answering requests.
//!
//! ```text
//!  fields ◀── typed ◀── apply ──▶ complete ──▶ normal, defaults, custom
//!    sets       merge,      who owns    the form in which objects are kept
//!    of paths   compare     what
//!         └──────┴── types: builtin.txt, CustomResourceDefinitions
//! ```

pub mod apply;
mod builtin;
mod complete;
mod convert;
pub mod custom;
pub mod decode;
pub mod defaults;
mod definition;
pub mod fields;
pub mod go;
pub mod health;
mod json;
mod kinds;
mod normal;
pub mod policy;
pub mod protobuf;
pub mod quality;
pub mod quantity;
mod reset;
pub mod strategic;
mod subresources;
mod time;
pub mod typed;
pub mod types;
pub mod validation;

pub use builtin::{scope, verbs};
pub use complete::complete;
pub use convert::convert;
pub use definition::unknown_formats;
pub use kinds::{KindInfo, Kinds, Scope};
pub use normal::{in_order, normalize};
pub use quantity::canonical as canonical_quantity;
pub use reset::{custom_reset_fields, reset_fields};
pub use subresources::Subresource;
pub use types::Types;
