//! What a kustomization includes: files, bases, components, links; and in which order it prints.

use super::*;

#[test]
fn files_and_lists_are_resources() {
    check(
        r#"
        //- kustomization.yaml
        resources:
        - all.yaml
        - list.yaml
        //- all.yaml
        # two documents, an empty one between
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: b}
        ---
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: a}
        data: {on: off, n: "1"}
        //- list.yaml
        apiVersion: v1
        kind: List
        items:
        - apiVersion: v1
          kind: ServiceAccount
          metadata: {name: robot}
        "#,
        ".",
        r#"
        apiVersion: v1
        kind: ServiceAccount
        metadata:
          name: robot
        ---
        apiVersion: v1
        data:
          "n": "1"
          "on": "off"
        kind: ConfigMap
        metadata:
          name: a
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: b
    "#,
    );
}

#[test]
fn no_resources_print_nothing() {
    check(
        r#"
        //- kustomization.yaml
        resources: []
        "#,
        ".",
        r#"

    "#,
    );
}

#[test]
fn bases_are_built_in_place() {
    check(
        r#"
        //- top/kustomization.yaml
        resources: [own.yaml, ../blue, ../green]
        sortOptions: {order: fifo}
        //- top/own.yaml
        apiVersion: v1
        kind: Service
        metadata: {name: front}
        //- blue/kustomization.yml
        resources: [../base]
        namePrefix: blue-
        //- green/Kustomization
        resources: [../base/]
        nameSuffix: -green
        //- base/kustomization.yaml
        resources: [web.yaml]
        //- base/web.yaml
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        "#,
        "top",
        r#"
        apiVersion: v1
        kind: Service
        metadata:
          name: front
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: blue-web
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: web-green
    "#,
    );
}

#[test]
fn the_field_bases_is_resources() {
    check(
        r#"
        //- top/kustomization.yaml
        bases: [../base]
        resources: [a.yaml]
        //- top/a.yaml
        {apiVersion: v1, kind: Service, metadata: {name: a}}
        //- base/kustomization.yaml
        resources: [b.yaml]
        //- base/b.yaml
        {apiVersion: v1, kind: Service, metadata: {name: b}}
        "#,
        "top",
        r#"
        apiVersion: v1
        kind: Service
        metadata:
          name: a
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: b
        warning: top/kustomization.yaml:1: `bases` is deprecated
          help: use `resources`
    "#,
    );
}

#[test]
fn field_names_have_any_case_and_null_is_nothing() {
    check(
        r#"
        //- kustomization.yaml
        Resources: [a.yaml]
        NAMEPREFIX: x-
        labels: null
        patches:
        //- a.yaml
        {apiVersion: v1, kind: Service, metadata: {name: a}}
        "#,
        ".",
        r#"
        apiVersion: v1
        kind: Service
        metadata:
          name: x-a
    "#,
    );
}

#[test]
fn a_component_sees_what_is_there_before_it() {
    check(
        r#"
        //- top/kustomization.yaml
        resources: [web.yaml]
        components: [../prefix, ../extra]
        namePrefix: top-
        //- top/web.yaml
        {apiVersion: v1, kind: Service, metadata: {name: web}}
        //- prefix/kustomization.yaml
        apiVersion: kustomize.config.k8s.io/v1alpha1
        kind: Component
        namePrefix: first-
        //- extra/kustomization.yaml
        kind: Component
        resources: [cache.yaml]
        commonAnnotations: {seen: everywhere}
        //- extra/cache.yaml
        {apiVersion: v1, kind: Service, metadata: {name: cache}}
        "#,
        "top",
        r#"
        apiVersion: v1
        kind: Service
        metadata:
          annotations:
            seen: everywhere
          name: top-cache
        ---
        apiVersion: v1
        kind: Service
        metadata:
          annotations:
            seen: everywhere
          name: top-first-web
    "#,
    );
}

#[test]
fn components_run_before_the_patches_of_who_lists_them() {
    check(
        r#"
        //- top/kustomization.yaml
        resources: [web.yaml]
        components: [../part]
        patches:
        - patch: |
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: web}
            data: {who: top}
        //- top/web.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: web}, data: {who: base}}
        //- part/kustomization.yaml
        kind: Component
        patches:
        - patch: |
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: web}
            data: {who: component, more: component}
        "#,
        "top",
        r#"
        apiVersion: v1
        data:
          more: component
          who: top
        kind: ConfigMap
        metadata:
          name: web
    "#,
    );
}

const KINDS: &str = r#"
    //- kustomization.yaml
    resources: [all.yaml]
    //- all.yaml
    {apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: w}}
    ---
    {apiVersion: apps/v1, kind: Deployment, metadata: {name: d}}
    ---
    {apiVersion: example.com/v1, kind: Gadget, metadata: {name: g}}
    ---
    {apiVersion: v1, kind: Service, metadata: {name: s}}
    ---
    {apiVersion: v1, kind: Namespace, metadata: {name: n}}
    "#;

/// The kinds of what a build prints.
#[track_caller]
fn check_order(options: &Options, more: &str, expected: &str) {
    let fixture = KINDS.replacen("[all.yaml]\n", &format!("[all.yaml]\n    {more}\n"), 1);
    let build = build(&complete(&fixture), "", options, &Memory::new());
    let kinds =
        build.nodes.iter().flat_map(|nodes| nodes.iter()).filter_map(|node| node.str_at(&["kind"]));
    assert_eq!(kinds.collect::<Vec<_>>().join(" "), expected);
}

#[test]
fn orders() {
    let legacy = Options::default();
    let none = Options { reorder: Reorder::None, ..Options::default() };
    let by_kind = "Namespace Service Deployment Gadget ValidatingWebhookConfiguration";
    let as_listed = "ValidatingWebhookConfiguration Deployment Gadget Service Namespace";
    check_order(&legacy, "", by_kind);
    check_order(&none, "", as_listed);
    check_order(&legacy, "sortOptions: {order: fifo}", as_listed);
    check_order(&none, "sortOptions: {order: legacy}", by_kind);
    check_order(
        &none,
        "sortOptions: {order: legacy, legacySortOptions: {orderFirst: [Gadget], orderLast: [Namespace]}}",
        "Gadget ValidatingWebhookConfiguration Deployment Service Namespace",
    );
}

#[test]
fn equal_kinds_are_ordered_by_group_namespace_and_name() {
    check(
        r#"
        //- kustomization.yaml
        resources: [all.yaml]
        //- all.yaml
        {apiVersion: example.com/v1, kind: B, metadata: {name: x}}
        ---
        {apiVersion: v1, kind: Pod, metadata: {name: x}}
        ---
        {apiVersion: example.com/v1, kind: A, metadata: {name: z}}
        ---
        {apiVersion: example.com/v1, kind: A, metadata: {name: a, namespace: z}}
        ---
        {apiVersion: example.com/v1, kind: A, metadata: {name: b, namespace: a}}
        "#,
        ".",
        r#"
        apiVersion: example.com/v1
        kind: A
        metadata:
          name: b
          namespace: a
        ---
        apiVersion: example.com/v1
        kind: A
        metadata:
          name: a
          namespace: z
        ---
        apiVersion: example.com/v1
        kind: A
        metadata:
          name: z
        ---
        apiVersion: example.com/v1
        kind: B
        metadata:
          name: x
        ---
        apiVersion: v1
        kind: Pod
        metadata:
          name: x
    "#,
    );
}

#[test]
fn links_are_followed() {
    check(
        r#"
        //- top/kustomization.yaml
        resources: [link.yaml, ../linked]
        //- top/link.yaml -> real/a.yaml
        //- top/real/a.yaml
        {apiVersion: v1, kind: Service, metadata: {name: a}}
        //- linked -> base
        //- base/kustomization.yaml
        resources: [b.yaml]
        //- base/b.yaml
        {apiVersion: v1, kind: Service, metadata: {name: b}}
        "#,
        "top",
        r#"
        apiVersion: v1
        kind: Service
        metadata:
          name: a
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: b
    "#,
    );
}

#[test]
fn local_configuration_is_not_printed() {
    check(
        r#"
        //- kustomization.yaml
        resources: [all.yaml]
        //- all.yaml
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: hidden
          annotations: {config.kubernetes.io/local-config: "true"}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: shown
          annotations: {config.kubernetes.io/local-config: "false", reviewed: 2020-01-01}
        "#,
        ".",
        r#"
        apiVersion: v1
        kind: ConfigMap
        metadata:
          annotations:
            config.kubernetes.io/local-config: "false"
            reviewed: "2020-01-01"
          name: shown
    "#,
    );
}

#[test]
fn files_outside_the_directory_need_leave() {
    let fixture = r#"
        //- top/kustomization.yaml
        resources: [../shared/a.yaml]
        //- shared/a.yaml
        {apiVersion: v1, kind: Service, metadata: {name: a}}
        "#;
    check(
        fixture,
        "top",
        r#"
        error: top/kustomization.yaml:1: the file `../shared/a.yaml` is not in or below `top`
          help: move it there, make its directory a base with a kustomization.yaml of its own, or build with `--load-restrictor LoadRestrictionsNone`
        "#,
    );
    let options = Options { load_restrictor: LoadRestrictor::None, ..Options::default() };
    check_with(
        &options,
        fixture,
        "top",
        r#"
        apiVersion: v1
        kind: Service
        metadata:
          name: a
        "#,
    );
}

#[test]
fn what_is_not_read_yet_is_needed() {
    check_needs(
        "",
        "top",
        r#"
        top
        "#,
    );
    check_needs(
        r#"
        //- top/a.yaml
        "#,
        "top",
        r#"
        top/Kustomization
        top/kustomization.yaml
        top/kustomization.yml
        "#,
    );
}

#[test]
fn all_that_one_pass_can_see_is_needed_at_once() {
    let fixture = r#"
        //- top/kustomization.yaml
        resources: [a.yaml, ../base, https://example.com/x.yaml]
        components: [../part]
        configMapGenerator:
        - name: c
          files: [c.txt]
        patches:
        - path: p.yaml
        "#;
    let mut tree = tree(fixture);
    tree.insert_absent("top/kustomization.yml");
    tree.insert_absent("top/Kustomization");
    let build = build(&tree, "top", &Options::default(), &Memory::new());
    let needs: Vec<String> = build.needs.iter().map(|need| format!("{need:?}")).collect();
    check_eq(
        &needs.join("\n"),
        &dedented(
            r#"
            Path("base")
            Path("part")
            Path("top/a.yaml")
            Path("top/c.txt")
            Path("top/p.yaml")
            Remote { url: "https://example.com/x.yaml", entry: "top/kustomization.yaml:1" }
            "#,
        ),
    );
}

#[test]
fn every_file_that_was_looked_at_is_named() {
    let fixture = r#"
        //- top/kustomization.yaml
        resources: [../base]
        //- base/kustomization.yaml
        resources: [a.yaml]
        //- base/a.yaml
        {apiVersion: v1, kind: Service, metadata: {name: a}}
        "#;
    let (tree, memory) = (complete(fixture), Memory::new());
    let first = build(&tree, "top", &Options::default(), &memory);
    let again = build(&tree, "top", &Options::default(), &memory);
    let reads: Vec<&str> = first.reads.iter().map(String::as_str).collect();
    assert_eq!(
        reads.join(" "),
        "base base/Kustomization base/a.yaml base/kustomization.yaml base/kustomization.yml \
         top top/Kustomization top/kustomization.yaml top/kustomization.yml"
    );
    assert_eq!(first.reads, again.reads);
}
