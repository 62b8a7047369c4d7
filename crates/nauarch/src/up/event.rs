//! What happens to a fleet: one enum, shown as lines, as JSON and on a terminal.

use agent::{Counts, Key, Progress};
use jiff::Timestamp;
use manifest::{Diagnostic, Map, Node, ObjectId, Origin, Text, Value, json};

use crate::printing::shorten;

/// One thing that happened.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// When.
    pub(crate) at: Timestamp,
    /// In which cluster; `None` for the fleet.
    pub(crate) cluster: Option<Text>,
    /// What.
    pub(crate) what: What,
}

/// What can happen.
#[derive(Clone, Debug)]
pub(crate) enum What {
    /// The fleet is known: its repository, its clusters, and the kubeconfig of all of them.
    Fleet { repository: String, revision: String, clusters: Vec<String>, kubeconfig: String },
    /// A cluster answers.
    Serving { server: String, kubeconfig: String },
    /// A cluster could not be started.
    Down { cause: String },
    /// A cluster is not in the repository any more; it is left as it is.
    Left,
    /// Something is wrong, or good to know.
    Finding(Diagnostic),
    /// What the cluster's agent says.
    Agent(agent::What),
    /// It is over, with `--once`.
    End { ready: usize, failed: usize, not_run: usize, seconds: f64 },
}

impl Event {
    /// From an agent.
    pub(crate) fn of(progress: Progress) -> Event {
        let Progress { cluster, at, what } = progress;
        Event { at, cluster: Some(cluster), what: What::Agent(what) }
    }

    /// The name of what happened, as JSON has it.
    pub(crate) fn name(&self) -> &'static str {
        use agent::What as A;
        match &self.what {
            What::Fleet { .. } => "fleet",
            What::Serving { .. } => "serving",
            What::Down { .. } => "down",
            What::Left => "left",
            What::Finding(finding) if finding.is_error() => "error",
            What::Finding(_) => "warning",
            What::End { .. } => "end",
            What::Agent(what) => match what {
                A::Started { .. } => "started",
                A::Found { .. } => "found",
                A::Gone { .. } => "gone",
                A::Suspended { .. } => "suspended",
                A::Source { .. } => "source",
                A::Unreachable { .. } => "unreachable",
                A::Waiting { .. } => "waiting",
                A::Rendered { .. } => "rendered",
                A::Unchanged { .. } => "unchanged",
                A::Applying { .. } => "applying",
                A::Changed { .. } => "changed",
                A::Drift { .. } => "drift",
                A::Checking { .. } => "checking",
                A::Unhealthy { .. } => "unhealthy",
                A::Ready { .. } => "ready",
                A::Failed { .. } => "failed",
                A::Passive { .. } => "passive",
                A::NotRun { .. } => "notRun",
                A::Trouble { .. } => "trouble",
            },
        }
    }

    /// As one line of JSON.
    pub(crate) fn json(&self) -> String {
        let mut fields = Fields::default();
        fields.text("time", &self.at.to_string());
        fields.text("event", self.name());
        if let Some(cluster) = &self.cluster {
            fields.text("cluster", cluster);
        }
        self.what.add_to(&mut fields);
        let mut text = String::new();
        json::write(&Node::new(fields.0, Origin::NONE), json::Options::default(), &mut text);
        text
    }

    /// As a line for people, the cluster first; `None` for what only programs want to know.
    pub(crate) fn line(&self) -> Option<String> {
        let text = self.what.text()?;
        Some(match &self.cluster {
            Some(cluster) => format!("{cluster}  {text}"),
            None => text,
        })
    }

    /// Whether a person has to see it, also where progress is shown in place.
    pub(crate) fn is_notable(&self) -> bool {
        use agent::What as A;
        match &self.what {
            What::Down { .. } | What::Left | What::Finding(_) => true,
            What::Agent(what) => match what {
                A::Rendered { findings, .. } => !findings.is_empty(),
                A::Failed { .. }
                | A::Drift { .. }
                | A::Unhealthy { .. }
                | A::Unreachable { .. } => true,
                A::Passive { .. } | A::NotRun { .. } | A::Trouble { .. } => true,
                _ => false,
            },
            _ => false,
        }
    }
}

/// The fields of a JSON object.
#[derive(Default)]
struct Fields(Map);

impl Fields {
    fn text(&mut self, key: &'static str, value: &str) {
        self.0.set(key, Node::string(value, Origin::NONE));
    }

    fn number(&mut self, key: &'static str, value: usize) {
        let value = i64::try_from(value).unwrap_or(i64::MAX);
        self.0.set(key, Node::new(value, Origin::NONE));
    }

    fn seconds(&mut self, value: f64) {
        let text = format!("{value:.3}").into();
        self.0.set("seconds", Node { value: Value::Number(text), origin: Origin::NONE });
    }

    fn list(&mut self, key: &'static str, items: impl Iterator<Item = Node>) {
        let value = Value::List(items.collect());
        self.0.set(key, Node { value, origin: Origin::NONE });
    }

    fn texts<'t>(&mut self, key: &'static str, items: impl Iterator<Item = &'t str>) {
        self.list(key, items.map(|item| Node::string(item, Origin::NONE)));
    }

    fn kustomization(&mut self, key: &Key) {
        self.text("kustomization", &key.to_string());
    }

    fn findings(&mut self, key: &'static str, findings: &[Diagnostic]) {
        self.list(key, findings.iter().map(finding));
    }
}

fn finding(diagnostic: &Diagnostic) -> Node {
    let mut fields = Fields::default();
    fields.text("severity", if diagnostic.is_error() { "error" } else { "warning" });
    fields.text("message", &diagnostic.cause);
    if diagnostic.origin.is_some() {
        fields.text("place", &diagnostic.origin.to_string());
    }
    if let Some(help) = &diagnostic.help {
        fields.text("help", help);
    }
    Node::new(fields.0, Origin::NONE)
}

fn object(id: &ObjectId) -> Node {
    let mut fields = Fields::default();
    for (key, value) in
        [("group", &id.group), ("kind", &id.kind), ("namespace", &id.namespace), ("name", &id.name)]
    {
        fields.text(key, value);
    }
    Node::new(fields.0, Origin::NONE)
}

impl What {
    fn add_to(&self, fields: &mut Fields) {
        match self {
            What::Fleet { repository, revision, clusters, kubeconfig } => {
                fields.text("repository", repository);
                fields.text("revision", revision);
                fields.texts("clusters", clusters.iter().map(String::as_str));
                fields.text("kubeconfig", kubeconfig);
            }
            What::Serving { server, kubeconfig } => {
                fields.text("server", server);
                fields.text("kubeconfig", kubeconfig);
            }
            What::Down { cause } => fields.text("reason", cause),
            What::Left => {}
            What::Finding(diagnostic) => {
                if let Some(map) = finding(diagnostic).as_map() {
                    map.iter().for_each(|(key, node)| fields.0.set(key.clone(), node.clone()));
                }
            }
            What::Agent(what) => add_agent(what, fields),
            What::End { ready, failed, not_run, seconds } => {
                fields.number("ready", *ready);
                fields.number("failed", *failed);
                fields.number("notRun", *not_run);
                fields.seconds(*seconds);
            }
        }
    }

    fn text(&self) -> Option<String> {
        Some(match self {
            What::Fleet { repository, revision, clusters, .. } => {
                let clusters = clusters.join(", ");
                format!("fleet {repository} at {}: {clusters}", shorten(revision))
            }
            What::Serving { server, .. } => format!("serving at {server}"),
            What::Down { cause } => format!("could not be started: {cause}"),
            What::Left => "is not in the repository any more; it is left as it is".to_owned(),
            What::Finding(diagnostic) => diagnostic.to_string(),
            What::Agent(what) => return agent_text(what),
            What::End { ready, failed, not_run, seconds } => {
                format!("{ready} ready, {failed} failed, {not_run} not run, in {seconds:.1} s")
            }
        })
    }
}

fn add_agent(what: &agent::What, fields: &mut Fields) {
    use agent::What as A;
    if let Some(key) = kustomization(what) {
        fields.kustomization(key);
    }
    if let Some(revision) = revision(what) {
        fields.text("revision", revision);
    }
    match what {
        A::Started { kustomizations } => fields.number("kustomizations", *kustomizations),
        A::Found { .. } | A::Gone { .. } | A::Suspended { .. } | A::Unchanged { .. } => {}
        A::Source { source, .. } => fields.text("source", &source.to_string()),
        A::Unreachable { source, reason } => {
            fields.text("source", &source.to_string());
            fields.text("reason", reason);
        }
        A::Waiting { on, .. } => fields.text("on", on),
        A::Rendered { objects, findings, .. } => {
            fields.number("objects", *objects);
            fields.findings("findings", findings);
        }
        A::Applying { stage, objects, .. } => {
            fields.text("stage", stage);
            fields.number("objects", *objects);
        }
        A::Changed { counts, .. } => {
            let Counts { created, configured, replaced, deleted, unchanged } = counts;
            fields.number("created", *created);
            fields.number("configured", *configured);
            fields.number("replaced", *replaced);
            fields.number("deleted", *deleted);
            fields.number("unchanged", *unchanged);
        }
        A::Drift { object: id, changes, .. } => {
            fields.0.set("object", object(id));
            let change = |change: &agent::Change| {
                let mut fields = Fields::default();
                fields.text("field", &change.path);
                fields.texts("managers", change.managers.iter().map(Text::as_str));
                Node::new(fields.0, Origin::NONE)
            };
            fields.list("changes", changes.iter().map(change));
        }
        A::Checking { on, .. } => fields.list("objects", on.iter().map(object)),
        A::Unhealthy { object: id, reason, .. } => {
            fields.0.set("object", object(id));
            fields.text("reason", reason);
        }
        A::Ready { objects, seconds, .. } => {
            fields.number("objects", *objects);
            fields.seconds(*seconds);
        }
        A::Failed { reason, causes, for_good, .. } => {
            fields.text("reason", reason);
            fields.findings("causes", causes);
            fields.0.set("forGood", Node::new(*for_good, Origin::NONE));
        }
        A::Passive { object: id } => fields.0.set("object", object(id)),
        A::NotRun { api_version, kind } => {
            fields.text("apiVersion", api_version);
            fields.text("kind", kind);
        }
        A::Trouble { reason } => fields.text("reason", reason),
    }
}

/// The Kustomization that something happened to.
pub(crate) fn kustomization(what: &agent::What) -> Option<&Key> {
    use agent::What as A;
    match what {
        A::Found { kustomization }
        | A::Gone { kustomization }
        | A::Suspended { kustomization }
        | A::Waiting { kustomization, .. }
        | A::Rendered { kustomization, .. }
        | A::Unchanged { kustomization, .. }
        | A::Applying { kustomization, .. }
        | A::Changed { kustomization, .. }
        | A::Drift { kustomization, .. }
        | A::Checking { kustomization, .. }
        | A::Unhealthy { kustomization, .. }
        | A::Ready { kustomization, .. }
        | A::Failed { kustomization, .. } => Some(kustomization),
        A::Started { .. }
        | A::Source { .. }
        | A::Unreachable { .. }
        | A::Passive { .. }
        | A::NotRun { .. }
        | A::Trouble { .. } => None,
    }
}

/// The revision that something happened at.
pub(crate) fn revision(what: &agent::What) -> Option<&Text> {
    use agent::What as A;
    match what {
        A::Source { revision, .. }
        | A::Rendered { revision, .. }
        | A::Unchanged { revision, .. }
        | A::Changed { revision, .. }
        | A::Ready { revision, .. } => Some(revision),
        _ => None,
    }
}

/// A line for people, without the cluster.
fn agent_text(what: &agent::What) -> Option<String> {
    use agent::What as A;
    let name = kustomization(what).map(|key| format!("{key}  ")).unwrap_or_default();
    let at = revision(what).map(|revision| shorten(revision)).unwrap_or_default();
    let text = match what {
        A::Started { .. } | A::Found { .. } | A::Applying { .. } => return None,
        A::Gone { .. } => "is gone".to_owned(),
        A::Suspended { .. } => "is suspended".to_owned(),
        A::Source { source, .. } => format!("{source} is at {at}"),
        A::Unreachable { source, reason } => format!("{source} cannot be reached: {reason}"),
        A::Waiting { on, .. } => format!("waits: {on}"),
        A::Rendered { objects, findings, .. } => {
            let findings: String = findings.iter().map(|finding| format!("\n{finding}")).collect();
            format!("rendered at {at}: {}{findings}", count(*objects))
        }
        A::Unchanged { .. } => format!("nothing changes at {at}"),
        A::Changed { counts, .. } => format!("applied at {at}: {}", counted(counts)),
        A::Drift { object, changes, .. } if changes.is_empty() => {
            format!("drift: {object} was gone; put back")
        }
        A::Drift { object, changes, .. } => {
            let change = |change: &agent::Change| match change.managers.is_empty() {
                true => change.path.to_string(),
                false => format!("{} by {}", change.path, change.managers.join(", ")),
            };
            let changes: Vec<_> = changes.iter().map(change).collect();
            format!("drift: {object} was changed ({}); put right", changes.join("; "))
        }
        A::Checking { on, .. } => format!("waits until {} healthy", are(on)),
        A::Unhealthy { object, reason, .. } => format!("unhealthy: {object}: {reason}"),
        A::Ready { objects, seconds, .. } => {
            format!("ready at {at}: {}, {seconds:.1} s", count(*objects))
        }
        A::Failed { reason, causes, .. } => {
            let causes: String = causes.iter().map(|cause| format!("\n{cause}")).collect();
            format!("failed ({reason}){causes}")
        }
        A::Passive { object } => format!("{object} is kept as written; nothing acts on it yet"),
        A::NotRun { api_version, kind } => {
            format!(
                "not run: {kind} of {api_version} has no definition; such objects are kept as written"
            )
        }
        A::Trouble { reason } => format!("trouble: {reason}"),
    };
    Some(format!("{name}{text}"))
}

/// `1 object`, `3 objects`.
pub(crate) fn count(objects: usize) -> String {
    if objects == 1 { "1 object".to_owned() } else { format!("{objects} objects") }
}

fn are(objects: &[ObjectId]) -> String {
    match objects {
        [only] => format!("{only} is"),
        [first, rest @ ..] => format!("{first} and {} more are", rest.len()),
        [] => "all are".to_owned(),
    }
}

/// `2 created, 1 deleted`; what is nothing is left out.
fn counted(counts: &Counts) -> String {
    let words = [
        (counts.created, "created"),
        (counts.configured, "configured"),
        (counts.replaced, "replaced"),
        (counts.deleted, "deleted"),
        (counts.unchanged, "unchanged"),
    ];
    let parts = words.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<_> = parts.map(|(count, word)| format!("{count} {word}")).collect();
    if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests;
