//! Two YAML texts: the same bytes, the same values, or where they first differ.
//!
//! Values are the same when both of kustomize's readers (go-yaml v3, and YAML 1.1) find the same
//! documents in the same order; the order of map keys, quotes and layout do not matter, the types of
//! scalars do. The readers are our own: they have tests of their own, and nearly all outputs are
//! compared by their bytes alone.

use manifest::number::Number;
use manifest::yaml::{Flavor, Reader};
use manifest::{FileName, Node, Value};

/// How an output compares with what was expected.
#[derive(Debug, PartialEq)]
pub(super) enum Comparison {
    /// The same bytes.
    Identical,
    /// The same values; the first line that differs.
    Equal(String),
    /// The first difference.
    Different(String),
}

pub(super) fn compare(expected: &str, actual: &str) -> Comparison {
    if expected == actual {
        return Comparison::Identical;
    }
    for flavor in [Flavor::Resource, Flavor::Config] {
        let nodes =
            (read(expected, flavor, "the expected text"), read(actual, flavor, "the output"));
        let difference = match nodes {
            (Ok(expected), Ok(actual)) => documents(&expected, &actual),
            (Err(why), _) | (_, Err(why)) => Some(why),
        };
        if let Some(difference) = difference {
            return Comparison::Different(difference);
        }
    }
    Comparison::Equal(first_line(expected, actual))
}

fn read(text: &str, flavor: Flavor, what: &str) -> Result<Vec<Node>, String> {
    let nodes = Reader::new().read(text.as_bytes(), FileName::NONE, flavor);
    nodes.map_err(|error| format!("line {} of {what}: {error}", error.origin.line()))
}

fn documents(expected: &[Node], actual: &[Node]) -> Option<String> {
    let pairs = (1..).zip(expected.iter().zip(actual));
    let mut paths = pairs.map(|(number, (a, b))| difference(a, b, &format!("document {number}: ")));
    let same_length = expected.len() == actual.len();
    paths.find_map(|found| found).or_else(|| {
        (!same_length).then(|| format!("{} documents, not {}", actual.len(), expected.len()))
    })
}

/// The first difference between two nodes, that of `expected` first.
fn difference(expected: &Node, actual: &Node, path: &str) -> Option<String> {
    match (&expected.value, &actual.value) {
        (Value::Map(a), Value::Map(b)) => {
            let there = |key: &str| format!("{path}/{key}");
            let missing = a.iter().find_map(|(key, a)| match b.get(key) {
                Some(b) => difference(a, b, &there(key)),
                None => Some(format!("{} is missing", there(key))),
            });
            let surplus = || b.keys().find(|key| !a.contains(key));
            missing.or_else(|| surplus().map(|key| format!("{} is too much", there(key))))
        }
        (Value::List(a), Value::List(b)) => {
            let pairs = a.iter().zip(b).enumerate();
            let first = |(at, (a, b))| difference(a, b, &format!("{path}/{at}"));
            let length = || format!("{path} has {} items, not {}", b.len(), a.len());
            { pairs }.find_map(first).or_else(|| (a.len() != b.len()).then(length))
        }
        (Value::Number(a), Value::Number(b)) if Number::parse(a) == Number::parse(b) => None,
        (a, b) if a == b => None,
        (a, b) => Some(format!("{path} is {}, not {}", short(b), short(a))),
    }
}

fn short(value: &Value) -> String {
    const SHOWN: usize = 80;
    let text = format!("{value:?}");
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.split_at(end).0),
        None => text,
    }
}

/// The first line of two texts that differs.
fn first_line(expected: &str, actual: &str) -> String {
    let (mut expected, mut actual) = (expected.lines(), actual.lines());
    for number in 1.. {
        match (expected.next(), actual.next()) {
            (None, None) => break,
            (a, b) if a == b => {}
            (a, b) => {
                let text =
                    |line: Option<&str>| line.map_or("the end".to_owned(), |l| format!("{l:?}"));
                return format!("line {number} is {}, not {}", text(b), text(a));
            }
        }
    }
    "the line break at the end".to_owned()
}

#[cfg(test)]
mod tests;
