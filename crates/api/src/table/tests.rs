//! Values against tables: what is refused, word by word.

use manifest::FileName;
use manifest::yaml::{Flavor, Reader};
use testkit::check_eq;

use super::*;

static FIELDS: &[Field] = &[
    optional("word", Shape::OneOf(&["Always", "Never"])),
    optional("text", Shape::Str),
    optional("short", Shape::Length(1, 3)),
    optional("every", INTERVAL),
    optional("flag", Shape::Bool),
    optional("labels", Shape::Texts),
    optional("list", Shape::List(&Shape::Struct(INNER))),
    required("needed", Shape::Str, "write `needed: x`"),
];

const INNER: &[Field] = &[required("name", Shape::Str, "")];

#[track_caller]
fn check(text: &str, expected: &str) {
    let file = FileName::new("f.yaml");
    let node = Reader::new().read(text.as_bytes(), file, Flavor::Resource).unwrap().remove(0);
    let object = Object::new(node).unwrap();
    let mut findings = Findings::new(&object);
    findings.check_object(&object, FIELDS);
    let shown: Vec<String> = findings.diagnostics.iter().map(ToString::to_string).collect();
    check_eq(&shown.join("\n"), expected);
}

const HEAD: &str = "{apiVersion: v1, kind: Thing, metadata: {name: a}, spec: {needed: x, ";

#[test]
fn types() {
    check(
        &format!(
            "{HEAD}\n text: 3,\n flag: 'true',\n every: 10,\n labels: {{a: 1, b: c}},\n list: [{{}}, x],\n word: null}}}}"
        ),
        "
error: f.yaml:2: Thing a: `spec.text` is a number, it must be a string
  help: quote it: `\"3\"`
error: f.yaml:3: Thing a: `spec.flag` is a string, it must be a bool
  help: write it without quotes: `true`
error: f.yaml:4: Thing a: `spec.every` is a number, it must be a duration
  help: write it with a unit: `10s`
error: f.yaml:5: Thing a: `spec.labels.a` is a number, it must be a string
  help: quote it: `\"1\"`
error: f.yaml:6: Thing a: `spec.list[0].name` is missing
error: f.yaml:6: Thing a: `spec.list[1]` is a string, it must be a map
",
    );
}

#[test]
fn words_lengths_and_unknown_fields() {
    check(
        &format!("{HEAD}\n word: Alway,\n short: abcd,\n every: 1d,\n lables: {{}},\n zzz: 1}}}}"),
        "
error: f.yaml:2: Thing a: `spec.word` is `Alway`, it must be one of Always, Never
  help: did you mean `Always`?
error: f.yaml:3: Thing a: `spec.short` is `abcd`, it must have 1 to 3 characters
error: f.yaml:4: Thing a: `spec.every` is `1d`, no duration
  help: a number with a unit, such as `10m`; units are ms, s, m, h
warning: f.yaml:5: Thing a: there is no field `spec.lables`, it is ignored
  help: did you mean `labels`?
warning: f.yaml:6: Thing a: there is no field `spec.zzz`, it is ignored
",
    );
}

#[test]
fn names_and_missing_specs() {
    check(
        "{apiVersion: v1, kind: Thing, metadata: {name: My_App, namespace: b}}",
        "
error: f.yaml:1: Thing b/My_App: the name is not valid
  help: names have lowercase letters, digits, `-` and `.`, at most 253 of them, and start and end with a letter or digit
error: f.yaml:1: Thing b/My_App: `spec.needed` is missing
  help: write `needed: x`
",
    );
}

#[test]
fn durations_as_in_the_pattern() {
    const UNITS: &[&str] = &["ms", "s", "m", "h"];
    for good in ["1s", "1h30m", "1.5h", "300ms", "1m1m", "0s"] {
        assert!(is_duration(good, UNITS), "{good}");
    }
    for bad in ["", "0", "1", "s", "-1s", "+1s", ".5s", "1.s", "1us", "1s ", "9999999999h"] {
        assert!(!is_duration(bad, UNITS), "{bad}");
    }
}

#[test]
fn unknown_and_sensitive_values_are_no_mistakes() {
    let text = "{apiVersion: v1, kind: Thing, metadata: {name: a}, spec: {}}";
    let node = Reader::new().read(text.as_bytes(), FileName::NONE, Flavor::Resource).unwrap();
    let mut object = Object::new(node.into_iter().next().unwrap()).unwrap();
    let spec = object.root_mut().map_entry("spec", Origin::NONE).unwrap();
    spec.set("needed", Node::new(Value::Unknown("in the cluster".into()), Origin::NONE));
    let sensitive = manifest::Sensitive::new("x".to_owned());
    spec.set("text", Node::new(Value::Sensitive(sensitive), Origin::NONE));
    let mut findings = Findings::new(&object);
    findings.check_object(&object, FIELDS);
    assert_eq!(findings.diagnostics, []);
    let paths: Vec<&str> = findings.unknowns.iter().map(|unknown| unknown.path.as_str()).collect();
    assert_eq!(paths, ["spec.needed"]);
}
