//! Admission policies that are objects: ValidatingAdmissionPolicy and its bindings. What they say of a
//! request is a function of the request; finding policies, parameters and namespaces is the server's
//! (apiserver's `admission/plugin/policy`).

mod compile;
mod conditions;
mod define;
mod environment;
mod matching;
mod request;

use std::cell::{Cell, RefCell};

use expression::{Error, Outcome, Program, Value};
use manifest::{Node, Text};

pub use compile::Policy;
pub use conditions::Conditions;
pub(crate) use define::{validate_binding, validate_policy};
pub use matching::{matches, selects};
pub use request::Request;

/// What one expression may cost.
const CALL_LIMIT: u64 = 1_000_000;
/// What all expressions of a policy may cost for a request.
const BUDGET: u64 = 10_000_000;
/// The longest message that an expression may make.
const LONGEST_MESSAGE: usize = 5 * 1024;

/// Why a policy does not let a request pass.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Denial {
    /// What the policy says.
    pub message: String,
    /// The reason of the answer, e.g. `Invalid`.
    pub reason: Text,
}

impl Policy {
    /// What the policy says of a request with one parameter object, or with none.
    pub fn evaluate(&self, request: &Request<'_>, params: Option<&Node>) -> Vec<Denial> {
        let scope = Scope {
            policy: self,
            request,
            params,
            budget: Cell::new(BUDGET),
            known: RefCell::new(vec![None; self.variables.len()]),
        };
        match self.conditions.hold(request, params) {
            Ok(true) => {}
            Ok(false) => return Vec::new(),
            Err(message) => return self.failed(message),
        }
        let mut denials = Vec::new();
        for validation in &self.validations {
            let (message, reason) = match scope.run(&validation.program, &validation.source) {
                Ok(Value::Bool(true)) => continue,
                Ok(_) => {
                    let own = validation.message_program.as_ref();
                    let message = own.and_then(|program| scope.message(program));
                    (message.unwrap_or_else(|| validation.message()), validation.reason.clone())
                }
                Err(message) => {
                    denials.extend(self.failed(message));
                    continue;
                }
            };
            denials.push(Denial { message, reason });
        }
        for annotation in &self.annotations {
            if let Err(message) = scope.run(&annotation.0, &annotation.1) {
                denials.extend(self.failed(message));
            }
        }
        denials
    }

    /// What comes of an expression that cannot be answered.
    fn failed(&self, message: String) -> Vec<Denial> {
        if self.ignores_failures {
            return Vec::new();
        }
        vec![Denial { message, reason: "Invalid".into() }]
    }
}

fn out_of_budget() -> String {
    "validation failed due to running out of cost budget, no further validation rules will be run"
        .to_owned()
}

/// What the expressions of a policy are over.
struct Scope<'s> {
    policy: &'s Policy,
    request: &'s Request<'s>,
    params: Option<&'s Node>,
    budget: Cell<u64>,
    /// The variables that were asked for.
    known: RefCell<Vec<Option<Outcome>>>,
}

impl Scope<'_> {
    fn run(&self, program: &Result<Program, String>, source: &str) -> Result<Value, String> {
        let program = program.as_ref().map_err(Clone::clone)?;
        let failed =
            |why: &dyn std::fmt::Display| format!("expression '{source}' resulted in error: {why}");
        let limit = self.budget.get().min(CALL_LIMIT);
        let (outcome, cost) = program.evaluate(&|name| self.get(name), limit);
        self.budget.set(self.budget.get().saturating_sub(cost));
        outcome.map_err(|error| match error.is_over_budget && self.budget.get() == 0 {
            true => out_of_budget(),
            false => failed(&error),
        })
    }

    fn message(&self, program: &Program) -> Option<String> {
        let limit = self.budget.get().min(CALL_LIMIT);
        let (outcome, cost) = program.evaluate(&|name| self.get(name), limit);
        self.budget.set(self.budget.get().saturating_sub(cost));
        let outcome = outcome.ok()?;
        let text = outcome.as_str()?.trim();
        let is_message = !text.is_empty() && text.len() <= LONGEST_MESSAGE && !text.contains('\n');
        is_message.then(|| text.to_owned())
    }

    fn get(&self, name: &str) -> Option<Outcome> {
        if let Some(variable) = name.strip_prefix("variables.") {
            return self.variable(variable);
        }
        if name == "params" {
            return Some(Ok(self.params.map_or(Value::Null, expression::dynamic)));
        }
        self.request.variable(name)
    }

    /// A variable, run when it is first asked for.
    fn variable(&self, name: &str) -> Option<Outcome> {
        let at = self.policy.variables.iter().position(|variable| variable.name == name)?;
        let known = self.known.borrow().get(at).cloned().flatten();
        if let Some(known) = known {
            return Some(known);
        }
        let variable = self.policy.variables.get(at)?;
        let failed = |what: &str, why: &dyn std::fmt::Display| {
            let message = ecow::eco_format!("composited variable {name:?} fails to {what}: {why}");
            Error { message, is_over_budget: false }
        };
        let outcome = match &variable.program {
            Ok(program) => {
                let limit = self.budget.get().min(CALL_LIMIT);
                let (outcome, cost) = program.evaluate(&|name| self.get(name), limit);
                self.budget.set(self.budget.get().saturating_sub(cost));
                outcome.map_err(|error| failed("evaluate", &error))
            }
            Err(why) => Err(failed("compile", why)),
        };
        if let Some(place) = self.known.borrow_mut().get_mut(at) {
            *place = Some(outcome.clone());
        }
        Some(outcome)
    }
}
