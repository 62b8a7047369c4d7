//! Exceptions hold, and only shrink.

use crate::tidy::tests::check_allowed;
use crate::tidy::words::unfinished;

const TWO: &str = "\
//- src/a.rs
fn f() { todo!() }
fn g() { todo!() }
";

#[test]
fn an_exact_exception_excuses() {
    check_allowed(unfinished, TWO, "# why\n\nunfinished src/a.rs 2", "");
}

#[test]
fn more_than_the_exception_shows_all() {
    check_allowed(
        unfinished,
        TWO,
        "unfinished src/a.rs 1",
        "
src/a.rs:1: `todo!`: do it, or take it out [unfinished]
src/a.rs:2: `todo!`: do it, or take it out [unfinished]
",
    );
}

#[test]
fn less_than_the_exception_shrinks_it() {
    check_allowed(
        unfinished,
        TWO,
        "unfinished src/a.rs 3",
        "xtask/tidy-allow.txt:1: shrink it to 2 [allowlist]",
    );
}

#[test]
fn an_exception_without_a_finding_goes() {
    check_allowed(
        unfinished,
        TWO,
        "unfinished src/a.rs 2\nunfinished src/b.rs 1\nfile-lines src/a.rs 2",
        "
xtask/tidy-allow.txt:2: no longer needed: remove this line [allowlist]
xtask/tidy-allow.txt:3: no longer needed: remove this line [allowlist]
",
    );
}

#[test]
fn a_line_that_is_none() {
    check_allowed(
        unfinished,
        TWO,
        "unfinished src/a.rs\nunfinished src/a.rs two\nunfinished src/a.rs 9\nunfinished src/a.rs 2",
        "
xtask/tidy-allow.txt:1: a line is `RULE SUBJECT FIGURE` [allowlist]
xtask/tidy-allow.txt:2: `two` is not a number [allowlist]
xtask/tidy-allow.txt:4: stands here twice: remove one [allowlist]
",
    );
}
