//! Sources: local folders, Git repositories, artifacts of registries and buckets as `FileTree`s, by revision, and
//! their changes as events.
//!
//! ```text
//!  a registry: oci::Store ──┐
//!  buckets: bucket::Store ──┤
//!  Git elsewhere: Store ────┤
//!  Git: a branch's commit ──┤
//!                           ├─▶ Artifact { revision, tree } ─▶ follow: the latest one, as it changes
//!  folder: what it holds ───┘            ▲
//!                        file events of the operating system
//! ```
//!
//! **Invariants.** A repository is read through its object database; no `git` is run and nothing is
//! written to it, [`init`] and [`commit`] aside. A revision names its content: two trees of one
//! revision are equal. Contents that did not change are shared between revisions. Nothing is polled:
//! a repository at rest costs nothing. What is fetched from elsewhere is bounded in time and size.
//!
//! **Not here.** Which of the files count for Flux (`render` knows `.sourceignore`), building what is in
//! them (`kustomize`, `render`), what the entry of a kustomization says of a remote base (`kustomize::remote`).

mod access;
pub mod archive;
pub mod bucket;
mod commit;
mod elsewhere;
mod error;
pub mod failure;
mod folder;
mod follow;
mod git;
mod http;
mod include;
mod notes;
pub mod oci;
mod remote;
mod repository;
mod revision;
mod semver;
pub mod signature;
mod sparse;
mod ssh;
mod store;
mod stores;
mod submodules;
pub mod tarball;
mod watch;

pub use access::Access;
pub use commit::{Author, commit, init};
pub use error::Error;
pub use failure::Failure;
pub use folder::entry;
pub use follow::{Latest, follow};
pub use git::branch;
pub use include::Include;
pub use remote::{Clone, File, clone, download};
pub use repository::{Artifact, Mode, Repository};
pub use revision::Revision;
pub use sparse::sparse;
pub use store::{Fetched, Reference, Store, Written};
pub use stores::{Stores, Want};
pub use watch::Watch;

#[cfg(test)]
mod tests;
