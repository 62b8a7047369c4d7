//! A parser of YAML: text to events.
//!
//! The grammar is libyaml's in the form that Go's yaml.v3 gives it, the parser of kustomize and of
//! Kubernetes: what it accepts is accepted, with the same meaning, and what it refuses is refused.
//!
//! ```text
//! text ─ Cursor (where we are) ─▶ Scanner (tokens; which text is a key) ─▶ Parser (events)
//! ```
//!
//! It works on slices of the text: a scalar that stands in the text as it is read is not copied.
//! Nesting is the reader's to bound (the parser itself stops at [`MAX_FLOW`] brackets), time and
//! memory are linear in the text.

mod cursor;
mod event;
mod fault;
mod grammar;
mod scanner;
mod token;

pub use event::{Data, Event, Mark, Properties, Property, ScalarStyle};
pub use fault::Fault;
pub use grammar::Parser;

/// How many brackets may be open at once.
pub const MAX_FLOW: usize = 10_000;

/// The largest text that is read: places in it are 32 bits wide.
pub const MAX_TEXT: usize = 1 << 31;

#[cfg(test)]
mod tests;
