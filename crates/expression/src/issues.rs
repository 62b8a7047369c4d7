//! What is wrong with an expression before it runs, shown as cel-go shows it: each with its line,
//! the text of that line, and a mark below the place.

use std::fmt;

/// As many are shown; of the rest only their number (cel-go's `common.Errors`).
const SHOWN: usize = 100;
/// A line longer than this is not shown.
const LONGEST_LINE: usize = 16_384;

/// A complaint and the place that it is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Issue {
    /// The place in code points from the start; `None` where it is about the whole.
    pub at: Option<u32>,
    /// What is wrong.
    pub message: String,
}

/// Why an expression does not compile.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Issues {
    source: String,
    list: Vec<Issue>,
}

impl Issues {
    pub(crate) fn new(source: &str, list: Vec<Issue>) -> Issues {
        Issues { source: source.to_owned(), list }
    }

    /// The complaints, in the order in which they were found.
    pub fn list(&self) -> &[Issue] {
        &self.list
    }
}

impl std::error::Error for Issues {}

impl fmt::Display for Issues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sorted: Vec<(i64, usize, &Issue)> = self
            .list
            .iter()
            .take(SHOWN)
            .map(|issue| {
                let (line, column) = place(&self.source, issue.at);
                (line, column, issue)
            })
            .collect();
        sorted.sort_by_key(|(line, column, _)| (*line, *column));
        for (index, (line, column, issue)) in sorted.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            show(f, &self.source, *line, *column, &issue.message)?;
        }
        match self.list.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n{more} more errors were truncated"),
        }
    }
}

/// The line, counted from one, and the column, counted from nought, of a place.
fn place(source: &str, at: Option<u32>) -> (i64, usize) {
    let Some(at) = at else { return (-1, 0) };
    let at = at as usize;
    let (mut line, mut column) = (1, 0);
    for (index, char) in source.chars().enumerate() {
        if index == at {
            break;
        }
        column += 1;
        if char == '\n' {
            line += 1;
            column = 0;
        }
    }
    (line, column)
}

fn show(
    f: &mut fmt::Formatter<'_>,
    source: &str,
    line: i64,
    column: usize,
    message: &str,
) -> fmt::Result {
    // About the whole: the place is "-1:0".
    let shown_column = if line < 0 { 0 } else { column + 1 };
    write!(f, "ERROR: <input>:{line}:{shown_column}: {message}")?;
    let Some(text) = usize::try_from(line - 1).ok().and_then(|line| source.split('\n').nth(line))
    else {
        return Ok(());
    };
    if text.len() > LONGEST_LINE {
        return Ok(());
    }
    write!(f, "\n | {}\n | ", text.replace('\t', " "))?;
    let mut chars = text.chars();
    for char in chars.by_ref().take(column) {
        f.write_str(if char.len_utf8() > 1 { "\u{ff0e}" } else { "." })?;
    }
    let is_wide = chars.next().is_some_and(|char| char.len_utf8() > 1);
    f.write_str(if is_wide { "\u{ff3e}" } else { "^" })
}
