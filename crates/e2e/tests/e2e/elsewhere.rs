//! A source that is elsewhere: a Git server on loopback.

use testkit::server::{Git, has_git, serve};

use crate::repository::{Folder, Repository};
use crate::up::Up;

const FLEET: &str = "
//- clusters/estuary/flux-system/gotk-sync.yaml
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec:
  interval: 1m
  url: ssh://git@git.example.org/tides/estuary
  ref: {branch: main}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec:
  interval: 10m
  path: ./clusters/estuary
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
//- clusters/estuary/elsewhere.yaml
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: elsewhere, namespace: flux-system}
spec:
  interval: 1s
  url: ADDRESS/elsewhere/.git
  ref: {branch: main}
  secretRef: {name: elsewhere}
---
apiVersion: v1
kind: Secret
metadata: {name: elsewhere, namespace: flux-system}
stringData: {username: me, password: canary-7}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: elsewhere, namespace: flux-system}
spec:
  interval: 10m
  path: ./
  prune: true
  wait: true
  targetNamespace: default
  sourceRef: {kind: GitRepository, name: elsewhere}
";

const ELSEWHERE: &str = "
//- map.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: depth}
data: {fathoms: '3'}
";

#[test]
fn what_is_committed_elsewhere_arrives() {
    if !has_git() {
        return;
    }
    let folder = Folder::new();
    let git = Git::new(folder.path().to_owned(), Some("Basic bWU6Y2FuYXJ5LTc="));
    let address = serve(move |asked| git.answer(asked));
    let elsewhere = Repository::new(&folder.path().join("elsewhere"), ELSEWHERE);
    let fleet = folder.path().join("fleet");
    Repository::new(&fleet, &FLEET.replace("ADDRESS", &address));
    let mut up = Up::start(&fleet, &["--source", "flux-system"]);
    let fathoms = |up: &Up| {
        let map = ("v1", "ConfigMap", "default", "depth");
        up.cluster("estuary").field(map, &["data", "fathoms"])
    };
    up.wait_all_ready(&["estuary flux-system/elsewhere"]);
    assert_eq!(fathoms(&up), "3");
    let next = elsewhere.commit(&ELSEWHERE.replace("'3'", "'4'"));
    up.wait_for("ready", &[("revision", &next)]);
    assert_eq!(fathoms(&up), "4");
    assert!(!up.transcript().contains("canary"));
}

const INCLUDING: &str = "
//- clusters/estuary/flux-system/gotk-sync.yaml
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec:
  interval: 1m
  url: ssh://git@git.example.org/tides/estuary
  ref: {branch: main}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec:
  interval: 10m
  path: ./clusters/estuary
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
//- clusters/estuary/elsewhere.yaml
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: charts, namespace: flux-system}
spec:
  interval: 1s
  url: ADDRESS/charts/.git
  ref: {branch: main}
  sparseCheckout: [depths]
  include:
  - repository: {name: soundings}
    fromPath: maps
    toPath: depths/maps
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: soundings, namespace: flux-system}
spec:
  interval: 1s
  url: ADDRESS/soundings/.git
  ref: {branch: main}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: charts, namespace: flux-system}
spec:
  interval: 10m
  path: ./depths
  prune: true
  wait: true
  targetNamespace: default
  sourceRef: {kind: GitRepository, name: charts}
";

const CHARTS: &str = "
//- depths/kustomization.yaml
resources: [maps/depth.yaml]
//- ignored/other.yaml
nothing: here
";

const SOUNDINGS: &str = "
//- maps/depth.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: depth}
data: {fathoms: '3'}
//- maps/logo.png
left out
";

/// The archive's digest, which Flux's source-controller gives for the same files, stands in the status.
#[test]
fn what_is_included_arrives() {
    if !has_git() {
        return;
    }
    let folder = Folder::new();
    let git = Git::new(folder.path().to_owned(), None);
    let address = serve(move |asked| git.answer(asked));
    Repository::new(&folder.path().join("charts"), CHARTS);
    let soundings = Repository::new(&folder.path().join("soundings"), SOUNDINGS);
    let fleet = folder.path().join("fleet");
    Repository::new(&fleet, &INCLUDING.replace("ADDRESS", &address));
    let mut up = Up::start(&fleet, &["--source", "flux-system"]);
    let fathoms = |up: &Up| {
        let map = ("v1", "ConfigMap", "default", "depth");
        up.cluster("estuary").field(map, &["data", "fathoms"])
    };
    let digest = |up: &Up| {
        let charts = ("source.toolkit.fluxcd.io/v1", "GitRepository", "flux-system", "charts");
        up.cluster("estuary").field(charts, &["status", "artifact", "digest"])
    };
    up.wait_all_ready(&["estuary flux-system/charts"]);
    assert_eq!(fathoms(&up), "3");
    let before = digest(&up);
    assert_eq!(before, "sha256:57474f8daa6d3f0bb16a0ed3d42e807d1aa18c18898e740a5935037ad6b498ae");
    soundings.commit(&SOUNDINGS.replace("'3'", "'4'"));
    up.wait_for("ready", &[("kustomization", "flux-system/charts")]);
    assert_eq!(fathoms(&up), "4");
    assert_ne!(digest(&up), before);
}
