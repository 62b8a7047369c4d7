//! Files and functions that one can read in one go.

use super::finding::Finding;
use super::tree::Tree;

const FILE_LINES: usize = 800;
const FUNCTION_LINES: usize = 100;

/// A file is at most 800 lines, those of its tests not counted.
pub(super) fn file_lines(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in tree.product() {
        let tests: usize = source.test_lines.iter().map(|range| range.clone().count()).sum();
        let lines = source.lines.saturating_sub(tests);
        if lines > FILE_LINES {
            let message = format!("{lines} lines, at most {FILE_LINES}: give each job a file");
            let finding = Finding::new("file-lines", &source.path, 0, message);
            findings.push(Finding { figure: lines, ..finding });
        }
    }
    findings
}

/// A function is at most 100 lines, from its signature to its closing brace.
pub(super) fn function_lines(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in tree.product() {
        for function in source.functions.iter().filter(|function| function.lines > FUNCTION_LINES) {
            let message = format!(
                "`{}` has {} lines, at most {FUNCTION_LINES}: name its steps",
                function.name, function.lines
            );
            let finding = Finding::new("function-lines", &source.path, function.line, message);
            let (item, figure) = (Some(function.name.clone()), function.lines);
            findings.push(Finding { item, figure, ..finding });
        }
    }
    findings
}

#[cfg(test)]
mod tests;
