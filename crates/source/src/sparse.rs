//! Sparse checkouts: the files of the directories that an object names, and no others.

use manifest::tree::join;
use manifest::{Entry, FileTree, Lookup};

use crate::Error;

/// The files of a tree whose paths begin with one of `directories`; all where there are none. As in go-git
/// (`index.SkipUnless`) what counts is the text: `app` has `apps/x` and `app.yaml` too.
///
/// # Errors
/// Nothing stands at one of them.
pub fn sparse(tree: FileTree, directories: &[String]) -> Result<FileTree, Error> {
    if directories.is_empty() {
        return Ok(tree);
    }
    let begins = |path: &str| directories.iter().any(|text| path.starts_with(prefix(text)));
    let mut some = FileTree::default();
    let files = tree.iter().filter(|(_, entry)| !matches!(entry, Entry::Directory));
    for (path, _) in files.filter(|(path, _)| begins(path)) {
        some.insert_from(path, &tree, path);
    }
    some.set_complete();
    let is_there = |directory: &&String| match join("", directory) {
        Some(path) => !matches!(some.lookup(&path), Lookup::Absent),
        None => false,
    };
    match directories.iter().find(|directory| !is_there(directory)) {
        Some(directory) => Err(Error::NoDirectory { directory: directory.clone() }),
        None => Ok(some),
    }
}

/// What paths begin with.
fn prefix(directory: &str) -> &str {
    directory.strip_prefix("./").unwrap_or(directory)
}

#[cfg(test)]
mod tests {
    use manifest::{Content, FileTree};

    use super::sparse;

    #[track_caller]
    fn check(directories: &[&str], expected: &str) {
        let files = ["a/b/c", "a/d", "ab/e", "a.yaml", "f/g"];
        let tree = FileTree::of_files(files.map(|path| (path, Content::from(path))));
        let directories: Vec<String> = directories.iter().map(|text| (*text).to_owned()).collect();
        let got = match sparse(tree, &directories) {
            Ok(tree) => tree.file_names().collect::<Vec<_>>().join(" "),
            Err(error) => error.to_string(),
        };
        assert_eq!(got, expected);
    }

    #[test]
    fn directories() {
        check(&[], "a.yaml a/b/c a/d ab/e f/g");
        check(&["f"], "f/g");
        check(&["./a/", "f/g"], "a/b/c a/d f/g");
        check(&["a"], "a.yaml a/b/c a/d ab/e");
        check(&["f", "x"], "`spec.sparseCheckout` names `x`, which is not in the commit");
        check(&["../a"], "`spec.sparseCheckout` names `../a`, which is not in the commit");
    }
}
