//! HTTP as fetching wants it: a request, and an answer that is read as it comes, on a thread that may wait.
//! It is the stack that kube stands on.

pub(crate) mod git;
mod tls;

use std::io::{self, Read};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};
use http::header::{AUTHORIZATION, HeaderName, HeaderValue, LOCATION, USER_AGENT};
use http::{HeaderMap, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::runtime::Runtime;

use self::tls::tls;
use crate::{Access, Error};

/// How many redirects are followed.
const MAX_REDIRECTS: usize = 10;

/// A client for one conversation.
pub(crate) struct Client {
    runtime: Runtime,
    client: legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    /// What is shown to the server that was named first, and to no other.
    authorization: Option<HeaderValue>,
    /// When the conversation has to be over, and how long it had.
    until: (Instant, Duration),
}

/// What a server is asked.
pub(crate) struct Question<'a> {
    pub(crate) method: Method,
    pub(crate) url: &'a str,
    pub(crate) headers: &'a [String],
    /// Who asks: shown to the server of `url`, and to no other that it leads to.
    pub(crate) authorization: Option<&'a HeaderValue>,
    pub(crate) body: Bytes,
}

impl<'a> Question<'a> {
    /// A bare one.
    pub(crate) fn new(method: Method, url: &'a str) -> Question<'a> {
        Question { method, url, headers: &[], authorization: None, body: Bytes::new() }
    }
}

/// An answer whose body is still on its way.
pub(crate) struct Answer {
    /// What answered, redirects followed.
    pub(crate) url: String,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
}

/// The body of an answer, as it comes.
pub(crate) struct Body {
    client: Arc<Client>,
    incoming: Incoming,
    chunk: Bytes,
    /// How many bytes it may still have.
    left: u64,
    limit: u64,
}

impl Answer {
    /// The text of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The whole body.
    ///
    /// # Errors
    /// It breaks off, is over the limit or takes too long.
    pub(crate) fn bytes(mut self) -> Result<Bytes, Error> {
        let mut bytes = Vec::new();
        self.body.read_to_end(&mut bytes).map_err(Error::of_io)?;
        Ok(bytes.into())
    }
}

impl Client {
    /// For what is to be over `limit` from now.
    ///
    /// # Errors
    /// The system has no threads or certificates to give, or those of `access` are none.
    pub(crate) fn new(access: &Access, limit: Duration) -> Result<Arc<Client>, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Error::http("no request can be made"))?;
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls(access)?)
            .https_or_http()
            .enable_http1()
            .build();
        let client = legacy::Client::builder(TokioExecutor::new()).build(connector);
        let until = (Instant::now() + limit, limit);
        let authorization = access.authorization.clone();
        Ok(Arc::new(Client { runtime, client, authorization, until }))
    }

    /// Asks for `url`, and where that leads, for at most `limit` bytes.
    ///
    /// # Errors
    /// There is no answer.
    pub(crate) fn get(
        self: &Arc<Self>,
        url: &str,
        headers: &[String],
        limit: u64,
    ) -> Result<Answer, Error> {
        let authorization = self.authorization.as_ref();
        self.ask(&Question { headers, authorization, ..Question::new(Method::GET, url) }, limit)
    }

    /// Sends a body to `url`, and waits for at most `limit` bytes.
    ///
    /// # Errors
    /// There is no answer.
    pub(crate) fn post(
        self: &Arc<Self>,
        url: &str,
        headers: &[String],
        body: Bytes,
        limit: u64,
    ) -> Result<Answer, Error> {
        let authorization = self.authorization.as_ref();
        let asked = Question { headers, authorization, body, ..Question::new(Method::POST, url) };
        self.ask(&asked, limit)
    }

    /// Asks something, for at most `limit` bytes. What changes nothing there is asked again where the answer
    /// leads to.
    ///
    /// # Errors
    /// There is no answer.
    pub(crate) fn ask(self: &Arc<Self>, asked: &Question, limit: u64) -> Result<Answer, Error> {
        let mut url = asked.url.to_owned();
        for _ in 0..=MAX_REDIRECTS {
            let answer = self.send(asked, &url, limit)?;
            let follows = answer.status.is_redirection() && asked.method.is_safe();
            let next = answer.header(LOCATION.as_str()).filter(|_| follows);
            let Some(next) = next else { return Ok(answer) };
            let next = redirected(&answer.url, next);
            if url.starts_with("https:") && !next.starts_with("https:") {
                let what = format!("it leads on to `{}`, which is not encrypted", shown(&next));
                return Err(Error::TooMuch { what });
            }
            url = next;
        }
        Err(Error::TooMuch { what: format!("it leads on over {MAX_REDIRECTS} times") })
    }

    /// Asks something of nobody but the server that it is for, for at most `limit` bytes.
    ///
    /// # Errors
    /// There is no answer.
    pub(crate) fn ask_only(
        self: &Arc<Self>,
        asked: &Question,
        limit: u64,
    ) -> Result<Answer, Error> {
        self.send(asked, asked.url, limit)
    }

    /// Sends a request of somebody who waits for it by [`Self::in_time`].
    pub(crate) fn request(&self, request: Request<Full<Bytes>>) -> legacy::ResponseFuture {
        self.client.request(request)
    }

    fn send(self: &Arc<Self>, asked: &Question, url: &str, limit: u64) -> Result<Answer, Error> {
        let uri: Uri = url.parse().map_err(Error::http(format!("`{}` is no URL", shown(url))))?;
        let mut request = Request::new(Full::new(asked.body.clone()));
        *request.method_mut() = asked.method.clone();
        *request.uri_mut() = uri;
        let agent = HeaderValue::from_static("nauarch");
        request.headers_mut().insert(USER_AGENT, agent);
        for (name, value) in asked.headers.iter().filter_map(|header| header.split_once(':')) {
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name.trim()), HeaderValue::try_from(value.trim()))
            {
                request.headers_mut().insert(name, value);
            }
        }
        let is_known = origin(url) == origin(asked.url);
        if let Some(authorization) = asked.authorization.filter(|_| is_known) {
            request.headers_mut().insert(AUTHORIZATION, authorization.clone());
        }
        let answer = self.in_time(self.client.request(request))?;
        let (head, incoming) = answer.map_err(Error::http("it cannot be reached"))?.into_parts();
        let body =
            Body { client: Arc::clone(self), incoming, chunk: Bytes::new(), left: limit, limit };
        Ok(Answer { url: url.to_owned(), status: head.status, headers: head.headers, body })
    }

    /// Waits for something as long as there is time.
    ///
    /// # Errors
    /// There is none left.
    pub(crate) fn in_time<T>(&self, work: impl Future<Output = T>) -> Result<T, Error> {
        let (until, limit) = self.until;
        let work = async { tokio::time::timeout_at(until.into(), work).await };
        self.runtime.block_on(work).map_err(|_| Error::Slow { limit })
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.chunk.is_empty() {
            let frame = self.client.in_time(self.incoming.frame()).map_err(io::Error::other)?;
            let Some(frame) = frame else { return Ok(0) };
            let frame = frame.map_err(io::Error::other)?;
            let Ok(chunk) = frame.into_data() else { continue };
            let Some(left) = self.left.checked_sub(chunk.len() as u64) else {
                let what = format!("it is larger than {} MiB", self.limit >> 20);
                return Err(io::Error::other(Error::TooMuch { what }));
            };
            (self.left, self.chunk) = (left, chunk);
        }
        let length = self.chunk.len().min(buffer.len());
        self.chunk.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}

/// Scheme, host and port of a URL.
pub(crate) fn origin(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    &url[..end]
}

/// A URL for messages: without the password that may be in it.
pub(crate) fn shown(url: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = origin(url).len();
    match url[start..end].rfind('@') {
        Some(at) => format!("{}***@{}", &url[..start], &url[start + at + 1..]),
        None => url.to_owned(),
    }
}

/// Where the header `location` leads from `url`.
pub(crate) fn redirected(url: &str, location: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if location.contains("://") {
        location.to_owned()
    } else if let Some(other) = location.strip_prefix("//") {
        format!("{scheme}://{other}")
    } else if location.starts_with('/') {
        format!("{scheme}://{authority}{location}")
    } else {
        let path = rest.split('?').next().unwrap_or_default();
        let folder = path.rsplit_once('/').map_or(path, |(folder, _)| folder);
        format!("{scheme}://{folder}/{location}")
    }
}

#[cfg(test)]
mod tests {
    use super::{redirected, shown};

    #[test]
    fn redirects() {
        let from = |location: &str| redirected("https://a.test/b/c?d=/e", location);
        assert_eq!(from("http://x.test/"), "http://x.test/");
        assert_eq!(from("//x.test/y"), "https://x.test/y");
        assert_eq!(from("/y"), "https://a.test/y");
        assert_eq!(from("y"), "https://a.test/b/y");
    }

    #[test]
    fn urls_without_passwords() {
        assert_eq!(shown("https://me:p@ss@a.test/b@c"), "https://***@a.test/b@c");
        assert_eq!(shown("https://a.test/b@c"), "https://a.test/b@c");
        assert_eq!(shown("nothing"), "nothing");
    }
}
