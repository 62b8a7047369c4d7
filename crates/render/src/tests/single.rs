//! One Kustomization alone.

use manifest::{Map, Sensitive, Value};

use super::*;
use crate::unit::Unit;

/// Renders the Kustomization `apps` of `cluster.yaml` with the files beside it, and compares what comes
/// of it. `answers` are lines `ConfigMap/NAME KEY=VALUE`, or `ConfigMap/NAME absent`.
#[track_caller]
fn check(repository: &str, answers: &str, expected: &str) {
    let tree = tree(repository);
    let memory = Memory::default();
    let objects = documents::objects(&tree, "cluster.yaml", &memory.builds, &mut Vec::new());
    let apps = objects.iter().find(|object| object.name() == "apps").unwrap();
    let source = objects.iter().find(|object| object.name() == "fleet");
    let view = api::FluxKustomization::read(apps).value;
    let answers = Answers { values: answers.lines().map(answer).collect(), ..Answers::default() };
    let single = Single { view: &view, tree: &tree, source, answers: &answers, mode: Mode::Strict };
    let outcome = kustomization(&single, &memory);
    let Unit { objects, gaps, .. } = &outcome.unit;
    let mut text = String::new();
    for object in objects {
        writeln!(text, "{} {:?}", object.id(), object.root().get("data").unwrap()).unwrap();
    }
    for gap in gaps {
        writeln!(text, "missing ({}): {}", gap.origin, gap.reason).unwrap();
    }
    for need in &outcome.needs {
        writeln!(text, "needs {need}").unwrap();
    }
    text.push_str(&show_diagnostics(&outcome.diagnostics));
    let is_complete = if outcome.is_complete() { "complete" } else { "not complete" };
    writeln!(text, "{is_complete}").unwrap();
    check_eq(&text, expected);
}

fn answer(line: &str) -> (ValueRef, Option<Map>) {
    let (object, value) = line.split_once(' ').unwrap();
    let (kind, name) = object.split_once('/').unwrap();
    let reference =
        ValueRef { kind: kind.into(), namespace: "flux-system".into(), name: name.into() };
    let data = value.split_once('=').map(|(key, value)| {
        let value = match kind {
            "Secret" => Value::Sensitive(Sensitive::new(value.to_owned())),
            _ => Value::from(value),
        };
        Map::from_iter([(key.into(), Node::new(value, manifest::Origin::NONE))])
    });
    (reference, data)
}

const REPOSITORY: &str = "
    //- cluster.yaml
    @source fleet ignore: \"*.bak.yaml\"
    @apply apps ./apps, postBuild: {substituteFrom: [{kind: ConfigMap, name: vars}, {kind: Secret, name: more, optional: true}]}
    //- apps/object.yaml
    {apiVersion: v1, kind: ConfigMap, metadata: {name: one, namespace: x}, data: {region: '${region}', word: '${word:=none}'}}
    //- apps/old.bak.yaml
    {apiVersion: v1, kind: ConfigMap, metadata: {name: old, namespace: x}}
    ";

#[test]
fn with_all_answers() {
    check(
        REPOSITORY,
        "ConfigMap/vars region=north\nSecret/more word=sesame",
        r#"
ConfigMap/x/one {"region": "north", "word": ***}
complete
"#,
    );
    check(
        REPOSITORY,
        "ConfigMap/vars region=north\nSecret/more absent",
        r#"
ConfigMap/x/one {"region": "north", "word": "none"}
complete
"#,
    );
}

#[test]
fn without_some() {
    check(
        REPOSITORY,
        "Secret/more absent",
        "
missing (cluster.yaml:4): it waits for what is needed
needs ConfigMap flux-system/vars in the cluster
not complete
",
    );
    check(
        REPOSITORY,
        "ConfigMap/vars absent\nSecret/more absent",
        r#"
ConfigMap/x/one {"region": "${region}", "word": "${word:=none}"}
error: cluster.yaml:4: Kustomization flux-system/apps: there is no ConfigMap flux-system/vars
  help: make it, or write `optional: true`
not complete
"#,
    );
}

#[test]
fn what_does_not_build() {
    check(
        "
        //- cluster.yaml
        @source fleet
        @apply apps ./apps
        //- apps/kustomization.yaml
        resources: [gone.yaml]
        ",
        "Secret/more absent",
        "
missing (cluster.yaml:4): it could not be built
error: apps/kustomization.yaml:1: there is no file or directory `gone.yaml`
  cluster.yaml:4: built for Kustomization flux-system/apps
  help: it is looked for in `apps`; add it, or correct the path
not complete
",
    );
}
