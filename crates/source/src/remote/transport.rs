//! Git's protocol over [`Client`], for gix: what it posts is collected, and sent when the answer is read.

use std::io::{self, BufRead, Cursor, Read, Write};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ::http::{Method, StatusCode};
use bytes::Bytes;
use gix_transport::client::blocking_io::http::{self, GetResponse, PostBodyDataKind, PostResponse};

use super::http::{Answer, Client};
use crate::Error;

/// How large an answer may be: the files of one commit, packed.
const MAX_ANSWER: usize = 256 << 20;

/// A conversation with one server.
pub(super) struct Http {
    client: Arc<Client>,
    /// Where the repository is, if it is not where it was looked for.
    base: Option<String>,
}

impl Http {
    pub(super) fn new(client: Client) -> Http {
        Http { client: Arc::new(client), base: None }
    }
}

/// A request and, once it was sent, its answer.
pub(super) struct Exchange {
    client: Arc<Client>,
    method: Method,
    url: String,
    headers: Vec<String>,
    body: Mutex<Vec<u8>>,
    answer: OnceLock<Result<Answer, (io::ErrorKind, String)>>,
}

impl Exchange {
    fn answer(&self) -> io::Result<&Answer> {
        let answer = self.answer.get_or_init(|| {
            let body =
                std::mem::take(&mut *self.body.lock().unwrap_or_else(PoisonError::into_inner));
            let sent = match self.method {
                Method::GET => self.client.get(&self.url, &self.headers, MAX_ANSWER),
                _ => {
                    let (method, body) = (self.method.clone(), Bytes::from(body));
                    self.client.send(method, &self.url, &self.headers, body, MAX_ANSWER)
                }
            };
            let answer = sent.map_err(|error| (io::ErrorKind::Other, error.chain()))?;
            let kind = match answer.status {
                status if status.is_success() => return Ok(answer),
                StatusCode::UNAUTHORIZED => io::ErrorKind::PermissionDenied,
                _ => io::ErrorKind::Other,
            };
            Err((kind, Error::Status { status: answer.status }.to_string()))
        });
        answer.as_ref().map_err(|(kind, text)| io::Error::new(*kind, text.clone()))
    }
}

/// A part of an answer; the request is sent when somebody reads.
pub(super) struct Part {
    exchange: Arc<Exchange>,
    of: fn(&Answer) -> Bytes,
    bytes: Option<Cursor<Bytes>>,
}

impl Part {
    fn bytes(&mut self) -> io::Result<&mut Cursor<Bytes>> {
        if self.bytes.is_none() {
            self.bytes = Some(Cursor::new((self.of)(self.exchange.answer()?)));
        }
        self.bytes.as_mut().ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

impl Read for Part {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.bytes()?.read(buffer)
    }
}

impl BufRead for Part {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.bytes()?.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        if let Some(bytes) = &mut self.bytes {
            bytes.consume(amount);
        }
    }
}

fn headers(answer: &Answer) -> Bytes {
    let mut text = Vec::new();
    for (name, value) in &answer.headers {
        text.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\n"].concat());
    }
    text.into()
}

fn body(answer: &Answer) -> Bytes {
    answer.body.clone()
}

/// What is posted.
pub(super) struct Post(Arc<Exchange>);

impl Write for Post {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.body.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Http {
    fn exchange(
        &self,
        method: Method,
        url: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Arc<Exchange> {
        Arc::new(Exchange {
            client: Arc::clone(&self.client),
            method,
            url: url.to_owned(),
            headers: headers.into_iter().map(|header| header.as_ref().to_owned()).collect(),
            body: Mutex::default(),
            answer: OnceLock::new(),
        })
    }
}

fn parts(exchange: &Arc<Exchange>) -> (Part, Part) {
    let part = |of| Part { exchange: Arc::clone(exchange), of, bytes: None };
    (part(headers), part(body))
}

impl http::Http for Http {
    type Headers = Part;
    type ResponseBody = Part;
    type PostBody = Post;

    fn get(
        &mut self,
        url: &str,
        base_url: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> gix::Result<GetResponse<Part, Part>> {
        let exchange = self.exchange(Method::GET, url, headers);
        let answer = exchange.answer().map_err(gix::Error::from_error)?;
        if answer.url != url {
            let tail = url.strip_prefix(base_url).unwrap_or_default();
            self.base = answer.url.strip_suffix(tail).map(str::to_owned);
        }
        let (headers, body) = parts(&exchange);
        Ok(GetResponse { headers, body })
    }

    fn post(
        &mut self,
        url: &str,
        _base_url: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
        _body: PostBodyDataKind,
    ) -> gix::Result<PostResponse<Part, Part, Post>> {
        let exchange = self.exchange(Method::POST, url, headers);
        let (headers, body) = parts(&exchange);
        Ok(PostResponse { post_body: Post(exchange), headers, body })
    }

    fn configure(&mut self, _config: &dyn std::any::Any) -> gix::Result {
        Ok(())
    }

    fn redirected_base_url(&self) -> Option<String> {
        self.base.clone()
    }
}
