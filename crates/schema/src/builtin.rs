//! The kinds that Kubernetes 1.36 has built in, as its discovery tells them.

use std::sync::LazyLock;

use crate::kinds::{KindInfo, Scope};
use Scope::{Cluster, Namespaced};

/// All a kind can have done to it.
const ALL: &[&str] =
    &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
/// The same, except that they are not deleted together.
const ONE_BY_ONE: &[&str] = &["create", "delete", "get", "list", "patch", "update", "watch"];
/// A question that is asked by creating it.
const CREATE: &[&str] = &["create"];
/// Something that is only looked at.
const READ: &[&str] = &["get", "list"];

/// What one line of the table says.
struct Row {
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    plural: &'static str,
    scope: Scope,
    short_names: &'static [&'static str],
    categories: &'static [&'static str],
    verbs: &'static [&'static str],
}

#[expect(clippy::too_many_arguments, reason = "the columns of the table below")]
const fn row(
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    plural: &'static str,
    scope: Scope,
    short_names: &'static [&'static str],
    categories: &'static [&'static str],
    verbs: &'static [&'static str],
) -> Row {
    Row { group, version, kind, plural, scope, short_names, categories, verbs }
}

/// By group and kind; of the versions of one kind, the one that the server prefers is first.
#[rustfmt::skip]
static ROWS: &[Row] = &[
    row("", "v1", "Binding", "bindings", Namespaced, &[], &[], CREATE),
    row("", "v1", "ComponentStatus", "componentstatuses", Cluster, &["cs"], &[], READ),
    row("", "v1", "ConfigMap", "configmaps", Namespaced, &["cm"], &[], ALL),
    row("", "v1", "Endpoints", "endpoints", Namespaced, &["ep"], &[], ALL),
    row("", "v1", "Event", "events", Namespaced, &["ev"], &[], ALL),
    row("", "v1", "LimitRange", "limitranges", Namespaced, &["limits"], &[], ALL),
    row("", "v1", "Namespace", "namespaces", Cluster, &["ns"], &[], ONE_BY_ONE),
    row("", "v1", "Node", "nodes", Cluster, &["no"], &[], ALL),
    row("", "v1", "PersistentVolume", "persistentvolumes", Cluster, &["pv"], &[], ALL),
    row("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", Namespaced, &["pvc"], &[], ALL),
    row("", "v1", "Pod", "pods", Namespaced, &["po"], &["all"], ALL),
    row("", "v1", "PodTemplate", "podtemplates", Namespaced, &[], &[], ALL),
    row("", "v1", "ReplicationController", "replicationcontrollers", Namespaced, &["rc"], &["all"], ALL),
    row("", "v1", "ResourceQuota", "resourcequotas", Namespaced, &["quota"], &[], ALL),
    row("", "v1", "Secret", "secrets", Namespaced, &[], &[], ALL),
    row("", "v1", "Service", "services", Namespaced, &["svc"], &["all"], ALL),
    row("", "v1", "ServiceAccount", "serviceaccounts", Namespaced, &["sa"], &[], ALL),
    row("admissionregistration.k8s.io", "v1", "MutatingAdmissionPolicy", "mutatingadmissionpolicies", Cluster, &[], &["api-extensions"], ALL),
    row("admissionregistration.k8s.io", "v1", "MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings", Cluster, &[], &["api-extensions"], ALL),
    row("admissionregistration.k8s.io", "v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", Cluster, &[], &["api-extensions"], ALL),
    row("admissionregistration.k8s.io", "v1", "ValidatingAdmissionPolicy", "validatingadmissionpolicies", Cluster, &[], &["api-extensions"], ALL),
    row("admissionregistration.k8s.io", "v1", "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", Cluster, &[], &["api-extensions"], ALL),
    row("admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", Cluster, &[], &["api-extensions"], ALL),
    row("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", Cluster, &["crd", "crds"], &["api-extensions"], ALL),
    row("apiregistration.k8s.io", "v1", "APIService", "apiservices", Cluster, &[], &["api-extensions"], ALL),
    row("apps", "v1", "ControllerRevision", "controllerrevisions", Namespaced, &[], &[], ALL),
    row("apps", "v1", "DaemonSet", "daemonsets", Namespaced, &["ds"], &["all"], ALL),
    row("apps", "v1", "Deployment", "deployments", Namespaced, &["deploy"], &["all"], ALL),
    row("apps", "v1", "ReplicaSet", "replicasets", Namespaced, &["rs"], &["all"], ALL),
    row("apps", "v1", "StatefulSet", "statefulsets", Namespaced, &["sts"], &["all"], ALL),
    row("authentication.k8s.io", "v1", "SelfSubjectReview", "selfsubjectreviews", Cluster, &[], &[], CREATE),
    row("authentication.k8s.io", "v1", "TokenReview", "tokenreviews", Cluster, &[], &[], CREATE),
    row("authorization.k8s.io", "v1", "LocalSubjectAccessReview", "localsubjectaccessreviews", Namespaced, &[], &[], CREATE),
    row("authorization.k8s.io", "v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", Cluster, &[], &[], CREATE),
    row("authorization.k8s.io", "v1", "SelfSubjectRulesReview", "selfsubjectrulesreviews", Cluster, &[], &[], CREATE),
    row("authorization.k8s.io", "v1", "SubjectAccessReview", "subjectaccessreviews", Cluster, &[], &[], CREATE),
    row("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", Namespaced, &["hpa"], &["all"], ALL),
    row("autoscaling", "v1", "HorizontalPodAutoscaler", "horizontalpodautoscalers", Namespaced, &["hpa"], &["all"], ALL),
    row("batch", "v1", "CronJob", "cronjobs", Namespaced, &["cj"], &["all"], ALL),
    row("batch", "v1", "Job", "jobs", Namespaced, &[], &["all"], ALL),
    row("certificates.k8s.io", "v1", "CertificateSigningRequest", "certificatesigningrequests", Cluster, &["csr"], &[], ALL),
    row("coordination.k8s.io", "v1", "Lease", "leases", Namespaced, &[], &[], ALL),
    row("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", Namespaced, &[], &[], ALL),
    row("events.k8s.io", "v1", "Event", "events", Namespaced, &["ev"], &[], ALL),
    row("flowcontrol.apiserver.k8s.io", "v1", "FlowSchema", "flowschemas", Cluster, &[], &[], ALL),
    row("flowcontrol.apiserver.k8s.io", "v1", "PriorityLevelConfiguration", "prioritylevelconfigurations", Cluster, &[], &[], ALL),
    row("networking.k8s.io", "v1", "IPAddress", "ipaddresses", Cluster, &["ip"], &[], ALL),
    row("networking.k8s.io", "v1", "Ingress", "ingresses", Namespaced, &["ing"], &[], ALL),
    row("networking.k8s.io", "v1", "IngressClass", "ingressclasses", Cluster, &[], &[], ALL),
    row("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", Namespaced, &["netpol"], &[], ALL),
    row("networking.k8s.io", "v1", "ServiceCIDR", "servicecidrs", Cluster, &[], &[], ALL),
    row("node.k8s.io", "v1", "RuntimeClass", "runtimeclasses", Cluster, &[], &[], ALL),
    row("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", Namespaced, &["pdb"], &[], ALL),
    row("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", Cluster, &[], &[], ALL),
    row("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings", Cluster, &[], &[], ALL),
    row("rbac.authorization.k8s.io", "v1", "Role", "roles", Namespaced, &[], &[], ALL),
    row("rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings", Namespaced, &[], &[], ALL),
    row("resource.k8s.io", "v1", "DeviceClass", "deviceclasses", Cluster, &[], &[], ALL),
    row("resource.k8s.io", "v1", "ResourceClaim", "resourceclaims", Namespaced, &[], &[], ALL),
    row("resource.k8s.io", "v1", "ResourceClaimTemplate", "resourceclaimtemplates", Namespaced, &[], &[], ALL),
    row("resource.k8s.io", "v1", "ResourceSlice", "resourceslices", Cluster, &[], &[], ALL),
    row("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", Cluster, &["pc"], &[], ALL),
    row("storage.k8s.io", "v1", "CSIDriver", "csidrivers", Cluster, &[], &[], ALL),
    row("storage.k8s.io", "v1", "CSINode", "csinodes", Cluster, &[], &[], ALL),
    row("storage.k8s.io", "v1", "CSIStorageCapacity", "csistoragecapacities", Namespaced, &[], &[], ALL),
    row("storage.k8s.io", "v1", "StorageClass", "storageclasses", Cluster, &["sc"], &[], ALL),
    row("storage.k8s.io", "v1", "VolumeAttachment", "volumeattachments", Cluster, &[], &[], ALL),
    row("storage.k8s.io", "v1", "VolumeAttributesClass", "volumeattributesclasses", Cluster, &["vac"], &[], ALL),
];

/// The table as [`KindInfo`]s, in its order.
static BUILTIN: LazyLock<Vec<KindInfo>> = LazyLock::new(|| ROWS.iter().map(Row::info).collect());

impl Row {
    fn info(&self) -> KindInfo {
        let texts = |list: &[&str]| list.iter().map(|&text| text.into()).collect();
        KindInfo {
            group: self.group.into(),
            version: self.version.into(),
            kind: self.kind.into(),
            plural: self.plural.into(),
            singular: self.kind.to_ascii_lowercase().into(),
            short_names: texts(self.short_names),
            categories: texts(self.categories),
            verbs: self.verbs,
            scope: self.scope,
        }
    }
}

/// All built-in kinds, by group and kind.
pub(crate) fn all() -> &'static [KindInfo] {
    &BUILTIN
}

/// The versions of one built-in kind, the preferred one first.
pub(crate) fn versions(group: &str, kind: &str) -> &'static [KindInfo] {
    let key = |info: &KindInfo| (info.group.as_str(), info.kind.as_str()).cmp(&(group, kind));
    let start = BUILTIN.partition_point(|info| key(info).is_lt());
    let rest = BUILTIN.get(start..).unwrap_or_default();
    let count = rest.iter().take_while(|info| key(info).is_eq()).count();
    rest.get(..count).unwrap_or_default()
}

/// The scope of a built-in kind; `None` where Kubernetes has no such kind. The version does not
/// count: a kind keeps its scope for life.
pub fn scope(api_version: &str, kind: &str) -> Option<Scope> {
    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
    versions(group, kind).first().map(|info| info.scope)
}

/// The verbs among `words` that there are, as [`KindInfo`] has them: sorted. Other words are left
/// out; no server has others for objects.
pub fn verbs<'w>(words: impl IntoIterator<Item = &'w str>) -> &'static [&'static str] {
    /// Every set of verbs, at the sum of the verbs' bits.
    static SETS: LazyLock<Vec<Vec<&'static str>>> = LazyLock::new(|| {
        let set = |bits: usize| {
            let has = |(place, _): &(usize, &&str)| bits >> place & 1 == 1;
            ALL.iter().enumerate().filter(has).map(|(_, verb)| *verb).collect()
        };
        (0..1 << ALL.len()).map(set).collect()
    });
    let bit = |word| ALL.iter().position(|verb| *verb == word).map_or(0, |place| 1 << place);
    let bits = words.into_iter().map(bit).fold(0, |bits: usize, bit: usize| bits | bit);
    SETS.get(bits).map_or(&[], Vec::as_slice)
}

/// The verbs of a custom resource: the server gives all.
pub(crate) const CUSTOM_VERBS: &[&str] = ALL;

#[cfg(test)]
mod tests;
