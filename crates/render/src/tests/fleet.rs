//! The example fleet: every object of every cluster, and that Flux would take all of it.

use super::*;

#[test]
fn every_object_of_every_cluster() {
    let tree = tree_of("../../examples/fleet");
    let memory = Memory::default();
    let registry = registry(&tree, &memory);
    assert_eq!(registry.names(), ["ap-southeast", "eu-west", "us-east"]);
    assert_eq!(registry.diagnostics, []);
    let mut text = String::new();
    for name in registry.names() {
        let rendered = render_named(&tree, name, &Answers::default(), Mode::Strict);
        assert!(rendered.is_complete(), "{}", show(&rendered));
        assert!(rendered.served.is_some());
        writeln!(text, "== {name}\n{}", show(&rendered)).unwrap();
        for (_, object) in rendered.objects() {
            check_replaced(object.root());
        }
    }
    testkit::golden("testdata/fleet.txt", &text);
}

/// That no expression is left.
#[track_caller]
fn check_replaced(node: &Node) {
    if let Some(text) = node.as_str() {
        assert!(!text.contains("${"), "{text} at {}", node.origin);
    }
    for item in node.as_list().unwrap_or_default() {
        check_replaced(item);
    }
    for (_, value) in node.as_map().into_iter().flat_map(manifest::Map::iter) {
        check_replaced(value);
    }
}

#[test]
fn variables_arrive() {
    let tree = tree_of("../../examples/fleet");
    let rendered = render_named(&tree, "us-east", &Answers::default(), Mode::Strict);
    let with_name = rendered.objects().filter(|(unit, object)| {
        let mut text = String::new();
        manifest::yaml::write::write(object.root(), &mut text);
        unit.kustomization.is_some() && text.contains("us-east")
    });
    assert!(with_name.count() > 0);
}
