//! Kubeconfig files: those of a fleet's embedded clusters are written, of all others the contexts are
//! read.
//!
//! A context of a fleet carries an extension, as minikube marks its own. So a command that is given
//! the file knows that all of its clusters belong together, and where their Kustomizations are.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use manifest::yaml::{Flavor, Reader, write};
use manifest::{Diagnostic, FileName, Map, Node, Origin, Value};

use crate::disk;
use crate::failure::Failure;

/// The name of the extension.
const MARK: &str = "nauarch.dev/fleet";

/// How to reach one embedded cluster.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    /// The cluster's name.
    pub(crate) cluster: String,
    /// The URL of its API server.
    pub(crate) server: String,
    /// The certificate of its authority.
    pub(crate) authority: String,
    /// The administrator's token.
    pub(crate) token: String,
    /// The namespace of its Kustomizations.
    pub(crate) namespace: String,
}

/// A kubeconfig with a context for each of these clusters; the first one is the current.
pub(crate) fn text(clusters: &[Access]) -> String {
    let current = clusters.first().map_or("", |access| access.cluster.as_str());
    let named = |access: &Access, key: &'static str, value: Node| {
        map([("name", string(&access.cluster)), (key, value)])
    };
    let cluster = |access: &Access| {
        let authority = string(&STANDARD.encode(&access.authority));
        let value =
            map([("certificate-authority-data", authority), ("server", string(&access.server))]);
        named(access, "cluster", value)
    };
    let user = |access: &Access| named(access, "user", map([("token", string(&access.token))]));
    let context = |access: &Access| {
        let fleet =
            map([("provider", string("nauarch.dev")), ("namespace", string(&access.namespace))]);
        let mark = map([("name", string(MARK)), ("extension", fleet)]);
        let value = map([
            ("cluster", string(&access.cluster)),
            ("extensions", list([mark])),
            ("user", string(&access.cluster)),
        ]);
        named(access, "context", value)
    };
    let node = map([
        ("apiVersion", string("v1")),
        ("kind", string("Config")),
        ("clusters", list(clusters.iter().map(cluster))),
        ("contexts", list(clusters.iter().map(context))),
        ("current-context", string(current)),
        ("users", list(clusters.iter().map(user))),
    ]);
    let mut text = String::new();
    write::write(&node, &mut text);
    text
}

/// Writes a file that only its owner can read, in one step: a reader never sees half of it.
///
/// # Errors
/// It cannot be written; the message names it and says what to do.
pub(crate) fn save(path: &Path, text: &str) -> Result<(), Failure> {
    let unfinished = path.with_extension("unfinished");
    let write = || -> io::Result<()> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&unfinished)?;
        file.write_all(text.as_bytes())?;
        fs::rename(&unfinished, path)
    };
    write().map_err(|error| {
        let (path, reason) = (path.display(), disk::reason(&error));
        Failure::Usage(format!(
            "the kubeconfig {path} cannot be written: {reason}; give another folder with --data"
        ))
    })
}

/// A context of a kubeconfig.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Context {
    /// Its name.
    pub(crate) name: String,
    /// The namespace of the fleet's Kustomizations, where it is a cluster of a fleet.
    pub(crate) fleet: Option<String>,
}

/// What the kubeconfig files say of contexts.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(crate) struct Contexts {
    /// The one that counts where none is named.
    pub(crate) current: Option<String>,
    /// All of them; of two with one name, the first.
    pub(crate) contexts: Vec<Context>,
}

impl Contexts {
    /// The context called `name`.
    pub(crate) fn find(&self, name: &str) -> Option<&Context> {
        self.contexts.iter().find(|context| context.name == name)
    }

    /// Whether the context in force is one of a fleet.
    pub(crate) fn is_fleet(&self) -> bool {
        let current = self.current.as_deref().and_then(|name| self.find(name));
        current.is_some_and(|context| context.fleet.is_some())
    }

    /// Takes in the text of one file; what came first counts.
    fn add(&mut self, file: &Path, bytes: &[u8]) -> Result<(), Failure> {
        let name = FileName::new(&file.display().to_string());
        let read = Reader::new().read(bytes, name, Flavor::Resource);
        let nodes = read.map_err(|error| Diagnostic::error(error.origin, error.cause.as_str()))?;
        let Some(root) = nodes.first() else { return Ok(()) };
        if let Some(current) = root.str_at(&["current-context"]).filter(|name| !name.is_empty()) {
            self.current.get_or_insert_with(|| current.to_owned());
        }
        for entry in root.get("contexts").and_then(Node::as_list).unwrap_or_default() {
            let Some(name) = entry.str_at(&["name"]) else { continue };
            if self.find(name).is_none() {
                let fleet = entry.get("context").and_then(fleet_namespace);
                self.contexts.push(Context { name: name.to_owned(), fleet });
            }
        }
        Ok(())
    }
}

/// Reads the contexts of these files. One that does not exist has none.
///
/// # Errors
/// A file cannot be read, or is no YAML.
pub(crate) fn read(files: &[PathBuf]) -> Result<Contexts, Failure> {
    let mut contexts = Contexts::default();
    for file in files {
        match fs::read(file) {
            Ok(bytes) => contexts.add(file, &bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                let reason = disk::reason(&error);
                return Err(Failure::Usage(format!("{} cannot be read: {reason}", file.display())));
            }
        }
    }
    Ok(contexts)
}

/// The namespace in the mark of a fleet's context.
fn fleet_namespace(context: &Node) -> Option<String> {
    let extensions = context.get("extensions")?.as_list()?;
    let mark = extensions.iter().find(|entry| entry.str_at(&["name"]) == Some(MARK))?;
    Some(mark.str_at(&["extension", "namespace"]).unwrap_or_default().to_owned())
}

fn string(text: &str) -> Node {
    Node::string(text, Origin::NONE)
}

fn map(entries: impl IntoIterator<Item = (&'static str, Node)>) -> Node {
    let entries: Map = entries.into_iter().map(|(key, node)| (key.into(), node)).collect();
    Node::new(entries, Origin::NONE)
}

fn list(items: impl IntoIterator<Item = Node>) -> Node {
    Node { value: Value::List(items.into_iter().collect()), origin: Origin::NONE }
}

#[cfg(test)]
mod tests;
