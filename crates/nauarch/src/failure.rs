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
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Failure {
        Failure::Input(vec![diagnostic])
    }
}

/// Prints findings on stderr. (A closed stderr is nobody to tell.)
pub(crate) fn report(diagnostics: &[Diagnostic]) {
    let text: String = diagnostics.iter().map(|diagnostic| format!("{diagnostic}\n")).collect();
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Prints on stderr what is good to know.
pub(crate) fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "note: {text}");
}

/// Reports a failure, and gives the exit code of the process.
pub(crate) fn exit_code(done: Result<(), Failure>) -> process::ExitCode {
    let code = match done {
        Ok(()) => ExitCode::Done,
        Err(Failure::Input(diagnostics)) => {
            report(&diagnostics);
            ExitCode::Input
        }
        Err(Failure::Usage(message)) => {
            let _ = writeln!(std::io::stderr(), "error: {message}");
            ExitCode::Input
        }
    };
    process::ExitCode::from(code.code())
}
