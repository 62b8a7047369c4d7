//! A fleet reacts: to commits, to people, to other controllers, to mistakes.

use std::time::{Duration, Instant};

use manifest::Object;

use crate::cluster::asked;
use crate::repository::{Folder, Repository};
use crate::up::Up;

/// How soon a change has to be everywhere: two seconds, of a release build on a machine that has
/// nothing else to do. This is neither.
const SOON: Duration = Duration::from_secs(20);

/// How long nothing may happen.
const QUIET: Duration = Duration::from_secs(2);

/// Two clusters, `harbour` and `lagoon`, that run the same stack with a difference of their own.
fn files() -> String {
    let mut files = String::from(
        "
//- stacks/shared/kustomization.yaml
resources:
- space.yaml
- gate.yaml
- note.yaml
//- stacks/shared/space.yaml
apiVersion: v1
kind: Namespace
metadata:
  name: quay
//- stacks/shared/note.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: note
  namespace: quay
data:
  text: first
//- stacks/shared/gate.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: gate
  namespace: quay
spec:
  replicas: 2
  selector:
    matchLabels:
      app: gate
  template:
    metadata:
      labels:
        app: gate
    spec:
      containers:
      - name: gate
        image: example.org/gate:1
",
    );
    for name in ["harbour", "lagoon"] {
        files.push_str(&format!(
            "\
//- stacks/{name}/kustomization.yaml
resources:
- ../shared
- own.yaml
//- stacks/{name}/own.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: own
  namespace: quay
data:
  where: {name}
//- clusters/{name}.yaml
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: charts-and-maps
  namespace: gitops
spec:
  interval: 1m
  url: https://git.example.org/port/charts-and-maps
  ref:
    branch: main
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: stack
  namespace: gitops
spec:
  interval: 10m
  path: ./stacks/{name}
  prune: true
  wait: true
  timeout: 1m
  sourceRef:
    kind: GitRepository
    name: charts-and-maps
"
        ));
    }
    files
}

const GATE: (&str, &str, &str, &str) = ("apps/v1", "Deployment", "quay", "gate");
const NOTE: (&str, &str, &str, &str) = ("v1", "ConfigMap", "quay", "note");
const OWN: (&str, &str, &str, &str) = ("v1", "ConfigMap", "quay", "own");

fn start() -> (Folder, Repository, Up) {
    let folder = Folder::new();
    let repository = Repository::new(folder.path(), &files());
    let mut up = Up::start(repository.path(), &[]);
    up.wait_all_ready(&["harbour gitops/stack", "lagoon gitops/stack"]);
    (folder, repository, up)
}

#[test]
fn a_commit_reaches_whom_it_concerns_and_nobody_else() {
    let (_folder, repository, mut up) = start();
    let (harbour, lagoon) = (up.cluster("harbour"), up.cluster("lagoon"));
    // What belongs to the start is over when nothing comes any more.
    assert_eq!(up.quiet(QUIET), Vec::<String>::new());
    let (of_harbour, of_lagoon) = (harbour.requests(), lagoon.requests());
    assert_eq!(up.quiet(QUIET), Vec::<String>::new());
    assert_eq!(asked(&of_harbour, &harbour.requests()), Vec::<String>::new(), "idle");

    let begun = Instant::now();
    let revision = repository.edit("stacks/harbour/own.yaml", "where: harbour", "where: here");
    up.wait_ready("harbour", "gitops/stack", &revision);
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    assert_eq!(harbour.field(OWN, &["data", "where"]), "here");
    assert_eq!(up.quiet(QUIET).iter().filter(|line| line.contains("\"ready\"")).count(), 0);
    assert_eq!(asked(&of_lagoon, &lagoon.requests()), ["1 "; 0], "the other cluster");
    // The one that it concerns was asked for the one object and the status, not for everything.
    let asked = asked(&of_harbour, &harbour.requests());
    assert!(asked.len() < 8, "{asked:?}");
}

#[test]
fn files_count_as_they_are_saved() {
    let folder = Folder::new();
    let repository = Repository::new(folder.path(), &files());
    let mut up = Up::start(repository.path(), &["--worktree"]);
    up.wait_all_ready(&["harbour gitops/stack", "lagoon gitops/stack"]);
    repository.write("//- stacks/shared/note.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: note, namespace: quay}\ndata: {text: saved}\n");
    up.wait_all_ready(&["harbour gitops/stack", "lagoon gitops/stack"]);
    assert_eq!(up.cluster("lagoon").field(NOTE, &["data", "text"]), "saved");
}

#[test]
fn what_people_change_is_put_right_and_said() {
    let (_folder, _repository, mut up) = start();
    let harbour = up.cluster("harbour");
    let begun = Instant::now();
    harbour.patch(GATE, "kubectl", r#"{"spec": {"replicas": 5}}"#);
    let drift = up.wait_for("drift", &[("cluster", "harbour")]);
    assert!(drift.json().contains("spec.replicas"), "{}", drift.json());
    assert!(drift.json().contains("kubectl"), "{}", drift.json());
    up.wait_for("ready", &[("cluster", "harbour")]);
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    assert_eq!(harbour.field(GATE, &["spec", "replicas"]), "2");

    harbour.delete(NOTE);
    let drift = up.wait_for("drift", &[("cluster", "harbour")]);
    assert!(drift.json().contains("\"name\":\"note\""), "{}", drift.json());
    up.wait_for("ready", &[("cluster", "harbour")]);
    assert_eq!(harbour.field(NOTE, &["data", "text"]), "first");
    assert_eq!(up.quiet(QUIET), Vec::<String>::new());
}

#[test]
fn a_field_that_git_does_not_set_stays_with_its_manager() {
    let (_folder, repository, mut up) = start();
    let revision = repository.edit("stacks/shared/gate.yaml", "  replicas: 2\n", "");
    up.wait_ready("lagoon", "gitops/stack", &revision);
    let lagoon = up.cluster("lagoon");
    let scaled = r#"{"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "gate", "namespace": "quay"}, "spec": {"replicas": 4}}"#;
    lagoon.apply(scaled, "autoscaler");
    let revision = repository.edit("stacks/shared/gate.yaml", "gate:1", "gate:2");
    up.wait_ready("lagoon", "gitops/stack", &revision);
    assert_eq!(lagoon.field(GATE, &["spec", "replicas"]), "4");
    assert!(!up.transcript().contains("\"drift\""), "{}", up.transcript());
}

#[test]
fn what_goes_from_git_goes_and_nothing_else() {
    let (_folder, repository, mut up) = start();
    let harbour = up.cluster("harbour");
    let stranger = r#"{"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "by-hand", "namespace": "quay"}, "data": {"a": "b"}}"#;
    harbour.apply(stranger, "somebody");
    repository.remove("stacks/harbour/own.yaml");
    let revision = repository.edit("stacks/harbour/kustomization.yaml", "- own.yaml\n", "");
    up.wait_ready("harbour", "gitops/stack", &revision);
    assert!(harbour.get(OWN).is_none());
    assert!(harbour.get(("v1", "ConfigMap", "quay", "by-hand")).is_some());
    assert_eq!(harbour.field(NOTE, &["data", "text"]), "first");
    assert!(up.cluster("lagoon").get(OWN).is_some());
}

#[test]
fn a_broken_commit_changes_nothing_and_heals() {
    let (_folder, repository, mut up) = start();
    let harbour = up.cluster("harbour");
    let before: Vec<_> = harbour.list("v1", "ConfigMap").iter().map(Object::id).collect();
    repository.edit("stacks/shared/kustomization.yaml", "- note.yaml", "- nota.yaml");
    let failed = up.wait_for("failed", &[("cluster", "harbour"), ("reason", "BuildFailed")]);
    assert!(failed.json().contains("stacks/shared/kustomization.yaml:"), "{}", failed.json());
    assert!(failed.json().contains("nota.yaml"), "{}", failed.json());
    let after: Vec<_> = harbour.list("v1", "ConfigMap").iter().map(Object::id).collect();
    assert_eq!(before, after);
    let revision =
        repository.edit("stacks/shared/kustomization.yaml", "- nota.yaml", "- note.yaml");
    up.wait_all_ready_at(&["harbour gitops/stack", "lagoon gitops/stack"], &revision);
}

#[test]
fn what_does_not_become_healthy_holds_back_what_depends_on_it() {
    let folder = Folder::new();
    let repository = Repository::at(folder.path());
    repository.write(&files());
    repository.write(
        "
//- stacks/after/late.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: late
  namespace: quay
//- clusters/harbour-after.yaml
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: after
  namespace: gitops
spec:
  dependsOn:
  - name: stack
  interval: 10m
  path: ./stacks/after
  prune: true
  sourceRef:
    kind: GitRepository
    name: charts-and-maps
",
    );
    let gate = folder.path().join("stacks/shared/gate.yaml");
    let text = std::fs::read_to_string(&gate).unwrap();
    let text = text.replace("gate:1", "gate:does-not-exist");
    let text = text.replace("  replicas: 2", "  replicas: 2\n  progressDeadlineSeconds: 3");
    std::fs::write(&gate, text).unwrap();
    repository.init();
    let mut up = Up::start(repository.path(), &[]);
    let failed = up.wait_for("failed", &[("cluster", "harbour"), ("reason", "HealthCheckFailed")]);
    assert!(failed.json().contains("ImagePullBackOff"), "{}", failed.json());
    let harbour = up.cluster("harbour");
    let late = ("v1", "ConfigMap", "quay", "late");
    assert!(harbour.get(late).is_none());
    let waits = harbour.get(("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "gitops", "after"));
    let waits = format!("{:?}", waits.unwrap().root().get("status"));
    assert!(waits.contains("DependencyNotReady"), "{waits}");
    assert_once_fails(&repository);
    repository.edit("stacks/shared/gate.yaml", "gate:does-not-exist", "gate:2");
    up.wait_all_ready(&["harbour gitops/after", "lagoon gitops/after"]);
    assert!(harbour.get(late).is_some());
}

/// `--once` names cluster, object and cause, and what is held back.
fn assert_once_fails(repository: &Repository) {
    let mut once = Up::start(repository.path(), &["--once"]);
    once.wait_for("end", &[("ready", "0"), ("failed", "4")]);
    let ended = once.ended();
    assert_eq!(ended.code, Some(1));
    for line in [
        "error: harbour: Kustomization gitops/stack failed (HealthCheckFailed): Deployment/quay/gate: ",
        "ImagePullBackOff",
        "error: lagoon: Kustomization gitops/after waits for gitops/stack, which failed",
    ] {
        assert!(ended.stderr.contains(line), "{line} is not in\n{}", ended.stderr);
    }
}

#[test]
fn what_a_cluster_file_drops_goes() {
    let (_folder, repository, mut up) = start();
    let file = repository.path().join("clusters/harbour.yaml");
    let before = std::fs::read_to_string(&file).unwrap();
    let second = before.split("---\n").nth(1).unwrap();
    let second =
        second.replace("name: stack", "name: more").replace("stacks/harbour", "stacks/more");
    repository.write(&format!("//- clusters/harbour.yaml\n{before}---\n{second}"));
    repository.commit(
        "
//- stacks/more/more.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: more
  namespace: quay
",
    );
    up.wait_all_ready(&["harbour gitops/more"]);
    repository.commit(&format!("//- clusters/harbour.yaml\n{before}"));
    up.wait_for("gone", &[("cluster", "harbour"), ("kustomization", "gitops/more")]);
    let harbour = up.cluster("harbour");
    assert!(harbour.get(("v1", "ConfigMap", "quay", "more")).is_none());
    assert!(harbour.get(NOTE).is_some());
}

#[test]
fn clusters_go_on_where_they_were() {
    let folder = Folder::new();
    let repository = Repository::new(folder.path(), &files());
    let path = repository.path().to_str().unwrap();
    let mut up = Up::start_in(Folder::new(), &[path]);
    up.wait_all_ready(&["harbour gitops/stack", "lagoon gitops/stack"]);
    let uid = up.cluster("harbour").field(NOTE, &["metadata", "uid"]);
    let ended = up.stop();
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    // While nobody is there, something is changed.
    let revision = repository.edit("stacks/lagoon/own.yaml", "where: lagoon", "where: here");
    let mut up = Up::start_in(ended.data, &[path]);
    up.wait_all_ready_at(&["harbour gitops/stack", "lagoon gitops/stack"], &revision);
    assert_eq!(up.cluster("harbour").field(NOTE, &["metadata", "uid"]), uid);
    assert_eq!(up.cluster("lagoon").field(OWN, &["data", "where"]), "here");
}
