//! Reading kustomization files, and the schemas that they name.

use std::sync::Arc;

use manifest::yaml::Flavor;
use manifest::{Diagnostic, Node, Origin, Severity};

use crate::builder::{Builder, Failed};
use crate::decode;
use crate::kustomization::{FILE_NAMES, Kustomization};
use crate::load::{Found, Unread};
use crate::schema::Schema;

impl Builder<'_> {
    /// Reads the kustomization file of a directory.
    pub(crate) fn kustomization(&mut self, directory: &str) -> Result<Arc<Kustomization>, Failed> {
        let mut found = Vec::new();
        let mut unread = false;
        for name in FILE_NAMES {
            match self.files.find(directory, name) {
                Ok(Found::File(path, content)) => found.push((path, content)),
                Ok(Found::Unreadable(why)) => {
                    let shown = self.files.tree.display(directory);
                    let cause = format!("`{name}` in `{shown}` cannot be read: {why}");
                    let diagnostic = Diagnostic::error(Origin::NONE, cause);
                    return Err(self.fail(diagnostic.help("make it a file that you may read")));
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
        let documents = self.documents(&path, &content, Flavor::Config, Origin::NONE)?;
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
    fn check_decoded(&mut self, mut diagnostics: Vec<Diagnostic>) -> Result<(), Failed> {
        diagnostics.sort_by_key(|diagnostic| diagnostic.origin.line());
        if diagnostics.iter().any(Diagnostic::is_error) {
            return Err(self.fail_all(diagnostics));
        }
        self.diagnostics.extend(diagnostics);
        Ok(())
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
        let documents = self.documents(&file, &content, Flavor::Config, path.origin)?;
        let schema = documents.first().map(Schema::from_openapi);
        match schema {
            Some(Ok(schema)) => {
                self.schema = schema;
                self.schema_file = Some((file, content));
                self.schema_is_set = true;
                Ok(())
            }
            Some(Err(error)) => {
                let cause = format!("`{}` is no OpenAPI document: {error}", path.value);
                Err(self.fail(Diagnostic::error(path.origin, cause)))
            }
            None => {
                let diagnostic =
                    Diagnostic::error(path.origin, format!("`{}` is empty", path.value));
                Err(self.fail(diagnostic.help("remove `openapi`, or give it a schema")))
            }
        }
    }
}

fn empty(file: Origin) -> Diagnostic {
    Diagnostic::error(file, "the kustomization is empty")
        .help("list files under `resources`, or write `resources: []`")
}
