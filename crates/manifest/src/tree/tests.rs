use super::*;

#[test]
fn joins_paths() {
    let check = |directory: &str, relative: &str, expected: Option<&str>| {
        assert_eq!(join(directory, relative).as_deref(), expected, "{directory} + {relative}");
    };
    check("overlays/us-east", "../../base", Some("base"));
    check("overlays", "./x//y/.", Some("overlays/x/y"));
    check("", "..", None);
    check("a", "../../b", None);
    check("a", "/b", Some("b"));
    check("a", "..", Some(""));
}

#[test]
fn writes_paths_as_seen_from_a_directory() {
    let check = |path: &str, directory: &str, expected: &str| {
        assert_eq!(relative(path, directory), expected, "{path} from {directory}");
    };
    check("base/x.yaml", "overlays/us", "../../base/x.yaml");
    check("base/x.yaml", "base", "x.yaml");
    check("base", "base", ".");
    check("a", "", "a");
}

#[test]
fn tells_absent_from_unread() {
    let mut tree = FileTree::unread("work/repo/", "/");
    tree.insert("work/repo/a/x.yaml", Entry::File("x: 1".into()));
    tree.insert_absent("work/repo/b");
    assert_eq!(tree.lookup("work/repo/a"), Lookup::Found(&Entry::Directory));
    assert_eq!(tree.lookup("work/repo/b"), Lookup::Absent);
    assert_eq!(tree.lookup("work/repo/c"), Lookup::Unread);
    assert_eq!(tree.display("work/repo/a/x.yaml"), "a/x.yaml");
    assert_eq!(tree.display("work/repo"), ".");
    assert_eq!(tree.display("etc/passwd"), "/etc/passwd");
    let repository = FileTree::unread("", "examples/fleet/");
    assert_eq!(repository.display("base/x.yaml"), "examples/fleet/base/x.yaml");
}

#[test]
fn lists_what_is_below() {
    let files = ["a/x", "a/b/y", "ab/z", "c"].map(|path| (path, Content::from("")));
    let tree = FileTree::of_files(files);
    let below: Vec<&str> = tree.below("a").map(|(path, _)| path).collect();
    assert_eq!(below, ["a", "a/b", "a/b/y", "a/x"]);
    assert_eq!(tree.below("").count(), 7);
}
