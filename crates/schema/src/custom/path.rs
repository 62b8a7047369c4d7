//! Paths to fields as rules write them: `.spec.a['b']`, along a schema.

use super::structural::Structural;

/// A path without its first dot, if the schema has such a field; otherwise why not.
pub(crate) fn of(path: &str, schema: &Structural) -> Result<String, String> {
    walk(path, schema, true).map(|(path, _)| path)
}

/// The same, and the schema of the field; brackets may be refused.
pub(crate) fn walk<'s>(
    path: &str,
    schema: &'s Structural,
    allows_brackets: bool,
) -> Result<(String, &'s Structural), String> {
    let mut schema = schema;
    let mut out = String::new();
    let mut tokens = tokens(path).into_iter();
    while let Some(token) = tokens.next() {
        let name = match token.as_str() {
            "[" if !allows_brackets => return Err("array notation is not allowed".to_owned()),
            "[" => {
                let Some(token) = tokens.next() else {
                    return Err("unexpected end of JSON path".to_owned());
                };
                let inner = token.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
                let Some(inner) = inner else {
                    return Err(format!("expected single quoted string but got {token}"));
                };
                let name = inner.replace("\\'", "'").replace("\\\\", "\\");
                match tokens.next() {
                    Some(close) if close == "]" => name,
                    Some(other) => return Err(format!("expected ] but got {other}")),
                    None => return Err("unexpected end of JSON path".to_owned()),
                }
            }
            "." => match tokens.next() {
                Some(name) => name,
                None => return Err("unexpected end of JSON path".to_owned()),
            },
            other => return Err(format!("expected [ or . but got: {other}")),
        };
        let none = || "does not refer to a valid field".to_owned();
        if schema.properties.is_empty() {
            schema = schema.values().ok_or_else(none)?;
            out.push_str(&format!("[{name}]"));
        } else {
            schema = schema.property(&name).ok_or_else(none)?;
            if !out.is_empty() {
                out.push('.');
            }
            out.push_str(&name);
        }
    }
    Ok((out, schema))
}

/// Splits a path at its dots and brackets; what is quoted is one.
fn tokens(path: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut current = String::new();
    let mut is_quoted = false;
    let mut before = ' ';
    for char in path.chars() {
        if is_quoted {
            current.push(char);
            if char == '\'' && before != '\\' {
                is_quoted = false;
            }
        } else if matches!(char, '.' | '[' | ']') {
            if !current.is_empty() {
                tokens.push(std::mem::take(&mut current));
            }
            tokens.push(char.to_string());
        } else {
            is_quoted = char == '\'' && current.is_empty();
            current.push(char);
        }
        before = char;
    }
    if !current.is_empty() {
        tokens.push(current);
    }
    tokens
}
