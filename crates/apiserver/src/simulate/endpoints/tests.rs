//! What is behind Services.

use crate::simulate::tests::check;

const SERVICE: &str = "
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ClusterIP, selector: {app: web}, ports: [{port: 80, targetPort: http}]}}
---
";

fn pod(name: &str, more: &str, ready: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, labels: {{app: web}}{more}}}, spec: {{nodeName: n, \
         containers: [{{name: c, ports: [{{name: http, containerPort: 8080}}]}}]}}, status: {{podIP: 10.244.0.{}, \
         conditions: [{{type: Ready, status: '{ready}'}}]}}}}\n---\n",
        name.len()
    )
}

#[test]
fn pods_that_are_ready_and_others() {
    let yaml = format!("{SERVICE}{}{}", pod("a", "", "True"), pod("bb", "", "False"));
    check(
        &yaml,
        "services/web",
        concat!(
            "create EndpointSlice web-* endpoints=[",
            r#"{"addresses":["10.244.0.1"],"conditions":{"ready":true,"serving":true,"terminating":false},"nodeName":"n","targetRef":{"kind":"Pod","name":"a","namespace":"default","uid":"a"}},"#,
            r#"{"addresses":["10.244.0.2"],"conditions":{"ready":false,"serving":false,"terminating":false},"nodeName":"n","targetRef":{"kind":"Pod","name":"bb","namespace":"default","uid":"bb"}}]"#,
            "\n",
            "create Endpoints web subsets=[",
            r#"{"addresses":[{"ip":"10.244.0.1","nodeName":"n","targetRef":{"kind":"Pod","name":"a","namespace":"default","uid":"a"}}],"#,
            r#""notReadyAddresses":[{"ip":"10.244.0.2","nodeName":"n","targetRef":{"kind":"Pod","name":"bb","namespace":"default","uid":"bb"}}],"#,
            r#""ports":[{"port":8080,"protocol":"TCP"}]}]"#,
            "\n"
        ),
    );
}

#[test]
fn others_make_their_own() {
    check(
        "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 80}]}}",
        "services/web",
        "",
    );
    check(
        "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, selector: {a: b}}}",
        "services/web",
        "",
    );
}

#[test]
fn a_balancer_takes_a_step() {
    let balanced =
        "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: LoadBalancer}}";
    check(balanced, "services/web", "in a step\n");
    check(
        balanced,
        "services/web!",
        "status services/web\n  status.loadBalancer.ingress: [{\"ip\":\"203.0.113.240\",\"ipMode\":\"VIP\"}]\n",
    );
    check(
        "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ClusterIP}, status: {loadBalancer: {ingress: [{ip: 203.0.113.9}]}}}",
        "services/web",
        "status services/web\n  status.loadBalancer.ingress gone\n",
    );
}
