//! What a kustomization includes: files, bases and components, each found, read and built.

use std::sync::Arc;

use manifest::tree::is_within;
use manifest::{Diagnostic, Text};

use crate::accumulated::Accumulated;
use crate::builder::{Builder, Failed, INCLUDED, Include};
use crate::decode::Located;
use crate::kustomization::{Kind, Kustomization};
use crate::load::Found;
use crate::memory::{Base, BaseKey};
use crate::metadata::Tracked;
use crate::vars;

/// How deep kustomizations may include each other.
const MAX_INCLUDES: usize = 200;

impl Builder<'_> {
    /// Reads `entries`, files or directories, onto `accumulated`.
    pub(crate) fn add_resources(
        &mut self,
        directory: &str,
        entries: &[Located<Text>],
        accumulated: &mut Accumulated,
        tracked: Option<&Tracked>,
    ) -> Result<(), Failed> {
        let mut failed = None;
        for entry in entries {
            if let Err(error) = self.add_entry(directory, entry, accumulated, tracked) {
                failed = Some(error);
            }
        }
        failed.map_or(Ok(()), Err)
    }

    fn add_entry(
        &mut self,
        directory: &str,
        entry: &Located<Text>,
        accumulated: &mut Accumulated,
        tracked: Option<&Tracked>,
    ) -> Result<(), Failed> {
        match self.find_anywhere(directory, entry)? {
            Found::File(path, content) => {
                self.restrict(directory, entry, &path)?;
                let mut resources = self.resources_of(&path, &content, entry.origin)?;
                if let Some(tracked) = tracked {
                    tracked.mark_file(&mut resources, &entry.value);
                }
                let mut failed = None;
                for resource in resources {
                    if let Err(diagnostic) = accumulated.resources.append(resource) {
                        let diagnostic = diagnostic.related(entry.origin, INCLUDED);
                        failed = Some(self.fail(diagnostic));
                    }
                }
                failed.map_or(Ok(()), Err)
            }
            Found::Directory(path) => {
                if entry.value.starts_with('/') {
                    let cause = format!("the directory `{}` is given absolutely", entry.value);
                    let help = "write it relative to this file";
                    return Err(self.fail(Diagnostic::error(entry.origin, cause).help(help)));
                }
                let base = self.base(&path, entry, tracked)?;
                self.merge(accumulated, base, entry)
            }
            _ => Err(Failed),
        }
    }

    /// Adds a base's resources, configuration and vars.
    fn merge(
        &mut self,
        accumulated: &mut Accumulated,
        base: Accumulated,
        entry: &Located<Text>,
    ) -> Result<(), Failed> {
        let mut twice = Vec::new();
        for resource in base.resources.into_vec() {
            if let Err(diagnostic) = accumulated.resources.append(resource) {
                twice.push(diagnostic.related(entry.origin, INCLUDED));
            }
        }
        let others = twice.len().saturating_sub(1);
        if let Some(mut first) = twice.into_iter().next() {
            match others {
                0 => {}
                1 => first.cause.push_str(", and so is another object"),
                more => first.cause.push_str(&format!(", and so are {more} more objects")),
            }
            return Err(self.fail(first));
        }
        self.merge_config(accumulated, &base.config, entry.origin)?;
        let added = vars::add(&mut accumulated.vars, base.vars);
        self.check(added)
    }

    /// Builds a base, or takes it from the memory.
    fn base(
        &mut self,
        path: &str,
        entry: &Located<Text>,
        tracked: Option<&Tracked>,
    ) -> Result<Accumulated, Failed> {
        self.enter(path, entry)?;
        let built = self.base_in(path, entry, tracked);
        self.includes.pop();
        built
    }

    fn base_in(
        &mut self,
        path: &str,
        entry: &Located<Text>,
        tracked: Option<&Tracked>,
    ) -> Result<Accumulated, Failed> {
        let tracked = tracked.map(|tracked| tracked.enter(&entry.value));
        let key = BaseKey::new(path, self);
        // Annotations that track origins depend on the way to the base: such a base is not kept.
        let may_keep = tracked.is_none();
        if may_keep && let Some(kept) = self.memory.base(&key, |base| self.would_be_the_same(base))
        {
            self.files.found_before(&kept.reads);
            let depth = self.includes.len();
            let entered = kept.entered.iter().map(|(path, at)| (path.clone(), depth + at));
            self.entered.extend(entered);
            self.diagnostics.extend(kept.warnings);
            return Ok(kept.accumulated);
        }
        let (warned, entered) = (self.diagnostics.len(), self.entered.len());
        let (found, noted) = (self.files.count(), self.schema.notes());
        let accumulated = self.build_base(path, entry, tracked.as_ref())?;
        // A base that says which schema to use changes what comes after it: it is built each time.
        let is_as_before = key == BaseKey::new(path, self) && noted == self.schema.notes();
        if may_keep && is_as_before {
            let depth = self.includes.len();
            let below = self.entered.get(entered..).unwrap_or_default().iter();
            let base = Base {
                reads: self.files.found_since(found).into(),
                entered: below.map(|(path, at)| (path.clone(), at - depth)).collect(),
                accumulated: accumulated.clone(),
                warnings: self.diagnostics.get(warned..).unwrap_or_default().to_vec(),
                schema: self.schema_file.clone(),
            };
            self.memory.keep(key, base);
        }
        Ok(accumulated)
    }

    /// Whether building a base once more, from here, would give the same.
    fn would_be_the_same(&self, base: &Base) -> bool {
        let depth = self.includes.len();
        let enters = |(path, at): &(String, usize)| {
            depth + at <= MAX_INCLUDES && self.including(path).is_none()
        };
        base.entered.iter().all(enters)
            && base.reads.iter().all(|(path, seen)| self.files.is_unchanged(path, seen))
    }

    fn build_base(
        &mut self,
        path: &str,
        entry: &Located<Text>,
        tracked: Option<&Tracked>,
    ) -> Result<Accumulated, Failed> {
        let k = self.kustomization(path)?;
        self.use_schema(path, &k)?;
        if k.kind == Kind::Component {
            let cause = format!("`{}` is a Component", entry.value);
            let help = "list it under `components`";
            return Err(self.fail(Diagnostic::error(entry.origin, cause).help(help)));
        }
        self.accumulate(path, &k, Accumulated::new(), tracked)
    }

    /// Builds a component onto `accumulated`.
    pub(crate) fn add_component(
        &mut self,
        directory: &str,
        entry: &Located<Text>,
        accumulated: Accumulated,
        tracked: Option<&Tracked>,
    ) -> Result<Accumulated, Failed> {
        let (path, k) = self.enter_component(directory, entry)?;
        let tracked = tracked.map(|tracked| tracked.enter(&entry.value));
        let built = self.accumulate(&path, &k, accumulated, tracked.as_ref());
        self.includes.pop();
        built
    }

    /// Finds and reads a component. Who gets it leaves it by popping an include.
    pub(crate) fn enter_component(
        &mut self,
        directory: &str,
        entry: &Located<Text>,
    ) -> Result<(String, Arc<Kustomization>), Failed> {
        let path = match self.find_anywhere(directory, entry)? {
            Found::Directory(path) => path,
            _ => {
                let cause = format!("the component `{}` is a file, not a directory", entry.value);
                let help = "a component is a directory; list a file under `resources`";
                return Err(self.fail(Diagnostic::error(entry.origin, cause).help(help)));
            }
        };
        self.enter(&path, entry)?;
        let read = self.read_component(&path, entry);
        if read.is_err() {
            self.includes.pop();
        }
        Ok((path, read?))
    }

    fn read_component(
        &mut self,
        path: &str,
        entry: &Located<Text>,
    ) -> Result<Arc<Kustomization>, Failed> {
        let k = self.kustomization(path)?;
        self.use_schema(path, &k)?;
        if k.kind == Kind::Component {
            return Ok(k);
        }
        let cause = format!("`{}` is no Component", entry.value);
        let help = "list it under `resources`, or make it `kind: Component`";
        Err(self.fail(Diagnostic::error(entry.origin, cause).help(help)))
    }

    /// What is being built in or below `path`: including that would never end.
    fn including(&self, path: &str) -> Option<&Include> {
        self.includes.iter().find(|there| is_within(&there.directory, path))
    }

    /// Goes into an included directory.
    fn enter(&mut self, path: &str, entry: &Located<Text>) -> Result<(), Failed> {
        if let Some(around) = self.including(path) {
            let shown = self.files.tree.display(&around.directory);
            let cause = if around.directory == path {
                format!("`{}` leads in a circle: `{shown}` includes itself", entry.value)
            } else {
                format!("`{}` leads in a circle: it holds `{shown}`", entry.value)
            };
            let help = "remove the entry, or move what both need into a base of its own";
            return Err(self.fail(Diagnostic::error(entry.origin, cause).help(help)));
        }
        if self.includes.len() >= MAX_INCLUDES {
            let cause = format!("kustomizations include each other over {MAX_INCLUDES} deep");
            let help = "include a base further down directly";
            return Err(self.fail(Diagnostic::error(entry.origin, cause).help(help)));
        }
        self.includes.push(Include { directory: path.to_owned(), entry: entry.origin });
        self.entered.push((path.to_owned(), self.includes.len()));
        Ok(())
    }
}
