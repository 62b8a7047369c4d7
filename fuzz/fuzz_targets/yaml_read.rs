//! Any bytes, in all flavours: no panic, no growth beyond the limits, errors that name a line of the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use manifest::FileName;
use manifest::yaml::{Flavor, Reader};

fuzz_target!(|text: &[u8]| {
    for flavor in [Flavor::Resource, Flavor::Patch, Flavor::Config] {
        if let Err(error) = Reader::new().read(text, FileName::new("x"), flavor) {
            assert!(!error.cause.is_empty());
            assert!(error.origin.line() <= text.split(|&byte| byte == b'\n').count() + 1);
        }
    }
});
