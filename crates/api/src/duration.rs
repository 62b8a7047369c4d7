//! Durations as Go writes and reads them (`time.ParseDuration`): `1h30m`, `1.5h`, `300ms`.

use std::time::Duration;

/// Nanoseconds in the units, and the units by their names.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000), // U+00B5
    ("μs", 1_000), // U+03BC
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60 * 1_000_000_000),
    ("h", 3600 * 1_000_000_000),
];

/// The longest duration that Go holds: 2^63 - 1 nanoseconds, about 292 years.
const LONGEST: u64 = i64::MAX as u64;

/// The duration that `text` is: numbers with units, one after the other; `0` needs none.
///
/// `None` where Go refuses it, and for negative durations: nothing of ours takes one.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.strip_prefix('+').unwrap_or(text);
    if text == "0" {
        return Some(Duration::ZERO);
    }
    if text.is_empty() {
        return None;
    }
    let mut rest = text;
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (whole, after) = digits(rest);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => digits(after),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let end = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
        let (name, next) = after.split_at(end);
        let unit = UNITS.iter().find(|(unit, _)| *unit == name)?.1;
        let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let part = whole.checked_mul(unit)?.checked_add(part_of(fraction, unit))?;
        total = total.checked_add(part).filter(|total| *total <= LONGEST)?;
        rest = next;
    }
    Some(Duration::from_nanos(total))
}

fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

/// `0.fraction` of `unit`, cut to whole nanoseconds. Go computes it in a float as well.
fn part_of(fraction: &str, unit: u64) -> u64 {
    if fraction.is_empty() {
        return 0;
    }
    let share: f64 = format!("0.{fraction}").parse().unwrap_or_default();
    // Below 3.6e12, hence exact as a float and within 64 bits.
    (share * unit as f64) as u64
}

#[cfg(test)]
mod tests;
