//! What the API server knows of kinds: which there are, how they are called, and whether their
//! objects live in a namespace.
//!
//! **Invariants.** Everything is a function of the objects given: a kind is known because Kubernetes
//! has it built in, or because a CustomResourceDefinition among the objects says so. Nothing is asked
//! of a cluster.
//!
//! **Not here.** kustomize's own idea of kinds (`kustomize` has its tables; they differ), typed views
//! of single kinds (`api`).

mod builtin;
mod kinds;

pub use builtin::scope;
pub use kinds::{KindInfo, Kinds, Scope};
