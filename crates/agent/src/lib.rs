//! The loops of one member cluster: sources and Kustomizations to a cluster that has what they say.
//!
//! ```text
//!  watches, answers, sources ──▶ Event ──▶ Brain ──▶ Command ──▶ shell ──▶ requests, watches, timers
//!                                  ▲     (a value)                 │
//!                                  └───────────────────────────────┘
//! ```
//!
//! **Invariants.** The brain is a state machine over values with one owner: everything that can wake it
//! is an event, everything that it wants done a command, and time is an
//! argument. Rounds of one Kustomization never overlap. Nothing waits by holding a worker. What renders
//! to the same objects causes no request, and neither does a cluster at rest. Nothing is deleted while
//! anything is missing; an inventory names an object before the object is written.
//!
//! **Not here.** What objects should be (`render`), what changes (`plan`), carrying that out (`apply`),
//! many clusters (`hub`), what people see of it (`nauarch` prints [`Progress`]).

mod artifact;
mod brain;
mod cache;
mod checking;
mod conditions;
mod damping;
mod dependencies;
mod drift;
mod event;
mod failure;
mod finish;
mod job;
mod kinds;
mod kustomization;
mod options;
mod posts;
mod progress;
mod round;
mod shell;
mod sources;
mod status;
mod work;

pub use artifact::artifact;
pub use options::{Clock, Options, Serve, UnknownKind, serving};
pub use progress::{Change, Counts, Key, Progress, What};
pub use shell::run;

#[cfg(test)]
mod tests;
