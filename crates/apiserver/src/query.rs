//! The parameters of a request.

use std::num::{IntErrorKind, ParseIntError};
use std::time::Duration;

use crate::call::{Answer, Call};
use crate::status;

/// The longest that a request may say it may take.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// A number as Go reads an `int64`.
///
/// # Errors
/// Why it is none, in words of Go.
pub(crate) fn signed(given: &str) -> Result<i64, String> {
    given.parse().map_err(|error| no_number("ParseInt", given, &error))
}

/// A number as Go reads a `uint64`; resource versions are such.
///
/// # Errors
/// Why it is none, in words of Go.
pub(crate) fn unsigned(given: &str) -> Result<u64, String> {
    match given.starts_with('+') {
        true => Err(format!("strconv.ParseUint: parsing {given:?}: invalid syntax")),
        false => given.parse().map_err(|error| no_number("ParseUint", given, &error)),
    }
}

fn no_number(function: &str, given: &str, error: &ParseIntError) -> String {
    let why = match error.kind() {
        IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => "value out of range",
        _ => "invalid syntax",
    };
    format!("strconv.{function}: parsing {given:?}: {why}")
}

/// The parameters of one request.
#[derive(Clone, Copy)]
pub(crate) struct Query<'a> {
    parameters: &'a [(String, String)],
    user_agent: &'a str,
}

impl<'a> Query<'a> {
    pub(crate) fn of(call: &'a Call) -> Query<'a> {
        Query { parameters: &call.query, user_agent: &call.user_agent }
    }

    pub(crate) fn get(self, name: &str) -> Option<&'a str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that is there and not empty.
    pub(crate) fn given(self, name: &str) -> Option<&'a str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// A parameter that is a bool as the API server reads it: there, and not `false` or `0`.
    pub(crate) fn flag(self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|value| !matches!(value.to_ascii_lowercase().as_str(), "false" | "0"))
    }

    pub(crate) fn is_dry_run(self) -> bool {
        self.get("dryRun") == Some("All")
    }

    /// The revision that is asked for; none where it is not said.
    pub(crate) fn revision(self) -> Result<Option<u64>, Answer> {
        let Some(given) = self.given("resourceVersion") else { return Ok(None) };
        unsigned(given).map(Some).map_err(|why| {
            let message = format!("resourceVersion: Invalid value: {given:?}: {why}");
            status::failure(500, "", &message, None)
        })
    }

    /// The same for a list, which calls another one a bad request.
    pub(crate) fn revision_of_list(self) -> Result<Option<u64>, Answer> {
        self.revision().map_err(|refused| {
            status::bad_request(&format!("invalid resource version: {}", refused.message()))
        })
    }

    /// How long a request may take; none where it does not say, or says nothing of use.
    pub(crate) fn timeout(self) -> Result<Option<Duration>, Answer> {
        let Some(given) = self.given("timeoutSeconds") else { return Ok(None) };
        let number = signed(given).map_err(|why| status::bad_request(&why))?;
        let seconds = u64::try_from(number).ok().filter(|seconds| *seconds > 0);
        Ok(seconds.map(|seconds| Duration::from_secs(seconds).min(LONGEST)))
    }

    /// How many objects a list may have; none where all of them.
    pub(crate) fn limit(self) -> Result<Option<usize>, Answer> {
        let Some(given) = self.given("limit") else { return Ok(None) };
        let number = signed(given).map_err(|why| status::bad_request(&why))?;
        Ok(usize::try_from(number).ok().filter(|limit| *limit > 0))
    }

    /// Who writes: what the request says, else the program that sent it.
    pub(crate) fn manager(self) -> &'a str {
        match self.given("fieldManager") {
            Some(manager) => manager,
            None => self.user_agent.split('/').next().unwrap_or_default(),
        }
    }
}
