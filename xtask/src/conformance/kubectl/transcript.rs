//! The form of a transcript.
//!
//! A line `$ COMMAND` is run by a shell; with `<<EOF` in it, the lines up to `EOF` belong to it. What
//! it prints follows, indented by two blanks; what another kubectl prints instead follows a line
//! `@ VERSION`. `$ [1.36] COMMAND` is for that kubectl only. All other lines are for readers.

/// What a file says.
pub(super) struct Transcript {
    pub(super) steps: Vec<Step>,
    /// What stands after the last step.
    rest: String,
}

/// One command.
pub(super) struct Step {
    /// What stands before it.
    before: String,
    /// Its lines, as in the file.
    lines: String,
    /// What it prints.
    expected: String,
    /// What it prints instead, by the version of kubectl.
    others: Vec<(String, String)>,
}

impl Transcript {
    pub(super) fn parse(text: &str) -> Transcript {
        let mut transcript = Transcript { steps: Vec::new(), rest: String::new() };
        let mut is_document = false;
        for line in text.lines() {
            // Blank lines belong to what is printed if more of it follows.
            let is_blank = transcript.rest.chars().all(|letter| letter == '\n');
            match transcript.steps.last_mut().filter(|_| is_blank) {
                Some(step) if is_document => {
                    push(&mut step.lines, line);
                    is_document = line != "EOF";
                    continue;
                }
                Some(step) if line.starts_with("  ") => {
                    let expected =
                        step.others.last_mut().map_or(&mut step.expected, |other| &mut other.1);
                    expected.push_str(&std::mem::take(&mut transcript.rest));
                    push(expected, line.get(2..).unwrap_or_default());
                    continue;
                }
                Some(step) if line.starts_with("@ ") => {
                    let version = line.get(2..).unwrap_or_default().to_owned();
                    step.others.push((version, String::new()));
                    continue;
                }
                _ => {}
            }
            if line.starts_with("$ ") {
                is_document = line.contains("<<EOF");
                let before = std::mem::take(&mut transcript.rest);
                let lines = format!("{line}\n");
                transcript.steps.push(Step {
                    before,
                    lines,
                    expected: String::new(),
                    others: Vec::new(),
                });
            } else {
                push(&mut transcript.rest, line);
            }
        }
        transcript
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for step in &self.steps {
            text.push_str(&step.before);
            text.push_str(&step.lines);
            push_indented(&mut text, &step.expected);
            for (version, other) in &step.others {
                push(&mut text, &format!("@ {version}"));
                push_indented(&mut text, other);
            }
        }
        text + &self.rest
    }
}

impl Step {
    /// Whether a kubectl of this version is to run it.
    pub(super) fn is_for(&self, version: &str) -> bool {
        self.only_for().is_none_or(|wanted| wanted == version)
    }

    fn only_for(&self) -> Option<&str> {
        self.lines.strip_prefix("$ [")?.split_once("] ").map(|(version, _)| version)
    }

    /// What the shell runs.
    pub(super) fn command(&self) -> String {
        let lines = self.lines.strip_prefix("$ ").unwrap_or(&self.lines);
        match self.only_for() {
            Some(_) => lines.split_once("] ").map_or(lines, |(_, rest)| rest).to_owned(),
            None => lines.to_owned(),
        }
    }

    /// What a kubectl prints.
    pub(super) fn expected(&self, version: &str) -> &str {
        let other = self.others.iter().find(|(other, _)| other == version);
        other.map_or(&self.expected, |(_, other)| other)
    }

    /// Takes what a kubectl printed for what it prints; `is_newest` one speaks for all.
    pub(super) fn accept(&mut self, version: &str, got: String, is_newest: bool) {
        self.others.retain(|(other, _)| other != version);
        if is_newest || self.only_for().is_some() {
            self.expected = got;
        } else if got != self.expected {
            self.others.push((version.to_owned(), got));
        }
    }

    /// What came instead of what is written.
    pub(super) fn difference(&self, version: &str, got: &str) -> String {
        let first = self.lines.lines().next().unwrap_or_default();
        let marked = |mark: &str, text: &str| -> String {
            text.lines().map(|line| format!("    {mark} {line}\n")).collect()
        };
        format!("  {first}\n{}{}", marked("-", self.expected(version)), marked("+", got))
    }
}

fn push_indented(text: &mut String, lines: &str) {
    for line in lines.lines() {
        push(text, format!("  {line}").trim_end());
    }
}

fn push(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

#[cfg(test)]
mod tests;
