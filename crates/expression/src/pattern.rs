//! Go's regular expressions on the `regex` crate: the same language but for a few spellings, that
//! are translated. Used for `matches` and `find`, and for `pattern` in schemas.

use std::sync::Arc;

use manifest::Text;
use regex::{Regex, RegexBuilder};
use rustc_hash::FxHashMap;

/// As large may a compiled pattern be; Go bounds the repetitions, which comes to about as much.
const LARGEST: usize = 4 << 20;

/// Patterns that are literals in an expression, compiled once.
#[derive(Clone, Debug, Default)]
pub struct Patterns(FxHashMap<Text, Arc<Regex>>);

impl Patterns {
    /// Keeps a pattern, compiled.
    ///
    /// # Errors
    /// What Go's `regexp.Compile` says of it.
    pub(crate) fn keep(&mut self, pattern: &Text) -> Result<(), String> {
        if !self.0.contains_key(pattern) {
            self.0.insert(pattern.clone(), Arc::new(compile(pattern)?));
        }
        Ok(())
    }

    /// The pattern, kept or compiled now.
    pub(crate) fn get(&self, pattern: &Text) -> Result<Arc<Regex>, String> {
        match self.0.get(pattern) {
            Some(regex) => Ok(regex.clone()),
            None => compile(pattern).map(Arc::new),
        }
    }
}

/// Compiles a pattern of Go's.
///
/// # Errors
/// What Go's `regexp.Compile` says of it, as near as the reason is known.
pub fn compile(pattern: &str) -> Result<Regex, String> {
    let failed = |error: regex::Error| match error {
        regex::Error::CompiledTooBig(_) => {
            format!("error parsing regexp: expression too large: `{pattern}`")
        }
        other => format!("error parsing regexp: {}: `{pattern}`", reason(&other.to_string())),
    };
    RegexBuilder::new(&translated(pattern))
        .size_limit(LARGEST)
        .dfa_size_limit(LARGEST)
        .build()
        .map_err(failed)
}

/// Go's words for why a pattern is none.
fn reason(of: &str) -> &'static str {
    const REASONS: &[(&str, &str)] = &[
        ("unclosed character class", "missing closing ]"),
        ("unclosed group", "missing closing )"),
        ("unopened group", "unexpected )"),
        ("repetition operator missing expression", "missing argument to repetition operator"),
        ("invalid character class range", "invalid character class range"),
        ("unrecognized escape sequence", "invalid escape sequence"),
        ("incomplete escape sequence", "trailing backslash at end of expression"),
        ("look-around", "invalid or unsupported Perl syntax"),
        ("unrecognized flag", "invalid or unsupported Perl syntax"),
        ("repetition quantifier", "invalid repeat count"),
        ("invalid repetition", "invalid repeat count"),
    ];
    REASONS.iter().find(|(own, _)| of.contains(own)).map_or("invalid syntax", |(_, go)| go)
}

/// Classes are ASCII in Go, and in a class only `-`, `^`, `\` and `[:name:]` mean something.
fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut chars = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(char) = chars.next() {
        match char {
            '\\' => escape(chars.next(), in_class, &mut out),
            '[' if !in_class => {
                in_class = true;
                out.push('[');
                if chars.peek() == Some(&'^') {
                    chars.next();
                    out.push('^');
                }
                // A bracket that comes first stands for itself.
                if chars.peek() == Some(&']') {
                    chars.next();
                    out.push_str("\\]");
                }
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '[' if chars.peek() == Some(&':') => out.push('['),
            ':' if in_class
                && chars.peek() == Some(&']')
                && out.rfind("[:").is_some_and(|at| !out[at..].contains(":]")) =>
            {
                chars.next();
                out.push_str(":]");
            }
            '[' | '&' | '~' if in_class => {
                out.push('\\');
                out.push(char);
            }
            // A brace that starts no count stands for itself.
            '{' if !in_class && !is_count(chars.clone()) => out.push_str("\\{"),
            char => out.push(char),
        }
    }
    out
}

/// Whether `{` is followed by `2}`, `2,}` or `2,3}`.
fn is_count(rest: impl Iterator<Item = char>) -> bool {
    let inner: String = rest.take_while(|char| *char != '}').take(16).collect();
    let (least, most) = inner.split_once(',').unwrap_or((&inner, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !least.is_empty() && is_digits(least) && is_digits(most)
}

fn escape(char: Option<char>, in_class: bool, out: &mut String) {
    let class = |inner: &str, out: &mut String| {
        if in_class {
            out.push_str(inner);
        } else {
            out.push('[');
            out.push_str(inner);
            out.push(']');
        }
    };
    match char {
        Some('d') => class("0-9", out),
        Some('w') => class("0-9A-Za-z_", out),
        Some('s') => class("\\t\\n\\f\\r ", out),
        Some('D') => out.push_str("[^0-9]"),
        Some('W') => out.push_str("[^0-9A-Za-z_]"),
        Some('S') => out.push_str("[^\\t\\n\\f\\r ]"),
        Some('b') if !in_class => out.push_str("(?-u:\\b)"),
        Some('B') if !in_class => out.push_str("(?-u:\\B)"),
        // What Go knows as itself.
        Some(char) if char.is_ascii_punctuation() => {
            if matches!(
                char,
                '<' | '>' | '"' | '\'' | '/' | '%' | '@' | '`' | '!' | ':' | ';' | '=' | ',' | '_'
            ) {
                out.push(char);
            } else {
                out.push('\\');
                out.push(char);
            }
        }
        Some(char) => {
            out.push('\\');
            out.push(char);
        }
        None => out.push('\\'),
    }
}

#[cfg(test)]
mod tests;
