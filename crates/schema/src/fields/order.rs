//! When two values are the same, and which comes first: structured-merge-diff's `value.Compare`.
//! Numbers compare by what they mean, maps by their sorted keys.

use std::cmp::Ordering;

use manifest::number::Number;
use manifest::{Key, Map, Node, Value};

/// Which of two values comes first: numbers, then text, bools, lists, maps, null.
pub(crate) fn compare(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::String(a), Value::String(b)) => a.as_str().cmp(b.as_str()),
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::List(a), Value::List(b)) => {
            let items = a.iter().zip(b.iter()).map(|(a, b)| compare(&a.value, &b.value));
            first_difference(items).then(a.len().cmp(&b.len()))
        }
        (Value::Map(a), Value::Map(b)) => compare_maps(a, b),
        _ => match (number(left), number(right)) {
            (Some(a), Some(b)) => compare_numbers(a, b),
            _ => rank(left).cmp(&rank(right)).then_with(|| text(left).cmp(&text(right))),
        },
    }
}

/// Whether two values are the same. What shares its memory is not looked at.
pub(crate) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Map(a), Value::Map(b)) => {
            same_map(a, b)
                || a.len() == b.len()
                    && a.iter()
                        .all(|(key, a)| b.get(key).is_some_and(|b| equal(&a.value, &b.value)))
        }
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len()
                && (std::ptr::eq(a.as_slice(), b.as_slice())
                    || a.iter().zip(b.iter()).all(|(a, b)| equal(&a.value, &b.value)))
        }
        _ => compare(left, right).is_eq(),
    }
}

/// Whether two values are known to be the same without a look inside.
pub(crate) fn same(left: &Node, right: &Node) -> bool {
    match (&left.value, &right.value) {
        (Value::Map(a), Value::Map(b)) => same_map(a, b),
        (Value::List(a), Value::List(b)) => std::ptr::eq(a.as_slice(), b.as_slice()),
        _ => false,
    }
}

/// Entries that stand at one address are the same entries.
fn same_map(a: &Map, b: &Map) -> bool {
    fn first(map: &Map) -> Option<&Key> {
        map.keys().next()
    }
    match (first(a), first(b)) {
        (Some(left), Some(right)) => std::ptr::eq(left, right) && a.len() == b.len(),
        (None, None) => true,
        _ => false,
    }
}

fn first_difference(mut orders: impl Iterator<Item = Ordering>) -> Ordering {
    orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

fn compare_maps(a: &Map, b: &Map) -> Ordering {
    let sorted = |map: &Map| {
        let mut keys: Vec<Key> = map.keys().cloned().collect();
        keys.sort_unstable();
        keys
    };
    let (a_keys, b_keys) = (sorted(a), sorted(b));
    let entry = |(left, right): (&Key, &Key)| {
        left.cmp(right).then_with(|| match (a.get(left), b.get(right)) {
            (Some(a), Some(b)) => compare(&a.value, &b.value),
            _ => Ordering::Equal,
        })
    };
    first_difference(a_keys.iter().zip(&b_keys).map(entry)).then(a.len().cmp(&b.len()))
}

fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Int(value) => Some(Number::Int(*value)),
        Value::Number(text) => Number::parse(text),
        _ => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "what Go does when an integer meets a float")]
fn compare_numbers(a: Number, b: Number) -> Ordering {
    let float = |number| match number {
        Number::Int(value) => value as f64,
        Number::Uint(value) => value as f64,
        Number::Float(value) => value,
    };
    match (a, b) {
        (Number::Int(a), Number::Int(b)) => a.cmp(&b),
        (Number::Uint(a), Number::Uint(b)) => a.cmp(&b),
        // Neither is NaN, see `Number`.
        _ => float(a).partial_cmp(&float(b)).unwrap_or(Ordering::Equal),
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Int(_) | Value::Number(_) => 0,
        Value::String(_) | Value::Sensitive(_) => 1,
        Value::Bool(_) => 2,
        Value::List(_) => 3,
        Value::Map(_) => 4,
        Value::Null => 5,
        Value::Unknown(_) => 6,
    }
}

/// What else tells two values of one rank apart.
fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) | Value::Unknown(text) | Value::Number(text) => Some(text),
        Value::Sensitive(text) => Some(text.expose()),
        _ => None,
    }
}

/// A value as Go's `%v` prints it: `map[a:1 b:[x y]]`.
pub(crate) fn go_text(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("<nil>"),
        Value::List(list) => {
            out.push('[');
            for (index, item) in list.iter().enumerate() {
                if index > 0 {
                    out.push(' ');
                }
                go_text(&item.value, out);
            }
            out.push(']');
        }
        Value::Map(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            out.push_str("map[");
            for (index, (key, node)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(' ');
                }
                out.push_str(key);
                out.push(':');
                go_text(&node.value, out);
            }
            out.push(']');
        }
        Value::Sensitive(_) => out.push_str(manifest::MASK),
        Value::Number(text) => match Number::parse(text) {
            Some(number) => out.push_str(&number.go_yaml()),
            None => out.push_str(text),
        },
        Value::Bool(_) | Value::Int(_) | Value::String(_) | Value::Unknown(_) => {
            let node = Node::new(value.clone(), manifest::Origin::default());
            out.push_str(&node.scalar_text().unwrap_or_default());
        }
    }
}
