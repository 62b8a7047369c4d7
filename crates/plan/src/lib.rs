//! What to change in one cluster: desired objects, inventory and live objects to a `ChangeSet`.
//!
//! **Invariants.** The same input gives the same output; nothing is deleted without positive evidence.
//!
//! **Not here.** Carrying it out (`apply`).
