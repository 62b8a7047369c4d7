//! Flux's Kustomization: what to build from a source, how to change it, and when it is healthy.
//!
//! Fields and rules are those of kustomize-controller 1.10 (`api/v1/kustomization_types.go`).

mod fields;

use std::time::Duration;

use manifest::{Diagnostic, Map, Node, Object, Origin, Text};

use crate::read::{At, Read, Spec, namespace, text, text_or_empty, texts};
use crate::source::SourceRef;
use crate::table::describe;
pub(crate) use fields::FIELDS;

/// The API group.
const GROUP: &str = "kustomize.toolkit.fluxcd.io/";

/// A Kustomization of Flux's.
#[derive(Clone, Debug)]
pub struct FluxKustomization {
    /// Where the object begins.
    pub origin: Origin,
    /// Its namespace; `default` where it names none.
    pub namespace: Text,
    /// Its name.
    pub name: Text,
    /// The directory in the source; empty for its root.
    pub path: At<Text>,
    /// Where its files are; `None` where that was refused.
    pub source: Option<SourceRef>,
    /// Set on all objects, instead of the kustomization file's `namespace`.
    pub target_namespace: Option<At<Text>>,
    /// Instead of the kustomization file's `namePrefix`.
    pub name_prefix: Option<At<Text>>,
    /// Instead of the kustomization file's `nameSuffix`.
    pub name_suffix: Option<At<Text>>,
    /// Labels that all objects get.
    pub common_labels: Map,
    /// Annotations that all objects get.
    pub common_annotations: Map,
    /// `{patch, target}`, as kustomization files have them; added to theirs.
    pub patches: Vec<Node>,
    /// `{name, newName, newTag, digest}`, as kustomization files have them; merged with theirs.
    pub images: Vec<Node>,
    /// Directories of components, seen from `path`; added to the kustomization file's.
    pub components: Vec<At<Text>>,
    /// A component that is not there is left out.
    pub ignore_missing_components: bool,
    /// Instead of the kustomization file's `buildMetadata`, unless empty.
    pub build_metadata: Vec<Node>,
    /// What happens to the built text; nothing without it.
    pub post_build: Option<PostBuild>,
    /// What must be ready first.
    pub depends_on: Vec<Dependency>,
    /// Whether what is gone from the source is deleted from the cluster.
    pub prune: bool,
    /// Whether all objects must be healthy, whatever `health_checks` says.
    pub wait: bool,
    /// The objects that must be healthy.
    pub health_checks: Vec<HealthCheck>,
    /// Expressions for the health of custom resources, as written.
    pub health_check_expressions: Vec<Node>,
    /// How often it is applied; `None` where that was refused.
    pub interval: Option<Duration>,
    /// How soon it is tried again; `None` for `interval`.
    pub retry_interval: Option<Duration>,
    /// As written; see [`FluxKustomization::timeout`].
    pub written_timeout: Option<Duration>,
    /// Whether it rests.
    pub suspend: bool,
    /// Whether objects with changed immutable fields are replaced.
    pub force: bool,
    /// How encrypted files are decrypted.
    pub decryption: Option<Decryption>,
    /// What happens to its objects when it goes.
    pub deletion_policy: DeletionPolicy,
    /// On whose behalf it acts.
    pub service_account_name: Option<At<Text>>,
    /// The other cluster that its objects go to; `None` for its own.
    pub kube_config: Option<KubeConfig>,
}

/// Variables to replace in what was built.
#[derive(Clone, Debug, Default)]
pub struct PostBuild {
    /// Names and values. They win over `substitute_from`.
    pub substitute: Map,
    /// Objects whose keys are variables; later ones win.
    pub substitute_from: Vec<SubstituteFrom>,
    /// Whether expressions are replaced even where there is no variable at all.
    pub always: bool,
}

/// A ConfigMap or Secret with variables, in the namespace of the Kustomization.
#[derive(Clone, Debug)]
pub struct SubstituteFrom {
    /// Where it is named.
    pub origin: Origin,
    /// `ConfigMap` or `Secret`.
    pub kind: Text,
    /// Its name.
    pub name: Text,
    /// Whether it may be missing.
    pub optional: bool,
}

/// Another Kustomization that must be ready first.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// Where it is named.
    pub origin: Origin,
    /// Its namespace.
    pub namespace: Text,
    /// Its name.
    pub name: Text,
    /// The expression that says when it is ready; `None` for its Ready condition.
    pub ready_expression: Option<At<Text>>,
}

/// An object that must be healthy.
#[derive(Clone, Debug)]
pub struct HealthCheck {
    /// Where it is named.
    pub origin: Origin,
    /// Its API version; may be empty.
    pub api_version: Text,
    /// Its kind.
    pub kind: Text,
    /// Its namespace; may be empty.
    pub namespace: Text,
    /// Its name.
    pub name: Text,
}

/// How encrypted files are decrypted.
#[derive(Clone, Debug)]
pub struct Decryption {
    /// Where it stands.
    pub origin: Origin,
    /// `sops`.
    pub provider: Text,
    /// The Secret with the keys.
    pub secret: Option<At<Text>>,
    /// Who asks the cloud's key service.
    pub service_account_name: Option<At<Text>>,
}

/// What happens to the objects of a Kustomization that is deleted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum DeletionPolicy {
    /// Deleted if `prune`, else kept.
    #[default]
    MirrorPrune,
    /// Deleted.
    Delete,
    /// Deleted, and waited for.
    WaitForTermination,
    /// Kept.
    Orphan,
}

/// Where the way to another cluster is written.
#[derive(Clone, Debug)]
pub enum KubeConfig {
    /// A kubeconfig in a Secret.
    Secret {
        /// The Secret's name.
        name: At<Text>,
        /// Its key; `None` for `value` or `value.yaml`.
        key: Option<At<Text>>,
    },
    /// A cluster of a cloud, described by a ConfigMap.
    ConfigMap {
        /// The ConfigMap's name.
        name: At<Text>,
    },
}

impl FluxKustomization {
    /// Whether an object is one, in whatever version.
    pub fn is(object: &Object) -> bool {
        object.kind() == "Kustomization" && object.api_version().starts_with(GROUP)
    }

    /// Reads one.
    pub fn read(object: &Object) -> Read<FluxKustomization> {
        let mut spec = Spec::of(object, GROUP, FIELDS);
        let kube_config = read_kube_config(object, &mut spec);
        let namespace = namespace(object);
        let common = |key: &str| texts(spec.get("commonMetadata").and_then(|node| node.get(key)));
        let value = FluxKustomization {
            origin: object.origin(),
            name: object.name().into(),
            path: spec.text("path").unwrap_or(At { value: Text::new(), origin: object.origin() }),
            source: spec.get("sourceRef").and_then(|node| SourceRef::read(node, &namespace)),
            target_namespace: spec.text("targetNamespace"),
            name_prefix: spec.text("namePrefix"),
            name_suffix: spec.text("nameSuffix"),
            common_labels: common("labels"),
            common_annotations: common("annotations"),
            patches: maps(spec.list("patches")),
            images: maps(spec.list("images")),
            components: spec.list("components").iter().filter_map(item_text).collect(),
            ignore_missing_components: spec.flag("ignoreMissingComponents"),
            build_metadata: spec.list("buildMetadata").to_vec(),
            post_build: spec.get("postBuild").map(read_post_build),
            depends_on: depends_on(spec.list("dependsOn"), &namespace),
            prune: spec.flag("prune"),
            wait: spec.flag("wait"),
            health_checks: spec.list("healthChecks").iter().filter_map(health_check).collect(),
            health_check_expressions: spec.list("healthCheckExprs").to_vec(),
            interval: spec.duration("interval"),
            retry_interval: spec.duration("retryInterval"),
            written_timeout: spec.duration("timeout"),
            suspend: spec.flag("suspend"),
            force: spec.flag("force"),
            decryption: spec.get("decryption").map(decryption),
            deletion_policy: deletion_policy(spec.get("deletionPolicy").and_then(Node::as_str)),
            service_account_name: spec.text("serviceAccountName"),
            kube_config,
            namespace,
        };
        Read { value, diagnostics: spec.diagnostics, unknowns: spec.unknowns }
    }

    /// How long one round may take: `timeout`, or `interval` less 30 seconds; 30 seconds at least.
    pub fn timeout(&self) -> Duration {
        const LEAST: Duration = Duration::from_secs(30);
        let interval = self.interval.unwrap_or_default();
        self.written_timeout.unwrap_or(interval.saturating_sub(LEAST)).max(LEAST)
    }
}

fn maps(list: &[Node]) -> Vec<Node> {
    list.iter().filter(|node| node.as_map().is_some()).cloned().collect()
}

fn item_text(node: &Node) -> Option<At<Text>> {
    Some(At { value: node.as_str()?.into(), origin: node.origin })
}

fn read_post_build(node: &Node) -> PostBuild {
    let from = node.get("substituteFrom").and_then(Node::as_list).unwrap_or_default();
    let substitute_from = |node: &Node| {
        Some(SubstituteFrom {
            origin: node.origin,
            kind: text(node, "kind")?.value,
            name: text(node, "name")?.value,
            optional: node.get("optional").and_then(Node::as_bool).unwrap_or_default(),
        })
    };
    PostBuild {
        substitute: texts(node.get("substitute")),
        substitute_from: from.iter().filter_map(substitute_from).collect(),
        always: node.str_at(&["substituteStrategy"]) == Some("Always"),
    }
}

fn depends_on(list: &[Node], namespace: &Text) -> Vec<Dependency> {
    let dependency = |node: &Node| {
        let written = text_or_empty(node, "namespace");
        Some(Dependency {
            origin: node.origin,
            namespace: if written.is_empty() { namespace.clone() } else { written },
            name: text(node, "name")?.value,
            ready_expression: text(node, "readyExpr").filter(|at| !at.value.is_empty()),
        })
    };
    list.iter().filter_map(dependency).collect()
}

fn health_check(node: &Node) -> Option<HealthCheck> {
    Some(HealthCheck {
        origin: node.origin,
        api_version: text_or_empty(node, "apiVersion"),
        kind: text(node, "kind")?.value,
        namespace: text_or_empty(node, "namespace"),
        name: text(node, "name")?.value,
    })
}

fn decryption(node: &Node) -> Decryption {
    Decryption {
        origin: node.origin,
        provider: text_or_empty(node, "provider"),
        secret: node.get("secretRef").and_then(|node| text(node, "name")),
        service_account_name: text(node, "serviceAccountName"),
    }
}

fn deletion_policy(written: Option<&str>) -> DeletionPolicy {
    match written {
        Some("Delete") => DeletionPolicy::Delete,
        Some("WaitForTermination") => DeletionPolicy::WaitForTermination,
        Some("Orphan") => DeletionPolicy::Orphan,
        _ => DeletionPolicy::MirrorPrune,
    }
}

fn read_kube_config(object: &Object, spec: &mut Spec<'_>) -> Option<KubeConfig> {
    let node = spec.get("kubeConfig")?;
    let reference = |key: &str| node.get(key).filter(|node| !node.is_null());
    match (reference("secretRef"), reference("configMapRef")) {
        (Some(secret), None) => {
            Some(KubeConfig::Secret { name: text(secret, "name")?, key: text(secret, "key") })
        }
        (None, Some(config_map)) => Some(KubeConfig::ConfigMap { name: text(config_map, "name")? }),
        _ => {
            let about = describe(object);
            let cause = format!(
                "{about}: `spec.kubeConfig` takes one of `secretRef` and `configMapRef`, no more, \
                 no less"
            );
            spec.diagnostics.push(Diagnostic::error(node.origin, cause));
            None
        }
    }
}

#[cfg(test)]
mod tests;
