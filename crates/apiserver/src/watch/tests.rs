//! What a watch holds for somebody who does not read.

use crate::call::Call;
use crate::tests::{cluster, runtime, show};

use super::*;

const MAPS: &str = "/api/v1/namespaces/default/configmaps";

/// A watch of ConfigMaps in which this many objects, or changes of one, are to be told.
fn watch_of(objects: usize, changes: usize, query: &[(&str, &str)]) -> Watch {
    let server = cluster();
    for number in 0..objects {
        let body = format!(r#"{{"metadata":{{"name":"map-{number}"}}}}"#);
        assert_eq!(show(&server, "POST", MAPS, &body).0, 201);
    }
    for number in 0..changes {
        let body = format!(r#"{{"data":{{"number":"{number}"}}}}"#);
        assert_eq!(show(&server, "PATCH", &format!("{MAPS}/map-0"), &body).0, 200);
    }
    let query = query.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    let call = Call {
        api_version: "v1".into(),
        plural: "configmaps".into(),
        query: query.collect(),
        ..Call::default()
    };
    let target = Target::of(&server.model(), &call).unwrap();
    begin(&server, &target, Query::of(&call), Accept::JSON).unwrap_or_else(|_| panic!("refused"))
}

/// What is held after the first line was taken: a written line less, and this many objects.
fn held(mut watch: Watch) -> (usize, usize) {
    runtime().block_on(async { watch.next().await.unwrap() });
    (watch.lines.len(), watch.waiting.len())
}

#[test]
fn objects_and_changes_wait_unwritten() {
    assert_eq!(held(watch_of(40, 0, &[])), (0, 39));
    assert_eq!(held(watch_of(1, 600, &[("resourceVersion", "1")])), (0, AT_ONCE - 1));
}

#[test]
fn all_of_them_are_told_in_the_end() {
    let mut watch = watch_of(1, 600, &[("resourceVersion", "1")]);
    runtime().block_on(async {
        for _ in 0..601 {
            watch.next().await.unwrap();
        }
    });
    assert_eq!((watch.lines.len(), watch.waiting.len()), (0, 0));
}

#[test]
fn times_that_no_clock_reaches() {
    for seconds in ["9223372036854775807", "0", "-1"] {
        let begun = Instant::now();
        let watch = watch_of(0, 0, &[("timeoutSeconds", seconds)]);
        assert!(watch.end >= begun + TIMEOUT, "{seconds}");
    }
}
