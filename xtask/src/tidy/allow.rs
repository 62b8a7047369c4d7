//! The allowlist: exceptions that were there before a rule, and may only shrink.
//!
//! A line is `RULE SUBJECT FIGURE`. The subject is a path, or `PATH::FUNCTION`; the figure is the
//! lines of a size, or for other rules how many findings there are. An exception that says more
//! than what is there is itself a finding, so progress cannot be lost again.

use std::collections::BTreeMap;

use super::ALLOWLIST;
use super::finding::Finding;

struct Exception {
    line: usize,
    figure: usize,
}

/// By rule and subject.
type Exceptions = BTreeMap<(String, String), Exception>;

/// Takes out what `allowlist` excuses, and adds what is wrong with it.
///
/// A subject with more than its exception says keeps all its findings.
pub(super) fn excuse(findings: Vec<Finding>, allowlist: &str) -> Vec<Finding> {
    let (mut exceptions, mut left) = parse(allowlist);
    let mut subjects: BTreeMap<_, Vec<Finding>> = BTreeMap::new();
    for finding in findings {
        let key = (finding.rule.to_owned(), finding.subject());
        subjects.entry(key).or_default().push(finding);
    }
    for (key, found) in subjects {
        let actual: usize = found.iter().map(|finding| finding.figure).sum();
        match exceptions.remove(&key) {
            Some(exception) if exception.figure == actual => {}
            Some(exception) if exception.figure > actual => {
                left.push(wrong(exception.line, format!("shrink it to {actual}")));
            }
            _ => left.extend(found),
        }
    }
    let unused = exceptions.into_values();
    left.extend(
        unused.map(|exception| wrong(exception.line, "no longer needed: remove this line")),
    );
    left
}

fn parse(allowlist: &str) -> (Exceptions, Vec<Finding>) {
    let mut exceptions = Exceptions::new();
    let mut bad = Vec::new();
    for (line, text) in (1..).zip(allowlist.lines()) {
        if text.trim().is_empty() || text.starts_with('#') {
            continue;
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        let &[rule, subject, figure] = words.as_slice() else {
            bad.push(wrong(line, "a line is `RULE SUBJECT FIGURE`"));
            continue;
        };
        let Ok(figure) = figure.parse() else {
            bad.push(wrong(line, format!("`{figure}` is not a number")));
            continue;
        };
        let key = (rule.to_owned(), subject.to_owned());
        if exceptions.insert(key, Exception { line, figure }).is_some() {
            bad.push(wrong(line, "stands here twice: remove one"));
        }
    }
    (exceptions, bad)
}

fn wrong(line: usize, message: impl Into<String>) -> Finding {
    Finding::new("allowlist", ALLOWLIST, line, message)
}

#[cfg(test)]
mod tests;
