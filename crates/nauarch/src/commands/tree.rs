//! `nauarch tree`: what a Kustomization has applied, and what the Kustomizations among that have.

use std::collections::BTreeSet;

use client::{Client, Error};
use manifest::{Map, Node, Object, Origin, Value, json, yaml};
use plan::Inventory;

use crate::failure::Failure;
use crate::flux::KUSTOMIZATION;
use crate::members::{Member, Select};
use crate::printing::tree::Tree;

/// Print what a Kustomization has applied, as a tree
#[derive(clap::Args)]
#[command(after_help = "Example: nauarch tree kustomization apps")]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// A Kustomization
    #[command(visible_alias = "ks")]
    Kustomization {
        /// Its name
        name: String,
        #[command(flatten)]
        select: Select,
        /// Only Flux's own kinds
        #[arg(long)]
        compact: bool,
        /// How to print it
        #[arg(short, long, value_enum, default_value_t = Format::Text)]
        output: Format,
    },
}

#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
    Yaml,
}

/// An object with what it has applied.
struct Item {
    id: manifest::ObjectId,
    items: Vec<Item>,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let What::Kustomization { name, select, compact, output } = &args.what;
    super::block_on(async {
        let mut members = select.connect().await?;
        let ask = |member: Member| async move {
            let client = &member.client;
            let Some(info) = KUSTOMIZATION.info() else { return Ok(None) };
            let Some(found) = client.get(&info, &member.namespace, name).await? else {
                return Ok(None);
            };
            item(client, &found, *compact, &mut BTreeSet::new()).await.map(Some)
        };
        let answers = members.ask(ask).await;
        let trees: Vec<_> =
            answers.into_iter().filter_map(|(member, tree)| Some((member, tree?))).collect();
        let done = match trees.is_empty() {
            true => Err(Failure::NotReady(format!(
                "there is no Kustomization {name} in that namespace; -n names another one"
            ))),
            false => print(trees, members.shows_cluster, *output),
        };
        members.end(done)
    })
}

/// A Kustomization with what is below it.
async fn item(
    client: &Client,
    object: &Object,
    compact: bool,
    seen: &mut BTreeSet<manifest::ObjectId>,
) -> Result<Item, Error> {
    let id = object.id();
    seen.insert(id.clone());
    let inventory = Inventory::of_kustomization(object).unwrap_or_default();
    let mut items = Vec::new();
    for (id, _) in inventory.iter() {
        if compact && !id.group.contains("toolkit.fluxcd.io") || seen.contains(id) {
            continue;
        }
        let is_kustomization = id.kind == KUSTOMIZATION.kind && id.group == object.id().group;
        let mut below = None;
        if is_kustomization && let Some(info) = KUSTOMIZATION.info() {
            below = client.get(&info, &id.namespace, &id.name).await?;
        }
        items.push(match below {
            Some(below) => Box::pin(item(client, &below, compact, seen)).await?,
            None => Item { id: id.clone(), items: Vec::new() },
        });
    }
    Ok(Item { id, items })
}

fn print(trees: Vec<(Member, Item)>, shows_cluster: bool, format: Format) -> Result<(), Failure> {
    let mut text = String::new();
    if format == Format::Text {
        for (member, item) in trees {
            let tree = as_tree(&item);
            let tree = match shows_cluster {
                true => Tree { text: member.name, items: vec![tree] },
                false => tree,
            };
            text.push_str(&tree.print());
        }
        return super::print(text.as_bytes());
    }
    let entry = |(member, item): (Member, Item)| {
        let mut node = as_node(&item);
        if shows_cluster && let Some(map) = node.as_map_mut() {
            map.set("cluster", Node::string(member.name, Origin::NONE));
        }
        node
    };
    let mut nodes: Vec<Node> = trees.into_iter().map(entry).collect();
    let node = match nodes.pop() {
        Some(only) if nodes.is_empty() && !shows_cluster => only,
        last => {
            let all = Value::List(nodes.into_iter().chain(last).collect());
            Node { value: all, origin: Origin::NONE }
        }
    };
    match format {
        Format::Yaml => yaml::write::write(&node, &mut text),
        _ => {
            json::write(&node, json::Options::PRETTY, &mut text);
            text.push('\n');
        }
    }
    super::print(text.as_bytes())
}

fn as_tree(item: &Item) -> Tree {
    Tree { text: item.id.to_string(), items: item.items.iter().map(as_tree).collect() }
}

/// As flux prints it: the fields have no names of their own there.
fn as_node(item: &Item) -> Node {
    let string = |text: &str| Node::string(text, Origin::NONE);
    let mut kind = Map::new();
    kind.set("Group", string(&item.id.group));
    kind.set("Kind", string(&item.id.kind));
    let mut resource = Map::new();
    resource.set("Namespace", string(&item.id.namespace));
    resource.set("Name", string(&item.id.name));
    resource.set("GroupKind", Node::new(kind, Origin::NONE));
    let mut map = Map::new();
    map.set("resource", Node::new(resource, Origin::NONE));
    if !item.items.is_empty() {
        let items = Value::List(item.items.iter().map(as_node).collect());
        map.set("resources", Node { value: items, origin: Origin::NONE });
    }
    Node::new(map, Origin::NONE)
}
