//! The value on its way from source to target, and what becomes of a target's type.
//!
//! kustomize writes text into the YAML node of a scalar and keeps the node's tag, so a string stays
//! a string, and a number must be given text that is a number. A node that the replacement made has
//! no tag yet: its text means what it would mean unquoted in a file.

use manifest::number::Number;
use manifest::yaml::{Flavor, Reader};
use manifest::{FileName, Node, Origin, Sensitive, Text, Value, Via};

use super::FieldOptions;
use super::find::Shape;
use super::path::Problem;

/// The type that a scalar keeps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tag {
    Text,
    Int,
    Float,
    Bool,
    Null,
    /// Whatever the text would be unquoted.
    None,
}

impl Tag {
    /// The tag of a scalar node.
    pub(super) fn of(value: &Value) -> Tag {
        match value {
            Value::Null => Tag::Null,
            Value::Bool(_) => Tag::Bool,
            Value::Int(_) => Tag::Int,
            Value::Number(text) => match Number::parse(text) {
                Some(Number::Float(_)) | None => Tag::Float,
                Some(Number::Int(_) | Number::Uint(_)) => Tag::Int,
            },
            _ => Tag::Text,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Tag::Text => "string",
            Tag::Int => "integer",
            Tag::Float => "number",
            Tag::Bool => "bool",
            Tag::Null => "null",
            Tag::None => "value",
        }
    }

    /// What `text` is under this tag; `None` where it is not of the type.
    pub(super) fn value(self, text: &str) -> Option<Value> {
        if self == Tag::Text {
            return Some(Value::String(text.into()));
        }
        let value = plain(text)?;
        let fits = match (self, Tag::of(&value)) {
            (Tag::None, _) | (Tag::Float, Tag::Int) => true,
            (wanted, got) => wanted == got,
        };
        fits.then_some(value)
    }
}

/// What `text` is as a plain scalar of a resource; `None` where JSON has no such value (`.inf`).
pub(super) fn plain(text: &str) -> Option<Value> {
    let string = || Some(Value::String(text.into()));
    let may_be_typed = match text.as_bytes() {
        [] => return Some(Value::Null),
        [b'-', b' ' | b'-', ..] | [b'-'] | [b'.', b'.', ..] => false,
        [b'~'] => true,
        [b'0'..=b'9' | b'+' | b'-' | b'.', ..] => true,
        [b't' | b'T' | b'f' | b'F' | b'n' | b'N', ..] => text.len() <= "false".len(),
        _ => false,
    };
    let is_of_scalar =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | ':' | '_' | '~' | ' ');
    let is_syntax =
        text.contains(": ") || text.ends_with([':', ' ']) || !text.chars().all(is_of_scalar);
    if !may_be_typed || is_syntax {
        return string();
    }
    match Reader::new().read(text.as_bytes(), FileName::NONE, Flavor::Resource).ok()?.pop() {
        None => Some(Value::Null),
        Some(Node { value: Value::Map(_) | Value::List(_), .. }) => string(),
        Some(node) => Some(node.value),
    }
}

/// Whether a scalar has a type to keep.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Age {
    /// It was there before all replacements.
    Old,
    /// An earlier replacement has made it.
    Untagged,
    /// It is being made.
    New,
}

/// A value to write.
#[derive(Clone, Debug)]
pub(super) enum Copied {
    Scalar {
        text: Text,
        tag: Tag,
        is_quoted: bool,
        is_sensitive: bool,
    },
    /// A map or a list.
    Tree(Node),
    /// A value that is not known here, and why.
    Unknown(Text),
}

impl Copied {
    /// The value of `node`. `is_untagged`: it was made by a replacement.
    pub(super) fn of(node: &Node, is_untagged: bool) -> Copied {
        match &node.value {
            Value::Unknown(reason) => Copied::Unknown(reason.clone()),
            Value::List(_) | Value::Map(_) => Copied::Tree(node.clone()),
            value => Copied::Scalar {
                text: node.written_text().or_else(|| node.scalar_text()).unwrap_or_default(),
                tag: if is_untagged { Tag::None } else { Tag::of(value) },
                is_quoted: node.origin.is_quoted(),
                is_sensitive: matches!(value, Value::Sensitive(_)),
            },
        }
    }

    /// A text that a replacement gives by itself.
    pub(super) fn text(text: Text) -> Copied {
        Copied::Scalar { text, tag: Tag::None, is_quoted: false, is_sensitive: false }
    }

    /// What the last field of a path is made as.
    pub(super) fn shape(&self) -> Shape {
        match self {
            Copied::Scalar { .. } | Copied::Unknown(_) => Shape::Scalar,
            Copied::Tree(node) => Shape::of(node),
        }
    }

    /// One part of the value, as the options of a source say.
    ///
    /// # Errors
    /// The value is no scalar, or has no such part.
    pub(super) fn refined(self, options: &FieldOptions) -> Result<Copied, Problem> {
        if options.delimiter.is_empty() {
            return Ok(self);
        }
        match self {
            Copied::Unknown(_) => Ok(self),
            Copied::Tree(node) => Err(no_scalar(&node)),
            Copied::Scalar { text, tag, is_quoted, is_sensitive } => {
                let mut parts = text.split(options.delimiter.as_str());
                let part = usize::try_from(options.index).ok().and_then(|index| parts.nth(index));
                let part = part.ok_or_else(|| {
                    let shown = if is_sensitive { manifest::MASK } else { text.as_str() };
                    let (index, delimiter) = (options.index, &options.delimiter);
                    let cause =
                        format!("there is no part {index} of `{shown}` split at `{delimiter}`");
                    let parts = text.split(options.delimiter.as_str()).count();
                    Problem::new(cause, options.origin)
                        .help(format!("`index` is 0 to {}", parts.saturating_sub(1)))
                })?;
                Ok(Copied::Scalar { text: part.into(), tag, is_quoted, is_sensitive })
            }
        }
    }

    /// The text that goes into a scalar; a map or list has none.
    pub(super) fn scalar_text(&self) -> &str {
        match self {
            Copied::Scalar { text, .. } => text,
            Copied::Tree(_) | Copied::Unknown(_) => "",
        }
    }

    pub(super) fn is_sensitive(&self) -> bool {
        matches!(self, Copied::Scalar { is_sensitive: true, .. })
    }

    /// Writes the value over `target`. `age`: whether the target was made by a replacement.
    ///
    /// # Errors
    /// The target keeps its type and the text is not of it, or a delimiter meets a map or list.
    pub(super) fn put(
        &self,
        target: &mut Node,
        age: Age,
        options: &FieldOptions,
        origin: Origin,
    ) -> Result<(), Problem> {
        let old = match &target.value {
            Value::List(_) | Value::Map(_) if !options.delimiter.is_empty() => {
                return Err(no_scalar(target));
            }
            Value::List(_) | Value::Map(_) => {
                *target = self.whole(origin)?;
                return Ok(());
            }
            Value::Unknown(_) if !options.delimiter.is_empty() => return Ok(()),
            Value::Unknown(_) => {
                *target = self.whole(origin)?;
                return Ok(());
            }
            Value::Null if age == Age::New && matches!(self, Copied::Tree(_)) => {
                if !options.delimiter.is_empty() {
                    return Err(no_scalar(&Node::map(target.origin)));
                }
                *target = self.whole(origin)?;
                return Ok(());
            }
            // Whatever is added to a null is no null, and refused below.
            Value::Null => Text::new(),
            _ => target.scalar_text().unwrap_or_default(),
        };
        if let Copied::Unknown(reason) = self {
            *target = Node { value: Value::Unknown(reason.clone()), origin };
            return Ok(());
        }
        // A scalar keeps its quotes.
        let origin = origin.quoted(target.origin.is_quoted());
        let text = joined(&old, self.scalar_text(), options);
        if self.is_sensitive() || matches!(target.value, Value::Sensitive(_)) {
            *target = Node { value: Value::Sensitive(Sensitive::new(text.into())), origin };
            return Ok(());
        }
        let tag = if age == Age::Old { Tag::of(&target.value) } else { Tag::None };
        let value = tag.value(&text).or_else(|| {
            // A build before this one may have made the node.
            Tag::None.value(&text).filter(|_| target.origin.by() == Via::Replacements)
        });
        let Some(value) = value else { return Err(mismatch(tag, &text, target)) };
        *target = Node { value, origin };
        Ok(())
    }

    /// The value with its own type.
    fn whole(&self, origin: Origin) -> Result<Node, Problem> {
        let value = match self {
            Copied::Unknown(reason) => Value::Unknown(reason.clone()),
            // What is in it keeps its origins, and stays shared.
            Copied::Tree(node) => node.value.clone(),
            Copied::Scalar { text, is_sensitive: true, .. } => {
                Value::Sensitive(Sensitive::new(text.as_str().to_owned()))
            }
            Copied::Scalar { text, tag, is_quoted, .. } => {
                let nothing = Node::new(Value::Null, Origin::NONE);
                let value = tag.value(text).ok_or_else(|| mismatch(*tag, text, &nothing))?;
                return Ok(Node { value, origin: origin.quoted(*is_quoted) });
            }
        };
        Ok(Node { value, origin })
    }
}

/// `old` with one part replaced or added, as the options of a target say.
fn joined(old: &str, new: &str, options: &FieldOptions) -> Text {
    let delimiter = options.delimiter.as_str();
    if delimiter.is_empty() {
        return new.into();
    }
    let mut parts: Vec<&str> = old.split(delimiter).collect();
    match usize::try_from(options.index) {
        Err(_) => parts.insert(0, new),
        Ok(index) => match parts.get_mut(index) {
            Some(part) => *part = new,
            None => parts.push(new),
        },
    }
    parts.join(delimiter).into()
}

fn no_scalar(node: &Node) -> Problem {
    let cause = format!("`delimiter` splits text, and there is a {}", node.type_name());
    Problem::new(cause, node.origin).help("name a field in it")
}

fn mismatch(tag: Tag, text: &str, target: &Node) -> Problem {
    let article = if tag == Tag::Int { "an" } else { "a" };
    let cause = match tag {
        Tag::None => format!("`{text}` has no form in JSON"),
        _ => format!("the field is {article} {}, and `{text}` is none", tag.name()),
    };
    Problem::new(cause, target.origin)
}
