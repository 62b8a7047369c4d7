//! YAML in and out.
//!
//! The grammar is libyaml's (the family of Go's parsers), by the events of `libyaml-safer`; what a
//! plain scalar means, anchors, merge keys and every limit are ours.

mod read;
mod scalar;

pub use read::{Flavor, ReadError, Reader};
