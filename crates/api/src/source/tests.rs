//! GitRepositories: what is refused, and what is read.

use manifest::FileName;
use manifest::yaml::{Flavor, Reader};
use testkit::check_eq;

use super::*;

fn read(text: &str) -> Read<GitRepository> {
    let file = FileName::new("repo.yaml");
    let node = Reader::new().read(text.as_bytes(), file, Flavor::Resource).unwrap().remove(0);
    GitRepository::read(&Object::new(node).unwrap())
}

#[track_caller]
fn check(spec: &str, expected: &str) {
    let head = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\n\
                metadata: {name: fleet, namespace: flux-system}\nspec:\n";
    let shown: Vec<String> =
        read(&format!("{head}{spec}")).diagnostics.iter().map(ToString::to_string).collect();
    check_eq(&shown.join("\n"), expected);
}

#[test]
fn a_good_one() {
    check(
        "
  url: ssh://git@github.com/org/repo
  interval: 1m30s
  timeout: 20s
  ref: {branch: main}
  secretRef: {name: key}
  include: [{repository: {name: other}, fromPath: a}]
  verify: {secretRef: {name: keys}}
",
        "",
    );
}

#[test]
fn addresses_are_urls() {
    check(
        "
  url: git@github.com:org/repo.git
  interval: 1m
",
        "
error: repo.yaml:6: GitRepository flux-system/fleet: `spec.url` is `git@github.com:org/repo.git`, it must start with http:// or https:// or ssh:// or file://
  help: write it as a URL: `ssh://git@github.com/org/repo.git`
",
    );
}

#[test]
fn what_is_missing() {
    check(
        "  ref: {branc: main}",
        "
warning: repo.yaml:5: GitRepository flux-system/fleet: there is no field `spec.ref.branc`, it is ignored
  help: did you mean `branch`?
error: repo.yaml:5: GitRepository flux-system/fleet: `spec.url` is missing
  help: e.g. `url: https://HOST/ORG/REPO`
error: repo.yaml:5: GitRepository flux-system/fleet: `spec.interval` is missing
  help: say how often it is looked at, e.g. `interval: 1m`
",
    );
}

#[test]
fn hours_are_no_timeout() {
    check(
        "
  url: https://example.org/a
  interval: 1h
  timeout: 1h
",
        "
error: repo.yaml:8: GitRepository flux-system/fleet: `spec.timeout` is `1h`, no duration
  help: a number with a unit, such as `10m`; units are ms, s, m
",
    );
}

#[test]
fn sources_by_name() {
    let name = |text: &str| {
        let node = Reader::new().read(text.as_bytes(), FileName::NONE, Flavor::Resource);
        let object = Object::new(node.unwrap().remove(0)).unwrap();
        Source::of(&object).map(|source| source.to_string())
    };
    let written = "{apiVersion: source.toolkit.fluxcd.io/v1, kind: Bucket, metadata: {name: b}}";
    assert_eq!(name(written).as_deref(), Some("Bucket/default/b"));
    assert_eq!(name("{apiVersion: v1, kind: Bucket, metadata: {name: b}}"), None);
    let chart = "{apiVersion: source.toolkit.fluxcd.io/v1, kind: HelmChart, metadata: {name: b}}";
    assert_eq!(name(chart), None);
}
