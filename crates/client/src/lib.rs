//! One client for any API server, over TCP or in-process, on kube-rs; lists and watches.
//!
//! **Invariants.** Kinds of kube do not leave this crate.
//!
//! **Not here.** What to write and when (`plan`, `apply`, `agent`).
