//! Server-side apply by several managers. Single cases are in the recorded ones (`cargo xtask
//! conformance ssa`); here is what holds for any sequence.

use std::collections::BTreeMap;

use manifest::{FileName, Node};
use proptest::prelude::*;

use super::{Operation, Refused, Writer, apply, decode, update};
use crate::Types;
use crate::fields::Set;
use crate::typed::field_set;

fn node(text: &str) -> Node {
    let file = FileName::new("object.yaml");
    let flavor = manifest::yaml::Flavor::Resource;
    let documents = manifest::yaml::Reader::new().read(text.as_bytes(), file, flavor);
    documents.ok().and_then(|mut nodes| nodes.pop()).unwrap_or_else(|| unreachable!("{text}"))
}

fn writer<'a>(
    manager: &'a str,
    kind: (&'a str, &'a str),
    now: &'a str,
    none: &'a Set,
) -> Writer<'a> {
    Writer { manager, api_version: kind.0, kind: kind.1, subresource: "", now, reset: none }
}

const DEPLOYMENT: (&str, &str) = ("apps/v1", "Deployment");

/// Containers and labels that a manager applies: image and environment by name.
type Intent =
    (BTreeMap<String, (Option<String>, BTreeMap<String, String>)>, BTreeMap<String, String>);

fn intent() -> impl Strategy<Value = Intent> {
    let names = || prop::collection::btree_map("[xyz]", "[12]", 0..3);
    let image = prop::option::of("[mn]");
    let containers = prop::collection::btree_map("[abc]", (image, names()), 0..3);
    (containers, names())
}

fn applied(intent: &Intent) -> Node {
    let (containers, labels) = intent;
    let mut text = String::from("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\n");
    if !labels.is_empty() {
        text.push_str("  labels:\n");
        labels.iter().for_each(|(key, value)| text.push_str(&format!("    {key}: '{value}'\n")));
    }
    if !containers.is_empty() {
        text.push_str("spec:\n  template:\n    spec:\n      containers:\n");
    }
    for (name, (image, env)) in containers {
        text.push_str(&format!("      - name: {name}\n"));
        if let Some(image) = image {
            text.push_str(&format!("        image: {image}\n"));
        }
        if !env.is_empty() {
            text.push_str("        env:\n");
        }
        for (key, value) in env {
            text.push_str(&format!("        - {{name: {key}, value: '{value}'}}\n"));
        }
    }
    node(&text)
}

fn stored(mut object: Node) -> Node {
    // A stored object has an identity.
    if let Some(metadata) = object.map_entry("metadata", manifest::Origin::default()) {
        metadata.entry("uid", || Node::string("1", manifest::Origin::default()));
    }
    object
}

/// What a manager owns.
fn owned(object: &Node, manager: &str) -> Set {
    let entries = decode(object).unwrap_or_default();
    let its = entries.into_iter().find(|entry| entry.manager == manager);
    its.map(|entry| entry.fields).unwrap_or_default()
}

/// The leaves of an object that are not its identity.
fn fields(object: &Node, types: &Types) -> Set {
    let mut object = object.clone();
    super::encode(&mut object, Vec::new());
    field_set(&object, types.root(DEPLOYMENT.0, DEPLOYMENT.1))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn applies_by_three_managers(
        steps in prop::collection::vec((0usize..3, any::<bool>(), intent()), 1..12)
    ) {
        let (types, none) = (Types::builtin(), Set::new());
        let managers = ["one", "two", "three"];
        let mut live: Option<Node> = None;
        for (number, (who, force, intent)) in steps.iter().enumerate() {
            let manager = managers.get(*who).copied().unwrap_or_default();
            let now = format!("2026-01-01T00:00:{number:02}Z");
            let by = writer(manager, DEPLOYMENT, &now, &none);
            let wanted = applied(intent);
            let before = live.clone();
            let result = match apply(&types, live.as_ref(), &wanted, by, *force) {
                Ok(result) => result,
                Err(Refused::Conflicts(conflicts)) => {
                    prop_assert!(!force && !conflicts.0.is_empty());
                    // Each conflict is about a field that another manager owns.
                    for conflict in &conflicts.0 {
                        prop_assert!(conflict.manager() != manager);
                        let live = live.as_ref().unwrap_or(&wanted);
                        prop_assert!(owned(live, conflict.manager()).has(&conflict.path));
                    }
                    continue;
                }
                Err(other) => return Err(TestCaseError::fail(other.to_string())),
            };
            let object = stored(result.object);
            // What was applied is there, and is owned.
            let again = apply(&types, Some(&object), &wanted, by, false);
            let again = again.map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert!(!again.changed);
            // Where nobody owns anything, the next apply takes it for an object from before.
            if decode(&object).is_ok_and(|entries| !entries.is_empty()) {
                prop_assert_eq!(&again.object, &object);
            }
            // What others own is still there, unless it was taken with force.
            for other in managers.iter().filter(|other| **other != manager) {
                let now = owned(&object, other);
                let was = before.as_ref().map(|live| owned(live, other)).unwrap_or_default();
                prop_assert!(now.difference(&was).is_empty());
                if !force {
                    prop_assert_eq!(&now, &was);
                }
                let missing = now.difference(&fields(&object, &types));
                prop_assert!(missing.is_empty(), "{other} owns {missing:?}");
            }
            live = Some(object);
        }
    }

    #[test]
    fn updates_move_ownership(first in intent(), second in intent()) {
        let (types, none) = (Types::builtin(), Set::new());
        let by = |manager| writer(manager, DEPLOYMENT, "2026-01-01T00:00:00Z", &none);
        let result = apply(&types, None, &applied(&first), by("one"), false);
        let live = stored(result.map_err(|error| TestCaseError::fail(error.to_string()))?.object);
        let mut new = stored(crate::complete(&types, &applied(&second)));
        super::encode(&mut new, decode(&live).unwrap_or_default());
        let updated = update(&types, Some(&live), &new, by("two"));
        let entries = decode(&updated).unwrap_or_default();
        for entry in &entries {
            // Nobody owns what is not there; who updates owns only what changed.
            let missing = entry.fields.intersection(&fields(&live, &types));
            let missing = missing.difference(&fields(&updated, &types));
            prop_assert!(missing.is_empty(), "{} owns {missing:?}", entry.manager);
            let operation = if entry.manager == "one" { Operation::Apply } else { Operation::Update };
            prop_assert_eq!(entry.operation, operation);
        }
        prop_assert!(owned(&updated, "one").difference(&owned(&live, "one")).is_empty());
    }
}
