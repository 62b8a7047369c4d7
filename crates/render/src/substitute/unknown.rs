//! The marker that stands in a text for what cannot be known.
//!
//! It is the reason between two characters that nothing else uses. The text around it is YAML and may be read,
//! substituted and written again, so the reason's quotes, colons, newlines and the like are moved out of YAML's sight.

/// Starts a marker.
pub const UNKNOWN_START: char = '\u{F0000}';

/// Ends a marker.
pub const UNKNOWN_END: char = '\u{F0001}';

/// Where the moved characters are: this much higher.
const MOVED: u32 = 0xF0100;

/// Whether a text holds a marker.
#[must_use]
pub fn is_unknown(text: &str) -> bool {
    first_marker(text).is_some()
}

/// Why a text is not known: the reason of the first marker in it.
#[must_use]
pub fn unknown_reason(text: &str) -> Option<String> {
    let marker = first_marker(text)?;
    let back = |c: char| match u32::from(c).checked_sub(MOVED) {
        Some(code) => char::from_u32(code).unwrap_or(c),
        None => c,
    };
    Some(marker.chars().filter(|c| !is_delimiter(*c)).map(back).collect())
}

/// The marker for a reason. Private-use characters in it are not kept.
pub(crate) fn marker(reason: &str) -> String {
    let moved = |c: char| if is_unsafe(c) { char::from_u32(u32::from(c) + MOVED) } else { Some(c) };
    let reason = reason.chars().filter(|c| u32::from(*c) < u32::from(UNKNOWN_START));
    std::iter::once(UNKNOWN_START)
        .chain(reason.filter_map(moved))
        .chain(std::iter::once(UNKNOWN_END))
        .collect()
}

/// The first marker, delimiters included.
pub(super) fn first_marker(text: &str) -> Option<&str> {
    let start = text.find(UNKNOWN_START)?;
    let length = text[start..].find(UNKNOWN_END)? + UNKNOWN_END.len_utf8();
    Some(&text[start..start + length])
}

fn is_delimiter(c: char) -> bool {
    c == UNKNOWN_START || c == UNKNOWN_END
}

/// What could end a scalar of any style, start an expression, or is not printable for YAML.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || "\"'\\:#,[]{}$".contains(c)
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}
