//! Any selectors: the embedded API server answers.
#![no_main]

use fuzz::{ask, escape, server};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (labels, fields) = text.split_once('\n').unwrap_or((text, ""));
    let (labels, fields) = (escape(labels), escape(fields));
    let path = format!("/api/v1/pods?labelSelector={labels}&fieldSelector={fields}");
    let code = ask(&server(), "GET", &path, "", "");
    assert!(code == Some(200) || code == Some(400), "{code:?}");
});
