//! What leaves the disk, and what stays.

use super::*;

/// The names of the files in a folder of a store, by their ending.
fn count(remote: &Remote, folder: &str, ending: &str) -> usize {
    let entries = fs::read_dir(remote.store().join(folder)).unwrap().flatten();
    entries.filter(|entry| entry.file_name().to_string_lossy().ends_with(ending)).count()
}

#[test]
fn the_last_commits_stay() {
    if !has_git() {
        return;
    }
    let remote = Remote::new(None);
    let large: String = (0..2000).map(|number| format!("line {number}\n")).collect();
    remote.commit("large.txt", &large);
    remote.git(&["tag", "-a", "-m", "x", "v1"]);
    let url = remote.serve();
    let store = remote.open(&url, &Access::default());
    let tagged = store.fetch(&Reference::Tag("v1".to_owned()), LONG).unwrap();
    let mut fetched = Vec::new();
    for number in 0..20 {
        remote.commit("large.txt", &format!("{large}{number}\n"));
        fetched.push(store.fetch(&branch("main"), LONG).unwrap());
    }
    assert!(count(&remote, "objects/pack", ".pack") < 16);
    assert_eq!(count(&remote, "objects/pack", ".pack"), count(&remote, "objects/pack", ".idx"));
    assert!(count(&remote, "refs/nauarch", "") < 20);
    // Another process has them, without a network.
    let names: Vec<&str> = fetched.iter().map(|it| it.commit.as_str()).collect();
    let store = remote.open("http://127.0.0.1:1/repo", &Access::default());
    let text = |commit: &str| {
        let reference = Reference::Commit { id: commit.to_owned(), branch: None };
        shown(&store, &reference).trim_end().lines().last().unwrap().to_owned()
    };
    for (number, commit) in names.iter().enumerate().skip(10) {
        check_eq(&text(commit), &number.to_string());
    }
    let tag = remote.open(&url, &Access::default()).last(&Reference::Tag("v1".to_owned()));
    assert_eq!(tag, Some(tagged));
    assert!(text(names[0]).contains("does not answer"), "{}", text(names[0]));
    // What is new comes on top of what was collected.
    let next = remote.commit("a.yaml", "next");
    let store = remote.open(&url, &Access::default());
    assert!(shown(&store, &branch("main")).starts_with(&format!("main@sha1:{next}\n")));
}
