//! What a call costs at most, and how large its result is.

use super::{Coster, EntrySize, Estimate};
use crate::ast::{Call, Expr, Kind};
use crate::cost::{CHARACTER, LIST, PATTERN_CHARACTER};
use crate::shape::{Shape, ShapeKind};
use crate::types::Type;
use crate::value::Value;

/// A cost, without that of the arguments, and the size of the result.
type Found = (Estimate, Option<Estimate>);

/// The longest pattern that a named format has.
const NAMED_PATTERN: f64 = 128.0;

impl Coster<'_> {
    pub(super) fn function(
        &mut self,
        expr: &Expr,
        call: &Call,
        overload: &str,
        costs: &[Estimate],
    ) -> Found {
        let sum = costs.iter().fold(Estimate::fixed(0), |sum, cost| sum.add(*cost));
        let with_args = |(cost, size): Found| (cost.add(sum), size);
        if let Some(found) = self.list_function(call, overload) {
            return with_args(found);
        }
        if let Some(found) = self.library(call, overload) {
            return with_args(found);
        }
        match (overload, call.args.as_slice()) {
            ("logical_or" | "logical_and", _) => {
                // The first may decide.
                let min = costs.first().map_or(0, |first| first.min);
                (Estimate { min, max: sum.max }, None)
            }
            ("conditional", [_, then, otherwise]) => {
                let size = self.size_or_unknown(then).union(self.size_or_unknown(otherwise));
                if let (Some(one), Some(other)) = (self.entry(then), self.entry(otherwise)) {
                    self.entries.insert(expr.id, joined(one, other));
                }
                let [condition, then, otherwise] = costs else { return (sum, Some(size)) };
                (condition.add(then.union(*otherwise)), Some(size))
            }
            ("add_string" | "add_bytes" | "add_list", [one, other]) => {
                let size = self.size_or_unknown(one).add(self.size_or_unknown(other));
                if let (Some(one), Some(other)) = (self.entry(one), self.entry(other)) {
                    self.entries.insert(expr.id, joined(one, other));
                }
                let cost = match overload {
                    "add_list" => Estimate::fixed(1),
                    _ => size.times(CHARACTER),
                };
                with_args((cost, Some(size)))
            }
            _ => with_args(self.standard(call, overload)),
        }
    }

    /// cel-go's own functions.
    fn standard(&mut self, call: &Call, overload: &str) -> Found {
        let target = call.target.as_deref();
        match (overload, target, call.args.as_slice()) {
            ("string_format", Some(target), _) => {
                (self.size_or_unknown(target).times(CHARACTER), None)
            }
            ("string_to_bytes", _, [arg]) => {
                let size = self.size_or_unknown(arg);
                let result = Estimate { min: size.min, max: size.max.saturating_mul(4) };
                (size.times(CHARACTER), Some(result))
            }
            ("bytes_to_string", _, [arg]) => {
                let size = self.size_or_unknown(arg);
                let result = Estimate { min: size.min / 4, max: size.max };
                (size.times(CHARACTER), Some(result))
            }
            ("strings_quote", _, [arg]) => {
                let size = self.size_or_unknown(arg);
                let result = Estimate {
                    min: size.min.saturating_add(2),
                    max: size.max.saturating_mul(2).saturating_add(2),
                };
                (size.times(CHARACTER), Some(result))
            }
            ("starts_with_string" | "ends_with_string", _, [arg]) => {
                (self.size_or_unknown(arg).times(CHARACTER), None)
            }
            ("in_list", _, [_, list]) => (self.size_or_unknown(list), None),
            ("matches_string", Some(target), [pattern]) => {
                let text = self.size_or_unknown(target).add(Estimate::fixed(1)).times(CHARACTER);
                let pattern = self.size_or_unknown(pattern).times(PATTERN_CHARACTER);
                (text.multiply(pattern), None)
            }
            ("contains_string", Some(target), [part]) => {
                let text = self.size_or_unknown(target).times(CHARACTER);
                (text.multiply(self.size_or_unknown(part).times(CHARACTER)), None)
            }
            (_, None, [one, other]) if compares(overload) => {
                let max = self.size_or_unknown(one).max.min(self.size_or_unknown(other).max);
                let min = u64::from(max > 0);
                (Estimate { min, max }.times(CHARACTER), None)
            }
            _ => (Estimate::fixed(1), None),
        }
    }

    /// The functions of cel-go's `ext/lists.go` that make lists.
    fn list_function(&mut self, call: &Call, overload: &str) -> Option<Found> {
        let making = |factor: f64, size: Estimate| {
            let cost = size.times(factor).add(Estimate::fixed(1)).add(Estimate::fixed(LIST));
            Some((cost, Some(size)))
        };
        let literal = |arg: Option<&Expr>, otherwise: u64| match arg.map(|arg| &arg.kind) {
            Some(Kind::Literal(Value::Int(value))) => u64::try_from(*value).unwrap_or(0),
            _ => otherwise,
        };
        if overload == "lists_range" {
            return making(1.0, Estimate::fixed(literal(call.args.first(), u64::MAX)));
        }
        if let ("sets.contains" | "sets.equivalent" | "sets.intersects", [one, other]) =
            (call.function.as_str(), call.args.as_slice())
        {
            let factor = if call.function == "sets.equivalent" { 2.0 } else { 1.0 };
            let size = self.size_or_unknown(one).multiply(self.size_or_unknown(other));
            return Some((size.times(factor).add(Estimate::fixed(1)), None));
        }
        let target = call.target.as_deref()?;
        match overload {
            "list_slice" => {
                let size = self.size_or_unknown(target);
                let (start, end) =
                    (literal(call.args.first(), 0), literal(call.args.get(1), size.max));
                making(1.0, Estimate::fixed(end.wrapping_sub(start)))
            }
            "list_reverse" => making(1.0, self.size_or_unknown(target)),
            "list_flatten" => making(1.0, self.size_or_unknown(target)),
            "list_flatten_int" => {
                let depth = literal(call.args.first(), u64::MAX);
                making(depth as f64, self.size_or_unknown(target))
            }
            "list_distinct" => {
                let size = self.size_or_unknown(target);
                making(2.0, size.multiply(size))
            }
            _ if overload.ends_with("_sort") || overload.ends_with("_sortByAssociatedKeys") => {
                let by = call.args.first().unwrap_or(target);
                let size = self.size_or_unknown(by);
                let is_text =
                    overload.starts_with("list_string") || overload.starts_with("list_bytes");
                making(if is_text { 2.0 + CHARACTER } else { 2.0 }, size.multiply(size))
            }
            _ => None,
        }
    }

    /// Kubernetes' libraries.
    fn library(&mut self, call: &Call, overload: &str) -> Option<Found> {
        let target = call.target.as_deref();
        let first = call.args.first();
        let found = match (call.function.as_str(), target, first) {
            ("isSorted" | "sum" | "max" | "min" | "indexOf" | "lastIndexOf", Some(target), _) => {
                (self.searching(target), None)
            }
            ("url" | "jsonpatch.escapeKey", _, Some(arg)) => {
                let size = self.size_or_unknown(arg);
                (size.times(CHARACTER), Some(size))
            }
            ("lowerAscii" | "upperAscii" | "substring" | "trim", Some(target), _) => {
                let size = self.size_or_unknown(target);
                (size.times(CHARACTER), Some(size))
            }
            ("replace", Some(target), Some(_)) => self.replacing(target, &call.args)?,
            ("split", Some(target), _) => {
                let size = self.size_or_unknown(target);
                let max = match call.args.get(1).map(|arg| &arg.kind) {
                    Some(Kind::Literal(Value::Int(count))) => *count as u64,
                    _ => size.max,
                };
                (size.times(2.0 * CHARACTER), Some(Estimate { min: 0, max }))
            }
            ("join", Some(target), _) => self.joining(target, first),
            ("find" | "findAll", Some(target), Some(pattern)) => {
                let size = self.size_or_unknown(target);
                let text = size.add(Estimate::fixed(1)).times(CHARACTER);
                let pattern = self.size_or_unknown(pattern).times(PATTERN_CHARACTER);
                (text.multiply(pattern), Some(Estimate { min: 0, max: size.max }))
            }
            ("ip", _, _) if overload == "cidr_ip" => (Estimate::fixed(1), None),
            (
                "cidr" | "isIP" | "isCIDR" | "ip" | "quantity" | "isQuantity" | "semver"
                | "isSemver",
                _,
                Some(arg),
            ) => (self.size_or_unknown(arg).times(CHARACTER), None),
            ("ip.isCanonical", _, Some(arg)) => {
                (self.size_or_unknown(arg).times(2.0 * CHARACTER), None)
            }
            ("containsIP" | "containsCIDR", _, Some(arg)) => {
                let address = Estimate { min: 4, max: 16 };
                let mut cost = address.add(address).times(CHARACTER);
                if call.function == "containsCIDR" {
                    cost = cost.add(address.times(CHARACTER)).add(Estimate::fixed(1));
                }
                if overload.ends_with("_string") {
                    cost = cost.add(self.size_or_unknown(arg).times(CHARACTER));
                }
                (cost, None)
            }
            ("validate", _, Some(arg)) => {
                let cost = self.size_or_unknown(arg).times(CHARACTER);
                (cost.times(NAMED_PATTERN * PATTERN_CHARACTER), None)
            }
            ("_==_", _, Some(one)) if overload == "equals" => {
                self.library_equality(one, call.args.get(1)?)?
            }
            _ => return None,
        };
        Some(found)
    }

    /// Values of the libraries are compared at a price of their own.
    fn library_equality(&self, one: &Expr, other: &Expr) -> Option<Found> {
        let (Type::Opaque(name, _), of) = (self.type_of(one), self.type_of(other)) else {
            return None;
        };
        if self.type_of(one) != of || *name == crate::types::OPTIONAL {
            return None;
        }
        let cost = match *name {
            "kubernetes.NamedFormat" => Estimate { min: 1, max: 64 }.times(CHARACTER),
            _ => Estimate::fixed(1),
        };
        Some((cost, None))
    }

    /// The type of a list's items, and their size where it is known.
    fn items(&mut self, list: &Expr) -> Option<(Type, Estimate)> {
        let Type::List(items) = self.type_of(list) else { return None };
        let items = Type::clone(items);
        let mut path = self.path(list);
        if !path.is_empty() {
            path.push("@items".into());
        }
        let size = self.declared(&path).unwrap_or_else(Estimate::unknown);
        Some((items, size))
    }

    fn searching(&mut self, target: &Expr) -> Estimate {
        let size = self.size_or_unknown(target);
        match self.items(target) {
            Some((items, item_size)) => {
                let mut each = Estimate::fixed(1);
                if matches!(items, Type::String | Type::Bytes) {
                    each = each.add(item_size.times(CHARACTER));
                }
                size.multiply(each)
            }
            None => size.times(CHARACTER),
        }
    }

    fn joining(&mut self, target: &Expr, separator: Option<&Expr>) -> Found {
        let count = self.size_or_unknown(target);
        let mut size = match self.items(target) {
            Some((_, item)) => count.multiply(item),
            None => Estimate::fixed(0),
        };
        if let Some(separator) = separator {
            let between =
                Estimate { min: count.min.saturating_sub(1), max: count.max.saturating_sub(1) };
            size = size.add(self.size_or_unknown(separator).multiply(between));
        }
        (size.times(CHARACTER), Some(size))
    }

    fn replacing(&mut self, target: &Expr, args: &[Expr]) -> Option<Found> {
        let [old, new, ..] = args else { return None };
        let size = self.size_or_unknown(target);
        let (old, new) = (self.size_or_unknown(old), self.size_or_unknown(new));
        let (mut count, mut kept) = (Estimate::fixed(0), Estimate::fixed(0));
        let divided = |value: u64, by: u64| (value as f64 / by as f64).ceil() as u64;
        if old.min == 0 {
            count.max = size.max.saturating_add(1);
            kept.max = size.max;
        } else if new.max <= old.min {
            kept.max = size.max;
        } else {
            count.max = divided(size.max, old.min);
        }
        if old.max == 0 {
            count.min = size.min.saturating_add(1);
            kept.min = size.min;
        } else if old.max <= new.min {
            kept.min = size.min;
        } else {
            count.min = divided(size.min, old.max);
        }
        Some((size.times(2.0 * CHARACTER), Some(count.multiply(new).add(kept))))
    }
}

fn joined(one: EntrySize, other: EntrySize) -> EntrySize {
    EntrySize {
        is_list: one.is_list,
        key: one.key.union(other.key),
        value: one.value.union(other.value),
    }
}

/// The overloads whose cost is that of the shorter side.
fn compares(overload: &str) -> bool {
    matches!(overload, "equals" | "not_equals")
        || ["less_", "greater_"].iter().any(|start| overload.starts_with(start))
            && (overload.ends_with("_string") || overload.ends_with("_bytes"))
}

/// How often data of at least this size can be in a request.
pub fn cardinality(min_size: u64) -> u64 {
    MOST_BYTES / (min_size + 1)
}

/// As many bytes a request has at most.
const MOST_BYTES: u64 = 3 * 1024 * 1024;

/// The largest number of items, entries or characters of some data, by the smallest size of its
/// parts in JSON.
pub fn most_elements(kind: &ShapeKind) -> u64 {
    let smallest = |shape: &Shape| shape.min_size;
    match kind {
        ShapeKind::List { items, .. } => (MOST_BYTES - 2) / (smallest(items) + 1),
        ShapeKind::Map(values) => (MOST_BYTES - 2) / (smallest(values) + 6),
        _ => MOST_BYTES - 2,
    }
}
