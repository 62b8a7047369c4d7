use agent::What as A;
use api::SourceKind;
use jiff::Timestamp;
use manifest::{Diagnostic, Origin};
use testkit::check_eq;

use super::*;

fn key(name: &str) -> Key {
    Key { namespace: "flux".into(), name: name.into() }
}

fn source(name: &str) -> Source {
    Source { kind: SourceKind::OciRepository, namespace: "flux".into(), name: name.into() }
}

/// Kustomizations and what they depend on, with their events; `a b` is `a` after `b`.
fn check(kustomizations: &[&str], events: Vec<A>, expected: &str) {
    let mut fleet = Fleet::default();
    let mut links = BTreeMap::new();
    for text in kustomizations {
        let mut words = text.split(' ');
        let name = words.next().unwrap();
        let depends_on = words.map(key).collect();
        let link = Link { source: Some(source("files")), depends_on };
        links.insert(key(name), link);
    }
    let mut all = vec![A::Started { kustomizations: 0 }];
    all.extend(events);
    for what in all {
        let what = What::Agent(what);
        fleet.take(&Event { at: Timestamp::UNIX_EPOCH, cluster: Some("north".into()), what });
    }
    let links = Links::from([("north".into(), links)]);
    let text = match fleet.verdict(&links) {
        None => {
            let over = fleet.verdict_now(&links);
            format!("goes on\n{}\n", over.failed.join("\n"))
        }
        Some(verdict) => {
            let lines = verdict.failed.iter().map(|line| format!("failed: {line}"));
            let lines = lines.chain(verdict.not_run.iter().map(|line| format!("not run: {line}")));
            let lines = lines.chain(verdict.down.iter().map(|line| format!("down: {line}")));
            let lines: Vec<_> = lines.collect();
            format!("{} ready\n{}", verdict.ready, lines.join("\n"))
        }
    };
    check_eq(text.trim_end(), expected);
}

fn ready(name: &str) -> A {
    A::Ready { kustomization: key(name), revision: "r".into(), objects: 2, seconds: 1.0 }
}

fn waiting(name: &str, on: &str) -> A {
    A::Waiting { kustomization: key(name), on: on.into() }
}

fn failed(name: &str, for_good: bool) -> A {
    let causes = vec![Diagnostic::error(Origin::NONE, "the image is not there")];
    A::Failed { kustomization: key(name), reason: "HealthCheckFailed".into(), causes, for_good }
}

#[test]
fn all_is_ready() {
    check(&["a", "b a"], vec![ready("a"), ready("b")], "\n2 ready");
    check(
        &["a", "b a"],
        vec![ready("a"), waiting("b", "a")],
        "\ngoes on\nnorth: Kustomization flux/b is not ready in time: it waits: a",
    );
}

#[test]
fn one_that_nobody_has_told_of_may_still_come() {
    check(
        &["a"],
        vec![],
        "\ngoes on\nnorth: Kustomization flux/a is not ready in time: nothing has happened",
    );
}

#[test]
fn a_failure_holds_back_what_depends_on_it() {
    check(
        &["a", "b a", "c b"],
        vec![failed("a", true), waiting("b", "a"), waiting("c", "b")],
        "
0 ready
failed: north: Kustomization flux/a failed (HealthCheckFailed): the image is not there
failed: north: Kustomization flux/b waits for flux/a, which failed
failed: north: Kustomization flux/c waits for flux/b, which failed",
    );
    check(
        &["a"],
        vec![failed("a", false)],
        "
goes on
north: Kustomization flux/a is not ready in time: HealthCheckFailed: the image is not there",
    );
}

#[test]
fn what_cannot_be_reached_is_not_waited_for() {
    check(
        &["a", "b a"],
        vec![
            A::Unreachable { source: source("files"), reason: "no".into() },
            waiting("a", "files"),
            waiting("b", "a"),
            A::NotRun { api_version: "x/v1".into(), kind: "Y".into() },
        ],
        "
0 ready
not run: north: Kustomization flux/a needs OCIRepository/flux/files, which cannot be reached
not run: north: Kustomization flux/b needs OCIRepository/flux/files, which cannot be reached
not run: north: Y of x/v1 has no definition",
    );
}
