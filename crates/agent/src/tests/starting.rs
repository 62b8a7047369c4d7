//! What a Kustomization starts from: sources, dependencies, variables, kinds; and its end.

use super::*;

#[tokio::test]
async fn variables_of_the_cluster() {
    let mut world = World::new(
        "
        //- cluster.yaml
        @source fleet
        @apply base ./base
        @apply apps ./apps, dependsOn: [{name: base}], postBuild: {substituteFrom: [{kind: ConfigMap, name: vars}, {kind: Secret, name: hidden, optional: true}]}
        //- base/namespace.yaml
        {apiVersion: v1, kind: Namespace, metadata: {name: web}}
        //- apps/all.yaml
        @config settings colour: '${colour}', word: '${word:=none}'
        ",
    )
    .await;
    world.wait("failed flux-system/apps BuildFailed").await;
    let line = world.told.last().unwrap();
    assert!(line.contains("there is no ConfigMap flux-system/vars"), "{line}");
    world.apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: vars, namespace: flux-system}, data: {colour: red}}");
    world.wait("ready flux-system/apps").await;
    assert_eq!(world.field("ConfigMap/web/settings", "data.colour"), "red");
    assert_eq!(world.field("ConfigMap/web/settings", "data.word"), "none");
    world.apply("{apiVersion: v1, kind: Secret, metadata: {name: hidden, namespace: flux-system}, stringData: {word: sesame}}");
    world.wait("ready flux-system/apps").await;
    assert_eq!(world.field("ConfigMap/web/settings", "data.word"), "sesame");
    world.patch("ConfigMap/flux-system/vars", "kubectl", "data: {colour: blue}");
    world.wait("ready flux-system/apps").await;
    assert_eq!(world.field("ConfigMap/web/settings", "data.colour"), "blue");
    // What it does not use is no news.
    let before = world.requests().await;
    world.patch("ConfigMap/flux-system/vars", "kubectl", "data: {more: x}");
    check_eq(&world.requests_since(&before).await, "");
}

#[tokio::test]
async fn sources_that_nobody_fetches() {
    let mut world = World::new(
        "
        //- cluster.yaml
        @source fleet
        @source other
        @apply apps ./apps, wait: true
        @apply theirs ./deploy, sourceRef: {kind: GitRepository, name: other}
        @apply lost ./deploy, sourceRef: {kind: GitRepository, name: nowhere}
        @apply after ./apps, dependsOn: [{name: theirs}]
        //- apps/charts.yaml
        {apiVersion: v1, kind: Namespace, metadata: {name: web}}
        ---
        apiVersion: source.toolkit.fluxcd.io/v1
        kind: HelmRepository
        metadata: {name: charts, namespace: flux-system}
        spec: {interval: 1m, url: 'https://example.org/charts'}
        ---
        apiVersion: helm.toolkit.fluxcd.io/v2
        kind: HelmRelease
        metadata: {name: cache, namespace: flux-system}
        spec: {interval: 1m, chart: {spec: {chart: redis, sourceRef: {kind: HelmRepository, name: charts}}}}
        ",
    )
    .await;
    world
        .wait_all(&[
            "unreachable GitRepository/flux-system/other: it is not fetched here",
            "waiting flux-system/theirs: GitRepository/flux-system/other cannot be read",
            "waiting flux-system/lost: there is no GitRepository/flux-system/nowhere in this cluster",
            "waiting flux-system/after: dependency 'flux-system/theirs' is not ready",
            "passive HelmRelease/flux-system/cache",
            "passive HelmRepository/flux-system/charts",
            "ready flux-system/apps main@sha1:1: 3",
        ])
        .await;
    world.rest().await;
    check_eq(
        &world.conditions("Kustomization/flux-system/lost"),
        "
Ready=False ArtifactFailed: there is no GitRepository/flux-system/nowhere in this cluster
Reconciling=True ProgressingWithRetry: there is no GitRepository/flux-system/nowhere in this cluster
",
    );
    let conditions = world.conditions("GitRepository/flux-system/other");
    assert!(
        conditions.contains("FetchFailed=True GitOperationFailed: it is not fetched here"),
        "{conditions}"
    );
    let told = world.told();
    assert_eq!(told.matches("passive ").count(), 2, "{told}");
    // It comes later.
    world.commit("//- deploy/all.yaml\n@config lost colour: red");
    world.apply("@source nowhere");
    world.wait("waiting flux-system/lost: GitRepository/flux-system/nowhere cannot be read").await;
}

#[tokio::test]
async fn those_who_wait_for_one_another() {
    let mut world = World::new(
        "
        //- cluster.yaml
        @source fleet
        @apply a ./base, dependsOn: [{name: b}]
        @apply b ./base, dependsOn: [{name: a}]
        @apply c ./base, dependsOn: [{name: missing}]
        //- base/namespace.yaml
        {apiVersion: v1, kind: Namespace, metadata: {name: web}}
        ",
    )
    .await;
    world
        .wait_all(&[
            "waiting flux-system/a: dependency 'flux-system/b' waits for this one: flux-system/a -> flux-system/b -> flux-system/a",
            "waiting flux-system/b: dependency 'flux-system/a' waits for this one",
            "waiting flux-system/c: dependency 'flux-system/missing' is not there",
        ])
        .await;
    world.apply("@apply missing ./base");
    world.wait_all(&["ready flux-system/missing", "ready flux-system/c"]).await;
}

#[tokio::test]
async fn what_is_not_done_yet_is_said() {
    let mut world = World::new(
        "
        //- cluster.yaml
        @source fleet
        @apply elsewhere ./base, kubeConfig: {secretRef: {name: other}}
        @apply other ./base, serviceAccountName: somebody
        @apply expressions ./base, healthCheckExprs: [{apiVersion: v1, kind: X, current: 'true'}]
        @apply depends ./base, dependsOn: [{name: other, readyExpr: 'true'}]
        @apply secrets ./secrets, decryption: {provider: sops}
        //- base/namespace.yaml
        {apiVersion: v1, kind: Namespace, metadata: {name: web}}
        //- secrets/secret.yaml
        {apiVersion: v1, kind: Secret, metadata: {name: x, namespace: flux-system}, data: {a: 'ENC[x]'}, sops: {mac: x}}
        ",
    )
    .await;
    world
        .wait_all(&[
            "failed flux-system/elsewhere FeatureGateDisabled (for good): error: `spec.kubeConfig` is not done yet",
            "failed flux-system/other FeatureGateDisabled (for good): error: `spec.serviceAccountName` is not",
            "failed flux-system/expressions FeatureGateDisabled (for good): error: `spec.healthCheckExprs` is",
            "failed flux-system/depends FeatureGateDisabled (for good): error: `readyExpr` of",
            "failed flux-system/secrets FeatureGateDisabled (for good): error: decryption is not done yet",
        ])
        .await;
    world.rest().await;
    assert!(world.object("Namespace/web").is_none());
    let conditions = world.conditions("Kustomization/flux-system/other");
    assert!(conditions.contains("Stalled=True FeatureGateDisabled: "), "{conditions}");
}

const GADGET: &str = "
    //- cluster.yaml
    @source fleet
    @apply all ./all
    //- all/gadget.yaml
    {apiVersion: example.org/v1, kind: Gadget, metadata: {name: one, namespace: flux-system}, spec: {size: 1}}
    //- all/namespace.yaml
    {apiVersion: v1, kind: Namespace, metadata: {name: web}}
    ";

#[tokio::test]
async fn a_kind_that_nobody_knows() {
    let mut world = World::new(GADGET).await;
    world.wait("failed flux-system/all ReconciliationFailed (for good)").await;
    let line = world.told.last().unwrap();
    assert!(
        line.contains("all/gadget.yaml:1: Gadget/flux-system/one: the cluster serves no Gadget of example.org/v1"),
        "{line}"
    );
    assert!(world.object("Namespace/web").is_some(), "the others are applied");
    // As soon as it is defined, all is well.
    world.apply(
        "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {plural: gadgets, singular: gadget, kind: Gadget, listKind: GadgetList}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
",
    );
    world.wait("ready flux-system/all main@sha1:1: 2").await;
}

#[tokio::test]
async fn deleting_a_kustomization() {
    for (policy, expected) in [
        ("prune: true", "gone"),
        ("prune: false", "kept"),
        ("prune: false, deletionPolicy: Delete", "gone"),
        ("prune: false, deletionPolicy: WaitForTermination", "gone"),
        ("prune: true, deletionPolicy: Orphan", "kept"),
    ] {
        let repository = FLEET
            .replace("@apply apps ./apps, wait: true,", &format!("@apply apps ./apps, {policy},"));
        let mut world = World::new(&repository).await;
        world.wait("ready flux-system/apps").await;
        world.delete("Kustomization/flux-system/apps");
        world.wait("gone flux-system/apps").await;
        world.rest().await;
        let found = if world.object("ConfigMap/web/settings").is_some() { "kept" } else { "gone" };
        assert_eq!(found, expected, "{policy}");
        assert!(world.object("Namespace/web").is_some());
    }
}

#[tokio::test]
async fn a_namespace_that_comes_later() {
    let mut world = World::new(
        "
        //- cluster.yaml
        @source fleet
        @apply apps ./apps
        //- apps/all.yaml
        @config settings colour: red
        ",
    )
    .await;
    world.wait("failed flux-system/apps ReconciliationFailed: ").await;
    world.apply("{apiVersion: v1, kind: Namespace, metadata: {name: web}}");
    world.wait("ready flux-system/apps").await;
}

/// Somebody may make the cluster serve kinds that nobody defines; but not while others may define them.
#[tokio::test]
async fn a_kind_that_is_kept_as_it_is_written() {
    let repository = GADGET.replace(
        "@apply all ./all",
        "@apply all ./all, wait: true\n    @apply last ./last, wait: true",
    );
    let repository = format!(
        "{repository}
        //- last/definition.yaml
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {{name: widgets.example.org}}
        spec:
          group: example.org
          scope: Namespaced
          names: {{plural: widgets, singular: widget, kind: Widget, listKind: WidgetList}}
          versions:
          - {{name: v1, served: true, storage: true, schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}}}
        //- all/widget.yaml
        {{apiVersion: example.org/v1, kind: Widget, metadata: {{name: one, namespace: flux-system}}}}
        "
    );
    let repository: String = repository
        .lines()
        .map(|line| {
            format!(
                "{}\n",
                line.strip_prefix("        ").or(line.strip_prefix("    ")).unwrap_or(line)
            )
        })
        .collect();
    let mut world = World::asleep(&repository).await;
    let server = world.server.clone();
    world.hook = Some(Arc::new(move |api_version, kind, is_namespaced| {
        server.serve_schemaless(api_version, kind, is_namespaced).is_ok()
    }));
    world.wake();
    world.wait_all(&["ready flux-system/last", "ready flux-system/all main@sha1:1: 3"]).await;
    let told = world.told();
    assert!(told.contains("not run example.org/v1 Gadget\n"), "{told}");
    assert!(!told.contains("not run example.org/v1 Widget"), "{told}");
    let gadget = world.server.object("example.org", "gadgets", "flux-system", "one");
    assert!(gadget.is_some_and(|it| it.at(&["spec", "size"]).is_some()));
}
