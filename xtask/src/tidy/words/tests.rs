//! Words that may not be committed. (Paths are put together here, or they would be found.)

use super::{machine_paths, unfinished};
use crate::tidy::tests::check;

#[test]
fn finished_work() {
    check(
        unfinished,
        "//- a.rs\n//! No todo!\nfn f() { \"todo!()\"; my_todo!(); #[ignored] todo(); }\n",
        "",
    );
}

#[test]
fn unfinished_work() {
    check(
        unfinished,
        "\
//- a.rs
fn f() { todo!(\"x\"); std::thread::sleep(t) }
fn g() { assert!(unimplemented!()) }
//- a/tests.rs
#[ignore = \"slow\"]
fn h() { thread::sleep(t) }
",
        "
a.rs:1: `todo!`: do it, or take it out [unfinished]
a.rs:2: `unimplemented!`: do it, or take it out [unfinished]
a.rs:1: `thread::sleep`: wait for the event; time is an argument [unfinished]
a/tests.rs:1: `#[ignore`: a test runs, or goes [unfinished]
a/tests.rs:2: `thread::sleep`: wait for the event; time is an argument [unfinished]
",
    );
}

#[test]
fn paths_of_a_machine() {
    let fixture = "\
//- a.md
See https://host/@ROOT x, a@WORK x, ~@HOME x, ${HOME}@WORK x, ./@WORK x and /homer.
";
    check(machine_paths, &real(fixture), "");
    let fixture = "\
//- a.md
cd @WORK x
good
\"@ROOT.ssh\" and @HOME me
";
    check(
        machine_paths,
        &real(fixture),
        &real(
            "
a.md:1: `@WORK` is a path of one machine: make it relative [machine-paths]
a.md:3: `@ROOT` is a path of one machine: make it relative [machine-paths]
a.md:3: `@HOME` is a path of one machine: make it relative [machine-paths]
",
        ),
    );
}

fn real(text: &str) -> String {
    ["root", "work", "home"].iter().fold(text.to_owned(), |text, name| {
        text.replace(&format!("@{}", name.to_uppercase()), &format!("/{name}/"))
    })
}
