//! A golden file that agrees, and two ways to disagree.

use super::*;

#[test]
fn the_same_text_passes() {
    golden("testdata/golden.txt", "one\ntwo\n");
}

#[test]
fn what_is_there_already_is_not_written_again() {
    write(Path::new("testdata/golden.txt"), "one\ntwo\n").unwrap();
}

#[test]
fn a_difference_is_shown_by_its_lines() {
    let caught = std::panic::catch_unwind(|| compare("testdata/golden.txt", "one\nthree\n"));
    let message = caught.unwrap_err().downcast::<String>().unwrap();
    assert!(message.contains("UPDATE_EXPECT=1 accepts"), "{message}");
    assert!(message.ends_with("  one\n- two\n+ three\n"), "{message}");
}
