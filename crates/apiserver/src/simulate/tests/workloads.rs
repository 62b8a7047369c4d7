//! Workloads, from their creation to their end.

use std::time::Duration;

use testkit::check_eq;

use super::driven::{change, create, delete, health, list, pass, ready, server, told};

const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: 'nginx:1', ports: [{name: http, containerPort: 8080}]}]}
";

fn image(image: &str) -> String {
    let port = "{name: http, containerPort: 8080, protocol: TCP}";
    let container = format!("{{name: app, image: '{image}', ports: [{port}]}}");
    let template = format!("{{spec: {{containers: [{container}]}}}}");
    format!(
        "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: web}}, spec: {{template: {template}}}}}"
    )
}

/// The ReplicaSets: the revision, those before, and how many Pods are wanted.
fn sets(server: &crate::Server) -> String {
    let line = |set: &manifest::Node| {
        let note = |key: &str| {
            let key = format!("deployment.kubernetes.io/{key}");
            set.str_at(&["metadata", "annotations", &key]).unwrap_or("-").to_owned()
        };
        let wanted = set.at(&["spec", "replicas"]).and_then(manifest::Node::as_int).unwrap();
        format!("{} (before: {}) {wanted}\n", note("revision"), note("revision-history"))
    };
    let mut lines: Vec<String> = server.objects("apps", "replicasets").iter().map(line).collect();
    lines.sort();
    lines.concat()
}

#[tokio::test(start_paused = true)]
async fn a_deployment_becomes_ready_in_steps() {
    let server = server(true);
    create(&server, WEB);
    let mut seen = Vec::new();
    for _ in 0..100 {
        let pods = list(&server, "pods", &["status.phase"]);
        let phases: Vec<_> = pods.lines().filter_map(|line| line.split_once(' ')).collect();
        let phases: Vec<_> = phases.iter().map(|(_, phase)| *phase).collect();
        let state = format!("{} {}", phases.join(","), ready(&server));
        if seen.last() != Some(&state) {
            seen.push(state);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(seen, [" 0", "Pending,Pending,Pending 0", "Running,Running,Running 3"]);
    assert_eq!(
        health(&server, "deployments.apps", "web"),
        "Current: Deployment is available. Replicas: 3"
    );
    let pod = told(&server, "Pod", "web-")
        .into_iter()
        .map(|line| line.split_whitespace().take(2).collect::<Vec<_>>().join(" "));
    let mut reasons: Vec<String> = pod.collect();
    reasons.dedup();
    assert_eq!(
        reasons.get(..4).unwrap(),
        ["Normal Scheduled:", "Normal Pulled:", "Normal Created:", "Normal Started:"]
    );
    let unmarked = server.everything().into_iter().filter(|(collection, node)| {
        let made = ["pods", "replicasets.apps", "events", "nodes", "serviceaccounts", "configmaps"];
        let annotations = ["metadata", "annotations", crate::SIMULATED];
        made.contains(&collection.as_str()) != (node.str_at(&annotations) == Some("true"))
    });
    assert_eq!(unmarked.map(|(collection, _)| collection).collect::<Vec<_>>(), Vec::<&str>::new());
}

#[tokio::test(start_paused = true)]
async fn a_rollout_leaves_a_history_and_can_be_undone() {
    let server = server(true);
    create(&server, WEB);
    pass(2).await;
    change(&server, &image("nginx:2"));
    pass(5).await;
    check_eq(&sets(&server), "1 (before: -) 0\n2 (before: -) 3\n");
    change(&server, &image("nginx:1"));
    pass(5).await;
    check_eq(&sets(&server), "2 (before: -) 0\n3 (before: 1) 3\n");
    let web = server.object("apps", "deployments", "default", "web").unwrap();
    let revision = ["metadata", "annotations", "deployment.kubernetes.io/revision"];
    assert_eq!(web.str_at(&revision), Some("3"));
    assert_eq!(ready(&server), 3);
    let told = told(&server, "Deployment", "web");
    let first = told.first().unwrap();
    assert!(first.contains("ScalingReplicaSet: Scaled up replica set web-"), "{first}");
    assert!(first.ends_with(" from 0 to 3"), "{first}");
}

#[tokio::test(start_paused = true)]
async fn an_image_that_is_not_there_fails_until_it_is_mended() {
    let server = server(true);
    create(&server, WEB);
    pass(2).await;
    change(&server, &image("example.org/no-such-image:1"));
    pass(5).await;
    assert_eq!(ready(&server), 3, "the old Pods stay");
    assert_eq!(health(&server, "deployments.apps", "web"), "InProgress: Updated: 1/3");
    let pods = server.objects("", "pods");
    let trouble = pods.into_iter().filter_map(|pod| manifest::Object::new(pod).ok());
    let trouble: Vec<_> = trouble.filter_map(|pod| schema::health::trouble(&pod)).collect();
    let message = "container app: ImagePullBackOff: Back-off pulling image \
                   \"example.org/no-such-image:1\": ErrImagePull: rpc error: code = NotFound desc = \
                   failed to pull and unpack image \"example.org/no-such-image:1\": failed to \
                   resolve reference \"example.org/no-such-image:1\": \
                   example.org/no-such-image:1: not found";
    assert_eq!(trouble, [message]);
    pass(700).await;
    assert_eq!(health(&server, "deployments.apps", "web"), "Failed: Progress deadline exceeded");
    change(&server, &image("nginx:2"));
    pass(5).await;
    assert_eq!(
        health(&server, "deployments.apps", "web"),
        "Current: Deployment is available. Replicas: 3"
    );
}

#[tokio::test(start_paused = true)]
async fn a_stateful_set_goes_in_order() {
    let server = server(true);
    create(
        &server,
        "
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 2
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: app, image: 'pg:1', volumeMounts: [{name: data, mountPath: /data}]}]}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
",
    );
    tokio::time::sleep(Duration::from_millis(250)).await;
    check_eq(&list(&server, "pods", &[]), "db-0\n");
    pass(2).await;
    check_eq(&list(&server, "pods", &["status.phase"]), "db-0 Running\ndb-1 Running\n");
    check_eq(
        &list(&server, "persistentvolumeclaims", &["status.phase"]),
        "data-db-0 Bound\ndata-db-1 Bound\n",
    );
    let done = "Current: Partition rollout complete. updated: 2";
    assert_eq!(health(&server, "statefulsets.apps", "db"), done);
    let uids = list(&server, "pods", &["metadata.uid"]);
    change(
        &server,
        "
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec: {template: {spec: {containers: [{name: app, image: 'pg:2'}]}}}
",
    );
    pass(3).await;
    assert_eq!(health(&server, "statefulsets.apps", "db"), done);
    assert_ne!(list(&server, "pods", &["metadata.uid"]), uids);
    let set = "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db}, spec: {replicas: 1}}";
    change(&server, set);
    pass(2).await;
    check_eq(&list(&server, "pods", &[]), "db-0\n");
    delete(&server, set, "Background");
    pass(1).await;
    check_eq(&list(&server, "pods", &[]), "");
    check_eq(&list(&server, "persistentvolumeclaims", &[]), "data-db-0\ndata-db-1\n");
    for name in ["data-db-0", "data-db-1"] {
        let claim =
            format!("{{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {{name: {name}}}}}");
        delete(&server, &claim, "Background");
    }
    pass(1).await;
    check_eq(&list(&server, "persistentvolumeclaims", &[]), "");
    check_eq(&list(&server, "persistentvolumes", &[]), "");
}

#[tokio::test(start_paused = true)]
async fn a_daemon_set_is_on_each_node() {
    let server = server(true);
    let set = |image: &str, selector: &str| {
        format!(
            "
apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: log}}
spec:
  selector: {{matchLabels: {{app: log}}}}
  template:
    metadata: {{labels: {{app: log}}}}
    spec: {{nodeSelector: {{{selector}}}, containers: [{{name: app, image: '{image}'}}]}}
"
        )
    };
    create(&server, &set("log:1", "kubernetes.io/os: linux"));
    pass(2).await;
    check_eq(
        &list(&server, "nodes", &["spec.taints", "status.nodeInfo.kubeletVersion"]),
        "simulated-1  v1.36.0-simulated\nsimulated-2  v1.36.0-simulated\n",
    );
    let done = "Current: All replicas scheduled as expected. Replicas: 2";
    assert_eq!(health(&server, "daemonsets.apps", "log"), done);
    assert_eq!(ready(&server), 2);
    change(&server, &set("log:2", "kubernetes.io/os: linux"));
    pass(3).await;
    assert_eq!(health(&server, "daemonsets.apps", "log"), done);
    change(&server, &set("log:2", "kubernetes.io/hostname: simulated-1"));
    pass(3).await;
    assert_eq!(ready(&server), 1);
}

#[tokio::test(start_paused = true)]
async fn jobs_end() {
    let server = server(true);
    let job = |name: &str, image: &str, more: &str| {
        format!(
            "
apiVersion: batch/v1
kind: Job
metadata: {{name: {name}}}
spec:
  {more}
  template: {{spec: {{restartPolicy: Never, containers: [{{name: app, image: '{image}'}}]}}}}
"
        )
    };
    create(&server, &job("good", "task:1", "completions: 3\n  parallelism: 2"));
    create(&server, &job("indexed", "task:1", "completions: 2\n  completionMode: Indexed"));
    create(&server, &job("bad", "crash-loop:1", "backoffLimit: 1"));
    create(&server, &job("short", "task:1", "ttlSecondsAfterFinished: 100"));
    create(&server, &job("waits", "task:1", "suspend: true"));
    pass(5).await;
    let jobs = ["good", "indexed", "bad", "short", "waits"];
    let says = jobs.map(|name| health(&server, "jobs.batch", name));
    assert_eq!(
        says,
        [
            "Current: Job Completed. succeeded: 3/3",
            "Current: Job Completed. succeeded: 2/2",
            "Failed: Job Failed. failed: 2/1",
            "Current: Job Completed. succeeded: 1/1",
            "Current: Job is suspended",
        ]
    );
    let indexed = server.object("batch", "jobs", "default", "indexed").unwrap();
    assert_eq!(indexed.str_at(&["status", "completedIndexes"]), Some("0,1"));
    pass(100).await;
    check_eq(&list(&server, "jobs.batch", &[]), "bad\ngood\nindexed\nwaits\n");
}

#[tokio::test(start_paused = true)]
async fn services_know_what_is_behind_them() {
    let server = server(true);
    create(&server, WEB);
    create(
        &server,
        "
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{name: http, port: 80, targetPort: http}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: web}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {maxReplicas: 9, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
",
    );
    pass(2).await;
    let slices = server.objects("discovery.k8s.io", "endpointslices");
    let [slice] = slices.as_slice() else { panic!("{slices:?}") };
    let addresses: Vec<&str> = super::super::edit::items(slice, &["endpoints"])
        .iter()
        .filter(|endpoint| super::super::edit::flag_at(endpoint, &["conditions", "ready"]))
        .filter_map(|endpoint| endpoint.get("addresses")?.as_list()?.first()?.as_str())
        .collect();
    assert_eq!(addresses.len(), 3);
    assert!(addresses.iter().all(|address| address.starts_with("10.244.")), "{addresses:?}");
    assert_eq!(
        super::json(slice.get("ports").unwrap()),
        r#"[{"name":"http","port":8080,"protocol":"TCP"}]"#
    );
    let old = server.object("", "endpoints", "default", "web").unwrap();
    assert_eq!(super::super::edit::items(&old, &["subsets"]).len(), 1);
    let has_address = |collection: &str| {
        list(&server, collection, &["status.loadBalancer.ingress"]).contains("203.0.113.")
    };
    assert!(has_address("services") && has_address("ingresses.networking.k8s.io"));
    check_eq(
        &list(
            &server,
            "poddisruptionbudgets.policy",
            &[
                "status.currentHealthy",
                "status.desiredHealthy",
                "status.disruptionsAllowed",
                "status.expectedPods",
            ],
        ),
        "web 3 2 1 3\n",
    );
    check_eq(
        &list(&server, "horizontalpodautoscalers.autoscaling", &["status.currentReplicas"]),
        "web 3\n",
    );
    delete(&server, "{apiVersion: v1, kind: Service, metadata: {name: web}}", "Background");
    pass(1).await;
    check_eq(&list(&server, "endpointslices.discovery.k8s.io", &[]), "");
    check_eq(&list(&server, "endpoints", &[]), "");
}

#[tokio::test(start_paused = true)]
async fn dependents_go_before_after_or_not_at_all() {
    let server = server(true);
    for (policy, rest) in [("Background", 0), ("Foreground", 0), ("Orphan", 3)] {
        create(&server, WEB);
        pass(2).await;
        delete(&server, WEB, policy);
        pass(1).await;
        assert_eq!(list(&server, "deployments.apps", &[]), "", "{policy}");
        assert_eq!(ready(&server), rest, "{policy}");
    }
    // What was left is taken up again.
    let left = list(&server, "pods", &[]);
    create(&server, WEB);
    pass(2).await;
    check_eq(&list(&server, "pods", &[]), &left);
    delete(&server, WEB, "Background");
    pass(1).await;
    check_eq(&list(&server, "pods", &[]), "");
    check_eq(&list(&server, "replicasets.apps", &[]), "");
}

#[tokio::test(start_paused = true)]
async fn namespaces_begin_and_end() {
    let server = server(true);
    let namespace = "{apiVersion: v1, kind: Namespace, metadata: {name: team}}";
    create(&server, namespace);
    let in_team = WEB.replace("{name: web}", "{name: web, namespace: team}");
    create(&server, &in_team);
    create(
        &server,
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: held, namespace: team, finalizers: [example.org/x]}}",
    );
    pass(2).await;
    assert!(server.object("", "serviceaccounts", "team", "default").is_some());
    assert!(server.object("", "configmaps", "team", "kube-root-ca.crt").is_some());
    delete(&server, namespace, "Background");
    pass(2).await;
    let team = server.object("", "namespaces", "", "team").unwrap();
    let condition = super::super::edit::condition(&team, "NamespaceFinalizersRemaining").unwrap();
    assert_eq!(
        condition.str_at(&["message"]),
        Some(
            "Some content in the namespace has finalizers remaining: example.org/x in 1 resource instances"
        )
    );
    change(
        &server,
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: held, namespace: team, finalizers: null}}",
    );
    pass(1).await;
    assert!(server.object("", "namespaces", "", "team").is_none());
    let rest = server
        .everything()
        .into_iter()
        .filter(|(_, node)| crate::make::meta(node, "namespace") == "team");
    assert_eq!(rest.map(|(collection, _)| collection).collect::<Vec<_>>(), Vec::<&str>::new());
}
