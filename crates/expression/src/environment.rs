//! What an expression may name, and how it is compiled.

use std::sync::Arc;

use manifest::Text;

use crate::ast::{Expr, Kind};
use crate::issues::Issues;
use crate::pattern::Patterns;
use crate::program::Program;
use crate::shape::{ObjectShape, Shape};
use crate::types::Type;
use crate::value::{Entries, Value};
use crate::{check, parse};

/// The variables of an expression.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: Vec<(Text, Type)>,
    structures: Vec<Arc<ObjectShape>>,
    /// The form of what the sizes of paths are estimated by.
    root: Option<Arc<Shape>>,
}

impl Environment {
    /// Nothing but the functions.
    pub fn new() -> Environment {
        Environment::default()
    }

    /// With a variable; its name may have dots.
    #[must_use]
    pub fn with(mut self, name: &str, of: Type) -> Environment {
        self.variables.retain(|(own, _)| own != name);
        self.variables.push((name.into(), of));
        self
    }

    /// With an object that can be made: `Name{field: value}`.
    #[must_use]
    pub fn with_structure(mut self, of: Arc<ObjectShape>) -> Environment {
        self.structures.push(of);
        self
    }

    /// With the form of its data, for the estimate of costs. Each variable is of this form.
    #[must_use]
    pub fn sized(mut self, root: Arc<Shape>) -> Environment {
        self.root = Some(root);
        self
    }

    pub(crate) fn variable(&self, name: &str) -> Option<&Type> {
        self.variables.iter().find(|(own, _)| own == name).map(|(_, of)| of)
    }

    pub(crate) fn structure(&self, name: &str) -> Option<Arc<ObjectShape>> {
        self.structures.iter().find(|own| own.name == name).cloned()
    }

    /// Reads and checks an expression.
    ///
    /// # Errors
    /// What cel-go says of it, with the place.
    pub fn compile(&self, source: &str) -> Result<Program, Issues> {
        let mut list = Vec::new();
        let (mut expr, count) = parse::parse(source, &mut list);
        if !list.is_empty() {
            return Err(Issues::new(source, list));
        }
        let checked = check::check(self, &mut expr, count, &mut list);
        if !list.is_empty() {
            return Err(Issues::new(source, list));
        }
        let mut patterns = Patterns::default();
        check::validate(&mut expr, &checked, &mut patterns, &mut list);
        if !list.is_empty() {
            return Err(Issues::new(source, list));
        }
        let result = checked.types.get(expr.id as usize).cloned().unwrap_or(Type::Dyn);
        let cost = crate::estimate::estimate(&expr, &checked, self.root.as_deref());
        let mut names = Vec::new();
        names_of(&mut expr, &mut names);
        fold(&mut expr, &patterns);
        Ok(Program { expr, patterns, result, cost, names })
    }
}

/// Replaces what is the same in each run: lists and maps of literals, conversions of them. They cost
/// nothing then (cel-go's `OptOptimize`).
fn fold(expr: &mut Expr, patterns: &Patterns) {
    for child in expr.children_mut() {
        fold(child, patterns);
    }
    let literal = |expr: &Expr| match &expr.kind {
        Kind::Literal(value) => Some(value.clone()),
        _ => None,
    };
    let folded = match &expr.kind {
        Kind::List { items, optional } if !optional.contains(&true) => {
            items.iter().map(literal).collect::<Option<Vec<_>>>().map(Value::list)
        }
        Kind::Map(entries) => {
            let mut made = Entries::default();
            let is_folded = entries.iter().all(|entry| {
                !entry.is_optional
                    && match (literal(&entry.key), literal(&entry.value)) {
                        (Some(key), Some(value)) => made.insert(key, value).is_ok(),
                        _ => false,
                    }
            });
            is_folded.then(|| Value::map(made))
        }
        Kind::Call(call) if call.target.is_none() && is_conversion(&call.function) => {
            match (call.resolved, call.args.as_slice()) {
                (Some(function), [arg]) => {
                    literal(arg).and_then(|arg| (function.run)(patterns, &[arg]).ok())
                }
                _ => None,
            }
        }
        _ => None,
    };
    if let Some(value) = folded {
        expr.kind = Kind::Literal(value);
    }
}

fn is_conversion(function: &str) -> bool {
    matches!(
        function,
        "bool" | "bytes" | "double" | "duration" | "dyn" | "int" | "string" | "timestamp" | "uint"
    )
}

/// The names of variables in an expression, those of loops too.
fn names_of(expr: &mut Expr, names: &mut Vec<Text>) {
    if let Kind::Ident(name) = &expr.kind
        && !names.contains(name)
    {
        names.push(name.clone());
    }
    for child in expr.children_mut() {
        names_of(child, names);
    }
}
