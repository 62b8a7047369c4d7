//! Runs a checked tree (cel-go's `interpreter`), counting what it costs.

use std::sync::Arc;

use manifest::Text;

use crate::ast::{Call, Comprehension, Entry, Expr, Field, Kind};
use crate::cost;
use crate::declare;
use crate::library::operators;
use crate::macros::ACCUMULATOR;
use crate::pattern::Patterns;
use crate::value::{Entries, Error, List, Map, Outcome, Value};

/// What a run says that costs too much.
const OVER_BUDGET: &str = "operation cancelled: actual cost limit exceeded";

pub(crate) struct Evaluation<'e> {
    variables: &'e dyn Fn(&str) -> Option<Outcome>,
    patterns: &'e Patterns,
    /// The variables of loops, the innermost last. What a loop folds into may be an error.
    stack: Vec<(Text, Outcome)>,
    cost: u64,
    limit: u64,
}

impl<'e> Evaluation<'e> {
    pub(crate) fn new(
        variables: &'e dyn Fn(&str) -> Option<Outcome>,
        patterns: &'e Patterns,
        limit: u64,
    ) -> Evaluation<'e> {
        Evaluation { variables, patterns, stack: Vec::new(), cost: 0, limit }
    }

    pub(crate) fn cost(&self) -> u64 {
        self.cost
    }

    fn pay(&mut self, cost: u64) -> Result<(), Error> {
        self.cost = self.cost.saturating_add(cost);
        if self.cost > self.limit {
            return Err(Error { message: OVER_BUDGET.into(), is_over_budget: true });
        }
        Ok(())
    }

    pub(crate) fn expr(&mut self, expr: &Expr) -> Outcome {
        match &expr.kind {
            Kind::Unspecified => Err(Error::new("unspecified expression")),
            Kind::Literal(value) => Ok(value.clone()),
            Kind::Ident(name) => self.ident(name),
            Kind::Select { operand, field, is_test } => self.select(operand, field, *is_test),
            Kind::Call(call) => self.call(call),
            Kind::List { items, optional } => self.list(items, optional),
            Kind::Map(entries) => self.map(entries),
            Kind::Struct { name, fields } => self.structure(name, fields),
            Kind::Comprehension(of) => self.comprehension(of),
        }
    }

    fn ident(&mut self, name: &Text) -> Outcome {
        if let Some((_, value)) = self.stack.iter().rev().find(|(own, _)| own == name) {
            let value = value.clone();
            self.pay(1)?;
            return value;
        }
        if let Some(value) = (self.variables)(name) {
            self.pay(1)?;
            return value;
        }
        match declare::type_named(name) {
            Some(of) => Ok(Value::Type(of)),
            None => Err(Error::new(ecow::eco_format!("no such attribute(s): {name}"))),
        }
    }

    fn select(&mut self, operand: &Expr, field: &str, is_test: bool) -> Outcome {
        let value = self.expr(operand)?;
        if is_test {
            let target = match &value {
                Value::Optional(Some(inner)) => inner,
                value => value,
            };
            return Ok(Value::Bool(matches!(target, Value::Map(map) if map.has(field))));
        }
        self.pay(1)?;
        match &value {
            Value::Map(map) => map.field(field).unwrap_or_else(|| Err(Error::no_such_key(field))),
            Value::Optional(_) => optional_field(&value, field),
            _ => Err(Error::no_such_key(field)),
        }
    }

    fn call(&mut self, call: &Call) -> Outcome {
        match (call.function.as_str(), call.args.as_slice()) {
            ("_&&_", terms) => return self.logical(terms, false),
            ("_||_", terms) => return self.logical(terms, true),
            ("_?_:_", [condition, then, otherwise]) => {
                return match self.expr(condition)? {
                    Value::Bool(true) => self.expr(then),
                    Value::Bool(false) => self.expr(otherwise),
                    _ => Err(Error::no_such_overload()),
                };
            }
            ("@not_strictly_false", [arg]) => {
                let is_false = match self.expr(arg) {
                    Ok(value) => value.as_bool() == Some(false),
                    Err(error) if error.is_over_budget => return Err(error),
                    Err(_) => false,
                };
                self.pay(1)?;
                return Ok(Value::Bool(!is_false));
            }
            ("_?._", [operand, field]) => {
                let value = self.expr(operand)?;
                self.pay(1)?;
                let Kind::Literal(Value::String(field)) = &field.kind else {
                    return Err(Error::no_such_overload());
                };
                return optional_field(&value, field);
            }
            ("or" | "orValue", [other]) if call.target.is_some() => return self.or(call, other),
            ("_+_" | "cel.@mapInsert", [into, rest @ ..]) if is_accumulator(into) => {
                return self.accumulate(call, rest);
            }
            _ => {}
        }
        self.function(call)
    }

    fn function(&mut self, call: &Call) -> Outcome {
        let Some(function) = call.resolved else {
            return Err(Error::new(ecow::eco_format!("no such overload: {}", call.function)));
        };
        let mut args = Vec::with_capacity(call.args.len() + 1);
        if let Some(target) = &call.target {
            args.push(self.expr(target)?);
        }
        for arg in &call.args {
            args.push(self.expr(arg)?);
        }
        let result = (function.run)(self.patterns, &args);
        let is_constant = |arg: &Expr| matches!(arg.kind, Kind::Literal(_));
        if function.name == "@in" && call.args.last().is_some_and(is_constant) {
            return result;
        }
        self.pay(cost::of_call(function.name, &args, result.as_ref().ok()))?;
        result
    }

    /// `&&` and `||`: a term that decides makes up for errors of others.
    fn logical(&mut self, terms: &[Expr], decides: bool) -> Outcome {
        let mut failed: Option<Error> = None;
        for term in terms {
            match self.expr(term) {
                Ok(Value::Bool(value)) if value == decides => return Ok(Value::Bool(decides)),
                Ok(Value::Bool(_)) => {}
                Ok(_) => {
                    failed.get_or_insert_with(Error::no_such_overload);
                }
                Err(error) if error.is_over_budget => return Err(error),
                Err(error) => {
                    failed.get_or_insert(error);
                }
            }
        }
        failed.map_or(Ok(Value::Bool(!decides)), Err)
    }

    fn or(&mut self, call: &Call, other: &Expr) -> Outcome {
        let Some(target) = &call.target else { return Err(Error::no_such_overload()) };
        let value = self.expr(target)?;
        match value {
            Value::Optional(Some(inner)) if call.function == "orValue" => Ok(Value::clone(&inner)),
            value @ Value::Optional(Some(_)) => Ok(value),
            Value::Optional(None) => self.expr(other),
            _ => Err(Error::no_such_overload()),
        }
    }

    /// Adds to what the loop folds into in place: nobody else has it.
    fn accumulate(&mut self, call: &Call, rest: &[Expr]) -> Outcome {
        let mut more = Vec::with_capacity(rest.len());
        for arg in rest {
            more.push(self.expr(arg)?);
        }
        let slot = self.stack.iter_mut().rev().find(|(name, _)| name == ACCUMULATOR);
        let taken = slot.map(|(_, slot)| std::mem::replace(slot, Ok(Value::Null)));
        let Some(taken) = taken else { return self.function(call) };
        let into = taken?;
        // Its name, and the call; lists and maps are added to at that price.
        self.pay(2)?;
        match (into, more.as_slice()) {
            (list @ Value::List(_), [items]) => operators::push(list, items),
            (Value::Map(Map::Values(mut entries)), [key, value]) => {
                Arc::make_mut(&mut entries).insert(key.clone(), value.clone())?;
                Ok(Value::Map(Map::Values(entries)))
            }
            (Value::Map(Map::Values(mut entries)), [Value::Map(new)]) => {
                for key in new.keys() {
                    if let Some(value) = new.get(&key) {
                        Arc::make_mut(&mut entries).insert(key, value?)?;
                    }
                }
                Ok(Value::Map(Map::Values(entries)))
            }
            (into, [other]) => operators::add(self.patterns, &[into, other.clone()]),
            _ => Err(Error::no_such_overload()),
        }
    }

    fn list(&mut self, items: &[Expr], optional: &[bool]) -> Outcome {
        let mut values = Vec::with_capacity(items.len());
        for (item, is_optional) in items.iter().zip(optional) {
            match (self.expr(item)?, is_optional) {
                (Value::Optional(inner), true) => values.extend(inner.map(|of| Value::clone(&of))),
                (value, _) => values.push(value),
            }
        }
        self.pay(cost::LIST)?;
        Ok(Value::list(values))
    }

    fn map(&mut self, entries: &[Entry]) -> Outcome {
        let mut made = Entries::default();
        for entry in entries {
            let key = self.expr(&entry.key)?;
            let value = match (self.expr(&entry.value)?, entry.is_optional) {
                (Value::Optional(None), true) => continue,
                (Value::Optional(Some(inner)), true) => Value::clone(&inner),
                (value, _) => value,
            };
            if made.insert(key.clone(), value).is_err() {
                let key = key.to_text();
                return Err(Error::new(ecow::eco_format!("Failed with repeated key: {key}")));
            }
        }
        self.pay(cost::MAP)?;
        Ok(Value::map(made))
    }

    /// An object is a map with its fields; it was checked.
    fn structure(&mut self, _name: &str, fields: &[Field]) -> Outcome {
        let mut made = Entries::default();
        for field in fields {
            let value = match (self.expr(&field.value)?, field.is_optional) {
                (Value::Optional(None), true) => continue,
                (Value::Optional(Some(inner)), true) => Value::clone(&inner),
                (value, _) => value,
            };
            made.insert(Value::String(field.name.clone()), value)?;
        }
        self.pay(cost::STRUCT)?;
        Ok(Value::map(made))
    }

    fn comprehension(&mut self, of: &Comprehension) -> Outcome {
        let range = self.expr(&of.range)?;
        let init = self.expr(&of.init);
        if let Err(error) = &init
            && error.is_over_budget
        {
            return init;
        }
        let depth = self.stack.len();
        self.stack.push((of.accumulator.clone(), init));
        let outcome = match &range {
            Value::List(list) => self.over_list(of, list, depth),
            Value::Map(map) => self.over_map(of, map, depth),
            _ => Err(Error::no_such_overload()),
        };
        self.stack.truncate(depth + 1);
        let outcome = outcome.and_then(|()| self.expr(&of.result));
        self.stack.truncate(depth);
        outcome
    }

    fn over_list(&mut self, of: &Comprehension, list: &List, slot: usize) -> Result<(), Error> {
        for at in 0..list.len() {
            let Some(item) = list.get(at) else { break };
            let (first, second) = match of.second {
                Some(_) => (Ok(Value::Int(i64::try_from(at).unwrap_or(i64::MAX))), item),
                None => (item, Ok(Value::Null)),
            };
            if !self.step(of, slot, first, second)? {
                break;
            }
        }
        Ok(())
    }

    fn over_map(&mut self, of: &Comprehension, map: &Map, slot: usize) -> Result<(), Error> {
        for key in map.keys() {
            let value = match of.second {
                Some(_) => map.get(&key).unwrap_or(Ok(Value::Null)),
                None => Ok(Value::Null),
            };
            if !self.step(of, slot, Ok(key), value)? {
                break;
            }
        }
        Ok(())
    }

    /// One round of a loop, and whether there is to be another one.
    fn step(
        &mut self,
        of: &Comprehension,
        slot: usize,
        first: Outcome,
        second: Outcome,
    ) -> Result<bool, Error> {
        self.stack.truncate(slot + 1);
        self.stack.push((of.variable.clone(), first));
        if let Some(name) = &of.second {
            self.stack.push((name.clone(), second));
        }
        match self.expr(&of.condition) {
            Ok(Value::Bool(true)) => {}
            Ok(_) => return Ok(false),
            Err(error) => return Err(error),
        }
        let outcome = self.expr(&of.step);
        let is_fatal = match &outcome {
            Err(error) => {
                error.is_over_budget
                    || matches!(of.condition.kind, Kind::Literal(Value::Bool(true)))
            }
            Ok(_) => false,
        };
        if is_fatal {
            return outcome.map(|_| false);
        }
        if let Some((_, place)) = self.stack.get_mut(slot) {
            *place = outcome;
        }
        Ok(true)
    }
}

fn is_accumulator(expr: &Expr) -> bool {
    matches!(&expr.kind, Kind::Ident(name) if name == ACCUMULATOR)
}

/// A field of something that may not have it.
fn optional_field(value: &Value, field: &str) -> Outcome {
    let target = match value {
        Value::Optional(None) => return Ok(Value::Optional(None)),
        Value::Optional(Some(inner)) => inner,
        value => value,
    };
    match target {
        Value::Map(map) => match map.field(field) {
            Some(found) => Ok(Value::some(found?)),
            None => Ok(Value::Optional(None)),
        },
        _ => Ok(Value::Optional(None)),
    }
}
