//! The numbers are a promise.

use manifest::Origin;

use super::*;

#[test]
fn numbers() {
    let all = [
        ExitCode::Done,
        ExitCode::Findings,
        ExitCode::Input,
        ExitCode::Unreachable,
        ExitCode::Internal,
    ];
    assert_eq!(all.map(ExitCode::code), [0, 1, 2, 3, 4]);
    assert_eq!(all.into_iter().max(), Some(ExitCode::Internal));
}

#[test]
fn errors_are_bad_input() {
    let warning = Diagnostic::warning(Origin::NONE, "hm");
    let error = Diagnostic::error(Origin::NONE, "no");
    assert_eq!(ExitCode::of(&[]), ExitCode::Done);
    assert_eq!(ExitCode::of(std::slice::from_ref(&warning)), ExitCode::Done);
    assert_eq!(ExitCode::of(&[warning, error]), ExitCode::Input);
}
