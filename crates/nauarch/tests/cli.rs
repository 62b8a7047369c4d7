//! The command line as a user meets it: what is printed, and the exit code. Drives the real binary.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;

use testkit::{check_eq, golden};

/// Runs nauarch in the repository's root; gives stdout, stderr and the exit code as one text.
fn run(args: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_nauarch"))
        .args(args.split_whitespace())
        .current_dir("../..")
        .output()
        .expect("the binary was built for this test");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code().map_or("killed".to_owned(), |code| code.to_string());
    format!("{}{}exit {code}\n", text(&output.stdout), text(&output.stderr))
}

fn check(args: &str, expected: &str) {
    check_eq(&run(args), expected);
}

#[test]
fn usage() {
    check(
        "rendr",
        "
error: unrecognized subcommand 'rendr'

  tip: a similar subcommand exists: 'render'

Usage: nauarch <COMMAND>

For more information, try '--help'.
exit 2",
    );
}

#[test]
fn version() {
    check(
        "version",
        "
nauarch 0.1.0
kustomize v5.8.1
kubernetes v1.36
exit 0",
    );
}

#[test]
fn the_reference_of_commands() {
    let commands = [
        "up",
        "get",
        "get kustomizations",
        "get sources",
        "tree kustomization",
        "events",
        "reconcile kustomization",
        "reconcile source",
        "suspend kustomization",
        "suspend source",
        "resume kustomization",
        "diff kustomization",
        "push artifact",
        "pull artifact",
        "render",
        "build",
        "completion",
        "version",
    ];
    let mut text = String::from(
        "# The commands\n\nWritten by a test from the commands' own help: `UPDATE_EXPECT=1 cargo test -p nauarch` writes it again.\n\n\
         Results go to stdout, everything else to stderr. Exit codes: 0 done, 1 differences or findings, 2 bad usage or\n\
         input, 3 a cluster could not be reached, 4 a mistake of ours; the highest that applies. `diff kustomization` has\n\
         flux's: 0 nothing, 1 something, 2 and more an error. What [`up`](up.md) does has a page of its own.\n\n\
         `get`, `tree`, `events`, `reconcile`, `suspend`, `resume` and `diff` ask the clusters of a kubeconfig: with that of a\n\
         fleet (`nauarch up` writes it) all of them, else the current context. Columns and messages are flux's, with the\n\
         cluster before them where there are several.\n",
    );
    for command in commands {
        let help = run(&format!("{command} --help"));
        let help = help.strip_suffix("exit 0\n").unwrap_or(&help);
        let help: String =
            help.trim_end().lines().map(|line| format!("{}\n", line.trim_end())).collect();
        text.push_str(&format!("\n## nauarch {command}\n\n```\n{help}```\n"));
    }
    golden("../../docs/commands.md", &text);
    let listed = run("--help");
    for command in commands {
        let first = command.split(' ').next().unwrap_or_default();
        assert!(listed.contains(&format!("\n  {first} ")), "{first} is not in\n{listed}");
    }
}

/// The golden files are what kustomize 5.8.1 and kubectl 1.32 print.
#[test]
fn build_writes_what_kustomize_writes() {
    for overlay in ["us-east", "eu-west", "ap-southeast"] {
        let built = run(&format!("build examples/fleet/overlays/{overlay}"));
        let yaml = built.split("warning: ").next().unwrap_or_default();
        golden(format!("tests/golden/build-{overlay}.yaml"), yaml);
    }
}

#[test]
fn render_prints_a_cluster() {
    let rendered = run("render --repo examples/fleet --cluster us-east");
    let yaml = rendered.split("note: ").next().unwrap_or_default();
    golden("tests/golden/render-us-east.yaml", yaml);
}

#[test]
fn explain_names_the_place_of_each_field() {
    let explained = run(
        "render --repo examples/fleet --cluster us-east --explain PodDisruptionBudget/web-frontend",
    );
    golden("tests/golden/explain.txt", &explained);
}

#[test]
fn the_five_mistakes_of_the_article() {
    for cluster in ["us-east", "eu-west", "ap-southeast"] {
        let findings = run(&format!("render --repo testdata/article/broken --cluster {cluster}"));
        golden(format!("tests/golden/article-{cluster}.txt"), &findings);
        let fixed = run(&format!("render --repo testdata/article/fixed --cluster {cluster}"));
        assert!(fixed.ends_with("exit 0\n"), "{fixed}");
    }
}

/// The manifests as the article has them: all that is wrong with them, at once.
#[test]
fn the_article_as_published() {
    if !std::path::Path::new("../../../shared/cases/article").exists() {
        println!("left out: ../shared/cases/article is not here");
        return;
    }
    let findings = run("render --repo ../shared/cases/article --cluster us-east");
    golden("tests/golden/article-published.txt", &findings);
}

#[test]
fn bad_input() {
    check(
        "render --repo nowhere --cluster x",
        "
error: there is no folder `nowhere`
  help: give the folder that has `clusters/` in it
exit 2",
    );
    check(
        "render --repo examples --cluster x",
        "
error: there is no folder `clusters`
  help: there is one in `fleet`: is that the repository?
exit 2",
    );
    check(
        "render --repo examples/fleet --cluster us-esat",
        "
error: there is no cluster `us-esat`
  help: did you mean `us-east`?
exit 2",
    );
    check(
        "render --repo examples/fleet --cluster us-east --explain Deployment/web-fronted",
        "
note: GitRepository/flux-system/fleet is this folder: there is no other GitRepository
warning: examples/fleet/overlays/us-east/kustomization.yaml:8: `patchesStrategicMerge` is deprecated
  examples/fleet/clusters/us-east.yaml:64: built for Kustomization flux-system/cluster-apps
  help: use `patches`
error: there is no object `Deployment/web-fronted`
  help: did you mean `Deployment/web-frontend`?
exit 2",
    );
    check(
        "build crates",
        "
error: no kustomization.yaml in `crates`
  help: add one that lists the files under `resources`
exit 2",
    );
}

/// A base in another repository and a file behind a URL: fetched, and named in what is said of them.
#[test]
fn build_fetches_what_is_elsewhere() {
    let folder = std::env::temp_dir().join(format!("nauarch-cli-{}", std::process::id()));
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("it is in the folder")).expect("it can be made");
        fs::write(path, text).expect("it can be written");
    };
    write("other/base/kustomization.yaml", "resources: [a.yaml]\n");
    write("other/base/a.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n");
    let author = source::Author { name: "Ada", email: "ada@example.org" };
    let first = source::init(&folder.join("other"), "first", author, jiff::Timestamp::UNIX_EPOCH);
    let commit = first.expect("it can be committed").hash()[..12].to_owned();
    let server = TcpListener::bind("127.0.0.1:0").expect("loopback is there");
    let address = server.local_addr().expect("it listens");
    std::thread::spawn(move || {
        for mut stream in server.incoming().flatten() {
            let mut request = [0; 1024];
            let body = "{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n";
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            // Who asks may be gone.
            let _ = stream.read(&mut request);
            let _ = stream.write_all((head + body).as_bytes());
        }
    });
    let shown = folder.display();
    write(
        "own/kustomization.yaml",
        &format!(
            "resources:\n- file://{shown}/other//base\n- http://{address}/b.yaml\nnamePrefix: x-\n"
        ),
    );
    check(
        &format!("build {shown}/own"),
        "
apiVersion: v1
kind: ConfigMap
metadata:
  name: x-a
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: x-b
exit 0",
    );
    let explained = run(&format!("build {shown}/own --explain ConfigMap/x-a"));
    assert!(explained.contains(&format!("{shown}/other@{commit}/base/a.yaml:1")), "{explained}");
    write("own/kustomization.yaml", &format!("resources: ['file://{shown}/other?ref=v2']\n"));
    let refused = run(&format!("build {shown}/own"));
    assert!(
        refused.contains("cannot be fetched: it has no branch, tag or commit `v2`"),
        "{refused}"
    );
    assert!(refused.ends_with("exit 2\n"), "{refused}");
    // A folder that stays behind is no reason to fail.
    let _ = fs::remove_dir_all(&folder);
}
