//! What a number in YAML means, and how Go prints it.
//!
//! The rules are those of go-yaml v3's `resolve` (what kustomize reads resources with) followed by
//! Go's `encoding/json` and `strconv`: integers in 64 bits stay integers, everything else is a
//! 64-bit float.

/// A number's value.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Number {
    /// A signed integer.
    Int(i64),
    /// An integer between 2^63 and 2^64.
    Uint(u64),
    /// Anything else; never infinite, never NaN.
    Float(f64),
}

impl Number {
    /// The number that `text` is as a plain scalar; `None` where it is text.
    pub fn parse(text: &str) -> Option<Number> {
        text.parse::<f64>().ok().filter(|f| f.is_finite()).map(Number::Float)
    }
}
