//! One run of all tests: shown shorter than cargo shows it, and added up.
//!
//! A line for each test that passed would bury the one that did not, so those are dropped. Cargo's
//! summary of a binary is kept for the end of the run, and stands as one short line meanwhile.

use std::io::{BufRead, BufReader};

use anyhow::{Context, Result};

use crate::workspace;

const TESTS: &[&str] = &["test", "--workspace", "--no-fail-fast"];

/// What came of it.
#[derive(Default)]
pub(super) struct TestsRun {
    succeeded: bool,
    /// As cargo wrote them, for each binary: its name, and its `test result:` line once it has one.
    summaries: Vec<(String, Option<String>)>,
    passed: usize,
    failed: usize,
}

impl TestsRun {
    /// Runs them all, printing on the way.
    pub(super) fn start() -> Result<Self> {
        // One pipe for both: cargo names the binary on stderr, the binary answers on stdout.
        let (output, input) = std::io::pipe().context("cannot open a pipe")?;
        let mut command = workspace::cargo()?;
        command.args(TESTS).env("CARGO_TERM_COLOR", "never");
        command.stdout(input.try_clone().context("cannot copy a pipe")?).stderr(input);
        let mut child = command.spawn().context("cannot run cargo test")?;
        // It holds the writing ends; the output only ends when they are closed.
        drop(command);

        let mut run = Self::default();
        for line in BufReader::new(output).split(b'\n') {
            let line = line.context("cannot read what cargo test prints")?;
            if let Some(shown) = run.read(&String::from_utf8_lossy(&line)) {
                println!("{shown}");
            }
        }
        run.succeeded = child.wait().context("cannot wait for cargo test")?.success();
        Ok(run)
    }

    /// Takes one line of output; gives what to show of it.
    fn read(&mut self, line: &str) -> Option<String> {
        let words = line.trim_start();
        if words.starts_with("Running ") || words.starts_with("Doc-tests ") {
            self.summaries.push((line.to_owned(), None));
            return Some(line.to_owned());
        }
        if line.starts_with("test result: ") {
            let (passed, failed) = (count(line, "passed"), count(line, "failed"));
            self.passed += passed;
            self.failed += failed;
            if let Some((_, result)) = self.summaries.last_mut() {
                *result = Some(line.to_owned());
            }
            return Some(format!("{:>12} {passed} passed, {failed} failed", ""));
        }
        let passed = line.starts_with("test ") && line.ends_with(" ... ok");
        let started =
            line.starts_with("running ") && (line.ends_with(" test") || line.ends_with(" tests"));
        (!passed && !started && !words.is_empty()).then(|| line.to_owned())
    }

    /// Whether cargo was content; a binary that crashed has no summary, yet fails.
    pub(super) fn passed(&self) -> bool {
        self.succeeded && self.failed == 0
    }

    pub(super) fn print_summaries(&self) {
        for (binary, result) in &self.summaries {
            let result = result.as_deref().unwrap_or("no test result: it died on the way");
            println!("{binary}\n{result}");
        }
    }

    pub(super) fn closing_line(&self) -> String {
        format!("{} passed, {} failed", self.passed, self.failed)
    }
}

/// The number before `what` in `test result: ok. 12 passed; 0 failed; ...`.
fn count(summary: &str, what: &str) -> usize {
    let words: Vec<&str> = summary.split([' ', ';', '.']).filter(|word| !word.is_empty()).collect();
    let before = words.windows(2).find_map(|pair| match pair {
        [number, word] if *word == what => number.parse().ok(),
        _ => None,
    });
    before.unwrap_or(0)
}

#[cfg(test)]
mod tests;
