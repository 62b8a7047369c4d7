use testkit::check_eq;

use super::*;

/// What an entry says: what to clone, `[path]`, `@reference`, seconds.
fn check(entry: &str, expected: &str) {
    let said = repository(entry).map_or("no repository".to_owned(), |it| {
        let reference = it.reference.map(|reference| format!(" @{reference}")).unwrap_or_default();
        format!("{} [{}]{reference} {}", it.url, it.path, it.timeout.as_secs_f64())
    });
    check_eq(&said, expected);
}

/// The cases are those of kustomize's own test (`repospec_test.go`), and what they leave out.
#[test]
fn entries_of_repositories() {
    check("https://github.com/org/repo", "https://github.com/org/repo [] 27");
    check("https://github.com/org/repo/a/b?ref=v1", "https://github.com/org/repo [a/b] @v1 27");
    check("github.com/org/repo//a/b?version=x%2Fy", "https://github.com/org/repo [a/b] @x/y 27");
    check("GitHub.com/org/repo.git/a", "https://github.com/org/repo.git [a] 27");
    check("git@github.com:org/repo.git//a", "git@github.com:org/repo.git [a] 27");
    check("ssh://git@github.com/org/repo/a", "git@github.com:org/repo [a] 27");
    check(
        "ssh://git@host.test:2222/org/repo.git/a",
        "ssh://git@host.test:2222/org/repo.git [a] 27",
    );
    check("git@host.test:org/repo.git", "git@host.test:org/repo.git [] 27");
    check("git::https://host.test/a/b/c/d//e?timeout=90", "https://host.test/a/b/c/d [e] 90");
    check(
        "https://host.test/a/b/_git/c/d?timeout=1m30.5s",
        "https://host.test/a/b/_git/c [d] 90.5",
    );
    check("file:///srv/repo.git//a?ref=main", "file:///srv/repo.git [a] @main 27");
    check("file:///srv/repo", "file:///srv/repo [] 27");
    check("https://host.test/a/b?timeout=never&ref=", "https://host.test/a/b [] 27");
}

#[test]
fn entries_of_none() {
    for entry in [
        "base",
        "../base",
        "/srv/base",
        "host.test/org/repo",
        "git://host.test/org/repo",
        "https://host.test/x.yaml",
        "https://github.com/org",
        "github.com",
        "https://github.com/org/repo//../other",
        "https://github.com/org/repo.git/a/../../b",
        "git@host.test",
        "",
    ] {
        check(entry, "no repository");
    }
}

#[test]
fn what_may_be_a_file() {
    let said = |entry: &str| (is_file(entry), is_surely_repository(entry));
    assert_eq!(said("https://host.test/a/b/x.yaml"), (true, false));
    assert_eq!(said("HTTPS://host.test/a/b/x.yaml?token=1"), (true, false));
    assert_eq!(said("https://host.test/a/b?ref=v1"), (true, true));
    assert_eq!(said("https://host.test/a/b.git"), (true, true));
    assert_eq!(said("git@host.test:a/b"), (false, false));
}
