//! Everything that one cluster should have, at one revision.
//!
//! ```text
//! clusters/NAME ─▶ applied by hand ─▶ Kustomizations ─▶ build ─▶ substitute ─▶ label ─▶ objects
//!                                          ▲                                              │
//!                                          └── Kustomizations, sources, variables ◀───────┘
//! ```
//!
//! **Invariants.** The same input gives the same output: no file, network, clock, environment or
//! randomness is reached from here. What is missing comes back as [`Need`]s, and what cannot be known
//! travels on as a marked unknown and is never guessed. Objects that are missing for whatever reason
//! leave a [`Gap`] in their unit: an empty unit without gaps is meant to be empty. All independent
//! mistakes of a pass are reported together, each with file, line, cause and next step.
//!
//! **Not here.** Reading YAML and object values (`manifest`), building overlays (`kustomize`), fetching
//! what is missing (the shells above), decryption (`secret`), making objects of federated ones (`fleet`),
//! comparing with a live cluster (`plan`).

mod artifact;
mod by_hand;
mod check;
mod checkout;
mod documents;
mod encrypted;
mod expand;
mod generate;
mod merge;
mod need;
mod order;
mod registry;
mod rounds;
mod single;
mod start;
pub mod substitute;
mod unit;
mod variables;

use std::collections::{BTreeMap, BTreeSet};

use api::Source;
use kustomize::Memory as Builds;
use manifest::{Diagnostic, FileTree, Object};
use schema::Kinds;

use crate::rounds::Rounds;

pub use artifact::Ignore;
pub use check::repository;
pub use checkout::{Because, Checkout, Served};
pub use need::{Answers, Need, ValueRef};
pub use registry::{Cluster, Layout, Registry, registry};
pub use single::{Outcome, Reads, Single, kustomization, value_references};
pub use start::{Start, start};
pub use substitute::Mode;
pub use unit::{Gap, Unit};

/// What renderings keep for each other, by content: share one between all clusters and revisions.
#[derive(Default)]
pub struct Memory {
    /// Parsed files and built bases.
    pub builds: Builds,
}

/// One cluster at one revision.
pub struct Request<'a> {
    /// The whole repository at that revision.
    pub tree: &'a FileTree,
    /// Its clusters, as [`registry`] read them.
    pub registry: &'a Registry,
    /// Which of them.
    pub cluster: &'a Cluster,
    /// What is known of the folder that the tree was read from.
    pub checkout: &'a Checkout,
    /// What is known of the outside.
    pub answers: &'a Answers,
    /// What happens to variables that are not set.
    pub mode: Mode,
}

/// What a cluster should have.
#[derive(Debug)]
pub struct Rendered {
    /// What is applied by hand, then every Kustomization after those that it depends on.
    pub units: Vec<Unit>,
    /// Errors and warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// What is missing to go on. While there is any, more may be wrong than was found.
    pub needs: BTreeSet<Need>,
    /// The source that is the folder at hand; `None` where none is.
    pub served: Option<Served>,
    /// The sources of the cluster, by name.
    pub sources: BTreeMap<Source, Object>,
    /// Every path of the tree that was looked at, whether anything stands there or not.
    pub reads: BTreeSet<String>,
    /// The kinds of the cluster: built in, and defined by its objects.
    pub kinds: Kinds,
}

/// How often what is applied by hand may turn out to be applied otherwise later.
const MAX_RESTARTS: usize = 8;

/// Renders one cluster.
pub fn render(request: &Request<'_>, memory: &Memory) -> Rendered {
    let by_hand = by_hand::read(request.tree, request.registry, request.cluster, &memory.builds);
    let mut rounds = settle(request, memory, &by_hand.unit());
    let mut diagnostics = by_hand.diagnostics;
    diagnostics.append(&mut rounds.diagnostics);
    diagnostics.append(&mut rounds.faults.diagnostics);
    diagnostics.extend(variables::report_invalid_keys(&rounds.faults.invalid_keys));
    diagnostics.extend(rounds.check_named());
    rounds.needs.extend(by_hand.needs);
    rounds.reads.extend(by_hand.reads);
    let mut rendered = Rendered {
        kinds: Kinds::with_crds(rounds.units.iter().flat_map(|unit| &unit.objects)),
        units: std::mem::take(&mut rounds.units),
        diagnostics: Vec::new(),
        needs: std::mem::take(&mut rounds.needs),
        served: rounds.served.take(),
        sources: std::mem::take(&mut rounds.sources),
        reads: std::mem::take(&mut rounds.reads),
    };
    diagnostics.extend(check::all(&rendered, request.registry));
    rendered.take_over();
    order::sort(&mut rendered.units);
    rendered.diagnostics = check::distinct(diagnostics);
    rendered
}

/// Renders until no Kustomization applies another definition of one that was applied by hand: the
/// definition in the source is the one that lasts.
fn settle<'a>(request: &'a Request<'a>, memory: &'a Memory, by_hand: &Unit) -> Rounds<'a> {
    let mut overrides = BTreeMap::new();
    for _ in 0..MAX_RESTARTS {
        let mut rounds = Rounds::new(request, memory, by_hand.clone(), overrides.clone());
        rounds.run();
        if rounds.redefined.is_empty() {
            return rounds;
        }
        overrides.append(&mut rounds.redefined);
    }
    let mut rounds = Rounds::new(request, memory, by_hand.clone(), overrides);
    rounds.run();
    rounds
}

impl Rendered {
    /// The objects of this cluster with the unit that each belongs to; those for other clusters are
    /// left out.
    pub fn objects(&self) -> impl Iterator<Item = (&Unit, &Object)> {
        let units = self.units.iter().filter(|unit| !unit.is_elsewhere());
        units.flat_map(|unit| unit.objects.iter().map(move |object| (unit, object)))
    }

    /// Whether nothing is missing: no gaps, no needs, no errors.
    pub fn is_complete(&self) -> bool {
        self.needs.is_empty()
            && self.units.iter().all(|unit| unit.gaps.is_empty())
            && !self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// Leaves out of what is applied by hand whatever a Kustomization applies as well.
    fn take_over(&mut self) {
        let Some((by_hand, others)) = self.units.split_first_mut() else { return };
        let applied: BTreeSet<_> = others
            .iter()
            .filter(|unit| !unit.is_elsewhere())
            .flat_map(|unit| &unit.objects)
            .map(|object| self.kinds.object_id(object))
            .collect();
        by_hand.objects.retain(|object| !applied.contains(&self.kinds.object_id(object)));
    }
}

#[cfg(test)]
mod tests;
