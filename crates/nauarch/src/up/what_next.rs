//! What a person can try on a fleet that is up, with the names of that fleet.

use std::collections::BTreeMap;

use apiserver::Server;
use manifest::{Node, Object};

use super::place::Place;

/// What makes a Kustomization the owner of an object.
const OWNER: &str = "kustomize.toolkit.fluxcd.io/name";

/// The text.
pub(crate) fn text(
    place: &Place,
    repository: &str,
    is_example: bool,
    running: &BTreeMap<String, Server>,
) -> String {
    let kubeconfig = place.kubeconfig();
    let kubeconfig = kubeconfig.display();
    let Some((cluster, server)) = running.iter().next() else { return String::new() };
    let mut lines = vec![
        "Try, in another terminal:".to_owned(),
        format!("  export KUBECONFIG={kubeconfig}"),
        format!("  {} get kustomizations -A", program()),
        format!("  kubectl --context {cluster} get pods -A"),
    ];
    if let Some((namespace, name)) = deployment(server) {
        lines.push(format!(
            "  kubectl --context {cluster} -n {namespace} scale deployment {name} --replicas=1    # is undone, and said here"
        ));
    }
    let what = if is_example { "the example fleet" } else { "the repository" };
    lines.push(format!("Change {what} in {repository} and commit: it is applied at once."));
    lines.push("Ctrl-C stops the fleet.".to_owned());
    lines.join("\n")
}

/// How this program was called.
fn program() -> String {
    std::env::args().next().unwrap_or_else(|| "nauarch".to_owned())
}

/// Namespace and name of a Deployment that a Kustomization has applied.
fn deployment(server: &Server) -> Option<(String, String)> {
    let is_owned = |node: &Node| node.str_at(&["metadata", "labels", OWNER]).is_some();
    let node = server.objects("apps", "deployments").into_iter().find(is_owned)?;
    let object = Object::new(node).ok()?;
    Some((object.namespace().to_owned(), object.name().to_owned()))
}
