//! Any text, in both modes: no panic, errors that point at an expression, and text that is kept where there is none.
//!
//! The first line of the input is the value of `v`, the rest is the text.
#![no_main]

use std::borrow::Cow;

use libfuzzer_sys::fuzz_target;
use render::substitute::{Mode, Value, substitute};

fuzz_target!(|input: &str| {
    let (value, text) = input.split_once('\n').unwrap_or(("abc/é/日", input));
    let lookup = |name: &str| match name {
        "v" => Some(Value::Text(value)),
        "n" => Some(Value::Text("-2\n")),
        "e" => Some(Value::Text("")),
        "u" => Some(Value::Unknown("not read: \"x\"")),
        _ => None,
    };
    let strict = substitute(text, Mode::Strict, &lookup);
    let lenient = substitute(text, Mode::Lenient, &lookup);
    if !text.contains("${") && !text.contains("$$") {
        assert!(matches!(strict, Ok(Cow::Borrowed(same)) if same == text));
    }
    match strict {
        Ok(result) => assert_eq!(lenient.as_deref(), Ok(result.as_ref())),
        Err(errors) => {
            assert!(!errors.is_empty() && errors.is_sorted_by_key(|error| error.offset));
            assert!(errors.iter().all(|error| text[error.offset..].starts_with("${")));
        }
    }
});
