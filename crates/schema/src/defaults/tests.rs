//! Defaults by kind.

use manifest::{FileName, Node, json};

use crate::{Types, complete};

#[track_caller]
fn check(given: &str, expected: &str) {
    let file = FileName::new("object.yaml");
    let flavor = manifest::yaml::Flavor::Resource;
    let documents = manifest::yaml::Reader::new().read(given.as_bytes(), file, flavor);
    let node: Node = documents.ok().and_then(|mut nodes| nodes.pop()).unwrap_or_default();
    let types = Types::builtin();
    let complete_once = complete(&types, &node);
    let mut text = String::new();
    let part = complete_once.get("spec").unwrap_or(&complete_once);
    json::write(part, json::Options { sort_keys: true, ..json::Options::default() }, &mut text);
    assert_eq!(text, expected);
    assert_eq!(complete(&types, &complete_once), complete_once, "what is complete stays as it is");
}

#[test]
fn of_common_kinds() {
    check(
        "{apiVersion: v1, kind: Service, spec: {ports: [{port: 80}]}}",
        r#"{"internalTrafficPolicy":"Cluster","ports":[{"port":80,"protocol":"TCP","targetPort":80}],"sessionAffinity":"None","type":"ClusterIP"}"#,
    );
    check(
        "{apiVersion: batch/v1, kind: CronJob, spec: {schedule: '* * * * *'}}",
        r#"{"concurrencyPolicy":"Allow","failedJobsHistoryLimit":1,"jobTemplate":{"metadata":{},"spec":{"template":{"metadata":{},"spec":{"containers":null,"dnsPolicy":"ClusterFirst","restartPolicy":"Always","schedulerName":"default-scheduler","securityContext":{},"terminationGracePeriodSeconds":30}}}},"schedule":"* * * * *","successfulJobsHistoryLimit":3,"suspend":false}"#,
    );
    check(
        "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, spec: {egress: [{}]}}",
        r#"{"egress":[{}],"podSelector":{},"policyTypes":["Ingress","Egress"]}"#,
    );
    check(
        "{apiVersion: v1, kind: Secret, stringData: {a: x}, data: {b: eA==}}",
        r#"{"apiVersion":"v1","data":{"a":"eA==","b":"eA=="},"kind":"Secret","metadata":{},"type":"Opaque"}"#,
    );
}

#[test]
fn of_pods() {
    check(
        "{apiVersion: v1, kind: Pod, spec: {hostNetwork: true, volumes: [{name: v}], containers: [\
         {name: c, image: 'r:5000/i', ports: [{containerPort: 80}], livenessProbe: {httpGet: {port: 1}}, \
         resources: {limits: {cpu: '1'}}}, {name: d, image: 'i:1@sha256:00'}]}}",
        concat!(
            r#"{"containers":[{"image":"r:5000/i","imagePullPolicy":"Always","livenessProbe":{"failureThreshold":3,"httpGet":{"path":"/","port":1,"scheme":"HTTP"},"periodSeconds":10,"successThreshold":1,"timeoutSeconds":1},"name":"c","ports":[{"containerPort":80,"hostPort":80,"protocol":"TCP"}],"resources":{"limits":{"cpu":"1"},"requests":{"cpu":"1"}},"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File"},"#,
            r#"{"image":"i:1@sha256:00","imagePullPolicy":"IfNotPresent","name":"d","resources":{},"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File"}],"#,
            r#""dnsPolicy":"ClusterFirst","enableServiceLinks":true,"hostNetwork":true,"restartPolicy":"Always","schedulerName":"default-scheduler","securityContext":{},"terminationGracePeriodSeconds":30,"volumes":[{"emptyDir":{},"name":"v"}]}"#
        ),
    );
}
