//! The macros: calls that are loops, or tests of presence (cel-go's `parser/macro.go`,
//! `ext/comprehensions.go`, `cel/library.go`, `ext/lists.go`).

use manifest::Text;

use crate::ast::{Comprehension, Expr, Kind};
use crate::parse::Parser;
use crate::value::Value;

/// The variable that a loop folds into.
pub(crate) const ACCUMULATOR: &str = "__result__";
const UNUSED: &str = "#unused";
const SORTED: &str = "@__sortBy_input__";

/// `function(args)`.
pub(crate) fn global(parser: &mut Parser<'_>, at: u32, function: &str, args: Vec<Expr>) -> Expr {
    if function != "has" || args.len() != 1 {
        return parser.call(at, function, args);
    }
    let mut args = args;
    let arg = args.remove(0);
    match arg.kind {
        Kind::Select { operand, field, is_test: false } => {
            parser.node(at, Kind::Select { operand, field, is_test: true })
        }
        Kind::Unspecified => arg,
        _ => parser.issue(arg.at, "invalid argument to has() macro"),
    }
}

/// `target.function(args)`.
pub(crate) fn receiver(
    parser: &mut Parser<'_>,
    at: u32,
    function: &str,
    target: Expr,
    args: Vec<Expr>,
) -> Expr {
    let mut maker = Maker { parser, at };
    match (function, args.len()) {
        ("all" | "exists" | "exists_one" | "existsOne", 2 | 3) => {
            maker.quantifier(function, target, args)
        }
        ("map", 2 | 3) => maker.map(target, args),
        ("filter", 2) => maker.filter(target, args),
        ("transformList" | "transformMap" | "transformMapEntry", 3 | 4) => {
            maker.transform(function, target, args)
        }
        ("optMap" | "optFlatMap", 2) => maker.optional(function, &target, args),
        ("sortBy", 2) => maker.sort(target, args),
        ("bind", 3) if matches!(&target.kind, Kind::Ident(name) if name == "cel") => {
            maker.bind(args)
        }
        _ => parser.member_call(at, function, target, args),
    }
}

struct Maker<'p, 'i> {
    parser: &'p mut Parser<'i>,
    at: u32,
}

impl Maker<'_, '_> {
    fn ident(&mut self, name: &str) -> Expr {
        self.parser.node(self.at, Kind::Ident(name.into()))
    }

    fn accumulator(&mut self) -> Expr {
        self.ident(ACCUMULATOR)
    }

    fn literal(&mut self, value: Value) -> Expr {
        self.parser.node(self.at, Kind::Literal(value))
    }

    fn list(&mut self, items: Vec<Expr>) -> Expr {
        let optional = vec![false; items.len()];
        self.parser.node(self.at, Kind::List { items, optional })
    }

    fn call(&mut self, function: &str, args: Vec<Expr>) -> Expr {
        self.parser.call(self.at, function, args)
    }

    /// The variable names at the front of `args`, which are taken away.
    fn variables(
        &mut self,
        args: &mut Vec<Expr>,
        count: usize,
        why: &str,
    ) -> Result<(Text, Option<Text>), Expr> {
        let mut names: Vec<Text> = Vec::new();
        for arg in args.drain(..count) {
            let Kind::Ident(name) = arg.kind else {
                return Err(self.parser.issue(arg.at, why));
            };
            if names.contains(&name) {
                return Err(self.parser.issue(arg.at, format!("duplicate variable name: {name}")));
            }
            if name == ACCUMULATOR {
                let why = "iteration variable overwrites accumulator variable";
                return Err(self.parser.issue(arg.at, why));
            }
            names.push(name);
        }
        let mut names = names.into_iter();
        Ok((names.next().unwrap_or_default(), names.next()))
    }

    fn fold(
        &mut self,
        range: Expr,
        (variable, second): (Text, Option<Text>),
        (init, condition, step): (Expr, Expr, Expr),
        result: Expr,
    ) -> Expr {
        let accumulator = ACCUMULATOR.into();
        let of =
            Comprehension { range, variable, second, accumulator, init, condition, step, result };
        self.parser.node(self.at, Kind::Comprehension(Box::new(of)))
    }

    fn quantifier(&mut self, function: &str, target: Expr, mut args: Vec<Expr>) -> Expr {
        let count = args.len() - 1;
        let why = "argument must be a simple name";
        let variables = match self.variables(&mut args, count, why) {
            Ok(variables) => variables,
            Err(issue) => return issue,
        };
        let Some(predicate) = args.pop() else { return target };
        match function {
            "all" => {
                let init = self.literal(Value::Bool(true));
                let so_far = self.accumulator();
                let condition = self.call("@not_strictly_false", vec![so_far]);
                let so_far = self.accumulator();
                let step = self.call("_&&_", vec![so_far, predicate]);
                let result = self.accumulator();
                self.fold(target, variables, (init, condition, step), result)
            }
            "exists" => {
                let init = self.literal(Value::Bool(false));
                let so_far = self.accumulator();
                let not = self.call("!_", vec![so_far]);
                let condition = self.call("@not_strictly_false", vec![not]);
                let so_far = self.accumulator();
                let step = self.call("_||_", vec![so_far, predicate]);
                let result = self.accumulator();
                self.fold(target, variables, (init, condition, step), result)
            }
            _ => {
                let init = self.literal(Value::Int(0));
                let condition = self.literal(Value::Bool(true));
                let (so_far, one) = (self.accumulator(), self.literal(Value::Int(1)));
                let more = self.call("_+_", vec![so_far, one]);
                let same = self.accumulator();
                let step = self.call("_?_:_", vec![predicate, more, same]);
                let (so_far, one) = (self.accumulator(), self.literal(Value::Int(1)));
                let result = self.call("_==_", vec![so_far, one]);
                self.fold(target, variables, (init, condition, step), result)
            }
        }
    }

    /// A loop that adds to a list what `item` is, where `filter` says so.
    fn collect(
        &mut self,
        range: Expr,
        variables: (Text, Option<Text>),
        filter: Option<Expr>,
        item: Expr,
    ) -> Expr {
        let init = self.list(Vec::new());
        let condition = self.literal(Value::Bool(true));
        let (so_far, one) = (self.accumulator(), self.list(vec![item]));
        let mut step = self.call("_+_", vec![so_far, one]);
        if let Some(filter) = filter {
            let same = self.accumulator();
            step = self.call("_?_:_", vec![filter, step, same]);
        }
        let result = self.accumulator();
        self.fold(range, variables, (init, condition, step), result)
    }

    fn map(&mut self, target: Expr, mut args: Vec<Expr>) -> Expr {
        let variables = match self.variables(&mut args, 1, "argument is not an identifier") {
            Ok(variables) => variables,
            Err(issue) => return issue,
        };
        let Some(item) = args.pop() else { return target };
        self.collect(target, variables, args.pop(), item)
    }

    fn filter(&mut self, target: Expr, mut args: Vec<Expr>) -> Expr {
        let item = args[0].clone();
        let variables = match self.variables(&mut args, 1, "argument is not an identifier") {
            Ok(variables) => variables,
            Err(issue) => return issue,
        };
        self.collect(target, variables, args.pop(), item)
    }

    fn transform(&mut self, function: &str, target: Expr, mut args: Vec<Expr>) -> Expr {
        let why = "argument must be a simple name";
        let variables = match self.variables(&mut args, 2, why) {
            Ok(variables) => variables,
            Err(issue) => return issue,
        };
        let Some(item) = args.pop() else { return target };
        let filter = args.pop();
        if function == "transformList" {
            return self.collect(target, variables, filter, item);
        }
        let init = self.parser.node(self.at, Kind::Map(Vec::new()));
        let condition = self.literal(Value::Bool(true));
        let so_far = self.accumulator();
        let mut step = match function {
            "transformMap" => {
                let key = self.ident(&variables.0);
                self.call("cel.@mapInsert", vec![so_far, key, item])
            }
            _ => self.call("cel.@mapInsert", vec![so_far, item]),
        };
        if let Some(filter) = filter {
            let same = self.accumulator();
            step = self.call("_?_:_", vec![filter, step, same]);
        }
        let result = self.accumulator();
        self.fold(target, variables, (init, condition, step), result)
    }

    /// `result` with `value` called `name` inside of it.
    fn naming(&mut self, name: &str, value: Expr, result: Expr) -> Expr {
        let of = Comprehension {
            range: self.list(Vec::new()),
            variable: UNUSED.into(),
            second: None,
            accumulator: name.into(),
            init: value,
            condition: self.literal(Value::Bool(false)),
            step: self.ident(name),
            result,
        };
        self.parser.node(self.at, Kind::Comprehension(Box::new(of)))
    }

    fn bind(&mut self, mut args: Vec<Expr>) -> Expr {
        let (result, value) = (args.pop(), args.pop());
        let variable = args.pop();
        let (Some(result), Some(value), Some(variable)) = (result, value, variable) else {
            return self.list(Vec::new());
        };
        let Kind::Ident(name) = &variable.kind else {
            let why = "cel.bind() variable names must be simple identifiers";
            return self.parser.issue(variable.at, why);
        };
        let name = name.clone();
        self.naming(&name, value, result)
    }

    fn optional(&mut self, function: &str, target: &Expr, mut args: Vec<Expr>) -> Expr {
        let (Some(result), Some(variable)) = (args.pop(), args.pop()) else {
            return target.clone();
        };
        let Kind::Ident(name) = &variable.kind else {
            let why = format!("{function}() variable name must be a simple identifier");
            return self.parser.issue(variable.at, why);
        };
        let copy = self.parser.copy(target);
        let has = self.parser.member_call(self.at, "hasValue", target.clone(), Vec::new());
        let value = self.parser.member_call(self.at, "value", copy, Vec::new());
        let mut then = self.naming(&name.clone(), value, result);
        if function == "optMap" {
            then = self.call("optional.of", vec![then]);
        }
        let otherwise = self.call("optional.none", Vec::new());
        self.call("_?_:_", vec![has, then, otherwise])
    }

    fn sort(&mut self, target: Expr, args: Vec<Expr>) -> Expr {
        if matches!(target.kind, Kind::Literal(_) | Kind::Map(_) | Kind::Struct { .. }) {
            let why = "sortBy can only be applied to a list, identifier, comprehension, call or \
                       select expression";
            return self.parser.issue(target.at, why);
        }
        let input = self.ident(SORTED);
        let keys = self.map(input, args);
        let input = self.ident(SORTED);
        let sorted = self.parser.member_call(self.at, "@sortByAssociatedKeys", input, vec![keys]);
        self.naming(SORTED, target, sorted)
    }
}
