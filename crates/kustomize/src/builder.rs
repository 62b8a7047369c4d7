//! A build in progress: the tree, the findings, and what is asked of both.

use std::collections::BTreeSet;
use std::sync::Arc;

use manifest::diagnostic::{did_you_mean, nearest};
use manifest::tree::{is_within, parent, remote_root_of};
use manifest::yaml::Flavor;
use manifest::{Content, Diagnostic, FileName, FileTree, Node, Origin, Text, Via};

use rustc_hash::FxHashSet;

use crate::decode::Located;
use crate::kustomization::FILE_NAMES;
use crate::load::{Files, Found, Seen, Unread};
use crate::resource::Resource;
use crate::resources::Resources;
use crate::schema::Schema;
use crate::{LoadRestrictor, Memory, Need, Options, metadata, remote};

/// What the entry that names a file has to do with it.
pub(crate) const INCLUDED: &str = "included here";

/// How many includes at either end of a long chain a message shows.
const SHOWN_INCLUDES: usize = 5;

/// It did not work out; what is wrong or missing has been noted.
#[derive(Debug)]
pub(crate) struct Failed;

impl From<Unread> for Failed {
    fn from(_: Unread) -> Failed {
        Failed
    }
}

/// What a pass found out besides the resources.
pub(crate) struct Report {
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) needs: BTreeSet<Need>,
    pub(crate) reads: BTreeSet<String>,
    pub(crate) found: Vec<(String, Seen)>,
}

/// An entry that is being followed, for cycles and for messages.
pub(crate) struct Include {
    pub(crate) directory: String,
    pub(crate) entry: Origin,
}

/// A build in progress.
pub(crate) struct Builder<'a> {
    pub(crate) files: Files<'a>,
    pub(crate) options: &'a Options,
    pub(crate) memory: &'a Memory,
    pub(crate) schema: Schema,
    /// The file of the schema; `None` for the built-in one.
    pub(crate) schema_file: Option<(String, Content)>,
    /// Whether a kustomization has said which schema to use; the first one counts.
    pub(crate) schema_is_set: bool,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) includes: Vec<Include>,
    /// Every base and component that was entered, and at which depth.
    pub(crate) entered: Vec<(String, usize)>,
    /// The directory that the build was asked for.
    pub(crate) root: String,
    /// What stands for its kustomization file.
    pub(crate) root_file: Option<&'a Node>,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(tree: &'a FileTree, options: &'a Options, memory: &'a Memory) -> Builder<'a> {
        Builder {
            files: Files::new(tree),
            options,
            memory,
            schema: Schema::builtin(),
            schema_file: None,
            schema_is_set: false,
            diagnostics: Vec::new(),
            includes: Vec::new(),
            entered: Vec::new(),
            root: String::new(),
            root_file: None,
        }
    }

    pub(crate) fn into_report(self) -> Report {
        let mut diagnostics = self.diagnostics;
        let mut seen = FxHashSet::default();
        diagnostics.retain(|diagnostic| seen.insert(diagnostic.to_string()));
        let (needs, reads, found) = self.files.into_found();
        Report { diagnostics, needs, reads, found }
    }

    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The name that origins use for a path.
    pub(crate) fn name(&self, path: &str) -> FileName {
        self.files.tree.name(path)
    }

    /// Notes an error, with the includes that led to it.
    pub(crate) fn fail(&mut self, mut diagnostic: Diagnostic) -> Failed {
        // The entry at fault itself needs no second line.
        let at_fault = diagnostic.origin.via(Via::File);
        let is_more = |include: &&Include| include.entry.is_some() && include.entry != at_fault;
        let mut entries = self.includes.iter().rev().filter(is_more);
        let count = entries.clone().count();
        let mut at = 0;
        while let Some(include) = entries.next() {
            let mut what = format!("includes `{}`", self.files.tree.display(&include.directory));
            at += 1;
            if at == SHOWN_INCLUDES && count > 2 * SHOWN_INCLUDES {
                let hidden = count - 2 * SHOWN_INCLUDES;
                what.push_str(&format!(", and so on {hidden} times, up to"));
                entries.nth(hidden - 1);
            }
            diagnostic = diagnostic.related(include.entry, what);
        }
        self.diagnostics.push(diagnostic);
        Failed
    }

    /// Notes findings of which some are errors.
    pub(crate) fn fail_all(&mut self, diagnostics: Vec<Diagnostic>) -> Failed {
        for diagnostic in diagnostics {
            if diagnostic.is_error() {
                self.fail(diagnostic);
            } else {
                self.warn(diagnostic);
            }
        }
        Failed
    }

    /// Notes warnings, or the error.
    pub(crate) fn check(
        &mut self,
        done: Result<Vec<Diagnostic>, Diagnostic>,
    ) -> Result<(), Failed> {
        match done {
            Ok(warnings) => {
                self.diagnostics.extend(warnings);
                Ok(())
            }
            Err(diagnostic) => Err(self.fail(diagnostic)),
        }
    }

    pub(crate) fn warn(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// The name of the kustomization file in a directory.
    pub(crate) fn kustomization_name(&mut self, directory: &str) -> String {
        let found = FILE_NAMES
            .iter()
            .find(|name| matches!(self.files.find(directory, name), Ok(Found::File(..))));
        (*found.unwrap_or(&"kustomization.yaml")).to_owned()
    }

    /// Finds what an entry names that may be a URL or a Git repository.
    pub(crate) fn find_anywhere(
        &mut self,
        directory: &str,
        entry: &Located<Text>,
    ) -> Result<Found, Failed> {
        let local = remote::repository(&entry.value).is_some_and(|it| it.url.starts_with("file:"));
        if local && remote_root_of(directory).is_some() {
            let cause = format!("`{}` leads from what is fetched to this machine", entry.value);
            let help = "copy what is fetched into this repository, and mend it";
            return Err(self.fail(Diagnostic::error(entry.origin, cause).help(help)));
        }
        match remote::is_remote(&entry.value) {
            true => self.find_remote(entry),
            false => self.find(directory, entry),
        }
    }

    /// Finds what a URL leads to.
    fn find_remote(&mut self, entry: &Located<Text>) -> Result<Found, Failed> {
        let url = &entry.value;
        let (cause, help) = match self.files.find_remote(url) {
            Err(Unread) => {
                let (url, entry) = (url.to_string(), entry.origin.to_string());
                self.files.needs.insert(Need::Remote { url, entry });
                return Err(Failed);
            }
            Ok(Found::Unreadable(why)) => {
                let help = "correct the entry, or copy what it names into the repository";
                (format!("`{url}` cannot be fetched: {why}"), help)
            }
            Ok(Found::Absent) => {
                (format!("`{url}` is fetched, and has no such directory"), "correct its path")
            }
            Ok(Found::LeadsOut(why)) => {
                (format!("`{url}` leads out of what is fetched{why}"), "correct its path")
            }
            Ok(found) => return Ok(found),
        };
        Err(self.fail(Diagnostic::error(entry.origin, cause).help(help)))
    }

    /// Finds what an entry names; absence and whatever cannot be read is an error.
    pub(crate) fn find(&mut self, directory: &str, entry: &Located<Text>) -> Result<Found, Failed> {
        if entry.value.is_empty() {
            let diagnostic = Diagnostic::error(entry.origin, "the path is empty");
            return Err(self.fail(diagnostic.help("name a file or directory, or remove the entry")));
        }
        match self.files.find(directory, &entry.value)? {
            Found::Absent => {
                let cause = match self.files.link(directory, &entry.value) {
                    Some(target) => {
                        format!("`{}` is a link to `{target}`, which is not there", entry.value)
                    }
                    None => format!("there is no file or directory `{}`", entry.value),
                };
                let candidates = self.files.candidates(directory, &entry.value);
                let near = nearest(&entry.value, candidates.iter().map(String::as_str));
                let help = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if entry.value.contains(" - ") => {
                        "indent every `-` of the list alike".to_owned()
                    }
                    None => {
                        let shown = self.files.tree.display(directory);
                        format!("it is looked for in `{shown}`; add it, or correct the path")
                    }
                };
                Err(self.fail(Diagnostic::error(entry.origin, cause).help(help)))
            }
            Found::Unreadable(why) => {
                let cause = format!("`{}` cannot be read: {why}", entry.value);
                let help = "mend that, or remove the entry";
                Err(self.fail(Diagnostic::error(entry.origin, cause).help(help)))
            }
            Found::LeadsOut(why) => {
                let cause = format!("`{}` leads out of the repository{why}", entry.value);
                let help = "copy what it names into the repository";
                Err(self.fail(Diagnostic::error(entry.origin, cause).help(help)))
            }
            found => Ok(found),
        }
    }

    /// Checks that a file may be read from `directory`.
    pub(crate) fn restrict(
        &mut self,
        directory: &str,
        entry: &Located<Text>,
        path: &str,
    ) -> Result<(), Failed> {
        // What was fetched reads what is below it, whatever this build may.
        let is_fetched = remote_root_of(directory).is_some();
        let allowed = match self.options.load_restrictor {
            LoadRestrictor::None if !is_fetched => true,
            _ => is_within(parent(path), directory) || remote::is_file(&entry.value),
        };
        if allowed {
            return Ok(());
        }
        let shown = self.files.tree.display(directory);
        let cause = match self.files.link(directory, &entry.value) {
            Some(link) => {
                format!(
                    "`{}` is a link to `{link}`, which is not in or below `{shown}`",
                    entry.value
                )
            }
            None => format!("the file `{}` is not in or below `{shown}`", entry.value),
        };
        let help = match is_fetched {
            true => {
                "what is fetched reads no other files; copy it into this repository, and mend it"
            }
            false => {
                "move it there, make its directory a base with a kustomization.yaml of its own, \
                 or build with `--load-restrictor LoadRestrictionsNone`"
            }
        };
        Err(self.fail(Diagnostic::error(entry.origin, cause).help(help)))
    }

    /// Reads a file that an entry names: its real path and its content.
    ///
    /// # Errors
    /// It is missing, a directory, unreadable or outside what may be read.
    pub(crate) fn load_file(
        &mut self,
        directory: &str,
        entry: &Located<Text>,
    ) -> Result<(String, Content), Failed> {
        let found = match remote::is_file(&entry.value) {
            true => self.find_remote(entry)?,
            false => self.find(directory, entry)?,
        };
        match found {
            Found::File(path, content) => {
                self.restrict(directory, entry, &path)?;
                Ok((path, content))
            }
            _ => {
                let cause = format!("`{}` is a directory, not a file", entry.value);
                let help = "name a file in it";
                Err(self.fail(Diagnostic::error(entry.origin, cause).help(help)))
            }
        }
    }

    /// The documents of a file that `entry` names.
    ///
    /// # Errors
    /// It is not YAML.
    pub(crate) fn documents(
        &mut self,
        path: &str,
        content: &Content,
        flavor: Flavor,
        entry: Origin,
    ) -> Result<Arc<[Node]>, Failed> {
        let (parsed, notes) = self.memory.read(content, self.name(path), flavor);
        self.schema.note(&notes);
        parsed.map_err(|error| {
            let diagnostic = error.diagnostic();
            self.fail(diagnostic.related(entry, INCLUDED))
        })
    }

    /// The resources of a file that `entry` names, lists expanded.
    ///
    /// # Errors
    /// It is not YAML, or a document is no resource.
    pub(crate) fn resources_of(
        &mut self,
        path: &str,
        content: &Content,
        entry: Origin,
    ) -> Result<Vec<Resource>, Failed> {
        let documents = self.documents(path, content, Flavor::Resource, entry)?;
        match metadata::resources(&documents) {
            Ok(nodes) => {
                Ok(nodes.into_iter().map(|node| Resource::new(node, &self.schema)).collect())
            }
            Err(diagnostics) => {
                let included = |diagnostic: Diagnostic| diagnostic.related(entry, INCLUDED);
                Err(self.fail_all(diagnostics.into_iter().map(included).collect()))
            }
        }
    }

    /// Candidates for a resource that was not found.
    pub(crate) fn did_you_mean(resources: &Resources, kind: &str, name: &str) -> Option<String> {
        let of_kind = resources.iter().filter(|resource| resource.id().gvk.kind == kind);
        let names: Vec<&str> = of_kind.map(|resource| resource.id().name.as_str()).collect();
        if !names.is_empty() {
            let help = did_you_mean(name, names.iter().copied());
            return help.map(|help| match help.strip_prefix("there ") {
                Some(list) => format!("of kind {kind} there {list}"),
                None => help,
            });
        }
        let kinds = resources.iter().map(|resource| resource.id().gvk.kind.as_str());
        if let Some(near) = nearest(kind, kinds).filter(|_| !kind.is_empty()) {
            return Some(format!("did you mean the kind `{near}`?"));
        }
        let all: Vec<String> = resources.iter().map(|resource| resource.id().to_string()).collect();
        did_you_mean(&format!("{kind}/{name}"), all.iter().map(String::as_str))
    }
}
