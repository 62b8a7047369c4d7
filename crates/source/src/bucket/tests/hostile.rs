//! Servers that do not do what they should, and large buckets.

use std::sync::atomic::{AtomicUsize, Ordering};

use testkit::server::{Asked, serve};

use super::*;

/// What comes of fetching from a server that answers so to everything but the rules, which it has not.
fn said(answer: impl Fn(&Asked) -> (String, Vec<u8>) + Send + Sync + 'static) -> String {
    let url = serve(move |asked| match asked.url.ends_with("/.sourceignore") {
        true => ("404 Not Found".to_owned(), b"<Error><Code>NoSuchKey</Code></Error>".to_vec()),
        false => answer(asked),
    });
    let scratch = Scratch::new("");
    let host = url.strip_prefix("http://").unwrap();
    let store = Store::new(scratch.at("store"), address(host), &keys("canary-1", "canary-2"));
    let said = shown(&store);
    said.strip_prefix("the bucket `fleet` at HOST: ").unwrap_or(&said).to_owned()
}

fn ok(body: impl Into<Vec<u8>>) -> (String, Vec<u8>) {
    ("200 OK".to_owned(), body.into())
}

/// A list of `objects`, and the objects, each of which is `x`.
fn list(objects: &str) -> impl Fn(&Asked) -> (String, Vec<u8>) + Send + Sync + 'static {
    let list = format!("<ListBucketResult>{objects}</ListBucketResult>");
    move |asked| ok(if asked.url.contains("list-type") { list.as_str() } else { "x" })
}

#[test]
fn what_is_no_list() {
    let check = |body: &str, why: &str| {
        let (body, start) = (body.to_owned(), "its list of objects cannot be read: ");
        check_eq(&said(move |_| ok(body.as_str())), &format!("{start}{why}"));
    };
    let other = "it is not the XML that it should be";
    check("<html><body>canary</body></html>", other);
    check("", other);
    check("canary", other);
    check("<ListBucketResult><Contents><Key>a</Key>", other);
    check("<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>", other);
    check("<Error><Code>canary</Code></Error>", "it is an error");
    check(
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
        "it goes on and does not say where",
    );
    check(
        "<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>%ff</Key><Size>1</Size>\
         </Contents></ListBucketResult>",
        "a key in it is no text",
    );
}

#[test]
fn what_lists_may_be() {
    let check = |objects: &str, expected: &str| check_eq(&said(list(objects)), expected);
    check("", "");
    check(&object("a&amp;b%2B+", 1), "a&b%2B+: x");
    check(&format!("<EncodingType>url</EncodingType>{}", object("a%26b%2B+c", 1)), "a&b+ c: x");
    check(&format!("<Name>fleet</Name>{}<KeyCount>1</KeyCount>", object("a", 1)), "a: x");
}

#[test]
fn a_server_that_refuses() {
    let check = |status: &str, body: &str, expected: &str| {
        let (status, body) = (status.to_owned(), body.as_bytes().to_vec());
        check_eq(&said(move |_| (status.clone(), body.clone())), expected);
    };
    let error = "<Error><Code>SlowDown</Code><Message>canary</Message></Error>";
    let unavailable = "the server answers 503 Service Unavailable";
    check("503 Busy", error, &format!("{unavailable} (SlowDown), look into its log"));
    check("503 Busy", "canary", &format!("{unavailable}, look into its log"));
    check(
        "403 Forbidden",
        "<Error><Code>RequestTimeTooSkewed</Code></Error>",
        "the server answers 403 Forbidden (RequestTimeTooSkewed), set the clock of this machine",
    );
    check(
        "403 Forbidden",
        "<Error><Code>can ary</Code></Error>",
        "the server answers 403 Forbidden, it does not let these credentials in",
    );
}

#[test]
fn a_region_that_nobody_wrote() {
    let asked = |by_header: bool| {
        said(move |asked| {
            let is_right = asked.headers["authorization"].contains("/eu-west-9/s3/");
            match (is_right, by_header) {
                (true, _) => list(&object("a", 1))(asked),
                (false, true) => (
                    "301 Moved\r\nx-amz-bucket-region: eu-west-9".to_owned(),
                    b"<Error><Code>PermanentRedirect</Code></Error>".to_vec(),
                ),
                (false, false) => (
                    "400 Bad Request".to_owned(),
                    b"<Error><Code>AuthorizationHeaderMalformed</Code>\
                      <Region>eu-west-9</Region></Error>"
                        .to_vec(),
                ),
            }
        })
    };
    check_eq(&asked(true), "a: x");
    check_eq(&asked(false), "a: x");
}

/// An object of a list.
fn object(key: &str, size: u64) -> String {
    format!("<Contents><ETag>1</ETag><Key>{key}</Key><Size>{size}</Size></Contents>")
}

#[test]
fn objects_that_are_too_large() {
    let check = |objects: &str, expected: &str| check_eq(&said(list(objects)), expected);
    check(
        &format!("{}{}", object("1", 1), object("2", 200 << 20)),
        "1: x\n2: Unreadable(\"the file has 200 MiB, and over 100 MiB is not read\")",
    );
    let many: String = (0..11).map(|key| object(&key.to_string(), 100 << 20)).collect();
    check(
        &many,
        "its objects have 1100 MiB, and over 1024 MiB is not fetched: name fewer by `spec.prefix` \
         or `spec.ignore`",
    );
    let small = object("a", 1);
    let larger = move |asked: &Asked| match asked.url.contains("list-type") {
        true => list(&small)(asked),
        false => ok(vec![b'x'; (100 << 20) + 1]),
    };
    check_eq(&said(larger), "`a`: it is larger than 100 MiB");
}

#[test]
fn objects_that_are_too_many() {
    let many: String = (0..100_001).map(|key| object(&key.to_string(), 1)).collect();
    check_eq(
        &said(list(&many)),
        "it has over 100000 objects: name fewer by `spec.prefix` or `spec.ignore`",
    );
}

#[test]
fn lists_that_are_too_long() {
    let name = "x".repeat(17 << 20);
    let large = format!("<ListBucketResult><Name>{name}</Name></ListBucketResult>");
    check_eq(&said(move |_| ok(large.as_str())), "it is larger than 16 MiB");
    let endless = "<ListBucketResult><IsTruncated>true</IsTruncated>\
                   <NextContinuationToken>x</NextContinuationToken></ListBucketResult>";
    check_eq(&said(move |_| ok(endless)), "its list of objects has over 1000 pages");
}

#[test]
fn what_breaks_off_goes_on_later() {
    let asked = AtomicUsize::new(0);
    let objects = format!("{}{}", object("a", 1), object("b", 1));
    let first = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = first.clone();
    let url = serve(move |question| {
        let path = question.url.split('?').next().unwrap().to_owned();
        let is_b = path.ends_with("/b");
        log.lock().unwrap().push(path);
        match is_b && asked.fetch_add(1, Ordering::SeqCst) == 0 {
            true => ("200 OK\r\nContent-Length: 9".to_owned(), b"x".to_vec()),
            false => list(&objects)(question),
        }
    });
    let scratch = Scratch::new("");
    let host = url.strip_prefix("http://").unwrap();
    let store = Store::new(scratch.at("store"), address(host), &nobody());
    let said = shown(&store);
    assert!(said.starts_with("the bucket `fleet` at HOST: `b`: the answer breaks off"), "{said}");
    assert_eq!(store.last(), None);
    first.lock().unwrap().clear();
    check_eq(&shown(&store), ".sourceignore: x\na: x\nb: x");
    let mut asked = first.lock().unwrap().clone();
    asked.sort();
    assert!(asked.iter().filter(|path| path.ends_with("/a")).count() <= 1, "{asked:?}");
}

#[test]
fn an_object_that_changes_or_goes_while_it_is_read() {
    let objects = format!("{}{}", object("a", 1), object("b", 1));
    let url = serve(move |asked| match asked.url.as_str() {
        "/fleet/a" => ("200 OK\r\nETag: \"2\"".to_owned(), b"second".to_vec()),
        "/fleet/b" | "/fleet/.sourceignore" => {
            ("404 Gone".to_owned(), b"<Error><Code>NoSuchKey</Code></Error>".to_vec())
        }
        _ => list(&objects)(asked),
    });
    let scratch = Scratch::new("");
    let host = url.strip_prefix("http://").unwrap();
    let store = Store::new(scratch.at("store"), address(host), &nobody());
    check_eq(&shown(&store), "a: second");
    let index = Index::parse(&store.last().unwrap().index.text()).unwrap();
    assert_eq!(index.revision(), store.last().unwrap().revision);
    assert_eq!(index.objects["a"].etag, "2");
}
