//! The begin and the end of namespaces.

use crate::simulate::tests::check;

#[test]
fn a_new_one_gets_what_every_one_has() {
    check(
        "{apiVersion: v1, kind: Namespace, metadata: {name: team}}",
        "namespaces/team",
        "create ServiceAccount default\ncreate ConfigMap kube-root-ca.crt\n",
    );
}

const ENDING: &str = "{apiVersion: v1, kind: Namespace, metadata: {name: team, deletionTimestamp: '2026-01-01T00:00:00Z'}, spec: {finalizers: [kubernetes]}}\n---\n";

#[test]
fn it_ends_when_it_is_empty() {
    let config = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: team}}";
    let yaml = format!("{ENDING}{config}");
    check(&yaml, "namespaces/team", "delete configmaps/a Background\n");
    let held = "metadata: {deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: [x.org/y], name";
    check(
        &yaml.replace("metadata: {name: a", &format!("{held}: a")),
        "namespaces/team",
        "status namespaces/team
  status.phase: \"Terminating\"
  NamespaceDeletionDiscoveryFailure False ResourcesDiscovered All resources successfully discovered
  NamespaceDeletionGroupVersionParsingFailure False ParsedGroupVersions All legacy kube types successfully parsed
  NamespaceDeletionContentFailure False ContentDeleted All content successfully deleted, may be waiting on finalization
  NamespaceContentRemaining True SomeResourcesRemain Some resources are remaining: configmaps. has 1 resource instances
  NamespaceFinalizersRemaining True SomeFinalizersRemain Some content in the namespace has finalizers remaining: x.org/y in 1 resource instances
",
    );
    check(ENDING, "namespaces/team", "finalize namespaces/team\n  spec.finalizers: []\n");
}
