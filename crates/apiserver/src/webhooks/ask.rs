//! Asks webhooks, outside of any lock.

use std::time::Duration;

use manifest::{Node, Origin, Text, json};

use super::client::{self, Unanswered};
use super::{Answered, Hook, Wanted, review};
use crate::server::Server;

/// Asks all questions at once, and gives each with what came of it.
pub(crate) async fn ask(server: &Server, wanted: Vec<Wanted>) -> Vec<(Wanted, Answered)> {
    let ask = |wanted: Wanted| async move {
        let uid = server.new_uid();
        let answered = one(server, &wanted.hook, &uid, &wanted.request).await;
        (wanted, answered.map(|review| (uid, review)))
    };
    futures::future::join_all(wanted.into_iter().map(ask)).await
}

async fn one(server: &Server, hook: &Hook, uid: &Text, request: &Node) -> Result<Node, String> {
    let url = url(hook);
    let failed = |why: &str| format!("Post {url:?}: {why}");
    if let Some(why) = nobody_home(server, hook) {
        return Err(failed(&why));
    }
    let options = json::Options { expose: true, ..json::Options::default() };
    let mut body = String::new();
    json::write(&review::review(hook, uid, request), options, &mut body);
    let authority = hook.client.str_at(&["caBundle"]).filter(|bundle| !bundle.is_empty());
    let timeout = Duration::from_secs(hook.seconds);
    let posted = tokio::time::timeout(timeout, client::post(&url, authority, body)).await;
    let bytes = match posted {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(Unanswered::Refused(why))) => return Err(why),
        Ok(Err(Unanswered::Broken(why))) => return Err(failed(&why)),
        Err(_) => return Err(failed("context deadline exceeded")),
    };
    json::read(&bytes, Origin::NONE)
        .map_err(|error| format!("couldn't get version/kind; json parse error: {error}"))
}

/// Where a webhook is, and how long the server waits for it.
fn url(hook: &Hook) -> String {
    let word = |path: &[&str]| hook.client.str_at(path).unwrap_or_default();
    let address = match word(&["url"]) {
        "" => {
            let port = hook.client.at(&["service", "port"]).and_then(Node::as_int).unwrap_or(443);
            let path = word(&["service", "path"]);
            let path = if path.is_empty() { "/" } else { path };
            let (name, namespace) = (word(&["service", "name"]), word(&["service", "namespace"]));
            format!("https://{name}.{namespace}.svc:{port}{path}")
        }
        url => url.to_owned(),
    };
    // The path of a URL without one is `/`.
    let has_path = address.split("://").nth(1).is_some_and(|rest| rest.contains('/'));
    let slash = if has_path { "" } else { "/" };
    format!("{address}{slash}?timeout={}s", hook.seconds)
}

/// Why there is nobody to be asked: pods are simulated or not there at all, so nothing answers behind a
/// Service.
fn nobody_home(server: &Server, hook: &Hook) -> Option<String> {
    let service = hook.client.get("service").filter(|node| !node.is_null())?;
    let word = |key: &str| service.str_at(&[key]).unwrap_or_default();
    let (name, namespace) = (word("name"), word("namespace"));
    if server.object("", "services", namespace, name).is_none() {
        return Some(format!("service {name:?} not found"));
    }
    Some(format!(
        "nothing runs in an embedded cluster, so nothing answers behind service {name:?} in namespace \
         {namespace:?}: give the webhook a clientConfig.url, or the failurePolicy Ignore"
    ))
}
