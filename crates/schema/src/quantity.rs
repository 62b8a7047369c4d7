//! Quantities: `100m`, `1.5Gi`, `2e3`, and their one spelling (apimachinery's `resource.Quantity`).

use manifest::Text;

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
