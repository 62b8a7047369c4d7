//! Which kinds a server has: by aggregated discovery in two requests, else group by group.

use std::sync::Arc;

use manifest::{Node, Text};
use schema::{KindInfo, Kinds, Scope, verbs};
use tokio::sync::Mutex;

use crate::request::Request;
use crate::{Client, Error};

/// The kinds that were found last.
pub(crate) type Known = Mutex<Option<Arc<Kinds>>>;

/// Aggregated where the server can, else whatever it has.
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
    application/json";

impl Client {
    /// The kinds that the server has. They are asked for once and kept; what is installed later is
    /// seen after [`Client::refresh_kinds`].
    ///
    /// # Errors
    /// The server cannot be asked.
    pub async fn kinds(&self) -> Result<Arc<Kinds>, Error> {
        let mut known = self.shared.kinds.lock().await;
        if let Some(kinds) = known.as_ref() {
            return Ok(Arc::clone(kinds));
        }
        let kinds = Arc::new(self.discover().await?);
        *known = Some(Arc::clone(&kinds));
        Ok(kinds)
    }

    /// The kinds that the server has now.
    ///
    /// # Errors
    /// The server cannot be asked; what was known stays.
    pub async fn refresh_kinds(&self) -> Result<Arc<Kinds>, Error> {
        let kinds = Arc::new(self.discover().await?);
        *self.shared.kinds.lock().await = Some(Arc::clone(&kinds));
        Ok(kinds)
    }

    /// What the server says of a kind; asked again once where it is not known yet.
    ///
    /// # Errors
    /// The server cannot be asked, or has no such kind.
    pub async fn kind(&self, api_version: &str, kind: &str) -> Result<KindInfo, Error> {
        if let Some(info) = self.kinds().await?.info(api_version, kind) {
            return Ok(info.clone());
        }
        let kinds = self.refresh_kinds().await?;
        let not_served = || Error::NotServed {
            server: self.shared.server.clone(),
            api_version: api_version.into(),
            kind: kind.into(),
        };
        kinds.info(api_version, kind).cloned().ok_or_else(not_served)
    }

    async fn discover(&self) -> Result<Kinds, Error> {
        let mut infos = Vec::new();
        for root in ["/api", "/apis"] {
            let answer = self.ask_for(&Request::get(root.to_owned()), AGGREGATED).await?;
            if answer.str_at(&["kind"]) == Some("APIGroupDiscoveryList") {
                infos.extend(items(&answer, "items").iter().flat_map(group));
                continue;
            }
            for group_version in group_versions(&answer) {
                infos.extend(self.group_version(root, &group_version).await?);
            }
        }
        Ok(Kinds::of_infos(infos))
    }

    /// What one group has in one version. A group whose server is away has nothing, as for kubectl:
    /// it is added by others and must not be in the way of the rest.
    async fn group_version(&self, root: &str, group_version: &str) -> Result<Vec<KindInfo>, Error> {
        let request = Request::get(format!("{root}/{group_version}"));
        let answer = match self.ask(&request).await {
            Ok(answer) => answer,
            Err(Error::Status { code: 404 | 500..=599, .. }) => return Ok(Vec::new()),
            Err(cause) => return Err(cause),
        };
        let (group, version) = group_version.rsplit_once('/').unwrap_or(("", group_version));
        let resources = items(&answer, "resources").iter();
        Ok(resources.filter_map(|resource| legacy(resource, group, version)).collect())
    }
}

/// The kinds of a group, its preferred version first.
fn group(group: &Node) -> impl Iterator<Item = KindInfo> {
    let name: Text = group.str_at(&["metadata", "name"]).unwrap_or_default().into();
    let versions = items(group, "versions").iter();
    versions.flat_map(move |version| {
        let (name, in_version) = (name.clone(), text(version, "version"));
        let resources = items(version, "resources").iter();
        resources.filter_map(move |resource| aggregated(resource, &name, &in_version))
    })
}

fn aggregated(resource: &Node, group: &str, version: &str) -> Option<KindInfo> {
    let kind = resource.str_at(&["responseKind", "kind"]).filter(|kind| !kind.is_empty())?;
    Some(KindInfo {
        group: group.into(),
        version: version.into(),
        kind: kind.into(),
        plural: text(resource, "resource"),
        singular: singular(resource, "singularResource", kind),
        short_names: texts(resource, "shortNames").map(Text::from).collect(),
        categories: texts(resource, "categories").map(Text::from).collect(),
        verbs: verbs(texts(resource, "verbs")),
        scope: scope(resource.str_at(&["scope"]) == Some("Namespaced")),
    })
}

/// Subresources are no kinds.
fn legacy(resource: &Node, group: &str, version: &str) -> Option<KindInfo> {
    let plural = text(resource, "name");
    let kind = resource.str_at(&["kind"]).filter(|_| !plural.contains('/'))?;
    Some(KindInfo {
        group: group.into(),
        version: version.into(),
        kind: kind.into(),
        plural,
        singular: singular(resource, "singularName", kind),
        short_names: texts(resource, "shortNames").map(Text::from).collect(),
        categories: texts(resource, "categories").map(Text::from).collect(),
        verbs: verbs(texts(resource, "verbs")),
        scope: scope(resource.get("namespaced").and_then(Node::as_bool) == Some(true)),
    })
}

/// Groups and versions as paths: of the core, or of the named groups, the preferred version first.
fn group_versions(answer: &Node) -> Vec<Text> {
    let mut found: Vec<Text> = texts(answer, "versions").map(Text::from).collect();
    for group in items(answer, "groups") {
        let preferred = group.str_at(&["preferredVersion", "groupVersion"]);
        let versions = items(group, "versions").iter();
        let all = versions.filter_map(|version| version.str_at(&["groupVersion"]));
        found.extend(preferred.into_iter().map(Text::from));
        found.extend(all.filter(|version| Some(*version) != preferred).map(Text::from));
    }
    found
}

fn scope(is_namespaced: bool) -> Scope {
    if is_namespaced { Scope::Namespaced } else { Scope::Cluster }
}

fn singular(resource: &Node, key: &str, kind: &str) -> Text {
    let named = resource.str_at(&[key]).filter(|name| !name.is_empty());
    named.map_or_else(|| kind.to_ascii_lowercase().into(), Text::from)
}

fn text(node: &Node, key: &str) -> Text {
    node.str_at(&[key]).unwrap_or_default().into()
}

fn texts<'n>(node: &'n Node, key: &str) -> impl Iterator<Item = &'n str> + use<'n> {
    items(node, key).iter().filter_map(Node::as_str)
}

fn items<'n>(node: &'n Node, key: &str) -> &'n [Node] {
    node.get(key).and_then(Node::as_list).unwrap_or_default()
}

#[cfg(test)]
mod tests;
