//! Everything that one cluster should have, at one revision.
//!
//! **Invariants.** The same input gives the same output: no file, network, clock, environment or randomness is
//! reached from here. What cannot be known travels on as a marked unknown and is never guessed.
//!
//! **Not here.** Reading YAML and object values (`manifest`), building overlays (`kustomize`), fetching what is
//! missing (the shells above), comparing with a live cluster (`plan`).

pub mod substitute;
