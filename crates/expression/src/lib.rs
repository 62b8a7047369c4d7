//! Kubernetes' expressions, CEL: reading, checking, estimating what they cost, and running them.
//!
//! **Invariants.** An expression compiles or not with cel-go's words and places; it runs with cel-go's
//! results, in the libraries of Kubernetes 1.36, and stops when it costs more than it may. Data of
//! objects is not copied. No expression and no data makes it panic, recurse without bound or run
//! without end. Reader and checker are our own: those of the `cel` crate know neither types nor the
//! places and words of cel-go's complaints.
//!
//! **Not here.** What rules mean where they stand: in schemas (`schema`), in policies (`apiserver`).
//! Authorizers: an expression that asks one does not compile.

mod ast;
mod check;
mod convert;
mod cost;
mod declare;
mod environment;
mod estimate;
mod evaluate;
mod issues;
mod library;
mod macros;
mod parse;
pub mod pattern;
mod program;
pub mod shape;
mod token;
mod types;
mod unify;
mod value;

pub use convert::{dynamic, to_node, to_value};
pub use environment::Environment;
pub use estimate::{cardinality, most_elements};
pub use issues::{Issue, Issues};
pub use library::time::{parse_date, parse_duration, parse_timestamp};
pub use program::Program;
pub use types::Type;
pub use value::{Entries, Error, List, Map, MapOf, Outcome, Value};

#[cfg(test)]
mod tests;
