//! Files of Git repositories elsewhere, for the agent of a cluster: its objects say where, its Secrets how.

use std::collections::BTreeMap;
use std::time::Duration;

use api::{GitReference, GitRepository};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use client::{Client, Query, WatchEvent};
use futures::StreamExt;
use futures::stream::BoxStream;
use manifest::{Node, Text};
use source::{Access, Latest, Reference, Stores, Want, Written};
use tokio::sync::watch;

use crate::failure::chain;

/// How often a repository is looked at that does not say it, and the least that it may say.
const MINUTE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);

/// The files of a repository, without what it includes; `None` where it is not fetched here.
pub(super) fn follow(
    stores: &Stores,
    client: &Client,
    repository: &GitRepository,
) -> Option<watch::Receiver<Latest>> {
    let url = repository.url.value.to_string();
    let is_http = url.starts_with("https://") || url.starts_with("http://");
    let is_ssh = url.starts_with("ssh://") && repository.secret.is_some();
    if !is_http && !is_ssh {
        return None;
    }
    let want = Want {
        reference: reference(&repository.reference),
        interval: repository.interval.unwrap_or(MINUTE).max(SECOND),
        timeout: repository.timeout,
        submodules: repository.recurse_submodules,
        directories: repository.sparse_checkout.iter().map(|at| at.value.to_string()).collect(),
    };
    let Some(secret) = &repository.secret else {
        return Some(stores.follow(&url, &Access::default(), want));
    };
    let (sender, receiver) = watch::channel(Latest::default());
    let name = (repository.source.namespace.clone(), secret.value.clone());
    let secret = Secret { client: client.clone(), name, url: url.clone() };
    let stores = stores.clone();
    tokio::spawn(async move {
        tokio::select! {
            () = keep(&stores, &secret, &want, &sender) => {}
            () = sender.closed() => {}
        }
    });
    Some(receiver)
}

/// Follows a repository with the access that a Secret gives, and with another one when the Secret changes.
async fn keep(stores: &Stores, secret: &Secret, want: &Want, sender: &watch::Sender<Latest>) {
    let failed = |why: String| sender.send_modify(|latest| latest.failure = Some(why.into()));
    let mut events = match secret.watch().await {
        Ok(events) => events,
        Err(why) => return failed(why),
    };
    let mut access = None;
    let mut files: Option<watch::Receiver<Latest>> = None;
    loop {
        let is_of_secret = tokio::select! {
            event = events.next() => match event {
                Some(_) => true,
                None => return,
            },
            changed = changed(&mut files) => match changed {
                Ok(()) => false,
                Err(_) => return,
            },
        };
        if is_of_secret {
            match secret.access().await {
                Ok(new) if access.as_ref() == Some(&new) => {}
                Ok(new) => {
                    files = Some(stores.follow(&secret.url, &new, want.clone()));
                    access = Some(new);
                }
                Err(why) => failed(why),
            }
        } else if let Some(files) = &mut files {
            sender.send_replace(files.borrow_and_update().clone());
        }
    }
}

/// Waits for news; for ever where nothing is followed yet.
pub(super) async fn changed(
    files: &mut Option<watch::Receiver<Latest>>,
) -> Result<(), watch::error::RecvError> {
    match files {
        Some(files) => files.changed().await,
        None => std::future::pending().await,
    }
}

/// A Secret of a cluster, and the URL that it is for.
struct Secret {
    client: Client,
    /// Its namespace and its name.
    name: (Text, Text),
    url: String,
}

impl Secret {
    /// Its changes: the first event says how it is.
    async fn watch(&self) -> Result<BoxStream<'static, WatchEvent>, String> {
        let (namespace, name) = &self.name;
        let kind = self.client.kind("v1", "Secret").await.map_err(|error| chain(&error))?;
        let fields = Text::from(format!("metadata.name={name}"));
        let query = Query { fields, ..Query::default() };
        Ok(self.client.watch_selected(&kind, Some(namespace), query))
    }

    /// The access that it gives.
    async fn access(&self) -> Result<Access, String> {
        let (namespace, name) = &self.name;
        let kind = self.client.kind("v1", "Secret").await.map_err(|error| chain(&error))?;
        let secret = self.client.get(&kind, namespace, name).await;
        let secret = secret.map_err(|error| chain(&error))?;
        let none = || format!("there is no Secret {namespace}/{name}: it has to be made");
        let secret = secret.ok_or_else(none)?;
        let mut data = BTreeMap::new();
        let written = secret.root().get("data").and_then(Node::as_map);
        for (key, value) in written.into_iter().flat_map(manifest::Map::iter) {
            let bytes = STANDARD.decode(value.as_str().unwrap_or_default());
            let wrong = |_| format!("`{key}` of Secret {namespace}/{name} is no base64");
            data.insert(key.to_string(), bytes.map_err(wrong)?);
        }
        Access::of_secret(&self.url, &data).map_err(|error| error.chain())
    }
}

/// Which commit of a repository an object wants.
fn reference(written: &GitReference) -> Reference {
    let GitReference { branch, tag, semver, name, commit } = written;
    let [commit, name, tag, semver, branch] = [commit, name, tag, semver, branch]
        .map(|field| field.as_ref().map(|text| text.value.to_string()));
    Reference::choose(Written { commit, name, tag, semver, branch })
}
