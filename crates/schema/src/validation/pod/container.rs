//! Containers, whatever their kind.

use rustc_hash::FxHashSet;

use super::volumes::Volumes;
use super::{Context, env, probe, resources, security};
use crate::validation::names;
use crate::validation::spot::{Spot, shown};

/// The containers that run.
pub(super) fn main(list: Spot<'_, '_>, context: &Context<'_, '_>, volumes: &Volumes<'_>) {
    if list.is_empty() {
        return list.required("");
    }
    let mut names = FxHashSet::default();
    for container in list.items() {
        common(container, context, volumes);
        let name = container.field("name");
        if !names.insert(name.text()) {
            name.duplicate_as(&shown(name.node()));
        }
        probe::lifecycle(&container.field("lifecycle"), context);
        probe::all(container, context);
        restart_policy(container);
    }
    host_ports(list, list.items());
}

/// The containers that run before.
pub(super) fn init(
    list: Spot<'_, '_>,
    others: Spot<'_, '_>,
    context: &Context<'_, '_>,
    volumes: &Volumes<'_>,
) {
    let mut names = others.names();
    for container in list.items() {
        common(container, context, volumes);
        restart_policy(container);
        let name = container.field("name");
        if names.contains(name.text()) {
            name.duplicate();
        } else if !name.text().is_empty() {
            names.insert(name.text());
        }
        host_ports(list, std::iter::once(list.index(0).with(container.node())));
        let stays = container.field("restartPolicy").text() == "Always";
        if stays {
            probe::lifecycle(&container.field("lifecycle"), context);
            probe::all(container, context);
        } else {
            for field in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
                let field = container.field(field);
                if field.is_set() {
                    let why = "may not be set for init containers without restartPolicy=Always";
                    field.forbidden(why);
                }
            }
            for policy in container.field("resizePolicy").items() {
                let restart = policy.field("restartPolicy");
                if restart.text() == "RestartContainer" {
                    restart.invalid(
                        "must not be set to 'RestartContainer' for non-sidecar initContainers",
                    );
                }
            }
        }
    }
}

/// What a container for debugging may have.
const EPHEMERAL_FIELDS: &[&str] = &[
    "name",
    "image",
    "command",
    "args",
    "workingDir",
    "envFrom",
    "env",
    "volumeMounts",
    "volumeDevices",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "imagePullPolicy",
    "securityContext",
    "stdin",
    "stdinOnce",
    "tty",
    "targetContainerName",
];

/// The containers for debugging.
pub(super) fn ephemeral(
    list: Spot<'_, '_>,
    (main, init): (Spot<'_, '_>, Spot<'_, '_>),
    context: &Context<'_, '_>,
    volumes: &Volumes<'_>,
) {
    let mut others = main.names();
    others.extend(init.names());
    let mut names = others.clone();
    for container in list.items() {
        common(container, context, volumes);
        image_has_no_blanks(container);
        let name = container.field("name");
        if !names.insert(name.text()) {
            name.duplicate();
        }
        let target = container.field("targetContainerName");
        if !target.text().is_empty() && !others.contains(target.text()) {
            target.not_found();
        }
        for field in ["ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle"]
            .into_iter()
            .chain(["resizePolicy", "restartPolicy", "restartPolicyRules"])
        {
            if container.field(field).is_set() && !EPHEMERAL_FIELDS.contains(&field) {
                container.called(field).forbidden("cannot be set for an Ephemeral Container");
            }
        }
        let resources = container.field("resources");
        if !resources.is_empty() {
            resources.forbidden("cannot be set for an Ephemeral Container");
        }
        for mount in container.field("volumeMounts").items() {
            for field in ["subPath", "subPathExpr"] {
                let field = mount.field(field);
                if !field.text().is_empty() {
                    field.forbidden("cannot be set for an Ephemeral Container");
                }
            }
        }
    }
}

/// An image has no blanks around it: asked of pods only, not of what makes pods.
pub(super) fn image_has_no_blanks(container: Spot<'_, '_>) {
    let image = container.field("image");
    if image.text().trim().len() != image.text().len() {
        image.invalid("must not have leading or trailing whitespace");
    }
}

fn common(container: Spot<'_, '_>, context: &Context<'_, '_>, volumes: &Volumes<'_>) {
    container.field("name").required_dns_label();
    container.field("image").required_text();
    container.field("terminationMessagePolicy").required_one_of(&["File", "FallbackToLogsOnError"]);
    ports(&container.field("ports"));
    env::variables(&container.field("env"));
    env::sources(&container.field("envFrom"));
    mounts(container, volumes);
    devices(container, volumes);
    container.field("imagePullPolicy").required_one_of(&["Always", "IfNotPresent", "Never"]);
    resources::validate(&container.field("resources"), &context.claims);
    resources::resize_policy(&container.field("resizePolicy"), context.restart_policy);
    security::of_container(&container.field("securityContext"), context.has_host_users);
}

fn ports(ports: &Spot<'_, '_>) {
    let mut names = FxHashSet::default();
    for port in ports.items() {
        let name = port.field("name");
        if !name.text().is_empty() {
            let mark = name.mark();
            name.invalid_for(names::port(name.text()));
            if name.is_clean_since(mark) && !names.insert(name.text()) {
                name.duplicate();
            }
        }
        let number = port.field("containerPort");
        if number.number() == 0 {
            number.required("");
        } else {
            number.port_number();
        }
        let host = port.field("hostPort");
        if host.number() != 0 {
            host.port_number();
        }
        port.field("protocol").required_one_of(&["SCTP", "TCP", "UDP"]);
    }
}

fn mounts(container: Spot<'_, '_>, volumes: &Volumes<'_>) {
    let (list, devices) = (container.field("volumeMounts"), container.field("volumeDevices"));
    let mut paths = FxHashSet::default();
    for mount in list.items() {
        let (name, path) = (mount.field("name"), mount.field("mountPath"));
        name.required_text();
        if !volumes.contains_key(name.text()) {
            name.not_found();
        }
        path.required_text();
        if !paths.insert(path.text()) {
            path.invalid("must be unique");
        }
        if devices.items().any(|device| device.field("name").text() == name.text()) {
            name.invalid("must not already exist in volumeDevices");
        }
        if devices.items().any(|device| device.field("devicePath").text() == path.text()) {
            path.invalid("must not already exist as a path in volumeDevices");
        }
        let (below, expression) = (mount.field("subPath"), mount.field("subPathExpr"));
        if !below.text().is_empty() {
            list.called("subPath").with(below.node()).descending_path();
        }
        if !expression.text().is_empty() {
            if !below.text().is_empty() {
                expression.invalid("subPathExpr and subPath are mutually exclusive");
            }
            list.called("subPathExpr").with(expression.node()).descending_path();
        }
        propagation(&list, &mount, container.field("securityContext.privileged").is_true());
        read_only(&list, &mount);
    }
}

fn propagation(list: &Spot<'_, '_>, mount: &Spot<'_, '_>, privileged: bool) {
    let mode = mount.field("mountPropagation");
    let at = list.called("mountPropagation").with(mode.node());
    at.one_of(&["Bidirectional", "HostToContainer", "None"]);
    if mode.text() == "Bidirectional" && !privileged {
        at.forbidden("Bidirectional mount propagation is available only to privileged containers");
    }
}

fn read_only(list: &Spot<'_, '_>, mount: &Spot<'_, '_>) {
    let mode = mount.field("recursiveReadOnly");
    let at = list.called("recursiveReadOnly").with(mode.node());
    match mode.text() {
        "" | "Disabled" => {}
        "Enabled" | "IfPossible" => {
            if !mount.field("readOnly").is_true() {
                at.forbidden("may only be specified when readOnly is true");
            }
            if !matches!(mount.field("mountPropagation").text(), "" | "None") {
                at.forbidden(
                    "may only be specified when mountPropagation is None or not specified",
                );
            }
        }
        _ => at.unsupported(&["Disabled", "Enabled", "IfPossible"]),
    }
}

fn devices(container: Spot<'_, '_>, volumes: &Volumes<'_>) {
    let (list, mounts) = (container.field("volumeDevices"), container.field("volumeMounts"));
    let (mut names, mut paths) = (FxHashSet::default(), FxHashSet::default());
    for device in list.items() {
        let (name, path) = (device.field("name"), device.field("devicePath"));
        name.required_text();
        if names.contains(name.text()) {
            name.invalid("must be unique");
        }
        match volumes.get(name.text()) {
            None => name.not_found(),
            Some(volume) => {
                let fits = |field: &str| volume.get(field).is_some_and(|node| !node.is_null());
                if !fits("persistentVolumeClaim") && !fits("ephemeral") {
                    name.invalid(
                        "can only use volume source type of PersistentVolumeClaim or Ephemeral for block \
                         mode",
                    );
                }
            }
        }
        path.required_text();
        if paths.contains(path.text()) {
            path.invalid("must be unique");
        }
        if path.text().split('/').any(|part| part == "..") {
            path.invalid("can not contain backsteps ('..')");
        } else {
            paths.insert(path.text());
        }
        if mounts.items().any(|mount| mount.field("name").text() == name.text()) {
            name.invalid("must not already exist in volumeMounts");
        }
        if mounts.items().any(|mount| mount.field("mountPath").text() == path.text()) {
            path.invalid("must not already exist as a path in volumeMounts");
        }
        if !name.text().is_empty() {
            names.insert(name.text());
        }
    }
}

fn host_ports<'n, 's>(list: Spot<'_, '_>, containers: impl Iterator<Item = Spot<'n, 's>>)
where
    'n: 's,
{
    let mut taken = FxHashSet::default();
    for (index, container) in containers.enumerate() {
        let at = list.index(index).with(container.node());
        for port in at.field("ports").items() {
            let host = port.field("hostPort");
            if host.number() == 0 {
                continue;
            }
            let protocol = port.field("protocol").text();
            let key = format!("{protocol}/{}/{}", port.field("hostIP").text(), host.number());
            if taken.contains(&key) {
                host.duplicate_as(&crate::go::quoted(&key));
            }
            taken.insert(key);
        }
    }
}

fn restart_policy(container: Spot<'_, '_>) {
    let (policy, rules) = (container.field("restartPolicy"), container.field("restartPolicyRules"));
    if !policy.is_set() {
        if !rules.is_empty() {
            policy.required("must specify restartPolicy when restart rules are used");
        } else {
            return;
        }
    }
    policy.one_of(&["Always", "Never", "OnFailure"]);
    if rules.len() > 20 {
        rules.too_many(20);
    }
    for rule in rules.items() {
        let action = rule.field("action");
        if !matches!(action.text(), "Restart" | "RestartAllContainers") {
            action.unsupported_as(
                &crate::go::quoted(action.text()),
                &["Restart", "RestartAllContainers"],
            );
        }
        let codes = rule.field("exitCodes");
        if !codes.is_set() {
            codes.required("must be specified");
            continue;
        }
        let operator = codes.field("operator");
        if !matches!(operator.text(), "In" | "NotIn") {
            operator.unsupported_as(&crate::go::quoted(operator.text()), &["In", "NotIn"]);
        }
        if codes.field("values").len() > 255 {
            codes.field("values").too_many(255);
        }
    }
}
