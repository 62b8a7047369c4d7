//! Any patch of any kind on a Deployment and a Service: the embedded API server answers, and what it keeps
//! can be read back.
#![no_main]

use fuzz::{ask, server_with_objects};
use libfuzzer_sys::fuzz_target;

const KINDS: [&str; 4] = [
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
];

fuzz_target!(|input: (u8, &str)| {
    let (choice, body) = input;
    let server = server_with_objects();
    let kind = KINDS[usize::from(choice % 4)];
    let path = match choice & 4 {
        0 => "/apis/apps/v1/namespaces/default/deployments/web",
        _ => "/api/v1/namespaces/default/services/web",
    };
    ask(&server, "PATCH", &format!("{path}?fieldManager=fuzz&force={}", choice & 8 == 0), kind, body);
    assert_eq!(ask(&server, "GET", path, "", ""), Some(200));
});
