//! What entries of kustomizations name that is not in the repository: fetched, and put into the tree where
//! the build looks for it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use kustomize::remote::{self, Repository};
use manifest::tree::{join, remote_path, remote_root};
use manifest::{Entry, FileTree};
use source::Error;

/// How many different entries one command fetches.
const MAX_FETCHED: usize = 500;

/// How many are fetched at once.
const AT_ONCE: usize = 16;

/// How much of a commit's name tells it from others.
const SHOWN_COMMIT: usize = 12;

/// What was fetched so far.
#[derive(Default)]
pub(crate) struct Remotes {
    count: usize,
    /// What came of each address: entries often name several directories of one repository.
    fetched: BTreeMap<Address, Result<Place, String>>,
}

/// What is fetched for an entry.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Address {
    Repository {
        url: String,
        reference: Option<String>,
    },
    /// Or a repository, if it turns out to be none.
    File(String),
}

/// Where in the tree it is.
#[derive(Clone)]
enum Place {
    /// The root for a repository.
    Repository(String),
    File(String),
}

/// What came of fetching.
enum Fetched {
    Clone(String, source::Clone),
    File(source::File),
}

impl Remotes {
    /// Fetches what `urls`, entries of kustomizations, name, and puts it into the tree, or why it cannot be
    /// had.
    pub(crate) fn fetch(&mut self, urls: &[&str], tree: &mut FileTree) {
        let unknown: BTreeMap<Address, &str> = urls
            .iter()
            .map(|url| (address(url), *url))
            .filter(|(address, _)| !self.fetched.contains_key(address))
            .collect();
        let unknown: Vec<(Address, &str)> = unknown.into_iter().collect();
        for some in unknown.chunks(AT_ONCE) {
            self.count += some.len();
            let is_enough = self.count > MAX_FETCHED;
            let answers: Vec<Result<Fetched, String>> = std::thread::scope(|scope| {
                let fetch = |url: &str| match is_enough {
                    true => Err(format!("over {MAX_FETCHED} others were fetched before")),
                    false => get(url),
                };
                let threads: Vec<_> =
                    some.iter().map(|(_, url)| scope.spawn(move || fetch(url))).collect();
                let ended = |thread: std::thread::ScopedJoinHandle<'_, Result<Fetched, String>>| {
                    thread.join().unwrap_or_else(|_| Err("fetching has broken off".to_owned()))
                };
                threads.into_iter().map(ended).collect()
            });
            for ((address, url), answer) in some.iter().zip(answers) {
                let place = answer.map(|fetched| insert(url, fetched, tree));
                self.fetched.insert(address.clone(), place);
            }
        }
        for url in urls {
            let entry = self.place_of(url).map_or_else(Entry::Unreadable, Entry::Link);
            tree.insert(&remote_path(url), entry);
        }
    }

    /// Where in the tree an entry leads.
    fn place_of(&self, url: &str) -> Result<String, String> {
        let place = self.fetched.get(&address(url)).cloned();
        match place.unwrap_or_else(|| Err("it was not fetched".to_owned()))? {
            Place::File(path) => Ok(path),
            Place::Repository(root) => {
                let inside = remote::repository(url).map(|it| it.path).unwrap_or_default();
                join(&root, &inside).ok_or_else(|| "its path leads out of it".to_owned())
            }
        }
    }
}

fn address(url: &str) -> Address {
    let may_be_file = remote::is_file(url) && !remote::is_surely_repository(url);
    match remote::repository(url).filter(|_| !may_be_file) {
        Some(Repository { url, reference, .. }) => Address::Repository { url, reference },
        None => Address::File(url.to_owned()),
    }
}

/// Fetches it.
fn get(url: &str) -> Result<Fetched, String> {
    let repository = remote::repository(url);
    if let Address::File(_) = address(url) {
        // As kustomize does: what is no file may be a repository.
        match (source::download(url, remote::timeout(url)), &repository) {
            (Ok(file), None) => return Ok(Fetched::File(file)),
            (Ok(file), _) if !file.is_page => return Ok(Fetched::File(file)),
            (Ok(_) | Err(Error::Status { .. }), Some(_)) => {}
            (Err(error), _) => return Err(error.chain()),
        }
    }
    let Some(Repository { url, reference, timeout, .. }) = repository else {
        return Err("it is no address of a repository".to_owned());
    };
    let clone = source::clone(&url, reference.as_deref(), timeout, &cache());
    clone.map(|clone| Fetched::Clone(url, clone)).map_err(|error| error.chain())
}

/// Puts it into the tree.
fn insert(url: &str, fetched: Fetched, tree: &mut FileTree) -> Place {
    match fetched {
        Fetched::Clone(url, clone) => {
            let root = remote_root(&shown(&url, &clone.commit));
            tree.insert(&root, Entry::Directory);
            for (path, entry) in clone.tree.iter() {
                tree.insert(&format!("{root}/{path}"), entry.clone());
            }
            Place::Repository(root)
        }
        Fetched::File(file) => {
            let address = url.split_once("://").map_or(url, |(_, address)| address);
            let path = address.split('?').next().unwrap_or_default().trim_end_matches('/');
            let (place, name) = path.rsplit_once('/').unwrap_or((path, "index"));
            let path = format!("{}/{name}", remote_root(place));
            tree.insert(&path, Entry::File(file.content));
            Place::File(path)
        }
    }
}

/// How messages call a commit of a repository; without the password that a URL may have.
fn shown(url: &str, commit: &str) -> String {
    let address = url.split_once("://").map_or(url, |(_, address)| address);
    let host = address.split('/').next().unwrap_or_default();
    let address = host.rfind('@').and_then(|at| address.get(at + 1..)).unwrap_or(address);
    let commit = commit.get(..SHOWN_COMMIT).unwrap_or(commit);
    format!("{}@{commit}", address.trim_end_matches('/').trim_end_matches(".git"))
}

/// The folder for what is fetched for builds.
fn cache() -> PathBuf {
    cache_of("remote")
}

/// A folder for what is fetched: `nauarch/NAME` below `XDG_CACHE_HOME` or `~/.cache`.
pub(crate) fn cache_of(name: &str) -> PathBuf {
    let folder = |name: &str| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    let cache = folder("XDG_CACHE_HOME").or_else(|| Some(folder("HOME")?.join(".cache")));
    cache.unwrap_or_else(std::env::temp_dir).join("nauarch").join(name)
}
