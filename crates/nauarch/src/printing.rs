//! How results look: tables and trees as flux prints them, ages as kubectl does.

pub(crate) mod difference;
pub(crate) mod table;
pub(crate) mod tree;

use std::time::Duration;

/// How many characters of a long hexadecimal number are shown.
const SHOWN: usize = 8;

/// A text whose hexadecimal numbers of 40 to 128 digits are cut to their first eight.
pub(crate) fn shorten(text: &str) -> String {
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let mut short = String::with_capacity(text.len());
    // Words are what has no letter, digit or underscore beside it.
    for word in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        let digits = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        if (40..=128).contains(&digits.len()) && digits.chars().all(is_hex) {
            short.push_str(digits.get(..SHOWN).unwrap_or(digits));
            short.push_str(word.get(digits.len()..).unwrap_or_default());
        } else {
            short.push_str(word);
        }
    }
    short
}

/// How long something takes or is ago, as kubectl says it: `5s`, `3m20s`, `2d4h`.
pub(crate) fn age(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let two = |big: u64, unit: &str, small: u64, small_unit: &str| match small {
        0 => format!("{big}{unit}"),
        _ => format!("{big}{unit}{small}{small_unit}"),
    };
    match seconds {
        0..120 => format!("{seconds}s"),
        _ if minutes < 10 => two(minutes, "m", seconds % 60, "s"),
        _ if hours < 3 => format!("{minutes}m"),
        _ if hours < 8 => two(hours, "h", minutes % 60, "m"),
        _ if hours < 48 => format!("{hours}h"),
        _ if days < 8 => two(days, "d", hours % 24, "h"),
        _ if days < 730 => format!("{days}d"),
        _ if days < 2920 => two(days / 365, "y", days % 365, "d"),
        _ => format!("{}y", days / 365),
    }
}

#[cfg(test)]
mod tests;
