//! What the operators do to a value. Lengths and positions count bytes, as in the original.

use std::borrow::Cow;

use super::parse::{Case, Operator, Side, Which};
use super::{Cause, MAX_BYTES, MAX_STEPS, glob, unknown};

/// What is left of the limits.
pub(super) struct Budget {
    bytes: usize,
    pub(super) steps: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: MAX_BYTES, steps: MAX_STEPS }
    }
}

impl Budget {
    pub(super) fn spend_bytes(&mut self, bytes: usize) -> Result<(), Cause> {
        self.bytes = self.bytes.checked_sub(bytes).ok_or(Cause::Bytes)?;
        Ok(())
    }
}

/// The result of an operator on a value and the arguments that were read with it.
///
/// An unknown value gives its marker and nothing else, and so does an unknown argument that decides where to cut or
/// what to replace.
pub(super) fn apply<'r>(
    operator: Operator,
    value: Cow<'r, str>,
    arguments: &[Cow<'r, str>],
    budget: &mut Budget,
) -> Result<Cow<'r, str>, Cause> {
    budget.spend_bytes(value.len())?;
    let argument = |n: usize| arguments.get(n).map(AsRef::as_ref);
    let first: &str = argument(0).unwrap_or_default();
    let deciding = match operator {
        Operator::Plain => return Ok(value),
        Operator::Default if !value.is_empty() => return Ok(value),
        Operator::Default => return join(arguments, budget),
        Operator::Replace(_) => [value.as_ref(), first, ""],
        _ => [value.as_ref(), first, argument(1).unwrap_or_default()],
    };
    if let Some(marker) = deciding.into_iter().find_map(unknown::first_marker) {
        return Ok(Cow::Owned(marker.to_owned()));
    }
    let range = match operator {
        Operator::Plain | Operator::Default => 0..value.len(),
        Operator::Length => return Ok(Cow::Owned(value.len().to_string())),
        Operator::Case(case) => return Ok(Cow::Owned(change_case(&value, case))),
        Operator::Replace(which) => return replace(value, which, first, argument(1), budget),
        Operator::Slice => slice(value.len(), first, argument(1)),
        Operator::Trim { side: Side::Start, longest } => {
            glob::prefix(first, &value, longest, &mut budget.steps)?..value.len()
        }
        Operator::Trim { side: Side::End, longest } => {
            // Both turned round, pattern included: `%[ab]` looks for `]ba[` and so for nothing.
            let cut = glob::prefix(&reverse(first), &reverse(&value), longest, &mut budget.steps)?;
            0..value.len() - cut
        }
    };
    let part = value.get(range).ok_or(Cause::SplitsCharacter)?;
    Ok(Cow::Owned(part.to_owned()))
}

fn join<'r>(pieces: &[Cow<'r, str>], budget: &mut Budget) -> Result<Cow<'r, str>, Cause> {
    match pieces {
        [piece] => Ok(piece.clone()),
        _ => {
            budget.spend_bytes(pieces.iter().map(|piece| piece.len()).sum())?;
            Ok(Cow::Owned(pieces.concat()))
        }
    }
}

fn reverse(text: &str) -> String {
    text.chars().rev().collect()
}

/// The range of bytes that `${v:from:length}` takes. What is not a number leaves the value as it is, and so does ` -3`,
/// which other shells want written with the space.
fn slice(total: usize, from: &str, length: Option<&str>) -> std::ops::Range<usize> {
    let Ok(from) = from.parse::<i64>() else { return 0..total };
    let total_signed = i64::try_from(total).unwrap_or(i64::MAX);
    let start = if from < 0 { total_signed.saturating_add(from).max(0) } else { from };
    let end = match length.map(str::parse::<i64>) {
        None => total_signed,
        Some(Err(_)) => return 0..total,
        Some(Ok(length)) if length < 0 => total_signed.saturating_add(length),
        Some(Ok(length)) => start.saturating_add(length).min(total_signed),
    };
    match (usize::try_from(start), usize::try_from(end)) {
        (Ok(start), Ok(end)) if start < end => start..end,
        _ => 0..0,
    }
}

/// Replaces literal text. Without a replacement the text is removed, but `/#` and `/%` then do nothing.
fn replace<'r>(
    value: Cow<'r, str>,
    which: Which,
    text: &str,
    with: Option<&str>,
    budget: &mut Budget,
) -> Result<Cow<'r, str>, Cause> {
    let count = match which {
        Which::First => 1,
        Which::All => value.matches(text).count(),
        Which::Leading if with.is_some() && value.starts_with(text) => 1,
        Which::Trailing if with.is_some() && value.ends_with(text) => 1,
        Which::Leading | Which::Trailing => return Ok(value),
    };
    let with = with.unwrap_or_default();
    budget.spend_bytes(count.saturating_mul(with.len()))?;
    Ok(Cow::Owned(match which {
        Which::First | Which::Leading => value.replacen(text, with, 1),
        Which::All => value.replace(text, with),
        Which::Trailing => format!("{}{with}", value.strip_suffix(text).unwrap_or(&value)),
    }))
}

fn change_case(value: &str, case: Case) -> String {
    let first = |change: fn(char) -> char| {
        let mut rest = value.chars();
        rest.next().map(change).into_iter().chain(rest).collect()
    };
    match case {
        Case::Upper => value.chars().map(upper).collect(),
        Case::Lower => value.chars().map(lower).collect(),
        Case::UpperFirst => first(upper),
        Case::LowerFirst => first(lower),
    }
}

/// The one character that is `c` in upper case (Unicode's simple mapping): `ß` stays, for it has none.
fn upper(c: char) -> char {
    let mut mapped = c.to_uppercase();
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        // Greek with iota below: the full mapping writes the iota behind, the simple one has a character for both.
        _ => match c {
            '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => {
                char::from_u32(u32::from(c) + 8).unwrap_or(c)
            }
            '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => char::from_u32(u32::from(c) + 9).unwrap_or(c),
            _ => c,
        },
    }
}

/// The same in lower case; only `İ` has a full mapping of two, of which the first is the simple one.
fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}
