//! What the functions do, a file for each library.

pub(crate) mod conversions;
pub(crate) mod format;
pub(crate) mod lists;
pub(crate) mod named;
pub(crate) mod net;
pub(crate) mod operators;
pub(crate) mod optional;
pub(crate) mod quantity;
pub(crate) mod regex;
pub(crate) mod semver;
pub(crate) mod strings;
pub(crate) mod time;
pub(crate) mod url;

use crate::value::{Error, Outcome, Value};

/// What a function says that is called with something it does not take.
fn no_overload(name: &str, args: &[Value]) -> Outcome {
    let types: Vec<String> = args.iter().map(|arg| arg.type_of().runtime_name()).collect();
    Err(Error::new(ecow::eco_format!("no such overload: {name}({})", types.join(", "))))
}

fn failed(message: impl Into<manifest::Text>) -> Outcome {
    Err(Error::new(message))
}
