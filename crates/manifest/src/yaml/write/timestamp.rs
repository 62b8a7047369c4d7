//! Whether a text is a date to go-yaml: `2020-1-2`, with a time of day or not.
//!
//! The grammar is that of Go's `time.Parse` for the four layouts that go-yaml tries.

/// Whether the text is one of
///
/// * `YYYY-M-D`,
/// * `YYYY-M-D h:m:s` with a fraction or none, and any number of spaces,
/// * `YYYY-M-DTh:m:sZ` (or `t`), with a fraction or none, `Z` or `±hh:mm`,
///
/// with a day that the month has. Numbers below ten may have one digit or two.
pub(super) fn is_timestamp(text: &str) -> bool {
    parse(text.as_bytes()).is_some()
}

fn parse(text: &[u8]) -> Option<()> {
    let (year, text) = text.split_at_checked(4)?;
    let year = year.iter().try_fold(0, |year, byte| Some(year * 10 + digit(*byte)?))?;
    let (month, text) = number(text.strip_prefix(b"-")?)?;
    let (day, text) = number(text.strip_prefix(b"-")?)?;
    if day == 0 || day > days_in(month, year)? {
        return None;
    }
    match text {
        [] => Some(()),
        [b'T' | b't', text @ ..] => zone(time(text)?),
        [b' ', ..] => {
            let spaces = text.iter().take_while(|byte| **byte == b' ').count();
            time(&text[spaces..])?.is_empty().then_some(())
        }
        _ => None,
    }
}

fn digit(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(10)
}

/// A number of one digit, or of two, and what follows.
fn number(text: &[u8]) -> Option<(u32, &[u8])> {
    let (first, rest) = text.split_first()?;
    let first = digit(*first)?;
    match rest.split_first().and_then(|(second, rest)| Some((digit(*second)?, rest))) {
        Some((second, rest)) => Some((first * 10 + second, rest)),
        None => Some((first, rest)),
    }
}

fn days_in(month: u32, year: u32) -> Option<u32> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 => Some(if leap { 29 } else { 28 }),
        4 | 6 | 9 | 11 => Some(30),
        1..=12 => Some(31),
        _ => None,
    }
}

/// `h:m:s` and a fraction after a point or comma; gives what follows.
fn time(text: &[u8]) -> Option<&[u8]> {
    let (hour, text) = number(text)?;
    let (minute, text) = number(text.strip_prefix(b":")?)?;
    let (second, text) = number(text.strip_prefix(b":")?)?;
    if hour >= 24 || minute >= 60 || second >= 60 {
        return None;
    }
    match text {
        [b'.' | b',', b'0'..=b'9', ..] => {
            let digits = text[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            Some(&text[1 + digits..])
        }
        _ => Some(text),
    }
}

/// `Z` or `±hh:mm`, and nothing after it. Go allows 24 hours and 60 minutes.
fn zone(text: &[u8]) -> Option<()> {
    let [b'+' | b'-', h1, h2, b':', m1, m2] = text else { return (text == b"Z").then_some(()) };
    let (hour, minute) = (digit(*h1)? * 10 + digit(*h2)?, digit(*m1)? * 10 + digit(*m2)?);
    (hour <= 24 && minute <= 60).then_some(())
}
