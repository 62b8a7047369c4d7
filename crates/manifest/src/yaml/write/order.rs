//! The order of keys: go-yaml v2's, which is natural for numbers and puts letters last.
//!
//! Letters and digits beyond ASCII: a combining mark counts as a letter here where it is part of a
//! word, and only ASCII digits make numbers. Go's Unicode tables say otherwise for a few hundred
//! code points, none of which a key of a Kubernetes object may hold.

use std::cmp::Ordering;

use crate::Node;

/// A map entry by reference.
pub(super) type Entry<'n> = (&'n str, &'n Node);

/// How `a` and `b` stand to each other. At the first character in which they differ:
/// two letters compare as such; a letter comes after anything else; otherwise the numbers that
/// start there decide (none is zero), then the shorter run of digits, then the characters.
/// A key comes after every prefix of it.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let differ = a.bytes().zip(b.bytes()).position(|(x, y)| x != y);
    let Some(at) = differ else { return a.len().cmp(&b.len()) };
    let (x, y) = (a.as_bytes()[at], b.as_bytes()[at]);
    if x.is_ascii_alphabetic() && y.is_ascii_alphabetic() {
        return x.cmp(&y);
    }
    // The bytes before `at` are equal, so the differing characters start at the same place.
    let start = (0..=at).rev().find(|at| a.is_char_boundary(*at)).unwrap_or(0);
    compare_characters(a, b, start)
}

fn compare_characters(a: &str, b: &str, at: usize) -> Ordering {
    let (before, a) = a.split_at(at);
    let b = &b[at..];
    let (Some(x), Some(y)) = (a.chars().next(), b.chars().next()) else {
        return a.len().cmp(&b.len());
    };
    match (is_letter(x), is_letter(y)) {
        (true, true) => x.cmp(&y),
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => {
            // A zero within a number is a digit like others, not a leading one.
            let within = (x == '0' || y == '0')
                && before.bytes().rev().take_while(u8::is_ascii_digit).any(|digit| digit != b'0');
            let (number_a, digits_a) = leading_number(a, within);
            let (number_b, digits_b) = leading_number(b, within);
            number_a.cmp(&number_b).then(digits_a.cmp(&digits_b)).then(x.cmp(&y))
        }
    }
}

fn is_letter(char: char) -> bool {
    char.is_alphabetic() && !char.is_numeric()
}

/// The number that the leading digits make, modulo 2^64 as in Go, and their count.
fn leading_number(text: &str, within: bool) -> (i64, usize) {
    let digits = text.bytes().take_while(u8::is_ascii_digit);
    digits.fold((i64::from(within), 0), |(number, count), digit| {
        (number.wrapping_mul(10).wrapping_add(i64::from(digit - b'0')), count + 1)
    })
}

/// Sorts entries by [`compare`], stably; in one pass where they are sorted already.
///
/// Written out because the order is not transitive for every set of keys (numbers that overflow),
/// on which the standard sort may panic. `spare` is room to work in.
pub(super) fn sort<'n>(entries: &mut [Entry<'n>], spare: &mut Vec<Entry<'n>>) {
    const SMALL: usize = 24;
    if entries.len() <= SMALL {
        return insertion_sort(entries);
    }
    let (left, right) = entries.split_at_mut(entries.len() / 2);
    sort(left, spare);
    sort(right, spare);
    if let (Some(last), Some(first)) = (left.last(), right.first())
        && compare(last.0, first.0).is_le()
    {
        return;
    }
    spare.clear();
    spare.extend_from_slice(left);
    merge(entries, spare);
}

fn insertion_sort(entries: &mut [Entry<'_>]) {
    for sorted in 1..entries.len() {
        let entry = entries[sorted];
        let mut at = sorted;
        while at > 0 && compare(entries[at - 1].0, entry.0).is_gt() {
            entries[at] = entries[at - 1];
            at -= 1;
        }
        entries[at] = entry;
    }
}

/// Merges `left`, a copy of the sorted first half of `entries`, with the sorted second half.
fn merge<'n>(entries: &mut [Entry<'n>], left: &[Entry<'n>]) {
    let (mut from_left, mut from_right) = (0, left.len());
    for to in 0..entries.len() {
        // What is not yet taken from the right starts at or after `to`, so nothing is lost.
        let take_left = match (left.get(from_left), entries.get(from_right)) {
            (Some(a), Some(b)) => compare(a.0, b.0).is_le(),
            (Some(_), None) => true,
            (None, _) => return,
        };
        if take_left {
            entries[to] = left[from_left];
            from_left += 1;
        } else {
            entries[to] = entries[from_right];
            from_right += 1;
        }
    }
}
