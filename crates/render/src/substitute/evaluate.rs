//! Works expressions out: looks variables up, applies operators, keeps within the limits.

use std::borrow::Cow;

use super::operate::{self, Budget};
use super::parse::{Argument, Expression, Fault, Head, Operator};
use super::{Cause, Mode, Value, unknown};

/// Works out the expressions of one text; limits count over all of them.
pub(super) struct Evaluator<'e, 't, 'v> {
    mode: Mode,
    lookup: &'e dyn Fn(&str) -> Option<Value<'v>>,
    budget: Budget,
    /// What went wrong so far.
    pub(super) faults: Vec<Fault<'t>>,
    /// Whether a limit was reached, so that going on is pointless.
    pub(super) exhausted: bool,
}

impl<'e, 't, 'v> Evaluator<'e, 't, 'v> {
    pub(super) fn new(mode: Mode, lookup: &'e dyn Fn(&str) -> Option<Value<'v>>) -> Self {
        Self { mode, lookup, budget: Budget::default(), faults: Vec::new(), exhausted: false }
    }

    /// Notes a fault, and stands for the missing result.
    pub(super) fn fail<T>(&mut self, fault: Fault<'t>) -> Option<T> {
        if !self.exhausted {
            self.exhausted = matches!(fault.cause, Cause::Bytes | Cause::Steps);
            self.faults.push(fault);
        }
        None
    }

    /// What the expression stands for; `None` after a fault.
    ///
    /// Arguments are worked out whether or not they will be used: in strict mode a variable that is not set fails even
    /// in the default of one that is.
    pub(super) fn expression<'r>(&mut self, expression: &'r Expression<'t>) -> Option<Cow<'r, str>>
    where
        'v: 'r,
    {
        let Expression { head, operator, arguments } = expression;
        let arguments: Vec<_> = arguments.iter().map(|argument| self.argument(argument)).collect();
        let value = self.value(*head, *operator);
        let arguments: Vec<_> = arguments.into_iter().collect::<Option<_>>()?;
        match operate::apply(*operator, value?, &arguments, &mut self.budget) {
            Ok(result) => Some(result),
            Err(cause) => self.fail(head.fault(cause)),
        }
    }

    fn argument<'r>(&mut self, argument: &'r Argument<'t>) -> Option<Cow<'r, str>>
    where
        'v: 'r,
    {
        match argument {
            Argument::Text(text) => Some(Cow::Borrowed(text)),
            Argument::Expression(expression) => self.expression(expression),
        }
    }

    /// The variable's value. The operators that give a default take one that is not set for empty, in both modes.
    fn value(&mut self, head: Head<'t>, operator: Operator) -> Option<Cow<'v, str>> {
        match (self.lookup)(head.name) {
            Some(Value::Text(text)) if text.contains('\n') => {
                if let Err(cause) = self.budget.spend_bytes(text.len()) {
                    return self.fail(head.fault(cause));
                }
                Some(Cow::Owned(text.replace('\n', "")))
            }
            Some(Value::Text(text)) => Some(Cow::Borrowed(text)),
            Some(Value::Unknown(reason)) => Some(Cow::Owned(unknown::marker(reason))),
            None if self.mode == Mode::Strict && !matches!(operator, Operator::Default) => {
                self.fail(head.fault(Cause::Unset))
            }
            None => Some(Cow::Borrowed("")),
        }
    }
}
