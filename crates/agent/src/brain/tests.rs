//! The brain alone: events as text in, commands as text out. What a command would do is done only when
//! a line says so, on an embedded server without controllers, so that everything can come in any order.

mod interleaving;
mod trouble;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use api::Source;
use apiserver::{Call, Changes, PatchType, Server, Verb};
use apply::{Done, Failed, Reason};
use jiff::{SignedDuration, Timestamp};
use manifest::{Content, FileTree, Gvk, Node, Object};
use plan::{Action, Change};
use schema::{KindInfo, Kinds};
use source::{Artifact, Latest, Revision};
use testkit::{check_eq, fixture};

use super::*;
use crate::event::{Patching, Writing};
use crate::tests::{expanded, objects, show};

/// A brain and the cluster that its commands would act on.
struct Script {
    brain: Brain,
    server: Server,
    changes: Changes,
    memory: render::Memory,
    files: BTreeMap<String, String>,
    commits: usize,
    now: Timestamp,
    /// What was commanded and not done yet.
    open: Vec<Command>,
    /// How the next command of this kind fails.
    fault: Option<(String, u16)>,
    out: String,
}

/// Runs a script. Its lines:
///
/// | line | what happens |
/// |---|---|
/// | `> answer` | all that was commanded so far is done, and the answers come |
/// | `> answer WORD` | the same, only of commands that begin so |
/// | `> settle` | answers and watches until nothing is open, without showing the commands |
/// | `> watch` | the watches tell what has changed |
/// | `> fail WORD CODE` | the next command that begins so is refused by the server |
/// | `> commit PATH TEXT` | a file is committed, and the source has a new revision |
/// | `> apply OBJECT` | somebody applies an object |
/// | `> patch ID PATCH` | somebody changes an object |
/// | `> status ID PATCH` | a controller changes the status of an object |
/// | `> delete ID` | somebody deletes an object |
/// | `> after SECONDS` | time goes by |
///
/// The other lines are the commands that come of it.
#[track_caller]
fn check(repository: &str, script: &str) {
    let mut run = Script::new(repository);
    for line in script.lines() {
        if let Some(step) = line.trim().strip_prefix("> ") {
            writeln!(run.out, "> {step}").unwrap();
            run.step(step);
        }
    }
    let expected: String = script.lines().map(|line| format!("{}\n", line.trim())).collect();
    check_eq(&run.out, &expected);
}

impl Script {
    fn new(repository: &str) -> Script {
        let now = Timestamp::UNIX_EPOCH;
        let server = Server::open(apiserver::Options::new("a", Arc::new(move || now))).unwrap();
        let (brain, open) = Brain::new(render::Mode::Strict, false);
        let mut script = Script {
            brain,
            changes: server.changes(),
            server,
            memory: render::Memory::default(),
            files: BTreeMap::new(),
            commits: 1,
            now,
            open,
            fault: None,
            out: String::new(),
        };
        for definition in api::crds() {
            script.put(&definition, "");
        }
        for (path, text) in fixture(repository) {
            match path.as_str() {
                "cluster.yaml" => {
                    for object in objects(&text) {
                        script.put(&object, "");
                    }
                }
                _ => drop(script.files.insert(path, text)),
            }
        }
        while script.changes.try_next().is_some() {}
        script
    }

    fn step(&mut self, step: &str) {
        let (word, rest) = step.split_once(' ').unwrap_or((step, ""));
        let (first, more) = rest.split_once(' ').unwrap_or((rest, ""));
        match word {
            "answer" => {
                let open = std::mem::take(&mut self.open);
                let (now, later) =
                    open.into_iter().partition(|it| shown(it, self.now).starts_with(rest));
                self.open = later;
                self.answer(now);
            }
            "settle" => {
                let out = self.out.clone();
                while !self.open.is_empty() {
                    let open = std::mem::take(&mut self.open);
                    self.answer(open);
                    self.watch();
                }
                self.out = out;
            }
            "watch" => self.watch(),
            "fail" => self.fault = Some((first.to_owned(), more.parse().unwrap())),
            "commit" => {
                self.files.insert(first.to_owned(), more.to_owned());
                self.commits += 1;
                let latest = self.latest();
                self.event(Event::Fetched(fleet(), latest));
            }
            "apply" => {
                for object in objects(rest) {
                    self.put(&object, "");
                }
            }
            "patch" => self.patch(first, more, ""),
            "status" => self.patch(first, more, "status"),
            "delete" => {
                let object = self.object(first);
                self.call(&object, Verb::Delete, "", None).unwrap();
            }
            "after" => {
                self.now += SignedDuration::from_secs(first.parse().unwrap());
                self.event(Event::Tick);
            }
            _ => panic!("what is `{step}`?"),
        }
    }

    /// Brings an event, and shows what is commanded.
    fn event(&mut self, event: Event) {
        for command in self.brain.handle(event, self.now) {
            let text = shown(&command, self.now);
            if !text.is_empty() {
                self.out.push_str(&text);
                self.out.push('\n');
            }
            let is_open =
                !matches!(command, Command::Tell(_) | Command::Post(_) | Command::WakeAt(_));
            self.open.extend(is_open.then_some(command));
        }
    }

    fn answer(&mut self, commands: Vec<Command>) {
        for command in commands {
            let fault = match &self.fault {
                Some((word, code)) if shown(&command, self.now).starts_with(word) => Some(*code),
                _ => None,
            };
            if fault.is_some() {
                self.fault = None;
            }
            let event = match command {
                Command::Discover => Event::Kinds(Ok(Arc::new(self.kinds()))),
                Command::Watch(info) => {
                    let kind = crate::cache::gvk_of(&info);
                    let nodes = self.server.objects(&info.group, &info.plural);
                    Event::Listed(
                        kind,
                        nodes.into_iter().map(|node| Object::new(node).unwrap()).collect(),
                    )
                }
                Command::Follow(source, _) if source == fleet() => {
                    Event::Fetched(source, self.latest())
                }
                Command::Follow(source, _) => Event::Unserved(source),
                Command::Render(key, round, job) => {
                    Event::Rendered(key, round, crate::job::render(&job, &self.memory))
                }
                Command::Write(key, round, writing) => {
                    Event::Wrote(key, round, self.write(&writing, fault))
                }
                Command::Patch(target, patching) => {
                    Event::Patched(target, self.carry_patch(&patching, fault))
                }
                Command::Explain(key, round, id, _) => {
                    Event::Explained(key, round, id, Some("Pod web-1: no luck".into()))
                }
                _ => continue,
            };
            self.event(event);
        }
    }

    fn write(&mut self, writing: &Writing, fault: Option<u16>) -> Vec<Done> {
        let mut done = Vec::new();
        for change in &writing.changes {
            let Change { id, object, action, .. } = change;
            let result = match (fault, action) {
                (Some(code), _) => Err(refused(code)),
                (None, Action::Delete) => self.call(object, Verb::Delete, "", None).map(|_| None),
                (None, _) => {
                    let body = Some(object.root().clone());
                    self.call(object, Verb::Patch(PatchType::Apply), "", body).map(Some)
                }
            };
            let result = result.map_err(|error| Failed {
                id: id.clone(),
                what: action.clone(),
                origin: object.origin(),
                reason: Reason::Server(error),
            });
            done.push(Done { id: id.clone(), action: action.clone(), result });
        }
        done
    }

    fn carry_patch(
        &mut self,
        patching: &Patching,
        fault: Option<u16>,
    ) -> Result<Object, client::Error> {
        if let Some(code) = fault {
            return Err(refused(code));
        }
        let KindInfo { group, plural, .. } = &patching.kind;
        let node = self.server.object(group, plural, &patching.namespace, &patching.name).unwrap();
        let object = Object::new(node).unwrap();
        let verb = Verb::Patch(PatchType::Merge);
        self.call(&object, verb, patching.subresource, Some(patching.patch.clone()))
    }

    /// Tells the brain what has changed, of the kinds that it watches.
    fn watch(&mut self) {
        while let Some(change) = self.changes.try_next() {
            let object = Object::new(change.object).unwrap();
            let kind: Gvk = object.gvk();
            self.event(match change.deleted {
                true => Event::Deleted(kind, object),
                false => Event::Applied(kind, object),
            });
        }
    }

    fn latest(&self) -> Latest {
        let revision = Revision::of_commit("main", &self.commits.to_string());
        let files = self
            .files
            .iter()
            .map(|(path, text)| (path.clone(), Content::from(expanded(text).as_str())));
        let artifact = Artifact::new(revision, FileTree::of_files(files));
        Latest { artifact: Some(artifact), failure: None }
    }

    fn kinds(&self) -> Kinds {
        let nodes = self.server.objects("apiextensions.k8s.io", "customresourcedefinitions");
        let definitions: Vec<Object> =
            nodes.into_iter().map(|node| Object::new(node).unwrap()).collect();
        Kinds::with_crds(&definitions)
    }

    fn object(&self, id: &str) -> Object {
        let parts: Vec<&str> = id.split('/').collect();
        let namespace = if parts.len() == 3 { parts[1] } else { "" };
        let kinds = self.kinds();
        let info = kinds.named(parts[0]).next().unwrap();
        let name = parts.last().unwrap();
        Object::new(self.server.object(&info.group, &info.plural, namespace, name).unwrap())
            .unwrap()
    }

    fn put(&mut self, object: &Object, subresource: &str) {
        let body = Some(object.root().clone());
        self.call_as("kubectl", object, Verb::Patch(PatchType::Apply), subresource, body).unwrap();
    }

    fn patch(&mut self, id: &str, patch: &str, subresource: &str) {
        let object = self.object(id);
        let patch = crate::tests::documents(patch).remove(0);
        let verb = Verb::Patch(PatchType::Merge);
        self.call_as("somebody", &object, verb, subresource, Some(patch)).unwrap();
    }

    fn call(
        &mut self,
        object: &Object,
        verb: Verb,
        subresource: &str,
        body: Option<Node>,
    ) -> Result<Object, client::Error> {
        self.call_as(plan::MANAGER, object, verb, subresource, body)
    }

    fn call_as(
        &mut self,
        manager: &str,
        object: &Object,
        verb: Verb,
        subresource: &str,
        body: Option<Node>,
    ) -> Result<Object, client::Error> {
        let kinds = self.kinds();
        let info = kinds.info(object.api_version(), object.kind()).unwrap();
        let mut query = vec![("fieldManager".to_owned(), manager.to_owned())];
        if verb == Verb::Patch(PatchType::Apply) {
            query.push(("force".to_owned(), "true".to_owned()));
        }
        let answer = self.server.call(&Call {
            verb,
            api_version: object.api_version().into(),
            plural: info.plural.clone(),
            namespace: object.namespace().into(),
            name: object.name().into(),
            subresource: subresource.into(),
            query,
            body,
            user_agent: "test".to_owned(),
            ..Call::default()
        });
        if answer.is_success() {
            return Ok(Object::new(answer.body).unwrap_or_else(|_| object.clone()));
        }
        Err(client::Error::Status {
            code: answer.code,
            reason: answer.body.str_at(&["reason"]).unwrap_or_default().into(),
            message: answer.message().to_owned(),
            causes: Vec::new(),
            retry_after: None,
        })
    }
}

fn refused(code: u16) -> client::Error {
    client::Error::Status {
        code,
        reason: "Refused".into(),
        message: format!("the server says {code}"),
        causes: Vec::new(),
        retry_after: None,
    }
}

fn fleet() -> Source {
    let kind = api::SourceKind::GitRepository;
    Source { kind, namespace: "flux-system".into(), name: "fleet".into() }
}

/// A command as a line.
fn shown(command: &Command, now: Timestamp) -> String {
    match command {
        Command::Discover => "discover".to_owned(),
        Command::Watch(info) => format!("watch {}", info.plural),
        Command::Unwatch(kind) => format!("unwatch {kind:?}"),
        Command::Follow(source, _) => format!("follow {source}"),
        Command::Unfollow(source) => format!("unfollow {source}"),
        Command::Render(key, ..) => format!("render {key}"),
        Command::Write(key, _, writing) => {
            let change = |change: &Change| format!("{} {}", change.action.past(), change.id);
            let changes: Vec<String> = writing.changes.iter().map(change).collect();
            format!("write {key} {}: {}", writing.stage, changes.join(", "))
        }
        Command::Patch(target, patching) => {
            let target = match target {
                Target::Status(key) => format!("status of {key}"),
                Target::Finalizers(key) => format!("finalizers of {key}"),
                Target::Source(source) => format!("status of {source}"),
            };
            format!("patch {target}: {}", shown_patch(&patching.patch))
        }
        Command::Post(event) => {
            let text = |key| event.root().str_at(&[key]).unwrap_or_default();
            format!("post {} {}", text("type"), text("reason"))
        }
        Command::Explain(key, _, id, pods) => format!("explain {key}: {id} by {pods}"),
        Command::Serve(api_version, kind, _) => format!("serve {api_version} {kind}"),
        Command::Tell(what) => format!("- {}", show(what)),
        Command::WakeAt(at) => format!("wake in {}s", at.duration_since(now).as_secs()),
    }
}

/// What stands in a patch, in short.
fn shown_patch(patch: &Node) -> String {
    let Some(status) = patch.get("status").and_then(Node::as_map) else {
        let list =
            patch.at(&["metadata", "finalizers"]).and_then(Node::as_list).unwrap_or_default();
        let names: Vec<&str> = list.iter().filter_map(Node::as_str).collect();
        return format!("[{}]", names.join(", "));
    };
    let field = |(key, node): (&manifest::Key, &Node)| match key.as_str() {
        "conditions" => {
            let conditions = node.as_list().unwrap_or_default().iter().map(|node| {
                let text = |key| node.str_at(&[key]).unwrap_or_default();
                format!("{}={} {}", text("type"), text("status"), text("reason"))
            });
            conditions.collect::<Vec<_>>().join(", ")
        }
        "inventory" => {
            let entries = node.get("entries").and_then(Node::as_list).unwrap_or_default();
            let ids: Vec<&str> = entries.iter().filter_map(|entry| entry.str_at(&["id"])).collect();
            format!("inventory [{}]", ids.join(", "))
        }
        "history" | "observedGeneration" | "artifact" => key.to_string(),
        _ => format!("{key} {}", node.scalar_text().unwrap_or_default()),
    };
    status.iter().map(field).collect::<Vec<_>>().join("; ")
}
