//! Registries that do not do what they should, and large ones.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use testkit::server::serve;

use super::*;
use crate::tests::Scratch;

/// A registry that answers these paths below its repository, and says of everything else that it has it not.
fn stub(answers: Vec<(&str, String, Vec<u8>)>) -> String {
    let answers: HashMap<String, (String, Vec<u8>)> = answers
        .into_iter()
        .map(|(path, head, body)| (format!("/v2/org/app/{path}"), (head, body)))
        .collect();
    serve(move |asked| {
        let answer = answers.get(&asked.url).filter(|_| asked.method == "GET");
        answer.cloned().unwrap_or_else(|| ("404 Not Found".to_owned(), Vec::new()))
    })
}

/// What comes of fetching.
fn check(url: &str, wanted: &Wanted, expected: &str) {
    let scratch = Scratch::new("");
    let host = url.strip_prefix("http://").unwrap();
    let address = Address::parse(&format!("oci://{host}/org/app")).unwrap().insecure(true);
    let store = Store::new(&scratch.at("store"), address, &Access::default());
    check_eq(&shown(&store, wanted), expected);
}

fn ok() -> String {
    "200 OK".to_owned()
}

#[test]
fn something_else_than_its_digest() {
    let digest = Digest::of(b"manifest");
    let by_digest = Wanted {
        reference: Reference::Digest(digest.clone()),
        layer: Selector::default(),
        keys: None,
    };
    let path = format!("manifests/{digest}");
    let url = stub(vec![(&path, ok(), b"{\"layers\": []}".to_vec())]);
    check(&url, &by_digest, &format!("what arrives as {digest} is something else"));

    let layer = Digest::of(b"first");
    let of_size = |size: &str, answer: &[u8], expected: &str| {
        let manifest =
            format!(r#"{{"layers": [{{"mediaType": "a", "digest": "{layer}", "size": {size}}}]}}"#);
        let digest = Digest::of(manifest.as_bytes());
        let (path, blob) = (format!("manifests/{digest}"), format!("blobs/{layer}"));
        let url = stub(vec![
            ("manifests/latest", ok(), manifest.clone().into_bytes()),
            (&path, ok(), manifest.into_bytes()),
            (&blob, ok(), answer.to_vec()),
        ]);
        check(&url, &tag("latest"), &expected.replace("DIGEST", digest.as_str()));
    };
    let other = format!("what arrives as {layer} is something else");
    of_size("5", b"first", "latest@DIGEST\na: first\n");
    of_size("5", b"other", &other);
    of_size("5", b"firs", &other);
    of_size("5", b"first and more", &other);
    of_size("4", b"first", &other);
    let large = "the layer has 2048 MiB, and over 1024 MiB is not fetched";
    of_size("2147483648", b"first", large);
    of_size("-1", b"first", "its manifest is none: a layer has no digest or no size");
}

#[test]
fn what_is_no_manifest() {
    let check = |body: &str, why: &str| {
        let digest = Digest::of(body.as_bytes());
        let path = format!("manifests/{digest}");
        let url = stub(vec![
            ("manifests/latest", ok(), body.as_bytes().to_vec()),
            (&path, ok(), body.as_bytes().to_vec()),
        ]);
        super::hostile::check(&url, &tag("latest"), why);
    };
    let neither = "its manifest is none: it has to have either `layers` or `manifests`";
    check("{}", neither);
    check(r#"{"layers": [], "manifests": []}"#, neither);
    check("nothing", "its manifest is none: expected ident at line 1 column 2");
    let indexes = "its manifest is none: it is an index without digests";
    check(r#"{"manifests": [{"digest": "sha512:0"}]}"#, indexes);
}

#[test]
fn many_pages_of_tags() {
    let page = |tags: &str, next: &str| {
        let head = format!("200 OK\r\nLink: <{next}>; rel=\"next\"");
        (head, format!("{{\"tags\": [{tags}]}}").into_bytes())
    };
    let manifest = br#"{"layers": []}"#.to_vec();
    let (head, body) = page(r#""1.0.0", "../x""#, "/v2/org/app/tags/list?last=1.0.0");
    let url = stub(vec![
        ("tags/list?n=1000", head, body),
        ("tags/list?last=1.0.0", ok(), br#"{"tags": ["1.1.0"]}"#.to_vec()),
        ("manifests/1.1.0", ok(), manifest.clone()),
        (&format!("manifests/{}", Digest::of(&manifest)), ok(), manifest),
    ]);
    let range = Reference::SemVer { range: "1.x".to_owned(), filter: None };
    let wanted = Wanted { reference: range, layer: Selector::default(), keys: None };
    check(&url, &wanted, "the artifact has no layers");

    let (head, body) = page("", "/v2/org/app/tags/list?n=1000");
    let url = stub(vec![("tags/list?n=1000", head, body)]);
    check(&url, &wanted, "HOST/org/app has over 100000 tags");

    let (head, body) = page("", "http://elsewhere.test/v2/org/app/tags/list");
    let url = stub(vec![("tags/list?n=1000", head, body)]);
    check(&url, &wanted, "it has no tag with a version of `1.x`");
}

#[test]
fn credentials_go_nowhere_else() {
    let was_told = std::sync::Arc::new(AtomicBool::new(false));
    let told = was_told.clone();
    let layer = Digest::of(b"first");
    let manifest =
        format!(r#"{{"layers": [{{"mediaType": "a", "digest": "{layer}", "size": 5}}]}}"#);
    let elsewhere = serve(move |asked| {
        told.fetch_or(asked.headers.contains_key("authorization"), Ordering::SeqCst);
        ("200 OK".to_owned(), b"first".to_vec())
    });
    let digest = Digest::of(manifest.as_bytes());
    let url = serve(move |asked| match asked.headers.contains_key("authorization") {
        false => ("401 Unauthorized\r\nWWW-Authenticate: Basic realm=x".to_owned(), Vec::new()),
        true if asked.url.contains("/blobs/") => {
            (format!("307 Elsewhere\r\nLocation: {elsewhere}/blob"), Vec::new())
        }
        true if asked.method == "HEAD" => ("404 Not Found".to_owned(), Vec::new()),
        true => ("200 OK".to_owned(), manifest.clone().into_bytes()),
    });
    let scratch = Scratch::new("");
    let host = url.strip_prefix("http://").unwrap();
    let address = Address::parse(&format!("oci://{host}/org/app")).unwrap().insecure(true);
    let access = Access::of_credentials("me:canary-7").unwrap();
    let store = Store::new(&scratch.at("store"), address, &access);
    check_eq(&shown(&store, &tag("latest")), &format!("latest@{digest}\na: first\n"));
    assert!(!was_told.load(Ordering::SeqCst));
}

#[test]
fn a_server_that_stalls() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap();
    let scratch = Scratch::new("");
    let address = Address::parse(&format!("oci://{host}/org/app")).unwrap().insecure(true);
    let store = Store::new(&scratch.at("store"), address, &Access::default());
    let error = store.fetch(&tag("latest"), Duration::from_millis(50)).unwrap_err().chain();
    check_eq(&error, &format!("{host} has not answered within 0.05 s: give it a longer timeout"));
}
