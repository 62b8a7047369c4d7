//! What else than itself a resource is asked for: `status`, `scale`, and what only some kinds have.

use manifest::Text;

use crate::kinds::KindInfo;

/// One subresource of a kind, as discovery tells it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Subresource {
    /// Its name in URLs, e.g. `status`.
    pub name: Text,
    /// The group of the kind that it speaks; empty where it is the resource's own.
    pub group: Text,
    /// The version of that kind; empty where it is the resource's own.
    pub version: Text,
    /// The kind that it speaks, e.g. `Scale`.
    pub kind: Text,
    /// What can be done with it.
    pub verbs: &'static [&'static str],
}

const READ_WRITE: &[&str] = &["get", "patch", "update"];
const CREATE: &[&str] = &["create"];
const CONNECT: &[&str] = &["create", "get"];
const PROXY: &[&str] = &["create", "delete", "get", "patch", "update"];

/// Group, plural and name; group and version, kind (empty where all that is the resource's own) and
/// verbs.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    (&'static str, &'static str),
    &'static str,
    &'static [&'static str],
);

const SCALE: (&str, &str) = ("autoscaling", "v1");
const OWN: (&str, &str) = ("", "");

/// By group and plural; of one resource in the order of discovery.
#[rustfmt::skip]
static ROWS: &[Row] = &[
    ("", "namespaces", "finalize", OWN, "", &["update"]),
    ("", "namespaces", "status", OWN, "", READ_WRITE),
    ("", "nodes", "proxy", OWN, "NodeProxyOptions", PROXY),
    ("", "nodes", "status", OWN, "", READ_WRITE),
    ("", "persistentvolumeclaims", "status", OWN, "", READ_WRITE),
    ("", "persistentvolumes", "status", OWN, "", READ_WRITE),
    ("", "pods", "attach", OWN, "PodAttachOptions", CONNECT),
    ("", "pods", "binding", OWN, "Binding", CREATE),
    ("", "pods", "ephemeralcontainers", OWN, "", READ_WRITE),
    ("", "pods", "eviction", ("policy", "v1"), "Eviction", CREATE),
    ("", "pods", "exec", OWN, "PodExecOptions", CONNECT),
    ("", "pods", "log", OWN, "", &["get"]),
    ("", "pods", "portforward", OWN, "PodPortForwardOptions", CONNECT),
    ("", "pods", "proxy", OWN, "PodProxyOptions", PROXY),
    ("", "pods", "resize", OWN, "", READ_WRITE),
    ("", "pods", "status", OWN, "", READ_WRITE),
    ("", "replicationcontrollers", "scale", SCALE, "Scale", READ_WRITE),
    ("", "replicationcontrollers", "status", OWN, "", READ_WRITE),
    ("", "resourcequotas", "status", OWN, "", READ_WRITE),
    ("", "serviceaccounts", "token", ("authentication.k8s.io", "v1"), "TokenRequest", CREATE),
    ("", "services", "proxy", OWN, "ServiceProxyOptions", PROXY),
    ("", "services", "status", OWN, "", READ_WRITE),
    ("admissionregistration.k8s.io", "validatingadmissionpolicies", "status", OWN, "", READ_WRITE),
    ("apiextensions.k8s.io", "customresourcedefinitions", "status", OWN, "", READ_WRITE),
    ("apiregistration.k8s.io", "apiservices", "status", OWN, "", READ_WRITE),
    ("apps", "daemonsets", "status", OWN, "", READ_WRITE),
    ("apps", "deployments", "scale", SCALE, "Scale", READ_WRITE),
    ("apps", "deployments", "status", OWN, "", READ_WRITE),
    ("apps", "replicasets", "scale", SCALE, "Scale", READ_WRITE),
    ("apps", "replicasets", "status", OWN, "", READ_WRITE),
    ("apps", "statefulsets", "scale", SCALE, "Scale", READ_WRITE),
    ("apps", "statefulsets", "status", OWN, "", READ_WRITE),
    ("autoscaling", "horizontalpodautoscalers", "status", OWN, "", READ_WRITE),
    ("batch", "cronjobs", "status", OWN, "", READ_WRITE),
    ("batch", "jobs", "status", OWN, "", READ_WRITE),
    ("certificates.k8s.io", "certificatesigningrequests", "approval", OWN, "", READ_WRITE),
    ("certificates.k8s.io", "certificatesigningrequests", "status", OWN, "", READ_WRITE),
    ("flowcontrol.apiserver.k8s.io", "flowschemas", "status", OWN, "", READ_WRITE),
    ("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations", "status", OWN, "", READ_WRITE),
    ("networking.k8s.io", "ingresses", "status", OWN, "", READ_WRITE),
    ("networking.k8s.io", "servicecidrs", "status", OWN, "", READ_WRITE),
    ("policy", "poddisruptionbudgets", "status", OWN, "", READ_WRITE),
    ("resource.k8s.io", "resourceclaims", "status", OWN, "", READ_WRITE),
    ("storage.k8s.io", "volumeattachments", "status", OWN, "", READ_WRITE),
];

/// The subresources of a built-in kind.
pub(crate) fn builtin(info: &KindInfo) -> Vec<Subresource> {
    let rows = ROWS.iter().filter(|row| (row.0, row.1) == (&*info.group, &*info.plural));
    let subresource = |(_, _, name, (group, version), kind, verbs): &Row| Subresource {
        name: (*name).into(),
        group: (*group).into(),
        version: (*version).into(),
        kind: if kind.is_empty() { info.kind.clone() } else { (*kind).into() },
        verbs,
    };
    rows.map(subresource).collect()
}

/// The subresources of a custom kind, in the order of its discovery.
pub(crate) fn custom(info: &KindInfo, has_status: bool, has_scale: bool) -> Vec<Subresource> {
    let status = Subresource {
        name: "status".into(),
        group: Text::new(),
        version: Text::new(),
        kind: info.kind.clone(),
        verbs: READ_WRITE,
    };
    let scale = Subresource {
        name: "scale".into(),
        group: SCALE.0.into(),
        version: SCALE.1.into(),
        kind: "Scale".into(),
        verbs: READ_WRITE,
    };
    has_status.then_some(status).into_iter().chain(has_scale.then_some(scale)).collect()
}
