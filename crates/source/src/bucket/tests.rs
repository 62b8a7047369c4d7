//! Buckets of servers on loopback, fetched into stores.

mod hostile;
mod others;
mod server;
mod trust;

use testkit::check_eq;

use self::server::Server;
use super::*;
use crate::failure;
use crate::tests::Scratch;

const LONG: Duration = Duration::from_secs(60);

/// The bucket `fleet` of an S3 server without TLS.
fn address(host: &str) -> Address {
    Address {
        provider: Provider::Generic,
        endpoint: host.to_owned(),
        bucket: "fleet".to_owned(),
        prefix: String::new(),
        region: String::new(),
        insecure: true,
    }
}

/// The `data` of a Secret.
fn data(entries: &[(&str, &str)]) -> std::collections::BTreeMap<String, Vec<u8>> {
    entries.iter().map(|(key, text)| ((*key).to_owned(), text.as_bytes().to_vec())).collect()
}

fn keys(access: &str, secret: &str) -> Credentials {
    let data = data(&[("accesskey", access), ("secretkey", secret)]);
    Credentials::of_secrets(Provider::Generic, Some(&data), None).unwrap()
}

fn nobody() -> Credentials {
    Credentials::of_secrets(Provider::Generic, None, None).unwrap()
}

/// Leaves nothing out.
fn all(_: &str) -> fn(&str) -> bool {
    |_| false
}

/// The files; or why there are none. No credentials are in either.
fn shown(store: &Store) -> String {
    shown_with(store, all)
}

fn shown_with<L: Fn(&str) -> bool>(store: &Store, rules: impl FnOnce(&str) -> L) -> String {
    let text = match store.fetch(rules, LONG).and_then(|fetched| files(store, &fetched)) {
        Ok(text) => text,
        Err(error) => {
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
            error.chain().replace(&store.inner.address.endpoint, "HOST")
        }
    };
    assert!(!text.contains("canary"), "{text}");
    text
}

fn files(store: &Store, fetched: &Fetched) -> Result<String, Error> {
    let artifact = store.read(fetched)?;
    assert_eq!(artifact.revision, fetched.revision);
    let shown = |(path, entry): (&str, &Entry)| match entry {
        Entry::File(content) => format!("{path}: {}", String::from_utf8_lossy(content.bytes())),
        entry => format!("{path}: {entry:?}"),
    };
    let lines: Vec<String> =
        artifact.tree.iter().filter(|(_, entry)| **entry != Entry::Directory).map(shown).collect();
    Ok(lines.join("\n"))
}

#[test]
fn which_objects_count() {
    let server = Server::new(
        &[
            (".sourceignore", "*.md"),
            ("README.md", "canary"),
            ("apps/.sourceignore", "one of many"),
            ("apps/a.yaml", "a"),
            ("apps/a b+c&ü=%2F.yaml", "odd"),
            ("apps/folder/", ""),
            ("apps2/b.yaml", "b"),
            (".git/config", "as any other"),
        ],
        false,
    );
    let host = server.start();
    let good = keys("canary-1", "canary-2");
    let check = |prefix: &str, expected: &str| {
        let scratch = Scratch::new("");
        let address = Address { prefix: prefix.to_owned(), ..address(&host) };
        let store = Store::new(scratch.at("store"), address, &good);
        let rules = |text: &str| {
            assert_eq!(text, "*.md");
            |key: &str| key.ends_with(".md")
        };
        check_eq(&shown_with(&store, rules), expected);
    };
    let app = "apps/.sourceignore: one of many\napps/a b+c&ü=%2F.yaml: odd\napps/a.yaml: a";
    let git = ".git/config: as any other";
    check("", &format!("{git}\n.sourceignore: *.md\n{app}\napps2/b.yaml: b"));
    check("apps", &format!(".sourceignore: *.md\n{app}\napps2/b.yaml: b"));
    check("apps/", &format!(".sourceignore: *.md\n{app}"));
    check("apps/a.", ".sourceignore: *.md\napps/a.yaml: a");
    check("elsewhere", ".sourceignore: *.md");
}

#[test]
fn the_revision_is_that_of_source_controller() {
    // printf 'KEY ETAG\n…' | sha256sum, by the order of bytes, without `.sourceignore`.
    let revision = |objects: &[(&str, &str)]| {
        let object = |(key, etag): &(&str, &str)| {
            let (key, etag) = ((*key).to_owned(), (*etag).to_owned());
            listing::Object { key, etag, size: 1, generation: None }
        };
        let objects: Vec<_> = objects.iter().map(object).collect();
        Index::of(&objects).revision().to_string()
    };
    let check = |objects: &[(&str, &str)], expected: &str| check_eq(&revision(objects), expected);
    check(&[], "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check(
        &[("b.yaml", "0cc175b9c0f1b6a831c399e269772661"), ("a/é z", "x-2"), (".sourceignore", "y")],
        "sha256:6a7b4e588e25079907b255621a34978fa9a4822a85217e18c8f67f6feff2987c",
    );
}

/// Revisions and paths are what source-controller 1.9.6 made of the same server (`internal/bucket/minio`,
/// `internal/index`).
#[test]
fn what_flux_makes_of_the_same_objects() {
    let server = Server::new(
        &[
            (".git/config", "c"),
            (".sourceignore", "*.md"),
            ("/abs", "x"),
            ("README.md", "r"),
            ("Z", "upper"),
            ("a'b\"c<d>", "3"),
            ("a-b", "1"),
            ("a.b", "2"),
            ("a.yaml", "a"),
            ("apps/a b+c&ü=%2F.yaml", "odd"),
            ("apps/x/", ""),
            ("apps2/b.yaml", "b"),
            ("d//e", "x"),
            ("z/.sourceignore", "q"),
            ("é", "e"),
        ],
        false,
    );
    let host = server.start();
    let check = |prefix: &str, expected: &str, paths: &[&str]| {
        let scratch = Scratch::new("");
        let address = Address { prefix: prefix.to_owned(), ..address(&host) };
        let store = Store::new(scratch.at("store"), address, &keys("canary-1", "canary-2"));
        let fetched = store.fetch(|_| |key: &str| key.ends_with(".md"), LONG).unwrap();
        check_eq(fetched.revision.as_str(), expected);
        let tree = store.read(&fetched).unwrap().tree;
        let files = tree.iter().filter(|(_, entry)| **entry != Entry::Directory);
        assert_eq!(files.map(|(path, _)| path).collect::<Vec<_>>(), paths);
    };
    let apps = ["apps/a b+c&ü=%2F.yaml", "apps2/b.yaml"];
    check(
        "",
        "sha256:a7737ed0a79b97c6edc570e776ceede60938241233452f7d1df7b6036780822b",
        &[
            &[".git/config", ".sourceignore", "Z", "a'b\"c<d>", "a-b", "a.b", "a.yaml", "abs"][..],
            &apps,
            &["d/e", "z/.sourceignore", "é"],
        ]
        .concat(),
    );
    check(
        "apps",
        "sha256:9f2627b223d793f296d157c05d3c22d07f95b803291690cdd129c048e336ff71",
        &[&[".sourceignore"][..], &apps].concat(),
    );
    check(
        "a",
        "sha256:2570abfcba2e3c91c736f42935f24193144e13851e49f9791811aa7d454bff3f",
        &[&[".sourceignore", "a'b\"c<d>", "a-b", "a.b", "a.yaml"][..], &apps].concat(),
    );
}

#[test]
fn only_what_is_new_is_fetched() {
    let server = Server::new(&[("a.yaml", "a"), ("b.yaml", "b"), ("c.yaml", "b")], false);
    let (host, scratch) = (server.start(), Scratch::new(""));
    let good = keys("canary-1", "canary-2");
    let store = Store::new(scratch.at("store"), address(&host), &good);
    assert_eq!(store.last(), None);
    let check = |files: &str, asked: &str| {
        check_eq(&shown(&store), files);
        check_eq(&server.asked(), asked);
    };
    check("a.yaml: a\nb.yaml: b\nc.yaml: b", ".sourceignore LIST LIST a.yaml b.yaml c.yaml");
    check("a.yaml: a\nb.yaml: b\nc.yaml: b", ".sourceignore LIST LIST");
    let first = store.last().unwrap();
    server.put("b.yaml", "changed");
    check("a.yaml: a\nb.yaml: changed\nc.yaml: b", ".sourceignore LIST LIST b.yaml");
    check_eq(&files(&store, &first).unwrap(), "a.yaml: a\nb.yaml: b\nc.yaml: b");
    server.objects.lock().unwrap().remove("a.yaml");
    check("b.yaml: changed\nc.yaml: b", ".sourceignore LIST");
    // Rules are no part of the revision.
    server.put(".sourceignore", "# a comment");
    check("b.yaml: changed\nc.yaml: b", ".sourceignore LIST LIST");
    // The file of `a` goes with the second state after it.
    assert!(scratch.at("store/sha256").join(Digest::of(b"a").hex()).exists());
    server.put("c.yaml", "c");
    check(
        ".sourceignore: # a comment\nb.yaml: changed\nc.yaml: c",
        ".sourceignore LIST LIST c.yaml",
    );
    let gone = format!("the revision {} is not kept any more", first.revision);
    check_eq(&files(&store, &first).unwrap_err().chain(), &gone);
}

#[test]
fn what_was_fetched_is_there_without_a_network() {
    let server = Server::new(&[("a.yaml", "a"), (".sourceignore", "x")], true);
    let (host, scratch) = (server.start(), Scratch::new(""));
    let store = Store::new(scratch.at("store"), address(&host), &nobody());
    let fetched = store.fetch(all, LONG).unwrap();
    let later = Store::new(scratch.at("store"), address(&host), &nobody());
    assert_eq!(later.last(), Some(fetched.clone()));
    check_eq(&files(&later, &fetched).unwrap(), ".sourceignore: x\na.yaml: a");
    let elsewhere = Address { prefix: "b".to_owned(), ..address(&host) };
    assert_eq!(Store::new(scratch.at("store"), elsewhere, &nobody()).last(), None);

    // A file that is damaged is not used, and is fetched again.
    let digest = Digest::of(b"a");
    std::fs::write(scratch.at("store/sha256").join(digest.hex()), "other").unwrap();
    let fresh = Store::new(scratch.at("store"), address(&host), &nobody());
    let damaged = format!("the file of {digest} is damaged: it is fetched again next time");
    check_eq(&files(&fresh, &fetched).unwrap_err().chain(), &damaged);
    assert_eq!(fresh.last(), None);
    check_eq(&shown(&fresh), ".sourceignore: x\na.yaml: a");
}

#[test]
fn keys_and_paths() {
    let check = |keys: &[&str], expected: &str| {
        let objects: Vec<_> = keys.iter().map(|key| (*key, "x")).collect();
        let (server, scratch) = (Server::new(&objects, true), Scratch::new(""));
        let store = Store::new(scratch.at("store"), address(&server.start()), &nobody());
        let said = shown(&store);
        let said = said.strip_prefix("the bucket `fleet` at HOST: ").unwrap_or(&said);
        check_eq(
            said.strip_suffix(": rename it, or leave it out by `spec.ignore`").unwrap_or(said),
            expected,
        );
    };
    check(&["/abs", "a//b"], "a/b: x\nabs: x");
    check(&["../x"], "the object `../x` has a path with dots");
    check(&["a/./x"], "the object `a/./x` has a path with dots");
    check(&["a/..x", "..."], "...: x\na/..x: x");
    check(&["a/b", "a//b"], "the objects `a//b` and `a/b` are one file");
    check(&["a", "a/b/c"], "the object `a` is a file, and a folder for `a/b/c`");
    check(&["a", "a/"], "a: x");
    check(&["a", "a.b", "a-b/c"], "a: x\na-b/c: x\na.b: x");
}

#[tokio::test]
async fn buckets_that_are_followed() {
    let server = Server::new(&[("a.yaml", "a"), ("b.md", "b"), (".sourceignore", "*.txt")], false);
    let (host, scratch) = (server.start(), Scratch::new(""));
    let stores = crate::Stores::new(scratch.at("stores"));
    let follow = |secret: &str, ignore: &str| {
        let want = Want {
            ignore: ignore.to_owned(),
            rules: |file, spec| {
                let patterns = [file, spec].map(str::to_owned);
                Box::new(move |key| patterns.iter().any(|it| key.ends_with(it.trim_matches('*'))))
            },
            interval: Duration::from_secs(3600),
            timeout: LONG,
        };
        stores.follow_bucket(&address(&host), &keys("canary-1", secret), want)
    };
    let mut latest = follow("canary-2", "*.md");
    let latest = latest.wait_for(|latest| latest.artifact.is_some()).await.unwrap().clone();
    let paths = |latest: &crate::Latest| {
        let artifact = latest.artifact.as_ref().unwrap();
        artifact.tree.iter().map(|(path, _)| path.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(paths(&latest), [".sourceignore", "a.yaml"]);
    let mut other = follow("canary-2", "*.yaml");
    let other = other.wait_for(|latest| latest.artifact.is_some()).await.unwrap().clone();
    assert_eq!(paths(&other), [".sourceignore", "b.md"]);
    let mut refused = follow("canary-3", "");
    let refused = refused.wait_for(|latest| latest.failure.is_some()).await.unwrap().clone();
    let failure = refused.failure.unwrap();
    assert_eq!((failure.condition, failure.reason), ("FetchFailed", failure::BUCKET));
    assert!(!failure.message.contains("canary"), "{failure}");
}
