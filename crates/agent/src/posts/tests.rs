//! Events as they are posted.

use manifest::yaml::write;
use testkit::check_eq;

use super::*;
use crate::tests::objects;

fn of(message: &str) -> Object {
    let about = objects(
        "{apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, \
         metadata: {name: apps, namespace: flux-system, uid: u-1, resourceVersion: '7'}}",
    )
    .remove(0);
    post(&Post {
        about: &about,
        is_warning: true,
        reason: "BuildFailed",
        message,
        revision: "main@sha1:1",
        controller: KUSTOMIZE,
        at: Timestamp::from_second(1).unwrap(),
        number: 2,
    })
    .unwrap()
}

#[test]
fn all_of_it() {
    let mut text = String::new();
    write::write(of("no").root(), &mut text);
    check_eq(
        &text,
        "
apiVersion: v1
count: 1
firstTimestamp: \"1970-01-01T00:00:01Z\"
involvedObject:
  apiVersion: kustomize.toolkit.fluxcd.io/v1
  kind: Kustomization
  name: apps
  namespace: flux-system
  resourceVersion: \"7\"
  uid: u-1
kind: Event
lastTimestamp: \"1970-01-01T00:00:01Z\"
message: \"no\"
metadata:
  annotations:
    kustomize.toolkit.fluxcd.io/revision: main@sha1:1
  name: apps.3b9aca02
  namespace: flux-system
reason: BuildFailed
reportingComponent: kustomize-controller
reportingInstance: kustomize-controller
source:
  component: kustomize-controller
type: Warning
",
    );
}

#[test]
fn a_message_that_is_too_long_is_cut_between_letters() {
    let long = "ä".repeat(1000);
    let object = of(&long);
    let message = object.root().str_at(&["message"]).unwrap();
    assert!(message.len() <= 1024 && message.ends_with("ä…"), "{}", message.len());
}
