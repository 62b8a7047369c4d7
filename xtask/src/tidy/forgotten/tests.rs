//! Files that nobody compiles.

use super::{tests_in_the_library, undeclared_files};
use crate::tidy::tests::check;

#[test]
fn each_file_is_declared() {
    check(
        undeclared_files,
        "\
//- a/src/lib.rs
mod b;
mod inline { mod c; }
//- a/src/b.rs
mod deep;
#[cfg(test)]
mod tests;
//- a/src/b/deep/mod.rs
mod deeper;
//- a/src/b/deep/deeper.rs
//- a/src/b/tests.rs
mod part;
//- a/src/b/tests/part.rs
//- a/src/inline/c.rs
//- a/src/bin/tool.rs
//- a/build.rs
//- a/tests/it/main.rs
mod one;
//- a/tests/it/one.rs
//- a/tests/alone.rs
",
        "",
    );
}

#[test]
fn a_file_without_a_module() {
    check(
        undeclared_files,
        "\
//- a/src/main.rs
mod b;
//- a/src/b.rs
//- a/src/b/tests.rs
//- a/src/c.rs
//- a/tests/it/main.rs
//- a/tests/it/one.rs
",
        "
a/src/b/tests.rs: no module declares it: add `mod`, or delete it [forgotten]
a/src/c.rs: no module declares it: add `mod`, or delete it [forgotten]
a/tests/it/one.rs: no module declares it: add `mod`, or delete it [forgotten]
",
    );
}

#[test]
fn tests_are_compiled_for_tests_only() {
    check(
        tests_in_the_library,
        "\
//- a/src/lib.rs
mod b;
mod tests;
//- a/src/tests.rs
//- a/src/b.rs
#[cfg(test)]
mod tests;
//- a/src/b/tests.rs
mod part;
//- a/src/b/tests/part.rs
",
        "a/src/tests.rs: declared without `#[cfg(test)]`: add it [forgotten]",
    );
}
