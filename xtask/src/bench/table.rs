//! Figures, and a table of them in Markdown.

use std::time::Duration;

/// What was measured of one program on one case.
pub(super) struct Figures {
    /// The time of each turn.
    pub(super) times: Vec<Duration>,
    /// The peak of memory in KiB, where known.
    pub(super) peak: Option<u64>,
}

/// The middle value; of an even number of values, the mean of the two in the middle.
pub(super) fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let upper = values.get(values.len() / 2)?;
    let lower = values.get((values.len() - 1) / 2)?;
    Some((lower + upper) / 2.0)
}

/// The head of the table for these programs, of which the first is ours.
pub(super) fn head(programs: &[&str]) -> String {
    let mut columns = vec!["case".to_owned()];
    for (number, program) in programs.iter().enumerate() {
        columns.push(format!("{program}, s"));
        if number > 0 {
            columns.push("times ours".to_owned());
        }
    }
    columns.extend(programs.iter().map(|program| format!("{program}, MiB")));
    let rule = format!("|---|{}\n", "---:|".repeat(columns.len() - 1));
    line(&columns) + &rule
}

/// One line of it.
pub(super) fn row(case: &str, figures: &[Figures]) -> String {
    let mut columns = vec![case.to_owned()];
    let ours = figures.first();
    for (number, theirs) in figures.iter().enumerate() {
        columns.push(seconds(&theirs.times));
        if number > 0 {
            let ratio = ours.and_then(|ours| ratio(&ours.times, &theirs.times));
            columns.push(ratio.map_or("–".to_owned(), |ratio| digits(ratio) + "x"));
        }
    }
    let peak = |kib: u64| digits(kib as f64 / 1024.0);
    columns.extend(figures.iter().map(|of| of.peak.map_or("–".to_owned(), peak)));
    line(&columns)
}

/// How many times longer theirs took: turn by turn, or where they had fewer turns, by the medians.
fn ratio(ours: &[Duration], theirs: &[Duration]) -> Option<f64> {
    if ours.len() == theirs.len() {
        let pairs = ours.iter().zip(theirs);
        return median(pairs.map(|(ours, theirs)| theirs.as_secs_f64() / ours.as_secs_f64()));
    }
    let middle = |times: &[Duration]| median(times.iter().map(Duration::as_secs_f64));
    Some(middle(theirs)? / middle(ours)?)
}

fn line(columns: &[String]) -> String {
    format!("| {} |\n", columns.join(" | "))
}

/// The median in seconds, and how many turns there were where that was one.
fn seconds(times: &[Duration]) -> String {
    let median = median(times.iter().map(Duration::as_secs_f64));
    let once = if times.len() == 1 { " (once)" } else { "" };
    median.map_or("–".to_owned(), |seconds| digits(seconds) + once)
}

/// Three digits that count.
fn digits(value: f64) -> String {
    let decimals = match value {
        100.0.. => 0,
        10.0.. => 1,
        1.0.. => 2,
        0.1.. => 3,
        _ => 4,
    };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests;
