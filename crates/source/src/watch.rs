//! Changes of a source, as the operating system tells them.
//!
//! Of a branch, its refs are watched: Git moves a ref when all objects of a commit are there. Of a
//! folder, each directory that is not ignored is watched, so that what Git does in `.git` and what a
//! build leaves behind cost nothing. Events that come close together are one.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::Error;
use crate::folder::{Folder, walk};
use crate::git::{self, Branch};

/// Events are one while they come within this time of each other…
const QUIET: Duration = Duration::from_millis(15);

/// …but no longer than this.
const LONGEST: Duration = Duration::from_millis(250);

/// Tells when a source may have changed.
pub struct Watch {
    watcher: RecommendedWatcher,
    events: mpsc::UnboundedReceiver<()>,
    folder: Option<Watched>,
}

/// A folder and which of its directories are watched.
struct Watched {
    folder: Folder,
    directories: HashSet<PathBuf>,
}

impl Watch {
    /// Of the refs of a branch's repository.
    pub(crate) fn of_branch(branch: &Branch) -> Result<Watch, Error> {
        let common = branch.common_folder();
        let refs = common.join("refs").join("heads");
        let (of_common, of_refs) = (common.clone(), refs.clone());
        let concerns = move |path: &Path| {
            let is_lock = path.extension().is_some_and(|ending| ending == "lock");
            let is_packed =
                || path.parent() == Some(of_common.as_path()) && path.ends_with("packed-refs");
            !is_lock && (path.starts_with(&of_refs) || is_packed())
        };
        let (mut watcher, events) = start(&common, concerns)?;
        let failed = |folder: &Path| {
            let folder = folder.to_owned();
            move |source| Error::Watch { folder, source }
        };
        watcher.watch(&common, RecursiveMode::NonRecursive).map_err(failed(&common))?;
        watcher.watch(&refs, RecursiveMode::Recursive).map_err(failed(&refs))?;
        Ok(Watch { watcher, events, folder: None })
    }

    /// Of all files of a folder that are not ignored.
    pub(crate) fn of_folder(folder: Folder) -> Result<Watch, Error> {
        let git = git::folder_of(folder.root());
        let inside_git = git.clone();
        let concerns = move |path: &Path| match &inside_git {
            // The index is released when a command of Git's is done with the files.
            Some(git) if path.starts_with(git) => path.ends_with("index.lock"),
            _ => !path.components().any(|part| part.as_os_str() == ".git"),
        };
        let (mut watcher, events) = start(folder.root(), concerns)?;
        if let Some(git) = git {
            let failed = |source| Error::Watch { folder: git.clone(), source };
            watcher.watch(&git, RecursiveMode::NonRecursive).map_err(failed)?;
        }
        let mut watch = Watch {
            watcher,
            events,
            folder: Some(Watched { folder, directories: HashSet::new() }),
        };
        watch.add_directories()?;
        Ok(watch)
    }

    /// Waits for a change; `false` when there will be none any more.
    pub async fn next(&mut self) -> bool {
        if self.events.recv().await.is_none() {
            return false;
        }
        let settle = async { while let Ok(Some(())) = timeout(QUIET, self.events.recv()).await {} };
        // Either way the events so far are one.
        let _ = timeout(LONGEST, settle).await;
        // A directory that cannot be watched (it is gone again) is met by the event of its parent.
        let _ = self.add_directories();
        true
    }

    fn add_directories(&mut self) -> Result<(), Error> {
        let Some(watched) = &mut self.folder else { return Ok(()) };
        let mut now = HashSet::new();
        let mut first = Ok(());
        for found in walk(watched.folder.root()).filter_map(Result::ok) {
            if !found.file_type().is_some_and(|kind| kind.is_dir()) {
                continue;
            }
            let path = found.into_path();
            let is_new = !watched.directories.contains(&path);
            match is_new.then(|| self.watcher.watch(&path, RecursiveMode::NonRecursive)) {
                Some(Err(source)) => {
                    let folder = path;
                    first = first.and(Err(Error::Watch { folder, source }));
                }
                _ => drop(now.insert(path)),
            }
        }
        // The system forgets directories that are deleted; one made again in their place is new.
        watched.directories = now;
        first
    }
}

fn start(
    folder: &Path,
    concerns: impl Fn(&Path) -> bool + Send + 'static,
) -> Result<(RecommendedWatcher, mpsc::UnboundedReceiver<()>), Error> {
    let (sender, events) = mpsc::unbounded_channel();
    let handle = move |event: notify::Result<Event>| {
        let is_news = match &event {
            Ok(event) => {
                is_change(event.kind)
                    && (event.need_rescan() || event.paths.iter().any(|path| concerns(path)))
            }
            // Events were lost.
            Err(_) => true,
        };
        if is_news {
            // Where nobody listens any more, nobody misses it.
            let _ = sender.send(());
        }
    };
    let watcher = notify::recommended_watcher(handle)
        .map_err(|source| Error::Watch { folder: folder.to_owned(), source })?;
    Ok((watcher, events))
}

/// Reading is no change; what a program wrote counts when it closes the file.
fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) => false,
        _ => true,
    }
}
