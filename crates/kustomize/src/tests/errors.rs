//! Bad input: what is not there, does not parse, leads out, goes in circles or is too much.

use super::*;

#[test]
fn directories_that_are_none() {
    check(
        r#"
        //- a/x.yaml
        "#,
        "b",
        r#"
        error: there is no directory `b`
          help: give the directory of a kustomization.yaml
    "#,
    );
    check(
        r#"
        //- a/x.yaml
        "#,
        "a/x.yaml",
        r#"
        error: `a/x.yaml` is a file, not a directory
          help: give the directory of a kustomization.yaml
    "#,
    );
    check(
        r#"
        //- a/x.yaml
        "#,
        "a",
        r#"
        error: no kustomization.yaml in `a`
          help: add one that lists the files under `resources`
    "#,
    );
}

#[test]
fn two_kustomization_files() {
    check(
        r#"
        //- top/kustomization.yaml
        resources: [../base]
        //- base/kustomization.yaml
        resources: []
        //- base/Kustomization
        resources: []
        "#,
        "top",
        r#"
        error: more than one kustomization file in `base`
          top/kustomization.yaml:1: includes `base`
          help: keep one of kustomization.yaml, Kustomization
    "#,
    );
}

#[test]
fn an_empty_kustomization() {
    check(
        r#"
        //- kustomization.yaml
        # nothing yet
        "#,
        ".",
        r#"
        error: kustomization.yaml:1: the kustomization is empty
          help: list files under `resources`, or write `resources: []`
    "#,
    );
    check(
        r#"
        //- kustomization.yaml
        apiVersion: kustomize.config.k8s.io/v1beta1
        kind: Kustomization
        "#,
        ".",
        r#"
        error: kustomization.yaml:1: the kustomization is empty
          help: list files under `resources`, or write `resources: []`
    "#,
    );
}

#[test]
fn paths_that_do_not_exist() {
    check(
        r#"
        //- kustomization.yaml
        resources:
        - deployment.yml
        - ../base
        - nowhere/at/all.yaml
        patches:
        - path: replica-count.yaml
        //- deployment.yaml
        {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}}
        //- patches/replica-count.yaml
        {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 2}}
        "#,
        ".",
        r#"
        error: kustomization.yaml:2: there is no file or directory `deployment.yml`
          help: did you mean `deployment.yaml`?
        error: kustomization.yaml:3: `../base` leads out of the repository
          help: copy what it names into the repository
        error: kustomization.yaml:4: there is no file or directory `nowhere/at/all.yaml`
          help: it is looked for in `.`; add it, or correct the path
        error: kustomization.yaml:6: there is no file or directory `replica-count.yaml`
          help: did you mean `patches/replica-count.yaml`?
        "#,
    );
}

#[test]
fn a_directory_that_is_named_almost() {
    check(
        r#"
        //- top/kustomization.yaml
        resources: [../bases]
        //- base/kustomization.yaml
        resources: []
        "#,
        "top",
        r#"
        error: top/kustomization.yaml:1: there is no file or directory `../bases`
          help: did you mean `../base`?
        "#,
    );
}

#[test]
fn a_directory_without_kustomization() {
    check(
        r#"
        //- top/kustomization.yaml
        resources: [../manifests]
        //- manifests/a.yaml
        {apiVersion: v1, kind: Service, metadata: {name: a}}
        "#,
        "top",
        r#"
        error: no kustomization.yaml in `manifests`
          top/kustomization.yaml:1: includes `manifests`
          help: add one that lists the files under `resources`
    "#,
    );
}

#[test]
fn yaml_that_does_not_parse() {
    check(
        r#"
        //- top/kustomization.yaml
        resources: [../base, tab.yaml]
        //- top/tab.yaml
        a: 1
        	b: 2
        //- base/kustomization.yaml
        resources: [open.yaml, list.yaml]
        //- base/open.yaml
        apiVersion: v1
        kind: "ConfigMap
        //- base/list.yaml
        - just
        - a list
        "#,
        "top",
        r#"
        error: base/open.yaml:2: found unexpected end of stream while scanning a quoted scalar
          base/kustomization.yaml:1: included here
          top/kustomization.yaml:1: includes `base`
          help: close the text in quotes
        error: base/list.yaml:1: a list is no Kubernetes object
          base/kustomization.yaml:1: included here
          top/kustomization.yaml:1: includes `base`
          help: an object is a map with apiVersion, kind and metadata
        error: top/tab.yaml:2: found a tab character that violates indentation while scanning a plain scalar
          top/kustomization.yaml:1: included here
          help: indent with blanks, not with tabs
        "#,
    );
}

#[test]
fn a_kustomization_that_does_not_parse() {
    check(
        r#"
        //- kustomization.yaml
        resources:
        - a.yaml
         - b.yaml
        "#,
        ".",
        r#"
        error: kustomization.yaml:2: there is no file or directory `a.yaml - b.yaml`
          help: indent every `-` of the list alike
        "#,
    );
}

#[test]
fn a_patch_in_place_that_does_not_parse() {
    check(
        r#"
        //- kustomization.yaml
        resources: []
        patches:
        - target: {kind: Deployment}
          patch: |-
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web
        - target: {kind: Deployment}
          patch: |-
            - op: add
              path: spec
              value: 1
        - target: {kind: Deployment}
          patch: |-
            - op: ad
              path: /spec
        - patch: just text
        "#,
        ".",
        r#"
        error: kustomization.yaml:7: did not find expected ',' or '}' while parsing a flow mapping
          help: close the bracket, or put text with brackets in it into quotes
        error: kustomization.yaml:17: a string is no Kubernetes object
          kustomization.yaml:17: the patch
          help: a patch is an object with apiVersion, kind and name, or a list of JSON patch operations
    "#,
    );
}

#[test]
fn objects_that_are_there_twice() {
    check(
        r#"
        //- kustomization.yaml
        resources: [a.yaml, b.yaml, ../base]
        //- a.yaml
        {apiVersion: v1, kind: Service, metadata: {name: web}}
        //- b.yaml
        {apiVersion: v1, kind: Service, metadata: {name: other}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: web, namespace: default}}
        //- top/kustomization.yaml
        resources: [../a, ../b]
        //- a/kustomization.yaml
        resources: [../base]
        //- b/kustomization.yaml
        resources: [../base]
        //- base/kustomization.yaml
        resources: [all.yaml]
        //- base/all.yaml
        {apiVersion: v1, kind: Service, metadata: {name: web}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: api}}
        "#,
        "top",
        r#"
        error: base/all.yaml:1: Service/default/web is included twice, and so is another object
          top/kustomization.yaml:1: included here
          help: include it once, or below a `namePrefix`, `nameSuffix` or `namespace` each time
        "#,
    );
    check(
        r#"
        //- kustomization.yaml
        resources: [a.yaml, b.yaml]
        //- a.yaml
        {apiVersion: v1, kind: Service, metadata: {name: web}}
        //- b.yaml
        {apiVersion: v1, kind: Service, metadata: {name: other}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: web, namespace: default}}
        "#,
        ".",
        r#"
        error: b.yaml:3: Service/default/web is there twice
          a.yaml:1: the other one
          kustomization.yaml:1: included here
          help: remove one of them, or give them different names or namespaces
        "#,
    );
}

#[test]
fn several_namespaces_under_one() {
    check(
        r#"
        //- kustomization.yaml
        resources: [all.yaml]
        namespace: production
        //- all.yaml
        {apiVersion: v1, kind: Namespace, metadata: {name: staging}}
        ---
        {apiVersion: v1, kind: Namespace, metadata: {name: monitoring}}
        "#,
        ".",
        r#"
        error: kustomization.yaml:2: `namespace: production` renames Namespace objects too, and makes several of them Namespace/production
          all.yaml:1: was `Namespace/staging`
          all.yaml:3: was `Namespace/monitoring`
          help: keep Namespace objects in a kustomization of their own, without `namespace:`
        "#,
    );
    check(
        r#"
        //- kustomization.yaml
        resources: [all.yaml]
        namespace: production
        //- all.yaml
        {apiVersion: v1, kind: Service, metadata: {name: web, namespace: a}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: web, namespace: b}}
        "#,
        ".",
        r#"
        error: kustomization.yaml:2: `namespace: production` makes two resources the same: Service/production/web
          all.yaml:1: was `Service/a/web`
          all.yaml:3: was `Service/b/web`
          help: give them different names
        "#,
    );
}

#[test]
fn cycles() {
    check(
        r#"
        //- a/kustomization.yaml
        resources: [../b]
        //- b/kustomization.yaml
        resources: [../c]
        //- c/kustomization.yaml
        resources: [../a]
        "#,
        "a",
        r#"
        error: c/kustomization.yaml:1: `../a` leads in a circle: `a` includes itself
          b/kustomization.yaml:1: includes `c`
          a/kustomization.yaml:1: includes `b`
          help: remove the entry, or move what both need into a base of its own
        "#,
    );
    check(
        r#"
        //- a/kustomization.yaml
        resources: [.]
        "#,
        "a",
        r#"
        error: a/kustomization.yaml:1: `.` leads in a circle: `a` includes itself
          help: remove the entry, or move what both need into a base of its own
        "#,
    );
    check(
        r#"
        //- kustomization.yaml
        resources: []
        //- a/kustomization.yaml
        resources: [..]
        "#,
        "a",
        r#"
        error: a/kustomization.yaml:1: `..` leads in a circle: it holds `a`
          help: remove the entry, or move what both need into a base of its own
        "#,
    );
}

#[test]
fn links_that_lead_out_or_nowhere() {
    check(
        r#"
        //- kustomization.yaml
        resources: [file.yaml, directory, dead.yaml, circle.yaml, out.yaml, deep/a.yaml]
        //- file.yaml -> ../../secret.yaml
        //- directory -> ../..
        //- dead.yaml -> gone.yaml
        //- circle.yaml -> circle.yaml
        //- out.yaml -> up/secret.yaml
        //- up -> ..
        //- deep -> ../elsewhere
        "#,
        ".",
        r#"
        error: kustomization.yaml:1: `file.yaml` leads out of the repository, by a link to `../../secret.yaml`
          help: copy what it names into the repository
        error: kustomization.yaml:1: `directory` leads out of the repository, by a link to `../..`
          help: copy what it names into the repository
        error: kustomization.yaml:1: `dead.yaml` is a link to `gone.yaml`, which is not there
          help: it is looked for in `.`; add it, or correct the path
        error: kustomization.yaml:1: `circle.yaml` cannot be read: a symbolic link leads in circles
          help: mend that, or remove the entry
        error: kustomization.yaml:1: `out.yaml` leads out of the repository, by a link to `..`
          help: copy what it names into the repository
        error: kustomization.yaml:1: `deep/a.yaml` leads out of the repository, by a link to `../elsewhere`
          help: copy what it names into the repository
        "#,
    );
}

#[test]
fn paths_that_lead_out() {
    check(
        r#"
        //- top/kustomization.yaml
        resources: [../../x.yaml, /x.yaml, ../shared/a.yaml, /base, linked.yaml]
        configMapGenerator: [{name: c, files: [k=../shared/a.yaml]}]
        //- top/linked.yaml -> ../shared/a.yaml
        //- shared/a.yaml
        {apiVersion: v1, kind: Service, metadata: {name: a}}
        //- base/kustomization.yaml
        resources: []
        "#,
        "top",
        r#"
        error: top/kustomization.yaml:1: `../../x.yaml` leads out of the repository
          help: copy what it names into the repository
        error: top/kustomization.yaml:1: there is no file or directory `/x.yaml`
          help: it is looked for in `top`; add it, or correct the path
        error: top/kustomization.yaml:1: the file `../shared/a.yaml` is not in or below `top`
          help: move it there, make its directory a base with a kustomization.yaml of its own, or build with `--load-restrictor LoadRestrictionsNone`
        error: top/kustomization.yaml:1: the directory `/base` is given absolutely
          help: write it relative to this file
        error: top/kustomization.yaml:1: `linked.yaml` is a link to `../shared/a.yaml`, which is not in or below `top`
          help: move it there, make its directory a base with a kustomization.yaml of its own, or build with `--load-restrictor LoadRestrictionsNone`
        error: top/kustomization.yaml:2: the file `../shared/a.yaml` is not in or below `top`
          help: move it there, make its directory a base with a kustomization.yaml of its own, or build with `--load-restrictor LoadRestrictionsNone`
        "#,
    );
}

#[test]
fn what_cannot_be_read() {
    check(
        r#"
        //- kustomization.yaml
        resources: [large.yaml, closed]
        patches: [{path: large.yaml}]
        //- large.yaml ! the file has 200 MiB, and over 100 MiB is not read
        //- closed ! permission denied
        "#,
        ".",
        r#"
        error: kustomization.yaml:1: `large.yaml` cannot be read: the file has 200 MiB, and over 100 MiB is not read
          help: mend that, or remove the entry
        error: kustomization.yaml:1: `closed` cannot be read: permission denied
          help: mend that, or remove the entry
        error: kustomization.yaml:2: `large.yaml` cannot be read: the file has 200 MiB, and over 100 MiB is not read
          help: mend that, or remove the entry
        "#,
    );
    check(
        r#"
        //- kustomization.yaml ! permission denied
        "#,
        ".",
        r#"
        error: `kustomization.yaml` in `.` cannot be read: permission denied
          help: make it a file that you may read
        "#,
    );
}

#[test]
fn billion_laughs() {
    let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for i in 1..10 {
        let before = i - 1;
        laughs += &format!("a{i}: &a{i} [{}]\n", vec![format!("*a{before}"); 10].join(", "));
    }
    let laughing = |kustomization: &str| {
        format!("//- kustomization.yaml\n{kustomization}\n//- laughs.yaml\n{laughs}")
    };
    check(
        &laughing("resources: [laughs.yaml]"),
        ".",
        "error: laughs.yaml:6: aliases expand to over 1000000 values\n  kustomization.yaml:1: included here",
    );
    check(
        &laughing("patches: [{path: laughs.yaml}]"),
        ".",
        "error: laughs.yaml:6: aliases expand to over 1000000 values\n  kustomization.yaml:1: included here",
    );
}

#[test]
fn all_errors_at_once() {
    check(
        r#"
        //- top/kustomization.yaml
        resources: [gone.yaml, ../base]
        configMapGenerator:
        - {name: a, files: [gone.txt]}
        - {name: a, literals: [novalue]}
        components: [../part, ../lost]
        configurations: [gone.yaml]
        patches:
        - path: gone-patch.yaml
        - patch: "{"
        transformers: [gone-transformer.yaml]
        //- base/kustomization.yaml
        resources: [missing.yaml]
        patches: [{path: missing-too.yaml}]
        //- part/kustomization.yaml
        kind: Component
        resources: [absent.yaml]
        patches: [{path: absent-too.yaml}]
        "#,
        "top",
        r#"
        error: top/kustomization.yaml:1: there is no file or directory `gone.yaml`
          help: it is looked for in `top`; add it, or correct the path
        error: base/kustomization.yaml:1: there is no file or directory `missing.yaml`
          top/kustomization.yaml:1: includes `base`
          help: it is looked for in `base`; add it, or correct the path
        error: base/kustomization.yaml:2: there is no file or directory `missing-too.yaml`
          top/kustomization.yaml:1: includes `base`
          help: it is looked for in `base`; add it, or correct the path
        error: top/kustomization.yaml:3: there is no file or directory `gone.txt`
          help: it is looked for in `top`; add it, or correct the path
        error: top/kustomization.yaml:4: the literal `novalue` is not of the form KEY=VALUE
        error: top/kustomization.yaml:8: there is no file or directory `gone-patch.yaml`
          help: it is looked for in `top`; add it, or correct the path
        error: top/kustomization.yaml:9: did not find expected node content while parsing a flow node
          help: put text that begins with a sign of YAML's into quotes
        error: top/kustomization.yaml:6: there is no file or directory `gone.yaml`
          help: it is looked for in `top`; add it, or correct the path
        error: part/kustomization.yaml:2: there is no file or directory `absent.yaml`
          top/kustomization.yaml:5: includes `part`
          help: it is looked for in `part`; add it, or correct the path
        error: part/kustomization.yaml:3: there is no file or directory `absent-too.yaml`
          top/kustomization.yaml:5: includes `part`
          help: it is looked for in `part`; add it, or correct the path
        error: top/kustomization.yaml:5: there is no file or directory `../lost`
          help: it is looked for in `top`; add it, or correct the path
        error: top/kustomization.yaml:10: there is no file or directory `gone-transformer.yaml`
          help: it is looked for in `top`; add it, or correct the path
        "#,
    );
}

#[test]
fn patches_fail_independently() {
    check(
        r#"
        //- kustomization.yaml
        resources: [web.yaml]
        patches:
        - patch: |
            {apiVersion: apps/v1, kind: Deployment, metadata: {name: a}}
        - patch: |
            {apiVersion: apps/v1, kind: Deployment, metadata: {name: b}}
        - target: {kind: Deployment}
          patch: |
            [{"op": "remove", "path": "/spec/nothing"}]
        //- web.yaml
        {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {}}
        "#,
        ".",
        r#"
        error: kustomization.yaml:4: the patch is for Deployment/default/a, and there is none
          kustomization.yaml:3: the entry
          help: of kind Deployment there is `web`
        error: kustomization.yaml:6: the patch is for Deployment/default/b, and there is none
          kustomization.yaml:5: the entry
          help: of kind Deployment there is `web`
        error: kustomization.yaml:9: the patch does not fit Deployment/default/web: operation 1 of the JSON patch (`remove /spec/nothing`) does not apply: there is nothing at `/spec/nothing`
          kustomization.yaml:7: the entry
          web.yaml:1: the resource
        "#,
    );
}

#[test]
fn patches_without_a_target() {
    check(
        r#"
        //- kustomization.yaml
        resources: [all.yaml]
        patches:
        - path: wep.yaml
        - patch: |
            {apiVersion: extensions/v1beta1, kind: Deployment, metadata: {name: web}}
        - patch: |
            {apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: staging}}
        - patch: |
            {apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web}}
        - patch: |
            - {op: remove, path: /spec}
        - target: {kind: Deploymet, name: web}
          patch: |
            - {op: remove, path: /spec}
        - target: {kind: Deployment, name: webb}
          patch: |
            - {op: remove, path: /spec}
        //- wep.yaml
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: wep
        //- all.yaml
        {apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: production}}
        ---
        {apiVersion: apps/v1, kind: Deployment, metadata: {name: api, namespace: production}}
        "#,
        ".",
        r#"
        error: wep.yaml:1: the patch is for Deployment/default/wep, and there is none
          kustomization.yaml:3: the entry
          help: did you mean `web`?
        error: kustomization.yaml:5: the patch is for Deployment/default/web, and there is none
          kustomization.yaml:4: the entry
          help: its apiVersion is `apps/v1`, not `extensions/v1beta1`
        error: kustomization.yaml:7: the patch is for Deployment/staging/web, and there is none
          kustomization.yaml:6: the entry
          help: its namespace is `production`
        error: kustomization.yaml:9: the patch is for StatefulSet/default/web, and there is none
          kustomization.yaml:8: the entry
          help: did you mean `Deployment/production/web`?
        error: kustomization.yaml:10: a JSON patch without a target
          help: add `target:` with kind and name
        warning: kustomization.yaml:12: the patch target (kind: Deploymet, name: web) selects nothing
          help: did you mean the kind `Deployment`?
        warning: kustomization.yaml:15: the patch target (kind: Deployment, name: webb) selects nothing
          help: did you mean `web`?
        "#,
    );
}

#[test]
fn patches_that_could_mean_several() {
    check(
        r#"
        //- top/kustomization.yaml
        resources: [../a, ../b]
        patches:
        - patch: |
            {apiVersion: v1, kind: Service, metadata: {name: web}}
        //- a/kustomization.yaml
        resources: [../base]
        namePrefix: a-
        //- b/kustomization.yaml
        resources: [../base]
        namePrefix: b-
        //- base/kustomization.yaml
        resources: [web.yaml]
        //- base/web.yaml
        {apiVersion: v1, kind: Service, metadata: {name: web}}
        "#,
        "top",
        r#"
        error: top/kustomization.yaml:4: the patch is for Service/default/web, and 2 are or were called so
          top/kustomization.yaml:3: the entry
          help: name one of Service/default/a-web, Service/default/b-web
        "#,
    );
}

#[test]
fn references_that_could_mean_several() {
    check(
        r#"
        //- top/kustomization.yaml
        resources: [../a, ../b, pod.yaml]
        //- top/pod.yaml
        apiVersion: v1
        kind: Pod
        metadata: {name: user}
        spec: {volumes: [{name: v, configMap: {name: c}}]}
        //- a/kustomization.yaml
        namePrefix: a-
        configMapGenerator: [{name: c}]
        //- b/kustomization.yaml
        namePrefix: b-
        configMapGenerator: [{name: c}]
        "#,
        "top",
        r#"
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: a-c-6ct58987ht
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: b-c-6ct58987ht
        ---
        apiVersion: v1
        kind: Pod
        metadata:
          name: user
        spec:
          volumes:
          - configMap:
              name: c
            name: v
    "#,
    );
}

/// Ten thousand directories, each with the next one as its base.
fn nested(depth: usize) -> FileTree {
    let file = |i: usize| {
        let next = format!("resources: [../d{}]\n", i + 1);
        (format!("d{i}/kustomization.yaml"), Content::from(next.as_str()))
    };
    let last = (format!("d{depth}/kustomization.yaml"), Content::from("resources: []\n"));
    FileTree::of_files((0..depth).map(file).chain([last]))
}

#[test]
fn ten_thousand_nested_bases() {
    let built = build(&nested(10_000), "d0", &Options::default(), &Memory::new());
    let text = printed(&built);
    let first: Vec<&str> = text.lines().take(3).collect();
    check_eq(
        &first.join("\n"),
        &dedented(
            r#"
            error: d199/kustomization.yaml:1: kustomizations include each other over 200 deep
              d198/kustomization.yaml:1: includes `d199`
              d197/kustomization.yaml:1: includes `d198`
            "#,
        ),
    );
    let fine = build(&nested(150), "d0", &Options::default(), &Memory::new());
    check_eq(&printed(&fine), "");
}

#[test]
fn the_depth_does_not_depend_on_what_was_built_before() {
    let (tree, memory) = (nested(300), Memory::new());
    for start in [150, 0] {
        let built = build(&tree, &format!("d{start}"), &Options::default(), &memory);
        let fresh = build(&tree, &format!("d{start}"), &Options::default(), &Memory::new());
        assert_eq!(printed(&built), printed(&fresh), "from d{start}");
    }
}
