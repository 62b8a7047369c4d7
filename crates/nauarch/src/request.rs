//! Asking Flux's objects for something, and waiting until it is done: what `reconcile`, `suspend` and
//! `resume` have in common.

use std::time::Duration;

use client::{Error, Patch, PatchHow, Query, WatchEvent};
use futures::StreamExt;
use futures::future::join_all;
use manifest::{Map, Node, Object, Origin};
use schema::KindInfo;
use schema::health::Status;

use crate::failure::{Failure, chain, say};
use crate::flux::{self, FluxKind, KUSTOMIZATION, condition, is_suspended};
use crate::members::{Member, Members};

/// The field manager of what a user asks for.
const MANAGER: &str = "nauarch";

/// The annotation that asks for a round.
const REQUESTED: &str = "reconcile.fluxcd.io/requestedAt";

/// An object, by its kind and name
#[derive(clap::Subcommand)]
pub(crate) enum What {
    /// A Kustomization
    #[command(visible_alias = "ks")]
    Kustomization {
        /// Its name
        name: String,
    },
    /// A source
    Source {
        /// Its kind where the name does not tell (git, oci, bucket, helm, chart), and its name
        #[arg(num_args = 1..=2, required = true, value_names = ["KIND", "NAME"])]
        names: Vec<String>,
    },
}

/// One object of one cluster.
pub(crate) struct Target<'m> {
    pub(crate) member: &'m Member,
    /// What messages start with: the cluster, where there are several.
    pub(crate) prefix: String,
    pub(crate) kind: &'static FluxKind,
    pub(crate) info: KindInfo,
    pub(crate) object: Object,
}

impl What {
    /// The kinds that are meant, and the name.
    ///
    /// # Errors
    /// There is no such kind.
    pub(crate) fn kinds_and_name(&self) -> Result<(Vec<&'static FluxKind>, &str), Failure> {
        match self {
            What::Kustomization { name } => Ok((vec![&KUSTOMIZATION], name)),
            What::Source { names } => match names.as_slice() {
                [kind, name] => Ok((vec![flux::source(kind)?], name)),
                names => {
                    let name = names.first().map(String::as_str).unwrap_or_default();
                    Ok((flux::ALL_SOURCES.iter().collect(), name))
                }
            },
        }
    }
}

/// Finds objects of some kinds, all or one by name, in all clusters.
///
/// # Errors
/// None of the clusters has any; or not all clusters answered and none of the others has any.
pub(crate) async fn find<'m>(
    members: &'m mut Members,
    kinds: &[&'static FluxKind],
    name: Option<&str>,
) -> Result<Vec<Target<'m>>, Failure> {
    let ask = |member: Member| async move {
        let mut found = Vec::new();
        for kind in kinds.iter().copied() {
            let Some(info) = kind.info() else { continue };
            let objects = objects(&member, &info, name).await?;
            found.extend(objects.into_iter().map(|object| (kind, info.clone(), object)));
        }
        Ok(found)
    };
    let answers = members.ask(ask).await;
    let members = &*members;
    let mut targets = Vec::new();
    for (answered, found) in answers {
        let Some(member) = members.members.iter().find(|it| it.name == answered.name) else {
            continue;
        };
        targets.extend(found.into_iter().map(|(kind, info, object)| Target {
            member,
            prefix: members.prefix(member),
            kind,
            info,
            object,
        }));
    }
    if targets.is_empty() {
        let namespace = members.members.last().map(|member| member.namespace.as_str());
        let namespace = namespace.unwrap_or_default();
        let kind = if let [kind] = kinds { kind.kind } else { "source" };
        let cause = match name {
            Some(name) => format!("{kind} object '{name}' not found in \"{namespace}\" namespace"),
            None => format!("no {kind} objects found in \"{namespace}\" namespace"),
        };
        return members
            .end(Err(Failure::NotReady(format!("{cause}; -n names another one"))))
            .map(|()| targets);
    }
    Ok(targets)
}

async fn objects(
    member: &Member,
    info: &KindInfo,
    name: Option<&str>,
) -> Result<Vec<Object>, Error> {
    match name {
        Some(name) => {
            Ok(member.client.get(info, &member.namespace, name).await?.into_iter().collect())
        }
        None => member.client.list(info, Some(&member.namespace), &Query::default()).await,
    }
}

impl Target<'_> {
    /// Prints a step with flux's sign for it.
    pub(crate) fn step(&self, sign: char, text: &str) {
        say(&format!("{sign} {}{text}", self.prefix));
    }

    /// Writes `value` at `path`, in a merge patch.
    async fn write(&self, path: &[&str], value: Node) -> Result<Object, Failure> {
        let wrap = |value: Node, key: &&str| {
            let mut map = Map::new();
            map.set(*key, value);
            Node::new(map, Origin::NONE)
        };
        let patch = Patch::Merge(path.iter().rev().fold(value, wrap));
        let how = PatchHow { manager: MANAGER, ..PatchHow::default() };
        let (client, object) = (&self.member.client, &self.object);
        let patched = client.patch(&self.info, object.namespace(), object.name(), &patch, &how);
        patched.await.map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &Error) -> Failure {
        let text = format!("{}{}", self.prefix, chain(error));
        match error {
            Error::Unreachable { .. } | Error::Late { .. } => Failure::Unreachable(text),
            _ => Failure::NotReady(text),
        }
    }

    /// Suspends or resumes it.
    pub(crate) async fn suspend(&self, suspend: bool) -> Result<(), Failure> {
        let (doing, done) =
            if suspend { ("suspending", "suspended") } else { ("resuming", "resumed") };
        let (human, object) = (self.kind.human, &self.object);
        let (name, namespace) = (object.name(), object.namespace());
        self.step('►', &format!("{doing} {human} {name} in {namespace} namespace"));
        self.write(&["spec", "suspend"], Node::new(suspend, Origin::NONE)).await?;
        self.step('✔', &format!("{human} {done}"));
        Ok(())
    }

    /// Asks for a round now, and waits until it is over.
    pub(crate) async fn reconcile(
        &self,
        now: jiff::Timestamp,
        timeout: Duration,
    ) -> Result<(), Failure> {
        let (kind, object) = (self.kind.kind, &self.object);
        if is_suspended(object) {
            let (prefix, name) = (&self.prefix, object.name());
            return Err(Failure::NotReady(format!(
                "{prefix}{kind} {name} is suspended; `nauarch resume` it first"
            )));
        }
        let (name, namespace) = (object.name(), object.namespace());
        self.step('►', &format!("annotating {kind} {name} in {namespace} namespace"));
        let requested = now.to_string();
        let value = Node::string(requested.as_str(), Origin::NONE);
        self.write(&["metadata", "annotations", REQUESTED], value).await?;
        self.step('✔', &format!("{kind} annotated"));
        self.step('◎', &format!("waiting for {kind} reconciliation"));
        self.wait(timeout, |object| {
            let handled = object.root().str_at(&["status", "lastHandledReconcileAt"]);
            handled == Some(requested.as_str())
        })
        .await
    }

    /// Waits until the object is ready for the first time after `begins`, by watching it.
    pub(crate) async fn wait(
        &self,
        timeout: Duration,
        begins: impl Fn(&Object) -> bool,
    ) -> Result<(), Failure> {
        let (kind, name) = (self.kind.kind, self.object.name());
        let fields = format!("metadata.name={name}").into();
        let query = Query { fields, ..Query::default() };
        let namespace = Some(self.object.namespace());
        let mut events = self.member.client.watch_selected(&self.info, namespace, query);
        let ended = tokio::time::timeout(timeout, async {
            while let Some(event) = events.next().await {
                let object = match event {
                    WatchEvent::Restarted(mut objects) => objects.pop(),
                    WatchEvent::Applied(object) => Some(object),
                    WatchEvent::Deleted(_) => None,
                    WatchEvent::Failed(error) => {
                        self.step('✗', &chain(&error));
                        continue;
                    }
                };
                let Some(object) = object else {
                    return Err(format!("{kind} {name} was deleted"));
                };
                if begins(&object)
                    && let Some(outcome) = outcome(&object)
                {
                    return outcome
                        .map(|()| self.step('✔', &success(&object)))
                        .map_err(|message| format!("{kind} reconciliation failed: '{message}'"));
                }
            }
            Ok(())
        });
        let message = match ended.await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(message)) => message,
            Err(_) => {
                format!("{kind} {name} was not reconciled within {}", crate::printing::age(timeout))
            }
        };
        Err(Failure::NotReady(format!("{}{message}", self.prefix)))
    }
}

/// Runs `job` for all targets of different clusters at once; the worst end counts.
pub(crate) async fn for_all<'t, 'm, F>(
    targets: &'t [Target<'m>],
    job: impl Fn(&'t Target<'m>) -> F,
) -> Result<(), Failure>
where
    F: Future<Output = Result<(), Failure>>,
{
    let ends = join_all(targets.iter().map(job)).await;
    let mut failures: Vec<Failure> = ends.into_iter().filter_map(Result::err).collect();
    failures.sort_by_key(Failure::code);
    let Some(worst) = failures.pop() else { return Ok(()) };
    failures.iter().for_each(Failure::report);
    Err(worst)
}

/// Whether a round is over, and how.
fn outcome(object: &Object) -> Option<Result<(), String>> {
    let health = schema::health::health(object);
    match health.status {
        Status::Current => {
            let ready = condition(object, "Ready")?;
            let message = ready.str_at(&["message"]).unwrap_or_default();
            let is_ready = ready.str_at(&["status"]) == Some("True");
            Some(if is_ready { Ok(()) } else { Err(message.to_owned()) })
        }
        Status::InProgress => {
            // A round that failed is tried again; Flux says both at once.
            let ready = condition(object, "Ready")?;
            let observed = object.root().at(&["status", "observedGeneration"]);
            let generation = object.root().at(&["metadata", "generation"]);
            let is_failed = ready.str_at(&["status"]) == Some("False");
            let message = ready.str_at(&["message"]).unwrap_or_default();
            (is_failed && observed == generation).then(|| Err(message.to_owned()))
        }
        _ => Some(Err(health.message.to_string())),
    }
}

/// What was done, as flux says it.
fn success(object: &Object) -> String {
    let at = |path: &[&str]| object.root().str_at(path).unwrap_or_default();
    if object.kind() == KUSTOMIZATION.kind {
        return format!("applied revision {}", at(&["status", "lastAppliedRevision"]));
    }
    format!("fetched revision {}", at(&["status", "artifact", "revision"]))
}
