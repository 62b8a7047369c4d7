//! What pods and containers may do on their node.

use rustc_hash::FxHashSet;

use super::Context;
use crate::go::quoted;
use crate::validation::names;
use crate::validation::spot::Spot;

const MOST_ID: i64 = 2_147_483_647;

pub(super) fn of_container(context: &Spot<'_, '_>, has_host_users: bool) {
    if !context.is_set() {
        return;
    }
    context.field("runAsUser").within(0, MOST_ID);
    context.field("runAsGroup").within(0, MOST_ID);
    let mount = context.field("procMount");
    mount.one_of(&["Default", "Unmasked"]);
    if has_host_users && mount.text() == "Unmasked" {
        mount.invalid("`hostUsers` must be false to use `Unmasked`");
    }
    seccomp(&context.field("seccompProfile"));
    if context.field("allowPrivilegeEscalation").is_false() {
        let internal = "core.SecurityContext";
        if context.field("privileged").is_true() {
            context.invalid_internal(
                internal,
                "cannot set `allowPrivilegeEscalation` to false and `privileged` to true",
            );
        }
        for capability in context.field("capabilities.add").items() {
            if capability.text() == "CAP_SYS_ADMIN" {
                context.invalid_internal(
                    internal,
                    "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN",
                );
            }
        }
    }
    windows(&context.field("windowsOptions"));
    app_armor(&context.field("appArmorProfile"));
}

pub(super) fn of_pod(spec: Spot<'_, '_>) {
    let context = spec.field("securityContext");
    if context.is_set() {
        context.field("fsGroup").within(0, MOST_ID);
        context.field("runAsUser").within(0, MOST_ID);
        context.field("runAsGroup").within(0, MOST_ID);
        for group in context.field("supplementalGroups").items() {
            group.within(0, MOST_ID);
        }
    }
    let share = spec.field("shareProcessNamespace");
    if share.is_true() && spec.field("hostPID").is_true() {
        context
            .called("shareProcessNamespace")
            .with(share.node())
            .invalid("ShareProcessNamespace and HostPID cannot both be enabled");
    }
    sysctls(spec, &context.field("sysctls"));
    context.field("fsGroupChangePolicy").one_of(&["Always", "OnRootMismatch"]);
    seccomp(&context.field("seccompProfile"));
    windows(&context.field("windowsOptions"));
    app_armor(&context.field("appArmorProfile"));
    context.field("supplementalGroupsPolicy").one_of(&["Merge", "Strict"]);
    context.field("seLinuxChangePolicy").one_of(&["MountOption", "Recursive"]);
}

fn is_sysctl(name: &str) -> bool {
    let is_outer = |byte: Option<u8>| {
        byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let is_segment = |segment: &str| {
        let is_inner = |byte: u8| is_outer(Some(byte)) || matches!(byte, b'-' | b'_');
        segment.bytes().all(is_inner)
            && is_outer(segment.bytes().next())
            && is_outer(segment.bytes().next_back())
    };
    name.len() <= 253 && name.split(['.', '/']).all(is_segment)
}

fn sysctls(spec: Spot<'_, '_>, list: &Spot<'_, '_>) {
    let mut names = FxHashSet::default();
    for sysctl in list.items() {
        let name = sysctl.field("name");
        let text = name.text();
        if text.is_empty() {
            name.required("");
        } else if !is_sysctl(text) {
            name.invalid(
                "must have at most 253 characters and match regex \
                 ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$",
            );
        } else if names.contains(text) {
            name.duplicate();
        }
        let dotted = text.replace('/', ".");
        let is_ipc = ["kernel.shm", "kernel.msg", "fs.mqueue."]
            .iter()
            .any(|start| dotted.starts_with(start))
            || dotted == "kernel.sem";
        if spec.field("hostNetwork").is_true() && dotted.starts_with("net.") {
            name.invalid("may not be specified when 'hostNetwork' is true");
        } else if spec.field("hostIPC").is_true() && is_ipc {
            name.invalid("may not be specified when 'hostIPC' is true");
        }
        names.insert(text);
    }
}

fn seccomp(profile: &Spot<'_, '_>) {
    if !profile.is_set() {
        return;
    }
    let (kind, local) = (profile.field("type"), profile.field("localhostProfile"));
    if kind.text().is_empty() {
        kind.required("type is required when seccompProfile is set");
    } else {
        kind.one_of(&["Localhost", "RuntimeDefault", "Unconfined"]);
    }
    match (kind.text() == "Localhost", local.is_set()) {
        (true, true) => local.descending_path(),
        (true, false) => local.required("must be set when seccomp type is Localhost"),
        (false, true) => local.with(profile.node()).invalid_internal(
            "core.SeccompProfile",
            "can only be set when seccomp type is Localhost",
        ),
        (false, false) => {}
    }
}

fn app_armor(profile: &Spot<'_, '_>) {
    if !profile.is_set() {
        return;
    }
    let (kind, local) = (profile.field("type"), profile.field("localhostProfile"));
    match kind.text() {
        "Localhost" => {
            let text = local.text();
            if text.trim() != text {
                local.invalid("must not be padded with whitespace");
            } else if text.is_empty() {
                local.required("must be set when AppArmor type is Localhost");
            }
            if text.len() > 4095 {
                local.too_long(4095);
            }
        }
        "RuntimeDefault" | "Unconfined" if local.is_set() => {
            local.invalid("can only be set when AppArmor type is Localhost");
        }
        "RuntimeDefault" | "Unconfined" => {}
        "" => kind.required("type is required when appArmorProfile is set"),
        _ => kind.unsupported(&["Localhost", "RuntimeDefault", "Unconfined"]),
    }
}

fn windows(options: &Spot<'_, '_>) {
    let name = options.field("gmsaCredentialSpecName");
    if name.is_set() {
        name.dns_subdomain();
    }
    let spec = options.field("gmsaCredentialSpec");
    if spec.is_set() && spec.text().is_empty() {
        spec.invalid("gmsaCredentialSpec cannot be an empty string");
    } else if spec.text().len() > 64 * 1024 {
        spec.invalid("gmsaCredentialSpec size must be under 64 KiB");
    }
    let user = options.field("runAsUserName");
    if user.is_set() {
        windows_user(&user);
    }
}

fn windows_user(user: &Spot<'_, '_>) {
    let text = user.text();
    let parts: Vec<&str> = text.split('\\').collect();
    let (domain, name) = match parts.as_slice() {
        _ if text.is_empty() => return user.invalid("runAsUserName cannot be an empty string"),
        _ if text.chars().any(|char| char.is_ascii_control()) => {
            return user.invalid("runAsUserName cannot contain control characters");
        }
        [name] => (None, *name),
        [domain, name] => (Some(*domain), *name),
        _ => return user.invalid("runAsUserName cannot contain more than one backslash"),
    };
    if domain.is_some_and(|domain| domain.len() >= 256) {
        user.invalid("runAsUserName's Domain length must be under 256 characters");
    }
    let is_net_bios = |domain: &str| {
        let length = domain.chars().count();
        (1..=15).contains(&length)
            && !domain.starts_with('.')
            && !domain.chars().any(|char| "\\/:*?\"<>|".contains(char))
    };
    let is_dns = |domain: &str| names::subdomain(&domain.to_ascii_lowercase()).is_empty();
    if domain.is_some_and(|domain| !is_net_bios(domain) && !is_dns(domain)) {
        user.invalid("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
    }
    if name.is_empty() {
        user.invalid("runAsUserName's User cannot be empty");
    } else if name.len() > 104 {
        user.invalid("runAsUserName's User length must not be longer than 104 characters");
    }
    if !name.is_empty() && name.chars().all(|char| matches!(char, '.' | ' ')) {
        user.invalid("runAsUserName's User cannot contain only periods or spaces");
    }
    if name.chars().any(|char| "\"/\\:;|=,+*?<>@[]".contains(char)) {
        user.invalid(
            "runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]",
        );
    }
}

const CONTAINERS: &[&str] = &["initContainers", "containers", "ephemeralContainers"];

/// Calls `work` with every container of a pod.
pub(super) fn each_container(spec: Spot<'_, '_>, work: &mut dyn FnMut(Spot<'_, '_>)) {
    for list in CONTAINERS {
        for container in spec.field(list).items() {
            work(container);
        }
    }
}

/// Containers that are processes of a Windows node: all or none.
pub(super) fn host_processes(spec: Spot<'_, '_>) {
    let of = |spot: Spot<'_, '_>| {
        spot.field("securityContext.windowsOptions.hostProcess").node().as_bool()
    };
    let own = of(spec);
    let (mut all, mut such) = (0, 0);
    each_container(spec, &mut |container| {
        all += 1;
        let theirs = of(container);
        if let (Some(own), Some(theirs)) = (own, theirs)
            && own != theirs
        {
            let why =
                format!("pod hostProcess value must be identical if both are specified, was {own}");
            container
                .called("securityContext.windowsOptions.hostProcess")
                .invalid_as(&theirs.to_string(), &why);
        }
        such += usize::from(theirs.or(own) == Some(true));
    });
    if such == 0 {
        return;
    }
    if such != all {
        let why = "If pod contains any hostProcess containers then all containers must be HostProcess \
                   containers";
        spec.invalid_as("\"\"", why);
    }
    let network = spec.field("hostNetwork");
    if !network.is_true() {
        let why = "hostNetwork must be true if pod contains any hostProcess containers";
        network.invalid_as("false", why);
    }
}

/// What does not go together with users of the pod's own.
pub(super) fn host_users(spec: Spot<'_, '_>) {
    if !spec.field("hostUsers").is_false() {
        return;
    }
    let why = "when `hostUsers` is false";
    for (field, called) in
        [("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC")]
    {
        if spec.field(field).is_true() {
            spec.called(called).forbidden(why);
        }
    }
    each_container(spec, &mut |container| {
        let devices = container.field("volumeDevices");
        if !devices.is_empty() {
            devices.forbidden(why);
        }
    });
}

/// What a pod of an operating system may not have.
pub(super) fn operating_system(spec: Spot<'_, '_>, context: &Context<'_, '_>) {
    let system = spec.field("os");
    if !system.is_set() {
        return;
    }
    match context.os {
        "" => system.field("name").required(""),
        "linux" => {
            let why = "windows options cannot be set for a linux pod";
            let forbid = |spot: Spot<'_, '_>| {
                let options = spot.field("securityContext.windowsOptions");
                if options.is_set() {
                    options.forbidden(why);
                }
            };
            forbid(spec);
            each_container(spec, &mut |container| forbid(container));
        }
        "windows" => windows_pod(spec),
        other => system.unsupported_as(&quoted(other), &["linux", "windows"]),
    }
}

fn windows_pod(spec: Spot<'_, '_>) {
    let forbid = |spot: Spot<'_, '_>, fields: &[&'static str]| {
        for field in fields {
            let field = spot.field(field);
            if field.is_set() {
                field.forbidden("cannot be set for a windows pod");
            }
        }
    };
    forbid(
        spec,
        &[
            "securityContext.appArmorProfile",
            "securityContext.seLinuxOptions",
            "hostUsers",
            "hostPID",
            "hostIPC",
            "securityContext.seccompProfile",
            "securityContext.fsGroup",
            "securityContext.fsGroupChangePolicy",
            "securityContext.sysctls",
            "shareProcessNamespace",
            "securityContext.runAsUser",
            "securityContext.runAsGroup",
            "securityContext.supplementalGroups",
            "securityContext.supplementalGroupsPolicy",
            "securityContext.seLinuxChangePolicy",
        ],
    );
    each_container(spec, &mut |container| {
        forbid(
            container,
            &[
                "securityContext.appArmorProfile",
                "securityContext.seLinuxOptions",
                "securityContext.seccompProfile",
                "securityContext.capabilities",
                "securityContext.readOnlyRootFilesystem",
                "securityContext.privileged",
                "securityContext.allowPrivilegeEscalation",
                "securityContext.procMount",
                "securityContext.runAsUser",
                "securityContext.runAsGroup",
            ],
        );
    });
}
