//! The tree of an expression, macros expanded.

use manifest::Text;

use crate::declare::Function;
use crate::value::Value;

/// How deep a tree may be (cel-go's default).
pub(crate) const DEEPEST: u16 = 250;

/// A node. Its number is an index into what the checker found out.
#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub(crate) id: u32,
    /// Where it is, in code points.
    pub(crate) at: u32,
    pub(crate) depth: u16,
    pub(crate) kind: Kind,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// What could not be read; there is an issue for it.
    Unspecified,
    Literal(Value),
    Ident(Text),
    Select {
        operand: Box<Expr>,
        field: Text,
        /// `has(operand.field)`
        is_test: bool,
    },
    Call(Call),
    List {
        items: Vec<Expr>,
        /// The items that are given as optionals.
        optional: Vec<bool>,
    },
    Map(Vec<Entry>),
    Struct {
        name: Text,
        fields: Vec<Field>,
    },
    Comprehension(Box<Comprehension>),
}

#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) function: Text,
    pub(crate) target: Option<Box<Expr>>,
    pub(crate) args: Vec<Expr>,
    /// What the checker found for the name.
    pub(crate) resolved: Option<&'static Function>,
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: Expr,
    pub(crate) value: Expr,
    pub(crate) is_optional: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) at: u32,
    pub(crate) name: Text,
    pub(crate) value: Expr,
    pub(crate) is_optional: bool,
}

/// A loop over `range` that folds into `accumulator`.
#[derive(Clone, Debug)]
pub(crate) struct Comprehension {
    pub(crate) range: Expr,
    pub(crate) variable: Text,
    pub(crate) second: Option<Text>,
    pub(crate) accumulator: Text,
    pub(crate) init: Expr,
    pub(crate) condition: Expr,
    pub(crate) step: Expr,
    pub(crate) result: Expr,
}

impl Comprehension {
    /// A loop over nothing that gives a value a name (`cel.bind`, `optMap`).
    pub(crate) fn is_bind(&self) -> bool {
        matches!(&self.range.kind, Kind::List { items, .. } if items.is_empty())
            && matches!(self.condition.kind, Kind::Literal(Value::Bool(false)))
            && self.accumulator != crate::macros::ACCUMULATOR
    }
}

impl Expr {
    /// The children, in the order of evaluation.
    pub(crate) fn children_mut(&mut self) -> Vec<&mut Expr> {
        match &mut self.kind {
            Kind::Unspecified | Kind::Literal(_) | Kind::Ident(_) => Vec::new(),
            Kind::Select { operand, .. } => vec![operand],
            Kind::Call(call) => {
                call.target.iter_mut().map(|target| &mut **target).chain(&mut call.args).collect()
            }
            Kind::List { items, .. } => items.iter_mut().collect(),
            Kind::Map(entries) => {
                entries.iter_mut().flat_map(|entry| [&mut entry.key, &mut entry.value]).collect()
            }
            Kind::Struct { fields, .. } => {
                fields.iter_mut().map(|field| &mut field.value).collect()
            }
            Kind::Comprehension(of) => {
                let Comprehension { range, init, condition, step, result, .. } = &mut **of;
                vec![range, init, condition, step, result]
            }
        }
    }

    /// `a.b.c` where it is only names.
    pub(crate) fn qualified_name(&self) -> Option<Text> {
        match &self.kind {
            Kind::Ident(name) => Some(name.clone()),
            Kind::Select { operand, field, is_test: false } => {
                let before = operand.qualified_name()?;
                Some(ecow::eco_format!("{before}.{field}"))
            }
            _ => None,
        }
    }
}
