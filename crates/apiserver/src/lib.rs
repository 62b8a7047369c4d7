//! The embedded cluster: an API server in memory, as a tower service, over TLS, or called directly.
//!
//! **Invariants.** What it answers is what a real kube-apiserver 1.36 answers: the cases recorded from
//! one say how far (`cargo xtask conformance apiserver`). An answer is computed without waiting for
//! anything; locks are short and never held across an await. Every write has a revision of its own,
//! and a watch sees each of them once, in order. With a data file, a write that is acknowledged over
//! the service or the socket is on the disk. Time and chance come from the [`Options`].
//!
//! **Not here.** What objects mean, how they merge and who owns their fields (`schema`); talking to
//! clusters (`client`); deciding what a cluster should have (`render`, `plan`).

mod access;
mod call;
mod crds;
mod data;
mod discovery;
mod documents;
mod http;
mod listen;
mod make;
mod metrics;
mod model;
mod names;
mod openapi;
pub mod pki;
mod query;
mod route;
mod scale;
mod schemaless;
mod selector;
mod server;
mod services;
mod simulate;
mod status;
mod store;
mod strategy;
mod table;
mod target;
mod verbs;
mod watch;
mod webhooks;

pub use access::User;
pub use call::{Answer, Call, PatchType, Verb};
pub use data::DataError;
pub use http::{Body, Responding, Service};
pub use schemaless::{NotServed, SchemalessKind};
pub use server::{Clock, OpenError, Options, Server};
pub use simulate::SIMULATED;
pub use store::{Change, Changes};

#[cfg(test)]
mod tests;
