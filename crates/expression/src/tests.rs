//! Expressions in, outcomes and complaints out.

mod costs;
mod evaluation;
mod mistakes;
mod random;

use std::sync::Arc;

use manifest::Node;

use crate::shape::{FieldShape, Merge, ObjectShape, Shape, ShapeKind};
use crate::{Environment, Outcome, Program, Type, Value};

/// An object to ask: `self`.
const DATA: &str = "\
name: web
count: 3
ratio: 2
labels: {app: web, tier: front}
ports: [80, 443]
tags: [b, a]
items: [{key: x, value: 1}, {key: y, value: 2}]
when: 2024-02-29T12:30:45.5Z
lasts: 1h30m
any: {deep: [1, two]}
namespace: prod
";

fn shape() -> Arc<Shape> {
    let of = |kind: ShapeKind, max: u64| Arc::new(Shape { max, ..Shape::new(kind, 2) });
    let int = of(ShapeKind::Int, 0);
    let string = of(ShapeKind::String, 10);
    let item = ObjectShape {
        name: "selfType.items.@idx".into(),
        fields: vec![
            FieldShape { name: "key".into(), key: "key".into(), shape: string.clone() },
            FieldShape { name: "value".into(), key: "value".into(), shape: int.clone() },
        ],
    };
    let item = of(ShapeKind::Object(Arc::new(item)), 0);
    let list = |items: &Arc<Shape>, merge: Merge| ShapeKind::List { items: items.clone(), merge };
    let fields = [
        ("name", string.clone()),
        ("count", int.clone()),
        ("ratio", of(ShapeKind::Double, 0)),
        ("labels", of(ShapeKind::Map(string.clone()), 20)),
        ("ports", of(list(&int, Merge::Atomic), 5)),
        ("tags", of(list(&string, Merge::Set), 5)),
        ("items", of(list(&item, Merge::Map(Arc::new(["key".into()]))), 5)),
        ("when", of(ShapeKind::DateTime, 32)),
        ("lasts", of(ShapeKind::Duration, 32)),
        ("any", of(ShapeKind::Dyn, 0)),
        ("__namespace__", string),
        ("missing", int),
    ];
    let key = |name: &str| if name == "__namespace__" { "namespace".into() } else { name.into() };
    let fields = fields.into_iter().map(|(name, shape)| FieldShape {
        name: name.into(),
        key: key(name),
        shape,
    });
    let of = ObjectShape { name: "selfType".into(), fields: fields.collect() };
    Arc::new(Shape::new(ShapeKind::Object(Arc::new(of)), 2))
}

fn environment() -> Environment {
    let shape = shape();
    Environment::new()
        .with("self", shape.to_type())
        .with("dynamic", Type::Dyn)
        .with("variables.far", Type::Int)
        .sized(shape)
}

fn data() -> Node {
    use manifest::yaml::{Flavor, Reader};
    let file = manifest::FileName::new("data.yaml");
    Reader::new().read(DATA.as_bytes(), file, Flavor::Resource).unwrap().remove(0)
}

fn run(program: &Program, limit: u64) -> (Outcome, u64) {
    let (data, shape) = (data(), shape());
    let variables = |name: &str| match name {
        "self" => Some(crate::to_value(&data, &shape)),
        "dynamic" => Some(Ok(crate::dynamic(&data))),
        "variables.far" => Some(Ok(Value::Int(7))),
        _ => None,
    };
    program.evaluate(&variables, limit)
}

/// What comes of an expression: its value as a literal, or the error.
fn outcome(source: &str) -> String {
    let program = match environment().compile(source) {
        Ok(program) => program,
        Err(issues) => return issues.to_string(),
    };
    match run(&program, 1_000_000).0 {
        Ok(value) => shown(&value),
        Err(error) => format!("error: {error}"),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        Value::Uint(value) => format!("{value}u"),
        Value::Double(value) => format!("{value:?}"),
        Value::List(list) => {
            let items: Vec<String> = list.iter().map(|item| shown(&item.unwrap())).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(map) => {
            let entry =
                |key: &Value| format!("{}: {}", shown(key), shown(&map.get(key).unwrap().unwrap()));
            format!("{{{}}}", map.keys().iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        Value::Optional(None) => "none".to_owned(),
        Value::Optional(Some(value)) => format!("some({})", shown(value)),
        Value::Type(of) => of.runtime_name(),
        Value::Duration(_) | Value::Timestamp(_) | Value::Ip(_) | Value::Cidr(..) => {
            crate::library::conversions::text(value).unwrap().to_string()
        }
        Value::Int(_) | Value::Bool(_) | Value::Null => value.to_text().to_string(),
        other => format!("{other:?}"),
    }
}

/// Lines of `expression => outcome`.
fn check(cases: &str) {
    let mut wrong = Vec::new();
    for line in cases.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (source, expected) = line.rsplit_once(" => ").unwrap();
        let outcome = outcome(source.trim());
        if outcome != expected.trim() {
            wrong.push(format!("{source}\n  expected {expected}\n  got      {outcome}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
