//! One Kustomization alone, as the agent of a cluster renders it: what else there is, is in the cluster.

use std::collections::BTreeSet;

use api::FluxKustomization;
use manifest::tree::is_within;
use manifest::{Diagnostic, FileTree, Object};

use crate::artifact::{Artifact, IGNORE_FILE};
use crate::need::{Answers, Need};
use crate::substitute::Mode;
use crate::unit::{Gap, Job, Unit};
use crate::variables::{self, Faults, Referent, Variables, value_ref};
use crate::{Memory, ValueRef};

/// One Kustomization and what it starts from.
pub struct Single<'a> {
    /// The Kustomization.
    pub view: &'a FluxKustomization,
    /// The files of its source.
    pub tree: &'a FileTree,
    /// Its source, which may leave out some of the files; without it, all count.
    pub source: Option<&'a Object>,
    /// The ConfigMaps and Secrets that it takes variables from, see [`value_references`].
    pub answers: &'a Answers,
    /// What happens to variables that are not set.
    pub mode: Mode,
}

/// What one Kustomization applies.
#[derive(Debug)]
pub struct Outcome {
    /// Its objects, and what is missing among them.
    pub unit: Unit,
    /// Errors and warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// What is missing to go on.
    pub needs: BTreeSet<Need>,
    /// What of the tree it depends on.
    pub reads: Reads,
}

/// What of a tree an outcome depends on: changes elsewhere change nothing of it.
#[derive(Debug, Default)]
pub struct Reads {
    /// Every path that was looked at, whether anything stands there or not.
    pub paths: BTreeSet<String>,
    /// A directory of which everything was looked at.
    pub listed: Option<String>,
}

impl Reads {
    /// Whether what stands at `path` may have to do with the outcome.
    pub fn depends_on(&self, path: &str) -> bool {
        let is_listed = |directory: &String| is_within(path, directory);
        self.paths.contains(path)
            || self.listed.as_ref().is_some_and(is_listed)
            || path.rsplit('/').next() == Some(IGNORE_FILE)
    }
}

impl Outcome {
    /// Whether nothing is missing: no gaps, no needs, no errors.
    pub fn is_complete(&self) -> bool {
        self.needs.is_empty()
            && self.unit.gaps.is_empty()
            && !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// The ConfigMaps and Secrets that a Kustomization takes variables from.
pub fn value_references(view: &FluxKustomization) -> impl Iterator<Item = ValueRef> {
    let references = view.post_build.iter().flat_map(|post_build| &post_build.substitute_from);
    references.map(|from| value_ref(view, from))
}

/// Renders one Kustomization. The same rules hold as in [`crate::render()`]; only, its variables are
/// answers, and what it applies is not followed any further.
pub fn kustomization(single: &Single<'_>, memory: &Memory) -> Outcome {
    let Single { view, answers, .. } = *single;
    let spec = single.source.and_then(|object| object.root().get("spec"));
    let artifact = match single.source {
        Some(_) => Artifact::new(single.tree, spec),
        None => Artifact::fetched(single.tree),
    };
    let mut faults = Faults::default();
    let needs: BTreeSet<Need> = value_references(view)
        .filter(|reference| referent(answers, reference).is_none())
        .map(Need::Value)
        .collect();
    let variables = view.post_build.as_ref().filter(|_| needs.is_empty()).map(|post_build| {
        let find = |reference: &ValueRef| referent(answers, reference).unwrap_or(Referent::Absent);
        Variables::gather(view, post_build, find, &mut faults)
    });
    let job = Job { view, artifact: &artifact, answers, mode: single.mode, memory: &memory.builds };
    let built = match needs.is_empty() {
        true => job.render(Some(&variables.unwrap_or_default())),
        false => job.render(None),
    };
    let mut diagnostics = faults.diagnostics;
    diagnostics.extend(variables::report_invalid_keys(&faults.invalid_keys));
    diagnostics.extend(built.diagnostics);
    let mut gaps = built.gaps;
    if !needs.is_empty() {
        gaps.push(Gap { origin: view.origin, reason: "it waits for what is needed".into() });
    }
    gaps.dedup();
    Outcome {
        unit: Unit { kustomization: Some(view.clone()), objects: built.objects, gaps },
        diagnostics: crate::check::distinct(diagnostics),
        needs: needs.into_iter().chain(built.needs).collect(),
        reads: Reads { paths: built.reads.into_iter().collect(), listed: built.listed },
    }
}

fn referent<'a>(answers: &'a Answers, reference: &ValueRef) -> Option<Referent<'a>> {
    if let Some(answer) = answers.values.get(reference) {
        return Some(answer.as_ref().map_or(Referent::Absent, Referent::Data));
    }
    answers.unknown_reason(&Need::Value(reference.clone())).map(Referent::Unknown)
}
