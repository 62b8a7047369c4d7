//! Repositories behind `git http-backend`, fetched into stores. Where Git is not installed, these are left out.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use sha2::{Digest, Sha256};
use testkit::check_eq;

use super::*;
use crate::tests::Scratch;
use crate::tests::server::{Git, has_git, serve, serve_tls};

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
fn many_who_ask_at_once() {
    if !has_git() {
        return;
    }
    let remote = Remote::new(None);
    let store = remote.open(&remote.serve(), &Access::default());
    // Whoever fetches waits until all have asked.
    let gate = Mutex::new(());
    let asked = std::sync::Barrier::new(9);
    std::thread::scope(|scope| {
        let guard = store.inner.last.lock().unwrap();
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    asked.wait();
                    drop(gate.lock());
                    store.fetch(&branch("main"), LONG).unwrap().revision
                })
            })
            .collect();
        asked.wait();
        drop(guard);
        let revisions: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert!(revisions.windows(2).all(|pair| pair[0] == pair[1]));
    });
    let packs = remote.git.asked().iter().filter(|line| line.starts_with("fetch")).count();
    assert_eq!(packs, 1);
}
