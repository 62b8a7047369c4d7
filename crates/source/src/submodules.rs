//! Submodules: the commits of other repositories that a commit has in it, put where they belong.

use std::time::{Duration, Instant};

use gix::bstr::{BStr, ByteSlice};
use manifest::{Entry, FileTree, Lookup};

use crate::http::origin;
use crate::{Access, Error, Reference, Stores};

/// How often submodules may have submodules, as in go-git.
const MAX_DEPTH: usize = 10;

/// How many there may be in all.
const MAX_COUNT: usize = 1000;

/// Where the submodules of a repository are.
const MODULES: &str = ".gitmodules";

/// What is needed to fetch submodules.
pub(crate) struct Submodules<'a> {
    stores: &'a Stores,
    access: &'a Access,
    /// The server that `access` is for.
    origin: String,
    until: Instant,
    limit: Duration,
    left: usize,
}

impl Submodules<'_> {
    /// Puts the files of its submodules into the tree of the repository at `url`, and those of theirs, all within
    /// `limit`. The access is shown to the server at `url` and to no other.
    ///
    /// # Errors
    /// One cannot be fetched, or there are too many.
    pub(crate) fn fill(
        stores: &Stores,
        (url, access): (&str, &Access),
        tree: &mut FileTree,
        limit: Duration,
    ) -> Result<(), Error> {
        let until = Instant::now() + limit;
        let origin = origin(url).to_owned();
        let mut all = Submodules { stores, access, origin, until, limit, left: MAX_COUNT };
        all.fill_at(url, tree, &Inside::default())
    }

    fn fill_at(&mut self, url: &str, tree: &mut FileTree, inside: &Inside) -> Result<(), Error> {
        let wanted: Vec<(String, String)> =
            tree.submodules().map(|(path, commit)| (path.to_owned(), commit.to_owned())).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let wrong = |what: String| Error::TooMuch { what };
        if inside.depth >= MAX_DEPTH {
            return Err(wrong(format!("submodules have submodules over {MAX_DEPTH} deep")));
        }
        let modules = modules(tree);
        for (path, commit) in wanted {
            // Of a repository that nothing is said of there is an empty directory.
            let Some(written) = modules.iter().find(|module| module.path == path) else { continue };
            self.left = self
                .left
                .checked_sub(1)
                .ok_or_else(|| wrong(format!("it has over {MAX_COUNT} submodules")))?;
            let inner = inside.of(&path, &written.name);
            let theirs = resolved(url, &written.url);
            let files = self.files(&theirs, commit, &inner).map_err(|error| Error::Submodule {
                path: path.clone(),
                source: Box::new(error),
            })?;
            tree.insert(&path, Entry::Directory);
            for (within, _) in files.iter() {
                tree.insert_from(&format!("{path}/{within}"), &files, within);
            }
            tree.insert(&format!("{path}/.git"), Entry::File(inner.pointer().into_bytes().into()));
        }
        Ok(())
    }

    /// The files of a submodule, and of its own.
    fn files(&mut self, url: &str, commit: String, inside: &Inside) -> Result<FileTree, Error> {
        let is_remote = ["https://", "http://", "ssh://"].iter().any(|it| url.starts_with(it));
        if !is_remote && origin(url) != self.origin {
            let what =
                format!("`{}` is no address that submodules may have", crate::http::shown(url));
            return Err(Error::TooMuch { what });
        }
        let stranger = Access::default();
        let access = if origin(url) == self.origin { self.access } else { &stranger };
        let store = self.stores.store(url, access)?;
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Error::Slow { limit: self.limit });
        }
        let fetched = store.fetch(&Reference::Commit { id: commit, branch: None }, left)?;
        let mut tree = FileTree::clone(&store.read(&fetched)?.tree);
        self.fill_at(url, &mut tree, inside)?;
        Ok(tree)
    }
}

/// Which submodule of a submodule of the repository it is.
#[derive(Default)]
struct Inside {
    depth: usize,
    /// Its directory, seen from the repository.
    path: String,
    /// Where `git` has its objects, seen from the repository.
    objects: String,
}

impl Inside {
    fn of(&self, path: &str, name: &str) -> Inside {
        let under = |start: &str, rest: &str| match start {
            "" => rest.to_owned(),
            start => format!("{start}/{rest}"),
        };
        let objects = under(if self.depth == 0 { ".git" } else { &self.objects }, "modules");
        Inside {
            depth: self.depth + 1,
            path: under(&self.path, path),
            objects: under(&objects, name),
        }
    }

    /// The file `.git` that a checkout leaves in the directory. Flux's archives have it.
    fn pointer(&self) -> String {
        let up = "../".repeat(self.path.split('/').count());
        format!("gitdir: {up}{}\n", self.objects)
    }
}

/// An entry of `.gitmodules`.
struct Module {
    name: String,
    path: String,
    url: String,
}

fn modules(tree: &FileTree) -> Vec<Module> {
    let Lookup::Found(Entry::File(content)) = tree.lookup(MODULES) else { return Vec::new() };
    let text: &BStr = content.bytes().as_bstr();
    let Ok(config) = gix::config::File::try_from(text) else { return Vec::new() };
    let sections = config.sections_by_name("submodule").into_iter().flatten();
    let module = |section: gix::config::file::SectionRef<'_>| {
        let value = |key: &str| Some(section.value(key)?.to_str().ok()?.to_owned());
        let name = section.header().subsection_name()?.to_str().ok()?.to_owned();
        Some(Module { name, path: value("path")?, url: value("url")? })
    };
    sections.filter_map(module).collect()
}

/// The address of a submodule: one that begins with a dot is seen from the repository that it is in.
fn resolved(url: &str, written: &str) -> String {
    if !written.starts_with("./") && !written.starts_with("../") {
        return written.to_owned();
    }
    let start = origin(url).len();
    let mut parts: Vec<&str> = url[start..].split('/').filter(|part| !part.is_empty()).collect();
    for part in written.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    format!("{}/{}", &url[..start], parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::resolved;

    #[test]
    fn addresses() {
        let check = |written: &str, expected: &str| {
            assert_eq!(resolved("https://git.example.org/a/b.git", written), expected);
        };
        check("https://example.com/x", "https://example.com/x");
        check("../c.git", "https://git.example.org/a/c.git");
        check("../../c/d", "https://git.example.org/c/d");
        check("./x", "https://git.example.org/a/b.git/x");
        check("../../../../x", "https://git.example.org/x");
    }
}
