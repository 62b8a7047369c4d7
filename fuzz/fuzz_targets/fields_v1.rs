//! Any managed fields: no panic, and what is read is written as it was read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use manifest::{Origin, json};
use schema::fields::Set;

fuzz_target!(|bytes: &[u8]| {
    let Ok(node) = json::read(bytes, Origin::NONE) else { return };
    let Ok(set) = Set::from_fields_v1(&node) else { return };
    let again = Set::from_fields_v1(&set.to_fields_v1()).expect("what was written is managed fields");
    assert_eq!(again, set);
    assert!(set.union(&set) == set && set.intersection(&set) == set && set.difference(&set).is_empty());
});
