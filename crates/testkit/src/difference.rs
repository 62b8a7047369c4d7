//! Two texts compared, and shown line by line where they differ.

use std::fmt::Write;

use similar::{ChangeTag, TextDiff};

/// How many equal lines stand around a difference.
const AROUND: usize = 3;

/// Panics with the lines that differ, unless `actual` is `expected`.
///
/// Line breaks at both ends do not count, so that the expected text may start on a line of its own.
#[track_caller]
#[expect(clippy::panic, reason = "a failed comparison is what a test reports by panicking")]
pub fn check_eq(actual: &str, expected: &str) {
    let trim = |text: &str| text.trim_matches('\n').to_owned() + "\n";
    let (actual, expected) = (trim(actual), trim(expected));
    if actual != expected {
        let shown = difference(&actual, &expected);
        panic!("not as expected (`-` expected, `+` actual)\n{shown}\nactual:\n{actual}");
    }
}

/// The lines that differ, each with `-` (only expected) or `+` (only actual), and a few around them.
pub fn difference(actual: &str, expected: &str) -> String {
    let diff = TextDiff::from_lines(expected, actual);
    let mut shown = String::new();
    for (number, group) in diff.grouped_ops(AROUND).iter().enumerate() {
        if number > 0 {
            shown.push_str("  ...\n");
        }
        for change in group.iter().flat_map(|operation| diff.iter_changes(operation)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            let line = change.value().trim_end_matches('\n');
            // Writing to a string cannot fail.
            let _ = writeln!(shown, "{sign} {line}");
        }
    }
    shown
}

#[cfg(test)]
mod tests;
