//! What the tests of this crate share: a cluster, and a way to ask it in a line.

use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use tower::ServiceExt;

use crate::{Options, Server};

/// Options of a cluster in which time stands still.
pub(crate) fn options() -> Options {
    let now: jiff::Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    Options { token: "secret".to_owned(), ..Options::new("test", Arc::new(move || now)) }
}

/// A cluster in memory.
pub(crate) fn cluster() -> Server {
    Server::open(options()).unwrap()
}

/// The status and the body of an answer.
pub(crate) fn show(server: &Server, method: &str, path: &str, body: &str) -> (u16, String) {
    let kind = match method {
        "APPLY" => "application/apply-patch+yaml",
        "PATCH" => "application/merge-patch+json",
        _ => "application/json",
    };
    let method = if method == "APPLY" { "PATCH" } else { method };
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", kind)
        .header("user-agent", "test/1")
        .body(Full::<Bytes>::from(body.to_owned()))
        .unwrap();
    runtime().block_on(async {
        let response = server.service().oneshot(request).await.unwrap();
        let code = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (code, String::from_utf8(bytes.to_vec()).unwrap().trim_end().to_owned())
    })
}

/// A runtime that lives as long as the test, in which waiting takes no time.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}
