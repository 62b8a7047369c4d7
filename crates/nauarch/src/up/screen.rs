//! What `up` prints: a line of JSON or of text for each event, or on a terminal a line for each
//! Kustomization that changes in place, with what is notable above.

use std::collections::BTreeMap;
use std::io::Write;

use agent::Key;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use manifest::Text;

use super::event::{Event, count};
use super::fleet::{Cluster, Fleet, Item, Phase, State};
use crate::printing::shorten;

/// More Kustomizations than this have a line for each cluster only.
const MOST_LINES: usize = 30;

/// Where it goes.
pub(crate) enum Screen {
    /// A line of JSON for each event.
    Json,
    /// A line of text for each event.
    Plain,
    /// Lines that change in place.
    Live(Live),
}

/// Lines that change in place.
pub(crate) struct Live {
    all: MultiProgress,
    lines: BTreeMap<(Text, Option<Key>), ProgressBar>,
}

impl Screen {
    /// On a terminal, lines that change.
    pub(crate) fn live() -> Screen {
        Screen::Live(Live { all: MultiProgress::new(), lines: BTreeMap::new() })
    }

    /// Shows an event, which `fleet` has taken in already.
    pub(crate) fn show(&mut self, event: &Event, fleet: &Fleet) {
        match self {
            Screen::Json => print(&event.json()),
            Screen::Plain => {
                if let Some(line) = event.line() {
                    print(&line);
                }
            }
            Screen::Live(live) => {
                if event.is_notable()
                    && let Some(line) = event.line()
                {
                    // A terminal that has gone away is nobody to tell.
                    let _ = live.all.println(line);
                }
                live.draw(fleet);
            }
        }
    }

    /// Prints text below everything so far; nothing where programs read.
    pub(crate) fn say(&mut self, text: &str) {
        match self {
            Screen::Json => {}
            Screen::Plain => print(text),
            Screen::Live(live) => {
                let _ = live.all.println(text);
            }
        }
    }

    /// Leaves the lines as they are.
    pub(crate) fn finish(&mut self) {
        if let Screen::Live(live) = self {
            live.lines.values().for_each(ProgressBar::abandon);
        }
    }
}

impl Live {
    fn draw(&mut self, fleet: &Fleet) {
        let kustomizations: usize =
            fleet.clusters.values().map(|cluster| cluster.kustomizations.len()).sum();
        let is_short = kustomizations > MOST_LINES;
        let width =
            fleet.clusters.keys().map(|name| name.chars().count()).max().unwrap_or_default();
        let mut wanted = BTreeMap::new();
        for (name, cluster) in &fleet.clusters {
            if is_short || cluster.kustomizations.is_empty() {
                wanted.insert((name.clone(), None), cluster_line(name, cluster, width));
                continue;
            }
            let keys = cluster.kustomizations.keys().map(|key| key.name.chars().count());
            let key_width = keys.max().unwrap_or_default();
            for (key, item) in &cluster.kustomizations {
                let line = format!("{name:width$}  {:key_width$}  {}", key.name, item_text(item));
                wanted.insert(
                    (name.clone(), Some(key.clone())),
                    format!("{} {line}", sign(&item.state)),
                );
            }
        }
        let gone: Vec<_> =
            self.lines.keys().filter(|key| !wanted.contains_key(*key)).cloned().collect();
        for key in gone {
            if let Some(line) = self.lines.remove(&key) {
                line.finish_and_clear();
                self.all.remove(&line);
            }
        }
        for (key, text) in wanted {
            self.set(key, text);
        }
    }

    /// Sets a line, made at its place among the others where it is new.
    fn set(&mut self, key: (Text, Option<Key>), text: String) {
        if let Some(line) = self.lines.get(&key) {
            if line.message() != text {
                line.set_message(text);
            }
            return;
        }
        let line = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{wide_msg}") {
            line.set_style(style);
        }
        let after = self.lines.range(..key.clone()).next_back().map(|(_, line)| line.clone());
        let line = match after {
            Some(after) => self.all.insert_after(&after, line),
            None => self.all.insert(0, line),
        };
        line.set_message(text);
        self.lines.insert(key, line);
    }
}

fn cluster_line(name: &str, cluster: &Cluster, width: usize) -> String {
    let (mut ready, mut objects, mut seconds) = (0, 0, 0.0_f64);
    let mut worst = State::Ready;
    for item in cluster.kustomizations.values() {
        match item.state {
            State::Ready => {
                ready += 1;
                seconds = seconds.max(item.seconds);
            }
            State::Failed { .. } => worst = item.state.clone(),
            _ if worst == State::Ready => worst = item.state.clone(),
            _ => {}
        }
        objects += item.objects;
    }
    let (sign, text) = match &cluster.phase {
        Phase::Starting => (sign(&State::Found), "starting".to_owned()),
        Phase::Down(_) => ("✗", "could not be started".to_owned()),
        Phase::Started if cluster.kustomizations.is_empty() => ("✔", "no Kustomization".to_owned()),
        Phase::Started => {
            let all = cluster.kustomizations.len();
            let objects = count(objects);
            (sign(&worst), format!("{ready} of {all} ready, {objects}, {seconds:.1} s"))
        }
    };
    format!("{sign} {name:width$}  {text}")
}

fn item_text(item: &Item) -> String {
    let revision = shorten(&item.revision);
    let state = match item.state {
        State::Ready => format!("{}, ready, {:.1} s", count(item.objects), item.seconds),
        _ if item.objects > 0 => format!("{}, {}", count(item.objects), item.summary()),
        _ => item.summary(),
    };
    if revision.is_empty() { state } else { format!("{revision}  {state}") }
}

fn sign(state: &State) -> &'static str {
    match state {
        State::Ready => "✔",
        State::Failed { .. } => "✗",
        State::Suspended => "‖",
        State::Waiting(_) | State::Checking(_) => "◎",
        State::Found | State::Working(_) => "►",
    }
}

fn print(line: &str) {
    // A reader that has gone away does not end a fleet.
    let _ = writeln!(std::io::stdout(), "{line}");
}
