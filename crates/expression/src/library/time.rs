//! Points in time and lengths of it: Go's `ParseDuration`, RFC 3339, and their parts.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use super::no_overload;
use crate::pattern::Patterns;
use crate::value::{Outcome, Value};

const SECOND: i64 = 1_000_000_000;

/// A length of time as Go's `time.ParseDuration` reads it, in nanoseconds.
pub fn parse_duration(text: &str) -> Option<i64> {
    let (is_negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let end = rest.find(|char: char| !char.is_ascii_digit() && char != '.')?;
        let (number, after) = rest.split_at(end);
        let unit_end =
            after.find(|char: char| char.is_ascii_digit() || char == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let unit: i128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
            return None;
        }
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        total = total.checked_add(whole.checked_mul(unit)?)?;
        if !fraction.is_empty() {
            let digits: String = fraction.chars().take(18).collect();
            let scale = 10i128.checked_pow(u32::try_from(digits.len()).ok()?)?;
            total = total.checked_add(digits.parse::<i128>().ok()?.checked_mul(unit)? / scale)?;
        }
        rest = after;
    }
    i64::try_from(if is_negative { -total } else { total }).ok()
}

/// A length of time as Go's `Duration.String` writes it: `1h30m0s`.
pub(crate) fn duration_text(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let total = nanos.unsigned_abs();
    let fraction = |value: u64, unit: u64, name: &str| {
        let (whole, part) = (value / unit, value % unit);
        let width = unit.to_string().len() - 1;
        let digits = format!("{part:0width$}");
        match digits.trim_end_matches('0') {
            "" => format!("{whole}{name}"),
            digits => format!("{whole}.{digits}{name}"),
        }
    };
    let text = match total {
        0 => "0s".to_owned(),
        1..1_000 => format!("{total}ns"),
        1_000..1_000_000 => fraction(total, 1_000, "µs"),
        1_000_000..1_000_000_000 => fraction(total, 1_000_000, "ms"),
        _ => {
            let minutes = total / 60_000_000_000;
            let seconds = fraction(total % 60_000_000_000, 1_000_000_000, "s");
            match (minutes / 60, minutes % 60) {
                (0, 0) => seconds,
                (0, minutes) => format!("{minutes}m{seconds}"),
                (hours, minutes) => format!("{hours}h{minutes}m{seconds}"),
            }
        }
    };
    format!("{sign}{text}")
}

/// A length of time as protobuf's JSON writes it: `5400s`.
pub(crate) fn seconds_text(nanos: i64) -> String {
    let (whole, part) = (nanos / SECOND, (nanos % SECOND).abs());
    let sign = if nanos < 0 && whole == 0 { "-" } else { "" };
    let digits = format!("{part:09}");
    match digits.trim_end_matches('0') {
        "" => format!("{sign}{whole}s"),
        digits => format!("{sign}{whole}.{digits}s"),
    }
}

/// A point in time as RFC 3339 writes it.
pub fn parse_timestamp(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let shape = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18];
    if !shape.into_iter().all(is_digit) || !matches!(bytes.get(10), Some(b'T' | b't')) {
        return None;
    }
    if bytes.get(4) != Some(&b'-') || bytes.get(13) != Some(&b':') || bytes.get(16) != Some(&b':') {
        return None;
    }
    // What follows the seconds: a fraction, and a zone that has to be there.
    let rest = text.get(19..)?;
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => {
            let digits = fraction.find(|char: char| !char.is_ascii_digit())?;
            if digits == 0 { return None } else { fraction.get(digits..)? }
        }
        None => rest,
    };
    let zone = rest.as_bytes();
    let is_zone = matches!(rest, "Z" | "z")
        || zone.len() == 6 && matches!(zone[0], b'+' | b'-') && zone[3] == b':';
    if !is_zone {
        return None;
    }
    text.parse().ok()
}

/// A day, at its start in UTC.
pub fn parse_date(text: &str) -> Option<Timestamp> {
    if text.len() != 10 {
        return None;
    }
    parse_timestamp(&format!("{text}T00:00:00Z"))
}

/// A point in time in UTC, as RFC 3339 writes it.
pub(crate) fn timestamp_text(at: Timestamp) -> String {
    at.to_string()
}

/// The point in time in a zone: UTC, an offset, or a name. Names of cities need a database that a
/// pure crate does not read, and are refused.
fn local(name: &str, args: &[Value]) -> Result<jiff::Zoned, crate::value::Error> {
    let (at, zone) = match args {
        [Value::Timestamp(at)] => (at, TimeZone::UTC),
        [Value::Timestamp(at), Value::String(zone)] => match time_zone(zone) {
            Some(zone) => (at, zone),
            None => {
                let message = ecow::eco_format!("unknown time zone {zone}");
                return Err(crate::value::Error::new(message));
            }
        },
        _ => {
            let error = no_overload(name, args).err();
            return Err(error.unwrap_or_else(crate::value::Error::no_such_overload));
        }
    };
    Ok(at.to_zoned(zone))
}

fn time_zone(text: &str) -> Option<TimeZone> {
    if matches!(text, "" | "UTC") {
        return Some(TimeZone::UTC);
    }
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let seconds = sign * hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?;
    Some(TimeZone::fixed(Offset::from_seconds(seconds).ok()?))
}

fn part(name: &str, args: &[Value], of: fn(&jiff::Zoned) -> i64) -> Outcome {
    Ok(Value::Int(of(&local(name, args)?)))
}

pub(crate) fn year(_: &Patterns, args: &[Value]) -> Outcome {
    part("getFullYear", args, |at| i64::from(at.year()))
}

pub(crate) fn month(_: &Patterns, args: &[Value]) -> Outcome {
    part("getMonth", args, |at| i64::from(at.month()) - 1)
}

pub(crate) fn day_of_year(_: &Patterns, args: &[Value]) -> Outcome {
    part("getDayOfYear", args, |at| i64::from(at.day_of_year()) - 1)
}

pub(crate) fn day_of_month(_: &Patterns, args: &[Value]) -> Outcome {
    part("getDayOfMonth", args, |at| i64::from(at.day()) - 1)
}

pub(crate) fn date(_: &Patterns, args: &[Value]) -> Outcome {
    part("getDate", args, |at| i64::from(at.day()))
}

pub(crate) fn day_of_week(_: &Patterns, args: &[Value]) -> Outcome {
    part("getDayOfWeek", args, |at| i64::from(at.weekday().to_sunday_zero_offset()))
}

fn part_or_length(name: &str, args: &[Value], of: fn(&jiff::Zoned) -> i64, unit: i64) -> Outcome {
    match args {
        [Value::Duration(nanos)] => Ok(Value::Int(nanos / unit)),
        _ => part(name, args, of),
    }
}

pub(crate) fn hours(_: &Patterns, args: &[Value]) -> Outcome {
    part_or_length("getHours", args, |at| i64::from(at.hour()), 3600 * SECOND)
}

pub(crate) fn minutes(_: &Patterns, args: &[Value]) -> Outcome {
    part_or_length("getMinutes", args, |at| i64::from(at.minute()), 60 * SECOND)
}

pub(crate) fn seconds(_: &Patterns, args: &[Value]) -> Outcome {
    part_or_length("getSeconds", args, |at| i64::from(at.second()), SECOND)
}

pub(crate) fn milliseconds(_: &Patterns, args: &[Value]) -> Outcome {
    let of = |at: &jiff::Zoned| i64::from(at.millisecond());
    part_or_length("getMilliseconds", args, of, 1_000_000)
}
