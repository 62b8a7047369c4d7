//! An admission webhook for cases: what it answers is the last part of the path that it is called at.
//!
//! A case names it `{webhook}` and its authority `{webhook-ca}`. Everything that it may be called for is in
//! [`answer`].

use std::convert::Infallible;

use anyhow::{Context, Result};
use apiserver::pki;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Collected, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::apiserver::mask;

/// A webhook that listens on loopback until it is dropped.
pub(crate) struct Webhook {
    pub(crate) url: String,
    /// The certificate of its authority: PEM in base64.
    pub(crate) authority: String,
    _listener: DropGuard,
}

impl Webhook {
    pub(crate) async fn start() -> Result<Webhook> {
        let authority = pki::Authority::new("webhook", jiff::Timestamp::now())?;
        let tls = TlsAcceptor::from(authority.server_config(&["127.0.0.1"])?);
        let listener = TcpListener::bind("127.0.0.1:0").await.context("cannot listen")?;
        let url = format!("https://{}", listener.local_addr()?);
        let stop = CancellationToken::new();
        tokio::spawn(stop.clone().run_until_cancelled_owned(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, tls.clone()));
            }
        }));
        let authority = STANDARD.encode(authority.ca_pem());
        Ok(Webhook { url, authority, _listener: stop.drop_guard() })
    }
}

/// One connection; who breaks it off is of no interest here.
async fn serve(stream: TcpStream, tls: TlsAcceptor) {
    let Ok(stream) = tls.accept(stream).await else { return };
    let service = service_fn(async |request: Request<Incoming>| {
        let path = request.uri().path().to_owned();
        let body = request.into_body().collect().await.map(Collected::to_bytes);
        let review = serde_json::from_slice(&body.unwrap_or_default()).unwrap_or_default();
        let way = path.rsplit('/').next().unwrap_or_default();
        if way == "never" {
            std::future::pending::<()>().await;
        }
        Ok::<_, Infallible>(answer(way, &review))
    });
    let connection = Builder::new(TokioExecutor::new());
    let _ = connection.serve_connection(TokioIo::new(stream), service).await;
}

/// What is answered to a review.
fn answer(way: &str, review: &Value) -> Response<Full<Bytes>> {
    let response = match way {
        "allow" => json!({"allowed": true}),
        "deny" => json!({"allowed": false}),
        "deny-with-message" => json!({"allowed": false, "status": {"message": "not this one"}}),
        "deny-with-code" => {
            let status = json!({"code": 418, "reason": "Teapot", "message": "only tea"});
            json!({"allowed": false, "status": status})
        }
        "deny-and-patch" => patch(false, &json!([{"op": "remove", "path": "/data"}])),
        "warn" => json!({"allowed": true, "warnings": ["careful", "very \"careful\""]}),
        "label" => patch(true, &add("/metadata/labels/hooked", &json!("yes"))),
        "data" => patch(true, &add("/data", &json!({"hooked": "yes"}))),
        "patch-what-is-not-there" => patch(true, &json!([{"op": "remove", "path": "/none/below"}])),
        "patch-to-what-is-invalid" => patch(true, &add("/data", &json!({"no key": ""}))),
        "patch-to-what-is-no-object" => patch(true, &add("/data", &json!(1))),
        "patch-without-type" => {
            json!({"allowed": true, "patch": STANDARD.encode("[]")})
        }
        "patch-of-another-type" => {
            json!({"allowed": true, "patchType": "MergePatch", "patch": STANDARD.encode("{}")})
        }
        "full-patch-of-another-type" => {
            let mut patch = patch(true, &add("/data", &json!({})));
            patch["patchType"] = "MergePatch".into();
            patch
        }
        "patch-that-is-none" => {
            json!({"allowed": true, "patchType": "JSONPatch", "patch": STANDARD.encode("{}")})
        }
        "another-uid" => json!({"allowed": true, "uid": "another"}),
        "audit" => json!({"allowed": true, "auditAnnotations": {"a": "b"}}),
        "tell" => json!({"allowed": false, "status": {"message": told(&review["request"])}}),
        "no-response" => return reviewed(&json!({"kind": "AdmissionReview"})),
        "no-review" => return reviewed(&json!({"apiVersion": "v1", "kind": "Status"})),
        "unknown-kind" => return reviewed(&json!({"apiVersion": "a/v1", "kind": "B"})),
        "another-version" => {
            let response = json!({"allowed": true, "uid": review["request"]["uid"]});
            return reviewed(&json!({
                "apiVersion": "admission.k8s.io/v1beta1",
                "kind": "AdmissionReview",
                "response": response,
            }));
        }
        "no-json" => return plain(200, "yes"),
        "failure" => return plain(500, "I am broken"),
        "refusal" => return plain(403, "{\"kind\": \"Status\", \"message\": \"who are you?\"}"),
        other => {
            let status = other.strip_prefix("status-").and_then(|status| status.parse().ok());
            return plain(status.unwrap_or(404), other);
        }
    };
    let mut response = response;
    if response.get("uid").is_none() {
        response["uid"] = review["request"]["uid"].clone();
    }
    reviewed(&json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "response": response,
    }))
}

fn patch(allowed: bool, operations: &Value) -> Value {
    let patch = STANDARD.encode(operations.to_string());
    json!({"allowed": allowed, "patchType": "JSONPatch", "patch": patch})
}

fn add(path: &str, value: &Value) -> Value {
    json!([{"op": "add", "path": path, "value": value}])
}

/// What was asked, without what differs from run to run, and without who asked.
fn told(request: &Value) -> String {
    let mut request = mask(request, &mut Vec::new());
    let is_generated = request.pointer("/object/metadata/generateName").is_some();
    if let Some(map) = request.as_object_mut() {
        map.remove("userInfo");
        if is_generated {
            map.insert("name".to_owned(), "<generated>".into());
        }
    }
    request.sort_all_objects();
    request.to_string()
}

fn reviewed(review: &Value) -> Response<Full<Bytes>> {
    plain(200, &review.to_string())
}

fn plain(status: u16, text: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text.to_owned()));
    if let Ok(status) = http::StatusCode::from_u16(status) {
        *response.status_mut() = status;
    }
    response
}
