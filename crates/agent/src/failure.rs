//! How a round fails: what the condition says, and when it is tried again.

use manifest::{Diagnostic, Text};

use crate::What;
use crate::brain::{Brain, Step};
use crate::kustomization::{Kind, Kustomization, Phase};
use crate::status::{Entry, reason};

/// Why a round has failed.
pub(crate) struct Failure {
    /// The reason of the condition.
    pub(crate) reason: &'static str,
    pub(crate) causes: Vec<Diagnostic>,
    pub(crate) again: Again,
}

/// When it is tried again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    /// Soon: it may go by itself.
    Soon,
    /// When the Kustomization's interval says so.
    Later,
    /// When an object becomes healthy.
    Health,
    /// When somebody changes something that it starts from.
    Changed,
    /// Never as it is written.
    Never,
}

impl Failure {
    /// It does not render. The same files will not do so later either.
    pub(crate) fn build(diagnostics: &[Diagnostic]) -> Failure {
        let causes = diagnostics.iter().filter(|it| it.is_error()).cloned().collect();
        Failure { reason: reason::BUILD, causes, again: Again::Changed }
    }

    /// Something in it is not done yet.
    pub(crate) fn not_done(cause: Diagnostic) -> Failure {
        Failure { reason: reason::FEATURE, causes: vec![cause], again: Again::Never }
    }

    /// The message of the condition.
    fn message(&self) -> Text {
        let mut text = String::new();
        for cause in &self.causes {
            if !text.is_empty() {
                text.push('\n');
            }
            if cause.origin.is_some() {
                text.push_str(&format!("{}: ", cause.origin));
            }
            text.push_str(&cause.cause);
            if let Some(help) = &cause.help {
                text.push_str(&format!(" ({help})"));
            }
        }
        text.into()
    }
}

impl Brain {
    /// A round has failed.
    pub(crate) fn fail(&mut self, it: &mut Kustomization, failure: Failure) -> Step {
        let message = failure.message();
        let is_final = failure.again == Again::Never;
        let is_new =
            it.status.conditions.says(crate::conditions::READY) != Some((failure.reason, &message));
        it.failures = it.failures.saturating_add(1);
        it.forced = false;
        if matches!(failure.reason, reason::RECONCILIATION | reason::PRUNE) {
            // Only some of it is written: what the cluster has is to be found out.
            it.applied = None;
        }
        it.phase = Phase::Failed(match failure.again {
            Again::Health => Kind::Health,
            _ => Kind::Round,
        });
        it.status.fail(failure.reason, &message, is_final, (it.generation(), self.now));
        it.status.attempted = it.round.revision.clone();
        it.inventory.clone_into(&mut it.status.inventory);
        self.close(it, failure.reason);
        let retry = match failure.again {
            Again::Soon | Again::Later => it.retry_at(self.now, failure.again == Again::Soon),
            Again::Health | Again::Changed | Again::Never => None,
        };
        self.set_timer(it, retry);
        if is_new {
            self.post(it, true, failure.reason, &message);
        }
        self.tell(What::Failed {
            kustomization: it.key.clone(),
            reason: failure.reason.into(),
            for_good: failure.again != Again::Soon || it.failures > MANY,
            causes: failure.causes,
        });
        self.wake_lookers();
        self.wake_dependents(it);
        Step::Stay
    }

    /// Writes down what a round came to.
    pub(crate) fn close(&mut self, it: &mut Kustomization, reason: &'static str) {
        if let Some(request) = it.request().map(Text::from) {
            it.status.handled = request;
        }
        let digest = it.rendered.as_ref().map(|(_, rendering)| rendering.digest.clone());
        if let Some(digest) = digest.filter(|digest| !digest.is_empty()) {
            let took = self.now.duration_since(it.round.started);
            let revision = it.round.revision.clone();
            let entry = Entry { digest: &digest, revision: &revision, reason, took };
            it.status.remember(&entry, self.now);
        }
        it.writes.is_due = true;
        // The source's status goes along with the first that tells of its revision.
        if let Some(reference) = it.view.source.clone() {
            self.write_source(&reference.source);
        }
    }

    /// Who waits until nobody else may define its kinds goes on.
    pub(crate) fn wake_lookers(&mut self) {
        self.wake_all(|it| matches!(it.phase, Phase::Looking));
    }
}

/// What has failed so often will hardly go by itself.
const MANY: u32 = 5;
