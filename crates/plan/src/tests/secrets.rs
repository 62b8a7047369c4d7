//! Values of Secrets are compared, and never shown.

use super::*;

const TOKEN: &str = "
{apiVersion: v1, kind: Secret, metadata: {name: t, namespace: x}, stringData: {token: hunter2}}
";

#[test]
fn text_is_sent_as_data() {
    let cluster = Cluster::with(&owned(
        "{apiVersion: v1, kind: Secret, metadata: {name: t, namespace: x}, data: {token: aHVudGVyMg==}}",
    ));
    let inventory = inventory(&["x_t__Secret"]);
    check(&cluster, TOKEN, &inventory, "inventory: Secret/x/t\nunchanged: 1\n");
    check(
        &cluster,
        &TOKEN.replace("token:", "other:"),
        &inventory,
        "objects:
  configure Secret/x/t
    .data.other: - to *** []
    .data.token: *** to - [kustomize-controller]
inventory: Secret/x/t
",
    );
}

#[test]
fn what_is_sensitive_is_compared_by_what_it_is() {
    let mut desired = owned(TOKEN);
    let secret = manifest::Sensitive::new("hunter2".to_owned());
    let root = desired[0].root_mut().as_map_mut().unwrap();
    let data = root.get_mut("stringData").unwrap().as_map_mut().unwrap();
    data.set("token", Node::new(manifest::Value::Sensitive(secret), manifest::Origin::NONE));
    let set = plan_with(&Cluster::default(), &desired, &Inventory::default(), false);
    let mut cluster = Cluster::default();
    cluster.carry_out(&set);
    assert_eq!(
        cluster.object("Secret/x/t").root().str_at(&["data", "token"]),
        Some("aHVudGVyMg==")
    );
    let again = plan_with(&cluster, &desired, &set.inventory, false);
    check_eq(&told(&again), "inventory: Secret/x/t\nunchanged: 1\n");
    assert!(!format!("{set:?}{again:?}").contains("aHVudGVyMg"), "{set:?}");
}

#[test]
fn what_cannot_be_known_is_not_sent() {
    let mut desired = owned(TOKEN);
    let reason = manifest::Value::Unknown("the Secret x/y is in the cluster".into());
    let root = desired[0].root_mut().as_map_mut().unwrap();
    let data = root.get_mut("stringData").unwrap().as_map_mut().unwrap();
    data.set("token", Node::new(reason, manifest::Origin::NONE));
    let set = plan_with(&Cluster::default(), &desired, &Inventory::default(), false);
    check_eq(
        &told(&set),
        "objects:
  skip Secret/x/t: the Secret x/y is in the cluster
journal: Secret/x/t
inventory: Secret/x/t
",
    );
}
