//! Git's protocol over [`Client`], for gix: what it posts is collected and sent when the answer is read, and the
//! answer is read as it comes.

use std::io::{self, BufRead, BufReader, Cursor, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

use ::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use gix_transport::client::blocking_io::http::{self, GetResponse, PostBodyDataKind, PostResponse};

use super::{Answer, Body, Client};
use crate::Error;

/// A conversation with one server.
pub(crate) struct Http {
    client: Arc<Client>,
    /// How many bytes one answer may have.
    limit: u64,
    /// Where the repository is, if it is not where it was looked for.
    base: Option<String>,
}

impl Http {
    pub(crate) fn new(client: Arc<Client>, limit: u64) -> Http {
        Http { client, limit, base: None }
    }
}

/// A request that is sent when somebody reads its answer.
pub(crate) struct Exchange {
    client: Arc<Client>,
    url: String,
    headers: Vec<String>,
    limit: u64,
    state: Mutex<State>,
}

enum State {
    /// What was posted so far.
    Posting(Vec<u8>),
    /// The answer: its body until somebody took it.
    Answered(HeaderMap, Option<Body>),
    Failed(io::ErrorKind, String),
}

impl Exchange {
    /// Sends it, unless that was done before, and gives what `part` takes of the answer.
    fn answered<T>(
        &self,
        part: impl FnOnce(&HeaderMap, &mut Option<Body>) -> Option<T>,
    ) -> io::Result<T> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let State::Posting(body) = &mut *state {
            let body = Bytes::from(std::mem::take(body));
            let sent = self.client.post(&self.url, &self.headers, body, self.limit);
            *state = received(sent);
        }
        match &mut *state {
            State::Answered(headers, body) => {
                part(headers, body).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
            }
            State::Failed(kind, why) => Err(io::Error::new(*kind, why.clone())),
            State::Posting(_) => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

fn received(answer: Result<Answer, Error>) -> State {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return State::Failed(io::ErrorKind::Other, error.chain()),
    };
    let kind = match answer.status {
        status if status.is_success() => {
            return State::Answered(answer.headers, Some(answer.body));
        }
        StatusCode::UNAUTHORIZED => io::ErrorKind::PermissionDenied,
        _ => io::ErrorKind::Other,
    };
    State::Failed(kind, Error::Status { status: answer.status }.to_string())
}

/// A part of an answer; the request is sent when somebody reads.
pub(crate) struct Part {
    exchange: Arc<Exchange>,
    is_head: bool,
    reader: Option<Box<dyn BufRead + Send>>,
}

impl Part {
    fn reader(&mut self) -> io::Result<&mut (dyn BufRead + Send)> {
        let reader = match self.reader.take() {
            Some(reader) => reader,
            None if self.is_head => {
                let head = self.exchange.answered(|headers, _| Some(lines(headers)))?;
                Box::new(Cursor::new(head))
            }
            None => Box::new(BufReader::new(self.exchange.answered(|_, body| body.take())?)),
        };
        Ok(&mut **self.reader.insert(reader))
    }
}

impl Read for Part {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader()?.read(buffer)
    }
}

impl BufRead for Part {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader()?.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        if let Some(reader) = &mut self.reader {
            reader.consume(amount);
        }
    }
}

fn lines(headers: &HeaderMap) -> Vec<u8> {
    let line = |(name, value): (&::http::HeaderName, &::http::HeaderValue)| {
        [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\n"].concat()
    };
    headers.iter().flat_map(line).collect()
}

/// What is posted.
pub(crate) struct Post(Arc<Exchange>);

impl Write for Post {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State::Posting(body) = &mut *state else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        body.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Http {
    fn exchange(
        &self,
        url: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
        state: State,
    ) -> Arc<Exchange> {
        Arc::new(Exchange {
            client: Arc::clone(&self.client),
            url: url.to_owned(),
            headers: owned(headers),
            limit: self.limit,
            state: Mutex::new(state),
        })
    }
}

fn owned(headers: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<String> {
    headers.into_iter().map(|header| header.as_ref().to_owned()).collect()
}

fn parts(exchange: &Arc<Exchange>) -> (Part, Part) {
    let part = |is_head| Part { exchange: Arc::clone(exchange), is_head, reader: None };
    (part(true), part(false))
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
        let answer = self.client.get(url, &owned(headers), self.limit);
        let found = answer.as_ref().map_or_else(|_| url.to_owned(), |answer| answer.url.clone());
        let exchange = self.exchange(url, [""; 0], received(answer));
        exchange.answered(|_, _| Some(())).map_err(gix::Error::from_error)?;
        if found != url {
            let tail = url.strip_prefix(base_url).unwrap_or_default();
            self.base = found.strip_suffix(tail).map(str::to_owned);
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
        let exchange = self.exchange(url, headers, State::Posting(Vec::new()));
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
