//! Damaged repositories: nothing panics, and what is not complete says why.

use proptest::prelude::*;

use super::*;

const PIECES: [&str; 14] = [
    "",
    "\n",
    ": ",
    "- ",
    "{",
    "}",
    "${",
    "$${a",
    "[",
    "'",
    "---\n",
    "null",
    "\u{0}",
    "kind: Kustomization\n",
];

fn check_damaged(path: &str, damage: &[(usize, usize, usize, usize)]) {
    let mut files: Vec<(String, Vec<u8>)> = folder(path).into_iter().collect();
    for (file, at, cut, piece) in damage {
        let count = files.len();
        let (_, content) = &mut files[file % count];
        let start = at % (content.len() + 1);
        let end = (start + cut % 40).min(content.len());
        content.splice(start..end, PIECES[piece % PIECES.len()].bytes());
    }
    let files = files.into_iter().map(|(path, bytes)| (path, Content::from(bytes)));
    let tree = FileTree::of_files(files);
    let memory = Memory::default();
    let registry = registry(&tree, &memory);
    drop(repository(&tree, &registry, &memory));
    for cluster in &registry.clusters {
        let (checkout, answers) = (Checkout::default(), Answers::default());
        let request = Request {
            tree: &tree,
            registry: &registry,
            cluster,
            checkout: &checkout,
            answers: &answers,
            mode: Mode::Lenient,
        };
        let rendered = render(&request, &memory);
        let has_gap = rendered.units.iter().any(|unit| !unit.gaps.is_empty());
        let says_why =
            !rendered.needs.is_empty() || rendered.diagnostics.iter().any(Diagnostic::is_error);
        assert!(!has_gap || says_why, "{}", show(&rendered));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_damage_is_survived(
        damage in prop::collection::vec((0_usize..1000, 0_usize..4000, 0_usize..40, 0_usize..14), 1..6),
    ) {
        check_damaged("../../testdata/article/fixed", &damage);
        check_damaged("../../examples/fleet", &damage);
    }
}
