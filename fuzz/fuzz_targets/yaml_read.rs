//! Any bytes, in all flavours: no panic, no growth beyond the limits, errors that name a line of the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use manifest::FileName;
use manifest::yaml::{Flavor, Reader};

/// The one thing on which the YAML library is known to panic (the reader makes an error of it, but a
/// fuzzer sees every panic): a tag that ends at a comma.
fn is_known_to_panic(text: &[u8]) -> bool {
    let mut in_tag = false;
    text.iter().any(|&byte| {
        let ends = in_tag && byte == b',';
        in_tag = byte == b'!' || (in_tag && !byte.is_ascii_whitespace());
        ends
    })
}

fuzz_target!(|text: &[u8]| {
    if is_known_to_panic(text) {
        return;
    }
    for flavor in [Flavor::Resource, Flavor::Patch, Flavor::Config] {
        if let Err(error) = Reader::new().read(text, FileName::new("x"), flavor) {
            assert!(!error.cause.is_empty());
            assert!(error.origin.line() <= text.split(|&byte| byte == b'\n').count() + 1);
        }
    }
});
