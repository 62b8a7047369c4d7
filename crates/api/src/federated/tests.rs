//! Federated objects to the names in them.

use manifest::FileName;
use manifest::yaml::{Flavor, Reader};

use super::*;

#[track_caller]
fn check(text: &str, expected: Option<&str>) {
    let file = FileName::new("f.yaml");
    let node = Reader::new().read(text.as_bytes(), file, Flavor::Resource).unwrap().remove(0);
    let object = Object::new(node).unwrap();
    let read = Federated::read(&object).map(|federated| {
        let names = |list: &[At<Text>]| {
            let names: Vec<String> =
                list.iter().map(|at| format!("{}@{}", at.value, at.origin.line())).collect();
            names.join(" ")
        };
        format!(
            "{}: {}; {}",
            federated.kind,
            names(&federated.placed),
            names(&federated.overridden)
        )
    });
    assert_eq!(read.as_deref(), expected);
}

#[test]
fn names_of_clusters() {
    check(
        "apiVersion: types.kubefed.io/v1beta1
kind: FederatedDeployment
metadata: {name: web}
spec:
  placement:
    clusters:
    - name: a
    - name: b
    - {}
  overrides:
  - clusterName: a
",
        Some("Deployment: a@7 b@8; a@11"),
    );
}

#[test]
fn what_is_missing_is_empty() {
    check(
        "{apiVersion: types.kubefed.io/v1beta1, kind: FederatedFoo, metadata: {name: x}}",
        Some("Foo: ; "),
    );
    check("{apiVersion: v1, kind: FederatedFoo, metadata: {name: x}}", None);
    check("{apiVersion: types.kubefed.io/v1beta1, kind: Foo, metadata: {name: x}}", None);
}
