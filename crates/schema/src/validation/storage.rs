//! Persistent volumes and claims to them.

use manifest::{Map, Node, Origin};

use super::checks::same;
use super::metadata;
use super::names;
use super::pod::scheduling::node_selector;
use super::pod::volumes::{common, csi_driver};
use super::resource;
use super::spot::Spot;
use crate::go::{self, quoted};

/// The sources of persistent volumes, in the order in which the server looks at them, and what each has
/// to have.
const SOURCES: &[(&str, &[&str])] = &[
    ("hostPath", &[]),
    ("gcePersistentDisk", &["pdName"]),
    ("awsElasticBlockStore", &["volumeID"]),
    ("glusterfs", &["endpoints", "path"]),
    ("flocker", &[]),
    ("nfs", &["server", "path"]),
    ("rbd", &["monitors", "image"]),
    ("quobyte", &[]),
    ("cephfs", &["monitors"]),
    ("iscsi", &["targetPortal", "iqn"]),
    ("cinder", &["volumeID"]),
    ("fc", &[]),
    ("flexVolume", &["driver"]),
    ("azureFile", &["secretName", "shareName"]),
    ("vsphereVolume", &["volumePath"]),
    ("photonPersistentDisk", &["pdID"]),
    ("portworxVolume", &["volumeID"]),
    ("azureDisk", &["diskName", "diskURI"]),
    ("scaleIO", &["gateway", "system", "volumeName"]),
    ("local", &[]),
    ("storageos", &[]),
    ("csi", &[]),
];

const MODES: &[&str] = &["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

fn access_modes(modes: &Spot<'_, '_>) {
    for mode in modes.items() {
        if !MODES.contains(&mode.text()) {
            modes.unsupported_as(&quoted(mode.text()), MODES);
        }
    }
    let has = |test: fn(&str) -> bool| modes.items().any(|mode| test(mode.text()));
    if has(|mode| mode == "ReadWriteOncePod")
        && has(|mode| mode != "ReadWriteOncePod" && MODES.contains(&mode))
    {
        modes.forbidden("may not use ReadWriteOncePod with other access modes");
    }
}

/// A persistent volume, new or after an update.
pub(super) fn volume(volume: Spot<'_, '_>) {
    metadata::named(volume, names::subdomain);
    volume_spec(&volume.field("spec"), false);
}

/// The spec of a persistent volume; one that stands in a VolumeAttachment has less.
pub(super) fn volume_spec(spec: &Spot<'_, '_>, is_inline: bool) {
    let (modes, capacity) = (spec.field("accessModes"), spec.field("capacity"));
    let inline = "may not be specified in the context of inline volumes";
    let forbid = |field: &Spot<'_, '_>| {
        if field.is_set() {
            field.forbidden(inline);
        }
    };
    if is_inline {
        forbid(&spec.field("claimRef"));
        forbid(&capacity);
        if !spec.field("csi").is_set() {
            spec.field("csi").required("has to be specified in the context of inline volumes");
        }
    }
    if modes.is_empty() {
        modes.required("");
    }
    access_modes(&modes);
    if is_inline {
        forbid(&spec.field("nodeAffinity"));
    } else {
        volume_capacity(&capacity);
        let policy = spec.field("persistentVolumeReclaimPolicy");
        if !policy.text().is_empty() {
            policy.one_of(&["Delete", "Recycle", "Retain"]);
        }
        let required = spec.field("nodeAffinity.required");
        if required.is_set() {
            node_selector(&required);
        } else if spec.field("nodeAffinity").is_set() {
            required.required("must specify required node constraints");
        }
    }
    sources(spec);
    let (path, policy) = (spec.field("hostPath.path"), spec.field("persistentVolumeReclaimPolicy"));
    let is_root = path.text().starts_with('/') && path.text().trim_matches(['/', '.']).is_empty();
    if is_root && policy.text() == "Recycle" {
        policy.forbidden("may not be 'recycle' for a hostPath mount of '/'");
    }
    let class = spec.field("storageClassName");
    if is_inline {
        forbid(&class);
    } else {
        class.optional_dns_subdomain();
        spec.field("volumeMode").one_of(&["Block", "Filesystem"]);
    }
    let attributes = spec.field("volumeAttributesClassName");
    if attributes.is_set() {
        match attributes.text() {
            "" => attributes.required("an empty string is disallowed"),
            _ => attributes.dns_subdomain(),
        }
        if !spec.field("csi").is_set() {
            spec.field("csi").required("has to be specified when using volumeAttributesClassName");
        }
    }
}

fn volume_capacity(capacity: &Spot<'_, '_>) {
    if capacity.is_empty() {
        capacity.required("");
    }
    if !capacity.field("storage").is_set() || capacity.len() > 1 {
        capacity.unsupported(&["storage"]);
    }
    for (_, amount) in capacity.entries() {
        basic(&amount);
        positive(&amount);
    }
}

/// An amount in whole units, not below nothing.
fn basic(amount: &Spot<'_, '_>) {
    let value = crate::quantity::whole(amount.quantity());
    if value < 0 {
        amount.invalid_as(&value.to_string(), "must be a valid resource quantity");
    }
}

fn positive(amount: &Spot<'_, '_>) {
    if amount.quantity() <= 0 {
        amount.invalid("must be greater than zero");
    }
}

fn sources(spec: &Spot<'_, '_>) {
    let mut is_found = false;
    for (name, needed) in SOURCES {
        let source = spec.field(name);
        if !source.is_set() {
            continue;
        }
        if is_found && *name != "flexVolume" {
            let second = "may not specify more than 1 volume type";
            match *name {
                "cephfs" => spec.called("cephFS").forbidden(second),
                _ => source.forbidden(second),
            }
            continue;
        }
        is_found = true;
        common(&source, name, needed);
        source_details(spec, &source, name);
    }
    if !is_found {
        spec.required("must specify a volume type");
    }
}

fn source_details(spec: &Spot<'_, '_>, source: &Spot<'_, '_>, name: &str) {
    match name {
        "cinder" | "storageos" => {
            let secret = source.field("secretRef");
            if secret.is_set() {
                if name == "cinder" {
                    secret.field("name").required_text();
                }
                secret.field("namespace").required_text();
            }
        }
        "iscsi" => {
            let secret = source.field("secretRef");
            if secret.is_set() {
                secret.field("name").required_text();
            }
        }
        "glusterfs" => {
            let namespace = source.field("endpointsNamespace");
            if namespace.is_set() {
                match namespace.text() {
                    "" => namespace.invalid(
                        "if the endpointnamespace is set, it must be a valid namespace name",
                    ),
                    _ => namespace.dns_label(),
                }
            }
        }
        "azureFile" => {
            let namespace = source.field("secretNamespace");
            if namespace.is_set() {
                namespace.required_text();
            }
        }
        "local" => {
            let path = source.field("path");
            if path.text().is_empty() {
                path.required("");
            } else {
                path.no_backsteps();
            }
            let affinity = spec.field("nodeAffinity");
            if !affinity.is_set() {
                affinity.required("Local volume requires node affinity");
            }
        }
        "csi" => {
            csi_driver(&source.field("driver"));
            source.field("volumeHandle").required_text();
            for field in [
                "controllerPublishSecretRef",
                "controllerExpandSecretRef",
                "nodePublishSecretRef",
                "nodeExpandSecretRef",
            ] {
                let secret = source.field(field);
                if secret.is_set() {
                    secret.field("name").required_dns_subdomain();
                    secret.field("namespace").required_dns_label();
                }
            }
        }
        _ => {}
    }
}

/// A persistent volume after an update.
pub(super) fn volume_update(volume: Spot<'_, '_>, live: &Node) {
    self::volume(volume);
    let Some(old) = live.get("spec") else { return };
    let spec = volume.field("spec");
    let mut new = spec.node().clone();
    let csi = |node: &Node| node.at(&["csi", "controllerExpandSecretRef"]).is_some();
    if old.get("csi").is_some() && !csi(old) {
        // It may be added.
        let own = new.as_map_mut().and_then(|map| map.get_mut("csi")?.as_map_mut());
        own.and_then(|csi| csi.remove("controllerExpandSecretRef"));
    }
    let is_same = SOURCES.iter().all(|(name, _)| same(new.get(name), old.get(name)));
    if !is_same {
        let internal = |node: &Node| go::internal("core.PersistentVolumeSource", node);
        let difference = go::diff(&internal(old), &internal(&new));
        spec.called("persistentvolumesource").forbidden(&format!(
            "spec.persistentvolumesource is immutable after creation\n{difference}"
        ));
    }
    let mode = spec.field("volumeMode");
    volume.called("volumeMode").with(mode.node()).immutable(old.get("volumeMode"));
    let class = spec.field("volumeAttributesClassName");
    if !class.is_set() && !same(old.get("volumeAttributesClassName"), None) {
        class.forbidden("update from non-nil value to nil is forbidden");
    }
}

/// A claim, new or after an update.
pub(super) fn claim(claim: Spot<'_, '_>) {
    metadata::named(claim, names::subdomain);
    claim_spec(&claim.field("spec"));
}

/// The metadata of a claim that is made for a pod.
pub(super) fn template_metadata(metadata: &Spot<'_, '_>) {
    metadata::annotations(&metadata.field("annotations"));
    metadata.field("labels").labels();
    for (key, _) in metadata.entries() {
        if !matches!(key, "annotations" | "labels" | "creationTimestamp") {
            let field = metadata.key_field(key);
            if field.is_set() {
                field.forbidden("cannot be set");
            }
        }
    }
}

/// The spec of a claim.
pub(super) fn claim_spec(spec: &Spot<'_, '_>) {
    let modes = spec.field("accessModes");
    if modes.is_empty() {
        modes.required("at least 1 access mode is required");
    }
    spec.field("selector").label_selector();
    access_modes(&modes);
    let wanted = spec.field("resources.requests.storage");
    let resources = spec.field("resources");
    let at = resources.key("storage");
    let at = at.with(wanted.node());
    if !wanted.is_set() {
        at.required("");
    } else if wanted.quantity() <= 0 {
        positive(&at);
    } else {
        resource::amount(&at, "storage");
    }
    spec.field("storageClassName").optional_dns_subdomain();
    spec.field("volumeMode").one_of(&["Block", "Filesystem"]);
    let (source, reference) = (spec.field("dataSource"), spec.field("dataSourceRef"));
    for given in [&source, &reference].into_iter().filter(|given| given.is_set()) {
        data_source(given);
    }
    let namespace = reference.field("namespace");
    if !namespace.text().is_empty() {
        namespace.dns_label();
        if source.is_set() {
            spec.invalid_as("{}", "may not be specified when dataSourceRef.namespace is specified");
        }
    } else if source.is_set() && reference.is_set() {
        let part = |spot: &Spot<'_, '_>, field: &'static str| spot.field(field).node().clone();
        let is_same = ["apiGroup", "kind", "name"]
            .into_iter()
            .all(|field| part(&source, field) == part(&reference, field));
        if !is_same {
            spec.invalid_as("{}", "must match dataSourceRef");
        }
    }
    spec.field("volumeAttributesClassName").optional_dns_subdomain();
}

fn data_source(source: &Spot<'_, '_>) {
    source.field("name").required_text();
    let kind = source.field("kind");
    kind.required_text();
    let group = source.field("apiGroup");
    if group.text().is_empty() && kind.text() != "PersistentVolumeClaim" {
        let why = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
        source.invalid_as(&quoted(kind.text()), why);
    }
    group.optional_dns_subdomain();
}

/// A claim after an update.
pub(super) fn claim_update(claim: Spot<'_, '_>, live: &Node) {
    metadata::updated(claim, live);
    self::claim(claim);
    let Some(old) = live.get("spec") else { return };
    let spec = claim.field("spec");
    let is_bound = claim.field("status.phase").text() == "Bound";
    let (mut before, mut after) = (old.clone(), spec.node().clone());
    let take = |node: &mut Node, from: &Node, field: &str| {
        let Some(map) = node.as_map_mut() else { return };
        match from.get(field) {
            Some(value) => map.set(field, value.clone()),
            None => drop(map.remove(field)),
        }
    };
    if old.str_at(&["volumeName"]).unwrap_or_default().is_empty() {
        take(&mut before, spec.node(), "volumeName");
    }
    class_upgrade(claim, live, &mut after, old);
    if is_bound {
        take(&mut after, old, "volumeAttributesClassName");
        let storage = old.at(&["resources", "requests", "storage"]).cloned();
        let requests = after
            .as_map_mut()
            .and_then(|map| map.get_mut("resources")?.map_entry("requests", Origin::NONE));
        if let (Some(requests), Some(storage)) = (requests, storage) {
            requests.set("storage", storage);
        }
    }
    if before != after {
        let internal = |node: &Node| go::internal("core.PersistentVolumeClaimSpec", node);
        let difference = go::diff(&internal(&before), &internal(&after));
        spec.forbidden(&format!(
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for \
             bound claims\n{difference}"
        ));
    }
    let wanted = spec.field("resources.requests.storage");
    let amount =
        |node: &Node, path: &[&str]| node.at(path).and_then(crate::quantity::of).unwrap_or(0);
    if wanted.quantity() < amount(old, &["resources", "requests", "storage"])
        && wanted.quantity() <= amount(live, &["status", "capacity", "storage"])
    {
        wanted.forbidden("field can not be less than status.capacity");
    }
    let mode = spec.field("volumeMode");
    claim.called("volumeMode").with(mode.node()).immutable(old.get("volumeMode"));
    if live.at(&["status", "currentVolumeAttributesClassName"]).is_some_and(|node| !node.is_null())
    {
        let class = spec.field("volumeAttributesClassName");
        let what = match (class.is_set(), class.text()) {
            (false, _) => "nil",
            (true, "") => "empty string",
            _ => return,
        };
        class.forbidden(&format!(
            "update to {what} is forbidden when status.currentVolumeAttributesClassName is not nil"
        ));
    }
}

const CLASS: &str = "volume.beta.kubernetes.io/storage-class";

/// A class may be given to a claim that had none, or had it as an annotation.
fn class_upgrade(claim: Spot<'_, '_>, live: &Node, after: &mut Node, old: &Node) {
    let annotations = claim.field("metadata.annotations");
    let new = annotations.key(CLASS);
    let before = live.at(&["metadata", "annotations", CLASS]);
    let class = claim.field("spec.storageClassName");
    let was_none = same(old.get("storageClassName"), None);
    let as_annotation = before.is_some_and(|before| {
        class.is_set()
            && Some(class.text()) == before.as_str()
            && (!new.is_set() || new.node() == before)
    });
    let mut drop_class = || {
        if let Some(map) = after.as_map_mut() {
            map.remove("storageClassName");
        }
    };
    if was_none && as_annotation {
        return drop_class();
    }
    if !same(Some(new.node()), before) {
        let metadata = claim.field("metadata");
        let value = quoted(new.text());
        metadata
            .called("annotations.volume.beta.kubernetes.io/storage-class")
            .invalid_as(&value, "field is immutable");
    }
    if was_none
        && class.is_set()
        && before.is_none_or(|before| before.as_str() == Some(class.text()))
    {
        drop_class();
    }
}

const RESIZE: &[&str] = &[
    "ControllerResizeInProgress",
    "ControllerResizeInfeasible",
    "NodeResizeInProgress",
    "NodeResizeInfeasible",
    "NodeResizePending",
];

/// A claim after a write of its status.
pub(super) fn claim_status(claim: Spot<'_, '_>, live: &Node) {
    metadata::updated(claim, live);
    let status = claim.field("status");
    for (_, amount) in status.field("capacity").entries() {
        basic(&amount);
    }
    let states = status.field("allocatedResourceStatuses");
    for (key, state) in states.entries() {
        resource_key(&states, key);
        if !RESIZE.contains(&state.text()) {
            states.unsupported_as(&quoted(key), RESIZE);
        }
    }
    let allocated = status.field("allocatedResources");
    for (key, amount) in allocated.entries() {
        let mark = amount.mark();
        resource_key(&allocated, key);
        if amount.is_clean_since(mark) {
            basic(&amount);
        }
        if amount.is_clean_since(mark) {
            resource::amount(&amount, "storage");
        }
    }
}

fn resource_key(at: &Spot<'_, '_>, key: &str) {
    let mark = at.mark();
    at.named(key, names::qualified(key));
    if at.is_clean_since(mark) && resource::is_native(key) && key != "storage" {
        at.unsupported_as(&quoted(key), &["storage"]);
    }
}

/// Whether maps of texts are larger together than they may be.
pub(super) fn size(map: Option<&Map>) -> usize {
    let entries = map.into_iter().flat_map(Map::iter);
    entries.map(|(key, node)| key.len() + node.as_str().unwrap_or_default().len()).sum()
}
