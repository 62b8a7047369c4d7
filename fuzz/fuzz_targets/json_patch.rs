//! Any patch on any document, in both dialects: no panic, and a patch that fails changes nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use manifest::FileName;
use manifest::json_patch::{Dialect, JsonPatch};
use manifest::yaml::{Flavor, Reader};

fuzz_target!(|text: &str| {
    let Some((target, patch)) = text.split_once("\n===\n") else { return };
    let read = |text: &str| {
        let nodes = Reader::new().read(text.as_bytes(), FileName::NONE, Flavor::Config).ok()?;
        nodes.into_iter().next()
    };
    let (Some(target), Some(patch)) = (read(target), read(patch)) else { return };
    let Ok(patch) = JsonPatch::from_node(&patch) else { return };
    for dialect in [Dialect::Lenient, Dialect::Strict] {
        let mut patched = target.clone();
        if patch.apply(&mut patched, dialect).is_err() {
            assert_eq!(patched, target);
        }
    }
});
