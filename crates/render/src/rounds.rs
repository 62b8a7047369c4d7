//! From what is applied by hand to everything: Kustomizations are rendered as soon as their source and
//! their variables are known, and what they apply may be further Kustomizations, sources and variables.

mod waiting;

use std::collections::{BTreeMap, BTreeSet};

use api::{FluxKustomization, GitRepository, Source, Unknown};
use manifest::diagnostic::did_you_mean;
use manifest::{Diagnostic, Object, Origin, Text};

use crate::artifact::Artifact;
use crate::checkout::Served;
use crate::generate::describe;
use crate::need::{Need, ValueRef};
use crate::unit::{Built, Gap, Job, Unit};
use crate::variables::{Faults, Referent, Variables, value_ref};
use crate::{Memory, Request};

/// How deep Kustomizations may apply one another.
const MAX_DEPTH: usize = 32;

/// How many Kustomizations one cluster may have.
const MAX_KUSTOMIZATIONS: usize = 10_000;

/// Namespace and name.
pub(crate) type Key = (Text, Text);

/// A Kustomization that was found.
struct Definition {
    object: Object,
    view: FluxKustomization,
    unknowns: Vec<Unknown>,
    depth: usize,
}

/// What is known so far.
pub(crate) struct Rounds<'a> {
    request: &'a Request<'a>,
    memory: &'a Memory,
    folder: Artifact<'a>,
    fetched: BTreeMap<&'a Source, Artifact<'a>>,
    /// In the order in which they were found.
    definitions: Vec<Definition>,
    by_key: BTreeMap<Key, usize>,
    done: BTreeSet<usize>,
    values: BTreeMap<ValueRef, Object>,
    /// Kustomizations that are applied otherwise than by hand before.
    overrides: BTreeMap<Key, Object>,
    pub(crate) redefined: BTreeMap<Key, Object>,
    pub(crate) served: Option<Served>,
    pub(crate) sources: BTreeMap<Source, Object>,
    pub(crate) units: Vec<Unit>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) needs: BTreeSet<Need>,
    pub(crate) reads: BTreeSet<String>,
    pub(crate) faults: Faults,
}

/// Where the files of a Kustomization are.
enum Files {
    Here,
    Fetched,
    Unknown(Text),
    /// Somebody has to fetch them.
    Needed,
    /// There is no such source.
    Missing,
}

impl<'a> Rounds<'a> {
    /// Starts with what is applied by hand.
    pub(crate) fn new(
        request: &'a Request<'a>,
        memory: &'a Memory,
        by_hand: Unit,
        overrides: BTreeMap<Key, Object>,
    ) -> Rounds<'a> {
        let repositories: Vec<GitRepository> = by_hand
            .objects
            .iter()
            .filter(|object| GitRepository::is(object))
            .map(|object| GitRepository::read(object).value)
            .collect();
        let served = request.checkout.serves(&repositories);
        let is_here = |source: &Source| match &served {
            Some(served) => served.source == *source,
            None => request.checkout.is_named(source),
        };
        let here =
            by_hand.objects.iter().find(|object| Source::of(object).is_some_and(|s| is_here(&s)));
        let spec = here.and_then(|object| object.root().get("spec"));
        let fetched = request.answers.sources.iter();
        let mut rounds = Rounds {
            request,
            memory,
            folder: Artifact::new(request.tree, spec),
            fetched: fetched.map(|(source, tree)| (source, Artifact::fetched(tree))).collect(),
            definitions: Vec::new(),
            by_key: BTreeMap::new(),
            done: BTreeSet::new(),
            values: BTreeMap::new(),
            overrides,
            redefined: BTreeMap::new(),
            served,
            sources: BTreeMap::new(),
            units: Vec::new(),
            diagnostics: Vec::new(),
            needs: BTreeSet::new(),
            reads: BTreeSet::new(),
            faults: Faults::default(),
        };
        rounds.add(by_hand, 0);
        rounds
    }

    /// Renders all there is, until nothing new is found; then tells what the rest is waiting for.
    pub(crate) fn run(&mut self) {
        loop {
            let ready: Vec<usize> = (0..self.definitions.len())
                .filter(|at| !self.done.contains(at) && self.is_ready(*at))
                .collect();
            if ready.is_empty() {
                break;
            }
            for at in ready {
                self.render(at);
            }
        }
        let waiting: Vec<usize> =
            (0..self.definitions.len()).filter(|at| !self.done.contains(at)).collect();
        for at in waiting {
            self.tell_why_not(at);
        }
    }

    /// That the source which somebody named is one.
    pub(crate) fn check_named(&self) -> Option<Diagnostic> {
        let checkout = self.request.checkout;
        let named = checkout.named.as_deref()?;
        let views = self.definitions.iter().map(|definition| &definition.view);
        let mentioned = views.filter_map(|view| view.source.as_ref()).map(|there| &there.source);
        let sources: Vec<&Source> = self.sources.keys().chain(mentioned).collect();
        if sources.iter().any(|source| checkout.is_named(source)) {
            return None;
        }
        let cause = format!("no source is called `{named}`");
        let help = did_you_mean(named, sources.iter().map(|source| source.name.as_str()));
        Some(Diagnostic::error(Origin::NONE, cause).help_if(help))
    }

    /// Takes in a unit: the Kustomizations, sources and variables among its objects.
    fn add(&mut self, unit: Unit, depth: usize) {
        for object in unit.objects.iter().filter(|_| !unit.is_elsewhere()) {
            if FluxKustomization::is(object) {
                self.define(object, depth);
            } else if let Some(source) = Source::of(object) {
                self.define_source(source, object);
            } else if let Some(reference) = value_of(object) {
                self.values.entry(reference).or_insert_with(|| object.clone());
            }
        }
        self.units.push(unit);
    }

    fn define_source(&mut self, source: Source, object: &Object) {
        if self.sources.contains_key(&source) {
            return;
        }
        if GitRepository::is(object) {
            self.diagnostics.extend(GitRepository::read(object).diagnostics);
        }
        self.sources.insert(source, object.clone());
    }

    fn define(&mut self, object: &Object, depth: usize) {
        let key: Key = key_of(object);
        if let Some(there) = self.by_key.get(&key).and_then(|at| self.definitions.get(*at)) {
            let same = there.object.root().get("spec") == object.root().get("spec");
            if !same && there.depth == 0 && depth > 0 {
                self.redefined.entry(key).or_insert_with(|| object.clone());
            }
            return;
        }
        let object = self.overrides.get(&key).unwrap_or(object).clone();
        if depth > MAX_DEPTH || self.definitions.len() >= MAX_KUSTOMIZATIONS {
            let cause = format!(
                "Kustomization {}/{}: Kustomizations apply one another over {MAX_DEPTH} deep, or \
                 are more than {MAX_KUSTOMIZATIONS}",
                key.0, key.1
            );
            self.diagnostics.push(Diagnostic::error(object.origin(), cause));
            return;
        }
        let read = FluxKustomization::read(&object);
        self.diagnostics.extend(read.diagnostics);
        self.by_key.insert(key, self.definitions.len());
        let (view, unknowns) = (read.value, read.unknowns);
        self.definitions.push(Definition { object, view, unknowns, depth });
    }

    /// Whether all that a Kustomization starts from is known.
    fn is_ready(&self, at: usize) -> bool {
        let Some(definition) = self.definitions.get(at) else { return false };
        if unknown_field(&definition.unknowns).is_some() || definition.view.source.is_none() {
            return true;
        }
        !matches!(self.files(&definition.view), Files::Needed | Files::Missing)
            && self.missing_values(&definition.view).is_empty()
    }

    fn files(&self, view: &FluxKustomization) -> Files {
        let Some(reference) = &view.source else { return Files::Missing };
        let source = &reference.source;
        let is_here = match &self.served {
            Some(served) => served.source == *source,
            None => self.request.checkout.is_named(source),
        };
        if is_here {
            return Files::Here;
        }
        if self.fetched.contains_key(source) {
            return Files::Fetched;
        }
        let need = Need::Source(source.clone());
        if let Some(reason) = self.request.answers.unknown_reason(&need) {
            return Files::Unknown(ecow::eco_format!("{need}: {reason}"));
        }
        if self.sources.contains_key(source) { Files::Needed } else { Files::Missing }
    }

    /// The ConfigMaps and Secrets that nothing is known of.
    fn missing_values(&self, view: &FluxKustomization) -> Vec<(ValueRef, Origin)> {
        let references = view.post_build.iter().flat_map(|post_build| &post_build.substitute_from);
        references
            .map(|from| (value_ref(view, from), from.origin))
            .filter(|(reference, _)| self.referent(reference).is_none())
            .collect()
    }

    /// What is known of a ConfigMap or Secret: rendered objects first.
    fn referent(&self, reference: &ValueRef) -> Option<Referent<'_>> {
        if let Some(object) = self.values.get(reference) {
            return Some(Referent::Object(object));
        }
        let answers = self.request.answers;
        if let Some(answer) = answers.values.get(reference) {
            return Some(answer.as_ref().map_or(Referent::Absent, Referent::Data));
        }
        answers.unknown_reason(&Need::Value(reference.clone())).map(Referent::Unknown)
    }

    fn render(&mut self, at: usize) {
        self.done.insert(at);
        let Some(definition) = self.definitions.get(at) else { return };
        let view = definition.view.clone();
        let depth = definition.depth + 1;
        if let Some(unknown) = unknown_field(&definition.unknowns) {
            let reason = ecow::eco_format!("`{}`: {}", unknown.path, unknown.reason);
            return self.add_unknown(view, reason);
        }
        let mut faults = std::mem::take(&mut self.faults);
        let variables = view.post_build.as_ref().map(|post_build| {
            let find = |reference: &ValueRef| self.referent(reference).unwrap_or(Referent::Absent);
            Variables::gather(&view, post_build, find, &mut faults)
        });
        let variables = variables.unwrap_or_default();
        let built = match self.files(&view) {
            Files::Here => Some(self.job(&view, &self.folder).render(Some(&variables))),
            Files::Fetched => {
                let artifact = view.source.as_ref().and_then(|r| self.fetched.get(&r.source));
                artifact.map(|artifact| self.job(&view, artifact).render(Some(&variables)))
            }
            Files::Unknown(reason) => {
                self.faults = faults;
                return self.add_unknown(view, reason);
            }
            // Its `sourceRef` was refused.
            Files::Needed | Files::Missing => None,
        };
        self.faults = faults;
        self.take(view, built, depth);
    }

    fn job<'j>(&'j self, view: &'j FluxKustomization, artifact: &'j Artifact<'j>) -> Job<'j> {
        let (answers, mode) = (self.request.answers, self.request.mode);
        Job { view, artifact, answers, mode, memory: &self.memory.builds }
    }

    /// Takes in what rendering a Kustomization gave; `None` where it could not start.
    fn take(&mut self, view: FluxKustomization, built: Option<Built>, depth: usize) {
        let Built { objects, mut gaps, diagnostics, needs, reads, .. } =
            built.unwrap_or_else(|| {
                let gap = Gap { origin: view.origin, reason: "it could not be built".into() };
                Built { gaps: vec![gap], ..Built::default() }
            });
        self.diagnostics.extend(diagnostics);
        self.needs.extend(needs);
        self.reads.extend(reads);
        gaps.dedup();
        self.add(Unit { kustomization: Some(view), objects, gaps }, depth);
    }

    fn add_unknown(&mut self, view: FluxKustomization, reason: Text) {
        let cause = format!("{}: what it applies cannot be known: {reason}", describe(&view));
        self.diagnostics.push(Diagnostic::warning(view.origin, cause));
        let gaps = vec![Gap { origin: view.origin, reason }];
        self.add(Unit { kustomization: Some(view), objects: Vec::new(), gaps }, 0);
    }
}

/// The name by which a Kustomization is known.
pub(crate) fn key_of(object: &Object) -> Key {
    let namespace = object.namespace();
    let namespace = if namespace.is_empty() { "default" } else { namespace };
    (namespace.into(), object.name().into())
}

/// The name by which variables are taken from an object.
fn value_of(object: &Object) -> Option<ValueRef> {
    let is_value = object.api_version() == "v1" && matches!(object.kind(), "ConfigMap" | "Secret");
    let namespace = object.namespace();
    is_value.then(|| ValueRef {
        kind: object.kind().into(),
        namespace: if namespace.is_empty() { "default".into() } else { namespace.into() },
        name: object.name().into(),
    })
}

/// A field that is not known and that decides what is rendered.
fn unknown_field(unknowns: &[Unknown]) -> Option<&Unknown> {
    const DECISIVE: [&str; 10] = [
        "spec.path",
        "spec.sourceRef",
        "spec.targetNamespace",
        "spec.namePrefix",
        "spec.nameSuffix",
        "spec.patches",
        "spec.images",
        "spec.components",
        "spec.buildMetadata",
        "spec.postBuild",
    ];
    let is_variable = |path: &str| path.starts_with("spec.postBuild.substitute.");
    unknowns.iter().find(|unknown| {
        let path = unknown.path.as_str();
        path == "spec"
            || path.starts_with("spec.kubeConfig")
            || (DECISIVE.iter().any(|start| path.starts_with(start)) && !is_variable(path))
    })
}
