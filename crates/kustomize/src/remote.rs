//! What an entry says that names a Git repository or a file behind a URL
//! (`api/internal/git/repospec.go`).

use std::time::Duration;

/// How long fetching may take, where the entry does not say.
const TIMEOUT: Duration = Duration::from_secs(27);

/// A directory in a Git repository.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Repository {
    /// What `git clone` takes.
    pub url: String,
    /// The directory in it; empty for its root.
    pub path: String,
    /// The branch, tag or commit; `None` for the default branch.
    pub reference: Option<String>,
    /// How long fetching may take.
    pub timeout: Duration,
}

/// Whether an entry is not in this repository.
pub(crate) fn is_remote(entry: &str) -> bool {
    is_file(entry) || repository(entry).is_some()
}

/// Whether an entry may name a file behind a URL.
pub fn is_file(entry: &str) -> bool {
    let lower = entry.get(..8).unwrap_or(entry).to_ascii_lowercase();
    lower.starts_with("http://") || lower.starts_with("https://")
}

/// Whether an entry says so itself that it is a repository and no file.
pub fn is_surely_repository(entry: &str) -> bool {
    let Some((_, _, rest)) = host(entry.split('?').next().unwrap_or_default()) else {
        return false;
    };
    let query = entry.split_once('?').map_or("", |(_, query)| query);
    let names_reference =
        query.split('&').any(|pair| pair.starts_with("ref=") || pair.starts_with("version="));
    names_reference || marked(rest).is_some()
}

/// What an entry says, where it is one of a repository: a URL of `https`, `http`, `ssh` or `file`, or the
/// short forms `git@host:path` and `github.com/path`. After `.git`, `//` or, else, the second part of the
/// path follows the directory in it.
pub fn repository(entry: &str) -> Option<Repository> {
    if entry.starts_with('/') {
        return None;
    }
    let (address, query) = entry.split_once('?').unwrap_or((entry, ""));
    let (host, is_local, rest) = host(address)?;
    let (repository, path) = marked(rest).or_else(|| match is_local {
        true => Some((rest, "")),
        false => after_two_parts(rest),
    })?;
    let path = path.trim_start_matches('/');
    let leads_out = manifest::tree::join("", path).is_none();
    if repository.is_empty() || leads_out {
        return None;
    }
    let value = |key: &str| value(query, key);
    Some(Repository {
        url: format!("{host}{repository}"),
        path: manifest::tree::join("", path).unwrap_or_default(),
        reference: value("ref").or_else(|| value("version")),
        timeout: timeout(entry),
    })
}

/// How long fetching may take what an entry names.
pub fn timeout(entry: &str) -> Duration {
    let query = entry.split_once('?').map_or("", |(_, query)| query);
    value(query, "timeout").and_then(|text| duration(&text)).unwrap_or(TIMEOUT)
}

/// A value of a query, unless it is empty.
fn value(query: &str, key: &str) -> Option<String> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == key)?;
    Some(decoded(value)).filter(|value| !value.is_empty())
}

/// Scheme, user and host, as Git wants them; whether that is this machine's disk; and the rest.
fn host(address: &str) -> Option<(String, bool, &str)> {
    let address = without(address, "git::").unwrap_or(address);
    let schemes = ["ssh://", "https://", "http://", "file://"];
    let found = schemes.iter().find_map(|scheme| Some((*scheme, without(address, scheme)?)));
    let (scheme, address) = found.unwrap_or(("", address));
    if scheme == "file://" {
        return Some((scheme.to_owned(), true, address));
    }
    let (user, rest) = user(address);
    let is_github =
        ["github.com/", "github.com:"].iter().any(|start| without(rest, start).is_some());
    let may_be_short = scheme.is_empty() && (!user.is_empty() || is_github);
    if scheme.is_empty() && !may_be_short {
        return None;
    }
    let slash = rest.find('/');
    let colon = rest
        .find(':')
        .filter(|at| may_be_short && *at > 0 && slash.is_none_or(|slash| *at < slash));
    let end = colon.or(slash)?;
    let (host, rest) = rest.split_at(end + 1);
    let host = match is_github {
        true if scheme == "ssh://" || !user.is_empty() => format!("{user}github.com:"),
        true => "https://github.com/".to_owned(),
        false => format!("{scheme}{user}{host}"),
    };
    Some((host, false, rest))
}

/// The user before a host, with its `@`.
fn user(address: &str) -> (&str, &str) {
    let Some(at) = address.find('@') else { return ("", address) };
    let (name, rest) = address.split_at(at + 1);
    let mut letters = name.trim_end_matches('@').chars();
    let is_name = letters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '-');
    if is_name { (name, rest) } else { ("", address) }
}

/// The repository and the directory in it, where a mark parts them.
fn marked(rest: &str) -> Option<(&str, &str)> {
    const AZURE: &str = "_git/";
    if let Some(at) = rest.find(AZURE) {
        let name = rest.get(at + AZURE.len()..)?;
        let end = at + AZURE.len() + name.find('/').unwrap_or(name.len());
        return Some((rest.get(..end)?, rest.get(end..)?));
    }
    if let Some(at) = rest.find("//") {
        return Some((rest.get(..at)?, rest.get(at + 2..)?));
    }
    let end = rest.find(".git")? + ".git".len();
    Some((rest.get(..end)?, rest.get(end..)?))
}

fn after_two_parts(rest: &str) -> Option<(&str, &str)> {
    let mut slashes = rest.match_indices('/').map(|(at, _)| at);
    slashes.next()?;
    let end = slashes.next().unwrap_or(rest.len());
    Some(rest.split_at(end))
}

fn without<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(start.len())?;
    head.eq_ignore_ascii_case(start).then_some(rest)
}

/// A value of a query without its escapes.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'%', [a, b, after @ ..]) if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
                let hex = |digit: &u8| (*digit as char).to_digit(16).unwrap_or_default() as u8;
                bytes.push(hex(a) * 16 + hex(b));
                rest = after;
            }
            (b'+', _) => bytes.push(b' '),
            _ => bytes.push(*first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Seconds, or a number with a unit as Go has it (`61`, `90s`, `1m30s`).
fn duration(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds)).filter(|it| !it.is_zero());
    }
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest.get(..end)?.parse().ok()?;
        rest = rest.get(end..)?;
        let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
        let (unit, seconds) = units.into_iter().find(|(unit, _)| rest.starts_with(unit))?;
        rest = rest.get(unit.len()..)?;
        total = total.checked_add(Duration::try_from_secs_f64(number * seconds).ok()?)?;
    }
    Some(total).filter(|it| !it.is_zero())
}

#[cfg(test)]
mod tests;
