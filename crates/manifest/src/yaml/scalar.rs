//! What a plain scalar means, by go-yaml v3's `resolve.go` (resources) or v2's (kustomization files).

use ecow::EcoString;

use super::Flavor;
use crate::number::Number;
use crate::{Text, Value};

/// The value of a plain scalar, or why JSON has none for it.
pub(super) fn resolve(text: &str, flavor: Flavor) -> Result<Value, &'static str> {
    let Some(&first) = text.as_bytes().first() else { return Ok(Value::Null) };
    match first {
        b'~' if text.len() == 1 => Ok(Value::Null),
        b'0'..=b'9' | b'+' | b'-' | b'.' => number_like(text, flavor),
        b't' | b'T' | b'f' | b'F' | b'n' | b'N' | b'y' | b'Y' | b'o' | b'O' => {
            Ok(word(text, flavor).unwrap_or_else(|| Value::String(text.into())))
        }
        _ => Ok(Value::String(text.into())),
    }
}

fn word(text: &str, flavor: Flavor) -> Option<Value> {
    match text {
        "null" | "Null" | "NULL" => Some(Value::Null),
        "true" | "True" | "TRUE" => Some(Value::Bool(true)),
        "false" | "False" | "FALSE" => Some(Value::Bool(false)),
        _ if flavor != Flavor::Config => None,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(Value::Bool(true)),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(Value::Bool(false)),
        _ => None,
    }
}

fn number_like(text: &str, flavor: Flavor) -> Result<Value, &'static str> {
    if let Some(value) = shortest_decimal(text) {
        return Ok(Value::Int(value));
    }
    match text.trim_start_matches(['+', '-']) {
        ".inf" | ".Inf" | ".INF" if text.len() <= 5 => return Err("infinity has no JSON form"),
        ".nan" | ".NaN" | ".NAN" if text.len() == 4 => return Err("not-a-number has no JSON form"),
        _ => {}
    }
    if let Some(time) = timestamp(text) {
        // v2 leaves a timestamp as it stands when the target is untyped.
        return Ok(Value::String(if flavor != Flavor::Config { time } else { text.into() }));
    }
    Ok(match Number::parse(text) {
        Some(_) => Value::Number(text.into()),
        None => Value::String(text.into()),
    })
}

/// An integer written the one way that prints back the same.
fn shortest_decimal(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let shortest = match digits {
        [b'0'] => digits.len() == text.len(),
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if shortest { text.parse().ok() } else { None }
}

/// A timestamp in one of the four forms that go-yaml takes, as Go's RFC 3339 prints it.
fn timestamp(text: &str) -> Option<Text> {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || bytes.get(4) != Some(&b'-') || !bytes[..4].iter().all(u8::is_ascii_digit)
    {
        return None;
    }
    let (date, clock) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some((bytes[at], &text[at + 1..]))),
        None => (text, None),
    };
    let mut parts = date.splitn(3, '-');
    let year: u32 = parts.next()?.parse().ok()?;
    let month = small(parts.next()?, 1, 12)?;
    let day = small(parts.next()?, 1, days(year, month))?;
    let mut out = ecow::eco_format!("{year:04}-{month:02}-{day:02}T");
    match clock {
        None => out.push_str("00:00:00Z"),
        Some((separator, clock)) => push_clock(&mut out, separator == b' ', clock)?,
    }
    Some(out)
}

fn push_clock(out: &mut EcoString, without_zone: bool, clock: &str) -> Option<()> {
    let (clock, zone) = match clock.find(['Z', '+', '-']) {
        Some(_) if without_zone => return None,
        Some(at) => (&clock[..at], &clock[at..]),
        None if without_zone => (clock, "Z"),
        None => return None,
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut parts = clock.splitn(3, ':');
    let hour = small(parts.next()?, 0, 23)?;
    let minute = small(parts.next()?, 0, 59)?;
    let second = small(parts.next()?, 0, 59)?;
    out.push_str(&format!("{hour:02}:{minute:02}:{second:02}"));
    if !fraction.is_empty() {
        if fraction.len() > 9 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let fraction = fraction.trim_end_matches('0');
        if !fraction.is_empty() {
            out.push('.');
            out.push_str(fraction);
        }
    }
    let numeric = zone.strip_prefix(['+', '-']);
    match numeric {
        None if zone == "Z" => {}
        Some(offset) => {
            let (hours, minutes) = offset.split_once(':')?;
            let two = |text: &str, max| (text.len() == 2).then(|| small(text, 0, max))?;
            two(hours, 24).and(two(minutes, 60))?;
        }
        None => return None,
    }
    out.push_str(if zone == "+00:00" || zone == "-00:00" { "Z" } else { zone });
    Some(())
}

fn small(text: &str, min: u32, max: u32) -> Option<u32> {
    let fits = matches!(text.len(), 1 | 2) && text.bytes().all(|b| b.is_ascii_digit());
    let value = if fits { text.parse().ok()? } else { return None };
    (min..=max).contains(&value).then_some(value)
}

fn days(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}
