//! The file of a cluster that outlives its process: one redb database, written by a thread of its own.
//!
//! Writes are handed over in the order of their revisions, so the file is always a state that the
//! cluster was in. What has gathered while the disk was busy goes with one commit, that is synced
//! (`fdatasync`) before anybody is told that it is done.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use manifest::{Node, Origin, Text, json};
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use tokio::sync::watch;

use crate::store::{Key, Store};

/// Where the key stands that signs tokens: PKCS #8 in base64.
const TOKEN_KEY: &str = "service-account-key";
/// The layout of the file. It changes with what is in there, and with redb's own.
const FORMAT: &str = "nauarch cluster 1";
const META: TableDefinition<'static, &str, &str> = TableDefinition::new("meta");
/// By collection, a zero byte and the key.
const OBJECTS: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("objects");
/// Definitions of kinds that nobody defined.
const KINDS: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("kinds");

/// Why a data file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// It was made by another version, or by something else.
    #[error(
        "{} is {found}, not `{FORMAT}`: move it away to begin anew, or run the version that made it",
        .file.display()
    )]
    Format {
        /// The file.
        file: PathBuf,
        /// What it says it is.
        found: String,
    },
    /// Somebody has it open.
    #[error("{} is in use by another process: stop that, or name another folder", .0.display())]
    InUse(PathBuf),
    /// It is no data file, or one that was cut off.
    #[error("cannot use {}: move it away to begin anew", .file.display())]
    Broken {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: Box<redb::Error>,
    },
    /// An object in it is no object.
    #[error("{} has an object that cannot be read, {key}: move the file away to begin anew", .file.display())]
    Object {
        /// The file.
        file: PathBuf,
        /// Where the object stands.
        key: String,
        /// Why.
        #[source]
        source: json::NotJson,
    },
    /// It can no longer be written to.
    #[error("cannot write to {}: {cause}", .file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// Why.
        cause: String,
    },
}

/// One thing to write.
enum Work {
    Put(String, Node),
    Delete(String, u64),
    Kind(String, Node),
    Key(String),
}

/// What is on its way to the file. Dropping it waits until all of that is there and the file is closed.
pub(crate) struct Journal {
    file: PathBuf,
    /// Nothing once the journal is being dropped.
    work: Option<mpsc::Sender<(u64, Work)>>,
    writer: Option<thread::JoinHandle<()>>,
    /// The number of the last thing that was handed over.
    handed: u64,
    done: watch::Receiver<Done>,
}

/// How far the file is, and why it does not get any further.
#[derive(Clone, Default)]
struct Done {
    number: u64,
    failed: Option<String>,
}

/// Waits for what was handed over up to a moment.
pub(crate) struct Waiting {
    file: PathBuf,
    number: u64,
    done: watch::Receiver<Done>,
}

/// What a file had.
pub(crate) struct Restored {
    pub(crate) store: Store,
    pub(crate) kinds: Vec<(Text, Node)>,
    pub(crate) journal: Journal,
    /// The key that signs tokens, where one has been needed.
    pub(crate) token_key: Option<Vec<u8>>,
}

/// Opens a file, or makes it.
pub(crate) fn open(file: &Path) -> Result<Restored, DataError> {
    if !file.exists() {
        begin(file)?;
    }
    let database = Database::open(file).map_err(|error| match error {
        redb::DatabaseError::DatabaseAlreadyOpen => DataError::InUse(file.to_owned()),
        other => broken(file, other.into()),
    })?;
    let broken = |source| broken(file, source);
    check_format(&database, file)?;
    let mut store = Store::new();
    let mut kinds = Vec::new();
    for (table, is_kind) in [(OBJECTS, false), (KINDS, true)] {
        for (key, bytes) in entries(&database, table).map_err(broken)? {
            let node = json::read(&bytes, Origin::NONE).map_err(|source| DataError::Object {
                file: file.to_owned(),
                key: key.replace('\0', " "),
                source,
            })?;
            match key.split_once('\0') {
                Some((collection, key)) if !is_kind => {
                    store.restore(collection.into(), key.into(), node);
                }
                _ => kinds.push((key.into(), node)),
            }
        }
    }
    let revision = revision(&database).map_err(broken)?;
    store.forward(revision);
    let token_key = word(&database, TOKEN_KEY).map_err(broken)?;
    let token_key = token_key.and_then(|key| BASE64_STANDARD.decode(key).ok());
    let journal = Journal::start(database, file)?;
    Ok(Restored { store, kinds, journal, token_key })
}

fn broken(file: &Path, source: redb::Error) -> DataError {
    DataError::Broken { file: file.to_owned(), source: Box::new(source) }
}

/// Makes a file with nothing in it. It gets its name when it is whole, so whoever is killed before that
/// leaves no file behind.
fn begin(file: &Path) -> Result<(), DataError> {
    let unfinished = file.with_extension("unfinished");
    let failed = |error: std::io::Error| DataError::Write {
        file: file.to_owned(),
        cause: error.to_string(),
    };
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    make_tables(&unfinished).map_err(|source| broken(file, source))?;
    fs::rename(&unfinished, file).map_err(failed)?;
    // The name is in the folder, which has to be on the disk as well.
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))
        .and_then(|folder| folder.sync_all())
        .map_err(failed)
}

fn make_tables(file: &Path) -> Result<(), redb::Error> {
    let database = Database::create(file)?;
    let transaction = database.begin_write()?;
    {
        transaction.open_table(META)?.insert("format", FORMAT)?;
        transaction.open_table(OBJECTS)?;
        transaction.open_table(KINDS)?;
    }
    transaction.commit()?;
    Ok(())
}

fn check_format(database: &Database, file: &Path) -> Result<(), DataError> {
    let read = || -> Result<Option<String>, redb::Error> {
        let transaction = database.begin_read()?;
        let table = match transaction.open_table(META) {
            Ok(table) => table,
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        Ok(table.get("format")?.map(|format| format.value().to_owned()))
    };
    let found = read().map_err(|source| broken(file, source))?;
    match found {
        Some(format) if format == FORMAT => Ok(()),
        Some(format) => {
            Err(DataError::Format { file: file.to_owned(), found: format!("`{format}`") })
        }
        None => Err(DataError::Format { file: file.to_owned(), found: "half written".to_owned() }),
    }
}

fn revision(database: &Database) -> Result<u64, redb::Error> {
    let revision = word(database, "revision")?.and_then(|text| text.parse().ok());
    Ok(revision.unwrap_or(1))
}

/// What stands in the file about the file.
fn word(database: &Database, key: &str) -> Result<Option<String>, redb::Error> {
    let transaction = database.begin_read()?;
    let table = transaction.open_table(META)?;
    Ok(table.get(key)?.map(|text| text.value().to_owned()))
}

fn entries(
    database: &Database,
    table: TableDefinition<'static, &str, &[u8]>,
) -> Result<Vec<(String, Vec<u8>)>, redb::Error> {
    let transaction = database.begin_read()?;
    let table = transaction.open_table(table)?;
    let mut entries = Vec::new();
    for entry in table.iter()? {
        let (key, bytes) = entry?;
        entries.push((key.value().to_owned(), bytes.value().to_owned()));
    }
    Ok(entries)
}

impl Journal {
    fn start(database: Database, file: &Path) -> Result<Journal, DataError> {
        let (work, incoming) = mpsc::channel();
        let (progress, done) = watch::channel(Done::default());
        let writer = thread::Builder::new()
            .name("cluster data".to_owned())
            .spawn(move || write_all(&database, &incoming, &progress))
            .map_err(|error| DataError::Write {
                file: file.to_owned(),
                cause: error.to_string(),
            })?;
        let (work, writer) = (Some(work), Some(writer));
        Ok(Journal { file: file.to_owned(), work, writer, handed: 0, done })
    }

    fn hand(&mut self, work: Work) {
        self.handed += 1;
        if let Some(sender) = &self.work {
            // Who waits learns that nobody writes any more.
            let _ = sender.send((self.handed, work));
        }
    }

    pub(crate) fn put(&mut self, collection: &str, key: &Key, node: &Node) {
        self.hand(Work::Put(format!("{collection}\0{key}"), node.clone()));
    }

    pub(crate) fn delete(&mut self, collection: &str, key: &Key, revision: u64) {
        self.hand(Work::Delete(format!("{collection}\0{key}"), revision));
    }

    pub(crate) fn kind(&mut self, name: &str, definition: &Node) {
        self.hand(Work::Kind(name.to_owned(), definition.clone()));
    }

    pub(crate) fn token_key(&mut self, pkcs8: &[u8]) {
        self.hand(Work::Key(BASE64_STANDARD.encode(pkcs8)));
    }

    /// Waits for what was handed over so far.
    pub(crate) fn waiting(&self) -> Waiting {
        Waiting { file: self.file.clone(), number: self.handed, done: self.done.clone() }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        drop(self.work.take());
        if let Some(writer) = self.writer.take() {
            // What it could not write was told to who waited for it.
            let _ = writer.join();
        }
    }
}

impl Waiting {
    /// Waits until all of it is on the disk.
    pub(crate) async fn finish(mut self) -> Result<(), DataError> {
        let number = self.number;
        let reached = |done: &Done| done.number >= number || done.failed.is_some();
        let failed = match self.done.wait_for(reached).await {
            Ok(done) if done.number >= number => return Ok(()),
            Ok(done) => done.failed.clone(),
            Err(_) => None,
        };
        let cause = failed.unwrap_or_else(|| "nobody writes to it any more".to_owned());
        Err(DataError::Write { file: self.file, cause })
    }
}

/// Writes what comes, until nothing can come any more or the disk refuses.
fn write_all(
    database: &Database,
    incoming: &mpsc::Receiver<(u64, Work)>,
    progress: &watch::Sender<Done>,
) {
    while let Ok(first) = incoming.recv() {
        let batch: Vec<(u64, Work)> = std::iter::once(first).chain(incoming.try_iter()).collect();
        let number = batch.last().map_or(0, |(number, _)| *number);
        match write_batch(database, &batch) {
            Ok(()) => drop(progress.send_replace(Done { number, failed: None })),
            Err(error) => {
                let failed = Some(error.to_string());
                progress.send_modify(|done| done.failed = failed);
                return;
            }
        }
    }
}

fn write_batch(database: &Database, batch: &[(u64, Work)]) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    {
        let mut objects = transaction.open_table(OBJECTS)?;
        let mut kinds = transaction.open_table(KINDS)?;
        let mut meta = transaction.open_table(META)?;
        let mut revision = 0;
        let mut text = String::new();
        for (_, work) in batch {
            text.clear();
            let options = json::Options { expose: true, ..json::Options::default() };
            match work {
                Work::Put(key, node) => {
                    json::write(node, options, &mut text);
                    objects.insert(key.as_str(), text.as_bytes())?;
                    revision = revision.max(crate::store::revision_of(node));
                }
                Work::Delete(key, at) => {
                    objects.remove(key.as_str())?;
                    revision = revision.max(*at);
                }
                Work::Kind(name, node) => {
                    json::write(node, options, &mut text);
                    kinds.insert(name.as_str(), text.as_bytes())?;
                }
                Work::Key(key) => drop(meta.insert(TOKEN_KEY, key.as_str())?),
            }
        }
        if revision > 0 {
            meta.insert("revision", revision.to_string().as_str())?;
        }
    }
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests;
