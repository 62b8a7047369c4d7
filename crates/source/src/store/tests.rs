//! Repositories behind `git http-backend`, fetched into stores. Where Git is not installed, these are left out.

mod collecting;
mod on_this_machine;
mod signed;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use sha2::{Digest, Sha256};
use testkit::check_eq;
use testkit::server::{Git, has_git, serve};

use super::*;
use crate::tests::Scratch;
use crate::tests::server::serve_tls;
use crate::tests::sshd::Sshd;

const LONG: Duration = Duration::from_secs(60);

/// A repository that is served, and the folder of a store.
struct Remote {
    scratch: Scratch,
    git: Git,
}

impl Remote {
    /// With one commit; for those who send `authorization`, if that is given.
    fn new(authorization: Option<&str>) -> Remote {
        let scratch = Scratch::new("");
        let remote = Remote { git: Git::new(scratch.path.clone(), authorization), scratch };
        remote.git(&["init", "-q", "-b", "main", "repo"]);
        remote.commit("a.yaml", "first");
        remote
    }

    fn git(&self, arguments: &[&str]) -> String {
        let repo = self.scratch.at("repo");
        let folder = if repo.is_dir() { repo } else { self.scratch.path.clone() };
        let output = Command::new("git")
            .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org"])
            .args(["-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"])
            .args(arguments)
            .current_dir(folder)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Commits a file; the name of the commit.
    fn commit(&self, path: &str, text: &str) -> String {
        self.scratch.write(&format!("repo/{path}"), text);
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", "next"]);
        self.head()
    }

    fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    fn serve(&self) -> String {
        let git = self.git.clone();
        format!("{}/repo", serve(move |asked| git.answer(asked)))
    }

    fn store(&self) -> PathBuf {
        self.scratch.at("store")
    }

    fn open(&self, url: &str, access: &Access) -> Store {
        Store::open(&self.store(), url, access).unwrap()
    }
}

fn branch(name: &str) -> Reference {
    Reference::Branch(name.to_owned())
}

fn secret(entries: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
    entries.iter().map(|(key, text)| ((*key).to_owned(), text.as_bytes().to_vec())).collect()
}

/// The revision and the files, or why there are none.
fn shown(store: &Store, reference: &Reference) -> String {
    let read = store.fetch(reference, LONG).and_then(|fetched| store.read(&fetched));
    let artifact = match read {
        Ok(artifact) => artifact,
        Err(error) => return error.chain(),
    };
    let mut text = format!("{}\n", artifact.revision);
    for (path, entry) in artifact.tree.iter() {
        if let manifest::Entry::File(content) = entry {
            text += &format!("{path}: {}\n", String::from_utf8_lossy(content.bytes()));
        }
    }
    text
}

#[test]
fn what_a_reference_may_be() {
    if !has_git() {
        return;
    }
    let remote = Remote::new(None);
    let first = remote.head();
    remote.git(&["tag", "light"]);
    remote.git(&["tag", "-a", "-m", "x", "heavy"]);
    remote.git(&["update-ref", "refs/pull/1/head", &first]);
    let second = remote.commit("a.yaml", "second");
    let store = remote.open(&remote.serve(), &Access::default());
    let check = |reference: Reference, expected: String| {
        check_eq(&shown(&store, &reference), &expected);
    };
    let commit = |branch: Option<&str>| Reference::Commit {
        id: first.clone(),
        branch: branch.map(str::to_owned),
    };
    check(branch("main"), format!("main@sha1:{second}\na.yaml: second\n"));
    check(Reference::Tag("light".into()), format!("light@sha1:{first}\na.yaml: first\n"));
    check(Reference::Tag("heavy".into()), format!("heavy@sha1:{first}\na.yaml: first\n"));
    let name = "refs/pull/1/head";
    check(Reference::Name(name.into()), format!("{name}@sha1:{first}\na.yaml: first\n"));
    check(commit(None), format!("sha1:{first}\na.yaml: first\n"));
    check(commit(Some("main")), format!("main@sha1:{first}\na.yaml: first\n"));
    let gone = "it has no branch, tag or commit `refs/heads/gone`";
    check(branch("gone"), gone.to_owned());
}

#[test]
fn the_highest_version_of_a_range() {
    if !has_git() {
        return;
    }
    let remote = Remote::new(None);
    let tags = ["v1.0.0", "1.2.0", "v1.10.0", "2.0.0-rc.1", "latest", "v3"];
    let commits = tags.map(|tag| {
        let commit = remote.commit("a.yaml", tag);
        remote.git(&["tag", tag]);
        commit
    });
    let store = remote.open(&remote.serve(), &Access::default());
    let check = |range: &str, expected: &str| {
        check_eq(&shown(&store, &Reference::SemVer(range.to_owned())), expected);
    };
    check(">=1.0.0", &format!("v1.10.0@sha1:{}\na.yaml: v1.10.0\n", commits[2]));
    check("~1.2", &format!("1.2.0@sha1:{}\na.yaml: 1.2.0\n", commits[1]));
    check(">=2.0.0-0", &format!("2.0.0-rc.1@sha1:{}\na.yaml: 2.0.0-rc.1\n", commits[3]));
    check("^3", "it has no tag with a version of `^3`");
    let none = "`x.y` is no range of versions: write it as `>=1.0.0 <2.0.0`, `~1.2` or `1.x`";
    check("x.y", none);
}

#[test]
fn of_several_references_one_counts() {
    let text = |text: &str| Some(text.to_owned());
    let all = Written {
        commit: text("c"),
        name: text("n"),
        tag: text("t"),
        semver: text("s"),
        branch: text("b"),
    };
    let check = |written: Written, expected: &str| {
        check_eq(&format!("{:?}", Reference::choose(written)), expected);
    };
    check(all.clone(), r#"Commit { id: "c", branch: Some("b") }"#);
    check(Written { commit: None, ..all.clone() }, r#"Name("n")"#);
    check(Written { commit: None, name: None, ..all.clone() }, r#"Tag("t")"#);
    check(Written { commit: None, name: None, tag: None, ..all }, r#"SemVer("s")"#);
    check(Written { branch: text("b"), ..Written::default() }, r#"Branch("b")"#);
    check(Written::default(), r#"Branch("master")"#);
}

#[test]
fn only_what_is_new_is_fetched() {
    if !has_git() {
        return;
    }
    let remote = Remote::new(None);
    for number in 0..50_u32 {
        // Text that does not get smaller.
        let digests = (0..20_u32).map(|at| Sha256::digest(format!("{number} {at}")));
        let text: String = digests.map(|digest| format!("{:02x?}\n", &digest[..])).collect();
        remote.scratch.write(&format!("repo/many/{number}.yaml"), &text);
    }
    remote.commit("b.yaml", "b");
    let store = remote.open(&remote.serve(), &Access::default());
    let first = store.read(&store.fetch(&branch("main"), LONG).unwrap()).unwrap();
    let size = |line: &String| line.rsplit(' ').next().unwrap().parse::<usize>().unwrap();
    let cloned = remote.git.asked().iter().map(size).max().unwrap();
    remote.commit("a.yaml", "second");
    let second = store.read(&store.fetch(&branch("main"), LONG).unwrap()).unwrap();
    let fetched = remote.git.asked().iter().map(size).max().unwrap();
    assert!(fetched * 10 < cloned, "{fetched} bytes after {cloned}");
    // What did not change is the same in memory.
    let content = |artifact: &Artifact| match artifact.tree.lookup("many/7.yaml") {
        manifest::Lookup::Found(manifest::Entry::File(content)) => content.clone(),
        other => panic!("{other:?}"),
    };
    assert!(std::ptr::eq(content(&first).bytes(), content(&second).bytes()));
    // A remote that did not change is asked for one listing.
    store.fetch(&branch("main"), LONG).unwrap();
    let asked = remote.git.asked();
    let words: Vec<_> = asked.iter().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(words, ["capabilities", "ls-refs"]);
}

#[test]
fn a_rewritten_branch_and_one_that_is_gone() {
    if !has_git() {
        return;
    }
    let remote = Remote::new(None);
    let store = remote.open(&remote.serve(), &Access::default());
    let first = store.fetch(&branch("main"), LONG).unwrap();
    remote.scratch.write("repo/a.yaml", "other");
    remote.git(&["commit", "-q", "-a", "--amend", "-m", "other"]);
    let other = remote.head();
    check_eq(&shown(&store, &branch("main")), &format!("main@sha1:{other}\na.yaml: other\n"));
    remote.git(&["branch", "-m", "main", "trunk"]);
    let gone = "it has no branch, tag or commit `refs/heads/main`";
    check_eq(&shown(&store, &branch("main")), gone);
    // What was fetched stays in service.
    assert!(store.read(&first).is_ok());
}

#[test]
fn what_was_fetched_is_there_without_a_network() {
    if !has_git() {
        return;
    }
    let remote = Remote::new(None);
    let fetched =
        remote.open(&remote.serve(), &Access::default()).fetch(&branch("main"), LONG).unwrap();
    let store = remote.open("http://127.0.0.1:1/repo", &Access::default());
    let tree = store.read(&fetched).unwrap().tree;
    assert!(matches!(tree.lookup("a.yaml"), manifest::Lookup::Found(_)));
    let said = shown(&store, &branch("main"));
    assert!(said.starts_with("http://127.0.0.1:1/repo: it does not answer"), "{said}");
    let id = fetched.commit.clone();
    let commit = Reference::Commit { id, branch: None };
    check_eq(&shown(&store, &commit), &format!("sha1:{}\na.yaml: first\n", fetched.commit));
}

#[test]
fn credentials() {
    if !has_git() {
        return;
    }
    // `me` and `canary-7`, in base64.
    let remote = Remote::new(Some("Basic bWU6Y2FuYXJ5LTc="));
    let url = remote.serve();
    let head = remote.head();
    let good = format!("main@sha1:{head}\na.yaml: first\n");
    let with = |url: &str, entries: &[(&str, &str)]| {
        let said = match Access::of_secret(url, &secret(entries)) {
            Ok(access) => shown(&remote.open(url, &access), &branch("main")),
            Err(error) => error.chain(),
        };
        assert!(!said.contains("canary"), "{said}");
        said
    };
    check_eq(&with(&url, &[("username", "me"), ("password", "canary-7")]), &good);
    check_eq(&with(&url.replace("http://", "http://me:canary-7@"), &[]), &good);
    let refused = with(&url, &[("username", "me"), ("password", "canary-8")]);
    assert!(refused.contains("401 Unauthorized"), "{refused}");
    let refused = with(&url.replace("http://", "http://me:canary-8@"), &[]);
    assert!(refused.contains("401 Unauthorized"), "{refused}");
    let refused = with(&url, &[("bearerToken", "canary-9")]);
    assert!(refused.contains("401 Unauthorized"), "{refused}");
    let token = Remote::new(Some("Bearer canary-9"));
    let access = Access::of_secret(&url, &secret(&[("bearerToken", "canary-9")])).unwrap();
    let said = shown(&token.open(&token.serve(), &access), &branch("main"));
    assert!(said.starts_with("main@sha1:"), "{said}");
    assert!(!format!("{access:?}").contains("canary"));
}

#[test]
fn keys() {
    let Some(sshd) = Sshd::start().filter(|_| has_git()) else { return };
    let remote = Remote::new(None);
    let first = remote.head();
    let url = sshd.url(&remote.scratch.at("repo"));
    let with = |key: &str, hosts: &str, more: &[(&str, &str)]| {
        let mut data = secret(more);
        data.insert("identity".to_owned(), sshd.key(key));
        data.insert("known_hosts".to_owned(), hosts.as_bytes().to_vec());
        let said = match Access::of_secret(&url, &data) {
            Ok(access) => shown(&remote.open(&url, &access), &branch("main")),
            Err(error) => error.chain(),
        };
        assert!(!said.contains("canary"), "{said}");
        said
    };
    let known = sshd.known_hosts("host");
    let good = format!("main@sha1:{first}\na.yaml: first\n");
    check_eq(&with("client", &known, &[]), &good);
    let second = remote.commit("a.yaml", "second");
    check_eq(&with("client-rsa", &known, &[]), &format!("main@sha1:{second}\na.yaml: second\n"));
    let third = remote.commit("a.yaml", "third");
    let password = [("password", "canary-5")];
    check_eq(&with("locked", &known, &password), &format!("main@sha1:{third}\na.yaml: third\n"));
    let starts = |said: &str, start: &str| assert!(said.contains(start), "{said}");
    starts(&with("locked", &known, &[]), "its `identity` is encrypted, and there is no `password`");
    let wrong = [("password", "canary-6")];
    starts(&with("locked", &known, &wrong), "or `password` is not the one of it");
    starts(&with("stranger", &known, &[]), "does not take the key of the Secret for");
    let other = sshd.known_hosts("stranger");
    starts(
        &with("client", &other, &[]),
        "shows a key that is not the one in line 1 of `known_hosts`",
    );
    starts(&with("client", "example.org ssh-ed25519 AAAA", &[]), "is not in `known_hosts`");
    let none = Store::open(&remote.store(), &url, &Access::default()).unwrap();
    check_eq(
        &shown(&none, &branch("main")),
        "ssh needs a Secret with `identity` and `known_hosts`",
    );
}

#[test]
fn certificates() {
    if !has_git() {
        return;
    }
    let remote = Remote::new(None);
    let git = remote.git.clone();
    let (url, certificate) = serve_tls(move |asked| git.answer(asked));
    let url = format!("{url}/repo");
    let said = shown(&remote.open(&url, &Access::default()), &branch("main"));
    assert!(said.contains("invalid peer certificate"), "{said}");
    for key in ["ca.crt", "caFile"] {
        let access = Access::of_secret(&url, &secret(&[(key, &certificate)])).unwrap();
        let said = shown(&remote.open(&url, &access), &branch("main"));
        assert!(said.starts_with("main@sha1:"), "{said}");
    }
}

#[test]
fn a_pack_that_breaks_off() {
    if !has_git() {
        return;
    }
    let remote = Remote::new(None);
    let git = remote.git.clone();
    let is_broken = Arc::new(AtomicBool::new(true));
    let broken = is_broken.clone();
    let url = serve(move |asked| {
        let (head, mut body) = git.answer(asked);
        let is_pack = body.windows(4).any(|bytes| bytes == b"PACK");
        if is_pack && broken.load(Ordering::SeqCst) {
            let length = body.len();
            body.truncate(length / 2);
            return (format!("{head}\r\nContent-Length: {length}"), body);
        }
        (head, body)
    });
    let store = remote.open(&format!("{url}/repo"), &Access::default());
    let said = shown(&store, &branch("main"));
    assert!(said.contains("its files do not arrive"), "{said}");
    is_broken.store(false, Ordering::SeqCst);
    let said = shown(&store, &branch("main"));
    assert!(said.starts_with("main@sha1:"), "{said}");
}

/// A server that stops in the middle of its answer.
#[test]
fn a_server_that_stalls() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/repo", listener.local_addr().unwrap());
    let scratch = Scratch::new("");
    let store = Store::open(&scratch.at("store"), &url, &Access::default()).unwrap();
    let error = store.fetch(&branch("main"), Duration::from_millis(50)).unwrap_err().chain();
    assert!(error.contains("no answer within 0.05 s"), "{error}");
}

#[test]
fn one_fetch_for_all_who_asked_before_it() {
    if !has_git() {
        return;
    }
    let remote = Remote::new(None);
    let store = remote.open(&remote.serve(), &Access::default());
    let before = store.inner.begun.load(Ordering::SeqCst);
    let fetched = store.fetch(&branch("main"), LONG).unwrap();
    assert!(!remote.git.asked().is_empty());
    // Somebody who asked before that fetch began has its outcome; who asks after it does not.
    assert_eq!(store.fetch_since(before, &branch("main"), LONG).unwrap(), fetched);
    assert_eq!(remote.git.asked(), [""; 0]);
    store.fetch(&branch("main"), LONG).unwrap();
    assert!(!remote.git.asked().is_empty());
}
