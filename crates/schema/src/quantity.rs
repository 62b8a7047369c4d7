//! Quantities: `100m`, `1.5Gi`, `2e3`, and their one spelling (apimachinery's `resource.Quantity`).

use manifest::{Node, Text};

/// The amount of a quantity in billionths, rounded up; `None` for what is none.
pub fn of(node: &Node) -> Option<i128> {
    nano(&node.scalar_text()?)
}

/// The same of its text. What is too large to tell is the most there can be.
pub fn nano(text: &str) -> Option<i128> {
    let parts = Parts::of(text)?;
    let digits = parts.digits.trim_start_matches('0');
    let mantissa: i128 = if digits.is_empty() { 0 } else { digits.parse().unwrap_or(MOST) };
    let mut amount = mantissa.min(MOST);
    let mut exponent = 9 - parts.fraction;
    match parts.unit {
        Unit::Binary(power) => amount = amount.saturating_mul(1024i128.saturating_pow(power)),
        Unit::Decimal(tens) => exponent = exponent.saturating_add(tens),
    }
    while exponent > 0 && amount != 0 && amount < MOST {
        amount = amount.saturating_mul(10);
        exponent -= 1;
    }
    while exponent < 0 && amount != 0 {
        amount = amount / 10 + i128::from(amount % 10 > 0);
        exponent += 1;
        if amount == 1 {
            break;
        }
    }
    let amount = amount.min(MOST);
    Some(if parts.is_negative { -amount } else { amount })
}

/// More billionths than 64 bits have ones.
const MOST: i128 = 9_223_372_036_854_775_807_000_000_000;

/// Billionths as whole ones, rounded up.
pub fn whole(nano: i128) -> i128 {
    const ONE: i128 = 1_000_000_000;
    nano / ONE + i128::from(nano % ONE > 0)
}

/// Why a text is no quantity, in the server's words; `None` where it is one.
pub fn wrong(text: &str) -> Option<&'static str> {
    const FORM: &str = "quantities must match the regular expression \
                        '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
    let (digits, suffix) = unsigned.split_at(end);
    let letters = suffix.trim_start_matches(|c: char| "eEinumkKMGTP".contains(c));
    let rest = letters.strip_prefix(['-', '+']).unwrap_or(letters);
    if text.is_empty() || !rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(FORM);
    }
    if Unit::of(suffix).is_none() {
        return Some("unable to parse quantity's suffix");
    }
    let is_number = digits.matches('.').count() < 2 && digits.bytes().any(|b| b.is_ascii_digit());
    (!is_number).then_some("unable to parse numeric part of quantity")
}

/// What a suffix multiplies by.
#[derive(Clone, Copy)]
enum Unit {
    /// 1024, so often.
    Binary(u32),
    /// 10, so often.
    Decimal(i32),
}

impl Unit {
    fn of(suffix: &str) -> Option<Unit> {
        if let Some(power) = BINARY.iter().position(|name| *name == suffix) {
            return Some(Unit::Binary(u32::try_from(power).ok()? + 1));
        }
        if let Some((_, exponent)) = DECIMAL.iter().find(|(name, _)| *name == suffix) {
            return Some(Unit::Decimal(*exponent));
        }
        suffix.strip_prefix(['e', 'E'])?.parse().ok().map(Unit::Decimal)
    }
}

/// The parts of a quantity.
struct Parts {
    is_negative: bool,
    digits: String,
    /// How many of the digits stand behind the point.
    fraction: i32,
    unit: Unit,
}

impl Parts {
    fn of(text: &str) -> Option<Parts> {
        let text = text.trim();
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let end =
            unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
        let (digits, suffix) = unsigned.split_at(end);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.len() + fraction.len() == 0 || fraction.contains('.') {
            return None;
        }
        Some(Parts {
            is_negative: text.starts_with('-'),
            digits: format!("{whole}{fraction}"),
            fraction: i32::try_from(fraction.len()).ok()?,
            unit: Unit::of(suffix)?,
        })
    }
}

/// The spelling that the server gives a quantity: `1000m` is `1`, `1024Mi` is `1Gi`, `0.5` is
/// `500m`. `None` for what is none, or has more digits than this can hold.
pub fn canonical(text: &str) -> Option<Text> {
    let text = text.trim();
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
    let (digits, suffix) = unsigned.split_at(end);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.len() + fraction.len() == 0 || fraction.contains('.') {
        return None;
    }
    let mantissa: i128 = format!("{whole}{fraction}").parse().ok()?;
    let scale = -i32::try_from(fraction.len()).ok()?;
    let text = match BINARY.iter().position(|name| *name == suffix) {
        Some(power) => binary(mantissa, scale, u32::try_from(power).ok()? + 1)?,
        None => match DECIMAL.iter().find(|(name, _)| *name == suffix) {
            Some((_, exponent)) => decimal(mantissa, scale + exponent, si)?,
            None => {
                let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
                decimal(mantissa, scale.checked_add(exponent)?, with_exponent)?
            }
        },
    };
    Some(if negative && text != "0" { ecow::eco_format!("-{text}") } else { text })
}

const BINARY: &[&str] = &["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL: &[(&str, i32)] = &[
    ("", 0),
    ("n", -9),
    ("u", -6),
    ("m", -3),
    ("k", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
    ("P", 15),
    ("E", 18),
];

/// `mantissa * 10^exponent` with as few digits as whole thousands allow.
fn decimal(
    mut mantissa: i128,
    mut exponent: i32,
    suffix: impl Fn(i32) -> Option<Text>,
) -> Option<Text> {
    if mantissa == 0 {
        return Some("0".into());
    }
    // Nothing is smaller than a billionth; what is left over rounds up.
    while exponent < -9 {
        mantissa = mantissa / 10 + i128::from(mantissa % 10 > 0);
        exponent += 1;
    }
    while exponent.rem_euclid(3) != 0 {
        mantissa = mantissa.checked_mul(10)?;
        exponent -= 1;
    }
    while mantissa % 1000 == 0 && exponent < 18 {
        mantissa /= 1000;
        exponent += 3;
    }
    while exponent > 18 {
        mantissa = mantissa.checked_mul(1000)?;
        exponent -= 3;
    }
    Some(ecow::eco_format!("{mantissa}{}", suffix(exponent)?))
}

fn si(exponent: i32) -> Option<Text> {
    DECIMAL.iter().find(|(_, power)| *power == exponent).map(|(name, _)| Text::from(*name))
}

#[expect(clippy::unnecessary_wraps, reason = "the other spelling may have no word for it")]
fn with_exponent(exponent: i32) -> Option<Text> {
    Some(if exponent == 0 { Text::new() } else { ecow::eco_format!("e{exponent}") })
}

/// `mantissa * 10^scale * 1024^power`, in the largest unit that it is a whole number of.
fn binary(mantissa: i128, scale: i32, power: u32) -> Option<Text> {
    let divisor = 10i128.checked_pow(u32::try_from(-scale).ok()?)?;
    let scaled = mantissa.checked_mul(1024i128.checked_pow(power)?)?;
    if scaled < divisor.checked_mul(1024)? {
        return decimal(scaled, scale, si);
    }
    let mut value = scaled / divisor + i128::from(scaled % divisor > 0);
    let mut unit = "";
    for name in BINARY {
        if value % 1024 != 0 || value == 0 {
            break;
        }
        value /= 1024;
        unit = name;
    }
    Some(ecow::eco_format!("{value}{unit}"))
}

#[cfg(test)]
mod tests;
