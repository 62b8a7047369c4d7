//! Carries a `ChangeSet` out.
//!
//! **Invariants.** The inventory is journaled before the first write.
//!
//! **Not here.** Deciding what to change (`plan`).
