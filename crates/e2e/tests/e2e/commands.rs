//! The commands that ask and change the clusters of a running fleet.

use std::path::Path;
use std::process::Command;

use crate::binary::binary;
use crate::repository::{Folder, Repository};
use crate::up::Up;

const FILES: &str = "
//- clusters/atoll.yaml
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: reef
  namespace: sea
spec:
  interval: 1m
  url: https://git.example.org/reef
  ref:
    branch: main
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: corals
  namespace: sea
spec:
  interval: 10m
  path: ./corals
  prune: true
  sourceRef:
    kind: GitRepository
    name: reef
//- corals/brain.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: brain
  namespace: sea
data:
  colour: red
//- corals/key.yaml
apiVersion: v1
kind: Secret
metadata:
  name: key
  namespace: sea
stringData:
  word: abyss
";

/// Runs a command on the fleet; gives stdout, stderr and the exit code.
fn run(up: &Up, args: &[&str]) -> String {
    run_with(up.kubeconfig(), args)
}

fn run_with(kubeconfig: &Path, args: &[&str]) -> String {
    let mut command = Command::new(binary("nauarch"));
    let output = command.args(args).arg("--kubeconfig").arg(kubeconfig).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code().unwrap_or(-1);
    format!("{}{}exit {code}\n", text(&output.stdout), text(&output.stderr))
}

/// Checks that what a command prints has these parts, in this order.
fn check(up: &Up, args: &[&str], parts: &[&str]) {
    let text = run(up, args);
    let mut rest = text.as_str();
    for part in parts {
        let at = rest.find(part).unwrap_or_else(|| panic!("{args:?}: no `{part}` in\n{text}"));
        rest = &rest[at + part.len()..];
    }
}

fn diff(up: &Up, path: &Path) -> String {
    run(up, &["diff", "kustomization", "corals", "--path", path.to_str().unwrap()])
}

#[test]
fn ask_and_change() {
    let folder = Folder::new();
    let repository = Repository::new(folder.path(), FILES);
    let mut up = Up::start(repository.path(), &[]);
    up.wait_all_ready(&["atoll sea/corals"]);

    let columns = ["CLUSTER", "NAME", "REVISION", "SUSPENDED", "READY", "MESSAGE"];
    let row = ["atoll", "corals", "main@sha1:", "False", "True", "Applied revision: main@sha1:"];
    check(&up, &["get", "kustomizations"], &[&columns[..], &row[..], &["exit 0"][..]].concat());
    let source = ["atoll", "gitrepository/reef", "main@sha1:", "False", "True"];
    check(&up, &["get", "sources"], &[&source[..], &["exit 0"]].concat());
    check(
        &up,
        &["get", "all", "-A"],
        &["sea", "gitrepository/reef", "sea", "kustomization/corals"],
    );
    check(&up, &["get", "ks", "-n", "elsewhere"], &["no Kustomization objects found", "exit 1"]);
    check(&up, &["get", "ks", "--cluster", "atol"], &["did you mean `atoll`?", "exit 2"]);
    let tree =
        ["Kustomization/sea/corals", "├── ConfigMap/sea/brain", "└── Secret/sea/key", "exit 0"];
    check(&up, &["tree", "kustomization", "corals"], &tree);
    let event =
        ["LAST SEEN", "Normal", "ReconciliationSucceeded", "Kustomization/corals", "exit 0"];
    check(&up, &["events", "--for", "Kustomization/corals"], &event);

    let reconciled = [
        "► atoll: annotating GitRepository reef in sea namespace",
        "✔ atoll: fetched revision main@sha1:",
        "► atoll: annotating Kustomization corals in sea namespace",
        "✔ atoll: applied revision main@sha1:",
        "exit 0",
    ];
    check(&up, &["reconcile", "kustomization", "corals", "--with-source"], &reconciled);

    check(
        &up,
        &["suspend", "kustomization", "corals"],
        &["✔ atoll: kustomization suspended", "exit 0"],
    );
    up.wait_for("suspended", &[("kustomization", "sea/corals")]);
    check(&up, &["reconcile", "kustomization", "corals"], &["is suspended", "exit 1"]);
    let revision = repository.edit("corals/brain.yaml", "red", "green");
    assert_eq!(
        up.cluster("atoll").field(("v1", "ConfigMap", "sea", "brain"), &["data", "colour"]),
        "red"
    );
    check(
        &up,
        &["resume", "kustomization", "--all"],
        &["✔ atoll: applied revision main@sha1:", "exit 0"],
    );
    up.wait_ready("atoll", "sea/corals", &revision);

    let kubeconfig = up.kubeconfig().to_owned();
    let ended = up.stop();
    let text = run_with(&kubeconfig, &["get", "kustomizations"]);
    assert!(text.contains("error: atoll: cannot reach https://127.0.0.1:"), "{text}");
    assert!(text.ends_with("exit 3\n"), "{text}");
    drop(ended);
}

#[test]
fn differences() {
    let folder = Folder::new();
    let repository = Repository::new(folder.path(), FILES);
    let mut up = Up::start(repository.path(), &[]);
    up.wait_all_ready(&["atoll sea/corals"]);
    let path = folder.path().join("corals");
    assert_eq!(diff(&up, &path), "exit 0\n");
    repository.write(
        "
//- corals/brain.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: other
  namespace: sea
//- corals/key.yaml
apiVersion: v1
kind: Secret
metadata:
  name: key
  namespace: sea
stringData:
  word: trench
",
    );
    let text = diff(&up, &path);
    let expected = "\
► ConfigMap/sea/other created
► Secret/sea/key drifted

data.word
± value change
- *** (before)
+ *** (after)

► ConfigMap/sea/brain deleted
exit 1
";
    assert_eq!(text.trim_start_matches("atoll:\n"), expected);
    let nowhere = diff(&up, &folder.path().join("nowhere"));
    assert!(nowhere.ends_with("exit 2\n"), "{nowhere}");
}
