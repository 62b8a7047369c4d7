//! Bad input: a line with the cause and the next step, and the other clusters come up.

use std::net::TcpListener;
use std::process::Command;

use crate::binary::binary;
use crate::repository::{Folder, Repository};
use crate::up::{Ended, Up};

/// A cluster's file with a Kustomization that applies `path`.
fn cluster(name: &str, path: &str) -> String {
    format!(
        "\
//- clusters/{name}.yaml
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: shelf
  namespace: bay
spec:
  interval: 1m
  url: https://git.example.org/shelf
  ref:
    branch: main
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: sand
  namespace: bay
spec:
  interval: 10m
  timeout: 1m
  path: ./{path}
  prune: true
  sourceRef:
    kind: GitRepository
    name: shelf
"
    )
}

const SAND: &str = "\
//- sand/grain.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: grain
  namespace: bay
";

/// Runs `up --once` on these files; gives its events and its end.
fn once(files: &str, args: &[&str]) -> (String, Ended) {
    let folder = Folder::new();
    let repository = Repository::new(folder.path(), files);
    let mut all = vec!["--once"];
    all.extend(args);
    let mut up = Up::start(repository.path(), &all);
    up.wait_for("end", &[]);
    let transcript = up.transcript();
    (transcript, up.ended())
}

/// Runs `nauarch up`, which ends at once; gives stderr and the exit code.
fn fails(args: &[&str]) -> String {
    let output = Command::new(binary("nauarch")).arg("up").args(args).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    format!("{stderr}exit {}", output.status.code().unwrap_or(-1))
}

/// Brings up two clusters, `east` and `west`, where `data` keeps the first one from it; gives stderr.
fn only_west_comes_up(data: Folder) -> String {
    let folder = Folder::new();
    let files = format!("{}{}{SAND}", cluster("east", "sand"), cluster("west", "sand"));
    let repository = Repository::new(folder.path(), &files);
    let mut up = Up::start_in(data, &[repository.path().to_str().unwrap(), "--once"]);
    up.wait_for("end", &[]);
    has(&up.transcript(), &["\"ready\",\"cluster\":\"west\""]);
    let ended = up.ended();
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    ended.stderr
}

fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in\n{text}");
    }
}

#[test]
fn a_port_in_use() {
    // Below those that the system gives to others meanwhile; the one after it is free.
    let bind = |port: u16| TcpListener::bind(("127.0.0.1", port)).ok();
    let mut ports = (20_000..30_000_u16).step_by(2).filter_map(|port| {
        let (taken, next) = (bind(port)?, bind(port + 1)?);
        drop(next);
        Some((port, taken))
    });
    let (port, _taken) = ports.next().unwrap();
    let files = format!("{}{}{SAND}", cluster("east", "sand"), cluster("west", "sand"));
    let (transcript, ended) = once(&files, &["--port-base", &port.to_string()]);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    let line = format!("error: east: port {port} is in use; choose other ports with --port-base");
    has(&ended.stderr, &[&line]);
    has(&transcript, &["\"ready\",\"cluster\":\"west\""]);
}

#[test]
fn repositories_that_are_none() {
    let folder = Folder::new();
    let path = folder.path().to_str().unwrap();
    let nowhere = format!("{path}/nowhere");
    has(&fails(&[&nowhere]), &["error: there is no folder `", "exit 2"]);
    has(&fails(&[path]), &["there is no folder `clusters`", "help: ", "exit 2"]);
    let git = Command::new("git").args(["init", "--quiet", path]).status();
    // Without Git there is nobody who could make such a repository.
    if git.is_ok_and(|status| status.success()) {
        has(&fails(&[path]), &["has no commits: commit something first", "exit 2"]);
    }
}

#[test]
fn a_file_without_a_kustomization() {
    let folder = Folder::new();
    let files = "//- clusters/east.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let repository = Repository::new(folder.path(), files);
    let text = fails(&[repository.path().to_str().unwrap()]);
    has(
        &text,
        &["no file in it is a cluster", "help: a cluster is a file with a source", "exit 2"],
    );
}

#[test]
fn a_file_without_a_kustomization_beside_a_cluster() {
    let unfinished = cluster("west", "sand");
    let unfinished = unfinished.split("---").next().unwrap();
    let (transcript, ended) = once(&format!("{}{unfinished}{SAND}", cluster("east", "sand")), &[]);
    has(
        &transcript,
        &["\"ready\",\"cluster\":\"east\"", "has no Kustomization, so it is no cluster"],
    );
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

#[test]
fn two_clusters_of_one_name() {
    let folder = cluster("east", "sand").replace("clusters/east.yaml", "clusters/east/all.yaml");
    let files = format!("{}{}{}{SAND}", cluster("east", "sand"), folder, cluster("west", "sand"));
    let (transcript, ended) = once(&files, &[]);
    assert_eq!(ended.code, Some(2), "{transcript}");
    has(
        &transcript,
        &["two clusters are called `east`", "\"help\":\"rename or delete one of them\""],
    );
    has(&transcript, &["\"ready\",\"cluster\":\"west\""]);
}

#[test]
fn a_branch_that_is_not_there() {
    let files = format!("{}{SAND}", cluster("east", "sand").replace(": main", ": release"));
    let (transcript, ended) = once(&files, &[]);
    assert_eq!(ended.code, Some(0), "{transcript}");
    let said = "GitRepository/bay/shelf names the branch `release`: there is no branch `release`";
    has(&transcript, &[said, "the branch `main`, which is checked out, is taken"]);
    assert_eq!(transcript.matches("names the branch").count(), 1, "{transcript}");
}

#[test]
fn an_object_that_the_server_refuses() {
    let bad = "\
//- bad/good.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: good
  namespace: bay
//- bad/service.yaml
apiVersion: v1
kind: Service
metadata:
  name: refused
  namespace: bay
spec:
  ports:
  - port: 123456
";
    let files = format!("{}{}{SAND}{bad}", cluster("east", "bad"), cluster("west", "sand"));
    let (transcript, ended) = once(&files, &["--timeout", "20s"]);
    assert_eq!(ended.code, Some(1), "{transcript}");
    has(&ended.stderr, &["error: east: Kustomization bay/sand", "Service", "spec.ports[0].port"]);
    has(&transcript, &["bad/service.yaml:1", "\"ready\",\"cluster\":\"west\""]);
}

#[test]
fn a_kubeconfig_that_cannot_be_written() {
    let data = Folder::new();
    // Where the file should go, there is a folder.
    std::fs::create_dir_all(data.path().join("data/kubeconfigs/east/x")).unwrap();
    has(
        &only_west_comes_up(data),
        &["error: east: the kubeconfig ", "cannot be written", "--data"],
    );
}

#[test]
fn data_that_is_not_ours() {
    let data = Folder::new();
    std::fs::create_dir_all(data.path().join("data/clusters")).unwrap();
    std::fs::write(data.path().join("data/clusters/east"), "half a file").unwrap();
    has(&only_west_comes_up(data), &["error: east: ", "data/clusters/east", "move it away"]);
}

#[test]
fn a_finalizer_that_nobody_takes_away() {
    let files = format!("{}{SAND}", cluster("east", "sand"));
    let folder = Folder::new();
    let repository = Repository::new(folder.path(), &files);
    let mut up = Up::start(repository.path(), &[]);
    up.wait_all_ready(&["east bay/sand"]);
    let grain = ("v1", "ConfigMap", "bay", "grain");
    up.cluster("east").patch(
        grain,
        "somebody",
        r#"{"metadata": {"finalizers": ["example.org/wait"]}}"#,
    );
    repository.remove("sand/grain.yaml");
    let other = SAND.replace("grain", "pebble");
    let revision = repository.commit(&other);
    up.wait_ready("east", "bay/sand", &revision);
    let stuck = up.wait_for("warning", &[("cluster", "east")]);
    let cause =
        "ConfigMap/bay/grain is being deleted and does not go: it waits for example.org/wait";
    assert_eq!(stuck.text("message"), cause);
    has(&stuck.text("help"), &["kubectl -n bay patch configmap grain"]);
}
