//! Objects before and after, with the places of what changed.

use manifest::yaml::{Flavor, Reader};
use manifest::{FileName, Origin, Sensitive, Text};
use testkit::check_eq;

use super::*;
use crate::need::ValueRef;
use crate::variables::{Faults, Referent};

/// Variables `a` = `1`, `word` = `text`, `list` = `[x, z]`, `empty`; the secret `pw` = `hunter2`, and
/// `gone`, which is not known.
fn variables() -> Variables {
    let text = "
        {apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, metadata: {name: k}, spec:
        {postBuild: {substitute: {a: '1', word: text, list: '[x, z]', empty: ''}, substituteFrom:
        [{kind: Secret, name: s}, {kind: ConfigMap, name: c}]}}}";
    let object = manifest::Object::new(read(text)).unwrap();
    let view = api::FluxKustomization::read(&object).value;
    let secret = read("{pw: hunter2}");
    let mut config = read("{gone: ''}");
    let reason: Text = "no cluster".into();
    config.as_map_mut().unwrap().set("gone", Node::new(Value::Unknown(reason), Origin::NONE));
    let find = |reference: &ValueRef| {
        let data = if reference.kind == "Secret" { &secret } else { &config };
        Referent::Data(data.as_map().unwrap())
    };
    let post_build = view.post_build.as_ref().unwrap();
    Variables::gather(&view, post_build, find, &mut Faults::default())
}

fn read(text: &str) -> Node {
    let file = FileName::new("o.yaml");
    Reader::new().read(text.as_bytes(), file, Flavor::Resource).unwrap().remove(0)
}

/// Each scalar as `path = value @line`, `*` where substitution put it.
fn show(node: &Node, path: &str, lines: &mut Vec<String>) {
    match &node.value {
        Value::Map(map) if !map.is_empty() => {
            map.iter().for_each(|(key, value)| show(value, &format!("{path}.{key}"), lines));
        }
        Value::List(list) if !list.is_empty() => {
            list.iter()
                .enumerate()
                .for_each(|(at, item)| show(item, &format!("{path}[{at}]"), lines));
        }
        value => {
            let star = if node.origin.by() == manifest::Via::Substitution { "*" } else { "" };
            lines.push(format!("{path} = {value:?} @{}{star}", node.origin.line()));
        }
    }
}

#[track_caller]
fn check_node(node: &Node, expected: &str) {
    let variables = variables();
    let by = ("Kustomization k", Origin::NONE);
    let how = Expansion { about: "Thing/x", by, variables: &variables, mode: Mode::Strict };
    let mut lines = Vec::new();
    match expand(node, &how) {
        Ok(None) => lines.push("untouched".to_owned()),
        Ok(Some(node)) => show(&node, "", &mut lines),
        Err(diagnostics) => lines.extend(diagnostics.iter().map(ToString::to_string)),
    }
    check_eq(&lines.join("\n"), expected);
}

#[track_caller]
fn check(text: &str, expected: &str) {
    check_node(&read(text), expected);
}

#[test]
fn without_expressions() {
    check("{a: $word, b: ['${', 1.50, yes]}", "
error: o.yaml:1: Thing/x: `${`: a variable's name is expected after `${`; write `$${` to keep it as it is
");
    check("{a: $word, b: [$, 1.50]}", "untouched");
}

#[test]
fn scalars_get_the_type_that_they_read_as() {
    check(
        "
a: ${a}
b: '${a}'
c: x-${a}
d: ${word}
e: ${empty}
f: ${list}
g: 1.50
h: 'yes'
i: |
  two lines
  ${word}
",
        "
.a = 1 @2*
.b = 1 @3*
.c = \"x-1\" @4*
.d = \"text\" @5*
.e = null @6*
.f[0] = \"x\" @7*
.f[1] = \"z\" @7*
.g = 1.50 @8
.h = \"yes\" @9
.i = \"two lines\\ntext\\n\" @10*
",
    );
}

#[test]
fn keys() {
    check(
        "
${word}: 1
z: 2
a: ${a}
",
        "
.text = 1 @2
.z = 2 @3
.a = 1 @4*
",
    );
    check(
        "
x:
  ${word}: 1
  ${a}x: 2
  y: 3
",
        "
.x.y = 3 @5
.x.1x = 2 @3*
.x.text = 1 @3*
",
    );
    check("x: {'${word}': 1, text: 2}", ".x.text = 2 @1*");
    check("x: {'${gone}': 1}", ".x = <unknown: no cluster> @1");
}

#[test]
fn secrets_are_hidden_where_they_go() {
    check(
        "
a: ${pw}
b: ['x-${pw}-${word}', '${word}']
c: ${gone}${pw}
d: ${#pw}
",
        "
.a = *** @2*
.b[0] = *** @3*
.b[1] = \"text\" @3*
.c = <unknown: no cluster> @4*
.d = 7 @5*
",
    );
}

#[test]
fn what_is_hidden_already_stays_so() {
    let mut node = read("{a: x, b: '${word}', c: y, d: z}");
    let map = node.as_map_mut().unwrap();
    let hide =
        |text: &str| Node::new(Value::Sensitive(Sensitive::new(text.to_owned())), Origin::NONE);
    map.set("a", hide("plain"));
    map.set("c", hide("with-${word}"));
    map.set("d", Node::new(Value::Unknown("why: so, [\"x\"]".into()), Origin::NONE));
    check_node(
        &node,
        "
.a = *** @0
.b = \"text\" @1*
.c = *** @0
.d = <unknown: why: so, [\"x\"]> @0
",
    );
    let variables = variables();
    let by = ("Kustomization k", Origin::NONE);
    let how = Expansion { about: "Thing/x", by, variables: &variables, mode: Mode::Strict };
    let expanded = expand(&node, &how).unwrap().unwrap();
    let text = |key: &str| expanded.get(key).unwrap().scalar_text().unwrap();
    assert_eq!((text("a").as_str(), text("c").as_str()), ("plain", "with-text"));
}

#[test]
fn a_mistake_in_a_sensitive_value_does_not_show_it() {
    let mut node = read("{a: x}");
    let sensitive = Value::Sensitive(Sensitive::new("topsecret ${".to_owned()));
    node.as_map_mut().unwrap().set("a", Node::new(sensitive, Origin::NONE));
    check_node(
        &node,
        "
error: Thing/x: in a sensitive value: a variable's name is expected after `${`; write `$${` to keep it as it is
",
    );
}
