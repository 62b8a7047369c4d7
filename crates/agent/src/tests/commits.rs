//! Commits, good ones and bad ones.

use source::{Failure, failure};

use super::*;

#[tokio::test]
async fn the_same_objects_cause_no_request() {
    let mut world = World::new(FLEET).await;
    world.wait("ready flux-system/apps").await;
    let before = world.requests().await;
    world.commit("//- notes.md\nnothing for the cluster");
    world.wait_all(&["unchanged flux-system/apps main@sha1:2", "unchanged flux-system/base"]).await;
    world.commit("//- apps/all.yaml\n# a comment\n@config settings colour: red\n@deploy shop nginx, replicas: 2");
    world.wait_all(&["unchanged flux-system/apps main@sha1:3", "unchanged flux-system/base"]).await;
    check_eq(&world.requests_since(&before).await, "");
    assert_eq!(
        world.field("Kustomization/flux-system/apps", "status.lastAppliedRevision"),
        "main@sha1:1"
    );
}

#[tokio::test]
async fn only_what_changed_is_written() {
    let mut world = World::new(FLEET).await;
    world.wait("ready flux-system/apps").await;
    let before = world.requests().await;
    world.commit(
        "//- apps/all.yaml\n@config settings colour: blue\n@deploy shop nginx, replicas: 2",
    );
    world.wait("changed flux-system/apps main@sha1:2: +0 ~1 !0 -0 =1").await;
    world.wait("ready flux-system/apps main@sha1:2").await;
    check_eq(
        &world.requests_since(&before).await,
        "
1 APPLY configmaps
1 PATCH gitrepositories/status
2 PATCH kustomizations/status
1 POST events
",
    );
    assert_eq!(world.field("ConfigMap/web/settings", "data.colour"), "blue");
    let revision = world.field("Kustomization/flux-system/apps", "status.lastAppliedRevision");
    assert_eq!(revision, "main@sha1:2");
    assert_eq!(
        world.field("GitRepository/flux-system/fleet", "status.artifact.revision"),
        revision
    );
}

#[tokio::test]
async fn what_is_gone_from_git_goes_and_nothing_else() {
    let mut world = World::new(FLEET).await;
    world.wait("ready flux-system/apps").await;
    world.apply("@config theirs colour: green");
    world.commit("//- apps/all.yaml\n@deploy shop nginx, replicas: 2");
    world.wait("changed flux-system/apps main@sha1:2: +0 ~0 !0 -1 =1").await;
    world.wait("ready flux-system/apps").await;
    world.rest().await;
    assert!(world.object("ConfigMap/web/settings").is_none());
    assert!(world.object("ConfigMap/web/theirs").is_some());
    check_eq(
        &world.field("Kustomization/flux-system/apps", "status.inventory"),
        "
entries:
- id: web_shop_apps_Deployment
  v: v1
",
    );
}

#[tokio::test]
async fn what_does_not_render_leaves_everything_as_it_is() {
    let mut world = World::new(FLEET).await;
    world.wait("ready flux-system/apps").await;
    let settings = world.object("ConfigMap/web/settings");
    world.commit("//- apps/kustomization.yaml\nresources: [all.yaml, missing.yaml]");
    world.wait("failed flux-system/apps BuildFailed (for good)").await;
    world.rest().await;
    let conditions = world.conditions("Kustomization/flux-system/apps");
    assert!(conditions.contains("apps/kustomization.yaml:1: "), "{conditions}");
    assert!(conditions.contains("missing.yaml"), "{conditions}");
    assert_eq!(world.object("ConfigMap/web/settings"), settings);
    assert_eq!(
        world.field("Kustomization/flux-system/apps", "status.lastAppliedRevision"),
        "main@sha1:1"
    );
    // Another commit that does not mend it.
    world.commit("//- notes.md\nx");
    world.wait("failed flux-system/apps BuildFailed").await;
    // And one that does.
    world.commit("//- apps/kustomization.yaml\nresources: [all.yaml]");
    world.wait("ready flux-system/apps main@sha1:4").await;
    world.rest().await;
    check_eq(
        &masked(&world.conditions("Kustomization/flux-system/apps")),
        "
Ready=True ReconciliationSucceeded: Applied revision: main@sha1:4
Healthy=True Succeeded: Health check passed in TIME
",
    );
}

#[tokio::test]
async fn an_image_that_does_not_exist() {
    let mut world = World::new(
        "
        //- cluster.yaml
        @source fleet
        @apply base ./base
        @apply apps ./apps, wait: true, timeout: 30s, dependsOn: [{name: base}]
        @apply last ./last, dependsOn: [{name: apps}]
        //- base/namespace.yaml
        {apiVersion: v1, kind: Namespace, metadata: {name: web}}
        //- apps/all.yaml
        @deploy shop no-such-image:1, progressDeadlineSeconds: 3
        //- last/all.yaml
        @config last colour: red
        ",
    )
    .await;
    world.wait("waiting flux-system/last: dependency 'flux-system/apps' is not ready").await;
    world.wait("unhealthy flux-system/apps Deployment/web/shop: Failed: ").await;
    let line = world.told.last().unwrap();
    assert!(
        line.contains("(Pod shop-") && line.contains("ImagePullBackOff: Back-off pulling image"),
        "{line}"
    );
    world.wait("failed flux-system/apps HealthCheckFailed (for good)").await;
    world.rest().await;
    assert!(world.object("ConfigMap/web/last").is_none());
    let conditions = world.conditions("Kustomization/flux-system/apps");
    assert!(conditions.contains("Healthy=False HealthCheckFailed: "), "{conditions}");
    // A commit that has nothing to do with it.
    let before = world.requests().await;
    world.commit("//- notes.md\nx");
    world.wait("unchanged flux-system/base main@sha1:2").await;
    check_eq(&world.requests_since(&before).await, "");
    // And one that mends it.
    world.commit("//- apps/all.yaml\n@deploy shop nginx, progressDeadlineSeconds: 3");
    world.wait("ready flux-system/apps").await;
    world.wait("ready flux-system/last").await;
}

#[tokio::test]
async fn an_object_that_the_server_rejects() {
    let mut world = World::new(FLEET).await;
    world.wait("ready flux-system/apps").await;
    world.commit(
        "
        //- apps/all.yaml
        @config settings colour: blue
        @deploy shop nginx, replicas: 2
        ---
        {apiVersion: v1, kind: Service, metadata: {name: shop, namespace: web}, spec: {ports: [{port: 99999}]}}
        ",
    );
    world.wait("failed flux-system/apps ReconciliationFailed").await;
    let line = world.told.last().unwrap().clone();
    assert!(line.contains("apps/all.yaml:"), "{line}");
    assert!(line.contains("Service/web/shop") && line.contains("99999"), "{line}");
    world.rest().await;
    assert_eq!(world.field("ConfigMap/web/settings", "data.colour"), "blue");
    world.commit(
        "
        //- apps/all.yaml
        @config settings colour: blue
        @deploy shop nginx, replicas: 2
        ",
    );
    world.wait("ready flux-system/apps main@sha1:3").await;
}

#[tokio::test]
async fn a_source_that_cannot_be_read_any_more() {
    let mut world = World::new(FLEET).await;
    world.wait("ready flux-system/apps").await;
    world.latest.send_modify(|latest| {
        latest.failure = Some(Failure::new(failure::GIT, "there is no branch `main`"));
    });
    world.wait("unreachable GitRepository/flux-system/fleet: there is no branch `main`").await;
    world.rest().await;
    let conditions = world.conditions("GitRepository/flux-system/fleet");
    assert!(
        conditions.contains("FetchFailed=True GitOperationFailed: there is no branch"),
        "{conditions}"
    );
    // Another failure is told by its own condition.
    world.latest.send_modify(|latest| {
        let (condition, reason) = ("SourceVerified", "InvalidCommitSignature");
        latest.failure = Some(Failure { condition, reason, message: "it is not signed".into() });
    });
    world.wait("unreachable GitRepository/flux-system/fleet: it is not signed").await;
    world.rest().await;
    let conditions = world.conditions("GitRepository/flux-system/fleet");
    assert!(
        conditions.contains("SourceVerified=False InvalidCommitSignature: it is not signed")
            && !conditions.contains("FetchFailed"),
        "{conditions}"
    );
    // What is there is kept, and still looked after.
    world.delete("ConfigMap/web/settings");
    world.wait("drift flux-system/apps ConfigMap/web/settings").await;
    world.commit("//- notes.md\nx");
    world.wait("unchanged flux-system/apps main@sha1:2").await;
    world.rest().await;
    check_eq(
        &world.conditions("GitRepository/flux-system/fleet"),
        "
Ready=True Succeeded: stored artifact for revision 'main@sha1:2'
ArtifactInStorage=True Succeeded: stored artifact for revision 'main@sha1:2'
",
    );
}
