//! Everything that can wake the brain, and everything that it can want done.

use std::sync::Arc;

use api::{FluxKustomization, Source};
use apply::Done;
use client::Error;
use jiff::Timestamp;
use manifest::tree::Stamp;
use manifest::{Diagnostic, FileTree, Gvk, Node, Object, ObjectId, Text};
use plan::Change;
use render::Answers;
use schema::{KindInfo, Kinds};
use source::Latest;

use crate::{Key, What};

/// What can wake the brain.
pub(crate) enum Event {
    /// The server was asked which kinds it has. After an error it is asked again.
    Kinds(Result<Arc<Kinds>, Error>),
    /// All objects of a kind.
    Listed(Gvk, Vec<Object>),
    /// An object is new or another one.
    Applied(Gvk, Object),
    /// An object is gone.
    Deleted(Gvk, Object),
    /// A watch does not work; it goes on by itself.
    WatchFailed(Gvk, Error),
    /// Nobody here can fetch a source.
    Unserved(Source),
    /// What is known of a source now.
    Fetched(Source, Latest),
    /// A Kustomization was rendered.
    Rendered(Key, u64, Rendering),
    /// Changes were carried out.
    Wrote(Key, u64, Vec<Done>),
    /// Changes were not carried out: the inventory does not name what they would write.
    NotJournaled(Key, u64),
    /// An object of Flux's was patched.
    Patched(Target, Result<Object, Error>),
    /// What the Pods of an object say of why it is not healthy.
    Explained(Key, u64, ObjectId, Option<Text>),
    /// Whether the cluster serves a kind now, by its `apiVersion` and kind.
    Served(Text, Text, bool),
    /// The time of a [`Command::WakeAt`] has come.
    Tick,
}

/// What the brain can want done.
pub(crate) enum Command {
    /// Ask which kinds there are.
    Discover,
    /// Watch a kind.
    Watch(KindInfo),
    /// Stop watching a kind.
    Unwatch(Gvk),
    /// Find out who fetches a source, and follow it; instead of what was followed for it before.
    Follow(Source, Box<Object>),
    /// Stop following a source.
    Unfollow(Source),
    /// Render a Kustomization.
    Render(Key, u64, Box<Job>),
    /// Carry changes out. The Kustomization is as the server last answered: what its inventory does
    /// not name is not written.
    Write(Key, u64, Writing),
    /// Patch an object of Flux's.
    Patch(Target, Patching),
    /// Post a Kubernetes Event.
    Post(Object),
    /// Ask the Pods that a selector selects in a namespace why an object is not healthy.
    Explain(Key, u64, ObjectId, Text),
    /// Make the cluster serve a kind; whether its objects seem to live in namespaces.
    Serve(Text, Text, bool),
    /// Tell what happens.
    Tell(What),
    /// Wake the brain at this time; instead of the time before.
    WakeAt(Timestamp),
}

/// Changes that are carried out together.
pub(crate) struct Writing {
    pub(crate) kustomization: Object,
    pub(crate) kinds: Arc<Kinds>,
    /// A stage, or what is to be deleted.
    pub(crate) stage: &'static str,
    pub(crate) changes: Vec<Change>,
}

/// A merge patch.
pub(crate) struct Patching {
    pub(crate) kind: KindInfo,
    pub(crate) namespace: Text,
    pub(crate) name: Text,
    pub(crate) patch: Node,
    pub(crate) subresource: &'static str,
    pub(crate) manager: &'static str,
}

/// What is patched, and what for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Target {
    /// The status of a Kustomization.
    Status(Key),
    /// Its finalizers.
    Finalizers(Key),
    /// The status of a source.
    Source(Source),
}

/// What a rendering starts from.
pub(crate) struct Job {
    pub(crate) view: FluxKustomization,
    pub(crate) tree: Arc<FileTree>,
    pub(crate) source: Object,
    pub(crate) answers: Answers,
    pub(crate) mode: render::Mode,
    /// What came of it before, of other files and all else the same.
    pub(crate) before: Option<Rendering>,
}

/// What a rendering came to.
#[derive(Clone, Default)]
pub(crate) struct Rendering {
    pub(crate) objects: Arc<Vec<Object>>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Nothing is missing.
    pub(crate) is_complete: bool,
    /// Of the objects, secrets included: equal for equal objects.
    pub(crate) digest: Text,
    /// The files that it was made of, and what of them it depends on.
    pub(crate) files: Option<(Stamp, Arc<render::Reads>)>,
}
