//! `nauarch diff kustomization`: what applying a folder would change in a cluster.
//!
//! The folder is rendered as the agent does, and the server is asked by a dry run what would come of
//! each object. Nothing is written.

use std::path::{Path, PathBuf};

use api::{ExitCode, FluxKustomization};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use client::{Client, Query};
use manifest::{Diagnostic, Map, Node, Object, ObjectId, Origin, Sensitive};
use plan::{Action, Inventory, Rules};
use render::{Answers, Memory, Outcome, Single, ValueRef};
use schema::{Kinds, Types};

use super::Substitution;
use crate::failure::{Failure, chain, note, report};
use crate::flux::KUSTOMIZATION;
use crate::members::{Member, Select};
use crate::printing::difference::difference;
use crate::repository;

/// What the server keeps of an object for itself.
const SERVERS_OWN: [&str; 5] =
    ["managedFields", "resourceVersion", "generation", "creationTimestamp", "uid"];

/// What would change in the cluster if a folder were applied as a Kustomization
///
/// Exit codes are those of flux: 0 nothing, 1 something, 2 and more an error.
#[derive(clap::Args)]
#[command(after_help = "Example: nauarch diff kustomization apps --path overlays/NAME")]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// A Kustomization
    #[command(visible_alias = "ks")]
    Kustomization(Options),
}

#[derive(clap::Args)]
struct Options {
    /// Its name
    name: String,
    /// The folder that stands for its `spec.path`; else that path in the repository around the
    /// working directory
    #[arg(long, value_name = "DIR")]
    path: Option<PathBuf>,
    #[command(flatten)]
    select: Select,
    /// What happens to a variable that is not set: it is an error, or it is empty
    #[arg(long, value_enum, default_value_t = Substitution::Strict)]
    substitution: Substitution,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let What::Kustomization(options) = &args.what;
    super::block_on(async {
        let mut members = options.select.connect().await?;
        let ask = |member: Member| async move {
            let Some(info) = KUSTOMIZATION.info() else { return Ok(None) };
            member.client.get(&info, &member.namespace, &options.name).await
        };
        let answers = members.ask(ask).await;
        let mut worst = ExitCode::Done;
        let mut is_found = false;
        for (member, object) in answers {
            let Some(object) = object else { continue };
            is_found = true;
            let done = diff(options, &member, &object).await;
            let code = match done {
                Ok((text, code)) => {
                    if members.shows_cluster && !text.is_empty() {
                        super::print(format!("{}:\n", member.name).as_bytes())?;
                    }
                    super::print(text.as_bytes())?;
                    code
                }
                Err(failure) => {
                    failure.report();
                    failure.code().max(ExitCode::Input)
                }
            };
            worst = worst.max(code);
        }
        let done = match worst {
            ExitCode::Done if !is_found => Err(Failure::Usage(format!(
                "there is no Kustomization {} in that namespace; -n names another one",
                options.name
            ))),
            ExitCode::Done => Ok(()),
            ExitCode::Findings => Err(Failure::Findings),
            // It has been said.
            _ => Err(Failure::Input(Vec::new())),
        };
        members.end(done)
    })
}

/// What would change in one cluster, and whether anything would.
async fn diff(
    options: &Options,
    member: &Member,
    object: &Object,
) -> Result<(String, ExitCode), Failure> {
    let client = &member.client;
    let unreachable = |error: client::Error| Failure::Unreachable(chain(&error));
    let mut view = FluxKustomization::read(object).value;
    if view.kube_config.is_some() {
        note(&format!("Kustomization {} goes to another cluster; it is left out", options.name));
        return Ok((String::new(), ExitCode::Done));
    }
    let (root, path) = folder(options.path.as_deref(), &view.path.value)?;
    view.path.value = path.into();
    let tree = repository::read(&root)?.tree;
    let answers = values(client, &view).await.map_err(unreachable)?;
    let source = source(client, &view).await.map_err(unreachable)?;
    let single = Single {
        view: &view,
        tree: &tree,
        source: source.as_ref(),
        answers: &answers,
        mode: options.substitution.into(),
    };
    let outcome = render::kustomization(&single, &Memory::default());
    if !outcome.is_complete() {
        return Err(Failure::Input(lacking(outcome)));
    }
    report(&outcome.diagnostics);
    let kinds = client.kinds().await.map_err(unreachable)?;
    let types = types(client, &kinds).await.map_err(unreachable)?;
    let rules = Rules { kinds: &kinds, types: &types, force: view.force };
    let mut shown = Shown { text: String::new(), code: ExitCode::Done };
    let mut there = Vec::new();
    for object in &outcome.unit.objects {
        match apply::preview(client, &rules, object, plan::MANAGER).await {
            Ok(preview) => {
                there.push(preview.id.clone());
                shown.add(&preview);
            }
            Err(failed) => {
                shown.code = ExitCode::Input;
                report(&[Diagnostic::error(object.origin(), chain(&failed))]);
            }
        }
    }
    if view.prune && shown.code != ExitCode::Input {
        shown.add_deleted(object, &there);
    }
    Ok((shown.text, shown.code))
}

/// What is printed so far, and whether anything would change.
struct Shown {
    text: String,
    code: ExitCode,
}

impl Shown {
    fn add(&mut self, preview: &apply::Preview) {
        let Some(action) = &preview.action else { return };
        let id = &preview.id;
        let word = match action {
            Action::Create => "created",
            Action::Configure | Action::Replace => "drifted",
            Action::Delete => "deleted",
            Action::Skip(_) => "skipped",
        };
        self.text.push_str(&format!("► {id} {word}\n"));
        if let (Some(before), Some(after)) = (&preview.before, &preview.after) {
            let (before, after) = (shown(before), shown(after));
            let (before, after) = match id.kind == "Secret" && id.group.is_empty() {
                true => masked(&before, &after),
                false => (before, after),
            };
            self.text.push_str(&difference(&before, &after));
        }
        if action.writes() {
            self.code = self.code.max(ExitCode::Findings);
        }
    }

    /// What was applied before and is not among the objects any more.
    fn add_deleted(&mut self, kustomization: &Object, there: &[ObjectId]) {
        let inventory = Inventory::of_kustomization(kustomization).unwrap_or_default();
        for (id, _) in inventory.iter().filter(|(id, _)| !there.contains(id)) {
            self.text.push_str(&format!("► {id} deleted\n"));
            self.code = self.code.max(ExitCode::Findings);
        }
    }
}

/// The root of the files, and the folder of the Kustomization in it.
fn folder(given: Option<&Path>, spec_path: &str) -> Result<(PathBuf, String), Failure> {
    let spec_path = spec_path.trim_start_matches("./").trim_matches('/');
    let real = |path: &Path| {
        let cannot = |_| Failure::Usage(format!("there is no folder {}", path.display()));
        path.canonicalize().map_err(cannot)
    };
    let Some(given) = given else {
        let here = real(Path::new("."))?;
        let root = here.ancestors().find(|folder| folder.join(".git").exists());
        let root = root.unwrap_or(&here).to_owned();
        if !root.join(spec_path).is_dir() {
            return Err(Failure::Usage(format!(
                "there is no folder {spec_path} in {}; name the Kustomization's folder with --path",
                root.display()
            )));
        }
        return Ok((root, spec_path.to_owned()));
    };
    let folder = real(given)?;
    if !folder.is_dir() {
        return Err(Failure::Usage(format!("{} is no folder", given.display())));
    }
    // What is included may stand beside it: the root is where `spec.path` begins, or Git's.
    let mut root = folder.as_path();
    if folder.ends_with(spec_path) {
        for _ in Path::new(spec_path).components() {
            root = root.parent().unwrap_or(root);
        }
    } else {
        root = folder.ancestors().find(|above| above.join(".git").exists()).unwrap_or(root);
    }
    let inside = folder.strip_prefix(root).unwrap_or(Path::new(""));
    Ok((root.to_owned(), inside.to_string_lossy().into_owned()))
}

/// The variables that the Kustomization takes from the cluster.
async fn values(client: &Client, view: &FluxKustomization) -> Result<Answers, client::Error> {
    let mut answers = Answers::default();
    for reference in render::value_references(view) {
        let ValueRef { kind, namespace, name } = &reference;
        let info = client.kind("v1", kind).await?;
        let found = client.get(&info, namespace, name).await?;
        answers.values.insert(reference.clone(), found.as_ref().map(data));
    }
    Ok(answers)
}

/// The data of a ConfigMap, or of a Secret, decoded.
fn data(object: &Object) -> Map {
    let is_secret = object.kind() == "Secret";
    let data = object.root().get("data").and_then(Node::as_map).cloned().unwrap_or_default();
    let decoded = |node: &Node| {
        let text = node.as_str().unwrap_or_default();
        if !is_secret {
            return node.clone();
        }
        let bytes = STANDARD.decode(text).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        Node {
            value: manifest::Value::Sensitive(Sensitive::new(text.into_owned())),
            origin: node.origin,
        }
    };
    data.iter().map(|(key, node)| (key.clone(), decoded(node))).collect()
}

async fn source(
    client: &Client,
    view: &FluxKustomization,
) -> Result<Option<Object>, client::Error> {
    let Some(reference) = &view.source else { return Ok(None) };
    let source = &reference.source;
    let info = client.kind("source.toolkit.fluxcd.io/v1", source.kind.as_str()).await?;
    client.get(&info, &source.namespace, &source.name).await
}

/// The types of the cluster: built in, and defined.
async fn types(client: &Client, kinds: &Kinds) -> Result<Types, client::Error> {
    let mut types = Types::builtin();
    if let Some(info) = kinds.info("apiextensions.k8s.io/v1", "CustomResourceDefinition") {
        for definition in client.list(info, None, &Query::default()).await? {
            types = types.with_crd(&definition);
        }
    }
    Ok(types)
}

/// Why an outcome is not complete.
fn lacking(outcome: Outcome) -> Vec<Diagnostic> {
    let mut findings = outcome.diagnostics;
    let needs = outcome.needs.iter();
    findings
        .extend(needs.map(|need| Diagnostic::error(Origin::NONE, format!("{need} is missing"))));
    if !findings.iter().any(Diagnostic::is_error) {
        let gaps = outcome.unit.gaps.iter();
        findings.extend(gaps.map(|gap| Diagnostic::error(gap.origin, gap.reason.as_str())));
    }
    findings
}

/// An object as people have it in files.
fn shown(object: &Object) -> Node {
    let mut node = object.root().clone();
    if let Some(root) = node.as_map_mut() {
        root.remove("status");
        if let Some(metadata) = root.get_mut("metadata").and_then(Node::as_map_mut) {
            for field in SERVERS_OWN {
                metadata.remove(field);
            }
        }
    }
    node
}

/// Both with stars for values, which say only whether a value changes.
fn masked(before: &Node, after: &Node) -> (Node, Node) {
    let (mut old, mut new) = (before.clone(), after.clone());
    for field in ["data", "stringData"] {
        let same = |key: &str| {
            let value = |node: &Node| node.get(field).and_then(|data| data.get(key)).cloned();
            value(before) == value(after)
        };
        for (node, word) in [(&mut old, "before"), (&mut new, "after")] {
            let data = node.as_map_mut().and_then(|root| root.get_mut(field));
            for (key, value) in data.and_then(Node::as_map_mut).into_iter().flat_map(Map::iter_mut)
            {
                let stars = if same(key) { "***".to_owned() } else { format!("*** ({word})") };
                *value = Node::string(stars, value.origin);
            }
        }
    }
    (old, new)
}

#[cfg(test)]
mod tests;
