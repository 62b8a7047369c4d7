//! Statuses as they are written.

use manifest::yaml::write;
use testkit::check_eq;

use super::*;
use crate::tests::objects;

const KUSTOMIZATION: &str = "{apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, \
    metadata: {name: a, namespace: b, generation: 2}, status: {observedGeneration: -1}}";

fn at(second: i64) -> (i64, Timestamp) {
    (2, Timestamp::from_second(second).unwrap())
}

/// The patch that brings the status of an object to what `change` makes of it, and the object with it.
#[track_caller]
fn check(object: &mut Object, change: impl FnOnce(&mut Status), expected: &str) {
    let mut status = Status::of(object);
    change(&mut status);
    let patch = status.patch(object);
    let mut text = String::new();
    if let Some(patch) = patch {
        let fields = patch.get("status").and_then(Node::as_map).cloned().unwrap_or_default();
        write::write(patch.get("status").unwrap(), &mut text);
        let there = object.root_mut().map_entry("status", Origin::NONE).unwrap();
        for (key, node) in fields.iter() {
            there.set(key.clone(), node.clone());
        }
    }
    check_eq(&text, expected);
    assert_eq!(status.patch(object), None, "what is written is what was meant");
}

#[test]
fn a_life() {
    let mut object = objects(KUSTOMIZATION).remove(0);
    check(&mut object, |_| {}, "");
    check(
        &mut object,
        |status| {
            status.inventory = Some(Inventory::default());
            status.attempted = "main@sha1:1".into();
            status.progress("Applying", at(0));
        },
        "
conditions:
- lastTransitionTime: \"1970-01-01T00:00:00Z\"
  message: Applying
  observedGeneration: 2
  reason: Progressing
  status: Unknown
  type: Ready
- lastTransitionTime: \"1970-01-01T00:00:00Z\"
  message: Applying
  observedGeneration: 2
  reason: Progressing
  status: \"True\"
  type: Reconciling
inventory:
  entries: []
lastAttemptedRevision: main@sha1:1
",
    );
    check(
        &mut object,
        |status| {
            status.succeed("main@sha1:1", Some("Health check passed in 1s"), at(5));
            let took = SignedDuration::from_millis(1250);
            let entry = Entry { digest: "sha256:a", revision: "main@sha1:1", reason: "Done", took };
            status.remember(&entry, at(5).1);
        },
        "
conditions:
- lastTransitionTime: \"1970-01-01T00:00:05Z\"
  message: 'Applied revision: main@sha1:1'
  observedGeneration: 2
  reason: ReconciliationSucceeded
  status: \"True\"
  type: Ready
- lastTransitionTime: \"1970-01-01T00:00:05Z\"
  message: Health check passed in 1s
  observedGeneration: 2
  reason: Succeeded
  status: \"True\"
  type: Healthy
history:
- digest: sha256:a
  firstReconciled: \"1970-01-01T00:00:05Z\"
  lastReconciled: \"1970-01-01T00:00:05Z\"
  lastReconciledDuration: 1.25s
  lastReconciledStatus: Done
  metadata:
    revision: main@sha1:1
  totalReconciliations: 1
lastAppliedRevision: main@sha1:1
observedGeneration: 2
",
    );
    // The time of a transition stays while the status does.
    check(
        &mut object,
        |status| status.succeed("main@sha1:1", Some("Health check passed in 1s"), at(9)),
        "",
    );
}

#[test]
fn the_history_has_five_entries_each_once() {
    let mut status = Status::of(&objects(KUSTOMIZATION).remove(0));
    for (number, digest) in ["a", "b", "a", "c", "d", "e", "f", "a"].into_iter().enumerate() {
        let took = SignedDuration::ZERO;
        let entry = Entry { digest, revision: "r", reason: "Done", took };
        status.remember(&entry, at(i64::try_from(number).unwrap()).1);
    }
    let shown: Vec<String> = status
        .history
        .iter()
        .map(|node| {
            let total = node.get("totalReconciliations").and_then(Node::as_int).unwrap();
            format!("{}{total}", node.str_at(&["digest"]).unwrap())
        })
        .collect();
    assert_eq!(shown, ["a3", "f1", "e1", "d1", "c1"]);
}

#[test]
fn durations_as_go_prints_them() {
    let check = |millis, expected: &str| {
        assert_eq!(duration(SignedDuration::from_millis(millis)), expected);
    };
    check(0, "0ms");
    check(12, "12ms");
    check(1000, "1s");
    check(1250, "1.25s");
    check(60_000, "1m0s");
    check(3_723_500, "1h2m3.5s");
    check(-5, "0ms");
}
