//! A rendering: the one piece of work that takes long, so that it is done beside everything else.

use std::sync::Arc;

use manifest::{Text, json};
use sha2::{Digest, Sha256};

use crate::event::{Job, Rendering};

/// Renders a Kustomization; not again where nothing that it depends on has changed.
pub(crate) fn render(job: &Job, memory: &render::Memory) -> Rendering {
    if let Some(before) = job.before.as_ref().filter(|before| holds(before, job, memory)) {
        let stamp = job.tree.stamp();
        let files = before.files.as_ref().map(|(_, reads)| (stamp, Arc::clone(reads)));
        return Rendering { files, ..before.clone() };
    }
    let single = render::Single {
        view: &job.view,
        tree: &job.tree,
        source: Some(&job.source),
        answers: &job.answers,
        mode: job.mode,
    };
    let outcome = render::kustomization(&single, memory);
    let is_complete = outcome.is_complete();
    let mut diagnostics = outcome.diagnostics;
    let needs = outcome.needs.iter().map(|need| {
        let cause = format!("{need} is needed, and cannot be fetched here");
        manifest::Diagnostic::error(job.view.path.origin, cause)
    });
    diagnostics.extend(needs);
    if !is_complete && !diagnostics.iter().any(manifest::Diagnostic::is_error) {
        let gaps = outcome.unit.gaps.iter();
        diagnostics
            .extend(gaps.map(|gap| manifest::Diagnostic::error(gap.origin, gap.reason.as_str())));
    }
    let digest = digest(&outcome.unit.objects);
    let files = Some((job.tree.stamp(), Arc::new(outcome.reads)));
    Rendering { objects: Arc::new(outcome.unit.objects), diagnostics, is_complete, digest, files }
}

/// Whether what was rendered before is what would come of the files as they are now.
fn holds(before: &Rendering, job: &Job, memory: &render::Memory) -> bool {
    let Some((stamp, reads)) = before.files.as_ref().filter(|_| before.is_complete) else {
        return false;
    };
    let changed = memory.builds.changed(stamp, &job.tree);
    changed.is_some_and(|changed| !changed.iter().any(|path| reads.depends_on(path)))
}

/// The digest of objects in their order, secrets included.
fn digest(objects: &[manifest::Object]) -> Text {
    let options = json::Options { expose: true, ..json::Options::default() };
    let (mut hasher, mut text) = (Sha256::new(), String::new());
    for object in objects {
        text.clear();
        json::write(object.root(), options, &mut text);
        text.push('\n');
        hasher.update(&text);
    }
    let hex: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    ecow::eco_format!("sha256:{hex}")
}

#[cfg(test)]
mod tests;
