//! Labels, annotations, images and replicas.

use super::*;

#[test]
fn common_labels_reach_selectors_and_templates() {
    check(
        r#"
        //- kustomization.yaml
        resources: [all.yaml]
        commonLabels: {team: blue}
        commonAnnotations: {note: "1"}
        //- all.yaml
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, labels: {team: red, app: web}}
        spec:
          selector: {matchLabels: {app: web}}
          template: {metadata: {labels: {app: web}}}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec: {selector: {app: web}}
        ---
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: web}
        spec: {podSelector: {matchLabels: {app: web}}}
        ---
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: {name: web}
        spec: {minAvailable: 1}
        "#,
        ".",
        r#"
        apiVersion: v1
        kind: Service
        metadata:
          annotations:
            note: "1"
          labels:
            team: blue
          name: web
        spec:
          selector:
            app: web
            team: blue
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          annotations:
            note: "1"
          labels:
            app: web
            team: blue
          name: web
        spec:
          selector:
            matchLabels:
              app: web
              team: blue
          template:
            metadata:
              annotations:
                note: "1"
              labels:
                app: web
                team: blue
        ---
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata:
          annotations:
            note: "1"
          labels:
            team: blue
          name: web
        spec:
          minAvailable: 1
        ---
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata:
          annotations:
            note: "1"
          labels:
            team: blue
          name: web
        spec:
          podSelector:
            matchLabels:
              app: web
              team: blue
        warning: kustomization.yaml:2: `commonLabels` is deprecated
          help: use `labels`
    "#,
    );
}

#[test]
fn labels_of_metadata_templates_or_selectors() {
    check(
        r#"
        //- kustomization.yaml
        resources: [all.yaml]
        labels:
        - pairs: {a: metadata}
        - pairs: {b: templates}
          includeTemplates: true
        - pairs: {c: selectors}
          includeSelectors: true
        - pairs: {d: field}
          fields: [{path: spec/extra/labels, create: true, kind: Deployment}]
        //- all.yaml
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec: {template: {spec: {containers: []}}}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        "#,
        ".",
        r#"
        apiVersion: v1
        kind: Service
        metadata:
          labels:
            a: metadata
            b: templates
            c: selectors
            d: field
          name: web
        spec:
          selector:
            c: selectors
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          labels:
            a: metadata
            b: templates
            c: selectors
            d: field
          name: web
        spec:
          extra:
            labels:
              d: field
          selector:
            matchLabels:
              c: selectors
          template:
            metadata:
              labels:
                b: templates
                c: selectors
            spec:
              containers: []
    "#,
    );
}

#[test]
fn images_by_name_tag_and_digest() {
    check(
        r#"
        //- kustomization.yaml
        resources: [all.yaml]
        images:
        - {name: nginx, newTag: "1.27"}
        - {name: registry.example.com:5000/team/api, newName: mirror/api, digest: "sha256:abc"}
        - {name: sidecar, newName: proxy, newTag: v2, digest: "sha256:def"}
        - {name: init, tagSuffix: -slim}
        //- all.yaml
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          template:
            spec:
              initContainers:
              - {name: i, image: "init:1"}
              containers:
              - {name: a, image: nginx}
              - {name: b, image: "nginx:1.19@sha256:123"}
              - {name: c, image: "registry.example.com:5000/team/api:2"}
              - {name: d, image: sidecar}
              - {name: e, image: my-nginx}
        ---
        apiVersion: example.com/v1
        kind: Job
        metadata: {name: any}
        deep: {in: [{containers: [{image: "nginx:old"}]}], image: nginx}
        "#,
        ".",
        r#"
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
        spec:
          template:
            spec:
              containers:
              - image: nginx:1.27
                name: a
              - image: nginx:1.27
                name: b
              - image: mirror/api@sha256:abc
                name: c
              - image: proxy:v2@sha256:def
                name: d
              - image: my-nginx
                name: e
              initContainers:
              - image: init:1-slim-slim
                name: i
        ---
        apiVersion: example.com/v1
        deep:
          image: nginx
          in:
          - containers:
            - image: nginx:1.27
        kind: Job
        metadata:
          name: any
    "#,
    );
}

#[test]
fn replicas_by_a_current_or_earlier_name() {
    check(
        r#"
        //- top/kustomization.yaml
        resources: [../base]
        replicas:
        - {name: web, count: 3}
        - {name: p-store, count: 0}
        - {name: text, count: 5}
        //- base/kustomization.yaml
        resources: [all.yaml]
        namePrefix: p-
        //- base/all.yaml
        {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}}
        ---
        {apiVersion: apps/v1, kind: StatefulSet, metadata: {name: store}, spec: {replicas: 7}}
        ---
        {apiVersion: apps/v1, kind: Deployment, metadata: {name: text}, spec: {replicas: "2"}}
        "#,
        "top",
        r#"
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: p-text
        spec:
          replicas: "5"
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: p-web
        spec:
          replicas: 3
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata:
          name: p-store
        spec:
          replicas: 0
    "#,
    );
}

/// What one entry gave to the labels and the selector is one value: see docs/kustomize.md.
#[test]
fn a_selector_that_changes_with_a_label_is_warned_of() {
    let base = r#"
        //- base/kustomization.yaml
        resources: [s.yaml]
        labels: [{pairs: {app: a}, includeSelectors: true}]
        //- base/s.yaml
        {apiVersion: v1, kind: Service, metadata: {name: web}}
    "#;
    let printed = |written: &str| {
        let files =
            format!("//- kustomization.yaml\nresources: [base]\n{written}{}", dedented(base));
        printed(&build(&complete(&files), "", &Options::default(), &Memory::new()))
    };
    let service = |label: &str, selector: &str| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata:\n  labels:\n    app: {label}\n  name: web\n\
             spec:\n  selector:\n    app: {selector}\n"
        )
    };
    let warning = |line: u32| {
        format!(
            "warning: kustomization.yaml:{line}: Service/default/web: `spec.selector.app` changes as well: one entry \
             has set it and the label\n  base/kustomization.yaml:2: set both\n  base/s.yaml:1: the resource\n  \
             help: a selector cannot change in a cluster; to change the label alone, write a JSON patch\n"
        )
    };
    let labels = printed("labels: [{pairs: {app: b}}]\n");
    check_eq(&labels, &(service("b", "b") + &warning(2)));
    let patch = printed(
        "patches:\n- patch: |\n    apiVersion: v1\n    kind: Service\n    metadata: {name: web, labels: {app: b}}\n",
    );
    check_eq(&patch, &(service("b", "b") + &warning(6)));
    let replaced = printed(
        "replacements:\n- sourceValue: b\n  targets:\n  - select: {kind: Service}\n    \
         fieldPaths: [metadata.labels.app]\n",
    );
    check_eq(&replaced, &(service("b", "b") + &warning(3)));
    // Whoever says so of the selector as well needs no warning.
    check_eq(&printed("labels: [{pairs: {app: b}, includeSelectors: true}]\n"), &service("b", "b"));
    let json = printed(
        "patches:\n- target: {kind: Service}\n  patch: |\n    - {op: replace, path: /metadata/labels/app, value: b}\n",
    );
    check_eq(&json, &service("b", "a"));
}
