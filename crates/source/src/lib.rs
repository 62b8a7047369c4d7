//! Sources: local folders and Git repositories to a verified `FileTree`, by revision, and their changes as events.
//!
//! **Invariants.** A repository is read through its object database; no `git` is run.
//!
//! **Not here.** Building what is in the files (`kustomize`, `render`).
