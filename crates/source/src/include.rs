//! What a repository includes of another one: a part of its artifact, put where there is nothing yet.

use manifest::tree::{is_within, join, relative};
use manifest::{Entry, FileTree, Lookup};

use crate::Error;

/// What is taken, and where it goes (`spec.include` of a GitRepository).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Include {
    /// The repository that it is taken from, for messages.
    pub name: String,
    /// The file or directory that is taken; all where it is empty.
    pub from: String,
    /// What that becomes.
    pub to: String,
}

impl Include {
    /// Puts a part of the artifact of another repository into `tree`: what `leaves_out` names, links and what
    /// cannot be read are not in it. As fluxcd/pkg `artifact/storage` does (`CopyToPath`), which renames: nothing may
    /// be there yet.
    ///
    /// # Errors
    /// The other has no such path, or something is there already.
    pub fn put(
        &self,
        tree: &mut FileTree,
        other: &FileTree,
        leaves_out: &dyn Fn(&str, bool) -> bool,
    ) -> Result<(), Error> {
        let wrong = |what: &str, path: &str| Error::Include {
            what: format!("of `{}` {what} `{path}`", self.name),
        };
        let (from, to) = (inside(&self.from), inside(&self.to));
        let is_file = matches!(other.lookup(&from), Lookup::Found(Entry::File(_)));
        let is_free = match tree.lookup(&to) {
            Lookup::Found(Entry::Directory) => {
                !is_file && tree.below(&to).all(|(path, _)| path == to)
            }
            // A file takes the place of another one.
            Lookup::Found(_) => is_file,
            Lookup::Absent | Lookup::Unread => true,
        };
        if !is_free {
            return Err(wrong("nothing can be put where something is:", &self.to));
        }
        let mut is_there = false;
        for (path, entry) in other.iter().filter(|(path, _)| is_within(path, &from)) {
            let is_directory = match entry {
                Entry::Directory => true,
                Entry::File(_) => false,
                Entry::Unreadable(_) if other.is_submodule(path) => true,
                Entry::Link(_) | Entry::Unreadable(_) => continue,
            };
            if leaves_out(path, is_directory) {
                continue;
            }
            is_there = true;
            let rest = if path == from { "." } else { &relative(path, &from) };
            let Some(place) = join(&to, rest) else { continue };
            tree.insert_from(&place, other, path);
        }
        if is_there || from.is_empty() { Ok(()) } else { Err(wrong("there is no", &self.from)) }
    }
}

/// A path without `.` and `..`; who climbs out of the root stays there.
fn inside(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use manifest::{Content, FileTree};

    use super::Include;

    fn tree(paths: &[&str]) -> FileTree {
        FileTree::of_files(paths.iter().map(|path| (*path, Content::from(*path))))
    }

    #[track_caller]
    fn check(from: &str, to: &str, expected: &str) {
        let mut into = tree(&["a/b"]);
        let mut other = tree(&["c/d", "c/e/f", "c/ignored", "g"]);
        other.set_executable("c/d");
        let [name, from, to] = ["lib", from, to].map(str::to_owned);
        let include = Include { name, from, to };
        let got = match include.put(&mut into, &other, &|path, _| path.ends_with("ignored")) {
            Ok(()) => {
                let mode = |path: &str| if into.is_executable(path) { "*" } else { "" };
                let shown = into.file_names().map(|path| format!("{path}{}", mode(path)));
                shown.collect::<Vec<_>>().join(" ")
            }
            Err(error) => error.to_string(),
        };
        assert_eq!(got, expected);
    }

    #[test]
    fn includes() {
        check("", "lib", "a/b lib/c/d* lib/c/e/f lib/g");
        check("./c", "x/y", "a/b x/y/d* x/y/e/f");
        check("g", "a/g", "a/b a/g");
        check("c", "a", "of `lib` nothing can be put where something is: `a`");
        check("", "/", "of `lib` nothing can be put where something is: `/`");
        check("x", "y", "of `lib` there is no `x`");
        check("../c", "../x", "a/b x/d* x/e/f");
        check("g", "a/b", "a/b");
        check("g", "a", "of `lib` nothing can be put where something is: `a`");
    }
}
