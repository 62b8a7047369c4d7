//! Archives behind a server: what is asked for, and what is refused.

use std::sync::Mutex;

use manifest::FileTree;
use testkit::check_eq;
use testkit::server::serve;

use super::*;
use crate::tests::Scratch;

fn packed(text: &str) -> (Vec<u8>, String) {
    let mut bytes = Vec::new();
    let tree = FileTree::of_files([("a.yaml", text.into())]);
    let packed = tarball::pack(&tree, &|_, _| false, &mut bytes).unwrap();
    (bytes, packed.digest)
}

#[test]
fn what_was_said_is_fetched_once() {
    let scratch = Scratch::new("");
    let (bytes, digest) = packed("first");
    let (other, other_digest) = packed("other");
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let address = serve(move |question| {
        log.lock().unwrap().push(question.url.clone());
        match question.url.as_str() {
            "/good" | "/wrong" => ("200 OK".to_owned(), bytes.clone()),
            "/other" => ("200 OK".to_owned(), other.clone()),
            "/text" => ("200 OK".to_owned(), b"text".to_vec()),
            _ => ("404 Not Found".to_owned(), Vec::new()),
        }
    });
    let archive = |path: &str, digest: &str| {
        let want = Want {
            url: format!("{address}/{path}"),
            digest: digest.to_owned(),
            revision: "main@sha1:1".to_owned(),
            interval: Duration::from_secs(60),
            timeout: Duration::from_secs(60),
        };
        Archive::new(&scratch.at("store"), want)
    };
    let shown = |archive: &Archive| {
        let read = archive.fetch().and_then(|digest| archive.read(&digest));
        match read {
            Ok(artifact) => {
                let packed = artifact.packed.unwrap();
                let names: Vec<&str> = artifact.tree.iter().map(|(path, _)| path).collect();
                format!("{} {} {}", artifact.revision, packed.digest, names.join(" "))
            }
            Err(error) => error.chain().replace(&address, "SERVER"),
        }
    };
    let good = archive("good", &digest);
    check_eq(&shown(&good), &format!("main@sha1:1 {digest} a.yaml"));
    check_eq(&shown(&good), &format!("main@sha1:1 {digest} a.yaml"));
    assert_eq!(*asked.lock().unwrap(), ["/good"]);
    assert!(archive("gone", &digest).last().is_some());
    let wrong = format!("what is at `SERVER/wrong` has the digest {digest}, not {other_digest}");
    check_eq(&shown(&archive("wrong", &other_digest)), &wrong);
    check_eq(&shown(&archive("gone", &other_digest)), "the server answers 404 Not Found");
    let none = "`sha512:1` is no digest that is known: it begins `sha256:`";
    check_eq(&shown(&archive("good", "sha512:1")), none);
    let text = format!("sha256:{}", tarball::hex(&<sha2::Sha256 as sha2::Digest>::digest("text")));
    let said = shown(&archive("text", &text));
    assert!(said.starts_with("the archive cannot be read"), "{said}");
    // What was good stays.
    check_eq(&shown(&archive("gone", &digest)), &format!("main@sha1:1 {digest} a.yaml"));
    check_eq(
        &shown(&archive("other", &other_digest)),
        &format!("main@sha1:1 {other_digest} a.yaml"),
    );
}
