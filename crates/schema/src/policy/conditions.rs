//! Conditions under which a policy or a webhook is asked at all: `matchConditions`.

use expression::{Program, Type, Value};
use manifest::{Node, Text};

use super::compile::compile;
use super::environment;
use super::request::Request;
use super::{CALL_LIMIT, out_of_budget};

/// What all conditions together may cost for a request.
const BUDGET: u64 = 2_500_000;

/// Conditions that are ready to be asked; without any it holds for every request.
#[derive(Default, Debug)]
pub struct Conditions(Vec<(Result<Program, String>, Text)>);

impl Conditions {
    /// Reads a list of conditions.
    pub fn read(given: &[Node], has_params: bool) -> Conditions {
        if given.is_empty() {
            return Conditions::default();
        }
        let environment = environment::base(has_params);
        let of = |condition: &Node| {
            let source = condition.str_at(&["expression"]).unwrap_or_default().trim();
            (compile(&environment, source, &[Type::Bool]), Text::from(source))
        };
        Conditions(given.iter().map(of).collect())
    }

    /// Why an expression cannot be a condition of a webhook; `None` where it can.
    pub(crate) fn wrong(source: &str) -> Option<String> {
        compile(&environment::base(false), source, &[Type::Bool]).err()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether all of them hold. One that does not decides, whatever fails.
    ///
    /// # Errors
    /// Why those that can be answered do not decide it.
    pub fn hold(&self, request: &Request<'_>, params: Option<&Node>) -> Result<bool, String> {
        let (mut failed, mut budget) = (Vec::new(), BUDGET);
        let find = |name: &str| match name {
            "params" => Some(Ok(params.map_or(Value::Null, expression::dynamic))),
            _ => request.variable(name),
        };
        for (program, source) in &self.0 {
            let program = match program {
                Ok(program) => program,
                Err(why) => {
                    failed.push(why.clone());
                    continue;
                }
            };
            let (outcome, cost) = program.evaluate(&find, budget.min(CALL_LIMIT));
            budget = budget.saturating_sub(cost);
            match outcome {
                Ok(Value::Bool(true)) => {}
                Ok(_) => return Ok(false),
                Err(error) if error.is_over_budget && budget == 0 => return Err(out_of_budget()),
                Err(error) => {
                    failed.push(format!("expression '{source}' resulted in error: {error}"));
                }
            }
        }
        match failed.as_slice() {
            [] => Ok(true),
            [one] => Err(one.clone()),
            _ => Err(format!("[{}]", failed.join(", "))),
        }
    }
}
