//! A whole fleet on this machine: `nauarch up`.
//!
//! ```text
//! repository ─▶ clusters ─▶ each: API server, listener, its file applied, agent ─▶ events ─▶ screen
//!      └── followed; a change goes to every agent, and a changed cluster file is applied again
//! ```

mod artifact;
mod by_hand;
mod cluster;
mod elsewhere;
mod event;
mod example;
mod files;
mod fleet;
mod members;
mod place;
pub(crate) mod screen;
mod stuck;
mod what_next;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use manifest::Diagnostic;
use tokio::sync::mpsc;

use self::event::{Event, What};
use self::fleet::{Fleet, Verdict};
use self::members::Members;
use self::place::Place;
use self::screen::Screen;
use crate::clock;
use crate::failure::Failure;

/// What the command line says.
pub(crate) struct Options {
    /// The folder of the repository; the example without one.
    pub(crate) repository: Option<PathBuf>,
    /// End when all is ready, or has failed, or this long.
    pub(crate) once: Option<Duration>,
    /// Files count as they are, committed or not.
    pub(crate) worktree: bool,
    /// Where the clusters are kept.
    pub(crate) data: Option<PathBuf>,
    /// The port of the first cluster; the next ones follow. Any free ones without.
    pub(crate) port_base: Option<u16>,
    /// What happens to variables that are not set.
    pub(crate) mode: render::Mode,
    /// The source that the folder is, where its URL does not tell.
    pub(crate) source: Option<String>,
    /// Where events are shown.
    pub(crate) screen: Screen,
}

/// Runs the fleet until it is stopped.
///
/// # Errors
/// The input is bad; with `once`, also where something failed.
pub(crate) async fn run(options: Options) -> Result<(), Failure> {
    let place = Place::open(options.data.as_deref())?;
    let mut first = None;
    let repository = match &options.repository {
        Some(repository) => Ok(repository.clone()),
        None => example::unpack(&place.example(), clock::now()).map(|made| {
            first = made;
            place.example()
        }),
    };
    let done = match repository {
        Ok(repository) => run_in(options, &place, &repository).await,
        Err(failure) => Err(failure),
    };
    let is_touched = first.is_some_and(|first| !example::is_untouched(&place.example(), &first));
    if place.clean_up(is_touched) {
        crate::failure::note(&format!("your changes are kept in {}", place.example().display()));
    }
    done
}

async fn run_in(options: Options, place: &Place, repository: &Path) -> Result<(), Failure> {
    let (sender, events) = mpsc::unbounded_channel();
    let members = Members::open(&options, place.clone(), repository, sender)?;
    let up = Up {
        screen: options.screen,
        fleet: Fleet::default(),
        members,
        once: options.once,
        begun: Instant::now(),
        is_settled: false,
    };
    up.run(events).await
}

/// What happens to a fleet's process.
struct Up {
    screen: Screen,
    fleet: Fleet,
    members: Members,
    once: Option<Duration>,
    begun: Instant,
    /// Whether it has been said that all is ready.
    is_settled: bool,
}

impl Up {
    async fn run(mut self, mut events: mpsc::UnboundedReceiver<Event>) -> Result<(), Failure> {
        self.members.refresh();
        let mut stop = Signals::new()?;
        let patience = self.once.unwrap_or(Duration::MAX);
        let deadline = tokio::time::sleep(patience.min(Duration::from_secs(365 * 86_400)));
        tokio::pin!(deadline);
        let end = loop {
            tokio::select! {
                event = events.recv() => {
                    // The members have a sender.
                    let Some(event) = event else { break Ok(()) };
                    self.take(&event);
                    // What came meanwhile, first.
                    while let Ok(event) = events.try_recv() {
                        self.take(&event);
                    }
                    if let Some(end) = self.look() {
                        break end;
                    }
                }
                () = self.members.changed() => self.members.refresh(),
                () = &mut deadline, if self.once.is_some() => break self.end_now(),
                () = stop.next() => {
                    break match self.once {
                        Some(_) => Err(Failure::NotReady("stopped before all was ready".to_owned())),
                        None => Ok(()),
                    };
                }
            }
        };
        self.screen.finish();
        tokio::select! {
            () = self.members.stop() => end,
            // Whoever asks twice does not want to wait.
            () = stop.next() => end,
        }
    }

    fn take(&mut self, event: &Event) {
        self.fleet.take(event);
        self.screen.show(event, &self.fleet);
    }

    /// Whether this is the end, or the moment to say that all is ready.
    fn look(&mut self) -> Option<Result<(), Failure>> {
        if self.is_settled && self.once.is_none() {
            return None;
        }
        let verdict = self.fleet.verdict(&self.members.links())?;
        // Without any cluster there is nothing to wait for either.
        if self.once.is_some() || self.fleet.is_down() {
            return Some(self.end(&verdict));
        }
        self.is_settled = true;
        let next = self.members.what_next();
        self.screen.say(&next);
        None
    }

    fn end_now(&mut self) -> Result<(), Failure> {
        let verdict = self.fleet.verdict_now(&self.members.links());
        self.end(&verdict)
    }

    /// Says how it ended.
    fn end(&mut self, verdict: &Verdict) -> Result<(), Failure> {
        let Verdict { ready, failed, not_run, down } = verdict;
        let what = What::End {
            ready: *ready,
            failed: failed.len(),
            not_run: not_run.len(),
            seconds: self.begun.elapsed().as_secs_f64(),
        };
        self.take(&Event { at: clock::now(), cluster: None, what });
        self.screen.finish();
        for line in not_run {
            crate::failure::say(&format!("not run: {line}"));
        }
        for line in failed.iter().chain(down) {
            crate::failure::say(&format!("error: {line}"));
        }
        let bad = self.members.has_bad_input();
        match (down.is_empty() && !bad, failed.is_empty()) {
            (true, true) => Ok(()),
            (true, false) => Err(Failure::Findings),
            // All has been said.
            (false, _) => Err(Failure::Input(Vec::<Diagnostic>::new())),
        }
    }
}

/// Ctrl-C, and what service managers send.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn new() -> Result<Signals, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let cannot = |error| Failure::Usage(format!("signals cannot be listened for: {error}"));
        Ok(Signals {
            terminate: signal(SignalKind::terminate()).map_err(cannot)?,
            interrupt: signal(SignalKind::interrupt()).map_err(cannot)?,
        })
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    fn new() -> Result<Signals, Failure> {
        Ok(Signals {})
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        // Without a handler Ctrl-C ends the process by itself.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
