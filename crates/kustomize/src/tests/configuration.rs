//! Configuration of the transformers: `configurations`, `crds`, `openapi`, `vars`, `buildMetadata`.

use super::*;

#[test]
fn configurations_add_fields() {
    check(
        r#"
        //- kustomization.yaml
        resources: [all.yaml]
        namePrefix: p-
        configurations: [config.yaml]
        images: [{name: nginx, newTag: "2"}]
        //- config.yaml
        nameReference:
        - kind: ConfigMap
          fieldSpecs: [{kind: Gadget, path: spec/settings}]
        images: [{kind: Gadget, path: spec/image}]
        namePrefix: [{kind: Gadget, path: spec/id}]
        //- all.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: c}}
        ---
        apiVersion: example.com/v1
        kind: Gadget
        metadata: {name: g}
        spec: {settings: c, image: "nginx:1", id: g}
        "#,
        ".",
        r#"
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: p-c
        ---
        apiVersion: example.com/v1
        kind: Gadget
        metadata:
          name: p-g
        spec:
          id: p-g
          image: nginx:2
          settings: p-c
    "#,
    );
}

#[test]
fn crds_add_references() {
    check(
        r#"
        //- kustomization.yaml
        resources: [all.yaml]
        namePrefix: p-
        crds: [crd.json]
        //- crd.json
        {"com.example.v1.Gadget": {"Schema": {"properties": {
          "apiVersion": {"type": "string"}, "kind": {"type": "string"},
          "metadata": {"type": "object"}, "spec": {"$ref": "com.example.v1.GadgetSpec"}}}},
         "com.example.v1.GadgetSpec": {"Schema": {"properties": {
          "key": {"x-kubernetes-object-ref-api-version": "v1", "x-kubernetes-object-ref-kind": "Secret"}}}}}
        //- all.yaml
        {apiVersion: v1, kind: Secret, metadata: {name: k}}
        ---
        apiVersion: example.com/v1
        kind: Gadget
        metadata: {name: g}
        spec: {key: {name: k}}
        "#,
        ".",
        r#"
        apiVersion: v1
        kind: Secret
        metadata:
          name: p-k
        ---
        apiVersion: example.com/v1
        kind: Gadget
        metadata:
          name: p-g
        spec:
          key:
            name: p-k
    "#,
    );
}

#[test]
fn an_openapi_schema_says_how_lists_merge() {
    check(
        r#"
        //- kustomization.yaml
        resources: [all.yaml]
        openapi: {path: schema.json}
        patches:
        - patch: |
            apiVersion: example.com/v1
            kind: Gadget
            metadata: {name: g}
            spec: {parts: [{name: b, size: 3}]}
        //- schema.json
        {"definitions": {"com.example.v1.Gadget": {
          "type": "object",
          "x-kubernetes-group-version-kind": [{"group": "example.com", "version": "v1", "kind": "Gadget"}],
          "properties": {"spec": {"type": "object", "properties": {"parts": {
            "type": "array", "items": {"type": "object"},
            "x-kubernetes-patch-merge-key": "name", "x-kubernetes-patch-strategy": "merge"}}}}}}}
        //- all.yaml
        apiVersion: example.com/v1
        kind: Gadget
        metadata: {name: g}
        spec: {parts: [{name: a, size: 1}, {name: b, size: 2}]}
        "#,
        ".",
        r#"
        apiVersion: example.com/v1
        kind: Gadget
        metadata:
          name: g
        spec:
          parts:
          - name: b
            size: 3
          - name: a
            size: 1
    "#,
    );
}

#[test]
fn vars_are_replaced() {
    check(
        r#"
        //- kustomization.yaml
        resources: [all.yaml]
        namePrefix: p-
        vars:
        - name: HOST
          objref: {apiVersion: v1, kind: Service, name: web}
        - name: PORT
          objref: {apiVersion: v1, kind: Service, name: web}
          fieldref: {fieldpath: "spec.ports[0].port"}
        //- all.yaml
        {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 80}]}}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: client}
        spec:
          containers:
          - name: c
            args: ["http://$(HOST):$(PORT)", "$(PORT)", "$$(HOST)", "$(OTHER)"]
        "#,
        ".",
        r#"
        apiVersion: v1
        kind: Service
        metadata:
          name: p-web
        spec:
          ports:
          - port: 80
        ---
        apiVersion: v1
        kind: Pod
        metadata:
          name: p-client
        spec:
          containers:
          - args:
            - http://p-web:80
            - 80
            - $(HOST)
            - $(OTHER)
            name: c
        warning: kustomization.yaml:4: `vars` is deprecated
          help: use `replacements`
    "#,
    );
}

#[test]
fn build_metadata_says_where_things_come_from() {
    check(
        r#"
        //- top/kustomization.yaml
        resources: [../base]
        namePrefix: p-
        buildMetadata: [originAnnotations, transformerAnnotations, managedByLabel]
        //- base/kustomization.yaml
        resources: [svc.yaml]
        configMapGenerator: [{name: c}]
        //- base/svc.yaml
        {apiVersion: v1, kind: Service, metadata: {name: web}}
        "#,
        "top",
        r#"
        apiVersion: v1
        kind: ConfigMap
        metadata:
          annotations:
            alpha.config.kubernetes.io/transformations: |
              - configuredIn: kustomization.yaml
                configuredBy:
                  apiVersion: builtin
                  kind: PrefixTransformer
            config.kubernetes.io/origin: |
              configuredIn: ../base/kustomization.yaml
              configuredBy:
                apiVersion: builtin
                kind: ConfigMapGenerator
          labels:
            app.kubernetes.io/managed-by: kustomize-(devel)
          name: p-c-6ct58987ht
        ---
        apiVersion: v1
        kind: Service
        metadata:
          annotations:
            alpha.config.kubernetes.io/transformations: |
              - configuredIn: kustomization.yaml
                configuredBy:
                  apiVersion: builtin
                  kind: PrefixTransformer
            config.kubernetes.io/origin: |
              path: ../base/svc.yaml
          labels:
            app.kubernetes.io/managed-by: kustomize-(devel)
          name: p-web
    "#,
    );
}
