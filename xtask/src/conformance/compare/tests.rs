//! What counts as the same, and how a difference reads.

use super::{Comparison, compare};

fn equal(expected: &str, actual: &str, line: &str) {
    assert_eq!(compare(expected, actual), Comparison::Equal(line.to_owned()));
}

fn different(expected: &str, actual: &str, difference: &str) {
    assert_eq!(compare(expected, actual), Comparison::Different(difference.to_owned()));
}

#[test]
fn the_same_bytes() {
    assert_eq!(compare("a: 1\n", "a: 1\n"), Comparison::Identical);
}

#[test]
fn order_of_keys_and_layout_do_not_matter() {
    equal("a: 1\nb: 2\n", "{b: 2, a: 1}\n", "line 1 is \"{b: 2, a: 1}\", not \"a: 1\"");
    equal("a: x\n", "a: \"x\"\n", "line 1 is \"a: \\\"x\\\"\", not \"a: x\"");
    equal("a: x\n", "a: x", "the line break at the end");
    equal("a: 1e3\n", "a: 1000.0\n", "line 1 is \"a: 1000.0\", not \"a: 1e3\"");
}

#[test]
fn types_of_scalars_matter() {
    different("a: 1\n", "a: '1'\n", "document 1: /a is \"1\", not 1");
    // Text to one of the two readers, a bool to the other.
    different("a: 'yes'\n", "a: yes\n", "document 1: /a is true, not \"yes\"");
    different(
        "a: '2001-01-02'\n",
        "a: 2001-01-02\n",
        "document 1: /a is \"2001-01-02T00:00:00Z\", not \"2001-01-02\"",
    );
}

#[test]
fn order_of_items_and_documents_matters() {
    different("a: [1, 2]\n", "a: [2, 1]\n", "document 1: /a/0 is 2, not 1");
    different("a: [1]\n", "a: [1, 2]\n", "document 1: /a has 2 items, not 1");
    different("a: 1\n---\nb: 1\n", "b: 1\n---\na: 1\n", "document 1: /a is missing");
    different("a: 1\n---\nb: 1\n", "a: 1\n", "1 documents, not 2");
    different("a: 1\n", "a: 1\nb: 1\n", "document 1: /b is too much");
}

#[test]
fn what_does_not_parse() {
    different(
        "a: 1\n",
        "a: [\n",
        "line 1 of the output: did not find expected node content while parsing a flow node",
    );
}
