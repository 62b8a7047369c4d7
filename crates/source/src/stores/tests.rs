//! Repositories that are followed: what readers see.

use std::sync::atomic::{AtomicBool, Ordering};

use testkit::check_eq;
use testkit::server::{Git, has_git, serve};

use super::*;
use crate::tests::Scratch;

#[tokio::test]
async fn files_and_failures() {
    if !has_git() {
        return;
    }
    let scratch = Scratch::repository(
        "
//- a.yaml
first
",
    );
    let folder = scratch.path.parent().unwrap().to_owned();
    let git = Git::new(folder, None);
    let is_down = Arc::new(AtomicBool::new(false));
    let down = Arc::clone(&is_down);
    let address = serve(move |asked| match down.load(Ordering::SeqCst) {
        true => ("503 Service Unavailable".to_owned(), Vec::new()),
        false => git.answer(asked),
    });
    let name = scratch.path.file_name().unwrap().to_string_lossy().into_owned();
    let elsewhere = Scratch::new("");
    let stores = Stores::new(elsewhere.at("stores"));
    let want = |branch: &str| Want {
        directories: Vec::new(),
        submodules: false,
        verify: None,
        reference: Reference::Branch(branch.to_owned()),
        interval: Duration::from_secs(3600),
        timeout: Duration::from_secs(60),
    };
    let url = format!("{address}/{name}/.git");
    let mut latest = stores.follow(&url, &Access::default(), want("main"));
    latest.wait_for(|latest| latest.artifact.is_some()).await.unwrap();
    let mut failing = stores.follow(&url, &Access::default(), want("gone"));
    let failure =
        failing.wait_for(|latest| latest.failure.is_some()).await.unwrap().failure.clone();
    check_eq(&failure.unwrap().message, "it has no branch, tag or commit `refs/heads/gone`");
    // One store for both, and another one for others.
    assert_eq!(std::fs::read_dir(elsewhere.at("stores")).unwrap().count(), 1);
    let data = [("bearerToken".to_owned(), b"x".to_vec())].into();
    let other = Access::of_secret(&url, &data).unwrap();
    stores.store(&url, &other).unwrap();
    assert_eq!(std::fs::read_dir(elsewhere.at("stores")).unwrap().count(), 2);
    // Another process has what was fetched, and says why there is nothing newer.
    is_down.store(true, Ordering::SeqCst);
    let stores = Stores::new(elsewhere.at("stores"));
    let mut latest = stores.follow(&url, &Access::default(), want("main"));
    let latest = latest.wait_for(|latest| latest.failure.is_some()).await.unwrap().clone();
    let failure = latest.failure.unwrap();
    assert!(failure.message.contains("503 Service Unavailable"), "{failure}");
    assert!(latest.artifact.unwrap().revision.as_str().starts_with("main@sha1:"));
}

#[tokio::test]
async fn a_storm_of_pokes() {
    if !has_git() {
        return;
    }
    let scratch = Scratch::repository("//- a.yaml\nfirst\n");
    let git = Git::new(scratch.path.parent().unwrap().to_owned(), None);
    let asking = git.clone();
    let address = serve(move |asked| asking.answer(asked));
    let name = scratch.path.file_name().unwrap().to_string_lossy().into_owned();
    let elsewhere = Scratch::new("");
    let stores = Stores::new(elsewhere.at("stores"));
    let url = format!("{address}/{name}/.git");
    let want = Want {
        directories: Vec::new(),
        submodules: false,
        verify: None,
        reference: Reference::Branch("main".to_owned()),
        interval: Duration::from_secs(3600),
        timeout: Duration::from_secs(60),
    };
    let follow = |_| stores.follow(&url, &Access::default(), want.clone());
    let mut followers: Vec<_> = (0..10).map(follow).collect();
    for follower in &mut followers {
        follower.wait_for(|latest| latest.artifact.is_some()).await.unwrap();
    }
    scratch.write("a.yaml", "second\n");
    let revision = scratch.commit();
    let before = git.asked().len();
    for _ in 0..100 {
        stores.poke(&url);
        stores.poke("https://other.test/repo");
    }
    for follower in &mut followers {
        let is_new = |latest: &Latest| {
            latest.artifact.as_ref().is_some_and(|artifact| artifact.revision == revision)
        };
        follower.wait_for(is_new).await.unwrap();
    }
    // One fetch has three questions, and ten ask.
    let asked = git.asked().len() - before;
    assert!(asked < 30, "{asked}");
}
