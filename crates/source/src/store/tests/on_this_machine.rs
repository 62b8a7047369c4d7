//! Repositories at `file://`.

use super::*;

#[test]
fn what_a_reference_may_be() {
    if !has_git() {
        return;
    }
    let remote = Remote::new(None);
    let first = remote.head();
    remote.git(&["tag", "-a", "-m", "x", "v1.0.0"]);
    let large: String = (0..2000).map(|number| format!("line {number}\n")).collect();
    remote.commit("a.yaml", &large);
    remote.git(&["gc", "-q"]);
    let second = remote.commit("a.yaml", "second");
    let url = format!("file://{}", remote.scratch.at("repo").display());
    let store = remote.open(&url, &Access::default());
    let check = |reference: Reference, expected: String| {
        check_eq(&shown(&store, &reference), &expected);
    };
    check(branch("main"), format!("main@sha1:{second}\na.yaml: second\n"));
    let range = Reference::SemVer("1.x".to_owned());
    check(range, format!("v1.0.0@sha1:{first}\na.yaml: first\n"));
    let commit = Reference::Commit { id: first.clone(), branch: Some("main".to_owned()) };
    check(commit, format!("main@sha1:{first}\na.yaml: first\n"));
    let gone = "it has no branch, tag or commit `refs/heads/gone`";
    check(branch("gone"), gone.to_owned());
    // What goes there stays here.
    fs::remove_dir_all(remote.scratch.at("repo")).unwrap();
    let last = store.last(&branch("main")).unwrap();
    assert_eq!(last.commit, second);
    assert!(store.read(&last).is_ok());
    let folder = remote.scratch.at("repo");
    let none = format!("`{}` is no Git repository: ", folder.display());
    let error = store.fetch(&branch("main"), LONG).unwrap_err().chain();
    assert!(error.starts_with(&none), "{error}");
    let store = remote.open("file://repo", &Access::default());
    let wrong = "`file://repo`: write it as `file:///PATH`, with the whole path";
    check_eq(&shown(&store, &branch("main")), wrong);
}
