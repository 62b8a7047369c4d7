//! Generators: data from literals, files and env files; hashes, references, behaviors.

use super::*;

#[test]
fn literals_files_and_env_files() {
    check(
        r#"
        //- kustomization.yaml
        configMapGenerator:
        - name: settings
          literals: ["a=1", "b=\"quoted\"", "c='x=y'", "d=", "html=<&>"]
          files: [conf/app.properties, renamed.txt=conf/app.properties]
          envs: [app.env]
        secretGenerator:
        - name: key
          literals: [password=s3cret]
          type: example.com/key
        //- conf/app.properties
        color = blue
        //- app.env
        # a comment
        FROM_ENV=x "y" # z
          INDENTED=1
        BARE
        "#,
        ".",
        r#"
        apiVersion: v1
        data:
          BARE: ""
          FROM_ENV: 'x "y" # z'
          INDENTED: "1"
          a: "1"
          app.properties: |
            color = blue
          b: quoted
          c: x=y
          d: ""
          html: <&>
          renamed.txt: |
            color = blue
        kind: ConfigMap
        metadata:
          name: settings-g64gbtcctm
        ---
        apiVersion: v1
        data:
          password: czNjcmV0
        kind: Secret
        metadata:
          name: key-kc9h5cb965
        type: example.com/key
    "#,
    );
}

#[test]
fn references_follow_the_hash() {
    check(
        r#"
        //- top/kustomization.yaml
        resources: [../base]
        namePrefix: top-
        //- base/kustomization.yaml
        resources: [pod.yaml]
        configMapGenerator:
        - {name: settings, literals: [a=1]}
        - {name: plain, literals: [a=1], options: {disableNameSuffixHash: true}}
        //- base/pod.yaml
        apiVersion: v1
        kind: Pod
        metadata: {name: web}
        spec:
          containers:
          - name: web
            env:
            - name: A
              valueFrom: {configMapKeyRef: {name: settings, key: a}}
            - name: B
              valueFrom: {configMapKeyRef: {name: plain, key: a}}
        "#,
        "top",
        r#"
        apiVersion: v1
        data:
          a: "1"
        kind: ConfigMap
        metadata:
          name: top-plain
        ---
        apiVersion: v1
        data:
          a: "1"
        kind: ConfigMap
        metadata:
          name: top-settings-h29d89cmmt
        ---
        apiVersion: v1
        kind: Pod
        metadata:
          name: top-web
        spec:
          containers:
          - env:
            - name: A
              valueFrom:
                configMapKeyRef:
                  key: a
                  name: top-settings-h29d89cmmt
            - name: B
              valueFrom:
                configMapKeyRef:
                  key: a
                  name: top-plain
            name: web
    "#,
    );
}

#[test]
fn options_for_all_and_for_one() {
    check(
        r#"
        //- kustomization.yaml
        generatorOptions:
          labels: {from: all, all: "1"}
          annotations: {a: all}
          disableNameSuffixHash: true
        configMapGenerator:
        - name: one
          options: {labels: {from: one}, immutable: true, disableNameSuffixHash: false}
        - name: two
        "#,
        ".",
        r#"
        apiVersion: v1
        immutable: true
        kind: ConfigMap
        metadata:
          annotations:
            a: all
          labels:
            all: "1"
            from: one
          name: one
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata:
          annotations:
            a: all
          labels:
            all: "1"
            from: all
          name: two
    "#,
    );
}

#[test]
fn behaviors() {
    check(
        r#"
        //- top/kustomization.yaml
        resources: [../base]
        configMapGenerator:
        - {name: merged, behavior: merge, literals: [b=top, c=top], options: {labels: {l: top}}}
        - {name: replaced, behavior: replace, literals: [c=top]}
        secretGenerator:
        - {name: merged, behavior: merge, literals: [b=top]}
        //- base/kustomization.yaml
        namePrefix: p-
        configMapGenerator:
        - {name: merged, literals: [a=base, b=base], options: {labels: {k: base}}}
        - {name: replaced, literals: [a=base]}
        secretGenerator:
        - {name: merged, literals: [a=base]}
        "#,
        "top",
        r#"
        apiVersion: v1
        data:
          a: base
          b: top
          c: top
        kind: ConfigMap
        metadata:
          labels:
            k: base
            l: top
          name: p-merged-f7c787t8dc
        ---
        apiVersion: v1
        data:
          c: top
        kind: ConfigMap
        metadata:
          name: p-replaced-d4g5k9628m
        ---
        apiVersion: v1
        data:
          a: YmFzZQ==
          b: dG9w
        kind: Secret
        metadata:
          name: p-merged-f6kcktd72c
        type: Opaque
    "#,
    );
}

#[test]
fn data_that_is_no_text() {
    let mut tree = complete(
        r#"
        //- kustomization.yaml
        configMapGenerator:
        - {name: c, files: [data.bin]}
        secretGenerator:
        - {name: s, files: [data.bin], options: {disableNameSuffixHash: true}}
        "#,
    );
    tree.insert("data.bin", Entry::File(Content::from([0xff, 0x00].repeat(40))));
    let build = build(&tree, "", &Options::default(), &Memory::new());
    check_eq(
        &printed(&build),
        &dedented(
            r#"
            apiVersion: v1
            binaryData:
              data.bin: |
                /wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP
                8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wA=
            kind: ConfigMap
            metadata:
              name: c-94ctf45895
            ---
            apiVersion: v1
            data:
              data.bin: |
                /wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP
                8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wA=
            kind: Secret
            metadata:
              name: s
            type: Opaque
            "#,
        ),
    );
}
