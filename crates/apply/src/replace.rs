//! Making an object anew, because a field of it that differs cannot change.

use std::time::Duration;

use client::{Client, Delete, Deleted, Error, PatchHow, Propagation, Query, WatchEvent};
use futures::StreamExt;
use manifest::{Node, Object, Text};
use plan::Change;
use schema::KindInfo;
use tokio::time::timeout;

use crate::Reason;
use crate::carry::apply;

/// How long a deleted object may stay.
const PATIENCE: Duration = Duration::from_secs(60);

/// Deletes the object, waits until it is gone and applies it anew. Nothing is deleted unless the
/// server would take the new one: Flux deletes first, and is left with nothing where it does not.
pub(crate) async fn replace(
    client: &Client,
    kind: &KindInfo,
    change: &Change,
    manager: &str,
) -> Result<Object, Reason> {
    let object = &change.object;
    would_be_taken(client, kind, object, manager).await?;
    let how = Delete {
        propagation: Propagation::Background,
        uid: change.uid.clone(),
        ..Delete::default()
    };
    let deleted = client.delete(kind, object.namespace(), object.name(), &how).await?;
    if let Deleted::Going(last) = deleted {
        gone(client, kind, last).await?;
    }
    Ok(apply(client, kind, object, manager).await?)
}

/// Asks the server what it would say to a new object like this. It looks at the object before it sees
/// that there is one of this name.
async fn would_be_taken(
    client: &Client,
    kind: &KindInfo,
    object: &Object,
    manager: &str,
) -> Result<(), Error> {
    let how = PatchHow { manager, dry_run: true, subresource: "" };
    match client.create_with(kind, object, &how).await {
        Ok(_) => Ok(()),
        Err(cause) if cause.is_already_exists() => Ok(()),
        Err(cause) => Err(cause),
    }
}

/// Waits until an object that was deleted is gone.
async fn gone(client: &Client, kind: &KindInfo, mut last: Object) -> Result<(), Reason> {
    let name: Text = last.name().into();
    let uid = uid(&last);
    let namespace = (!last.namespace().is_empty()).then(|| last.namespace().to_owned());
    let fields = format!("metadata.name={name}").into();
    let query = Query { fields, ..Query::default() };
    let mut events = client.watch_selected(kind, namespace.as_deref(), query);
    let mut found = Ok(());
    let watched = timeout(PATIENCE, async {
        while let Some(event) = events.next().await {
            match event {
                WatchEvent::Restarted(objects) => {
                    let same = objects.into_iter().find(|object| self::uid(object) == uid);
                    match same {
                        Some(object) => last = object,
                        None => return,
                    }
                }
                WatchEvent::Applied(object) if self::uid(&object) == uid => last = object,
                WatchEvent::Applied(_) | WatchEvent::Deleted(_) => return,
                WatchEvent::Failed(cause) if cause.is_transient() => {}
                WatchEvent::Failed(cause) => {
                    found = Err(cause);
                    return;
                }
            }
        }
    });
    let is_late = watched.await.is_err();
    found?;
    if is_late {
        let finalizers = last.root().at(&["metadata", "finalizers"]).and_then(Node::as_list);
        let finalizers = finalizers.unwrap_or_default().iter().filter_map(Node::as_str);
        let finalizers = finalizers.map(Text::from).collect();
        return Err(Reason::StillThere { after: PATIENCE, finalizers });
    }
    Ok(())
}

fn uid(object: &Object) -> Option<Text> {
    object.root().str_at(&["metadata", "uid"]).map(Text::from)
}
