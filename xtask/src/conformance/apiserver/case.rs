//! The cases: their files, and where an answer is another one.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::mask::{mask, soften};

/// A sequence of requests and what is expected of each, where that is known.
#[derive(Clone)]
pub(crate) struct Case {
    pub(super) name: String,
    path: PathBuf,
    pub(super) steps: Vec<Value>,
}

/// Where an answer is another one.
pub(crate) struct Difference {
    pub(crate) what: String,
    pub(crate) got: String,
    pub(crate) expected: String,
}

impl Case {
    /// A case that has no file yet.
    pub(crate) fn new(name: String, steps: Vec<Value>) -> Case {
        let path = PathBuf::from(format!("{name}.json"));
        Case { name, path, steps }
    }

    /// The same with other steps.
    pub(crate) fn with_steps(&self, steps: Vec<Value>) -> Case {
        Case { steps, ..self.clone() }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn steps(&self) -> &[Value] {
        &self.steps
    }

    /// How many answers are expected, and how many of them are refusals.
    pub(crate) fn answers(&self) -> (usize, usize) {
        let codes = self.steps.iter().filter_map(|step| step["expect"]["status"].as_u64());
        codes.fold((0, 0), |(all, bad), code| (all + 1, bad + usize::from(code >= 400)))
    }

    /// The text of its file.
    pub(crate) fn text(&self) -> Result<String> {
        let case = json!({"name": self.name, "steps": self.steps});
        Ok(serde_json::to_string_pretty(&case)? + "\n")
    }

    /// Writes its file.
    pub(super) fn write(&self) -> Result<()> {
        fs::write(&self.path, self.text()?)
            .with_context(|| format!("cannot write {}", self.path.display()))
    }

    /// Writes its file into a folder.
    pub(crate) fn write_to(&self, folder: &Path) -> Result<()> {
        Case { path: folder.join(&self.path), ..self.clone() }.write()
    }
}

/// All cases of a folder, by name.
pub(super) fn read(folder: &Path) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let case: Value = serde_json::from_str(&text)
            .with_context(|| format!("{} is no JSON", path.display()))?;
        let name = case["name"].as_str().unwrap_or_default().to_owned();
        let steps = case["steps"].as_array().cloned().unwrap_or_default();
        cases.push(Case { name, path, steps });
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(cases)
}

impl Difference {
    pub(super) fn of_error(error: &anyhow::Error) -> Difference {
        Difference { what: format!("{error:#}"), got: String::new(), expected: String::new() }
    }
}

/// Compares an answer, in which the namespace is `{ns}`, with what a step expects.
pub(super) fn compare(
    number: usize,
    step: &Value,
    status: u16,
    body: &Value,
) -> Result<(), Difference> {
    let expect = &step["expect"];
    let key = if step.get("watch").is_some() { "events" } else { "body" };
    let expected = soften(&expect[key]);
    let got = soften(&mask(body, &mut Vec::new()));
    let wanted = expect["status"].as_u64().unwrap_or_default();
    if wanted == u64::from(status) && got == expected {
        return Ok(());
    }
    let what = if wanted == u64::from(status) {
        format!("step {number}: status {status}, the body differs")
    } else {
        format!("step {number}: status {status}, expected {wanted}")
    };
    let (got, expected) = (got.to_string(), expected.to_string());
    Err(Difference { what, got, expected })
}
