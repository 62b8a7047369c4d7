//! What is wrong, where, why, and what to do next: the one shape of every finding.

use std::fmt;

use crate::Origin;

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// Nothing can be made of the input.
    Error,
    /// It works, but hardly as meant.
    Warning,
}

/// One finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The place at fault; [`Origin::NONE`] where no file is.
    pub origin: Origin,
    /// The object and the cause, a lowercase fragment.
    pub cause: String,
    /// Other places that have to do with it, each with what it is.
    pub related: Vec<(Origin, String)>,
    /// The next step.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at `origin`.
    pub fn error(origin: Origin, cause: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            origin,
            cause: cause.into(),
            related: Vec::new(),
            help: None,
        }
    }

    /// A warning at `origin`.
    pub fn warning(origin: Origin, cause: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(origin, cause) }
    }

    /// With the next step.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// With the next step, where there is one.
    #[must_use]
    pub fn help_if(mut self, help: Option<String>) -> Diagnostic {
        self.help = help.or(self.help);
        self
    }

    /// With another place that has to do with it. A place without a file is left out.
    #[must_use]
    pub fn related(mut self, origin: Origin, what: impl Into<String>) -> Diagnostic {
        if origin.is_some() {
            self.related.push((origin, what.into()));
        }
        self
    }

    /// Whether it is an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// `error: base/x.yaml:3: the key `a` is there twice`, then a line for every related place and for
/// the help.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{word}: ")?;
        if self.origin.is_some() {
            write!(f, "{}: ", self.origin)?;
        }
        f.write_str(&self.cause)?;
        for (origin, what) in &self.related {
            write!(f, "\n  {origin}: {what}")?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

/// The candidate most like `name`: `did you mean` names nothing that is further off than a third of
/// its letters. A candidate with the same last path segment is always near.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let score = |candidate: &str| {
        if candidate.eq_ignore_ascii_case(name) || last(candidate) == last(name) {
            return Some(0);
        }
        let distance = distance(name, candidate);
        (distance * 3 <= name.chars().count().max(3)).then_some(distance)
    };
    candidates
        .into_iter()
        .filter_map(|candidate| Some((score(candidate)?, candidate)))
        .min()
        .map(|(_, candidate)| candidate)
}

/// `did you mean `x`?` for the nearest candidate, else the candidates, where there are few.
pub fn did_you_mean<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    const FEW: usize = 6;
    let mut candidates: Vec<&str> = candidates.into_iter().collect();
    if let Some(near) = nearest(name, candidates.iter().copied()) {
        return Some(format!("did you mean `{near}`?"));
    }
    candidates.sort_unstable();
    candidates.dedup();
    let quoted =
        |list: &[&str]| list.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match candidates.len() {
        0 => None,
        1..=FEW => Some(format!("there is {}", quoted(&candidates))),
        more => {
            let shown = candidates.get(..FEW).unwrap_or_default();
            Some(format!("there are {} and {} more", quoted(shown), more - FEW))
        }
    }
}

/// The number of insertions, deletions and substitutions between two texts, on their first 64
/// characters.
fn distance(a: &str, b: &str) -> usize {
    const COMPARED: usize = 64;
    let b: Vec<char> = b.chars().take(COMPARED).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(COMPARED).enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (y, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = *cell;
            left = substituted.min(*cell + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
