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
