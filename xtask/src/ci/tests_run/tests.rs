//! Cargo's output in, ours out.

use super::TestsRun;

/// What is shown on the way, and the closing line.
#[track_caller]
fn check(output: &str, expected: &str) {
    let mut run = TestsRun::default();
    let mut shown: Vec<String> = output.lines().filter_map(|line| run.read(line)).collect();
    shown.push(run.closing_line());
    assert_eq!(shown.join("\n").trim(), expected.trim());
}

#[test]
fn passing_tests_are_counted_not_shown() {
    check(
        "
   Compiling a v0.1.0
     Running unittests src/lib.rs (target/debug/deps/a-1)

running 2 tests
test one ... ok
test two ... ok

test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

     Running unittests src/main.rs (target/debug/deps/b-2)

running 1 test
test three ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s
",
        "
Compiling a v0.1.0
     Running unittests src/lib.rs (target/debug/deps/a-1)
             2 passed, 0 failed
     Running unittests src/main.rs (target/debug/deps/b-2)
             1 passed, 0 failed
3 passed, 0 failed
",
    );
}

#[test]
fn failing_tests_are_shown_whole() {
    check(
        "
     Running unittests src/lib.rs (target/debug/deps/a-1)
test one ... FAILED
test two ... ok
---- one stdout ----
running short of ideas
test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
error: 1 target failed:
",
        "
Running unittests src/lib.rs (target/debug/deps/a-1)
test one ... FAILED
---- one stdout ----
running short of ideas
             1 passed, 1 failed
error: 1 target failed:
1 passed, 1 failed
",
    );
}

#[test]
fn summaries_are_kept_as_cargo_wrote_them() {
    let mut run = TestsRun::default();
    for line in ["   Running a", "   Doc-tests b", "test result: ok. 0 passed; 0 failed"] {
        run.read(line);
    }
    let died = ("   Running a".to_owned(), None);
    let result = Some("test result: ok. 0 passed; 0 failed".to_owned());
    assert_eq!(run.summaries, [died, ("   Doc-tests b".to_owned(), result)]);
    assert!(!run.passed(), "a run that has not ended well did not pass");
}
