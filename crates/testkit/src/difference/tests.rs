//! What a failed comparison shows.

use super::*;

#[test]
fn the_lines_that_differ_and_a_few_around_them() {
    let shown = difference("a\nb\nx\nd\n", "a\nb\nc\nd\n");
    assert_eq!(shown, "  a\n  b\n- c\n+ x\n  d\n");
}

#[test]
fn distant_differences_are_apart() {
    let lines = |first: &str, last: &str| {
        let middle: Vec<String> = (0..20).map(|n| n.to_string()).collect();
        format!("{first}\n{}\n{last}\n", middle.join("\n"))
    };
    let shown = difference(&lines("a", "z"), &lines("b", "y"));
    assert!(shown.contains("  2\n  ...\n  17\n"), "{shown}");
}

#[test]
fn line_breaks_at_the_ends_do_not_count() {
    check_eq("a\n", "\na\n\n");
}

#[test]
#[should_panic(expected = "- b\n+ a\n")]
fn a_difference_panics() {
    check_eq("a", "b");
}
