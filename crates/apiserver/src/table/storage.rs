//! Volumes: claims of the core group, and storage.k8s.io.

use manifest::{Map, Node};

use super::column::{AGE, Column, NAME, Printer, boolean, integer, kind, string};
use super::row::{NONE, Row, UNSET};
use crate::make::text;

#[rustfmt::skip]
pub(super) const PRINTERS: &[Printer] = &[
    kind("", "PersistentVolume", &[
        NAME,
        string("Capacity", |row| row.scalar_or("spec.capacity.storage", "0")),
        string("Access Modes", |row| modes(row, "spec.accessModes")),
        string("Reclaim Policy", |row| row.text("spec.persistentVolumeReclaimPolicy")),
        string("Status", phase),
        string("Claim", claim),
        string("StorageClass", class),
        string("VolumeAttributesClass", |row| row.scalar_or("spec.volumeAttributesClassName", UNSET)),
        string("Reason", |row| row.text("status.reason")),
        AGE,
        string("VolumeMode", |row| row.scalar_or("spec.volumeMode", UNSET)).wide(),
    ]),
    kind("", "PersistentVolumeClaim", &[
        NAME,
        string("Status", phase),
        string("Volume", |row| row.text("spec.volumeName")),
        string("Capacity", |row| if is_bound(row) { row.scalar_or("status.capacity.storage", "0") } else { text("") }),
        string("Access Modes", |row| if is_bound(row) { modes(row, "status.accessModes") } else { text("") }),
        string("StorageClass", class),
        string("VolumeAttributesClass", |row| row.scalar_or("spec.volumeAttributesClassName", UNSET)),
        AGE,
        string("VolumeMode", |row| row.scalar_or("spec.volumeMode", UNSET)).wide(),
    ]),
    kind("storage.k8s.io", "CSIDriver", &[
        NAME,
        boolean("AttachRequired", |row| row.flag("spec.attachRequired", true)),
        boolean("PodInfoOnMount", |row| row.flag("spec.podInfoOnMount", false)),
        boolean("StorageCapacity", |row| row.flag("spec.storageCapacity", false)),
        string("TokenRequests", token_requests),
        boolean("RequiresRepublish", |row| row.flag("spec.requiresRepublish", false)),
        string("Modes", lifecycle_modes),
        AGE,
    ]),
    kind("storage.k8s.io", "CSINode", &[NAME, integer("Drivers", |row| row.count("spec.drivers")), AGE]),
    kind("storage.k8s.io", "StorageClass", &[
        Column { cell: class_name, ..NAME },
        string("Provisioner", |row| row.text("provisioner")),
        string("ReclaimPolicy", |row| row.text_or("reclaimPolicy", "Delete")),
        string("VolumeBindingMode", |row| row.text_or("volumeBindingMode", "Immediate")),
        string("AllowVolumeExpansion", |row| row.flag("allowVolumeExpansion", false)),
        AGE,
    ]),
    kind("storage.k8s.io", "VolumeAttachment", &[
        NAME,
        string("Attacher", |row| row.text("spec.attacher")).named(),
        string("PV", |row| row.text("spec.source.persistentVolumeName")),
        string("Node", |row| row.text("spec.nodeName")),
        boolean("Attached", |row| row.flag("status.attached", false)),
        AGE,
    ]),
    kind("storage.k8s.io", "VolumeAttributesClass", &[
        NAME,
        string("DriverName", |row| row.text("driverName")),
        AGE,
    ]),
];

fn phase(row: &Row<'_>) -> Node {
    if row.is_deleted() { text("Terminating") } else { row.text("status.phase") }
}

fn is_bound(row: &Row<'_>) -> bool {
    !row.str("spec.volumeName").is_empty()
}

/// Access modes in their short form, in a fixed order.
fn modes(row: &Row<'_>, path: &str) -> Node {
    const SHORT: &[(&str, &str)] = &[
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ];
    let given = row.list(path);
    let has = |name: &str| given.iter().any(|mode| mode.as_str() == Some(name));
    let short = SHORT.iter().filter(|(name, _)| has(name)).map(|(_, short)| *short);
    text(short.collect::<Vec<_>>().join(","))
}

fn claim(row: &Row<'_>) -> Node {
    if row.map("spec.claimRef").is_none() {
        return text("");
    }
    text(format!("{}/{}", row.str("spec.claimRef.namespace"), row.str("spec.claimRef.name")))
}

/// The class of a volume or claim; an annotation of the time before the field goes first.
fn class(row: &Row<'_>) -> Node {
    let annotations = row.map("metadata.annotations");
    let old = annotations.and_then(|map| map.get("volume.beta.kubernetes.io/storage-class"));
    match old.and_then(Node::as_str) {
        Some(class) => text(class),
        None => row.text("spec.storageClassName"),
    }
}

fn class_name(row: &Row<'_>) -> Node {
    const MARKS: [&str; 2] = [
        "storageclass.kubernetes.io/is-default-class",
        "storageclass.beta.kubernetes.io/is-default-class",
    ];
    let annotation =
        |name: &str| row.map("metadata.annotations").and_then(|map: &Map| map.get(name));
    let is_default =
        MARKS.iter().any(|mark| annotation(mark).and_then(Node::as_str) == Some("true"));
    let name = row.str("metadata.name");
    text(if is_default { format!("{name} (default)") } else { name.to_owned() })
}

fn token_requests(row: &Row<'_>) -> Node {
    match row.at("spec.tokenRequests") {
        None => text(UNSET),
        Some(_) => row.each("spec.tokenRequests", "audience", ","),
    }
}

fn lifecycle_modes(row: &Row<'_>) -> Node {
    let modes = row.joined("spec.volumeLifecycleModes", ",");
    text(if modes.is_empty() { NONE.into() } else { modes })
}
