//! Substitution in whole clusters.

use super::*;

const VALUES: &str = "
    //- clusters/a.yaml
    @source fleet
    @config vars region: eu, name: from-map, lines: \"a\\nb\", number: '3', yes: 'yes', empty: ''
    ---
    apiVersion: v1
    kind: Secret
    metadata: {name: more, namespace: flux-system}
    data: {name: ZnJvbS1zZWNyZXQ=}
    stringData: {password: hunter2}
    @apply apps ./apps, postBuild: {substitute: {inline: it, region: us}, substituteFrom: [{kind: ConfigMap, name: vars}, {kind: Secret, name: more}]}
    //- apps/object.yaml
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web-${region}
      namespace: x
      annotations:
        ${region}/key: ${lines}
        escaped: $${region}
        default: ${none:-fallback}
        untouched: $region
    spec:
      replicas: ${number}
      paused: ${yes}
      minReadySeconds: ${empty}
      selector: {matchLabels: {app: web}}
      template: {metadata: {labels: {app: web}}}
      secret: ${name}
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: not
      namespace: x
      labels: {kustomize.toolkit.fluxcd.io/substitute: disabled}
    data: {region: '${region}'}
    ";

#[test]
fn text_is_replaced_and_read_again() {
    check_object(
        VALUES,
        &Answers::default(),
        "Deployment/x/web-us",
        "
apiVersion: apps/v1
kind: Deployment
metadata:
  annotations:
    default: fallback
    escaped: ${region}
    untouched: $region
    us/key: ab
  labels:
    kustomize.toolkit.fluxcd.io/name: apps
    kustomize.toolkit.fluxcd.io/namespace: flux-system
  name: web-us
  namespace: x
spec:
  minReadySeconds: null
  paused: true
  replicas: 3
  secret: '***'
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
",
    );
}

#[test]
fn disabled_objects_are_left_alone() {
    check_object(
        VALUES,
        &Answers::default(),
        "ConfigMap/x/not",
        "
apiVersion: v1
data:
  region: ${region}
kind: ConfigMap
metadata:
  labels:
    kustomize.toolkit.fluxcd.io/name: apps
    kustomize.toolkit.fluxcd.io/namespace: flux-system
    kustomize.toolkit.fluxcd.io/substitute: disabled
  name: not
  namespace: x
",
    );
}

#[test]
fn what_was_replaced_says_so() {
    let rendered = render_a(VALUES, &Answers::default());
    let (_, object) = rendered.objects().find(|(_, object)| object.name() == "web-us").unwrap();
    let place = |path: &[&str]| {
        let origin = object.root().at(path).unwrap().origin;
        format!("{origin} {}", origin.by().as_str()).trim_end().to_owned()
    };
    assert_eq!(place(&["metadata", "name"]), "apps/object.yaml:4 substitution");
    assert_eq!(place(&["metadata", "annotations", "us/key"]), "apps/object.yaml:7 substitution");
    assert_eq!(place(&["metadata", "annotations", "untouched"]), "apps/object.yaml:10");
    assert_eq!(place(&["spec", "replicas"]), "apps/object.yaml:12 substitution");
    assert_eq!(place(&["kind"]), "apps/object.yaml:2");
}

#[test]
fn variables_may_come_from_what_is_applied() {
    check(
        "
        //- clusters/a.yaml
        @source fleet
        @apply root ./root, postBuild: {substituteFrom: [{kind: ConfigMap, name: vars}]}
        @apply config ./config
        //- config/vars.yaml
        @config vars region: eu
        //- root/apps.yaml
        @apply apps './apps/${region}'
        //- apps/eu/object.yaml
        @object ConfigMap eu
        ",
        "
what is applied by hand
  GitRepository/flux-system/fleet
  Kustomization/flux-system/root
  Kustomization/flux-system/config
Kustomization flux-system/config
  ConfigMap/flux-system/vars
Kustomization flux-system/root
  Kustomization/flux-system/apps
Kustomization flux-system/apps
  ConfigMap/x/eu
",
    );
}

#[test]
fn without_variables_nothing_is_replaced_unless_always() {
    const REPOSITORY: &str = "
        //- clusters/a.yaml
        @source fleet
        @apply apps ./apps, postBuild: {MORE}
        //- apps/object.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: one, namespace: x}, data: {a: '${b:-c}'}}
        ";
    let data = |more: &str| {
        let rendered = render_a(&REPOSITORY.replace("MORE", more), &Answers::default());
        let (_, object) = rendered.objects().find(|(_, object)| object.name() == "one").unwrap();
        object.root().str_at(&["data", "a"]).unwrap().to_owned()
    };
    assert_eq!(data("substitute: {}"), "${b:-c}");
    assert_eq!(data("substituteStrategy: Always"), "c");
    assert_eq!(data("substitute: {x: y}"), "c");
}

const UNSET: &str = "
    //- clusters/a.yaml
    @source fleet
    @config vars cluster_name: a, other: b
    @apply apps ./apps, postBuild: {substituteFrom: [{kind: ConfigMap, name: vars}]}
    //- apps/object.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata:
      namespace: x
      name: one
    data:
      a: ${clustr_name}
      b: fine
      c: ${entirely_different}
      d: |
        first line
        ${cluster.name}
      e: ${cluster_name
    ";

#[test]
fn strict_mode_wants_every_variable() {
    check_findings(
        UNSET,
        "
error: apps/object.yaml:7: ConfigMap/x/one: `${clustr_name}`: the variable is not set; set it, or give a default as in `${name:-default}`
  clusters/a.yaml:6: substituted for Kustomization flux-system/apps
  help: did you mean `cluster_name`?
error: apps/object.yaml:9: ConfigMap/x/one: `${entirely_different}`: the variable is not set; set it, or give a default as in `${name:-default}`
  clusters/a.yaml:6: substituted for Kustomization flux-system/apps
  help: there is `cluster_name`, `other`
error: apps/object.yaml:10: ConfigMap/x/one: `${cluster.name}`: `}` or an operator is expected after the name; a default is written `:-`
  clusters/a.yaml:6: substituted for Kustomization flux-system/apps
  help: names have letters, digits and `_`: `cluster.name` -> `cluster_name`
error: apps/object.yaml:13: ConfigMap/x/one: `${cluster_name`: `}` or an operator is expected after the name; a default is written `:-`
  clusters/a.yaml:6: substituted for Kustomization flux-system/apps
",
    );
}

#[test]
fn lenient_mode_leaves_them_empty() {
    let text = UNSET.replace("${cluster.name}", "x").replace("${cluster_name\n", "x\n");
    let rendered = render_named(&tree(&text), "a", &Answers::default(), Mode::Lenient);
    assert_eq!(show_findings(&rendered), "");
}

#[test]
fn results_must_be_yaml() {
    check_findings(
        "
        //- clusters/a.yaml
        @source fleet
        @apply apps ./apps, postBuild: {substitute: {v: \"a: b: [c\"}}
        //- apps/object.yaml
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: one, namespace: x}
        data:
          a: b
          value: ${v}
        ",
        "
error: apps/object.yaml:6: ConfigMap/x/one: with its variables replaced, it is no YAML: mapping values are not allowed in this context
  clusters/a.yaml:4: substituted for Kustomization flux-system/apps
  help: a value with `: `, `#` or quotes needs quotes around the expression
",
    );
}

#[test]
fn names_that_are_not_valid() {
    check_findings(
        "
        //- clusters/a.yaml
        @source fleet
        @config vars cluster.name: a, 1st: b
        @apply apps ./apps, postBuild: {substituteFrom: [{kind: ConfigMap, name: vars}], substitute: {in-line: c}}
        @apply more ./more, postBuild: {substituteFrom: [{kind: ConfigMap, name: vars}]}
        //- apps/object.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: one, namespace: x}, data: {a: '${cluster_name}', b: '${in_line}', c: '${unset}'}}
        //- more/object.yaml
        @object ConfigMap two
        ",
        "
error: apps/object.yaml:1: ConfigMap/x/one: `${unset}`: the variable is not set; set it, or give a default as in `${name:-default}`
  clusters/a.yaml:6: substituted for Kustomization flux-system/apps
error: clusters/a.yaml:6: Kustomization flux-system/apps: `spec.postBuild.substitute.in-line` is no valid variable name
  help: rename it: `in-line` -> `in_line`
error: clusters/a.yaml:4: ConfigMap flux-system/vars: the key `cluster.name` is no valid variable name, and Flux substitutes nothing from a ConfigMap that has one
  clusters/a.yaml:6: Kustomization flux-system/apps uses it
  clusters/a.yaml:8: Kustomization flux-system/more uses it
  help: rename it: `cluster.name` -> `cluster_name`
error: clusters/a.yaml:4: ConfigMap flux-system/vars: the key `1st` is no valid variable name, and Flux substitutes nothing from a ConfigMap that has one
  clusters/a.yaml:6: Kustomization flux-system/apps uses it
  clusters/a.yaml:8: Kustomization flux-system/more uses it
  help: rename it: `1st` -> `_1st`
",
    );
}

#[test]
fn values_must_be_text_and_secrets_may_be_encrypted() {
    let rendered = render_a(
        "
        //- clusters/a.yaml
        @source fleet
        @config vars number: 3
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: more, namespace: flux-system}
        stringData: {password: 'ENC[AES256_GCM,...]'}
        sops: {version: 3.9.0}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: bad, namespace: flux-system}
        data: {key: 'not base64!'}
        @apply apps ./apps, postBuild: {substituteFrom: [{kind: ConfigMap, name: vars}, {kind: Secret, name: more}, {kind: Secret, name: bad}]}
        //- apps/object.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: one, namespace: x}, data: {a: '${password}', b: '${number}'}}
        ",
        &Answers::default(),
    );
    check_eq(
        &show_findings(&rendered),
        "
error: clusters/a.yaml:4: ConfigMap flux-system/vars: `number` is a number, it must be text
  help: quote it: `\"3\"`
error: clusters/a.yaml:15: Secret flux-system/bad: `key` is no base64 of text
",
    );
    let (_, object) = rendered.objects().find(|(_, object)| object.name() == "one").unwrap();
    let data = format!("{:?}", object.root().get("data").unwrap());
    assert_eq!(data, r#"{"a": <unknown: the Secret flux-system/more is encrypted>, "b": 3}"#);
}
