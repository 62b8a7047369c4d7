//! Limits, from both sides.

use super::{file_lines, function_lines};
use crate::tidy::tests::{check, check_allowed};

fn file(path: &str, lines: usize, tail: &str) -> String {
    format!("//- {path}\n{}{tail}", "// a line\n".repeat(lines))
}

/// A function of so many lines.
fn function(signature: &str, lines: usize) -> String {
    format!("{signature} {{\n{}}}\n", "    // a line\n".repeat(lines - 2))
}

#[test]
fn lines_of_a_file() {
    let tests = "#[cfg(test)]\nmod tests {\n    fn f() {}\n}\n";
    check(file_lines, &file("a.rs", 800, tests), "");
    check(file_lines, &file("a/tests.rs", 801, ""), "");
    check(file_lines, &file("a/testdata/a.rs", 801, ""), "");
    check(
        file_lines,
        &file("a.rs", 801, tests),
        "a.rs: 801 lines, at most 800: give each job a file [file-lines]",
    );
    check_allowed(file_lines, &file("a.rs", 801, tests), "file-lines a.rs 801", "");
}

#[test]
fn lines_of_a_function() {
    let good = function("/// Docs.\n/// More.\n#[inline]\npub fn f()", 102 - 3 + 1);
    check(function_lines, &format!("//- a.rs\n{good}"), "");
    let long = function("#[test]\nfn f()", 201);
    check(function_lines, &format!("//- a.rs\n{long}"), "");
    check(function_lines, &format!("//- a.rs\n#[cfg(test)]\nmod t {{\n{long}}}\n"), "");
}

#[test]
fn functions_that_are_too_long() {
    let long = function("fn f()", 101);
    let fixture = format!(
        "//- a.rs\n{long}impl<T> Show for Vec<T> {{\n{long}}}\ntrait Show {{\nfn g();\n{long}}}\n"
    );
    check(
        function_lines,
        &fixture,
        "
a.rs:1: `f` has 101 lines, at most 100: name its steps [function-lines]
a.rs:103: `Vec::f` has 101 lines, at most 100: name its steps [function-lines]
a.rs:207: `Show::f` has 101 lines, at most 100: name its steps [function-lines]
",
    );
    check_allowed(
        function_lines,
        &fixture,
        "function-lines a.rs::f 101\nfunction-lines a.rs::Vec::f 101\nfunction-lines a.rs::Show::f 101",
        "",
    );
}
