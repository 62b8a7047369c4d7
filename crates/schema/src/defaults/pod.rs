//! Defaults of pods and of what makes pods.

use manifest::{Node, Origin, Value};

use super::Default::{Bool, Int, Map, Same, Text};
use super::{Row, amounts, each_at, row, set_rows};

/// Of the spec of a pod.
static SPEC: &[Row] = &[
    row("", "restartPolicy", Text("Always")),
    row("", "terminationGracePeriodSeconds", Int(30)),
    row("", "dnsPolicy", Text("ClusterFirst")),
    row("", "securityContext", Map),
    row("", "schedulerName", Text("default-scheduler")),
    row("", "serviceAccount", Same("serviceAccountName")),
    row("", "serviceAccountName", Same("serviceAccount")),
    row("volumes[].secret", "defaultMode", Int(420)),
    row("volumes[].configMap", "defaultMode", Int(420)),
    row("volumes[].downwardAPI", "defaultMode", Int(420)),
    row("volumes[].downwardAPI.items[].fieldRef", "apiVersion", Text("v1")),
    row("volumes[].projected", "defaultMode", Int(420)),
    row("volumes[].projected.sources[].serviceAccountToken", "expirationSeconds", Int(3600)),
    row("volumes[].projected.sources[].downwardAPI.items[].fieldRef", "apiVersion", Text("v1")),
    row("volumes[].hostPath", "type", Text("")),
    row("volumes[].ephemeral.volumeClaimTemplate.spec", "volumeMode", Text("Filesystem")),
    row("volumes[].iscsi", "iscsiInterface", Text("default")),
    row("volumes[].rbd", "pool", Text("rbd")),
    row("volumes[].rbd", "user", Text("admin")),
    row("volumes[].rbd", "keyring", Text("/etc/ceph/keyring")),
    row("volumes[].azureDisk", "cachingMode", Text("ReadWrite")),
    row("volumes[].azureDisk", "kind", Text("Shared")),
    row("volumes[].azureDisk", "fsType", Text("ext4")),
    row("volumes[].azureDisk", "readOnly", Bool(false)),
];

/// Of a container, whatever its kind.
static CONTAINER: &[Row] = &[
    row("", "terminationMessagePath", Text("/dev/termination-log")),
    row("", "terminationMessagePolicy", Text("File")),
    row("ports[]", "protocol", Text("TCP")),
    row("env[].valueFrom.fieldRef", "apiVersion", Text("v1")),
    row("lifecycle.postStart.httpGet", "path", Text("/")),
    row("lifecycle.postStart.httpGet", "scheme", Text("HTTP")),
    row("lifecycle.preStop.httpGet", "path", Text("/")),
    row("lifecycle.preStop.httpGet", "scheme", Text("HTTP")),
];

/// Of a probe.
static PROBE: &[Row] = &[
    row("", "timeoutSeconds", Int(1)),
    row("", "periodSeconds", Int(10)),
    row("", "successThreshold", Int(1)),
    row("", "failureThreshold", Int(3)),
    row("httpGet", "path", Text("/")),
    row("httpGet", "scheme", Text("HTTP")),
    row("grpc", "service", Text("")),
];

/// Sets the defaults of the spec of a pod at a place.
pub(super) fn set(object: &mut Node, at: &str) {
    each_at(object, at, &mut |spec| {
        if spec.as_map().is_none() {
            return;
        }
        volumes_without_source(spec);
        set_rows(spec, SPEC);
        images(spec);
        for place in ["overhead", "resources.limits", "resources.requests"] {
            amounts::round(spec, place);
        }
        let host_network = spec.get("hostNetwork").and_then(Node::as_bool) == Some(true);
        for containers in ["containers[]", "initContainers[]", "ephemeralContainers[]"] {
            if spec.get(containers.trim_end_matches("[]")).is_some() {
                each_at(spec, containers, &mut |node| container(node, host_network));
            }
        }
    });
}

/// Images that are volumes are pulled like those of containers.
fn images(spec: &mut Node) {
    let volumes = spec.get("volumes").and_then(Node::as_list).unwrap_or_default();
    if !volumes.iter().any(|volume| volume.at(&["image"]).is_some()) {
        return;
    }
    each_at(spec, "volumes[].image", &mut |image| {
        let reference = image.str_at(&["reference"]).unwrap_or_default();
        let policy = if is_latest(reference) { "Always" } else { "IfNotPresent" };
        set_rows(image, &[row("", "pullPolicy", Text(policy))]);
    });
}

fn container(container: &mut Node, host_network: bool) {
    set_rows(container, CONTAINER);
    amounts::round(container, "resources.limits");
    amounts::round(container, "resources.requests");
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if container.get(probe).is_some() {
            each_at(container, probe, &mut |probe| set_rows(probe, PROBE));
        }
    }
    if container.get("imagePullPolicy").is_none() {
        let image = container.str_at(&["image"]).unwrap_or_default();
        let policy = if is_latest(image) { "Always" } else { "IfNotPresent" };
        set_rows(container, &[row("", "imagePullPolicy", Text(policy))]);
    }
    if host_network {
        set_rows(container, &[row("ports[]", "hostPort", Same("containerPort"))]);
    }
}

/// Whether an image is what its tag happens to be: `latest`, or none where there is no digest.
fn is_latest(image: &str) -> bool {
    let (name, has_digest) = match image.split_once('@') {
        Some((name, _)) => (name, true),
        None => (image, false),
    };
    let last = name.rsplit('/').next().unwrap_or_default();
    match last.split_once(':') {
        Some((_, tag)) => tag == "latest",
        None => !has_digest,
    }
}

/// A volume of nothing is an empty directory.
fn volumes_without_source(spec: &mut Node) {
    let is_bare = |volume: &Node| volume.as_map().is_some_and(|map| map.len() <= 1);
    let volumes = spec.get("volumes").and_then(Node::as_list);
    if !volumes.is_some_and(|volumes| volumes.iter().any(is_bare)) {
        return;
    }
    each_at(spec, "volumes[]", &mut |volume| {
        if is_bare(volume)
            && let Some(map) = volume.as_map_mut()
        {
            map.set("emptyDir", Node::map(Origin::default()));
        }
    });
}

/// What a pod limits and does not request, it requests.
pub(super) fn set_requests(object: &mut Node, at: &str) {
    for containers in ["containers[]", "initContainers[]"] {
        let at = format!("{at}.{containers}");
        each_at(object, &at, &mut |container| {
            let limits = container.at(&["resources", "limits"]).and_then(Node::as_map).cloned();
            let Some(limits) = limits else { return };
            let origin = Origin::default();
            let Some(resources) = container.map_entry("resources", origin) else { return };
            let requests = resources.entry("requests", || Node::map(origin));
            let Value::Map(requests) = &mut requests.value else { return };
            for (name, value) in limits.iter() {
                requests.entry(name, || value.clone());
            }
        });
    }
}
