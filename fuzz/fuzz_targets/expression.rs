//! Any expression over any object: it compiles or says why not, and it ends within its budget.
//!
//! The input is an object in YAML and an expression, divided by a line of `===`; the object is `self`,
//! with whatever fields, and `object` is the same.
#![no_main]

use expression::{Environment, Type, dynamic};
use libfuzzer_sys::fuzz_target;
use manifest::FileName;
use manifest::yaml::{Flavor, Reader};

const LIMIT: u64 = 100_000;

fuzz_target!(|text: &str| {
    let (object, source) = text.split_once("\n===\n").unwrap_or(("", text));
    let file = FileName::new("object.yaml");
    let read = Reader::new().read(object.as_bytes(), file, Flavor::Resource);
    let object = read.ok().and_then(|mut nodes| nodes.pop()).unwrap_or_default();
    let environment = Environment::new().with("self", Type::Dyn).with("object", Type::Dyn);
    match environment.compile(source) {
        Ok(program) => {
            let value = |_: &str| Some(Ok(dynamic(&object)));
            let (outcome, cost) = program.evaluate(&value, LIMIT);
            assert!(cost <= LIMIT || outcome.is_err());
        }
        Err(issues) => assert!(issues.to_string().starts_with("ERROR: <input>:")),
    }
});
