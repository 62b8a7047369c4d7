//! `nauarch render`: everything that one cluster gets.

use std::path::PathBuf;

use manifest::{Diagnostic, Map, Node, Object, Origin, Value, json, yaml};
use render::{Answers, Checkout, Memory, Need, Registry, Rendered, Request, Unit};

use super::Substitution;
use crate::explain::explain;
use crate::failure::{Failure, note, report};
use crate::remote::Remotes;
use crate::repository;

/// Print everything that one cluster gets from a repository
///
/// The cluster's own file, then every Kustomization: its overlay built, its variables substituted,
/// and the Kustomizations that it applies in turn. No cluster is asked; what only one could answer is
/// shown as unknown.
#[derive(clap::Args)]
#[command(after_help = "Example: nauarch render --repo fleet --cluster NAME")]
pub(crate) struct Args {
    /// The folder of the repository
    #[arg(long, default_value = ".")]
    repo: PathBuf,
    /// The cluster, as its file or folder in clusters/ is called
    #[arg(long)]
    cluster: Option<String>,
    /// How to print it
    #[arg(short, long, value_enum, default_value_t = Format::Yaml)]
    output: Format,
    /// For each field of the object KIND/NAME, show the file, line and transformer that set it
    #[arg(long, value_name = "KIND/NAME", conflicts_with = "output")]
    explain: Option<String>,
    /// What happens to a variable that is not set: it is an error, or it is empty
    #[arg(long, value_enum, default_value_t = Substitution::Strict)]
    substitution: Substitution,
    /// The source that the folder is, where its URL does not tell: NAME, or KIND/NAME
    #[arg(long)]
    source: Option<String>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Yaml,
    Json,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let mut repository = repository::read(&args.repo)?;
    let memory = Memory::default();
    let registry = render::registry(&repository.tree, &memory);
    let cluster = match &args.cluster {
        Some(name) => registry.find(name),
        None => only_cluster(&registry),
    };
    let cluster = cluster.map_err(|missing| {
        let mut findings = registry.diagnostics.clone();
        // Without any cluster, why there is none says it all.
        if !findings.iter().any(Diagnostic::is_error) || !registry.clusters.is_empty() {
            findings.push(missing);
        }
        Failure::Input(findings)
    })?;
    let checkout = Checkout { remotes: repository.remotes, named: args.source.clone() };
    let mode = args.substitution.into();
    let mut answers = Answers::default();
    let mut remotes = Remotes::default();
    let rendered = loop {
        let request = Request {
            tree: &repository.tree,
            registry: &registry,
            cluster,
            checkout: &checkout,
            answers: &answers,
            mode,
        };
        let rendered = render::render(&request, &memory);
        let open: Vec<Need> = rendered.needs.iter().cloned().collect();
        if open.is_empty() {
            break rendered;
        }
        let (remote, open): (Vec<Need>, Vec<Need>) =
            open.into_iter().partition(|need| matches!(need, Need::Remote { .. }));
        let urls = remote.iter().filter_map(|need| match need {
            Need::Remote { url, .. } => Some(url.as_str()),
            _ => None,
        });
        remotes.fetch(&urls.collect::<Vec<_>>(), &mut repository.tree);
        for need in open {
            let reason = unknown(&need);
            note(&format!("{need}: {reason}"));
            answers.unknown.insert(need, reason.into());
        }
    };
    if let Some(served) = &rendered.served {
        note(&served.to_string());
    }
    let mut findings = registry.diagnostics.clone();
    findings.extend(rendered.diagnostics.iter().cloned());
    findings.extend(render::repository(&repository.tree, &registry, &memory));
    if findings.iter().any(Diagnostic::is_error) {
        return Err(Failure::Input(findings));
    }
    report(&findings);
    print(args, &cluster.name, &rendered)
}

/// The one cluster of a repository that has no other.
fn only_cluster(registry: &Registry) -> Result<&render::Cluster, Diagnostic> {
    match registry.clusters.as_slice() {
        [only] => Ok(only),
        _ => {
            let help = format!("give one of {}", registry.names().join(", "));
            Err(Diagnostic::error(Origin::NONE, "which cluster? there is no --cluster").help(help))
        }
    }
}

/// Why this command cannot answer a need.
fn unknown(need: &Need) -> &'static str {
    match need {
        Need::Path(_) => "it is not in the folder",
        Need::Remote { .. } => "it is not fetched",
        Need::Value(_) => "no cluster is asked",
        Need::Source(_) => "only this folder is read",
    }
}

fn print(args: &Args, cluster: &str, rendered: &Rendered) -> Result<(), Failure> {
    if let Some(wanted) = &args.explain {
        let nodes: Vec<&Node> = rendered.objects().map(|(_, object)| object.root()).collect();
        return super::print(explain(nodes.into_iter(), wanted)?.as_bytes());
    }
    let mut text = String::new();
    match args.output {
        Format::Yaml => {
            for (unit, object) in rendered.objects() {
                let place = object.origin();
                text.push_str(&format!("---\n# {}, {place}\n", unit.applied_by()));
                yaml::write::write(object.root(), &mut text);
            }
        }
        Format::Json => {
            json::write(&as_json(cluster, rendered), json::Options::PRETTY, &mut text);
            text.push('\n');
        }
    }
    super::print(text.as_bytes())
}

/// `{"cluster": …, "objects": [{"appliedBy": …, "origin": …, "object": …}]}`.
fn as_json(cluster: &str, rendered: &Rendered) -> Node {
    let string = |text: String| Node::string(text, Origin::NONE);
    let entry = |(unit, object): (&Unit, &Object)| {
        let mut map = Map::new();
        map.set("appliedBy", string(unit.applied_by()));
        map.set("origin", string(object.origin().to_string()));
        map.set("object", object.root().clone());
        Node::new(map, Origin::NONE)
    };
    let mut map = Map::new();
    map.set("cluster", string(cluster.to_owned()));
    let objects = Value::List(rendered.objects().map(entry).collect());
    map.set("objects", Node { value: objects, origin: Origin::NONE });
    Node::new(map, Origin::NONE)
}
