//! Kustomizations that could not be rendered because something is not known yet: what they wait for.

use api::{FluxKustomization, Source};
use manifest::diagnostic::nearest;
use manifest::{Diagnostic, Origin};

use super::{Files, Rounds};
use crate::generate::describe;
use crate::need::{Need, ValueRef};
use crate::unit::Gap;

impl Rounds<'_> {
    /// A Kustomization that cannot start: what it needs, and what else is wrong with it.
    pub(super) fn tell_why_not(&mut self, at: usize) {
        self.done.insert(at);
        let Some(definition) = self.definitions.get(at) else { return };
        let view = definition.view.clone();
        let mut probed = None;
        match self.files(&view) {
            Files::Needed => {
                let source = view.source.as_ref().map(|reference| reference.source.clone());
                self.needs.extend(source.map(Need::Source));
            }
            Files::Missing => self.tell_no_source(&view),
            Files::Here => probed = Some(self.job(&view, &self.folder).render(None)),
            Files::Fetched => {
                let artifact = view.source.as_ref().and_then(|r| self.fetched.get(&r.source));
                probed = artifact.map(|artifact| self.job(&view, artifact).render(None));
            }
            Files::Unknown(_) => {}
        }
        for (reference, origin) in self.missing_values(&view) {
            self.tell_no_value(&view, &reference, origin);
            self.needs.insert(Need::Value(reference));
        }
        let mut built = probed.unwrap_or_default();
        built.gaps.clear();
        built.gaps.push(Gap { origin: view.origin, reason: "it waits for what is needed".into() });
        self.take(view, Some(built), 0);
    }

    fn tell_no_source(&mut self, view: &FluxKustomization) {
        let Some(reference) = &view.source else { return };
        let source = &reference.source;
        let cause = format!("{}: there is no {source} in this cluster", describe(view));
        let help = match self.near_source(source) {
            Some(near) => format!("did you mean `{near}`?"),
            None if self.sources.is_empty() => {
                format!("add a {} to the cluster", source.kind.as_str())
            }
            None => {
                let names: Vec<String> = self.sources.keys().map(ToString::to_string).collect();
                format!("there is {}", names.join(", "))
            }
        };
        self.diagnostics.push(Diagnostic::error(reference.origin, cause).help(help));
    }

    /// The source of that name of another kind or in another namespace, or one of a name like it.
    fn near_source(&self, wanted: &Source) -> Option<&Source> {
        let same_kind = || self.sources.keys().filter(|source| source.kind == wanted.kind);
        let names = same_kind().map(|source| source.name.as_str());
        let near = nearest(&wanted.name, names);
        self.sources
            .keys()
            .find(|source| source.name == wanted.name)
            .or_else(|| same_kind().find(|source| Some(source.name.as_str()) == near))
    }

    /// A hint where the repository has an object of nearly this name.
    fn tell_no_value(&mut self, view: &FluxKustomization, reference: &ValueRef, origin: Origin) {
        let alike = |there: &&ValueRef| {
            there.kind == reference.kind && there.namespace == reference.namespace
        };
        let names = self.values.keys().filter(alike).map(|there| there.name.as_str());
        if let Some(near) = nearest(&reference.name, names) {
            let cause = format!("{}: {reference} is not in the repository", describe(view));
            let help = format!("did you mean `{near}`?");
            self.diagnostics.push(Diagnostic::warning(origin, cause).help(help));
        }
    }
}
