//! HTTP as fetching wants it: a request, and the whole answer or an error. It is the stack that kube
//! stands on.

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue, LOCATION, USER_AGENT};
use http::{HeaderMap, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::runtime::Runtime;

use crate::Error;

/// How many redirects are followed.
const MAX_REDIRECTS: usize = 10;

/// A client for one conversation.
pub(super) struct Client {
    runtime: Runtime,
    client: legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

/// The whole answer.
pub(super) struct Answer {
    /// What answered, redirects followed.
    pub(super) url: String,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    /// The text of a header.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Client {
    /// # Errors
    /// The system has no threads or certificates to give.
    pub(super) fn new() -> Result<Client, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Error::http("no request can be made"))?;
        let provider = rustls::crypto::ring::default_provider();
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(provider)
            .map_err(Error::http("the system's certificates cannot be read"))?
            .https_or_http()
            .enable_http1()
            .build();
        let client = legacy::Client::builder(TokioExecutor::new()).build(connector);
        Ok(Client { runtime, client })
    }

    /// Asks for `url`, and where that leads.
    ///
    /// # Errors
    /// There is no answer, or none within `limit` bytes.
    pub(super) fn get(&self, url: &str, headers: &[String], limit: usize) -> Result<Answer, Error> {
        let mut url = url.to_owned();
        for _ in 0..=MAX_REDIRECTS {
            let answer = self.send(Method::GET, &url, headers, Bytes::new(), limit)?;
            let next = answer.header(LOCATION.as_str()).filter(|_| answer.status.is_redirection());
            let Some(next) = next else { return Ok(answer) };
            let next = redirected(&answer.url, next);
            if url.starts_with("https:") && !next.starts_with("https:") {
                let what = format!("it leads on to `{next}`, which is not encrypted");
                return Err(Error::TooMuch { what });
            }
            url = next;
        }
        Err(Error::TooMuch { what: format!("it leads on over {MAX_REDIRECTS} times") })
    }

    /// One request, without following redirects.
    ///
    /// # Errors
    /// As of [`Client::get`].
    pub(super) fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[String],
        body: Bytes,
        limit: usize,
    ) -> Result<Answer, Error> {
        let uri: Uri = url.parse().map_err(Error::http(format!("`{url}` is no URL")))?;
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        let agent = HeaderValue::from_static("nauarch");
        request.headers_mut().insert(USER_AGENT, agent);
        for (name, value) in headers.iter().filter_map(|header| header.split_once(':')) {
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name.trim()), HeaderValue::try_from(value.trim()))
            {
                request.headers_mut().insert(name, value);
            }
        }
        self.runtime.block_on(async {
            let answer = self.client.request(request).await;
            let (head, body) = answer.map_err(Error::http("it cannot be reached"))?.into_parts();
            let body = Limited::new(body, limit).collect().await.map_err(|error| {
                if error.is::<LengthLimitError>() {
                    let what = format!("it is larger than {} MiB", limit >> 20);
                    return Error::TooMuch { what };
                }
                Error::Http { what: "the answer breaks off".to_owned(), source: error }
            })?;
            let (status, headers, url) = (head.status, head.headers, url.to_owned());
            Ok(Answer { url, status, headers, body: body.to_bytes() })
        })
    }
}

/// Where the header `location` leads from `url`.
fn redirected(url: &str, location: &str) -> String {
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
    use super::redirected;

    #[test]
    fn redirects() {
        let from = |location: &str| redirected("https://a.test/b/c?d=/e", location);
        assert_eq!(from("http://x.test/"), "http://x.test/");
        assert_eq!(from("//x.test/y"), "https://x.test/y");
        assert_eq!(from("/y"), "https://a.test/y");
        assert_eq!(from("y"), "https://a.test/b/y");
    }
}
