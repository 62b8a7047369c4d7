//! A tree as Flux's source controller would hand it on: without links, and without the files that
//! `.sourceignore`, `spec.ignore`, `spec.sparseCheckout` or the defaults leave out.
//!
//! The rules are those of github.com/fluxcd/pkg, `sourceignore` and `artifact/storage/archive.go`: the
//! last pattern that matches decides; the patterns for CI files and pictures apply only where neither
//! a `.sourceignore` nor `spec.ignore` says anything.

use manifest::tree::{is_remote, is_within, join, parent};
use manifest::{Entry, FileTree, Lookup, Node};

use crate::substitute::is_match;

/// The file with patterns, in any directory.
pub(crate) const IGNORE_FILE: &str = ".sourceignore";

const VERSION_CONTROL: [&str; 4] = [".git/", ".gitignore", ".gitmodules", ".gitattributes"];

const DEFAULTS: [&str; 20] = [
    "*.jpg",
    "*.jpeg",
    "*.gif",
    "*.png",
    "*.wmv",
    "*.flv",
    "*.tar.gz",
    "*.zip",
    ".github/",
    ".circleci/",
    ".travis.yml",
    ".gitlab-ci.yml",
    "appveyor.yml",
    ".drone.yml",
    "cloudbuild.yaml",
    "codeship-services.yml",
    "codeship-steps.yml",
    "**/.goreleaser.yml",
    "**/.sops.yaml",
    "**/.flux.yaml",
];

/// What an artifact of a tree leaves out by patterns.
pub struct Ignore {
    /// By priority, the highest last.
    patterns: Vec<Pattern>,
}

impl Ignore {
    /// The patterns of `.sourceignore` files of a tree, and of `spec.ignore` of its source.
    pub fn new(tree: &FileTree, ignore: Option<&str>) -> Ignore {
        let mut patterns: Vec<Pattern> =
            VERSION_CONTROL.iter().map(|line| Pattern::parse(line, "")).collect();
        let built_in = patterns.len();
        for (path, entry) in tree.iter().filter(|(path, _)| path.ends_with(IGNORE_FILE)) {
            if let Entry::File(content) = entry
                && path.rsplit('/').next() == Some(IGNORE_FILE)
            {
                let text = String::from_utf8_lossy(content.bytes());
                patterns.extend(lines(&text).map(|line| Pattern::parse(line, parent(path))));
            }
        }
        patterns.extend(lines(ignore.unwrap_or_default()).map(|line| Pattern::parse(line, "")));
        if patterns.len() == built_in {
            patterns.extend(DEFAULTS.iter().map(|line| Pattern::parse(line, "")));
        }
        Ignore { patterns }
    }

    /// These patterns, and no others.
    pub fn of<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Ignore {
        let patterns = patterns.into_iter().flat_map(lines);
        Ignore { patterns: patterns.map(|line| Pattern::parse(line, "")).collect() }
    }

    /// Whether the file or directory at `path` is left out. What is below a directory that is left out is asked
    /// about for itself, as in Flux.
    pub fn leaves_out(&self, path: &str, is_directory: bool) -> bool {
        self.pattern(path, is_directory).is_some()
    }

    /// The pattern that leaves out `path`.
    fn pattern(&self, path: &str, is_directory: bool) -> Option<&Pattern> {
        let decides = |pattern: &&Pattern| pattern.matches(path, is_directory);
        self.patterns.iter().rev().find(decides).filter(|pattern| !pattern.includes)
    }
}

/// A tree and what is left out of it.
pub(crate) struct Artifact<'a> {
    pub(crate) tree: &'a FileTree,
    ignore: Ignore,
    /// `spec.sparseCheckout`: the only directories that there are, unless empty.
    directories: Vec<String>,
}

/// Why a path is not in an artifact.
pub(crate) enum LeftOut {
    /// It is a symbolic link.
    Link,
    /// By this pattern.
    Ignored(String),
    /// `spec.sparseCheckout` has other directories.
    NotCheckedOut,
}

impl<'a> Artifact<'a> {
    /// The artifact of a tree whose source has this `spec`.
    pub(crate) fn new(tree: &'a FileTree, spec: Option<&Node>) -> Artifact<'a> {
        let ignore = spec.and_then(|spec| spec.str_at(&["ignore"]));
        let sparse = spec.and_then(|spec| spec.get("sparseCheckout")?.as_list());
        let directories = sparse.unwrap_or_default().iter().filter_map(Node::as_str);
        Artifact {
            tree,
            ignore: Ignore::new(tree, ignore),
            directories: directories.filter_map(|at| join("", at)).collect(),
        }
    }

    /// A tree that was fetched, so that nothing is left out any more.
    pub(crate) fn fetched(tree: &'a FileTree) -> Artifact<'a> {
        Artifact { tree, ignore: Ignore { patterns: Vec::new() }, directories: Vec::new() }
    }

    /// Why a path that the tree has is not in the artifact.
    pub(crate) fn left_out(&self, path: &str) -> Option<LeftOut> {
        // What a build fetches is in no artifact.
        if is_remote(path) {
            return None;
        }
        let is_directory = match self.tree.lookup(path) {
            Lookup::Found(Entry::Link(_)) => return Some(LeftOut::Link),
            Lookup::Found(entry) => matches!(entry, Entry::Directory),
            _ => return None,
        };
        // Directories are made again for the files in them.
        if is_directory {
            return None;
        }
        let checked_out = |directory: &String| is_within(path, directory);
        if !self.directories.is_empty() && !self.directories.iter().any(checked_out) {
            return Some(LeftOut::NotCheckedOut);
        }
        let pattern = self.ignore.pattern(path, false)?;
        Some(LeftOut::Ignored(pattern.written.clone()))
    }
}

/// The lines that are patterns.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty())
}

/// One line of an ignore file.
struct Pattern {
    written: String,
    /// The directory of the file that it stands in.
    domain: String,
    parts: Vec<String>,
    includes: bool,
    directories_only: bool,
    /// It has a `/` in the middle or at the start, so it is seen from the domain.
    anchored: bool,
}

impl Pattern {
    fn parse(line: &str, domain: &str) -> Pattern {
        let rest = line.strip_prefix('!');
        let text = rest.unwrap_or(line);
        let text = if text.ends_with("\\ ") { text } else { text.trim_end_matches(' ') };
        let (text, directories_only) = match text.strip_suffix('/') {
            Some(text) => (text, true),
            None => (text, false),
        };
        Pattern {
            written: line.to_owned(),
            domain: domain.to_owned(),
            parts: text.split('/').map(str::to_owned).collect(),
            includes: rest.is_some(),
            directories_only,
            anchored: text.contains('/'),
        }
    }

    /// Whether it says something about what is at `path`.
    fn matches(&self, path: &str, is_directory: bool) -> bool {
        let inside = match self.domain.as_str() {
            "" => Some(path),
            domain => path.strip_prefix(domain).and_then(|rest| rest.strip_prefix('/')),
        };
        let Some(inside) = inside else { return false };
        let names: Vec<&str> = inside.split('/').collect();
        match self.anchored {
            true => self.matches_path(&names, is_directory),
            false => self.matches_name(&names, is_directory),
        }
    }

    /// Any directory on the way, or the file itself, has the name.
    fn matches_name(&self, names: &[&str], is_directory: bool) -> bool {
        let Some(pattern) = self.parts.first() else { return false };
        let found = names.iter().position(|name| is_match(pattern, name));
        found.is_some_and(|at| !self.directories_only || is_directory || at + 1 < names.len())
    }

    /// The path, or a directory on the way to it, is what the pattern describes.
    fn matches_path(&self, names: &[&str], is_directory: bool) -> bool {
        let mut names = names;
        let mut matched = false;
        let mut skip = false;
        for (at, part) in self.parts.iter().enumerate() {
            match part.as_str() {
                "" => skip = false,
                "**" if at + 1 == self.parts.len() => break,
                "**" => skip = true,
                part if part.contains("**") => return false,
                part => {
                    let found = match skip {
                        true => names.iter().position(|name| is_match(part, name)),
                        false => names.first().filter(|name| is_match(part, name)).map(|_| 0),
                    };
                    // After `**` the original goes on with nothing left, which then fails below.
                    let Some(at) = found else { return false };
                    (names, matched, skip) = (names.get(at + 1..).unwrap_or_default(), true, false);
                }
            }
        }
        matched && !(self.directories_only && !is_directory && names.is_empty())
    }
}

#[cfg(test)]
mod tests;
