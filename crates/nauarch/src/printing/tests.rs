use testkit::check_eq;

use super::table::table;
use super::tree::Tree;
use super::*;

#[test]
fn long_numbers_are_cut() {
    let sha = "696f056df216eea4f9401adbee0ff744d4df390f";
    assert_eq!(
        shorten(&format!("Applied revision: main@sha1:{sha}, not {sha}0z")),
        format!("Applied revision: main@sha1:696f056d, not {sha}0z")
    );
    assert_eq!(shorten("main@sha1:696f056d"), "main@sha1:696f056d");
}

#[test]
fn ages() {
    let check = |seconds, expected| assert_eq!(age(Duration::from_secs(seconds)), expected);
    check(0, "0s");
    check(119, "119s");
    check(120, "2m");
    check(200, "3m20s");
    check(601, "10m");
    check(3 * 3600 + 60, "3h1m");
    check(49 * 3600, "2d1h");
    check(9 * 86_400, "9d");
}

#[test]
fn tables() {
    let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
    let text = table(&["Name", "Ready"], &[row(&["podinfo", "True"]), row(&["a", "False"])]);
    assert_eq!(text, "NAME   \tREADY\t\npodinfo\tTrue \t\na      \tFalse\t\n");
    assert_eq!(table(&[], &[row(&["a"])]), "a\t\n");
}

#[test]
fn trees() {
    let item = |text: &str, items: Vec<Tree>| Tree { text: text.to_owned(), items };
    let middle = item("b", vec![item("c", vec![]), item("d", vec![])]);
    let tree = item("a", vec![middle, item("e", vec![])]);
    check_eq(&tree.print(), "\na\n├── b\n│   ├── c\n│   └── d\n└── e");
}
