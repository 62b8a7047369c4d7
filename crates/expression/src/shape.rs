//! The declared form of data: what the checker takes for its type, how a node of it becomes a value,
//! and how large it can be (Kubernetes' `DeclType` and `UnstructuredToVal`).

use std::sync::{Arc, LazyLock};

use manifest::Text;

use crate::types::Type;

/// The declared form of a piece of data.
#[derive(Clone, PartialEq, Debug)]
pub struct Shape {
    /// What it is.
    pub kind: ShapeKind,
    /// As many elements, characters or bytes it has at most.
    pub max: u64,
    /// As many bytes it takes at least, in JSON.
    pub min_size: u64,
    /// Whether it may be null.
    pub nullable: bool,
}

/// What a piece of data is.
#[derive(Clone, PartialEq, Debug)]
pub enum ShapeKind {
    /// Whatever the node is.
    Dyn,
    /// An integer or a string.
    IntOrString,
    /// `boolean`.
    Bool,
    /// `integer`.
    Int,
    /// `number`.
    Double,
    /// `string`.
    String,
    /// A string of base64.
    Bytes,
    /// A string that is a length of time.
    Duration,
    /// A string that is a day.
    Date,
    /// A string that is a point in time.
    DateTime,
    /// `array`.
    List {
        /// Its items.
        items: Arc<Shape>,
        /// How it is compared and added to.
        merge: Merge,
    },
    /// An object with any keys.
    Map(Arc<Shape>),
    /// An object with declared fields.
    Object(Arc<ObjectShape>),
}

/// How a list is compared and added to (`x-kubernetes-list-type`).
#[derive(Clone, PartialEq, Debug)]
pub enum Merge {
    /// Item by item.
    Atomic,
    /// Whatever the order.
    Set,
    /// By these keys of the items.
    Map(Arc<[Text]>),
}

/// The fields of an object.
#[derive(PartialEq, Debug)]
pub struct ObjectShape {
    /// What messages call it.
    pub name: Text,
    /// Its fields.
    pub fields: Vec<FieldShape>,
}

/// A field of an object.
#[derive(PartialEq, Debug)]
pub struct FieldShape {
    /// Its name in expressions.
    pub name: Text,
    /// Its key in the data.
    pub key: Text,
    /// Its form.
    pub shape: Arc<Shape>,
}

impl ObjectShape {
    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&FieldShape> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The field with this key in the data.
    pub fn key(&self, key: &str) -> Option<&FieldShape> {
        self.fields.iter().find(|field| field.key == key)
    }
}

static DYN: LazyLock<Arc<Shape>> = LazyLock::new(|| Arc::new(Shape::new(ShapeKind::Dyn, 1)));

impl Shape {
    /// A form without limits of its own.
    pub fn new(kind: ShapeKind, min_size: u64) -> Shape {
        Shape { kind, max: 0, min_size, nullable: false }
    }

    /// Data that nothing is declared about.
    pub fn dynamic() -> Arc<Shape> {
        DYN.clone()
    }

    /// An object; each field is given by its name, that is its key too.
    pub fn object(
        name: &str,
        fields: impl IntoIterator<Item = (&'static str, ShapeKind)>,
    ) -> Shape {
        let fields = fields.into_iter().map(|(key, kind)| FieldShape {
            name: key.into(),
            key: key.into(),
            shape: Arc::new(Shape::new(kind, 2)),
        });
        let of = ObjectShape { name: name.into(), fields: fields.collect() };
        Shape::new(ShapeKind::Object(Arc::new(of)), 2)
    }

    /// Its type in expressions.
    pub fn to_type(&self) -> Type {
        match &self.kind {
            ShapeKind::Dyn | ShapeKind::IntOrString => Type::Dyn,
            ShapeKind::Bool => Type::Bool,
            ShapeKind::Int => Type::Int,
            ShapeKind::Double => Type::Double,
            ShapeKind::String => Type::String,
            ShapeKind::Bytes => Type::Bytes,
            ShapeKind::Duration => Type::Duration,
            ShapeKind::Date | ShapeKind::DateTime => Type::Timestamp,
            ShapeKind::List { items, .. } => Type::list(items.to_type()),
            ShapeKind::Map(values) => Type::map(Type::String, values.to_type()),
            ShapeKind::Object(of) => Type::Object(of.clone()),
        }
    }
}

/// Words that are no names in expressions.
const RESERVED: &[&str] = &[
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

/// The name that a key has in expressions; `None` where it has none (Kubernetes' `cel.Escape`).
pub fn escape(key: &str) -> Option<Text> {
    let first = key.bytes().next()?;
    if first.is_ascii_digit() {
        return None;
    }
    if RESERVED.contains(&key) {
        return Some(ecow::eco_format!("__{key}__"));
    }
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'/');
    if !key.bytes().all(is_plain) {
        return None;
    }
    let mut out = Text::new();
    let mut rest = key;
    while let Some(char) = rest.chars().next() {
        let (text, length) = match char {
            '_' if rest.starts_with("__") => ("__underscores__", 2),
            '.' => ("__dot__", 1),
            '-' => ("__dash__", 1),
            '/' => ("__slash__", 1),
            _ => (&rest[..1], 1),
        };
        out.push_str(text);
        rest = &rest[length..];
    }
    Some(out)
}
