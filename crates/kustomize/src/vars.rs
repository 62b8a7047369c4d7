//! `vars`: `$(NAME)` replaced by the value of a field (`api/filters/refvar`, `types.VarSet`).

use ecow::eco_format;
use manifest::number::Number;
use manifest::{Diagnostic, Node, Origin, Text, Value, Via};
use rustc_hash::FxHashMap;

use crate::accumulated::Accumulated;
use crate::fieldspec::{Create, Fault, split_path};
use crate::id::Id;
use crate::kustomization::Var;
use crate::resource::Resource;
use crate::transform::field_error;

/// Adds a kustomization's vars, and notes on resources that they are the source of one.
///
/// # Errors
/// A var could mean several resources, or its name is taken.
pub(crate) fn merge(
    accumulated: &mut Accumulated,
    vars: &[Var],
) -> Result<Vec<Diagnostic>, Diagnostic> {
    for var in vars {
        // Where it has a namespace, it means no object outside of all.
        let is_meant = |other: Id| {
            other.gvk == var.gvk
                && other.name == var.object
                && (var.namespace.is_empty() || other.namespace == var.namespace)
        };
        let mut found: Vec<&mut Resource> =
            accumulated.resources.iter_mut().filter(|r| r.ids().any(is_meant)).collect();
        match found.as_mut_slice() {
            [] => {}
            [one] => one.vars.push(var.name.clone()),
            several => {
                let cause =
                    format!("the var `{}` could mean any of {} resources", var.name, several.len());
                return Err(Diagnostic::error(var.origin, cause).help("give its namespace"));
            }
        }
    }
    add(&mut accumulated.vars, vars.to_vec())
}

/// Adds vars to others.
///
/// # Errors
/// A name is taken.
pub(crate) fn add(there: &mut Vec<Var>, more: Vec<Var>) -> Result<Vec<Diagnostic>, Diagnostic> {
    for var in more {
        if let Some(first) = there.iter().find(|other| other.name == var.name) {
            let cause = format!("the var `{}` is there twice", var.name);
            return Err(Diagnostic::error(var.origin, cause).related(first.origin, "first here"));
        }
        there.push(var);
    }
    Ok(Vec::new())
}

/// Puts the values in wherever a field spec says that vars may stand.
///
/// # Errors
/// A var has no value, or a field is of a wrong type.
pub(crate) fn resolve(accumulated: &mut Accumulated) -> Result<Vec<Diagnostic>, Diagnostic> {
    if accumulated.vars.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = FxHashMap::default();
    for var in &accumulated.vars {
        values.insert(var.name.clone(), value_of(var, accumulated)?);
    }
    let mut used = rustc_hash::FxHashSet::default();
    let config = accumulated.config.clone();
    for resource in accumulated.resources.iter_mut() {
        let gvk = resource.id().gvk.clone();
        for spec in config.var_reference.iter().filter(|spec| spec.applies_to(&gvk)) {
            if !spec.any(resource.node(), &mut mentions) {
                continue;
            }
            let mut set = |node: &mut Node| replace(node, &values, &mut used);
            spec.visit(resource.node_mut(), Create::Nothing, Origin::NONE, &mut set).map_err(
                |fault| {
                    let at = fault.origin;
                    field_error(resource, &fault, at)
                },
            )?;
        }
    }
    let unused = accumulated.vars.iter().filter(|var| !used.contains(&var.name));
    let warning = |var: &Var| {
        Diagnostic::warning(var.origin, format!("the var `{}` is used nowhere", var.name))
    };
    Ok(unused.map(warning).collect())
}

fn value_of(var: &Var, accumulated: &Accumulated) -> Result<Node, Diagnostic> {
    let source = accumulated.resources.iter().find(|resource| resource.vars.contains(&var.name));
    let Some(source) = source else {
        let cause = format!("the var `{}` is taken from a resource that is not there", var.name);
        let id = format!("{}/{}", var.gvk.kind, var.object);
        return Err(
            Diagnostic::error(var.origin, cause).help(format!("add {id}, or correct objref"))
        );
    };
    let found = field(source.node(), &var.field_path);
    found.cloned().ok_or_else(|| {
        let cause = format!("the var `{}`: {} has no {}", var.name, source.id(), var.field_path);
        Diagnostic::error(var.origin, cause).related(source.origin(), "the resource")
    })
}

/// The field at a `.`-separated path with `[0]` or `0` for list items.
fn field<'n>(node: &'n Node, path: &str) -> Option<&'n Node> {
    let mut node = node;
    for part in bracketed(split_path(path, '.')) {
        let (name, index) = match part.strip_suffix(']').and_then(|part| part.rsplit_once('[')) {
            Some((name, index)) if index.parse::<usize>().is_ok() => (name, Some(index)),
            _ => (part.as_str(), None),
        };
        for step in [Some(name).filter(|name| !name.is_empty()), index].into_iter().flatten() {
            node = match &node.value {
                Value::List(list) => match step.strip_prefix('[').and_then(|s| s.strip_suffix(']'))
                {
                    Some(pair) => {
                        let (key, value) = pair.split_once('=')?;
                        let is_it = |item: &&Node| {
                            item.get(key).and_then(Node::scalar_text).as_deref() == Some(value)
                        };
                        list.iter().find(is_it)?
                    }
                    None => list.get(step.parse::<usize>().ok()?)?,
                },
                _ => node.get(step)?,
            };
        }
    }
    Some(node)
}

/// Puts parts that belong to one `[...]` together again (kyaml `SmarterPathSplitter`).
fn bracketed(parts: Vec<String>) -> Vec<String> {
    let mut result: Vec<String> = Vec::new();
    let mut open = false;
    for part in parts {
        match result.last_mut().filter(|_| open) {
            Some(last) => {
                last.push('.');
                last.push_str(&part);
                open = !part.ends_with(']');
            }
            None => {
                open = part.starts_with('[') && !part.ends_with(']');
                result.push(part);
            }
        }
        if let Some(last) = result.last_mut().filter(|last| !open && last.starts_with('['))
            && !last.contains('=')
        {
            *last = last.trim_matches(['[', ']']).to_owned();
        }
    }
    result
}

/// Whether a value holds a `$`.
fn mentions(node: &Node) -> bool {
    match &node.value {
        Value::String(text) => text.contains('$'),
        Value::List(list) => list.iter().any(|item| mentions(item) || item.as_str().is_none()),
        Value::Map(map) => map.iter().any(|(_, value)| mentions(value)),
        _ => false,
    }
}

type Values = FxHashMap<Text, Node>;
type Used = rustc_hash::FxHashSet<Text>;

fn replace(node: &mut Node, values: &Values, used: &mut Used) -> Result<(), Fault> {
    match &mut node.value {
        Value::String(_) => {
            replace_text(node, values, used);
            Ok(())
        }
        Value::List(list) => list.make_mut().iter_mut().try_for_each(|item| match &item.value {
            Value::String(_) => {
                replace_text(item, values, used);
                Ok(())
            }
            Value::Unknown(_) => Ok(()),
            _ => {
                let cause = format!("a {} stands where vars may be", item.type_name());
                Err(Fault::new(cause, item.origin))
            }
        }),
        Value::Map(map) => {
            for (_, value) in map.iter_mut().filter(|(_, value)| value.as_str().is_some()) {
                replace_text(value, values, used);
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn replace_text(node: &mut Node, values: &Values, used: &mut Used) {
    let Some(text) = node.as_str().filter(|text| text.contains('$')) else { return };
    if let Some(value) = expand(text, values, used) {
        *node = Node { value, origin: node.origin.via(Via::Vars) };
    }
}

/// Expands `$(NAME)`; `$$` is a `$`, unknown names stay. A text that is one reference becomes the
/// value with its type.
fn expand(text: &str, values: &Values, used: &mut Used) -> Option<Value> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$').filter(|at| at + 1 < rest.len()) {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some(inner) = rest.strip_prefix('(') {
            let Some(end) = inner.find(')') else {
                out.push_str("$(");
                rest = inner;
                continue;
            };
            let name = &inner[..end];
            let value = values.get(name).filter(|node| is_primitive(node));
            if let Some(node) = value {
                used.insert(name.into());
                if text.len() == name.len() + 3 {
                    return Some(typed(node));
                }
                if let Value::Unknown(_) = node.value {
                    return Some(node.value.clone());
                }
                out.push_str(&printed(node));
            } else {
                out.push_str("$(");
                out.push_str(name);
                out.push(')');
            }
            rest = &inner[end + 1..];
        } else {
            // Not a reference: the `$` and what follows stay.
            let next = rest.chars().next().map_or(0, char::len_utf8);
            out.push('$');
            out.push_str(&rest[..next]);
            rest = &rest[next..];
        }
    }
    out.push_str(rest);
    (out != text).then(|| Value::String(out.into()))
}

fn is_primitive(node: &Node) -> bool {
    !matches!(node.value, Value::List(_) | Value::Map(_) | Value::Null)
}

fn typed(node: &Node) -> Value {
    match &node.value {
        Value::Number(text) => match Number::parse(text) {
            Some(Number::Int(value)) => Value::Int(value),
            _ => node.value.clone(),
        },
        value => value.clone(),
    }
}

/// Go's `%v`.
fn printed(node: &Node) -> Text {
    match &node.value {
        Value::Number(text) => match Number::parse(text) {
            Some(Number::Int(value)) => eco_format!("{value}"),
            Some(Number::Float(value)) => eco_format!("{value}"),
            _ => text.clone(),
        },
        _ => node.scalar_text().unwrap_or_default(),
    }
}
