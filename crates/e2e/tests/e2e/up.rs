//! A running `nauarch up -o json`: its events, its clusters, its end.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use manifest::{Node, Origin, json};

use crate::binary::binary;
use crate::cluster::Cluster;
use crate::repository::Folder;

/// How long anything may take; a debug build on a busy machine is slow.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A fleet.
pub(crate) struct Up {
    child: Child,
    events: Receiver<String>,
    /// What has been read of them.
    seen: Vec<Node>,
    stderr: Option<thread::JoinHandle<String>>,
    data: Option<Folder>,
    kubeconfig: PathBuf,
}

/// An event.
#[derive(Clone)]
pub(crate) struct Event(pub(crate) Node);

/// How a process ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stderr: String,
    /// What it kept.
    pub(crate) data: Folder,
}

impl Event {
    /// The text of a field; numbers and bools as they are written.
    pub(crate) fn text(&self, key: &str) -> String {
        self.0.get(key).and_then(Node::scalar_text).unwrap_or_default().to_string()
    }

    pub(crate) fn json(&self) -> String {
        text_of(&self.0)
    }
}

fn text_of(node: &Node) -> String {
    let mut text = String::new();
    json::write(node, json::Options::default(), &mut text);
    text
}

impl Up {
    /// Starts a fleet on a repository.
    pub(crate) fn start(repository: &Path, args: &[&str]) -> Up {
        let mut all = vec![repository.to_str().unwrap()];
        all.extend(args);
        Up::start_with(&all)
    }

    /// Starts a fleet with these arguments.
    pub(crate) fn start_with(args: &[&str]) -> Up {
        Up::start_in(Folder::new(), args)
    }

    /// Starts a fleet that keeps its data in a folder.
    pub(crate) fn start_in(data: Folder, args: &[&str]) -> Up {
        let folder = data.path().join("data");
        let mut command = Command::new(binary("nauarch"));
        command.arg("up").args(args).arg("--data").arg(&folder).args(["-o", "json"]);
        // What is fetched goes with the test.
        command.env("XDG_CACHE_HOME", data.path().join("cache"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (sender, events) = mpsc::channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let mut stderr = child.stderr.take().unwrap();
        let stderr = thread::spawn(move || {
            let mut text = String::new();
            let _ = stderr.read_to_string(&mut text);
            text
        });
        Up {
            child,
            events,
            seen: Vec::new(),
            stderr: Some(stderr),
            data: Some(data),
            kubeconfig: folder.join("kubeconfig"),
        }
    }

    /// The kubeconfig of all clusters.
    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// One of its clusters.
    pub(crate) fn cluster(&self, name: &str) -> Cluster {
        Cluster::connect(&self.kubeconfig, name)
    }

    /// Waits for an event among those to come, and those not waited past before.
    pub(crate) fn wait(&mut self, what: &str, is_it: impl Fn(&Event) -> bool) -> Event {
        let begun = Instant::now();
        loop {
            match self.next(PATIENCE.saturating_sub(begun.elapsed())) {
                Some(event) if is_it(&event) => return event,
                Some(_) => {}
                None => {
                    let code = self.child.try_wait();
                    panic!("{what}: it did not come ({code:?}). What came:\n{}", self.transcript());
                }
            }
        }
    }

    /// Waits for an event of this name, with these values of its fields.
    pub(crate) fn wait_for(&mut self, name: &str, fields: &[(&str, &str)]) -> Event {
        let what = format!("{name} {fields:?}");
        self.wait(&what, |event| {
            event.text("event") == name
                && fields.iter().all(|(key, value)| event.text(key) == *value)
        })
    }

    /// Waits until a Kustomization is ready at a revision.
    pub(crate) fn wait_ready(
        &mut self,
        cluster: &str,
        kustomization: &str,
        revision: &str,
    ) -> Event {
        let fields =
            [("cluster", cluster), ("kustomization", kustomization), ("revision", revision)];
        self.wait_for("ready", &fields)
    }

    /// Waits until each of these has been ready once, as `cluster namespace/name`.
    pub(crate) fn wait_all_ready(&mut self, all: &[&str]) {
        self.wait_all_ready_at(all, "");
    }

    /// Waits until each of these has been ready once at a revision; at any where it is empty.
    pub(crate) fn wait_all_ready_at(&mut self, all: &[&str], revision: &str) {
        let mut missing: Vec<&str> = all.to_vec();
        while !missing.is_empty() {
            let what = format!("ready at {revision}: {missing:?}");
            let event = self.wait(&what, |event| {
                event.text("event") == "ready"
                    && (revision.is_empty() || event.text("revision") == revision)
            });
            let ready = format!("{} {}", event.text("cluster"), event.text("kustomization"));
            missing.retain(|name| *name != ready);
        }
    }

    /// The events that come within a time in which none is expected.
    pub(crate) fn quiet(&mut self, time: Duration) -> Vec<String> {
        let begun = Instant::now();
        let mut all = Vec::new();
        while let Some(event) = self.next(time.saturating_sub(begun.elapsed())) {
            all.push(event.json());
        }
        all
    }

    fn next(&mut self, patience: Duration) -> Option<Event> {
        let line = match self.events.recv_timeout(patience) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
        };
        let node = json::read(line.as_bytes(), Origin::NONE)
            .unwrap_or_else(|error| panic!("{error}: {line}"));
        self.seen.push(node.clone());
        Some(Event(node))
    }

    /// All events so far.
    pub(crate) fn transcript(&self) -> String {
        self.seen.iter().map(|node| format!("{}\n", text_of(node))).collect()
    }

    /// Sends Ctrl-C and waits for the end.
    pub(crate) fn stop(self) -> Ended {
        let process = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &process]).status().unwrap().success());
        self.ended()
    }

    /// Waits for the end.
    pub(crate) fn ended(mut self) -> Ended {
        // The end of its events is the end of the process.
        while self.next(PATIENCE).is_some() {}
        if self.child.try_wait().unwrap().is_none() {
            // Its output is closed; it has nothing left to do.
            self.child.wait().unwrap();
        }
        let stderr = self.stderr.take().map(|text| text.join().unwrap_or_default());
        let code = self.child.wait().unwrap().code();
        let data = self.data.take().expect("it is taken here only");
        Ended { code, stderr: stderr.unwrap_or_default(), data }
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
