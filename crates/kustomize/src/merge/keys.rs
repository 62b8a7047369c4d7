//! Merge keys: which element of one list is which of another, without a string allocated.

use ecow::EcoString;
use manifest::{Node, Text, Value};
use rustc_hash::FxHashMap;

/// The text of a scalar as kyaml compares it. Numbers and the text of a number are equal, hence text
/// that is an integer in its shortest form is that integer.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum KeyText<'a> {
    Absent,
    Int(i64),
    Text(&'a str),
}

/// The keys of one element. The lists of Kubernetes merge by at most two.
type Row<'a> = [KeyText<'a>; 2];

/// How the elements of two lists that merge by keys go together.
pub(super) enum Plan {
    /// All elements have the same keys, each once: no special case applies.
    Clean {
        /// For each element of the patch the position of its like in the base.
        matches: Vec<Option<usize>>,
        /// Whether more than one key counts.
        several: bool,
    },
    /// A key or an element is unknown, for the reason given.
    Unknown(Text),
    /// Anything else.
    Irregular,
}

/// Lists up to this length are searched by scanning.
const SCANNED: usize = 16;

/// How `base` and `patch` go together.
pub(super) fn plan(base: &[Node], patch: &[Node], keys: &[EcoString]) -> Plan {
    let mut rows = Vec::with_capacity(base.len() + patch.len());
    let mut clean = keys.len() <= 2;
    for element in base.iter().chain(patch) {
        match row(element, keys) {
            Ok(found) => {
                clean &= found.is_some();
                rows.extend(found);
            }
            Err(reason) => return Plan::Unknown(reason),
        }
    }
    if !clean {
        return Plan::Irregular;
    }
    let with = |at: usize| rows.iter().filter(|row: &&Row<'_>| row[at] != KeyText::Absent).count();
    let counts = [with(0), with(1)];
    if !counts.iter().all(|&count| count == 0 || count == rows.len())
        || counts == [0, 0] && !rows.is_empty()
    {
        return Plan::Irregular;
    }
    let (base, patch) = rows.split_at(base.len());
    match (index(base), index(patch)) {
        (Some(base), Some(_)) => Plan::Clean {
            matches: patch.iter().map(|row| base.find(row)).collect(),
            several: counts[0] > 0 && counts[1] > 0,
        },
        _ => Plan::Irregular,
    }
}

/// The keys of an element; `None` where it is not of the kind that has them, `Err` where they are
/// unknown.
fn row<'a>(element: &'a Node, keys: &[EcoString]) -> Result<Option<Row<'a>>, Text> {
    let mut row = [KeyText::Absent; 2];
    match &element.value {
        Value::Unknown(reason) => return Err(reason.clone()),
        Value::Map(map) if !keys.is_empty() => {
            for (key, place) in keys.iter().zip(&mut row) {
                *place = map.get(key).map_or(Ok(KeyText::Absent), key_text)?;
            }
        }
        Value::Map(_) | Value::List(_) | Value::Null => return Ok(None),
        _ if keys.is_empty() => row[0] = key_text(element)?,
        _ => return Ok(None),
    }
    Ok(Some(row))
}

fn key_text(node: &Node) -> Result<KeyText<'_>, Text> {
    let text = match &node.value {
        Value::Int(number) => return Ok(KeyText::Int(*number)),
        Value::Unknown(reason) => return Err(reason.clone()),
        Value::Null | Value::List(_) | Value::Map(_) => return Ok(KeyText::Absent),
        Value::Bool(true) => "true",
        Value::Bool(false) => "false",
        Value::Number(text) | Value::String(text) => text.as_str(),
        Value::Sensitive(text) => text.expose(),
    };
    Ok(match text.as_bytes() {
        [] => KeyText::Absent,
        [b'-', b'1'..=b'9', rest @ ..] | [b'1'..=b'9', rest @ ..]
            if rest.iter().all(u8::is_ascii_digit) =>
        {
            text.parse().map_or(KeyText::Text(text), KeyText::Int)
        }
        [b'0'] => KeyText::Int(0),
        _ => KeyText::Text(text),
    })
}

/// Finds rows by value.
enum Index<'a> {
    Scan(&'a [Row<'a>]),
    Hash(FxHashMap<Row<'a>, usize>),
}

/// The index of rows that are all different; `None` where they are not.
fn index<'a>(rows: &'a [Row<'a>]) -> Option<Index<'a>> {
    if rows.len() <= SCANNED {
        let repeated = rows.iter().enumerate().any(|(at, row)| rows[..at].contains(row));
        return (!repeated).then_some(Index::Scan(rows));
    }
    let by_row: FxHashMap<Row<'a>, usize> =
        rows.iter().enumerate().map(|(at, row)| (*row, at)).collect();
    (by_row.len() == rows.len()).then_some(Index::Hash(by_row))
}

impl Index<'_> {
    fn find(&self, row: &Row<'_>) -> Option<usize> {
        match self {
            Index::Scan(rows) => rows.iter().position(|known| known == row),
            Index::Hash(by_row) => by_row.get(row).copied(),
        }
    }
}

/// The text that kyaml finds in a node: of a scalar as written, of anything else empty.
pub(super) fn raw_text(node: &Node) -> Text {
    match node.value {
        Value::Null if node.origin.is_blank() => Text::new(),
        // Of annotations it is kept how null is written.
        Value::Null if node.origin.is_quoted() => "~".into(),
        _ => node.scalar_text().unwrap_or_default(),
    }
}
