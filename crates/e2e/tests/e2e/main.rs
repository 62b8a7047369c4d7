//! The real `nauarch` as a user meets it: a process is started, its events are read, its clusters are
//! asked and changed.
//!
//! **Invariants.** Nothing of ours is called but to prepare and to look: what is tested runs in a
//! process of its own. Tests wait for events, with a deadline, and never for time to pass; each has
//! its own folder and its own ports, so all of them run at once.
//!
//! **Not here.** What a part does by itself: the tests of its crate.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests, outside of test functions as well")]

mod artifacts;
mod bad_input;
mod binary;
mod cluster;
mod commands;
mod elsewhere;
mod example;
mod generated;
mod reacts;
mod repository;
mod stranger;
mod up;
