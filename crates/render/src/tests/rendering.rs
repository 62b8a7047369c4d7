//! From Kustomizations to objects.

use super::*;

#[test]
fn a_cluster_is_its_file_and_what_that_applies() {
    check(
        "
        //- clusters/a.yaml
        @source fleet
        @apply apps ./apps
        //- apps/kustomization.yaml
        resources: [web.yaml]
        namespace: web
        //- apps/web.yaml
        @object ConfigMap one
        @object ConfigMap two
        ",
        "
what is applied by hand
  GitRepository/flux-system/fleet
  Kustomization/flux-system/apps
Kustomization flux-system/apps
  ConfigMap/web/one
  ConfigMap/web/two
",
    );
}

#[test]
fn kustomizations_apply_kustomizations() {
    check(
        "
        //- clusters/a.yaml
        @source fleet
        @apply root ./root
        //- root/more.yaml
        @apply one ./one
        @apply two ./two
        //- one/more.yaml
        @apply three ./three, dependsOn: [{name: two}]
        //- two/object.yaml
        @object ConfigMap two
        //- three/object.yaml
        @object ConfigMap three
        ",
        "
what is applied by hand
  GitRepository/flux-system/fleet
  Kustomization/flux-system/root
Kustomization flux-system/root
  Kustomization/flux-system/one
  Kustomization/flux-system/two
Kustomization flux-system/one
  Kustomization/flux-system/three
Kustomization flux-system/two
  ConfigMap/x/two
Kustomization flux-system/three
  ConfigMap/x/three
",
    );
}

#[test]
fn units_come_after_what_they_depend_on() {
    check(
        "
        //- clusters/a.yaml
        @source fleet
        @apply one ./one, dependsOn: [{name: two}, {name: three}]
        @apply two ./two, dependsOn: [{name: three}]
        @apply three ./three
        //- one/object.yaml
        @object ConfigMap one
        //- two/object.yaml
        @object ConfigMap two
        //- three/object.yaml
        @object ConfigMap three
        ",
        "
what is applied by hand
  GitRepository/flux-system/fleet
  Kustomization/flux-system/one
  Kustomization/flux-system/two
  Kustomization/flux-system/three
Kustomization flux-system/three
  ConfigMap/x/three
Kustomization flux-system/two
  ConfigMap/x/two
Kustomization flux-system/one
  ConfigMap/x/one
",
    );
}

#[test]
fn a_directory_without_a_kustomization_is_taken_as_a_whole() {
    check(
        "
        //- clusters/a.yaml
        @source fleet
        @apply apps ./apps
        //- apps/b.yml
        @object ConfigMap b
        //- apps/a/z.yaml
        @object ConfigMap az
        //- apps/a-b.yaml
        @object ConfigMap a-b
        //- apps/a/notes.txt
        not yaml
        //- apps/base/kustomization.yml
        resources: [deep/object.yaml]
        namePrefix: its-
        //- apps/base/deep/object.yaml
        @object ConfigMap base
        //- apps/base/unused.yaml
        @object ConfigMap unused
        ",
        "
what is applied by hand
  GitRepository/flux-system/fleet
  Kustomization/flux-system/apps
Kustomization flux-system/apps
  ConfigMap/x/az
  ConfigMap/x/a-b
  ConfigMap/x/b
  ConfigMap/x/its-base
",
    );
}

#[test]
fn a_directory_without_yaml_is_empty() {
    check(
        "
        //- clusters/a.yaml
        @source fleet
        @apply apps ./apps
        //- apps/README.md
        nothing yet
        ",
        "
what is applied by hand
  GitRepository/flux-system/fleet
  Kustomization/flux-system/apps
Kustomization flux-system/apps
warning: clusters/a.yaml:4: Kustomization flux-system/apps: there is no YAML file in `apps`
",
    );
}

const MERGED: &str = "
    //- clusters/a.yaml
    @source fleet
    ---
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata: {name: apps, namespace: flux-system}
    spec:
      interval: 1m
      path: apps
      prune: true
      sourceRef: {kind: GitRepository, name: fleet}
      targetNamespace: target
      namePrefix: pre-
      nameSuffix: -post
      commonMetadata:
        labels: {team: blue}
        annotations: {note: common}
      patches:
      - patch: |
          - op: add
            path: /spec/replicas
            value: 3
        target: {kind: Deployment}
      images:
      - {name: nginx, newTag: '2'}
      - {name: redis, digest: 'sha256:1'}
      components: [../component]
    //- apps/kustomization.yaml
    resources: [web.yaml]
    namespace: own
    namePrefix: own-
    images:
    - {name: nginx, newName: mirror/nginx, digest: 'sha256:0'}
    patches:
    - patch: '[{op: add, path: /spec/paused, value: true}]'
      target: {kind: Deployment}
    //- apps/web.yaml
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
      labels: {team: red, app: web}
    spec:
      selector: {matchLabels: {app: web}}
      template:
        metadata: {labels: {app: web}}
        spec:
          containers:
          - {name: web, image: nginx}
          - {name: cache, image: 'redis:7'}
    //- component/kustomization.yaml
    apiVersion: kustomize.config.k8s.io/v1alpha1
    kind: Component
    commonAnnotations: {by: component}
    ";

#[test]
fn fields_of_the_kustomization_are_merged_in() {
    check_object(
        MERGED,
        &Answers::default(),
        "Deployment/target/pre-web-post",
        "
apiVersion: apps/v1
kind: Deployment
metadata:
  annotations:
    by: component
    note: common
  labels:
    app: web
    kustomize.toolkit.fluxcd.io/name: apps
    kustomize.toolkit.fluxcd.io/namespace: flux-system
    team: blue
  name: pre-web-post
  namespace: target
spec:
  paused: true
  replicas: 3
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      annotations:
        by: component
      labels:
        app: web
    spec:
      containers:
      - image: mirror/nginx:2
        name: web
      - image: redis@sha256:1
        name: cache
",
    );
}

#[test]
fn fields_keep_the_place_that_they_come_from() {
    let rendered = render_a(MERGED, &Answers::default());
    let (_, deployment) = rendered.objects().last().unwrap();
    let place = |path: &[&str]| {
        let origin = deployment.root().at(path).unwrap().origin;
        format!("{origin} {}", origin.by().as_str()).trim_end().to_owned()
    };
    assert_eq!(place(&["kind"]), "apps/web.yaml:2");
    assert_eq!(place(&["metadata", "namespace"]), "clusters/a.yaml:12 namespace");
    assert_eq!(place(&["metadata", "labels", "app"]), "apps/web.yaml:5");
    assert_eq!(place(&["metadata", "labels", "team"]), "clusters/a.yaml:16 Kustomization");
    let owner = place(&["metadata", "labels", "kustomize.toolkit.fluxcd.io/name"]);
    assert_eq!(owner, "clusters/a.yaml:4 Kustomization");
    assert_eq!(place(&["spec", "replicas"]), "clusters/a.yaml:22 patch");
}

#[test]
fn components_that_are_missing_may_be_left_out() {
    check(
        "
        //- clusters/a.yaml
        @source fleet
        @apply apps ./apps, components: [../none], ignoreMissingComponents: true
        //- apps/object.yaml
        @object ConfigMap one
        ",
        "
what is applied by hand
  GitRepository/flux-system/fleet
  Kustomization/flux-system/apps
Kustomization flux-system/apps
  ConfigMap/x/one
",
    );
}

#[test]
fn a_file_without_resources_marks_origins_as_flux_does() {
    check_object(
        "
        //- clusters/a.yaml
        @source fleet
        @apply apps ./apps, targetNamespace: x
        //- apps/kustomization.yaml
        configMapGenerator:
        - {name: made, literals: [a=b]}
        generatorOptions: {disableNameSuffixHash: true}
        ",
        &Answers::default(),
        "ConfigMap/x/made",
        "
apiVersion: v1
data:
  a: b
kind: ConfigMap
metadata:
  annotations:
    config.kubernetes.io/origin: |
      configuredIn: kustomization.yaml
      configuredBy:
        apiVersion: builtin
        kind: ConfigMapGenerator
  labels:
    kustomize.toolkit.fluxcd.io/name: apps
    kustomize.toolkit.fluxcd.io/namespace: flux-system
  name: made
  namespace: x
",
    );
}

#[test]
fn other_clusters_are_other_clusters() {
    check(
        "
        //- clusters/a.yaml
        @source fleet
        @apply remote ./remote, kubeConfig: {secretRef: {name: b}}
        @apply local ./remote
        //- remote/object.yaml
        @object ConfigMap one
        @apply nested ./nested
        ",
        "
what is applied by hand
  GitRepository/flux-system/fleet
  Kustomization/flux-system/remote
  Kustomization/flux-system/local
Kustomization flux-system/remote
  ConfigMap/x/one
  Kustomization/flux-system/nested
Kustomization flux-system/local
  ConfigMap/x/one
  Kustomization/flux-system/nested
Kustomization flux-system/nested
  missing (remote/object.yaml:4): it could not be built
error: remote/object.yaml:4: Kustomization flux-system/nested: there is no directory `./nested`
  help: there is `./clusters`, `./remote`
",
    );
}

#[test]
fn lists_are_opened_and_kustomization_files_are_no_objects() {
    check(
        "
        //- clusters/a.yaml
        @source fleet
        ---
        apiVersion: v1
        kind: List
        items:
        - {apiVersion: v1, kind: Namespace, metadata: {name: one}}
        ---
        {apiVersion: kustomize.config.k8s.io/v1beta1, kind: Kustomization}
        @apply apps ./apps
        //- apps/object.yaml
        @object ConfigMap one
        ",
        "
what is applied by hand
  GitRepository/flux-system/fleet
  Namespace/one
  Kustomization/flux-system/apps
Kustomization flux-system/apps
  ConfigMap/x/one
",
    );
}
