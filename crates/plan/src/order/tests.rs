//! The order of kinds.

use testkit::check_eq;

use super::*;

#[track_caller]
fn check(ids: &[&str], expected: &str) {
    let mut ids: Vec<ObjectId> = ids.iter().map(|text| parse(text)).collect();
    ids.sort_by(compare_ids);
    let names: Vec<String> = ids.iter().map(ToString::to_string).collect();
    check_eq(&names.join(" "), expected);
}

fn parse(text: &str) -> ObjectId {
    let parts: Vec<&str> = text.split('|').collect();
    let [group, kind, namespace, name] = parts[..] else { panic!("{text}") };
    ObjectId {
        namespace: namespace.into(),
        group: group.into(),
        kind: kind.into(),
        name: name.into(),
    }
}

#[test]
fn by_need_then_by_name() {
    check(
        &[
            "admissionregistration.k8s.io|ValidatingWebhookConfiguration||w",
            "zoo.org|Animal|a|x",
            "app.org|Boat|b|x",
            "app.org|Boat|a|y",
            "apps|Deployment|x|d",
            "|Secret|x|s",
            "|Namespace||n",
        ],
        "Namespace/n Secret/x/s Deployment/x/d Boat/a/y Boat/b/x Animal/a/x \
         ValidatingWebhookConfiguration/w",
    );
}

#[test]
fn stages_are_by_kind() {
    let name = |text: &str| stage_name(&parse(text));
    assert_eq!(name("|Namespace||x"), "definitions");
    assert_eq!(name("other.org|Namespace||x"), "objects");
    assert_eq!(name("gateway.networking.k8s.io|GatewayClass||x"), "classes");
    assert_eq!(name("rbac.authorization.k8s.io|ClusterRoleBinding||x"), "objects");
}
