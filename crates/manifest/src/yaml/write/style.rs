//! Which style a text gets: a scan of its bytes in the ordinary case.
//!
//! The rules are those of go-yaml v2's encoder (what the text would be if it stood plain) and of
//! libyaml's emitter (what syntax forbids), for block context.

use crate::number::Number;

/// How a scalar is written.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Style {
    /// As it is.
    Plain,
    /// In `'`.
    Single,
    /// In `"`, with escapes.
    Double,
    /// After `|`, line by line.
    Literal,
}

/// A scalar's style and what its writer need not look for again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan {
    pub(super) style: Style,
    /// Holds U+2028 or U+2029, which libyaml takes for line breaks.
    pub(super) separators: bool,
    /// Holds any line break.
    pub(super) multiline: bool,
    /// Holds a space.
    pub(super) spaces: bool,
}

/// The characters beyond ASCII that libyaml takes for line breaks but can print.
pub(super) const SEPARATORS: [char; 2] = ['\u{2028}', '\u{2029}'];

/// A space.
const SPACE: u8 = 1;
/// `:` or `#`, which mean something next to a space.
const INDICATOR: u8 = 2;
/// A line feed.
const NEWLINE: u8 = 4;
/// A byte of a character beyond ASCII.
const WIDE: u8 = 8;
/// A character that only an escape can show.
const SPECIAL: u8 = 16;
/// U+2028 or U+2029.
const SEPARATOR: u8 = 32;
/// A line break that is special too: a carriage return or U+0085.
const SPECIAL_BREAK: u8 = 64;

/// The classes of a byte, without a branch or a table so that many are looked at in one step.
const fn class(byte: u8) -> u8 {
    let newline = byte == b'\n';
    let control = (byte < b' ') & !newline;
    SPACE * (byte == b' ') as u8
        + INDICATOR * ((byte == b':') | (byte == b'#')) as u8
        + NEWLINE * newline as u8
        + WIDE * (byte >= 0x80) as u8
        + SPECIAL * (control | (byte == 0x7f)) as u8
        + SPECIAL_BREAK * (byte == b'\r') as u8
}

const CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = class(byte as u8);
        byte += 1;
    }
    table
};

/// The classes of all bytes together.
fn classes(bytes: &[u8]) -> u8 {
    let (blocks, rest) = bytes.as_chunks::<32>();
    let seen = blocks
        .iter()
        .fold(0, |seen, block| seen | block.iter().fold(0, |seen, byte| seen | class(*byte)));
    rest.iter().fold(seen, |seen, byte| seen | CLASS[usize::from(*byte)])
}

/// What is special about a first byte, and where: syntax, or a value of another type.
const SYNTAX: u8 = 1;
const TYPED: u8 = 2;

const FIRST: [u8; 256] = {
    let mut first = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        first[byte] = match byte as u8 {
            b'#' | b',' | b'[' | b']' | b'{' | b'}' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\''
            | b'"' | b'%' | b'@' | b'`' | b'?' | b':' | b' ' => SYNTAX,
            b'-' | b'.' => SYNTAX | TYPED,
            b'+' | b'0'..=b'9' | b'~' => TYPED,
            b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' => TYPED,
            _ => 0,
        };
        byte += 1;
    }
    first
};

/// Looks `text` over. Whether it is a key makes no difference but for multi-line ones.
pub(super) fn scan(text: &str) -> Scan {
    let mut seen = classes(text.as_bytes());
    if seen & WIDE != 0 {
        seen |= scan_wide(text);
    }
    Scan {
        style: style(text, seen),
        separators: seen & SEPARATOR != 0,
        multiline: seen & (NEWLINE | SEPARATOR | SPECIAL_BREAK) != 0,
        spaces: seen & SPACE != 0,
    }
}

/// The classes of the characters beyond ASCII.
fn scan_wide(text: &str) -> u8 {
    let class = |char| match char {
        '\u{85}' => SPECIAL | SPECIAL_BREAK,
        '\u{2028}' | '\u{2029}' => SEPARATOR,
        '\u{80}'.. if !is_printable(char) => SPECIAL,
        _ => 0,
    };
    text.chars().fold(0, |seen, char| seen | class(char))
}

/// Whether a character beyond ASCII needs no escape within a line.
pub(super) fn is_printable(char: char) -> bool {
    !matches!(
        char,
        '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}'..
    )
}

fn style(text: &str, seen: u8) -> Style {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return Style::Double };
    if seen & NEWLINE != 0 {
        let allowed = seen & SPECIAL == 0
            && (seen & SPACE == 0 || (*last != b' ' && !has_space_before_break(text, seen)));
        return if allowed { Style::Literal } else { Style::Double };
    }
    if seen & SPECIAL != 0 {
        return Style::Double;
    }
    let first = FIRST[usize::from(*first)];
    if first & TYPED != 0 && is_typed(text) {
        return Style::Double;
    }
    if seen & SEPARATOR != 0 {
        let beside_space = seen & SPACE != 0
            && (has_space_before_break(text, seen)
                || text.contains("\u{2028} ")
                || text.contains("\u{2029} "));
        return if beside_space { Style::Double } else { Style::Single };
    }
    let syntax = (first & SYNTAX != 0 && starts_with_syntax(bytes))
        || *last == b' '
        || (seen & INDICATOR != 0 && has_indicator(text));
    if syntax { Style::Single } else { Style::Plain }
}

fn has_space_before_break(text: &str, seen: u8) -> bool {
    text.contains(" \n")
        || (seen & SEPARATOR != 0 && (text.contains(" \u{2028}") || text.contains(" \u{2029}")))
}

/// A colon before a space or the end, a hash after a space.
fn has_indicator(text: &str) -> bool {
    text.ends_with(':') || text.contains(": ") || text.contains(" #")
}

/// Whether what starts with one of [`SYNTAX`] is syntax; `-`, `?` and `:` are before a space or
/// the end, `-` and `.` also three times.
fn starts_with_syntax(bytes: &[u8]) -> bool {
    match bytes {
        [b'-' | b'?' | b':'] | [b'-' | b'?' | b':', b' ', ..] => true,
        [b'-', b'-', b'-', ..] | [b'.', b'.', b'.', ..] => true,
        [b'-' | b'?' | b':' | b'.', ..] => false,
        _ => true,
    }
}

/// Whether the plain text would be no string in YAML 1.1: a bool, null, number, date, or a number
/// in base 60.
fn is_typed(text: &str) -> bool {
    match text.as_bytes() {
        [b'0'..=b'9' | b'+' | b'-', ..] => {
            matches!(text, "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf" | "-.INF")
                || Number::is_yaml_1_1(text)
                || super::timestamp::is_timestamp(text)
                || is_base_60(text.as_bytes())
        }
        [b'.', ..] => {
            matches!(text, ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF")
                || Number::is_yaml_1_1(text)
        }
        _ => matches!(
            text,
            "y" | "Y"
                | "yes"
                | "Yes"
                | "YES"
                | "true"
                | "True"
                | "TRUE"
                | "on"
                | "On"
                | "ON"
                | "n"
                | "N"
                | "no"
                | "No"
                | "NO"
                | "false"
                | "False"
                | "FALSE"
                | "off"
                | "Off"
                | "OFF"
                | "~"
                | "null"
                | "Null"
                | "NULL"
        ),
    }
}

/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`
fn is_base_60(bytes: &[u8]) -> bool {
    let digits = match bytes {
        [b'-' | b'+', rest @ ..] => rest,
        _ => bytes,
    };
    let Some(colon) = digits.iter().position(|byte| *byte == b':') else { return false };
    let (whole, rest) = digits.split_at(colon);
    let end = rest.iter().position(|byte| *byte == b'.').unwrap_or(rest.len());
    let (parts, fraction) = rest.split_at(end);
    let digit_or_underscore = |byte: &u8| byte.is_ascii_digit() || *byte == b'_';
    whole.first().is_some_and(u8::is_ascii_digit)
        && whole.iter().all(digit_or_underscore)
        && parts[1..]
            .split(|byte| *byte == b':')
            .all(|part| matches!(part, [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9']))
        && fraction.iter().skip(1).all(digit_or_underscore)
}
