//! The specs of pods, and the templates of what makes pods (`pkg/apis/core/validation`).

mod container;
mod env;
mod probe;
mod projected;
pub(super) mod resources;
pub(super) mod scheduling;
mod security;
mod status;
mod update;
pub(super) mod volumes;

use manifest::Node;
use rustc_hash::FxHashSet;

use super::spot::Spot;
use super::{address, metadata, names};

pub(super) use status::status;
pub(super) use update::{ephemeral_containers, resize, update};

/// What the parts of a pod want to know of the whole.
pub(super) struct Context<'n, 't> {
    /// How long the pod has to stop.
    grace: Option<i64>,
    /// Its operating system; empty where it says none.
    os: &'t str,
    restart_policy: &'t str,
    /// Whether users in the pod are users of the node.
    has_host_users: bool,
    /// The names of its claims of devices.
    claims: FxHashSet<&'n str>,
}

/// A new pod.
pub(super) fn create(pod: Spot<'_, '_>) {
    metadata_and_spec(pod);
    let spec = pod.field("spec");
    let ephemeral = spec.field("ephemeralContainers");
    if !ephemeral.is_empty() {
        ephemeral.forbidden("cannot be set on create");
    }
    let node = spec.field("nodeName");
    if !node.text().is_empty() && !spec.field("schedulingGates").is_empty() {
        node.forbidden("cannot be set until all schedulingGates have been cleared");
    }
}

fn metadata_and_spec(pod: Spot<'_, '_>) {
    metadata::named(pod, names::subdomain);
    let (metadata, spec) = (pod.field("metadata"), pod.field("spec"));
    let annotations = metadata.field("annotations");
    self::annotations(&annotations, spec);
    validate(spec, metadata.field("name").text(), true);
    if spec.field("serviceAccountName").text().is_empty() {
        for volume in spec.field("volumes").items() {
            let projected = volume.field("projected");
            for source in projected.field("sources").items() {
                let token = source.field("serviceAccountToken");
                if token.is_set() {
                    token.forbidden("must not be specified when serviceAccountName is not set");
                }
            }
        }
    }
    for list in ["containers", "initContainers"] {
        for container in spec.field(list).items() {
            container::image_has_no_blanks(container);
        }
    }
}

const MIRROR: &str = "kubernetes.io/config.mirror";
const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";
const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";

/// Annotations that mean something.
fn annotations(annotations: &Spot<'_, '_>, spec: Spot<'_, '_>) {
    for (key, value) in annotations.entries() {
        match key {
            MIRROR if spec.field("nodeName").text().is_empty() => {
                value.invalid("must set spec.nodeName if mirror pod annotation is set");
            }
            DELETION_COST if !is_cost(value.text()) => value.invalid("must be a 32bit integer"),
            _ => {}
        }
        let Some(name) = key.strip_prefix(APP_ARMOR) else { continue };
        let mut is_there = false;
        security::each_container(spec, &mut |container| {
            is_there |= container.field("name").text() == name;
        });
        if !is_there {
            value.invalid_as(&crate::go::quoted(name), "container not found");
        }
        let text = value.text();
        let is_profile =
            matches!(text, "" | "runtime/default" | "unconfined") || text.starts_with("localhost/");
        if !is_profile {
            let quoted = crate::go::quoted(text);
            value.invalid(&format!("invalid AppArmor profile name: {quoted}"));
        }
    }
}

fn is_cost(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    text.parse::<i32>().is_ok()
        && !text.starts_with('+')
        && (digits == "0" && text == "0" || digits.starts_with(|c: char| ('1'..='9').contains(&c)))
}

/// The template of pods that something makes.
pub(super) fn template(template: Spot<'_, '_>) {
    let metadata = template.field("metadata");
    // Upstream leaves `metadata` out of these paths.
    template.called("labels").with(metadata.field("labels").node()).labels();
    let annotations = template.called("annotations").with(metadata.field("annotations").node());
    metadata::annotations(&annotations);
    let spec = template.field("spec");
    self::annotations(&annotations, spec);
    validate(spec, "", false);
    let ephemeral = spec.field("ephemeralContainers");
    if !ephemeral.is_empty() {
        ephemeral.forbidden("ephemeral containers not allowed in pod template");
    }
}

/// A spec; `name` is that of the pod, empty in a template.
fn validate(spec: Spot<'_, '_>, name: &str, is_pod: bool) {
    let grace = spec.field("terminationGracePeriodSeconds");
    if !grace.is_set() {
        grace.required("");
    }
    let context = Context {
        grace: grace.int(),
        os: spec.field("os.name").text(),
        restart_policy: spec.field("restartPolicy").text(),
        has_host_users: !spec.field("hostUsers").is_false(),
        claims: {
            let mut claims = spec.field("resourceClaims").names();
            claims.remove("");
            claims
        },
    };
    let volumes = volumes::validate(spec.field("volumes"), name, is_pod);
    resources::pod_claims(&spec.field("resourceClaims"));
    let (main, init) = (spec.field("containers"), spec.field("initContainers"));
    container::main(main, &context, &volumes);
    container::init(init, main, &context, &volumes);
    container::ephemeral(spec.field("ephemeralContainers"), (main, init), &context, &volumes);
    pod_resources(&spec.field("resources"), &context);
    host_network(spec, is_pod);
    spec.field("restartPolicy").required_one_of(&["Always", "OnFailure", "Never"]);
    spec.field("dnsPolicy").required_one_of(&[
        "ClusterFirstWithHostNet",
        "ClusterFirst",
        "Default",
        "None",
    ]);
    spec.field("nodeSelector").labels();
    security::of_pod(spec);
    scheduling::affinity(&spec.field("affinity"));
    dns(spec);
    for gate in spec.field("readinessGates").items() {
        gate.field("conditionType").qualified_name();
    }
    gates(&spec.field("schedulingGates"));
    scheduling::spread(&spec.field("topologySpreadConstraints"));
    security::host_processes(spec);
    security::host_users(spec);
    host_name(spec);
    rest(spec);
    security::operating_system(spec, &context);
    file_keys(spec);
}

/// What is left: names and numbers.
fn rest(spec: Spot<'_, '_>) {
    spec.field("serviceAccountName").optional_dns_subdomain();
    spec.field("nodeName").optional_dns_subdomain();
    spec.field("activeDeadlineSeconds").within(1, 2_147_483_647);
    spec.field("hostname").optional_dns_label();
    spec.field("subdomain").optional_dns_label();
    scheduling::tolerations(&spec.field("tolerations"));
    for alias in spec.field("hostAliases").items() {
        address::ip(&alias.field("ip"), &[]);
        for name in alias.field("hostnames").items() {
            name.dns_subdomain();
        }
    }
    spec.field("priorityClassName").optional_dns_subdomain();
    let runtime = spec.field("runtimeClassName");
    if runtime.is_set() {
        runtime.dns_subdomain();
    }
    spec.field("preemptionPolicy").one_of(&["PreemptLowerPriority", "Never"]);
    let overhead = spec.field("overhead");
    resources::overhead(&overhead, &overhead);
}

fn pod_resources(resources: &Spot<'_, '_>, context: &Context<'_, '_>) {
    if !resources.is_set() {
        return;
    }
    if context.os == "windows" {
        return resources.forbidden("may not be set for a windows pod");
    }
    let claims = resources.field("claims");
    if claims.is_set() {
        claims.forbidden("claims may not be set for Resources at pod-level");
    }
    resources::of_pod(resources, &context.claims);
}

fn host_network(spec: Spot<'_, '_>, is_pod: bool) {
    if !spec.field("hostNetwork").is_true() {
        return;
    }
    for container in spec.field("containers").items() {
        for port in container.field("ports").items() {
            let (host, own) = (port.field("hostPort"), port.field("containerPort").number());
            if (is_pod || host.number() != 0) && host.number() != own {
                let why = "must match `containerPort` when `hostNetwork` is true";
                host.invalid_as(&host.number().to_string(), why);
            }
        }
    }
}

fn dns(spec: Spot<'_, '_>) {
    let config = spec.field("dnsConfig");
    let servers = config.field("nameservers");
    if spec.field("dnsPolicy").text() == "None" {
        if !config.is_set() {
            return config.required("must provide `dnsConfig` when `dnsPolicy` is None");
        }
        if servers.is_empty() {
            return servers
                .required("must provide at least one DNS nameserver when `dnsPolicy` is None");
        }
    }
    if servers.len() > 3 {
        servers.invalid("must not have more than 3 nameservers");
    }
    for server in servers.items() {
        address::ip(&server, &[]);
    }
    let searches = config.field("searches");
    if searches.len() > 32 {
        searches.invalid("must not have more than 32 search paths");
    }
    let length: usize = searches.items().map(|search| search.text().len() + 1).sum();
    if length > 2049 {
        searches.invalid(
            "must not have more than 2048 characters (including spaces) in the search list",
        );
    }
    for search in searches.items().filter(|search| search.text() != ".") {
        let text = search.text();
        let text = text.strip_suffix('.').unwrap_or(text);
        search.named(text, names::subdomain_with_underscores(text));
    }
    for option in config.field("options").items() {
        if option.field("name").text().is_empty() {
            option.required("must not be empty");
        }
    }
}

fn gates(list: &Spot<'_, '_>) {
    let mut seen = FxHashSet::default();
    for gate in list.items() {
        let name = gate.field("name").text();
        gate.named(name, names::qualified(name));
        if !seen.insert(name) {
            gate.duplicate_as(&crate::go::quoted(name));
        }
    }
}

fn host_name(spec: Spot<'_, '_>) {
    let name = spec.field("hostnameOverride");
    if !name.is_set() {
        return;
    }
    if spec.field("setHostnameAsFQDN").is_true() {
        name.forbidden("may not be specified when setHostnameAsFQDN is true");
    }
    if spec.field("hostNetwork").is_true() {
        name.forbidden("may not be specified when hostNetwork is true");
    }
    if name.text().len() > 64 {
        name.too_long(64);
    }
    name.dns_subdomain();
}

/// Files that variables are read from are in an emptyDir.
fn file_keys(spec: Spot<'_, '_>) {
    let volume = |name: &str| -> Option<&Node> {
        let list = spec.field("volumes").list();
        list.iter().find(|volume| volume.str_at(&["name"]) == Some(name))
    };
    security::each_container(spec, &mut |container| {
        for variable in container.field("env").items() {
            let reference = variable.field("valueFrom.fileKeyRef");
            let name = reference.field("volumeName");
            match volume(name.text()) {
                _ if !reference.is_set() => {}
                None => name.not_found(),
                Some(volume) if volume.get("emptyDir").is_none_or(Node::is_null) => {
                    name.invalid("referenced volume must be of type emptyDir");
                }
                Some(_) => {}
            }
        }
    });
}
