//! Which crate may use which: levels, and what never stands below a pure crate.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

use super::finding::Finding;
use super::tree::Tree;

/// A runtime, or what needs one. One name per family is enough: what is built on these has them
/// below itself.
const RUNTIMES: &[&str] = &["tokio", "hyper", "reqwest", "rustls"];

/// All crates, ours and foreign.
pub(super) struct Graph {
    pub crates: Vec<Crate>,
}

pub(super) struct Crate {
    pub name: String,
    /// Only ours have one.
    pub member: Option<Member>,
    pub edges: Vec<Edge>,
}

pub(super) struct Member {
    /// The crate's folder from the root.
    pub folder: String,
    pub level: Option<i64>,
    pub pure: Option<bool>,
}

pub(super) struct Edge {
    /// Where in the graph.
    pub to: usize,
    /// Only tests, benches and examples see it.
    pub dev: bool,
}

impl Graph {
    /// Asks cargo.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let metadata = MetadataCommand::new()
            .current_dir(root)
            .exec()
            .context("cargo does not give its metadata")?;
        Self::from_metadata(&metadata)
    }

    fn from_metadata(metadata: &Metadata) -> Result<Self> {
        let resolve = metadata.resolve.as_ref().context("cargo metadata without dependencies")?;
        let packages: BTreeMap<_, _> = metadata.packages.iter().map(|p| (&p.id, p)).collect();
        let places: BTreeMap<_, _> =
            resolve.nodes.iter().enumerate().map(|(at, node)| (&node.id, at)).collect();
        let mut crates = Vec::new();
        for node in &resolve.nodes {
            let package = packages.get(&node.id).context("cargo metadata without a package")?;
            let member = metadata
                .workspace_members
                .contains(&node.id)
                .then(|| Member::read(package, metadata.workspace_root.as_str()));
            let mut edges = Vec::new();
            for to in &node.deps {
                let at = *places.get(&to.pkg).context("cargo metadata with a loose edge")?;
                let dev = to.dep_kinds.iter().all(|kind| kind.kind == DependencyKind::Development);
                edges.push(Edge { to: at, dev });
            }
            crates.push(Crate { name: package.name.to_string(), member, edges });
        }
        Ok(Self { crates })
    }

    /// Our crates.
    pub(super) fn members(&self) -> impl Iterator<Item = (&Crate, &Member)> {
        self.crates.iter().filter_map(|krate| Some((krate, krate.member.as_ref()?)))
    }

    pub(super) fn pure_members(&self) -> impl Iterator<Item = &Member> {
        self.members().map(|(_, member)| member).filter(|member| member.pure == Some(true))
    }

    fn targets(&self, krate: &Crate) -> impl Iterator<Item = (&Crate, bool)> {
        krate.edges.iter().filter_map(|edge| Some((self.crates.get(edge.to)?, edge.dev)))
    }

    /// How each forbidden crate is reached from `start`, tests left out: `render -> x -> tokio`.
    ///
    /// Stops at each find, and follows the shortest way.
    fn ways(&self, start: &Crate, forbidden: impl Fn(&Crate) -> bool) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let mut ways = Vec::new();
        let mut queue = VecDeque::from([(start, start.name.clone())]);
        while let Some((krate, way)) = queue.pop_front() {
            for edge in krate.edges.iter().filter(|edge| !edge.dev) {
                let Some(next) = self.crates.get(edge.to) else { continue };
                if !seen.insert(edge.to) {
                    continue;
                }
                let way = format!("{way} -> {}", next.name);
                if forbidden(next) {
                    ways.push(way);
                } else {
                    queue.push_back((next, way));
                }
            }
        }
        ways
    }
}

impl Member {
    fn read(package: &Package, root: &str) -> Self {
        let folder = package.manifest_path.parent().map_or("", |folder| folder.as_str());
        let folder = folder.strip_prefix(root).unwrap_or(folder);
        let layer = &package.metadata["layer"];
        Self {
            folder: folder.replace('\\', "/").trim_matches('/').to_owned(),
            level: layer["level"].as_i64(),
            pure: layer["pure"].as_bool(),
        }
    }

    fn manifest(&self) -> String {
        format!("{}/Cargo.toml", self.folder)
    }
}

/// Each crate says where it stands, and its folder has its name.
pub(super) fn declared(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (krate, member) in tree.graph.members() {
        let mut report = |message: String| {
            findings.push(Finding::new("layer-declared", &member.manifest(), 0, message));
        };
        if member.level.is_none() || member.pure.is_none() {
            report(
                "say `level = N` and `pure = true|false` under [package.metadata.layer]".to_owned(),
            );
        }
        if member.folder.rsplit('/').next() != Some(&krate.name) {
            report(format!("folder and crate `{}` differ: give them one name", krate.name));
        }
    }
    findings
}

/// An edge, those of tests included, goes strictly down.
pub(super) fn levels(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (krate, member) in tree.graph.members() {
        let Some(level) = member.level else { continue };
        for (to, dev) in tree.graph.targets(krate) {
            let Some(below) = to.member.as_ref().and_then(|member| member.level) else { continue };
            if below >= level {
                let kind = if dev { "dev-depends" } else { "depends" };
                let message = format!(
                    "{} (level {level}) {kind} on {} (level {below}): an edge goes strictly down; \
                     move what is needed down, or hand it in as a value",
                    krate.name, to.name
                );
                findings.push(Finding::new("layers", &member.manifest(), 0, message));
            }
        }
    }
    findings
}

/// No runtime, and none of our crates that is not pure, below a pure crate.
pub(super) fn pure_dependencies(tree: &Tree) -> Vec<Finding> {
    let impure = |krate: &Crate| {
        RUNTIMES.contains(&krate.name.as_str())
            || krate.member.as_ref().is_some_and(|member| member.pure == Some(false))
    };
    let mut findings = Vec::new();
    for (krate, member) in tree.graph.members().filter(|(_, member)| member.pure == Some(true)) {
        for way in tree.graph.ways(krate, impure) {
            let message = format!(
                "{way}: a pure crate reaches what is not pure; return what is needed, and let a \
                 shell fetch it"
            );
            findings.push(Finding::new("pure-dependencies", &member.manifest(), 0, message));
        }
    }
    findings
}

#[cfg(test)]
mod tests;
