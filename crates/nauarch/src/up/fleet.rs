//! How far a fleet is, from its events; and whether that is the end.

use std::collections::{BTreeMap, BTreeSet};

use agent::Key;
use api::Source;
use manifest::{ObjectId, Text};

use super::event::{Event, What, kustomization, revision};

/// All clusters.
#[derive(Debug, Default)]
pub(crate) struct Fleet {
    pub(crate) clusters: BTreeMap<Text, Cluster>,
}

/// One cluster.
#[derive(Debug, Default)]
pub(crate) struct Cluster {
    pub(crate) phase: Phase,
    pub(crate) kustomizations: BTreeMap<Key, Item>,
    /// Sources that cannot be reached.
    pub(crate) unreachable: BTreeSet<Source>,
    /// Kinds without a definition, as `apiVersion kind`.
    pub(crate) undefined: BTreeSet<(Text, Text)>,
    /// Objects that nothing acts on.
    pub(crate) passive: BTreeSet<ObjectId>,
}

/// How far a cluster is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) enum Phase {
    /// It is being started.
    #[default]
    Starting,
    /// Its agent has seen all there is.
    Started,
    /// It could not be started.
    Down(String),
}

/// One Kustomization.
#[derive(Clone, Debug, Default)]
pub(crate) struct Item {
    pub(crate) state: State,
    pub(crate) revision: Text,
    pub(crate) objects: usize,
    pub(crate) seconds: f64,
    /// The object that is not healthy, and why.
    pub(crate) unhealthy: Option<(ObjectId, Text)>,
}

/// How far a Kustomization is.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) enum State {
    /// Nothing has happened yet.
    #[default]
    Found,
    /// Something is being done, in a word.
    Working(&'static str),
    /// It cannot start.
    Waiting(Text),
    /// All is applied, and this is not healthy yet.
    Checking(Option<ObjectId>),
    Ready,
    Suspended,
    Failed {
        /// The reason of its condition.
        reason: Text,
        /// The first cause.
        cause: String,
        /// Whether nothing more is tried.
        for_good: bool,
    },
}

impl Fleet {
    /// Takes in what happened.
    pub(crate) fn take(&mut self, event: &Event) {
        if let What::Fleet { clusters, .. } = &event.what {
            for name in clusters {
                self.clusters.entry(name.as_str().into()).or_default();
            }
        }
        let Some(name) = &event.cluster else { return };
        let cluster = self.clusters.entry(name.clone()).or_default();
        match &event.what {
            What::Down { cause } => cluster.phase = Phase::Down(cause.clone()),
            What::Agent(what) => cluster.take(what),
            _ => {}
        }
    }
}

impl Cluster {
    fn take(&mut self, what: &agent::What) {
        use agent::What as A;
        match what {
            A::Started { .. } => self.phase = Phase::Started,
            A::Source { source, .. } => drop(self.unreachable.remove(source)),
            A::Unreachable { source, .. } => drop(self.unreachable.insert(source.clone())),
            A::NotRun { api_version, kind } => {
                self.undefined.insert((api_version.clone(), kind.clone()));
            }
            A::Passive { object } => drop(self.passive.insert(object.clone())),
            A::Gone { kustomization } => drop(self.kustomizations.remove(kustomization)),
            _ => {
                let Some(key) = kustomization(what) else { return };
                let item = self.kustomizations.entry(key.clone()).or_default();
                if let Some(revision) = revision(what) {
                    item.revision = revision.clone();
                }
                item.take(what);
            }
        }
    }
}

impl Item {
    fn take(&mut self, what: &agent::What) {
        use agent::What as A;
        match what {
            A::Waiting { on, .. } => self.state = State::Waiting(on.clone()),
            A::Rendered { objects, .. } => {
                self.objects = *objects;
                self.state = State::Working("rendered");
            }
            A::Applying { .. } => self.state = State::Working("applying"),
            A::Changed { .. } => self.state = State::Working("applied"),
            A::Checking { on, .. } => self.state = State::Checking(on.first().cloned()),
            A::Unhealthy { object, reason, .. } => {
                self.unhealthy = Some((object.clone(), reason.clone()));
            }
            A::Ready { objects, seconds, .. } => {
                (self.objects, self.seconds) = (*objects, *seconds);
                self.state = State::Ready;
                self.unhealthy = None;
            }
            A::Suspended { .. } => self.state = State::Suspended,
            A::Failed { reason, causes, for_good, .. } => {
                let cause = causes.first().map(|cause| match cause.origin.is_some() {
                    true => format!("{}: {}", cause.origin, cause.cause),
                    false => cause.cause.clone(),
                });
                self.state = State::Failed {
                    reason: reason.clone(),
                    cause: cause.unwrap_or_default(),
                    for_good: *for_good,
                };
            }
            _ => {}
        }
    }
}

/// What a Kustomization in a cluster needs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Link {
    pub(crate) source: Option<Source>,
    pub(crate) depends_on: Vec<Key>,
}

/// The Kustomizations that there are, by cluster.
pub(crate) type Links = BTreeMap<Text, BTreeMap<Key, Link>>;

/// How a Kustomization ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum End {
    Ready,
    /// What nauarch does not do, or was told not to do.
    NotRun(String),
    /// With object and cause.
    Failed(String),
}

/// How a fleet ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verdict {
    /// The number of Kustomizations that are ready.
    pub(crate) ready: usize,
    /// What failed, a line each that names cluster, object and cause.
    pub(crate) failed: Vec<String>,
    /// What was not run, likewise.
    pub(crate) not_run: Vec<String>,
    /// Clusters that could not be started, likewise.
    pub(crate) down: Vec<String>,
}

impl Fleet {
    /// Whether no cluster could be started.
    pub(crate) fn is_down(&self) -> bool {
        self.clusters.values().all(|cluster| matches!(cluster.phase, Phase::Down(_)))
    }

    /// The end, if nothing more can come: every Kustomization that there is has one.
    pub(crate) fn verdict(&self, links: &Links) -> Option<Verdict> {
        self.judge(links, false)
    }

    /// The end now, because time is over: what has none failed.
    pub(crate) fn verdict_now(&self, links: &Links) -> Verdict {
        self.judge(links, true).unwrap_or_default()
    }

    fn judge(&self, links: &Links, is_over: bool) -> Option<Verdict> {
        let mut verdict = Verdict::default();
        let none = BTreeMap::new();
        for (name, cluster) in &self.clusters {
            match &cluster.phase {
                Phase::Down(cause) => {
                    verdict.down.push(format!("{name}: {cause}"));
                    continue;
                }
                Phase::Starting if !is_over => return None,
                Phase::Starting => verdict.failed.push(format!("{name}: it did not start in time")),
                Phase::Started => {}
            }
            let links = links.get(name).unwrap_or(&none);
            for key in links.keys() {
                match cluster.end(key, links, &mut BTreeSet::new()) {
                    Some(End::Ready) => verdict.ready += 1,
                    Some(End::NotRun(why)) => verdict.not_run.push(format!("{name}: {why}")),
                    Some(End::Failed(why)) => verdict.failed.push(format!("{name}: {why}")),
                    None if is_over => {
                        let item = cluster.kustomizations.get(key).cloned().unwrap_or_default();
                        let why = item.unfinished();
                        let cause =
                            format!("{name}: Kustomization {key} is not ready in time: {why}");
                        verdict.failed.push(cause);
                    }
                    None => return None,
                }
            }
            for (api_version, kind) in &cluster.undefined {
                let why = format!("{kind} of {api_version} has no definition");
                verdict.not_run.push(format!("{name}: {why}"));
            }
            let passive = cluster.passive.iter();
            let passive = passive.map(|object| format!("{name}: nothing acts on {object} yet"));
            verdict.not_run.extend(passive);
        }
        Some(verdict)
    }
}

impl Cluster {
    /// How a Kustomization ended; `None` while something may still come.
    fn end(&self, key: &Key, links: &BTreeMap<Key, Link>, seen: &mut BTreeSet<Key>) -> Option<End> {
        let item = self.kustomizations.get(key)?;
        match &item.state {
            State::Ready => return Some(End::Ready),
            State::Suspended => {
                return Some(End::NotRun(format!("Kustomization {key} is suspended")));
            }
            State::Failed { reason, cause, for_good: true } => {
                let object = item.unhealthy.as_ref();
                let object = object.map(|(object, why)| format!("{object}: {why}"));
                let why = object.unwrap_or_else(|| cause.clone());
                return Some(End::Failed(format!("Kustomization {key} failed ({reason}): {why}")));
            }
            _ => {}
        }
        let link = links.get(key)?;
        if let Some(source) = link.source.as_ref().filter(|it| self.unreachable.contains(it)) {
            let why = format!("Kustomization {key} needs {source}, which cannot be reached");
            return Some(End::NotRun(why));
        }
        if !matches!(item.state, State::Waiting(_)) || !seen.insert(key.clone()) {
            return None;
        }
        link.depends_on.iter().find_map(|other| match self.end(other, links, seen)? {
            End::Ready => None,
            End::NotRun(_) => Some(End::NotRun(format!(
                "Kustomization {key} waits for {other}, which is not run"
            ))),
            End::Failed(_) => {
                Some(End::Failed(format!("Kustomization {key} waits for {other}, which failed")))
            }
        })
    }
}

impl Item {
    /// What it was at, for messages.
    fn unfinished(&self) -> String {
        if let Some((object, why)) = &self.unhealthy {
            return format!("{object}: {why}");
        }
        match &self.state {
            State::Found => "nothing has happened".to_owned(),
            State::Working(word) => (*word).to_owned(),
            State::Waiting(on) => format!("it waits: {on}"),
            State::Checking(Some(object)) => format!("{object} is not healthy"),
            State::Checking(None) => "not all objects are healthy".to_owned(),
            State::Failed { reason, cause, .. } => format!("{reason}: {cause}"),
            State::Ready | State::Suspended => String::new(),
        }
    }

    /// What it is at, in a few words.
    pub(crate) fn summary(&self) -> String {
        match &self.state {
            State::Found => "found".to_owned(),
            State::Working(word) => (*word).to_owned(),
            State::Waiting(on) => format!("waits: {on}"),
            State::Checking(Some(object)) => format!("waits for {object}"),
            State::Checking(None) => "waits for health".to_owned(),
            State::Ready => "ready".to_owned(),
            State::Suspended => "suspended".to_owned(),
            State::Failed { reason, cause, .. } => {
                format!("{reason}: {}", cause.lines().next().unwrap_or_default())
            }
        }
    }
}

#[cfg(test)]
mod tests;
