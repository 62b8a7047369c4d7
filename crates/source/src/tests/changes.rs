//! What is told of changes.

use std::time::Duration;

use tokio::sync::watch::Receiver;
use tokio::time::timeout;

use super::*;

const SOON: Duration = Duration::from_secs(20);

/// Waits for the state that `is_it` accepts.
async fn wait(receiver: &mut Receiver<Latest>, is_it: impl Fn(&Latest) -> bool) -> Latest {
    let found = timeout(SOON, receiver.wait_for(|latest| is_it(latest))).await;
    found.expect("it comes in time").unwrap().clone()
}

/// Waits until the tree is shown so.
async fn wait_for(receiver: &mut Receiver<Latest>, expected: &str) {
    wait(receiver, |latest| latest.artifact.as_ref().is_some_and(|it| show(it) == expected)).await;
}

#[tokio::test]
async fn a_commit_is_an_event() {
    let scratch = Scratch::repository("//- a\nx");
    let mut receiver = follow(scratch.branch("main")).unwrap();
    wait_for(&mut receiver, "a: x\n").await;
    scratch.write("a", "y");
    let revision = scratch.commit();
    let latest = wait(&mut receiver, |it| it.artifact.as_ref().unwrap().revision == revision).await;
    check_eq(&show(&latest.artifact.unwrap()), "a: y\n");
    assert_eq!(latest.failure, None);
}

#[tokio::test]
async fn a_branch_that_goes_and_comes_back() {
    let scratch = Scratch::repository("//- a\nx");
    let mut receiver = follow(scratch.branch("main")).unwrap();
    let path = scratch.at(".git/refs/heads/main");
    let commit = fs::read(&path).unwrap();
    // Another branch stays, else there would be no commits.
    move_branch(&scratch.at(".git"), "other", std::str::from_utf8(&commit).unwrap().trim());
    fs::remove_file(&path).unwrap();
    let latest = wait(&mut receiver, |it| it.failure.is_some()).await;
    check_eq(
        &latest.failure.clone().unwrap().message,
        "there is no branch `main`; there is `other`",
    );
    assert!(latest.artifact.is_some(), "the last state is kept");
    fs::write(&path, &commit).unwrap();
    wait(&mut receiver, |it| it.failure.is_none()).await;
}

#[tokio::test]
async fn saved_files_are_events() {
    let scratch = Scratch::new("//- a\nx");
    let mut receiver = follow(scratch.worktree()).unwrap();
    scratch.write("a", "y");
    wait_for(&mut receiver, "a: y\n").await;
    // Editors write beside the file and rename.
    scratch.write("a~", "z");
    fs::rename(scratch.at("a~"), scratch.at("a")).unwrap();
    wait_for(&mut receiver, "a: z\n").await;
    scratch.write("deep/er/b", "1");
    wait_for(&mut receiver, "a: z\ndeep/er/b: 1\n").await;
    scratch.write("deep/er/b", "2");
    wait_for(&mut receiver, "a: z\ndeep/er/b: 2\n").await;
    fs::remove_dir_all(scratch.at("deep")).unwrap();
    wait_for(&mut receiver, "a: z\n").await;
    scratch.write("deep/er/b", "3");
    wait_for(&mut receiver, "a: z\ndeep/er/b: 3\n").await;
}

#[tokio::test]
async fn a_checkout_half_done_is_waited_for() {
    let scratch = Scratch::repository("//- a\nx");
    let mut receiver = follow(scratch.worktree()).unwrap();
    scratch.write(".git/index.lock", "");
    scratch.write("a", "half");
    scratch.write("b", "whole");
    scratch.write("a", "whole");
    fs::remove_file(scratch.at(".git/index.lock")).unwrap();
    let latest = wait(&mut receiver, |it| show(it.artifact.as_ref().unwrap()) != "a: x\n").await;
    check_eq(&show(&latest.artifact.unwrap()), "a: whole\nb: whole\n");
}
