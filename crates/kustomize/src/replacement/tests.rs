use manifest::yaml::write::write_documents;
use manifest::yaml::{Flavor, Reader};
use manifest::{Diagnostic, FileName, Node, Sensitive, Value};

use super::{Replacement, apply, decode_file, path};
use crate::resource::{Previous, Resource};
use crate::resources::Resources;
use crate::schema::Schema;

fn read(text: &str, file: &str, flavor: Flavor) -> Vec<Node> {
    Reader::new().read(text.as_bytes(), FileName::new(file), flavor).unwrap()
}

fn decode(replacements: &str, diagnostics: &mut Vec<Diagnostic>) -> Vec<Replacement> {
    let documents = read(replacements, "k.yaml", Flavor::Config);
    let items = documents[0].as_list().unwrap().iter();
    items.map(|item| Replacement::decode(item, diagnostics)).collect()
}

/// The resources after the replacements, behind warnings; or what is wrong.
fn run(resources: &str, replacements: &str) -> String {
    let schema = Schema::builtin();
    let mut all = Resources::new();
    for node in read(resources, "r.yaml", Flavor::Resource) {
        all.append(Resource::new(node, &schema)).unwrap();
    }
    run_on(&mut all, replacements)
}

fn run_on(resources: &mut Resources, replacements: &str) -> String {
    let mut found = Vec::new();
    let replacements = decode(replacements, &mut found);
    if !found.iter().any(Diagnostic::is_error) {
        match apply(&replacements, resources, &Schema::builtin()) {
            Ok(warnings) => found.extend(warnings),
            Err(error) => found.push(error),
        }
    }
    let mut out: String = found.iter().map(|diagnostic| format!("{diagnostic}\n")).collect();
    if !found.iter().any(Diagnostic::is_error) {
        write_documents(resources.iter().map(Resource::node), &mut out);
    }
    out
}

fn check(resources: &str, replacements: &str, expected: &str) {
    assert_eq!(run(resources, replacements).trim(), expected.trim(), "with {replacements}");
}

/// A resource `source` whose `from` is `value`, put into `to` of a resource that has `field`.
fn check_value(value: &str, field: &str, to: &str, more: &str, expected: &str) {
    let resources = format!(
        "{{apiVersion: v1, kind: Source, metadata: {{name: source}}, from: {value}}}\n---\n\
         apiVersion: v1\nkind: Target\nmetadata: {{name: target}}\n{field}\n"
    );
    let replacement = format!(
        "- source: {{kind: Source, fieldPath: from}}\n  targets:\n  - select: {{kind: Target}}\n    \
         fieldPaths: ['{to}']\n{more}"
    );
    check_target(&resources, &replacement, expected);
}

/// Only what the last resource has besides its names; of errors only the first line's cause.
fn check_target(resources: &str, replacement: &str, expected: &str) {
    let got = run(resources, replacement);
    let last = got.rsplit("---\n").next().unwrap();
    let known = ["apiVersion: ", "kind: ", "metadata:", "  name: "];
    let shown: Vec<&str> = match got.strip_prefix("error: ") {
        Some(error) => vec![error.lines().next().unwrap().split("`: ").last().unwrap()],
        None => last.lines().filter(|line| !known.iter().any(|k| line.starts_with(k))).collect(),
    };
    let shown = shown.join("\n");
    let shown = shown.rsplit_once(" of Target/default/target: ").map_or(&*shown, |(_, why)| why);
    assert_eq!(shown.trim(), expected.trim(), "with {replacement} on {resources}");
}

/// The number of steps is what kustomize does with such a path.
#[test]
fn paths() {
    for (path, parts) in [
        ("a.b", "a|b"),
        (r"metadata.annotations.x\.y/z", "metadata|annotations|x.y/z"),
        ("metadata.annotations.[x.y/z]", "metadata|annotations|x.y/z"),
        ("c.[name=a.b].image", "c|[name=a.b]|image"),
        ("c.[name=a].image", "c|[name=a]|image"),
        (".a", "a"),
        ("a..b", "a||b"),
        ("a.[b.c", "a|b.c"),
    ] {
        assert_eq!(path::split(path).join("|"), parts);
    }
}

#[test]
fn one_field_to_others() {
    check(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {tag: '1.2'}\n---\n\
         apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      \
         containers:\n      - {name: web, image: 'web:1.0'}\n      - {name: web-log, image: 'log:1.0'}\n",
        "- source: {kind: ConfigMap, name: settings, fieldPath: data.tag}\n  targets:\n  - select: {kind: Deployment}\n    \
         fieldPaths: ['spec.template.spec.containers.[name=^web$].image']\n    options: {delimiter: ':', index: 1}\n",
        "apiVersion: v1\ndata:\n  tag: \"1.2\"\nkind: ConfigMap\nmetadata:\n  name: settings\n---\n\
         apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    spec:\n      \
         containers:\n      - image: web:1.2\n        name: web\n      - image: log:1.0\n        name: web-log",
    );
}

#[test]
fn a_target_keeps_its_type() {
    for (value, field, expected) in [
        ("x", "f: y", "f: x"),
        ("8080", "f: y", "f: \"8080\""),
        ("'8080'", "f: 80", "f: 8080"),
        ("'0x1F'", "f: 80", "f: 31"),
        ("5", "f: 1.5", "f: 5"),
        ("'true'", "f: false", "f: true"),
        ("yes", "f: no", "f: \"yes\""),
        ("x", "f: {a: 1}", "f: x"),
        ("'1'", "f: {a: 1}", "f: \"1\""),
        ("1", "f: [a]", "f: 1"),
        ("{a: 1}", "f: [a]", "f:\n  a: 1"),
        ("{a: 1}", "f: x", "f: \"\""),
        ("x", "f: 80", "the field is an integer, and `x` is none"),
        ("1.5", "f: 80", "the field is an integer, and `1.5` is none"),
        ("'08'", "f: 80", "the field is an integer, and `08` is none"),
        ("1", "f: true", "the field is a bool, and `1` is none"),
        ("x", "f: null", "the field is a null, and `x` is none"),
        ("[1]", "f: 80", "the field is an integer, and `` is none"),
    ] {
        check_value(value, field, "f", "", expected);
    }
}

#[test]
fn a_new_field_has_the_type_of_plain_text() {
    for (value, expected) in [
        ("'8080'", "f: 8080"),
        ("'true'", "f: true"),
        ("'null'", "f: null"),
        ("'yes'", "f: \"yes\""),
        ("2024-01-01T00:00:00Z", "f: \"2024-01-01T00:00:00Z\""),
        ("'a: b'", "f: 'a: b'"),
        ("'- a'", "f: '- a'"),
        ("'---'", "f: '---'"),
        ("'12:30'", "f: \"12:30\""),
        ("{a: '1'}", "f:\n  a: \"1\""),
        ("'.inf'", "`.inf` has no form in JSON"),
    ] {
        check_value(value, "", "f", "    options: {create: true}", expected);
    }
}

#[test]
fn made_fields_change_their_type() {
    let text = |value: &str, to: &str| {
        format!(
            "- sourceValue: '{value}'\n  targets: [{{select: {{}}, fieldPaths: [f], options: {to}}}]\n"
        )
    };
    let twice = text("80", "{create: true}") + &text("a", "{delimiter: '-', index: 1}");
    let b = "apiVersion: v1\nkind: B\nmetadata: {name: b}\n";
    check_target(b, &twice, "f: 80-a");
    check_target(b, &(text("a", "{create: true}") + &text("80", "{}")), "f: 80");
    check_target(&format!("{b}f: a"), &text("80", "{}"), "f: \"80\"");
}

#[test]
fn what_is_missing_is_made() {
    for (field, path, expected) in [
        ("", "a.b.c", "a:\n  b:\n    c: x"),
        ("", "a.0", "a:\n- x"),
        ("", "a.0.b", "a:\n- b: x"),
        ("", "a.[name=m].v", "a:\n- name: m\n  v: x"),
        ("", "a.[=n]", "a:\n- x"),
        ("a: [1]", "a.1", "a:\n- 1\n- x"),
        ("a: [{name: k}]", "a.[name=m].v", "a:\n- name: k\n- name: m\n  v: x"),
        ("a: [{name: km}]", "a.[name=m].v", "a:\n- name: km\n  v: x"),
        ("a: [{name: m}, {name: o}]", "a.*.v", "a:\n- name: m\n  v: x\n- name: o\n  v: x"),
        ("a: {b: {}}", "a.b.c", "a:\n  b:\n    c: x"),
        ("a: [1]", "a.2", "there is no item 2, the list has 1 item"),
        ("", "a.*.b", "`*` needs a list, and there is a map"),
        ("a: []", "a.*.b", "the list has no items"),
        ("a:", "a.b", "`b` is looked for in a null"),
        ("a: []", "a.[name=^n$].v", "`[name=^n$]` does not fit the item that it would make"),
        ("a: []", "a.[name].v", "`[name]` names no item"),
    ] {
        check_value("x", field, path, "    options: {create: true}", expected);
    }
}

#[test]
fn patterns() {
    let list = "a: [{name: one, v: 1}, {name: other, v: 2}, {v: 3}]";
    for (field, path, expected) in [
        (list, "a.[name=one].v", "a:\n- name: one\n  v: 9\n- name: other\n  v: 2\n- v: 3"),
        (list, "a.[name=o].v", "a:\n- name: one\n  v: 9\n- name: other\n  v: 9\n- v: 3"),
        (list, "a.[v=[23]].v", "a:\n- name: one\n  v: 1\n- name: other\n  v: 9\n- v: 9"),
        (list, "a.[name=].v", "a:\n- name: one\n  v: 9\n- name: other\n  v: 9\n- v: 3"),
        (list, "a.*.name", "a:\n- name: \"9\"\n  v: 1\n- name: \"9\"\n  v: 2\n- v: 3"),
        (list, "a.1.v", "a:\n- name: one\n  v: 1\n- name: other\n  v: 9\n- v: 3"),
        ("a: [x, 'y z', 1]", "a.[=y]", "a:\n- x\n- \"9\"\n- 1"),
        ("a: [[1, 2], [3]]", "a.*.*", "a:\n- - 9\n  - 9\n- - 9"),
        // Quotes are a part of what a pattern sees.
        ("a: [{name: 'one', v: 1}]", "a.[name=^one$].v", "no item fits `[name=^one$]`"),
        (list, "a.[name=(].v", "`(` is no regular expression"),
        (list, "a.-.v", "`-` needs a map, and there is a list"),
        (list, "a.name", "`name` needs a map, and there is a list"),
        (list, "a.[name=two].v", "no item fits `[name=two]`"),
        (list, "a.*.w", "there is no field `w`"),
        ("a: {b: 1}", "a.*", "`*` needs a list, and there is a map"),
        ("a: {b: 1}", "a..b", "a part of the path is empty"),
    ] {
        check_value("9", field, path, "", expected);
    }
}

#[test]
fn delimiters() {
    for (field, options, expected) in [
        ("f: a/b/c", "delimiter: /, index: 0", "f: x/b/c"),
        ("f: a/b/c", "delimiter: /, index: 2", "f: a/b/x"),
        ("f: a/b/c", "delimiter: /, index: 3", "f: a/b/c/x"),
        ("f: a/b/c", "delimiter: /, index: 9", "f: a/b/c/x"),
        ("f: a/b/c", "delimiter: /, index: -1", "f: x/a/b/c"),
        ("f: a::b", "delimiter: '::'", "f: x::b"),
        ("f: {a: 1}", "delimiter: /", "`delimiter` splits text, and there is a map"),
    ] {
        check_value("x", field, "f", &format!("    options: {{{options}}}"), expected);
    }
    let source = |value: &str, options: &str| {
        let resources =
            format!("apiVersion: v1\nkind: B\nmetadata: {{name: b}}\nv: {value}\nw: y\n");
        let replacement = format!(
            "- source: {{kind: B, fieldPath: v, options: {{{options}}}}}\n  targets: \
             [{{select: {{}}, fieldPaths: [w]}}]\n"
        );
        run(&resources, &replacement)
    };
    assert!(source("a:b", "delimiter: ':', index: 1").ends_with("w: b\n"));
    assert_eq!(
        source("a:b", "delimiter: ':', index: 2"),
        "error: k.yaml:1: `v` of B/default/b: there is no part 2 of `a:b` split at `:`\n  \
         r.yaml:1: the source of the replacement\n  k.yaml:1: what there is\n  \
         help: `index` is 0 to 1\n"
    );
    assert!(source("[a]", "delimiter: ':'").contains("`delimiter` splits text"));
}

#[test]
fn sources() {
    let b = "apiVersion: v1\nkind: B\nmetadata: {name: b, annotations: {x.y/z: dotted}}\n\
             l: [{name: one, v: 1}, {name: o, v: 2}]\nempty: {}\nto: a\n";
    let copy = |from: &str| {
        let replacement = format!(
            "- source: {{kind: B, fieldPath: '{from}'}}\n  targets: [{{select: {{}}, fieldPaths: [to]}}]\n"
        );
        let got = run(b, &replacement);
        match got.strip_prefix("error: ") {
            Some(error) => error.lines().next().unwrap().to_owned(),
            None => got.lines().last().unwrap().to_owned(),
        }
    };
    for (from, expected) in [
        ("metadata.name", "to: b"),
        ("l.0.v", "to: \"1\""),
        ("l.-.v", "to: \"2\""),
        ("l.[name=o].v", "to: \"2\""),
        (r"metadata.annotations.x\.y/z", "to: dotted"),
        ("metadata.annotations.[x.y/z]", "to: dotted"),
        (" l . 0 .v", "to: \"1\""),
        ("l.[name=n].v", "k.yaml:1: `l.[name=n].v` of B/default/b: no item fits `[name=n]`"),
        ("l.2.v", "k.yaml:1: `l.2.v` of B/default/b: there is no item 2, the list has 2 items"),
        ("l.-1.v", "k.yaml:1: `l.-1.v` of B/default/b: an index must not be negative"),
        ("l.*.v", "k.yaml:1: `l.*.v` of B/default/b: `*` does not say which item to take"),
        ("l.v", "k.yaml:1: `l.v` of B/default/b: `v` needs a map, and there is a list"),
        ("to.v", "k.yaml:1: `to.v` of B/default/b: `v` needs a map, and there is a string"),
        ("empty", "k.yaml:1: `empty` of B/default/b: there is nothing in it"),
        ("none", "k.yaml:1: `none` of B/default/b: there is no field `none`"),
    ] {
        assert_eq!(copy(from), expected, "from {from}");
    }
}

const MANY: &str = "apiVersion: v1\nkind: A\nmetadata: {name: one, labels: {app: x}}\nto: old\n---\n\
                    apiVersion: v1\nkind: A\nmetadata: {name: two, namespace: ns}\nto: old\n---\n\
                    apiVersion: g/v2\nkind: B\nmetadata: {name: one, annotations: {app: x}}\nto: old\n";

/// Which of [`MANY`] a target with `select` and `reject` writes to.
fn check_selected(target: &str, expected: &str) {
    let replacement =
        format!("- sourceValue: new\n  targets:\n  - fieldPaths: [to]\n    {target}\n");
    let got = run(MANY, &replacement);
    let written: Vec<String> = got
        .split("---\n")
        .filter(|document| document.contains("to: new"))
        .map(|document| {
            let field = |name: &str| {
                let line = document.lines().find(|line| line.trim_start().starts_with(name));
                line.unwrap().rsplit(' ').next().unwrap().to_owned()
            };
            format!("{}/{}", field("kind:"), field("name:"))
        })
        .collect();
    assert_eq!(written.join(" "), expected, "{target}: {got}");
}

#[test]
fn targets() {
    check_selected("select: {}", "A/one A/two B/one");
    check_selected("select: {kind: A}", "A/one A/two");
    check_selected("select: {kind: 'A|B', name: o.*}", "A/one B/one");
    check_selected("select: {name: o}", "");
    check_selected("select: {group: g}", "B/one");
    check_selected("select: {version: 'v[0-9]'}", "A/one A/two B/one");
    check_selected("select: {namespace: ns}", "A/two");
    // The namespace counts as it is written.
    check_selected("select: {namespace: default}", "");
    check_selected("select: {labelSelector: app=x}", "A/one");
    check_selected("select: {annotationSelector: app=x}", "B/one");
    check_selected("select: {}\n    reject: [{kind: A}]", "B/one");
    check_selected("select: {}\n    reject: [{kind: A, name: one}]", "A/two B/one");
    check_selected("select: {}\n    reject: [{kind: A, name: one}, {kind: B}]", "A/two");
    check_selected("select: {}\n    reject: [{labelSelector: app=x}]", "A/two B/one");
    check_selected("select: {}\n    reject: [{}]", "A/one A/two B/one");
    // Names and labels of one selector reject each by themselves.
    check_selected("select: {}\n    reject: [{kind: B, labelSelector: app=x}]", "A/two");
}

#[test]
fn former_names_count() {
    let schema = Schema::builtin();
    let renamed = |replacement: &str| {
        let node = read(
            "apiVersion: v1\nkind: A\nmetadata: {name: p-a, namespace: new}\nto: old\n",
            "r.yaml",
            Flavor::Resource,
        );
        let mut resource = Resource::new(node[0].clone(), &schema);
        for (name, namespace) in [("a", "default"), ("p-a", "default")] {
            let (name, namespace) = (name.into(), namespace.into());
            resource.previous.push(Previous { kind: "A".into(), name, namespace });
        }
        let mut resources = Resources::new();
        resources.append(resource).unwrap();
        run_on(&mut resources, replacement)
    };
    for source in
        ["name: a", "name: p-a", "namespace: default", "name: a, namespace: new", "kind: A"]
    {
        let got = renamed(&format!(
            "- source: {{{source}}}\n  targets: [{{select: {{name: a}}, fieldPaths: [to]}}]\n"
        ));
        // No single id has the first name and the last namespace.
        assert_eq!(got.contains("to: p-a"), source != "name: a, namespace: new", "{source}: {got}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    let one = "- source: {kind: A, name: one}\n  targets: [{select: {kind: B}, fieldPaths: [";
    for (replacement, expected) in [
        (
            &*format!("{one}too]}}]"),
            "error: k.yaml:2: cannot replace `too` of B/default/one: there is no field `too`\n  \
             k.yaml:1: the replacement\n  r.yaml:11: the target\n  help: did you mean `to`?",
        ),
        (
            &*format!("{one}metadata.annotations.ap]}}]"),
            "error: k.yaml:2: cannot replace `metadata.annotations.ap` of B/default/one: there is no field `ap`\n  \
             k.yaml:1: the replacement\n  r.yaml:11: the target\n  r.yaml:13: what there is\n  \
             help: did you mean `app`?",
        ),
        (
            "- source: {kind: A}\n  targets: [{select: {}}]",
            "error: k.yaml:1: the source A/* of a replacement is more than one resource\n  \
             r.yaml:1: A/default/one\n  r.yaml:6: A/ns/two\n  \
             help: name one by `group`, `version`, `kind`, `name` and `namespace`",
        ),
        (
            "- source: {kind: A, name: won}\n  targets: [{select: {}}]",
            "error: k.yaml:1: the source A/won of a replacement is no resource\n  \
             help: there is `one`, `two`",
        ),
        (
            "- source: {kind: AA, name: one}\n  targets: [{select: {}}]",
            "error: k.yaml:1: the source AA/one of a replacement is no resource\n  \
             help: did you mean `A`?",
        ),
        (
            "- source: {kind: A, name: one, namespace: x}\n  targets: [{select: {}}]",
            "error: k.yaml:1: the source A/x/one of a replacement is no resource\n  \
             help: it is in another namespace: `default`",
        ),
        (
            "- sourceValue: one\n  targets: [{select: {kind: A, name: two}, fieldPaths: [metadata.name]}, \
             {select: {kind: A, name: one}, fieldPaths: [metadata.namespace], options: {create: true}}]\n\
             - sourceValue: one\n  targets: [{select: {kind: A, namespace: ns}, fieldPaths: [metadata.namespace]}]",
            "error: r.yaml:6: replacements leave A/one/one there twice\n  r.yaml:1: the other one\n  \
             help: let `select` choose one of them, or `reject` the other",
        ),
        (
            "- sourceValue: ''\n  targets: [{select: {kind: B}}]",
            "error: k.yaml:2: cannot replace `metadata.name` of B/default/: the resource would lose its kind or name\n  \
             k.yaml:1: the replacement\n  r.yaml:11: the target",
        ),
        (
            "- sourceValue: x\n  targets: [{select: {name: '('}}]",
            "error: k.yaml:2: the selector's name `(` is no regular expression\n  help: error: unclosed group",
        ),
    ] {
        check(MANY, replacement, expected);
    }
}

#[test]
fn decoding() {
    let targets = "targets: [{select: {}, fieldPaths: [to]}]";
    for (entry, expected) in [
        (
            "targets: [{select: {}}]",
            "error: k.yaml:1: a replacement needs a source and at least one target\n  \
             help: write `source` or `sourceValue`, and `targets`",
        ),
        (
            "sourceValue: x",
            "error: k.yaml:1: a replacement needs a source and at least one target\n  \
             help: write `source` or `sourceValue`, and `targets`",
        ),
        (
            &*format!("sourceValue: x\n  source: {{}}\n  {targets}"),
            "error: k.yaml:1: a replacement has a `source` or a `sourceValue`, not both\n  \
             help: remove one of them",
        ),
        (
            &*format!("sourceValue: 1\n  {targets}"),
            "error: k.yaml:1: `sourceValue` should be text, not the number 1\n  help: quote it: \"1\"",
        ),
        (
            &*format!("path: x.yaml\n  {targets}"),
            "error: k.yaml:1: a replacement has a `path` or a source and targets, not both\n  \
             help: make two entries of it",
        ),
        (
            "sourceValue: x\n  targets: [{fieldPaths: [a]}]",
            "error: k.yaml:2: a target of a replacement must select resources\n  \
             help: write `select`, e.g. with a `kind`",
        ),
        (
            &*format!("source: {{knd: A}}\n  {targets}"),
            "error: k.yaml:1: the source of a replacement has no field `knd`\n  help: did you mean `kind`?",
        ),
        (
            "sourceValue: x\n  targets: [{select: {kind: C}, options: {encoding: hex}}]",
            "warning: k.yaml:2: `encoding` of a replacement does nothing\n  help: remove it",
        ),
    ] {
        let mut found = Vec::new();
        let entries = decode(&format!("- {entry}\n"), &mut found);
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found.join("\n"), expected, "{entry}");
        assert_eq!(entries.len(), 1);
    }
    let mut found = Vec::new();
    let entries = decode("- path: x.yaml\n", &mut found);
    assert_eq!(entries[0].path().map(|path| path.value.as_str()), Some("x.yaml"));
    assert!(found.is_empty());
}

#[test]
fn files() {
    let decoded = |text: &str| {
        let mut found = Vec::new();
        let replacements = decode_file(&read(text, "f.yaml", Flavor::Config), &mut found);
        let found: Vec<String> = found.iter().map(|d| format!("; {}", d.cause)).collect();
        format!("{}{}", replacements.len(), found.concat())
    };
    let one = "sourceValue: x\ntargets: []\n";
    assert_eq!(decoded(one), "1");
    assert_eq!(decoded("- {sourceValue: x, targets: []}\n- {sourceValue: z, targets: []}\n"), "2");
    assert_eq!(decoded("[]"), "0");
    // What is in a file is not checked for unknown fields by kustomize.
    assert_eq!(decoded(&format!("{one}more: 1\n")), "1; a replacement has no field `more`");
    assert_eq!(decoded("text"), "0; a string is no replacement");
    let none = "0; there is no replacement in the file that a `path` of `replacements` names";
    assert_eq!(decoded(""), none);
    assert_eq!(
        decoded("- a"),
        "1; a replacement should be a map, not a string; \
                               a replacement needs a source and at least one target"
    );
}

/// A source that is written to gives what was written from then on.
#[test]
fn a_source_may_be_a_target() {
    check(
        "apiVersion: v1\nkind: A\nmetadata: {name: a}\nv: x\nw: y\n",
        "- source: {kind: A, fieldPath: v}\n  targets:\n  - select: {}\n    fieldPaths: [v]\n    \
         options: {delimiter: '-', index: 1}\n  - select: {}\n    fieldPaths: [w]\n",
        "apiVersion: v1\nkind: A\nmetadata:\n  name: a\nv: x-x\nw: x-x",
    );
}

/// A target whose values are these; `b` gets what `a` is.
fn hidden(a: Value, b: Value, to: &str, options: &str) -> Value {
    let schema = Schema::builtin();
    let mut nodes =
        read("apiVersion: v1\nkind: A\nmetadata: {name: a}\n", "r.yaml", Flavor::Resource);
    let map = nodes[0].as_map_mut().unwrap();
    map.set("a", Node { value: a, ..Node::default() });
    map.set("b", Node { value: b, ..Node::default() });
    let mut resources = Resources::new();
    resources.append(Resource::new(nodes.remove(0), &schema)).unwrap();
    let mut found = Vec::new();
    let replacement = format!(
        "- source: {{kind: A, fieldPath: a}}\n  targets: [{{select: {{}}, fieldPaths: ['{to}'], options: {{{options}}}}}]\n"
    );
    let replacements = decode(&replacement, &mut found);
    apply(&replacements, &mut resources, &schema).unwrap();
    resources.get(0).unwrap().node().get("b").unwrap().value.clone()
}

#[test]
fn hidden_values_stay_hidden() {
    let unknown = || Value::Unknown("it is in the cluster".into());
    let secret = |text: &str| Value::Sensitive(Sensitive::new(text.to_owned()));
    let text = |text: &str| Value::from(text);
    let part = "delimiter: /, index: 1";
    for (a, b, to, options, expected) in [
        (unknown(), text("x"), "b", "", unknown()),
        (unknown(), text("x/y"), "b", part, unknown()),
        (unknown(), text("{\"k\": 1}"), "b.k", "", unknown()),
        (text("x"), unknown(), "b", "", text("x")),
        (text("x"), unknown(), "b", part, unknown()),
        (text("x"), unknown(), "b.k", "", unknown()),
        (secret("s"), text("x"), "b", "", secret("s")),
        (secret("s"), text("x/y"), "b", part, secret("x/s")),
        (secret("s"), text("k: 1"), "b.k", "", secret("k: !!int s")),
        (secret("s"), text("k: v"), "b.k", "", secret("k: s")),
        (text("x"), secret("s/t"), "b", part, secret("s/x")),
        (text("x"), secret("{\"k\": \"s\"}"), "b.k", "", secret("{\"k\":\"x\"}")),
    ] {
        assert!(hidden(a, b, to, options) == expected, "{to} {options}");
    }
}

/// A text in `t`, in which `path` becomes `value`.
fn in_text(text: &str, path: &str, value: &str, create: bool) -> String {
    let schema = Schema::builtin();
    let mut nodes =
        read("apiVersion: v1\nkind: A\nmetadata: {name: a}\n", "r.yaml", Flavor::Resource);
    nodes[0].as_map_mut().unwrap().set("t", Node::string(text, manifest::Origin::NONE));
    let mut resources = Resources::new();
    resources.append(Resource::new(nodes.remove(0), &schema)).unwrap();
    let mut found = Vec::new();
    let replacement = format!(
        "- sourceValue: '{value}'\n  targets: [{{select: {{}}, fieldPaths: ['t.{path}'], options: {{create: {create}}}}}]\n"
    );
    match apply(&decode(&replacement, &mut found), &mut resources, &schema) {
        Err(error) => error.cause.rsplit("`: ").next().unwrap().to_owned(),
        Ok(warnings) => {
            let text = resources.get(0).unwrap().node().str_at(&["t"]).unwrap().to_owned();
            warnings.iter().map(|warning| format!("({}) ", warning.cause)).collect::<String>()
                + &text
        }
    }
}

#[test]
fn json_in_text() {
    for (text, path, value, expected) in [
        ("{\"b\": 1.50, \"a\": \"<x>\"}", "a", "y", "{\"a\":\"y\",\"b\":1.5}"),
        ("{\"b\": 1, \"a\": \"<x>\"}", "b", "2", "{\"a\":\"\\u003cx\\u003e\",\"b\":2}"),
        (
            "{\n  \"b\": 1,\n  \"a\": [true]\n}\n",
            "a.0",
            "false",
            "{\n  \"a\": [\n    false\n  ],\n  \"b\": 1\n}",
        ),
        ("{\n\t\"a\": 1\n}", "a", "2", "{\"a\":2}"),
        ("[1, {\"name\": \"x\"}]", "[name=x].name", "y", "[1,{\"name\":\"y\"}]"),
        (
            "{\"a\": 1, \"a\": 2}",
            "a",
            "3",
            "(`t.a` of A/default/a stays as it is: the key `a` is there twice) {\"a\": 1, \"a\": 2}",
        ),
        (
            "{\"a\": 1}",
            "a",
            "x",
            "(`t.a` of A/default/a stays as it is: the field is an integer, and `x` is none) {\"a\": 1}",
        ),
        ("{\"a\": 1}", "b", "x", "cannot replace `t.b` of A/default/a: there is no field `b`"),
        ("{\"a\": \"{\\\"b\\\": 1}\"}", "a.b", "2", "{\"a\":\"{\\\"b\\\": 1}\"}"),
    ] {
        assert_eq!(in_text(text, path, value, false), expected, "{path} in {text}");
    }
    assert_eq!(in_text("{}", "a.0.b", "1", true), "{\"a\":[{\"b\":1}]}");
}

#[test]
fn yaml_in_text() {
    for (text, path, value, expected) in [
        ("a: 1\nb: \"x\"\n", "b", "y", "a: 1\nb: \"y\""),
        ("a: {b: 'x', c: [1, 2]}\n", "a.b", "y", "a: {b: 'y', c: [1, 2]}"),
        ("a:\n    - b: x\n", "a.0.b", "y", "a:\n- b: y"),
        ("a: x\n", "a", "8080", "a: \"8080\""),
        ("a: x\n", "a", "2024-01-01", "a: \"2024-01-01\""),
        ("a: 1\n", "a", "x", "a: !!int x"),
        ("a: 1\n", "a", "2", "a: 2"),
        ("a: !!str 1\n", "a", "2", "a: !!str 2"),
        ("a: |\n  x\n", "a", "y", "a: |-\n  y"),
        ("a: &x 1\nb: *x\n", "a", "2", "a: &x 2\nb: *x"),
        (
            "a: &x {b: 1}\nc:\n  <<: *x\n  d: 2\n",
            "c.d",
            "3",
            "a: &x {b: 1}\nc:\n  !!merge <<: *x\n  d: 3",
        ),
        ("a: 1\n---\nb: 2\n", "a", "2", "a: 2"),
        ("a: {}\n", "a", "x", "a: x"),
        ("a: \"t\\tb\\U0001F600\"\nb: 1\n", "b", "2", "a: \"t\\tb\\U0001F600\"\nb: 2"),
        ("a: >\n  x\n\n  y\nb: 1\n", "b", "2", "a: >\n  x\n\n  y\n\nb: 2"),
        ("a: |2\n   x\n\nb: ''\n? [c]\n: d\n", "b", "y", "a: |2\n   x\nb: 'y'\n? [c]\n: d"),
        ("text", "a", "x", "`a` needs a map, and there is a scalar"),
        (
            "a: [",
            "a",
            "x",
            "the path goes on in text that is no YAML: did not find expected node content",
        ),
        ("# nothing", "a", "x", "the path goes on in text that is no YAML: there is nothing in it"),
        ("a: &x {b: 1}\nc: *x\n", "c.b", "x", "`b` needs a map, and there is a YAML alias"),
        (
            "a: *x\n",
            "a",
            "x",
            "the path goes on in text that is no YAML: unknown anchor `x` referenced",
        ),
    ] {
        let got = in_text(text, path, value, false);
        let got = got.rsplit_once(" of A/default/a: ").map_or(&*got, |(_, why)| why);
        assert_eq!(got, expected, "{path} in {text}");
    }
    assert_eq!(in_text("a: 1\n", "b.[name=n].v", "x y", true), "a: 1\nb:\n- name: n\n  v: x y");
    let nested = in_text("a:\n- b: 'c: 1'\n", "a.*.b.c", "2", false);
    assert_eq!(nested, "a:\n- b: 'c: 1'");
}

/// A text below a pattern is found and stays, as in kustomize.
#[test]
fn text_below_a_pattern() {
    check(
        "apiVersion: v1\nkind: A\nmetadata: {name: a}\nl: [{t: 'k: 1'}]\n",
        "- sourceValue: x\n  targets: [{select: {}, fieldPaths: [l.*.t.k]}]\n",
        "warning: k.yaml:2: `l.*.t.k` of A/default/a stays as it is: the field is inside of a text, \
         below a pattern for its items\n  r.yaml:1: the target\n\
         apiVersion: v1\nkind: A\nl:\n- t: 'k: 1'\nmetadata:\n  name: a",
    );
    check_value("x", "a: ~", "a.b", "    options: {create: true}", "a: null");
}

#[test]
fn comments_in_text() {
    for (text, expected) in [
        ("# top\n\n# head\na: 1 # line\n", "# top\n\n# head\na: x # line"),
        ("a: 1\n\n# head of b\nb: 2\n", "a: x\n# head of b\nb: 2"),
        ("a: 1\n# foot of a\n\nb: 2\n", "a: x\n# foot of a\n\nb: 2"),
        ("b: # on b\n  c: 1\na: 1\n", "b: # on b\n  c: 1\na: x"),
        ("b:\n    # head\n    - 1 # one\n    - 2\na: 1\n", "b:\n# head\n- 1 # one\n- 2\na: x"),
        (
            "b:\n- c: 1\n  # head\n  d: 2\n# of a\na: 1\n",
            "b:\n- c: 1\n  # head\n  d: 2\n# of a\na: x",
        ),
        ("b:\n  c: 1\n  # foot of c\na: 1\n", "b:\n  c: 1\n  # foot of c\na: x"),
        ("b:\n  c: 1\n# foot of b\n\na: 1\n", "b:\n  c: 1\n# foot of b\n\na: x"),
        (
            "b:\n- # first\n  c: 1\n- # second\n  c: 2\na: 1\n",
            "b:\n- # first\n  c: 1\n- # second\n  c: 2\na: x",
        ),
        ("a: 1\n\n# end\n", "a: x\n\n# end"),
        ("a: 1\nb: |\n  # text\n  '#' # text\n", "a: x\nb: |\n  # text\n  '#' # text"),
        ("a: 1\nb: 'it # is' # not\nc: d#e\n", "a: x\nb: 'it # is' # not\nc: d#e"),
        ("b: | # block\n  x\na: 1\n", "b: | # block\n  x\na: x"),
        // Inside of brackets they are left out.
        ("a: 1\nb: [1, # one\n  2] # two\n", "a: x\nb: [1, 2] # two"),
    ] {
        let got = in_text(text, "a", "x", false);
        assert_eq!(got.replace("!!int x", "x"), expected, "{text}");
    }
}

proptest::proptest! {
    /// Any text can be looked into, and what comes out means the same.
    #[test]
    fn any_text_keeps_its_meaning(parts in proptest::collection::vec(0..PARTS.len(), 0..24)) {
        let text: String = parts.iter().map(|part| PARTS[*part]).collect();
        if let Ok(layout) = super::layout::Layout::parse(&text) {
            let again = layout.text();
            // Comments beside anchors and tags come out wrong, as they do in go-yaml.
            let is_wrong = text.contains(['&', '!']) && text.contains('#');
            if !is_wrong && meaning(&layout) != "\"\"" {
                let read = super::layout::Layout::parse(&again).map(|layout| meaning(&layout));
                proptest::prop_assert_eq!(read, Ok(meaning(&layout)), "{:?} as {:?}", text, again);
            }
        }
    }
}

/// What is in a text. In brackets nothing at all comes out as empty text, as it does in go-yaml.
fn meaning(layout: &super::layout::Layout) -> String {
    format!("{:?}", layout.to_node(manifest::Origin::NONE)).replace("null", "\"\"")
}

const PARTS: [&str; 30] = [
    "a", "b: ", "- ", "\n", "\n  ", "\n    ", "# c", " # d", "'", "\"", "|", "|-", "\n\n", "{",
    "}", "[", "]", ", ", ": ", "? ", "&x ", "*x", "!!str ", "<<", "1", "\u{e9}", "\t", "---", "~",
    "\\",
];

#[test]
fn plain_text() {
    let shown = |text: &str| match super::copied::plain(text) {
        Some(value) => format!("{value:?}"),
        None => "nothing".to_owned(),
    };
    for (text, expected) in [
        ("", "null"),
        ("~", "null"),
        ("Null", "null"),
        ("true", "true"),
        ("1_000", "1_000"),
        ("-1", "-1"),
        (".5", ".5"),
        ("2024-01-01", "\"2024-01-01T00:00:00Z\""),
        ("-", "\"-\""),
        ("1:", "\"1:\""),
        ("1: 2", "\"1: 2\""),
        ("...", "\"...\""),
        ("1 ", "\"1 \""),
        ("no", "\"no\""),
        (".nan", "nothing"),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}
