//! Lists of the indexes of a Job: `1,3-5,7`.

use crate::go::quoted;

/// How many indexes there are in a list.
pub(super) fn count(text: &str, completions: i64) -> Result<i64, String> {
    let (mut total, mut last): (i64, Option<i64>) = (0, None);
    for part in text.split(',').filter(|_| !text.is_empty()) {
        let (start, end) = interval(part, completions)?;
        if let Some(last) = last.filter(|last| *last >= start) {
            return Err(format!("non-increasing order, previous: {last}, current: {start}"));
        }
        total += end - start + 1;
        last = Some(end);
    }
    Ok(total)
}

/// The first index that two lists both have, in words.
pub(super) fn overlap(completed: &str, failed: &str, completions: i64) -> Option<String> {
    if completed.is_empty() || failed.is_empty() {
        return None;
    }
    let read = |text: &str| -> Vec<(i64, i64)> {
        text.split(',').filter_map(|part| interval(part, completions).ok()).collect()
    };
    let (completed, failed) = (read(completed), read(failed));
    let (mut a, mut b) = (completed.iter().peekable(), failed.iter().peekable());
    while let (Some(one), Some(other)) = (a.peek(), b.peek()) {
        if one.0 <= other.1 && other.0 <= one.1 {
            let at = one.0.max(other.0);
            return Some(format!("failedIndexes and completedIndexes overlap at index: {at}"));
        }
        if one.0 <= other.0 {
            a.next();
        } else {
            b.next();
        }
    }
    None
}

fn interval(text: &str, completions: i64) -> Result<(i64, i64), String> {
    let index = |text: &str| -> Result<i64, String> {
        let number: i64 = text
            .parse()
            .map_err(|_| format!("cannot convert string to integer for index: {}", quoted(text)))?;
        if number >= completions {
            return Err(format!("too large index: {}", quoted(text)));
        }
        Ok(number)
    };
    let parts: Vec<&str> = text.split('-').collect();
    match parts.as_slice() {
        [one] => index(one).map(|index| (index, index)),
        [start, end] => {
            let (start, end) = (index(start)?, index(end)?);
            if start >= end {
                return Err(format!("non-increasing order, previous: {start}, current: {end}"));
            }
            Ok((start, end))
        }
        _ => Err(format!(
            "the fragment {} violates the requirement that an index interval can have at most two parts \
             separated by '-'",
            quoted(text)
        )),
    }
}
