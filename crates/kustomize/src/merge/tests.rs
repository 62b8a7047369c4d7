use ecow::eco_format;
use manifest::yaml::{Flavor, Reader};
use manifest::{FileName, List, Origin, Sensitive, Text};
use proptest::prelude::*;

use super::*;

fn read(text: &str, file: &str) -> Node {
    let nodes = Reader::new().read(text.as_bytes(), FileName::new(file), Flavor::Resource).unwrap();
    nodes.into_iter().next().unwrap_or_else(|| Node::map(Origin::NONE))
}

fn merged(base: &str, patch: &str) -> Result<Option<Node>, String> {
    let mut target = read(base, "base.yaml");
    let patch = Patch::new(read(patch, "patch.yaml"));
    match merge(&mut target, &patch, &Schema::builtin()) {
        Ok(Outcome::Kept) => Ok(Some(target)),
        Ok(Outcome::Deleted) => Ok(None),
        Err(error) => Err(format!("{}: {error}", error.origin)),
    }
}

/// What base and patch come to: YAML, `deleted`, or an error.
fn check(base: &str, patch: &str, expected: &str) {
    match (merged(base, patch), expected) {
        (Err(error), _) => assert_eq!(error, expected, "{base}\n+ {patch}"),
        (Ok(None), _) => assert_eq!("deleted", expected, "{base}\n+ {patch}"),
        (Ok(Some(node)), _) => {
            let expected = read(expected, "expected.yaml");
            assert_eq!(sorted(&node), sorted(&expected), "{base}\n+ {patch}");
        }
    }
}

/// The value as text with sorted keys, so that a difference is easy to see.
fn sorted(node: &Node) -> String {
    match &node.value {
        Value::Map(map) => {
            let mut fields: Vec<String> =
                map.iter().map(|(key, node)| format!("{key}: {}", sorted(node))).collect();
            fields.sort();
            format!("{{{}}}", fields.join(", "))
        }
        Value::List(list) => {
            format!("[{}]", list.iter().map(sorted).collect::<Vec<_>>().join(", "))
        }
        _ => format!("{node:?}"),
    }
}

/// [`check`] of the fields of something that has no schema.
fn check_free(base: &str, patch: &str, expected: &str) {
    let object = |fields: &str| format!("apiVersion: example.com/v1\nkind: Foo\n{fields}\n");
    match expected {
        "deleted" => check(&object(base), &object(patch), expected),
        _ if expected.starts_with("patch.yaml") => check(&object(base), &object(patch), expected),
        _ => check(&object(base), &object(patch), &object(expected)),
    }
}

/// [`check`] of the Pod template of a Deployment, each in flow style.
fn check_pod(base: &str, patch: &str, expected: &str) {
    let object = |pod: &str| {
        format!(
            "{{apiVersion: apps/v1, kind: Deployment, spec: {{template: {{spec: {{{pod}}}}}}}}}"
        )
    };
    match expected.contains("yaml:") {
        true => check(&object(base), &object(patch), expected),
        false => check(&object(base), &object(patch), &object(expected)),
    }
}

/// [`check_pod`] of a list of containers.
fn check_containers(base: &str, patch: &str, expected: &str) {
    let list = |list: &str| format!("containers: [{list}]");
    match expected.contains("yaml:") {
        true => check_pod(&list(base), &list(patch), expected),
        false => check_pod(&list(base), &list(patch), &list(expected)),
    }
}

/// [`check_pod`] of the ports of a container.
fn check_ports(base: &str, patch: &str, expected: &str) {
    let container = |ports: &str| format!("{{name: a, ports: [{ports}]}}");
    check_containers(&container(base), &container(patch), &container(expected));
}

#[test]
fn scalars() {
    check_free("a: 1", "a: 2", "a: 2");
    check_free("a: 1", "b: x", "a: 1\nb: x");
    check_free("a: 1\nb: 2", "a: null", "b: 2");
    check_free("a: 1", "b: null", "a: 1");
    check_free("a: x", "a: ''", "a: ''");
    check_free("a: 1", "a: 1", "a: 1");
    check_free("a: null", "a: 1", "a: 1");
}

#[test]
fn maps() {
    check_free("m: {a: 1}", "m: {b: 2}", "m: {a: 1, b: 2}");
    check_free("m: {a: {b: {c: 1}}}", "m: {a: {b: {d: 2}}}", "m: {a: {b: {c: 1, d: 2}}}");
    check_free("a: 1", "m: {b: 2}", "a: 1\nm: {b: 2}");
    check_free("m: {}", "m: {b: 2}", "m: {b: 2}");
    check_free("m: null", "m: {b: 2}", "m: {b: 2}");
    check_free("m: {a: 1}", "m: {}", "m: {a: 1}");
    check_free("m: {a: 1}", "m: {a: null}", "m: {}");
    check_free("m: {a: 1}", "m: null", "");
    check_free("a: 1", "m: {}", "a: 1\nm: {}");
}

#[test]
fn nulls_that_are_written_stay_and_blank_ones_go() {
    check_free(
        "a: null\nb: ~\nc:\nm: {d: null}\nn:\n  e:",
        "z: 1",
        "a: null\nb: ~\nm: {d: null}\nn: {}\nz: 1",
    );
    check_free("l:\n- c:\n", "z: 1", "l: [{c: null}]\nz: 1");
    // What a patch adds loses all of its nulls, except in lists that it replaces.
    check_free(
        "a: 1",
        "m: {b: null, c: {d: ~}}\nl: [{e: null}, null]",
        "a: 1\nm: {c: {}}\nl: [{e: null}, null]",
    );
}

#[test]
fn quoted_text_stays_text() {
    check_free(
        "a: '80'\nb: \"x\"\nc: |\n  x\nd: x\ne: 80",
        "a: 1\nb: true\nc: 1.50\nd: 5\ne: '90'",
        "a: '1'\nb: 'true'\nc: '1.50'\nd: 5\ne: '90'",
    );
    // The style outlives the first patch.
    let mut target = read("a: 'x'", "base.yaml");
    for text in ["a: y", "a: 7"] {
        let patch = Patch::new(read(text, "patch.yaml"));
        assert_eq!(merge(&mut target, &patch, &Schema::builtin()), Ok(Outcome::Kept));
    }
    assert_eq!(format!("{target:?}"), r#"{"a": "7"}"#);
}

#[test]
fn lists_without_a_schema_are_replaced() {
    check_free("l: [1, 2, 3]", "l: [4]", "l: [4]");
    check_free("l: [1, 2, 3]", "l: []", "l: []");
    check_free("l: [1, 2, 3]", "l: null", "");
    check_free("l: [1, 2, 3]", "m: 1", "l: [1, 2, 3]\nm: 1");
    check_free(
        "l: [{name: a, x: 1}]",
        "l: [{name: a, $patch: delete}]",
        "l: [{name: a, $patch: delete}]",
    );
    check_free(
        "spec: {containers: [{name: a}]}",
        "spec: {containers: [{name: b}]}",
        "spec: {containers: [{name: b}]}",
    );
    check_pod("tolerations: [{key: a}]", "tolerations: [{key: b}]", "tolerations: [{key: b}]");
    check_containers("{name: a, args: [x, y]}", "{name: a, args: [z]}", "{name: a, args: [z]}");
    check(
        "{apiVersion: apps/v9, kind: Deployment, metadata: {finalizers: [a]}}",
        "{metadata: {finalizers: [b]}}",
        "{apiVersion: apps/v9, kind: Deployment, metadata: {finalizers: [b]}}",
    );
}

#[test]
fn what_does_not_fit() {
    check_free(
        "a: {b: {c: 1}}",
        "a: {b: x}",
        "patch.yaml:3: a.b: the patch has a string where the object has a map",
    );
    check_free(
        "a: [1]",
        "a: {b: 1}",
        "patch.yaml:3: a: the patch has a map where the object has a list",
    );
    check_free(
        "a: 1",
        "a: [1]",
        "patch.yaml:3: a: the patch has a list where the object has a number",
    );
    check("[]", "{}", "patch.yaml:1: the patch has a map where the object has a list");
    check_pod(
        "containers: [{name: a.b, env: [{name: x, value: 1}]}]",
        "containers: [{name: a.b, env: [{name: x, value: {}}]}]",
        "patch.yaml:1: spec.template.spec.containers.[name=a.b].env.[name=x].value: \
         the patch has a map where the object has a number",
    );
    check(
        "{metadata: {annotations: {a.b/c: x}}}",
        "{metadata: {annotations: {a.b/c: {}}}}",
        "patch.yaml:1: metadata.annotations.[a.b/c]: the patch has a map where the object has a string",
    );
}

#[test]
fn directives_in_maps() {
    check_free("m: {a: 1}\nx: 1", "m: {$patch: delete}", "x: 1");
    check_free("m: {a: 1}\nx: 1", "m: {$patch: delete, b: 1}", "x: 1");
    check_free("m: {a: 1}", "m: {$patch: replace, b: 2}", "m: {b: 2}");
    check_free("m: {a: 1}", "m: {b: 2, c: null, $patch: replace}", "m: {b: 2}");
    check_free("m: {a: 1}", "m: {$patch: merge, b: 2}", "m: {a: 1, b: 2}");
    check_free("x: 1", "m: {$patch: delete, b: 2}", "x: 1");
    check_free("x: 1", "m: {$patch: replace, b: 2}", "x: 1\nm: {b: 2}");
    check_free(
        "x: 1",
        "m: {n: {$patch: delete}, o: {$patch: replace, p: 1}}",
        "x: 1\nm: {o: {p: 1}}",
    );
    check_free(
        "m: {a: 1}",
        "m: {$patch: drop}",
        "patch.yaml:3: m.$patch: unknown `$patch: drop`: use `delete`, `replace` or `merge`",
    );
    // Where nothing is, an unknown one is a field; below, it is an error again.
    check_free("x: 1", "m: {$patch: drop}", "x: 1\nm: {$patch: drop}");
    check_free(
        "x: 1",
        "m: {n: {$patch: drop}}",
        "patch.yaml:3: m.n.$patch: unknown `$patch: drop`: use `delete`, `replace` or `merge`",
    );
}

#[test]
fn directives_on_the_whole_object() {
    check_free("a: 1", "$patch: delete", "deleted");
    check_free("a: 1", "$patch: merge\nb: 2", "a: 1\nb: 2");
    // kustomize loses the replacement.
    check_free("a: 1", "$patch: replace\nb: 2", "a: 1");
    check_free(
        "a: 1",
        "$patch: x",
        "patch.yaml:3: $patch: unknown `$patch: x`: use `delete`, `replace` or `merge`",
    );
    // An object of which nothing is left is deleted.
    check("{a: 1}", "{a: null}", "deleted");
}

#[test]
fn lists_merge_by_a_key() {
    check_containers("{name: a}, {name: b}", "{name: c}", "{name: c}, {name: a}, {name: b}");
    check_containers(
        "{name: a, image: x}, {name: b, image: y}",
        "{name: b, image: z}, {name: c}",
        "{name: b, image: z}, {name: c}, {name: a, image: x}",
    );
    check_containers("{name: a}", "", "{name: a}");
    check_containers(
        "",
        "{name: a, image: null, env: [{name: x, value: null}]}",
        "{name: a, env: [{name: x}]}",
    );
    check_pod("x: 1", "containers: [{name: a}]", "x: 1, containers: [{name: a}]");
    check_pod("containers: [{name: a}]", "containers: null", "");
    check_containers(
        "{name: a, env: [{name: x, value: 1}]}",
        "{name: a, env: [{name: y}, {name: x, value: 2}]}",
        "{name: a, env: [{name: y}, {name: x, value: 2}]}",
    );
    check_pod(
        "volumes: [{name: a, emptyDir: {}}]",
        "volumes: [{name: a, secret: {secretName: s}}]",
        "volumes: [{name: a, emptyDir: {}, secret: {secretName: s}}]",
    );
    check_pod(
        "hostAliases: [{ip: 1, hostnames: [x]}]",
        "hostAliases: [{ip: '1', hostnames: [y]}]",
        "hostAliases: [{ip: '1', hostnames: [y]}]",
    );
    check(
        "{apiVersion: v1, kind: ServiceAccount, secrets: [{name: a}], imagePullSecrets: [{name: a}]}",
        "{secrets: [{name: b}], imagePullSecrets: [{name: b}]}",
        "{apiVersion: v1, kind: ServiceAccount, secrets: [{name: b}, {name: a}], imagePullSecrets: [{name: b}]}",
    );
}

#[test]
fn sets_of_scalars() {
    let object = |list: &str| {
        format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{finalizers: {list}}}}}")
    };
    let check = |base, patch, expected: &str| match expected.starts_with('[') {
        true => check(&object(base), &object(patch), &object(expected)),
        false => check(&object(base), &object(patch), expected),
    };
    check("[a, b]", "[c, a]", "[c, a, b]");
    check("[a, b]", "[]", "[a, b]");
    check("[a, a, b]", "[c]", "[c, a, b]");
    check("[a, null]", "[{}]", "[a]");
    check(
        "[a, {$patch: x}]",
        "[]",
        "base.yaml:1: metadata.finalizers: the list merges scalars, and one of its elements is a map",
    );
}

#[test]
fn objects_inside_of_objects_say_what_they_are() {
    let embedded =
        |list: &str| format!("x: {{apiVersion: v1, kind: Pod, spec: {{containers: [{list}]}}}}");
    check_free(&embedded("{name: a}"), &embedded("{name: b}"), &embedded("{name: b}, {name: a}"));
    let patch = "x: {spec: {containers: [{name: b}]}}";
    check_free(&embedded("{name: a}"), patch, &embedded("{name: b}, {name: a}"));
    // The patch's word counts where the object has none.
    check(
        "{kind: Foo, spec: {containers: [{name: a}]}}",
        "{apiVersion: v1, kind: Pod, spec: {containers: [{name: b}]}}",
        "{apiVersion: v1, kind: Pod, spec: {containers: [{name: b}, {name: a}]}}",
    );
}

#[test]
fn two_keys() {
    // Elements that were there keep their places.
    check_ports(
        "{containerPort: 1, protocol: TCP}, {containerPort: 1, protocol: UDP}",
        "{containerPort: 1, protocol: UDP, name: x}, {containerPort: 2, protocol: TCP}",
        "{containerPort: 2, protocol: TCP}, {containerPort: 1, protocol: TCP}, {containerPort: 1, protocol: UDP, name: x}",
    );
    // Without a protocol anywhere the port alone is the key.
    check_ports(
        "{containerPort: 1, name: a}, {containerPort: 2}",
        "{containerPort: 3}, {containerPort: 2, name: b}",
        "{containerPort: 3}, {containerPort: 2, name: b}, {containerPort: 1, name: a}",
    );
    check_ports(
        "{containerPort: 1}",
        "{containerPort: '1', name: x}",
        "{containerPort: '1', name: x}",
    );
    check_pod(
        "topologySpreadConstraints: [{topologyKey: z, whenUnsatisfiable: x, maxSkew: 1}]",
        "topologySpreadConstraints: [{topologyKey: z, whenUnsatisfiable: x, maxSkew: 2}]",
        "topologySpreadConstraints: [{topologyKey: z, whenUnsatisfiable: x, maxSkew: 2}]",
    );
}

#[test]
fn two_keys_one_of_them_missing() {
    // What the patch says of the port is lost.
    check_ports(
        "{containerPort: 1}",
        "{containerPort: 1, protocol: UDP, name: x}",
        "{containerPort: 1}",
    );
    check_ports(
        "{containerPort: 1, protocol: TCP}",
        "{containerPort: 1, name: x}",
        "{containerPort: 1, protocol: TCP}",
    );
    check_ports(
        "{containerPort: 1, name: z}, {containerPort: 2, protocol: TCP}",
        "{containerPort: 1, name: q}",
        "{containerPort: 1, name: q}, {containerPort: 2, protocol: TCP}",
    );
    check_ports(
        "{containerPort: 1}, {containerPort: 2, protocol: TCP}, {containerPort: 2, protocol: UDP}",
        "",
        "{containerPort: 1}, {containerPort: 2, protocol: TCP}, {containerPort: 2, protocol: UDP}",
    );
}

#[test]
fn directives_in_list_elements() {
    check_containers("{name: a}, {name: b}", "{name: a, $patch: delete}", "{name: b}");
    check_containers("{name: a}", "{name: a, $patch: delete}", "");
    check_containers("{name: a}", "{name: x, $patch: delete}", "{name: a}");
    check_containers(
        "{name: a, image: x}",
        "{name: a, $patch: merge, image: y}",
        "{name: a, image: y}",
    );
    check_containers("{name: a}", "{name: b, $patch: replace}", "{name: b}, {name: a}");
    // A replaced element comes to the front and stays what it was.
    check_containers(
        "{name: a}, {name: b, image: x}",
        "{name: b, image: y, $patch: replace}",
        "{name: b, image: x}, {name: a}",
    );
    check_ports(
        "{containerPort: 1, protocol: TCP}, {containerPort: 1, protocol: UDP}",
        "{containerPort: 1, protocol: TCP, $patch: delete}",
        "{containerPort: 1, protocol: UDP}",
    );
    check_containers(
        "{name: a}",
        "{name: a, $patch: x}",
        "patch.yaml:1: spec.template.spec.containers.[name=a].$patch: \
         unknown `$patch: x`: use `delete`, `replace` or `merge`",
    );
}

#[test]
fn directives_of_whole_lists() {
    check_pod("containers: [{name: a}]", "containers: [{name: b}, {$patch: delete}]", "");
    check_pod("containers: [{name: a}]", "containers: [whatever, {$patch: delete}]", "");
    check_containers("{name: a}", "{name: b, image: null}, {$patch: replace}", "{name: b}");
    check_containers("{name: a}", "{$patch: replace}", "");
    check_containers("{name: a}", "{name: b}, {$patch: merge}", "{name: b}, {name: a}");
    // Only the first directive counts, and only if it stands alone.
    check_containers("{name: a}", "{name: a, $patch: delete}, {$patch: replace}", "");
    check_containers(
        "{name: a}",
        "{$patch: x}",
        "patch.yaml:1: spec.template.spec.containers.$patch: \
         unknown `$patch: x`: use `delete`, `replace` or `merge`",
    );
}

#[test]
fn directives_that_kustomize_does_not_know_are_fields() {
    check_pod(
        "containers: [{name: a}]",
        "$setElementOrder/containers: [{name: a}], $retainKeys: [x]",
        "containers: [{name: a}], $setElementOrder/containers: [{name: a}], $retainKeys: [x]",
    );
}

#[test]
fn irregular_lists_are_tidied_even_where_the_patch_is_elsewhere() {
    let check = |base: &str, expected: &str| {
        check_pod(
            &format!("containers: [{base}]"),
            "x: 1",
            &format!("x: 1, containers: [{expected}]"),
        );
    };
    check("{name: a}, {name: b}", "{name: a}, {name: b}");
    check("{name: a, image: 1}, {name: b}, {name: a, image: 2}", "{name: a, image: 2}, {name: b}");
    // An element without the key takes those before it along.
    check("{name: a}, {image: x}, {name: b}", "{image: x}");
    check("{name: a}, null, {}", "{name: a}");
    check("{name: ''}", "{name: ''}");
}

#[test]
fn what_the_patch_leaves_alone_stays_shared() {
    let mut target = read(
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, \
          spec: {replicas: 1, template: {spec: {containers: [{name: x}]}}}}",
        "base.yaml",
    );
    let before = target.clone();
    let patch = Patch::new(read(
        "{kind: Deployment, metadata: {name: a}, spec: {replicas: 2}}",
        "patch.yaml",
    ));
    assert_eq!(merge(&mut target, &patch, &Schema::builtin()), Ok(Outcome::Kept));
    let place = |node: &Node, path: &[&str]| std::ptr::from_ref(node.at(path).unwrap());
    for path in [&["metadata", "name"][..], &["spec", "template", "spec"]] {
        assert_eq!(place(&target, path), place(&before, path), "{path:?}");
    }
    let origin = |path: &[&str]| format!("{:?}", target.at(path).unwrap().origin);
    assert_eq!(origin(&["spec", "replicas"]), "patch.yaml:1 patch");
    assert_eq!(origin(&["metadata", "name"]), "base.yaml:1 ", "said again is not said anew");
    assert_eq!(before.at(&["spec", "replicas"]).unwrap().as_int(), Some(1));
}

#[test]
fn a_patch_for_selected_objects() {
    let apply = |patch: &str| {
        let mut target = read(
            "{apiVersion: v2, metadata: {name: a, labels: {x: y}, annotations: {x: y}}}",
            "base.yaml",
        );
        let patch = Patch::for_selected(read(patch, "patch.yaml"));
        assert_eq!(merge(&mut target, &patch, &Schema::builtin()), Ok(Outcome::Kept));
        sorted(&target)
    };
    assert_eq!(
        apply("{apiVersion: v1, metadata: {labels: {x: null, n: 5}, annotations: {}}}"),
        r#"{apiVersion: "v2", metadata: {annotations: {x: "y"}, labels: {n: "5", x: "null"}, name: "a"}}"#,
    );
    assert_eq!(
        apply("{metadata: {labels: null, annotations: {$patch: delete}}}"),
        r#"{apiVersion: "v2", metadata: {labels: {x: "y"}, name: "a"}}"#,
    );
}

/// Merges nodes of which some are unknown: those that are the text `?`.
fn check_unknown(base: &str, patch: &str, expected: &str) {
    let mut target = unknown(read(base, "base.yaml"));
    let change = Patch::new(unknown(read(patch, "patch.yaml")));
    let outcome = merge(&mut target, &change, &Schema::builtin());
    assert_eq!(outcome, Ok(Outcome::Kept), "{base}\n+ {patch}");
    assert_eq!(sorted(&target), sorted(&unknown(read(expected, "x"))), "{base}\n+ {patch}");
}

fn unknown(mut node: Node) -> Node {
    match &mut node.value {
        Value::String(text) if text == "?" => node.value = Value::Unknown("why".into()),
        Value::String(text) if text == "*" => {
            node.value = Value::Sensitive(Sensitive::new("s".into()));
        }
        Value::Map(map) => {
            map.iter_mut().for_each(|(_, node)| *node = unknown(std::mem::take(node)));
        }
        Value::List(list) => {
            list.make_mut().iter_mut().for_each(|node| *node = unknown(std::mem::take(node)));
        }
        _ => {}
    }
    node
}

#[test]
fn unknown_values() {
    check_unknown("{a: '?'}", "{a: {b: 1}}", "{a: '?'}");
    check_unknown("{a: '?'}", "{a: {$patch: replace, b: 1}}", "{a: {b: 1}}");
    check_unknown("{a: '?', z: 1}", "{a: {$patch: delete}}", "{z: 1}");
    check_unknown("{a: '?'}", "{a: 5, b: '?'}", "{a: 5, b: '?'}");
    check_unknown("{a: '?', z: 1}", "{a: null}", "{z: 1}");
    check_unknown("{a: '?'}", "{a: [1]}", "{a: [1]}");
    check_unknown("{a: {b: 1}, c: 1}", "{a: '?', c: '?'}", "{a: '?', c: '?'}");
    check_unknown("{a: '*'}", "{b: '*'}", "{a: '*', b: '*'}");
    let pod = |list: &str| format!("{{apiVersion: v1, kind: Pod, spec: {{containers: {list}}}}}");
    let check = |base: &str, patch: &str, expected: &str| {
        check_unknown(&pod(base), &pod(patch), &pod(expected));
    };
    check("'?'", "[{name: a}]", "'?'");
    check("'?'", "[{name: a}, {$patch: replace}]", "[{name: a}]");
    check("[{name: '?'}]", "[{name: a}]", "'?'");
    check("[{name: b}]", "['?']", "'?'");
    check("[{name: b, image: '?'}]", "[{name: b, x: '?'}]", "[{name: b, image: '?', x: '?'}]");
    // A list that is left alone is left.
    check_unknown(
        &pod("[{name: '?'}, {}, {name: '?'}]"),
        "{x: 1}",
        &format!("{}, x: 1}}", pod("[{name: '?'}, {}, {name: '?'}]").strip_suffix('}').unwrap()),
    );
}

#[test]
fn long_lists_and_maps_merge_as_short_ones_do() {
    let env = |range: std::ops::Range<usize>, value: &str| -> Node {
        let item = |at| {
            let pairs = [("name", eco_format!("n{at}")), ("value", value.into())];
            let map: Map = pairs
                .map(|(key, text): (&str, Text)| (key.into(), Node::string(text, Origin::NONE)))
                .into_iter()
                .collect();
            Node::new(map, Origin::NONE)
        };
        Node::new(range.map(item).collect::<List>(), Origin::NONE)
    };
    let pod = |env: Node| {
        let mut pod = read("{apiVersion: v1, kind: Pod, spec: {containers: [{name: a}]}}", "x");
        let spec = pod.as_map_mut().unwrap().get_mut("spec").unwrap().as_map_mut().unwrap();
        let containers = spec.get_mut("containers").unwrap().as_list_mut().unwrap();
        containers.make_mut()[0].as_map_mut().unwrap().set("env", env);
        pod
    };
    let mut target = pod(env(0..1000, "old"));
    let patch = Patch::new(pod(env(900..1100, "new")));
    assert_eq!(merge(&mut target, &patch, &Schema::builtin()), Ok(Outcome::Kept));
    let list =
        target.at(&["spec", "containers"]).unwrap().as_list().unwrap()[0].get("env").unwrap();
    let found: Vec<String> = list
        .as_list()
        .unwrap()
        .iter()
        .map(|node| {
            format!("{}={}", node.str_at(&["name"]).unwrap(), node.str_at(&["value"]).unwrap())
        })
        .collect();
    let expected: Vec<String> = (900..1100)
        .map(|at| format!("n{at}=new"))
        .chain((0..900).map(|at| format!("n{at}=old")))
        .collect();
    assert_eq!(found, expected);

    let data = |range: std::ops::Range<usize>, value: i64| {
        let map: Map = range
            .map(|at| (eco_format!("k{at}"), Node::new(value, Origin::NONE)))
            .map(|(key, node): (Text, Node)| (manifest::Key::new(key), node))
            .collect();
        let mut object = Map::new();
        object.set("data", Node::new(map, Origin::NONE));
        Node::new(object, Origin::NONE)
    };
    let mut target = data(0..300, 1);
    assert_eq!(
        merge(&mut target, &Patch::new(data(200..400, 2)), &Schema::builtin()),
        Ok(Outcome::Kept)
    );
    let entries = target.get("data").unwrap().as_map().unwrap();
    assert_eq!(entries.len(), 400);
    assert_eq!(entries.iter().filter(|(_, node)| node.as_int() == Some(2)).count(), 200);
}

#[test]
fn many_fields_merge_as_few_do() {
    // One pair of maps on both ways: by scan, and by hash.
    let base = read("{a: 1, b: {c: 1}, d: [1], e: null, f: x, g: }", "base.yaml");
    let patch = read(
        "{b: {x: 2}, z: {y: null}, d: null, f: 'y', $patch: merge, q: {$patch: delete}}",
        "patch.yaml",
    );
    let (base, patch) = (base.as_map().unwrap(), patch.as_map().unwrap());
    for tidy in [false, true] {
        let schema = Schema::builtin();
        let merger = Merger { schema: &schema, tidy };
        let (mut few, mut many) = (base.clone(), base.clone());
        merger.merge_fields(&mut few, patch, true, Type::Open).unwrap();
        merger.merge_many(&mut many, patch, true, Type::Open).unwrap();
        let text = |map: &Map| format!("{map:?}");
        assert_eq!(text(&few), text(&many));
    }
}

fn any_node() -> impl Strategy<Value = Node> {
    let text =
        prop::sample::select(vec!["a", "b", "", "5", "delete", "replace", "merge", "v1", "Pod"]);
    let leaf = prop_oneof![
        3 => text.prop_map(|text| Node::string(text, Origin::NONE)),
        1 => Just(Node::default()),
        1 => Just(Node { value: Value::Null, origin: Origin::NONE.blank(true) }),
        1 => any::<i8>().prop_map(|number| Node::new(i64::from(number), Origin::NONE)),
        1 => Just(Node { value: Value::Unknown("why".into()), origin: Origin::NONE }),
    ];
    leaf.prop_recursive(6, 40, 5, |inner| {
        let keys = prop::sample::select(vec![
            "name",
            "spec",
            "containers",
            "env",
            "ports",
            "port",
            "protocol",
            "containerPort",
            "$patch",
            "metadata",
            "finalizers",
            "x",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|nodes| Node::new(nodes.into_iter().collect::<List>(), Origin::NONE)),
            prop::collection::vec((keys, inner), 0..5).prop_map(|entries| {
                let map: Map = entries.into_iter().map(|(key, node)| (key.into(), node)).collect();
                Node::new(map, Origin::NONE)
            }),
        ]
    })
}

/// An object of a kind that has a schema.
fn any_object() -> impl Strategy<Value = Node> {
    (any_node(), any_node(), prop::sample::select(vec!["Pod", "Service", "Foo"])).prop_map(
        |(spec, metadata, kind)| {
            let mut object = Map::new();
            object.set("apiVersion", Node::string("v1", Origin::NONE));
            object.set("kind", Node::string(kind, Origin::NONE));
            object.set("metadata", metadata);
            object.set("spec", spec);
            Node::new(object, Origin::NONE)
        },
    )
}

proptest! {
    #[test]
    fn merging_never_panics(base in any_object(), patch in any_object()) {
        let mut target = base.clone();
        let _ = merge(&mut target, &Patch::new(patch.clone()), &Schema::builtin());
        let mut target = base;
        let _ = merge(&mut target, &Patch::for_selected(patch), &Schema::builtin());
    }

    #[test]
    fn merging_nothing_changes_nothing_twice(base in any_object()) {
        let nothing = Patch::new(Node::map(Origin::NONE));
        let mut once = base;
        // A first merge may tidy; what is tidy stays as it is, and is not even copied.
        if merge(&mut once, &nothing, &Schema::builtin()) == Ok(Outcome::Kept) {
            let mut twice = once.clone();
            let schema = Schema::builtin();
            let merger = Merger { schema: &schema, tidy: true };
            let tidy = merger.is_tidy(&once, Type::Open, Side::Base);
            let merged = merge(&mut twice, &nothing, &schema);
            if tidy {
                prop_assert_eq!(merged, Ok(Outcome::Kept));
                prop_assert_eq!(&once, &twice);
                prop_assert_eq!(once.as_map().map(|map| map.iter().next().map(|(_, node)| std::ptr::from_ref(node))),
                    twice.as_map().map(|map| map.iter().next().map(|(_, node)| std::ptr::from_ref(node))));
            }
        }
    }

    #[test]
    fn what_is_tidy_settles_to_itself(base in any_object()) {
        let schema = Schema::builtin();
        let merger = Merger { schema: &schema, tidy: true };
        for side in [Side::Base, Side::Patch] {
            if merger.is_tidy(&base, Type::Open, side) {
                let mut settled = base.clone();
                prop_assert!(merger.settle(&mut settled, Type::Open, side).is_ok_and(|fate| fate == Fate::Keep));
                prop_assert_eq!(&settled, &base);
            }
        }
    }
}
