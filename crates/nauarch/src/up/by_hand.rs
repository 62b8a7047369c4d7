//! Applying a cluster's own file, as a person would with kubectl: once at the start, and again where
//! a new revision changes it.

use std::collections::BTreeMap;

use client::{Apply, Client, Delete, Error};
use manifest::{Diagnostic, Map, Node, Object, ObjectId, Origin, Text};
use schema::{KindInfo, Kinds, Scope};

/// kubectl's own name for server-side apply: Flux takes over from it.
const MANAGER: &str = "kubectl";

/// What makes a Kustomization the owner of an object.
const OWNER: &str = "kustomize.toolkit.fluxcd.io/name";

/// What was applied to a cluster so far.
pub(crate) struct ByHand {
    client: Client,
    /// Makes the cluster keep objects of a kind that nobody has defined.
    unknown_kind: agent::UnknownKind,
    applied: BTreeMap<ObjectId, Object>,
    /// Kinds that had to be made known so, since somebody asked last.
    pub(crate) undefined: Vec<(Text, Text)>,
}

impl ByHand {
    /// Nothing so far.
    pub(crate) fn new(client: Client, unknown_kind: agent::UnknownKind) -> ByHand {
        ByHand { client, unknown_kind, applied: BTreeMap::new(), undefined: Vec::new() }
    }

    /// Applies `objects`: first definitions and namespaces, also those that are only named; then the
    /// rest. What was applied before and is not among them any more is deleted. What a Kustomization
    /// owns by now is left to it. One refusal does not hold up the others.
    pub(crate) async fn apply(&mut self, objects: &[Object]) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        let (first, rest): (Vec<&Object>, Vec<&Object>) =
            objects.iter().partition(|object| is_first(object));
        let mut namespaces: Vec<Object> = Vec::new();
        for name in objects.iter().map(Object::namespace).filter(|name| !name.is_empty()) {
            let is_there = |object: &&Object| object.kind() == "Namespace" && object.name() == name;
            if !first.iter().any(is_there) && !namespaces.iter().any(|made| made.name() == name) {
                namespaces.extend(namespace(name));
            }
        }
        for object in namespaces.iter().chain(first) {
            self.one(object, &mut findings).await;
        }
        // Definitions are among them.
        if let Err(error) = self.client.refresh_kinds().await {
            findings.push(failed("the kinds of the cluster", &error, Origin::NONE));
            return findings;
        }
        for object in rest {
            self.one(object, &mut findings).await;
        }
        self.delete_missing(objects, &mut findings).await;
        findings
    }

    async fn one(&mut self, object: &Object, findings: &mut Vec<Diagnostic>) {
        let result = self.try_one(object).await;
        if let Err(error) = result {
            findings.push(failed(&object.id().to_string(), &error, object.origin()));
        }
    }

    /// What the cluster says of an object's kind; a kind that it does not know it is told of.
    async fn kind(&mut self, object: &Object) -> Result<KindInfo, Error> {
        let (api_version, kind) = (object.api_version(), object.kind());
        match self.client.kind(api_version, kind).await {
            Err(Error::NotServed { .. })
                if (self.unknown_kind)(api_version, kind, !object.namespace().is_empty()) =>
            {
                self.undefined.push((api_version.into(), kind.into()));
                self.client.refresh_kinds().await?;
                self.client.kind(api_version, kind).await
            }
            found => found,
        }
    }

    async fn try_one(&mut self, object: &Object) -> Result<(), Error> {
        let info = self.kind(object).await?;
        let client = &self.client;
        let mut object = object.clone();
        if info.scope == Scope::Namespaced && object.namespace().is_empty() {
            let metadata = object.root_mut().map_entry("metadata", Origin::NONE);
            if let Some(metadata) = metadata {
                metadata.set("namespace", Node::string("default", Origin::NONE));
            }
        }
        let id = object.id();
        let was = self.applied.insert(id.clone(), object.clone());
        if was.as_ref().is_some_and(|was| *was == object) {
            return Ok(());
        }
        if was.is_some() {
            let live = client.get(&info, object.namespace(), object.name()).await?;
            if live.is_some_and(|live| live.label(OWNER).is_some()) {
                return Ok(());
            }
        }
        let how = Apply { manager: MANAGER, force: true, dry_run: false, subresource: "" };
        let applied = client.apply(&info, &object, &how).await;
        if applied.is_err() {
            self.applied.remove(&id);
        }
        applied.map(drop)
    }

    async fn delete_missing(&mut self, objects: &[Object], findings: &mut Vec<Diagnostic>) {
        let kinds = self.client.kinds().await.unwrap_or_default();
        let there: Vec<ObjectId> = objects.iter().map(|object| id(&kinds, object)).collect();
        let gone: Vec<ObjectId> = self
            .applied
            .iter()
            .filter(|(_, object)| object.origin().is_some())
            .filter(|(id, _)| !there.contains(id))
            .map(|(id, _)| id.clone())
            .collect();
        for id in gone {
            let Some(object) = self.applied.remove(&id) else { continue };
            if let Err(error) = delete(&self.client, &object).await {
                findings.push(failed(&id.to_string(), &error, object.origin()));
            }
        }
    }
}

async fn delete(client: &Client, object: &Object) -> Result<(), Error> {
    let info = client.kind(object.api_version(), object.kind()).await?;
    let live = client.get(&info, object.namespace(), object.name()).await?;
    if live.is_none_or(|live| live.label(OWNER).is_some()) {
        return Ok(());
    }
    client.delete(&info, object.namespace(), object.name(), &Delete::default()).await.map(drop)
}

/// The id with the namespace that an object without one gets.
fn id(kinds: &Kinds, object: &Object) -> ObjectId {
    let mut id = kinds.object_id(object);
    let scope = kinds.scope(object.api_version(), object.kind());
    if scope == Some(Scope::Namespaced) && id.namespace.is_empty() {
        id.namespace = "default".into();
    }
    id
}

/// What others stand on.
fn is_first(object: &Object) -> bool {
    matches!(object.kind(), "Namespace" | "CustomResourceDefinition")
}

fn namespace(name: &str) -> Option<Object> {
    let text = |text: &str| Node::string(text, Origin::NONE);
    let mut metadata = Map::new();
    metadata.set("name", text(name));
    let mut root = Map::new();
    root.set("apiVersion", text("v1"));
    root.set("kind", text("Namespace"));
    root.set("metadata", Node::new(metadata, Origin::NONE));
    Object::new(Node::new(root, Origin::NONE)).ok()
}

fn failed(what: &str, error: &Error, origin: Origin) -> Diagnostic {
    let cause = format!("{what} cannot be applied: {}", crate::failure::chain(error));
    Diagnostic::error(origin, cause)
        .help("correct the object; it is applied again when the file changes")
}
