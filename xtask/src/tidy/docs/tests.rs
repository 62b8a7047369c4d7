//! What files and crates say of themselves.

use super::{crate_docs, file_docs};
use crate::tidy::tests::check;

#[test]
fn a_file_says_what_it_is() {
    check(file_docs, "//- src/a.rs\n//! Words.\nfn f() {}\n", "");
    check(file_docs, "//- src/a/tests.rs\nfn f() {}\n", "");
    check(
        file_docs,
        "//- src/a.rs\n// Words.\n//! Late.\n//- src/b.rs\n//!\nfn f() {}\n",
        "
src/a.rs:1: start with `//!`: what is this file? [file-docs]
src/b.rs:1: start with `//!`: what is this file? [file-docs]
",
    );
}

#[test]
fn a_crate_has_three_paragraphs() {
    check(
        crate_docs,
        "//- a/src/lib.rs\n//! What.\n//!\n//! # Invariants\n//! One.\n//!\n//! **Not here**: x.\n",
        "",
    );
    check(
        crate_docs,
        "//- a/src/lib.rs\n//! What. Its Invariants are elsewhere.\n//!\n//! Not here: x.\n",
        "a/src/lib.rs:1: no paragraph `Invariants` in the crate's `//!` docs: write it [crate-docs]",
    );
}
