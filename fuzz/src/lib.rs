//! What the targets that ask an embedded API server share.
//!
//! **Invariants.** A cluster made here is at one moment and has no chance in it, so an input does the same each time.
//!
//! **Not here.** The targets themselves: one file each in `fuzz_targets`.

use std::sync::Arc;

use apiserver::{Options, Server};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use tower::ServiceExt;

/// An empty cluster, at one moment.
pub fn server() -> Server {
    let options = Options::new("fuzz", Arc::new(|| jiff::Timestamp::UNIX_EPOCH));
    Server::open(options).expect("without a data file nothing can fail")
}

/// A cluster with a Deployment and a Service, both called `web`.
pub fn server_with_objects() -> Server {
    let server = server();
    let deployment = r#"{"metadata":{"name":"web","labels":{"a":"b"}},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i","env":[{"name":"A","value":"1"}],"ports":[{"containerPort":80}]}]}}}}"#;
    let service = r#"{"metadata":{"name":"web"},"spec":{"selector":{"a":"b"},"ports":[{"port":80}]}}"#;
    let folder = "/apis/apps/v1/namespaces/default/deployments";
    ask(&server, "POST", folder, "application/json", deployment);
    ask(&server, "POST", "/api/v1/namespaces/default/services", "application/json", service);
    server
}

/// The status of an answer; `None` where HTTP has no such request.
pub fn ask(server: &Server, method: &str, path: &str, kind: &str, body: &str) -> Option<u16> {
    let request = Request::builder().method(method).uri(path).header("content-type", kind);
    let request = request.body(Full::new(Bytes::from(body.to_owned()))).ok()?;
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let response = server.service().oneshot(request).await.expect("a service always answers");
        let status = response.status().as_u16();
        response.into_body().collect().await.expect("an answer in memory does not break off");
        Some(status)
    })
}

/// A text as a parameter has it.
pub fn escape(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
