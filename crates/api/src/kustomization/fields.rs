//! The fields of a Kustomization, as its CustomResourceDefinition has them.

use crate::source::SourceKind;
use crate::table::Shape::{Bool, Length, List, OneOf, Str, Struct, Texts};
use crate::table::{Field, INTERVAL, Preset, REFERENCE, Shape, optional, preset, required};

/// `spec`.
pub(crate) const FIELDS: &[Field] = &[
    optional("commonMetadata", Struct(COMMON_METADATA)),
    optional("dependsOn", List(&Struct(DEPENDENCY))),
    optional("decryption", Struct(DECRYPTION)),
    required("interval", INTERVAL, "say how often it is applied, e.g. `interval: 10m`"),
    optional("retryInterval", INTERVAL),
    optional("kubeConfig", Struct(KUBE_CONFIG)),
    optional("path", Str),
    optional("postBuild", Struct(POST_BUILD)),
    required("prune", Bool, PRUNE_HINT),
    optional("deletionPolicy", OneOf(DELETION_POLICIES)),
    optional("healthChecks", List(&Struct(HEALTH_CHECK))),
    optional("namePrefix", Length(1, 200)),
    optional("nameSuffix", Length(1, 200)),
    optional("patches", List(&Struct(PATCH))),
    optional("images", List(&Struct(IMAGE))),
    optional("serviceAccountName", Str),
    required("sourceRef", Struct(SOURCE_REF), SOURCE_HINT),
    optional("suspend", Bool),
    optional("targetNamespace", Length(1, 63)),
    optional("timeout", INTERVAL),
    preset("force", Bool, Preset::Bool(false)),
    optional("wait", Bool),
    optional("buildMetadata", List(&OneOf(&["originAnnotations", "transformerAnnotations"]))),
    optional("components", List(&Str)),
    optional("ignoreMissingComponents", Bool),
    optional("healthCheckExprs", List(&Struct(HEALTH_CHECK_EXPRESSION))),
    optional("ignore", List(&Struct(IGNORE_RULE))),
];

const PRUNE_HINT: &str = "write `prune: true` to delete from the cluster what is deleted from Git, or \
                          `prune: false` to keep it";
const SOURCE_HINT: &str =
    "say where its files are, e.g. `sourceRef: {kind: GitRepository, name: NAME}`";

const COMMON_METADATA: &[Field] = &[optional("annotations", Texts), optional("labels", Texts)];

const DEPENDENCY: &[Field] =
    &[required("name", Str, ""), optional("namespace", Str), optional("readyExpr", Str)];

const DECRYPTION: &[Field] = &[
    required("provider", OneOf(&["sops"]), ""),
    optional("serviceAccountName", Str),
    optional("secretRef", REFERENCE),
];

const KUBE_CONFIG: &[Field] = &[
    optional("configMapRef", REFERENCE),
    optional("secretRef", Struct(&[required("name", Str, ""), optional("key", Str)])),
];

const POST_BUILD: &[Field] = &[
    optional("substitute", Texts),
    optional("substituteFrom", List(&Struct(SUBSTITUTE_FROM))),
    optional("substituteStrategy", OneOf(&["WithVariables", "Always"])),
];

const SUBSTITUTE_FROM: &[Field] = &[
    required("kind", OneOf(&["Secret", "ConfigMap"]), ""),
    required("name", Length(1, 253), ""),
    preset("optional", Bool, Preset::Bool(false)),
];

const DELETION_POLICIES: &[&str] = &["MirrorPrune", "Delete", "WaitForTermination", "Orphan"];

const HEALTH_CHECK: &[Field] = &[
    optional("apiVersion", Str),
    required("kind", Str, ""),
    required("name", Str, ""),
    optional("namespace", Str),
];

const HEALTH_CHECK_EXPRESSION: &[Field] = &[
    required("apiVersion", Str, ""),
    optional("kind", Str),
    required("current", Str, ""),
    optional("inProgress", Str),
    optional("failed", Str),
];

const PATCH: &[Field] = &[required("patch", Str, ""), optional("target", SELECTOR)];

const SELECTOR: Shape = Struct(&[
    optional("group", Str),
    optional("version", Str),
    optional("kind", Str),
    optional("namespace", Str),
    optional("name", Str),
    optional("annotationSelector", Str),
    optional("labelSelector", Str),
]);

const IMAGE: &[Field] = &[
    required("name", Str, ""),
    optional("newName", Str),
    optional("newTag", Str),
    optional("digest", Str),
];

const SOURCE_REF: &[Field] = &[
    optional("apiVersion", Str),
    required("kind", OneOf(&SourceKind::WORDS), ""),
    required("name", Str, ""),
    optional("namespace", Str),
];

const IGNORE_RULE: &[Field] = &[required("paths", List(&Str), ""), optional("target", SELECTOR)];
