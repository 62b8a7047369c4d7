//! A repository that nobody here has seen: another layout, other names, kinds that are not run.

use crate::repository::{Folder, Repository};
use crate::up::Up;

/// As `flux bootstrap` lays it out, with what people put there.
const FILES: &str = "
//- clusters/estuary/flux-system/gotk-sync.yaml
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: flux-system
  namespace: flux-system
spec:
  interval: 1m
  url: ssh://git@git.example.org/tides/estuary
  ref:
    branch: main
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: flux-system
  namespace: flux-system
spec:
  interval: 10m
  path: ./clusters/estuary
  prune: true
  sourceRef:
    kind: GitRepository
    name: flux-system
---
apiVersion: example.org/v1
kind: Lighthouse
metadata:
  name: keeper
  namespace: flux-system
//- clusters/estuary/flux-system/kustomization.yaml
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- gotk-sync.yaml
//- clusters/estuary/tides.yaml
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: tides
  namespace: flux-system
spec:
  interval: 10m
  path: ./tides
  prune: true
  wait: true
  timeout: 1m
  sourceRef:
    kind: GitRepository
    name: flux-system
//- clusters/estuary/elsewhere.yaml
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata:
  name: elsewhere
  namespace: flux-system
spec:
  interval: 10m
  url: oci://registry.example.org/elsewhere
  ref:
    tag: latest
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: elsewhere
  namespace: flux-system
spec:
  interval: 10m
  path: ./
  prune: true
  sourceRef:
    kind: OCIRepository
    name: elsewhere
//- tides/space.yaml
apiVersion: v1
kind: Namespace
metadata:
  name: moon
//- tides/gauge.yaml
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: gauge
  namespace: moon
spec:
  replicas: 2
  serviceName: gauge
  selector:
    matchLabels: {app: gauge}
  template:
    metadata:
      labels: {app: gauge}
    spec:
      containers:
      - name: gauge
        image: example.org/gauge:3
//- tides/release.yaml
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata:
  name: buoys
  namespace: moon
spec:
  url: https://charts.example.org/buoys
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: buoy
  namespace: moon
spec:
  interval: 10m
  chart:
    spec:
      chart: buoy
      sourceRef: {kind: HelmRepository, name: buoys}
//- tides/monitor.yaml
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  name: gauge
  namespace: moon
spec:
  endpoints:
  - port: metrics
";

#[test]
fn it_comes_up_and_says_what_is_not_run() {
    let folder = Folder::new();
    let repository = Repository::new(folder.path(), FILES);
    let mut up = Up::start(repository.path(), &["--once"]);
    let end = up.wait_for("end", &[]);
    let transcript = up.transcript();
    assert_eq!((end.text("ready"), end.text("failed")), ("2".into(), "0".into()), "{transcript}");
    for said in [
        "\"unreachable\",\"cluster\":\"estuary\",\"source\":\"OCIRepository/flux-system/elsewhere\"",
        "\"apiVersion\":\"monitoring.coreos.com/v1\",\"kind\":\"ServiceMonitor\"",
        "\"apiVersion\":\"example.org/v1\",\"kind\":\"Lighthouse\"",
        "\"kind\":\"HelmRelease\",\"namespace\":\"moon\",\"name\":\"buoy\"",
    ] {
        assert!(transcript.contains(said), "{said} is not in\n{transcript}");
    }
    let ended = up.ended();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    for line in [
        "not run: estuary: Kustomization flux-system/elsewhere needs OCIRepository/flux-system/elsewhere",
        "not run: estuary: ServiceMonitor of monitoring.coreos.com/v1 has no definition",
        "not run: estuary: nothing acts on HelmRelease/moon/buoy yet",
    ] {
        assert!(ended.stderr.contains(line), "{line} is not in\n{}", ended.stderr);
    }
}

#[test]
fn clusters_come_with_commits() {
    let folder = Folder::new();
    let repository = Repository::new(folder.path(), FILES);
    let mut up = Up::start(repository.path(), &[]);
    up.wait_all_ready(&["estuary flux-system/tides"]);
    let sync = |name: &str| {
        let text = FILES.split("//- clusters/estuary/tides.yaml").next().unwrap();
        text.replace("clusters/estuary", &format!("clusters/{name}"))
    };
    repository.commit(&sync("delta"));
    up.wait_all_ready(&["delta flux-system/flux-system"]);
    assert!(
        up.cluster("delta").list("v1", "Namespace").iter().any(|it| it.name() == "flux-system")
    );
}
