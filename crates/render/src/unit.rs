//! One Kustomization rendered: built, decrypted, its variables replaced, its labels set.

use std::sync::Arc;

use api::FluxKustomization;
use kustomize::{LoadRestrictor, Memory, Options, Reorder};
use manifest::{Diagnostic, Map, Node, Object, Origin, Text, Value, Via};

use crate::artifact::Artifact;
use crate::documents::{is_kustomize_file, lack};
use crate::encrypted;
use crate::expand::{Expansion, expand};
use crate::generate::{self, Generated, describe};
use crate::need::{Answers, Need};
use crate::substitute::Mode;
use crate::variables::Variables;

/// What somebody applies to a cluster: a Kustomization of Flux's, or people by hand.
#[derive(Clone, Debug)]
pub struct Unit {
    /// The Kustomization; `None` for what is applied by hand.
    pub kustomization: Option<FluxKustomization>,
    /// Its objects, in the order of the build.
    pub objects: Vec<Object>,
    /// What is missing among them. While there is any, nothing may be concluded from what is not
    /// there, least of all that it is to be deleted.
    pub gaps: Vec<Gap>,
}

/// Objects that are missing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gap {
    /// What they would have been made from.
    pub origin: Origin,
    /// Why they are not there: a lowercase fragment.
    pub reason: Text,
}

impl Unit {
    /// Whether it goes to another cluster than the one where its Kustomization lives.
    pub fn is_elsewhere(&self) -> bool {
        self.kustomization.as_ref().is_some_and(|view| view.kube_config.is_some())
    }

    /// What applies it: `Kustomization flux-system/apps`.
    pub fn applied_by(&self) -> String {
        self.kustomization.as_ref().map_or("what is applied by hand".to_owned(), describe)
    }
}

/// The label or annotation that keeps an object from substitution.
const SUBSTITUTE: &str = "kustomize.toolkit.fluxcd.io/substitute";
const DISABLED: &str = "disabled";

/// The labels by which Flux knows its objects.
const OWNER_NAME: &str = "kustomize.toolkit.fluxcd.io/name";
const OWNER_NAMESPACE: &str = "kustomize.toolkit.fluxcd.io/namespace";

/// What building came to.
#[derive(Default)]
pub(crate) struct Built {
    pub(crate) objects: Vec<Object>,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) needs: Vec<Need>,
    pub(crate) reads: Vec<String>,
    /// A directory of which everything was looked at.
    pub(crate) listed: Option<String>,
}

/// A Kustomization to render.
pub(crate) struct Job<'a> {
    pub(crate) view: &'a FluxKustomization,
    pub(crate) artifact: &'a Artifact<'a>,
    pub(crate) answers: &'a Answers,
    pub(crate) mode: Mode,
    pub(crate) memory: &'a Memory,
}

impl Job<'_> {
    /// Renders it: build, substitution, owner labels, common metadata. Without `variables`, which are
    /// not known yet, it only finds out what else is wrong or missing.
    pub(crate) fn render(&self, variables: Option<&Variables>) -> Built {
        let mut built = Built::default();
        let Some(nodes) = self.build(&mut built) else {
            if built.gaps.is_empty() {
                built.fail(self.view.origin, "it could not be built");
            }
            return built;
        };
        let Some(variables) = variables else { return built };
        for node in nodes.iter().cloned() {
            self.add(node, variables, &mut built);
        }
        built
    }

    /// The objects of the build; `None` where something is wrong or missing.
    fn build(&self, built: &mut Built) -> Option<Arc<[Node]>> {
        let generated = match generate::generate(self.artifact, self.view, self.memory) {
            Ok(generated) => generated,
            Err(diagnostics) => {
                built.diagnostics.extend(diagnostics);
                return None;
            }
        };
        built.reads.extend(generated.reads.iter().cloned());
        built.listed = generated.is_made.then(|| generated.directory.clone());
        let Some(kustomization) = &generated.kustomization else {
            let shown = self.artifact.tree.display(&generated.directory);
            let cause = format!("{}: there is no YAML file in `{shown}`", describe(self.view));
            built.diagnostics.push(Diagnostic::warning(self.view.path.origin, cause));
            return Some(Arc::default());
        };
        let options = Options {
            load_restrictor: LoadRestrictor::None,
            reorder: Reorder::None,
            ..Options::default()
        };
        let (tree, directory) = (self.artifact.tree, generated.directory.as_str());
        let build = kustomize::build_as(tree, directory, kustomization, &options, self.memory);
        let left_out = generate::check_reads(self.artifact, self.view, &build.reads);
        let is_complete = left_out.is_empty();
        let context = |diagnostic| self.explain(diagnostic, &generated);
        built.diagnostics.extend(build.diagnostics.into_iter().chain(left_out).map(context));
        built.reads.extend(build.reads.iter().cloned());
        for need in build.needs.into_iter().map(Need::from) {
            match self.answers.unknown_reason(&need) {
                Some(reason) => {
                    built.fail(self.view.origin, ecow::eco_format!("{need}: {reason}"));
                }
                None => built.needs.push(need),
            }
        }
        build.nodes.filter(|_| is_complete)
    }

    fn explain(&self, diagnostic: Diagnostic, generated: &Generated) -> Diagnostic {
        let about = describe(self.view);
        if generated.is_made && diagnostic.is_error() {
            let shown = self.artifact.tree.display(&generated.directory);
            let what = format!(
                "{about} applies every YAML file in `{shown}`: it has no kustomization.yaml"
            );
            return diagnostic.related(self.view.path.origin, what);
        }
        diagnostic.related(self.view.path.origin, format!("built for {about}"))
    }

    fn add(&self, node: Node, variables: &Variables, built: &mut Built) {
        // Flux leaves those out silently.
        if is_kustomize_file(&node) {
            return;
        }
        let object = match Object::new(node) {
            Ok(object) => object,
            Err(why) => {
                let cause = format!("this is no Kubernetes object: it {}", lack(&why));
                built.diagnostics.push(Diagnostic::error(why.origin, cause));
                return built.fail(why.origin, "it is no object");
            }
        };
        let about = object.id().to_string();
        let node = encrypted::decrypt(object, self.view).map_err(|diagnostic| vec![diagnostic]);
        let node = match node.and_then(|node| self.substitute(node, &about, variables)) {
            Ok(node) => node,
            Err(diagnostics) => {
                built.diagnostics.extend(diagnostics);
                return built.fail(self.view.origin, ecow::eco_format!("{about}: it was refused"));
            }
        };
        let origin = node.origin;
        if let Some(reason) = unknown_identity(&node) {
            return built.fail(origin, ecow::eco_format!("{about}: {reason}"));
        }
        match Object::new(node) {
            Ok(mut object) => {
                self.set_metadata(object.root_mut());
                built.objects.push(object);
            }
            Err(why) => {
                let cause = format!("{about}: with its variables replaced, it {}", lack(&why));
                built.diagnostics.push(Diagnostic::error(origin, cause));
                built.fail(origin, ecow::eco_format!("{about}: it is no object any more"));
            }
        }
    }

    fn substitute(
        &self,
        node: Node,
        about: &str,
        variables: &Variables,
    ) -> Result<Node, Vec<Diagnostic>> {
        let always = match &self.view.post_build {
            None => return Ok(node),
            Some(post_build) => post_build.always,
        };
        let says_no = |field| node.str_at(&["metadata", field, SUBSTITUTE]) == Some(DISABLED);
        let is_disabled = says_no("labels") || says_no("annotations");
        if is_disabled || (variables.is_empty() && !always) {
            return Ok(node);
        }
        let by = describe(self.view);
        let how = Expansion { about, by: (&by, self.view.origin), variables, mode: self.mode };
        Ok(expand(&node, &how)?.unwrap_or(node))
    }

    /// Owner labels, then the common metadata, which wins.
    fn set_metadata(&self, root: &mut Node) {
        let origin = self.view.origin.via(Via::Kustomization);
        let mut labels = Map::new();
        labels.set(OWNER_NAME, Node::string(self.view.name.clone(), origin));
        labels.set(OWNER_NAMESPACE, Node::string(self.view.namespace.clone(), origin));
        let fields = [
            ("labels", &labels),
            ("labels", &self.view.common_labels),
            ("annotations", &self.view.common_annotations),
        ];
        for (field, entries) in fields.into_iter().filter(|(_, entries)| !entries.is_empty()) {
            let metadata = root.as_map_mut().and_then(|map| map.get_mut("metadata"));
            let Some(there) = metadata.and_then(|node| node.map_entry(field, origin)) else {
                continue;
            };
            for (key, node) in entries.iter() {
                let origin = node.origin.via(Via::Kustomization);
                there.set(key.clone(), Node { value: node.value.clone(), origin });
            }
        }
    }
}

impl Built {
    fn fail(&mut self, origin: Origin, reason: impl Into<Text>) {
        self.gaps.push(Gap { origin, reason: reason.into() });
    }
}

/// Why it is not known which object this is.
fn unknown_identity(root: &Node) -> Option<&Text> {
    const FIELDS: [&[&str]; 6] = [
        &[],
        &["apiVersion"],
        &["kind"],
        &["metadata"],
        &["metadata", "name"],
        &["metadata", "namespace"],
    ];
    FIELDS.iter().find_map(|path| match &root.at(path)?.value {
        Value::Unknown(reason) => Some(reason),
        _ => None,
    })
}
