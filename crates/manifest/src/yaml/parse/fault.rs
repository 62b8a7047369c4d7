//! Why a text is no YAML.

use super::Mark;

/// What is wrong, where, and what to do about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The line where reading stopped, counted from 0.
    pub line: u32,
    /// The cause, a lowercase fragment in the words of Go's parser.
    pub problem: &'static str,
    /// What was being read, e.g. `while parsing a flow mapping`; empty for nothing in particular.
    pub context: &'static str,
    /// A line, counted from 0, that has to do with it, and what is there.
    pub related: Option<(u32, &'static str)>,
    /// The next step.
    pub help: Option<&'static str>,
}

pub(super) type Result<T, E = Box<Fault>> = std::result::Result<T, E>;

/// What was being read when something went wrong, and where that begins.
#[derive(Clone, Copy)]
pub(super) struct Context(pub(super) &'static str, pub(super) Mark);

impl Fault {
    pub(super) fn at(at: Mark, problem: &'static str) -> Box<Fault> {
        let help = help(problem, "");
        Box::new(Fault { line: at.line, problem, context: "", related: None, help })
    }

    pub(super) fn within(context: Context, at: Mark, problem: &'static str) -> Box<Fault> {
        let Context(context, start) = context;
        let what = match context {
            "while scanning a quoted scalar" => Some("the text in quotes begins here"),
            "while parsing a block mapping" => Some("the map begins here"),
            "while parsing a block collection" => Some("the list begins here"),
            "while parsing a flow mapping" | "while parsing a flow sequence" => {
                Some("the bracket is opened here")
            }
            _ => None,
        };
        let related = what.filter(|_| start.line != at.line).map(|what| (start.line, what));
        let help = help(problem, context);
        Box::new(Fault { line: at.line, problem, context, related, help })
    }
}

/// The next step, by the words of the problem.
fn help(problem: &str, context: &str) -> Option<&'static str> {
    Some(match problem {
        "found unexpected end of stream" | "found unexpected document indicator" => {
            "close the text in quotes"
        }
        "did not find expected key" | "did not find expected '-' indicator" => {
            "indent all entries alike, and put text that looks like YAML into quotes"
        }
        "did not find expected ',' or ']'" | "did not find expected ',' or '}'" => {
            "close the bracket, or put text with brackets in it into quotes"
        }
        "could not find expected ':'" => "write `key: value`, with a blank after the colon",
        "mapping values are not allowed in this context" => {
            "put text with `: ` in it into quotes, or check how the line is indented"
        }
        "block sequence entries are not allowed in this context" => {
            "begin the list on a line of its own"
        }
        "found a tab character that violates indentation"
        | "found a tab character where an indentation space is expected" => {
            "indent with blanks, not with tabs"
        }
        "found character that cannot start any token" => {
            "put text that begins with `@`, `%` or a backtick into quotes; indent with blanks, not with tabs"
        }
        "found unknown escape character" => {
            "in double quotes write `\\\\` for a backslash, or use single quotes"
        }
        "did not find expected node content" => {
            "put text that begins with a sign of YAML's into quotes"
        }
        "did not find expected whitespace or line break" | "did not find expected tag URI" => {
            "put text that begins with `!` into quotes"
        }
        "did not find expected alphabetic or numeric character" => {
            "put text that begins with `*` or `&` into quotes"
        }
        "found undefined tag handle" => "put text that begins with `!` into quotes",
        "did not find expected comment or line break" if context.ends_with("block scalar") => {
            "begin the text of a block on the line after its `|` or `>`"
        }
        "control characters are not allowed" => {
            "remove it, or write it as an escape in double quotes, e.g. `\"\\x07\"`"
        }
        _ => return None,
    })
}
