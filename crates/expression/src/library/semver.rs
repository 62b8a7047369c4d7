//! Versions by semver.org, as blang/semver v4 reads them (Kubernetes' `library/semverlib.go`).

use std::cmp::Ordering;

use super::{failed, no_overload};
use crate::pattern::Patterns;
use crate::value::{Outcome, Value};

/// A version; its build is not compared.
#[derive(Clone, Debug)]
pub struct Semver {
    numbers: [u64; 3],
    pre: Vec<Part>,
}

/// A part of a pre-release: numbers come before words.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Part {
    Number(u64),
    Word(String),
}

impl PartialEq for Semver {
    fn eq(&self, other: &Semver) -> bool {
        self.order(other) == Ordering::Equal
    }
}

impl Semver {
    /// Which comes first.
    pub(crate) fn order(&self, other: &Semver) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| {
            match (self.pre.is_empty(), other.pre.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => self.pre.cmp(&other.pre),
            }
        })
    }
}

fn is_word(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn number(text: &str, name: &str) -> Result<u64, String> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("Invalid character(s) found in {name} number {text:?}"));
    }
    if text.len() > 1 && text.starts_with('0') {
        let mut name = name.to_owned();
        name[..1].make_ascii_uppercase();
        return Err(format!("{name} number must not contain leading zeroes {text:?}"));
    }
    text.parse().map_err(|_| format!("strconv.ParseUint: parsing {text:?}: value out of range"))
}

fn read(text: &str) -> Result<Semver, String> {
    if text.is_empty() {
        return Err("Version string empty".to_owned());
    }
    let mut parts = text.splitn(3, '.');
    let (Some(major), Some(minor), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return Err("No Major.Minor.Patch elements found".to_owned());
    };
    let (major, minor) = (number(major, "major")?, number(minor, "minor")?);
    let (rest, build) = match rest.split_once('+') {
        Some((rest, build)) => (rest, Some(build)),
        None => (rest, None),
    };
    let (patch, pre) = match rest.split_once('-') {
        Some((patch, pre)) => (patch, Some(pre)),
        None => (rest, None),
    };
    let patch = number(patch, "patch")?;
    let mut pre_parts = Vec::new();
    for part in pre.into_iter().flat_map(|pre| pre.split('.')) {
        if part.is_empty() {
            return Err("Prerelease is empty".to_owned());
        }
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            if part.len() > 1 && part.starts_with('0') {
                return Err(format!(
                    "Numeric PreRelease version must not contain leading zeroes {part:?}"
                ));
            }
            pre_parts.push(Part::Number(part.parse().map_err(|_| "out of range".to_owned())?));
        } else if is_word(part) {
            pre_parts.push(Part::Word(part.to_owned()));
        } else {
            return Err(format!("Invalid character(s) found in prerelease {part:?}"));
        }
    }
    for part in build.into_iter().flat_map(|build| build.split('.')) {
        if part.is_empty() {
            return Err("Build meta data is empty".to_owned());
        }
        if !is_word(part) {
            return Err(format!("Invalid character(s) found in build meta data {part:?}"));
        }
    }
    Ok(Semver { numbers: [major, minor, patch], pre: pre_parts })
}

/// Without a leading `v` and leading zeroes, and with the numbers that are missing.
fn normalized(text: &str) -> Result<Semver, String> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let mut parts: Vec<String> = text.splitn(3, '.').map(str::to_owned).collect();
    for part in &mut parts {
        if part.len() > 1 {
            let trimmed = part.trim_start_matches('0');
            *part = match trimmed.bytes().next() {
                Some(byte) if byte.is_ascii_digit() => trimmed.to_owned(),
                _ => format!("0{trimmed}"),
            };
        }
    }
    if parts.len() < 3 {
        if parts.last().is_some_and(|last| last.contains(['+', '-'])) {
            return Err("short version cannot contain PreRelease/Build meta data".to_owned());
        }
        parts.resize(3, "0".to_owned());
    }
    read(&parts.join("."))
}

pub(crate) fn parse(_: &Patterns, args: &[Value]) -> Outcome {
    let read = match args {
        [Value::String(text)] | [Value::String(text), Value::Bool(false)] => read(text),
        [Value::String(text), Value::Bool(true)] => normalized(text),
        _ => return no_overload("semver", args),
    };
    read.map(|version| Value::Semver(version.into())).or_else(failed)
}

pub(crate) fn is(patterns: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::String(_)] | [Value::String(_), Value::Bool(_)] => {
            Ok(Value::Bool(parse(patterns, args).is_ok()))
        }
        _ => no_overload("isSemver", args),
    }
}

fn part(name: &str, args: &[Value], at: usize) -> Outcome {
    match args {
        [Value::Semver(version)] => {
            Ok(Value::Int(i64::try_from(version.numbers[at]).unwrap_or(i64::MAX)))
        }
        _ => no_overload(name, args),
    }
}

pub(crate) fn major(_: &Patterns, args: &[Value]) -> Outcome {
    part("major", args, 0)
}

pub(crate) fn minor(_: &Patterns, args: &[Value]) -> Outcome {
    part("minor", args, 1)
}

pub(crate) fn patch(_: &Patterns, args: &[Value]) -> Outcome {
    part("patch", args, 2)
}
