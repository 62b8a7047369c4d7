//! Bodies and parameters that are too large, too deep, or never come to an end.

use std::convert::Infallible;

use futures::stream;
use http_body::Frame;
use http_body_util::StreamBody;
use tower::Service;

use super::*;

/// What a cluster says to a body: the status, the reason and the start of the message.
fn check(method: &str, kind: &str, body: impl Into<Bytes>, expected: &str) {
    let server = cluster();
    assert_eq!(show(&server, "POST", MAPS, &map("a")).0, 201);
    let path = if method == "POST" { MAPS.to_owned() } else { format!("{MAPS}/a?fieldManager=x") };
    let request = Request::builder().method(method).uri(path).header("content-type", kind);
    let request = request.body(Full::<Bytes>::new(body.into())).unwrap();
    let got = said(&server, request);
    assert!(got.starts_with(expected), "{got}");
}

fn said<B>(server: &Server, request: Request<B>) -> String
where
    B: http_body::Body<Data = Bytes, Error = Infallible> + Send + 'static,
{
    runtime().block_on(async {
        let response = server.service().oneshot(request).await.unwrap();
        let code = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let status = manifest::json::read(&bytes, manifest::Origin::NONE).unwrap();
        let word = |key: &str| status.str_at(&[key]).unwrap_or_default();
        format!("{code} {} {}", word("reason"), word("message"))
    })
}

const JSON: &str = "application/json";
const DEEP: usize = 100_000;

#[test]
fn bodies_that_nothing_can_be_made_of() {
    let unread = "400 BadRequest the object provided is unrecognized (must be of type ConfigMap): couldn't get \
                  version/kind; json parse error";
    for body in ["{", "{\"a\":}", "\u{0}", "{\"metadata\":{\"name\":\"\\ud800\"", "nul", "{}{}"] {
        check("POST", JSON, body, unread);
    }
    check("POST", JSON, &b"\xff\xfe{"[..], unread);
    let yaml =
        "400 BadRequest the object provided is unrecognized (must be of type ConfigMap): yaml: ";
    let body = "a: b: c";
    check(
        "POST",
        "application/yaml",
        body,
        &format!("{yaml}mapping values are not allowed in this context (613a20623a"),
    );
    check(
        "PUT",
        "text/plain",
        "x",
        "415 UnsupportedMediaType the body of the request was in an unknown format - \
          accepted media types include: application/json, application/yaml, app",
    );
    check("PATCH", JSON, "{}", "415 UnsupportedMediaType 415: Unsupported Media Type");
    check("PATCH", "application/cbor", "x", "415 UnsupportedMediaType 415: Unsupported Media Type");
}

#[test]
fn bodies_that_are_too_deep() {
    let objects = format!("{}1{}", "{\"a\":".repeat(DEEP), "}".repeat(DEEP));
    let lists = format!("{}{}", "[".repeat(DEEP), "]".repeat(DEEP));
    let unread = "400 BadRequest the object provided is unrecognized (must be of type ConfigMap): couldn't get \
                  version/kind; json parse error";
    check("POST", JSON, objects.clone(), unread);
    check("PUT", JSON, objects.clone(), unread);
    check("POST", JSON, lists.clone(), unread);
    let wanted = "400 BadRequest error decoding patch: nested deeper than 500 levels";
    check("PATCH", "application/merge-patch+json", objects.clone(), wanted);
    check("PATCH", "application/strategic-merge-patch+json", objects.clone(), wanted);
    let wanted =
        "400 BadRequest couldn't get version/kind; json parse error: nested deeper than 500 levels";
    check("DELETE", JSON, objects.clone(), wanted);
    let wanted = "400 BadRequest error decoding YAML: error converting YAML to JSON: yaml: ";
    check("PATCH", "application/apply-patch+yaml", objects, wanted);
    check("PATCH", "application/apply-patch+yaml", format!("a: {lists}"), wanted);
    let wanted =
        "400 BadRequest the object provided is unrecognized (must be of type ConfigMap): yaml: ";
    check("POST", "application/yaml", format!("a: {lists}"), wanted);
    check("POST", "application/yaml", "- ".repeat(DEEP), wanted);
}

/// Objects that are as deep as may be go in and out by every verb.
#[test]
fn bodies_that_are_deep() {
    const GROUP: &str = "/apis/example.com/v1";
    let definition = serde_json::json!({
        "metadata": {"name": "boxes.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Cluster",
            "names": {"plural": "boxes", "kind": "Box"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {
                "type": "object", "x-kubernetes-preserve-unknown-fields": true,
            }}}],
        },
    });
    let server = cluster();
    let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    assert_eq!(show(&server, "POST", definitions, &definition.to_string()).0, 201);
    let levels = 490;
    let object = |inner: &str| {
        let deep = format!("{}{inner}{}", "{\"a\":".repeat(levels), "}".repeat(levels));
        let head = r#""apiVersion":"example.com/v1","kind":"Box","metadata":{"name":"x"}"#;
        format!("{{{head},\"deep\":{deep}}}")
    };
    let send = |method: &str, path: &str, kind: &str, inner: &str| {
        let uri = format!("{GROUP}/{path}");
        let request = Request::builder().method(method).uri(uri).header("content-type", kind);
        said(&server, request.body(Full::<Bytes>::from(object(inner))).unwrap())
    };
    assert_eq!(send("POST", "boxes", JSON, "1"), "201  ");
    assert_eq!(send("PATCH", "boxes/x", "application/merge-patch+json", "3"), "200  ");
    let apply = "boxes/x?fieldManager=me&force=true";
    assert_eq!(send("PATCH", apply, "application/apply-patch+yaml", "4"), "200  ");
    assert_eq!(
        send("DELETE", "boxes/x", JSON, "5"),
        "400 BadRequest no kind \"Box\" is registered for version \"example.com/v1\" in scheme \"k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27\""
    );
}

/// A body of so many pieces of a MiB whose length nobody says.
fn pieces(count: usize) -> impl http_body::Body<Data = Bytes, Error = Infallible> + Send + 'static {
    let piece = Bytes::from(vec![b' '; 1 << 20]);
    StreamBody::new(stream::iter((0..count).map(move |_| Ok(Frame::data(piece.clone())))))
}

#[test]
fn bodies_without_a_length() {
    let too_large = "413 RequestEntityTooLarge Request entity too large: limit is 3145728";
    for count in [4, 30, 1_000_000] {
        let request = Request::post(MAPS).body(pieces(count)).unwrap();
        assert_eq!(said(&cluster(), request), too_large);
    }
    let request = Request::post(MAPS).body(pieces(3)).unwrap();
    // These are as much as may be, and say nothing.
    let empty = "400 BadRequest the object provided is unrecognized (must be of type ConfigMap): couldn't get \
                 version/kind; json parse error: unexpected end of JSON input (202020202020202020202020202020202020202020202020202020202020 ...)";
    assert_eq!(said(&cluster(), request), empty);
}

/// A body that begins and never ends.
fn endless() -> impl http_body::Body<Data = Bytes, Error = Infallible> + Send + 'static {
    let first = stream::iter([Ok(Frame::data(Bytes::from_static(b"{")))]);
    StreamBody::new(futures::StreamExt::chain(first, stream::pending()))
}

#[test]
fn bodies_that_never_end() {
    let request = Request::post(MAPS).body(endless()).unwrap();
    let late = "504 Timeout Timeout: request did not complete within the allotted timeout";
    assert_eq!(said(&cluster(), request), late);
}

#[test]
fn bodies_that_are_there_need_no_clock() {
    let server = cluster();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let request = Request::post(MAPS).body(Full::<Bytes>::from(map("a"))).unwrap();
    let response = runtime.block_on(server.service().oneshot(request)).unwrap();
    assert_eq!(response.status(), 201);
}

#[test]
fn there_is_room_for_so_many_bodies() {
    let server = cluster();
    let post = || server.service().call(Request::post(MAPS).body(endless()).unwrap());
    let mut waiting: Vec<_> = std::iter::repeat_with(post).take(85).collect();
    runtime().block_on(async {
        for request in &mut waiting {
            assert!(futures::poll!(request).is_pending());
        }
        let next = post().await.unwrap();
        assert_eq!(
            (next.status().as_u16(), &next.headers()["retry-after"]),
            (429, &"1".parse().unwrap())
        );
        // What brings nothing needs no room.
        assert_eq!(get(&server, MAPS, &[]).await.status(), 200);
    });
    drop(waiting);
    assert_eq!(show(&server, "POST", MAPS, &map("a")).0, 201);
}

#[test]
fn who_may_not_takes_no_room() {
    let server = cluster();
    runtime().block_on(async {
        let all = server.room().available_permits();
        let mut request =
            server.guarded_service().call(Request::post(MAPS).body(endless()).unwrap());
        assert!(futures::poll!(&mut request).is_pending());
        assert_eq!(server.room().available_permits(), all);
        assert_eq!(request.await.unwrap().status(), 403);
    });
}

#[test]
fn long_selectors() {
    let server = cluster();
    assert_eq!(show(&server, "POST", MAPS, &map("a")).0, 201);
    let number = |selector: String| {
        let (code, body) = show(&server, "GET", &format!("{MAPS}?labelSelector={selector}"), "");
        let list: serde_json::Value = serde_json::from_str(&body).unwrap();
        (code, list["items"].as_array().map(Vec::len))
    };
    // As many as a URL holds.
    assert_eq!(number(format!("{}!a", "!a,".repeat(20_000))), (200, Some(1)));
    assert_eq!(number(format!("{}a", "a,".repeat(30_000))), (200, Some(0)));
    assert_eq!(number(format!("a+notin+({}b)", "b,".repeat(30_000))), (200, Some(1)));
    assert_eq!(number("(".repeat(60_000)).0, 400);
}
