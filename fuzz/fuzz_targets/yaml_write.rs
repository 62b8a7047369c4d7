//! What was read, written, and read again is the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use manifest::yaml::write::write_documents;
use manifest::yaml::{Flavor, Reader};
use manifest::{FileName, Node, Value, number::Number};

/// Numbers are compared by what they mean: the writer prints them as Go does.
fn same(a: &Node, b: &Node) -> bool {
    let number = |node: &Node| match &node.value {
        Value::Int(value) => Some(Number::Int(*value).go_yaml()),
        Value::Number(text) => Number::parse(text).map(|number| number.go_yaml()),
        _ => None,
    };
    match (&a.value, &b.value) {
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b || (number(a).is_some() && number(a) == number(b)),
    }
}

fuzz_target!(|text: &str| {
    let read = |text: &str| Reader::new().read(text.as_bytes(), FileName::NONE, Flavor::Resource);
    let Ok(nodes) = read(text) else { return };
    let mut written = String::new();
    write_documents(&nodes, &mut written);
    let again = read(&written).expect("what was written is YAML");
    assert_eq!(again.len(), nodes.len(), "{written}");
    assert!(nodes.iter().zip(&again).all(|(a, b)| same(a, b)), "{written}");
});
