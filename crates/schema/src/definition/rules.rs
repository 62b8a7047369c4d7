//! The rules of a schema: what is wrong with how they are written, whether they compile, and what
//! they would cost.

use manifest::{Map, Node, Origin};

use super::keywords::Place;
use super::{required, texts, unsupported};
use crate::custom::{Fault, Structural, field_path};
use crate::validation::Wrong;

/// What one rule may cost, over all the data that there can be.
const RULE_LIMIT: u64 = 10_000_000;
/// What all rules of a schema may cost.
const TOTAL_LIMIT: u64 = 100_000_000;
const REASONS: &[&str] =
    &["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

/// How rules are written.
pub(super) fn keywords(node: &Node, schema: Option<&Structural>, at: &str, wrong: &mut Vec<Wrong>) {
    let rules = node.get("x-kubernetes-validations").and_then(Node::as_list).unwrap_or_default();
    for (index, rule) in rules.iter().enumerate() {
        let at = format!("{at}.x-kubernetes-validations[{index}]");
        let (source, message) = (texts(rule, &["rule"]).trim(), texts(rule, &["message"]));
        let has_lines = |text: &str| text.contains(['\n', '\r']);
        let quoted = |text: &str| format!("{text:?}");
        if source.is_empty() {
            wrong.push(required(format!("{at}.rule"), "rule is not specified"));
        } else if !message.is_empty() && message.trim().is_empty() {
            let why = "must be non-empty if specified";
            wrong.push(Wrong::invalid(format!("{at}.message"), &quoted(message), why));
        } else if has_lines(message.trim()) {
            let why = "must not contain line breaks";
            wrong.push(Wrong::invalid(format!("{at}.message"), &quoted(message), why));
        } else if has_lines(source) && message.trim().is_empty() {
            let why = "message must be specified if rule contains line breaks";
            wrong.push(required(format!("{at}.message"), why));
        }
        let expression = texts(rule, &["messageExpression"]);
        if !expression.is_empty() && expression.trim().is_empty() {
            let why = "messageExpression must be non-empty if specified";
            wrong.push(required(format!("{at}.messageExpression"), why));
        }
        if let Some(reason) = rule.str_at(&["reason"])
            && !REASONS.contains(&reason)
        {
            wrong.push(unsupported(format!("{at}.reason"), reason, REASONS));
        }
        let path = texts(rule, &["fieldPath"]);
        if path.is_empty() {
            continue;
        }
        let mut refuse = |why: &str| {
            wrong.push(Wrong::invalid(format!("{at}.fieldPath"), &quoted(path), why));
        };
        if path.trim().is_empty() {
            refuse("must be non-empty if specified");
        }
        if has_lines(path) {
            refuse("must not contain line breaks");
        }
        if schema.is_some_and(|schema| field_path(path, schema).is_err()) {
            refuse("must be a valid path");
        }
    }
}

/// What the rules of a schema cost together.
pub(super) struct Costs {
    /// Of a schema that is as it was, single rules may cost what they cost.
    is_unchanged: bool,
    total: u64,
    expensive: Vec<(String, u64)>,
}

impl Costs {
    pub(super) fn new(is_unchanged: bool) -> Costs {
        Costs { is_unchanged, total: 0, expensive: Vec::new() }
    }

    fn observe(&mut self, field: String, cost: u64) {
        self.total = self.total.saturating_add(cost);
        if cost >= TOTAL_LIMIT / 100 {
            self.expensive.push((field, cost));
            self.expensive.sort_by_key(|(_, cost)| std::cmp::Reverse(*cost));
            self.expensive.truncate(4);
        }
    }

    /// Compiles the rules of a schema and adds up what they cost.
    pub(super) fn rules(&mut self, schema: &Structural, place: &Place, wrong: &mut Vec<Wrong>) {
        if schema.rules.is_empty() {
            return;
        }
        let is_root = place.is_root || schema.embedded;
        let least = schema.shape(is_root).map_or(0, |shape| shape.min_size);
        let often = place.cardinality.unwrap_or_else(|| expression::cardinality(least));
        let compiled = schema.compiled(is_root);
        for (index, (rule, compiled)) in schema.rules.iter().zip(compiled).enumerate() {
            let at = format!("{}.x-kubernetes-validations[{index}]", place.at);
            let field = format!("{at}.rule");
            let value = shown(&rule.node);
            let cost = match &compiled.program {
                Some(Ok(program)) => program.max_cost().saturating_mul(often),
                _ => 0,
            };
            if !self.is_unchanged && cost > RULE_LIMIT {
                let why = too_expensive("estimated rule cost", cost, RULE_LIMIT);
                wrong.push(Wrong::forbidden(field.as_str(), &why));
            }
            self.observe(field.clone(), cost);
            if let Some(Err(fault)) = &compiled.program {
                wrong.push(Wrong::invalid(field.as_str(), &value, &fault.to_string()));
            }
            self.message(
                compiled.message.as_ref(),
                &format!("{at}.messageExpression"),
                &value,
                wrong,
            );
            if compiled.uses_old_self {
                if let Some(within) = &place.no_old_self {
                    let why = format!(
                        "oldSelf cannot be used on the uncorrelatable portion of the schema within \
                         {within}"
                    );
                    wrong.push(Wrong::invalid(field, &format!("{:?}", rule.rule), &why));
                }
            } else if let Some(given) = rule.optional_old_self {
                let why = "may not be set if oldSelf is not used in rule";
                let field = format!("{at}.optionalOldSelf");
                wrong.push(Wrong::invalid(field, &given.to_string(), why));
            }
        }
    }

    fn message(
        &mut self,
        message: Option<&Result<expression::Program, Fault>>,
        field: &str,
        value: &str,
        wrong: &mut Vec<Wrong>,
    ) {
        match message {
            Some(Ok(program)) => {
                let cost = program.max_cost();
                if !self.is_unchanged && cost > RULE_LIMIT {
                    let why = too_expensive("estimated messageExpression cost", cost, RULE_LIMIT);
                    wrong.push(Wrong::forbidden(field, &why));
                }
                self.observe(field.to_owned(), cost);
            }
            Some(Err(fault)) => {
                let why = match fault {
                    Fault::Issues(issues) => {
                        format!("messageExpression compilation failed: {issues}")
                    }
                    Fault::Result(why) => (*why).to_owned(),
                };
                wrong.push(Wrong::invalid(field, value, &why));
            }
            None => {}
        }
    }

    /// Whether all of them together cost too much.
    pub(super) fn total(self, at: &str, wrong: &mut Vec<Wrong>) {
        if self.total <= TOTAL_LIMIT {
            return;
        }
        for (field, _) in self.expensive {
            let why = "contributed to estimated rule cost total exceeding cost limit for entire \
                       OpenAPIv3 schema";
            wrong.push(Wrong::forbidden(field, why));
        }
        let what = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema";
        wrong.push(Wrong::forbidden(at, &too_expensive(what, self.total, TOTAL_LIMIT)));
    }
}

fn too_expensive(what: &str, cost: u64, limit: u64) -> String {
    let times = cost as f64 / limit as f64;
    let factor = match times {
        times if times > 100.0 => "more than 100x".to_owned(),
        // What is just over the limit is not to be shown as equal to it.
        times if times < 1.5 => format!("{times:.6}x"),
        times => format!("{times:.1}x"),
    };
    format!(
        "{what} exceeds budget by factor of {factor} (try simplifying the rule, or adding maxItems, \
         maxProperties, and maxLength where arrays, maps, and strings are declared)"
    )
}

/// A rule as the server's internal form prints it.
fn shown(rule: &Node) -> String {
    let text = |key: &str| Node::string(texts(rule, &[key]), Origin::NONE);
    let given = |key: &str| rule.get(key).cloned().unwrap_or_default();
    let mut map = Map::new();
    map.set("Rule", text("rule"));
    map.set("Message", text("message"));
    map.set("MessageExpression", text("messageExpression"));
    map.set("Reason", given("reason"));
    map.set("FieldPath", text("fieldPath"));
    map.set("OptionalOldSelf", given("optionalOldSelf"));
    let mut out = String::new();
    let options = manifest::json::Options { sort_keys: false, ..manifest::json::Options::GO };
    manifest::json::write(&Node::new(map, Origin::NONE), options, &mut out);
    out
}
