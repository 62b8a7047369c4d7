//! Any bytes, in all flavours: no panic, no growth beyond the limits, errors that name a line of the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use manifest::FileName;
use manifest::yaml::{Flavor, Reader};

fuzz_target!(|text: &[u8]| {
    for flavor in [Flavor::Resource, Flavor::Patch, Flavor::Config] {
        if let Err(error) = Reader::new().read(text, FileName::new("x"), flavor) {
            assert!(!error.cause.is_empty());
            // The last bytes of all line breaks that YAML 1.1 has: LF, CR, U+0085, U+2028 and U+2029.
            let breaks = text.iter().filter(|byte| b"\n\r\x85\xa8\xa9".contains(byte));
            assert!(error.origin.line() <= breaks.count() + 2);
        }
    }
});
