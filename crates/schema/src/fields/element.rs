//! One step of a path into an object.

use std::cmp::Ordering;
use std::fmt;

use ecow::EcoVec;
use manifest::{Text, Value};

use super::order::{compare, go_text};

/// One step of a path into an object.
#[derive(Clone)]
pub enum Element {
    /// A field of a map.
    Field(Text),
    /// The item of a list that has these values in its key fields, sorted by field.
    Key(EcoVec<(Text, Value)>),
    /// The item of a list that has this value.
    Value(Value),
    /// The item of a list at this position.
    Index(i64),
}

impl Element {
    /// The step to a field.
    pub fn field(name: &str) -> Element {
        Element::Field(name.into())
    }

    fn rank(&self) -> u8 {
        match self {
            Element::Field(_) => 0,
            Element::Key(_) => 1,
            Element::Value(_) => 2,
            Element::Index(_) => 3,
        }
    }
}

impl Ord for Element {
    fn cmp(&self, other: &Element) -> Ordering {
        match (self, other) {
            (Element::Field(a), Element::Field(b)) => a.as_str().cmp(b.as_str()),
            (Element::Key(a), Element::Key(b)) => {
                for ((a_name, a), (b_name, b)) in a.iter().zip(b.iter()) {
                    let order = a_name.as_str().cmp(b_name).then_with(|| compare(a, b));
                    if order.is_ne() {
                        return order;
                    }
                }
                a.len().cmp(&b.len())
            }
            (Element::Value(a), Element::Value(b)) => compare(a, b),
            (Element::Index(a), Element::Index(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Element {
    fn partial_cmp(&self, other: &Element) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Element {
    fn eq(&self, other: &Element) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Element {}

/// As messages have it: `.spec`, `[name="web",port=80]`, `[="x"]`, `[0]`.
impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Element::Field(name) => write!(f, ".{name}"),
            Element::Key(fields) => {
                f.write_str("[")?;
                for (index, (name, value)) in fields.iter().enumerate() {
                    let separator = if index > 0 { "," } else { "" };
                    write!(f, "{separator}{name}={}", Shown(value))?;
                }
                f.write_str("]")
            }
            Element::Value(value) => write!(f, "[={}]", Shown(value)),
            Element::Index(index) => write!(f, "[{index}]"),
        }
    }
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A value in a path: text in quotes.
struct Shown<'v>(&'v Value);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Null => f.write_str("null"),
            Value::String(text) => write_quoted(text, f),
            Value::List(list) => {
                f.write_str("[")?;
                for (index, item) in list.iter().enumerate() {
                    let separator = if index > 0 { "," } else { "" };
                    write!(f, "{separator}{}", Shown(&item.value))?;
                }
                f.write_str("]")
            }
            Value::Map(map) => {
                for (key, node) in map.iter() {
                    write!(f, "{key}={}", Shown(&node.value))?;
                }
                Ok(())
            }
            other => {
                let mut out = String::new();
                go_text(other, &mut out);
                f.write_str(&out)
            }
        }
    }
}

/// Go's `%q`: what cannot be printed is escaped.
fn write_quoted(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("\"")?;
    for char in text.chars() {
        match char {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\u{7}' => f.write_str("\\a")?,
            '\u{8}' => f.write_str("\\b")?,
            '\u{b}' => f.write_str("\\v")?,
            '\u{c}' => f.write_str("\\f")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            '\0'..' ' | '\u{7f}' => write!(f, "\\x{:02x}", u32::from(char))?,
            '\u{80}'..='\u{a0}' | '\u{ad}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => {
                write!(f, "\\u{:04x}", u32::from(char))?;
            }
            _ => write!(f, "{char}")?,
        }
    }
    f.write_str("\"")
}

/// A path as messages have it: `.spec.containers[name="web"].image`.
pub fn path_text(path: &[Element]) -> String {
    path.iter().map(Element::to_string).collect()
}
