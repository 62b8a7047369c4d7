//! Carrying changes out, one kind after the other.

use futures::StreamExt;
use futures::stream::iter;

use client::{Apply, Client, Delete, Error, Patch, PatchHow, Propagation};
use manifest::Object;
use plan::{Action, Change};
use schema::{KindInfo, Kinds};

use crate::{Done, Failed, Journaled, Reason, replace};

/// How many objects of one kind are written at a time.
const AT_ONCE: usize = 4;
/// How often the fields of others are taken over, when the object changes under our hands.
const TRIES: usize = 3;

pub(crate) async fn out(
    client: &Client,
    kinds: &Kinds,
    changes: &[Change],
    manager: &str,
    _: &Journaled,
) -> Vec<Done> {
    let mut done = Vec::with_capacity(changes.len());
    let mut served = Served { client, kinds, newer: None };
    for group in changes.chunk_by(|a, b| (&a.id.group, &a.id.kind) == (&b.id.group, &b.id.kind)) {
        let mut jobs = Vec::with_capacity(group.len());
        for change in group {
            jobs.push((change, served.kind(&change.object).await));
        }
        // In a list and not by `map`: the compiler cannot tell that what a closure makes of references
        // may go to another thread.
        let mut answers = Vec::with_capacity(jobs.len());
        for (change, kind) in jobs {
            answers.push(one(client, kind, change, manager));
        }
        done.extend(iter(answers).buffered(AT_ONCE).collect::<Vec<Done>>().await);
    }
    done
}

/// The kinds that are served. Where one is missing, the server is asked once more: it may have just
/// been defined.
struct Served<'a> {
    client: &'a Client,
    kinds: &'a Kinds,
    newer: Option<Result<std::sync::Arc<Kinds>, Error>>,
}

impl Served<'_> {
    async fn kind(&mut self, object: &Object) -> Result<KindInfo, Error> {
        let (api_version, kind) = (object.api_version(), object.kind());
        if let Some(info) = self.kinds.info(api_version, kind) {
            return Ok(info.clone());
        }
        if self.newer.is_none() {
            self.newer = Some(self.client.refresh_kinds().await);
        }
        let newer = match &self.newer {
            Some(Ok(kinds)) => kinds.info(api_version, kind).cloned(),
            Some(Err(cause)) => return Err(cause.clone()),
            None => None,
        };
        newer.ok_or_else(|| Error::NotServed {
            server: self.client.server().into(),
            api_version: api_version.into(),
            kind: kind.into(),
        })
    }
}

async fn one(
    client: &Client,
    kind: Result<KindInfo, Error>,
    change: &Change,
    manager: &str,
) -> Done {
    let mut action = change.action.clone();
    let result = match kind {
        Ok(kind) => carry(client, &kind, change, manager, &mut action).await,
        Err(_) if !action.writes() => Ok(None),
        Err(cause) => Err(cause.into()),
    };
    let result = result.map_err(|reason| Failed {
        id: change.id.clone(),
        what: action.clone(),
        origin: change.object.origin(),
        reason,
    });
    Done { id: change.id.clone(), action, result }
}

async fn carry(
    client: &Client,
    kind: &KindInfo,
    change: &Change,
    manager: &str,
    action: &mut Action,
) -> Result<Option<Object>, Reason> {
    match change.action {
        Action::Skip(_) => Ok(None),
        Action::Delete => delete(client, kind, change).await.map(|()| None),
        Action::Replace => replace::replace(client, kind, change, manager).await.map(Some),
        Action::Create | Action::Configure => {
            let applied = configure(client, kind, change, manager).await;
            match applied {
                Err(cause) if change.force && cause.is_immutable() => {
                    *action = Action::Replace;
                    replace::replace(client, kind, change, manager).await.map(Some)
                }
                applied => Ok(applied.map(Some)?),
            }
        }
    }
}

/// Takes the fields of others over, where there are any, and applies.
async fn configure(
    client: &Client,
    kind: &KindInfo,
    change: &Change,
    manager: &str,
) -> Result<Object, Error> {
    let object = &change.object;
    let mut cleanup = change.cleanup.clone();
    let mut tries = 1;
    while let Some(patch) = cleanup.take() {
        let how = PatchHow { manager, ..PatchHow::default() };
        let patch = Patch::Json(patch);
        let (namespace, name) = (object.namespace(), object.name());
        match client.patch(kind, namespace, name, &patch, &how).await {
            Ok(_) => {}
            // It is gone; what is applied is new, then.
            Err(cause) if cause.is_not_found() => {}
            // It is another one by now.
            Err(cause) if tries < TRIES && (cause.is_conflict() || cause.is_invalid()) => {
                tries += 1;
                let live = client.get(kind, namespace, name).await?;
                cleanup = live.as_ref().and_then(plan::cleanup);
            }
            Err(cause) => return Err(cause),
        }
    }
    apply(client, kind, object, manager).await
}

pub(crate) async fn apply(
    client: &Client,
    kind: &KindInfo,
    object: &Object,
    manager: &str,
) -> Result<Object, Error> {
    let how = Apply { manager, force: true, dry_run: false, subresource: "" };
    client.apply(kind, object, &how).await
}

async fn delete(client: &Client, kind: &KindInfo, change: &Change) -> Result<(), Reason> {
    let how = Delete {
        propagation: Propagation::Background,
        uid: change.uid.clone(),
        ..Delete::default()
    };
    let (namespace, name) = (change.object.namespace(), change.object.name());
    client.delete(kind, namespace, name, &how).await?;
    Ok(())
}
