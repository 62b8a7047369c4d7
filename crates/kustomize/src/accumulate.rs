//! One kustomization: its resources, generators, components, transformers, in kustomize's order
//! (`target.KustTarget.accumulateTarget`).

use std::sync::Arc;

use manifest::yaml::Flavor;
use manifest::{Diagnostic, Node, Origin, Text};

use crate::accumulated::Accumulated;
use crate::builder::{Builder, Failed, Include};
use crate::config::{Config, config_of_crds};
use crate::decode::Located;
use crate::kustomization::Kustomization;
use crate::load::Found;
use crate::metadata::Tracked;
use crate::resource::Resource;
use crate::{generate, plugin, transform, vars};

impl Builder<'_> {
    /// Reads and builds the root kustomization.
    pub(crate) fn accumulate_root(
        &mut self,
        directory: &str,
    ) -> Result<(Arc<Kustomization>, Accumulated), Failed> {
        let directory = match self.files.find("", directory)? {
            Found::Directory(path) => path,
            found => {
                let shown = self.files.tree.display(directory);
                let cause = match found {
                    Found::File(..) => format!("`{shown}` is a file, not a directory"),
                    Found::Unreadable(why) => format!("`{shown}` cannot be read: {why}"),
                    _ => format!("there is no directory `{shown}`"),
                };
                let help = "give the directory of a kustomization.yaml";
                return Err(self.fail(Diagnostic::error(Origin::NONE, cause).help(help)));
            }
        };
        self.root.clone_from(&directory);
        let root = match self.root_file {
            Some(node) => self.decode_leniently(node)?,
            None => self.kustomization(&directory)?,
        };
        self.use_schema(&directory, &root)?;
        self.includes.push(Include { directory: directory.clone(), entry: Origin::NONE });
        let tracked = Tracked::root(&root);
        let built = self.accumulate(&directory, &root, Accumulated::new(), tracked.as_ref());
        self.includes.pop();
        Ok((root, built?))
    }

    /// Builds one kustomization onto `accumulated`. Where that fails, what it has not come to is read
    /// nevertheless, so that all that is wrong or missing there is reported at once.
    pub(crate) fn accumulate(
        &mut self,
        directory: &str,
        k: &Kustomization,
        accumulated: Accumulated,
        tracked: Option<&Tracked>,
    ) -> Result<Accumulated, Failed> {
        let built = self.accumulate_in_order(directory, k, accumulated, tracked);
        if built.is_err() {
            self.survey(directory, k);
        }
        built
    }

    fn accumulate_in_order(
        &mut self,
        directory: &str,
        k: &Kustomization,
        mut accumulated: Accumulated,
        tracked: Option<&Tracked>,
    ) -> Result<Accumulated, Failed> {
        let included = self.add_resources(directory, &k.resources, &mut accumulated, tracked);
        // Read before anything of this gives up: all that is missing or wrong is told in one pass.
        let generated = self.generated(directory, k, tracked);
        let loaded = transform::load(self, directory, k);
        included?;
        self.add_config(directory, k, &mut accumulated)?;
        self.absorb(generated?, &mut accumulated)?;
        plugin::generate(self, directory, &k.generators, &mut accumulated, tracked)?;
        let loaded = loaded?;
        for entry in &k.components {
            accumulated = self.add_component(directory, entry, accumulated, tracked)?;
        }
        transform::run(self, directory, (k, &loaded), &mut accumulated, tracked)?;
        plugin::transform(self, directory, &k.transformers, &mut accumulated, tracked)?;
        plugin::validate(self, directory, &k.validators, &mut accumulated, tracked)?;
        let merged = vars::merge(&mut accumulated, &k.vars);
        self.check(merged)?;
        Ok(accumulated)
    }

    /// Reads what a build that failed may not have come to, and only notes what is wrong or missing
    /// there. What was noted before is noted once more; the report has it once.
    fn survey(&mut self, directory: &str, k: &Kustomization) {
        let mut nothing = Accumulated::new();
        // Each step has noted its own failure.
        let _ = self.add_config(directory, k, &mut nothing);
        for entry in &k.components {
            let _ = self.survey_component(directory, entry);
        }
        for plugins in [&k.generators, &k.transformers, &k.validators] {
            let _ = plugin::load(self, directory, plugins, None);
        }
    }

    fn survey_component(&mut self, directory: &str, entry: &Located<Text>) -> Result<(), Failed> {
        let (path, k) = self.enter_component(directory, entry)?;
        let added = self.add_resources(&path, &k.resources, &mut Accumulated::new(), None);
        let _ = self.generated(&path, &k, None);
        let _ = transform::load(self, &path, &k);
        self.survey(&path, &k);
        self.includes.pop();
        added
    }

    fn add_config(
        &mut self,
        directory: &str,
        k: &Kustomization,
        accumulated: &mut Accumulated,
    ) -> Result<(), Failed> {
        let mut configured = Config::empty();
        for entry in &k.configurations {
            let (path, content) = self.load_file(directory, entry)?;
            let documents = self.documents(&path, &content, Flavor::Config, entry.origin)?;
            let mut diagnostics = Vec::new();
            let nothing = Node::default();
            let config = Config::decode(documents.first().unwrap_or(&nothing), &mut diagnostics);
            if !diagnostics.is_empty() {
                return Err(self.fail_all(diagnostics));
            }
            configured = Config::merged(&configured, &Arc::new(config))
                .map_err(|why| self.fail(Diagnostic::error(entry.origin, why)))?;
        }
        let own = Config::merged(&Config::default_config(), &configured)
            .map_err(|why| self.fail(Diagnostic::error(k.origin, why)))?;
        self.merge_config(accumulated, &own, k.origin)?;
        for entry in &k.crds {
            let (path, content) = self.load_file(directory, entry)?;
            let documents = self.documents(&path, &content, Flavor::Config, entry.origin)?;
            let Some(definitions) = documents.first() else { continue };
            match config_of_crds(definitions) {
                Ok(config) => self.merge_config(accumulated, &Arc::new(config), entry.origin)?,
                Err(why) => return Err(self.fail(Diagnostic::error(entry.origin, why))),
            }
        }
        Ok(())
    }

    pub(crate) fn merge_config(
        &mut self,
        accumulated: &mut Accumulated,
        more: &Arc<Config>,
        origin: Origin,
    ) -> Result<(), Failed> {
        accumulated.config = Config::merged(&accumulated.config, more)
            .map_err(|why| self.fail(Diagnostic::error(origin, why)))?;
        Ok(())
    }

    /// What the generators make.
    fn generated(
        &mut self,
        directory: &str,
        k: &Kustomization,
        tracked: Option<&Tracked>,
    ) -> Result<Vec<Resource>, Failed> {
        let mut resources = Vec::new();
        let mut failed = None;
        for generated in &k.generated {
            match generate::generate(self, directory, generated) {
                Ok(mut resource) => {
                    if let Some(tracked) = tracked {
                        let file = self.kustomization_name(directory);
                        tracked.mark_generated(&mut resource, &file, generated.kind);
                    }
                    resources.push(resource);
                }
                Err(error) => failed = Some(error),
            }
        }
        if let Some(origin) = k.helm {
            let cause = match self.options.enable_helm {
                true => "helm charts are not inflated yet",
                false => "`helmCharts` need `--enable-helm`, and are not inflated yet",
            };
            let diagnostic = Diagnostic::error(origin, cause).help(
                "render the chart with `helm template` and list the result under `resources`",
            );
            failed = Some(self.fail(diagnostic));
        }
        failed.map_or(Ok(resources), Err)
    }

    /// Adds generated resources, or merges them with those there are.
    fn absorb(
        &mut self,
        generated: Vec<Resource>,
        accumulated: &mut Accumulated,
    ) -> Result<(), Failed> {
        let mut failed = None;
        for mut resource in generated {
            resource.refresh(&self.schema);
            let absorbed = accumulated.resources.absorb(resource, &self.schema);
            if let Err(diagnostic) = absorbed {
                failed = Some(self.fail(diagnostic));
            }
        }
        failed.map_or(Ok(()), Err)
    }
}
