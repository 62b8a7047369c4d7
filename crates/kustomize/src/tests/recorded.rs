//! Kustomizations that once came out different here (`cargo xtask differential kustomize`), each with
//! what kustomize 5.8.1 printed: the directory `top` of `testdata/recorded/NAME.txt`.

use testkit::folder;

use super::*;

#[test]
fn what_kustomize_printed() {
    for (name, text) in folder("testdata/recorded") {
        let files = fixture(&String::from_utf8_lossy(&text));
        let (expected, files): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|(path, _)| path == "expected");
        let [(_, expected)] = expected.as_slice() else { panic!("{name}: no `expected`") };
        let tree = FileTree::of_files(
            files.iter().map(|(path, text)| (path, Content::from(text.as_str()))),
        );
        let build = build(&tree, "top", &Options::default(), &Memory::new());
        let printed = match &build.nodes {
            Some(nodes) => {
                let mut text = String::new();
                manifest::yaml::write::write_documents(&**nodes, &mut text);
                text
            }
            None => "refused\n".to_owned(),
        };
        check_eq(&format!("{name}\n{printed}"), &format!("{name}\n{expected}"));
    }
}
