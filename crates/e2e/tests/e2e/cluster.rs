//! A cluster of a running fleet, as somebody with its kubeconfig sees and changes it.

use std::collections::BTreeMap;
use std::path::Path;

use client::{Apply, Client, Delete, Patch, PatchHow, Query};
use manifest::{Node, Object, Origin, json};
use tokio::runtime::Runtime;

/// A cluster.
pub(crate) struct Cluster {
    runtime: Runtime,
    client: Client,
}

impl Cluster {
    pub(crate) fn connect(kubeconfig: &Path, context: &str) -> Cluster {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = runtime.block_on(Client::from_kubeconfig(Some(kubeconfig), Some(context)));
        Cluster { client: client.unwrap(), runtime }
    }

    /// An object by `apiVersion`, kind, namespace and name.
    pub(crate) fn get(&self, what: (&str, &str, &str, &str)) -> Option<Object> {
        let (api_version, kind, namespace, name) = what;
        self.runtime.block_on(async {
            let info = self.client.kind(api_version, kind).await.unwrap();
            self.client.get(&info, namespace, name).await.unwrap()
        })
    }

    /// The text of a field of an object.
    pub(crate) fn field(&self, what: (&str, &str, &str, &str), path: &[&str]) -> String {
        let object = self.get(what).unwrap_or_else(|| panic!("there is no {what:?}"));
        let node = object.root().at(path);
        node.and_then(Node::scalar_text).unwrap_or_default().to_string()
    }

    /// All objects of a kind.
    pub(crate) fn list(&self, api_version: &str, kind: &str) -> Vec<Object> {
        self.runtime.block_on(async {
            let info = self.client.kind(api_version, kind).await.unwrap();
            self.client.list(&info, None, &Query::default()).await.unwrap()
        })
    }

    /// Changes an object by a merge patch, as `manager`.
    pub(crate) fn patch(&self, what: (&str, &str, &str, &str), manager: &str, patch: &str) {
        let (api_version, kind, namespace, name) = what;
        let patch = Patch::Merge(json::read(patch.as_bytes(), Origin::NONE).unwrap());
        self.runtime.block_on(async {
            let info = self.client.kind(api_version, kind).await.unwrap();
            let how = PatchHow { manager, ..PatchHow::default() };
            self.client.patch(&info, namespace, name, &patch, &how).await.unwrap();
        });
    }

    /// Applies an object server-side, as `manager`.
    pub(crate) fn apply(&self, object: &str, manager: &str) {
        let object = Object::new(json::read(object.as_bytes(), Origin::NONE).unwrap()).unwrap();
        self.runtime.block_on(async {
            let info = self.client.kind(object.api_version(), object.kind()).await.unwrap();
            let how = Apply { manager, force: false, dry_run: false, subresource: "" };
            self.client.apply(&info, &object, &how).await.unwrap();
        });
    }

    pub(crate) fn delete(&self, what: (&str, &str, &str, &str)) {
        let (api_version, kind, namespace, name) = what;
        self.runtime.block_on(async {
            let info = self.client.kind(api_version, kind).await.unwrap();
            self.client.delete(&info, namespace, name, &Delete::default()).await.unwrap();
        });
    }

    /// The requests that the API server has answered so far, watches and this question aside.
    pub(crate) fn requests(&self) -> BTreeMap<String, u64> {
        let text = self.runtime.block_on(self.client.raw_text("/metrics")).unwrap();
        let lines = text.lines().filter(|line| line.starts_with("apiserver_request_total{"));
        let counts = lines.filter_map(|line| {
            let (labels, count) = line.rsplit_once(' ')?;
            let is_other = ["verb=\"WATCH\"", "resource=\"\""].iter().any(|it| labels.contains(it));
            (!is_other).then_some((labels.to_owned(), count.parse::<f64>().ok()? as u64))
        });
        counts.collect()
    }
}

/// What was asked between two counts.
pub(crate) fn asked(before: &BTreeMap<String, u64>, after: &BTreeMap<String, u64>) -> Vec<String> {
    let more = |(labels, count): (&String, &u64)| {
        let more = count - before.get(labels).copied().unwrap_or_default();
        (more > 0).then(|| format!("{more} {labels}"))
    };
    after.iter().filter_map(more).collect()
}
