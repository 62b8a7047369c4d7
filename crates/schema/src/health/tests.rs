//! Objects in, one line of health out.

use manifest::{FileName, Object};

use super::{health, trouble};

fn object(text: &str) -> Object {
    let file = FileName::new("object.yaml");
    let flavor = manifest::yaml::Flavor::Resource;
    let nodes = manifest::yaml::Reader::new().read(text.as_bytes(), file, flavor).unwrap();
    Object::new(nodes.into_iter().next().unwrap()).unwrap()
}

/// `head` is the object's kind and more, `status` its status; the name is added.
#[track_caller]
fn check(head: &str, status: &str, expected: &str) {
    let text = format!("{{{head}, metadata: {{name: x, generation: 2}}, status: {{{status}}}}}");
    let health = health(&object(&text));
    assert_eq!(format!("{}: {}", health.status, health.message), expected);
}

#[test]
fn any_kind() {
    let widget = "apiVersion: example.org/v1, kind: Widget";
    check(widget, "", "Current: Resource is current");
    check(
        widget,
        "observedGeneration: 1",
        "InProgress: Widget generation is 2, but latest observed generation is 1",
    );
    check(
        widget,
        "observedGeneration: 2, conditions: [{type: Ready, status: 'False', message: no disk}]",
        "InProgress: no disk",
    );
    check(widget, "conditions: [{type: Ready, status: Unknown}]", "InProgress: ");
    check(widget, "conditions: [{type: Ready, status: 'True'}]", "Current: Resource is Ready");
    check(
        widget,
        "conditions: [{type: Ready, status: 'True'}, {type: Reconciling, status: 'True', message: busy}]",
        "InProgress: busy",
    );
    check(
        widget,
        "conditions: [{type: Ready, status: 'False'}, {type: Stalled, status: 'True', message: bad}]",
        "Failed: bad",
    );
    let deleted = "{apiVersion: v1, kind: Namespace, metadata: {name: x, deletionTimestamp: '2026-01-01T00:00:00Z'}}";
    let health = health(&object(deleted));
    assert_eq!(health.status.as_str(), "Terminating");
    assert_eq!(health.message, "Resource scheduled for deletion");
}

#[test]
fn deployments() {
    let three =
        "apiVersion: apps/v1, kind: Deployment, spec: {replicas: 3, progressDeadlineSeconds: 600}";
    check(three, "", "InProgress: Replicas: 0/3");
    check(three, "replicas: 3, updatedReplicas: 1", "InProgress: Updated: 1/3");
    check(three, "replicas: 4, updatedReplicas: 3", "InProgress: Pending termination: 1");
    let there = "replicas: 3, updatedReplicas: 3, readyReplicas: 3";
    check(three, &format!("{there}, availableReplicas: 2"), "InProgress: Available: 2/3");
    let all = format!("{there}, availableReplicas: 3");
    check(three, &all, "InProgress: ReplicaSet not Available");
    let progressing = "{type: Progressing, status: 'True', reason: NewReplicaSetAvailable}";
    check(
        three,
        &format!("{all}, conditions: [{progressing}]"),
        "InProgress: Deployment not Available",
    );
    check(
        three,
        &format!("{all}, conditions: [{progressing}, {{type: Available, status: 'True'}}]"),
        "Current: Deployment is available. Replicas: 3",
    );
    check(
        three,
        "conditions: [{type: Progressing, status: 'False', reason: ProgressDeadlineExceeded}]",
        "Failed: Progress deadline exceeded",
    );
    check(
        "apiVersion: apps/v1, kind: Deployment, spec: {replicas: 0}",
        "conditions: [{type: Available, status: 'True'}]",
        "Current: Deployment is available. Replicas: 0",
    );
}

#[test]
fn sets() {
    let replica_set = "apiVersion: apps/v1, kind: ReplicaSet, spec: {replicas: 1}";
    check(replica_set, "replicas: 1", "InProgress: Labelled: 0/1");
    check(
        replica_set,
        "replicas: 1, fullyLabeledReplicas: 1, availableReplicas: 1, readyReplicas: 1",
        "Current: ReplicaSet is available. Replicas: 1",
    );
    let stateful_set = "apiVersion: apps/v1, kind: StatefulSet, spec: {replicas: 2}";
    check(stateful_set, "replicas: 2, readyReplicas: 1", "InProgress: Ready: 1/2");
    let ready = "replicas: 2, readyReplicas: 2";
    check(stateful_set, ready, "InProgress: current: 0/2");
    check(
        stateful_set,
        &format!("{ready}, currentReplicas: 2, currentRevision: a, updateRevision: b"),
        "InProgress: Waiting for updated revision to match current",
    );
    check(
        stateful_set,
        &format!("{ready}, currentReplicas: 2, currentRevision: a, updateRevision: a"),
        "Current: All replicas scheduled as expected. Replicas: 2",
    );
    check(
        "apiVersion: apps/v1, kind: StatefulSet, spec: {replicas: 2, updateStrategy: {rollingUpdate: {partition: 1}}}",
        &format!("{ready}, updatedReplicas: 1"),
        "Current: Partition rollout complete. updated: 1",
    );
    let daemon_set = "apiVersion: apps/v1, kind: DaemonSet";
    check(daemon_set, "", "InProgress: DaemonSet status.observedGeneration not found");
    check(
        daemon_set,
        "observedGeneration: 2, desiredNumberScheduled: 3, currentNumberScheduled: 3, updatedNumberScheduled: 1",
        "InProgress: Updated: 1/3",
    );
}

#[test]
fn jobs_and_pods() {
    let job = "apiVersion: batch/v1, kind: Job, spec: {completions: 2}";
    check(job, "", "InProgress: Job not started. active: 0/1");
    check(
        job,
        "startTime: '2026-01-01T00:00:00Z', active: 1, succeeded: 1",
        "InProgress: Job in progress. success:1, active: 1, failed: 0",
    );
    check(
        job,
        "succeeded: 2, conditions: [{type: SuccessCriteriaMet, status: 'True'}, {type: Complete, status: 'True'}]",
        "Current: Job Completed. succeeded: 2/2",
    );
    check(
        job,
        "failed: 1, conditions: [{type: Failed, status: 'True'}]",
        "Failed: Job Failed. failed: 1/2",
    );
    let pod = "apiVersion: v1, kind: Pod";
    check(pod, "", "InProgress: Pod phase not available");
    check(pod, "phase: Pending", "InProgress: Pod is in the Pending phase");
    check(pod, "phase: Running", "InProgress: Pod is running but is not Ready");
    check(
        pod,
        "phase: Running, containerStatuses: [{name: c, state: {waiting: {reason: CrashLoopBackOff}}}]",
        "Failed: Containers in CrashLoop state: c",
    );
    check(
        pod,
        "phase: Running, conditions: [{type: Ready, status: 'True'}]",
        "Current: Pod is Ready",
    );
    check(pod, "phase: Odd", "Unknown: unknown phase Odd");
}

#[test]
fn others() {
    check("apiVersion: v1, kind: ConfigMap", "", "Current: Resource is always ready");
    check("apiVersion: batch/v1, kind: CronJob", "", "Current: Resource is always ready");
    let balanced = "apiVersion: v1, kind: Service, spec: {type: LoadBalancer";
    check(
        &format!("{balanced}}}"),
        "",
        "InProgress: ClusterIP not set. Service type: LoadBalancer",
    );
    check(&format!("{balanced}, clusterIP: 10.0.0.1}}"), "", "Current: Service is ready");
    let claim = "apiVersion: v1, kind: PersistentVolumeClaim";
    check(claim, "phase: Pending", "InProgress: PVC is not Bound. phase: Pending");
    check(claim, "phase: Bound", "Current: PVC is Bound");
    let definition = "apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition";
    check(definition, "", "InProgress: Install in progress");
    check(
        definition,
        "conditions: [{type: NamesAccepted, status: 'False', message: taken}]",
        "Failed: taken",
    );
    check(
        definition,
        "conditions: [{type: Established, status: 'False', reason: Installing}]",
        "InProgress: Install in progress",
    );
    check(
        definition,
        "conditions: [{type: Established, status: 'True'}]",
        "Current: CRD is established",
    );
}

#[test]
fn what_keeps_a_pod() {
    let of = |status: &str| {
        let text =
            format!("{{apiVersion: v1, kind: Pod, metadata: {{name: x}}, status: {{{status}}}}}");
        trouble(&object(&text)).map(|text| text.to_string())
    };
    let waiting = |reason: &str| {
        format!("containerStatuses: [{{name: app, state: {{waiting: {{{reason}}}}}}}]")
    };
    assert_eq!(of(&waiting("reason: ContainerCreating")), None);
    assert_eq!(
        of(&waiting("reason: ErrImagePull, message: not found")).as_deref(),
        Some("container app: ErrImagePull: not found")
    );
}
