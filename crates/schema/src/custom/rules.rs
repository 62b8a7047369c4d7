//! The rules of a schema, `x-kubernetes-validations`: compiled once, run over objects
//! (apiextensions-apiserver's `schema/cel`).

use std::sync::Arc;

use expression::shape::Shape;
use expression::{Environment, Issues, Outcome, Program, Type, Value};
use manifest::{Node, Text};

use super::instance::shown;
use super::lists::counterpart;
use super::structural::Structural;
use super::{path, shape};
use crate::validation::Wrong;

/// What one rule may cost.
const CALL_LIMIT: u64 = 1_000_000;
/// What all rules of an object may cost.
const BUDGET: u64 = 10_000_000;
/// The longest message that a rule may make.
const LONGEST_MESSAGE: usize = 5 * 1024;

/// A rule as it is written.
#[derive(Debug, Default)]
pub(crate) struct Rule {
    /// All of it, for messages.
    pub(crate) node: Node,
    pub(crate) rule: Text,
    pub(crate) message: Text,
    pub(crate) message_expression: Text,
    pub(crate) reason: Option<Text>,
    pub(crate) field_path: Text,
    pub(crate) optional_old_self: Option<bool>,
}

/// A rule that is ready to run, or why it is not.
#[derive(Debug)]
pub(crate) struct Compiled {
    /// `None` where there is no rule.
    pub(crate) program: Option<Result<Program, Fault>>,
    pub(crate) message: Option<Result<Program, Fault>>,
    pub(crate) uses_old_self: bool,
    /// Where the rule says that it is wrong, below its own place.
    field_path: String,
}

/// Why a rule does not compile.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It is no expression.
    Issues(Issues),
    /// It gives something else.
    Result(&'static str),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Fault::Issues(issues) => write!(f, "compilation failed: {issues}"),
            Fault::Result(what) => f.write_str(what),
        }
    }
}

impl Rule {
    pub(crate) fn read(node: &Node) -> Rule {
        let text = |key: &str| Text::from(node.str_at(&[key]).unwrap_or_default());
        Rule {
            node: node.clone(),
            rule: text("rule"),
            message: text("message"),
            message_expression: text("messageExpression"),
            reason: node.str_at(&["reason"]).map(Text::from),
            field_path: text("fieldPath"),
            optional_old_self: node.get("optionalOldSelf").and_then(Node::as_bool),
        }
    }

    /// What messages call it.
    fn shown(&self) -> &str {
        if self.message.is_empty() { self.rule.trim() } else { self.message.trim() }
    }

    fn default_message(&self) -> String {
        if self.message.is_empty() {
            format!("failed rule: {}", self.shown())
        } else {
            self.message.trim().to_owned()
        }
    }

    fn compile(&self, schema: &Structural, of: &Arc<Shape>) -> Compiled {
        let own = of.to_type();
        let is_optional = self.optional_old_self == Some(true);
        let old = if is_optional { Type::optional(own.clone()) } else { own.clone() };
        let environment =
            Environment::new().with("self", own).with("oldSelf", old).sized(of.clone());
        let compile = |source: &str, wanted: Type, why: &'static str| {
            let program = environment.compile(source).map_err(Fault::Issues)?;
            if *program.result() == wanted { Ok(program) } else { Err(Fault::Result(why)) }
        };
        let mut compiled = Compiled {
            program: None,
            message: None,
            uses_old_self: false,
            field_path: String::new(),
        };
        if self.rule.trim().is_empty() {
            return compiled;
        }
        let program = compile(&self.rule, Type::Bool, "cel expression must evaluate to a bool");
        if let Ok(program) = &program {
            compiled.uses_old_self = program.uses("oldSelf");
            if !self.message_expression.is_empty() {
                let why = "messageExpression must evaluate to a string";
                compiled.message = Some(compile(&self.message_expression, Type::String, why));
            }
            if !self.field_path.is_empty() {
                compiled.field_path = path::of(&self.field_path, schema).unwrap_or_default();
            }
        }
        compiled.program = Some(program);
        compiled
    }
}

impl Structural {
    /// The form of the data in expressions; of a resource its type and name are known.
    pub(crate) fn shape(&self, is_root: bool) -> Option<&Arc<Shape>> {
        self.shape.get_or_init(|| shape::of(self, is_root, "selfType").map(Arc::new)).as_ref()
    }

    /// The rules, ready to run.
    pub(crate) fn compiled(&self, is_root: bool) -> &[Compiled] {
        self.compiled.get_or_init(|| match self.shape(is_root) {
            Some(shape) => self.rules.iter().map(|rule| rule.compile(self, shape)).collect(),
            None => Vec::new(),
        })
    }
}

/// What the rules say of `object` that is about to replace `live`.
pub(crate) fn validate(
    object: &Node,
    live: Option<&Node>,
    schema: &Structural,
    wrong: &mut Vec<Wrong>,
) {
    validate_at(object, live, schema, "", true, wrong);
}

/// What the rules say of a value that stands at `at`, e.g. of a default.
pub(crate) fn validate_at(
    node: &Node,
    live: Option<&Node>,
    schema: &Structural,
    at: &str,
    is_root: bool,
    wrong: &mut Vec<Wrong>,
) {
    let mut run = Run { budget: BUDGET, stopped: false, wrong };
    let place = Place { at: at.to_owned(), live, same: live };
    run.value(node, schema, &place, is_root);
}

/// Where a value is, and what it was.
struct Place<'p> {
    at: String,
    live: Option<&'p Node>,
    /// What it was, if that can be told; what is the same is not held against anybody.
    same: Option<&'p Node>,
}

struct Run<'r> {
    budget: u64,
    stopped: bool,
    wrong: &'r mut Vec<Wrong>,
}

impl Run<'_> {
    fn value(&mut self, node: &Node, schema: &Structural, place: &Place<'_>, is_root: bool) {
        if !schema.has_rules || node.is_null() || self.stopped {
            return;
        }
        self.rules(node, schema, place, is_root);
        match &node.value {
            manifest::Value::List(list) => {
                let Some(items) = &schema.items else { return };
                for (index, item) in list.iter().enumerate() {
                    let old = place.live.and_then(|live| counterpart(schema, item, live));
                    let below =
                        Place { at: format!("{}[{index}]", place.at), live: old, same: old };
                    self.value(item, items, &below, items.embedded);
                }
            }
            manifest::Value::Map(map) => {
                for (key, node) in map.iter() {
                    let (of, at) = match (schema.property(key), schema.values()) {
                        (Some(of), _) if place.at.is_empty() => (of, key.as_str().to_owned()),
                        (Some(of), _) => (of, format!("{}.{key}", place.at)),
                        (None, Some(of)) => (of, format!("{}[{key}]", place.at)),
                        _ => continue,
                    };
                    let old = place.live.filter(|_| schema.is_correlatable());
                    let old = old.and_then(|live| live.get(key)).filter(|old| !old.is_null());
                    let below = Place { at, live: old, same: old };
                    self.value(node, of, &below, of.embedded);
                }
            }
            _ => {}
        }
    }

    fn rules(&mut self, node: &Node, schema: &Structural, place: &Place<'_>, is_root: bool) {
        if schema.rules.is_empty() {
            return;
        }
        let Some(shape) = schema.shape(is_root) else { return };
        let compiled = schema.compiled(is_root);
        let kind = schema.kind.as_deref().unwrap_or_default();
        let data = Data { node, live: place.live, shape, kind };
        for (rule, compiled) in schema.rules.iter().zip(compiled) {
            if self.stopped {
                return;
            }
            self.rule(rule, compiled, &data, place);
        }
    }

    fn rule(&mut self, rule: &Rule, compiled: &Compiled, data: &Data<'_>, place: &Place<'_>) {
        let at = if place.at.is_empty() { "<nil>" } else { &place.at };
        let invalid = |why: &str| Wrong::invalid(at, &format!("{:?}", data.kind), why);
        let program = match &compiled.program {
            Some(Ok(program)) => program,
            Some(Err(fault)) => {
                self.wrong.push(invalid(&format!("rule compile error: {fault}")));
                return;
            }
            None => return,
        };
        let is_optional = rule.optional_old_self == Some(true);
        if compiled.uses_old_self && data.live.is_none() && !is_optional {
            return;
        }
        let (outcome, cost) = program.evaluate(&|name| data.get(name, is_optional), CALL_LIMIT);
        let Some(rest) = self.budget.checked_sub(cost) else {
            self.stopped = true;
            let why = "validation failed due to running out of cost budget, no further validation \
                       rules will be run";
            self.wrong.push(invalid(why));
            return;
        };
        self.budget = rest;
        let shown = rule.shown();
        match outcome {
            Ok(Value::Bool(true)) => {}
            Ok(_) => self.failed(rule, compiled, data, place),
            Err(error) if error.is_over_budget => {
                self.stopped = true;
                self.wrong.push(invalid(&format!(
                    "'{error}': no further validation rules will be run due to call cost exceeds \
                     limit for rule: {shown}"
                )));
            }
            Err(error) if error.message.starts_with("no such overload") => {
                self.wrong.push(invalid(&format!(
                    "'{error}': call arguments did not match a supported operator, function or \
                     macro signature for rule: {shown}"
                )));
            }
            Err(error) => self.wrong.push(invalid(&format!("{error} evaluating rule: {shown}"))),
        }
    }

    fn failed(&mut self, rule: &Rule, compiled: &Compiled, data: &Data<'_>, place: &Place<'_>) {
        let message = match &compiled.message {
            Some(Ok(program)) => self.message(program, data, rule.optional_old_self == Some(true)),
            _ => None,
        };
        // What did not change, and is not about change, is not held against anybody.
        let is_same = match place.same {
            Some(old) => old == data.node,
            None => false,
        };
        if !compiled.uses_old_self && is_same {
            return;
        }
        let detail = message.unwrap_or_else(|| rule.default_message());
        let at = match (place.at.is_empty(), compiled.field_path.is_empty()) {
            (true, true) => "<nil>".to_owned(),
            (false, true) => place.at.clone(),
            (true, false) => compiled.field_path.clone(),
            (false, false) => format!("{}.{}", place.at, compiled.field_path),
        };
        let is_container = matches!(data.kind, "object" | "array");
        let wrong = match rule.reason.as_deref() {
            Some("FieldValueForbidden") => Wrong::forbidden(at, &detail),
            Some("FieldValueRequired") => {
                let message = format!("Required value: {detail}");
                Wrong { field: at, reason: "FieldValueRequired", message }
            }
            Some("FieldValueDuplicate") => {
                let message = match is_container {
                    true => "Duplicate value".to_owned(),
                    false => format!("Duplicate value: {}", shown(data.node)),
                };
                Wrong { field: at, reason: "FieldValueDuplicate", message }
            }
            _ if is_container => {
                let message = format!("Invalid value: {detail}");
                Wrong { field: at, reason: "FieldValueInvalid", message }
            }
            _ => Wrong::invalid(at, &shown(data.node), &detail),
        };
        self.wrong.push(wrong);
    }

    /// What a rule's own expression says of why it failed, if that is a message.
    fn message(&mut self, program: &Program, data: &Data<'_>, is_optional: bool) -> Option<String> {
        let (outcome, cost) = program.evaluate(&|name| data.get(name, is_optional), CALL_LIMIT);
        self.budget = self.budget.saturating_sub(cost);
        let outcome = outcome.ok()?;
        let text = outcome.as_str()?.trim();
        let is_message = !text.is_empty() && text.len() <= LONGEST_MESSAGE && !text.contains('\n');
        is_message.then(|| text.to_owned())
    }
}

/// What rules are over.
struct Data<'d> {
    node: &'d Node,
    live: Option<&'d Node>,
    shape: &'d Arc<Shape>,
    kind: &'d str,
}

impl Data<'_> {
    fn get(&self, name: &str, is_optional: bool) -> Option<Outcome> {
        match name {
            "self" => Some(expression::to_value(self.node, self.shape)),
            "oldSelf" => match (self.live, is_optional) {
                (Some(live), true) => Some(expression::to_value(live, self.shape).map(Value::some)),
                (Some(live), false) => Some(expression::to_value(live, self.shape)),
                (None, true) => Some(Ok(Value::Optional(None))),
                (None, false) => None,
            },
            _ => None,
        }
    }
}
