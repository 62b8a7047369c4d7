//! A cluster comes up.

use super::*;

#[tokio::test]
async fn one_after_the_other() {
    let mut world = World::new(FLEET).await;
    world.wait("ready flux-system/base").await;
    world.wait("ready flux-system/apps").await;
    check_eq(
        &world.told(),
        "
found flux-system/apps
found flux-system/base
started: 2
source GitRepository/flux-system/fleet main@sha1:1
rendered flux-system/base main@sha1:1: 1
applying flux-system/base: definitions 1
changed flux-system/base main@sha1:1: +1 ~0 !0 -0 =0
ready flux-system/base main@sha1:1: 1
rendered flux-system/apps main@sha1:1: 2
applying flux-system/apps: objects 2
changed flux-system/apps main@sha1:1: +2 ~0 !0 -0 =0
checking flux-system/apps: Deployment/web/shop
ready flux-system/apps main@sha1:1: 2
",
    );
}

#[tokio::test]
async fn what_the_cluster_shows_of_it() {
    let mut world = World::new(FLEET).await;
    world.wait("ready flux-system/apps").await;
    world.rest().await;
    let apps = "Kustomization/flux-system/apps";
    check_eq(
        &masked(&world.conditions(apps)),
        "
Ready=True ReconciliationSucceeded: Applied revision: main@sha1:1
Healthy=True Succeeded: Health check passed in TIME
",
    );
    check_eq(
        &world.field(apps, "status.inventory"),
        "
entries:
- id: web_settings__ConfigMap
  v: v1
- id: web_shop_apps_Deployment
  v: v1
",
    );
    assert_eq!(world.field(apps, "status.lastAppliedRevision"), "main@sha1:1");
    assert_eq!(world.field(apps, "status.lastAttemptedRevision"), "main@sha1:1");
    assert_eq!(world.field(apps, "status.observedGeneration"), "1");
    check_eq(&world.field(apps, "metadata.finalizers"), "- finalizers.fluxcd.io");
    let history = world.field(apps, "status.history");
    for part in ["lastReconciledStatus: ReconciliationSucceeded", "totalReconciliations: 1"] {
        assert!(history.contains(part), "{history}");
    }
    let fleet = "GitRepository/flux-system/fleet";
    check_eq(
        &world.conditions(fleet),
        "
Ready=True Succeeded: stored artifact for revision 'main@sha1:1'
ArtifactInStorage=True Succeeded: stored artifact for revision 'main@sha1:1'
",
    );
    assert_eq!(world.field(fleet, "status.artifact.revision"), "main@sha1:1");
    let shop = world.object("Deployment/web/shop").unwrap();
    assert_eq!(shop.label("kustomize.toolkit.fluxcd.io/name"), Some("apps"));
    check_eq(
        &events(&world),
        "
Normal ReconciliationSucceeded apps: Reconciliation finished in TIME
Normal ReconciliationSucceeded base: Reconciliation finished in TIME
",
    );
}

#[tokio::test]
async fn the_requests_that_it_takes() {
    let mut world = World::new(FLEET).await;
    world.wait("ready flux-system/apps").await;
    check_eq(
        &world.requests_since(&BTreeMap::new()).await,
        "
1 APPLY configmaps
1 APPLY deployments
1 APPLY namespaces
1 LIST buckets
1 LIST configmaps
1 LIST customresourcedefinitions
1 LIST deployments
1 LIST externalartifacts
1 LIST gitrepositories
1 LIST kustomizations
1 LIST namespaces
1 LIST ocirepositories
1 LIST secrets
1 PATCH gitrepositories/status
2 PATCH kustomizations
5 PATCH kustomizations/status
2 POST events
",
    );
}

#[tokio::test]
async fn at_rest_nothing_is_asked() {
    let mut world = World::new(FLEET).await;
    world.wait("ready flux-system/apps").await;
    let before = world.requests().await;
    world.rest().await;
    check_eq(&world.requests_since(&before).await, "");
}

/// The inventory names an object before the object is there.
#[tokio::test]
async fn the_journal_comes_first() {
    let mut world = World::asleep(FLEET).await;
    let mut changes = world.server.changes();
    world.wake();
    world.wait("ready flux-system/apps").await;
    let mut journaled = false;
    let mut seen = Vec::new();
    while let Some(change) = changes.try_next() {
        let text = format!("{change:?}");
        if text.contains("web_settings__ConfigMap") {
            journaled = true;
        }
        if text.contains("\"settings\"") && text.contains("\"ConfigMap\"") && seen.is_empty() {
            seen.push(journaled);
        }
    }
    assert_eq!(seen, [true]);
}

#[tokio::test]
async fn an_agent_that_is_started_again_writes_nothing() {
    let mut world = World::new(FLEET).await;
    world.wait("ready flux-system/apps").await;
    world.rest().await;
    world.stop.cancel();
    world.rest().await;
    let before = world.requests().await;
    world.wake();
    world.wait_all(&FLEET_READY).await;
    let since = world.requests_since(&before).await;
    let writes: Vec<&str> = since.lines().filter(|line| !line.contains(" LIST ")).collect();
    assert!(writes.is_empty(), "{writes:?}");
}

#[tokio::test]
async fn definitions_and_their_objects_together() {
    let mut world = World::new(
        "
        //- cluster.yaml
        @source fleet
        @apply all ./all, wait: true
        //- all/definition.yaml
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: gadgets.example.org}
        spec:
          group: example.org
          scope: Cluster
          names: {plural: gadgets, singular: gadget, kind: Gadget, listKind: GadgetList}
          versions:
          - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
        //- all/gadget.yaml
        {apiVersion: example.org/v1, kind: Gadget, metadata: {name: one}, spec: {size: 1}}
        //- all/namespace.yaml
        {apiVersion: v1, kind: Namespace, metadata: {name: web}}
        //- all/config.yaml
        @config settings colour: red
        ",
    )
    .await;
    world.wait("ready flux-system/all").await;
    check_eq(
        &world.told(),
        "
found flux-system/all
started: 1
source GitRepository/flux-system/fleet main@sha1:1
rendered flux-system/all main@sha1:1: 4
applying flux-system/all: definitions 2
applying flux-system/all: objects 2
changed flux-system/all main@sha1:1: +4 ~0 !0 -0 =2
ready flux-system/all main@sha1:1: 4
",
    );
}

#[tokio::test]
async fn kustomizations_apply_one_another() {
    let mut world = World::new(
        "
        //- cluster.yaml
        @source fleet
        @apply root ./clusters/a, wait: true
        //- clusters/a/more.yaml
        @apply base ./base
        @apply apps ./apps, dependsOn: [{name: base}]
        //- clusters/a/root.yaml
        @source fleet
        @apply root ./clusters/a, wait: true
        //- base/namespace.yaml
        {apiVersion: v1, kind: Namespace, metadata: {name: web}}
        //- apps/all.yaml
        @config settings colour: red
        ",
    )
    .await;
    world.wait_all(&["ready flux-system/root", "ready flux-system/apps"]).await;
    assert_eq!(world.field("ConfigMap/web/settings", "data.colour"), "red");
    // One of them goes, and takes what it had along.
    world.commit(
        "
        //- clusters/a/more.yaml
        @apply base ./base
        ",
    );
    world.wait("gone flux-system/apps").await;
    world.rest().await;
    assert!(world.object("ConfigMap/web/settings").is_none());
    assert!(world.object("Namespace/web").is_some());
}

/// The Events, a line each, in the order of their texts.
fn events(world: &World) -> String {
    let mut lines: Vec<String> = world
        .server
        .objects("", "events")
        .iter()
        .filter(|event| event.str_at(&["source", "component"]) == Some("kustomize-controller"))
        .map(|event| {
            let text = |path: &[&str]| event.str_at(path).unwrap_or_default().to_owned();
            let about = text(&["involvedObject", "name"]);
            masked(&format!(
                "{} {} {about}: {}\n",
                text(&["type"]),
                text(&["reason"]),
                text(&["message"])
            ))
        })
        .collect();
    lines.sort();
    lines.concat()
}
