//! Whatever happens, the right number of Pods becomes ready, and no rollout goes below its minimum.

use std::collections::BTreeMap;
use std::time::Duration;

use manifest::{Node, Text};
use proptest::prelude::*;

use super::driven::{change, create, delete, health, pass, ready, server};
use crate::Server;

/// Something that somebody does to one of three Deployments.
#[derive(Clone, Debug)]
enum Act {
    Create(usize, u8),
    Scale(usize, u8),
    Image(usize, u8),
    Delete(usize),
    Kill(usize),
    Wait(u16),
}

fn act() -> impl Strategy<Value = Act> {
    let which = || 0..3_usize;
    prop_oneof![
        (which(), 0..6_u8).prop_map(|(which, replicas)| Act::Create(which, replicas)),
        (which(), 0..6_u8).prop_map(|(which, replicas)| Act::Scale(which, replicas)),
        (which(), 0..3_u8).prop_map(|(which, image)| Act::Image(which, image)),
        which().prop_map(Act::Delete),
        (0..100_usize).prop_map(Act::Kill),
        (0..400_u16).prop_map(Act::Wait),
    ]
}

fn deployment(which: usize, spec: &str) -> String {
    format!(
        "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: d{which}}}, spec: {{{spec}}}}}"
    )
}

fn whole(which: usize, replicas: u8, strategy: &str) -> String {
    let labels = format!("{{app: d{which}}}");
    let container = "{name: app, image: 'app:0'}";
    deployment(
        which,
        &format!(
            "replicas: {replicas}, {strategy} selector: {{matchLabels: {labels}}}, template: {{metadata: \
             {{labels: {labels}}}, spec: {{containers: [{container}]}}}}"
        ),
    )
}

fn image(which: usize, image: u8) -> String {
    let container = format!("{{name: app, image: 'app:{image}'}}");
    deployment(which, &format!("template: {{spec: {{containers: [{container}]}}}}"))
}

/// Does something, and notes how many Pods there should be.
async fn perform(server: &Server, act: &Act, wanted: &mut [Option<u8>; 3]) {
    match *act {
        Act::Create(which, replicas) if wanted[which].is_none() => {
            create(server, &whole(which, replicas, ""));
            wanted[which] = Some(replicas);
        }
        Act::Scale(which, replicas) if wanted[which].is_some() => {
            change(server, &deployment(which, &format!("replicas: {replicas}")));
            wanted[which] = Some(replicas);
        }
        Act::Image(which, tag) if wanted[which].is_some() => change(server, &image(which, tag)),
        Act::Delete(which) if wanted[which].is_some() => {
            delete(server, &deployment(which, ""), "Background");
            wanted[which] = None;
        }
        Act::Kill(which) => {
            let pods = server.objects("", "pods");
            if let Some(pod) = which.checked_rem(pods.len()).and_then(|at| pods.get(at)) {
                let name = crate::make::meta(pod, "name");
                let pod = format!("{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}}}");
                delete(server, &pod, "Background");
            }
        }
        Act::Wait(time) => tokio::time::sleep(Duration::from_millis(time.into())).await,
        _ => {}
    }
}

/// A Pod's name, and whether it is ready.
fn state(pod: &Node) -> (Text, bool) {
    (crate::make::meta(pod, "name").into(), crate::simulate::edit::is_true(pod, "Ready"))
}

fn in_paused_time<F: Future>(future: F) -> F::Output {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().start_paused(true).build().unwrap().block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_settles(acts in proptest::collection::vec(act(), 1..25)) {
        in_paused_time(async {
            let server = server(true);
            let mut wanted = [None; 3];
            for act in &acts {
                perform(&server, act, &mut wanted).await;
            }
            pass(20).await;
            let sum: usize = wanted.iter().flatten().copied().map(usize::from).sum();
            prop_assert_eq!(ready(&server), sum);
            prop_assert_eq!(server.objects("", "pods").len(), sum, "no Pod is left over");
            for which in (0..3).filter(|which| wanted[*which].is_some()) {
                let health = health(&server, "deployments.apps", &format!("d{which}"));
                prop_assert!(health.starts_with("Current"), "{}", health);
            }
            Ok(())
        })?;
    }

    #[test]
    fn a_rollout_never_goes_below_its_minimum(
        replicas in 1..8_u8,
        surge in 0..4_u8,
        unavailable in 0..4_u8,
        again in 0..600_u64,
    ) {
        in_paused_time(async {
            let server = server(true);
            let strategy = format!(
                "strategy: {{rollingUpdate: {{maxSurge: {surge}, maxUnavailable: {unavailable}}}}},"
            );
            // The API server refuses two zeros.
            let strategy = if surge + unavailable == 0 { String::new() } else { strategy };
            create(&server, &whole(0, replicas, &strategy));
            pass(5).await;
            prop_assert_eq!(ready(&server), usize::from(replicas));
            let (surge, unavailable) = match surge + unavailable {
                0 => (replicas.div_ceil(4), replicas / 4),
                _ => (surge, unavailable),
            };
            let minimum = usize::from(replicas.saturating_sub(unavailable));
            let maximum = usize::from(replicas + surge);
            let mut changes = server.changes();
            let mut pods: BTreeMap<Text, bool> = server.objects("", "pods").iter().map(state).collect();
            change(&server, &image(0, 1));
            tokio::time::sleep(Duration::from_millis(again)).await;
            change(&server, &image(0, 2));
            pass(20).await;
            while let Some(change) = changes.try_next() {
                if change.collection != "pods" {
                    continue;
                }
                match change.deleted {
                    true => drop(pods.remove(&change.name)),
                    false => pods.extend([state(&change.object)]),
                }
                let ready = pods.values().filter(|ready| **ready).count();
                prop_assert!(ready >= minimum, "{} ready, not {}", ready, minimum);
                prop_assert!(pods.len() <= maximum, "{} there, not {}", pods.len(), maximum);
            }
            prop_assert_eq!(ready(&server), usize::from(replicas));
            Ok(())
        })?;
    }
}
