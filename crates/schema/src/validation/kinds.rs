//! Which check a built-in kind has, when it is created, updated, or written to through a subresource.

use manifest::Node;

use super::spot::{Found, Spot};
use super::{
    Wrong, apps, autoscaling, batch, classes, core, endpoints, metadata, names, network, pod,
    policy, rbac, service, small, storage, webhooks,
};

/// What is wrong with an object of a built-in kind.
pub(super) fn validate(
    object: &Node,
    live: Option<&Node>,
    (group, kind): (&str, &str),
    subresource: &str,
) -> Vec<Wrong> {
    let found = Found::default();
    let spot = Spot::root(object, &found);
    match live {
        None => {
            create(spot, group, kind);
            if found.borrow().is_empty() {
                // What every name has to be; asked last, so that more particular words win.
                metadata::common(spot, names::path_segment);
            }
        }
        Some(live) => {
            metadata::common(spot, names::path_segment);
            metadata::common_update(spot, live);
            match subresource {
                "" => update(spot, live, group, kind),
                _ => write_below(spot, live, (group, kind), subresource),
            }
        }
    }
    found.into_inner()
}

/// What is wrong with the metadata of an object of a custom kind.
pub(super) fn custom_metadata(object: &Node, live: Option<&Node>) -> Vec<Wrong> {
    let found = Found::default();
    let spot = Spot::root(object, &found);
    match live {
        None => metadata::common(spot, names::subdomain),
        Some(live) => {
            metadata::common(spot, names::path_segment);
            // Upstream asks twice, in `registry/rest/update.go` and in the strategy, and both answers are seen.
            metadata::common_update(spot, live);
            metadata::common_update(spot, live);
        }
    }
    found.into_inner()
}

/// Checks that are the same for a new object and for an updated one.
fn both(object: Spot<'_, '_>, live: Option<&Node>, group: &str, kind: &str) -> bool {
    match (group, kind) {
        ("", "ConfigMap") => core::config_map(object, live),
        ("", "Secret") => core::secret(object, live),
        ("", "Namespace") => core::namespace(object, live),
        ("", "Node") => core::node(object, live),
        ("", "ServiceAccount") => core::service_account(object, live),
        ("", "PodTemplate") => core::pod_template(object, live),
        ("", "ResourceQuota") => core::quota(object, live),
        ("", "Endpoints") => endpoints::endpoints(object, live),
        ("", "ReplicationController") => apps::replication_controller(object, live),
        ("" | "events.k8s.io", "Event") => core::event(object, live),
        ("apps", "Deployment") => apps::deployment(object, live),
        ("apps", "ReplicaSet") => apps::replica_set(object, live),
        ("apps", "DaemonSet") => apps::daemon_set(object, live),
        ("apps", "StatefulSet") => apps::stateful_set(object, live),
        ("apps", "ControllerRevision") => apps::revision(object, live),
        ("batch", "Job") => batch::job(object, live),
        ("batch", "CronJob") => batch::cron_job(object, live),
        ("autoscaling", _) => autoscaling::autoscaler(object, live),
        ("networking.k8s.io", "Ingress") => network::ingress(object, live),
        ("networking.k8s.io", "IngressClass") => network::ingress_class(object, live),
        ("networking.k8s.io", "NetworkPolicy") => network::network_policy(object, live),
        ("networking.k8s.io", "IPAddress") => network::ip_address(object, live),
        ("networking.k8s.io", "ServiceCIDR") => network::service_cidr(object, live),
        ("discovery.k8s.io", "EndpointSlice") => endpoints::slice(object, live),
        ("policy", "PodDisruptionBudget") => policy::budget(object),
        ("coordination.k8s.io", "Lease") => small::lease(object, live),
        ("scheduling.k8s.io", "PriorityClass") => small::priority_class(object, live),
        ("node.k8s.io", "RuntimeClass") => small::runtime_class(object, live),
        ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => {
            rbac::role(object, live, kind == "ClusterRole");
        }
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
            rbac::binding(object, live, kind == "ClusterRoleBinding");
        }
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration") => {
            webhooks::configuration(object, live, false);
        }
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration") => {
            webhooks::configuration(object, live, true);
        }
        _ => return false,
    }
    true
}

fn create(object: Spot<'_, '_>, group: &str, kind: &str) {
    if both(object, None, group, kind) {
        return;
    }
    match (group, kind) {
        ("", "Pod") => pod::create(object),
        ("", "Service") => service::create(object),
        ("", "PersistentVolume") => storage::volume(object),
        ("", "PersistentVolumeClaim") => storage::claim(object),
        ("", "LimitRange") => core::limit_range(object),
        ("storage.k8s.io", "StorageClass") => classes::storage_class(object),
        ("storage.k8s.io", "VolumeAttributesClass") => classes::attributes_class(object),
        ("storage.k8s.io", "VolumeAttachment") => classes::attachment(object),
        ("storage.k8s.io", "CSINode") => classes::csi_node(object),
        ("storage.k8s.io", "CSIDriver") => classes::driver(object),
        ("storage.k8s.io", "CSIStorageCapacity") => classes::capacity(object),
        _ => metadata::named(object, names::subdomain),
    }
}

fn update(object: Spot<'_, '_>, live: &Node, group: &str, kind: &str) {
    if both(object, Some(live), group, kind) {
        return;
    }
    match (group, kind) {
        ("", "Pod") => pod::update(object, live),
        ("", "Service") => service::update(object, live),
        ("", "PersistentVolume") => storage::volume_update(object, live),
        ("", "PersistentVolumeClaim") => storage::claim_update(object, live),
        ("", "LimitRange") => core::limit_range(object),
        ("storage.k8s.io", "StorageClass") => classes::storage_class_update(object, live),
        ("storage.k8s.io", "VolumeAttributesClass") => {
            classes::attributes_class_update(object, live);
        }
        ("storage.k8s.io", "VolumeAttachment") => classes::attachment_update(object, live),
        ("storage.k8s.io", "CSINode") => classes::csi_node_update(object, live),
        ("storage.k8s.io", "CSIDriver") => classes::driver_update(object, live),
        ("storage.k8s.io", "CSIStorageCapacity") => classes::capacity_update(object, live),
        _ => metadata::updated(object, live),
    }
}

fn write_below(object: Spot<'_, '_>, live: &Node, (group, kind): (&str, &str), subresource: &str) {
    match (group, kind, subresource) {
        ("", "Pod", "status") => pod::status(object, live),
        ("", "Pod", "resize") => pod::resize(object, live),
        ("", "Pod", "ephemeralcontainers") => pod::ephemeral_containers(object, live),
        ("", "Service", "status") => service::status(object, live),
        ("", "Namespace", "finalize") => core::namespace_finalizers(object, live),
        ("", "Namespace", "status") => core::namespace_status(object, live),
        ("", "Node", "status") => core::node(object, Some(live)),
        ("", "PersistentVolumeClaim", "status") => storage::claim_status(object, live),
        ("", "ResourceQuota", "status") => core::quota_status(object, live),
        ("", "ReplicationController", "status") | ("apps", _, "status") => {
            apps::status(object, live, kind);
        }
        ("batch", "Job", "status") => batch::status(object, live),
        ("batch", "CronJob", "status") => {}
        ("autoscaling", _, "status") => autoscaling::status(object, live),
        ("networking.k8s.io", "Ingress", "status") => network::ingress_status(object, live),
        ("policy", "PodDisruptionBudget", "status") => policy::budget_status(object, live),
        _ => metadata::updated(object, live),
    }
}
