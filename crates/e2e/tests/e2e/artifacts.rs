//! Artifacts of a registry on loopback: pushed, pulled, and arriving in a cluster.

use std::fs;
use std::process::Command;

use testkit::check_eq;
use testkit::registry::{DockerRegistry, Wants};

use crate::binary::binary;
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
//- clusters/estuary/soundings.yaml
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: soundings, namespace: flux-system}
spec:
  interval: 1s
  url: oci://HOST/tides/soundings
  ref: {semver: 1.x}
  secretRef: {name: soundings}
---
apiVersion: v1
kind: Secret
metadata: {name: soundings, namespace: flux-system}
type: kubernetes.io/dockerconfigjson
stringData:
  .dockerconfigjson: '{\"auths\": {\"HOST\": {\"username\": \"me\", \"password\": \"canary-7\"}}}'
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: soundings, namespace: flux-system}
spec:
  interval: 10m
  path: ./
  prune: true
  wait: true
  targetNamespace: default
  sourceRef: {kind: OCIRepository, name: soundings}
";

/// Files with a map, and a picture that no artifact has.
fn write(folder: &Folder, fathoms: &str) {
    let map = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: depth}}\ndata: {{fathoms: '{fathoms}'}}\n"
    );
    fs::create_dir_all(folder.path().join("maps")).unwrap();
    fs::write(folder.path().join("maps/map.yaml"), map).unwrap();
    fs::write(folder.path().join("maps/map.png"), "p").unwrap();
}

/// What the command prints.
fn nauarch(arguments: &[&str]) -> String {
    let output = Command::new(binary("nauarch")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn push(folder: &Folder, url: &str, revision: &str) -> String {
    let path = folder.path().join("maps").display().to_string();
    let pushed = nauarch(&[
        "push",
        "artifact",
        url,
        "--path",
        &path,
        "--source",
        "https://git.example.org/tides/soundings",
        "--revision",
        revision,
        "--creds",
        "me:canary-7",
        "-o",
        "json",
    ]);
    let digest = pushed.split_once("\"digest\": \"").unwrap().1;
    digest.split('"').next().unwrap().to_owned()
}

#[test]
fn what_is_pushed_arrives() {
    let wants = Wants { password: true, ..Wants::default() };
    let Some(registry) = DockerRegistry::start(&wants) else { return };
    let (folder, files) = (Folder::new(), Folder::new());
    write(&files, "3");
    let at = |tag: &str| registry.url(&format!("tides/soundings:{tag}"));
    push(&files, &at("1.0.0"), "main@sha1:1");
    let pulled = Folder::new();
    let output = pulled.path().display().to_string();
    nauarch(&["pull", "artifact", &at("1.0.0"), "--output", &output, "--creds", "me:canary-7"]);
    let names: Vec<String> = testkit::folder(pulled.path()).into_keys().collect();
    check_eq(&names.join(" "), "map.yaml");

    let fleet = folder.path().join("fleet");
    Repository::new(&fleet, &FLEET.replace("HOST", &registry.host));
    let mut up = Up::start(&fleet, &["--source", "flux-system"]);
    let fathoms = |up: &Up| {
        let map = ("v1", "ConfigMap", "default", "depth");
        up.cluster("estuary").field(map, &["data", "fathoms"])
    };
    up.wait_all_ready(&["estuary flux-system/soundings"]);
    assert_eq!(fathoms(&up), "3");
    write(&files, "4");
    let digest = push(&files, &at("1.1.0"), "main@sha1:2");
    up.wait_for("ready", &[("revision", &format!("1.1.0@{digest}"))]);
    assert_eq!(fathoms(&up), "4");
    let kustomization =
        ("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-system", "soundings");
    let origin = ["status", "lastAppliedOriginRevision"];
    assert_eq!(up.cluster("estuary").field(kustomization, &origin), "main@sha1:2");
    assert!(!up.transcript().contains("canary"));
}

#[test]
fn what_is_not_signed_does_not_arrive() {
    let Some(registry) = DockerRegistry::start(&Wants::default()) else { return };
    let (folder, files) = (Folder::new(), Folder::new());
    write(&files, "3");
    push(&files, &registry.url("tides/soundings:1.0.0"), "main@sha1:1");
    let key = "-----BEGIN PUBLIC KEY-----\n    \
               MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n    \
               -----END PUBLIC KEY-----\n";
    let verify = format!(
        "verify: {{secretRef: {{name: keys}}}}\n---\napiVersion: v1\nkind: Secret\n\
         metadata: {{name: keys, namespace: flux-system}}\nstringData:\n  a.pub: |\n    {key}---"
    );
    let fleet = FLEET.replace("HOST", &registry.host);
    let fleet = fleet.replacen("secretRef: {name: soundings}\n---", &verify, 1);
    Repository::new(&folder.path().join("fleet"), &fleet);
    let mut up = Up::start(&folder.path().join("fleet"), &["--source", "flux-system"]);
    let source = ("source", "OCIRepository/flux-system/soundings");
    let event = up.wait_for("unreachable", &[source]);
    let reason = event.text("reason");
    assert!(reason.contains("it is not signed"), "{reason}");
}
