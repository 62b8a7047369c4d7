//! The formats of strings that schemas know (kube-openapi's `strfmt`); others say nothing.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::structural::Structural;

const TEXTS: &[&str] = &[
    "bsonobjectid",
    "uri",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "cidr",
    "mac",
    "uuid",
    "uuid3",
    "uuid4",
    "uuid5",
    "isbn",
    "isbn10",
    "isbn13",
    "creditcard",
    "ssn",
    "hexcolor",
    "rgbcolor",
    "byte",
    "password",
    "date",
    "duration",
    "datetime",
];

/// The format of a schema, if it is one that is known for its type.
pub(crate) fn known(schema: &Structural) -> &str {
    let format = schema.format.as_str();
    if format.is_empty() {
        return "";
    }
    let kind = if schema.int_or_string {
        "integer,string"
    } else {
        schema.kind.as_deref().unwrap_or_default()
    };
    let is_known = match kind {
        "" | "string" => is_of_text(format),
        "integer" => matches!(format, "int32" | "int64"),
        "number" => matches!(format, "float" | "double"),
        _ => false,
    };
    if is_known { format } else { "" }
}

/// Whether it is a format of strings.
pub(crate) fn is_of_text(format: &str) -> bool {
    let plain = format.replace('-', "");
    // Two of Kubernetes' own came with 1.34.
    TEXTS.contains(&plain.as_str()) || matches!(plain.as_str(), "k8sshortname" | "k8slongname")
}

/// Whether a text is of a format.
pub(crate) fn fits(format: &str, text: &str) -> bool {
    match format.replace('-', "").as_str() {
        "bsonobjectid" => text.len() == 24 && is_hex(text),
        "uri" => is_uri(text),
        "email" => is_email(text),
        "hostname" => is_hostname(text),
        "ipv4" => matches!(text.parse(), Ok(IpAddr::V4(_))),
        "ipv6" => matches!(text.parse(), Ok(IpAddr::V6(_))),
        "cidr" => is_cidr(text),
        "mac" => is_mac(text),
        "uuid" => is_uuid(text, None),
        "uuid3" => is_uuid(text, Some('3')),
        "uuid4" => is_uuid(text, Some('4')),
        "uuid5" => is_uuid(text, Some('5')),
        "isbn" => is_isbn10(text) || is_isbn13(text),
        "isbn10" => is_isbn10(text),
        "isbn13" => is_isbn13(text),
        "creditcard" => is_credit_card(text),
        "ssn" => is_ssn(text),
        "hexcolor" => {
            let digits = text.strip_prefix('#').unwrap_or(text);
            matches!(digits.len(), 3 | 6) && is_hex(digits)
        }
        "rgbcolor" => is_rgb(text),
        "byte" => !text.is_empty() && STANDARD.decode(text).is_ok(),
        "date" => expression::parse_date(text).is_some(),
        "duration" => is_duration(text),
        "datetime" => is_date_time(text),
        "k8sshortname" => is_label(text) && text.len() <= 63,
        "k8slongname" => text.len() <= 253 && text.split('.').all(is_label),
        _ => true,
    }
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_label(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_uri(text: &str) -> bool {
    let has_scheme = text.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|char: char| char.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    });
    let is_clean = !text.bytes().any(|byte| byte < b' ' || byte == 0x7f);
    is_clean && (text.starts_with('/') || has_scheme)
}

/// An address, perhaps with a name before it.
fn is_email(text: &str) -> bool {
    let address = match text.rsplit_once('<') {
        Some((_, rest)) => match rest.strip_suffix('>') {
            Some(address) => address,
            None => return false,
        },
        None => text.trim(),
    };
    let is_atom = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && !part.ends_with('.')
            && !part.contains("..")
            && !part.contains(|char: char| " ()<>[]:;@\\,\"".contains(char) || char.is_control())
    };
    let is_quoted = |part: &str| part.len() > 1 && part.starts_with('"') && part.ends_with('"');
    address
        .rsplit_once('@')
        .is_some_and(|(local, domain)| (is_atom(local) || is_quoted(local)) && is_atom(domain))
}

fn is_hostname(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    let is_part = |part: &str| {
        !part.is_empty()
            && part.len() <= 63
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part.chars().all(|char| char.is_alphanumeric() || char == '-' || char == '_')
    };
    text.len() <= 255 && text.split('.').all(is_part)
}

fn is_cidr(text: &str) -> bool {
    let Some((ip, bits)) = text.split_once('/') else { return false };
    let most = match ip.parse() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    let is_plain = bits.bytes().all(|byte| byte.is_ascii_digit());
    is_plain && bits.parse::<u32>().is_ok_and(|bits| bits <= most)
}

fn is_mac(text: &str) -> bool {
    let groups = |separator: char, size: usize| {
        let parts: Vec<&str> = text.split(separator).collect();
        let is_part = |part: &&str| part.len() == size && is_hex(part);
        parts.iter().all(is_part) && matches!(parts.len() * size, 12 | 16 | 40)
    };
    groups(':', 2) || groups('-', 2) || groups('.', 4)
}

fn is_uuid(text: &str, version: Option<char>) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let digits: String = groups.concat();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    // Each hyphen may be left out.
    let mut ends = [8, 12, 16, 20, 32].into_iter();
    let mut sum = 0;
    let is_grouped = lengths.iter().all(|length| {
        sum += length;
        ends.by_ref().any(|end| end == sum)
    });
    let variant = digits.chars().nth(16).map(|char| char.to_ascii_lowercase());
    let has_variant =
        !matches!(version, Some('4' | '5')) || matches!(variant, Some('8' | '9' | 'a' | 'b'));
    digits.len() == 32
        && is_hex(&digits)
        && is_grouped
        && has_variant
        && version.is_none_or(|version| digits.chars().nth(12) == Some(version))
}

fn isbn_digits(text: &str) -> String {
    text.chars().filter(|char| !matches!(char, '-' | ' ')).collect()
}

fn is_isbn10(text: &str) -> bool {
    let text = isbn_digits(text);
    let digit = |(at, char): (usize, char)| match char {
        'X' if at == 9 => Some(10),
        char => char.to_digit(10),
    };
    let digits: Option<Vec<u32>> = text.chars().enumerate().map(digit).collect();
    let sum =
        |digits: &[u32]| -> u32 { digits.iter().zip(1u32..).map(|(digit, at)| digit * at).sum() };
    digits.is_some_and(|digits| digits.len() == 10 && sum(&digits) % 11 == 0)
}

fn is_isbn13(text: &str) -> bool {
    let text = isbn_digits(text);
    let digits: Option<Vec<u32>> = text.chars().map(|char| char.to_digit(10)).collect();
    let sum = |digits: &[u32]| -> u32 {
        digits.iter().enumerate().map(|(at, digit)| digit * if at % 2 == 0 { 1 } else { 3 }).sum()
    };
    digits.is_some_and(|digits| digits.len() == 13 && sum(&digits) % 10 == 0)
}

fn is_credit_card(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|char| char.to_digit(10)).collect();
    let double = |(at, digit): (usize, &u32)| match at % 2 {
        0 => *digit,
        _ => digit * 2 / 10 + digit * 2 % 10,
    };
    let sum: u32 = digits.iter().rev().enumerate().map(double).sum();
    (13..=16).contains(&digits.len()) && sum.is_multiple_of(10)
}

fn is_ssn(text: &str) -> bool {
    let digits: String = text.chars().filter(|char| !matches!(char, '-' | ' ')).collect();
    let lengths: Vec<usize> = text.split(['-', ' ']).map(str::len).collect();
    digits.len() == 9
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && matches!(lengths.as_slice(), [9] | [3, 2, 4] | [5, 4] | [3, 6])
}

fn is_rgb(text: &str) -> bool {
    let Some(inner) = text.strip_prefix("rgb(").and_then(|rest| rest.strip_suffix(')')) else {
        return false;
    };
    let parts: Vec<&str> = inner.split(',').map(str::trim).collect();
    parts.len() == 3 && parts.iter().all(|part| part.parse::<u8>().is_ok())
}

/// Go's lengths of time, and Scala's: `22 ns`, `3 days`.
fn is_duration(text: &str) -> bool {
    if expression::parse_duration(text).is_some() {
        return true;
    }
    const UNITS: &[&str] = &[
        "ns",
        "nano",
        "nanos",
        "nanosecond",
        "nanoseconds",
        "us",
        "µs",
        "micro",
        "micros",
        "microsecond",
        "microseconds",
        "ms",
        "milli",
        "millis",
        "millisecond",
        "milliseconds",
        "s",
        "sec",
        "secs",
        "second",
        "seconds",
        "m",
        "min",
        "mins",
        "minute",
        "minutes",
        "h",
        "hr",
        "hrs",
        "hour",
        "hours",
        "d",
        "day",
        "days",
        "w",
        "wk",
        "week",
        "weeks",
    ];
    let text = text.trim();
    let end = text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    !number.is_empty() && UNITS.contains(&unit.trim().to_lowercase().as_str())
}

/// RFC 3339, with a little less exactness.
fn is_date_time(text: &str) -> bool {
    if text.is_empty() {
        return true;
    }
    if expression::parse_timestamp(text).is_some() {
        return true;
    }
    // Without a colon in the zone, or without a zone.
    let with_colon = match text.len().checked_sub(2).and_then(|at| text.split_at_checked(at)) {
        Some((head, tail)) => format!("{head}:{tail}"),
        None => return false,
    };
    expression::parse_timestamp(&with_colon).is_some()
        || expression::parse_timestamp(&format!("{text}Z")).is_some()
}
