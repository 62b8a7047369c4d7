//! When a CronJob starts its Jobs (robfig/cron's parser, version 3).

use crate::go::quoted;
use crate::validation::spot::Spot;

/// What a part of a schedule counts: its first and last number, and the names of numbers.
struct Unit {
    least: u32,
    most: u32,
    names: &'static [&'static str],
}

const MONTHS: &[&str] =
    &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const UNITS: [Unit; 5] = [
    Unit { least: 0, most: 59, names: &[] },
    Unit { least: 0, most: 23, names: &[] },
    Unit { least: 1, most: 31, names: &[] },
    Unit { least: 1, most: 12, names: MONTHS },
    Unit { least: 0, most: 6, names: DAYS },
];

/// Why a schedule is none.
pub(super) fn parse(text: &str) -> Result<(), String> {
    let mut rest = text;
    if let Some(zoned) = rest.strip_prefix("TZ=").or_else(|| rest.strip_prefix("CRON_TZ=")) {
        let Some((zone, schedule)) = zoned.split_once(' ') else {
            return Err(format!("provided bad location {zoned}: unknown time zone {zoned}"));
        };
        if !is_zone(zone) {
            return Err(format!("provided bad location {zone}: unknown time zone {zone}"));
        }
        rest = schedule.trim();
    }
    if let Some(name) = rest.strip_prefix('@') {
        return descriptor(rest, name);
    }
    let fields: Vec<&str> = rest.split_whitespace().collect();
    if fields.len() != UNITS.len() {
        return Err(format!(
            "expected exactly 5 fields, found {}: [{}]",
            fields.len(),
            fields.join(" ")
        ));
    }
    fields.iter().zip(&UNITS).try_for_each(|(field, unit)| self::field(field, unit))
}

fn descriptor(text: &str, name: &str) -> Result<(), String> {
    if matches!(
        name,
        "yearly" | "annually" | "monthly" | "weekly" | "daily" | "midnight" | "hourly"
    ) {
        return Ok(());
    }
    let Some(duration) = name.strip_prefix("every ") else {
        return Err(format!("unrecognized descriptor: {text}"));
    };
    if is_duration(duration) {
        return Ok(());
    }
    let why = format!("time: invalid duration {}", quoted(duration));
    Err(format!("failed to parse duration {text}: {why}"))
}

/// A duration of Go: `1h30m`.
fn is_duration(text: &str) -> bool {
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    if rest.is_empty() {
        return false;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let unit = ["ns", "us", "µs", "ms", "s", "m", "h"]
            .into_iter()
            .filter(|unit| after.starts_with(unit))
            .max_by_key(|unit| unit.len());
        let is_number =
            number.bytes().any(|byte| byte.is_ascii_digit()) && number.matches('.').count() <= 1;
        let Some(unit) = unit.filter(|_| is_number) else { return false };
        rest = after.get(unit.len()..).unwrap_or_default();
    }
    true
}

fn field(text: &str, unit: &Unit) -> Result<(), String> {
    text.split(',').filter(|part| !part.is_empty()).try_for_each(|part| range(part, unit))
}

fn range(text: &str, unit: &Unit) -> Result<(), String> {
    let parts: Vec<&str> = text.split('/').collect();
    let ends: Vec<&str> = parts.first().map(|first| first.split('-').collect()).unwrap_or_default();
    let is_single = ends.len() == 1;
    let (start, mut end) = match ends.as_slice() {
        ["*" | "?", ..] => (unit.least, unit.most),
        [one] => {
            let number = number_or_name(one, unit)?;
            (number, number)
        }
        [start, end] => (number_or_name(start, unit)?, number_or_name(end, unit)?),
        _ => return Err(format!("too many hyphens: {text}")),
    };
    let step = match parts.as_slice() {
        [_] => 1,
        [_, step] => {
            let step = number(step)?;
            if is_single {
                end = unit.most;
            }
            step
        }
        _ => return Err(format!("too many slashes: {text}")),
    };
    let (least, most) = (unit.least, unit.most);
    if start < least {
        return Err(format!("beginning of range ({start}) below minimum ({least}): {text}"));
    }
    if end > most {
        return Err(format!("end of range ({end}) above maximum ({most}): {text}"));
    }
    if start > end {
        return Err(format!("beginning of range ({start}) beyond end of range ({end}): {text}"));
    }
    if step == 0 {
        return Err(format!("step of range should be a positive number: {text}"));
    }
    Ok(())
}

fn number_or_name(text: &str, unit: &Unit) -> Result<u32, String> {
    let lower = text.to_ascii_lowercase();
    match unit.names.iter().position(|name| *name == lower) {
        Some(place) => Ok(u32::try_from(place).unwrap_or(0) + unit.least),
        None => number(text),
    }
}

fn number(text: &str) -> Result<u32, String> {
    let number: i64 = text.parse().map_err(|_| {
        let quoted = quoted(text);
        format!("failed to parse int from {text}: strconv.Atoi: parsing {quoted}: invalid syntax")
    })?;
    u32::try_from(number).map_err(|_| format!("negative number ({number}) not allowed: {text}"))
}

/// Whether there may be such a time zone. Which there are is not known here: what has the form of the
/// name of one, and is of an area that has some, counts.
fn is_zone(name: &str) -> bool {
    const AREAS: &[&str] = &[
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Brazil",
        "Canada",
        "Chile",
        "Etc",
        "Europe",
        "Indian",
        "Mexico",
        "Pacific",
        "US",
    ];
    const NAMES: &[&str] = &[
        "CET",
        "CST6CDT",
        "Cuba",
        "EET",
        "EST",
        "EST5EDT",
        "Egypt",
        "Eire",
        "Factory",
        "GB",
        "GB-Eire",
        "GMT",
        "GMT+0",
        "GMT-0",
        "GMT0",
        "Greenwich",
        "HST",
        "Hongkong",
        "Iceland",
        "Iran",
        "Israel",
        "Jamaica",
        "Japan",
        "Kwajalein",
        "Libya",
        "Local",
        "MET",
        "MST",
        "MST7MDT",
        "NZ",
        "NZ-CHAT",
        "Navajo",
        "PRC",
        "PST8PDT",
        "Poland",
        "Portugal",
        "ROC",
        "ROK",
        "Singapore",
        "Turkey",
        "UCT",
        "UTC",
        "Universal",
        "W-SU",
        "WET",
        "Zulu",
    ];
    match name.split_once('/') {
        Some((area, place)) => AREAS.contains(&area) && !place.is_empty(),
        None => NAMES.contains(&name),
    }
}

pub(super) fn zone(zone: &Spot<'_, '_>) {
    let text = zone.text();
    if text.is_empty() {
        return zone.invalid_as("\"\"", "timeZone must be nil or non-empty string");
    }
    let is_part = |part: &str| {
        let is_char = |byte: u8| byte.is_ascii_alphanumeric() || b".-_+".contains(&byte);
        !matches!(part, "." | "..")
            && !part.starts_with('-')
            && (1..=14).contains(&part.len())
            && part.bytes().all(is_char)
    };
    let unknown = format!("unknown time zone {text}");
    if !text.split('/').all(is_part) {
        return zone.invalid(&unknown);
    }
    if text.eq_ignore_ascii_case("local") {
        zone.invalid(
            "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones",
        );
    }
    if !is_zone(text) {
        zone.invalid(&unknown);
    }
}
