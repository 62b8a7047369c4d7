use super::*;
use crate::kubeconfig::Context;

fn contexts(current: &str) -> Contexts {
    let context = |name: &str, fleet: Option<&str>| Context {
        name: name.to_owned(),
        fleet: fleet.map(str::to_owned),
    };
    Contexts {
        current: Some(current.to_owned()),
        contexts: vec![
            context("north", Some("ns")),
            context("south", Some("ns")),
            context("kind", None),
        ],
    }
}

fn check(context: Option<&str>, clusters: &[&str], current: &str, expected: &[&str]) {
    let select = Select {
        kubeconfig: None,
        context: context.map(str::to_owned),
        cluster: clusters.iter().map(|name| (*name).to_owned()).collect(),
        namespace: None,
    };
    let chosen = match select.choose(&contexts(current)) {
        Ok(chosen) => chosen.into_iter().map(Option::unwrap_or_default).collect(),
        Err(Failure::Usage(message)) => vec![message],
        Err(other) => panic!("{other:?}"),
    };
    assert_eq!(chosen, expected);
}

#[test]
fn a_fleet_is_meant_as_a_whole() {
    check(None, &[], "north", &["north", "south"]);
    check(None, &[], "kind", &["kind"]);
    check(None, &["south", "south"], "north", &["south"]);
    check(Some("kind"), &[], "north", &["kind"]);
    let missing = "the kubeconfig has no context `nort`; did you mean `north`?";
    check(None, &["nort"], "north", &[missing]);
}
