//! What it costs: how often controllers are asked, and that an idle cluster asks nobody.

use super::*;
use crate::simulate::tests::driven::{change, create, server};

/// Does what there is to do until there is nothing, not even to wait for; how many turns it took.
async fn settle(driver: &mut Driver, server: &Server, changes: &mut Changes) -> usize {
    let mut turns = 0;
    loop {
        while let Some(task) = driver.next(changes) {
            driver.turn(server, &task);
            turns += 1;
        }
        let Some((at, _)) = driver.timers.first_key_value() else { return turns };
        tokio::time::sleep_until(*at).await;
        driver.ring();
    }
}

fn deployment(name: &str, replicas: usize) -> String {
    format!(
        "
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec: {{containers: [{{name: app, image: 'app:1'}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec: {{selector: {{app: {name}}}, ports: [{{port: 80}}]}}
"
    )
}

#[tokio::test(start_paused = true)]
async fn work_is_proportional_to_what_changed() {
    let server = server(false);
    let mut changes = server.changes();
    let mut driver = Driver::new(&server, Duration::from_millis(100));
    driver.begin(&server);
    let first = settle(&mut driver, &server, &mut changes).await;
    assert!(first < 40, "{first}");
    for number in 0..20 {
        create(&server, &deployment(&format!("d{number}"), 3));
    }
    let all = settle(&mut driver, &server, &mut changes).await;
    assert!(all < 20 * 45, "{all}");
    let before = server.everything().len();
    create(&server, &deployment("one", 1));
    let began = Instant::now();
    let one = settle(&mut driver, &server, &mut changes).await;
    assert!(began.elapsed() < Duration::from_secs(2), "no deadline is waited for in vain");
    assert!(one < 35, "{one}");
    let scale =
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: one}, spec: {replicas: 0}}";
    change(&server, scale);
    let gone = settle(&mut driver, &server, &mut changes).await;
    assert!(gone < 20, "{gone}");
    assert_eq!(settle(&mut driver, &server, &mut changes).await, 0);
    assert!(driver.timers.is_empty() && driver.steps.is_empty() && driver.alarms.is_empty());
    assert!(server.everything().len() > before);
}

#[tokio::test(start_paused = true)]
async fn who_comes_later_goes_on() {
    let server = server(false);
    create(&server, &deployment("web", 2));
    let mut changes = server.changes();
    let mut driver = Driver::new(&server, Duration::from_millis(100));
    driver.begin(&server);
    for _ in 0..20 {
        let Some(task) = driver.next(&mut changes) else { break };
        driver.turn(&server, &task);
    }
    // Another takes over in the middle.
    let mut changes = server.changes();
    let mut driver = Driver::new(&server, Duration::from_millis(100));
    driver.begin(&server);
    settle(&mut driver, &server, &mut changes).await;
    assert_eq!(crate::simulate::tests::driven::ready(&server), 2);
    let mut changes = server.changes();
    let mut driver = Driver::new(&server, Duration::from_millis(100));
    driver.begin(&server);
    let revision = server.state().store.revision();
    settle(&mut driver, &server, &mut changes).await;
    assert_eq!(server.state().store.revision(), revision, "there is nothing left to write");
}

#[tokio::test(start_paused = true)]
async fn events_do_not_pile_up() {
    let server = server(false);
    let mut changes = server.changes();
    let mut driver = Driver::new(&server, Duration::from_millis(100));
    driver.begin(&server);
    create(&server, &deployment("web", 150));
    settle(&mut driver, &server, &mut changes).await;
    assert_eq!(server.objects("", "events").len(), EVENTS);
}
