use manifest::{Content, Entry, FileTree};

use super::*;
use crate::build;

fn tree() -> FileTree {
    let mut tree = FileTree::of_files([
        ("base/kustomization.yaml", Content::from("resources: [a.yaml]\n")),
        ("base/a.yaml", Content::from("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")),
        ("one/kustomization.yaml", Content::from("resources: [../base]\nnamePrefix: one-\n")),
        ("two/kustomization.yaml", Content::from("resources: [../base]\nnamePrefix: two-\n")),
    ]);
    tree.insert("link", Entry::Link("one".to_owned()));
    tree
}

/// Builds a directory twice with one memory, `change` in between; whether the second build was new.
fn rebuilds(directory: &str, change: impl Fn(&mut FileTree)) -> bool {
    let memory = Memory::new();
    let mut tree = tree();
    let before = build(&tree, directory, &Options::default(), &memory);
    assert!(before.nodes.is_some(), "{:?}", before.diagnostics);
    change(&mut tree);
    let is_new = memory.build(&tree, directory, &Options::default(), None).is_none();
    let after = build(&tree, directory, &Options::default(), &memory);
    let fresh = build(&tree, directory, &Options::default(), &Memory::new());
    assert_eq!(format!("{:?}", after.nodes), format!("{:?}", fresh.nodes), "{directory}");
    is_new
}

#[test]
fn a_changed_file_rebuilds_only_what_reads_it() {
    let two = |tree: &mut FileTree| {
        let text = "resources: [../base]\nnamePrefix: new-\n";
        tree.insert("two/kustomization.yaml", Entry::File(Content::from(text)));
    };
    assert!(!rebuilds("one", |_| {}));
    assert!(!rebuilds("one", two));
    assert!(rebuilds("two", two));
    assert!(rebuilds("one", |tree| {
        let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n";
        tree.insert("base/a.yaml", Entry::File(Content::from(text)));
    }));
    // A second kustomization file is an error.
    assert!(rebuilds("one", |tree| {
        tree.insert("one/kustomization.yml", Entry::File(Content::from("{}")));
    }));
    assert!(!rebuilds("one", |tree| tree.insert("three/x.yaml", Entry::File(Content::from("a")))));
    // The same text in other bytes.
    assert!(!rebuilds("one", |tree| {
        let text = "resources: [../base]\nnamePrefix: one-\n";
        tree.insert("one/kustomization.yaml", Entry::File(Content::from(text)));
    }));
}

#[test]
fn a_link_that_changes_is_seen() {
    assert!(!rebuilds("link", |tree| tree.insert("x", Entry::Directory)));
    assert!(rebuilds("link", |tree| tree.insert("link", Entry::Link("two".to_owned()))));
}

#[test]
fn other_options_are_another_build() {
    let (memory, tree) = (Memory::new(), tree());
    build(&tree, "one", &Options::default(), &memory);
    let options = Options { managed_by_label: true, ..Options::default() };
    assert!(memory.build(&tree, "one", &options, None).is_none());
    assert!(memory.build(&tree, "one", &Options::default(), None).is_some());
}

#[test]
fn what_is_not_used_goes_first() {
    let mut documents = Documents::default();
    for used in 0..10 {
        let content = Content::from("a: b\n");
        let key = (FileName::NONE, Flavor::Resource, content.bytes().as_ptr() as usize);
        documents.bytes += content.bytes().len();
        documents
            .parsed
            .insert(key, Document { content, read: (Ok(Arc::from([])), EcoVec::new()), used });
    }
    documents.evict(20);
    let mut left: Vec<u64> = documents.parsed.values().map(|it| it.used).collect();
    left.sort_unstable();
    assert_eq!((left, documents.bytes), (vec![8, 9], 10));
    let mut kept: Kept<&str, u32> = Kept::default();
    for now in 0..6 {
        kept.keep("key", now, now as u32);
    }
    assert_eq!(kept.find(&"key", 9, |value| *value == 1), None);
    assert_eq!(kept.find(&"key", 9, |value| *value == 2), Some(&mut 2));
    kept.keep("key", 10, 6);
    assert_eq!(kept.find(&"key", 11, |value| *value == 3), None);
    assert_eq!(kept.count, KEPT_PER_KEY);
}
