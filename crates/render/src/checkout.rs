//! Which source is the folder at hand: the Git repository that somebody has checked out, seen by the
//! objects that name it.

use std::fmt;

use api::{GitRepository, Source};

/// What is known of the folder at hand.
#[derive(Clone, Default, Debug)]
pub struct Checkout {
    /// The URLs of its Git remotes.
    pub remotes: Vec<String>,
    /// The source that it is, if somebody says so: a name, or kind and name as in
    /// `OCIRepository/fleet`.
    pub named: Option<String>,
}

/// The source that is served from the folder at hand, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Served {
    /// Which source.
    pub source: Source,
    /// Why it is thought so.
    pub because: Because,
}

/// Why a source is the folder at hand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Because {
    /// Somebody said so.
    Named,
    /// Its URL is that of a remote.
    Remote(String),
    /// There is no other GitRepository among what is applied by hand.
    Only,
}

/// `GitRepository/flux-system/fleet is this folder: there is no other`.
impl fmt::Display for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is this folder: ", self.source)?;
        match &self.because {
            Because::Named => f.write_str("it was named so"),
            Because::Remote(url) => write!(f, "its URL is that of the remote {url}"),
            Because::Only => f.write_str("there is no other GitRepository"),
        }
    }
}

impl Checkout {
    /// Whether `source` is the one that somebody named.
    pub(crate) fn is_named(&self, source: &Source) -> bool {
        self.named.as_deref().is_some_and(|named| match named.split_once('/') {
            Some((kind, name)) => source.kind.as_str() == kind && source.name == name,
            None => source.name == named,
        })
    }

    /// The source among `repositories`, those that are applied by hand, which is this folder.
    pub(crate) fn serves(&self, repositories: &[GitRepository]) -> Option<Served> {
        let served = |repository: &GitRepository, because| Served {
            source: repository.source.clone(),
            because,
        };
        if self.named.is_some() {
            let named = repositories.iter().find(|repository| self.is_named(&repository.source));
            return named.map(|repository| served(repository, Because::Named));
        }
        let by_url = repositories.iter().find_map(|repository| {
            let remote =
                self.remotes.iter().find(|url| same_repository(url, &repository.url.value))?;
            Some(served(repository, Because::Remote(remote.clone())))
        });
        let only = || {
            // The same one may be written in several files.
            let (first, rest) = repositories.split_first()?;
            let is_only = rest.iter().all(|other| other.source == first.source);
            is_only.then(|| served(first, Because::Only))
        };
        by_url.or_else(only)
    }
}

/// Whether two URLs name one repository: scheme, user, port and the ending `.git` aside.
fn same_repository(a: &str, b: &str) -> bool {
    let (a, b) = (place(a), place(b));
    !a.1.is_empty() && a == b
}

/// Host in lower case, and path.
fn place(url: &str) -> (String, String) {
    let url = url.trim();
    let (host, path) = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/').unwrap_or((rest, "")),
        // The form of scp: `git@host:path`.
        None => url.split_once(':').unwrap_or(("", url)),
    };
    let host = host.rsplit('@').next().unwrap_or(host);
    let host = host.split(':').next().unwrap_or(host).to_ascii_lowercase();
    let path = path.trim_matches('/');
    (host, path.strip_suffix(".git").unwrap_or(path).to_owned())
}

#[cfg(test)]
mod tests;
