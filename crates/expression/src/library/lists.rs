//! Lists: Kubernetes' functions, cel-go's `ext/lists.go` and `ext/sets.go`, and how lists that are
//! sets or maps by key are compared and added to.

use std::cmp::Ordering;
use std::sync::Arc;

use manifest::Text;

use super::operators::{self, compare};
use super::{failed, no_overload};
use crate::pattern::Patterns;
use crate::shape::Merge;
use crate::value::{Error, List, Map, Outcome, Value};

/// As many items `lists.range` makes at most; cel-go has no bound but its budget.
const LONGEST_RANGE: i64 = 1_000_000;

fn merge(list: &List) -> &Merge {
    match list {
        List::Nodes { merge, .. } => merge,
        List::Values(_) => &Merge::Atomic,
    }
}

/// Whether two lists are equal: sets whatever the order, maps by their keys.
pub(crate) fn equal(one: &List, other: &List) -> bool {
    let (Ok(one_items), Ok(other_items)) = (one.to_vec(), other.to_vec()) else { return false };
    if one_items.len() != other_items.len() {
        return false;
    }
    let kind = match merge(one) {
        Merge::Atomic => merge(other),
        kind => kind,
    };
    match kind {
        Merge::Atomic => {
            one_items.iter().zip(&other_items).all(|(one, other)| operators::equal(one, other))
        }
        Merge::Set | Merge::Map(_) => {
            let is_in = |item: &Value, list: &[Value]| {
                list.iter().any(|other| operators::equal(item, other))
            };
            one_items.iter().all(|item| is_in(item, &other_items))
                && other_items.iter().all(|item| is_in(item, &one_items))
        }
    }
}

/// Adds lists: to a set what is not in it, to a map by key what replaces its like.
pub(crate) fn add(one: &List, other: &List) -> Outcome {
    let mut items = one.to_vec()?;
    match merge(one) {
        Merge::Atomic => items.extend(other.to_vec()?),
        Merge::Set => {
            for item in other.iter() {
                let item = item?;
                if !items.iter().any(|own| operators::equal(own, &item)) {
                    items.push(item);
                }
            }
        }
        Merge::Map(keys) => {
            for item in other.iter() {
                let item = item?;
                match items.iter_mut().find(|own| same_keys(own, &item, keys)) {
                    Some(own) => *own = item,
                    None => items.push(item),
                }
            }
        }
    }
    Ok(match one {
        // What is a set stays one.
        List::Nodes { merge: Merge::Set | Merge::Map(_), .. } => remade(one, items),
        _ => Value::list(items),
    })
}

fn remade(like: &List, items: Vec<Value>) -> Value {
    let nodes: Option<manifest::List> = items.iter().map(crate::convert::to_node).collect();
    match (like, nodes) {
        (List::Nodes { items, merge, .. }, Some(nodes)) => {
            Value::List(List::Nodes { nodes, items: items.clone(), merge: merge.clone() })
        }
        _ => Value::list(items),
    }
}

fn same_keys(one: &Value, other: &Value, keys: &[Text]) -> bool {
    let of = |value: &Value, key: &Text| match value {
        Value::Map(map) => map.field(key).and_then(Result::ok),
        _ => None,
    };
    keys.iter().all(|key| match (of(one, key), of(other, key)) {
        (Some(one), Some(other)) => operators::equal(&one, &other),
        (one, other) => one.is_none() && other.is_none(),
    })
}

fn items(name: &str, args: &[Value]) -> Result<Vec<Value>, Error> {
    match args.first() {
        Some(Value::List(list)) => list.to_vec(),
        _ => match no_overload(name, args) {
            Err(error) => Err(error),
            Ok(_) => Ok(Vec::new()),
        },
    }
}

pub(crate) fn is_sorted(_: &Patterns, args: &[Value]) -> Outcome {
    let items = items("isSorted", args)?;
    for pair in items.windows(2) {
        if let [one, other] = pair
            && compare(one, other)? == Ordering::Greater
        {
            return Ok(Value::Bool(false));
        }
    }
    Ok(Value::Bool(true))
}

pub(crate) fn sum(patterns: &Patterns, args: &[Value]) -> Outcome {
    let mut items = items("sum", args)?.into_iter();
    // What an empty list sums up to depends on its type, which only literals do not say.
    let Some(mut sum) = items.next() else { return Ok(Value::Int(0)) };
    for item in items {
        sum = operators::add(patterns, &[sum, item])?;
    }
    Ok(sum)
}

fn extreme(name: &str, args: &[Value], replaces: Ordering) -> Outcome {
    let mut found: Option<Value> = None;
    for item in items(name, args)? {
        match &found {
            Some(value) if compare(value, &item)? != replaces => {}
            _ => found = Some(item),
        }
    }
    found.ok_or_else(|| Error::new(ecow::eco_format!("{name} called on empty list")))
}

pub(crate) fn max(_: &Patterns, args: &[Value]) -> Outcome {
    extreme("max", args, Ordering::Less)
}

pub(crate) fn min(_: &Patterns, args: &[Value]) -> Outcome {
    extreme("min", args, Ordering::Greater)
}

/// Where an item is, from the front or from the back.
pub(crate) fn position(list: &List, item: &Value, from_back: bool) -> Outcome {
    let items = list.to_vec()?;
    let is = |own: &Value| operators::equal(own, item);
    let at = if from_back { items.iter().rposition(is) } else { items.iter().position(is) };
    Ok(Value::Int(at.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1)))
}

pub(crate) fn slice(_: &Patterns, args: &[Value]) -> Outcome {
    let [Value::List(list), Value::Int(start), Value::Int(end)] = args else {
        return no_overload("slice", args);
    };
    let cannot = |why: &str| failed(ecow::eco_format!("cannot slice({start}, {end}), {why}"));
    let (Ok(from), Ok(to)) = (usize::try_from(*start), usize::try_from(*end)) else {
        return cannot("negative indexes not supported");
    };
    if from > to {
        return cannot("start index must be less than or equal to end index");
    }
    if list.len() < to {
        return cannot(&format!("list is length {}", list.len()));
    }
    let items: Result<Vec<Value>, Error> = (from..to).filter_map(|at| list.get(at)).collect();
    Ok(Value::list(items?))
}

pub(crate) fn flatten(_: &Patterns, args: &[Value]) -> Outcome {
    let (list, depth) = match args {
        [Value::List(list)] => (list, 1),
        [Value::List(list), Value::Int(depth)] => (list, *depth),
        _ => return no_overload("flatten", args),
    };
    if depth < 0 {
        return failed("level must be non-negative");
    }
    let mut out = Vec::new();
    flatten_into(list, depth, &mut out)?;
    Ok(Value::list(out))
}

fn flatten_into(list: &List, depth: i64, out: &mut Vec<Value>) -> Result<(), Error> {
    for item in list.iter() {
        match item? {
            Value::List(inner) if depth > 0 => flatten_into(&inner, depth - 1, out)?,
            item => out.push(item),
        }
    }
    Ok(())
}

pub(crate) fn sort(patterns: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [list @ Value::List(_)] => sort_by(patterns, &[list.clone(), list.clone()]),
        _ => no_overload("sort", args),
    }
}

pub(crate) fn sort_by(_: &Patterns, args: &[Value]) -> Outcome {
    let [Value::List(list), Value::List(keys)] = args else {
        return no_overload("@sortByAssociatedKeys", args);
    };
    let keys = keys.to_vec()?;
    if list.len() != keys.len() {
        return failed(ecow::eco_format!(
            "@sortByAssociatedKeys() expected a list of the same size as the associated keys list, \
             but got {} and {} elements respectively",
            list.len(),
            keys.len()
        ));
    }
    let Some(first) = keys.first() else { return Ok(args[0].clone()) };
    if compare(first, first).is_err() {
        return failed("list elements must be comparable");
    }
    if keys.iter().any(|key| key.type_of() != first.type_of()) {
        return failed("list elements must have the same type");
    }
    let mut sorted: Vec<(Value, Value)> = keys.into_iter().zip(list.to_vec()?).collect();
    sorted.sort_by(|(one, _), (other, _)| compare(one, other).unwrap_or(Ordering::Equal));
    Ok(Value::list(sorted.into_iter().map(|(_, item)| item).collect()))
}

pub(crate) fn range(_: &Patterns, args: &[Value]) -> Outcome {
    match args {
        [Value::Int(count)] if *count > LONGEST_RANGE => failed("lists.range: too many items"),
        [Value::Int(count)] => Ok(Value::list((0..*count).map(Value::Int).collect())),
        _ => no_overload("lists.range", args),
    }
}

pub(crate) fn reverse(_: &Patterns, args: &[Value]) -> Outcome {
    let mut items = items("reverse", args)?;
    items.reverse();
    Ok(Value::list(items))
}

pub(crate) fn distinct(_: &Patterns, args: &[Value]) -> Outcome {
    let mut found: Vec<Value> = Vec::new();
    for item in items("distinct", args)? {
        if !found.iter().any(|own| operators::equal(own, &item)) {
            found.push(item);
        }
    }
    Ok(Value::list(found))
}

fn two(name: &str, args: &[Value]) -> Result<(Vec<Value>, Vec<Value>), Error> {
    match args {
        [Value::List(one), Value::List(other)] => Ok((one.to_vec()?, other.to_vec()?)),
        _ => Err(no_overload(name, args).err().unwrap_or_else(Error::no_such_overload)),
    }
}

fn holds(list: &[Value], item: &Value) -> bool {
    list.iter().any(|own| operators::equal(own, item))
}

pub(crate) fn contains(_: &Patterns, args: &[Value]) -> Outcome {
    let (one, other) = two("sets.contains", args)?;
    Ok(Value::Bool(other.iter().all(|item| holds(&one, item))))
}

pub(crate) fn equivalent(_: &Patterns, args: &[Value]) -> Outcome {
    let (one, other) = two("sets.equivalent", args)?;
    let is =
        other.iter().all(|item| holds(&one, item)) && one.iter().all(|item| holds(&other, item));
    Ok(Value::Bool(is))
}

pub(crate) fn intersects(_: &Patterns, args: &[Value]) -> Outcome {
    let (one, other) = two("sets.intersects", args)?;
    Ok(Value::Bool(other.iter().any(|item| holds(&one, item))))
}

/// Whether a value is nothing, or empty (`optional.ofNonZeroValue`).
pub(crate) fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Int(value) => *value == 0,
        Value::Uint(value) => *value == 0,
        Value::Double(value) => *value == 0.0,
        Value::String(text) => text.is_empty(),
        Value::Bytes(bytes) => bytes.is_empty(),
        Value::Duration(value) => *value == 0,
        Value::List(list) => list.len() == 0,
        Value::Map(Map::Values(entries)) => Map::Values(Arc::clone(entries)).len() == 0,
        Value::Map(map) => map.len() == 0,
        Value::Optional(value) => value.is_none(),
        _ => false,
    }
}
