//! YAML in and out.
//!
//! [`parse`] turns text into events by the grammar of Go's parsers; the reader turns these into nodes:
//! what a plain scalar means, anchors, merge keys and limits.

pub mod parse;
mod read;
mod scalar;
mod style;
pub mod write;

pub use read::{Flavor, Note, Paths, ReadError, Reader};
pub use style::restyle;
