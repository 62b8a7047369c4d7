//! Delete: an object goes, or is marked until its finalizers have gone.

use manifest::{Node, Text};
use schema::validation::Wrong;

use super::Asked;
use super::read::Page;
use crate::call::{Answer, Call, Verb};
use crate::make::{self, int, list, meta, text};
use crate::query::{Query, signed};
use crate::selector::Selectors;
use crate::store::Write;
use crate::target::Target;
use crate::{crds, status, strategy};

/// How an object is to be deleted: what the parameters and the body say.
#[derive(Default)]
struct Options {
    propagation: Option<String>,
    /// Seconds that a pod gets.
    grace: Option<i64>,
    uid: Option<String>,
    revision: Option<String>,
    is_dry_run: bool,
    /// Whether webhooks have been asked already.
    is_reviewed: bool,
}

const ORPHAN: &str = "orphan";
const FOREGROUND: &str = "foregroundDeletion";

/// The kinds whose deletion is answered with the object.
const ANSWERED_WITH_OBJECT: &[(&str, &str)] = &[
    ("", "Pod"),
    ("", "Service"),
    ("", "ServiceAccount"),
    ("", "PersistentVolume"),
    ("", "PersistentVolumeClaim"),
    ("", "PodTemplate"),
    ("", "ResourceQuota"),
    ("storage.k8s.io", "StorageClass"),
    ("storage.k8s.io", "VolumeAttachment"),
    ("storage.k8s.io", "CSINode"),
    ("storage.k8s.io", "CSIDriver"),
];

/// What a deletion makes of an object.
enum Outcome {
    /// It is no longer there.
    Gone(Node),
    /// It stays for a while.
    Held(Node),
}

impl Asked<'_> {
    pub(super) fn delete(&mut self) -> Result<Answer, Answer> {
        if !self.target.subresource.is_empty() {
            return Err(status::no_method());
        }
        let options = self.delete_options()?;
        self.until_stored(|asked| {
            asked.judged_deletion()?;
            asked.delete_once(&options)
        })
    }

    /// Deletes an object as somebody asked through another endpoint.
    pub(super) fn delete_for(&mut self, body: Option<&Node>) -> Result<Answer, Answer> {
        let is_dry_run = self.query.is_dry_run();
        let options = Options { is_dry_run, is_reviewed: true, ..Options::default() };
        let options = options.with_body(body);
        self.until_stored(|asked| asked.delete_once(&options))
    }

    fn delete_once(&mut self, options: &Options) -> Result<Option<Answer>, Answer> {
        let (live, revision) = self.live().ok_or_else(|| self.target.not_found())?;
        self.check_preconditions(&live, options)?;
        if is_for_ever(&self.target) {
            return Err(self.target.forbidden("this namespace may not be deleted"));
        }
        if !options.is_reviewed {
            self.reviewed_deletion(&live)?;
        }
        let outcome = self.outcome(&live, options);
        let target = &self.target;
        let own = [(target.group(), target.kind())];
        let shows_object =
            ANSWERED_WITH_OBJECT.contains(&own[0]) || target.resource.is("", "Namespace");
        let answer = |outcome: Outcome, stored: Node| match outcome {
            Outcome::Gone(_) if !shows_object => {
                status::deleted(&target.name, target.group(), target.plural(), meta(&live, "uid"))
            }
            Outcome::Gone(object) => Answer::new(200, object),
            Outcome::Held(_) => Answer::new(200, stored),
        };
        let write = match &outcome {
            Outcome::Gone(object) => Write::Delete(object.clone()),
            Outcome::Held(object) if options.is_dry_run || *object == live => {
                let object = object.clone();
                return Ok(Some(answer(outcome, object)));
            }
            Outcome::Held(object) => Write::Put(object.clone()),
        };
        if options.is_dry_run {
            return Ok(Some(answer(outcome, live.clone())));
        }
        let stored = self.server.commit(&self.model, target, Some(revision), write).ok();
        let stored = stored.map(|stored| answer(outcome, stored));
        if stored.is_some() && target.resource.is("apiextensions.k8s.io", crds::KIND) {
            crds::clean_up(self.server, &target.name);
        }
        Ok(stored)
    }

    /// Whether nothing is to be kept of what is asked: a deletion says it in its parameters or its body.
    pub(super) fn is_dry_run(&self) -> bool {
        let is_deletion = matches!(self.call.verb, Verb::Delete | Verb::DeleteCollection);
        let body = self.sent.body.filter(|_| is_deletion);
        let words = body.and_then(|body| body.get("dryRun")?.as_list()).unwrap_or_default();
        self.query.is_dry_run() || words.iter().any(|word| word.as_str() == Some("All"))
    }

    fn delete_options(&self) -> Result<Options, Answer> {
        if let Some(unreadable) = &self.sent.unreadable {
            return Err(unreadable.clone());
        }
        if let Some(body) = self.sent.body {
            check_kind(body)?;
        }
        let query = self.query;
        let mut options = Options {
            propagation: query.given("propagationPolicy").map(str::to_owned),
            grace: grace(query)?,
            is_dry_run: query.is_dry_run(),
            ..Options::default()
        };
        if query.given("orphanDependents").is_some() && options.propagation.is_none() {
            let policy = if query.flag("orphanDependents") { "Orphan" } else { "Background" };
            options.propagation = Some(policy.to_owned());
        }
        let body = self.sent.body;
        let has_both = body.is_some_and(|body| {
            body.get("orphanDependents").is_some() && body.get("propagationPolicy").is_some()
        });
        let options = options.with_body(body);
        let mut wrong: Vec<Wrong> = strategy::wrong_dry_run(query).into_iter().collect();
        if let Some(policy) = &options.propagation
            && !matches!(policy.as_str(), "Foreground" | "Background" | "Orphan")
        {
            let message = format!(
                "Unsupported value: {policy:?}: supported values: \"Foreground\", \"Background\", \
                 \"Orphan\", \"nil\""
            );
            let field = "propagationPolicy".to_owned();
            wrong.push(Wrong { field, reason: "FieldValueNotSupported", message });
        }
        let dry_run = body.and_then(|body| body.get("dryRun")?.as_list()).unwrap_or_default();
        if let Some(word) = dry_run.iter().filter_map(Node::as_str).find(|word| *word != "All") {
            wrong.push(strategy::unsupported_dry_run(word));
        }
        if has_both {
            let policy = format!("{:?}", options.propagation.as_deref().unwrap_or_default());
            let why = "orphanDependents and deletionPropagation cannot be both set";
            wrong.push(Wrong::invalid("propagationPolicy", &policy, why));
        }
        if wrong.is_empty() {
            return Ok(options);
        }
        Err(status::invalid("", "meta.k8s.io", "DeleteOptions", &wrong))
    }

    fn check_preconditions(&self, live: &Node, options: &Options) -> Result<(), Answer> {
        let checks = [
            (&options.uid, "uid", "UID"),
            (&options.revision, "resourceVersion", "ResourceVersion"),
        ];
        for (wanted, field, word) in checks {
            let found = meta(live, field);
            if let Some(wanted) = wanted.as_deref().filter(|wanted| *wanted != found) {
                if self.target.resource.is("", "Namespace") {
                    return Err(self.target.conflict(&format!(
                        "Precondition failed: {word} in precondition: {wanted}, {word} in object meta: {found}"
                    )));
                }
                let message = format!(
                    "Operation cannot be fulfilled on {} \"{}\": the {word} in the precondition \
                     ({wanted}) does not match the {word} in record ({found}). The object might have \
                     been {}",
                    status::qualified(self.target.kind(), self.target.group()),
                    self.target.name,
                    if word == "UID" { "deleted and then recreated" } else { "modified" }
                );
                let (name, kind) = (&self.target.name, self.target.kind());
                let details = status::details(name, self.target.group(), kind, vec![]);
                return Err(status::failure(409, "Conflict", &message, Some(details)));
            }
        }
        Ok(())
    }

    fn outcome(&self, live: &Node, options: &Options) -> Outcome {
        let mut object = live.clone();
        let now = self.server.now_text();
        let is_new = meta(live, "deletionTimestamp").is_empty();
        if self.target.resource.is("apiextensions.k8s.io", crds::KIND) {
            if is_new {
                crds::terminate_definition(&mut object, &now);
                mark(&mut object, &now, None);
            }
            return Outcome::Held(object);
        }
        self.set_propagation(&mut object, options);
        if self.target.resource.is("", "Namespace") {
            if is_new {
                mark(&mut object, &now, None);
                if let Some(status) = object.map_entry("status", manifest::Origin::NONE) {
                    status.set("phase", text("Terminating"));
                }
            }
            // A first deletion only marks it, though nothing may hold it.
            return if !is_new && strategy::is_gone(&object) {
                Outcome::Gone(object)
            } else {
                Outcome::Held(object)
            };
        }
        let grace = self.grace(live, options);
        let finalizers = object.at(&["metadata", "finalizers"]).and_then(Node::as_list);
        let is_held = finalizers.is_some_and(|list| !list.is_empty());
        if grace == 0 && !is_held {
            if !self.target.resource.is("", "Pod") {
                // What goes at once is shown as it was.
                return Outcome::Gone(live.clone());
            }
            mark(&mut object, &now, Some(0));
            bump_generation(&mut object);
            return Outcome::Gone(object);
        }
        if is_new {
            let at = self.server.now() + jiff::SignedDuration::from_secs(grace);
            let at = ecow::eco_format!("{}", at.strftime("%Y-%m-%dT%H:%M:%SZ"));
            mark(&mut object, &at, Some(grace));
            bump_generation(&mut object);
        } else if let Some(metadata) = make::metadata(&mut object)
            && metadata
                .get("deletionGracePeriodSeconds")
                .and_then(Node::as_int)
                .is_some_and(|left| left > grace)
        {
            metadata.set("deletionGracePeriodSeconds", int(grace));
        }
        Outcome::Held(object)
    }

    /// How long a pod that runs somewhere gets. Simulated ones need no time.
    fn grace(&self, live: &Node, options: &Options) -> i64 {
        let is_pod = self.target.resource.is("", "Pod");
        let is_assigned = live.str_at(&["spec", "nodeName"]).is_some_and(|node| !node.is_empty());
        let phase = live.str_at(&["status", "phase"]);
        if !is_pod
            || !is_assigned
            || matches!(phase, Some("Succeeded" | "Failed"))
            || self.server.options().simulate
        {
            return 0;
        }
        let own = live.at(&["spec", "terminationGracePeriodSeconds"]).and_then(Node::as_int);
        options.grace.or(own).unwrap_or(30).max(0)
    }

    /// What is to become of dependents is written down as a finalizer, for the garbage collector.
    fn set_propagation(&self, object: &mut Node, options: &Options) {
        let target = &self.target;
        let default = match (target.group(), target.kind()) {
            ("batch", "Job") | ("", "ReplicationController") => Some("Orphan"),
            _ => None,
        };
        let has = |object: &Node, name: &str| {
            let finalizers = object.at(&["metadata", "finalizers"]).and_then(Node::as_list);
            finalizers.unwrap_or_default().iter().any(|other| other.as_str() == Some(name))
        };
        let given = options.propagation.as_deref();
        let implied = || match (has(object, ORPHAN), has(object, FOREGROUND)) {
            (true, _) => Some("Orphan"),
            (_, true) => Some("Foreground"),
            _ => default,
        };
        let wanted = match given.or_else(implied) {
            Some("Orphan") => Some(ORPHAN),
            Some("Foreground") => Some(FOREGROUND),
            _ => None,
        };
        let others = [ORPHAN, FOREGROUND];
        let before = object.at(&["metadata", "finalizers"]).and_then(Node::as_list);
        let mut names: Vec<Node> = before.unwrap_or_default().to_vec();
        names.retain(|name| !others.iter().any(|other| name.as_str() == Some(other)));
        names.extend(wanted.map(text));
        if names.as_slice() == before.unwrap_or_default() {
            return;
        }
        if let Some(metadata) = make::metadata(object) {
            if names.is_empty() {
                metadata.remove("finalizers");
            } else {
                metadata.set("finalizers", list(names));
            }
        }
    }

    pub(super) fn delete_collection(&mut self) -> Result<Answer, Answer> {
        let verbs = self.target.resource.info.verbs;
        let is_all = self.target.resource.is_namespaced() && self.target.namespace.is_empty();
        if !self.target.subresource.is_empty() || !verbs.contains(&"deletecollection") || is_all {
            return Err(status::no_method());
        }
        self.query.timeout()?;
        self.query.limit()?;
        let mut options = self.delete_options()?;
        let selectors = Selectors::of(&self.target, self.query)?;
        let page = self.page(&selectors, None)?;
        let collection = self.target.clone();
        self.review_all(&page)?;
        options.is_reviewed = true;
        for (_, node) in &page.objects {
            self.target.name = meta(node, "name").into();
            self.target.namespace = meta(node, "namespace").into();
            let attempt = |asked: &mut Self| {
                asked.judged_deletion()?;
                asked.delete_once(&options)
            };
            match self.until_stored(attempt) {
                Ok(_) => {}
                // Somebody else was faster.
                Err(answer) if answer.code == 404 => {}
                Err(answer) => return Err(answer),
            }
        }
        self.target = collection;
        Ok(Answer::new(200, self.list_body(&page, &selectors)))
    }
}

/// Whether a namespace is one that every cluster has (`plugin/pkg/admission/namespace/lifecycle`).
fn is_for_ever(target: &Target) -> bool {
    let is_namespace = target.resource.is("", "Namespace");
    is_namespace && matches!(target.name.as_str(), "default" | "kube-system" | "kube-public")
}

/// The body of a deletion is of one kind.
fn check_kind(body: &Node) -> Result<(), Answer> {
    let given = |key: &str| body.str_at(&[key]).filter(|text| !text.is_empty());
    let version = given("apiVersion").unwrap_or("meta.k8s.io/v1");
    let kind = given("kind").unwrap_or("DeleteOptions");
    let is_known = version == "v1" || version.contains('/');
    if kind == "DeleteOptions" && is_known {
        return Ok(());
    }
    Err(status::bad_request(&format!(
        "no kind {kind:?} is registered for version {version:?} in scheme \
         \"k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27\""
    )))
}

impl Asked<'_> {
    /// Asks webhooks about all objects that are to go, before the first one goes.
    fn review_all(&mut self, page: &Page) -> Result<(), Answer> {
        let collection = self.target.clone();
        let mut is_open = false;
        for (_, node) in &page.objects {
            self.target.name = meta(node, "name").into();
            self.target.namespace = meta(node, "namespace").into();
            let shown = self.server.shown(&self.model, &self.target, node);
            match self.reviewed_deletion(&shown) {
                Err(answer) if answer.is_unfinished() => is_open = true,
                reviewed => reviewed?,
            }
        }
        self.target = collection;
        if is_open { Err(Answer::unfinished()) } else { Ok(()) }
    }
}

fn grace(query: Query<'_>) -> Result<Option<i64>, Answer> {
    let Some(given) = query.given("gracePeriodSeconds") else { return Ok(None) };
    signed(given).map(Some).map_err(|why| status::bad_request(&why))
}

impl Options {
    /// These, and what a body of `DeleteOptions` says.
    fn with_body(mut self, body: Option<&Node>) -> Options {
        let Some(body) = body else { return self };
        let given = |path: &[&str]| body.str_at(path).filter(|text| !text.is_empty());
        if let Some(orphan) = body.get("orphanDependents").and_then(Node::as_bool) {
            self.propagation = Some(if orphan { "Orphan" } else { "Background" }.to_owned());
        }
        if let Some(policy) = given(&["propagationPolicy"]) {
            self.propagation = Some(policy.to_owned());
        }
        if let Some(grace) = body.get("gracePeriodSeconds").and_then(Node::as_int) {
            self.grace = Some(grace);
        }
        self.uid = given(&["preconditions", "uid"]).map(str::to_owned);
        self.revision = given(&["preconditions", "resourceVersion"]).map(str::to_owned);
        let dry_run = body.get("dryRun").and_then(Node::as_list).unwrap_or_default();
        self.is_dry_run |= dry_run.iter().any(|word| word.as_str() == Some("All"));
        self
    }
}

fn mark(object: &mut Node, at: &str, grace: Option<i64>) {
    if let Some(metadata) = make::metadata(object) {
        metadata.entry("deletionTimestamp", || text(at));
        if let Some(grace) = grace {
            metadata.entry("deletionGracePeriodSeconds", || int(grace));
        }
    }
}

fn bump_generation(object: &mut Node) {
    if let Some(generation) = object.at(&["metadata", "generation"]).and_then(Node::as_int)
        && let Some(metadata) = make::metadata(object)
    {
        metadata.set("generation", int(generation + 1));
    }
}

/// Deletes an object in the name of the server.
pub(crate) fn delete_internally(server: &crate::Server, target: &Target) -> Answer {
    let call = Call {
        verb: crate::Verb::Delete,
        api_version: target.resource.api_version.clone(),
        plural: target.resource.info.plural.clone(),
        namespace: target.namespace.clone(),
        name: target.name.clone(),
        subresource: Text::new(),
        query: vec![("propagationPolicy".to_owned(), "Background".to_owned())],
        ..Call::default()
    };
    server.call(&call)
}
