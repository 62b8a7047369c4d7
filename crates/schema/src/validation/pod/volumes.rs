//! The volumes of a pod.

use manifest::Node;
use rustc_hash::{FxHashMap, FxHashSet};

use super::projected;
use crate::validation::names;
use crate::validation::spot::Spot;
use crate::validation::storage::{claim_spec, template_metadata};

/// The sources of volumes, in the order in which the server looks at them, and what each has to have.
const SOURCES: &[(&str, &[&str])] = &[
    ("emptyDir", &[]),
    ("hostPath", &[]),
    ("gitRepo", &["repository"]),
    ("gcePersistentDisk", &["pdName"]),
    ("awsElasticBlockStore", &["volumeID"]),
    ("secret", &["secretName"]),
    ("nfs", &["server", "path"]),
    ("iscsi", &["targetPortal", "iqn"]),
    ("glusterfs", &["endpoints", "path"]),
    ("flocker", &[]),
    ("persistentVolumeClaim", &["claimName"]),
    ("rbd", &["monitors", "image"]),
    ("cinder", &["volumeID"]),
    ("cephfs", &["monitors"]),
    ("quobyte", &[]),
    ("downwardAPI", &[]),
    ("fc", &[]),
    ("flexVolume", &["driver"]),
    ("configMap", &["name"]),
    ("azureFile", &["secretName", "shareName"]),
    ("vsphereVolume", &["volumePath"]),
    ("photonPersistentDisk", &["pdID"]),
    ("portworxVolume", &["volumeID"]),
    ("azureDisk", &["diskName", "diskURI"]),
    ("storageos", &[]),
    ("projected", &[]),
    ("scaleIO", &["gateway", "system", "volumeName"]),
    ("csi", &[]),
    ("ephemeral", &[]),
    ("image", &[]),
];

/// The volumes by name that are as they should be: others cannot be mounted.
pub(crate) type Volumes<'n> = FxHashMap<&'n str, &'n Node>;

/// Checks volumes; `pod` is the name of the pod that has them, empty in a template.
pub(super) fn validate<'n>(volumes: Spot<'n, '_>, pod: &str, is_pod: bool) -> Volumes<'n> {
    let mut names: FxHashSet<&str> = FxHashSet::default();
    let mut valid = Volumes::default();
    for volume in volumes.items() {
        let mark = volume.mark();
        source(volume, pod, is_pod);
        let name = volume.field("name");
        name.required_dns_label();
        if names.contains(name.text()) {
            name.duplicate();
        }
        if volume.is_clean_since(mark) {
            names.insert(name.text());
            valid.insert(name.text(), volume.node());
        }
        let claim = volume.field("persistentVolumeClaim.claimName");
        let is_made = |other: Spot<'_, '_>| {
            other.field("ephemeral").is_set()
                && claim.text() == format!("{pod}-{}", other.field("name").text())
        };
        if !pod.is_empty() && claim.is_set() && volumes.items().any(is_made) {
            claim.invalid("must not reference a PVC that gets created for an ephemeral volume");
        }
    }
    valid
}

const SECOND: &str = "may not specify more than 1 volume type";

fn source(volume: Spot<'_, '_>, pod: &str, is_pod: bool) {
    let mut is_found = false;
    for (name, needed) in SOURCES {
        let source = volume.field(name);
        if !source.is_set() {
            continue;
        }
        if is_found {
            match *name {
                "cephfs" => volume.called("cephFS").forbidden(SECOND),
                "downwardAPI" => volume.called("downwarAPI").forbidden(SECOND),
                _ => source.forbidden(SECOND),
            }
        } else {
            details(&source, name, needed, (volume, pod, is_pod));
        }
        is_found = true;
        if *name == "iscsi" {
            initiator_length(volume, &source);
        }
    }
    if !is_found {
        volume.required("must specify a volume type");
    }
}

fn initiator_length(volume: Spot<'_, '_>, source: &Spot<'_, '_>) {
    let length = volume.field("name").text().len() + source.field("targetPortal").text().len();
    if source.field("initiatorName").is_set() && length + 1 > 64 {
        volume.field("name").invalid(
            "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if \
             iscsi.initiatorName is specified.",
        );
    }
}

/// A source of a volume: what it needs, and what is particular to it.
fn details(
    source: &Spot<'_, '_>,
    name: &str,
    needed: &[&'static str],
    (volume, pod, is_pod): (Spot<'_, '_>, &str, bool),
) {
    common(source, name, needed);
    match name {
        "emptyDir" => {
            let limit = source.field("sizeLimit");
            if limit.quantity() < 0 {
                limit.forbidden("SizeLimit field must be a valid resource quantity");
            }
        }
        "secret" | "configMap" => {
            source.field("defaultMode").file_mode();
            for item in source.field("items").items() {
                key_to_path(item);
            }
        }
        "downwardAPI" => projected::downward_api(source),
        "projected" => projected::validate(source),
        "cinder" => {
            let secret = source.field("secretRef");
            if secret.is_set() {
                secret.field("name").required_text();
            }
        }
        "csi" => csi(source),
        "ephemeral" => ephemeral(source, volume, pod),
        "image" => {
            if is_pod {
                source.field("reference").required_text();
            }
            source.field("pullPolicy").required_one_of(&["Always", "IfNotPresent", "Never"]);
        }
        _ => {}
    }
}

/// What volumes of pods and persistent volumes have in common.
pub(crate) fn common(source: &Spot<'_, '_>, name: &str, needed: &[&'static str]) {
    for field in needed {
        let field = source.field(field);
        if field.is_empty() {
            field.required("");
        }
    }
    match name {
        "hostPath" => host_path(source),
        "gitRepo" => source.field("directory").descending_path(),
        "gcePersistentDisk" | "awsElasticBlockStore" => {
            let partition = source.field("partition");
            if !(0..=255).contains(&partition.number()) {
                partition.invalid("must be between 1 and 255, inclusive");
            }
        }
        "nfs" => {
            let path = source.field("path");
            if !path.text().starts_with('/') {
                path.invalid_as(&crate::go::quoted(path.text()), "must be an absolute path");
            }
        }
        "iscsi" => iscsi(source),
        "flocker" => flocker(source),
        "quobyte" => quobyte(source),
        "fc" => fibre_channel(source),
        "flexVolume" => {
            for (key, option) in source.field("options").entries() {
                let namespace = key.split('/').next().unwrap_or_default().to_ascii_lowercase();
                let namespace = format!(".{namespace}");
                if [".kubernetes.io", ".k8s.io"].iter().any(|own| namespace.ends_with(own)) {
                    let why = "kubernetes.io and k8s.io namespaces are reserved";
                    option.invalid_as(&crate::go::quoted(key), why);
                }
            }
        }
        "azureDisk" => azure_disk(source),
        "storageos" => {
            source.field("volumeName").required_dns_label();
            source.field("volumeNamespace").optional_dns_label();
            let secret = source.field("secretRef");
            if secret.is_set() {
                secret.field("name").required_text();
            }
        }
        _ => {}
    }
}

fn host_path(source: &Spot<'_, '_>) {
    let path = source.field("path");
    if path.text().is_empty() {
        return path.required("");
    }
    path.no_backsteps();
    source.field("type").one_of(&[
        "",
        "BlockDevice",
        "CharDevice",
        "Directory",
        "DirectoryOrCreate",
        "File",
        "FileOrCreate",
        "Socket",
    ]);
}

fn iscsi(source: &Spot<'_, '_>) {
    let iqn = source.field("iqn");
    if !iqn.text().is_empty() {
        initiator(&iqn);
    }
    let lun = source.field("lun");
    lun.within(0, 255);
    let has_auth = ["chapAuthDiscovery", "chapAuthSession"];
    let secret = source.field("secretRef");
    if has_auth.into_iter().any(|field| source.field(field).is_true()) && !secret.is_set() {
        secret.required("");
    }
    let name = source.field("initiatorName");
    if name.is_set() {
        initiator(&source.called("initiatorname").with(name.node()));
    }
}

/// A name of an iSCSI initiator or target.
fn initiator(name: &Spot<'_, '_>) {
    let text = name.text();
    let alphanumeric = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    let is_valid = if text.starts_with("iqn") {
        is_iqn(text)
    } else if text.starts_with("eui") {
        text.get(4..).is_some_and(|rest| alphanumeric(rest, 16))
    } else if text.starts_with("naa") {
        text.get(4..).is_some_and(|rest| alphanumeric(rest, 32))
    } else {
        return name.invalid("must be valid format starting with iqn, eui, or naa");
    };
    if !is_valid {
        name.invalid("must be valid format");
    }
}

/// `iqn.2000-01.com.example:what`.
fn is_iqn(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("iqn.") else { return false };
    let (Some(date), Some(rest)) = (rest.get(..8), rest.get(8..)) else { return false };
    let is_date = date.bytes().enumerate().all(|(at, byte)| match at {
        4 => byte == b'-',
        7 => byte == b'.',
        _ => byte.is_ascii_digit(),
    });
    let Some((domain, name)) = rest.split_once(':') else { return false };
    let is_domain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    let is_name = |char: char| !char.is_whitespace() && !"^,;*&$|".contains(char);
    is_date
        && !domain.is_empty()
        && domain.bytes().all(is_domain)
        && !name.is_empty()
        && name.chars().all(is_name)
}

fn flocker(source: &Spot<'_, '_>) {
    let (name, uuid) = (source.field("datasetName"), source.field("datasetUUID"));
    match (name.text().is_empty(), uuid.text().is_empty()) {
        (true, true) => source.required("one of datasetName and datasetUUID is required"),
        (false, false) => source.invalid_as(
            "\"resource\"",
            "datasetName and datasetUUID can not be specified simultaneously",
        ),
        _ => {}
    }
    if name.text().contains('/') {
        name.invalid("must not contain '/'");
    }
}

fn quobyte(source: &Spot<'_, '_>) {
    let why = "must be a host:port pair or multiple pairs separated by commas";
    let registry = source.field("registry");
    if registry.text().is_empty() {
        registry.required(why);
    } else if source.field("tenant").text().len() >= 65 {
        source
            .field("tenant")
            .required("must be a UUID and may not exceed a length of 64 characters");
    } else {
        for pair in registry.text().split(',') {
            if !pair.contains(':') {
                registry.invalid(why);
            }
        }
    }
    source.field("volume").required_text();
}

fn fibre_channel(source: &Spot<'_, '_>) {
    let (names, ids) = (source.field("targetWWNs"), source.field("wwids"));
    if names.is_empty() && ids.is_empty() {
        names.required("must specify either targetWWNs or wwids, but not both");
    }
    if !names.is_empty() && !ids.is_empty() {
        names.invalid("targetWWNs and wwids can not be specified simultaneously");
    }
    let lun = source.field("lun");
    if !names.is_empty() {
        if lun.is_set() {
            lun.within(0, 255);
        } else {
            lun.required("lun is required if targetWWNs is specified");
        }
    }
}

fn azure_disk(source: &Spot<'_, '_>) {
    source.field("cachingMode").one_of(&["None", "ReadOnly", "ReadWrite"]);
    let kind = source.field("kind");
    kind.one_of(&["Dedicated", "Managed", "Shared"]);
    let uri = source.field("diskURI");
    let is_managed = kind.text() == "Managed";
    if is_managed && !uri.text().starts_with("/subscriptions/") {
        uri.unsupported(&["/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"]);
    }
    if kind.is_set() && !is_managed && !uri.text().starts_with("https://") {
        uri.unsupported(&[
            "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd",
        ]);
    }
}

fn csi(source: &Spot<'_, '_>) {
    csi_driver(&source.field("driver"));
    let secret = source.field("nodePublishSecretRef");
    if secret.is_set() {
        let name = secret.field("name");
        match name.text() {
            "" => name.required(""),
            text => source.called("name").named(text, names::subdomain(text)),
        }
    }
}

/// The name of a driver of storage.
pub(crate) fn csi_driver(name: &Spot<'_, '_>) {
    let text = name.text();
    if text.is_empty() {
        return name.required("");
    }
    if text.len() > 63 {
        name.too_long(63);
    }
    name.named(text, names::subdomain(&text.to_ascii_lowercase()));
}

fn ephemeral(source: &Spot<'_, '_>, volume: Spot<'_, '_>, pod: &str) {
    let template = source.field("volumeClaimTemplate");
    if template.is_set() {
        template_metadata(&template.field("metadata"));
        claim_spec(&template.field("spec"));
    } else {
        template.required("");
    }
    let name = volume.field("name").text();
    if !pod.is_empty() && !name.is_empty() {
        let claim = format!("{pod}-{name}");
        for why in names::subdomain(&claim) {
            let why = format!("PVC name {}: {why}", crate::go::quoted(&claim));
            source.called("name").invalid_as(&crate::go::quoted(name), &why);
        }
    }
}

/// A key and the file that it becomes.
pub(super) fn key_to_path(item: Spot<'_, '_>) {
    item.field("key").required_text();
    let path = item.field("path");
    path.required_text();
    path.local_path();
    item.field("mode").file_mode();
}
