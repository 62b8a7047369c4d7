//! Repositories and files behind URLs of a server on loopback. Git's own server needs `git`: where it is not
//! installed, what asks it is left out.

use std::net::TcpListener;
use std::time::Duration;

use testkit::check_eq;
use testkit::server::{Asked, Git, has_git, serve};

use super::*;
use crate::tests::Scratch;

const LONG: Duration = Duration::from_secs(60);

/// Git's own server for the repository at `path`; at `/moved` it says that it is at `/repo`.
fn git_server(path: &Path) -> String {
    let folder = path.parent().unwrap().to_owned();
    let (git, name) = (Git::new(folder, None), path.file_name().unwrap().to_owned());
    serve(move |asked| {
        if let Some(rest) = asked.url.strip_prefix("/moved") {
            return (format!("301 Moved\r\nLocation: /repo{rest}"), Vec::new());
        }
        let Some(rest) = asked.url.strip_prefix("/repo") else {
            return ("404 Not Found".to_owned(), Vec::new());
        };
        let url = format!("/{}{rest}", name.to_string_lossy());
        git.answer(&Asked { url, ..asked.clone() })
    })
}

/// What a clone holds, or why there is none.
fn shown(clone: Result<Clone, Error>, scratch: &Scratch) -> String {
    let clone = match clone {
        Ok(clone) => clone,
        Err(error) => {
            let text = error.chain();
            return text.replace(&*scratch.path.to_string_lossy(), "PATH");
        }
    };
    let line = |(path, entry): (&str, &manifest::Entry)| match entry {
        manifest::Entry::File(content) => {
            Some(format!("{path}: {}\n", String::from_utf8_lossy(content.bytes()).trim_end()))
        }
        _ => None,
    };
    clone.tree.iter().filter_map(line).collect()
}

const FILES: &str = "
//- base/kustomization.yaml
resources: [a.yaml]
//- base/a.yaml
first
";

const FIRST: &str = "base/a.yaml: first\nbase/kustomization.yaml: resources: [a.yaml]\n";
const SECOND: &str = "base/a.yaml: second\nbase/kustomization.yaml: resources: [a.yaml]\n";

/// A repository with two commits, of which the first is tagged; and the first.
fn two_commits() -> (Scratch, String) {
    let scratch = Scratch::repository(FILES);
    let repository = gix::open_opts(&scratch.path, gix::open::Options::isolated()).unwrap();
    let first = repository.head_id().unwrap().to_string();
    let tag = scratch.at(".git/refs/tags/v1");
    fs::create_dir_all(tag.parent().unwrap()).unwrap();
    fs::write(tag, format!("{first}\n")).unwrap();
    scratch.write("base/a.yaml", "second");
    scratch.commit();
    (scratch, first)
}

#[test]
fn a_repository_on_this_disk() {
    let (scratch, first) = two_commits();
    let cache = scratch.at("cache");
    let url = format!("file://{}", scratch.path.display());
    let check = |reference: Option<&str>, expected: &str| {
        check_eq(&shown(clone(&url, reference, LONG, &cache), &scratch), expected);
    };
    check(None, SECOND);
    check(Some("main"), SECOND);
    check(Some("v1"), FIRST);
    check(Some(&first), FIRST);
    check(Some("gone"), "it has no branch, tag or commit `gone`");
    assert!(!cache.exists());
    let none = clone("file:///nowhere", None, LONG, &cache).unwrap_err().to_string();
    check_eq(&none, "there is no repository at `/nowhere`");
}

#[test]
fn a_repository_over_http() {
    if !has_git() {
        return;
    }
    let (scratch, first) = two_commits();
    let cache = scratch.at("cache");
    let server = git_server(&scratch.path);
    let check = |path: &str, reference: Option<&str>, expected: &str| {
        let url = format!("{server}{path}");
        check_eq(&shown(clone(&url, reference, LONG, &cache), &scratch), expected);
    };
    check("/repo", None, SECOND);
    check("/moved", Some("main"), SECOND);
    check("/repo", Some("v1"), FIRST);
    check("/repo", Some("gone"), "it has no branch, tag or commit `gone`");
    // What the cache has is asked for from nobody.
    check("/nowhere", Some(&first), FIRST);
    let kept = fs::read_dir(&cache).unwrap().count();
    assert_eq!(kept, 2, "a folder for each commit");
    let refused = shown(clone(&format!("{server}/nowhere"), None, LONG, &cache), &scratch);
    assert!(refused.ends_with("the server answers 404 Not Found"), "{refused}");
}

#[test]
fn files_over_http() {
    let server = serve(|asked| match asked.url.as_str() {
        "/a.yaml" => ("200 OK\r\nContent-Type: text/plain".to_owned(), b"a: 1\n".to_vec()),
        "/page" => ("200 OK\r\nContent-Type: text/html; charset=x".to_owned(), Vec::new()),
        "/moved" => ("302 Found\r\nLocation: a.yaml".to_owned(), Vec::new()),
        "/circle" => ("302 Found\r\nLocation: /circle".to_owned(), Vec::new()),
        _ => ("404 Not Found".to_owned(), Vec::new()),
    });
    let check = |path: &str, expected: &str| {
        let said = match download(&format!("{server}{path}"), LONG) {
            Ok(file) => format!("{:?} {}", file.content, file.is_page),
            Err(error) => error.chain(),
        };
        check_eq(&said, expected);
    };
    check("/a.yaml", "5 bytes false");
    check("/moved", "5 bytes false");
    check("/page", "0 bytes true");
    check("/gone", "the server answers 404 Not Found");
    check("/circle", "it leads on over 10 times");
}

/// A server that takes requests and does not answer: whoever waits gives up.
#[test]
fn a_server_that_hangs() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/repo.git", listener.local_addr().unwrap());
    let scratch = Scratch::new("");
    let short = Duration::from_millis(50);
    let expected =
        "no answer within 0.05 s; `?timeout=SECONDS` at the end of the URL gives it longer";
    check_eq(&shown(clone(&url, None, short, &scratch.path), &scratch), expected);
    check_eq(&download(&url, short).unwrap_err().chain(), expected);
}
