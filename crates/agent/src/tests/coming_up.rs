//! A cluster comes up.

use super::*;

pub(super) const FLEET: &str = "
    //- cluster.yaml
    @source fleet
    @apply base ./base
    @apply apps ./apps, wait: true, dependsOn: [{name: base}]
    //- base/namespace.yaml
    {apiVersion: v1, kind: Namespace, metadata: {name: web}}
    //- apps/all.yaml
    @config settings colour: red
    @deploy shop nginx, replicas: 2
    ";

pub(super) const FLEET_READY: [&str; 2] =
    ["ready flux-system/base main@sha1:1: 1", "ready flux-system/apps main@sha1:1: 2"];

#[tokio::test]
async fn one_after_the_other() {
    let mut world = World::new(FLEET).await;
    world.wait("ready flux-system/base").await;
    world.wait("ready flux-system/apps").await;
    check_eq(
        &world.told(),
        "
",
    );
    check_eq(&world.conditions("Kustomization/flux-system/apps"), "");
    check_eq(&world.field("Kustomization/flux-system/apps", "status.inventory"), "");
}
