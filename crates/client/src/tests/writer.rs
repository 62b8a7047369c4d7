//! Somebody who writes at random, and what was really written.

use std::collections::BTreeMap;

use apiserver::{Call, Changes, Server, Verb};
use manifest::{Node, Origin, json};

/// The objects of a collection, each by its name with its revision.
pub(super) type View = BTreeMap<String, u64>;

/// One thing that happened to an object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Happened {
    pub(super) name: String,
    pub(super) revision: u64,
    pub(super) gone: bool,
}

impl Happened {
    pub(super) fn to(&self, view: &mut View) {
        match self.gone {
            true => drop(view.remove(&self.name)),
            false => drop(view.insert(self.name.clone(), self.revision)),
        }
    }
}

/// Writes ConfigMaps at random; all of what came of it.
pub(super) struct Writer {
    server: Server,
    changes: Changes,
    chance: fastrand::Rng,
    /// What there was before.
    pub(super) beginning: View,
    /// What happened since, in order.
    pub(super) history: Vec<Happened>,
}

impl Writer {
    pub(super) fn new(server: &Server, seed: u64) -> Writer {
        let changes = server.changes();
        let objects = server.objects("", "configmaps");
        let beginning = objects.iter().map(|node| (name(node), revision(node))).collect();
        let chance = fastrand::Rng::with_seed(seed);
        Writer { server: server.clone(), changes, chance, beginning, history: Vec::new() }
    }

    /// Creates, updates or deletes one of a few objects.
    pub(super) fn write(&mut self) {
        let name = format!("map-{:02}", self.chance.u32(0..30));
        let namespace = ["default", "kube-public"][self.chance.usize(0..2)];
        let text = format!(
            r#"{{"metadata":{{"name":"{name}"}},"data":{{"text":"{}"}}}}"#,
            "x".repeat(self.chance.usize(0..400))
        );
        // One that is there is not created, and one that is not there is not deleted.
        let verb =
            [Verb::Create, Verb::Update, Verb::Update, Verb::Delete][self.chance.usize(0..4)];
        let is_create = verb == Verb::Create;
        self.server.call(&Call {
            verb,
            api_version: "v1".into(),
            plural: "configmaps".into(),
            namespace: namespace.into(),
            name: if is_create { "".into() } else { name.into() },
            body: (verb != Verb::Delete)
                .then(|| json::read(text.as_bytes(), Origin::NONE).unwrap()),
            ..Call::default()
        });
        while let Some(change) = self.changes.try_next() {
            if change.collection == "configmaps" {
                let name = format!("{}/{}", change.namespace, change.name);
                let (revision, gone) = (change.revision, change.deleted);
                self.history.push(Happened { name, revision, gone });
            }
        }
    }

    /// What there is now.
    pub(super) fn view(&self) -> View {
        let mut view = self.beginning.clone();
        self.history.iter().for_each(|happened| happened.to(&mut view));
        view
    }
}

fn name(node: &Node) -> String {
    let text = |key| node.str_at(&["metadata", key]).unwrap_or_default();
    format!("{}/{}", text("namespace"), text("name"))
}

fn revision(node: &Node) -> u64 {
    node.str_at(&["metadata", "resourceVersion"]).unwrap().parse().unwrap()
}
