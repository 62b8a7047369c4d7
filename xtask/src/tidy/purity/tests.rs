//! Pure crates and the world outside.

use super::{TEMPLATE, impure_words, lint_template, root_lints_repeated};
use crate::tidy::tests::check;

#[test]
fn values_are_pure() {
    check(
        impure_words,
        "\
a 0 pure
b 1 impure
//- crates/a/src/lib.rs
//! Never std::fs.
use std::{fmt, time::{Duration, SystemTime}};
/// Not `SystemTime::now`.
fn f(now: SystemTime) -> &str { \"std::env\" } // std::fs
struct MyCommand;
fn g() { MyCommand::new(); SystemTime::now_or(1) }
#[cfg(test)]
mod tests { use std::fs; }
//- crates/a/src/f/tests.rs
use std::fs;
//- crates/a/tests/it.rs
use std::fs;
//- crates/b/src/lib.rs
use std::fs;
",
        "",
    );
}

#[test]
fn ways_outside() {
    check(
        impure_words,
        "\
a 0 pure
//- crates/a/src/lib.rs
use std::{
    env,
    fs::File,
};
fn f() { std::fs::read(p); std::time::SystemTime::now(); }
fn g() { debug!(Instant::now()); Command::new(p) }
#[cfg(not(test))]
fn h() { std::env::var(p) }
",
        "
crates/a/src/lib.rs:3: `std::fs` in a pure crate: take the value as an argument [pure-words]
crates/a/src/lib.rs:5: `std::fs` in a pure crate: take the value as an argument [pure-words]
crates/a/src/lib.rs:2: `std::env` in a pure crate: take the value as an argument [pure-words]
crates/a/src/lib.rs:8: `std::env` in a pure crate: take the value as an argument [pure-words]
crates/a/src/lib.rs:5: `SystemTime::now` in a pure crate: take the value as an argument [pure-words]
crates/a/src/lib.rs:6: `Instant::now` in a pure crate: take the value as an argument [pure-words]
crates/a/src/lib.rs:6: `Command::new` in a pure crate: take the value as an argument [pure-words]
",
    );
}

#[test]
fn the_lints_of_a_pure_crate() {
    let good = format!("a 0 pure\nb 1 impure\n//- crates/a/clippy.toml\n{TEMPLATE}");
    check(lint_template, &good, "");
    check(
        lint_template,
        "a 0 pure\nb 0 pure\n//- crates/a/clippy.toml\n# mine\n",
        "
crates/a/clippy.toml: differs from xtask/src/tidy/purity/clippy.toml: run `cargo xtask tidy --fix` [pure-clippy]
crates/b/clippy.toml: differs from xtask/src/tidy/purity/clippy.toml: run `cargo xtask tidy --fix` [pure-clippy]
",
    );
}

#[test]
fn the_lints_of_the_root() {
    check(root_lints_repeated, "//- clippy.toml\nallow-print-in-tests = true\n\n", "");
    check(
        root_lints_repeated,
        "//- clippy.toml\nallow-print-in-tests = false\n",
        "xtask/src/tidy/purity/clippy.toml: `allow-print-in-tests = false` of the root's clippy.toml is missing: add it [pure-clippy]",
    );
}
