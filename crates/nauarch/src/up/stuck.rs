//! Objects that are being deleted and do not go, because nobody takes their finalizers away: said
//! once, with what to do. Nothing is asked for it; the server tells its changes.

use std::collections::BTreeMap;
use std::time::Duration;

use apiserver::{Change, Changes};
use manifest::{Diagnostic, Node, Object, ObjectId, Origin};
use tokio::time::{Instant, sleep_until};

/// How long whoever set a finalizer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The objects that are being deleted.
pub(crate) struct Stuck {
    changes: Changes,
    going: BTreeMap<ObjectId, (Instant, Object)>,
}

impl Stuck {
    /// Follows the changes of a server.
    pub(crate) fn new(changes: Changes) -> Stuck {
        Stuck { changes, going: BTreeMap::new() }
    }

    /// The next object that does not go; `None` when the server is gone.
    pub(crate) async fn next(&mut self) -> Option<Diagnostic> {
        loop {
            let first = self.going.values().map(|(since, _)| *since + PATIENCE).min();
            let change = tokio::select! {
                change = self.changes.next() => change,
                () = sleep(first) => {
                    if let Some(finding) = self.take_late(Instant::now()) {
                        return Some(finding);
                    }
                    continue;
                }
            };
            self.take(change?);
        }
    }

    fn take(&mut self, change: Change) {
        let Ok(object) = Object::new(change.object) else { return };
        let id = object.id();
        if change.deleted || finalizers(&object).is_empty() {
            self.going.remove(&id);
        } else if object.root().at(&["metadata", "deletionTimestamp"]).is_some() {
            let since = self.going.get(&id).map_or_else(Instant::now, |(since, _)| *since);
            self.going.insert(id, (since, object));
        }
    }

    /// An object that has not gone in time. It is not said again.
    fn take_late(&mut self, now: Instant) -> Option<Diagnostic> {
        let late = self.going.iter().find(|(_, (since, _))| *since + PATIENCE <= now);
        let id = late.map(|(id, _)| id.clone())?;
        let (_, object) = self.going.remove(&id)?;
        Some(finding(&id, &object))
    }
}

async fn sleep(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until).await,
        None => std::future::pending().await,
    }
}

/// What `metadata.finalizers` says; for namespaces `spec.finalizers`.
fn finalizers(object: &Object) -> Vec<&str> {
    let list = |path: &[&str]| object.root().at(path).and_then(Node::as_list).unwrap_or_default();
    let all = list(&["metadata", "finalizers"]).iter().chain(list(&["spec", "finalizers"]));
    all.filter_map(Node::as_str).collect()
}

fn finding(id: &ObjectId, object: &Object) -> Diagnostic {
    let finalizers = finalizers(object).join(", ");
    let cause = format!("{id} is being deleted and does not go: it waits for {finalizers}");
    let (kind, name) = (object.kind().to_lowercase(), object.name());
    let namespace = match object.namespace() {
        "" => String::new(),
        namespace => format!(" -n {namespace}"),
    };
    let help = match object.kind() {
        "Namespace" => format!("see what is left: kubectl describe namespace {name}"),
        _ => format!(
            "if nobody will take them away: kubectl{namespace} patch {kind} {name} --type merge -p \
             '{{\"metadata\":{{\"finalizers\":null}}}}'"
        ),
    };
    Diagnostic::warning(Origin::NONE, cause).help(help)
}
