//! Repositories in, what a cluster should have out.

mod article;
mod bootstrap;
mod damage;
mod findings;
mod fleet;
mod flux;
mod needs;
mod rendering;
mod single;
mod variables;

use std::fmt::Write;

use manifest::{Content, FileTree, Node};
use testkit::{check_eq, fixture, folder};

use super::*;

/// Renders cluster `a` of a repository, and compares everything that the rendering says.
#[track_caller]
fn check(repository: &str, expected: &str) {
    check_eq(&show(&render_a(repository, &Answers::default())), expected);
}

/// The same, only what it finds wrong or missing.
#[track_caller]
fn check_findings(repository: &str, expected: &str) {
    check_eq(&show_findings(&render_a(repository, &Answers::default())), expected);
}

/// The same, one object of it as YAML.
#[track_caller]
fn check_object(repository: &str, answers: &Answers, id: &str, expected: &str) {
    let rendered = render_a(repository, answers);
    let is_it = |object: &&Object| rendered.kinds.object_id(object).to_string() == id;
    let Some((_, object)) = rendered.objects().find(|(_, object)| is_it(object)) else {
        panic!("there is no {id} in\n{}", show(&rendered));
    };
    let mut text = String::new();
    manifest::yaml::write::write(object.root(), &mut text);
    check_eq(&text, expected);
}

fn render_a(repository: &str, answers: &Answers) -> Rendered {
    render_named(&tree(repository), "a", answers, Mode::Strict)
}

fn render_named(tree: &FileTree, cluster: &str, answers: &Answers, mode: Mode) -> Rendered {
    let memory = Memory::default();
    let registry = registry(tree, &memory);
    let cluster = registry.find(cluster).unwrap();
    let checkout = Checkout::default();
    let request =
        Request { tree, registry: &registry, cluster, checkout: &checkout, answers, mode };
    render(&request, &memory)
}

/// Everything that a rendering says, as text.
fn show(rendered: &Rendered) -> String {
    let mut text = String::new();
    for unit in &rendered.units {
        writeln!(text, "{}", unit.applied_by()).unwrap();
        for object in &unit.objects {
            writeln!(text, "  {}", rendered.kinds.object_id(object)).unwrap();
        }
        for gap in &unit.gaps {
            writeln!(text, "  missing ({}): {}", gap.origin, gap.reason).unwrap();
        }
    }
    text.push_str(&show_findings(rendered));
    text
}

fn show_findings(rendered: &Rendered) -> String {
    let mut text = String::new();
    for need in &rendered.needs {
        writeln!(text, "needs {need}").unwrap();
    }
    text.push_str(&show_diagnostics(&rendered.diagnostics));
    text
}

fn show_diagnostics(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(|diagnostic| format!("{diagnostic}\n")).collect()
}

/// A repository in a folder.
fn tree_of(path: &str) -> FileTree {
    FileTree::of_files(folder(path).into_iter().map(|(path, bytes)| (path, Content::from(bytes))))
}

/// A repository as text. Of the lines that stand for more, each makes a document of one line:
///
/// | line | stands for |
/// |---|---|
/// | `@source NAME` | a GitRepository |
/// | `@apply NAME PATH, MORE` | a Kustomization of source `fleet`, with MORE in its `spec` |
/// | `@config NAME K: V, ...` | a ConfigMap in `flux-system` |
/// | `@object KIND NAME` | an object of `v1` in namespace `x` |
fn tree(text: &str) -> FileTree {
    let files = fixture(text).into_iter();
    FileTree::of_files(files.map(|(path, text)| {
        let lines: String = text.lines().map(|line| format!("{}\n", expanded(line))).collect();
        (path, Content::from(lines.as_str()))
    }))
}

fn expanded(line: &str) -> String {
    let Some((word, rest)) = line.split_once(' ').filter(|_| line.starts_with('@')) else {
        return line.to_owned();
    };
    let (name, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let metadata = format!("metadata: {{name: {name}, namespace: flux-system}}");
    let document = match word {
        "@source" => format!(
            "apiVersion: source.toolkit.fluxcd.io/v1, kind: GitRepository, {metadata}, \
             spec: {{interval: 1m, url: https://example.org/{name}, {rest}}}"
        ),
        "@apply" => {
            let (path, more) = rest.split_once(", ").unwrap_or((rest, ""));
            let source = match more.contains("sourceRef") {
                true => "",
                false => "sourceRef: {kind: GitRepository, name: fleet}",
            };
            format!(
                "apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, {metadata}, \
                 spec: {{interval: 1m, prune: true, path: {path}, {more}, {source}}}"
            )
            .replace(", ,", ",")
        }
        "@config" => format!("apiVersion: v1, kind: ConfigMap, {metadata}, data: {{{rest}}}"),
        _ => format!("apiVersion: v1, kind: {name}, metadata: {{name: {rest}, namespace: x}}"),
    };
    format!("---\n{{{document}}}")
}
