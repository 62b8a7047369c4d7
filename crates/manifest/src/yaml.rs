//! YAML in and out.
//!
//! The grammar read is libyaml's (the family of Go's parsers), by the events of `libyaml-safer`; what
//! a plain scalar means, anchors, merge keys and every limit are ours, and so is the writer.

mod read;
mod scalar;
mod style;
pub mod write;

pub use read::{Flavor, ReadError, Reader};
pub use style::restyle;
