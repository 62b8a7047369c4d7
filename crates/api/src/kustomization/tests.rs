//! Kustomizations: what is refused, and what is read.

use manifest::FileName;
use manifest::yaml::{Flavor, Reader};
use testkit::check_eq;

use super::*;

fn read(text: &str) -> Read<FluxKustomization> {
    let file = FileName::new("apps.yaml");
    let node = Reader::new().read(text.as_bytes(), file, Flavor::Resource).unwrap().remove(0);
    FluxKustomization::read(&Object::new(node).unwrap())
}

const HEAD: &str = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n\
                    metadata: {name: apps, namespace: flux-system}\nspec:\n";

#[track_caller]
fn check(spec: &str, expected: &str) {
    let read = read(&format!("{HEAD}{spec}"));
    let shown: Vec<String> = read.diagnostics.iter().map(ToString::to_string).collect();
    check_eq(&shown.join("\n"), expected);
}

const FULL: &str = "
  interval: 10m
  retryInterval: 1m
  timeout: 2m30s
  path: ./overlays/a
  prune: true
  sourceRef: {kind: GitRepository, name: fleet}
  targetNamespace: apps
  namePrefix: a-
  nameSuffix: -z
  commonMetadata: {labels: {team: x}, annotations: {note: y}}
  patches: [{patch: '- {op: remove, path: /a}', target: {kind: Deployment}}]
  images: [{name: nginx, newTag: '1'}]
  components: [../../components/a]
  ignoreMissingComponents: true
  buildMetadata: [originAnnotations]
  postBuild:
    substitute: {region: eu}
    substituteFrom:
    - {kind: ConfigMap, name: vars}
    - {kind: Secret, name: more, optional: true}
    substituteStrategy: Always
  dependsOn:
  - name: infra
  - {name: crds, namespace: other, readyExpr: 'dep.status.x'}
  wait: true
  healthChecks:
  - {apiVersion: apps/v1, kind: Deployment, name: web, namespace: apps}
  healthCheckExprs: [{apiVersion: a/v1, kind: B, current: 'true'}]
  suspend: true
  force: true
  decryption: {provider: sops, secretRef: {name: keys}}
  deletionPolicy: Orphan
  serviceAccountName: me
  kubeConfig: {secretRef: {name: kc, key: k}}
  ignore: [{paths: [/spec/replicas], target: {kind: Deployment}}]
";

#[test]
fn every_field_is_taken() {
    check(FULL, "");
}

#[test]
fn the_view() {
    let kustomization = read(&format!("{HEAD}{FULL}")).value;
    let source = kustomization.source.as_ref().unwrap();
    assert_eq!(source.source.to_string(), "GitRepository/flux-system/fleet");
    assert_eq!(source.origin.to_string(), "apps.yaml:11");
    assert_eq!(kustomization.path.value, "./overlays/a");
    assert_eq!(kustomization.timeout(), Duration::from_secs(150));
    assert_eq!(kustomization.deletion_policy, DeletionPolicy::Orphan);
    let post_build = kustomization.post_build.as_ref().unwrap();
    assert!(post_build.always && post_build.substitute_from[1].optional);
    assert_eq!(post_build.substitute.get("region").and_then(Node::as_str), Some("eu"));
    let dependencies: Vec<String> =
        kustomization.depends_on.iter().map(|d| format!("{}/{}", d.namespace, d.name)).collect();
    assert_eq!(dependencies, ["flux-system/infra", "other/crds"]);
    let Some(KubeConfig::Secret { name, key: Some(key) }) = &kustomization.kube_config else {
        panic!("no kubeconfig in {kustomization:?}");
    };
    assert_eq!((name.value.as_str(), key.value.as_str()), ("kc", "k"));
}

#[test]
fn the_default_timeout() {
    let timeout = |interval: &str| {
        let spec = format!("  interval: {interval}\n  prune: true\n");
        read(&format!("{HEAD}{spec}")).value.timeout().as_secs()
    };
    assert_eq!(timeout("10m"), 570);
    assert_eq!(timeout("20s"), 30);
}

#[test]
fn what_is_missing() {
    check(
        "  path: ./a",
        "
error: apps.yaml:5: Kustomization flux-system/apps: `spec.interval` is missing
  help: say how often it is applied, e.g. `interval: 10m`
error: apps.yaml:5: Kustomization flux-system/apps: `spec.prune` is missing
  help: write `prune: true` to delete from the cluster what is deleted from Git, or `prune: false` to keep it
error: apps.yaml:5: Kustomization flux-system/apps: `spec.sourceRef` is missing
  help: say where its files are, e.g. `sourceRef: {kind: GitRepository, name: NAME}`
",
    );
}

#[test]
fn mistakes_below() {
    check(
        "
  interval: 10m
  prune: yes
  sourceRef: {kind: GitRepo, name: fleet}
  postBuild:
    substitute: {replicas: 3}
    substituteForm: []
  kubeConfig: {}
",
        "
error: apps.yaml:7: Kustomization flux-system/apps: `spec.prune` is a string, it must be a bool
  help: write `prune: true` to delete from the cluster what is deleted from Git, or `prune: false` to keep it
error: apps.yaml:8: Kustomization flux-system/apps: `spec.sourceRef.kind` is `GitRepo`, it must be one of OCIRepository, GitRepository, Bucket, ExternalArtifact
error: apps.yaml:10: Kustomization flux-system/apps: `spec.postBuild.substitute.replicas` is a number, it must be a string
  help: quote it: `\"3\"`
warning: apps.yaml:11: Kustomization flux-system/apps: there is no field `spec.postBuild.substituteForm`, it is ignored
  help: did you mean `substituteFrom`?
error: apps.yaml:12: Kustomization flux-system/apps: `spec.kubeConfig` takes one of `secretRef` and `configMapRef`, no more, no less
",
    );
}

#[test]
fn old_versions() {
    let text =
        format!("{HEAD}  interval: 1m\n  prune: true\n  sourceRef: {{kind: Bucket, name: b}}\n");
    let read = read(&text.replace("/v1", "/v1beta2"));
    let shown: Vec<String> = read.diagnostics.iter().map(ToString::to_string).collect();
    check_eq(
        &shown.join("\n"),
        "
warning: apps.yaml:1: Kustomization flux-system/apps: Flux does not serve kustomize.toolkit.fluxcd.io/v1beta2 any more
  help: write `apiVersion: kustomize.toolkit.fluxcd.io/v1`
",
    );
}
