//! What types the parts of an expression have, and what is wrong with them (cel-go's
//! `checker/checker.go`). Names of variables with dots and of functions are settled here.

use manifest::Text;

use crate::ast::{Call, Comprehension, Expr, Kind};
use crate::declare::{self, Function};
use crate::environment::Environment;
use crate::issues::Issue;
use crate::library::time;
use crate::pattern::Patterns;
use crate::types::Type;
use crate::unify::{Mapping, most_general};
use crate::value::Value;

/// What the checker found out.
pub(crate) struct Checked {
    /// The type of each node, by its number.
    pub(crate) types: Vec<Type>,
    /// The overloads that a call can be, by the number of its node.
    pub(crate) overloads: Vec<Vec<&'static str>>,
}

/// Checks a tree and settles its names.
pub(crate) fn check(
    environment: &Environment,
    expr: &mut Expr,
    count: u32,
    issues: &mut Vec<Issue>,
) -> Checked {
    let count = count as usize;
    let mut checker = Checker {
        environment,
        scopes: Vec::new(),
        types: vec![Type::Error; count],
        overloads: vec![Vec::new(); count],
        mapping: Mapping::default(),
        issues,
    };
    checker.expr(expr);
    let Checker { types, overloads, mapping, .. } = checker;
    Checked { types: types.iter().map(|of| mapping.substitute(of, true)).collect(), overloads }
}

struct Checker<'c> {
    environment: &'c Environment,
    /// The variables of loops, the innermost last.
    scopes: Vec<(Text, Type)>,
    types: Vec<Type>,
    overloads: Vec<Vec<&'static str>>,
    mapping: Mapping,
    issues: &'c mut Vec<Issue>,
}

impl Checker<'_> {
    fn issue(&mut self, at: u32, message: String) {
        self.issues.push(Issue { at: Some(at), message });
    }

    fn set(&mut self, id: u32, of: Type) {
        if let Some(place) = self.types.get_mut(id as usize) {
            *place = of;
        }
    }

    fn of(&self, expr: &Expr) -> Type {
        self.types.get(expr.id as usize).cloned().unwrap_or(Type::Error)
    }

    fn undeclared(&mut self, at: u32, name: &str) {
        self.issue(at, format!("undeclared reference to '{name}' (in container '')"));
    }

    fn mismatch(&mut self, at: u32, wanted: &Type, found: &Type) {
        self.issue(at, format!("expected type '{wanted}' but found '{found}'"));
    }

    fn variable(&self, name: &str) -> Option<Type> {
        if let Some((_, of)) = self.scopes.iter().rev().find(|(own, _)| own == name) {
            return Some(of.clone());
        }
        if let Some(of) = self.environment.variable(name) {
            return Some(of.clone());
        }
        declare::type_named(name).map(|of| Type::Type(std::sync::Arc::new(of)))
    }

    fn expr(&mut self, expr: &mut Expr) {
        let of = match &mut expr.kind {
            Kind::Unspecified => Type::Error,
            Kind::Literal(value) => value.type_of(),
            Kind::Ident(name) => match self.variable(name) {
                Some(of) => of,
                None => {
                    let name = name.clone();
                    self.undeclared(expr.at, &name);
                    Type::Error
                }
            },
            Kind::Select { .. } => self.select(expr),
            Kind::Call(_) => self.call(expr),
            Kind::List { .. } => self.list(expr),
            Kind::Map(_) => self.map(expr),
            Kind::Struct { .. } => self.structure(expr),
            Kind::Comprehension(of) => self.comprehension(of),
        };
        self.set(expr.id, of);
    }

    fn select(&mut self, expr: &mut Expr) -> Type {
        if let Some(name) = expr.qualified_name()
            && let Some(of) = self.variable(&name)
            && !self.is_shadowed(&name)
        {
            expr.kind = Kind::Ident(name);
            return of;
        }
        let (id, at) = (expr.id, expr.at);
        let Kind::Select { operand, field, is_test } = &mut expr.kind else { return Type::Error };
        let (field, is_test) = (field.clone(), *is_test);
        // A declared variable with a dot in its name is always there.
        if is_test
            && let Some(name) = operand.qualified_name()
            && self.environment.variable(&format!("{name}.{field}")).is_some()
        {
            expr.kind = Kind::Literal(Value::Bool(true));
            return Type::Bool;
        }
        self.expr(operand);
        let operand_type = self.of(operand);
        let of = self.field(at, &operand_type, &field, false);
        self.set(id, of.clone());
        if is_test { Type::Bool } else { self.mapping.substitute(&of, false) }
    }

    /// Whether the first part of a name is a variable of a loop.
    fn is_shadowed(&self, name: &str) -> bool {
        let first = name.split('.').next().unwrap_or_default();
        name.contains('.') && self.scopes.iter().any(|(own, _)| own == first)
    }

    fn field(&mut self, at: u32, operand: &Type, field: &str, is_optional: bool) -> Type {
        let operand = self.mapping.substitute(operand, false);
        let was_optional = operand.unwrapped().is_some();
        let target = operand.unwrapped().cloned().unwrap_or(operand);
        let of = match &target {
            Type::Map(of) => of.1.clone(),
            Type::Object(of) => match of.field(field) {
                Some(field) => field.shape.to_type(),
                None => {
                    self.issue(at, format!("undefined field '{field}'"));
                    Type::Error
                }
            },
            of if of.is_param() => {
                self.mapping.is_assignable(&Type::Dyn, of);
                Type::Dyn
            }
            of => {
                if !of.is_dyn_or_error() {
                    self.issue(at, format!("type '{of}' does not support field selection"));
                }
                Type::Dyn
            }
        };
        if was_optional || is_optional { Type::optional(of) } else { of }
    }

    fn call(&mut self, expr: &mut Expr) -> Type {
        let (id, at) = (expr.id, expr.at);
        let Kind::Call(call) = &mut expr.kind else { return Type::Error };
        if call.function == "_?._" {
            return self.optional_select(id, at, call);
        }
        for arg in &mut call.args {
            self.expr(arg);
        }
        // `a.b.c()` is the function `a.b.c`, if there is one.
        let qualified = call.target.as_ref().and_then(|target| target.qualified_name());
        if let Some(before) = qualified {
            let name = format!("{before}.{}", call.function);
            if let Some(function) = declare::function(&name) {
                call.target = None;
                return self.resolve(id, at, call, function);
            }
        }
        if let Some(target) = &mut call.target {
            self.expr(target);
        }
        match declare::function(&call.function) {
            Some(function) => self.resolve(id, at, call, function),
            None => {
                let name = call.function.clone();
                self.undeclared(at, &name);
                Type::Error
            }
        }
    }

    fn optional_select(&mut self, id: u32, at: u32, call: &mut Call) -> Type {
        let [operand, field] = call.args.as_mut_slice() else { return Type::Error };
        let Kind::Literal(Value::String(field)) = &field.kind else { return Type::Error };
        let field = field.clone();
        self.expr(operand);
        let operand_type = self.of(operand);
        if let Some(place) = self.overloads.get_mut(id as usize) {
            place.push("select_optional_field");
        }
        let of = self.field(at, &operand_type, &field, true);
        self.mapping.substitute(&of, false)
    }

    fn resolve(&mut self, id: u32, at: u32, call: &mut Call, function: &'static Function) -> Type {
        call.resolved = Some(function);
        call.function = function.name.into();
        let args: Vec<&Expr> = call.target.as_deref().into_iter().chain(&call.args).collect();
        let types: Vec<Type> = args.iter().map(|arg| self.of(arg)).collect();
        let is_method = call.target.is_some();
        if matches!(function.name, "_&&_" | "_||_") {
            let places: Vec<u32> = args.iter().map(|arg| arg.at).collect();
            return self.logical(id, function, &types, &places);
        }
        let mut found: Vec<&'static str> = Vec::new();
        let mut result: Option<Type> = None;
        for overload in function.overloads.iter().filter(|own| own.is_method == is_method) {
            let fresh: Vec<(char, Type)> =
                overload.variables.iter().map(|name| (*name, self.mapping.fresh())).collect();
            let params: Vec<Type> =
                overload.params.iter().map(|of| instantiated(of, &fresh)).collect();
            if !self.mapping.all_assignable(&refs(&types), &refs(&params)) {
                continue;
            }
            found.push(overload.id);
            let of = self.mapping.substitute(&instantiated(&overload.result, &fresh), false);
            result = Some(match result {
                Some(before) if !matches!(before, Type::Dyn) && before != of => Type::Dyn,
                Some(before) => before,
                None => of,
            });
        }
        let Some(result) = result else {
            let shown: Vec<String> =
                types.iter().map(|of| self.mapping.substitute(of, true).to_string()).collect();
            let signature = match shown.split_first() {
                Some((target, args)) if is_method => format!("{target}.({})", args.join(", ")),
                _ => format!("({})", shown.join(", ")),
            };
            let name = function.name;
            self.issue(
                at,
                format!("found no matching overload for '{name}' applied to '{signature}'"),
            );
            return Type::Error;
        };
        if let Some(place) = self.overloads.get_mut(id as usize) {
            *place = found;
        }
        result
    }

    fn logical(&mut self, id: u32, function: &Function, types: &[Type], places: &[u32]) -> Type {
        let mut is_wrong = false;
        for (of, at) in types.iter().zip(places) {
            if !self.mapping.is_assignable(of, &Type::Bool) {
                self.mismatch(*at, &Type::Bool, of);
                is_wrong = true;
            }
        }
        if let (Some(place), Some(overload)) =
            (self.overloads.get_mut(id as usize), function.overloads.first())
        {
            place.push(overload.id);
        }
        if is_wrong { Type::Error } else { Type::Bool }
    }

    /// The type of two things that stand beside each other.
    fn join(&mut self, before: Option<Type>, of: Type) -> Type {
        let Some(before) = before else { return of };
        if self.mapping.is_assignable(&before, &of) {
            return most_general(&before, &of);
        }
        Type::Dyn
    }

    /// What an optional that is spread is of.
    fn spread(&mut self, at: u32, of: Type) -> Type {
        match of.unwrapped() {
            Some(inner) => inner.clone(),
            None => {
                if !matches!(of, Type::Dyn) {
                    self.mismatch(at, &Type::optional(of.clone()), &of);
                }
                of
            }
        }
    }

    fn list(&mut self, expr: &mut Expr) -> Type {
        let Kind::List { items, optional } = &mut expr.kind else { return Type::Error };
        let mut joined = None;
        for (item, is_optional) in items.iter_mut().zip(optional) {
            self.expr(item);
            let mut of = self.of(item);
            if *is_optional {
                of = self.spread(item.at, of);
            }
            joined = Some(self.join(joined, of));
        }
        Type::list(joined.unwrap_or_else(|| self.mapping.fresh()))
    }

    fn map(&mut self, expr: &mut Expr) -> Type {
        let Kind::Map(entries) = &mut expr.kind else { return Type::Error };
        let (mut keys, mut values) = (None, None);
        for entry in entries {
            self.expr(&mut entry.key);
            let of = self.of(&entry.key);
            keys = Some(self.join(keys, of));
            self.expr(&mut entry.value);
            let mut of = self.of(&entry.value);
            if entry.is_optional {
                of = self.spread(entry.value.at, of);
            }
            values = Some(self.join(values, of));
        }
        let keys = keys.unwrap_or_else(|| self.mapping.fresh());
        Type::map(keys, values.unwrap_or_else(|| self.mapping.fresh()))
    }

    fn structure(&mut self, expr: &mut Expr) -> Type {
        let at = expr.at;
        let Kind::Struct { name, fields } = &mut expr.kind else { return Type::Error };
        let Some(object) = self.environment.structure(name) else {
            let name = name.clone();
            self.undeclared(at, &name);
            return Type::Error;
        };
        for field in fields {
            self.expr(&mut field.value);
            let mut of = self.of(&field.value);
            if field.is_optional {
                of = self.spread(field.value.at, of);
            }
            let Some(declared) = object.field(&field.name) else {
                self.issue(field.at, format!("undefined field '{}'", field.name));
                continue;
            };
            let wanted = declared.shape.to_type();
            if !self.mapping.is_assignable(&wanted, &of) {
                self.issue(
                    field.at,
                    format!(
                        "expected type of field '{}' is '{wanted}' but provided type is '{of}'",
                        field.name
                    ),
                );
            }
        }
        Type::Object(object)
    }

    fn comprehension(&mut self, of: &mut Comprehension) -> Type {
        self.expr(&mut of.range);
        self.expr(&mut of.init);
        let range = self.mapping.substitute(&self.of(&of.range), false);
        let accumulator = self.of(&of.init);
        let depth = self.scopes.len();
        self.scopes.push((of.accumulator.clone(), accumulator.clone()));
        let is_double = of.second.is_some();
        let (first, second) = match &range {
            Type::List(items) if is_double => (Type::Int, Type::clone(items)),
            Type::List(items) => (Type::clone(items), Type::Error),
            Type::Map(of) => (of.0.clone(), of.1.clone()),
            of if of.is_dyn_or_error() || of.is_param() => {
                self.mapping.is_assignable(&Type::Dyn, of);
                (Type::Dyn, Type::Dyn)
            }
            other => {
                let message = format!(
                    "expression of type '{other}' cannot be range of a comprehension (must be \
                     list, map, or dynamic)"
                );
                self.issue(of.range.at, message);
                (Type::Error, Type::Error)
            }
        };
        self.scopes.push((of.variable.clone(), first));
        if let Some(name) = &of.second {
            self.scopes.push((name.clone(), second));
        }
        self.expr(&mut of.condition);
        self.assert(&of.condition, &Type::Bool);
        self.expr(&mut of.step);
        self.assert(&of.step, &accumulator);
        self.scopes.truncate(depth + 1);
        self.expr(&mut of.result);
        self.scopes.truncate(depth);
        self.mapping.substitute(&self.of(&of.result), false)
    }

    fn assert(&mut self, expr: &Expr, wanted: &Type) {
        let of = self.of(expr);
        if !self.mapping.is_assignable(wanted, &of) {
            self.mismatch(expr.at, wanted, &of);
        }
    }
}

fn refs(types: &[Type]) -> Vec<&Type> {
    types.iter().collect()
}

fn instantiated(of: &Type, fresh: &[(char, Type)]) -> Type {
    match of {
        Type::Param(name) => fresh
            .iter()
            .find(|(own, _)| own == name)
            .map_or_else(|| of.clone(), |(_, var)| var.clone()),
        _ => of.with_params(|param| instantiated(param, fresh)),
    }
}

/// What is checked when the types are known (cel-go's `ASTValidators`): literals that a function
/// takes and that are none of its kind, and lists and maps of several types; patterns are kept,
/// compiled.
pub(crate) fn validate(
    expr: &mut Expr,
    checked: &Checked,
    patterns: &mut Patterns,
    issues: &mut Vec<Issue>,
) {
    let mut validator = Validator { checked, patterns, issues };
    validator.expr(expr, false);
}

struct Validator<'v> {
    checked: &'v Checked,
    patterns: &'v mut Patterns,
    issues: &'v mut Vec<Issue>,
}

impl Validator<'_> {
    fn expr(&mut self, expr: &mut Expr, is_exempt: bool) {
        let mut is_exempt = is_exempt;
        match &expr.kind {
            Kind::Call(call) => {
                self.literal(call);
                is_exempt |= call.function == "format";
            }
            Kind::List { items, optional } if !is_exempt => {
                let items = items.iter().zip(optional).map(|(item, optional)| (item, *optional));
                self.same(items.collect());
            }
            Kind::Map(entries) if !is_exempt => {
                self.same(entries.iter().map(|entry| (&entry.key, false)).collect());
                let values = entries.iter().map(|entry| (&entry.value, entry.is_optional));
                self.same(values.collect());
            }
            _ => {}
        }
        for child in expr.children_mut() {
            self.expr(child, is_exempt);
        }
    }

    /// Whether things that stand beside each other have one type.
    fn same(&mut self, of: Vec<(&Expr, bool)>) {
        let mut first: Option<Type> = None;
        for (expr, is_optional) in of {
            let own = self.checked.types.get(expr.id as usize).cloned().unwrap_or(Type::Dyn);
            let own = match own.unwrapped() {
                Some(inner) if is_optional => inner.clone(),
                _ => own,
            };
            match &first {
                Some(wanted) if *wanted != own => {
                    let message = format!("expected type '{wanted}' but found '{own}'");
                    self.issues.push(Issue { at: Some(expr.at), message });
                    return;
                }
                Some(_) => {}
                None => first = Some(own),
            }
        }
    }

    fn literal(&mut self, call: &Call) {
        let Some(last) = call.args.last() else { return };
        let Kind::Literal(Value::String(text)) = &last.kind else { return };
        let is_wrong = match call.function.as_str() {
            "duration" => time::parse_duration(text).is_none(),
            "timestamp" => time::parse_timestamp(text).is_none(),
            "matches" => self.patterns.keep(text).is_err(),
            "find" | "findAll" => {
                // What is wrong with it is said when it runs.
                let _ = self.patterns.keep(text);
                false
            }
            _ => false,
        };
        if is_wrong {
            let message = format!("invalid {} argument", call.function);
            self.issues.push(Issue { at: Some(last.at), message });
        }
    }
}
