//! Which functions there are: their names, what they take and give, and what they do.
//!
//! A declaration is a line: an identifier (cel-go's, that the costs go by), the receiver with a dot
//! if it is a method, the arguments, and the result. `A`, `K`, `V` are type parameters.

mod table;

use std::sync::{Arc, LazyLock};

use rustc_hash::FxHashMap;

use crate::pattern::Patterns;
use crate::types::Type;
use crate::value::{Outcome, Value};

/// What a function does, receiver first.
pub(crate) type Run = fn(&Patterns, &[Value]) -> Outcome;

/// A function.
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) overloads: Vec<Overload>,
    pub(crate) run: Run,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// A way to call a function.
#[derive(Debug)]
pub(crate) struct Overload {
    pub(crate) id: &'static str,
    pub(crate) is_method: bool,
    /// The arguments, the receiver first.
    pub(crate) params: Vec<Type>,
    pub(crate) result: Type,
    /// The type parameters in it.
    pub(crate) variables: Vec<char>,
}

static FUNCTIONS: LazyLock<FxHashMap<&'static str, Function>> = LazyLock::new(|| {
    table::TABLE
        .iter()
        .map(|(name, run, lines)| {
            let overloads = lines.lines().map(str::trim).filter(|line| !line.is_empty());
            let overloads = overloads.filter_map(overload).collect();
            (*name, Function { name, overloads, run: *run })
        })
        .collect()
});

/// The function of this name.
pub(crate) fn function(name: &str) -> Option<&'static Function> {
    FUNCTIONS.get(name)
}

/// A type of a library.
pub(crate) fn opaque(name: &'static str) -> Type {
    Type::Opaque(name, Arc::new([]))
}

/// The type that a name stands for in an expression, e.g. `int` in `type(x) == int`.
pub(crate) fn type_named(name: &str) -> Option<Type> {
    Some(match name {
        "bool" => Type::Bool,
        "bytes" => Type::Bytes,
        "double" => Type::Double,
        "duration" | "google.protobuf.Duration" => Type::Duration,
        "int" => Type::Int,
        "list" => Type::list(Type::Dyn),
        "map" => Type::map(Type::Dyn, Type::Dyn),
        "null_type" => Type::Null,
        "string" => Type::String,
        "timestamp" | "google.protobuf.Timestamp" => Type::Timestamp,
        "type" => Type::Type(Arc::new(Type::Dyn)),
        "uint" => Type::Uint,
        "optional_type" => Type::optional(Type::Dyn),
        "net.IP" => opaque("net.IP"),
        "net.CIDR" => opaque("net.CIDR"),
        "kubernetes.URL" => opaque("kubernetes.URL"),
        "kubernetes.Quantity" => opaque("kubernetes.Quantity"),
        "kubernetes.Semver" => opaque("kubernetes.Semver"),
        "kubernetes.NamedFormat" => opaque("kubernetes.NamedFormat"),
        _ => return None,
    })
}

/// `id receiver.(args) result`
fn overload(line: &'static str) -> Option<Overload> {
    let (id, rest) = line.split_once(' ')?;
    let open = rest.find('(')?;
    // The receiver may have parentheses of its own: the arguments start after ".(" then.
    let (receiver, rest) = match rest.find(".(") {
        Some(dot) => (Some(&rest[..dot]), &rest[dot + 2..]),
        None => (None, &rest[open + 1..]),
    };
    let (args, result) = rest.rsplit_once(") ")?;
    let mut params: Vec<Type> = receiver.into_iter().map(read_type).collect();
    params.extend(split(args).into_iter().map(read_type));
    let result = read_type(result);
    let mut variables = Vec::new();
    for of in params.iter().chain([&result]) {
        variables_of(of, &mut variables);
    }
    Some(Overload { id, is_method: receiver.is_some(), params, result, variables })
}

fn variables_of(of: &Type, found: &mut Vec<char>) {
    if let Type::Param(name) = of
        && !found.contains(name)
    {
        found.push(*name);
    }
    for param in of.params() {
        variables_of(param, found);
    }
}

/// Splits at the commas that are in no parentheses.
fn split(args: &'static str) -> Vec<&'static str> {
    let (mut parts, mut depth, mut from) = (Vec::new(), 0, 0);
    for (at, byte) in args.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            b',' if depth == 0 => {
                parts.push(args[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    if !args.trim().is_empty() {
        parts.push(args[from..].trim());
    }
    parts
}

fn read_type(text: &'static str) -> Type {
    let text = text.trim();
    if let Some((name, rest)) = text.split_once('(') {
        let of: Vec<Type> =
            split(rest.strip_suffix(')').unwrap_or(rest)).into_iter().map(read_type).collect();
        return match (name, of.as_slice()) {
            ("list", [items]) => Type::list(items.clone()),
            ("map", [keys, values]) => Type::map(keys.clone(), values.clone()),
            ("optional", [of]) => Type::optional(of.clone()),
            ("type", [of]) => Type::Type(Arc::new(of.clone())),
            _ => Type::Error,
        };
    }
    match text {
        "bool" => Type::Bool,
        "bytes" => Type::Bytes,
        "double" => Type::Double,
        "duration" => Type::Duration,
        "dyn" => Type::Dyn,
        "int" => Type::Int,
        "null" => Type::Null,
        "string" => Type::String,
        "timestamp" => Type::Timestamp,
        "uint" => Type::Uint,
        "IP" => opaque("net.IP"),
        "CIDR" => opaque("net.CIDR"),
        "URL" => opaque("kubernetes.URL"),
        "Quantity" => opaque("kubernetes.Quantity"),
        "Semver" => opaque("kubernetes.Semver"),
        "Format" => opaque("kubernetes.NamedFormat"),
        _ => text.chars().next().map_or(Type::Error, Type::Param),
    }
}

#[cfg(test)]
mod tests;
