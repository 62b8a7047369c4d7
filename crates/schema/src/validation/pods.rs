//! The specs of pods.

use manifest::Node;

use super::{Wrong, items};

pub(super) fn validate(spec: &Node, at: &str, wrong: &mut Vec<Wrong>) {
    for (index, volume) in items(spec, &["volumes"]).iter().enumerate() {
        volume_source(volume, &format!("{at}.volumes[{index}]"), wrong);
    }
    if items(spec, &["containers"]).is_empty() {
        wrong.push(Wrong::required(format!("{at}.containers")));
    }
    for list in ["initContainers", "containers"] {
        for (index, node) in items(spec, &[list]).iter().enumerate() {
            container(node, &format!("{at}.{list}[{index}]"), wrong);
        }
    }
}

fn is_empty(node: &Node, field: &str) -> bool {
    node.str_at(&[field]).unwrap_or_default().is_empty()
}

fn container(node: &Node, at: &str, wrong: &mut Vec<Wrong>) {
    for field in ["name", "image"] {
        if is_empty(node, field) {
            wrong.push(Wrong::required(format!("{at}.{field}")));
        }
    }
    for (index, variable) in items(node, &["env"]).iter().enumerate() {
        let at = format!("{at}.env[{index}]");
        if is_empty(variable, "name") {
            wrong.push(Wrong::required(format!("{at}.name")));
        }
        if !is_empty(variable, "value") && variable.get("valueFrom").is_some() {
            let why = "may not be specified when `value` is not empty";
            wrong.push(Wrong::invalid(format!("{at}.valueFrom"), "\"\"", why));
        }
    }
}

/// The sources of volumes, in the order in which the server looks at them.
const SOURCES: &[&str] = &[
    "emptyDir",
    "hostPath",
    "gitRepo",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "secret",
    "nfs",
    "iscsi",
    "glusterfs",
    "flocker",
    "rbd",
    "cephfs",
    "cinder",
    "quobyte",
    "downwardAPI",
    "fc",
    "flexVolume",
    "configMap",
    "azureFile",
    "storageos",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "projected",
    "scaleIO",
    "csi",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
];

fn volume_source(volume: &Node, at: &str, wrong: &mut Vec<Wrong>) {
    let mut sources = SOURCES.iter().filter(|source| volume.get(source).is_some());
    if sources.next().is_none() {
        return;
    }
    for source in sources {
        let why = "may not specify more than 1 volume type";
        wrong.push(Wrong::forbidden(format!("{at}.{source}"), why));
    }
}
