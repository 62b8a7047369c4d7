//! What a kustomization includes: files, bases and components, each found, read and built.

use std::sync::Arc;

use manifest::tree::is_within;
use manifest::yaml::Flavor;
use manifest::{Diagnostic, Node, Origin, Severity, Text};

use crate::Need;
use crate::accumulate::Accumulated;
use crate::builder::{Builder, Failed, Include};
use crate::decode::Located;
use crate::kustomization::{FILE_NAMES, Kind, Kustomization};
use crate::load::{Found, Unread};
use crate::memory::{Base, BaseKey};
use crate::metadata::Tracked;
use crate::schema::Schema;
use crate::{decode, vars};

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
        if is_remote(&entry.value) {
            let (url, entry) = (entry.value.to_string(), entry.origin.to_string());
            self.files.needs.insert(Need::Remote { url, entry });
            return Err(Failed);
        }
        match self.find(directory, entry)? {
            Found::File(path, content) => {
                self.restrict(directory, entry, &path)?;
                let mut resources = self.resources_of(&path, &content)?;
                if let Some(tracked) = tracked {
                    tracked.mark_file(&mut resources, &entry.value);
                }
                for resource in resources {
                    if let Err(diagnostic) = accumulated.resources.append(resource) {
                        return Err(self.fail(diagnostic));
                    }
                }
                Ok(())
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
        for resource in base.resources.into_vec() {
            if let Err(diagnostic) = accumulated.resources.append(resource) {
                return Err(self.fail(diagnostic.related(entry.origin, "included here")));
            }
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
        let key = BaseKey::new(path, self.options, self.schema_file.as_ref());
        // Annotations that track origins depend on the way to the base: such a base is not kept.
        let may_keep = tracked.is_none();
        if may_keep {
            let files = &self.files;
            let kept = self.memory.base(&key, |path, content| files.is_unchanged(path, content));
            if let Some(kept) = kept {
                self.files.read_before(kept.reads);
                self.diagnostics.extend(kept.warnings);
                return Ok(kept.accumulated);
            }
        }
        let before = self.diagnostics.len();
        let schema_was_set = self.schema_is_set;
        self.files.start_recording();
        let built = self.build_base(path, entry, tracked.as_ref());
        let reads = self.files.stop_recording();
        let accumulated = built?;
        // A base that says which schema to use changes what comes after it: it is built each time.
        if may_keep && schema_was_set == self.schema_is_set {
            let warnings = self.diagnostics.get(before..).unwrap_or_default().to_vec();
            let schema = self.schema_file.clone();
            let base = Base { reads, accumulated: accumulated.clone(), warnings, schema };
            self.memory.keep(key, base);
        }
        Ok(accumulated)
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

    pub(crate) fn add_component(
        &mut self,
        directory: &str,
        entry: &Located<Text>,
        accumulated: Accumulated,
        tracked: Option<&Tracked>,
    ) -> Result<Accumulated, Failed> {
        if is_remote(&entry.value) {
            let (url, entry) = (entry.value.to_string(), entry.origin.to_string());
            self.files.needs.insert(Need::Remote { url, entry });
            return Err(Failed);
        }
        let path = match self.find(directory, entry)? {
            Found::Directory(path) => path,
            _ => {
                let cause = format!("the component `{}` is a file, not a directory", entry.value);
                return Err(self.fail(Diagnostic::error(entry.origin, cause)));
            }
        };
        self.enter(&path, entry)?;
        let tracked = tracked.map(|tracked| tracked.enter(&entry.value));
        let built = self.component_in(&path, entry, accumulated, tracked.as_ref());
        self.includes.pop();
        built
    }

    fn component_in(
        &mut self,
        path: &str,
        entry: &Located<Text>,
        accumulated: Accumulated,
        tracked: Option<&Tracked>,
    ) -> Result<Accumulated, Failed> {
        let k = self.kustomization(path)?;
        self.use_schema(path, &k)?;
        if k.kind != Kind::Component {
            let cause = format!("`{}` is no Component", entry.value);
            let help = "list it under `resources`, or make it `kind: Component`";
            return Err(self.fail(Diagnostic::error(entry.origin, cause).help(help)));
        }
        self.accumulate(path, &k, accumulated, tracked)
    }

    /// Goes into an included directory.
    fn enter(&mut self, path: &str, entry: &Located<Text>) -> Result<(), Failed> {
        if let Some(around) = self.includes.iter().find(|there| is_within(&there.directory, path)) {
            let cause = format!(
                "`{}` leads in a circle: it holds `{}`, which is being built",
                entry.value,
                self.files.tree.display(&around.directory)
            );
            return Err(self.fail(Diagnostic::error(entry.origin, cause)));
        }
        if self.includes.len() >= MAX_INCLUDES {
            let cause = format!("kustomizations include each other over {MAX_INCLUDES} deep");
            return Err(self.fail(Diagnostic::error(entry.origin, cause)));
        }
        self.includes.push(Include { directory: path.to_owned(), entry: entry.origin });
        Ok(())
    }

    /// Reads the kustomization file of a directory.
    pub(crate) fn kustomization(&mut self, directory: &str) -> Result<Arc<Kustomization>, Failed> {
        let mut found = Vec::new();
        let mut unread = false;
        for name in FILE_NAMES {
            match self.files.find(directory, name) {
                Ok(Found::File(path, content)) => found.push((path, content)),
                Ok(Found::Unreadable(why)) => {
                    let cause =
                        format!("`{name}` in {}: {why}", self.files.tree.display(directory));
                    return Err(self.fail(Diagnostic::error(Origin::NONE, cause)));
                }
                Ok(_) => {}
                Err(Unread) => unread = true,
            }
        }
        if unread {
            return Err(Failed);
        }
        let shown = self.files.tree.display(directory);
        let (path, content) = match found.as_slice() {
            [one] => one.clone(),
            [] => {
                let cause = format!("no kustomization.yaml in `{shown}`");
                let help = "add one that lists the files under `resources`";
                return Err(self.fail(Diagnostic::error(Origin::NONE, cause).help(help)));
            }
            _ => {
                let cause = format!("more than one kustomization file in `{shown}`");
                let names: Vec<&str> =
                    found.iter().filter_map(|(path, _)| path.rsplit('/').next()).collect();
                let help = format!("keep one of {}", names.join(", "));
                return Err(self.fail(Diagnostic::error(Origin::NONE, cause).help(help)));
            }
        };
        let documents = self.documents(&path, &content, Flavor::Config)?;
        let file = Origin::new(self.name(&path), 1);
        let Some(node) = documents.first() else {
            return Err(self.fail(empty(file)));
        };
        let mut diagnostics = Vec::new();
        let kustomization = Kustomization::decode(node, &mut diagnostics);
        self.check_decoded(diagnostics)?;
        let only_type = |map: &manifest::Map| {
            map.iter().all(|(key, value)| {
                value.is_null() || ["apiversion", "kind"].contains(&&*key.to_ascii_lowercase())
            })
        };
        if node.as_map().is_some_and(only_type) {
            return Err(self.fail(empty(file)));
        }
        Ok(Arc::new(kustomization))
    }

    /// Reads what stands for the kustomization file of the root; unknown fields are left out.
    pub(crate) fn decode_leniently(&mut self, node: &Node) -> Result<Arc<Kustomization>, Failed> {
        let mut diagnostics = Vec::new();
        let kustomization = Kustomization::decode(node, &mut diagnostics);
        for diagnostic in diagnostics.iter_mut().filter(|d| decode::is_unknown_field(d)) {
            diagnostic.severity = Severity::Warning;
            diagnostic.cause.push_str(", it is left out");
        }
        self.check_decoded(diagnostics)?;
        Ok(Arc::new(kustomization))
    }

    /// Notes what decoding a kustomization found.
    fn check_decoded(&mut self, diagnostics: Vec<Diagnostic>) -> Result<(), Failed> {
        let is_error = diagnostics.iter().any(Diagnostic::is_error);
        for diagnostic in diagnostics {
            if diagnostic.is_error() {
                self.fail(diagnostic);
            } else {
                self.diagnostics.push(diagnostic);
            }
        }
        if is_error { Err(Failed) } else { Ok(()) }
    }

    /// Takes the schema of `openapi:`, where no kustomization above has set one.
    pub(crate) fn use_schema(&mut self, directory: &str, k: &Kustomization) -> Result<(), Failed> {
        if let Some(version) = &k.openapi_version {
            if k.openapi_path.is_some() {
                let cause = "`openapi` takes a path or a version, not both";
                return Err(self.fail(Diagnostic::error(version.origin, cause)));
            }
            if version.value != "v1.21.2" {
                let cause = format!("the OpenAPI version `{}` is not known", version.value);
                let diagnostic = Diagnostic::error(version.origin, cause).help("it is `v1.21.2`");
                return Err(self.fail(diagnostic));
            }
            self.schema_is_set = true;
        }
        let Some(path) = k.openapi_path.as_ref().filter(|_| !self.schema_is_set) else {
            return Ok(());
        };
        let (file, content) = self.load_file(directory, path)?;
        let documents = self.documents(&file, &content, Flavor::Config)?;
        let schema = documents.first().map(Schema::from_openapi);
        match schema {
            Some(Ok(schema)) => {
                self.schema = schema;
                self.schema_file = Some((file, content));
                self.schema_is_set = true;
                Ok(())
            }
            Some(Err(error)) => {
                let cause = format!("`{file}` is no OpenAPI document: {error}");
                Err(self.fail(Diagnostic::error(path.origin, cause)))
            }
            None => {
                let cause = format!("`{file}` is empty");
                Err(self.fail(Diagnostic::error(path.origin, cause)))
            }
        }
    }
}

fn empty(file: Origin) -> Diagnostic {
    Diagnostic::error(file, "the kustomization is empty")
        .help("list files under `resources`, or write `resources: []`")
}

/// Whether an entry of `resources` names something that has to be fetched: a URL, or a Git
/// repository in one of the short forms (`api/internal/git/repospec.go`).
fn is_remote(entry: &str) -> bool {
    let schemes = ["http://", "https://", "ssh://", "git://", "file://", "git::", "git@"];
    let hosts = ["github.com/", "github.com:", "gitlab.com/", "bitbucket.org/"];
    let lower = entry.to_ascii_lowercase();
    schemes.iter().chain(&hosts).any(|start| lower.starts_with(start))
}
