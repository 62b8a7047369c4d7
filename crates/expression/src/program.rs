//! An expression that is ready to run.

use manifest::Text;

use crate::ast::Expr;
use crate::estimate::Estimate;
use crate::evaluate::Evaluation;
use crate::pattern::Patterns;
use crate::types::Type;
use crate::value::Outcome;

/// A compiled expression. It is kept and run as often as wanted, on as many threads.
#[derive(Clone, Debug)]
pub struct Program {
    pub(crate) expr: Expr,
    pub(crate) patterns: Patterns,
    pub(crate) result: Type,
    pub(crate) cost: Estimate,
    pub(crate) names: Vec<Text>,
}

impl Program {
    /// What it gives.
    pub fn result(&self) -> &Type {
        &self.result
    }

    /// What it costs at most, by the declared sizes of its data.
    pub fn max_cost(&self) -> u64 {
        self.cost.max
    }

    /// Whether a variable of this name is in it.
    pub fn uses(&self, name: &str) -> bool {
        self.names.iter().any(|own| own == name)
    }

    /// Runs it: what comes of it, and what that cost. `variables` gives a variable's value when it
    /// is first asked for; `limit` is what it may cost.
    ///
    /// # Errors
    /// The outcome is an error in cel-go's words where the values do not fit, and one that says so
    /// where the limit is exceeded.
    pub fn evaluate(
        &self,
        variables: &dyn Fn(&str) -> Option<Outcome>,
        limit: u64,
    ) -> (Outcome, u64) {
        let mut evaluation = Evaluation::new(variables, &self.patterns, limit);
        let outcome = evaluation.expr(&self.expr);
        (outcome, evaluation.cost())
    }
}
