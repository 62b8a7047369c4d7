use manifest::FileName;
use manifest::yaml::{Flavor, Reader};
use testkit::check_eq;

use super::*;

fn object(text: &str) -> Object {
    let file = FileName::new("a.yaml");
    let mut nodes = Reader::new().read(text.as_bytes(), file, Flavor::Resource).unwrap();
    Object::new(nodes.remove(0)).unwrap()
}

fn check(before: &str, after: &str, expected: &str) {
    let (before, after) = (object(before), object(after));
    let preview = apply::Preview {
        id: after.id(),
        action: Some(Action::Configure),
        fields: Vec::new(),
        before: Some(before),
        after: Some(after),
    };
    let mut shown = Shown { text: String::new(), code: ExitCode::Done };
    shown.add(&preview);
    assert_eq!(shown.code, ExitCode::Findings);
    check_eq(&shown.text, expected);
}

#[test]
fn secrets_are_masked() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: n}\n";
    check(
        &format!("{secret}data: {{password: b25l, user: bWU=, old: eA==}}"),
        &format!("{secret}data: {{password: dHdv, user: bWU=, new: eQ==}}"),
        "
► Secret/n/db drifted

data
- one map entry removed:
  old: '*** (before)'
+ one map entry added:
  new: '*** (after)'

data.password
± value change
- *** (before)
+ *** (after)
",
    );
}

#[test]
fn what_the_server_keeps_for_itself_is_no_change() {
    let object = "apiVersion: v1\nkind: ConfigMap\n";
    check(
        &format!(
            "{object}metadata: {{name: a, namespace: n, uid: u, generation: 1}}\nstatus: {{a: 1}}"
        ),
        &format!(
            "{object}metadata: {{name: a, namespace: n, uid: u, generation: 2}}\ndata: {{a: b}}"
        ),
        "
► ConfigMap/n/a drifted

(root level)
+ one map entry added:
  data:
    a: b
",
    );
}

#[test]
fn where_the_folder_is() {
    let base = std::env::temp_dir().join(format!("nauarch-diff-{}", std::process::id()));
    let overlay = base.join("overlays/north");
    std::fs::create_dir_all(&overlay).unwrap();
    let base = base.canonicalize().unwrap();
    let found = folder(Some(&overlay), "./overlays/north").unwrap();
    assert_eq!(found, (base.clone(), "overlays/north".to_owned()));
    // No such path in Git: the folder is all there is.
    let found = folder(Some(&overlay), "./elsewhere").unwrap();
    assert_eq!(found.1, "");
    assert!(folder(Some(&base.join("nowhere")), "").is_err());
    std::fs::remove_dir_all(&base).unwrap();
}
