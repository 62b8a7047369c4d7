//! Fetching the objects of a list that are not there yet, several at once.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use super::index::{Index, Stored};
use super::listing::Object;
use super::service::{Got, Service};
use crate::Error;
use crate::folder::MAX_FILE;
use crate::oci::blobs::Blobs;

/// How many bytes all objects may have.
const MAX_FILES: u64 = 1 << 30;

/// How many objects are on their way at once.
const AT_ONCE: usize = 16;

/// What has been fetched so far.
struct Done {
    index: Index,
    /// How many bytes those are.
    bytes: u64,
    error: Option<Error>,
}

/// Fetches those of `objects` that `known` has not with the same etag, and that are not too large for a file. What was
/// fetched is in the index, also where something goes wrong.
pub(super) fn fill(
    service: &Service,
    blobs: &Blobs,
    objects: Vec<Object>,
    known: &Index,
) -> (Index, Option<Error>) {
    let mut done = Done { index: Index::default(), bytes: 0, error: None };
    let mut wanted = Vec::new();
    let mut total = 0_u64;
    for object in objects {
        let is_too_large = object.size > MAX_FILE;
        total += if is_too_large { 0 } else { object.size };
        let same = known.objects.get(&object.key).filter(|stored| stored.etag == object.etag);
        let there = same.filter(|stored| stored.digest.as_ref().is_some_and(|it| blobs.has(it)));
        match there.cloned() {
            Some(stored) => done.add(object.key, stored),
            None if is_too_large => {
                let Object { key, etag, size, .. } = object;
                done.add(key, Stored { etag, size, digest: None });
            }
            None => wanted.push(object),
        }
    }
    if total > MAX_FILES {
        return (done.index, Some(too_much(total)));
    }
    let workers = AT_ONCE.min(wanted.len());
    let (wanted, done) = (Mutex::new(wanted.into_iter()), Mutex::new(done));
    let next = || Some(lock(&wanted).next()?).filter(|_| lock(&done).error.is_none());
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(object) = next() {
                    let fetched = fetch(service, blobs, &object);
                    let mut done = lock(&done);
                    match fetched {
                        Ok(Some(stored)) => done.add(object.key, stored),
                        // It is gone since it was listed.
                        Ok(None) => {}
                        Err(error) => done.error = done.error.take().or(Some(error)),
                    }
                }
            });
        }
    });
    let Done { index, error, .. } = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    (index, error)
}

impl Done {
    fn add(&mut self, key: String, stored: Stored) {
        self.bytes += if stored.digest.is_some() { stored.size } else { 0 };
        if self.bytes > MAX_FILES && self.error.is_none() {
            self.error = Some(too_much(self.bytes));
        }
        self.index.objects.insert(key, stored);
    }
}

/// An object as it is now, which may be another than the listed one, as for Flux; `None` where it is gone.
fn fetch(service: &Service, blobs: &Blobs, object: &Object) -> Result<Option<Stored>, Error> {
    let Object { key, etag, generation, .. } = object;
    let got = service.fetch(blobs, key, generation.as_deref(), MAX_FILE)?;
    Ok(got.map(|Got { etag: now, digest, size }| {
        let etag = now.unwrap_or_else(|| etag.clone());
        Stored { etag, size, digest: Some(digest) }
    }))
}

fn too_much(bytes: u64) -> Error {
    let (size, most) = (bytes >> 20, MAX_FILES >> 20);
    let what = format!(
        "its objects have {size} MiB, and over {most} MiB is not fetched: name fewer by \
         `spec.prefix` or `spec.ignore`"
    );
    Error::TooMuch { what }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
