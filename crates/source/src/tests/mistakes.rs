//! What cannot be read, and what is said about it.

use super::*;

/// Compares what opening and reading a branch says.
#[track_caller]
fn check_error(path: &Path, branch: &str, expected: &str) {
    let opened = Repository::open(path, Mode::Branch(branch.to_owned()));
    let error = opened.and_then(|repository| repository.latest()).unwrap_err();
    let path = path.display().to_string();
    check_eq(&error.chain().replace(&path, "X"), expected);
}

#[test]
fn folders_that_are_none() {
    let scratch = Scratch::new("//- file\nx");
    check_error(&scratch.at("gone"), "main", "there is no folder `X`");
    check_error(&scratch.at("file"), "main", "`X` is a file, not a folder");
    check_error(
        &scratch.path,
        "main",
        "`X` is in no Git repository: run `git init` there, or take its files as they are",
    );
}

#[test]
fn branches_that_are_not_there() {
    let scratch = Scratch::repository("//- a\nx");
    check_error(&scratch.path, "maim", "there is no branch `maim`; did you mean `main`?");
    check_error(&scratch.path, "release", "there is no branch `release`; there is `main`");
    check_error(&scratch.path, "a..b", "there is no branch `a..b`; there is `main`");
}

#[test]
fn a_repository_without_commits() {
    let scratch = Scratch::new("//- a\nx");
    gix::init(&scratch.path).unwrap();
    check_error(&scratch.path, "main", "the repository `X` has no commits: commit something first");
}

#[test]
fn a_folder_that_is_not_committed() {
    let scratch = Scratch::repository("//- a\nx");
    scratch.write("new/file", "x");
    let opened = Repository::open(&scratch.at("new"), Mode::Branch("main".to_owned())).unwrap();
    let error = opened.latest().unwrap_err().to_string();
    assert!(error.starts_with("`new` is not in the commit "), "{error}");
}

#[test]
fn a_detached_head() {
    let scratch = Scratch::repository("//- a\nx");
    let head = scratch.branch("main").head().unwrap();
    scratch.write(".git/HEAD", &format!("{}\n", head.hash()));
    check_eq(
        &branch(&scratch.path).unwrap_err().to_string(),
        "no branch is checked out (HEAD is detached): check one out, or take the files as they are",
    );
}

#[test]
fn a_repository_is_made_once() {
    let scratch = Scratch::repository("//- a\nx");
    let again = init(&scratch.path, "again", AUTHOR, jiff::Timestamp::UNIX_EPOCH);
    assert!(matches!(again, Err(Error::Git { .. })), "{again:?}");
}

#[test]
fn a_revision_that_never_was() {
    let scratch = Scratch::repository("//- a\nx");
    let other = Scratch::repository("//- a\ny").branch("main").head().unwrap();
    let error = scratch.branch("main").tree(&other).unwrap_err();
    assert!(matches!(error, Error::Gone { .. }), "{error}");
}
