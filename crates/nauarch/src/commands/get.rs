//! `nauarch get`: Flux's objects and how they are, in all clusters of a fleet.

use client::{Error, Query, WatchEvent};
use futures::StreamExt;
use futures::stream::select_all;
use manifest::{Map, Node, Object, Origin, Value, json, yaml};

use crate::failure::{Failure, say};
use crate::flux::{self, ALL_SOURCES, FluxKind, KUSTOMIZATION, OTHERS, condition};
use crate::members::{Member, Members, Select};
use crate::printing::table::table;

/// Print Flux's objects and how they are
///
/// With the kubeconfig of a fleet, those of all its clusters.
#[derive(clap::Args)]
#[command(after_help = "Example: nauarch get kustomizations -A")]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Kustomizations
    #[command(visible_alias = "ks", alias = "kustomization")]
    Kustomizations(Options),
    /// Sources: all, or those of one kind
    #[command(alias = "source")]
    Sources {
        /// git, oci, bucket, helm, chart, external, or all
        #[arg(default_value = "all")]
        kind: String,
        #[command(flatten)]
        options: Options,
    },
    /// All of Flux's objects
    All(Options),
}

#[derive(clap::Args)]
struct Options {
    /// Only the one of this name
    name: Option<String>,
    #[command(flatten)]
    select: Select,
    /// In all namespaces
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// Go on, and print what changes
    #[arg(short, long, conflicts_with = "output")]
    watch: bool,
    /// Leave the headers out
    #[arg(long)]
    no_header: bool,
    /// Only those with a condition in some state: `ready=false`, `ready!=true`
    #[arg(long, value_name = "TYPE=STATUS")]
    status_selector: Option<String>,
    /// Only those with these labels
    #[arg(short, long, value_name = "SELECTOR")]
    label_selector: Option<String>,
    /// How to print it
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    output: Format,
}

#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
    Yaml,
}

pub(crate) fn run(args: Args) -> Result<(), Failure> {
    match args.what {
        What::Kustomizations(options) => get(&[&KUSTOMIZATION], &options, false),
        What::Sources { kind, options } if kind == "all" => {
            get(&ALL_SOURCES.iter().collect::<Vec<_>>(), &options, true)
        }
        What::Sources { kind, options } => get(&[flux::source(&kind)?], &options, false),
        What::All(options) => {
            let (images, rest) = OTHERS.split_at(3);
            let kinds = ALL_SOURCES.iter().chain(images).chain(rest.first());
            let kinds = kinds.chain([&KUSTOMIZATION]).chain(rest.iter().skip(1));
            get(&kinds.collect::<Vec<_>>(), &options, true)
        }
    }
}

/// Prints objects of these kinds. `is_all`: those of several kinds, of which any may be missing.
fn get(kinds: &[&'static FluxKind], options: &Options, is_all: bool) -> Result<(), Failure> {
    let filter = options.status_selector.as_deref().map(StatusFilter::parse).transpose()?;
    let view = View { options, filter, is_all };
    super::block_on(async {
        let mut members = options.select.connect().await?;
        if options.watch {
            let [kind] = kinds else {
                return Err(Failure::Usage(
                    "--watch is for one kind of objects, not for all".to_owned(),
                ));
            };
            return view.watch(kind, &members).await;
        }
        let done = view.list(kinds, &mut members).await;
        members.end(done)
    })
}

/// What is printed, and how.
struct View<'a> {
    options: &'a Options,
    filter: Option<StatusFilter>,
    is_all: bool,
}

impl View<'_> {
    async fn list(
        &self,
        kinds: &[&'static FluxKind],
        members: &mut Members,
    ) -> Result<(), Failure> {
        let ask = |member: Member| async move {
            let mut lists = Vec::new();
            for kind in kinds {
                lists.push(self.objects(&member, kind).await?);
            }
            Ok(lists)
        };
        let mut answers = members.ask(ask).await;
        let mut structured = Vec::new();
        let mut any = false;
        for (at, kind) in kinds.iter().enumerate() {
            let mut rows = Vec::new();
            for (member, lists) in &mut answers {
                for object in lists.get_mut(at).map(std::mem::take).unwrap_or_default() {
                    any = true;
                    if !self.filter.as_ref().is_none_or(|filter| filter.matches(&object)) {
                        continue;
                    }
                    rows.push(self.row(kind, member, members.shows_cluster, &object));
                    structured.push((member.name.clone(), object));
                }
            }
            if self.options.output == Format::Text && !rows.is_empty() {
                let mut text = table(&self.headers(kind, members.shows_cluster), &rows);
                if self.is_all {
                    text.push('\n');
                }
                super::print(text.as_bytes())?;
            }
        }
        match self.options.output {
            Format::Text if !any && !answers.is_empty() => Err(self.nothing(kinds, members)),
            Format::Text => Ok(()),
            Format::Json | Format::Yaml => self.print_structured(structured),
        }
    }

    /// The objects of a kind that were asked for; none where the cluster does not know the kind.
    async fn objects(&self, member: &Member, kind: &FluxKind) -> Result<Vec<Object>, Error> {
        let Some(info) = kind.info() else { return Ok(Vec::new()) };
        match member.client.list(&info, self.namespace(member), &self.query()).await {
            Err(error) if error.is_not_found() && self.is_all => Ok(Vec::new()),
            listed => listed,
        }
    }

    fn namespace<'m>(&self, member: &'m Member) -> Option<&'m str> {
        (!self.options.all_namespaces).then_some(member.namespace.as_str())
    }

    fn query(&self) -> Query {
        let name = self.options.name.as_deref();
        Query {
            labels: self.options.label_selector.as_deref().unwrap_or_default().into(),
            fields: name.map(|name| format!("metadata.name={name}").into()).unwrap_or_default(),
        }
    }

    fn nothing(&self, kinds: &[&FluxKind], members: &Members) -> Failure {
        let kind = match kinds {
            [kind] => kind.kind,
            _ => "Flux",
        };
        let namespace = match members.members.first() {
            Some(member) if !self.options.all_namespaces => format!("\"{}\"", member.namespace),
            _ => "any".to_owned(),
        };
        let cause = match &self.options.name {
            Some(name) => format!("{kind} object '{name}' not found in {namespace} namespace"),
            None => format!("no {kind} objects found in {namespace} namespace"),
        };
        let help = if self.options.all_namespaces { "" } else { "; -A looks into all namespaces" };
        Failure::NotReady(format!("{cause}{help}"))
    }

    fn headers(&self, kind: &FluxKind, shows_cluster: bool) -> Vec<&'static str> {
        if self.options.no_header {
            return Vec::new();
        }
        let mut headers = Vec::new();
        headers.extend(shows_cluster.then_some("Cluster"));
        headers.extend(self.options.all_namespaces.then_some("Namespace"));
        headers.push("Name");
        headers.extend(kind.headers());
        headers
    }

    fn row(
        &self,
        kind: &FluxKind,
        member: &Member,
        shows_cluster: bool,
        object: &Object,
    ) -> Vec<String> {
        let mut row = Vec::new();
        row.extend(shows_cluster.then(|| member.name.clone()));
        row.extend(self.options.all_namespaces.then(|| object.namespace().to_owned()));
        row.push(match self.is_all {
            true => format!("{}/{}", kind.kind.to_lowercase(), object.name()),
            false => object.name().to_owned(),
        });
        row.extend(kind.cells(object));
        row
    }

    fn print_structured(&self, objects: Vec<(String, Object)>) -> Result<(), Failure> {
        let entry = |(cluster, object): (String, Object)| {
            let mut map = Map::new();
            map.set("cluster", Node::string(cluster, Origin::NONE));
            map.set("object", object.into_root());
            Node::new(map, Origin::NONE)
        };
        let list = Value::List(objects.into_iter().map(entry).collect());
        let node = Node { value: list, origin: Origin::NONE };
        let mut text = String::new();
        match self.options.output {
            Format::Yaml => yaml::write::write(&node, &mut text),
            _ => {
                json::write(&node, json::Options::PRETTY, &mut text);
                text.push('\n');
            }
        }
        super::print(text.as_bytes())
    }

    async fn watch(&self, kind: &'static FluxKind, members: &Members) -> Result<(), Failure> {
        let Some(info) = kind.info() else { return Ok(()) };
        let streams = members.members.iter().map(|member| {
            let (namespace, query) = (self.namespace(member), self.query());
            let events = member.client.watch_selected(&info, namespace, query);
            events.map(move |event| (member, event)).boxed_local()
        });
        let mut events = select_all(streams);
        let mut headers = self.headers(kind, members.shows_cluster);
        while let Some((member, event)) = events.next().await {
            let objects = match event {
                WatchEvent::Restarted(objects) => objects,
                WatchEvent::Applied(object) => vec![object],
                WatchEvent::Deleted(_) => continue,
                WatchEvent::Failed(error) => {
                    say(&format!("{}{error}", members.prefix(member)));
                    continue;
                }
            };
            let is_meant =
                |object: &&Object| self.filter.as_ref().is_none_or(|filter| filter.matches(object));
            let row = |object| self.row(kind, member, members.shows_cluster, object);
            let rows: Vec<_> = objects.iter().filter(is_meant).map(row).collect();
            if !rows.is_empty() {
                super::print(table(&std::mem::take(&mut headers), &rows).as_bytes())?;
            }
        }
        Ok(())
    }
}

/// `ready=false` or `ready!=true`.
struct StatusFilter {
    type_name: String,
    status: String,
    is_equal: bool,
}

impl StatusFilter {
    fn parse(text: &str) -> Result<StatusFilter, Failure> {
        let split = text.split_once("!=").map(|parts| (parts, false));
        let split = split.or_else(|| text.split_once('=').map(|parts| (parts, true)));
        let Some(((type_name, status), is_equal)) = split else {
            return Err(Failure::Usage(format!(
                "--status-selector is `{text}`; write `type=status` or `type!=status`"
            )));
        };
        let (type_name, status) = (type_name.to_owned(), status.to_owned());
        Ok(StatusFilter { type_name, status, is_equal })
    }

    fn matches(&self, object: &Object) -> bool {
        let status = condition(object, &self.type_name).and_then(|found| found.str_at(&["status"]));
        let is_so = status.is_some_and(|status| status.eq_ignore_ascii_case(&self.status));
        is_so == self.is_equal
    }
}
