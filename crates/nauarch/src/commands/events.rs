//! `nauarch events`: what happened to Flux's objects, as Kubernetes Events say it.

use std::time::Duration;

use client::{Error, Query, WatchEvent};
use futures::StreamExt;
use futures::stream::select_all;
use jiff::Timestamp;
use manifest::{Node, Object};
use schema::{KindInfo, Kinds};

use crate::clock;
use crate::failure::{Failure, say};
use crate::flux::KUSTOMIZATION;
use crate::members::{Member, Members, Select};
use crate::printing::{age, table::table};

/// Print the Events of Flux's objects
#[derive(clap::Args)]
#[command(after_help = "Example: nauarch events --for Kustomization/apps -w")]
pub(crate) struct Args {
    #[command(flatten)]
    select: Select,
    /// Only those of this object, and of its source; or of all objects of a kind
    #[arg(long = "for", value_name = "KIND[/NAME]")]
    about: Option<String>,
    /// Only those of this type
    #[arg(long, value_enum, ignore_case = true, value_delimiter = ',')]
    types: Vec<Type>,
    /// In all namespaces
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// Go on, and print what happens
    #[arg(short, long)]
    watch: bool,
}

#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
enum Type {
    Normal,
    Warning,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let kinds = Kinds::builtin();
    let Some(events) = kinds.info("v1", "Event") else { return Ok(()) };
    super::block_on(async {
        let mut members = args.select.connect().await?;
        if args.watch {
            return watch(args, &members, events).await;
        }
        let ask = |member: Member| async move {
            let about = about(args, &member).await?;
            let namespace = (!args.all_namespaces).then_some(member.namespace.as_str());
            let mut found = member.client.list(events, namespace, &Query::default()).await?;
            found.retain(|event| is_meant(args, &about, event));
            Ok(found)
        };
        let answers = members.ask(ask).await;
        let mut all: Vec<(Member, Object)> = Vec::new();
        for (member, found) in answers {
            all.extend(found.into_iter().map(|event| (member.clone(), event)));
        }
        all.sort_by_key(|(_, event)| last_seen(event));
        let now = clock::now();
        let rows: Vec<_> =
            all.iter().map(|(member, event)| row(args, &members, member, event, now)).collect();
        if rows.is_empty() {
            say("✗ No events found.");
            return members.end(Ok(()));
        }
        let done = super::print(table(&headers(args, &members), &rows).as_bytes());
        members.end(done)
    })
}

async fn watch(args: &Args, members: &Members, events: &KindInfo) -> Result<(), Failure> {
    let mut streams = Vec::new();
    for member in &members.members {
        let about = match about(args, member).await {
            Ok(about) => about,
            Err(error) => {
                say(&format!("error: {}{error}", members.prefix(member)));
                continue;
            }
        };
        let namespace = (!args.all_namespaces).then_some(member.namespace.as_str());
        let stream = member.client.watch_selected(events, namespace, Query::default());
        streams.push(stream.map(move |event| (member, about.clone(), event)).boxed_local());
    }
    let mut stream = select_all(streams);
    let mut headers = headers(args, members);
    while let Some((member, about, event)) = stream.next().await {
        let mut found = match event {
            WatchEvent::Restarted(events) => events,
            WatchEvent::Applied(event) => vec![event],
            WatchEvent::Deleted(_) => continue,
            WatchEvent::Failed(error) => {
                say(&format!("{}{error}", members.prefix(member)));
                continue;
            }
        };
        found.retain(|event| is_meant(args, &about, event));
        found.sort_by_key(last_seen);
        let now = clock::now();
        let rows: Vec<_> =
            found.iter().map(|event| row(args, members, member, event, now)).collect();
        if !rows.is_empty() {
            super::print(table(&std::mem::take(&mut headers), &rows).as_bytes())?;
        }
    }
    Ok(())
}

/// Kind and name of the objects that `--for` means; any name where it is empty, any object where
/// there are none.
async fn about(args: &Args, member: &Member) -> Result<Vec<(String, String)>, Error> {
    let Some(about) = &args.about else { return Ok(Vec::new()) };
    let (kind, name) = about.split_once('/').unwrap_or((about, ""));
    let mut all = vec![(kind.to_owned(), name.to_owned())];
    let is_kustomization = KUSTOMIZATION.words.contains(&kind.to_lowercase().as_str());
    if is_kustomization {
        all = vec![(KUSTOMIZATION.kind.to_owned(), name.to_owned())];
    }
    if is_kustomization
        && !name.is_empty()
        && let Some(info) = KUSTOMIZATION.info()
    {
        let found = member.client.get(&info, &member.namespace, name).await?;
        let source = found.as_ref().and_then(|object| object.root().at(&["spec", "sourceRef"]));
        let part = |key: &str| source?.str_at(&[key]).map(str::to_owned);
        all.extend(part("kind").zip(part("name")));
    }
    Ok(all)
}

fn is_meant(args: &Args, about: &[(String, String)], event: &Object) -> bool {
    let of = |key: &str| text(event, &["involvedObject", key]);
    let (kind, name) = (of("kind"), of("name"));
    let is_flux = of("apiVersion").contains(".fluxcd.io/");
    let is_type = args.types.is_empty()
        || args.types.iter().any(|wanted| match wanted {
            Type::Normal => text(event, &["type"]) == "Normal",
            Type::Warning => text(event, &["type"]) == "Warning",
        });
    let is_about = about.is_empty()
        || about.iter().any(|(wanted, named)| {
            wanted.eq_ignore_ascii_case(kind) && (named.is_empty() || named == name)
        });
    is_flux && is_type && is_about
}

fn headers(args: &Args, members: &Members) -> Vec<&'static str> {
    let mut headers = Vec::new();
    headers.extend(members.shows_cluster.then_some("Cluster"));
    headers.extend(args.all_namespaces.then_some("Namespace"));
    headers.extend(["Last seen", "Type", "Reason", "Object", "Message"]);
    headers
}

fn row(
    args: &Args,
    members: &Members,
    member: &Member,
    event: &Object,
    now: Timestamp,
) -> Vec<String> {
    let mut row = Vec::new();
    row.extend(members.shows_cluster.then(|| member.name.clone()));
    row.extend(args.all_namespaces.then(|| event.namespace().to_owned()));
    let of = |key: &str| text(event, &["involvedObject", key]);
    row.push(seen(event, now));
    row.push(text(event, &["type"]).to_owned());
    row.push(text(event, &["reason"]).to_owned());
    row.push(format!("{}/{}", of("kind"), of("name")));
    // A row is a line.
    row.push(text(event, &["message"]).trim_end().replace('\n', " | "));
    row
}

fn text<'o>(event: &'o Object, path: &[&str]) -> &'o str {
    event.root().str_at(path).unwrap_or_default()
}

fn time(event: &Object, path: &[&str]) -> Option<Timestamp> {
    text(event, path).parse().ok()
}

/// When it happened last.
fn last_seen(event: &Object) -> Option<Timestamp> {
    time(event, &["series", "lastObservedTime"])
        .or_else(|| time(event, &["lastTimestamp"]))
        .or_else(|| time(event, &["eventTime"]))
}

/// `5s`, or `5s (x3 over 2m)`.
fn seen(event: &Object, now: Timestamp) -> String {
    let since = |time: Option<Timestamp>| match time {
        Some(time) => age(Duration::try_from(now.duration_since(time)).unwrap_or_default()),
        None => "<unknown>".to_owned(),
    };
    let first = time(event, &["eventTime"]).or_else(|| time(event, &["firstTimestamp"]));
    let count = |path: &[&str]| event.root().at(path).and_then(Node::as_int);
    let series =
        count(&["series", "count"]).or_else(|| count(&["count"]).filter(|count| *count > 1));
    match series {
        Some(count) => format!("{} (x{count} over {})", since(last_seen(event)), since(first)),
        None => since(first.or_else(|| last_seen(event))),
    }
}
