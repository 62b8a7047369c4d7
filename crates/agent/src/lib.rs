//! The loops of one member cluster: sources and Kustomizations to a cluster that has what they say.
//!
//! **Invariants.** One owner of the state, one enum of what can wake it.
//!
//! **Not here.** Many clusters (`hub`).
