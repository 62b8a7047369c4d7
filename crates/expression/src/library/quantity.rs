//! Quantities, exact to a billionth as Kubernetes keeps them (`api/resource/quantity.go`).

use std::cmp::Ordering;

use super::{failed, no_overload};
use crate::pattern::Patterns;
use crate::value::{Outcome, Value};

/// A quantity in billionths.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Quantity(i128);

const BILLION: i128 = 1_000_000_000;
const FORMAT: &str = "quantities must match the regular expression \
                      '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/// Reads a quantity; smaller parts than a billionth are rounded up.
///
/// # Errors
/// Kubernetes' words.
fn read(text: &str) -> Result<Quantity, &'static str> {
    let (is_negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = rest.find(|char: char| !char.is_ascii_digit() && char != '.').unwrap_or(rest.len());
    let (number, suffix) = rest.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return Err(FORMAT);
    }
    let (base, power) = scale(suffix).ok_or(
        match suffix.bytes().all(|byte| b"eEinumkKMGTP+-0123456789".contains(&byte)) {
            true => "unable to parse quantity's suffix",
            false => FORMAT,
        },
    )?;
    // Digits beyond these make no difference, or are too large anyway.
    let whole = whole.trim_start_matches('0');
    if whole.len() > 24 {
        return Ok(Quantity(i128::from(i64::MAX) * BILLION));
    }
    let fraction: String = fraction.chars().take(18).collect();
    let digits: i128 = format!("0{whole}{fraction}").parse().map_err(|_| FORMAT)?;
    let mut places = i32::try_from(fraction.len()).unwrap_or(0);
    let mut value = digits;
    if base == 2 {
        value = value
            .checked_shl(power.unsigned_abs())
            .filter(|value| *value >= 0)
            .unwrap_or(i128::MAX / 2);
    } else {
        places -= power;
    }
    // `value / 10^places` in billionths.
    let shift = 9 - places;
    let billionths = if shift >= 0 {
        10i128.checked_pow(shift.unsigned_abs()).and_then(|factor| value.checked_mul(factor))
    } else {
        let divisor = 10i128.checked_pow(shift.unsigned_abs());
        Some(divisor.map_or(i128::from(value > 0), |divisor| {
            value / divisor + i128::from(value % divisor > 0)
        }))
    };
    let most = i128::from(i64::MAX) * BILLION;
    let value = billionths.unwrap_or(most).min(most);
    Ok(Quantity(if is_negative { -value } else { value }))
}

/// The base and power of a suffix.
fn scale(suffix: &str) -> Option<(u8, i32)> {
    Some(match suffix {
        "" => (10, 0),
        "n" => (10, -9),
        "u" => (10, -6),
        "m" => (10, -3),
        "k" => (10, 3),
        "M" => (10, 6),
        "G" => (10, 9),
        "T" => (10, 12),
        "P" => (10, 15),
        "E" => (10, 18),
        "Ki" => (2, 10),
        "Mi" => (2, 20),
        "Gi" => (2, 30),
        "Ti" => (2, 40),
        "Pi" => (2, 50),
        "Ei" => (2, 60),
        _ => {
            let digits = suffix.strip_prefix(['e', 'E'])?;
            let power: i32 = digits.strip_prefix('+').unwrap_or(digits).parse().ok()?;
            (10, power.clamp(-100, 100))
        }
    })
}

impl Quantity {
    fn whole(self) -> Option<i64> {
        (self.0 % BILLION == 0).then(|| i64::try_from(self.0 / BILLION).ok()).flatten()
    }
}

pub(crate) fn parse(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::String(text)] => read(text).map(Value::Quantity).or_else(failed),
        _ => no_overload("quantity", args),
    }
}

pub(crate) fn is(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::String(text)] => Ok(Value::Bool(read(text).is_ok())),
        _ => no_overload("isQuantity", args),
    }
}

pub(crate) fn sign(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::Quantity(value)] => Ok(Value::Int(value.0.signum() as i64)),
        _ => no_overload("sign", args),
    }
}

/// The order of two quantities, or of two versions: they share the names of their functions.
fn order(name: &str, args: &[Value]) -> Result<Ordering, crate::value::Error> {
    match args {
        [Value::Quantity(one), Value::Quantity(other)] => Ok(one.cmp(other)),
        [Value::Semver(one), Value::Semver(other)] => Ok(one.order(other)),
        _ => {
            let error = no_overload(name, args).err();
            Err(error.unwrap_or_else(crate::value::Error::no_such_overload))
        }
    }
}

pub(crate) fn is_greater(_: &Patterns, args: &[Value]) -> Outcome {
    order("isGreaterThan", args).map(|order| Value::Bool(order.is_gt()))
}

pub(crate) fn is_less(_: &Patterns, args: &[Value]) -> Outcome {
    order("isLessThan", args).map(|order| Value::Bool(order.is_lt()))
}

pub(crate) fn compare_to(_: &Patterns, args: &[Value]) -> Outcome {
    order("compareTo", args).map(|order| Value::Int(order as i64))
}

pub(crate) fn as_float(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::Quantity(value)] => Ok(Value::Double(value.0 as f64 / BILLION as f64)),
        _ => no_overload("asApproximateFloat", args),
    }
}

pub(crate) fn as_integer(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::Quantity(value)] => match value.whole() {
            Some(whole) => Ok(Value::Int(whole)),
            None => failed("cannot convert value to integer"),
        },
        _ => no_overload("asInteger", args),
    }
}

pub(crate) fn is_integer(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::Quantity(value)] => Ok(Value::Bool(value.whole().is_some())),
        _ => no_overload("isInteger", args),
    }
}

fn combined(name: &str, args: &[Value], sign: i128) -> Outcome {
    let (one, other) = match args {
        [Value::Quantity(one), Value::Quantity(other)] => (one.0, other.0),
        [Value::Quantity(one), Value::Int(other)] => (one.0, i128::from(*other) * BILLION),
        _ => return no_overload(name, args),
    };
    Ok(Value::Quantity(Quantity(one.saturating_add(sign * other))))
}

pub(crate) fn add(_: &Patterns, args: &[Value]) -> Outcome {
    combined("add", args, 1)
}

pub(crate) fn sub(_: &Patterns, args: &[Value]) -> Outcome {
    combined("sub", args, -1)
}
