//! What is read from a source.

use super::{Source, unreadable};
use crate::tidy::tests::{assert_text, check};
use crate::tidy::tree::File;

fn read(text: &str) -> Source {
    Source::read(&File { path: "a.rs".to_owned(), text: text.to_owned() })
}

/// The code of each line.
#[track_caller]
fn check_code(text: &str, expected: &str) {
    assert_text(&read(text).code.join("\n"), expected);
}

/// Test lines, functions and modules, a line each.
#[track_caller]
fn check_items(text: &str, expected: &str) {
    let source = read(text);
    let tests = source.test_lines.iter().map(|lines| format!("test {lines:?}"));
    let functions =
        source.functions.iter().map(|f| format!("fn {} {}+{}", f.name, f.line, f.lines));
    let modules = source.modules.iter().map(|module| {
        let test = if module.test { " for tests" } else { "" };
        format!("mod {}{test}", module.name)
    });
    let all: Vec<String> = tests.chain(functions).chain(modules).collect();
    assert_text(&all.join("\n"), expected);
}

#[test]
fn code_without_comments_and_literals() {
    check_code(
        "let_it!(); // a comment\n#[doc = \"words\"]\nfn f<'a>() -> u8 { /* x */ r#\"y\"#; return b'z' }",
        "let_it!();\n#[doc=]\nfn f<'a>()->u8{;return}",
    );
}

#[test]
fn imports_in_full() {
    check_code(
        "use std::{fs, io::*};\nuse a::b as c;",
        "use std::{fs,io::*}; std::fs std::io::*\nuse a::b as c; a::b",
    );
}

#[test]
fn test_items() {
    check_items(
        "\
fn f() {}
/// Docs.
#[cfg(test)]
mod tests {
    #[test]
    fn g() {}
}
#[cfg(all(test, unix))]
fn h() {}
#[cfg(not(test))]
fn i() {}
impl A {
    #[cfg(test)]
    fn j() {}
    fn k() { fn l() {} }
}
",
        "test 2..=7\ntest 8..=9\ntest 13..=14\nfn f 1+1\nfn i 11+1\nfn A::k 15+1\nfn A::k::l 15+1",
    );
}

#[test]
fn modules_with_files() {
    check_items(
        "mod a;\npub(crate) mod b {\n    mod c;\n}\n#[cfg(test)]\nmod tests;\n",
        "test 5..=6\nmod a\nmod b/c\nmod tests for tests",
    );
}

#[test]
fn a_source_that_does_not_parse() {
    check(unreadable, "//- a.rs\nfn f() {}\n", "");
    check(
        unreadable,
        "//- a.rs\nfn f() {}\nfn fn\n",
        "a.rs:2: does not parse: expected identifier, found keyword `fn` [unreadable]",
    );
}
