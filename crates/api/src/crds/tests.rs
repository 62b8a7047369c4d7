use manifest::yaml::write;
use testkit::check_eq;

use super::*;

fn yaml(name: &str) -> String {
    let definitions = crds();
    let found = definitions.iter().find(|definition| definition.name() == name);
    let mut text = String::new();
    write::write(found.unwrap().root(), &mut text);
    text
}

#[test]
fn a_kind_that_is_kept_as_written() {
    check_eq(
        &yaml("imageupdateautomations.image.toolkit.fluxcd.io"),
        r#"
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: imageupdateautomations.image.toolkit.fluxcd.io
spec:
  group: image.toolkit.fluxcd.io
  names:
    categories:
    - all
    - fluxcd
    - fluxcd-images
    kind: ImageUpdateAutomation
    listKind: ImageUpdateAutomationList
    plural: imageupdateautomations
    shortNames:
    - iua
    - imgupd
    - imgauto
    singular: imageupdateautomation
  scope: Namespaced
  versions:
  - additionalPrinterColumns:
    - jsonPath: .status.conditions[?(@.type=="Ready")].status
      name: Ready
      type: string
    - jsonPath: .status.conditions[?(@.type=="Ready")].message
      name: Status
      type: string
    - jsonPath: .status.lastAutomationRunTime
      name: Last run
      priority: 1
      type: string
    - jsonPath: .metadata.creationTimestamp
      name: Age
      type: date
    name: v1
    schema:
      openAPIV3Schema:
        properties:
          apiVersion:
            type: string
          kind:
            type: string
          metadata:
            type: object
          spec:
            type: object
            x-kubernetes-preserve-unknown-fields: true
          status:
            default:
              observedGeneration: -1
            type: object
            x-kubernetes-preserve-unknown-fields: true
        type: object
    served: true
    storage: true
    subresources:
      status: {}"#,
    );
}

#[test]
fn fields_have_their_rules() {
    let text = yaml("gitrepositories.source.toolkit.fluxcd.io");
    for rule in [
        "pattern: ^(http://|https://|ssh://|file://).*$",
        r"pattern: ^([0-9]+(\.[0-9]+)?(ms|s|m))+$",
        "default: 60s",
        "- TagAndHEAD",
        "            required:\n            - url\n            - interval",
    ] {
        assert!(text.contains(rule), "{rule} is not in\n{text}");
    }
}

#[test]
fn names_are_there_once() {
    let definitions = crds();
    let mut names: Vec<_> = definitions.iter().map(Object::name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 15);
    // What kubectl knows a kind by is nothing of another's.
    let mut short: Vec<_> = KINDS.iter().flat_map(|kind| kind.short).collect();
    let all = short.len();
    short.sort_unstable();
    short.dedup();
    assert_eq!(short.len(), all);
}

#[test]
fn buckets_have_rules_between_fields() {
    let text = yaml("buckets.source.toolkit.fluxcd.io");
    for rule in [
        "default: generic",
        "pattern: ^(http://|https://).*$",
        "            x-kubernetes-validations:\n            - message: STS configuration",
        "rule: '!has(self.secretRef) || !has(self.serviceAccountName)'",
    ] {
        assert!(text.contains(rule), "{rule} is not in\n{text}");
    }
}
