//! Documents as kustomize prints them. Every expected text was printed by the Go libraries that
//! kustomize 5.8.1 is built with (`sigs.k8s.io/yaml` 1.5.0, `go.yaml.in/yaml/v2` 2.4.2).

use proptest::prelude::*;

use super::{Options, write, write_documents, write_with};
use crate::{Key, Map, Node, Origin, Sensitive, Value};

fn node(value: Value) -> Node {
    Node::new(value, Origin::NONE)
}

fn s(text: &str) -> Node {
    node(text.into())
}

fn int(value: i64) -> Node {
    node(value.into())
}

fn map<const N: usize>(entries: [(&str, Node); N]) -> Node {
    node(entries.into_iter().map(|(key, node)| (Key::from(key), node)).collect())
}

fn list<const N: usize>(items: [Node; N]) -> Node {
    node(Value::List(items.into_iter().collect()))
}

fn written(node: &Node) -> String {
    let mut out = String::new();
    write(node, &mut out);
    out
}

fn check(node: &Node, expected: &str) {
    assert_eq!(written(node), expected, "{node:?}");
}

/// A string below the key `k`, and what follows `k: `.
fn check_string(text: &str, expected: &str) {
    check(&map([("k", s(text))]), &format!("k: {expected}"));
}

/// Texts whose style, or whose escapes, someone could get wrong.
const STRINGS: &[(&str, &str)] = &[
    ("", "\"\"\n"),
    ("a", "a\n"),
    ("a b", "a b\n"),
    ("nginx:1.25", "nginx:1.25\n"),
    ("http://a.b/c?d=e#f", "http://a.b/c?d=e#f\n"),
    ("*.b", "'*.b'\n"),
    ("a: b", "'a: b'\n"),
    ("a:", "'a:'\n"),
    ("a #b", "'a #b'\n"),
    ("a#b", "a#b\n"),
    ("# a", "'# a'\n"),
    (" a", "' a'\n"),
    ("a ", "'a '\n"),
    ("- a", "'- a'\n"),
    ("-a", "-a\n"),
    ("-", "'-'\n"),
    ("?x", "?x\n"),
    ("? x", "'? x'\n"),
    (":x", ":x\n"),
    ("---", "'---'\n"),
    ("--- a", "'--- a'\n"),
    ("...", "'...'\n"),
    ("....", "'....'\n"),
    ("&a", "'&a'\n"),
    ("!a", "'!a'\n"),
    ("|a", "'|a'\n"),
    (">a", "'>a'\n"),
    ("'a'", "'''a'''\n"),
    ("it's", "it's\n"),
    ("\"a\"", "'\"a\"'\n"),
    ("a \"b\"", "a \"b\"\n"),
    ("%a", "'%a'\n"),
    ("@a", "'@a'\n"),
    ("`a", "'`a'\n"),
    ("{a}", "'{a}'\n"),
    ("[a]", "'[a]'\n"),
    (",a", "',a'\n"),
    ("a,b", "a,b\n"),
    ("a{b}", "a{b}\n"),
    ("=", "=\n"),
    ("<<", "<<\n"),
    ("$(A)", "$(A)\n"),
    ("y", "\"y\"\n"),
    ("Yes", "\"Yes\"\n"),
    ("yEs", "yEs\n"),
    ("no", "\"no\"\n"),
    ("on", "\"on\"\n"),
    ("OFF", "\"OFF\"\n"),
    ("true", "\"true\"\n"),
    ("null", "\"null\"\n"),
    ("~", "\"~\"\n"),
    (".inf", "\".inf\"\n"),
    ("-.INF", "\"-.INF\"\n"),
    (".nan", "\".nan\"\n"),
    ("1", "\"1\"\n"),
    ("+1", "\"+1\"\n"),
    ("-1.5", "\"-1.5\"\n"),
    ("1e3", "\"1e3\"\n"),
    ("1.", "\"1.\"\n"),
    (".5", "\".5\"\n"),
    ("08", "\"08\"\n"),
    ("09a", "09a\n"),
    ("0x1F", "\"0x1F\"\n"),
    ("0o17", "\"0o17\"\n"),
    ("0o-7", "0o-7\n"),
    ("0b-1", "\"0b-1\"\n"),
    ("1_000", "\"1_000\"\n"),
    ("1e400", "1e400\n"),
    ("1.2.3", "1.2.3\n"),
    ("10Gi", "10Gi\n"),
    ("100m", "100m\n"),
    ("12:30", "\"12:30\"\n"),
    ("1:60", "1:60\n"),
    ("190:20:30.15", "\"190:20:30.15\"\n"),
    ("12:", "'12:'\n"),
    ("2020-01-01", "\"2020-01-01\"\n"),
    ("2020-1-1", "\"2020-1-1\"\n"),
    ("2020-02-30", "2020-02-30\n"),
    ("2020-02-29", "\"2020-02-29\"\n"),
    ("2021-02-29", "2021-02-29\n"),
    ("2020-01-01T10:00:00Z", "\"2020-01-01T10:00:00Z\"\n"),
    ("2020-01-01t1:2:3.5+01:00", "\"2020-01-01t1:2:3.5+01:00\"\n"),
    ("2020-01-01T10:00:00", "2020-01-01T10:00:00\n"),
    ("2020-01-01  1:2:3", "\"2020-01-01  1:2:3\"\n"),
    ("2020-01-01 1:2:3Z", "2020-01-01 1:2:3Z\n"),
    ("2020-01-01T10:00:00+25:00", "2020-01-01T10:00:00+25:00\n"),
    ("2020-13-01", "2020-13-01\n"),
    ("a\tb", "\"a\\tb\"\n"),
    ("a\rb", "\"a\\rb\"\n"),
    ("\0\u{7}\u{8}\u{b}\u{c}\u{1b}\u{1}", "\"\\0\\a\\b\\v\\f\\e\\x01\"\n"),
    ("C:\\d", "C:\\d\n"),
    ("a\\\tb", "\"a\\\\\\tb\"\n"),
    ("é", "é\n"),
    ("日本", "日本\n"),
    ("😀", "\"\\U0001F600\"\n"),
    ("a\u{a0}b", "a\u{a0}b\n"),
    ("\u{a0}\t", "\"\u{a0}\\t\"\n"),
    ("a\u{2028}b", "'a\u{2028}  b'\n"),
    ("\u{2029}", "'\u{2029}'\n"),
    ("a \u{2028}b", "\"a \\Lb\"\n"),
    ("\u{feff}ab c", "\"\\uFEFF\\x61\\x62\\x20\\x63\"\n"),
    ("a\u{feff}b", "\"a\\uFEFFb\"\n"),
    ("�", "�\n"),
    ("\n", "|2+\n\n"),
    ("\n\n", "|2+\n\n\n"),
    ("a\n", "|\n  a\n"),
    ("a", "a\n"),
    ("a\nb", "|-\n  a\n  b\n"),
    ("a\n\n", "|+\n  a\n\n"),
    ("a\n\nb\n", "|\n  a\n\n  b\n"),
    (" a\nb", "|2-\n   a\n  b\n"),
    ("\na\n", "|2\n\n  a\n"),
    ("a\n b\n", "|\n  a\n   b\n"),
    ("a \nb", "\"a \\nb\"\n"),
    ("a\nb ", "\"a\\nb \"\n"),
    ("a\n\tb", "\"a\\n\\tb\"\n"),
    ("a\u{2028}b\n", "|\n  a\u{2028}  b\n"),
    ("a\nb\u{2028}", "|\n  a\n  b\u{2028}"),
    ("key: value\nlist:\n- a\n", "|\n  key: value\n  list:\n  - a\n"),
    ("a\u{85}b", "\"a\\Nb\"\n"),
    ("\u{7f}", "\"\\x7F\"\n"),
    ("\u{80}", "\"\\x80\"\n"),
    ("\u{fffe}", "\"\\uFFFE\"\n"),
];

#[test]
fn strings() {
    for (text, expected) in STRINGS {
        check_string(text, expected);
    }
}

fn words(count: usize) -> String {
    vec!["word"; count].join(" ")
}

#[test]
fn plain_text_folds_at_the_first_space_past_column_80() {
    check_string(&words(16), &format!("{}\n", words(16)));
    check_string(&words(17), &format!("{}\n  word\n", words(16)));
    check_string(&words(40), &format!("{}\n  {}\n  {}\n", words(16), words(16), words(8)));
}

#[test]
fn columns_are_characters() {
    let text = |count| vec!["日本"; count].join(" ");
    check_string(&text(40), &format!("{}\n  {}\n", text(27), text(13)));
}

#[test]
fn what_has_no_single_space_does_not_fold() {
    let long = "x".repeat(100);
    check_string(&long, &format!("{long}\n"));
    check_string(&format!("{long} y"), &format!("{long}\n  y\n"));
    let doubled = vec!["word"; 20].join("  ");
    check_string(&doubled, &format!("{doubled}\n"));
}

#[test]
fn quoted_text_folds_too() {
    check_string(&format!("# {}", words(20)), &format!("'# {}\n  {}'\n", words(16), words(4)));
    check_string(&format!("'{}'", words(17)), &format!("'''{}\n  word'''\n", words(16)));
    check_string(&format!("{} ", words(20)), &format!("'{}\n  {} '\n", words(16), words(4)));
    check_string(&format!("\t{}", words(20)), &format!("\"\\t{}\n  {}\"\n", words(16), words(4)));
    // A double-quoted line may also be folded before several spaces; the second is escaped.
    let doubled = |count| vec!["word"; count].join("  ");
    check_string(
        &format!("\t{}", doubled(20)),
        &format!("\"\\t{}\n  \\ {}\"\n", doubled(13), doubled(7)),
    );
}

#[test]
fn numbers() {
    for (text, expected) in [
        ("1.0", "1"),
        ("1e3", "1000"),
        ("1.50", "1.5"),
        ("0x1F", "31"),
        ("1_000", "1000"),
        ("123456789.123456789", "1.2345678912345679e+08"),
        ("18446744073709551615", "18446744073709551615"),
        ("100000000000000000000", "1e+20"),
        // What is no number after all is text.
        (".inf", "\".inf\""),
    ] {
        check(&map([("k", node(Value::Number(text.into())))]), &format!("k: {expected}\n"));
    }
    check(&list([int(i64::MIN), int(0)]), "- -9223372036854775808\n- 0\n");
}

#[test]
fn collections() {
    check(
        &map([
            ("b", map([("d", list([s("x"), map([("k", s("v")), ("a", list([s("y")]))])]))])),
            ("a", list([list([s("x"), list([s("y")])]), list([]), map([])])),
            ("c", map([])),
            ("d", list([])),
            ("e", Node::default()),
            ("f", node(true.into())),
        ]),
        "\
a:
- - x
  - - \"y\"
- []
- {}
b:
  d:
  - x
  - a:
    - \"y\"
    k: v
c: {}
d: []
e: null
f: true
",
    );
}

#[test]
fn roots_of_other_types() {
    check(&map([]), "{}\n");
    check(&list([]), "[]\n");
    check(&s("a"), "a\n");
    check(&s("a\nb\n"), "|\n  a\n  b\n");
    check(&s(&words(20)), &format!("{}\n  {}\n", words(17), words(3)));
    check(&Node::default(), "null\n");
}

/// Keys in the order in which they are written, whatever order they come in.
fn check_keys(expected: &[&str]) {
    for turn in 0..expected.len() {
        let turned = expected[turn..].iter().chain(&expected[..turn]).rev();
        let map: Map = turned.map(|key| (Key::from(*key), Node::default())).collect();
        let mut entries: Vec<_> = map.iter().map(|(key, node)| (key.as_str(), node)).collect();
        super::order::sort(&mut entries, &mut Vec::new());
        let keys: Vec<&str> = entries.into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, expected);
    }
}

#[test]
fn order_of_keys() {
    check_keys(&["", "-", ".a", "0", "00", "1", "01", "9", "10", "A", "B", "a", "b"]);
    check_keys(&["a", "a-b", "a.b", "a/b", "a:", "a_b", "a1", "a9", "a10", "aB", "ab", "abc"]);
    check_keys(&["a1001", "a1010", "a10a", "aé", "é", "日"]);
    check_keys(&["apiVersion", "data", "immutable", "kind", "metadata"]);
    let many: Vec<String> = (0..100).map(|number| format!("key{number}")).collect();
    check_keys(&many.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn an_order_that_goes_in_circles_is_no_harm() {
    // 2a < 10 < 22 < 2a, and so on: kustomize itself prints these in a different order each time.
    let keys = (0..200).map(|number| format!("{number}{}", if number % 3 == 0 { "a" } else { "" }));
    let map: Value = keys.map(|key| (Key::new(key), Node::default())).collect();
    assert_eq!(written(&node(map)).lines().count(), 200);
}

#[test]
fn keys_that_need_more_than_a_line() {
    let (fits, long) = ("k".repeat(128), "k".repeat(129));
    check(
        &map([
            (&fits, s("a")),
            (&long, s("a")),
            ("l\nm", list([s("a"), s("b")])),
            ("n\n", map([("a", s("b")), ("c", s("d"))])),
            ("o\rp", s("q\nr")),
            ("y", s("y")),
            ("", s("")),
            ("a: b", s("it's")),
        ]),
        &format!(
            "\
\"\": \"\"
'a: b': it's
{fits}: a
? {long}
: a
? |-
  l
  m
: - a
  - b
? |
  n
: a: b
  c: d
? \"o\\rp\"
: |-
  q
  r
\"y\": \"y\"
"
        ),
    );
}

#[test]
fn documents() {
    let mut out = String::from("# kept\n");
    write_documents([&map([("a", s("b\n"))]), &map([("c", s("d"))])], &mut out);
    assert_eq!(out, "# kept\na: |\n  b\n---\nc: d\n");
}

#[test]
fn secrets_are_masked_and_unknowns_named() {
    let secret = map([
        ("password", node(Value::Sensitive(Sensitive::new("hunter2\n".into())))),
        ("token", node(Value::Unknown("the Secret a/b is in the cluster".into()))),
    ]);
    let unknown = "token: '<unknown: the Secret a/b is in the cluster>'\n";
    check(&secret, &format!("password: '***'\n{unknown}"));
    let mut out = String::new();
    write_with(&secret, Options { expose: true }, &mut out);
    assert_eq!(out, format!("password: |\n  hunter2\n{unknown}"));
}

/// Text of the characters that mean something, and any other.
fn any_text() -> impl Strategy<Value = String> {
    let special =
        r##"[ \n\t\r:#'"\\\-?|>&*!%@`{}\[\],0-9a-cxo._=~éß日😀\x{85}\x{2028}\x{feff}\x00]{0,120}"##;
    prop_oneof![special, any::<String>(), Just(words(30))]
}

fn any_node() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_map(|number| Value::Number(number.to_string().into())),
        any_text().prop_map(|text| Value::Number(text.into())),
        any_text().prop_map(|text| Value::String(text.into())),
        any_text().prop_map(|text| Value::Unknown(text.into())),
        any_text().prop_map(|text| Value::Sensitive(Sensitive::new(text))),
    ];
    leaf.prop_map(node).prop_recursive(6, 64, 8, |inner| {
        let entries = prop::collection::vec((any_text(), inner.clone()), 0..8);
        prop_oneof![
            prop::collection::vec(inner, 0..8)
                .prop_map(|items| node(Value::List(items.into_iter().collect()))),
            entries.prop_map(|entries| {
                node(entries.into_iter().map(|(key, node)| (Key::new(key), node)).collect())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_node_can_be_written(node in any_node(), expose in any::<bool>()) {
        let mut out = String::new();
        write_with(&node, Options { expose }, &mut out);
        let ended = out.ends_with(['\n', '\u{2028}', '\u{2029}']);
        let raw = out.contains(['\r', '\t', '\0', '\u{85}', '\u{feff}']);
        prop_assert!(ended && !raw, "{:?}", out);
    }
}
