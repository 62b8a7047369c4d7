//! One go at a Kustomization, step by step: what it starts from, rendering, looking at its kinds.

use std::collections::{BTreeMap, BTreeSet};

use api::FluxKustomization;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use manifest::{Diagnostic, Gvk, Map, Node, Object, ObjectId, Origin, Sensitive, Text, Value};
use render::{Answers, ValueRef};
use schema::KindInfo;

use crate::brain::{Brain, Step};
use crate::cache::gvk_of;
use crate::conditions::{READY, Truth};
use crate::dependencies::Unready;
use crate::event::{Command, Job, Rendering, Target};
use crate::failure::Failure;
use crate::finish::FINALIZER;
use crate::kinds::is_passive;
use crate::kustomization::{Basis, Kind, Kustomization, Phase, generation};
use crate::posts::map;
use crate::sources::Found;
use crate::status::reason;
use crate::{Counts, What};

impl Brain {
    /// One step of a Kustomization.
    pub(crate) fn step(&mut self, it: &mut Kustomization) -> Step {
        if it.phase.is_busy() || !self.is_started() {
            return Step::Stay;
        }
        let timed = std::mem::take(&mut it.timed);
        if timed && it.writes.failed {
            (it.writes.failed, it.writes.is_due) = (false, true);
        }
        // What is journaled is not yet written, and may be given up; a deletion goes its way.
        if it.look && !matches!(it.phase, Phase::Deleting(_)) {
            it.look = false;
            return self.begin(it);
        }
        match std::mem::take(&mut it.phase) {
            Phase::Looking => self.look(it),
            Phase::Journaling(work) => self.journaled(it, work),
            Phase::Settling(work, until) => self.settle(it, work, until, timed),
            Phase::Checking(until) => self.check(it, until, timed),
            Phase::Ready => {
                it.phase = Phase::Ready;
                self.guard(it)
            }
            Phase::Failed(Kind::Health) => {
                it.phase = Phase::Failed(Kind::Health);
                match self.mend(it) {
                    Step::Go => Step::Go,
                    Step::Stay => self.check_again(it),
                }
            }
            Phase::Failed(Kind::Round) if timed => {
                it.forced = true;
                self.begin(it)
            }
            Phase::Deleting(deletion) => self.delete(it, deletion),
            phase => {
                it.phase = phase;
                Step::Stay
            }
        }
    }

    /// Begins a round: with a rendering, unless something that it starts from is missing.
    fn begin(&mut self, it: &mut Kustomization) -> Step {
        self.set_timer(it, None);
        match it.phase {
            Phase::Failed(kind) => it.round.was_unhealthy = kind == Kind::Health,
            Phase::Rendering | Phase::Waiting => {}
            _ => it.round.was_unhealthy = false,
        }
        it.round.number = self.next_round();
        it.round.started = self.now;
        it.round.counts = Counts::default();
        (it.round.wrote, it.round.asked, it.round.lacks_kinds) = (false, false, false);
        it.round.checked.clear();
        it.round.is_brief = false;
        if it.is_deleted() {
            return self.begin_deletion(it);
        }
        if !self.adopt(it) {
            it.phase = Phase::Waiting;
            return Step::Stay;
        }
        if it.view.suspend {
            it.phase = Phase::Suspended;
            if it.says("suspended") {
                self.tell(What::Suspended { kustomization: it.key.clone() });
            }
            return Step::Stay;
        }
        it.forced |= it.request().is_some();
        if let Some(failure) = refusal(it) {
            return self.fail(it, failure);
        }
        let Some(reference) = it.view.source.clone() else {
            return self.wait(it, "its source", "");
        };
        let source = &reference.source;
        let (artifact, object) = match self.find(source) {
            Found::Files(artifact, object) => (artifact.clone(), object.clone()),
            Found::Asked => {
                it.phase = Phase::Waiting;
                return Step::Stay;
            }
            Found::Missing => {
                let on = format!("there is no {source} in this cluster");
                return self.wait(it, &on, reason::ARTIFACT);
            }
            Found::Unreachable(why) => {
                let on = format!("{source} cannot be read: {why}");
                return self.wait(it, &on, reason::ARTIFACT);
            }
        };
        let values: BTreeMap<ValueRef, Option<Map>> = render::value_references(&it.view)
            .map(|reference| (reference.clone(), self.value(&reference)))
            .collect();
        let basis = Basis {
            revision: artifact.revision.text().clone(),
            digest: artifact.packed.as_ref().map(|packed| packed.digest.as_str().into()),
            generation: it.generation(),
            source_generation: generation(&object),
            values,
        };
        it.round.revision = basis.revision.clone();
        it.round.origin = artifact.origin_revision().into();
        it.phase = Phase::Rendering;
        if let Some((_, rendering)) = it.rendered.as_ref().filter(|(before, _)| *before == basis) {
            let rendering = rendering.clone();
            self.take_rendering(it, rendering);
            return Step::Go;
        }
        let answers = Answers { values: basis.values.clone(), ..Answers::default() };
        let before = it.rendered.replace((basis.clone(), Rendering::default()));
        let before = before.filter(|(before, _)| before.is_same_but_files(&basis));
        let job = Job {
            view: it.view.clone(),
            tree: artifact.tree,
            source: object,
            answers,
            mode: self.mode,
            before: before.map(|(_, rendering)| rendering),
        };
        self.commands.push(Command::Render(it.key.clone(), it.round.number, Box::new(job)));
        Step::Stay
    }

    /// Sees to it that the Kustomization cannot go before its objects.
    fn adopt(&mut self, it: &mut Kustomization) -> bool {
        let root = it.object.root();
        let there =
            root.at(&["metadata", "finalizers"]).and_then(Node::as_list).unwrap_or_default();
        if there.iter().any(|node| node.as_str() == Some(FINALIZER)) {
            return true;
        }
        if !it.writes.finalizers {
            let mut finalizers = there.to_vec();
            finalizers.push(Node::string(FINALIZER, Origin::NONE));
            it.writes.finalizers = true;
            self.patch_finalizers(it, finalizers);
        }
        false
    }

    /// Replaces the finalizers, unless somebody else was faster.
    pub(crate) fn patch_finalizers(&mut self, it: &Kustomization, finalizers: Vec<Node>) {
        let version = it.object.root().at(&["metadata", "resourceVersion"]).cloned();
        let list = Value::List(finalizers.into_iter().collect());
        let metadata = map([
            ("finalizers", Node { value: list, origin: Origin::NONE }),
            ("resourceVersion", version.unwrap_or_default()),
        ]);
        let patch = map([("metadata", metadata)]);
        self.patch(Target::Finalizers(it.key.clone()), &it.object, patch, "", plan::MANAGER);
    }

    /// Waits for something, and says so once.
    fn wait(&mut self, it: &mut Kustomization, on: &str, why: &str) -> Step {
        it.phase = Phase::Waiting;
        it.round.is_brief = false;
        if !it.says(on) {
            return Step::Stay;
        }
        self.wake_dependents(it);
        self.tell(What::Waiting { kustomization: it.key.clone(), on: on.into() });
        if !why.is_empty() {
            it.status.fail(why, on, false, (it.generation(), self.now));
            it.writes.is_due = true;
        }
        Step::Stay
    }

    /// Waits for another Kustomization. If that is over in a moment, nothing is said; then whoever waits
    /// looks again.
    fn wait_for(&mut self, it: &mut Kustomization, unready: &Unready) {
        if unready.is_brief {
            it.phase = Phase::Waiting;
            it.round.is_brief = true;
            return;
        }
        self.wait(it, &unready.on, reason::DEPENDENCY);
    }

    /// What comes of a rendering: nothing, where the cluster has it already.
    pub(crate) fn take_rendering(&mut self, it: &mut Kustomization, rendering: Rendering) {
        if !matches!(it.phase, Phase::Rendering) {
            return;
        }
        if let Some((_, there)) = &mut it.rendered {
            *there = rendering.clone();
        }
        if it.look {
            // Something has changed meanwhile: it is begun again.
            it.phase = Phase::Waiting;
            return;
        }
        let dependency = self.unready_dependency(it);
        if !rendering.is_complete {
            if let Some(on) = dependency {
                return self.wait_for(it, &on);
            }
            self.fail(it, Failure::build(&rendering.diagnostics));
            return;
        }
        if let Some(why) = rendering.objects.iter().find_map(|object| plan::unknown(object.root()))
        {
            let cause = format!("decryption is not done yet: {why}");
            self.fail(it, Failure::not_done(Diagnostic::error(it.view.origin, cause)));
            return;
        }
        if self.is_same(it, &rendering) {
            return;
        }
        if let Some(on) = dependency {
            return self.wait_for(it, &on);
        }
        it.said = Text::new();
        self.tell(What::Rendered {
            kustomization: it.key.clone(),
            revision: it.round.revision.clone(),
            objects: rendering.objects.len(),
            findings: rendering.diagnostics,
        });
        it.phase = Phase::Looking;
    }

    /// Whether the cluster has it already, and nobody wants to hear more about it.
    fn is_same(&mut self, it: &mut Kustomization, rendering: &Rendering) -> bool {
        let generation = it.generation();
        let Some(applied) = &mut it.applied else { return false };
        let is_ready = it.status.conditions.is(READY, Truth::True);
        let is_same = applied.digest == rendering.digest
            && applied.generation == generation
            && (is_ready || it.round.was_unhealthy)
            && !it.forced;
        if !is_same {
            return false;
        }
        it.phase = match it.round.was_unhealthy {
            true => Phase::Failed(Kind::Health),
            false => Phase::Ready,
        };
        let revision = it.round.revision.clone();
        if applied.revision != revision {
            applied.revision = revision.clone();
            self.tell(What::Unchanged { kustomization: it.key.clone(), revision });
            self.wake_dependents(it);
        }
        true
    }

    /// The data of a ConfigMap or Secret as variables.
    fn value(&self, reference: &ValueRef) -> Option<Map> {
        let kind = Gvk::new("v1", &reference.kind);
        let object = self.cache.get(&kind, &reference.namespace, &reference.name)?;
        let data = object.root().get("data").and_then(Node::as_map);
        let is_secret = reference.kind == "Secret";
        let entry = |(key, node): (&manifest::Key, &Node)| {
            let node = if is_secret { decoded(node) } else { node.clone() };
            (key.clone(), node)
        };
        Some(data.into_iter().flat_map(Map::iter).map(entry).collect())
    }

    /// A ConfigMap or Secret is another one: whoever takes variables from it looks at it.
    pub(crate) fn take_value(&mut self, id: &ObjectId) {
        let is_it = |reference: ValueRef| {
            reference.name == id.name
                && reference.namespace == id.namespace
                && reference.kind == id.kind
        };
        self.look_all(|it| render::value_references(&it.view).any(is_it));
    }

    /// Looks at the kinds of all objects that the Kustomization has, had, or wants to be healthy, then
    /// plans.
    fn look(&mut self, it: &mut Kustomization) -> Step {
        it.phase = Phase::Looking;
        let objects = it.rendered.as_ref().map(|(_, rendering)| rendering.objects.clone());
        let objects = objects.unwrap_or_default();
        let mut sees_all = true;
        let mut unknown: BTreeSet<Gvk> = BTreeSet::new();
        let wanted: BTreeSet<Gvk> = objects.iter().map(Object::gvk).collect();
        for kind in &wanted {
            match self.kinds.info(&kind.api_version(), &kind.kind).cloned() {
                Some(info) => sees_all &= self.sees(&info),
                None => drop(unknown.insert(kind.clone())),
            }
        }
        sees_all &= self.sees_inventory(it);
        for check in &it.view.health_checks {
            let api_version = &check.api_version;
            if let Some(info) = self.kinds.info(api_version, &check.kind).cloned() {
                sees_all &= self.sees(&info);
            }
        }
        if !sees_all {
            return Step::Stay;
        }
        if unknown.is_empty() {
            return self.plan(it, &objects, &unknown);
        }
        // The server may know more than it did.
        if !it.round.asked {
            it.round.asked = true;
            self.discover();
            return Step::Stay;
        }
        let own = schema::Kinds::with_crds(objects.iter());
        unknown.retain(|kind| own.info(&kind.api_version(), &kind.kind).is_none());
        if !unknown.is_empty() && self.may_be_defined_soon() {
            it.round.lacks_kinds = true;
            return Step::Stay;
        }
        let mut is_asking = false;
        for kind in &unknown {
            let example = objects.iter().find(|object| object.gvk() == *kind);
            is_asking |= example.is_some_and(|object| self.ask_to_serve(object));
        }
        if is_asking {
            return Step::Stay;
        }
        it.round.lacks_kinds = !unknown.is_empty();
        self.plan(it, &objects, &unknown)
    }

    /// Sees to it that the kinds in the inventory are watched.
    pub(crate) fn sees_inventory(&mut self, it: &Kustomization) -> bool {
        let entries = it.inventory.iter().flat_map(plan::Inventory::iter);
        let infos: BTreeSet<Gvk> = entries
            .filter_map(|(id, version)| self.served(id, version))
            .map(|it| gvk_of(&it))
            .collect();
        let mut sees_all = true;
        for kind in infos {
            if let Some(info) = self.kinds.info(&kind.api_version(), &kind.kind).cloned() {
                sees_all &= self.sees(&info);
            }
        }
        sees_all
    }

    /// The kind of an object as it is served: in the version that it was written in, else in another.
    pub(crate) fn served(&self, id: &ObjectId, version: &str) -> Option<KindInfo> {
        let infos = self.kinds.versions(&id.group, &id.kind);
        infos.iter().find(|info| info.version == version).or(infos.first()).cloned()
    }

    /// Says of each object that nobody acts on that it is so.
    pub(crate) fn say_all_passive(&mut self, ids: &[ObjectId]) {
        for id in ids.iter().filter(|id| is_passive(id)) {
            self.say_passive(id);
        }
    }
}

impl Kustomization {
    /// Whether this was not what was said last.
    fn says(&mut self, text: &str) -> bool {
        if self.said == text {
            return false;
        }
        self.said = text.into();
        true
    }
}

/// The plain text of a Secret's value, to be kept secret.
fn decoded(node: &Node) -> Node {
    let packed: String = node.as_str().unwrap_or_default().split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(packed).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Node { value: Value::Sensitive(Sensitive::new(text)), origin: node.origin }
}

/// Why a Kustomization cannot be done as it is written.
fn refusal(it: &Kustomization) -> Option<Failure> {
    if it.inventory.is_none() {
        let cause = "its inventory cannot be read, so nothing can be said of what it has put here";
        let help = "mend `status.inventory`, or delete that field to begin with an empty one";
        return Some(Failure::not_done(Diagnostic::error(it.view.origin, cause).help(help)));
    }
    let refused: Vec<&Diagnostic> = it.refused.iter().filter(|it| it.is_error()).collect();
    if !refused.is_empty() {
        return Some(Failure::build(&it.refused));
    }
    let ignore = it.object.root().at(&["spec", "ignore"]).and_then(Node::as_list);
    let has_ignore = ignore.is_some_and(|rules| !rules.is_empty());
    let missing = not_done(&it.view).or(has_ignore.then_some("`spec.ignore`"))?;
    let cause =
        format!("{missing} is not done yet, and without it the result would be another one");
    Some(Failure::not_done(Diagnostic::error(it.view.origin, cause)))
}

/// A field that changes what comes of it and that nobody here acts on.
fn not_done(view: &FluxKustomization) -> Option<&'static str> {
    let fields = [
        (view.kube_config.is_some(), "`spec.kubeConfig`"),
        (view.service_account_name.is_some(), "`spec.serviceAccountName`"),
        (!view.health_check_expressions.is_empty(), "`spec.healthCheckExprs`"),
        (
            view.depends_on.iter().any(|it| it.ready_expression.is_some()),
            "`readyExpr` of `spec.dependsOn`",
        ),
    ];
    fields.into_iter().find(|(is_there, _)| *is_there).map(|(_, field)| field)
}
