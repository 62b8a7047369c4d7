//! One violation of one rule.

use std::fmt;

/// Sorts by place, so that what is found in one file is printed together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Finding {
    /// A file, from the root.
    pub path: String,
    /// From 1; 0 where the file as a whole is meant.
    pub line: usize,
    pub rule: &'static str,
    /// What in the file, where an exception is for less than the whole file (a function's name).
    pub item: Option<String>,
    /// How much of it there is: lines for a size, otherwise 1.
    pub figure: usize,
    /// Cause and next step.
    pub message: String,
}

impl Finding {
    /// A violation that counts once.
    pub(super) fn new(
        rule: &'static str,
        path: &str,
        line: usize,
        message: impl Into<String>,
    ) -> Self {
        Self { path: path.to_owned(), line, rule, item: None, figure: 1, message: message.into() }
    }

    /// What a line of the allowlist names.
    pub(super) fn subject(&self) -> String {
        match &self.item {
            Some(item) => format!("{}::{item}", self.path),
            None => self.path.clone(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        write!(f, ": {} [{}]", self.message, self.rule)
    }
}
