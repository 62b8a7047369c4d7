//! What a number in YAML means, and how Go prints it.
//!
//! The rules are those of go-yaml v3's `resolve` (what kustomize reads resources with) followed by
//! Go's `encoding/json` and `strconv`: integers in 64 bits stay integers, everything else is a
//! 64-bit float.

use std::borrow::Cow;
use std::fmt::Write;
use std::ops::Range;

use crate::Text;

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
    /// The number that a plain scalar of this text is to go-yaml v3: decimal, `0x`, `0o`, `0b` and
    /// C-style octal integers, decimal fractions and powers, underscores anywhere but at the start.
    ///
    /// `None` for text that is something else, and for `.inf` and `.nan`, which no JSON can hold.
    pub fn parse(text: &str) -> Option<Number> {
        match text.as_bytes().first()? {
            b'.' => leading_point(text),
            b'0'..=b'9' | b'+' | b'-' => {
                let plain = without_underscores(text);
                integer(&plain)
                    .or_else(|| decimal_float(&plain))
                    .or_else(|| sign_after_prefix(&plain, "0b", 2))
                    .or_else(|| sign_after_prefix(&plain, "0o", 8))
            }
            _ => None,
        }
    }

    /// Whether a YAML 1.1 reader (go-yaml v2) takes this text for a number. It differs from
    /// [`Number::parse`] in not knowing an octal number whose sign follows its prefix.
    pub(crate) fn is_yaml_1_1(text: &str) -> bool {
        Number::parse(text).is_some()
            && (!text.starts_with('0')
                || sign_after_prefix(&without_underscores(text), "0o", 8).is_none())
    }

    /// The number as Go's `encoding/json` prints it: `15`, `1.5`, `1e-7`, `1e+21`.
    pub fn go_json(self) -> Text {
        match self {
            Number::Int(value) => ecow::eco_format!("{value}"),
            Number::Uint(value) => ecow::eco_format!("{value}"),
            Number::Float(value) => float_json(value),
        }
    }

    /// The number as kustomize prints it: its JSON text, read again as YAML 1.1 and printed by
    /// Go's `strconv` in format `g`. So a whole float within 64 bits is an integer, and any other
    /// number of a million or more, or less than a ten-thousandth, has an exponent:
    /// `1.2345678912345679e+08`.
    pub fn go_yaml(self) -> Text {
        let Number::Float(value) = self else { return self.go_json() };
        let json = float_json(value);
        match integer(&json) {
            Some(whole) => whole.go_json(),
            None => float_general(value),
        }
    }

    /// The number as Go prints a `float64` in format `g`: an exponent from a million on.
    pub fn go_float(self) -> Text {
        float_general(match self {
            Number::Int(value) => value as f64,
            Number::Uint(value) => value as f64,
            Number::Float(value) => value,
        })
    }
}

fn without_underscores(text: &str) -> Cow<'_, str> {
    if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) }
}

/// A number that starts with a point, as Go's `ParseFloat` has it: an underscore stands between
/// two digits only.
fn leading_point(text: &str) -> Option<Number> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let placed = |at: usize| at > 0 && digit(at - 1) && digit(at + 1);
    if text.match_indices('_').all(|(at, _)| placed(at)) {
        decimal_float(&without_underscores(text))
    } else {
        None
    }
}

/// Go's `ParseInt` and `ParseUint` with base 0; the latter takes no sign.
fn integer(text: &str) -> Option<Number> {
    let (sign, digits) = match text.as_bytes().first()? {
        sign @ (b'+' | b'-') => (Some(*sign), &text[1..]),
        _ => (None, text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    in_radix(sign, digits, radix)
}

fn in_radix(sign: Option<u8>, digits: &str, radix: u32) -> Option<Number> {
    // The standard parser would take another sign.
    if !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    if sign == Some(b'-') {
        return 0i64.checked_sub_unsigned(magnitude).map(Number::Int);
    }
    match i64::try_from(magnitude) {
        Ok(value) => Some(Number::Int(value)),
        Err(_) => sign.is_none().then_some(Number::Uint(magnitude)),
    }
}

/// `0b-1` and `0o+7`: what go-yaml makes of the rest after a prefix that it cuts off itself.
fn sign_after_prefix(text: &str, prefix: &str, radix: u32) -> Option<Number> {
    let rest = text.strip_prefix(prefix)?;
    match rest.as_bytes().first()? {
        sign @ (b'+' | b'-') => in_radix(Some(*sign), &rest[1..], radix),
        _ => None,
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, within the range of 64 bits. The standard
/// parser's grammar is this one, with words for the infinite added.
fn decimal_float(text: &str) -> Option<Number> {
    let numeric = |byte: u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
    if !text.bytes().all(numeric) {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    value.is_finite().then_some(Number::Float(value))
}

/// Digits without an exponent from 1e-6 to 1e21, with one outside.
fn float_json(value: f64) -> Text {
    Decimal::shortest(value).text(-6..21, 1)
}

/// Go's format `g` in the fewest digits that give the value back.
fn float_general(value: f64) -> Text {
    Decimal::shortest(value).text(-4..6, 2)
}

/// A float's digits with a point after the first, times a power of ten.
struct Decimal {
    negative: bool,
    digits: String,
    exponent: i32,
}

impl Decimal {
    /// The fewest digits that give the value back, of those the nearest to it, of two equally near
    /// ones the even one.
    fn shortest(value: f64) -> Decimal {
        let mut text = format!("{value:e}");
        // The standard formatter takes the upper of two equally near ones; at a given precision it
        // takes the even one.
        let mantissa = text.bytes().take_while(|byte| *byte != b'e');
        let fraction = mantissa.skip_while(|byte| *byte != b'.').skip(1).count();
        let even = format!("{value:.fraction$e}");
        if even.len() == text.len() && even.parse() == Ok(value) {
            text = even;
        }
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        Decimal {
            negative: mantissa.starts_with('-'),
            digits: mantissa.chars().filter(char::is_ascii_digit).collect(),
            exponent: exponent.parse().unwrap_or_default(),
        }
    }

    /// The number in full where its exponent is among these, else with an exponent that has a sign
    /// and at least so many digits.
    fn text(&self, in_full: Range<i32>, exponent_digits: usize) -> Text {
        let mut out = Text::from(if self.negative { "-" } else { "" });
        let (first, rest) = self.digits.split_at(1);
        if !in_full.contains(&self.exponent) {
            let point = if rest.is_empty() { "" } else { "." };
            let sign = if self.exponent < 0 { '-' } else { '+' };
            let exponent = self.exponent.unsigned_abs();
            // Writing to text cannot fail.
            let _ = write!(out, "{first}{point}{rest}e{sign}{exponent:0exponent_digits$}");
            return out;
        }
        // The range is small, and its end positive.
        let before_point = usize::try_from(self.exponent + 1).unwrap_or(0);
        match self.digits.split_at_checked(before_point) {
            Some(("", digits)) => {
                out.push_str("0.");
                (self.exponent + 1..0).for_each(|_| out.push('0'));
                out.push_str(digits);
            }
            Some((whole, "")) => out.push_str(whole),
            Some((whole, fraction)) => {
                out.push_str(whole);
                out.push('.');
                out.push_str(fraction);
            }
            None => {
                out.push_str(&self.digits);
                (self.digits.len()..before_point).for_each(|_| out.push('0'));
            }
        }
        out
    }
}

#[cfg(test)]
mod tests;
