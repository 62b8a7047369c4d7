//! What is missing, and what answers do.

use api::SourceKind;
use manifest::{Map, Origin, Sensitive, Value};

use super::*;

const REPOSITORY: &str = "
    //- clusters/a.yaml
    @source fleet
    @source other
    @apply apps ./apps, postBuild: {substituteFrom: [{kind: ConfigMap, name: vars}, {kind: Secret, name: more}]}
    @apply theirs ./deploy, sourceRef: {kind: GitRepository, name: other}
    @apply bases ./bases
    //- apps/object.yaml
    {apiVersion: v1, kind: ConfigMap, metadata: {name: one, namespace: x}, data: {region: '${region}', password: 'a-${password}', both: '${region}-${password}', plain: z}}
    //- bases/kustomization.yaml
    resources: ['https://github.com/example/base']
    ";

fn named() -> Checkout {
    Checkout { named: Some("fleet".to_owned()), ..Checkout::default() }
}

fn render_with(answers: &Answers) -> Rendered {
    let (tree, memory) = (tree(REPOSITORY), Memory::default());
    let registry = registry(&tree, &memory);
    let cluster = registry.find("a").unwrap();
    let (checkout, mode) = (named(), Mode::Strict);
    let request =
        Request { tree: &tree, registry: &registry, cluster, checkout: &checkout, answers, mode };
    render(&request, &memory)
}

fn value(kind: &str, name: &str) -> ValueRef {
    ValueRef { kind: kind.into(), namespace: "flux-system".into(), name: name.into() }
}

fn source(name: &str) -> Source {
    let kind = SourceKind::GitRepository;
    Source { kind, namespace: "flux-system".into(), name: name.into() }
}

#[test]
fn everything_that_is_missing_at_once() {
    let rendered = render_with(&Answers::default());
    check_eq(
        &show(&rendered),
        "
what is applied by hand
  GitRepository/flux-system/fleet
  GitRepository/flux-system/other
  Kustomization/flux-system/apps
  Kustomization/flux-system/theirs
  Kustomization/flux-system/bases
Kustomization flux-system/bases
  missing (clusters/a.yaml:10): it could not be built
Kustomization flux-system/apps
  missing (clusters/a.yaml:6): it waits for what is needed
Kustomization flux-system/theirs
  missing (clusters/a.yaml:8): it waits for what is needed
needs the remote base `https://github.com/example/base` (bases/kustomization.yaml:1)
needs ConfigMap flux-system/vars in the cluster
needs Secret flux-system/more in the cluster
needs the files of GitRepository/flux-system/other
",
    );
    assert!(!rendered.is_complete());
    assert_eq!(
        rendered.served.unwrap().to_string(),
        "GitRepository/flux-system/fleet is this folder: it was named so"
    );
}

#[test]
fn answers_are_used_and_secrets_stay_hidden() {
    let mut answers = Answers::default();
    let text = |text: &str| Node::string(text, Origin::NONE);
    let vars: Map = [("region".into(), text("eu"))].into_iter().collect();
    let secret = Node::new(Value::Sensitive(Sensitive::new("hunter2".to_owned())), Origin::NONE);
    let more: Map = [("password".into(), secret)].into_iter().collect();
    answers.values.insert(value("ConfigMap", "vars"), Some(vars));
    answers.values.insert(value("Secret", "more"), Some(more));
    answers
        .sources
        .insert(source("other"), tree("//- deploy/object.yaml\n@object ConfigMap theirs\n"));
    let remote = render_with(&answers).needs.into_iter().next().unwrap();
    answers.unknown.insert(remote, "nobody fetched it".into());
    let rendered = render_with(&answers);
    check_eq(
        &show(&rendered),
        "
what is applied by hand
  GitRepository/flux-system/fleet
  GitRepository/flux-system/other
  Kustomization/flux-system/apps
  Kustomization/flux-system/theirs
  Kustomization/flux-system/bases
Kustomization flux-system/apps
  ConfigMap/x/one
Kustomization flux-system/theirs
  ConfigMap/x/theirs
Kustomization flux-system/bases
  missing (clusters/a.yaml:10): the remote base `https://github.com/example/base` (bases/kustomization.yaml:1): nobody fetched it
",
    );
    let (_, object) = rendered.objects().find(|(_, object)| object.name() == "one").unwrap();
    let data = object.root().get("data").unwrap();
    assert_eq!(
        format!("{data:?}"),
        r#"{"region": "eu", "password": ***, "both": ***, "plain": "z"}"#
    );
    assert_eq!(data.get("both").unwrap().scalar_text().as_deref(), Some("eu-hunter2"));
}

#[test]
fn what_cannot_be_known_travels_on() {
    let mut answers = Answers::default();
    for need in render_with(&answers).needs {
        answers.unknown.insert(need, "it is in the cluster".into());
    }
    let rendered = render_with(&answers);
    check_eq(
        &show_findings(&rendered),
        "
warning: clusters/a.yaml:8: Kustomization flux-system/theirs: what it applies cannot be known: the files of GitRepository/flux-system/other: it is in the cluster
",
    );
    let (_, object) = rendered.objects().find(|(_, object)| object.name() == "one").unwrap();
    let data = object.root().get("data").unwrap();
    let unknown = "<unknown: it is in the cluster>";
    let expected = format!(
        "{{\"region\": {unknown}, \"password\": {unknown}, \"both\": {unknown}, \"plain\": \"z\"}}"
    );
    assert_eq!(format!("{data:?}"), expected);
    assert_eq!(data.get("region").unwrap().origin.by().as_str(), "substitution");
}

#[test]
fn objects_without_a_known_name_are_gaps() {
    let mut answers = Answers::default();
    answers.unknown.insert(Need::Value(value("ConfigMap", "vars")), "no cluster".into());
    let rendered = render_a(
        "
        //- clusters/a.yaml
        @source fleet
        @apply apps ./apps, postBuild: {substituteFrom: [{kind: ConfigMap, name: vars}]}
        //- apps/object.yaml
        @object ConfigMap '${name}'
        @object ConfigMap one
        ",
        &answers,
    );
    check_eq(
        &show(&rendered),
        "
what is applied by hand
  GitRepository/flux-system/fleet
  Kustomization/flux-system/apps
Kustomization flux-system/apps
  ConfigMap/x/one
  missing (apps/object.yaml:2): ConfigMap/x/${name}: no cluster
",
    );
}

#[test]
fn what_is_not_there_is_an_error_unless_it_is_optional() {
    let mut answers = Answers::default();
    answers.values.insert(value("ConfigMap", "vars"), None);
    answers.values.insert(value("ConfigMap", "maybe"), None);
    let rendered = render_a(
        "
        //- clusters/a.yaml
        @source fleet
        @apply apps ./apps, postBuild: {substituteFrom: [{kind: ConfigMap, name: vars}, {kind: ConfigMap, name: maybe, optional: true}]}
        //- apps/object.yaml
        @object ConfigMap one
        ",
        &answers,
    );
    check_eq(
        &show_findings(&rendered),
        "
error: clusters/a.yaml:4: Kustomization flux-system/apps: there is no ConfigMap flux-system/vars
  help: make it, or write `optional: true`
",
    );
}

#[test]
fn a_wrong_name_is_a_need_with_a_hint() {
    check_findings(
        "
        //- clusters/a.yaml
        @source fleet
        @config cluster-config a: b
        @apply apps ./apps, postBuild: {substituteFrom: [{kind: ConfigMap, name: cluster-confg}]}
        //- apps/object.yaml
        @object ConfigMap one
        ",
        "
needs ConfigMap flux-system/cluster-confg in the cluster
warning: clusters/a.yaml:6: Kustomization flux-system/apps: ConfigMap flux-system/cluster-confg is not in the repository
  help: did you mean `cluster-config`?
",
    );
}
