//! One request and its answer: sent, tried again where that does no harm, and read.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, header};
use http_body_util::{BodyExt, Limited};
use kube::client::Body;
use manifest::{Node, Origin, json};
use tower::BoxError;

use crate::{Client, Error};

/// How often a request is tried in all.
const TRIES: u32 = 5;
/// What the first wait before another try is, at most; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// How long a server may make us wait before another try.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How large an answer may be.
const MAX_ANSWER: usize = 1 << 30;

/// What is asked.
pub(crate) struct Request {
    pub(crate) method: Method,
    /// The path with its query.
    pub(crate) path: String,
    /// The type of the body; empty without one.
    pub(crate) content_type: &'static str,
    pub(crate) body: Bytes,
    /// Whether doing it twice is the same as doing it once.
    pub(crate) is_idempotent: bool,
    /// Whether the answer goes on for ever.
    pub(crate) is_stream: bool,
}

/// What came back.
struct Reply {
    code: u16,
    headers: HeaderMap,
    body: Bytes,
}

impl Request {
    pub(crate) fn get(path: String) -> Request {
        let method = Method::GET;
        let body = Bytes::new();
        Request { method, path, content_type: "", body, is_idempotent: true, is_stream: false }
    }

    /// A request that writes `body`.
    pub(crate) fn write(
        method: Method,
        path: String,
        content_type: &'static str,
        body: &Node,
    ) -> Request {
        let mut text = String::with_capacity(1024);
        json::write(body, json::Options { expose: true, ..json::Options::default() }, &mut text);
        let body = text.into();
        Request { method, path, content_type, body, is_idempotent: false, is_stream: false }
    }

    /// The same, known to do no harm when it is done twice.
    pub(crate) fn idempotent(mut self) -> Request {
        self.is_idempotent = true;
        self
    }

    /// The verb and path, for messages.
    fn named(&self) -> String {
        let path = self.path.split('?').next().unwrap_or_default();
        format!("{} {path}", self.method)
    }

    pub(crate) fn to_http(&self, accept: &'static str) -> Result<http::Request<Body>, http::Error> {
        let mut request = http::Request::builder()
            .method(self.method.clone())
            .uri(self.path.as_str())
            .header(header::ACCEPT, accept)
            .header(header::USER_AGENT, USER_AGENT);
        if self.is_stream {
            // Compressed streams come in pieces that the decompression below does not put together.
            request = request.header(header::ACCEPT_ENCODING, "identity");
        }
        if !self.content_type.is_empty() {
            request = request.header(header::CONTENT_TYPE, self.content_type);
        }
        request.body(Body::from(self.body.clone()))
    }
}

/// Who we are to the server; what writes without saying who they are is its.
const USER_AGENT: &str = concat!("nauarch/", env!("CARGO_PKG_VERSION"));

impl Client {
    /// The answer to a request, read.
    pub(crate) async fn ask(&self, request: &Request) -> Result<Node, Error> {
        self.ask_for(request, "application/json").await
    }

    pub(crate) async fn ask_for(
        &self,
        request: &Request,
        accept: &'static str,
    ) -> Result<Node, Error> {
        let body = self.fetch(request, accept).await?;
        json::read(&body, Origin::NONE).map_err(|cause| self.unreadable(request, &cause))
    }

    /// The body of the answer to a request.
    pub(crate) async fn fetch(
        &self,
        request: &Request,
        accept: &'static str,
    ) -> Result<Bytes, Error> {
        let mut tries = 1;
        loop {
            let reply = self.try_once(request, accept).await;
            let wait = match &reply {
                Ok(reply) if reply.code < 400 => None,
                Ok(reply) => reply.wait(request.is_idempotent),
                Err(Error::Unreachable { .. }) if request.is_idempotent => Some(Duration::ZERO),
                Err(_) => None,
            };
            match wait {
                Some(wait) if tries < TRIES && wait <= LONGEST_WAIT => {
                    let jittered = self.jitter(FIRST_WAIT * (1 << (tries - 1)), tries);
                    tokio::time::sleep(wait.max(jittered)).await;
                    tries += 1;
                }
                _ => {
                    let reply = reply?;
                    return if reply.code < 400 {
                        Ok(reply.body)
                    } else {
                        Err(self.refused(request, &reply))
                    };
                }
            }
        }
    }

    async fn try_once(&self, request: &Request, accept: &'static str) -> Result<Reply, Error> {
        let patience = self.shared.patience;
        let reply = tokio::time::timeout(patience, self.send(request, accept)).await;
        reply.unwrap_or_else(|_| Err(self.late(request)))
    }

    async fn send(&self, request: &Request, accept: &'static str) -> Result<Reply, Error> {
        let reply = self.open(request, accept).await?;
        let (code, headers) = (reply.status().as_u16(), reply.headers().clone());
        let body = Limited::new(reply.into_body(), MAX_ANSWER).collect().await;
        let body = body.map_err(|cause| self.unreachable(cause))?.to_bytes();
        Ok(Reply { code, headers, body })
    }

    /// The beginning of an answer, its body still to come.
    pub(crate) async fn open(
        &self,
        request: &Request,
        accept: &'static str,
    ) -> Result<http::Response<Body>, Error> {
        let http = request.to_http(accept).map_err(|cause| self.unreachable(cause.into()))?;
        let reply = self.shared.kube.send(http).await;
        reply.map_err(|cause| self.unreachable(without_wrapping(cause)))
    }

    /// What an answer with an error says.
    fn refused(&self, request: &Request, reply: &Reply) -> Error {
        self.refused_with(request, reply.code, &reply.body)
    }

    pub(crate) fn refused_with(&self, request: &Request, code: u16, body: &[u8]) -> Error {
        let status = json::read(body, Origin::NONE).ok();
        let error = status.as_ref().and_then(|status| Error::of_status(code, status));
        error.unwrap_or_else(|| {
            let reason = http::StatusCode::from_u16(code).ok();
            let reason = reason.and_then(|code| code.canonical_reason()).unwrap_or("no reason");
            let said = String::from_utf8_lossy(body);
            let said = said.trim().chars().take(200).collect::<String>();
            let colon = if said.is_empty() { "" } else { ": " };
            Error::Status {
                code,
                reason: "".into(),
                message: format!("{} was answered {code} {reason}{colon}{said}", request.named()),
                causes: Vec::new(),
                retry_after: None,
            }
        })
    }

    pub(crate) fn unreachable(&self, cause: BoxError) -> Error {
        Error::Unreachable { server: self.shared.server.clone(), source: Arc::from(cause) }
    }

    pub(crate) fn late(&self, request: &Request) -> Error {
        Error::Late {
            server: self.shared.server.clone(),
            request: request.named(),
            after: self.shared.patience,
        }
    }

    pub(crate) fn unreadable(&self, request: &Request, what: &dyn std::fmt::Display) -> Error {
        Error::Unreadable {
            server: self.shared.server.clone(),
            request: request.named(),
            what: format!("unreadable: {what}"),
        }
    }

    /// Half of a wait or more, by chance: who failed together should not come back together.
    pub(crate) fn jitter(&self, wait: Duration, salt: u32) -> Duration {
        let mut chance = fastrand::Rng::with_seed(self.shared.seed ^ u64::from(salt) << 32);
        wait.mul_f64(0.5 + chance.f64() / 2.0)
    }
}

impl Reply {
    /// How long to wait before another try, where there may be one. A server that is busy has not
    /// begun; a gateway may have, so only what can be done twice is tried again. A `Status` of 500
    /// is a verdict.
    fn wait(&self, is_idempotent: bool) -> Option<Duration> {
        let named = self.headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        let named = named.and_then(|text| text.parse().ok()).map(Duration::from_secs);
        match self.code {
            429 | 503 => Some(named.unwrap_or_default()),
            502 | 504 if is_idempotent => Some(named.unwrap_or_default()),
            500 if is_idempotent => named,
            _ => None,
        }
    }
}

/// What kube wraps: its own words add nothing.
fn without_wrapping(error: kube::Error) -> BoxError {
    match error {
        kube::Error::Service(cause) => cause,
        kube::Error::HyperError(cause) => cause.into(),
        other => other.into(),
    }
}

#[cfg(test)]
pub(crate) mod tests;
