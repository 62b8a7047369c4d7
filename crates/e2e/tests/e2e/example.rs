//! The example fleet, as the binary carries it.

use crate::up::Up;

#[test]
fn it_comes_up_by_itself_and_ends() {
    let mut up = Up::start_with(&["--once"]);
    let fleet = up.wait_for("fleet", &[]);
    assert!(fleet.text("repository").ends_with("/fleet"), "{}", fleet.json());
    let end = up.wait_for("end", &[]);
    assert_eq!(
        (end.text("ready"), end.text("failed"), end.text("notRun")),
        ("6".to_owned(), "0".to_owned(), "0".to_owned()),
        "{}",
        up.transcript()
    );
    let ended = up.ended();
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
}

#[test]
fn ctrl_c_ends_it_cleanly() {
    let mut up = Up::start_with(&[]);
    up.wait_for("serving", &[("cluster", "eu-west")]);
    let ended = up.stop();
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
}
