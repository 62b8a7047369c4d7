//! A repository that is elsewhere, and what was fetched of it: one store for all who want something of it.
//!
//! What is fetched is one commit deep and stays on the disk, so the next commit brings only what is new in
//! it. A commit that is there is not asked for again, and is there without a network as well.

mod collect;
mod fetched;
mod local;
mod packing;
mod reference;
mod signed;

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gix::ObjectId;
use gix::refs::transaction::PreviousValue;
use gix::remote::Direction;
use gix_transport::client::blocking_io::http::Transport;
use gix_transport::client::git::ConnectMode;
use gix_transport::client::git::blocking_io::Connection;
use manifest::Content;

pub use self::fetched::Fetched;
use self::fetched::Ids;
use self::reference::TAGS;
pub use self::reference::{Reference, Written};

use crate::http::{Client, git::Http, shown};
use crate::notes::Notes;
use crate::semver::{Range, Version};
use crate::{Access, Artifact, Error, git, ssh};

/// How many bytes one answer of a server may have.
const MAX_PACK: u64 = 8 << 30;

/// How many bytes of files one commit may have.
const MAX_FILES: u64 = 1 << 30;

/// Where the commits that are kept have their names.
const KEPT: &str = "refs/nauarch/";

/// A repository that is elsewhere; clones are the same one.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    url: String,
    access: Access,
    repository: gix::ThreadSafeRepository,
    notes: Notes,
    /// How many fetches have begun.
    begun: AtomicU64,
    /// The number and the outcome of the last fetch of each reference. Whoever holds it is fetching.
    last: Mutex<HashMap<Reference, (u64, Fetched)>>,
    /// Files by the id of their content, those of the last tree.
    known: Mutex<HashMap<ObjectId, Content>>,
}

impl Store {
    /// The store in `folder` of the repository at `url`, made where there is none.
    ///
    /// # Errors
    /// The folder cannot be written, or holds something else.
    pub fn open(folder: &Path, url: &str, access: &Access) -> Result<Store, Error> {
        let (access, url) = access.with_url(url)?;
        let cannot = || Error::git(format!("`{}` cannot be made a store", folder.display()));
        let options = gix::open::Options::isolated;
        let repository = match gix::open_opts(folder, options()) {
            Ok(repository) => repository,
            Err(_) => {
                fs::create_dir_all(folder).map_err(Error::disk(folder, "written"))?;
                gix::ThreadSafeRepository::init_opts(
                    folder,
                    gix::create::Kind::Bare,
                    gix::create::Options::default(),
                    options(),
                )
                .map_err(cannot())?
                .to_thread_local()
            }
        };
        Ok(Store {
            inner: Arc::new(Inner {
                url,
                access,
                repository: repository.into_sync(),
                notes: Notes::new(notes(folder)),
                begun: AtomicU64::new(0),
                last: Mutex::default(),
                known: Mutex::default(),
            }),
        })
    }

    /// Asks the server for a reference, and fetches the commit that it is unless it is there. Of several who
    /// ask at once, one does it for all.
    ///
    /// # Errors
    /// The server has no such reference, cannot be reached, or takes longer than `limit`.
    pub fn fetch(&self, reference: &Reference, limit: Duration) -> Result<Fetched, Error> {
        self.fetch_since(self.inner.begun.load(Ordering::SeqCst), reference, limit)
    }

    /// The same for who asked when so many fetches had begun: a later one will do.
    fn fetch_since(
        &self,
        asked: u64,
        reference: &Reference,
        limit: Duration,
    ) -> Result<Fetched, Error> {
        let inner = &self.inner;
        let mut last = inner.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((number, fetched)) = last.get(reference)
            && *number > asked
        {
            return Ok(fetched.clone());
        }
        let number = inner.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let _lock = inner.notes.lock()?;
        let fetched = inner.fetch(reference, limit)?;
        inner.notes.put(&format!("{reference:?}"), &fetched.line())?;
        let is_new = last.get(reference).is_none_or(|(_, before)| *before != fetched);
        last.insert(reference.clone(), (number, fetched.clone()));
        if is_new {
            inner.collect(last.values().map(|(_, fetched)| fetched))?;
        }
        Ok(fetched)
    }

    /// What a reference was when it was last fetched, in this process or one before it; `None` where it never
    /// was, or where that cannot be read any more.
    pub fn last(&self, reference: &Reference) -> Option<Fetched> {
        self.last_that(reference, |_| true)
    }

    /// The last of the few outcomes of a reference that are kept for which `is_good`.
    pub(crate) fn last_that(
        &self,
        reference: &Reference,
        is_good: impl Fn(&Fetched) -> bool,
    ) -> Option<Fetched> {
        let repository = self.inner.repository.to_thread_local();
        let notes = self.inner.notes.of(&format!("{reference:?}"));
        let noted = notes.iter().filter_map(|line| Fetched::of_line(line));
        let mut there = noted.filter(|fetched| fetched.ids().all(|id| repository.has_object(id)));
        there.find(is_good)
    }

    /// The files of a commit that was fetched, today or before.
    ///
    /// # Errors
    /// It is not there, or cannot be read.
    pub fn read(&self, fetched: &Fetched) -> Result<Artifact, Error> {
        let gone = || Error::Gone { revision: fetched.revision.to_string() };
        let commit = ObjectId::from_hex(fetched.commit.as_bytes()).map_err(|_| gone())?;
        let repository = self.inner.repository.to_thread_local();
        if !repository.has_object(commit) {
            return Err(gone());
        }
        let mut known = self.inner.known.lock().unwrap_or_else(PoisonError::into_inner);
        let tree = git::files_sharing(&repository, commit, MAX_FILES, &mut known)
            .map_err(Error::git(format!("the files of {} cannot be read", fetched.revision)))?;
        Ok(Artifact::new(fetched.revision.clone(), tree))
    }
}

impl Inner {
    /// Collects the commits that neither a note nor this process knows any more.
    fn collect<'a>(&self, last: impl Iterator<Item = &'a Fetched>) -> Result<(), Error> {
        let noted = self.notes.all()?;
        let noted: Vec<Fetched> = noted.iter().filter_map(|line| Fetched::of_line(line)).collect();
        let mut kept: BTreeSet<ObjectId> = noted.iter().flat_map(Fetched::ids).collect();
        kept.extend(last.flat_map(Fetched::ids));
        collect::collect(&self.repository.to_thread_local(), &kept)
    }

    fn fetch(&self, reference: &Reference, limit: Duration) -> Result<Fetched, Error> {
        let repository = self.repository.to_thread_local();
        if let Reference::Commit { id, .. } = reference
            && let Ok(commit) = ObjectId::from_hex(id.as_bytes())
            && repository.has_object(commit)
        {
            return Ok(Fetched::new(reference, Ids::new(commit, commit)));
        }
        let chosen = match reference {
            Reference::SemVer(range) => Some(self.highest(&repository, range, limit)?),
            _ => None,
        };
        let reference = chosen.as_ref().unwrap_or(reference);
        let ids = self.receive(&repository, reference, limit)?;
        let commit = ids.commit;
        repository
            .reference(format!("{KEPT}{commit}"), commit, PreviousValue::Any, "fetched")
            .map_err(Error::git(format!("the commit {commit} cannot be kept")))?;
        Ok(Fetched::new(reference, ids))
    }

    /// The tag with the highest version of a range.
    fn highest(
        &self,
        repository: &gix::Repository,
        range: &str,
        limit: Duration,
    ) -> Result<Reference, Error> {
        let versions =
            Range::parse(range).map_err(|error| Error::NoRange { source: Box::new(error) })?;
        let all = Reference::SemVer(range.to_owned());
        let tags = self.ask(repository, &all, limit, |found| Ok(found.names()))?;
        let in_range = tags.into_iter().filter_map(|name| {
            let tag = name.strip_prefix(TAGS)?.to_owned();
            let version = Version::of_tag(&tag).filter(|version| versions.has(version))?;
            Some((version, tag))
        });
        let mut in_range: Vec<(Version, String)> = in_range.collect();
        in_range.sort_by(|(one, _), (other, _)| one.cmp(other));
        let none = || Error::NoVersion { range: range.to_owned() };
        let highest = in_range.pop().ok_or_else(none)?;
        in_range.retain(|(version, _)| version.cmp(&highest.0).is_eq());
        in_range.push(highest);
        self.latest(repository, in_range.into_iter().map(|(_, tag)| tag), limit)
    }

    /// Of tags with one version, that of the latest commit; the last of those where there are several.
    fn latest(
        &self,
        repository: &gix::Repository,
        tags: impl ExactSizeIterator<Item = String>,
        limit: Duration,
    ) -> Result<Reference, Error> {
        let is_alone = tags.len() == 1;
        let mut latest: Option<(gix::date::SecondsSinceUnixEpoch, Reference)> = None;
        for tag in tags {
            let tag = Reference::Tag(tag);
            if is_alone {
                return Ok(tag);
            }
            let commit = self.receive(repository, &tag, limit)?.commit;
            let time = repository.find_commit(commit).and_then(|commit| Ok(commit.time()?.seconds));
            let time = time.map_err(Error::git(format!("the commit {commit} cannot be read")))?;
            if latest.as_ref().is_none_or(|(before, _)| time >= *before) {
                latest = Some((time, tag));
            }
        }
        let none = || Error::NoVersion { range: String::new() };
        latest.map(|(_, tag)| tag).ok_or_else(none)
    }

    /// Finds out which commit a reference is, and receives it and its tag unless they are there.
    fn receive(
        &self,
        repository: &gix::Repository,
        reference: &Reference,
        limit: Duration,
    ) -> Result<Ids, Error> {
        let none = || Error::NoReference { reference: reference.wanted() };
        self.ask(repository, reference, limit, |found| {
            let ids = found.ids().ok_or_else(none)?;
            if !ids.is_in(repository) {
                found.receive(&shown(&self.url))?;
            }
            Ok(ids)
        })
    }

    /// Asks the server what a reference is, and does something with the answer.
    fn ask<T>(
        &self,
        repository: &gix::Repository,
        reference: &Reference,
        limit: Duration,
        answered: impl FnOnce(&mut dyn Found) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if self.url.starts_with(local::SCHEME) {
            return answered(&mut local::Local::find(&self.url, reference, repository)?);
        }
        let cannot = |what: &str| Error::git(format!("{}: {what}", shown(&self.url)));
        let wanted = reference.wanted();
        let remote = repository
            .remote_at(self.url.as_str())
            .and_then(|remote| remote.with_refspecs([wanted.as_str()], Direction::Fetch))
            .map_err(cannot("it is no address of a repository"))?
            .with_fetch_tags(gix::remote::fetch::Tags::None);
        let (address, version) = remote
            .sanitized_url_and_version(Direction::Fetch)
            .map_err(cannot("its URL is refused"))?;
        if self.url.starts_with("ssh://") {
            let place = ssh::Address::parse(&self.url)?;
            let none = || Error::Access {
                what: "ssh needs a Secret with `identity` and `known_hosts`".to_owned(),
            };
            let identity = self.access.ssh.as_ref().ok_or_else(none)?;
            let (read, write) = ssh::upload_pack(&place, identity, repository.git_dir(), limit)?;
            let transport = Connection::new(
                read,
                write,
                version,
                place.path(),
                None::<(String, _)>,
                ConnectMode::Process,
                false,
            );
            return converse(remote.to_connection_with_transport(transport), &cannot, answered);
        }
        let client = Client::new(&self.access, limit)?;
        let transport = Transport::new_http(Http::new(client, MAX_PACK), address, version, false);
        converse(remote.to_connection_with_transport(transport), &cannot, answered)
    }
}

fn converse<T, W: gix_transport::client::blocking_io::Transport, E: FnOnce(gix::Error) -> Error>(
    mut connection: gix::remote::Connection<'_, '_, '_, W>,
    cannot: &impl Fn(&str) -> E,
    answered: impl FnOnce(&mut dyn Found) -> Result<T, Error>,
) -> Result<T, Error> {
    // What there is to show is shown at once.
    connection.set_credentials(|_| Ok(None));
    let prepared = connection
        .prepare_fetch(gix::progress::Discard, gix::remote::ref_map::Options::default())
        .map_err(cannot("it does not answer as a repository does"))?;
    answered(&mut Some(prepared))
}

/// What a server has of what it was asked for, whatever the way to it.
trait Found {
    /// The commit that is wanted, and its tag.
    fn ids(&self) -> Option<Ids>;
    /// The names of all references that are wanted.
    fn names(&self) -> Vec<String>;
    /// Receives the commit and its tag.
    fn receive(&mut self, at: &str) -> Result<(), Error>;
}

impl<W: gix_transport::client::blocking_io::Transport> Found
    for Option<gix::remote::fetch::Prepare<'_, '_, W>>
{
    fn ids(&self) -> Option<Ids> {
        let mappings = &self.as_ref()?.ref_map().mappings;
        mappings.iter().find_map(|it| {
            let commit = it.remote.peeled_id()?.to_owned();
            Some(Ids::new(it.remote.as_id()?.to_owned(), commit))
        })
    }

    fn names(&self) -> Vec<String> {
        let mappings = self.as_ref().map(|prepared| &prepared.ref_map().mappings);
        let name =
            |it: &gix::remote::fetch::refmap::Mapping| Some(it.remote.as_name()?.to_string());
        mappings.into_iter().flatten().filter_map(name).collect()
    }

    fn receive(&mut self, at: &str) -> Result<(), Error> {
        let Some(prepared) = self.take() else { return Ok(()) };
        prepared
            .with_shallow(gix::remote::fetch::Shallow::DepthAtRemote(std::num::NonZeroU32::MIN))
            .receive(gix::progress::Discard, &AtomicBool::new(false))
            .map(drop)
            .map_err(Error::git(format!("{at}: its files do not arrive")))
    }
}

/// Where a store has its notes.
pub(crate) fn notes(folder: &Path) -> PathBuf {
    folder.join("fetched")
}

#[cfg(test)]
mod tests;
