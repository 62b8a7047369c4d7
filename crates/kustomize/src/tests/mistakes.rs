//! Mistakes in what a kustomization says: fields that it does not have, values of wrong types, entries
//! that cannot be meant.

use super::*;

#[test]
fn fields_that_there_are_not() {
    check(
        r#"
        //- kustomization.yaml
        resource: [a.yaml]
        nameprefix: fine-
        image: []
        wholly: other
        configMapGenerator:
        - {name: c, literal: [a=1], option: {disableNameSuffixHash: true}}
        patches:
        - {patch: "", target: {labelselector: a, names: x}, option: {}}
        labels:
        - {pair: {a: b}}
        "#,
        ".",
        r#"
        error: kustomization.yaml:1: a kustomization has no field `resource`
          help: did you mean `resources`?
        error: kustomization.yaml:3: a kustomization has no field `image`
          help: did you mean `images`?
        error: kustomization.yaml:4: a kustomization has no field `wholly`
          help: remove it, or correct its name
        error: kustomization.yaml:6: a generator has no field `literal`
          help: did you mean `literals`?
        error: kustomization.yaml:6: a generator has no field `option`
          help: did you mean `options`?
        error: kustomization.yaml:8: a patch has no field `option`
          help: did you mean `options`?
        error: kustomization.yaml:8: a selector has no field `names`
          help: did you mean `name`?
        error: kustomization.yaml:10: an entry of `labels` has no field `pair`
          help: did you mean `pairs`?
    "#,
    );
}

#[test]
fn values_of_wrong_types() {
    check(
        r#"
        //- kustomization.yaml
        resources: a.yaml
        components: {a: b}
        namespace: 123
        namePrefix: [x]
        nameSuffix: on
        commonLabels: {a: yes, b: 1}
        commonAnnotations: text
        labels: {pairs: {}}
        images: [nginx, {name: 1, newTag: 1.20}]
        replicas: [{name: web, count: many}, {name: web, count: 1.5}]
        configMapGenerator:
        - {name: c, literals: a=1, files: [1], options: {immutable: "true"}}
        generatorOptions: []
        patches:
        - {patch: {a: b}, target: web, options: {allowNameChange: 1}}
        - just/a/path.yaml
        patchesStrategicMerge: patch.yaml
        patchesJson6902: [{target: {kind: 1}}]
        vars: [{name: X, objref: web}]
        openapi: schema.json
        sortOptions: legacy
        buildMetadata: originAnnotations
        "#,
        ".",
        r#"
        error: kustomization.yaml:1: `resources` should be a list, not a string
          help: put each item on a line of its own, after `- `
        error: kustomization.yaml:2: `components` should be a list, not a map
        error: kustomization.yaml:3: `namespace` should be text, not the number 123
          help: quote it: "123"
        error: kustomization.yaml:4: `namePrefix` should be text, not a list
        error: kustomization.yaml:5: `nameSuffix` should be text, not the bool true (YAML 1.1 reads yes, on, y, … as bools)
          help: quote it as it is written
        warning: kustomization.yaml:6: `commonLabels` is deprecated
          help: use `labels`
        error: kustomization.yaml:6: `commonLabels.a` should be text, not the bool true (YAML 1.1 reads yes, on, y, … as bools)
          help: quote it as it is written
        error: kustomization.yaml:6: `commonLabels.b` should be text, not the number 1
          help: quote it: "1"
        error: kustomization.yaml:7: `commonAnnotations` should be a map, not a string
        error: kustomization.yaml:8: `labels` should be a list, not a map
        error: kustomization.yaml:9: an image should be a map, not a string
        error: kustomization.yaml:9: `name` should be text, not the number 1
          help: quote it: "1"
        error: kustomization.yaml:9: `newTag` should be text, not the number 1.20
          help: quote it: "1.20"
        error: kustomization.yaml:10: `count` should be an integer, not a string
        error: kustomization.yaml:10: `count` should be an integer, not the number 1.5
        error: kustomization.yaml:12: `literals` should be a list, not a string
          help: put each item on a line of its own, after `- `
        error: kustomization.yaml:12: `files` should be text, not the number 1
          help: quote it: "1"
        error: kustomization.yaml:12: `immutable` should be true or false, not a string
        error: kustomization.yaml:13: generator options should be a map, not a list
        error: kustomization.yaml:15: `allowNameChange` should be true or false, not the number 1
        error: kustomization.yaml:15: `patch` should be text, not a map
        error: kustomization.yaml:15: a selector should be a map, not a string
        error: kustomization.yaml:16: a patch should be a map, not a string
        warning: kustomization.yaml:17: `patchesStrategicMerge` is deprecated
          help: use `patches`
        error: kustomization.yaml:17: `patchesStrategicMerge` should be a list, not a string
          help: put each item on a line of its own, after `- `
        warning: kustomization.yaml:18: `patchesJson6902` is deprecated
          help: use `patches`
        error: kustomization.yaml:18: `kind` should be text, not the number 1
          help: quote it: "1"
        warning: kustomization.yaml:19: `vars` is deprecated
          help: use `replacements`
        error: kustomization.yaml:19: objref should be a map, not a string
        error: kustomization.yaml:20: openapi should be a map, not a string
        error: kustomization.yaml:21: sortOptions should be a map, not a string
        error: kustomization.yaml:22: `buildMetadata` should be a list, not a string
          help: put each item on a line of its own, after `- `
    "#,
    );
}

#[test]
fn the_file_is_something_else() {
    check(
        r#"
        //- kustomization.yaml
        - a.yaml
        "#,
        ".",
        r#"
        error: kustomization.yaml:1: a kustomization should be a map, not a list
    "#,
    );
    check(
        r#"
        //- kustomization.yaml
        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata: {name: apps}
        spec: {path: ./apps}
        "#,
        ".",
        r#"
        error: kustomization.yaml:2: a Kustomization of Flux stands where a kustomization of kustomize should
          help: list its file under `resources` of a kustomization.yaml
    "#,
    );
    check(
        r#"
        //- kustomization.yaml
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        "#,
        ".",
        r#"
        error: kustomization.yaml:2: a Deployment stands where a kustomization of kustomize should
          help: list its file under `resources` of a kustomization.yaml
    "#,
    );
    check(
        r#"
        //- kustomization.yaml
        apiVersion: kustomize.config.k8s.io/v1
        resources: []
        "#,
        ".",
        r#"
        error: kustomization.yaml:1: apiVersion `kustomize.config.k8s.io/v1` of a Kustomization is not known
          help: write `kustomize.config.k8s.io/v1beta1`
    "#,
    );
}

#[test]
fn components_and_bases_mixed_up() {
    check(
        r#"
        //- top/kustomization.yaml
        resources: [../part]
        components: [../base, file.yaml]
        //- top/file.yaml
        {apiVersion: v1, kind: Service, metadata: {name: a}}
        //- base/kustomization.yaml
        resources: []
        //- part/kustomization.yaml
        kind: Component
        "#,
        "top",
        r#"
        error: part/kustomization.yaml:1: the kustomization is empty
          top/kustomization.yaml:1: includes `part`
          help: list files under `resources`, or write `resources: []`
        error: top/kustomization.yaml:2: `../base` is no Component
          help: list it under `resources`, or make it `kind: Component`
        error: top/kustomization.yaml:2: the component `file.yaml` is a file, not a directory
          help: a component is a directory; list a file under `resources`
    "#,
    );
}

#[test]
fn objects_that_are_none() {
    check(
        r#"
        //- kustomization.yaml
        resources: [all.yaml, text.yaml]
        //- all.yaml
        kind: ConfigMap
        metadata: {labels: {a: b}}
        ---
        apiVersion: v1
        metadata: {name: a}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {generateName: a-}
        ---
        apiVersion: v1
        kind: Pod
        metadata: text
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: a, labels: [a], annotations: b}
        ---
        apiVersion: v1
        kind: ConfigMapList
        items: text
        //- text.yaml
        just text
        "#,
        ".",
        r#"
        error: all.yaml:1: a ConfigMap without metadata.name
          kustomization.yaml:1: included here
          help: every object has a kind and a name; generateName does not do in Git
        error: all.yaml:4: an object without a kind
          kustomization.yaml:1: included here
          help: every object has a kind and a name; generateName does not do in Git
        error: all.yaml:7: a Pod without metadata.name
          kustomization.yaml:1: included here
          help: every object has a kind and a name; generateName does not do in Git
        error: all.yaml:13: `metadata` is a string, not a map
          kustomization.yaml:1: included here
        error: all.yaml:17: `metadata.labels` is a list, not a map
          kustomization.yaml:1: included here
        error: all.yaml:19: the `items` of a ConfigMapList are no list
          kustomization.yaml:1: included here
        error: text.yaml:1: a string is no Kubernetes object
          kustomization.yaml:1: included here
          help: an object is a map with apiVersion, kind and metadata
    "#,
    );
}

#[test]
fn generators_that_cannot_be() {
    check(
        r#"
        //- kustomization.yaml
        configMapGenerator:
        - {literals: [a=1]}
        - {name: a, literals: [a=1, a=2, novalue, "=x"]}
        - {name: b, files: [a=b=c, "=x", "x=", .]}
        - {name: c, envs: [bad.env]}
        //- bad.env
        A=1
        A=2
        "#,
        ".",
        r#"
        error: kustomization.yaml:2: a generator without a name
        error: kustomization.yaml:3: the literal `novalue` is not of the form KEY=VALUE
        error: kustomization.yaml:3: the literal `=x` is not of the form KEY=VALUE
        error: kustomization.yaml:3: generator `a` has the key `a` twice
          kustomization.yaml:3: first here
          help: keep one of them
        error: kustomization.yaml:4: `a=b=c` has more than one `=`; it is [KEY=]PATH
        error: kustomization.yaml:4: `=x` has no key before the `=`
        error: kustomization.yaml:4: `x=` has no path after the `=`
        error: kustomization.yaml:4: `.` is a directory, not a file
          help: name a file in it
        error: bad.env:2: generator `c` has the key `A` twice
          bad.env:1: first here
          help: keep one of them
    "#,
    );
    check(
        r#"
        //- kustomization.yaml
        configMapGenerator:
        - {name: a}
        - {name: a}
        - {name: gone, behavior: merge}
        - {name: b, behavior: marge}
        "#,
        ".",
        r#"
        warning: kustomization.yaml:5: `behavior: marge` is taken as `create`
          help: it is `create`, `replace` or `merge`
        error: kustomization.yaml:3: ConfigMap/default/a is there already
          kustomization.yaml:2: the one there is
          help: set `behavior: merge` or `behavior: replace`
        error: kustomization.yaml:4: no ConfigMap/default/gone to merge with or replace
          help: leave `behavior` out, or add the generator to the base
    "#,
    );
}

#[test]
fn patches_that_cannot_be() {
    check(
        r#"
        //- kustomization.yaml
        resources: [web.yaml]
        patches:
        - {}
        - {path: p.yaml, patch: "- {}"}
        - target: {name: "*web"}
          patch: '[{"op": "remove", "path": "/spec"}]'
        - target: {labelSelector: "a in b"}
          patch: '[{"op": "remove", "path": "/spec"}]'
        - target: {kind: Service}
          patch: |
            {apiVersion: v1, kind: Service, metadata: {name: a}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: b}}
        patchesJson6902:
        - {path: p.yaml, target: {kind: Service}}
        - {patch: "[]", target: {kind: Service, name: web}}
        - {patch: "{apiVersion: v1, kind: Service, metadata: {name: a}}", target: {kind: Service, name: web}}
        patchesStrategicMerge: [empty.yaml]
        //- p.yaml
        []
        //- empty.yaml
        # nothing
        //- web.yaml
        {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {}}
        "#,
        ".",
        r#"
        warning: kustomization.yaml:15: `patchesJson6902` is deprecated
          help: use `patches`
        warning: kustomization.yaml:18: `patchesStrategicMerge` is deprecated
          help: use `patches`
        error: kustomization.yaml:18: the patch `empty.yaml` is empty
          help: write the patch, or remove the entry
        error: kustomization.yaml:3: a patch needs `patch` or `path`
        error: kustomization.yaml:4: a patch has both `patch` and `path`
          help: keep one of them
        error: kustomization.yaml:5: the selector's name `*web` is no regular expression
          help: error: repetition operator missing expression
        error: kustomization.yaml:7: the labelSelector `a in b` is not valid: `a in b` is not understood
        error: kustomization.yaml:15: an entry of `patchesJson6902` needs a `target` with a name
        error: kustomization.yaml:16: the patch is empty
          help: write the patch, or remove the entry
        error: kustomization.yaml:17: the patch is no list of JSON patch operations
          help: use `patches` for a strategic merge
    "#,
    );
}

#[test]
fn json_patches_that_do_not_apply() {
    check(
        r#"
        //- kustomization.yaml
        resources: [web.yaml]
        patches:
        - {target: {kind: Service}, patch: "- {op: ad, path: /spec}"}
        - {target: {kind: Service}, patch: "- {op: add, path: spec, value: 1}"}
        - {target: {kind: Service}, patch: "- {op: add, value: 1}"}
        - {target: {kind: Service}, patch: "- {op: test, path: /spec/a, value: 2}"}
        - {target: {kind: Service}, patch: "- {op: replace, path: /spec/a/b, value: 2}"}
        - {target: {kind: Service}, patch: "- {op: remove, path: /metadata/name}"}
        //- web.yaml
        {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {a: 1}}
        "#,
        ".",
        r#"
        error: kustomization.yaml:3: the patch does not fit Service/default/web: operation 1 of the JSON patch (`ad /spec`) does not apply: there is no operation `ad`: use add, remove, replace, move, copy or test
          kustomization.yaml:3: the entry
          web.yaml:1: the resource
        error: kustomization.yaml:4: the patch does not fit Service/default/web: operation 1 of the JSON patch (`add spec`) does not apply: `spec` is no JSON pointer: start it with /
          kustomization.yaml:4: the entry
          web.yaml:1: the resource
        error: kustomization.yaml:5: the patch does not fit Service/default/web: operation 1 of the JSON patch (`add `) does not apply: it has no `path`
          kustomization.yaml:5: the entry
          web.yaml:1: the resource
        error: kustomization.yaml:6: the patch does not fit Service/default/web: operation 1 of the JSON patch (`test /spec/a`) does not apply: the value there is another
          kustomization.yaml:6: the entry
          web.yaml:1: the resource
        error: kustomization.yaml:7: the patch does not fit Service/default/web: operation 1 of the JSON patch (`replace /spec/a/b`) does not apply: `/spec/a` is a number, not a map or list
          kustomization.yaml:7: the entry
          web.yaml:1: the resource
        error: kustomization.yaml:8: the patch makes of Service/default/web a Service without metadata.name
          web.yaml:1: the resource
    "#,
    );
}

#[test]
fn names_that_nothing_has() {
    check(
        r#"
        //- kustomization.yaml
        resources: [web.yaml]
        replicas: [{name: wep, count: 1}, {name: other, count: 2}]
        images: [{name: "ng(inx", newTag: "1"}]
        //- web.yaml
        {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}}
        "#,
        ".",
        r#"
        error: kustomization.yaml:2: `replicas`: no workload is called `wep`
          help: did you mean `web`?
        error: kustomization.yaml:2: `replicas`: no workload is called `other`
          help: of kind Deployment there is `web`
        warning: kustomization.yaml:3: the image name `ng(inx` is no regular expression
          help: kustomize reads it as one, and changes no image
    "#,
    );
    check(
        r#"
        //- kustomization.yaml
        resources: [web.yaml]
        vars:
        - {name: A, objref: {apiVersion: v1, kind: Service, name: gone}}
        //- web.yaml
        {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}}
        "#,
        ".",
        r#"
        warning: kustomization.yaml:3: `vars` is deprecated
          help: use `replacements`
        error: kustomization.yaml:3: the var `A` is taken from a resource that is not there
          help: add Service/gone, or correct objref
    "#,
    );
    check(
        r#"
        //- kustomization.yaml
        resources: [web.yaml]
        vars:
        - {name: A, objref: {apiVersion: apps/v1, kind: Deployment, name: web}, fieldref: {fieldpath: spec.gone}}
        //- web.yaml
        {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}}
        "#,
        ".",
        r#"
        warning: kustomization.yaml:3: `vars` is deprecated
          help: use `replacements`
        error: kustomization.yaml:3: the var `A`: Deployment/default/web has no spec.gone
          web.yaml:1: the resource
    "#,
    );
}

#[test]
fn charts_are_refused() {
    check(
        r#"
        //- kustomization.yaml
        helmCharts:
        - {name: redis, repo: "https://charts.example.com", version: 1.2.3}
        "#,
        ".",
        r#"
        error: kustomization.yaml:2: `helmCharts` need `--enable-helm`, and are not inflated yet
          help: render the chart with `helm template` and list the result under `resources`
    "#,
    );
}

#[test]
fn fields_that_lead_into_something_else() {
    check(
        r#"
        //- kustomization.yaml
        resources: [all.yaml]
        commonLabels: {a: b}
        //- all.yaml
        {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: text}}
        "#,
        ".",
        r#"
        warning: kustomization.yaml:2: `commonLabels` is deprecated
          help: use `labels`
        error: kustomization.yaml:2: Service/default/web: `spec/selector`: a string is no map of labels or annotations
          all.yaml:1: the field
    "#,
    );
    check(
        r#"
        //- kustomization.yaml
        resources: [all.yaml]
        replicas: [{name: web, count: 1}]
        //- all.yaml
        {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: text}
        "#,
        ".",
        r#"
        error: kustomization.yaml:2: Deployment/default/web: `spec/replicas`: there is a string where a map or list should be
          all.yaml:1: the field
    "#,
    );
    check(
        r#"
        //- kustomization.yaml
        resources: [all.yaml]
        namespace: blue
        //- all.yaml
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: web}
        subjects: [text]
        "#,
        ".",
        r#"
        error: kustomization.yaml:2: RoleBinding/default/web: `subjects` holds a string, not maps
          all.yaml:4: the field
    "#,
    );
}

#[test]
fn configuration_that_cannot_be() {
    check(
        r#"
        //- kustomization.yaml
        resources: []
        configurations: [config.yaml]
        openapi: {version: v1.20.0}
        //- config.yaml
        namePrefixes: []
        images: [{path: 1, created: true}]
        "#,
        ".",
        r#"
        error: kustomization.yaml:3: the OpenAPI version `v1.20.0` is not known
          help: it is `v1.21.2`
    "#,
    );
    check(
        r#"
        //- kustomization.yaml
        resources: []
        sortOptions: {order: alphabetical}
        buildMetadata: [originAnnotation]
        openapi: {path: schema.json}
        //- schema.json
        {}
        "#,
        ".",
        r#"
        error: kustomization.yaml:2: `sortOptions.order` is `alphabetical`
          help: it is `fifo` or `legacy`
        warning: kustomization.yaml:3: `buildMetadata` has no option `originAnnotation`
          help: did you mean `originAnnotations`?
    "#,
    );
}

#[test]
fn texts_that_are_neither_paths_nor_objects() {
    check(
        r#"
        //- kustomization.yaml
        resources: []
        patchesStrategicMerge:
        - |-
          apiVersion: v1
          kind: ConfigMap
        - |-
          apiVersion: v1
          kind: {a
        - "one: line"
        transformers:
        - |-
          apiVersion: builtin
          kind: "Pref
        "#,
        ".",
        r#"
        warning: kustomization.yaml:3: `patchesStrategicMerge` is deprecated
          help: use `patches`
        error: kustomization.yaml:4: a ConfigMap without metadata.name
          help: every object has a kind and a name; generateName does not do in Git
        error: kustomization.yaml:8: did not find expected ',' or '}' while parsing a flow mapping
          help: close the bracket, or put text with brackets in it into quotes
        error: kustomization.yaml:9: there is no file or directory `one: line`
          help: it is looked for in `.`; add it, or correct the path
        error: kustomization.yaml:13: found unexpected end of stream while scanning a quoted scalar
          help: close the text in quotes
    "#,
    );
}
