//! An agent on an embedded cluster: repositories and what people do in, progress and objects out.

mod coming_up;
mod commits;
mod drifting;
mod starting;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use api::{Source, SourceKind};
use apiserver::{Call, PatchType, Server, Verb};
use client::Client;
use manifest::yaml::{Flavor, Reader, write};
use manifest::{Content, FileName, FileTree, Node, Object};
use schema::Kinds;
use source::{Artifact, Latest, Revision};
use testkit::{check_eq, fixture};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::*;

/// Longer than anything takes.
const SOON: Duration = Duration::from_secs(30);

/// Two Kustomizations, one after the other.
const FLEET: &str = "
    //- cluster.yaml
    @source fleet
    @apply base ./base
    @apply apps ./apps, wait: true, dependsOn: [{name: base}]
    //- base/namespace.yaml
    {apiVersion: v1, kind: Namespace, metadata: {name: web}}
    //- apps/all.yaml
    @config settings colour: red
    @deploy shop nginx, replicas: 2
    ";

const FLEET_READY: [&str; 2] =
    ["ready flux-system/base main@sha1:1: 1", "ready flux-system/apps main@sha1:1: 2"];

/// A cluster, its agent, and the repository that the agent follows.
struct World {
    server: Server,
    client: Client,
    kinds: Kinds,
    files: BTreeMap<String, String>,
    commits: usize,
    latest: watch::Sender<Latest>,
    progress: mpsc::UnboundedReceiver<Progress>,
    sender: mpsc::UnboundedSender<Progress>,
    /// What was told so far.
    told: Vec<String>,
    stop: CancellationToken,
    hook: Option<UnknownKind>,
    memory: Arc<render::Memory>,
}

impl World {
    /// A cluster to which a file was applied by hand, and its agent. The file `cluster.yaml` is what is
    /// applied, the others are the repository. Of the lines of each:
    ///
    /// | line | stands for |
    /// |---|---|
    /// | `@source NAME` | a GitRepository |
    /// | `@apply NAME PATH, MORE` | a Kustomization of source `fleet`, with MORE in its `spec` |
    /// | `@config NAME K: V, ...` | a ConfigMap in `web` |
    /// | `@deploy NAME IMAGE, MORE` | a Deployment in `web`, with MORE in its `spec` |
    async fn new(repository: &str) -> World {
        let mut world = World::asleep(repository).await;
        world.wake();
        world
    }

    /// The same, before the agent is started.
    async fn asleep(repository: &str) -> World {
        let options = apiserver::Options {
            simulate: true,
            schemaless: true,
            pace: Duration::from_millis(2),
            ..apiserver::Options::new("a", clock())
        };
        let server = Server::open(options).unwrap();
        let (latest, _) = watch::channel(Latest::default());
        let (sender, progress) = mpsc::unbounded_channel();
        let mut world = World {
            client: Client::in_process(server.service()),
            server,
            kinds: Kinds::with_crds(&api::crds()),
            files: BTreeMap::new(),
            commits: 0,
            latest,
            progress,
            sender,
            told: Vec::new(),
            stop: CancellationToken::new(),
            hook: None,
            memory: Arc::default(),
        };
        for definition in api::crds() {
            world.put(&definition);
        }
        world.apply("{apiVersion: v1, kind: Namespace, metadata: {name: flux-system}}");
        let mut by_hand = String::new();
        for (path, text) in fixture(repository) {
            match path.as_str() {
                "cluster.yaml" => by_hand = text,
                _ => drop(world.files.insert(path, text)),
            }
        }
        world.publish();
        world.apply(&by_hand);
        world
    }

    /// Starts an agent.
    fn wake(&mut self) {
        let fleet = Source {
            kind: SourceKind::GitRepository,
            namespace: "flux-system".into(),
            name: "fleet".into(),
        };
        let options = Options {
            cluster: "a".into(),
            client: self.client.clone(),
            clock: clock(),
            mode: render::Mode::Strict,
            serve: serving(vec![(fleet, self.latest.subscribe())]),
            unknown_kind: self.hook.clone(),
            progress: self.sender.clone(),
            memory: self.memory.clone(),
        };
        self.stop = CancellationToken::new();
        tokio::spawn(run(options, self.stop.clone()));
    }

    /// Changes files of the repository, and commits them; a file without text is deleted.
    fn commit(&mut self, files: &str) {
        for (path, text) in fixture(files) {
            match text.trim() {
                "" => drop(self.files.remove(&path)),
                _ => drop(self.files.insert(path, text)),
            }
        }
        self.publish();
    }

    fn publish(&mut self) {
        self.commits += 1;
        let revision = Revision::of_commit("main", &self.commits.to_string());
        let files = self
            .files
            .iter()
            .map(|(path, text)| (path.clone(), Content::from(expanded(text).as_str())));
        let tree = Arc::new(FileTree::of_files(files));
        let artifact = Some(Artifact {
            revision,
            tree,
            packed: None,
            metadata: Default::default(),
            verified: None,
        });
        self.latest.send_replace(Latest { artifact, failure: None });
    }

    /// Applies objects as `kubectl` does, all fields of others included.
    #[track_caller]
    fn apply(&self, text: &str) {
        for object in objects(text) {
            self.put(&object);
        }
    }

    #[track_caller]
    fn put(&self, object: &Object) {
        self.put_as(object, "kubectl", "");
    }

    #[track_caller]
    fn put_as(&self, object: &Object, manager: &str, subresource: &str) {
        let query = vec![
            ("fieldManager".to_owned(), manager.to_owned()),
            ("force".to_owned(), "true".to_owned()),
        ];
        let call = self.call(object, Verb::Patch(PatchType::Apply), subresource, query);
        let answer = self.server.call(&call);
        assert!(answer.is_success(), "{}: {}", object.id(), answer.message());
    }

    /// A merge patch as `manager`.
    #[track_caller]
    fn patch(&self, id: &str, manager: &str, patch: &str) {
        let object = self.object(id).unwrap();
        let query = vec![("fieldManager".to_owned(), manager.to_owned())];
        let mut call = self.call(&object, Verb::Patch(PatchType::Merge), "", query);
        call.body = Some(documents(patch).remove(0));
        let answer = self.server.call(&call);
        assert!(answer.is_success(), "{id}: {}", answer.message());
    }

    #[track_caller]
    fn delete(&self, id: &str) {
        let object = self.object(id).unwrap();
        let mut call = self.call(&object, Verb::Delete, "", Vec::new());
        call.body = None;
        let answer = self.server.call(&call);
        assert!(answer.is_success(), "{id}: {}", answer.message());
    }

    fn call(
        &self,
        object: &Object,
        verb: Verb,
        subresource: &str,
        query: Vec<(String, String)>,
    ) -> Call {
        let info = self.kinds.info(object.api_version(), object.kind());
        Call {
            verb,
            api_version: object.api_version().into(),
            plural: info.map_or_else(
                || format!("{}s", object.kind().to_lowercase()).into(),
                |info| info.plural.clone(),
            ),
            namespace: object.namespace().into(),
            name: object.name().into(),
            subresource: subresource.into(),
            query,
            body: Some(object.root().clone()),
            user_agent: "test".to_owned(),
            ..Call::default()
        }
    }

    /// The object `Kind/namespace/name`, or `Kind/name`.
    fn object(&self, id: &str) -> Option<Object> {
        let parts: Vec<&str> = id.split('/').collect();
        let [kind, .., name] = parts.as_slice() else { panic!("{id} is no id") };
        let namespace = if parts.len() == 3 { parts[1] } else { "" };
        let info = self.kinds.named(kind).next().unwrap_or_else(|| panic!("no kind {kind}"));
        let node = self.server.object(&info.group, &info.plural, namespace, name)?;
        Object::new(node).ok()
    }

    /// What stands at a path of an object, as YAML.
    #[track_caller]
    fn field(&self, id: &str, path: &str) -> String {
        let Some(object) = self.object(id) else { return "(not there)".to_owned() };
        let path: Vec<&str> = path.split('.').collect();
        let Some(node) = object.root().at(&path) else { return "(not set)".to_owned() };
        match node.scalar_text() {
            Some(text) => text.to_string(),
            None => {
                let mut text = String::new();
                write::write(node, &mut text);
                text
            }
        }
    }

    /// The conditions of a Kustomization or source, a line each.
    #[track_caller]
    fn conditions(&self, id: &str) -> String {
        let object = self.object(id).unwrap();
        let list = object.root().at(&["status", "conditions"]).and_then(Node::as_list);
        let line = |node: &Node| {
            let text = |key| node.str_at(&[key]).unwrap_or_default();
            format!("{}={} {}: {}\n", text("type"), text("status"), text("reason"), text("message"))
        };
        list.unwrap_or_default().iter().map(line).collect()
    }

    /// Waits until something is told that begins so; what was told before does not count.
    #[track_caller]
    fn wait(&mut self, start: &str) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            loop {
                match timeout(SOON, self.progress.recv()).await {
                    Ok(Some(progress)) => {
                        let line = show(&progress.what);
                        self.told.push(line.clone());
                        if line.starts_with(start) {
                            return;
                        }
                    }
                    _ => panic!(
                        "{caller}: `{start}` does not come; what came is\n{}",
                        self.told.join("\n")
                    ),
                }
            }
        }
    }

    /// Waits for several things, in whatever order.
    #[track_caller]
    fn wait_all(&mut self, starts: &[&str]) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        let mut open: Vec<String> = starts.iter().map(|start| (*start).to_owned()).collect();
        async move {
            while !open.is_empty() {
                match timeout(SOON, self.progress.recv()).await {
                    Ok(Some(progress)) => {
                        let line = show(&progress.what);
                        self.told.push(line.clone());
                        open.retain(|start| !line.starts_with(start.as_str()));
                    }
                    _ => panic!(
                        "{caller}: {open:?} do not come; what came is\n{}",
                        self.told.join("\n")
                    ),
                }
            }
        }
    }

    /// What was told since this was asked last, without times.
    fn told(&mut self) -> String {
        while let Ok(progress) = self.progress.try_recv() {
            self.told.push(show(&progress.what));
        }
        self.told.drain(..).map(|line| line + "\n").collect()
    }

    /// Lets everybody do what there is to do at once.
    async fn rest(&self) {
        for _ in 0..500 {
            tokio::task::yield_now().await;
        }
    }

    /// The requests so far, watches aside: verb and resource, and how many.
    async fn requests(&self) -> BTreeMap<String, usize> {
        self.rest().await;
        let text = self.client.raw_text("/metrics").await.unwrap();
        let mut requests = BTreeMap::new();
        for line in text.lines().filter(|line| line.starts_with("apiserver_request_total{")) {
            let label = |name: &str| {
                let (_, rest) = line.split_once(&format!("{name}=\"")).unwrap_or_default();
                rest.split('"').next().unwrap_or_default().to_owned()
            };
            let (verb, resource) = (label("verb"), label("resource"));
            let count: usize = line.rsplit(' ').next().unwrap().parse().unwrap();
            if verb != "WATCH" && !resource.is_empty() {
                let subresource = label("subresource");
                let slash = if subresource.is_empty() { "" } else { "/" };
                *requests.entry(format!("{verb} {resource}{slash}{subresource}")).or_default() +=
                    count;
            }
        }
        requests
    }

    /// The requests since `before`, a line each.
    async fn requests_since(&self, before: &BTreeMap<String, usize>) -> String {
        let mut text = String::new();
        for (request, count) in self.requests().await {
            let more = count - before.get(&request).copied().unwrap_or_default();
            if more > 0 {
                writeln!(text, "{more} {request}").unwrap();
            }
        }
        text
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn clock() -> Clock {
    Arc::new(jiff::Timestamp::now)
}

/// One thing that happened, as a line.
pub(crate) fn show(what: &What) -> String {
    let list = |ids: &[manifest::ObjectId]| {
        ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    match what {
        What::Started { kustomizations } => format!("started: {kustomizations}"),
        What::Found { kustomization } => format!("found {kustomization}"),
        What::Gone { kustomization } => format!("gone {kustomization}"),
        What::Suspended { kustomization } => format!("suspended {kustomization}"),
        What::Source { source, revision } => format!("source {source} {revision}"),
        What::Unreachable { source, reason } => format!("unreachable {source}: {reason}"),
        What::Waiting { kustomization, on } => format!("waiting {kustomization}: {on}"),
        What::Rendered { kustomization, revision, objects, .. } => {
            format!("rendered {kustomization} {revision}: {objects}")
        }
        What::Unchanged { kustomization, revision } => {
            format!("unchanged {kustomization} {revision}")
        }
        What::Applying { kustomization, stage, objects } => {
            format!("applying {kustomization}: {stage} {objects}")
        }
        What::Changed { kustomization, revision, counts } => format!(
            "changed {kustomization} {revision}: +{} ~{} !{} -{} ={}",
            counts.created, counts.configured, counts.replaced, counts.deleted, counts.unchanged
        ),
        What::Drift { kustomization, object, changes } => {
            let change =
                |change: &Change| format!("{} by {}", change.path, change.managers.join("+"));
            let changes: Vec<String> = changes.iter().map(change).collect();
            format!("drift {kustomization} {object}: {}", changes.join(", "))
        }
        What::Checking { kustomization, on } => format!("checking {kustomization}: {}", list(on)),
        What::Unhealthy { kustomization, object, reason } => {
            format!("unhealthy {kustomization} {object}: {reason}")
        }
        What::Ready { kustomization, revision, objects, .. } => {
            format!("ready {kustomization} {revision}: {objects}")
        }
        What::Failed { kustomization, reason, causes, for_good } => {
            let causes: Vec<String> = causes.iter().map(ToString::to_string).collect();
            let end = if *for_good { " (for good)" } else { "" };
            format!("failed {kustomization} {reason}{end}: {}", causes.join("; "))
        }
        What::Passive { object } => format!("passive {object}"),
        What::NotRun { api_version, kind } => format!("not run {api_version} {kind}"),
        What::Trouble { reason } => format!("trouble: {reason}"),
    }
}

/// A text whose durations are `TIME`.
fn masked(text: &str) -> String {
    let mask = |line: &str| match line.rsplit_once(" in ") {
        Some((start, _)) => format!("{start} in TIME\n"),
        None => format!("{line}\n"),
    };
    text.lines().map(mask).collect()
}

pub(crate) fn documents(text: &str) -> Vec<Node> {
    let text = expanded(text);
    Reader::new().read(text.as_bytes(), FileName::NONE, Flavor::Resource).unwrap()
}

pub(crate) fn objects(text: &str) -> Vec<Object> {
    documents(text).into_iter().map(|node| Object::new(node).unwrap()).collect()
}

/// A text with its short lines made long.
pub(crate) fn expanded(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", expanded_line(line))).collect()
}

fn expanded_line(line: &str) -> String {
    let Some((word, rest)) = line.split_once(' ').filter(|_| line.starts_with('@')) else {
        return line.to_owned();
    };
    let (name, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let (first, more) = rest.split_once(", ").unwrap_or((rest, ""));
    let metadata = format!("metadata: {{name: {name}, namespace: flux-system}}");
    let document = match word {
        "@source" => format!(
            "apiVersion: source.toolkit.fluxcd.io/v1, kind: GitRepository, {metadata}, \
             spec: {{interval: 1m, url: 'https://example.org/{name}'}}"
        ),
        "@apply" => {
            let source = match more.contains("sourceRef") {
                true => "",
                false => "sourceRef: {kind: GitRepository, name: fleet},",
            };
            let prune = if more.contains("prune:") { "" } else { "prune: true," };
            format!(
                "apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, {metadata}, \
                 spec: {{interval: 1m, {prune} path: {first}, {source} {more}}}"
            )
        }
        "@config" => format!(
            "apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}, namespace: web}}, \
             data: {{{rest}}}"
        ),
        "@deploy" => format!(
            "apiVersion: apps/v1, kind: Deployment, metadata: {{name: {name}, namespace: web}}, \
             spec: {{selector: {{matchLabels: {{app: {name}}}}}, template: {{metadata: {{labels: \
             {{app: {name}}}}}, spec: {{containers: [{{name: app, image: '{first}'}}]}}}}, {more}}}"
        ),
        _ => return line.to_owned(),
    };
    format!("---\n{{{document}}}")
}
