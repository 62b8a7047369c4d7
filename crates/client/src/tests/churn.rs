//! Watchers of a collection that changes all the time, over connections that break, with a server that
//! forgets: in the end each knows what there is, and was told everything once and in order.

use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::{Stream, StreamExt};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::runtime::watcher;
use kube::{Api, ResourceExt};
use testkit::check_eq;
use tokio::sync::watch;

use super::Listening;
use super::relay::Relay;
use super::writer::{Happened, View, Writer};
use crate::{Client, WatchEvent};

/// How long a watcher may take until it knows something.
const PATIENCE: Duration = Duration::from_secs(60);
const ROUNDS: usize = 30;

/// What a watcher was told.
#[derive(Clone)]
enum Told {
    /// This is all there is.
    All(View),
    /// Something happened.
    One(Happened),
}

/// Somebody who watches.
struct Watcher {
    name: &'static str,
    told: Arc<Mutex<Vec<Told>>>,
    view: watch::Receiver<View>,
}

impl Watcher {
    fn start(name: &'static str, events: impl Stream<Item = Told> + Send + 'static) -> Watcher {
        let told = Arc::new(Mutex::new(Vec::new()));
        let (sender, view) = watch::channel(View::new());
        let list = told.clone();
        tokio::spawn(async move {
            let mut events = std::pin::pin!(events);
            while let Some(event) = events.next().await {
                list.lock().unwrap_or_else(PoisonError::into_inner).push(event.clone());
                sender.send_modify(|view| match event {
                    Told::All(all) => *view = all,
                    Told::One(happened) => happened.to(view),
                });
            }
        });
        Watcher { name, told, view }
    }

    /// Waits until this is what it knows.
    async fn knows(&mut self, wanted: &View) {
        let known = self.view.wait_for(|view| view == wanted);
        let known = tokio::time::timeout(PATIENCE, known).await;
        assert!(known.is_ok(), "{}: it does not come to know what there is", self.name);
    }

    /// What it was told, compared with what happened.
    fn verdict(&self, writer: &Writer) -> String {
        let told = self.told.lock().unwrap();
        let lists = told.iter().filter(|told| matches!(told, Told::All(_))).count();
        // It forgot more than once what happened; each time, all had to begin again.
        let begun = if lists > 3 { "begun again" } else { "never begun again" };
        format!("{}: {begun}{}\n", self.name, faults(&told, writer))
    }
}

/// Where what was told is not what happened, each thing once and in order. After a list it may go on from
/// any moment at which that was what there was.
fn faults(told: &[Told], writer: &Writer) -> String {
    let history = &writer.history;
    let mut faults = String::new();
    // How much of the history may have been told.
    let mut places: Vec<usize> = vec![0];
    for event in told {
        places = match event {
            Told::All(all) => {
                let first = places.first().copied().unwrap_or(history.len());
                moments(all, first, writer)
            }
            Told::One(happened) => {
                let is_next = |place: &usize| history.get(*place) == Some(happened);
                places.into_iter().filter(is_next).map(|place| place + 1).collect()
            }
        };
        if places.is_empty() {
            let what = match event {
                Told::All(all) => format!("a list of {}", all.len()),
                Told::One(happened) => format!("{happened:?}"),
            };
            write!(faults, "; out of turn: {what}").unwrap();
            return faults;
        }
    }
    if places.last() != Some(&history.len()) {
        write!(faults, "; told {places:?} of {}", history.len()).unwrap();
    }
    faults
}

/// When, from `first` on, these were all there were.
fn moments(all: &View, first: usize, writer: &Writer) -> Vec<usize> {
    let mut view = writer.beginning.clone();
    let mut moments = Vec::new();
    for place in 0..=writer.history.len() {
        if place >= first && view == *all {
            moments.push(place);
        }
        if let Some(happened) = writer.history.get(place) {
            happened.to(&mut view);
        }
    }
    moments
}

/// Ours.
fn ours(client: &Client) -> impl Stream<Item = Told> + Send + use<> {
    let one = |object: &manifest::Object, gone| {
        let name = format!("{}/{}", object.namespace(), object.name());
        let revision = object.root().str_at(&["metadata", "resourceVersion"]).unwrap();
        Happened { name, revision: revision.parse().unwrap(), gone }
    };
    let client = client.clone();
    let kind = schema::Kinds::builtin().info("v1", "ConfigMap").unwrap().clone();
    client.watch(&kind).filter_map(move |event| {
        let told = match event {
            WatchEvent::Restarted(objects) => {
                let all = objects.iter().map(|object| one(object, false));
                Some(Told::All(all.map(|one| (one.name, one.revision)).collect()))
            }
            WatchEvent::Applied(object) => Some(Told::One(one(&object, false))),
            WatchEvent::Deleted(object) => Some(Told::One(one(&object, true))),
            WatchEvent::Failed(_) => None,
        };
        std::future::ready(told)
    })
}

/// That of the kube crate, which asks again at once after whatever went wrong.
fn theirs(
    client: &kube::Client,
    config: watcher::Config,
) -> impl Stream<Item = Told> + Send + use<> {
    let maps: Api<ConfigMap> = Api::all(client.clone());
    let mut begun = View::new();
    watcher(maps, config).filter_map(move |event| {
        let one = |object: &ConfigMap, gone| {
            let name = format!("{}/{}", object.namespace().unwrap(), object.name_any());
            let revision = object.resource_version().unwrap().parse().unwrap();
            Happened { name, revision, gone }
        };
        let told = match event {
            Ok(watcher::Event::Init) => {
                begun.clear();
                None
            }
            Ok(watcher::Event::InitApply(object)) => {
                one(&object, false).to(&mut begun);
                None
            }
            Ok(watcher::Event::InitDone) => Some(Told::All(std::mem::take(&mut begun))),
            Ok(watcher::Event::Apply(object)) => Some(Told::One(one(&object, false))),
            Ok(watcher::Event::Delete(object)) => Some(Told::One(one(&object, true))),
            Err(_) => None,
        };
        std::future::ready(told)
    })
}

async fn check(seed: u64, expected: &str) {
    let listening = Listening::start().await;
    let relay = Relay::start(listening.address, seed).await;
    let kubeconfig = listening.kubeconfig(relay.port);
    let client = Client::from_kubeconfig_text(&kubeconfig, None).await.unwrap().with_seed(seed);
    let kube = kube::config::Kubeconfig::from_yaml(&kubeconfig).unwrap();
    let kube = super::kube_of(kube).await;
    let pages = watcher::Config::default().page_size(7).timeout(1);
    let stream = watcher::Config::default().streaming_lists().timeout(1);
    let mut writer = Writer::new(&listening.server, seed);
    let mut watchers = [
        Watcher::start("ours", ours(&client)),
        Watcher::start("theirs, in pages", theirs(&kube, pages)),
        Watcher::start("theirs, as a stream", theirs(&kube, stream)),
    ];
    let mut chance = fastrand::Rng::with_seed(seed);
    for _ in 0..ROUNDS {
        if chance.u32(0..3) == 0 {
            relay.cut();
        }
        for _ in 0..chance.usize(1..40) {
            writer.write();
        }
        // Nobody has been told of these: there is one thread, and it did not wait.
        if chance.u32(0..5) == 0 {
            listening.server.compact();
            if chance.bool() {
                writer.write();
            }
        }
        // One has to come along, the others come as far as they come meanwhile.
        watchers[chance.usize(0..3)].knows(&writer.view()).await;
    }
    for watcher in &mut watchers {
        watcher.knows(&writer.view()).await;
    }
    let verdicts: String = watchers.iter().map(|watcher| watcher.verdict(&writer)).collect();
    check_eq(&verdicts, expected);
}

const GOOD: &str = "\
ours: begun again
theirs, in pages: begun again
theirs, as a stream: begun again
";

#[tokio::test]
async fn nothing_is_missed_and_nothing_told_twice() {
    check(1, GOOD).await;
}

#[tokio::test]
async fn nor_with_other_chances() {
    check(2, GOOD).await;
}
