//! Budgets and autoscalers.

use crate::simulate::tests::check;

fn budget(spec: &str) -> String {
    let mut yaml = format!(
        "{{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {{name: web, generation: 3}}, spec: {{{spec}, \
         selector: {{matchExpressions: [{{key: app, operator: In, values: [web]}}]}}}}}}\n---\n\
         {{apiVersion: apps/v1, kind: ReplicaSet, metadata: {{name: set}}, spec: {{replicas: 4}}}}\n"
    );
    for (name, ready) in [("a", "True"), ("b", "True"), ("c", "True"), ("d", "False")] {
        yaml += &format!(
            "---\n{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, labels: {{app: web}}, ownerReferences: \
             [{{kind: ReplicaSet, name: set, uid: set, controller: true}}]}}, status: {{conditions: \
             [{{type: Ready, status: '{ready}'}}]}}}}\n"
        );
    }
    yaml
}

#[test]
fn budgets_count() {
    for (spec, desired, allowed) in [
        ("minAvailable: 2", 2, 1),
        ("minAvailable: 50%", 2, 1),
        ("maxUnavailable: 1", 3, 0),
        ("maxUnavailable: 50%", 2, 1),
        ("minAvailable: 9", 9, 0),
    ] {
        let (value, reason) =
            if allowed > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
        check(
            &budget(spec),
            "poddisruptionbudgets.policy/web",
            &format!(
                "status poddisruptionbudgets.policy/web
  DisruptionAllowed {value} {reason}
  status.currentHealthy: 3
  status.desiredHealthy: {desired}
  status.disruptionsAllowed: {allowed}
  status.expectedPods: 4
  status.observedGeneration: 3
"
            ),
        );
    }
}

#[test]
fn autoscalers_look_on() {
    check(
        "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: web}, spec: {scaleTargetRef: {kind: Deployment, name: web}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, status: {replicas: 3}}",
        "horizontalpodautoscalers.autoscaling/web",
        "status horizontalpodautoscalers.autoscaling/web
  AbleToScale True SucceededGetScale the HPA controller was able to get the target's current scale
  ScalingActive False FailedGetResourceMetric simulated: nothing is measured, so nothing is scaled
  status.desiredReplicas: 3
  status.currentReplicas: 3
",
    );
}
