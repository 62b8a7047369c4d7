//! From the files of a source to its artifact: what it includes of others is put in, and the archive that
//! Flux would make of it is counted.

use std::sync::Arc;

use api::{Source, SourceKind};
use client::{Client, Query};
use futures::StreamExt;
use futures::future::select_all;
use manifest::{Node, Object, Text};
use source::{Failure, Include, Latest, Stores, failure};
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use super::elsewhere;
use crate::failure::chain;

const SOURCES: &str = "source.toolkit.fluxcd.io/v1";

/// How often a repository that is included may include one itself.
const MAX_DEPTH: usize = 8;

/// How the sources of a cluster are had.
#[derive(Clone)]
struct Sources {
    at_hand: agent::Serve,
    stores: Stores,
    client: Client,
}

/// What is known of the files of a source, and what its `spec.ignore` says.
type Parted = (Latest, Option<Text>);

/// A source that is included.
struct Part {
    include: Include,
    files: watch::Receiver<Parted>,
}

/// What is at hand first, then what is elsewhere; each with what it includes.
pub(crate) fn serve(at_hand: agent::Serve, stores: Stores, client: Client) -> agent::Serve {
    let sources = Sources { at_hand, stores, client };
    Arc::new(move |source, object| sources.follow(source, object, 0))
}

impl Sources {
    /// The artifact of a source as it changes; `None` where it is not fetched here.
    fn follow(
        &self,
        source: &Source,
        object: &Object,
        depth: usize,
    ) -> Option<watch::Receiver<Latest>> {
        let at_hand = (self.at_hand)(source, object);
        let spec = object.root().get("spec");
        let written = spec.and_then(|spec| spec.get("include")?.as_list()).unwrap_or_default();
        let included: Vec<Include> = written.iter().filter_map(include).collect();
        if at_hand.is_some() && included.is_empty() {
            return at_hand;
        }
        let own = at_hand.or_else(|| elsewhere::follow(&self.stores, &self.client, object))?;
        let part = |include: Include| {
            let name = Text::from(include.name.as_str());
            let source = Source { name, kind: SourceKind::GitRepository, ..source.clone() };
            Part { files: self.clone().follow_named(source, depth + 1), include }
        };
        let parts: Vec<Part> = included.into_iter().map(part).collect();
        let ignore = spec.and_then(|spec| spec.str_at(&["ignore"])).map(Text::from);
        let (sender, receiver) = watch::channel(Latest::default());
        tokio::spawn(async move {
            tokio::select! {
                () = keep(own, parts, ignore, &sender) => {}
                () = sender.closed() => {}
            }
        });
        Some(receiver)
    }

    /// The same of a source by its name, whatever its object says by and by.
    fn follow_named(self, source: Source, depth: usize) -> watch::Receiver<Parted> {
        let (sender, receiver) = watch::channel(Parted::default());
        tokio::spawn(async move {
            tokio::select! {
                () = self.keep_named(&source, depth, &sender) => {}
                () = sender.closed() => {}
            }
        });
        receiver
    }

    async fn keep_named(&self, source: &Source, depth: usize, sender: &watch::Sender<Parted>) {
        let failed = |why: String| {
            let failure = Failure::new(failure::GIT, why);
            sender.send_modify(|(latest, _)| latest.failure = Some(failure));
        };
        if depth > MAX_DEPTH {
            return failed(format!("repositories include each other over {MAX_DEPTH} deep"));
        }
        let kind = match self.client.kind(SOURCES, "GitRepository").await {
            Ok(kind) => kind,
            Err(error) => return failed(chain(&error)),
        };
        let fields = Text::from(format!("metadata.name={}", source.name));
        let query = Query { fields, ..Query::default() };
        let mut events = self.client.watch_selected(&kind, Some(&source.namespace), query);
        let mut files: Option<watch::Receiver<Latest>> = None;
        let mut spec: Option<Node> = None;
        loop {
            let is_of_object = tokio::select! {
                event = events.next() => match event {
                    Some(_) => true,
                    None => return,
                },
                changed = elsewhere::changed(&mut files) => match changed {
                    Ok(()) => false,
                    Err(_) => return,
                },
            };
            if is_of_object {
                let object = self.client.get(&kind, &source.namespace, &source.name).await;
                let Ok(Some(object)) = object else {
                    (files, spec) = (None, None);
                    failed(format!("could not get resource for include '{}'", source.name));
                    continue;
                };
                // Its status changes as well.
                let now = object.root().get("spec").cloned();
                if files.is_some() && spec == now {
                    continue;
                }
                spec = now;
                files = self.follow(source, &object, depth);
                if files.is_none() {
                    failed(format!("'{}' is not fetched here", source.name));
                }
            }
            if let Some(files) = &mut files {
                let ignore = spec.as_ref().and_then(|spec| spec.str_at(&["ignore"]));
                let ignore = ignore.map(Text::from);
                sender.send_replace((files.borrow_and_update().clone(), ignore));
            }
        }
    }
}

/// What an entry of `spec.include` says; where nothing says what it becomes, that is the name.
fn include(written: &Node) -> Option<Include> {
    let name = written.str_at(&["repository", "name"])?;
    let field = |key: &str| written.str_at(&[key]).unwrap_or_default();
    let to = if field("toPath").is_empty() { name } else { field("toPath") };
    Some(Include { name: name.to_owned(), from: field("fromPath").to_owned(), to: to.to_owned() })
}

/// Makes an artifact of the files and what they include, and another one when any of that is new.
async fn keep(
    mut own: watch::Receiver<Latest>,
    mut parts: Vec<Part>,
    ignore: Option<Text>,
    sender: &watch::Sender<Latest>,
) {
    loop {
        let latest = own.borrow_and_update().clone();
        let known = parts
            .iter_mut()
            .map(|part| (part.include.clone(), part.files.borrow_and_update().clone()));
        let (known, ignore): (Vec<_>, _) = (known.collect(), ignore.clone());
        let Ok(latest) = spawn_blocking(move || made(latest, &known, ignore.as_deref())).await
        else {
            return;
        };
        sender.send_modify(|before| {
            // What cannot be made of the new files does not take away the ones before.
            let artifact = latest.artifact.or(before.artifact.take());
            *before = Latest { artifact, failure: latest.failure };
        });
        let changed = tokio::select! {
            changed = own.changed() => changed,
            changed = any_changed(&mut parts) => changed,
        };
        if changed.is_err() {
            return;
        }
    }
}

/// Waits for news of any part; for ever where there is none.
async fn any_changed(parts: &mut [Part]) -> Result<(), watch::error::RecvError> {
    if parts.is_empty() {
        return std::future::pending().await;
    }
    select_all(parts.iter_mut().map(|part| Box::pin(part.files.changed()))).await.0
}

/// The artifact of files and what is included in them.
fn made(latest: Latest, parts: &[(Include, Parted)], ignore: Option<&str>) -> Latest {
    let Some(artifact) = latest.artifact else { return latest };
    let failed = |failure: Failure| Latest { artifact: None, failure: Some(failure) };
    let mut there = Vec::new();
    for (include, (part, ignore)) in parts {
        let Some(other) = &part.artifact else {
            let why = part.failure.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            let why = format!("no artifact available for include '{}'{why}", include.name);
            return failed(Failure::new(failure::GIT, why));
        };
        there.push((include, other, ignore.as_deref()));
    }
    match agent::artifact(artifact, &there, ignore) {
        Ok(artifact) => Latest { artifact: Some(artifact), failure: latest.failure },
        Err(error) => failed(Failure::of(&error, failure::GIT)),
    }
}
