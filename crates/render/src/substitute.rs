//! Variables in rendered text: `${name}` and its operators, as Flux's `postBuild` expands them.
//!
//! The rules are those of github.com/fluxcd/pkg, `envsubst` v1.9.0, and of its caller `kustomize/kustomize_varsub.go`
//! v1.44.0; where documentation and code disagree, the code wins. In short:
//!
//! | written | gives |
//! |---|---|
//! | `${v}` | the value |
//! | `${#v}` | its length in bytes |
//! | `${v^}` `${v^^}` `${v,}` `${v,,}` | first character or all of it in upper or lower case |
//! | `${v:from}` `${v:from:length}` | bytes of it; negative numbers count from the end |
//! | `${v#glob}` `${v##glob}` `${v%glob}` `${v%%glob}` | without its shortest or longest start or end like `glob` |
//! | `${v/text/with}` `//` `/#` `/%` | the first, every, the leading, the trailing `text` replaced |
//! | `${v:-text}` `${v:=text}` `${v=text}` `${v:+text}` `${v:?text}` | `text` if the value is empty or unset |
//! | `$$` | `$`, so `$${v}` stays `${v}` |
//!
//! Arguments may hold expressions. `$v` is text. `${v-text}`, `${v+text}` and `${v?text}` are errors. A value is never
//! expanded again. Newlines are taken out of values.
//!
//! Some things differ on purpose. A cut inside a character is an error, where the original makes broken text of it (or
//! drops it, in an argument that is not used). A NUL is a character like another, where the original leaves out what
//! follows it. A length that overflows is a long one, where the original panics. Work is bounded (see the constants).

mod evaluate;
mod glob;
mod operate;
mod parse;
mod unknown;

use std::borrow::Cow;

use evaluate::Evaluator;
use parse::Fault;

pub(crate) use glob::is_match;
pub(crate) use unknown::marker;
pub use unknown::{UNKNOWN_END, UNKNOWN_START, is_unknown, unknown_reason};

/// How deep expressions may stand in the arguments of one another.
pub const MAX_DEPTH: usize = 64;

/// How many bytes of values, arguments and results one text may lead to, all added up: 64 MiB. A Kubernetes object has
/// a few at most.
pub const MAX_BYTES: usize = 64 << 20;

/// How many steps the globs of one text may take. Trimming takes up to the square of a value's length: this allows for
/// a value of sixteen kilobytes.
pub const MAX_STEPS: usize = 1 << 28;

/// How many errors are gathered before the rest of the text is left unread.
pub const MAX_ERRORS: usize = 100;

/// What happens to a variable that is not set, where the expression gives no default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is an error: Flux from 2.9 on.
    Strict,
    /// It is the empty text: Flux before 2.9.
    Lenient,
}

/// What a variable stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'v> {
    /// A text; its newlines are taken out, as the original does when it reads variables.
    Text(&'v str),
    /// It is set, to what cannot be known here; the text says why. Expressions over it give a marker (see
    /// [`is_unknown`]), whatever the operator, and a default does not apply.
    Unknown(&'v str),
}

/// An expression that could not be replaced.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: `{expression}`: {cause}")]
pub struct Error {
    /// The variable's name, as far as one was read: empty if the expression has none.
    pub variable: String,
    /// The expression as written, shortened to a part of its line.
    pub expression: String,
    /// Where the expression's `$` stands in the text, in bytes.
    pub offset: usize,
    /// The same as a line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub cause: Cause,
}

/// Why an expression could not be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// In strict mode. The original: `variable not set (strict mode): "name"`.
    #[error("the variable is not set; set it, or give a default as in `${{name:-default}}`")]
    Unset,
    /// The original: `unable to parse variable name`.
    #[error("a variable's name is expected after `${{`; write `$${{` to keep it as it is")]
    Name,
    /// The original: `missing closing brace`.
    #[error("`}}` or an operator is expected after the name; a default is written `:-`")]
    Operator,
    /// The original: `unable to parse substitution within function`.
    #[error("an argument is empty or does not end")]
    Argument,
    /// The original: `bad substitution`.
    #[error("`}}` or a separator is expected; an argument is either text or one expression")]
    Malformed,
    /// Deeper than [`MAX_DEPTH`].
    #[error("expressions stand in one another more than {MAX_DEPTH} deep")]
    Depth,
    /// More than [`MAX_BYTES`].
    #[error("values and results take more than {MAX_BYTES} bytes")]
    Bytes,
    /// More than [`MAX_STEPS`].
    #[error("the value is too long to search it for this pattern")]
    Steps,
    /// The original cuts there, and leaves bytes that are not UTF-8 or U+FFFD.
    #[error("the value would be cut inside a character; positions count bytes, and `?` may be one")]
    SplitsCharacter,
}

/// Replaces the expressions in `text`. `lookup` knows the variables; `None` is one that is not set.
///
/// A text without `${` and `$$` is returned as it is, without allocation.
///
/// # Errors
/// All independent ones, in the order of the text, up to [`MAX_ERRORS`]. After an expression that cannot be read, reading
/// goes on behind its closing brace, or on the next line if it has none.
pub fn substitute<'t, 'v>(
    text: &'t str,
    mode: Mode,
    lookup: &dyn Fn(&str) -> Option<Value<'v>>,
) -> Result<Cow<'t, str>, Vec<Error>> {
    let Some(first) = next_pair(text, 0) else { return Ok(Cow::Borrowed(text)) };
    let mut evaluator = Evaluator::new(mode, lookup);
    let mut out = String::with_capacity(text.len());
    let (mut done, mut next) = (0, Some(first));
    while let Some(dollar) = next
        && evaluator.faults.len() < MAX_ERRORS
        && !evaluator.exhausted
    {
        out.push_str(&text[done..dollar]);
        done = dollar + 2;
        if text[dollar..].starts_with("$$") {
            out.push('$');
        } else {
            match parse::expression(text, dollar) {
                Ok((expression, end)) => {
                    done = end;
                    out.push_str(&evaluator.expression(&expression).unwrap_or_default());
                }
                Err(fault) => {
                    done = end_on_line(text, dollar);
                    evaluator.faults.push(fault);
                }
            }
        }
        next = next_pair(text, done);
    }
    let mut faults = evaluator.faults;
    if faults.is_empty() {
        out.push_str(&text[done..]);
        return Ok(Cow::Owned(out));
    }
    faults.sort_by_key(|fault| fault.offset);
    faults.truncate(MAX_ERRORS);
    Err(faults.iter().map(|fault| error(text, fault)).collect())
}

/// Whether a variable may have this name: `^[_[:alpha:]][_[:alpha:][:digit:]]*$`, all of it ASCII. One that may not
/// fails the whole substitution in the original, whether or not the text mentions it.
#[must_use]
pub fn valid_name(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
}

/// The next `${` or `$$` from `from` on.
fn next_pair(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    while let Some(found) = text[at..].find('$') {
        at += found;
        if matches!(bytes.get(at + 1), Some(b'$' | b'{')) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// Where the expression at `dollar` ends, by its braces alone: behind the closing one, or at the end of the line.
fn end_on_line(text: &str, dollar: usize) -> usize {
    let mut depth = 0_usize;
    let mut previous = 0;
    for (at, byte) in text.bytes().enumerate().skip(dollar) {
        match byte {
            b'{' if previous == b'$' => depth += 1,
            b'}' if depth == 1 => return at + 1,
            b'}' => depth -= 1,
            b'\n' => return at,
            _ => {}
        }
        previous = byte;
    }
    text.len()
}

/// The fault with its place in `text` worked out.
fn error(text: &str, fault: &Fault<'_>) -> Error {
    const LONGEST: usize = 60;
    let written = &text[fault.offset..end_on_line(text, fault.offset)];
    let expression = match written.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &written[..end]),
        None => written.to_owned(),
    };
    Error {
        variable: fault.name.to_owned(),
        expression,
        offset: fault.offset,
        line: 1 + text[..fault.offset].matches('\n').count(),
        cause: fault.cause,
    }
}

#[cfg(test)]
mod tests;
