use super::*;
use crate::Via;

fn check(text: &str, expected: &str) {
    check_as(text, Flavor::Resource, expected);
}

fn check_as(text: &str, flavor: Flavor, expected: &str) {
    let read = Reader::new().read(text.as_bytes(), FileName::new("x.yaml"), flavor);
    let printed = match read {
        Ok(nodes) => nodes.iter().map(|node| format!("{node:?}")).collect::<Vec<_>>().join("\n"),
        Err(error) => format!("{}: {}", error.origin, error.cause),
    };
    assert_eq!(printed, expected, "reading {text:?}");
}

#[test]
fn documents() {
    check(
        "a: 1\n---\n# nothing\n---\nb: [x, {y: z}]\n",
        "{\"a\": 1}\n{\"b\": [\"x\", {\"y\": \"z\"}]}",
    );
    check("", "");
    check("# only a comment\n", "");
    check("--- # comment\na: 1\n", "{\"a\": 1}");
    check("\u{feff}a: 1\r\nb: 2\r\n", "{\"a\": 1, \"b\": 2}");
    check("a: 1\n--- {b: 2}\n", "x.yaml:2: text after the document separator `---`");
    check("%YAML 1.1\n---\na: 1\n", "x.yaml:1: a %YAML directive is not supported");
}

#[test]
fn plain_scalars_of_resources() {
    check("[yes, on, y, No]", r#"["yes", "on", "y", "No"]"#);
    check("[true, True, FALSE, ~, null, '']", r#"[true, true, false, null, null, ""]"#);
    check(
        "[0, -5, 12, 007, 0x1F, 1_000, 1.50, 1e3, 0o17]",
        "[0, -5, 12, 007, 0x1F, 1_000, 1.50, 1e3, 0o17]",
    );
    check("['1', \"true\", !!str 3, !!int \"3\"]", r#"["1", "true", "3", 3]"#);
    check(
        "[2020-01-01, 2001-12-14t21:59:43.10-05:00, 2001-12-14 21:59:43.1]",
        r#"["2020-01-01T00:00:00Z", "2001-12-14T21:59:43.1-05:00", "2001-12-14T21:59:43.1Z"]"#,
    );
    check(
        "[2020-13-01, 2020-02-30, 12:30, 1.2.3, -, a-b]",
        r#"["2020-13-01", "2020-02-30", "12:30", "1.2.3", "-", "a-b"]"#,
    );
    check("x: .inf", "x.yaml:1: infinity has no JSON form");
    check("!!binary aGVsbG8=", r#""hello""#);
    check("!!int abc", "x.yaml:1: `abc` is no !!int");
}

#[test]
fn values_that_keep_their_spelling() {
    let check = |text: &str, expected: &str| {
        let mut reader = Reader::keeping(&[
            &["metadata", "annotations", "*"],
            &["items", "*", "metadata", "annotations", "*"],
        ]);
        let nodes = reader.read(text.as_bytes(), FileName::new("x.yaml"), Flavor::Resource);
        assert_eq!(format!("{:?}", nodes.unwrap()[0]), expected, "reading {text:?}");
    };
    check(
        "metadata: {annotations: {a: True, b: 2020-01-01, c: 5, d: true, e: ~}, labels: {a: 2020-01-01}}",
        r#"{"metadata": {"annotations": {"a": "True", "b": "2020-01-01", "c": 5, "d": true, "e": null}, "labels": {"a": "2020-01-01T00:00:00Z"}}}"#,
    );
    check(
        "items: [{metadata: {annotations: {a: 2020-01-01}}}]",
        r#"{"items": [{"metadata": {"annotations": {"a": "2020-01-01"}}}]}"#,
    );
    check(
        "spec: {metadata: {annotations: {a: TRUE}}}",
        r#"{"spec": {"metadata": {"annotations": {"a": true}}}}"#,
    );
}

#[test]
fn blocks_at_the_end_of_a_file_without_a_line_end() {
    check("a: |\n  one\n  two", r#"{"a": "one\ntwo"}"#);
    check("a: |+\n  one", r#"{"a": "one"}"#);
    check("a: |-\n  one", r#"{"a": "one"}"#);
    check("a: >\n  one\n  two", r#"{"a": "one two"}"#);
    check("a: |\n  one\n ", r#"{"a": "one\n"}"#);
    check("a: |\n  one\n# end", r#"{"a": "one\n"}"#);
    check("a: |\n  one\nb: two", r#"{"a": "one\n", "b": "two"}"#);
    check("a: \"x\n\n  y\"", r#"{"a": "x\ny"}"#);
}

#[test]
fn plain_scalars_of_configuration() {
    check_as("[yes, Off, y, 2020-01-01]", Flavor::Config, r#"[true, false, true, "2020-01-01"]"#);
    check_as("{1: a, true: b, a: c, a: d}", Flavor::Config, r#"{"1": "a", "true": "b", "a": "d"}"#);
}

#[test]
fn keys() {
    check("a: 1\nb: 2\na: 3\n", "x.yaml:3: the key `a` is there twice");
    check("80: http\n", "x.yaml:1: the key `80` is a number, not text: quote it");
    check("? [a]\n: b\n", "x.yaml:1: a map key must be text");
    let many: String = (0..40).map(|i| format!("k{i}: 0\n")).collect();
    check(&format!("{many}k3: 1\n"), "x.yaml:41: the key `k3` is there twice");
}

#[test]
fn anchors_and_merge_keys() {
    check("a: &x {p: 1, q: 2}\nb: *x\n", r#"{"a": {"p": 1, "q": 2}, "b": {"p": 1, "q": 2}}"#);
    check(
        "a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}\n",
        r#"{"a": {"p": 1, "q": 2}, "b": {"q": 3, "p": 1}}"#,
    );
    check("<<: [{a: 1}, {a: 2, b: 2}]\n", r#"{"a": 1, "b": 2}"#);
    check("a: *nope\n", "x.yaml:1: unknown anchor `nope` referenced");
    check("a: &a [*a]\n", "x.yaml:1: anchor `a` contains itself");
    check("<<: 3\n", "x.yaml:1: the merge key `<<` takes a map or a list of maps");
}

#[test]
fn limits() {
    let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for i in 1..10 {
        let before = i - 1;
        laughs += &format!("a{i}: &a{i} [{}]\n", vec![format!("*a{before}"); 10].join(", "));
    }
    check(&laughs, "x.yaml:6: aliases expand to over 1000000 values");
    check(&"[".repeat(100_000), "x.yaml:1: nested deeper than 500 levels");
    check("a: \"\\xff", "x.yaml:1: found unexpected end of stream while scanning a quoted scalar");
    let broken = Reader::new().read(b"a: 1\nb: \xff\n", FileName::new("x.yaml"), Flavor::Resource);
    assert_eq!(broken.unwrap_err().to_string(), "not valid UTF-8");
}

#[test]
fn a_fault_has_a_next_step() {
    let check = |text: &str, expected: &[&str]| {
        let read = Reader::new().read(text.as_bytes(), FileName::new("x.yaml"), Flavor::Resource);
        let shown = read.unwrap_err().diagnostic().to_string();
        assert_eq!(shown, expected.join("\n  "), "reading {text:?}");
    };
    check(
        "a: 1\nb: !\"x\"\n",
        &[
            "error: x.yaml:2: did not find expected whitespace or line break while scanning a tag",
            "help: put text that begins with `!` into quotes",
        ],
    );
    check(
        "a: 1\nb: \"x\nc: y\n",
        &[
            "error: x.yaml:3: found unexpected end of stream while scanning a quoted scalar",
            "x.yaml:2: the text in quotes begins here",
            "help: close the text in quotes",
        ],
    );
    check(
        "a: {b: c\nd: e\n",
        &[
            "error: x.yaml:2: did not find expected ',' or '}' while parsing a flow mapping",
            "x.yaml:1: the bracket is opened here",
            "help: close the bracket, or put text with brackets in it into quotes",
        ],
    );
    check(
        "a:\n  b: c\n d: e\n",
        &[
            "error: x.yaml:3: did not find expected key while parsing a block mapping",
            "x.yaml:1: the map begins here",
            "help: indent all entries alike, and put text that looks like YAML into quotes",
        ],
    );
    check(
        "a: x: y\n",
        &[
            "error: x.yaml:1: mapping values are not allowed in this context",
            "help: put text with `: ` in it into quotes, or check how the line is indented",
        ],
    );
    check(
        "a:\n\tb: c\n",
        &[
            "error: x.yaml:2: found character that cannot start any token while scanning for the next token",
            "help: put text that begins with `@`, `%` or a backtick into quotes; indent with blanks, not with tabs",
        ],
    );
    check(
        "a: \"C:\\dir\"\n",
        &[
            "error: x.yaml:1: found unknown escape character while parsing a quoted scalar",
            "help: in double quotes write `\\\\` for a backslash, or use single quotes",
        ],
    );
}

#[test]
fn origins() {
    let nodes = Reader::new()
        .read(b"a: 1\nb:\n- c: 2\n  d: 3\n", FileName::new("dir/x.yaml"), Flavor::Resource)
        .unwrap();
    let item = &nodes[0].get("b").unwrap().as_list().unwrap()[0];
    assert_eq!(item.get("d").unwrap().origin.to_string(), "dir/x.yaml:4");
}

#[test]
fn how_scalars_were_written() {
    let text = b"a: x\nb: 'x'\nc: |\n  x\nd:\ne: null\nf: ~\ng: ''\nh: !!str 5\n";
    let nodes = Reader::new().read(text, FileName::new("dir/x.yaml"), Flavor::Resource).unwrap();
    let marks: Vec<String> = nodes[0]
        .as_map()
        .unwrap()
        .iter()
        .map(|(key, node)| match (node.origin.is_quoted(), node.origin.is_blank()) {
            (false, false) => format!("{key}"),
            (true, false) => format!("{key} quoted"),
            (quoted, true) => format!("{key} blank {quoted}"),
        })
        .collect();
    assert_eq!(marks.join(", "), "a, b quoted, c quoted, d blank false, e, f, g quoted, h");
    let quoted = nodes[0].get("b").unwrap().origin.via(Via::Patch);
    assert_eq!((quoted.is_quoted(), quoted.by(), quoted.line()), (true, Via::Patch, 2));
    assert_eq!(format!("{:?}", quoted.quoted(false)), "dir/x.yaml:2 patch");
}

proptest::proptest! {
    #[test]
    fn never_panics(text in "[-a:\\[\\]{}&*!|>'\" #\\n0-9.~<?,]{0,80}") {
        let _ = Reader::new().read(text.as_bytes(), FileName::NONE, Flavor::Resource);
        let _ = Reader::new().read(text.as_bytes(), FileName::NONE, Flavor::Config);
    }
}

#[test]
fn the_last_line_may_lack_its_break() {
    check("a: |\n  x", r#"{"a": "x"}"#);
    check("a: |-\n  x", r#"{"a": "x"}"#);
    check("a: |+\n  x\n\n  y", r#"{"a": "x\n\ny"}"#);
    check("a: >\n  x\n  y", r#"{"a": "x y"}"#);
    check("a: |\n  x\n  ", r#"{"a": "x\n"}"#);
    check("a: |", r#"{"a": ""}"#);
    check("- b # c", r#"["b"]"#);
    check("", "");
}
