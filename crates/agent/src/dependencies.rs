//! `dependsOn`: who has to be ready first.

use std::collections::BTreeSet;

use crate::Key;
use crate::brain::Brain;
use crate::kustomization::{Kustomization, Phase};

/// What a Kustomization waits for.
pub(crate) struct Unready {
    /// A lowercase fragment.
    pub(crate) on: String,
    /// It will be ready, or say why not, in a moment: nothing has to be said about it.
    pub(crate) is_brief: bool,
}

impl Brain {
    /// Why a Kustomization may not go on yet: a dependency that is not there, not ready, or not ready at
    /// the same revision where it has the same source.
    pub(crate) fn unready_dependency(&self, it: &Kustomization) -> Option<Unready> {
        let source = it.view.source.as_ref().map(|reference| &reference.source);
        it.view.depends_on.iter().find_map(|dependency| {
            let key =
                Key { namespace: dependency.namespace.clone(), name: dependency.name.clone() };
            let unready = |on: String| Some(Unready { on, is_brief: false });
            if key == it.key {
                return unready(format!("dependency '{key}' is the Kustomization itself"));
            }
            let Some(there) = self.kustomizations.get(&key) else {
                return unready(format!("dependency '{key}' is not there"));
            };
            if let Some(circle) = self.circle(&it.key, &key) {
                return unready(format!("dependency '{key}' waits for this one: {circle}"));
            }
            let has_same_source = there.view.source.as_ref().map(|it| &it.source) == source;
            let is_same_revision =
                there.applied.as_ref().is_some_and(|applied| applied.revision == it.round.revision);
            if !there.is_ready() || (has_same_source && !is_same_revision) {
                let on = format!("dependency '{key}' is not ready");
                return Some(Unready { on, is_brief: there.is_under_way() });
            }
            None
        })
    }

    /// The way on which `from` depends on `wanted`, if there is one.
    fn circle(&self, wanted: &Key, from: &Key) -> Option<String> {
        let mut seen = BTreeSet::new();
        let mut ways = vec![vec![from.clone()]];
        while let Some(way) = ways.pop() {
            let Some(last) = way.last() else { continue };
            if last == wanted {
                let names: Vec<String> = way.iter().map(ToString::to_string).collect();
                return Some(format!("{wanted} -> {}", names.join(" -> ")));
            }
            if !seen.insert(last.clone()) {
                continue;
            }
            for next in self.kustomizations.get(last).into_iter().flat_map(|it| &it.view.depends_on)
            {
                let next = Key { namespace: next.namespace.clone(), name: next.name.clone() };
                ways.push(way.iter().cloned().chain([next]).collect());
            }
            // The one that asks is not among the others while it is looked at.
            if ways.len() > self.kustomizations.len() * 8 + 64 {
                return None;
            }
        }
        None
    }

    /// Whoever waits for a Kustomization looks again.
    pub(crate) fn wake_dependents(&mut self, it: &Kustomization) {
        let key = &it.key;
        let waits = |other: &Kustomization| {
            matches!(other.phase, Phase::Waiting)
                && other
                    .view
                    .depends_on
                    .iter()
                    .any(|there| there.name == key.name && there.namespace == key.namespace)
        };
        self.look_all(waits);
    }
}
