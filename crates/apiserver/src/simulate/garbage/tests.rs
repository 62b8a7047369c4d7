//! Owners and dependents.

use crate::simulate::tests::check;

/// A ConfigMap of this name; `metadata` says more.
fn map(name: &str, metadata: &str) -> String {
    format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}{metadata}}}}}\n---\n")
}

fn owned(name: &str, owners: &[&str], more: &str) -> String {
    let owner = |name: &&str| {
        format!(
            "{{apiVersion: v1, kind: ConfigMap, name: {name}, uid: {name}, blockOwnerDeletion: true}}"
        )
    };
    let owners: Vec<String> = owners.iter().map(owner).collect();
    map(name, &format!(", ownerReferences: [{}]{more}", owners.join(", ")))
}

const DELETING: &str = ", deletionTimestamp: '2026-01-01T00:00:00Z'";

#[test]
fn who_has_no_owner_left_goes() {
    check(
        &owned("child", &["parent"], ""),
        "configmaps/child~",
        "delete configmaps/child Background\n",
    );
    check(
        &format!("{}{}", map("parent", ""), owned("child", &["parent"], "")),
        "configmaps/child~",
        "",
    );
    check(
        &format!("{}{}", map("parent", ""), owned("child", &["parent", "gone"], "")),
        "configmaps/child~",
        "update configmaps/child
  metadata.ownerReferences: [{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"name\":\"parent\",\"uid\":\"parent\",\"blockOwnerDeletion\":true}]
",
    );
    // An owner in another namespace is none.
    check(
        &format!("{}{}", map("parent", ", namespace: other"), owned("child", &["parent"], "")),
        "configmaps/child~",
        "delete configmaps/child Background\n",
    );
    check(
        &owned("child", &["parent"], ", finalizers: [orphan]"),
        "configmaps/child~",
        "delete configmaps/child Orphan\n",
    );
}

#[test]
fn an_owner_in_the_foreground_goes_last() {
    let parent = map("parent", &format!("{DELETING}, finalizers: [foregroundDeletion]"));
    let yaml = format!(
        "{parent}{}{}",
        owned("child", &["parent"], ""),
        owned("grandchild", &["child"], "")
    );
    check(&yaml, "configmaps/parent~", "");
    check(&yaml, "configmaps/child~", "delete configmaps/child Foreground\n");
    check(&yaml, "configmaps/grandchild~", "");
    let alone = format!("{parent}{}", owned("child", &["parent"], ""));
    check(&alone, "configmaps/child~", "delete configmaps/child Background\n");
    check(&parent, "configmaps/parent~", "update configmaps/parent\n  metadata.finalizers: []\n");
}

#[test]
fn orphans_stay() {
    let parent = map("parent", &format!("{DELETING}, finalizers: [orphan]"));
    check(
        &format!("{parent}{}", owned("child", &["parent"], "")),
        "configmaps/parent~",
        "update configmaps/child
  metadata.ownerReferences: []
update configmaps/parent
  metadata.finalizers: []
",
    );
}
