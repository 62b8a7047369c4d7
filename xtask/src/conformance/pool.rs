//! Work on many cases in parallel, in which a case may panic or never end.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use std::{io, thread};

/// The stack of a thread: that of a process's first one, so that a case nests no deeper here than in
/// the product.
const STACK: usize = 8 << 20;

/// How a case ended.
#[derive(Debug, PartialEq)]
pub(super) enum Ended<T> {
    With(T),
    /// What the panic said, and where.
    InPanic(String),
    /// Not within the time it had.
    Not,
}

/// What a worker tells.
enum Event<T> {
    Started(usize),
    Ended(usize, Ended<T>),
}

struct Queue<J> {
    jobs: Vec<J>,
    next: AtomicUsize,
}

/// Runs `work` on every job, in order of the jobs. A job that takes longer than `limit` is given up: its
/// thread goes on until the process ends, and another one takes its place.
///
/// # Errors
/// No thread can be started.
pub(super) fn run<J, T>(
    jobs: Vec<J>,
    limit: Duration,
    work: fn(&J) -> T,
) -> io::Result<Vec<Ended<T>>>
where
    J: Send + Sync + 'static,
    T: Send + 'static,
{
    remember_panics();
    let mut ended: Vec<Option<Ended<T>>> = jobs.iter().map(|_| None).collect();
    let mut left = jobs.len();
    let mut running: BTreeMap<usize, Instant> = BTreeMap::new();
    let queue = Arc::new(Queue { jobs, next: AtomicUsize::new(0) });
    let (sender, receiver) = mpsc::channel();
    for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
        start(&queue, &sender, work)?;
    }
    while left > 0 {
        // Whoever has run longest; while nobody runs, a worker is about to say that it starts.
        let oldest = running.iter().min_by_key(|(_, since)| **since).map(|(job, at)| (*job, *at));
        let patience = oldest.map_or(limit, |(_, since)| limit.saturating_sub(since.elapsed()));
        let (job, how) = match (receiver.recv_timeout(patience), oldest) {
            (Ok(Event::Started(job)), _) => {
                running.insert(job, Instant::now());
                continue;
            }
            (Ok(Event::Ended(job, how)), _) => (job, how),
            (Err(_), Some((job, _))) => {
                start(&queue, &sender, work)?;
                (job, Ended::Not)
            }
            (Err(_), None) => continue,
        };
        running.remove(&job);
        // One that was given up may still end.
        if let Some(slot) = ended.get_mut(job).filter(|slot| slot.is_none()) {
            *slot = Some(how);
            left -= 1;
        }
    }
    Ok(ended.into_iter().flatten().collect())
}

fn start<J, T>(
    queue: &Arc<Queue<J>>,
    sender: &mpsc::Sender<Event<T>>,
    work: fn(&J) -> T,
) -> io::Result<()>
where
    J: Send + Sync + 'static,
    T: Send + 'static,
{
    let (queue, sender) = (Arc::clone(queue), sender.clone());
    let worker = move || {
        loop {
            let at = queue.next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = queue.jobs.get(at) else { return };
            let said = sender.send(Event::Started(at));
            let how = match panic::catch_unwind(AssertUnwindSafe(|| work(job))) {
                Ok(result) => Ended::With(result),
                Err(_) => Ended::InPanic(LAST_PANIC.take()),
            };
            // Nobody listens any more: the run is over, and this thread was given up.
            if said.and_then(|()| sender.send(Event::Ended(at, how))).is_err() {
                return;
            }
        }
    };
    thread::Builder::new().stack_size(STACK).spawn(worker).map(drop)
}

thread_local! {
    /// What the last panic of this thread said.
    static LAST_PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Has panics of named threads, the main one among them, printed as always, and those of workers kept
/// for the report.
fn remember_panics() {
    let default = panic::take_hook();
    panic::set_hook(Box::new(move |panic| match thread::current().name() {
        Some(_) => default(panic),
        None => LAST_PANIC.set(panic.to_string().replace('\n', " ")),
    }));
}

#[cfg(test)]
mod tests;
