//! What comes when, and what is deleted.

use super::*;

const MANY: &str = "
{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: hook}}
---
{apiVersion: example.org/v1, kind: Boat, metadata: {name: boat, namespace: x}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: x}, spec: {}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: x}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: x}}
---
{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: fast}, provisioner: p}
---
{apiVersion: v1, kind: Namespace, metadata: {name: x}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: 'a:b'}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {kind: Boat, plural: boats}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
";

#[test]
fn what_others_need_comes_first() {
    let set = plan_with(&Cluster::default(), &owned(MANY), &Inventory::default(), false);
    check_eq(
        &told(&set),
        "definitions, then wait:
  create CustomResourceDefinition/boats.example.org
  create Namespace/x
  create ClusterRole/a:b
classes, then wait:
  create StorageClass/fast
objects:
  create ConfigMap/x/a
  create ConfigMap/x/b
  create Deployment/x/web
  create Boat/x/boat
  create ValidatingWebhookConfiguration/hook
journal: CustomResourceDefinition/boats.example.org Namespace/x ClusterRole/a:b StorageClass/fast \
ConfigMap/x/a ConfigMap/x/b Deployment/x/web Boat/x/boat ValidatingWebhookConfiguration/hook
inventory: CustomResourceDefinition/boats.example.org Namespace/x ClusterRole/a:b StorageClass/fast \
ConfigMap/x/a ConfigMap/x/b Deployment/x/web Boat/x/boat ValidatingWebhookConfiguration/hook
",
    );
    let node = set.inventory.to_node();
    let status = Node::new(
        [("inventory".into(), node)].into_iter().collect::<manifest::Map>(),
        manifest::Origin::NONE,
    );
    assert_eq!(Inventory::from_status(&status), Ok(set.inventory));
}

#[test]
fn what_is_not_wanted_any_more_goes_last_and_backwards() {
    let cluster = Cluster::with(&owned(MANY));
    let everything = plan_with(&cluster, &owned(MANY), &Inventory::default(), false).inventory;
    let left = "{apiVersion: v1, kind: Namespace, metadata: {name: x}}";
    check(
        &cluster,
        left,
        &everything,
        "prune:
  delete ValidatingWebhookConfiguration/hook
  delete Boat/x/boat
  delete Deployment/x/web
  delete ConfigMap/x/b
  delete ConfigMap/x/a
  delete StorageClass/fast
  delete ClusterRole/a:b
  delete CustomResourceDefinition/boats.example.org
inventory: Namespace/x
guard: 8 of 9
unchanged: 1
",
    );
}

const A: &str =
    "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: x}, data: {k: v}}";

#[test]
fn a_journal_has_the_old_and_the_new() {
    let old = "{apiVersion: v1, kind: ConfigMap, metadata: {name: old, namespace: x}}";
    check(
        &Cluster::with(&owned(old)),
        A,
        &inventory(&["x_old__ConfigMap"]),
        "objects:
  create ConfigMap/x/a
prune:
  delete ConfigMap/x/old
journal: ConfigMap/x/old ConfigMap/x/a
inventory: ConfigMap/x/a
",
    );
}

#[test]
fn nothing_is_deleted_without_evidence() {
    let labelled = |name: &str, key: &str, value: &str| {
        let metadata = format!("{{name: {name}, namespace: x, annotations: {{{key}: '{value}'}}}}");
        format!("---\n{{apiVersion: v1, kind: ConfigMap, metadata: {metadata}}}\n")
    };
    let text = [
        labelled("kept", "kustomize.toolkit.fluxcd.io/prune", "Disabled"),
        labelled("paused", "kustomize.toolkit.fluxcd.io/reconcile", "disabled"),
        labelled("ignored", "kustomize.toolkit.fluxcd.io/ssa", "ignore"),
        labelled("hidden", "a", "b"),
        labelled("not-in-the-inventory", "a", "b"),
    ];
    let mut cluster = Cluster::with(&owned(&text.concat()));
    let theirs = "{apiVersion: v1, kind: ConfigMap, metadata: {name: theirs, namespace: x}}";
    cluster.apply("somebody", &objects(theirs)[0]);
    cluster.hide(&cluster.object("ConfigMap/x/hidden").id());
    let ids = [
        "x_kept__ConfigMap",
        "x_paused__ConfigMap",
        "x_ignored__ConfigMap",
        "x_hidden__ConfigMap",
        "x_theirs__ConfigMap",
        "x_gone__ConfigMap",
    ];
    check(
        &cluster,
        "",
        &inventory(&ids),
        "prune:
  skip ConfigMap/x/theirs: it does not carry the labels of its Kustomization
  skip ConfigMap/x/paused: it says `reconcile: disabled`
  skip ConfigMap/x/kept: it says `prune: disabled`
  skip ConfigMap/x/ignored: it says `ssa: Ignore`
inventory: ConfigMap/x/hidden
unseen: {ConfigMap/x/hidden}
",
    );
}

#[test]
fn without_prune_nothing_is_deleted() {
    let cluster = Cluster::with(&owned(A));
    let live = |id: &ObjectId| cluster.live(id);
    let rules = Rules { kinds: &cluster.kinds, types: &cluster.types, force: false };
    let inventory = inventory(&["x_a__ConfigMap"]);
    let input = Input {
        desired: &[],
        inventory: &inventory,
        live: &live,
        owner: OWNER,
        prune: false,
        rules,
    };
    check_eq(&told(&plan(&input)), "inventory: \n");
}

#[test]
fn names_and_places_are_what_the_kind_wants() {
    let text = "
{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: b, namespace: ignored}}
";
    let set = plan_with(&Cluster::default(), &owned(text), &Inventory::default(), false);
    let ids: Vec<String> = set.writes().map(|change| change.id.to_string()).collect();
    check_eq(&ids.join(" "), "Namespace/b ConfigMap/default/a");
    let namespaces: Vec<&str> = set.writes().map(|change| change.object.namespace()).collect();
    check_eq(&namespaces.join("|"), "|default");
}
