//! A fleet of twenty clusters, as `cargo xtask gen fleet` makes it.

use std::process::Command;

use crate::binary::binary;
use crate::repository::{Folder, Repository};
use crate::up::Up;

#[test]
fn twenty_clusters() {
    let folder = Folder::new();
    let repository = folder.path().join("fleet");
    let mut command = Command::new(binary("xtask"));
    command.args(["gen", "fleet", "--clusters", "20", "--apps", "4", "--out"]).arg(&repository);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let repository = Repository::at(&repository);
    repository.init();
    let mut up = Up::start(repository.path(), &["--once"]);
    let end = up.wait_for("end", &[]);
    assert_eq!(end.text("ready"), "40", "{}", up.transcript());
    assert_eq!(up.ended().code, Some(0));
}
