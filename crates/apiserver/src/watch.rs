//! Watches: what happens to a collection, line by line, as long as somebody listens.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use manifest::{Node, Text, json};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::call::Answer;
use crate::http::{Accept, Shape, partial};
use crate::make::{self, map, text};
use crate::query::Query;
use crate::selector::Selectors;
use crate::server::Server;
use crate::status;
use crate::store::{Change, Compacted, revision_of};
use crate::target::Target;

/// How many changes are looked at while the store is locked.
const AT_ONCE: usize = 256;
/// How long a watch lasts that says nothing about it.
const TIMEOUT: Duration = Duration::from_secs(3600);
/// How long before its end a watch says up to where it has seen everything.
const BEFORE_END: Duration = Duration::from_secs(2);

/// An open watch.
struct Watch {
    server: Server,
    target: Target,
    selectors: Selectors,
    accept: Accept,
    include: String,
    bookmarks: bool,
    /// Everything up to here has been told.
    seen: u64,
    /// Lines to be sent.
    lines: VecDeque<Bytes>,
    woken: watch::Receiver<u64>,
    bookmark_at: Option<Instant>,
    end: Instant,
    /// Whether nothing more comes after the lines.
    is_over: bool,
    has_sent_columns: bool,
}

/// Opens a watch on what a request names.
pub(crate) fn open(
    server: &Server,
    target: &Target,
    query: Query<'_>,
    accept: Accept,
) -> Result<impl Stream<Item = Bytes> + Send + 'static, Answer> {
    let timeout = query.timeout()?.unwrap_or(TIMEOUT);
    query.limit()?;
    let options = options(query)?;
    let selectors = Selectors::of(target, query)?;
    let end = Instant::now() + timeout;
    let bookmarks = query.flag("allowWatchBookmarks");
    let mut state = server.state();
    let collection = &target.resource.collection;
    let woken = state.store.wait(collection);
    let current = state.store.revision();
    let initial: Option<Vec<Node>> = options.with_initial.then(|| {
        let list = state.store.list(collection, &target.namespace);
        list.map(|(_, stored)| stored.node.clone()).collect()
    });
    drop(state);
    let mut watch = Watch {
        server: server.clone(),
        target: target.clone(),
        selectors,
        accept,
        include: query.get("includeObject").unwrap_or_default().to_owned(),
        bookmarks,
        seen: if options.with_initial || options.revision == 0 {
            current
        } else {
            options.revision
        },
        lines: VecDeque::new(),
        woken,
        bookmark_at: (bookmarks && timeout > BEFORE_END).then(|| end - BEFORE_END),
        end,
        is_over: false,
        has_sent_columns: false,
    };
    for object in initial.unwrap_or_default() {
        if watch.selectors.matches(&object) {
            watch.tell("ADDED", &object);
        }
    }
    if options.marks_end_of_initial {
        watch.bookmark(true);
    }
    let next = |mut watch: Watch| async move {
        let bytes = watch.next().await?;
        Some((bytes, watch))
    };
    Ok(futures::stream::unfold(watch, next))
}

struct Options {
    /// Where to start.
    revision: u64,
    /// Whether what is there comes first, as if it were new.
    with_initial: bool,
    marks_end_of_initial: bool,
}

fn options(query: Query<'_>) -> Result<Options, Answer> {
    let wrong = status::wrong_list_options(query, true);
    if !wrong.is_empty() {
        return Err(status::invalid("", "meta.k8s.io", "ListOptions", &wrong));
    }
    let revision = query.revision()?.unwrap_or(0);
    let sends_initial = query.given("sendInitialEvents").map(|_| query.flag("sendInitialEvents"));
    Ok(Options {
        revision,
        with_initial: sends_initial.unwrap_or(revision == 0),
        marks_end_of_initial: sends_initial == Some(true) && query.flag("allowWatchBookmarks"),
    })
}

/// An event that is told of an object: its revision, what happened, and the version that it is told in.
type Event = (u64, &'static str, Text);

/// The line of the last event, for the many that watch the same.
#[derive(Default)]
pub(crate) struct Told(Option<(Event, Bytes)>);

impl Told {
    fn line(&self, event: &Event) -> Option<Bytes> {
        self.0.as_ref().filter(|(told, _)| told == event).map(|(_, line)| line.clone())
    }

    fn keep(&mut self, event: Event, line: Bytes) {
        self.0 = Some((event, line));
    }
}

impl Watch {
    /// The next lines; `None` at the end.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(line) = self.lines.pop_front() {
                return Some(line);
            }
            if self.is_over {
                return None;
            }
            self.woken.mark_unchanged();
            self.look();
            if !self.lines.is_empty() {
                continue;
            }
            let at = self.bookmark_at.unwrap_or(self.end);
            tokio::select! {
                changed = self.woken.changed() => self.is_over = changed.is_err(),
                () = tokio::time::sleep_until(at) => {
                    match self.bookmark_at.take() {
                        Some(_) => self.bookmark(false),
                        None => self.is_over = true,
                    }
                }
            }
        }
    }

    /// Tells what happened since.
    fn look(&mut self) {
        while self.lines.is_empty() && !self.is_over && self.look_at_once() {}
    }

    /// Tells of the next changes, and whether there may be more.
    fn look_at_once(&mut self) -> bool {
        let collection = &self.target.resource.collection;
        let (changes, revision) = {
            let state = self.server.state();
            let changes = state.store.since(collection, self.seen);
            let changes: Result<Vec<Change>, Compacted> =
                changes.map(|changes| changes.take(AT_ONCE).cloned().collect());
            (changes, state.store.revision())
        };
        let Ok(changes) = changes else {
            self.expire(revision);
            return false;
        };
        let is_all = changes.len() < AT_ONCE;
        for change in changes {
            self.seen = change.revision;
            self.change(&change);
        }
        if is_all {
            self.seen = self.seen.max(revision);
        }
        !is_all
    }

    fn change(&mut self, change: &Change) {
        let namespace = &self.target.namespace;
        if !namespace.is_empty() && change.namespace != *namespace {
            return;
        }
        let was = change.before.as_ref().is_some_and(|node| self.selectors.matches(node));
        let is = !change.deleted && self.selectors.matches(&change.object);
        match (was, is) {
            (false, true) => self.tell("ADDED", &change.object),
            (true, true) => self.tell("MODIFIED", &change.object),
            (true, false) if change.deleted => self.tell("DELETED", &change.object),
            (true, false) => {
                // It is no longer selected: it goes as it was when it still was.
                let mut object = change.before.clone().unwrap_or_default();
                if let Some(metadata) = make::metadata(&mut object) {
                    let revision = ecow::eco_format!("{}", change.revision);
                    metadata.set("resourceVersion", text(revision));
                }
                self.tell("DELETED", &object);
            }
            (false, false) => {}
        }
    }

    fn tell(&mut self, kind: &'static str, object: &Node) {
        // Of custom kinds the definition has a say in how an object looks.
        if self.accept.shape != Shape::Whole || self.target.resource.is_custom() {
            return self.tell_shaped(kind, object);
        }
        let event = (revision_of(object), kind, self.target.resource.api_version.clone());
        if let Some(line) = self.server.told().line(&event) {
            return self.lines.push_back(line);
        }
        self.tell_shaped(kind, object);
        if let Some(line) = self.lines.back() {
            self.server.told().keep(event, line.clone());
        }
    }

    fn tell_shaped(&mut self, kind: &'static str, object: &Node) {
        let model = self.server.model();
        let object = self.server.shown(&model, &self.target, object);
        let object = match self.accept.shape {
            Shape::Partial | Shape::PartialList => partial(&object),
            Shape::Table => {
                let first = !std::mem::replace(&mut self.has_sent_columns, true);
                self.server.table_row(&self.target, &object, &self.include, first)
            }
            Shape::Whole => object,
        };
        self.line(kind, object);
    }

    fn line(&mut self, kind: &'static str, object: Node) {
        let event = map([("type", text(kind)), ("object", object)]);
        let mut line = String::new();
        let options = json::Options { expose: true, ..json::Options::default() };
        json::write(&event, options, &mut line);
        line.push('\n');
        self.lines.push_back(line.into());
    }

    /// Says up to where everything has been told.
    fn bookmark(&mut self, is_end_of_initial: bool) {
        if !self.bookmarks {
            return;
        }
        let seen = self.seen.max(1);
        let mut metadata = vec![("resourceVersion", text(ecow::eco_format!("{seen}")))];
        if self.accept.shape == Shape::Whole && !is_end_of_initial {
            metadata.push(("creationTimestamp", Node::default()));
        }
        if is_end_of_initial {
            let annotations = map([("k8s.io/initial-events-end", text("true"))]);
            metadata.push(("annotations", annotations));
        }
        let (kind, api_version) = match self.accept.shape {
            Shape::Whole => {
                let info = &self.target.resource;
                (text(info.info.kind.clone()), text(info.api_version.clone()))
            }
            _ => (text("PartialObjectMetadata"), text("meta.k8s.io/v1")),
        };
        let object =
            map([("kind", kind), ("apiVersion", api_version), ("metadata", map(metadata))]);
        self.line("BOOKMARK", object);
    }

    fn expire(&mut self, oldest: u64) {
        let message = format!("too old resource version: {} ({oldest})", self.seen);
        let answer = status::failure(410, "Expired", &message, None);
        self.line("ERROR", answer.body);
        self.is_over = true;
    }
}
