//! What an expression costs at most, by the declared sizes of its data (cel-go's `checker/cost.go`
//! and Kubernetes' `library/cost.go`). Rules that may cost too much are refused by it, so it is
//! theirs number for number.

mod calls;
mod range;

use manifest::Text;
use rustc_hash::FxHashMap;

use crate::ast::{Call, Comprehension, Expr, Kind};
use crate::check::Checked;
use crate::cost::{LIST, MAP, STRUCT};
use crate::shape::{Shape, ShapeKind};
use crate::types::Type;
use crate::value::Value;

pub use calls::{cardinality, most_elements};
pub(crate) use range::Estimate;

/// The parts of a way to data: a variable, then fields, `@items`, `@keys` or `@values`.
type Path = Vec<Text>;

/// The sizes of the keys and values in a container.
#[derive(Clone, Copy)]
struct EntrySize {
    is_list: bool,
    key: Estimate,
    value: Estimate,
}

struct Local {
    name: Text,
    path: Path,
    size: Option<Estimate>,
    entry: Option<EntrySize>,
}

struct Coster<'c> {
    checked: &'c Checked,
    root: Option<&'c Shape>,
    paths: FxHashMap<u32, Path>,
    sizes: FxHashMap<u32, Estimate>,
    entries: FxHashMap<u32, EntrySize>,
    locals: Vec<Local>,
}

/// What an expression costs.
pub(crate) fn estimate(expr: &Expr, checked: &Checked, root: Option<&Shape>) -> Estimate {
    let mut coster = Coster {
        checked,
        root,
        paths: FxHashMap::default(),
        sizes: FxHashMap::default(),
        entries: FxHashMap::default(),
        locals: Vec::new(),
    };
    coster.cost(expr)
}

impl Coster<'_> {
    fn type_of(&self, expr: &Expr) -> &Type {
        self.checked.types.get(expr.id as usize).unwrap_or(&Type::Dyn)
    }

    fn local(&self, name: &str) -> Option<&Local> {
        self.locals.iter().rev().find(|local| local.name == name)
    }

    fn path(&self, expr: &Expr) -> Path {
        if let Kind::Ident(name) = &expr.kind
            && let Some(local) = self.local(name)
        {
            return local.path.clone();
        }
        self.paths.get(&expr.id).cloned().unwrap_or_default()
    }

    fn cost(&mut self, expr: &Expr) -> Estimate {
        match &expr.kind {
            Kind::Unspecified | Kind::Literal(_) => Estimate::fixed(0),
            Kind::Ident(name) => {
                let path = match self.local(name) {
                    Some(local) => local.path.clone(),
                    None => vec![name.clone()],
                };
                self.paths.insert(expr.id, path);
                Estimate::fixed(1)
            }
            Kind::Select { operand, field, is_test } => self.select(expr, operand, field, *is_test),
            Kind::Call(call) => self.call(expr, call),
            Kind::List { items, .. } => self.list(expr, items),
            Kind::Map(entries) => {
                let mut sum = Estimate::fixed(0);
                let (mut keys, mut values) = (Estimate::none(), Estimate::none());
                for entry in entries {
                    sum = sum.add(self.cost(&entry.key)).add(self.cost(&entry.value));
                    keys = keys.union(self.size_or_unknown(&entry.key));
                    values = values.union(self.size_or_unknown(&entry.value));
                }
                if entries.is_empty() {
                    (keys, values) = (Estimate::fixed(0), Estimate::fixed(0));
                }
                self.entries
                    .insert(expr.id, EntrySize { is_list: false, key: keys, value: values });
                sum.add(Estimate::fixed(MAP))
            }
            Kind::Struct { fields, .. } => {
                let fields = fields.iter();
                let sum = fields.fold(Estimate::fixed(0), |sum, of| sum.add(self.cost(&of.value)));
                sum.add(Estimate::fixed(STRUCT))
            }
            Kind::Comprehension(of) if of.is_bind() => self.bind(expr, of),
            Kind::Comprehension(of) => self.comprehension(expr, of),
        }
    }

    fn select(&mut self, expr: &Expr, operand: &Expr, field: &Text, is_test: bool) -> Estimate {
        let mut sum = self.cost(operand);
        if is_test {
            return sum;
        }
        if matches!(self.type_of(operand), Type::Map(_) | Type::Object(_)) {
            sum = sum.add(Estimate::fixed(1));
        }
        let mut path = self.path(operand);
        path.push(field.clone());
        self.paths.insert(expr.id, path);
        sum
    }

    fn list(&mut self, expr: &Expr, items: &[Expr]) -> Estimate {
        let mut sum = Estimate::fixed(0);
        let mut size = Estimate::none();
        for item in items {
            sum = sum.add(self.cost(item));
            size = size.union(self.size_or_unknown(item));
        }
        if items.is_empty() {
            size = Estimate::fixed(0);
        }
        let entry = EntrySize { is_list: true, key: Estimate::fixed(1), value: size };
        self.entries.insert(expr.id, entry);
        sum.add(Estimate::fixed(LIST))
    }

    fn call(&mut self, expr: &Expr, call: &Call) -> Estimate {
        if call.function == "dyn"
            && let [arg] = call.args.as_slice()
        {
            let cost = self.cost(arg);
            self.copy_sizes(expr, arg);
            return cost.add(Estimate::fixed(1));
        }
        let costs: Vec<Estimate> = call.args.iter().map(|arg| self.cost(arg)).collect();
        let overloads = self.checked.overloads.get(expr.id as usize).cloned().unwrap_or_default();
        if overloads.is_empty() {
            return Estimate::fixed(0);
        }
        let mut sum = Estimate::fixed(0);
        if let Some(target) = &call.target {
            sum = sum.add(self.cost(target));
        }
        let mut function = Estimate::none();
        let mut result: Option<Estimate> = None;
        for overload in overloads {
            let (cost, size) = self.function(expr, call, overload, &costs);
            function = function.union(cost);
            if let Some(size) = size {
                result = Some(result.map_or(size, |before| before.union(size)));
            }
            if let ("index_list" | "index_map", Some(of)) = (overload, call.args.first()) {
                result = self.entry(of).map(|entry| entry.value);
                let mut path = self.path(of);
                path.push(if overload == "index_list" { "@items" } else { "@values" }.into());
                self.paths.insert(expr.id, path);
            }
            result = result.or_else(|| self.size(expr));
        }
        if let Some(size) = result {
            self.sizes.insert(expr.id, size);
        }
        sum.add(function)
    }

    fn comprehension(&mut self, expr: &Expr, of: &Comprehension) -> Estimate {
        let mut sum = self.cost(&of.range).add(self.cost(&of.init));
        let depth = self.locals.len();
        self.name(&of.accumulator, &of.init);
        let entry = self.entry(&of.range);
        let is_list =
            entry.map_or(matches!(self.type_of(&of.range), Type::List(_)), |of| of.is_list);
        let path = self.path(&of.range);
        let below = |part: &str| {
            let mut path = path.clone();
            path.push(part.into());
            path
        };
        let (key, value) = (entry.map(|of| of.key), entry.map(|of| of.value));
        let mut add = |name: &Text, path: Path, size: Option<Estimate>| {
            self.locals.push(Local { name: name.clone(), path, size, entry: None });
        };
        match (&of.second, is_list) {
            (Some(second), _) => {
                add(&of.variable, below(if is_list { "@indices" } else { "@keys" }), key);
                add(second, below(if is_list { "@items" } else { "@values" }), value);
            }
            (None, true) => add(&of.variable, below("@items"), value),
            (None, false) => add(&of.variable, below("@keys"), key),
        }
        let round = self.cost(&of.condition);
        let round = self.cost(&of.step).add(round);
        self.locals.truncate(depth + 1);
        sum = sum.add(self.cost(&of.result));
        self.locals.truncate(depth);
        let count = self.size_or_unknown(&of.range);
        sum = sum.add(count.multiply(round));
        match &of.init.kind {
            Kind::Literal(_) => {
                if let Some(size) = self.size(&of.init) {
                    self.sizes.insert(expr.id, size);
                }
            }
            Kind::List { .. } | Kind::Map(_) => {
                self.sizes.insert(expr.id, count);
                if let Some(entry) = self.entry(&of.step) {
                    self.entries.insert(expr.id, entry);
                }
            }
            _ => {}
        }
        sum
    }

    fn name(&mut self, name: &Text, value: &Expr) {
        let (path, entry) = (self.path(value), self.entry(value));
        let size = self.size(value);
        self.locals.push(Local { name: name.clone(), path, size, entry });
    }

    fn bind(&mut self, expr: &Expr, of: &Comprehension) -> Estimate {
        let sum = self.cost(&of.range).add(self.cost(&of.init));
        let depth = self.locals.len();
        self.name(&of.accumulator, &of.init);
        let sum = sum.add(self.cost(&of.result));
        self.locals.truncate(depth);
        self.copy_sizes(expr, &of.result);
        sum
    }

    // --- sizes ---

    fn copy_sizes(&mut self, to: &Expr, from: &Expr) {
        if let Some(size) = self.size(from) {
            self.sizes.insert(to.id, size);
        }
        if let Some(entry) = self.entry(from) {
            self.entries.insert(to.id, entry);
        }
    }

    fn size_or_unknown(&mut self, expr: &Expr) -> Estimate {
        self.size(expr).unwrap_or_else(Estimate::unknown)
    }

    fn size(&mut self, expr: &Expr) -> Option<Estimate> {
        if let Some(size) = self.sizes.get(&expr.id) {
            return Some(*size);
        }
        match &expr.kind {
            Kind::Literal(Value::String(text)) => {
                return Some(Estimate::fixed(text.chars().count() as u64));
            }
            Kind::Literal(Value::Bytes(bytes)) => return Some(Estimate::fixed(bytes.len() as u64)),
            Kind::Literal(_) => return Some(Estimate::fixed(1)),
            Kind::List { items, .. } => return Some(Estimate::fixed(items.len() as u64)),
            Kind::Map(entries) => return Some(Estimate::fixed(entries.len() as u64)),
            _ => {}
        }
        let path = self.path(expr);
        if let Some(size) = self.declared(&path) {
            self.sizes.insert(expr.id, size);
            return Some(size);
        }
        if is_scalar(self.type_of(expr)) {
            return Some(Estimate::fixed(1));
        }
        match &expr.kind {
            Kind::Ident(name) => self.local(name).and_then(|local| local.size),
            _ => None,
        }
    }

    /// The declared size of what is at a path.
    fn declared(&self, path: &[Text]) -> Option<Estimate> {
        let (_, rest) = path.split_first()?;
        let mut shape = self.root?;
        for part in rest {
            shape = match (part.as_str(), &shape.kind) {
                ("@items" | "@values", ShapeKind::List { items, .. }) => items,
                ("@items" | "@values", ShapeKind::Map(values)) => values,
                // A key has no limit of its own, which is taken for nought.
                ("@keys", ShapeKind::Map(_)) => return Some(Estimate { min: 0, max: 0 }),
                (name, ShapeKind::Object(of)) => &of.field(name)?.shape,
                _ => return None,
            };
        }
        Some(Estimate { min: 0, max: shape.max })
    }

    fn entry(&self, expr: &Expr) -> Option<EntrySize> {
        if let Some(entry) = self.entries.get(&expr.id) {
            return Some(*entry);
        }
        match &expr.kind {
            Kind::Ident(name) => self.local(name).and_then(|local| local.entry),
            _ => None,
        }
    }
}

fn is_scalar(of: &Type) -> bool {
    match of {
        Type::Bool | Type::Double | Type::Duration | Type::Int | Type::Timestamp | Type::Uint => {
            true
        }
        other => other.unwrapped().is_some_and(is_scalar),
    }
}
