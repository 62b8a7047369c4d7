//! Sources that are asked for with what Secrets hold: opened anew when one of them changes.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use client::{Client, Query};
use futures::StreamExt;
use futures::stream::{BoxStream, select_all};
use manifest::{Map, Node, Object, Text};
use source::{Failure, Latest};
use tokio::sync::watch;

use crate::failure::chain;

/// Flux's reason where something is wrong with a Secret.
const LOGIN: &str = "AuthenticationFailed";

/// The decoded `data` of a Secret.
pub(super) type Data = BTreeMap<String, Vec<u8>>;

/// Secrets of a namespace.
pub(super) struct Secrets {
    pub(super) client: Client,
    pub(super) namespace: Text,
    pub(super) names: Vec<Text>,
    /// The account whose `imagePullSecrets` count as well.
    pub(super) account: Option<Text>,
}

/// What they hold.
#[derive(PartialEq)]
pub(super) struct Held {
    secrets: BTreeMap<Text, Data>,
    /// Those of the account.
    of_account: Vec<Text>,
}

impl Held {
    /// What the Secret of this name holds, where one is named.
    pub(super) fn get(&self, name: Option<&Text>) -> Option<&Data> {
        self.secrets.get(name?)
    }

    /// What the Secrets of the account hold.
    pub(super) fn of_account(&self) -> impl Iterator<Item = &Data> {
        self.of_account.iter().filter_map(|name| self.secrets.get(name))
    }
}

impl Secrets {
    /// What `open` opens, again after each change of a Secret.
    pub(super) fn follow<F>(self, open: F) -> watch::Receiver<Latest>
    where
        F: Fn(&Held) -> Result<watch::Receiver<Latest>, Failure> + Send + Sync + 'static,
    {
        let (sender, receiver) = watch::channel(Latest::default());
        if self.names.is_empty() && self.account.is_none() {
            let held = Held { secrets: BTreeMap::new(), of_account: Vec::new() };
            return open(&held).unwrap_or_else(|failure| {
                sender.send_modify(|latest| latest.failure = Some(failure));
                receiver
            });
        }
        tokio::spawn(async move {
            tokio::select! {
                () = self.keep(&open, &sender) => {}
                () = sender.closed() => {}
            }
        });
        receiver
    }

    async fn keep<F>(mut self, open: &F, sender: &watch::Sender<Latest>)
    where
        F: Fn(&Held) -> Result<watch::Receiver<Latest>, Failure> + Send + Sync,
    {
        let failed = |failure: Failure| sender.send_modify(|latest| latest.failure = Some(failure));
        let of_account = match self.of_account().await {
            Ok(names) => names,
            Err(why) => return failed(Failure::new(LOGIN, why)),
        };
        self.names.extend(of_account.iter().cloned());
        let mut events = match self.watch().await {
            Ok(events) => events,
            Err(why) => return failed(Failure::new(LOGIN, why)),
        };
        let mut before: Option<Held> = None;
        let mut files: Option<watch::Receiver<Latest>> = None;
        loop {
            let is_of_secret = tokio::select! {
                event = events.next() => match event {
                    Some(()) => true,
                    None => return,
                },
                changed = changed(&mut files) => match changed {
                    Ok(()) => false,
                    Err(_) => return,
                },
            };
            if is_of_secret {
                let held = self
                    .held()
                    .await
                    .map(|secrets| Held { secrets, of_account: of_account.clone() });
                match held {
                    Ok(held) if before.as_ref() == Some(&held) => {}
                    Ok(held) => {
                        match open(&held) {
                            Ok(opened) => files = Some(opened),
                            Err(failure) => failed(failure),
                        }
                        before = Some(held);
                    }
                    Err(why) => failed(Failure::new(LOGIN, why)),
                }
            } else if let Some(files) = &mut files {
                let now = files.borrow_and_update().clone();
                sender.send_modify(|latest| {
                    // What another Secret opened stays in service until there is something new.
                    let artifact = now.artifact.or(latest.artifact.take());
                    *latest = Latest { artifact, failure: now.failure };
                });
            }
        }
    }

    /// An event for each change; the first ones say how they are.
    async fn watch(&self) -> Result<BoxStream<'static, ()>, String> {
        let kind = self.client.kind("v1", "Secret").await.map_err(|error| chain(&error))?;
        let watched = self.names.iter().map(|name| {
            let fields = Text::from(format!("metadata.name={name}"));
            let query = Query { fields, ..Query::default() };
            self.client.watch_selected(&kind, Some(&self.namespace), query)
        });
        Ok(select_all(watched.collect::<Vec<_>>()).map(|_| ()).boxed())
    }

    /// The names of the account's Secrets.
    async fn of_account(&self) -> Result<Vec<Text>, String> {
        let Some(account) = &self.account else { return Ok(Vec::new()) };
        let account = self.object("ServiceAccount", account).await?;
        let named = account.root().get("imagePullSecrets").and_then(Node::as_list);
        let named = named.into_iter().flatten().filter_map(|node| node.str_at(&["name"]));
        Ok(named.map(Text::from).collect())
    }

    async fn held(&self) -> Result<BTreeMap<Text, Data>, String> {
        let mut held = BTreeMap::new();
        for name in &self.names {
            let secret = self.object("Secret", name).await?;
            held.insert(name.clone(), data(&secret)?);
        }
        Ok(held)
    }

    async fn object(&self, kind: &str, name: &Text) -> Result<Object, String> {
        let namespace = &self.namespace;
        let known = self.client.kind("v1", kind).await.map_err(|error| chain(&error))?;
        let object = self.client.get(&known, namespace, name).await;
        let object = object.map_err(|error| chain(&error))?;
        object.ok_or_else(|| format!("there is no {kind} {namespace}/{name}: it has to be made"))
    }
}

/// What a Secret holds.
fn data(secret: &Object) -> Result<Data, String> {
    let written = secret.root().get("data").and_then(Node::as_map);
    let mut data = BTreeMap::new();
    for (key, value) in written.into_iter().flat_map(Map::iter) {
        let bytes = STANDARD.decode(value.as_str().unwrap_or_default());
        let wrong =
            |_| format!("`{key}` of Secret {}/{} is no base64", secret.namespace(), secret.name());
        data.insert(key.to_string(), bytes.map_err(wrong)?);
    }
    Ok(data)
}

/// Waits for news; for ever where nothing is followed yet.
pub(in crate::up) async fn changed(
    files: &mut Option<watch::Receiver<Latest>>,
) -> Result<(), watch::error::RecvError> {
    match files {
        Some(files) => files.changed().await,
        None => std::future::pending().await,
    }
}
