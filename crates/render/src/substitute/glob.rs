//! The patterns of `#` and `%`: Go's `path.Match` of 2010 without its special treatment of `/`.
//!
//! `*` is any text, `?` one character, `[a-z]` and `[^a-z]` a class, `\` takes the next one literally. Everything works
//! on bytes, so that a beginning of the value may end inside a character, where a `?` stands for a single byte.

use super::Cause;

/// How long the shortest or longest beginning of `value` is that the pattern matches as a whole; 0 if there is none.
///
/// The beginnings are tried from the longest down, and a pattern that turns out malformed on the way matches nothing:
/// `*x[` is malformed only for a value that gets it as far as the `[`.
///
/// # Errors
/// [`Cause::Steps`] when it takes more than `steps`.
pub(super) fn prefix(
    pattern: &str,
    value: &str,
    longest: bool,
    steps: &mut usize,
) -> Result<usize, Cause> {
    let mut found = 0;
    for end in (1..=value.len()).rev() {
        match matches(pattern.as_bytes(), &value.as_bytes()[..end], steps) {
            Ok(false) => {}
            Ok(true) => found = end,
            Err(Stop::Malformed) => return Ok(0),
            Err(Stop::Steps) => return Err(Cause::Steps),
        }
        if longest && found > 0 {
            break;
        }
    }
    Ok(found)
}

/// Whether the pattern matches all of `name`; a malformed pattern matches nothing.
pub(crate) fn is_match(pattern: &str, name: &str) -> bool {
    const STEPS: usize = 1 << 20;
    matches(pattern.as_bytes(), name.as_bytes(), &mut STEPS.clone()).unwrap_or(false)
}

enum Stop {
    Malformed,
    Steps,
}

fn spend(steps: &mut usize, count: usize) -> Result<(), Stop> {
    *steps = steps.checked_sub(count).ok_or(Stop::Steps)?;
    Ok(())
}

/// Whether the pattern matches all of `name`.
///
/// It is cut into chunks at its stars. A chunk is taken where it first fits, and the last one where it ends the name.
fn matches(mut pattern: &[u8], mut name: &[u8], steps: &mut usize) -> Result<bool, Stop> {
    while !pattern.is_empty() {
        let (star, chunk, rest) = split(pattern);
        spend(steps, pattern.len() - rest.len())?;
        pattern = rest;
        if star && chunk.is_empty() {
            return Ok(true);
        }
        let mut left = None;
        for start in 0..=if star { name.len() } else { 0 } {
            left = fit(chunk, &name[start..], steps)?
                .filter(|left| left.is_empty() || !pattern.is_empty());
            if left.is_some() {
                break;
            }
        }
        match left {
            Some(left) => name = left,
            None => return Ok(false),
        }
    }
    Ok(name.is_empty())
}

/// Whether the pattern starts with stars, what then comes up to the next star, and the rest.
fn split(pattern: &[u8]) -> (bool, &[u8], &[u8]) {
    let stars = pattern.iter().take_while(|byte| **byte == b'*').count();
    let (_, pattern) = pattern.split_at(stars);
    let (mut in_class, mut escaped) = (false, false);
    let end = pattern.iter().position(|byte| {
        let taken = std::mem::replace(&mut escaped, false);
        match byte {
            _ if taken => {}
            b'\\' => escaped = true,
            b'[' => in_class = true,
            b']' => in_class = false,
            b'*' => return !in_class,
            _ => {}
        }
        false
    });
    let (chunk, rest) = pattern.split_at(end.unwrap_or(pattern.len()));
    (stars > 0, chunk, rest)
}

/// What is left of `name` behind a chunk without stars, if it starts with it.
fn fit<'n>(
    mut chunk: &[u8],
    mut name: &'n [u8],
    steps: &mut usize,
) -> Result<Option<&'n [u8]>, Stop> {
    loop {
        spend(steps, 1)?;
        let Some((sign, behind)) = chunk.split_first() else { return Ok(Some(name)) };
        if name.is_empty() {
            return Ok(None);
        }
        let (character, width) = first_character(name);
        match sign {
            b'?' => {
                name = &name[width..];
                chunk = behind;
            }
            b'[' => {
                let (found, rest) = class(behind, character, steps)?;
                if !found {
                    return Ok(None);
                }
                name = &name[width..];
                chunk = rest;
            }
            sign => {
                let (literal, rest) = match sign {
                    b'\\' => behind.split_first().ok_or(Stop::Malformed)?,
                    _ => (sign, behind),
                };
                match name.split_first() {
                    Some((byte, left)) if byte == literal => name = left,
                    _ => return Ok(None),
                }
                chunk = rest;
            }
        }
    }
}

/// Whether a class, of which the `[` is read, holds the character; and the chunk behind its `]`.
fn class<'p>(
    chunk: &'p [u8],
    character: char,
    steps: &mut usize,
) -> Result<(bool, &'p [u8]), Stop> {
    let (negated, mut chunk) = match chunk {
        [b'^', rest @ ..] => (true, rest),
        _ => (false, chunk),
    };
    let (mut found, mut empty) = (false, true);
    loop {
        spend(steps, 1)?;
        if let [b']', rest @ ..] = chunk
            && !empty
        {
            return Ok((found != negated, rest));
        }
        let (low, mut rest) = class_character(chunk)?;
        let mut high = low;
        if let [b'-', range @ ..] = rest {
            (high, rest) = class_character(range)?;
        }
        found |= (low..=high).contains(&character);
        empty = false;
        chunk = rest;
    }
}

/// One character of a class, and what follows: something must.
fn class_character(chunk: &[u8]) -> Result<(char, &[u8]), Stop> {
    let chunk = match chunk {
        [] | [b'-' | b']', ..] => return Err(Stop::Malformed),
        [b'\\', rest @ ..] => rest,
        _ => chunk,
    };
    let (character, width) = first_character(chunk);
    match chunk.get(width..) {
        None | Some([]) => Err(Stop::Malformed),
        Some(rest) => Ok((character, rest)),
    }
}

/// The first character and its width. Where none starts (or ends) there, U+FFFD and 1, as in Go.
fn first_character(bytes: &[u8]) -> (char, usize) {
    let width = match bytes.first() {
        Some(0xf0..) => 4,
        Some(0xe0..) => 3,
        Some(0xc0..) => 2,
        _ => 1,
    };
    let character = bytes.get(..width).and_then(|bytes| std::str::from_utf8(bytes).ok());
    match character.and_then(|character| character.chars().next()) {
        Some(character) => (character, width),
        None => (char::REPLACEMENT_CHARACTER, 1),
    }
}
