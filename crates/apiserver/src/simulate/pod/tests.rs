//! A Pod's steps.

use crate::simulate::tests::check;

const NODE: &str =
    "{apiVersion: v1, kind: Node, metadata: {name: simulated-1, labels: {os: linux}}}\n---\n";

fn pod(more: &str, spec: &str, status: &str) -> String {
    format!(
        "{NODE}{{apiVersion: v1, kind: Pod, metadata: {{name: web{more}}}, spec: {{containers: [{{name: app, \
         image: 'nginx:1'}}]{spec}}}, status: {{{status}}}}}"
    )
}

#[test]
fn it_waits_for_each_step() {
    check(&pod("", "", ""), "pods/web", "in a step\n");
    check(
        &pod("", "", ""),
        "pods/web!",
        "update pods/web
  spec.nodeName: \"simulated-1\"
tell Scheduled: Successfully assigned default/web to simulated-1
",
    );
    check(
        &pod("", ", nodeSelector: {os: other}", ""),
        "pods/web!",
        "status pods/web
  status.phase: \"Pending\"
  PodScheduled False Unschedulable 0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.
tell FailedScheduling: 0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.
",
    );
    check(
        &pod("", ", nodeName: simulated-1", "qosClass: BestEffort"),
        "pods/web!",
        "status pods/web
  status.phase: \"Pending\"
  PodReadyToStartContainers False ContainersNotReady containers with unready status: [app]
  Initialized True
  Ready False ContainersNotReady containers with unready status: [app]
  ContainersReady False ContainersNotReady containers with unready status: [app]
  PodScheduled True
  status.hostIP: \"10.0.0.1\"
  status.hostIPs: [{\"ip\":\"10.0.0.1\"}]
  status.startTime: \"2026-01-01T00:10:00Z\"
  status.containerStatuses: [{\"name\":\"app\",\"image\":\"nginx:1\",\"imageID\":\"\",\"lastState\":{},\"ready\":false,\"restartCount\":0,\"started\":false,\"state\":{\"waiting\":{\"reason\":\"ContainerCreating\"}}}]
",
    );
}

const STARTED: &str = "phase: Pending, hostIP: 10.0.0.1, hostIPs: [{ip: 10.0.0.1}], startTime: '2026-01-01T00:00:00Z', podIP: 10.244.0.9, podIPs: [{ip: 10.244.0.9}]";

#[test]
fn it_runs_or_says_why_not() {
    check(
        &pod("", ", nodeName: simulated-1", STARTED),
        "pods/web!",
        "status pods/web
  status.phase: \"Running\"
  PodReadyToStartContainers True
  Initialized True
  Ready True
  ContainersReady True
  PodScheduled True
  status.containerStatuses: [{\"name\":\"app\",\"image\":\"nginx:1\",\"imageID\":\"nginx:1\",\"lastState\":{},\"ready\":true,\"restartCount\":0,\"started\":true,\"state\":{\"running\":{\"startedAt\":\"2026-01-01T00:10:00Z\"}},\"containerID\":\"simulated://web/app\"}]
tell Pulled: Container image \"nginx:1\" already present on machine
tell Created: Created container: app
tell Started: Started container app
",
    );
    let crashes = pod("", ", nodeName: simulated-1", STARTED).replace("nginx:1", "crash-loop");
    check(
        &crashes,
        "pods/web!",
        "status pods/web
  status.phase: \"Running\"
  PodReadyToStartContainers True
  Initialized True
  Ready False ContainersNotReady containers with unready status: [app]
  ContainersReady False ContainersNotReady containers with unready status: [app]
  PodScheduled True
  status.containerStatuses: [{\"name\":\"app\",\"image\":\"crash-loop\",\"imageID\":\"\",\"lastState\":{\"terminated\":{\"exitCode\":1,\"reason\":\"Error\",\"startedAt\":\"2026-01-01T00:10:00Z\",\"finishedAt\":\"2026-01-01T00:10:00Z\"}},\"ready\":false,\"restartCount\":5,\"started\":false,\"state\":{\"waiting\":{\"reason\":\"CrashLoopBackOff\",\"message\":\"back-off 5m0s restarting failed container=app pod=web_default(web)\"}}}]
tell BackOff: Back-off restarting failed container app in pod web_default(web)
",
    );
    let running = format!(
        "{STARTED}, containerStatuses: [{{name: app, image: 'nginx:1', state: {{running: {{}}}}}}]"
    );
    check(&pod("", ", nodeName: simulated-1", &running), "pods/web", "");
    check(
        &pod(", deletionTimestamp: '2026-01-01T00:00:00Z'", ", nodeName: simulated-1", &running),
        "pods/web",
        "delete pods/web AtOnce\n",
    );
}
