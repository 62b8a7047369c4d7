//! One step of a rollout at a time.

use crate::simulate::tests::check;

/// A Deployment of `wanted` Pods, a ReplicaSet for each of `sets` (its image, how many Pods it
/// wants, how many are ready), the image `b` being that of now.
fn rollout(wanted: i64, strategy: &str, sets: &[(&str, i64, i64)]) -> String {
    let template = |image: &str, more: &str| {
        format!(
            "{{metadata: {{labels: {{app: web{more}}}}}, spec: {{containers: [{{name: c, image: {image}}}]}}}}"
        )
    };
    let mut yaml = format!(
        "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: web, generation: 1, annotations: \
         {{deployment.kubernetes.io/revision: '2'}}}}, spec: {{replicas: {wanted}, {strategy}, \
         selector: {{matchLabels: {{app: web}}}}, template: {}}}}}\n",
        template("b", "")
    );
    for (image, pods, ready) in sets {
        let owner = |kind: &str, name: &str| {
            format!(
                "ownerReferences: [{{kind: {kind}, name: {name}, uid: {name}, controller: true}}]"
            )
        };
        let revision = if *image == "b" { 2 } else { 1 };
        yaml += &format!(
            "---\n{{apiVersion: apps/v1, kind: ReplicaSet, metadata: {{name: web-{image}, labels: {{app: \
             web}}, annotations: {{deployment.kubernetes.io/revision: '{revision}'}}, {}}}, spec: \
             {{replicas: {pods}, template: {}}}}}\n",
            owner("Deployment", "web"),
            template(image, &format!(", pod-template-hash: {image}")),
        );
        for number in 0..*pods {
            let status = if number < *ready { "True" } else { "False" };
            yaml += &format!(
                "---\n{{apiVersion: v1, kind: Pod, metadata: {{name: web-{image}-{number}, {}}}, status: \
                 {{conditions: [{{type: Ready, status: '{status}'}}]}}}}\n",
                owner("ReplicaSet", &format!("web-{image}")),
            );
        }
    }
    yaml
}

/// What is scaled next, a ReplicaSet a line.
#[track_caller]
fn steps(wanted: i64, strategy: &str, sets: &[(&str, i64, i64)], expected: &[&str]) {
    let yaml = rollout(wanted, strategy, sets);
    let view = crate::simulate::tests::view(&yaml);
    let id = crate::simulate::tests::id(&view, "deployments.apps/web");
    let turn = super::Turn { now: crate::simulate::tests::NOW.parse().unwrap(), due: false };
    let outcome = super::reconcile(&view, &id, turn);
    let told = outcome.writes.iter().filter_map(|write| match write {
        super::Write::Tell(event) => event.message.strip_prefix("Scaled "),
        _ => None,
    });
    let told: Vec<_> = told.map(|text| text.replace("replica set ", "")).collect();
    assert_eq!(told, expected);
}

const QUARTERS: &str = "strategy: {rollingUpdate: {maxSurge: 25%, maxUnavailable: 25%}}";

#[test]
fn a_rolling_update_stays_within_its_limits() {
    let a_quarter =
        |sets: &[(&str, i64, i64)], expected: &[&str]| steps(4, QUARTERS, sets, expected);
    // Up by the surge first, then down by what may be missing, and again when something is ready.
    a_quarter(&[("a", 4, 4), ("b", 0, 0)], &["up web-b from 0 to 1"]);
    a_quarter(&[("a", 4, 4), ("b", 1, 0)], &["down web-a from 4 to 3"]);
    a_quarter(&[("a", 3, 3), ("b", 1, 0)], &["up web-b from 1 to 2"]);
    a_quarter(&[("a", 3, 3), ("b", 2, 0)], &[]);
    a_quarter(&[("a", 3, 3), ("b", 2, 1)], &["down web-a from 3 to 2"]);
    a_quarter(&[("a", 1, 1), ("b", 4, 4)], &["down web-a from 1 to 0"]);
    // What does not run is not missed.
    a_quarter(&[("a", 4, 2), ("b", 1, 0)], &["down web-a from 4 to 3"]);
    a_quarter(&[("a", 4, 0), ("b", 1, 1)], &["down web-a from 4 to 2"]);
    // Three of a time; nothing that is ready may go.
    let strict = "strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}";
    steps(3, strict, &[("a", 3, 3), ("b", 1, 0)], &[]);
    steps(3, strict, &[("a", 3, 3), ("b", 1, 1)], &["down web-a from 3 to 2"]);
    // Two templates ago.
    a_quarter(&[("a", 1, 1), ("c", 3, 0), ("b", 1, 0)], &["down web-c from 3 to 2"]);
}

#[test]
fn recreation_waits_for_the_old_to_go() {
    let recreate = "strategy: {type: Recreate}";
    steps(2, recreate, &[("a", 2, 2), ("b", 0, 0)], &["down web-a from 2 to 0"]);
    steps(2, recreate, &[("a", 0, 0), ("b", 0, 0)], &["up web-b from 0 to 2"]);
}

#[test]
fn a_paused_one_is_scaled_but_not_rolled_out() {
    steps(4, "paused: true", &[("a", 2, 2)], &["up web-a from 2 to 4"]);
    steps(4, "paused: true", &[("a", 4, 4), ("b", 0, 0)], &["up web-b from 0 to 4"]);
}

#[test]
fn the_status_counts_pods() {
    check(
        &rollout(2, QUARTERS, &[("b", 2, 1)]),
        "deployments.apps/web",
        "status deployments.apps/web
  status.observedGeneration: 1
  status.replicas: 2
  status.updatedReplicas: 2
  status.readyReplicas: 1
  status.availableReplicas: 1
  status.unavailableReplicas: 1
  Available False MinimumReplicasUnavailable Deployment does not have minimum availability.
",
    );
    check(
        &rollout(1, "progressDeadlineSeconds: 600", &[("b", 1, 1)]),
        "deployments.apps/web",
        "status deployments.apps/web
  status.observedGeneration: 1
  status.replicas: 1
  status.updatedReplicas: 1
  status.readyReplicas: 1
  status.availableReplicas: 1
  Available True MinimumReplicasAvailable Deployment has minimum availability.
  Progressing True NewReplicaSetAvailable ReplicaSet \"web-b\" has successfully progressed.
",
    );
    check(
        &rollout(1, "progressDeadlineSeconds: 600", &[("b", 1, 0)]),
        "deployments.apps/web",
        "status deployments.apps/web
  status.observedGeneration: 1
  status.replicas: 1
  status.updatedReplicas: 1
  status.unavailableReplicas: 1
  Available False MinimumReplicasUnavailable Deployment does not have minimum availability.
  Progressing True NewReplicaSetCreated Created new replica set \"web-b\"
at 2026-01-01T00:20:00Z
",
    );
}

#[test]
fn old_ones_are_kept_as_long_as_the_history_is() {
    check(
        &rollout(0, "revisionHistoryLimit: 0", &[("a", 0, 0), ("b", 0, 0)]),
        "deployments.apps/web",
        "delete replicasets.apps/web-a Background\n",
    );
}

#[test]
fn a_new_template_gets_a_replica_set() {
    check(
        &rollout(4, QUARTERS, &[("a", 4, 4)]),
        "deployments.apps/web",
        "create ReplicaSet web-7c4dd8bc76 replicas=1
tell ScalingReplicaSet: Scaled up replica set web-7c4dd8bc76 from 0 to 1
",
    );
}
