//! The list binds in both directions.

use super::Known;

fn check(list: &str, passed: &[&str], failed: &[&str], all: bool, expected: &[&str]) {
    let known = Known::parse(list).unwrap();
    assert_eq!(known.violations(passed, failed, all), expected);
}

#[test]
fn what_is_listed_may_fail() {
    check("# a comment\n\nb  not written yet\n", &["a"], &["b"], true, &[]);
}

#[test]
fn what_is_not_listed_may_not() {
    check("b reason\n", &[], &["a", "b"], true, &["a: fails, and is not on the list"]);
}

#[test]
fn what_is_listed_may_not_pass() {
    check("b reason\n", &["a", "b"], &[], true, &["b: passes; take it off the list"]);
}

#[test]
fn what_is_listed_is_a_case() {
    check("c reason\n", &["a"], &[], true, &["c: is no case; take it off the list"]);
    check("c reason\n", &["a"], &[], false, &[]);
}

#[test]
fn what_is_no_list() {
    let refused = |list| Known::parse(list).unwrap_err().to_string();
    assert_eq!(refused("a x\nb\n"), "line 2: `b` has no reason; write one after the name");
    assert_eq!(refused("a x\na y\n"), "line 2: `a` is there twice; remove one");
}
