//! What becomes of objects that are there.

use super::*;

const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: x}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: web:1, resources: {limits: {cpu: 1000m}}, ports: [{containerPort: 80}]}
";

fn web() -> (Cluster, Inventory) {
    (Cluster::with(&owned(WEB)), inventory(&["x_web_apps_Deployment"]))
}

#[test]
fn what_is_as_it_should_be_stays() {
    let (cluster, inventory) = web();
    check(&cluster, WEB, &inventory, "inventory: Deployment/x/web\nunchanged: 1\n");
}

#[test]
fn a_new_image_and_where_it_was() {
    let (cluster, inventory) = web();
    check(
        &cluster,
        &WEB.replace("web:1", "web:2"),
        &inventory,
        "objects:
  configure Deployment/x/web
    .spec.template.spec.containers[name=\"web\"].image: \"web:1\" to \"web:2\" [kustomize-controller]
inventory: Deployment/x/web
",
    );
}

#[test]
fn drift_is_put_right_and_says_who() {
    let (mut cluster, inventory) = web();
    cluster.update("kubectl", "scale", "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: x}, spec: {replicas: 5}}");
    let expected = "objects:
  configure Deployment/x/web
    .spec.replicas: 5 to 2 [kubectl]
inventory: Deployment/x/web
";
    check(&cluster, WEB, &inventory, expected);
}

#[test]
fn what_git_does_not_set_stays_with_others() {
    let without = WEB.replace("  replicas: 2\n", "");
    let mut cluster = Cluster::with(&owned(&without));
    cluster.update("hpa", "", "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: x}, spec: {replicas: 5}}");
    cluster.update("controller", "status", "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: x, annotations: {revision: '1'}}, status: {replicas: 5}}");
    let inventory = inventory(&["x_web_apps_Deployment"]);
    check(&cluster, &without, &inventory, "inventory: Deployment/x/web\nunchanged: 1\n");
    // What Git sets, it gets, and what it no longer sets stays as it is with whom it belongs to.
    let set = plan_with(&cluster, &owned(WEB), &inventory, false);
    cluster.carry_out(&set);
    cluster.update("hpa", "", "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: x}, spec: {replicas: 7}}");
    check(&cluster, &without, &inventory, "inventory: Deployment/x/web\nunchanged: 1\n");
}

#[test]
fn a_field_that_goes_from_git_goes() {
    let (cluster, inventory) = web();
    check(
        &cluster,
        &WEB.replace(", ports: [{containerPort: 80}]", "").replace("  replicas: 2\n", ""),
        &inventory,
        "objects:
  configure Deployment/x/web
    .spec.replicas: 2 to 1 [kustomize-controller]
    .spec.template.spec.containers[name=\"web\"].ports: [{\"containerPort\": 80, \"protocol\": \"TCP\"}] \
to - [kustomize-controller]
inventory: Deployment/x/web
",
    );
}

#[test]
fn what_somebody_else_made_becomes_ours() {
    let mut cluster = Cluster::default();
    cluster.apply("helm", &owned(WEB)[0]);
    let inventory = Inventory::default();
    let expected = "objects:
  configure Deployment/x/web
journal: Deployment/x/web
inventory: Deployment/x/web
";
    check(&cluster, WEB, &inventory, expected);
    let set = plan_with(&cluster, &owned(WEB), &inventory, false);
    cluster.carry_out(&set);
    check(&cluster, WEB, &set.inventory, "inventory: Deployment/x/web\nunchanged: 1\n");
}

#[test]
fn objects_say_how_they_want_to_be_treated() {
    let said = |key: &str, value: &str| {
        let metadata = "metadata: {name: web, namespace: x";
        let key = format!("kustomize.toolkit.fluxcd.io/{key}");
        WEB.replace("web:1", "web:2")
            .replace(metadata, &format!("{metadata}, labels: {{{key}: {value}}}"))
    };
    let (cluster, inventory) = web();
    for (key, value, why) in [
        ("reconcile", "Disabled", "it says `reconcile: disabled`"),
        ("ssa", "ignore", "it says `ssa: Ignore`"),
        ("ssa", "IfNotPresent", "it says `ssa: IfNotPresent`, and it is there"),
    ] {
        let expected =
            format!("objects:\n  skip Deployment/x/web: {why}\ninventory: Deployment/x/web\n");
        check(&cluster, &said(key, value), &inventory, &expected);
    }
    let set =
        plan_with(&Cluster::default(), &owned(&said("ssa", "IfNotPresent")), &inventory, false);
    assert_eq!(set.writes().next().unwrap().action, Action::Create);
    // The object that is there has a say as well.
    let mut cluster = cluster;
    cluster.update("kubectl-annotate", "", "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: x, annotations: {kustomize.toolkit.fluxcd.io/reconcile: disabled}}}");
    let expected = "objects:\n  skip Deployment/x/web: it says `reconcile: disabled`\n\
        inventory: Deployment/x/web\n";
    check(&cluster, &WEB.replace("web:1", "web:2"), &inventory, expected);
}

const SERVICE: &str = "
apiVersion: v1
kind: Service
metadata: {name: web, namespace: x}
spec: {clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1], ports: [{port: 80}]}
";

#[track_caller]
fn check_action(desired: &str, force: bool, expected: &Action) {
    let cluster = Cluster::with(&owned(SERVICE));
    let set = plan_with(&cluster, &owned(desired), &Inventory::default(), force);
    assert_eq!(&set.writes().next().unwrap().action, expected);
}

#[test]
fn what_cannot_change_is_made_anew_by_force_only() {
    let moved = SERVICE.replace("10.0.0.1", "10.0.0.2");
    check_action(&moved, false, &Action::Configure);
    check_action(&moved, true, &Action::Replace);
    let annotations = "annotations: {kustomize.toolkit.fluxcd.io/force: Enabled}";
    let asked = moved.replace("namespace: x", &format!("namespace: x, {annotations}"));
    check_action(&asked, false, &Action::Replace);
    // What can change is not made anew, and what is wrong in itself is for the server to refuse.
    check_action(&SERVICE.replace("port: 80", "port: 81"), true, &Action::Configure);
    check_action(&moved.replace("port: 80", "port: 0"), true, &Action::Configure);
}

#[test]
fn what_the_server_would_refuse_is_left_to_it() {
    let (cluster, inventory) = web();
    let wrong = WEB.replace("replicas: 2", "replicsa: 2");
    check(
        &cluster,
        &wrong,
        &inventory,
        "objects:\n  configure Deployment/x/web\ninventory: Deployment/x/web\n",
    );
    let rules = Rules { kinds: &cluster.kinds, types: &cluster.types, force: false };
    let live = cluster.object("Deployment/x/web");
    assert_eq!(drift(&rules, &owned(&wrong)[0], Some(live)), None);
}

#[test]
fn of_one_object_alone() {
    let (mut cluster, _) = web();
    let desired = &owned(WEB)[0];
    let tell_drift = |cluster: &Cluster, live: Option<&Object>| {
        let rules = Rules { kinds: &cluster.kinds, types: &cluster.types, force: false };
        let mut out = String::new();
        if let Some(change) = drift(&rules, desired, live) {
            tell(&change, &mut out);
        }
        out
    };
    check_eq(&tell_drift(&cluster, Some(cluster.object("Deployment/x/web"))), "");
    check_eq(&tell_drift(&cluster, None), "  create Deployment/x/web\n");
    cluster.update("editor", "", "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: x, labels: {kustomize.toolkit.fluxcd.io/name: null}}, spec: {template: {spec: {containers: [{name: web, image: evil, resources: {limits: {cpu: '1'}}, ports: [{containerPort: 80, protocol: TCP}]}]}}}}");
    check_eq(
        &tell_drift(&cluster, Some(cluster.object("Deployment/x/web"))),
        "  configure Deployment/x/web
    .metadata.labels.kustomize.toolkit.fluxcd.io/name: - to \"apps\" []
    .spec.template.spec.containers[name=\"web\"].image: \"evil\" to \"web:1\" [editor]
",
    );
}

#[test]
fn what_was_not_looked_at_is_not_planned() {
    let (mut cluster, inventory) = web();
    cluster.hide(&cluster.object("Deployment/x/web").id());
    let expected = "inventory: Deployment/x/web\nunseen: {Deployment/x/web}\n";
    check(&cluster, &WEB.replace("web:1", "web:2"), &inventory, expected);
}

#[test]
fn an_older_version_of_the_kind_is_the_same_object() {
    let v1 = "
apiVersion: autoscaling/v1
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: x}
spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, targetCPUUtilizationPercentage: 70}
";
    let v2 = "
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: x}
spec:
  maxReplicas: 4
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}]
";
    let cluster = Cluster::with(&owned(v1));
    let inventory = inventory(&["x_web_autoscaling_HorizontalPodAutoscaler"]);
    check(
        &cluster,
        v2,
        &inventory,
        "objects:
  configure HorizontalPodAutoscaler/x/web
    .spec.maxReplicas: 3 to 4 [kustomize-controller]
journal: HorizontalPodAutoscaler/x/web
inventory: HorizontalPodAutoscaler/x/web
",
    );
}

#[test]
fn a_kind_that_nobody_defined_is_compared_by_what_is_seen() {
    let boat = "{apiVersion: example.org/v1, kind: Boat, metadata: {name: b, namespace: x}, spec: {sails: 2, crew: [a, b]}}";
    let cluster = Cluster::with(&owned(boat));
    let inventory = inventory(&["x_b_example.org_Boat"]);
    check(&cluster, boat, &inventory, "inventory: Boat/x/b\nunchanged: 1\n");
    check(
        &cluster,
        &boat.replace("[a, b]", "[a]"),
        &inventory,
        "objects:
  configure Boat/x/b
    .spec.crew: [\"a\", \"b\"] to [\"a\"] [kustomize-controller]
inventory: Boat/x/b
",
    );
}
