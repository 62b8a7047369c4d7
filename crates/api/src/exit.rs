//! Exit codes: what a command's end means to a script.

use manifest::Diagnostic;

/// How a command ended. Where several apply, the highest counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[repr(u8)]
pub enum ExitCode {
    /// Done.
    #[default]
    Done = 0,
    /// Done, and there are differences or findings, where the command was asked to tell by its code.
    Findings = 1,
    /// Bad usage or bad input.
    Input = 2,
    /// A cluster or a source could not be reached.
    Unreachable = 3,
    /// A mistake of ours.
    Internal = 4,
}

impl ExitCode {
    /// The number for the operating system.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// What diagnostics lead to: errors are bad input, warnings are nothing.
    pub fn of(diagnostics: &[Diagnostic]) -> ExitCode {
        if diagnostics.iter().any(Diagnostic::is_error) { ExitCode::Input } else { ExitCode::Done }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> std::process::ExitCode {
        code.code().into()
    }
}

#[cfg(test)]
mod tests;
