//! How a command ends: what is printed on stderr, and the exit code.

use std::process::ExitCode;

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

/// Prints findings on stderr.
pub(crate) fn report(diagnostics: &[Diagnostic]) {
    use std::io::Write;
    let mut stderr = std::io::stderr().lock();
    for diagnostic in diagnostics {
        // A closed stderr is nobody to tell.
        let _ = writeln!(stderr, "{diagnostic}");
    }
}

/// The exit code of the process (design: 0 done, 1 findings, 2 bad input).
pub(crate) fn exit_code(done: Result<(), Failure>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Input(diagnostics)) => {
            report(&diagnostics);
            ExitCode::from(2)
        }
        Err(Failure::Usage(message)) => {
            use std::io::Write;
            let _ = writeln!(std::io::stderr(), "error: {message}");
            ExitCode::from(2)
        }
    }
}
