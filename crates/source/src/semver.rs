//! Versions and ranges of them, as Flux reads them: Masterminds/semver v3 `constraints.go` with the strict
//! versions of fluxcd/pkg `version`.

use std::cmp::Ordering;

/// How long a range may be, and how many alternatives it may have.
const MAX_LENGTH: usize = 512;
const MAX_ALTERNATIVES: usize = 32;

/// A version: `v1.2.3-rc.1+build`.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    core: [u64; 3],
    /// Empty where it is a release.
    pre: String,
}

/// A range of versions: `>=1.0.0 <2.0.0 || ^3.1`.
#[derive(Clone, Debug)]
pub(crate) struct Range(Vec<Alternative>);

/// Conditions that have to hold together.
#[derive(Clone, Debug)]
struct Alternative {
    conditions: Vec<Condition>,
    /// Whether one of them names a pre-release: else those are left out.
    takes_pre: bool,
}

#[derive(Clone, Debug)]
struct Condition {
    operator: Operator,
    version: Version,
    /// Which parts were written: `1.x` has one, `*` none.
    written: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Operator {
    /// `1.2.3`, and with parts left out as `~`.
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterEqual,
    LessEqual,
    Tilde,
    Caret,
}

/// Why a range is none.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{range}` is no range of versions: write it as `>=1.0.0 <2.0.0`, `~1.2` or `1.x`")]
pub(crate) struct NotARange {
    range: String,
}

impl Version {
    /// The version that a tag is: three numbers, `v` before them if one likes. `None` for anything else.
    pub(crate) fn of_tag(tag: &str) -> Option<Version> {
        let text = tag.strip_prefix('v').unwrap_or(tag);
        let (text, build) = split_once_or(text, '+');
        let (core, pre) = split_once_or(text, '-');
        let mut numbers = core.split('.').map(number);
        let core = [numbers.next()??, numbers.next()??, numbers.next()??];
        let is_over = numbers.next().is_none();
        let fits = is_over
            && build.is_none_or(|build| build.split('.').all(is_word))
            && pre.is_none_or(|pre| pre.split('.').all(is_pre));
        fits.then(|| Version { core, pre: pre.unwrap_or_default().to_owned() })
    }
}

/// By precedence: what was built from is left out of it.
impl Ord for Version {
    fn cmp(&self, other: &Version) -> Ordering {
        let release = |version: &Version| version.pre.is_empty();
        self.core.cmp(&other.core).then_with(|| match (release(self), release(other)) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => compare_pre(&self.pre, &other.pre),
        })
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Version) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Version) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

fn split_once_or(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(text, rest)| (text, Some(rest)))
}

fn number(text: &str) -> Option<u64> {
    let is_plain = text == "0" || !text.starts_with('0');
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_plain && is_number { text.parse().ok() } else { None }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_pre(text: &str) -> bool {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    is_word(text) && (!is_number || number(text).is_some())
}

fn compare_pre(one: &str, other: &str) -> Ordering {
    let (mut ones, mut others) = (one.split('.'), other.split('.'));
    loop {
        let order = match (ones.next(), others.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(one), Some(other)) => match (one.parse::<u64>(), other.parse::<u64>()) {
                (Ok(one), Ok(other)) => one.cmp(&other),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => one.cmp(other),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

impl Range {
    /// Reads a range.
    ///
    /// # Errors
    /// It is none, over 512 bytes long, or has over 32 alternatives.
    pub(crate) fn parse(text: &str) -> Result<Range, NotARange> {
        let parts: Vec<_> = text.split("||").collect();
        let alternatives = if text.len() > MAX_LENGTH || parts.len() > MAX_ALTERNATIVES {
            None
        } else {
            parts.into_iter().map(alternative).collect()
        };
        alternatives.map(Range).ok_or_else(|| NotARange { range: text.to_owned() })
    }

    /// Whether a version is in it.
    pub(crate) fn has(&self, version: &Version) -> bool {
        self.0.iter().any(|alternative| {
            (version.pre.is_empty() || alternative.takes_pre)
                && alternative.conditions.iter().all(|condition| condition.holds(version))
        })
    }
}

fn alternative(text: &str) -> Option<Alternative> {
    let mut conditions = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (first, after) = condition(rest)?;
        // `1.2 - 2.3` is from here to there.
        let to = after.trim_start().strip_prefix("- ").filter(|_| after.starts_with(' '));
        rest = match to {
            Some(to) if first.operator == Operator::Equal => {
                let (last, after) = condition(to.trim_start())?;
                conditions.push(Condition { operator: Operator::GreaterEqual, ..first });
                conditions.push(Condition { operator: Operator::LessEqual, ..last });
                after
            }
            _ => {
                conditions.push(first);
                after
            }
        };
        let next = rest.trim_start();
        let comma = next.strip_prefix(',').map(str::trim_start);
        if !next.is_empty() && comma.is_none() && next.len() == rest.len() {
            return None;
        }
        rest = match comma {
            Some("") => return None,
            Some(next) => next,
            None => next,
        };
    }
    if conditions.is_empty() {
        return None;
    }
    let takes_pre = conditions.iter().any(|condition| !condition.version.pre.is_empty());
    Some(Alternative { conditions, takes_pre })
}

/// The condition that a text begins with, and what comes after it.
fn condition(text: &str) -> Option<(Condition, &str)> {
    let end = text.find(|char| !"=!<>~^".contains(char)).unwrap_or(text.len());
    let operator = match &text[..end] {
        "" | "=" => Operator::Equal,
        "!=" => Operator::NotEqual,
        ">" => Operator::Greater,
        "<" => Operator::Less,
        ">=" | "=>" => Operator::GreaterEqual,
        "<=" | "=<" => Operator::LessEqual,
        "~" | "~>" => Operator::Tilde,
        "^" => Operator::Caret,
        _ => return None,
    };
    let rest = text[end..].trim_start();
    let end = rest.find([' ', '\t', ',']).unwrap_or(rest.len());
    let (version, after) = rest.split_at(end);
    let version = version.strip_prefix('v').unwrap_or(version);
    let (version, build) = split_once_or(version, '+');
    let (core, pre) = split_once_or(version, '-');
    if !build.into_iter().chain(pre).all(|words| words.split('.').all(is_word)) {
        return None;
    }
    let mut parts = [0; 3];
    let mut written = 0;
    let mut is_open = false;
    for (index, part) in core.split('.').enumerate() {
        let place = parts.get_mut(index)?;
        if matches!(part, "x" | "X" | "*") {
            is_open = true;
            continue;
        }
        // Zeros in front are taken here, as there.
        let value = Some(part).filter(|part| is_word(part))?.parse().ok()?;
        if !is_open {
            (*place, written) = (value, index + 1);
        }
    }
    let pre = pre.unwrap_or_default().to_owned();
    Some((Condition { operator, version: Version { core: parts, pre }, written }, after))
}

impl Condition {
    fn holds(&self, version: &Version) -> bool {
        let order = version.cmp(&self.version);
        // Where parts were left out, only those that were written are compared.
        let count = self.written;
        let part = version.core[..count].cmp(&self.version.core[..count]);
        let is_open = count < 3;
        match self.operator {
            Operator::Equal if is_open => self.is_near(version, count.clamp(1, 2)),
            Operator::Equal => order == Ordering::Equal,
            Operator::NotEqual if count == 1 => part != Ordering::Equal,
            Operator::NotEqual if count == 2 => {
                part != Ordering::Equal || version.pre != self.version.pre
            }
            Operator::NotEqual => order != Ordering::Equal,
            Operator::Greater if is_open && count > 0 => part == Ordering::Greater,
            Operator::Greater => order == Ordering::Greater,
            Operator::Less => order == Ordering::Less,
            Operator::GreaterEqual => order != Ordering::Less,
            // `<=*` is `<=0.0.*` there.
            Operator::LessEqual if count == 0 => version.core[..2] == [0, 0],
            Operator::LessEqual if is_open => part != Ordering::Greater,
            Operator::LessEqual => order != Ordering::Greater,
            Operator::Tilde => self.is_near(version, count.clamp(1, 2)),
            Operator::Caret => {
                let zeros = self.version.core.iter().take_while(|part| **part == 0).count();
                // `^*` is `^0.0.0` there.
                self.is_near(version, if count == 0 { 3 } else { (zeros + 1).min(count) })
            }
        }
    }

    /// Whether a version is not below this one and has the same first parts.
    fn is_near(&self, version: &Version, parts: usize) -> bool {
        let is_any = self.operator != Operator::Caret && (self.written == 0 || self.is_nothing());
        *version >= self.version && (is_any || version.core[..parts] == self.version.core[..parts])
    }

    /// `~0.0.0` is everything.
    fn is_nothing(&self) -> bool {
        self.written == 3 && self.version.core == [0; 3]
    }
}

#[cfg(test)]
mod tests;
