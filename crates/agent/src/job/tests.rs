//! What is rendered again, and what is not.

use api::FluxKustomization;
use manifest::yaml::{Flavor, Reader};
use manifest::{Content, FileName, FileTree, Object};
use proptest::prelude::*;
use render::{Answers, Memory, Mode};

use super::*;

/// A kustomization, a directory without one, and files that neither has anything to do with.
const FILES: [(&str, &str); 6] = [
    ("apps/kustomization.yaml", "resources: [map.yaml, ../base]\n"),
    ("apps/map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"),
    ("base/kustomization.yaml", "resources: [map.yaml]\n"),
    ("base/map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n"),
    ("plain/map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"),
    ("notes/readme.md", "x"),
];

fn object(text: &str) -> Object {
    let file = FileName::new("it.yaml");
    let node = Reader::new().read(text.as_bytes(), file, Flavor::Resource).unwrap().remove(0);
    Object::new(node).unwrap()
}

fn tree(files: &[(&str, &str)]) -> FileTree {
    let mut tree = FileTree::of_files(files.iter().map(|(path, it)| (*path, Content::from(*it))));
    tree.set_complete();
    tree
}

/// A rendering of `path`, after another one where that is given.
fn rendered(path: &str, tree: &FileTree, before: Option<Rendering>, memory: &Memory) -> Rendering {
    let text = format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n\
         metadata: {{name: it, namespace: web}}\n\
         spec: {{path: {path}, interval: 1m, prune: true, sourceRef: {{kind: GitRepository, name: fleet}}}}\n"
    );
    let source = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\n\
                  metadata: {name: fleet, namespace: web}\nspec: {url: 'https://x.test/y', interval: 1m}\n";
    let job = Job {
        view: FluxKustomization::read(&object(&text)).value,
        tree: Arc::new(tree.clone()),
        source: object(source),
        answers: Answers::default(),
        mode: Mode::Strict,
        before,
    };
    render(&job, memory)
}

#[test]
fn what_is_rendered_again() {
    let check = |path: &str, (changed, text): (&str, &str), is_again: bool| {
        let memory = Memory::default();
        let before = rendered(path, &tree(&FILES), None, &memory);
        assert!(before.is_complete, "{:?}", before.diagnostics);
        let mut files = tree(&FILES);
        files.insert(changed, manifest::Entry::File(text.into()));
        let after = rendered(path, &files, Some(before.clone()), &memory);
        assert_eq!(!Arc::ptr_eq(&before.objects, &after.objects), is_again, "{path}: {changed}");
    };
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: d}\n";
    check("./apps", ("notes/readme.md", "y"), false);
    check("./apps", ("notes/new.yaml", map), false);
    check("./apps", ("plain/map.yaml", map), false);
    check("./apps", ("apps/map.yaml", map), true);
    check("./apps", ("base/map.yaml", map), true);
    check("./apps", ("apps/unnamed.yaml", map), false);
    check("./apps", ("apps/kustomization.yml", "resources: []\n"), true);
    check("./plain", ("plain/new.yaml", map), true);
    check("./plain", ("base/map.yaml", map), false);
    check("./plain", ("plain/kustomization.yaml", "resources: []\n"), true);
    check("./plain", ("notes/.sourceignore", "x"), true);
}

proptest! {
    #[test]
    fn it_is_what_would_come_of_it(
        edits in prop::collection::vec((0..FILES.len() + 3, 0..3_usize), 1..8),
        path in prop::sample::select(vec!["./apps", "./plain", "./base", "./"]),
    ) {
        let memory = Memory::default();
        let mut before = rendered(path, &tree(&FILES), None, &memory);
        let mut files: Vec<(&str, &str)> = FILES.to_vec();
        let others = ["plain/.sourceignore", "plain/new.yaml", "apps/kustomization.yml"];
        for (file, content) in edits {
            let path_of = FILES.get(file).map_or_else(|| others[file - FILES.len()], |it| it.0);
            files.retain(|(path, _)| *path != path_of);
            let text = match content {
                0 => None,
                1 => FILES.get(file).map(|it| it.1).or(Some("*.yaml")),
                _ => Some("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: z}\n"),
            };
            files.extend(text.map(|text| (path_of, text)));
            let tree = tree(&files);
            let again = rendered(path, &tree, Some(before.clone()), &memory);
            let fresh = rendered(path, &tree, None, &Memory::default());
            prop_assert_eq!(&again.digest, &fresh.digest);
            prop_assert_eq!(again.is_complete, fresh.is_complete);
            before = again;
        }
    }
}
