//! The one task of a cluster's agent: it owns the brain, brings it events and carries its commands out.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use api::Source;
use apply::Journaled;
use client::{Client, PatchHow, Query};
use futures::StreamExt;
use jiff::Timestamp;
use manifest::{Gvk, Object, Text};
use schema::KindInfo;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::brain::Brain;
use crate::cache::gvk_of;
use crate::event::{Command, Event, Patching, Writing};
use crate::job;
use crate::{Key, Options, Progress, What};

/// How many events are taken before the rest of the process has its turn.
const TURN: usize = 256;

/// How soon a server that cannot be asked for its kinds is asked again.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// Runs the agent of one cluster, until `stop`. What it has begun to write is written to its end.
pub async fn run(options: Options, stop: CancellationToken) {
    let (sender, mut events) = mpsc::unbounded_channel();
    let (mut brain, commands) = Brain::new(options.mode, options.unknown_kind.is_some());
    let mut shell = Shell {
        options,
        sender,
        stop: stop.child_token(),
        tasks: TaskTracker::new(),
        watches: BTreeMap::new(),
        followed: BTreeMap::new(),
        wakes_at: None,
    };
    shell.execute_all(commands);
    while let Some(first) = shell.next(&mut events).await {
        let mut event = Some(first);
        for _ in 0..TURN {
            let Some(one) = event.take() else { break };
            let now = (shell.options.clock)();
            let commands = brain.handle(one, now);
            shell.execute_all(commands);
            event = events.try_recv().ok();
        }
        if let Some(one) = event {
            let commands = brain.handle(one, (shell.options.clock)());
            shell.execute_all(commands);
        }
        tokio::task::yield_now().await;
    }
    shell.stop.cancel();
    shell.tasks.close();
    shell.tasks.wait().await;
}

struct Shell {
    options: Options,
    sender: UnboundedSender<Event>,
    stop: CancellationToken,
    tasks: TaskTracker,
    watches: BTreeMap<Gvk, CancellationToken>,
    followed: BTreeMap<Source, CancellationToken>,
    wakes_at: Option<Timestamp>,
}

impl Shell {
    /// The next event; `None` when it is over.
    async fn next(&mut self, events: &mut UnboundedReceiver<Event>) -> Option<Event> {
        let now = (self.options.clock)();
        let wait = self
            .wakes_at
            .map(|at| Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO));
        tokio::select! {
            biased;
            () = self.stop.cancelled() => None,
            event = events.recv() => event,
            () = tokio::time::sleep(wait.unwrap_or_default()), if wait.is_some() => {
                self.wakes_at = None;
                Some(Event::Tick)
            }
        }
    }

    fn execute_all(&mut self, commands: Vec<Command>) {
        for command in commands {
            self.execute(command);
        }
    }

    fn execute(&mut self, command: Command) {
        let client = self.options.client.clone();
        match command {
            Command::Discover => self.start(discover(client, self.sender.clone())),
            Command::Watch(info) => self.watch(&info),
            Command::Unwatch(kind) => {
                self.watches.remove(&kind).inspect(CancellationToken::cancel);
            }
            Command::Follow(source, object) => self.follow(source, &object),
            Command::Unfollow(source) => {
                self.followed.remove(&source).inspect(CancellationToken::cancel);
            }
            Command::Render(key, round, job) => {
                let memory = Arc::clone(&self.options.memory);
                let sender = self.sender.clone();
                self.tasks.spawn_blocking(move || {
                    let rendering = job::render(&job, &memory);
                    // Nobody listens when it is over.
                    let _ = sender.send(Event::Rendered(key, round, rendering));
                });
            }
            Command::Write(key, round, writing) => {
                let sender = self.sender.clone();
                // What is begun is brought to its end: it is not stopped.
                self.tasks.spawn(write(client, sender, key, round, writing));
            }
            Command::Patch(target, patching) => {
                let sender = self.sender.clone();
                self.tasks.spawn(async move {
                    let result = patch(&client, &patching).await;
                    let _ = sender.send(Event::Patched(target, result));
                });
            }
            Command::Post(event) => self.start(post(client, event)),
            Command::Explain(key, round, id, pods) => {
                let sender = self.sender.clone();
                self.start(async move {
                    let trouble = explain(&client, &id.namespace, pods).await;
                    let _ = sender.send(Event::Explained(key, round, id, trouble));
                });
            }
            Command::Serve(api_version, kind, is_namespaced) => {
                let serve = self.options.unknown_kind.clone();
                let is_served =
                    serve.is_some_and(|serve| serve(&api_version, &kind, is_namespaced));
                let _ = self.sender.send(Event::Served(api_version, kind, is_served));
            }
            Command::Tell(what) => self.tell(what),
            Command::WakeAt(at) => self.wakes_at = Some(at),
        }
    }

    /// Starts something that may be given up when it is over.
    fn start(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = task => {}
            }
        });
    }

    fn tell(&self, what: What) {
        let at = (self.options.clock)();
        let progress = Progress { cluster: self.options.cluster.clone(), at, what };
        // Nobody listens: then nobody misses it.
        let _ = self.options.progress.send(progress);
    }

    fn watch(&mut self, info: &KindInfo) {
        let kind = gvk_of(info);
        let stop = self.stop.child_token();
        self.watches.insert(kind.clone(), stop.clone()).inspect(CancellationToken::cancel);
        let mut stream = self.options.client.watch(info);
        let sender = self.sender.clone();
        self.tasks.spawn(async move {
            loop {
                let event = tokio::select! {
                    () = stop.cancelled() => return,
                    event = stream.next() => event,
                };
                let Some(event) = event else { return };
                let kind = kind.clone();
                let event = match event {
                    client::WatchEvent::Restarted(objects) => Event::Listed(kind, objects),
                    client::WatchEvent::Applied(object) => Event::Applied(kind, object),
                    client::WatchEvent::Deleted(object) => Event::Deleted(kind, object),
                    client::WatchEvent::Failed(error) => Event::WatchFailed(kind, error),
                };
                if sender.send(event).is_err() {
                    return;
                }
            }
        });
    }

    fn follow(&mut self, source: Source, object: &Object) {
        let stop = self.stop.child_token();
        self.followed.insert(source.clone(), stop.clone()).inspect(CancellationToken::cancel);
        let sender = self.sender.clone();
        let Some(mut receiver) = (self.options.serve)(&source, object) else {
            let _ = sender.send(Event::Unserved(source));
            return;
        };
        receiver.mark_changed();
        self.tasks.spawn(async move {
            loop {
                tokio::select! {
                    () = stop.cancelled() => return,
                    changed = receiver.changed() => if changed.is_err() { return },
                }
                let latest = receiver.borrow_and_update().clone();
                if sender.send(Event::Fetched(source.clone(), latest)).is_err() {
                    return;
                }
            }
        });
    }
}

/// Asks for the kinds until there is an answer.
async fn discover(client: Client, sender: UnboundedSender<Event>) {
    loop {
        let answer = client.refresh_kinds().await;
        let is_done = answer.is_ok();
        if sender.send(Event::Kinds(answer)).is_err() || is_done {
            return;
        }
        tokio::time::sleep(ASK_AGAIN).await;
    }
}

/// Carries changes out, if the inventory names all of them.
async fn write(
    client: Client,
    sender: UnboundedSender<Event>,
    key: Key,
    round: u64,
    writing: Writing,
) {
    let Writing { kustomization, kinds, stage, changes } = writing;
    let Some(journaled) = Journaled::in_status(&kustomization, &changes) else {
        let _ = sender.send(Event::NotJournaled(key, round));
        return;
    };
    let done = match stage {
        "prune" => apply::prune(&client, &kinds, &changes, &journaled).await,
        name => {
            let stage = plan::Stage { name, waits: false, changes };
            apply::stage(&client, &kinds, &stage, plan::MANAGER, &journaled).await
        }
    };
    let _ = sender.send(Event::Wrote(key, round, done));
}

async fn patch(client: &Client, patching: &Patching) -> Result<Object, client::Error> {
    let Patching { kind, namespace, name, patch, subresource, manager } = patching;
    let how = PatchHow { manager, subresource, dry_run: false };
    client.patch(kind, namespace, name, &client::Patch::Merge(patch.clone()), &how).await
}

/// Posts an Event. One that is refused is not missed: the status says the same.
async fn post(client: Client, event: Object) {
    if let Ok(kind) = client.kind("v1", "Event").await {
        let _ = client.create(&kind, &event).await;
    }
}

/// What the Pods that a selector selects say of why they do not run.
async fn explain(client: &Client, namespace: &str, selector: Text) -> Option<Text> {
    let kind = client.kind("v1", "Pod").await.ok()?;
    let query = Query { labels: selector, ..Query::default() };
    let pods = client.list(&kind, Some(namespace), &query).await.ok()?;
    pods.iter().find_map(|pod| {
        let trouble = schema::health::trouble(pod)?;
        Some(ecow::eco_format!("Pod {}: {trouble}", pod.name()))
    })
}
