//! Classes of storage, and what drivers of storage say of themselves.

use manifest::Node;
use rustc_hash::FxHashSet;

use super::checks::same;
use super::pod::volumes::csi_driver;
use super::spot::Spot;
use super::storage::{size, volume_spec};
use super::{metadata, names};
use crate::go::quoted;

pub(super) fn storage_class(class: Spot<'_, '_>) {
    metadata::named(class, names::subdomain);
    provisioner(&class.field("provisioner"));
    parameters(&class.field("parameters"));
    class.field("reclaimPolicy").one_of(&["Delete", "Retain"]);
    let mode = class.field("volumeBindingMode");
    if mode.is_set() {
        mode.one_of(&["Immediate", "WaitForFirstConsumer"]);
    } else {
        mode.required("");
    }
    topologies(&class.field("allowedTopologies"));
}

pub(super) fn storage_class_update(class: Spot<'_, '_>, live: &Node) {
    metadata::updated(class, live);
    for field in ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"] {
        class.field(field).immutable(live.get(field));
    }
}

fn provisioner(name: &Spot<'_, '_>) {
    match name.text() {
        "" => name.required(""),
        text => {
            let text = text.to_ascii_lowercase();
            name.named(&text, names::qualified(&text));
        }
    }
}

const MOST_PARAMETERS: usize = 512;
const PARAMETERS_SIZE: usize = 256 * 1024;

fn parameters(parameters: &Spot<'_, '_>) {
    if parameters.len() > MOST_PARAMETERS {
        return parameters.too_long(MOST_PARAMETERS);
    }
    for (key, _) in parameters.entries() {
        if key.is_empty() {
            parameters.invalid_as("\"\"", "field can not be empty.");
        }
    }
    if size(parameters.node().as_map()) > PARAMETERS_SIZE {
        parameters.too_long(PARAMETERS_SIZE);
    }
}

fn topologies(list: &Spot<'_, '_>) {
    let mut seen: Vec<&Node> = Vec::new();
    for term in list.items() {
        let mut keys = FxHashSet::default();
        let expressions = term.field("matchLabelExpressions");
        for requirement in expressions.items() {
            let (key, values) = (requirement.field("key"), requirement.field("values"));
            if values.is_empty() {
                values.required("");
            }
            let mut known = FxHashSet::default();
            for value in values.items() {
                if !known.insert(value.text()) {
                    value.duplicate();
                }
            }
            key.named(key.text(), names::qualified(key.text()));
            if !keys.insert(key.text()) {
                key.duplicate();
            }
        }
        if seen.contains(&expressions.node()) {
            expressions.duplicate_as("\"\"");
        }
        seen.push(expressions.node());
    }
}

pub(super) fn attributes_class(class: Spot<'_, '_>) {
    metadata::named(class, names::subdomain);
    provisioner(&class.field("driverName"));
    let parameters = class.field("parameters");
    self::parameters(&parameters);
    if parameters.is_empty() {
        parameters.required("must contain at least one key/value pair");
    }
}

pub(super) fn attributes_class_update(class: Spot<'_, '_>, live: &Node) {
    metadata::updated(class, live);
    for field in ["driverName", "parameters"] {
        let field_spot = class.field(field);
        if !same(Some(field_spot.node()), live.get(field)) {
            field_spot.forbidden(&format!("updates to {field} are forbidden."));
        }
    }
    attributes_class(class);
}

pub(super) fn attachment(attachment: Spot<'_, '_>) {
    metadata::named(attachment, names::subdomain);
    let spec = attachment.field("spec");
    csi_driver(&spec.field("attacher"));
    let source = spec.field("source");
    let (inline, name) = (source.field("inlineVolumeSpec"), source.field("persistentVolumeName"));
    let one = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
    match (inline.is_set(), name.is_set()) {
        (false, false) => source.required(one),
        (true, true) => source.forbidden(one),
        (false, true) if name.text().is_empty() => {
            name.required("must specify non empty persistentVolumeName");
        }
        (false, true) => {}
        (true, false) => volume_spec(&inline, true),
    }
    let node = spec.field("nodeName");
    node.named(node.text(), names::subdomain(node.text()));
    let status = attachment.field("status");
    let data = status.field("attachmentMetadata");
    if size(data.node().as_map()) > PARAMETERS_SIZE {
        data.too_long(PARAMETERS_SIZE);
    }
    for field in ["attachError", "detachError"] {
        let error = status.field(field);
        if error.field("message").text().len() > 1024 {
            error.field("message").too_long(PARAMETERS_SIZE);
        }
        error.field("errorCode").within(0, 2_147_483_647);
    }
    if name.is_set() {
        name.invalid_for(names::subdomain(name.text()));
    }
}

pub(super) fn attachment_update(attachment: Spot<'_, '_>, live: &Node) {
    self::attachment(attachment);
    attachment.field("spec").immutable_internal(live.get("spec"), "storage.VolumeAttachmentSpec");
}

pub(super) fn csi_node(node: Spot<'_, '_>) {
    metadata::named(node, names::subdomain);
    let mut seen = FxHashSet::default();
    for driver in node.field("spec.drivers").items() {
        let (name, id) = (driver.field("name"), driver.field("nodeID"));
        csi_driver(&name);
        id.required_text();
        if id.text().len() > 256 {
            id.invalid("must be 256 characters or less");
        }
        driver.field("allocatable.count").non_negative();
        if !seen.insert(name.text()) {
            name.duplicate();
        }
        let mut keys = FxHashSet::default();
        for key in driver.field("topologyKeys").items() {
            let text = key.text();
            if text.is_empty() {
                driver.required("");
            }
            if !keys.insert(text) {
                driver.duplicate_as(&quoted(text));
            }
            driver.named(text, names::qualified(text));
        }
    }
}

pub(super) fn csi_node_update(node: Spot<'_, '_>, live: &Node) {
    csi_node(node);
    let rest = |node: &Node| {
        let mut map = node.as_map().cloned().unwrap_or_default();
        map.remove("allocatable");
        map
    };
    let drivers = node.field("spec.drivers");
    for old in live.at(&["spec", "drivers"]).and_then(Node::as_list).unwrap_or_default() {
        for driver in drivers.items() {
            let is_same = driver.node().get("name") == old.get("name");
            if is_same && rest(driver.node()) != rest(old) {
                let rest = Node::new(rest(driver.node()), driver.node().origin);
                drivers.with(&rest).invalid_internal("storage.CSINodeDriver", "field is immutable");
            }
        }
    }
}

pub(super) fn driver(driver: Spot<'_, '_>) {
    metadata::named(driver, names::subdomain);
    let spec = driver.field("spec");
    for (field, called) in [
        ("attachRequired", "attachedRequired"),
        ("podInfoOnMount", "podInfoOnMount"),
        ("storageCapacity", "storageCapacity"),
    ] {
        if !spec.field(field).is_set() {
            spec.called(called).required("");
        }
    }
    spec.field("fsGroupPolicy").one_of(&["File", "None", "ReadWriteOnceWithFSType"]);
    let requests = spec.field("tokenRequests");
    let mut audiences = FxHashSet::default();
    for request in requests.items() {
        let (audience, seconds) = (request.field("audience"), request.field("expirationSeconds"));
        if !audiences.insert(audience.text()) {
            audience.duplicate_as(&quoted(audience.text()));
            continue;
        }
        if seconds.int().is_some_and(|seconds| seconds < 600) {
            seconds.invalid("may not specify a duration less than 10 minutes");
        }
        if seconds.number() > 1 << 32 {
            seconds.invalid("may not specify a duration larger than 2^32 seconds");
        }
    }
    let modes = spec.field("volumeLifecycleModes");
    for mode in modes.items() {
        if !matches!(mode.text(), "Persistent" | "Ephemeral") {
            modes.unsupported_as(&quoted(mode.text()), &["Persistent", "Ephemeral"]);
        }
    }
    if !spec.field("seLinuxMount").is_set() {
        spec.field("seLinuxMount").required("");
    }
    let period = spec.field("nodeAllocatableUpdatePeriodSeconds");
    if period.int().is_some_and(|seconds| seconds < 10) {
        period.invalid("must be greater than or equal to 10 seconds");
    }
    let tokens = spec.field("serviceAccountTokenInSecrets");
    if tokens.is_set() && requests.is_empty() {
        tokens.invalid("serviceAccountTokenInSecrets is set but no tokenRequests are specified");
    }
}

pub(super) fn driver_update(driver: Spot<'_, '_>, live: &Node) {
    metadata::updated(driver, live);
    self::driver(driver);
    let spec = driver.field("spec");
    for (field, called) in
        [("attachRequired", "attachedRequired"), ("volumeLifecycleModes", "volumeLifecycleModes")]
    {
        let own = spec.field(field);
        spec.called(called).with(own.node()).immutable(live.at(&["spec", field]));
    }
}

pub(super) fn capacity(capacity: Spot<'_, '_>) {
    metadata::named(capacity, names::subdomain);
    capacity.field("nodeTopology").label_selector();
    let class = capacity.field("storageClassName");
    class.named(class.text(), names::subdomain(class.text()));
    capacity.field("capacity").non_negative_quantity();
}

pub(super) fn capacity_update(capacity: Spot<'_, '_>, live: &Node) {
    metadata::updated(capacity, live);
    for field in ["nodeTopology", "storageClassName"] {
        capacity.field(field).immutable(live.get(field));
    }
}
