//! Repositories with what Flux made of them: github.com/fluxcd/pkg, `kustomize` v1.44.0 with kustomize
//! 5.8.1, strict substitution. A file has the Kustomization, the files, and the output, which must be
//! the same to the byte once the owner labels are off.

use super::*;

#[test]
fn as_flux_itself() {
    let cases = folder("testdata/flux");
    assert!(cases.len() > 8);
    for (name, text) in cases {
        check_case(&name, &String::from_utf8(text).unwrap());
    }
}

fn check_case(name: &str, text: &str) {
    let mut files: BTreeMap<String, String> = fixture(text).into_iter().collect();
    let kustomization = files.remove("kustomization").unwrap();
    let expected = files.remove("expected").unwrap();
    let cluster = format!(
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\n\
         metadata: {{name: s, namespace: f}}\nspec: {{url: 'https://x.org/y', interval: 1m}}\n\
         ---\n{kustomization}"
    );
    files.insert("clusters/a.yaml".to_owned(), cluster);
    let files = files.into_iter().map(|(path, text)| (path, Content::from(text.as_str())));
    let tree = FileTree::of_files(files);
    let rendered = render_named(&tree, "a", &Answers::default(), Mode::Strict);
    let unit = rendered.units.last().unwrap();
    assert!(unit.gaps.is_empty(), "{name}: {}", show(&rendered));
    let nodes: Vec<Node> = unit.objects.iter().map(without_owner).collect();
    let mut actual = String::new();
    manifest::yaml::write::write_documents(&nodes, &mut actual);
    assert!(actual == expected, "{name}:\n{}", testkit::difference(&actual, &expected));
}

fn without_owner(object: &Object) -> Node {
    let mut root = object.root().clone();
    let metadata = root.as_map_mut().unwrap().get_mut("metadata").unwrap().as_map_mut().unwrap();
    let labels = metadata.get_mut("labels").unwrap().as_map_mut().unwrap();
    labels.retain(|key, _| !key.starts_with("kustomize.toolkit.fluxcd.io/"));
    if labels.is_empty() {
        metadata.remove("labels");
    }
    root
}
