//! The task that runs the controllers of one cluster.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use manifest::{Node, Text};
use rustc_hash::{FxHashMap, FxHashSet};
use tokio::time::Instant;

use super::edit::{is_deleting, time};
use super::owned::{is_simulated, simulated};
use super::view::{Id, View};
use super::wake::{Task, wakes};
use super::write::{Deletion, Event, Outcome, Turn, Write};
use super::{node, reconcile, role};
use crate::access;
use crate::call::{Answer, Call, Verb};
use crate::make::{int, map, meta, text};
use crate::server::{Server, WeakServer};
use crate::store::{Change, Changes};
use crate::verbs;

/// What writes of the simulation are made with; their field manager.
const USER_AGENT: &str = "nauarch-simulation";

/// How many Events a cluster keeps of those made here.
const EVENTS: usize = 500;

/// How many tasks are done before others get a turn.
const TURNS: usize = 64;

/// Starts the controllers of a cluster; they end with it. Steps take as long as `pace`.
pub(crate) fn start(server: &Server, pace: Duration) {
    // Changes first: what is written while the driver reads comes twice, and nothing is missed.
    let changes = server.changes();
    let mut driver = Driver::new(server, pace);
    driver.begin(server);
    tokio::spawn(driver.run(changes));
}

struct Driver {
    server: WeakServer,
    pace: Duration,
    started: Instant,
    view: View,
    /// What may be to do, each once, in the order in which it came up.
    queue: VecDeque<Task>,
    queued: FxHashSet<Task>,
    /// When to do what again, and whether because a step is over.
    timers: BTreeMap<Instant, Vec<(Task, bool)>>,
    /// Whose step is not over.
    steps: FxHashSet<Task>,
    /// Whose step is over.
    due: FxHashSet<Task>,
    /// The times that controllers asked for last.
    alarms: FxHashMap<Task, Instant>,
    /// The Events made here, the oldest first.
    events: VecDeque<Id>,
    /// How many there have been.
    told: u64,
}

impl Driver {
    /// A driver that knows all objects, and has done nothing yet.
    fn new(server: &Server, pace: Duration) -> Driver {
        let mut driver = Driver {
            server: server.downgrade(),
            pace,
            started: Instant::now(),
            view: View::default(),
            queue: VecDeque::new(),
            queued: FxHashSet::default(),
            timers: BTreeMap::new(),
            steps: FxHashSet::default(),
            due: FxHashSet::default(),
            alarms: FxHashMap::default(),
            events: VecDeque::new(),
            told: 0,
        };
        for role in server.objects(access::GROUP, "clusterroles") {
            driver.view.put(&Id::new(role::COLLECTION, "", meta(&role, "name")), role);
        }
        for (collection, object) in server.everything() {
            let id = Id::new(collection, meta(&object, "namespace"), meta(&object, "name"));
            let is_event = id.collection == "events";
            if is_event && is_simulated(&object) {
                driver.events.push_back(id.clone());
            }
            driver.view.put(&id, object);
        }
        driver
    }

    /// What is there may all be to do.
    fn begin(&mut self, server: &Server) {
        let mut tasks = Vec::new();
        for (id, node) in self.view.all() {
            wakes(&self.view, id, None, Some(node), &mut |task| tasks.push(task));
        }
        for task in tasks {
            self.enqueue(task);
        }
        for write in node::missing(&self.view) {
            self.write(server, write);
        }
    }

    async fn run(mut self, mut changes: Changes) {
        loop {
            let mut turns = 0;
            while let Some(task) = self.next(&mut changes) {
                let Some(server) = self.server.upgrade() else { return };
                self.turn(&server, &task);
                drop(server);
                turns += 1;
                if turns % TURNS == 0 {
                    tokio::task::yield_now().await;
                }
            }
            let timer = self.timers.first_key_value().map(|(at, _)| *at);
            let alarm = async {
                match timer {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                change = changes.next() => match change {
                    Some(change) => self.see(change),
                    None => return,
                },
                () = alarm => self.ring(),
            }
        }
    }

    /// The next task, as of all changes so far.
    fn next(&mut self, changes: &mut Changes) -> Option<Task> {
        while let Some(change) = changes.try_next() {
            self.see(change);
        }
        let task = self.queue.pop_front()?;
        self.queued.remove(&task);
        Some(task)
    }

    fn enqueue(&mut self, task: Task) {
        if self.queued.insert(task.clone()) {
            self.queue.push_back(task);
        }
    }

    fn see(&mut self, change: Change) {
        let id = Id::new(change.collection, change.namespace, change.name);
        let (before, after) = if change.deleted {
            (self.view.remove(&id).or(change.before), None)
        } else {
            (self.view.put(&id, change.object.clone()), Some(change.object))
        };
        let mut tasks = Vec::new();
        wakes(&self.view, &id, before.as_ref(), after.as_ref(), &mut |task| tasks.push(task));
        for task in tasks {
            self.enqueue(task);
        }
    }

    /// What the timers were for.
    fn ring(&mut self) {
        let now = Instant::now();
        while let Some(entry) = self.timers.first_entry().filter(|entry| *entry.key() <= now) {
            let at = *entry.key();
            for (task, is_step) in entry.remove() {
                if is_step {
                    self.steps.remove(&task);
                    self.due.insert(task.clone());
                } else if self.alarms.get(&task) != Some(&at) {
                    continue;
                } else {
                    self.alarms.remove(&task);
                }
                self.enqueue(task);
            }
        }
    }

    fn turn(&mut self, server: &Server, task: &Task) {
        let turn = Turn { now: server.now(), due: self.due.remove(task) };
        let Outcome { writes, step, at } = reconcile(&self.view, task, turn);
        for write in writes {
            self.write(server, write);
        }
        if step && self.steps.insert(task.clone()) {
            let at = self.soon();
            self.timers.entry(at).or_default().push((task.clone(), true));
        }
        match at {
            Some(at) => {
                let at = Instant::now() + Outcome::until(at, turn.now);
                let before = self.alarms.insert(task.clone(), at);
                if before != Some(at) {
                    self.forget(task, before);
                    self.timers.entry(at).or_default().push((task.clone(), false));
                }
            }
            None => {
                let before = self.alarms.remove(task);
                self.forget(task, before);
            }
        }
    }

    /// Takes back the timer of a time that a controller no longer waits for, so that nobody wakes up
    /// for nothing.
    fn forget(&mut self, task: &Task, at: Option<Instant>) {
        let Some(at) = at else { return };
        if let Some(timers) = self.timers.get_mut(&at) {
            timers.retain(|(of, is_step)| *is_step || of != task);
            if timers.is_empty() {
                self.timers.remove(&at);
            }
        }
    }

    /// When a step that begins now is over. Steps end in common, so that what goes together costs
    /// one wake-up.
    fn soon(&self) -> Instant {
        let grain = (self.pace / 4).max(Duration::from_millis(1));
        let end = self.started.elapsed() + self.pace;
        let grains = end.as_nanos().div_ceil(grain.as_nanos());
        let grains = u32::try_from(grains).unwrap_or(u32::MAX);
        self.started + grain.saturating_mul(grains)
    }

    fn write(&mut self, server: &Server, write: Write) {
        match write {
            Write::Create { id, object, tell } => {
                let is_plain = is_plain(&id, &object) || id.collection == "replicasets.apps";
                let call = to(Verb::Create, &id, "", object);
                let answer = match is_plain {
                    true => verbs::create_unowned(server, &call),
                    false => server.call(&call),
                };
                if let Some(tell) = tell {
                    self.tell(server, of_creation(tell, &answer));
                }
            }
            Write::Update { id, object } if is_plain(&id, &object) => put(server, &id, object),
            Write::Update { id, object } => drop(server.call(&to(Verb::Update, &id, "", object))),
            Write::Status { id, object } if is_simulated(&object) => put(server, &id, object),
            Write::Status { id, object } => {
                drop(server.call(&to(Verb::Update, &id, "status", object)));
            }
            Write::Finalize { id, object } => {
                drop(server.call(&to(Verb::Update, &id, "finalize", object)));
            }
            Write::Delete { id, api_version, uid, how } => {
                delete(server, &id, api_version, uid, how);
            }
            Write::Tell(event) => self.tell(server, event),
        }
    }

    /// Writes an Event, and drops the oldest of too many.
    fn tell(&mut self, server: &Server, event: Event) {
        self.told += 1;
        let now = server.now();
        let of = |key: &str| event.about.str_at(&[key]).filter(|text| !text.is_empty());
        let namespace: Text = of("namespace").unwrap_or("default").into();
        let number = i128::from(self.told) + now.as_nanosecond();
        let name = ecow::eco_format!("{}.{number:016x}", of("name").unwrap_or_default());
        let id = Id::new("events", namespace.clone(), name.clone());
        let source = map([("component", text(event.source))]);
        let kind = if event.is_warning { "Warning" } else { "Normal" };
        let mut object = map([
            ("apiVersion", text("v1")),
            ("kind", text("Event")),
            ("metadata", map([("name", text(name)), ("namespace", text(namespace))])),
            ("involvedObject", event.about.clone()),
            ("reason", text(event.reason)),
            ("message", text(event.message)),
            ("source", source),
            ("firstTimestamp", time(now)),
            ("lastTimestamp", time(now)),
            ("count", int(1)),
            ("type", text(kind)),
            ("reportingComponent", text(event.source)),
            ("reportingInstance", text("")),
        ]);
        simulated(&mut object);
        let is_there = self.view.get(&Id::new("namespaces", "", id.namespace.clone()));
        if is_there.is_none_or(is_deleting) {
            return;
        }
        let own = [("uid", server.new_uid()), ("creationTimestamp", server.now_text())];
        for (key, value) in own {
            super::edit::set(&mut object, &["metadata", key], text(value));
        }
        put(server, &id, object);
        self.events.push_back(id);
        if self.events.len() > EVENTS
            && let Some(oldest) = self.events.pop_front()
            && let Some(node) = self.view.get(&oldest)
        {
            delete(server, &oldest, "v1".into(), meta(node, "uid").into(), Deletion::Background);
        }
    }
}

/// Whether an object is ours alone, and of a kind that the server does nothing more to in an update.
fn is_plain(id: &Id, object: &Node) -> bool {
    let is_plain = matches!(
        id.collection.as_str(),
        "pods" | "endpoints" | "endpointslices.discovery.k8s.io" | "controllerrevisions.apps"
    );
    is_plain && is_simulated(object) && !is_deleting(object)
}

/// Stores an object of ours as it is, unless somebody was there first. This is what most writes are,
/// and it is a fraction of the work of a request. Who owns its fields is not written down: what
/// the simulation made it also puts right.
fn put(server: &Server, id: &Id, object: Node) {
    let before = meta(&object, "resourceVersion").parse().ok();
    let write = crate::store::Write::Put(object);
    let mut state = server.state();
    // Whoever was there first causes a change, and with it another turn.
    drop(state.store.write(&id.collection, &id.namespace, &id.name, before, write));
}

/// What is told of an object that was to be made.
fn of_creation(tell: Event, answer: &Answer) -> Event {
    if answer.is_success() {
        let message = tell.message + meta(&answer.body, "name");
        return Event { message, ..tell };
    }
    let message = format!("Error creating: {}", answer.message());
    Event { is_warning: true, reason: "FailedCreate", message, ..tell }
}

fn to(verb: Verb, id: &Id, subresource: &str, object: Node) -> Call {
    let is_new = verb == Verb::Create;
    Call {
        verb,
        api_version: object.str_at(&["apiVersion"]).unwrap_or_default().into(),
        plural: id.plural().into(),
        namespace: id.namespace.clone(),
        name: if is_new { Text::new() } else { id.name.clone() },
        subresource: subresource.into(),
        body: Some(object),
        user_agent: USER_AGENT.to_owned(),
        ..Call::default()
    }
}

fn delete(server: &Server, id: &Id, api_version: Text, uid: Text, how: Deletion) {
    let mut options = map([
        ("apiVersion", text("v1")),
        ("kind", text("DeleteOptions")),
        ("preconditions", map([("uid", text(uid))])),
    ]);
    let (key, value) = match how {
        Deletion::Background => ("propagationPolicy", text("Background")),
        Deletion::Foreground => ("propagationPolicy", text("Foreground")),
        Deletion::Orphan => ("propagationPolicy", text("Orphan")),
        Deletion::AtOnce => ("gracePeriodSeconds", int(0)),
    };
    super::edit::set(&mut options, &[key], value);
    server.call(&Call {
        verb: Verb::Delete,
        api_version,
        plural: id.plural().into(),
        namespace: id.namespace.clone(),
        name: id.name.clone(),
        body: Some(options),
        user_agent: USER_AGENT.to_owned(),
        ..Call::default()
    });
}

#[cfg(test)]
mod tests;
