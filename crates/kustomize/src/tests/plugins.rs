//! Built-in plugins as `generators`, `transformers` and `validators`.

use super::*;

#[test]
fn generators_and_transformers_from_files_and_in_place() {
    check(
        r#"
        //- kustomization.yaml
        generators:
        - gen.yaml
        transformers:
        - |-
          apiVersion: builtin
          kind: PrefixTransformer
          metadata: {name: p}
          prefix: p-
          fieldSpecs: [{path: metadata/name}]
        - more
        //- gen.yaml
        apiVersion: builtin
        kind: ConfigMapGenerator
        metadata: {name: c}
        literals: [a=1]
        //- more/kustomization.yaml
        resources: [labels.yaml, ns.yaml]
        //- more/labels.yaml
        apiVersion: builtin
        kind: LabelTransformer
        metadata: {name: l}
        labels: {team: blue}
        fieldSpecs: [{path: metadata/labels, create: true}]
        //- more/ns.yaml
        apiVersion: builtin
        kind: NamespaceTransformer
        metadata: {name: n, namespace: blue}
        fieldSpecs: [{path: metadata/namespace, create: true}]
        "#,
        ".",
        r#"
        apiVersion: v1
        data:
          a: "1"
        kind: ConfigMap
        metadata:
          labels:
            team: blue
          name: p-c-h29d89cmmt
          namespace: blue
    "#,
    );
}

#[test]
fn patches_images_and_replicas_as_plugins() {
    check(
        r#"
        //- kustomization.yaml
        resources: [web.yaml]
        transformers: [all.yaml]
        //- all.yaml
        apiVersion: builtin
        kind: PatchTransformer
        metadata: {name: a}
        target: {kind: Deployment}
        patch: '[{"op": "add", "path": "/metadata/annotations", "value": {"a": "b"}}]'
        ---
        apiVersion: builtin
        kind: ImageTagTransformer
        metadata: {name: b}
        imageTag: {name: nginx, newTag: "2"}
        ---
        apiVersion: builtin
        kind: ReplicaCountTransformer
        metadata: {name: c}
        replica: {name: web, count: 4}
        fieldSpecs: [{path: spec/replicas, create: true, kind: Deployment}]
        ---
        apiVersion: builtin
        kind: AnnotationsTransformer
        metadata: {name: d}
        annotations: {c: d}
        fieldSpecs: [{path: metadata/annotations, create: true}]
        ---
        apiVersion: builtin
        kind: ValueAddTransformer
        metadata: {name: e}
        value: added
        targets: [{fieldPath: spec/new}]
        //- web.yaml
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec: {template: {spec: {containers: [{name: c, image: nginx}]}}}
        "#,
        ".",
        r#"
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          annotations:
            a: b
            c: d
          name: web
        spec:
          new: added
          replicas: 4
          template:
            spec:
              containers:
              - image: nginx:2
                name: c
    "#,
    );
}

const VALIDATED: &str = r#"
    //- kustomization.yaml
    resources: [web.yaml]
    validators: [check.yaml]
    //- web.yaml
    {apiVersion: v1, kind: Service, metadata: {name: web, labels: {team: blue}}}
    //- check.yaml
    apiVersion: builtin
    kind: LabelTransformer
    metadata: {name: check}
    labels: {LABEL: blue}
    fieldSpecs: [{path: metadata/labels, create: true}]
    "#;

#[test]
fn a_validator_changes_nothing() {
    let unchanged =
        "apiVersion: v1\nkind: Service\nmetadata:\n  labels:\n    team: blue\n  name: web\n";
    check(&VALIDATED.replace("LABEL", "team"), ".", unchanged);
    check(
        &VALIDATED.replace("LABEL", "other"),
        ".",
        r#"
        error: check.yaml:1: the validator LabelTransformer/default/check changes resources
          help: list it under `transformers` if it should
        "#,
    );
}

#[test]
fn plugins_that_are_not_built_in() {
    check(
        r#"
        //- kustomization.yaml
        generators: [a.yaml]
        transformers: [b.yaml]
        //- a.yaml
        {apiVersion: builtin, kind: LabelTransformer, metadata: {name: a}}
        //- b.yaml
        {apiVersion: example.com/v1, kind: Gadget, metadata: {name: b}}
        "#,
        ".",
        r#"
        error: a.yaml:1: there is no built-in generator `LabelTransformer`
    "#,
    );
}
