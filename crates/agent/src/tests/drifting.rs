//! What others do to the cluster.

use super::*;

#[tokio::test]
async fn what_is_changed_is_put_right() {
    let mut world = World::new(FLEET).await;
    world.wait("ready flux-system/apps").await;
    let before = world.requests().await;
    world.patch("Deployment/web/shop", "scaler", "spec: {replicas: 5}");
    world.wait("drift flux-system/apps Deployment/web/shop: spec.replicas by scaler").await;
    world.wait("ready flux-system/apps").await;
    assert_eq!(world.field("Deployment/web/shop", "spec.replicas"), "2");
    check_eq(&world.requests_since(&before).await, "1 APPLY deployments\n1 POST events\n");
}

#[tokio::test]
async fn what_is_deleted_is_made_again() {
    let mut world = World::new(FLEET).await;
    world.wait("ready flux-system/apps").await;
    world.delete("Deployment/web/shop");
    world.wait("drift flux-system/apps Deployment/web/shop: ").await;
    world.wait("ready flux-system/apps").await;
    assert_eq!(world.field("Deployment/web/shop", "spec.replicas"), "2");
}

#[tokio::test]
async fn what_git_does_not_set_stays_with_who_sets_it() {
    let mut world = World::new(&FLEET.replace("replicas: 2", "paused: false")).await;
    world.wait("ready flux-system/apps").await;
    let before = world.requests().await;
    world.patch("Deployment/web/shop", "autoscaler", "spec: {replicas: 3}");
    world.patch("ConfigMap/web/settings", "somebody", "data: {size: large}");
    // When this is put right, the others have been looked at.
    world.patch("ConfigMap/web/settings", "somebody", "data: {colour: blue}");
    world.wait("drift flux-system/apps ConfigMap/web/settings: data.colour by somebody").await;
    world.wait("ready flux-system/apps").await;
    world.commit("//- apps/more.yaml\n@config more colour: red");
    world.wait("ready flux-system/apps main@sha1:2").await;
    assert_eq!(world.field("Deployment/web/shop", "spec.replicas"), "3");
    assert_eq!(world.field("ConfigMap/web/settings", "data.size"), "large");
    assert_eq!(world.field("ConfigMap/web/settings", "data.colour"), "red");
    let since = world.requests_since(&before).await;
    assert!(
        !since.contains("APPLY deployments") && since.contains("2 APPLY configmaps"),
        "{since}"
    );
}

#[tokio::test]
async fn a_pause_is_kept() {
    let mut world = World::new(FLEET).await;
    world.wait("ready flux-system/apps").await;
    world.patch("Kustomization/flux-system/apps", "kubectl", "spec: {suspend: true}");
    world.wait("suspended flux-system/apps").await;
    world.patch("Deployment/web/shop", "kubectl", "spec: {replicas: 5}");
    world.commit("//- apps/more.yaml\n@config more colour: red");
    world.wait("unchanged flux-system/base main@sha1:2").await;
    world.rest().await;
    assert_eq!(world.field("Deployment/web/shop", "spec.replicas"), "5");
    assert!(world.object("ConfigMap/web/more").is_none());
    world.patch("Kustomization/flux-system/apps", "kubectl", "spec: {suspend: false}");
    world.wait("ready flux-system/apps main@sha1:2").await;
    assert_eq!(world.field("Deployment/web/shop", "spec.replicas"), "2");
    assert!(world.object("ConfigMap/web/more").is_some());
}

#[tokio::test]
async fn somebody_asks_for_a_round() {
    let mut world = World::new(FLEET).await;
    world.wait("ready flux-system/apps").await;
    let ask = "metadata: {annotations: {reconcile.fluxcd.io/requestedAt: now}}";
    world.patch("Kustomization/flux-system/apps", "kubectl", ask);
    world.wait("ready flux-system/apps").await;
    world.patch("GitRepository/flux-system/fleet", "kubectl", ask);
    world.rest().await;
    for id in ["Kustomization/flux-system/apps", "GitRepository/flux-system/fleet"] {
        assert_eq!(world.field(id, "status.lastHandledReconcileAt"), "now");
    }
}

#[tokio::test]
async fn health_that_is_lost_is_waited_for_then_said() {
    let mut world = World::new(FLEET).await;
    world.wait("ready flux-system/apps").await;
    let before = world.requests().await;
    // The rollout that it takes is no news for the cluster.
    world.commit(
        "//- apps/all.yaml\n@config settings colour: red\n@deploy shop nginx:2, replicas: 2",
    );
    world.wait("checking flux-system/apps: Deployment/web/shop").await;
    world.wait("ready flux-system/apps main@sha1:2").await;
    let since = world.requests_since(&before).await;
    assert!(since.contains("3 PATCH kustomizations/status"), "{since}");
}

#[tokio::test]
async fn two_who_want_different_things_do_not_chase_each_other() {
    let mut world = World::new(FLEET).await;
    world.wait("ready flux-system/apps").await;
    for _ in 0..3 {
        world.patch("ConfigMap/web/settings", "somebody", "data: {colour: blue}");
        world.wait("drift flux-system/apps ConfigMap/web/settings").await;
        world.wait("ready flux-system/apps").await;
    }
    world.patch("ConfigMap/web/settings", "somebody", "data: {colour: blue}");
    world.rest().await;
    assert_eq!(world.field("ConfigMap/web/settings", "data.colour"), "blue");
    world.wait("drift flux-system/apps ConfigMap/web/settings").await;
    world.wait("ready flux-system/apps").await;
    assert_eq!(world.field("ConfigMap/web/settings", "data.colour"), "red");
}
