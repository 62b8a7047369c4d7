use manifest::FileName;
use manifest::yaml::{Flavor, Reader};
use testkit::check_eq;

use super::*;

fn check(what: What, expected: &str) {
    let event = Event { at: Timestamp::UNIX_EPOCH, cluster: Some("north".into()), what };
    let json = event.json();
    let begin = r#"{"time":"1970-01-01T00:00:00Z","event":"#;
    let json = json.strip_prefix(begin).unwrap_or(&json);
    check_eq(&format!("{}\n{json}", event.line().unwrap_or_default()), expected);
}

fn key() -> Key {
    Key { namespace: "flux".into(), name: "apps".into() }
}

fn id() -> ObjectId {
    ObjectId {
        namespace: "n".into(),
        group: "apps".into(),
        kind: "Deployment".into(),
        name: "web".into(),
    }
}

/// A place in a file.
fn place() -> Origin {
    let file = FileName::new("apps/web.yaml");
    Reader::new().read(b"\na: b", file, Flavor::Resource).unwrap().remove(0).origin
}

#[test]
fn drift() {
    let change = agent::Change { path: "spec.replicas".into(), managers: vec!["kubectl".into()] };
    let what = agent::What::Drift { kustomization: key(), object: id(), changes: vec![change] };
    check(
        What::Agent(what),
        r#"
north  flux/apps  drift: Deployment/n/web was changed (spec.replicas by kubectl); put right
"drift","cluster":"north","kustomization":"flux/apps","object":{"group":"apps","kind":"Deployment","namespace":"n","name":"web"},"changes":[{"field":"spec.replicas","managers":["kubectl"]}]}"#,
    );
}

#[test]
fn ready() {
    let revision = "main@sha1:696f056df216eea4f9401adbee0ff744d4df390f".into();
    let what = agent::What::Ready { kustomization: key(), revision, objects: 1, seconds: 1.25 };
    check(
        What::Agent(what),
        r#"
north  flux/apps  ready at main@sha1:696f056d: 1 object, 1.2 s
"ready","cluster":"north","kustomization":"flux/apps","revision":"main@sha1:696f056df216eea4f9401adbee0ff744d4df390f","objects":1,"seconds":1.25}"#,
    );
}

#[test]
fn failures_have_their_place() {
    let cause = Diagnostic::error(place(), "the field is not there").help("write it");
    let what = agent::What::Failed {
        kustomization: key(),
        reason: "BuildFailed".into(),
        causes: vec![cause],
        for_good: true,
    };
    check(
        What::Agent(what),
        r#"
north  flux/apps  failed (BuildFailed)
error: apps/web.yaml:2: the field is not there
  help: write it
"failed","cluster":"north","kustomization":"flux/apps","reason":"BuildFailed","causes":[{"severity":"error","message":"the field is not there","place":"apps/web.yaml:2","help":"write it"}],"forGood":true}"#,
    );
}

#[test]
fn the_fleet() {
    check(
        What::Fleet {
            repository: "fleet".to_owned(),
            revision: "main@sha1:1".to_owned(),
            clusters: vec!["north".to_owned(), "south".to_owned()],
            kubeconfig: "data/kubeconfig".to_owned(),
        },
        r#"
north  fleet fleet at main@sha1:1: north, south
"fleet","cluster":"north","repository":"fleet","revision":"main@sha1:1","clusters":["north","south"],"kubeconfig":"data/kubeconfig"}"#,
    );
}
