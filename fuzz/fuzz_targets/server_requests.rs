//! Any request line, content type and body: the embedded API server answers, and with a status of HTTP.
#![no_main]

use fuzz::{ask, server};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut lines = text.splitn(4, '\n');
    let mut next = || lines.next().unwrap_or_default();
    let (method, path, kind, body) = (next(), next(), next(), next());
    // A watch has no end.
    if !path.contains("watch") {
        ask(&server(), method, path, kind, body);
    }
});
