//! What is found wrong with a cluster.

use super::*;

#[test]
fn paths_that_lead_nowhere() {
    check_findings(
        "
        //- clusters/a.yaml
        @source fleet
        @apply one ./app/web
        @apply two ./apps/webb
        @apply three ./apps/web/object.yaml
        @apply four ../../apps/web
        @apply five ./apps/nothing-alike
        //- apps/web/object.yaml
        @object ConfigMap one
        ",
        "
error: clusters/a.yaml:4: Kustomization flux-system/one: there is no directory `./app/web`
  help: did you mean `./apps/web`?
error: clusters/a.yaml:6: Kustomization flux-system/two: there is no directory `./apps/webb`
  help: did you mean `./apps/web`?
error: clusters/a.yaml:8: Kustomization flux-system/three: `./apps/web/object.yaml` is a file, it must be a directory
  help: write `path: ./apps/web`
error: clusters/a.yaml:12: Kustomization flux-system/five: there is no directory `./apps/nothing-alike`
  help: there is `./apps/web`
",
    );
}

#[test]
fn sources_that_are_not_there() {
    check_findings(
        "
        //- clusters/a.yaml
        @source fleet
        @apply one ./apps, sourceRef: {kind: GitRepository, name: fleeet}
        @apply two ./apps, sourceRef: {kind: OCIRepository, name: something}
        //- apps/object.yaml
        @object ConfigMap one
        ",
        "
error: clusters/a.yaml:4: Kustomization flux-system/one: there is no GitRepository/flux-system/fleeet in this cluster
  help: did you mean `GitRepository/flux-system/fleet`?
error: clusters/a.yaml:6: Kustomization flux-system/two: there is no OCIRepository/flux-system/something in this cluster
  help: there is GitRepository/flux-system/fleet
",
    );
}

#[test]
fn fields_are_checked_and_the_rest_goes_on() {
    check(
        "
        //- clusters/a.yaml
        @source fleet
        ---
        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata: {name: apps, namespace: flux-system}
        spec:
          interval: 10
          pth: ./apps
          path: ./apps
          sourceRef: {kind: GitRepository, name: fleet}
        ---
        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata: {name: none, namespace: flux-system}
        spec: {interval: 1m, prune: true}
        ---
        kind: Oops
        //- apps/object.yaml
        @object ConfigMap one
        ",
        "
what is applied by hand
  GitRepository/flux-system/fleet
  Kustomization/flux-system/apps
  Kustomization/flux-system/none
  missing (clusters/a.yaml:18): it could not be read
Kustomization flux-system/apps
  ConfigMap/x/one
Kustomization flux-system/none
  missing (clusters/a.yaml:13): it could not be built
error: clusters/a.yaml:18: this is no Kubernetes object: it has no apiVersion
  help: every document needs apiVersion, kind and metadata.name
error: clusters/a.yaml:8: Kustomization flux-system/apps: `spec.interval` is a number, it must be a duration
  help: write it with a unit: `10s`
warning: clusters/a.yaml:9: Kustomization flux-system/apps: there is no field `spec.pth`, it is ignored
  help: did you mean `path`?
error: clusters/a.yaml:8: Kustomization flux-system/apps: `spec.prune` is missing
  help: write `prune: true` to delete from the cluster what is deleted from Git, or `prune: false` to keep it
error: clusters/a.yaml:16: Kustomization flux-system/none: `spec.sourceRef` is missing
  help: say where its files are, e.g. `sourceRef: {kind: GitRepository, name: NAME}`
",
    );
}

#[test]
fn builds_that_fail_say_for_whom() {
    check_findings(
        "
        //- clusters/a.yaml
        @source fleet
        @apply one ./apps/one
        @apply two ./apps/two
        //- apps/one/kustomization.yaml
        resources: [../base]
        //- apps/two/all.yaml
        a: [b
        //- apps/base/kustomization.yaml
        resources: [missing.yaml]
        ",
        "
error: apps/base/kustomization.yaml:1: there is no file or directory `missing.yaml`
  apps/one/kustomization.yaml:1: includes `apps/base`
  clusters/a.yaml:4: built for Kustomization flux-system/one
  help: it is looked for in `apps/base`; add it, or correct the path
error: apps/two/all.yaml:1: did not find expected ',' or ']' while parsing a flow sequence
  clusters/a.yaml:6: included here
  clusters/a.yaml:6: Kustomization flux-system/two applies every YAML file in `apps/two`: it has no kustomization.yaml
  help: close the bracket, or put text with brackets in it into quotes
",
    );
}

#[test]
fn unknown_fields_of_the_kustomization_file_are_left_out_as_flux_does() {
    check_findings(
        "
        //- clusters/a.yaml
        @source fleet
        @apply one ./one
        //- one/kustomization.yaml
        resources: [object.yaml]
        namespce: x
        //- one/object.yaml
        @object ConfigMap one
        ",
        "
warning: one/kustomization.yaml:2: a kustomization has no field `namespce`, it is left out
  clusters/a.yaml:4: built for Kustomization flux-system/one
  help: did you mean `namespace`?
",
    );
}

#[test]
fn files_that_the_source_leaves_out() {
    check_findings(
        "
        //- clusters/a.yaml
        @source fleet ignore: '*.tmpl'
        @apply one ./one
        @apply two ./two
        //- .sourceignore
        secret/
        //- one/kustomization.yaml
        resources: [../secret]
        configMapGenerator: [{name: x, namespace: x, files: [a.tmpl]}]
        //- one/a.tmpl
        x
        //- secret/kustomization.yaml
        resources: [object.yaml]
        //- secret/object.yaml
        @object ConfigMap one
        //- two/secret/object.yaml
        @object ConfigMap two
        //- two/.github/workflow.yaml
        @object ConfigMap not-ignored-where-there-are-patterns
        ",
        "
error: one/a.tmpl: Kustomization flux-system/one builds on `one/a.tmpl`, which its source leaves out by the pattern `*.tmpl`
  clusters/a.yaml:4: built for Kustomization flux-system/one
  help: change the pattern in .sourceignore or in `spec.ignore` of the source; with either, the default patterns do not apply
error: secret/kustomization.yaml: Kustomization flux-system/one builds on `secret/kustomization.yaml`, which its source leaves out by the pattern `secret/`
  clusters/a.yaml:4: built for Kustomization flux-system/one
  help: change the pattern in .sourceignore or in `spec.ignore` of the source; with either, the default patterns do not apply
error: secret/object.yaml: Kustomization flux-system/one builds on `secret/object.yaml`, which its source leaves out by the pattern `secret/`
  clusters/a.yaml:4: built for Kustomization flux-system/one
  help: change the pattern in .sourceignore or in `spec.ignore` of the source; with either, the default patterns do not apply
",
    );
}

#[test]
fn the_same_object_twice() {
    check_findings(
        "
        //- clusters/a.yaml
        @source fleet
        ---
        {apiVersion: v1, kind: Namespace, metadata: {name: twice}}
        ---
        {apiVersion: v1, kind: Namespace, metadata: {name: twice}}
        @apply one ./one
        @apply two ./two
        @apply three ./one
        //- one/object.yaml
        {apiVersion: v1, kind: Namespace, metadata: {name: x}}
        //- two/object.yaml
        {apiVersion: v1, kind: Namespace, metadata: {name: x, labels: {a: b}}}
        ",
        "
error: clusters/a.yaml:6: Namespace/twice is there twice, applied by hand
  clusters/a.yaml:4: the other one
  help: delete one of them
error: two/object.yaml:1: Namespace/x is applied by Kustomization flux-system/one and by Kustomization flux-system/two, and both want it differently
  one/object.yaml:1: from Kustomization flux-system/one
  clusters/a.yaml:8: Kustomization flux-system/one
  clusters/a.yaml:10: Kustomization flux-system/two
  help: leave it to one of them, or rename one object
warning: one/object.yaml:1: Namespace/x is applied by Kustomization flux-system/one and by Kustomization flux-system/three
  clusters/a.yaml:8: Kustomization flux-system/one
  clusters/a.yaml:12: Kustomization flux-system/three
  help: leave it to one of them: when the other drops it, it is deleted
",
    );
}

#[test]
fn dependencies_that_cannot_be_met() {
    check_findings(
        "
        //- clusters/a.yaml
        @source fleet
        @apply one ./one, dependsOn: [{name: two}]
        @apply two ./two, dependsOn: [{name: three}]
        @apply three ./three, dependsOn: [{name: one}, {name: thre}]
        @apply self ./self, dependsOn: [{name: self}, {name: one, namespace: other}]
        //- one/object.yaml
        @object ConfigMap one
        //- two/object.yaml
        @object ConfigMap two
        //- three/object.yaml
        @object ConfigMap three
        //- self/object.yaml
        @object ConfigMap self
        ",
        "
error: clusters/a.yaml:8: Kustomization flux-system/three depends on flux-system/thre, which does not exist
  help: did you mean `three`?
error: clusters/a.yaml:10: Kustomization flux-system/self depends on other/one, which does not exist
error: clusters/a.yaml:4: Kustomizations wait for each other: one -> two -> three -> one
  clusters/a.yaml:4: Kustomization flux-system/one depends on two
  clusters/a.yaml:6: Kustomization flux-system/two depends on three
  clusters/a.yaml:8: Kustomization flux-system/three depends on one
  help: take one of these dependencies out
error: clusters/a.yaml:10: Kustomizations wait for each other: self -> self
  clusters/a.yaml:10: Kustomization flux-system/self depends on self
  help: take one of these dependencies out
",
    );
}

#[test]
fn health_checks_of_nothing() {
    check_findings(
        "
        //- clusters/a.yaml
        @source fleet
        @apply one ./one, healthChecks: [{apiVersion: v1, kind: ConfigMap, name: ones, namespace: x}, {apiVersion: v1, kind: ConfigMap, name: one, namespace: y}, {apiVersion: v1, kind: ConfigMap, name: one, namespace: x}, {apiVersion: a/v1, kind: B, name: c, namespace: d}]
        //- one/object.yaml
        @object ConfigMap one
        ",
        "
warning: clusters/a.yaml:4: Kustomization flux-system/one checks the health of ConfigMap/x/ones, which nothing here makes
  help: did you mean `one`?
warning: clusters/a.yaml:4: Kustomization flux-system/one checks the health of ConfigMap/y/one, which nothing here makes
  help: did you mean `ConfigMap/x/one`?
warning: clusters/a.yaml:4: Kustomization flux-system/one checks the health of B/d/c, which nothing here makes
  help: the Kustomization gets ready only if something else makes it
",
    );
}

#[test]
fn namespaces() {
    check_findings(
        "
        //- clusters/a.yaml
        @source fleet
        @apply one ./one
        @apply two ./two
        //- one/kustomization.yaml
        namespace: one
        resources: [object.yaml]
        //- one/object.yaml
        {apiVersion: v1, kind: Namespace, metadata: {name: other}}
        //- two/object.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: lost}}
        ---
        {apiVersion: example.org/v1, kind: NobodyKnows, metadata: {name: fine}}
        ",
        "
warning: one/kustomization.yaml:1: `namespace: one` renames a Namespace object to `one`
  one/object.yaml:1: the Namespace as it is written
  help: keep Namespace objects in a kustomization of their own, without `namespace:`
error: two/object.yaml:1: ConfigMap/lost has no namespace, and Flux applies it nowhere
  clusters/a.yaml:6: applied by Kustomization flux-system/two
  help: set `namespace:` in its kustomization, `targetNamespace` in the Kustomization, or `metadata.namespace`
",
    );
}

#[test]
fn selectors_that_find_no_pods() {
    check_findings(
        "
        //- clusters/a.yaml
        @source fleet
        @apply one ./one
        //- one/object.yaml
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: web, namespace: x}
        spec:
          selector:
            matchLabels:
              app: web
              tier: front
          template:
            metadata:
              labels:
                app: wbe
        ",
        "
error: one/object.yaml:7: StatefulSet/x/web: its selector wants pods with the label `app: web`, and its pod template has `app: wbe`
  one/object.yaml:12: the label of the pod template
  help: write `app: web` under `template.metadata.labels`
error: one/object.yaml:8: StatefulSet/x/web: its selector wants pods with the label `tier: front`, and its pod template has no such label
  one/object.yaml:12: the pod template
  help: write `tier: front` under `template.metadata.labels`
",
    );
}

#[test]
fn kustomizations_without_end() {
    let rendered = render_a(
        "
        //- clusters/a.yaml
        @source fleet
        @apply k ./more, postBuild: {substitute: {name: k}}
        //- more/next.yaml
        @apply '${name}x' ./more, postBuild: {substitute: {name: '${name}x'}}
        ",
        &Answers::default(),
    );
    assert_eq!(rendered.units.len(), 34);
    let findings = show_findings(&rendered);
    assert!(findings.contains("apply one another over 32 deep"), "{findings}");
}

#[test]
fn the_whole_repository_is_looked_at_for_federated_objects() {
    let tree = tree(
        "
        //- clusters/us-east.yaml
        @source fleet
        @apply apps ./apps
        //- federated/all.yaml
        apiVersion: types.kubefed.io/v1beta1
        kind: FederatedConfigMap
        metadata: {name: web, namespace: x}
        spec:
          placement:
            clusters:
            - name: us-east
            - name: us-eats
            - name: us-east-prod
            - name: completely-other
        ",
    );
    let memory = Memory::default();
    check_eq(
        &show_diagnostics(&repository(&tree, &registry(&tree, &memory), &memory)),
        "
error: federated/all.yaml:8: FederatedConfigMap/x/web: there is no cluster `us-eats`
  help: did you mean `us-east`?
error: federated/all.yaml:9: FederatedConfigMap/x/web: there is no cluster `us-east-prod`
  help: did you mean `us-east`?
error: federated/all.yaml:10: FederatedConfigMap/x/web: there is no cluster `completely-other`
  help: there is `us-east`
",
    );
}

#[test]
fn encrypted_secrets() {
    let rendered = render_a(
        "
        //- clusters/a.yaml
        @source fleet
        @apply plain ./secrets
        @apply secret ./more, decryption: {provider: sops, secretRef: {name: keys}}
        //- secrets/s.yaml
        apiVersion: v1
        kind: Secret
        metadata: {name: s, namespace: x}
        stringData: {a: 'ENC[AES256_GCM,data:x]'}
        sops: {mac: 'ENC[x]'}
        //- more/t.yaml
        apiVersion: v1
        kind: Secret
        metadata: {name: t, namespace: x}
        stringData: {a: 'ENC[AES256_GCM,data:x]', plain_unencrypted: p}
        sops: {mac: 'ENC[x]'}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: u, namespace: x}
        data: {a.yaml: bWFjOiBFTkNbeF0=, b: eA==}
        ---
        apiVersion: v1
        kind: Secret
        metadata:
          name: v
          namespace: x
          annotations: {kustomize.toolkit.fluxcd.io/decrypt: Disabled}
        data: {a.yaml: bWFjOiBFTkNbeF0=}
        ",
        &Answers::default(),
    );
    check_eq(
        &show_findings(&rendered),
        "
error: secrets/s.yaml:1: Secret/x/s is encrypted, and Kustomization flux-system/plain does not decrypt
  clusters/a.yaml:4: Kustomization flux-system/plain
  help: add `decryption: {provider: sops, secretRef: {name: NAME}}` to its `spec`
",
    );
    let data = |name: &str, field: &str| {
        let (_, object) = rendered.objects().find(|(_, object)| object.name() == name).unwrap();
        assert!(object.root().get("sops").is_none());
        format!("{:?}", object.root().get(field).unwrap())
    };
    let t = r#"{"a": <unknown: the Secret/x/t is encrypted>, "plain_unencrypted": "p"}"#;
    assert_eq!(data("t", "stringData"), t);
    assert_eq!(
        data("u", "data"),
        r#"{"a.yaml": <unknown: the Secret/x/u is encrypted>, "b": "eA=="}"#
    );
    assert_eq!(data("v", "data"), r#"{"a.yaml": "bWFjOiBFTkNbeF0="}"#);
}

#[test]
fn what_cannot_be_read_leaves_a_gap() {
    check(
        "
        //- clusters/a.yaml
        @source fleet
        ---
        a: [
        ",
        "
what is applied by hand
  missing (clusters/a.yaml:4): it could not be read
error: clusters/a.yaml:4: did not find expected node content while parsing a flow node
",
    );
}

#[test]
fn a_source_that_nobody_knows_is_named() {
    let tree = tree("//- clusters/a.yaml\n@source fleet\n@apply apps ./apps\n//- apps/x.yaml\n");
    let memory = Memory::default();
    let registry = registry(&tree, &memory);
    let checkout = Checkout { named: Some("fleeet".to_owned()), ..Checkout::default() };
    let request = Request {
        tree: &tree,
        registry: &registry,
        cluster: registry.find("a").unwrap(),
        checkout: &checkout,
        answers: &Answers::default(),
        mode: Mode::Strict,
    };
    check_eq(
        &show_findings(&render(&request, &memory)),
        "
needs the files of GitRepository/flux-system/fleet
error: no source is called `fleeet`
  help: did you mean `fleet`?
",
    );
}

#[test]
fn directories_that_are_not_checked_out() {
    check_findings(
        "
        //- clusters/a.yaml
        @source fleet sparseCheckout: [./apps]
        @apply apps ./apps
        //- apps/kustomization.yaml
        resources: [../base]
        //- base/kustomization.yaml
        resources: [x.yaml]
        //- base/x.yaml
        @object ConfigMap one
        ",
        "
error: base/kustomization.yaml: Kustomization flux-system/apps builds on `base/kustomization.yaml`, which is in no directory of `spec.sparseCheckout` of its source
  clusters/a.yaml:4: built for Kustomization flux-system/apps
  help: add its directory there
error: base/x.yaml: Kustomization flux-system/apps builds on `base/x.yaml`, which is in no directory of `spec.sparseCheckout` of its source
  clusters/a.yaml:4: built for Kustomization flux-system/apps
  help: add its directory there
",
    );
}
