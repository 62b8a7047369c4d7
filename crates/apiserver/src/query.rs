//! The parameters of a request.

use crate::call::{Answer, Call};
use crate::status;

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
        given.parse().map(Some).map_err(|_| {
            let message = format!(
                "resourceVersion: Invalid value: {given:?}: strconv.ParseUint: parsing {given:?}: \
                 invalid syntax"
            );
            status::failure(500, "", &message, None)
        })
    }

    /// How many objects a list may have; none where all of them.
    pub(crate) fn limit(self) -> Result<Option<usize>, Answer> {
        let Some(given) = self.given("limit") else { return Ok(None) };
        let number: i64 = given.parse().map_err(|_| {
            let message = format!("strconv.ParseInt: parsing {given:?}: invalid syntax");
            status::bad_request(&message)
        })?;
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
