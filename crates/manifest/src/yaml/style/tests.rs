use super::*;
use crate::FileName;
use crate::yaml::Reader;

#[test]
fn marks() {
    let text = b"a: 'x'\nb: \"5\"\nc:\nd: [{e: 'yes'}, {f: }]\ng: ''\nh: |\n  x\n  y\ni: 5\n";
    let mut nodes = Reader::new().read(text, FileName::new("x.yaml"), Flavor::Resource).unwrap();
    let node = &mut nodes[0];
    restyle(node);
    let quoted = |path: &[&str]| node.at(path).unwrap().origin.is_quoted();
    let found: Vec<&str> =
        ["a", "b", "c", "g", "h", "i"].into_iter().filter(|key| quoted(&[key])).collect();
    assert_eq!(found, ["b", "g", "h"]);
    assert!(!node.get("c").unwrap().origin.is_blank());
    let list = node.get("d").unwrap().as_list().unwrap();
    assert!(list[0].get("e").unwrap().origin.is_quoted());
    assert!(!list[1].get("f").unwrap().origin.is_blank());
    assert!(is_restyled(node));
}

#[test]
fn text_that_wants_quotes() {
    let wants = |text: &str| wants_quotes(&Value::String(text.into()));
    for text in [
        "", "5", "yes", "on", "y", "~", "null", "a: b", "a:", "- x", "-", "{", " x", "x ", "*a",
        "a #b", "%d", "x\ny", "12:30:45",
    ] {
        assert!(wants(text), "{text:?}");
    }
    for text in ["x", "x y", "-x", "a:b", "a#b", "=", "<<", "nginx:1.25", "100m", "/a/b"] {
        assert!(!wants(text), "{text:?}");
    }
}
