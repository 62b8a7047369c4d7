//! Patches in all their forms.

use super::*;

#[test]
fn strategic_merge_from_a_file_and_in_place() {
    check(
        r#"
        //- kustomization.yaml
        resources: [web.yaml]
        patches:
        - path: patches/image.yaml
        - patch: |-
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: web
              annotations:
                text: |
                  the last line of a patch
        //- patches/image.yaml
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          replicas: null
          template:
            spec:
              containers:
              - {name: new, image: busybox}
              - {name: web, image: "nginx:2"}
              - {name: old, $patch: delete}
              tolerations: [{key: b}]
        //- web.yaml
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          replicas: 2
          template:
            spec:
              containers:
              - {name: old, image: old}
              - {name: web, image: nginx, ports: [{containerPort: 80}]}
              tolerations: [{key: a}]
        "#,
        ".",
        r#"
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          annotations:
            text: the last line of a patch
          name: web
        spec:
          template:
            spec:
              containers:
              - image: busybox
                name: new
              - image: nginx:2
                name: web
                ports:
                - containerPort: 80
              tolerations:
              - key: b
    "#,
    );
}

#[test]
fn json_patches_of_what_a_target_selects() {
    check(
        r#"
        //- kustomization.yaml
        resources: [all.yaml]
        patches:
        - target: {kind: Deployment, name: "w.*"}
          patch: |
            - {op: replace, path: /spec/replicas, value: 3}
            - {op: add, path: /spec/list/-, value: yes}
            - {op: remove, path: /metadata/annotations/gone~1away}
        - target: {kind: Service, labelSelector: "app in (web, api),!old"}
          path: patch.json
        //- patch.json
        [{"op": "add", "path": "/spec", "value": {"ports": [{"port": 80}]}}]
        //- all.yaml
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, annotations: {gone/away: "1", count: 12345678}}
        spec: {list: [a], replicas: 1, big: 9007199254740993}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: web, labels: {app: web}}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: old, labels: {app: web, old: "1"}}}
        "#,
        ".",
        r#"
        apiVersion: v1
        kind: Service
        metadata:
          labels:
            app: web
            old: "1"
          name: old
        ---
        apiVersion: v1
        kind: Service
        metadata:
          labels:
            app: web
          name: web
        spec:
          ports:
          - port: 80
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          annotations:
            count: "1.2345678e+07"
          name: web
        spec:
          big: 9007199254740992
          list:
          - a
          - true
          replicas: 3
    "#,
    );
}

#[test]
fn a_patch_for_everything_a_target_selects() {
    check(
        r#"
        //- kustomization.yaml
        resources: [all.yaml]
        namePrefix: x-
        patches:
        - target: {version: v1, namespace: "blue|default"}
          patch: |
            apiVersion: any/v1
            kind: Any
            metadata: {name: any, labels: {patched: "yes"}}
            data: {k: v}
        //- all.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
        ---
        {apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: blue}}
        ---
        {apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: green}}
        "#,
        ".",
        r#"
        apiVersion: v1
        data:
          k: v
        kind: ConfigMap
        metadata:
          labels:
            patched: "yes"
          name: x-b
          namespace: blue
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: x-c
          namespace: green
        ---
        apiVersion: v1
        data:
          k: v
        kind: ConfigMap
        metadata:
          labels:
            patched: "yes"
          name: x-a
    "#,
    );
}

#[test]
fn whole_objects_can_be_deleted_and_renamed() {
    check(
        r#"
        //- kustomization.yaml
        resources: [all.yaml]
        patches:
        - patch: |
            $patch: delete
            apiVersion: v1
            kind: Service
            metadata: {name: gone}
        - target: {kind: ConfigMap, name: old}
          options: {allowNameChange: true, allowKindChange: true}
          patch: |
            apiVersion: v1
            kind: Secret
            metadata: {name: new, annotations: {a: null, b: x}}
        //- all.yaml
        {apiVersion: v1, kind: Service, metadata: {name: gone}}
        ---
        {apiVersion: v1, kind: ConfigMap, metadata: {name: old, annotations: {a: "1"}}}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: user}
        spec: {volumes: [{name: v, configMap: {name: old}}]}
        "#,
        ".",
        r#"
        apiVersion: v1
        kind: Secret
        metadata:
          annotations:
            a: "null"
            b: x
          name: new
        ---
        apiVersion: v1
        kind: Pod
        metadata:
          name: user
        spec:
          volumes:
          - configMap:
              name: new
            name: v
    "#,
    );
}

#[test]
fn the_deprecated_fields() {
    check(
        r#"
        //- kustomization.yaml
        resources: [all.yaml]
        patchesStrategicMerge:
        - merge.yaml
        - |-
          apiVersion: v1
          kind: ConfigMap
          metadata: {name: a}
          data: {two: "2"}
        patchesJson6902:
        - target: {version: v1, kind: ConfigMap, name: a}
          patch: '[{"op": "add", "path": "/data/three", "value": "3"}]'
        //- merge.yaml
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: a}
        data: {one: "1"}
        //- all.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {zero: "0"}}
        "#,
        ".",
        r#"
        apiVersion: v1
        data:
          one: "1"
          three: "3"
          two: "2"
          zero: "0"
        kind: ConfigMap
        metadata:
          name: a
        warning: kustomization.yaml:3: `patchesStrategicMerge` is deprecated
          help: use `patches`
        warning: kustomization.yaml:10: `patchesJson6902` is deprecated
          help: use `patches`
    "#,
    );
}

#[test]
fn a_patch_knows_earlier_names() {
    check(
        r#"
        //- top/kustomization.yaml
        resources: [../base]
        patches:
        - patch: |
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: settings}
            data: {log: debug}
        //- base/kustomization.yaml
        namePrefix: p-
        configMapGenerator:
        - {name: settings, literals: [log=info, cache=1]}
        "#,
        "top",
        r#"
        apiVersion: v1
        data:
          cache: "1"
          log: debug
        kind: ConfigMap
        metadata:
          name: p-settings-4t5kdg4b5k
    "#,
    );
}

#[test]
fn a_json_patch_finds_annotations_everywhere() {
    check(
        r#"
        //- kustomization.yaml
        resources: [all.yaml]
        patches:
        - target: {name: none|some}
          patch: |
            - {op: add, path: /metadata/annotations/added, value: "1"}
        - target: {name: gone}
          patch: |
            - {op: remove, path: /metadata/annotations}
        //- all.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: none}}
        ---
        {apiVersion: v1, kind: ConfigMap, metadata: {name: some, annotations: {a: b}}}
        ---
        {apiVersion: v1, kind: ConfigMap, metadata: {name: gone}}
        "#,
        ".",
        r#"
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: gone
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata:
          annotations:
            added: "1"
          name: none
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata:
          annotations:
            a: b
            added: "1"
          name: some
    "#,
    );
}

#[test]
fn the_deprecated_json_patches_forget_what_they_rename() {
    check(
        r#"
        //- kustomization.yaml
        resources: [all.yaml]
        patchesJson6902:
        - target: {version: v1, kind: ConfigMap, name: old}
          patch: '[{"op": "replace", "path": "/metadata/name", "value": "new"}]'
        //- all.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: old}}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: user}
        spec: {volumes: [{name: v, configMap: {name: old}}]}
        "#,
        ".",
        r#"
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: new
        ---
        apiVersion: v1
        kind: Pod
        metadata:
          name: user
        spec:
          volumes:
          - configMap:
              name: old
            name: v
        warning: kustomization.yaml:3: `patchesJson6902` is deprecated
          help: use `patches`
    "#,
    );
    check(
        r#"
        //- kustomization.yaml
        resources: [all.yaml]
        patchesJson6902:
        - target: {version: v1, kind: ConfigMap, name: a}
          patch: '[{"op": "add", "path": "/metadata/annotations/a", "value": "b"}]'
        //- all.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
        "#,
        ".",
        r#"
        warning: kustomization.yaml:3: `patchesJson6902` is deprecated
          help: use `patches`
        error: kustomization.yaml:4: the patch does not fit ConfigMap/default/a: operation 1 of the JSON patch (`add /metadata/annotations/a`) does not apply: there is nothing at `/metadata/annotations`
          kustomization.yaml:3: the entry
          all.yaml:1: the resource
    "#,
    );
}

#[test]
fn annotations_that_are_no_text_in_their_file() {
    check(
        r#"
        //- kustomization.yaml
        resources: [all.yaml, list.yaml]
        patches:
        - target: {name: patched}
          patch: |
            - {op: add, path: /metadata/annotations/new, value: 2020-01-01}
        //- all.yaml
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: patched
          annotations: {date: 2020-01-01, bool: True, number: 1e3, large: 12345678, text: "1e3"}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: plain
          annotations: {date: 2020-01-01, bool: True, number: 1e3, large: 12345678, text: "1e3"}
        //- list.yaml
        apiVersion: v1
        kind: ConfigMapList
        items:
        - apiVersion: v1
          kind: ConfigMap
          metadata:
            name: listed
            annotations: {date: 2020-01-01, bool: True, number: 1e3, large: 12345678, text: "1e3"}
        "#,
        ".",
        r#"
        apiVersion: v1
        kind: ConfigMap
        metadata:
          annotations:
            bool: "true"
            date: "2020-01-01T00:00:00Z"
            large: "12345678"
            number: "1000"
            text: "1e3"
          name: listed
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata:
          annotations:
            bool: "true"
            date: "2020-01-01T00:00:00Z"
            large: "1.2345678e+07"
            new: "2020-01-01"
            number: "1000"
            text: "1e3"
          name: patched
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata:
          annotations:
            bool: "True"
            date: "2020-01-01"
            large: "12345678"
            number: "1e3"
            text: "1e3"
          name: plain
    "#,
    );
}

#[test]
fn a_wrong_operation_is_told_of_even_where_the_target_selects_nothing() {
    check(
        r#"
        //- kustomization.yaml
        resources: [a.yaml]
        patches:
        - target: {kind: Deployment, name: gone}
          patch: |
            - {op: exchange, path: /spec}
        //- a.yaml
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: a}
        "#,
        ".",
        r#"
        apiVersion: v1
        kind: ServiceAccount
        metadata:
          name: a
        warning: kustomization.yaml:3: the patch target (kind: Deployment, name: gone) selects nothing
          help: there is `ServiceAccount/default/a`
        warning: kustomization.yaml:5: the patch would not fit: operation 1 of the JSON patch (`exchange /spec`) does not apply: there is no operation `exchange`: use add, remove, replace, move, copy or test
        "#,
    );
}

/// kyaml's schemas in comments; those of a base and of an inline patch, and what is none.
#[test]
fn a_schema_beside_a_list() {
    let built = |base: &str, patch: &str| {
        let files = format!(
            "//- kustomization.yaml
resources: [base]
patches:
- target: {{kind: Widget}}
  patch: |
    apiVersion: x.test/v1
    kind: Widget
    metadata: {{name: a}}
    list:{patch}
    - {{name: x, b: 2}}
//- base/kustomization.yaml
resources: [a.yaml]
//- base/a.yaml
apiVersion: x.test/v1
kind: Widget
metadata: {{name: a}}
list:{base}
- {{name: x, a: 1}}
"
        );
        let memory = Memory::new();
        let tree = complete(&files);
        let once = build(&tree, "", &Options::default(), &memory);
        memory.forget();
        let again = build(&tree, "", &Options::default(), &memory);
        assert_eq!(printed(&once), printed(&again));
        let list = once.nodes.unwrap()[0].get("list").cloned();
        format!("{:?}", list.unwrap())
    };
    let merge = r#" # {"type":"array","x-kubernetes-patch-merge-key":"name","x-kubernetes-patch-strategy":"merge"}"#;
    let container = r##" # {"items":{"$ref":"#/definitions/io.k8s.api.core.v1.Container"},"type":"array","x-kubernetes-patch-merge-key":"name","x-kubernetes-patch-strategy":"merge"}"##;
    let merged = r#"[{"name": "x", "a": 1, "b": 2}]"#;
    let replaced = r#"[{"name": "x", "b": 2}]"#;
    check_eq(&built("", ""), replaced);
    check_eq(&built(merge, ""), merged);
    check_eq(&built(container, ""), merged);
    check_eq(&built("", merge), merged);
    check_eq(&built(r##" # {"$ref":"#/definitions/none"}"##, merge), replaced);
    check_eq(&built(" # {no json", merge), merged);
    check_eq(&built(" # {}", merge), merged);
}
