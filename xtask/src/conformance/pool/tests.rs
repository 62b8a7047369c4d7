//! Order, panics, and cases that do not end.

use std::sync::Mutex;
use std::time::Duration;

use super::{Ended, run};

const LONG: Duration = Duration::from_secs(3600);

#[test]
fn results_come_in_the_order_of_the_jobs() {
    let jobs: Vec<u64> = (0..100).collect();
    let ended = run(jobs, LONG, |job| job * 2).unwrap();
    let expected: Vec<_> = (0..100).map(|job| Ended::With(job * 2)).collect();
    assert_eq!(ended, expected);
}

#[test]
fn a_panic_is_a_result() {
    let ended = run(vec![1, 0, 2], LONG, |job: &i32| 6 / job).unwrap();
    assert_eq!(ended[0], Ended::With(6));
    assert_eq!(ended[2], Ended::With(3));
    let Ended::InPanic(message) = &ended[1] else { panic!("{:?}", ended[1]) };
    assert!(message.contains("attempt to divide by zero"), "{message}");
    assert!(message.contains("tests.rs"), "{message}");
}

#[test]
fn what_does_not_end_is_given_up() {
    static NEVER: Mutex<()> = Mutex::new(());
    let held = NEVER.lock().unwrap();
    let jobs = vec!["waits", "waits", "waits", "ends"];
    let ended = run(jobs, Duration::from_millis(1), |job| {
        drop((*job == "waits").then(|| NEVER.lock()));
    })
    .unwrap();
    drop(held);
    assert_eq!(ended[..3], [Ended::Not, Ended::Not, Ended::Not]);
}
