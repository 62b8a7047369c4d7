//! The list of cases that are known not to pass: a floor that can only rise.
//!
//! One case a line: its name, and the reason after it. A case that fails and is not on the list fails
//! the run, and so does one that is on it and passes.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

/// The cases on the list, each with its reason.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Known(BTreeMap<String, String>);

impl Known {
    /// Reads a list; `#` starts a comment line.
    ///
    /// # Errors
    /// A case without a reason, or twice.
    pub(super) fn parse(text: &str) -> Result<Known> {
        let mut cases = BTreeMap::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let Some((name, reason)) = line.split_once(char::is_whitespace) else {
                bail!("line {number}: `{line}` has no reason; write one after the name");
            };
            if cases.insert(name.to_owned(), reason.trim().to_owned()).is_some() {
                bail!("line {number}: `{name}` is there twice; remove one");
            }
        }
        Ok(Known(cases))
    }

    /// Why a case is known not to pass.
    pub(super) fn reason(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// What is wrong, given the `passed` and `failed` cases; `all` says that these are all there are.
    pub(super) fn violations(&self, passed: &[&str], failed: &[&str], all: bool) -> Vec<String> {
        let mut violations = Vec::new();
        for name in failed.iter().filter(|name| self.reason(name).is_none()) {
            violations.push(format!("{name}: fails, and is not on the list"));
        }
        for name in passed.iter().filter(|name| self.reason(name).is_some()) {
            violations.push(format!("{name}: passes; take it off the list"));
        }
        let is_case = |name: &String| passed.contains(&&**name) || failed.contains(&&**name);
        for name in self.0.keys().filter(|name| all && !is_case(name)) {
            violations.push(format!("{name}: is no case; take it off the list"));
        }
        violations
    }
}

#[cfg(test)]
mod tests;
