//! `nauarch build PATH`: what `kustomize build` prints.

use std::path::{Path, PathBuf};

use kustomize::{Build, LoadRestrictor, Memory, Need, Options, Reorder};
use manifest::yaml::Flavor;
use manifest::{Content, Diagnostic, FileName};

use crate::disk::{Disk, tree_path};
use crate::explain::explain;
use crate::failure::{Failure, report};
use crate::remote::Remotes;

/// Build a kustomization: what `kustomize build` prints, byte for byte
#[derive(clap::Args)]
#[command(after_help = "Example: nauarch build overlays/NAME")]
pub(crate) struct Args {
    /// The directory with the kustomization.yaml
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Write to this file, or into this directory one file for each object
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// Which files a kustomization may read
    #[arg(long, value_enum, default_value_t = Restrictor::LoadRestrictionsRootOnly)]
    load_restrictor: Restrictor,
    /// The order of the objects, where the kustomization has no `sortOptions`
    #[arg(long, value_enum, default_value_t = Order::Legacy)]
    reorder: Order,
    /// For each field of the object KIND/NAME, show the file, line and transformer that set it
    #[arg(long, value_name = "KIND/NAME", conflicts_with = "output")]
    explain: Option<String>,
    /// Add the label app.kubernetes.io/managed-by
    #[arg(long)]
    enable_managedby_label: bool,
    /// Allow `helmCharts`; a kustomization that has any is refused all the same until charts are inflated
    #[arg(long)]
    enable_helm: bool,
    /// Allow plugins that are not built in; they are refused all the same until they are run
    #[arg(long)]
    enable_alpha_plugins: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Restrictor {
    /// Those in or below its own directory
    #[value(name = "LoadRestrictionsRootOnly")]
    LoadRestrictionsRootOnly,
    /// Any
    #[value(name = "LoadRestrictionsNone")]
    LoadRestrictionsNone,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Order {
    /// As they came
    None,
    /// By kind
    Legacy,
}

pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let options = Options {
        load_restrictor: match args.load_restrictor {
            Restrictor::LoadRestrictionsRootOnly => LoadRestrictor::RootOnly,
            Restrictor::LoadRestrictionsNone => LoadRestrictor::None,
        },
        reorder: match args.reorder {
            Order::None => Reorder::None,
            Order::Legacy => Reorder::Legacy,
        },
        managed_by_label: args.enable_managedby_label,
        enable_helm: args.enable_helm,
        enable_alpha_plugins: args.enable_alpha_plugins,
    };
    let build = build_on_disk(&args.path, &options)?;
    let (errors, warnings): (Vec<_>, Vec<_>) =
        build.diagnostics.into_iter().partition(Diagnostic::is_error);
    report(&warnings);
    let Some(nodes) = build.nodes else { return Err(Failure::Input(errors)) };
    if let Some(wanted) = &args.explain {
        return super::print(explain(nodes.iter(), wanted)?.as_bytes());
    }
    let mut text = String::new();
    match args.output {
        Some(path) if path.is_dir() => super::write_each(&path, &nodes),
        output => {
            manifest::yaml::write::write_documents(&*nodes, &mut text);
            std::mem::forget(nodes);
            match output {
                Some(path) => super::write_file(&path, text.as_bytes()),
                None => super::print(text.as_bytes()),
            }
        }
    }
}

/// Parses a file for the build that asks for it next. The memory keeps what came of it, errors too: it is
/// for the build to say whether the file should have been YAML.
fn read_ahead(memory: &Memory, name: FileName, path: &str, content: &Content) {
    let file = path.rsplit('/').next().unwrap_or_default();
    let flavor = match kustomize::FILE_NAMES.contains(&file) {
        true => Flavor::Config,
        false => Flavor::Resource,
    };
    if [".yaml", ".yml", ".json"].iter().any(|end| file.ends_with(end)) || flavor == Flavor::Config
    {
        // Only for the memory.
        let _ = memory.documents(content, name, flavor);
    }
}

/// Builds a directory on disk, reading what the build asks for.
///
/// # Errors
/// The working directory is gone, or the path leads nowhere.
fn build_on_disk(path: &Path, options: &Options) -> Result<Build, Failure> {
    let here = std::env::current_dir()
        .map_err(|error| Failure::Usage(format!("the working directory: {error}")))?;
    let asked = here.join(path);
    // A link to the directory is followed here: the kustomization's root is the real one.
    let real = std::fs::canonicalize(&asked).unwrap_or(asked);
    let mut disk = Disk::new(&std::fs::canonicalize(&here).unwrap_or(here));
    let memory = Memory::new();
    let mut remotes = Remotes::default();
    loop {
        let build = kustomize::build(&disk.tree, &tree_path(&real), options, &memory);
        let (mut paths, mut urls) = (Vec::new(), Vec::new());
        for need in &build.needs {
            match need {
                Need::Path(path) => paths.push(path.as_str()),
                Need::Remote { url, .. } => urls.push(url.as_str()),
            }
        }
        disk.read(&paths, |name, path, content| read_ahead(&memory, name, path, content));
        remotes.fetch(&urls, &mut disk.tree);
        // Names to suggest are looked for only where something is wrong.
        let failed = build.diagnostics.iter().any(Diagnostic::is_error);
        if !build.needs.is_empty() || (failed && disk.mention_missing()) {
            continue;
        }
        // The process ends here; what they hold goes with it.
        std::mem::forget((memory, disk));
        return Ok(build);
    }
}
