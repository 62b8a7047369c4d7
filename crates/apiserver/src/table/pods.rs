//! Pods: what their containers' states come to.

use manifest::Node;

use super::age;
use super::column::{AGE, Column, NAME, Printer, kind, string};
use super::row::{NONE, Row};
use crate::make::text;

#[rustfmt::skip]
pub(super) const PRINTERS: &[Printer] = &[
    kind("", "Pod", &[
        NAME,
        string("Ready", |row| text(format!("{}/{}", State::of(row).ready, expected(row)))),
        string("Status", |row| text(State::of(row).reason)),
        string("Restarts", restarts),
        AGE,
        string("IP", ip).wide(),
        string("Node", |row| row.text_or("spec.nodeName", NONE)).wide(),
        string("Nominated Node", |row| row.text_or("status.nominatedNodeName", NONE)).wide(),
        string("Readiness Gates", gates).wide(),
    ]),
    kind("", "PodTemplate", &[
        NAME,
        string("Containers", |row| row.each("template.spec.containers", "name", ",")),
        string("Images", |row| row.each("template.spec.containers", "image", ",")),
        Column { priority: 0, ..string("Pod Labels", |row| row.labels("template.metadata.labels")) },
    ]),
];

/// What the containers of a Pod come to.
#[derive(Default)]
struct State {
    reason: String,
    ready: usize,
    restarts: i64,
    /// When a container ended last, before it was started again.
    last: Option<jiff::Timestamp>,
}

/// One container's status, with what cells need of it.
struct Container<'o> {
    status: &'o Node,
}

impl<'o> Container<'o> {
    fn state(&self, name: &str) -> Option<&'o Node> {
        self.status.at(&["state", name]).filter(|state| !state.is_null())
    }

    fn flag(&self, name: &str) -> bool {
        self.status.get(name).and_then(Node::as_bool) == Some(true)
    }

    fn restarts(&self) -> i64 {
        self.status.get("restartCount").and_then(Node::as_int).unwrap_or_default()
    }

    fn ended(&self) -> Option<jiff::Timestamp> {
        self.status.str_at(&["lastState", "terminated", "finishedAt"])?.parse().ok()
    }

    /// Why it waits, where it does and says so.
    fn waits(&self) -> Option<&'o str> {
        let reason = self.state("waiting")?.str_at(&["reason"])?;
        Some(reason).filter(|reason| !reason.is_empty())
    }

    /// How it ended, where it did.
    fn end(&self) -> Option<String> {
        let end = self.state("terminated")?;
        let number = |key: &str| end.get(key).and_then(Node::as_int).unwrap_or_default();
        Some(match (end.str_at(&["reason"]).unwrap_or_default(), number("signal")) {
            ("", 0) => format!("ExitCode:{}", number("exitCode")),
            ("", signal) => format!("Signal:{signal}"),
            (reason, _) => reason.to_owned(),
        })
    }

    fn exit_code(&self) -> Option<i64> {
        let code = self.state("terminated")?.get("exitCode");
        Some(code.and_then(Node::as_int).unwrap_or_default())
    }
}

impl State {
    /// kubectl's and the server's rules (pkg/printers/internalversion).
    fn of(row: &Row<'_>) -> State {
        let mut state = State { reason: row.str("status.phase").to_owned(), ..State::default() };
        if !row.str("status.reason").is_empty() {
            row.str("status.reason").clone_into(&mut state.reason);
        }
        let is_gated = row.list("status.conditions").iter().any(|condition| {
            condition.str_at(&["type"]) == Some("PodScheduled")
                && condition.str_at(&["reason"]) == Some("SchedulingGated")
        });
        if is_gated {
            "SchedulingGated".clone_into(&mut state.reason);
        }
        let sidecars = Restarts::of_sidecars(row);
        let is_initializing = state.initialize(row);
        if !is_initializing || row.condition("Initialized") == Some("True") {
            (state.restarts, state.last) = (sidecars.count, sidecars.last);
            state.run(row);
        }
        if row.is_deleted() {
            if row.str("status.reason") == "NodeLost" {
                "Unknown".clone_into(&mut state.reason);
            } else if !matches!(row.str("status.phase"), "Succeeded" | "Failed") {
                "Terminating".clone_into(&mut state.reason);
            }
        }
        state
    }

    fn count(&mut self, container: &Container<'_>) {
        self.restarts += container.restarts();
        self.last = self.last.max(container.ended());
    }

    /// Goes through the init containers; whether one of them still holds up the others.
    fn initialize(&mut self, row: &Row<'_>) -> bool {
        for (at, status) in row.list("status.initContainerStatuses").iter().enumerate() {
            let container = Container { status };
            self.count(&container);
            if container.exit_code() == Some(0) {
                continue;
            }
            if is_sidecar(row, status) && container.flag("started") {
                self.ready += usize::from(container.flag("ready"));
                continue;
            }
            let waits = container.waits().filter(|reason| *reason != "PodInitializing");
            self.reason = match (container.end(), waits) {
                (Some(end), _) => format!("Init:{end}"),
                (None, Some(reason)) => format!("Init:{reason}"),
                (None, None) => format!("Init:{at}/{}", row.list("spec.initContainers").len()),
            };
            return true;
        }
        false
    }

    /// Goes through the containers, the last one first: what the first one says, counts.
    fn run(&mut self, row: &Row<'_>) {
        let mut is_running = false;
        let mut error = None;
        for status in row.list("status.containerStatuses").iter().rev() {
            let container = Container { status };
            self.count(&container);
            if let Some(reason) = container.waits() {
                reason.clone_into(&mut self.reason);
            } else if let Some(end) = container.end() {
                if container.exit_code() != Some(0) {
                    error = Some(end.clone());
                }
                self.reason = end;
            } else if container.flag("ready") && container.state("running").is_some() {
                is_running = true;
                self.ready += 1;
            }
        }
        if self.reason == "Completed" {
            if is_running && row.condition("Ready") == Some("True") {
                "Running".clone_into(&mut self.reason);
            } else if let Some(error) = error {
                self.reason = error;
            } else if is_running {
                "NotReady".clone_into(&mut self.reason);
            }
        }
    }
}

/// The restarts of init containers that run on beside the others.
#[derive(Default)]
struct Restarts {
    count: i64,
    last: Option<jiff::Timestamp>,
}

impl Restarts {
    /// Those up to the first init container that holds up the others.
    fn of_sidecars(row: &Row<'_>) -> Restarts {
        let mut restarts = Restarts::default();
        for status in row.list("status.initContainerStatuses") {
            let container = Container { status };
            let is_sidecar = is_sidecar(row, status);
            if is_sidecar {
                restarts.count += container.restarts();
                restarts.last = restarts.last.max(container.ended());
            }
            let goes_on =
                container.exit_code() == Some(0) || is_sidecar && container.flag("started");
            if !goes_on {
                break;
            }
        }
        restarts
    }
}

/// Whether an init container runs on beside the others.
fn is_sidecar(row: &Row<'_>, status: &Node) -> bool {
    let name = status.str_at(&["name"]);
    let mut containers = row.list("spec.initContainers").iter();
    let found = containers.find(|container| container.str_at(&["name"]) == name);
    found.is_some_and(runs_on)
}

fn runs_on(container: &Node) -> bool {
    container.str_at(&["restartPolicy"]) == Some("Always")
}

/// How many containers should be ready.
fn expected(row: &Row<'_>) -> usize {
    let sidecars = row.list("spec.initContainers").iter().filter(|container| runs_on(container));
    row.list("spec.containers").len() + sidecars.count()
}

fn restarts(row: &Row<'_>) -> Node {
    let state = State::of(row);
    text(match state.last {
        Some(last) if state.restarts != 0 => {
            format!("{} ({} ago)", state.restarts, age::human(row.now.duration_since(last)))
        }
        _ => state.restarts.to_string(),
    })
}

fn ip(row: &Row<'_>) -> Node {
    let first = row.list("status.podIPs").first().and_then(|ip| ip.str_at(&["ip"]));
    text(first.filter(|ip| !ip.is_empty()).unwrap_or(NONE))
}

fn gates(row: &Row<'_>) -> Node {
    let gates = row.list("spec.readinessGates");
    let open = gates.iter().filter(|gate| {
        let name = gate.str_at(&["conditionType"]).unwrap_or_default();
        row.condition(name) == Some("True")
    });
    let open = open.count();
    text(if gates.is_empty() { NONE.to_owned() } else { format!("{open}/{}", gates.len()) })
}
