//! Clusters that others have worked on before: kubectl, and Flux itself.

use super::*;

const MAP: &str = "
{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: x}, data: {k: v}}
";

#[test]
fn what_kubectl_left_goes_when_nobody_wants_it() {
    let mut cluster = Cluster::with(&owned(MAP));
    cluster.update("kubectl-edit", "", "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: x}, data: {extra: by hand}}");
    let inventory = inventory(&["x_a__ConfigMap"]);
    check(
        &cluster,
        MAP,
        &inventory,
        "objects:
  configure ConfigMap/x/a
    .data.extra: \"by hand\" to - [kubectl-edit]
    and takes over what others left
inventory: ConfigMap/x/a
",
    );
    let set = plan_with(&cluster, &owned(MAP), &inventory, false);
    cluster.carry_out(&set);
    check(&cluster, MAP, &inventory, "inventory: ConfigMap/x/a\nunchanged: 1\n");
}

#[test]
fn unless_the_object_says_merge() {
    let merging = MAP.replace(
        "namespace: x",
        "namespace: x, annotations: {kustomize.toolkit.fluxcd.io/ssa: Merge}",
    );
    let mut cluster = Cluster::with(&owned(&merging));
    cluster.update("kubectl-edit", "", "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: x}, data: {extra: by hand}}");
    let inventory = inventory(&["x_a__ConfigMap"]);
    check(&cluster, &merging, &inventory, "inventory: ConfigMap/x/a\nunchanged: 1\n");
}

#[test]
fn what_kubectl_applied_is_ours_without_its_annotation() {
    let mut cluster = Cluster::default();
    cluster.update("kubectl-client-side-apply", "", "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: x, annotations: {kubectl.kubernetes.io/last-applied-configuration: '{}'}}, data: {k: v, old: x}}");
    check(
        &cluster,
        MAP,
        &Inventory::default(),
        "objects:
  configure ConfigMap/x/a
    .data.old: \"x\" to - [kubectl-client-side-apply]
    .metadata.annotations: {\"kubectl.kubernetes.io/last-applied-configuration\": \"{}\"} to - \
[kubectl-client-side-apply]
    .metadata.labels: - to {\"kustomize.toolkit.fluxcd.io/name\": \"apps\", \
\"kustomize.toolkit.fluxcd.io/namespace\": \"flux-system\"} []
    and takes over what others left
journal: ConfigMap/x/a
inventory: ConfigMap/x/a
",
    );
    let set = plan_with(&cluster, &owned(MAP), &Inventory::default(), false);
    cluster.carry_out(&set);
    check(&cluster, MAP, &set.inventory, "inventory: ConfigMap/x/a\nunchanged: 1\n");
}

/// Flux sends objects through Go's types: empty structs are there, empty fields are not.
#[test]
fn what_flux_applied_stays_as_it_is() {
    let git = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: x, annotations: {}}
spec:
  minReadySeconds: 0
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      hostNetwork: false
      containers: [{name: web, image: web:1, args: [], ports: [{containerPort: 80}]}]
";
    let flux = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: x}
spec:
  strategy: {}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: web:1, ports: [{containerPort: 80, protocol: TCP}], resources: {}}]
";
    let cluster = Cluster::with(&owned(flux));
    let inventory = inventory(&["x_web_apps_Deployment"]);
    check(&cluster, git, &inventory, "inventory: Deployment/x/web\nunchanged: 1\n");
}
