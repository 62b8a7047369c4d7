//! Kubernetes' label selector syntax: `a=b,c!=d,e in (f, g),!h` (apimachinery `labels.Parse`).

use manifest::Text;

/// What must all hold.
#[derive(Debug, PartialEq)]
pub(crate) struct Requirements(Vec<Requirement>);

#[derive(Debug, PartialEq)]
struct Requirement {
    key: String,
    operator: Operator,
}

#[derive(Debug, PartialEq)]
enum Operator {
    Exists,
    DoesNotExist,
    In(Vec<String>),
    NotIn(Vec<String>),
    GreaterThan(i64),
    LessThan(i64),
}

impl Requirements {
    /// Parses a selector; the empty one holds for everything.
    ///
    /// # Errors
    /// What is wrong, a lowercase fragment.
    pub(crate) fn parse(text: &str) -> Result<Requirements, String> {
        if text.trim().is_empty() {
            return Ok(Requirements(Vec::new()));
        }
        top_level_parts(text)?
            .into_iter()
            .map(requirement)
            .collect::<Result<_, _>>()
            .map(Requirements)
    }

    /// Whether all hold for what `get` gives.
    pub(crate) fn matches(&self, get: impl Fn(&str) -> Option<Text>) -> bool {
        self.0.iter().all(|requirement| {
            let value = get(&requirement.key);
            let is_one_of =
                |values: &[String]| value.as_ref().is_some_and(|v| values.iter().any(|x| v == x));
            let number = || value.as_ref().and_then(|value| value.parse::<i64>().ok());
            match &requirement.operator {
                Operator::Exists => value.is_some(),
                Operator::DoesNotExist => value.is_none(),
                Operator::In(values) => is_one_of(values),
                Operator::NotIn(values) => !is_one_of(values),
                Operator::GreaterThan(bound) => number().is_some_and(|value| value > *bound),
                Operator::LessThan(bound) => number().is_some_and(|value| value < *bound),
            }
        })
    }
}

/// Splits at commas outside parentheses.
fn top_level_parts(text: &str) -> Result<Vec<&str>, String> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => return Err("an unmatched `)`".to_owned()),
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    if depth > 0 {
        return Err("an unmatched `(`".to_owned());
    }
    parts.push(text[start..].trim());
    Ok(parts)
}

fn requirement(part: &str) -> Result<Requirement, String> {
    if let Some(key) = part.strip_prefix('!') {
        return Ok(Requirement { key: valid_key(key.trim())?, operator: Operator::DoesNotExist });
    }
    let symbols = ["!=", "==", "=", ">", "<"];
    let found = part.find(['!', '=', '>', '<']).and_then(|at| {
        let symbol = symbols.iter().find(|symbol| part[at..].starts_with(**symbol))?;
        Some((part[..at].trim(), *symbol, part[at + symbol.len()..].trim()))
    });
    if let Some((key, symbol, value)) = found {
        let one = || valid_value(value).map(|value| vec![value]);
        let bound = || value.parse().map_err(|_| format!("`{value}` is no integer"));
        let operator = match symbol {
            "!=" => Operator::NotIn(one()?),
            ">" => Operator::GreaterThan(bound()?),
            "<" => Operator::LessThan(bound()?),
            _ => Operator::In(one()?),
        };
        return Ok(Requirement { key: valid_key(key)?, operator });
    }
    match part.split_once(char::is_whitespace) {
        None => Ok(Requirement { key: valid_key(part)?, operator: Operator::Exists }),
        Some((key, rest)) => {
            let (word, rest) = rest
                .trim_start()
                .split_at(rest.trim_start().find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(0));
            let list = rest.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
            let Some(list) = list else { return Err(format!("`{part}` is not understood")) };
            let values =
                list.split(',').map(|value| valid_value(value.trim())).collect::<Result<_, _>>()?;
            let operator = match word {
                "in" => Operator::In(values),
                "notin" => Operator::NotIn(values),
                _ => return Err(format!("`{word}` is no operator")),
            };
            Ok(Requirement { key: valid_key(key)?, operator })
        }
    }
}

fn valid_key(key: &str) -> Result<String, String> {
    let name = match key.split_once('/') {
        Some((prefix, name)) => {
            let label = |label: &str| is_name(label, |c| c.is_ascii_lowercase() || c == '-');
            if prefix.len() > 253 || !prefix.split('.').all(label) {
                return Err(format!("the prefix of `{key}` is no DNS name"));
            }
            name
        }
        None => key,
    };
    if name.len() <= 63
        && is_name(name, |c| c.is_ascii_alphabetic() || matches!(c, '-' | '_' | '.'))
    {
        return Ok(key.to_owned());
    }
    Err(format!("`{key}` is no label name"))
}

fn valid_value(value: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphabetic() || matches!(c, '-' | '_' | '.');
    if value.is_empty() || (value.len() <= 63 && is_name(value, allowed)) {
        return Ok(value.to_owned());
    }
    Err(format!("`{value}` is no label value"))
}

/// Letters and digits at both ends; digits and what `also` allows between.
fn is_name(text: &str, also: impl Fn(char) -> bool) -> bool {
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    ends(text.chars().next())
        && ends(text.chars().last())
        && text.chars().all(|c| c.is_ascii_digit() || also(c))
}

#[cfg(test)]
mod tests;
