//! Defaults by kind.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use manifest::{List, Map, Node, Origin, Value};

use super::Default::{Bool, Int, List as Texts, Map as EmptyMap, Same, Text};
use super::{Row, amounts, pod, row, set_rows, when};

static DEPLOYMENT: &[Row] = &[
    row("spec", "replicas", Int(1)),
    row("spec.strategy", "type", Text("RollingUpdate")),
    when(("type", "RollingUpdate"), "spec.strategy", "rollingUpdate", EmptyMap),
    row("spec.strategy.rollingUpdate", "maxUnavailable", Text("25%")),
    row("spec.strategy.rollingUpdate", "maxSurge", Text("25%")),
    row("spec", "revisionHistoryLimit", Int(10)),
    row("spec", "progressDeadlineSeconds", Int(600)),
];

static STATEFUL_SET: &[Row] = &[
    row("spec", "replicas", Int(1)),
    row("spec", "podManagementPolicy", Text("OrderedReady")),
    // Whoever names the type gets no partition with it.
    when(("type", ""), "spec.updateStrategy", "rollingUpdate", EmptyMap),
    row("spec.updateStrategy", "type", Text("RollingUpdate")),
    row("spec.updateStrategy.rollingUpdate", "partition", Int(0)),
    row("spec", "revisionHistoryLimit", Int(10)),
    row("spec", "persistentVolumeClaimRetentionPolicy", EmptyMap),
    row("spec.persistentVolumeClaimRetentionPolicy", "whenDeleted", Text("Retain")),
    row("spec.persistentVolumeClaimRetentionPolicy", "whenScaled", Text("Retain")),
    row("spec.volumeClaimTemplates[]", "apiVersion", Text("v1")),
    row("spec.volumeClaimTemplates[]", "kind", Text("PersistentVolumeClaim")),
    row("spec.volumeClaimTemplates[].spec", "volumeMode", Text("Filesystem")),
    row("spec.volumeClaimTemplates[].status", "phase", Text("Pending")),
];

static DAEMON_SET: &[Row] = &[
    row("spec.updateStrategy", "type", Text("RollingUpdate")),
    when(("type", "RollingUpdate"), "spec.updateStrategy", "rollingUpdate", EmptyMap),
    row("spec.updateStrategy.rollingUpdate", "maxUnavailable", Int(1)),
    row("spec.updateStrategy.rollingUpdate", "maxSurge", Int(0)),
    row("spec", "revisionHistoryLimit", Int(10)),
];

static REPLICAS: &[Row] = &[row("spec", "replicas", Int(1))];

static JOB: &[Row] = &[
    row("", "completionMode", Text("NonIndexed")),
    row("", "suspend", Bool(false)),
    row("", "manualSelector", Bool(false)),
    row("podFailurePolicy.rules[].onPodConditions[]", "status", Text("True")),
];

static CRON_JOB: &[Row] = &[
    row("spec", "concurrencyPolicy", Text("Allow")),
    row("spec", "suspend", Bool(false)),
    row("spec", "successfulJobsHistoryLimit", Int(3)),
    row("spec", "failedJobsHistoryLimit", Int(1)),
    row("spec.jobTemplate.spec.podFailurePolicy.rules[].onPodConditions[]", "status", Text("True")),
];

static SERVICE: &[Row] = &[
    row("spec", "sessionAffinity", Text("None")),
    when(("sessionAffinity", "ClientIP"), "spec", "sessionAffinityConfig", EmptyMap),
    row("spec.sessionAffinityConfig", "clientIP", EmptyMap),
    row("spec.sessionAffinityConfig.clientIP", "timeoutSeconds", Int(10800)),
    row("spec", "type", Text("ClusterIP")),
    row("spec.ports[]", "protocol", Text("TCP")),
    row("spec.ports[]", "targetPort", Same("port")),
    when(("type", "NodePort"), "spec", "externalTrafficPolicy", Text("Cluster")),
    when(("type", "LoadBalancer"), "spec", "externalTrafficPolicy", Text("Cluster")),
    when(("type", "ClusterIP"), "spec", "internalTrafficPolicy", Text("Cluster")),
    when(("type", "NodePort"), "spec", "internalTrafficPolicy", Text("Cluster")),
    when(("type", "LoadBalancer"), "spec", "internalTrafficPolicy", Text("Cluster")),
    when(("type", "LoadBalancer"), "spec", "allocateLoadBalancerNodePorts", Bool(true)),
];

static CLAIM: &[Row] =
    &[row("spec", "volumeMode", Text("Filesystem")), row("status", "phase", Text("Pending"))];

static VOLUME: &[Row] = &[
    row("spec", "persistentVolumeReclaimPolicy", Text("Retain")),
    row("spec", "volumeMode", Text("Filesystem")),
    row("status", "phase", Text("Pending")),
    row("spec.hostPath", "type", Text("")),
];

static NETWORK_POLICY: &[Row] = &[
    row("spec.ingress[].ports[]", "protocol", Text("TCP")),
    row("spec.egress[].ports[]", "protocol", Text("TCP")),
    row("spec", "policyTypes", Texts(&["Ingress"])),
];

const RBAC: &str = "rbac.authorization.k8s.io";

static BINDING: &[Row] = &[
    row("roleRef", "apiGroup", Text(RBAC)),
    when(("kind", "User"), "subjects[]", "apiGroup", Text(RBAC)),
    when(("kind", "Group"), "subjects[]", "apiGroup", Text(RBAC)),
];

static DEFINITION: &[Row] =
    &[row("spec", "conversion", EmptyMap), row("spec.conversion", "strategy", Text("None"))];

static STORAGE_CLASS: &[Row] =
    &[row("", "reclaimPolicy", Text("Delete")), row("", "volumeBindingMode", Text("Immediate"))];

static DRIVER: &[Row] = &[
    row("spec", "attachRequired", Bool(true)),
    row("spec", "podInfoOnMount", Bool(false)),
    row("spec", "storageCapacity", Bool(false)),
    row("spec", "fsGroupPolicy", Text("ReadWriteOnceWithFSType")),
    row("spec", "volumeLifecycleModes", Texts(&["Persistent"])),
    row("spec", "requiresRepublish", Bool(false)),
    row("spec", "seLinuxMount", Bool(false)),
];

static INGRESS_CLASS: &[Row] = &[row("spec.parameters", "scope", Text("Cluster"))];

static WEBHOOKS: &[Row] = &[
    row("webhooks[]", "failurePolicy", Text("Fail")),
    row("webhooks[]", "matchPolicy", Text("Equivalent")),
    row("webhooks[]", "namespaceSelector", EmptyMap),
    row("webhooks[]", "objectSelector", EmptyMap),
    row("webhooks[]", "timeoutSeconds", Int(10)),
    row("webhooks[].rules[]", "scope", Text("*")),
    row("webhooks[].clientConfig.service", "port", Int(443)),
];

static AUTOSCALER: &[Row] = &[row("spec", "minReplicas", Int(1))];
static AUTOSCALER_V1: &[Row] = &[row("spec", "targetCPUUtilizationPercentage", Int(80))];

static SECRET: &[Row] = &[row("", "type", Text("Opaque"))];

static ENDPOINTS: &[Row] = &[row("subsets[].ports[]", "protocol", Text("TCP"))];
static ENDPOINT_SLICE: &[Row] =
    &[row("ports[]", "name", Text("")), row("ports[]", "protocol", Text("TCP"))];
static PRIORITY_CLASS: &[Row] = &[row("", "preemptionPolicy", Text("PreemptLowerPriority"))];
static ADMISSION_POLICY: &[Row] = &[
    row("spec", "failurePolicy", Text("Fail")),
    row("spec.matchConstraints", "matchPolicy", Text("Equivalent")),
    row("spec.matchConstraints", "namespaceSelector", EmptyMap),
    row("spec.matchConstraints", "objectSelector", EmptyMap),
    row("spec.matchConstraints.resourceRules[]", "scope", Text("*")),
    row("spec.matchConstraints.excludeResourceRules[]", "scope", Text("*")),
];
static ADMISSION_POLICY_BINDING: &[Row] = &[
    row("spec.matchResources", "matchPolicy", Text("Equivalent")),
    row("spec.matchResources", "namespaceSelector", EmptyMap),
    row("spec.matchResources", "objectSelector", EmptyMap),
    row("spec.matchResources.resourceRules[]", "scope", Text("*")),
    row("spec.matchResources.excludeResourceRules[]", "scope", Text("*")),
];
static MUTATING_WEBHOOKS: &[Row] = &[row("webhooks[]", "reinvocationPolicy", Text("Never"))];
static POD: &[Row] = &[row("spec", "enableServiceLinks", Bool(true))];

/// Where the spec of a pod is in these kinds.
const TEMPLATE: &str = "spec.template.spec";

pub(super) fn set(object: &mut Node, api_version: &str, kind: &str) {
    let pods = |object: &mut Node, at: &str| pod::set(object, at);
    match (api_version, kind) {
        ("v1", "Pod") => {
            pods(object, "spec");
            pod::set_requests(object, "spec");
            set_rows(object, POD);
        }
        ("v1", "PodTemplate") => pods(object, "template.spec"),
        ("apps/v1", "Deployment") => {
            set_rows(object, DEPLOYMENT);
            pods(object, TEMPLATE);
        }
        ("apps/v1", "StatefulSet") => {
            set_rows(object, STATEFUL_SET);
            pods(object, TEMPLATE);
        }
        ("apps/v1", "DaemonSet") => {
            set_rows(object, DAEMON_SET);
            daemon_set(object);
            pods(object, TEMPLATE);
        }
        ("apps/v1", "ReplicaSet") => {
            set_rows(object, REPLICAS);
            pods(object, TEMPLATE);
        }
        ("v1", "ReplicationController") => {
            replication_controller(object);
            set_rows(object, REPLICAS);
            pods(object, TEMPLATE);
        }
        ("v1", "Namespace") => namespace(object),
        ("v1", "Node") => node(object),
        ("v1", "ResourceQuota") => {
            amounts::round(object, "spec.hard");
            amounts::round(object, "status.hard");
            amounts::round(object, "status.used");
        }
        ("v1", "LimitRange") => limit_range(object),
        ("batch/v1", "Job") => job(object),
        ("batch/v1", "CronJob") => {
            set_rows(object, CRON_JOB);
            pods(object, "spec.jobTemplate.spec.template.spec");
        }
        ("v1", "Service") => service(object),
        ("v1", "Secret") => secret(object),
        ("v1", "PersistentVolumeClaim") => {
            set_rows(object, CLAIM);
            for place in ["spec.resources.limits", "spec.resources.requests", "status.capacity"] {
                amounts::round(object, place);
            }
        }
        ("v1", "PersistentVolume") => {
            set_rows(object, VOLUME);
            amounts::round(object, "spec.capacity");
        }
        ("v1", "Endpoints") => set_rows(object, ENDPOINTS),
        ("discovery.k8s.io/v1", "EndpointSlice") => set_rows(object, ENDPOINT_SLICE),
        ("networking.k8s.io/v1", "NetworkPolicy") => network_policy(object),
        ("rbac.authorization.k8s.io/v1", "RoleBinding" | "ClusterRoleBinding") => {
            set_rows(object, BINDING);
        }
        ("storage.k8s.io/v1", "StorageClass") => set_rows(object, STORAGE_CLASS),
        ("storage.k8s.io/v1", "CSIDriver") => set_rows(object, DRIVER),
        ("networking.k8s.io/v1", "IngressClass") => set_rows(object, INGRESS_CLASS),
        ("scheduling.k8s.io/v1", "PriorityClass") => set_rows(object, PRIORITY_CLASS),
        ("autoscaling/v1", "HorizontalPodAutoscaler") => {
            set_rows(object, AUTOSCALER);
            let metrics = "autoscaling.alpha.kubernetes.io/metrics";
            if object.at(&["metadata", "annotations", metrics]).is_none() {
                set_rows(object, AUTOSCALER_V1);
            }
        }
        ("autoscaling/v2", "HorizontalPodAutoscaler") => autoscaler(object),
        ("admissionregistration.k8s.io/v1", kind) => match kind {
            "ValidatingAdmissionPolicy" | "MutatingAdmissionPolicy" => {
                set_rows(object, ADMISSION_POLICY);
            }
            "ValidatingAdmissionPolicyBinding" | "MutatingAdmissionPolicyBinding" => {
                set_rows(object, ADMISSION_POLICY_BINDING);
            }
            "ValidatingWebhookConfiguration" => set_rows(object, WEBHOOKS),
            "MutatingWebhookConfiguration" => {
                set_rows(object, WEBHOOKS);
                set_rows(object, MUTATING_WEBHOOKS);
            }
            _ => {}
        },
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition") => definition(object),
        _ => {}
    }
}

/// It counts its templates in an annotation, from nothing.
fn daemon_set(object: &mut Node) {
    let Some(metadata) = object.map_entry("metadata", Origin::default()) else { return };
    let annotations = metadata.entry("annotations", || Node::map(Origin::default()));
    if annotations.is_null() {
        *annotations = Node::map(Origin::default());
    }
    if let Some(annotations) = annotations.as_map_mut() {
        let name = "deprecated.daemonset.template.generation";
        annotations.entry(name, || Node::string("0", Origin::default()));
    }
}

/// The labels of its pods are its own, and what it selects.
fn replication_controller(object: &mut Node) {
    let labels = object.at(&["spec", "template", "metadata", "labels"]).cloned();
    let Some(labels) = labels else { return };
    for (part, field) in [("spec", "selector"), ("metadata", "labels")] {
        if let Some(map) = object.map_entry(part, Origin::default()) {
            map.entry(field, || labels.clone());
        }
    }
}

/// A namespace is labelled with its name, whatever the label was.
fn namespace(object: &mut Node) {
    let Some(name) = object.str_at(&["metadata", "name"]).filter(|name| !name.is_empty()) else {
        return;
    };
    let name = Node::string(name, Origin::default());
    if let Some(metadata) = object.map_entry("metadata", Origin::default()) {
        let labels = metadata.entry("labels", || Node::map(Origin::default()));
        if let Some(labels) = labels.as_map_mut() {
            labels.set("kubernetes.io/metadata.name", name);
        }
    }
}

/// What a node has is for pods, unless it says otherwise.
fn node(object: &mut Node) {
    if let Some(capacity) = object.at(&["status", "capacity"]).filter(|node| !node.is_null()) {
        let capacity = capacity.clone();
        if let Some(status) = object.map_entry("status", Origin::default()) {
            let own = status.entry("allocatable", || capacity.clone());
            if own.is_null() {
                *own = capacity;
            }
        }
    }
    amounts::round(object, "status.capacity");
    amounts::round(object, "status.allocatable");
}

/// The most is the default, and what is neither requested nor defaulted is the least.
fn limit_range(object: &mut Node) {
    for field in ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] {
        amounts::round(object, &format!("spec.limits[].{field}"));
    }
    super::each_at(object, "spec.limits[]", &mut |limit| {
        if limit.str_at(&["type"]) != Some("Container") {
            return;
        }
        for (from, to) in
            [("max", "default"), ("default", "defaultRequest"), ("min", "defaultRequest")]
        {
            let Some(values) = limit.get(from).and_then(Node::as_map).cloned() else { continue };
            let Some(map) = limit.map_entry(to, Origin::default()) else { continue };
            for (name, value) in values.iter() {
                map.entry(name, || value.clone());
            }
        }
    });
}

/// What has no labels has those of its pods.
pub(crate) fn labels_of_pods(object: &mut Node) {
    let labels = object.at(&["spec", "template", "metadata", "labels"]);
    let Some(labels) = labels.filter(|labels| !labels.is_null()).cloned() else { return };
    if let Some(metadata) = object.map_entry("metadata", Origin::default()) {
        let own = metadata.entry("labels", || labels.clone());
        if own.as_map().is_none_or(Map::is_empty) {
            *own = labels;
        }
    }
}

fn job(object: &mut Node) {
    let Some(map) = object.as_map_mut() else { return };
    if let Some(spec) = map.get_mut("spec") {
        if spec.get("completions").is_none() && spec.get("parallelism").is_none() {
            set_rows(spec, &[row("", "completions", Int(1))]);
        }
        set_rows(spec, &[row("", "parallelism", Int(1))]);
        let has = |field: &str| spec.get(field).is_some_and(|node| !node.is_null());
        let limit = if has("backoffLimitPerIndex") { i64::from(i32::MAX) } else { 6 };
        let replacement = if has("podFailurePolicy") { "Failed" } else { "TerminatingOrFailed" };
        set_rows(
            spec,
            &[
                row("", "backoffLimit", Int(limit)),
                row("", "podReplacementPolicy", Text(replacement)),
            ],
        );
        set_rows(spec, JOB);
    }
    labels_of_pods(object);
    pod::set(object, TEMPLATE);
}

fn service(object: &mut Node) {
    set_rows(object, SERVICE);
    let has_outside = object.at(&["spec", "externalIPs"]).and_then(Node::as_list);
    if has_outside.is_some_and(|list| !list.is_empty()) {
        let policy = Text("Cluster");
        set_rows(object, &[when(("type", "ClusterIP"), "spec", "externalTrafficPolicy", policy)]);
    }
    if object.str_at(&["spec", "type"]) == Some("LoadBalancer") {
        super::each_at(object, "status.loadBalancer.ingress[]", &mut |ingress| {
            if ingress.str_at(&["ip"]).is_some_and(|ip| !ip.is_empty()) {
                set_rows(ingress, &[row("", "ipMode", Text("VIP"))]);
            }
        });
    }
    let affinity = object.str_at(&["spec", "sessionAffinity"]);
    if affinity == Some("None")
        && object.at(&["spec", "sessionAffinityConfig"]).is_some()
        && let Some(spec) = object.map_entry("spec", Origin::default())
    {
        spec.remove("sessionAffinityConfig");
    }
}

/// What is written as text is kept as base64.
fn secret(object: &mut Node) {
    set_rows(object, SECRET);
    if object.get("stringData").is_none() {
        return;
    }
    let Some(map) = object.as_map_mut() else { return };
    let Some(texts) = map.remove("stringData") else { return };
    let data = map.entry("data", || Node::map(Origin::default()));
    let Value::Map(data) = &mut data.value else { return };
    for (key, node) in texts.as_map().into_iter().flat_map(Map::iter) {
        let encoded: Value = match &node.value {
            Value::Sensitive(text) => {
                Value::Sensitive(manifest::Sensitive::new(STANDARD.encode(text.expose())))
            }
            _ => STANDARD.encode(node.as_str().unwrap_or_default()).into(),
        };
        data.set(key.clone(), Node::new(encoded, node.origin));
    }
}

fn network_policy(object: &mut Node) {
    let has_egress = object
        .at(&["spec", "egress"])
        .and_then(Node::as_list)
        .is_some_and(|rules| !rules.is_empty());
    if has_egress {
        set_rows(object, &[row("spec", "policyTypes", Texts(&["Ingress", "Egress"]))]);
    }
    set_rows(object, NETWORK_POLICY);
}

fn autoscaler(object: &mut Node) {
    set_rows(object, AUTOSCALER);
    let metrics = object.at(&["spec", "metrics"]).and_then(Node::as_list);
    if metrics.is_none_or(<[Node]>::is_empty)
        && let Some(spec) = object.map_entry("spec", Origin::default())
    {
        let percentage = Node::new(80, Origin::default());
        let metrics: List = [crate::convert::cpu_metric(percentage)].into_iter().collect();
        spec.set("metrics", Node::new(metrics, Origin::default()));
    }
    let Some(spec) = object.map_entry("spec", Origin::default()) else { return };
    if let Some(behavior) = spec.get_mut("behavior").and_then(Node::as_map_mut) {
        scaling_rules(behavior, "scaleUp", SCALE_UP);
        scaling_rules(behavior, "scaleDown", SCALE_DOWN);
    }
}

/// How fast an autoscaler goes up where it says something of its behavior and not this.
const SCALE_UP: &str = r#"{"stabilizationWindowSeconds":0,"selectPolicy":"Max","policies":[
    {"type":"Pods","value":4,"periodSeconds":15},{"type":"Percent","value":100,"periodSeconds":15}]}"#;
/// The same for going down.
const SCALE_DOWN: &str = r#"{"selectPolicy":"Max","policies":[
    {"type":"Percent","value":100,"periodSeconds":15}]}"#;

fn scaling_rules(behavior: &mut Map, name: &str, defaults: &str) {
    let Some(Value::Map(defaults)) = crate::json::parse(defaults) else { return };
    let rules = behavior.entry(name, || Node::map(Origin::default()));
    let Some(rules) = rules.as_map_mut() else { return };
    for (field, value) in defaults.iter() {
        rules.entry(field, || value.clone());
    }
}

fn definition(object: &mut Node) {
    set_rows(object, DEFINITION);
    let Some(kind) = object.str_at(&["spec", "names", "kind"]).map(str::to_owned) else { return };
    let Some(spec) = object.map_entry("spec", Origin::default()) else { return };
    let Some(names) = spec.get_mut("names").and_then(Node::as_map_mut) else { return };
    let origin = Origin::default();
    names.entry("singular", || Node::string(kind.to_ascii_lowercase(), origin));
    names.entry("listKind", || Node::string(format!("{kind}List"), origin));
}
