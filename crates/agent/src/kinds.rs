//! Kinds: which there are, what their objects look like, and which are watched.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use client::Error;
use manifest::{Gvk, Node, Object, ObjectId, Text};
use schema::{KindInfo, Kinds, Types};

use crate::What;
use crate::brain::Brain;
use crate::cache::gvk_of;
use crate::event::Command;
use crate::kustomization::{Kustomization, Phase};

/// What an agent watches whatever anybody applies: group, version and kind, where they are served.
const OWN: [(&str, &str, &str); 8] = [
    ("apiextensions.k8s.io", "v1", "CustomResourceDefinition"),
    ("", "v1", "ConfigMap"),
    ("", "v1", "Secret"),
    ("source.toolkit.fluxcd.io", "v1", "GitRepository"),
    ("source.toolkit.fluxcd.io", "v1", "OCIRepository"),
    ("source.toolkit.fluxcd.io", "v1", "Bucket"),
    ("source.toolkit.fluxcd.io", "v1", "ExternalArtifact"),
    (KUSTOMIZE, "v1", "Kustomization"),
];

/// The group of Kustomizations.
pub(crate) const KUSTOMIZE: &str = "kustomize.toolkit.fluxcd.io";

/// The group and kind of what Flux has and nobody acts on yet.
const PASSIVE: [(&str, &str); 10] = [
    ("helm.toolkit.fluxcd.io", "HelmRelease"),
    ("source.toolkit.fluxcd.io", "HelmRepository"),
    ("source.toolkit.fluxcd.io", "HelmChart"),
    ("image.toolkit.fluxcd.io", "ImageRepository"),
    ("image.toolkit.fluxcd.io", "ImagePolicy"),
    ("image.toolkit.fluxcd.io", "ImageUpdateAutomation"),
    ("notification.toolkit.fluxcd.io", "Alert"),
    ("notification.toolkit.fluxcd.io", "Provider"),
    ("notification.toolkit.fluxcd.io", "Receiver"),
    ("source.extensions.fluxcd.io", "ArtifactGenerator"),
];

/// The definitions of custom kinds, and the types that they make.
#[derive(Default)]
pub(crate) struct Definitions {
    objects: BTreeMap<(Text, Text), Object>,
    /// The definitions that [`Definitions::types`] has taken in.
    typed: BTreeSet<(Text, Text)>,
    types: Arc<Types>,
    /// Kinds that nobody wants to serve.
    refused: BTreeSet<(Text, Text)>,
    /// Kinds that somebody was asked to serve.
    asked: BTreeSet<(Text, Text)>,
    /// The server is being asked for its kinds.
    is_discovering: bool,
    /// Something has changed since it was asked.
    is_stale: bool,
}

/// Group and kind that a definition defines.
fn defines(definition: &Object) -> Option<(Text, Text)> {
    let spec = definition.root().get("spec")?;
    Some((spec.str_at(&["group"])?.into(), spec.str_at(&["names", "kind"])?.into()))
}

/// Whether nobody acts on an object of a kind.
pub(crate) fn is_passive(id: &ObjectId) -> bool {
    PASSIVE.contains(&(id.group.as_str(), id.kind.as_str()))
}

impl Definitions {
    /// The types of these kinds, among others. They are made from definitions when somebody needs
    /// them, because most definitions are of kinds that nobody uses.
    pub(crate) fn types<'a>(&mut self, kinds: impl Iterator<Item = &'a Gvk>) -> Arc<Types> {
        for kind in kinds {
            let key = (kind.group.clone(), kind.kind.clone());
            let Some(definition) = self.objects.get(&key) else { continue };
            if self.typed.insert(key) {
                let types = std::mem::take(&mut self.types);
                self.types = Arc::new(Arc::unwrap_or_clone(types).with_crd(definition));
            }
        }
        Arc::clone(&self.types)
    }
}

impl Brain {
    /// Asks the server for its kinds, once at a time.
    pub(crate) fn discover(&mut self) {
        if self.definitions.is_discovering {
            self.definitions.is_stale = true;
            return;
        }
        self.definitions.is_discovering = true;
        self.commands.push(Command::Discover);
    }

    pub(crate) fn take_kinds(&mut self, answer: Result<Arc<Kinds>, Error>) {
        let kinds = match answer {
            Ok(kinds) => kinds,
            Err(error) => {
                let reason =
                    ecow::eco_format!("the kinds of the cluster cannot be listed: {error}");
                return self.tell(What::Trouble { reason });
            }
        };
        self.definitions.is_discovering = false;
        self.kinds = kinds;
        for (group, version, kind) in OWN {
            let infos = self.kinds.versions(group, kind);
            let found = infos.iter().find(|info| info.version == version).or(infos.first());
            if let Some(info) = found.cloned() {
                self.watch(&info);
            }
        }
        if self.kinds.versions(KUSTOMIZE, "Kustomization").is_empty() {
            let reason = "the cluster serves no Kustomizations: install the \
                CustomResourceDefinitions of Flux";
            self.tell(What::Trouble { reason: reason.into() });
        }
        if std::mem::take(&mut self.definitions.is_stale) {
            self.discover();
        }
        self.kinds_changed();
    }

    /// Who waits for kinds goes on; who has failed for want of one tries again.
    pub(crate) fn kinds_changed(&mut self) {
        self.wake_all(Kustomization::looks_at_kinds);
        self.look_all(|it| matches!(it.phase, Phase::Failed(_)) && it.round.lacks_kinds);
    }

    /// Whether all that an agent watches in any case is listed.
    pub(crate) fn has_all_of_flux(&self) -> bool {
        let is_listed = |(group, _, kind): &(&str, &str, &str)| {
            let infos = self.kinds.versions(group, kind);
            infos.is_empty() || infos.iter().any(|info| self.cache.is_listed(&gvk_of(info)))
        };
        !self.kinds.versions(KUSTOMIZE, "Kustomization").is_empty() && OWN.iter().all(is_listed)
    }

    pub(crate) fn take_definition(&mut self, definition: &Object, is_there: bool) {
        let Some(key) = defines(definition) else { return };
        self.definitions.typed.remove(&key);
        if !is_there {
            self.definitions.objects.remove(&key);
            let watched: Vec<Gvk> =
                self.kinds.versions(&key.0, &key.1).iter().map(gvk_of).collect();
            for kind in watched {
                if self.cache.remove(&kind) {
                    self.commands.push(Command::Unwatch(kind));
                }
            }
            return self.discover();
        }
        self.definitions.refused.retain(|(api_version, kind)| {
            api_version.split('/').next() != Some(key.0.as_str()) || *kind != key.1
        });
        let is_ready = schema::health::health(definition).status == schema::health::Status::Current;
        let known = self.kinds.versions(&key.0, &key.1);
        let is_known =
            served_versions(definition).all(|it| known.iter().any(|info| info.version == it));
        self.definitions.objects.insert(key, definition.clone());
        if is_ready && !is_known {
            self.discover();
        }
    }

    pub(crate) fn take_failed_watch(&mut self, kind: &Gvk, error: &Error) {
        if error.is_not_found() {
            // The kind is gone.
            if self.cache.remove(kind) {
                self.commands.push(Command::Unwatch(kind.clone()));
                self.discover();
            }
            return;
        }
        let reason = ecow::eco_format!("{kind:?} cannot be watched: {error}");
        self.tell(What::Trouble { reason });
    }

    /// Somebody should make the cluster serve a kind. `false` where that was refused before.
    pub(crate) fn ask_to_serve(&mut self, object: &Object) -> bool {
        let key = (Text::from(object.api_version()), Text::from(object.kind()));
        if !self.can_serve || self.definitions.refused.contains(&key) {
            return false;
        }
        if self.definitions.asked.insert(key.clone()) {
            let is_namespaced = !object.namespace().is_empty();
            self.commands.push(Command::Serve(key.0, key.1, is_namespaced));
        }
        true
    }

    pub(crate) fn take_served(&mut self, api_version: &Text, kind: &Text, is_served: bool) {
        let key = (api_version.clone(), kind.clone());
        self.definitions.asked.remove(&key);
        if is_served {
            let (api_version, kind) = key;
            self.tell(What::NotRun { api_version, kind });
            return self.discover();
        }
        self.definitions.refused.insert(key);
        self.kinds_changed();
    }

    /// Sees to it that a kind is watched; `false` while not all of its objects are known.
    pub(crate) fn sees(&mut self, info: &KindInfo) -> bool {
        self.watch(info);
        self.cache.is_listed(&gvk_of(info))
    }

    /// Whether somebody else may yet define a kind.
    pub(crate) fn may_be_defined_soon(&self) -> bool {
        self.definitions.is_discovering
            || self.kustomizations.values().any(|it| it.phase.may_define())
    }
}

impl Kustomization {
    /// Whether it waits for kinds.
    fn looks_at_kinds(&self) -> bool {
        matches!(self.phase, Phase::Looking | Phase::Deleting(_))
    }
}

fn served_versions(definition: &Object) -> impl Iterator<Item = &str> {
    let versions = definition.root().at(&["spec", "versions"]).and_then(Node::as_list);
    versions.unwrap_or_default().iter().filter_map(|version| {
        let is_served = version.get("served").and_then(Node::as_bool).unwrap_or(true);
        version.str_at(&["name"]).filter(|_| is_served)
    })
}
