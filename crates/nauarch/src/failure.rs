//! How a command ends: what is printed on stderr, and the exit code.

use std::io::Write;
use std::process;

use api::ExitCode;
use manifest::Diagnostic;

/// Why a command did not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The input is wrong; every finding says where and what to do.
    Input(Vec<Diagnostic>),
    /// Anything else that has to do with what the user gave, e.g. a file that cannot be written.
    Usage(String),
    /// It was done, and what came of it is not good; all is said already.
    Findings,
    /// What was asked for is not there, or did not become ready.
    NotReady(String),
    /// A cluster could not be reached.
    Unreachable(String),
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Failure {
        Failure::Input(vec![diagnostic])
    }
}

impl Failure {
    /// What it means to a script.
    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Failure::Input(_) | Failure::Usage(_) => ExitCode::Input,
            Failure::Findings | Failure::NotReady(_) => ExitCode::Findings,
            Failure::Unreachable(_) => ExitCode::Unreachable,
        }
    }

    /// Prints it.
    pub(crate) fn report(&self) {
        match self {
            Failure::Input(diagnostics) => report(diagnostics),
            Failure::Usage(message)
            | Failure::NotReady(message)
            | Failure::Unreachable(message) => {
                say(&format!("error: {message}"));
            }
            Failure::Findings => {}
        }
    }
}

/// Prints a line on stderr. (A closed stderr is nobody to tell.)
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Prints findings on stderr.
pub(crate) fn report(diagnostics: &[Diagnostic]) {
    let text: String = diagnostics.iter().map(|diagnostic| format!("{diagnostic}\n")).collect();
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Prints on stderr what is good to know.
pub(crate) fn note(text: &str) {
    say(&format!("note: {text}"));
}

/// Reports a failure, and gives the exit code of the process.
pub(crate) fn exit_code(done: Result<(), Failure>) -> process::ExitCode {
    let code = match done {
        Ok(()) => ExitCode::Done,
        Err(failure) => {
            failure.report();
            failure.code()
        }
    };
    process::ExitCode::from(code.code())
}

/// An error and its causes as one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        // Some libraries have their source in their own text.
        if !text.contains(&next) {
            text.push_str(&format!(": {next}"));
        }
        cause = error.source();
    }
    text
}
