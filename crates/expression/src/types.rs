//! The types that an expression is checked with, and how messages name them.

use std::fmt;
use std::sync::Arc;

use crate::shape::ObjectShape;

/// A type of CEL.
#[derive(Clone, Debug)]
pub enum Type {
    /// What comes of a mistake; goes with everything, so that a mistake is told once.
    Error,
    /// Known at run time only.
    Dyn,
    /// The type of `null`.
    Null,
    /// `true` and `false`.
    Bool,
    /// Signed 64 bits.
    Int,
    /// Unsigned 64 bits.
    Uint,
    /// 64 bits of floating point.
    Double,
    /// Text.
    String,
    /// Bytes.
    Bytes,
    /// A length of time.
    Duration,
    /// A point in time.
    Timestamp,
    /// A list of one type.
    List(Arc<Type>),
    /// A map.
    Map(Arc<(Type, Type)>),
    /// An object with declared fields.
    Object(Arc<ObjectShape>),
    /// A type of a library, e.g. `net.IP`, with its parameters.
    Opaque(&'static str, Arc<[Type]>),
    /// The type of a type.
    Type(Arc<Type>),
    /// A parameter in a declaration.
    Param(char),
    /// A parameter while it is being found out.
    Var(u32),
}

/// The name of the type of `optional.of(x)`.
pub(crate) const OPTIONAL: &str = "optional_type";

impl Type {
    /// A list of `items`.
    pub fn list(items: Type) -> Type {
        Type::List(Arc::new(items))
    }

    /// A map from `keys` to `values`.
    pub fn map(keys: Type, values: Type) -> Type {
        Type::Map(Arc::new((keys, values)))
    }

    /// An optional `of`.
    pub fn optional(of: Type) -> Type {
        Type::Opaque(OPTIONAL, Arc::new([of]))
    }

    pub(crate) fn is_dyn_or_error(&self) -> bool {
        matches!(self, Type::Dyn | Type::Error)
    }

    pub(crate) fn is_param(&self) -> bool {
        matches!(self, Type::Param(_) | Type::Var(_))
    }

    /// What an optional is of.
    pub(crate) fn unwrapped(&self) -> Option<&Type> {
        match self {
            Type::Opaque(OPTIONAL, params) => params.first(),
            _ => None,
        }
    }

    /// The types in it, one level down.
    pub(crate) fn params(&self) -> Vec<&Type> {
        match self {
            Type::List(items) => vec![items],
            Type::Map(of) => vec![&of.0, &of.1],
            Type::Opaque(_, params) => params.iter().collect(),
            Type::Type(of) => vec![of],
            _ => Vec::new(),
        }
    }

    /// The same with each type in it replaced.
    pub(crate) fn with_params(&self, mut replace: impl FnMut(&Type) -> Type) -> Type {
        match self {
            Type::List(items) => Type::list(replace(items)),
            Type::Map(of) => Type::map(replace(&of.0), replace(&of.1)),
            Type::Opaque(name, params) => Type::Opaque(name, params.iter().map(replace).collect()),
            Type::Type(of) => Type::Type(Arc::new(replace(of))),
            other => other.clone(),
        }
    }

    /// Its name at run time, e.g. in `no such overload: f(list)`.
    pub(crate) fn runtime_name(&self) -> String {
        match self {
            Type::Null => "null_type".to_owned(),
            Type::Duration => "google.protobuf.Duration".to_owned(),
            Type::Timestamp => "google.protobuf.Timestamp".to_owned(),
            Type::List(_) => "list".to_owned(),
            Type::Map(_) => "map".to_owned(),
            Type::Opaque(name, _) => (*name).to_owned(),
            Type::Type(_) => "type".to_owned(),
            other => other.to_string(),
        }
    }
}

impl PartialEq for Type {
    fn eq(&self, other: &Type) -> bool {
        match (self, other) {
            (Type::List(one), Type::List(other)) => one == other,
            (Type::Map(one), Type::Map(other)) => one == other,
            (Type::Object(one), Type::Object(other)) => {
                Arc::ptr_eq(one, other) || one.name == other.name
            }
            (Type::Opaque(one, of), Type::Opaque(other, other_of)) => {
                one == other && of == other_of
            }
            (Type::Type(one), Type::Type(other)) => one == other,
            (Type::Param(one), Type::Param(other)) => one == other,
            (Type::Var(one), Type::Var(other)) => one == other,
            _ => {
                self.params().is_empty()
                    && std::mem::discriminant(self) == std::mem::discriminant(other)
            }
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Type::Error => "!error!",
            Type::Dyn => "dyn",
            Type::Null => "null",
            Type::Bool => "bool",
            Type::Int => "int",
            Type::Uint => "uint",
            Type::Double => "double",
            Type::String => "string",
            Type::Bytes => "bytes",
            Type::Duration => "duration",
            Type::Timestamp => "timestamp",
            Type::List(items) => return write!(f, "list({items})"),
            Type::Map(of) => return write!(f, "map({}, {})", of.0, of.1),
            Type::Object(of) => &of.name,
            Type::Opaque(name, params) => {
                f.write_str(name)?;
                if params.is_empty() {
                    return Ok(());
                }
                let params: Vec<String> = params.iter().map(Type::to_string).collect();
                return write!(f, "({})", params.join(", "));
            }
            Type::Type(of) => return write!(f, "type({of})"),
            Type::Param(name) => return write!(f, "{name}"),
            Type::Var(number) => return write!(f, "_var{number}"),
        })
    }
}
