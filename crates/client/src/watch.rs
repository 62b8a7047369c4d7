//! Watching a kind: what is there, then every change, for as long as somebody listens.

use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use futures::StreamExt;
use futures::stream::{BoxStream, unfold};
use http_body_util::BodyExt;
use kube::client::Body;
use manifest::{Node, Object, Origin, Text, json};
use schema::KindInfo;
use tokio::time::Instant;

use crate::path::{add_query, path};
use crate::request::Request;
use crate::{Client, Error, Query};

/// What a watch says.
#[derive(Clone, Debug)]
pub enum WatchEvent {
    /// This is all there is: at the beginning, and where changes may have been missed. What was
    /// known and is not in it is gone.
    Restarted(Vec<Object>),
    /// An object is new, or another one now.
    Applied(Object),
    /// An object is gone; this is what it was.
    Deleted(Object),
    /// The server cannot be reached or says no. The watch goes on by itself.
    Failed(Error),
}

/// The wait after a first failure, at most; each further one doubles it.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// After so much silence a connection is taken for dead. Servers say something every minute, where
/// they send bookmarks at all.
const SILENCE: Duration = Duration::from_secs(15 * 60);
/// What ends sooner than this without a word counts as a failure: no server means to do that.
const TOO_SHORT: Duration = Duration::from_secs(1);
/// How long one event may be.
const MAX_LINE: usize = 64 << 20;

impl Client {
    /// All objects of a kind and everything that happens to them from now on. Reconnects by itself,
    /// where it left off, else with a new list; never ends.
    pub fn watch(&self, kind: &KindInfo) -> BoxStream<'static, WatchEvent> {
        self.watch_selected(kind, None, Query::default())
    }

    /// The same of one namespace, or of the objects that a query selects.
    pub fn watch_selected(
        &self,
        kind: &KindInfo,
        namespace: Option<&str>,
        query: Query,
    ) -> BoxStream<'static, WatchEvent> {
        let watch = Watch {
            client: self.clone(),
            kind: kind.clone(),
            namespace: namespace.map(Text::from),
            query,
            state: State::List,
            failures: 0,
            wait: None,
        };
        unfold(watch, |mut watch| async move { Some((watch.next().await, watch)) }).boxed()
    }
}

struct Watch {
    client: Client,
    kind: KindInfo,
    namespace: Option<Text>,
    query: Query,
    state: State,
    /// Failures since the last success.
    failures: u32,
    /// What to wait before going on.
    wait: Option<Duration>,
}

enum State {
    /// Nothing is known.
    List,
    /// Everything up to a resource version is known.
    Open { version: Text },
    /// Changes come in.
    Read { version: Text, lines: Lines, since: Instant, is_new: bool },
}

impl Watch {
    async fn next(&mut self) -> WatchEvent {
        loop {
            if let Some(wait) = self.wait.take() {
                tokio::time::sleep(wait).await;
            }
            let event = match std::mem::replace(&mut self.state, State::List) {
                State::List => Some(self.list().await),
                State::Open { version } => self.open(version).await,
                State::Read { version, lines, since, is_new } => {
                    self.read(version, lines, since, is_new).await
                }
            };
            if let Some(event) = event {
                return event;
            }
        }
    }

    async fn list(&mut self) -> WatchEvent {
        let namespace = self.namespace.as_deref();
        match self.client.list_at(&self.kind, namespace, &self.query).await {
            Ok((objects, version)) => {
                self.state = State::Open { version };
                WatchEvent::Restarted(objects)
            }
            Err(cause) => self.failed(cause),
        }
    }

    async fn open(&mut self, version: Text) -> Option<WatchEvent> {
        let namespace = self.namespace.as_deref().unwrap_or_default();
        let mut path = self.query.on(path(&self.kind, namespace, "", ""));
        add_query(&mut path, "watch", "true");
        add_query(&mut path, "allowWatchBookmarks", "true");
        add_query(&mut path, "resourceVersion", &version);
        let request = Request { is_stream: true, ..Request::get(path) };
        match self.client.open_stream(&request).await {
            Ok(body) => {
                let lines = Lines { body, buffer: BytesMut::new(), seen: 0 };
                self.state = State::Read { version, lines, since: Instant::now(), is_new: true };
                None
            }
            Err(cause) if cause.is_expired() => {
                self.count();
                None
            }
            Err(cause) => {
                self.state = State::Open { version };
                Some(self.failed(cause))
            }
        }
    }

    /// The next event. Where the stream ends, the watch goes on from the last version it heard of.
    async fn read(
        &mut self,
        mut version: Text,
        mut lines: Lines,
        since: Instant,
        is_new: bool,
    ) -> Option<WatchEvent> {
        let line = match tokio::time::timeout(SILENCE, lines.next()).await {
            Ok(Ok(Some(line))) => line,
            Ok(Ok(None)) | Err(_) => {
                if is_new && since.elapsed() < TOO_SHORT {
                    self.count();
                }
                self.state = State::Open { version };
                return None;
            }
            Ok(Err(cause)) => {
                self.state = State::Open { version };
                return Some(self.failed(self.client.unreachable(cause)));
            }
        };
        let event = match Line::read(&line) {
            Ok(event) => event,
            Err(what) => {
                let request = Request::get(path(&self.kind, "", "", ""));
                let cause = self.client.unreadable(&request, &what);
                return Some(self.failed(cause));
            }
        };
        if let Line::Error(status) = event {
            let cause = Error::of_status(500, &status)?;
            if cause.is_expired() {
                self.count();
                return None;
            }
            return Some(self.failed(cause));
        }
        self.failures = 0;
        if let Some(newer) = event.version() {
            version = newer;
        }
        self.state = State::Read { version, lines, since, is_new: false };
        match event {
            Line::Applied(object) => Some(WatchEvent::Applied(object)),
            Line::Deleted(object) => Some(WatchEvent::Deleted(object)),
            Line::Bookmark(_) | Line::Error(_) => None,
        }
    }

    fn failed(&mut self, cause: Error) -> WatchEvent {
        self.count();
        if let Error::Status { retry_after: Some(after), .. } = &cause {
            self.wait = self.wait.max(Some((*after).min(LONGEST_WAIT)));
        }
        WatchEvent::Failed(cause)
    }

    /// Counts a failure: the more there are, the longer the wait.
    fn count(&mut self) {
        let wait = FIRST_WAIT * (1 << self.failures.min(10));
        self.failures = self.failures.saturating_add(1);
        self.wait = Some(self.client.jitter(wait.min(LONGEST_WAIT), self.failures));
    }
}

impl Client {
    /// The body of an answer that goes on for ever.
    async fn open_stream(&self, request: &Request) -> Result<Body, Error> {
        let patience = self.shared.patience;
        let open = self.open(request, "application/json");
        let reply = tokio::time::timeout(patience, open).await;
        let reply = reply.map_err(|_| self.late(request))??;
        let code = reply.status().as_u16();
        if code < 400 {
            return Ok(reply.into_body());
        }
        let body = http_body_util::Limited::new(reply.into_body(), MAX_LINE).collect().await;
        let body = body.map_err(|cause| self.unreachable(cause))?.to_bytes();
        Err(self.refused_with(request, code, &body))
    }
}

/// One line of a watch.
enum Line {
    Applied(Object),
    Deleted(Object),
    Bookmark(Node),
    Error(Node),
}

impl Line {
    fn read(line: &[u8]) -> Result<Line, String> {
        let mut event = json::read(line, Origin::NONE).map_err(|cause| cause.to_string())?;
        let name: Text = event.str_at(&["type"]).unwrap_or_default().into();
        let object = event.as_map_mut().and_then(|map| map.remove("object")).unwrap_or_default();
        let object_of =
            |node: Node| Object::new(node).map_err(|cause| format!("an object with {cause}"));
        match name.as_str() {
            "ADDED" | "MODIFIED" => object_of(object).map(Line::Applied),
            "DELETED" => object_of(object).map(Line::Deleted),
            "BOOKMARK" => Ok(Line::Bookmark(object)),
            "ERROR" => Ok(Line::Error(object)),
            other => Err(format!("an event of type {other:?}")),
        }
    }

    fn version(&self) -> Option<Text> {
        let node = match self {
            Line::Applied(object) | Line::Deleted(object) => object.root(),
            Line::Bookmark(node) | Line::Error(node) => node,
        };
        node.str_at(&["metadata", "resourceVersion"]).map(Text::from)
    }
}

/// The lines of a body, as they come in.
struct Lines {
    body: Body,
    buffer: BytesMut,
    /// How much of the buffer is known to have no end of a line.
    seen: usize,
}

impl Lines {
    /// The next line that is not empty; `None` at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, tower::BoxError> {
        loop {
            let rest = self.buffer.get(self.seen..).unwrap_or_default();
            if let Some(at) = rest.iter().position(|byte| *byte == b'\n') {
                let line = self.buffer.split_to(self.seen + at).freeze();
                self.buffer.advance(1);
                self.seen = 0;
                if line.is_empty() {
                    continue;
                }
                return Ok(Some(line));
            }
            self.seen = self.buffer.len();
            if self.seen > MAX_LINE {
                return Err(format!("an event of more than {} MiB", MAX_LINE >> 20).into());
            }
            match self.body.frame().await {
                // What is left without an end was cut off.
                None => return Ok(None),
                Some(frame) => {
                    if let Ok(data) = frame?.into_data() {
                        self.buffer.extend_from_slice(&data);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
