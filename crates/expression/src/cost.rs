//! What calls cost when they run (cel-go's `interpreter/runtimecost.go` and `ext/lists.go`,
//! Kubernetes' `library/cost.go`).

use crate::value::{Map, Value};

/// What making a list costs.
pub(crate) const LIST: u64 = 10;
/// What making a map costs.
pub(crate) const MAP: u64 = 30;
/// What making an object costs.
pub(crate) const STRUCT: u64 = 40;
/// What walking over a character costs.
pub(crate) const CHARACTER: f64 = 0.1;
/// What a character of a pattern costs, for each unit of text.
pub(crate) const PATTERN_CHARACTER: f64 = 0.25;

fn up(value: f64) -> u64 {
    value.ceil() as u64
}

fn size(args: &[Value], at: usize) -> f64 {
    args.get(at).map_or(1.0, |arg| arg.cost_size() as f64)
}

fn matching(text: f64, pattern: f64) -> u64 {
    up((1.0 + text) * CHARACTER).saturating_mul(up(pattern * PATTERN_CHARACTER))
}

/// Making a list of so many items, each at a price.
fn allocating(factor: f64, count: f64) -> u64 {
    (count * factor) as u64 + 1 + LIST
}

/// Comparing each item with each other one.
fn comparing(list: Option<&Value>) -> u64 {
    let Some(Value::List(list)) = list else { return allocating(2.0, 0.0) };
    let is_text = matches!(list.get(0), Some(Ok(Value::String(_) | Value::Bytes(_))));
    let count = list.len() as f64;
    allocating(if is_text { 2.0 + CHARACTER } else { 2.0 }, count * count)
}

/// What a call of a function cost.
pub(crate) fn of_call(function: &str, args: &[Value], result: Option<&Value>) -> u64 {
    let is_list = matches!(args.first(), Some(Value::List(_)));
    let address = || up(size(args, 0) * 2.0 * CHARACTER);
    match function {
        "isSorted" | "sum" | "max" | "min" | "indexOf" | "lastIndexOf" => {
            args.first().map_or(0, |arg| traversal(arg, 0))
        }
        "url"
        | "lowerAscii"
        | "upperAscii"
        | "substring"
        | "trim"
        | "jsonpatch.escapeKey"
        | "isIP"
        | "isCIDR"
        | "cidr"
        | "quantity"
        | "isQuantity"
        | "semver"
        | "isSemver"
        | "startsWith"
        | "endsWith"
        | "strings.quote"
        | "format" => up(size(args, 0) * CHARACTER),
        "ip" if matches!(args.first(), Some(Value::Cidr(..))) => 1,
        "ip" => up(size(args, 0) * CHARACTER),
        "replace" | "split" | "ip.isCanonical" => address(),
        "join" => up(result.map_or(0.0, |result| result.cost_size() as f64) * 2.0 * CHARACTER),
        "find" | "findAll" | "matches" => matching(size(args, 0), size(args, 1)),
        "containsIP" | "containsCIDR" => {
            let parsing = match args.get(1) {
                Some(text @ Value::String(_)) => up(text.cost_size() as f64 * CHARACTER),
                _ => 0,
            };
            let masking = match function {
                "containsCIDR" => up(size(args, 0) * CHARACTER) + 1,
                _ => 0,
            };
            address() + parsing + masking
        }
        "validate" => match args.first() {
            Some(Value::Format(format)) => matching(size(args, 1), format.pattern_size as f64),
            _ => 1,
        },
        "slice" | "lists.range" => {
            allocating(1.0, result.map_or(0.0, |result| result.cost_size() as f64))
        }
        "reverse" if is_list => allocating(1.0, size(args, 0)),
        "flatten" => {
            let depth = match args.get(1) {
                Some(Value::Int(depth)) => *depth as f64,
                _ => 1.0,
            };
            allocating(depth.max(0.0), size(args, 0))
        }
        "sets.contains" | "sets.intersects" => (size(args, 0) * size(args, 1)) as u64 + 1,
        "sets.equivalent" => (size(args, 0) * size(args, 1) * 2.0) as u64 + 1,
        "distinct" | "sort" => comparing(args.first()),
        "@sortByAssociatedKeys" => comparing(args.get(1)),
        "@in" if matches!(args.get(1), Some(Value::List(_))) => up(size(args, 1)),
        "_==_" | "_!=_" | "_<_" | "_<=_" | "_>_" | "_>=_" => {
            up(size(args, 0).min(size(args, 1)) * CHARACTER)
        }
        "_+_" if !is_list && matches!(args.first(), Some(Value::String(_) | Value::Bytes(_))) => {
            up((size(args, 0) + size(args, 1)) * CHARACTER)
        }
        "contains" => up(size(args, 0) * CHARACTER).saturating_mul(up(size(args, 1) * CHARACTER)),
        "bytes" | "string" if matches!(args.first(), Some(Value::String(_) | Value::Bytes(_))) => {
            up(size(args, 0) * CHARACTER)
        }
        _ => 1,
    }
}

/// What walking over a value costs.
fn traversal(value: &Value, depth: usize) -> u64 {
    if depth > 64 {
        return 1;
    }
    match value {
        Value::String(text) => (text.len() as f64 * CHARACTER) as u64,
        Value::Bytes(bytes) => (bytes.len() as f64 * CHARACTER) as u64,
        Value::List(list) => {
            list.iter().filter_map(Result::ok).map(|item| traversal(&item, depth + 1)).sum()
        }
        Value::Map(map) => of_map(map, depth),
        _ => 1,
    }
}

fn of_map(map: &Map, depth: usize) -> u64 {
    let entry = |key: &Value| {
        let value = map.get(key).and_then(Result::ok);
        traversal(key, depth + 1) + value.map_or(0, |value| traversal(&value, depth + 1))
    };
    map.keys().iter().map(entry).sum()
}
