//! Sources: which files they have, and what their objects say of it.
//!
//! A new revision is written into a source's status only when something in this cluster changes with
//! it: else each commit would cost a request in every cluster of a fleet.

use api::{Source, SourceKind};
use manifest::{Node, Object, Text};
use source::{Artifact, Failure, Latest, failure};

use crate::What;
use crate::brain::Brain;
use crate::cache::News;
use crate::conditions::{Conditions, READY, RECONCILING, STALLED, Truth, status_patch, text, time};
use crate::event::{Command, Target};
use crate::kustomization::{REQUESTED, generation};
use crate::posts::{SOURCE, map};

/// Set while the files cannot be fetched, or their archive not be made.
const FAILURES: [&str; 2] = ["FetchFailed", "StorageOperationFailed"];
/// Whether the files are signed by whom they should be.
const VERIFIED: &str = "SourceVerified";
/// Set when the files are at hand.
const IN_STORAGE: &str = "ArtifactInStorage";
const SUCCEEDED: &str = "Succeeded";

/// What is known of one source.
pub(crate) struct Supply {
    pub(crate) object: Object,
    reading: Reading,
    /// A write of the status is under way.
    is_writing: bool,
    /// Its status should be looked at when that is over.
    is_due: bool,
}

/// What is known of the files.
#[derive(Default)]
enum Reading {
    /// Somebody is looking.
    #[default]
    Asked,
    /// Nobody here can fetch them.
    Unserved,
    /// It says something that is not done yet.
    NotDone(&'static str),
    /// What was fetched.
    Latest(Latest),
}

/// What a Kustomization finds where its source should be.
pub(crate) enum Found<'a> {
    /// There is no such object.
    Missing,
    /// Somebody is looking.
    Asked,
    /// The files cannot be had: why.
    Unreachable(Text),
    /// These.
    Files(&'a Artifact, &'a Object),
}

impl Supply {
    fn artifact(&self) -> Option<&Artifact> {
        match &self.reading {
            Reading::Latest(latest) => latest.artifact.as_ref(),
            _ => None,
        }
    }

    /// Why there are no files, or no newer ones.
    fn failure(&self) -> Option<Failure> {
        let why = match &self.reading {
            Reading::Unserved if self.object.kind() == "ExternalArtifact" => {
                Text::from("it has no artifact yet: whoever makes it writes `status.artifact`")
            }
            Reading::Unserved => Text::from(
                "it is not fetched here: a Git repository has a URL with http(s) or file, or with ssh and a Secret",
            ),
            Reading::NotDone(field) => {
                ecow::eco_format!(
                    "{field} is not done yet, and without it the files would be others"
                )
            }
            Reading::Latest(latest) => return latest.failure.clone(),
            Reading::Asked => return None,
        };
        let reason = match self.object.kind() {
            "OCIRepository" => failure::OCI,
            "Bucket" => failure::BUCKET,
            _ => failure::GIT,
        };
        Some(Failure::new(reason, why))
    }

    fn is_suspended(&self) -> bool {
        self.object.root().at(&["spec", "suspend"]).and_then(Node::as_bool).unwrap_or_default()
    }
}

impl Brain {
    /// The files of a source.
    pub(crate) fn find(&self, source: &Source) -> Found<'_> {
        let Some(supply) = self.sources.get(source) else { return Found::Missing };
        match (supply.artifact(), supply.failure()) {
            (Some(artifact), _) => Found::Files(artifact, &supply.object),
            (None, Some(failure)) => Found::Unreachable(failure.message),
            (None, None) => Found::Asked,
        }
    }

    pub(crate) fn take_source(&mut self, source: &Source, news: &News) {
        let Some(object) = &news.after else {
            self.sources.remove(source);
            self.commands.push(Command::Unfollow(source.clone()));
            return self.look_at(source);
        };
        let spec = decides;
        let before = self.sources.get(source).map(|supply| spec(&supply.object));
        match self.sources.get_mut(source) {
            Some(supply) => supply.object = object.clone(),
            None => {
                let supply = Supply {
                    object: object.clone(),
                    reading: Reading::Asked,
                    is_writing: false,
                    is_due: false,
                };
                self.sources.insert(source.clone(), supply);
            }
        }
        if before != Some(spec(object)) {
            match not_done(object) {
                Some(field) => self.refuse(source, Reading::NotDone(field)),
                None => {
                    let command = Command::Follow(source.clone(), Box::new(object.clone()));
                    self.commands.push(command);
                }
            }
            self.look_at(source);
        }
        let requested = object.annotation(REQUESTED);
        if requested.is_some()
            && requested != object.root().str_at(&["status", "lastHandledReconcileAt"])
        {
            // Whoever asks does not want to wait for the next interval.
            let asks_again = before.as_ref() == Some(&spec(object)) && not_done(object).is_none();
            if asks_again {
                let command = Command::Follow(source.clone(), Box::new(object.clone()));
                self.commands.push(command);
            }
            self.write_source(source);
        }
    }

    pub(crate) fn take_unserved(&mut self, source: &Source) {
        self.refuse(source, Reading::Unserved);
        self.look_at(source);
    }

    fn refuse(&mut self, source: &Source, reading: Reading) {
        if let Some(supply) = self.sources.get_mut(source) {
            supply.reading = reading;
        }
        self.tell_unreachable(source);
        self.write_source(source);
    }

    pub(crate) fn take_fetched(&mut self, source: &Source, latest: Latest) {
        let Some(supply) = self.sources.get_mut(source) else { return };
        if supply.is_suspended() && supply.artifact().is_some() {
            return;
        }
        let revision = |supply: &Supply| {
            let artifact = supply.artifact()?;
            let digest = artifact.packed.as_ref().map(|packed| packed.digest.clone());
            Some((artifact.revision.text().clone(), digest))
        };
        let (before, failed_before) = (revision(supply), supply.failure());
        supply.reading = Reading::Latest(latest);
        let (now, failure) = (revision(supply), supply.failure());
        let is_failing = failure.is_some();
        if failure != failed_before && is_failing {
            self.tell_unreachable(source);
        }
        // A failure is news for its object, and so are its end and the first files.
        if failure != failed_before || before.is_none() {
            self.write_source(source);
        }
        if let Some((revision, _)) = now.filter(|now| Some(now) != before.as_ref()) {
            // What is included may be new where the revision is not.
            if before.as_ref().is_some_and(|(before, _)| *before == revision) {
                self.write_source(source);
            }
            self.tell(What::Source { source: source.clone(), revision });
            self.look_at(source);
        } else if before.is_none() {
            self.look_at(source);
        }
    }

    fn tell_unreachable(&mut self, source: &Source) {
        let Some(supply) = self.sources.get(source) else { return };
        let Some(Failure { reason, message, .. }) = supply.failure() else { return };
        let object = supply.object.clone();
        // Said before, by an agent before this one.
        let said = Conditions::of(object.root().get("status"));
        if said.says(READY) != Some((reason, &message)) {
            self.post_source(&object, true, reason, &message);
        }
        self.tell(What::Unreachable { source: source.clone(), reason: message });
    }

    fn look_at(&mut self, source: &Source) {
        self.look_all(|it| it.view.source.as_ref().is_some_and(|there| there.source == *source));
    }

    pub(crate) fn source_patched(&mut self, source: &Source, is_done: bool) {
        let Some(supply) = self.sources.get_mut(source) else { return };
        supply.is_writing = false;
        // What was not written is written with the next change.
        if is_done && std::mem::take(&mut supply.is_due) {
            self.write_source(source);
        }
    }

    /// Brings the status of a source up to date.
    pub(crate) fn write_source(&mut self, source: &Source) {
        let now = self.now;
        let Some(supply) = self.sources.get_mut(source) else { return };
        // That status is another controller's.
        if source.kind == SourceKind::ExternalArtifact {
            return;
        }
        if supply.is_writing {
            supply.is_due = true;
            return;
        }
        let object = supply.object.clone();
        let live = object.root().get("status");
        let at = (generation(&object), now);
        let mut conditions = Conditions::of(live);
        let mut artifact = live.and_then(|live| live.get("artifact")).cloned();
        conditions.remove(RECONCILING);
        conditions.remove(STALLED);
        if let Some(there) = supply.artifact() {
            let revision = there.revision.as_str();
            let message = format!("stored artifact for revision '{revision}'");
            conditions.set(READY, Truth::True, (SUCCEEDED, &message), at);
            conditions.set(IN_STORAGE, Truth::True, (SUCCEEDED, &message), at);
            FAILURES.iter().for_each(|kind| conditions.remove(kind));
            match &there.verified {
                Some(message) => {
                    conditions.set(VERIFIED, Truth::True, (SUCCEEDED, message), at);
                }
                None => conditions.remove(VERIFIED),
            }
            let written = artifact.as_ref().and_then(|node| node.str_at(&["revision"]));
            // What is included may be new, or what is left out, where the revision is not.
            let digest = artifact.as_ref().and_then(|node| node.str_at(&["digest"]));
            let packed = there.packed.as_ref().map(|packed| packed.digest.as_str());
            if written != Some(revision) || (packed.is_some() && packed != digest) {
                artifact = Some(artifact_node(source, there, now));
            }
        }
        if let Some(Failure { condition, reason, message }) = supply.failure() {
            let others = FAILURES.iter().filter(|kind| **kind != condition);
            others.for_each(|kind| conditions.remove(kind));
            conditions.set(READY, Truth::False, (reason, &message), at);
            let truth = if condition == VERIFIED { Truth::False } else { Truth::True };
            conditions.set(condition, truth, (reason, &message), at);
        } else if supply.artifact().is_none() {
            return;
        }
        let handled = object.annotation(REQUESTED).map(text);
        let handled =
            handled.or_else(|| live.and_then(|it| it.get("lastHandledReconcileAt")).cloned());
        let fields = vec![
            ("artifact", artifact),
            ("conditions", Some(conditions.to_node())),
            ("lastHandledReconcileAt", handled),
            ("observedGeneration", Some(Node::new(at.0, manifest::Origin::NONE))),
        ];
        let Some(patch) = status_patch(live, fields) else { return };
        supply.is_writing = true;
        self.patch(Target::Source(source.clone()), &object, patch, "status", SOURCE);
    }
}

/// What of an object decides which files there are.
fn decides(object: &Object) -> Option<Node> {
    let path: &[&str] = match object.kind() {
        "ExternalArtifact" => &["status", "artifact"],
        _ => &["spec"],
    };
    object.root().at(path).cloned()
}

/// A field that decides which files there are, or whether they can be had, and that nobody here acts on.
fn not_done(object: &Object) -> Option<&'static str> {
    let spec = object.root().get("spec")?;
    let provider = spec.str_at(&["provider"]).unwrap_or("generic");
    if object.kind() != "Bucket" && provider != "generic" {
        return Some("`spec.provider`");
    }
    let set = |key: &str| spec.get(key).filter(|node| !node.is_null());
    if object.kind() == "Bucket" {
        let fields = [("sts", "`spec.sts`"), ("serviceAccountName", "`spec.serviceAccountName`")];
        if let Some((_, shown)) = fields.into_iter().find(|(key, _)| set(key).is_some()) {
            return Some(shown);
        }
    }
    if let Some(verify) = set("verify") {
        let by_keys = verify.get("secretRef").is_some();
        let is_cosign = verify.str_at(&["provider"]).unwrap_or("cosign") == "cosign";
        match object.kind() {
            "OCIRepository" if !is_cosign => return Some("`spec.verify.provider: notation`"),
            "OCIRepository" if by_keys => {}
            "OCIRepository" => return Some("`spec.verify` without keys in a Secret"),
            _ => {}
        }
    }
    set("proxySecretRef").map(|_| "`spec.proxySecretRef`")
}

/// `status.artifact`. Nothing is served by an address: who wants the files has the repository.
fn artifact_node(source: &Source, artifact: &Artifact, now: jiff::Timestamp) -> Node {
    let revision = artifact.revision.as_str();
    let packed = artifact.packed.as_ref();
    let digest = packed.map(|packed| packed.digest.as_str());
    let digest = digest.or(revision.rsplit_once('@').map(|(_, digest)| digest));
    let size = packed.and_then(|packed| i64::try_from(packed.size).ok());
    let kind = source.kind.as_str().to_lowercase();
    let path =
        format!("{kind}/{}/{}/{}.tar.gz", source.namespace, source.name, artifact.revision.hash());
    let metadata = artifact.metadata.iter().map(|(key, value)| (key.as_str(), text(value)));
    let fields = [
        ("digest", Some(text(digest.unwrap_or(revision)))),
        ("lastUpdateTime", Some(text(&time(now)))),
        ("metadata", (!artifact.metadata.is_empty()).then(|| map(metadata))),
        ("path", Some(text(&path))),
        ("revision", Some(text(revision))),
        ("size", size.map(|size| Node::new(size, manifest::Origin::NONE))),
        ("url", Some(text(""))),
    ];
    map(fields.into_iter().filter_map(|(key, value)| Some((key, value?))))
}
