//! Plans in, what becomes of a cluster out: of an embedded one, or, one test after the other, of the one that
//! `NAUARCH_TEST_KUBECONFIG` names (`cargo xtask real test` starts a kube-apiserver for that).

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use apiserver::{Call, PatchType, Server, Verb};
use client::{Delete, Patch, PatchHow, Query};
use manifest::yaml::{Flavor, Reader};
use manifest::{FileName, Node, Origin};
use plan::{Input, Inventory, Live, MANAGER, OWNER_NAME, OWNER_NAMESPACE, Owner, Rules};
use schema::Types;
use testkit::check_eq;

use super::*;

struct Cluster {
    client: Client,
    inventory: Inventory,
}

/// How long a server may take for what it does by itself.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

const OWNER: Owner<'static> = Owner { namespace: "default", name: "apps" };

fn server() -> Server {
    let clock = Arc::new(|| jiff::Timestamp::from_second(1_700_000_000).unwrap());
    Server::open(apiserver::Options::new("test", clock)).unwrap()
}

impl From<Client> for Cluster {
    fn from(client: Client) -> Cluster {
        Cluster { client, inventory: Inventory::default() }
    }
}

async fn cluster() -> Cluster {
    let Some(kubeconfig) = std::env::var_os("NAUARCH_TEST_KUBECONFIG") else {
        return Client::in_process(server().service()).into();
    };
    let client = Client::from_kubeconfig(Some(Path::new(&kubeconfig)), None).await.unwrap();
    // What the test before has left.
    let kind = client.kind("apiextensions.k8s.io/v1", "CustomResourceDefinition").await.unwrap();
    for object in client.list(&kind, None, &Query::default()).await.unwrap() {
        client.delete(&kind, "", object.name(), &Delete::default()).await.unwrap();
        let gone = async { while client.get(&kind, "", object.name()).await.unwrap().is_some() {} };
        tokio::time::timeout(PATIENCE, gone).await.unwrap();
    }
    for kind in ["ConfigMap", "Service"] {
        let kind = client.kind("v1", kind).await.unwrap();
        for object in client.list(&kind, Some("default"), &Query::default()).await.unwrap() {
            if object.name() != "kubernetes" {
                client.delete(&kind, "default", object.name(), &Delete::default()).await.unwrap();
            }
        }
    }
    client.into()
}

fn objects(text: &str) -> Vec<Object> {
    let name = FileName::new("apps/all.yaml");
    let nodes = Reader::new().read(text.as_bytes(), name, Flavor::Resource).unwrap();
    nodes.into_iter().map(|node| Object::new(node).unwrap()).collect()
}

fn owned(text: &str) -> Vec<Object> {
    let mut objects = objects(text);
    for object in &mut objects {
        let origin = object.origin();
        let root = object.root_mut();
        let metadata = root.as_map_mut().and_then(|root| root.get_mut("metadata")).unwrap();
        let labels = metadata.map_entry("labels", origin).unwrap();
        labels.set(OWNER_NAME, Node::string(OWNER.name, origin));
        labels.set(OWNER_NAMESPACE, Node::string(OWNER.namespace, origin));
    }
    objects
}

impl Cluster {
    async fn live(&self, kinds: &Kinds, id: &ObjectId) -> Live {
        let Some(kind) = kinds.versions(&id.group, &id.kind).first() else { return Live::Absent };
        self.client.get(kind, &id.namespace, &id.name).await.unwrap().into()
    }

    async fn plan(&self, desired: &[Object], force: bool) -> plan::ChangeSet {
        let kinds = self.client.refresh_kinds().await.unwrap();
        let mut live = std::collections::BTreeMap::new();
        let known = desired.iter().map(|object| kinds.object_id(object));
        for id in known.chain(self.inventory.iter().map(|(id, _)| id.clone())) {
            let found = self.live(&kinds, &id).await;
            live.insert(id, found);
        }
        let look = |id: &ObjectId| live.get(id).cloned().unwrap_or(Live::Absent);
        let types = Types::builtin();
        let rules = Rules { kinds: &kinds, types: &types, force };
        let inventory = &self.inventory;
        plan::plan(&Input { desired, inventory, live: &look, owner: OWNER, prune: true, rules })
    }

    /// Plans and carries out; what was done, a line each.
    async fn settle(&mut self, desired: &str, force: bool) -> String {
        let set = self.plan(&owned(desired), force).await;
        let kinds = self.client.kinds().await.unwrap();
        let journaled = Journaled::by_hand();
        let mut done = Vec::new();
        for stage in &set.stages {
            done.extend(super::stage(&self.client, &kinds, stage, MANAGER, &journaled).await);
            self.until_served(stage).await;
        }
        done.extend(super::prune(&self.client, &kinds, &set.prune, &journaled).await);
        self.inventory = set.inventory;
        let mut out = String::new();
        for done in done {
            match done.result {
                Ok(_) => writeln!(out, "{} {}", done.id, done.action.past()).unwrap(),
                Err(failed) => writeln!(out, "{}", failed.diagnostic()).unwrap(),
            }
        }
        out
    }

    /// Waits until the kinds that a stage defines are served, as the agent does: a real server takes a moment.
    async fn until_served(&self, stage: &plan::Stage) {
        let defines = |change: &&plan::Change| change.id.kind == "CustomResourceDefinition";
        for change in stage.changes.iter().filter(defines) {
            let group = change.id.name.split_once('.').map_or("", |(_, group)| group);
            let is_served = |kinds: &Kinds| kinds.all().any(|kind| kind.group == group);
            let served = async {
                while !is_served(&self.client.refresh_kinds().await.unwrap()) {
                    tokio::task::yield_now().await;
                }
            };
            tokio::time::timeout(PATIENCE, served).await.unwrap();
        }
    }

    async fn data(&self, name: &str) -> String {
        let kind = self.client.kind("v1", "ConfigMap").await.unwrap();
        let object = self.client.get(&kind, "default", name).await.unwrap();
        let Some(object) = object else { return "gone".to_owned() };
        let data = object.root().get("data").and_then(Node::as_map).unwrap();
        // A real server sorts them.
        let sorted: std::collections::BTreeMap<&str, &str> =
            data.iter().map(|(key, node)| (key.as_str(), node.as_str().unwrap())).collect();
        format!("{sorted:?}")
    }

    /// Merges a patch into an object, as somebody with another client does.
    async fn edit(&self, name: &str, patch: &str, manager: &str) {
        let kind = self.client.kind("v1", "ConfigMap").await.unwrap();
        let patch = Patch::Merge(manifest::json::read(patch.as_bytes(), Origin::NONE).unwrap());
        let how = PatchHow { manager, ..PatchHow::default() };
        self.client.patch(&kind, "default", name, &patch, &how).await.unwrap();
    }
}

const TWO: &str = "
{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: default}, data: {k: v}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: default}, data: {k: v}}
";

#[tokio::test]
async fn objects_come_change_and_go_on_a_server() {
    let mut cluster = cluster().await;
    let created = "ConfigMap/default/a created\nConfigMap/default/b created\n";
    check_eq(&cluster.settle(TWO, false).await, created);
    check_eq(&cluster.settle(TWO, false).await, "");
    let changed = TWO.replace(
        "name: a, namespace: default}, data: {k: v}",
        "name: a, namespace: default}, data: {k: w}",
    );
    check_eq(&cluster.settle(&changed, false).await, "ConfigMap/default/a configured\n");
    check_eq(&cluster.data("a").await, r#"{"k": "w"}"#);
    let deleted = "ConfigMap/default/b deleted\nConfigMap/default/a deleted\n";
    check_eq(&cluster.settle("", false).await, deleted);
    check_eq(&cluster.data("a").await, "gone");
}

#[tokio::test]
async fn definitions_and_what_they_define_on_a_server() {
    let mut cluster = cluster().await;
    let text = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {kind: Boat, plural: boats, singular: boat, listKind: BoatList}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {sails: {type: integer}}}}}}
---
{apiVersion: example.org/v1, kind: Boat, metadata: {name: boat, namespace: default}, spec: {sails: 2}}
";
    let created = "CustomResourceDefinition/boats.example.org created\nBoat/default/boat created\n";
    check_eq(&cluster.settle(text, false).await, created);
    check_eq(&cluster.settle(text, false).await, "");
    let deleted = "Boat/default/boat deleted\nCustomResourceDefinition/boats.example.org deleted\n";
    check_eq(&cluster.settle("", false).await, deleted);
}

#[tokio::test]
async fn one_that_is_refused_does_not_hold_up_the_others_on_a_server() {
    let mut cluster = cluster().await;
    let text = format!(
        "{TWO}---\n{{apiVersion: v1, kind: Service, metadata: {{name: s, namespace: default}}, spec: {{ports: [{{port: 0}}]}}}}
---\n{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: d, namespace: nowhere}}, spec: {{selector: {{matchLabels: {{a: b}}}}, template: {{metadata: {{labels: {{a: b}}}}, spec: {{containers: [{{name: c, image: i}}]}}}}}}}}
---\n{{apiVersion: example.org/v1, kind: Boat, metadata: {{name: boat, namespace: default}}}}
"
    );
    check_eq(
        &cluster.settle(&text, false).await.replace(cluster.client.server(), "SERVER"),
        "ConfigMap/default/a created
ConfigMap/default/b created
error: apps/all.yaml:6: Service/default/s cannot be created: Service \"s\" is invalid: \
[spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive, spec.ports[0].targetPort: \
Invalid value: 0: must be between 1 and 65535, inclusive]
error: apps/all.yaml:8: Deployment/nowhere/d cannot be created: namespaces \"nowhere\" not found
error: apps/all.yaml:10: Boat/default/boat cannot be created: SERVER serves \
no Boat of example.org/v1
  help: install the CustomResourceDefinition of Boat, or let what brings it be applied first (`dependsOn`)
",
    );
}

const POLICY: &str = "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: apply.example.com}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
  validations: [{expression: object.metadata.name != 'unwanted', message: nobody wants it}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: apply.example.com}
spec: {policyName: apply.example.com, validationActions: [Deny]}
";

#[tokio::test]
async fn what_a_policy_refuses_does_not_hold_up_the_others_on_a_server() {
    let mut cluster = cluster().await;
    for policy in objects(POLICY) {
        let kind = cluster.client.kind(policy.api_version(), policy.kind()).await.unwrap();
        cluster.client.delete(&kind, "", policy.name(), &Delete::default()).await.unwrap();
        cluster.client.create(&kind, &policy).await.unwrap();
    }
    let unwanted = TWO.replace("name: b", "name: unwanted");
    let refused = "ConfigMap/default/a created
error: apps/all.yaml:4: ConfigMap/default/unwanted cannot be created: configmaps \"unwanted\" is forbidden: \
ValidatingAdmissionPolicy 'apply.example.com' with binding 'apply.example.com' denied request: nobody wants it
";
    // A real server takes a moment to know of a policy.
    let known = async {
        loop {
            let said = cluster.settle(&unwanted, false).await;
            cluster.settle("", false).await;
            if said.contains("error") {
                return said;
            }
        }
    };
    check_eq(&tokio::time::timeout(PATIENCE, known).await.unwrap(), refused);
}

#[tokio::test]
async fn what_kubectl_left_is_taken_over_on_a_server() {
    let mut cluster = cluster().await;
    cluster.settle(TWO, false).await;
    cluster.edit("a", r#"{"data":{"by":"hand"}}"#, "kubectl-edit").await;
    cluster.edit("b", r#"{"data":{"by":"robot"}}"#, "robot").await;
    check_eq(&cluster.settle(TWO, false).await, "ConfigMap/default/a configured\n");
    check_eq(&cluster.data("a").await, r#"{"k": "v"}"#);
    check_eq(&cluster.data("b").await, r#"{"by": "robot", "k": "v"}"#);
    check_eq(&cluster.settle(TWO, false).await, "");
}

#[tokio::test]
async fn an_object_that_changes_while_it_is_taken_over_on_a_server() {
    let mut cluster = cluster().await;
    cluster.settle(TWO, false).await;
    cluster.edit("a", r#"{"data":{"by":"hand"}}"#, "kubectl-edit").await;
    let set = cluster.plan(&owned(TWO), false).await;
    cluster.edit("a", r#"{"data":{"more":"by hand"}}"#, "kubectl-edit").await;
    let kinds = cluster.client.kinds().await.unwrap();
    let journaled = Journaled::by_hand();
    let done = super::stage(&cluster.client, &kinds, &set.stages[0], MANAGER, &journaled).await;
    assert!(done.iter().all(|done| done.result.is_ok()), "{done:?}");
    check_eq(&cluster.data("a").await, r#"{"k": "v"}"#);
}

const FIXED: &str = "
{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: default}, immutable: true, data: {k: v}}
";

#[tokio::test]
async fn what_cannot_change_is_made_anew_only_by_force_on_a_server() {
    let mut cluster = cluster().await;
    cluster.settle(FIXED, false).await;
    let changed = FIXED.replace("k: v", "k: w");
    check_eq(
        &cluster.settle(&changed, false).await,
        "error: apps/all.yaml:2: ConfigMap/default/a cannot be configured: ConfigMap \"a\" is invalid: \
data: Forbidden: field is immutable when `immutable` is set
  help: a field that cannot change was changed: take the change back, or have the object deleted and \
created with the annotation `kustomize.toolkit.fluxcd.io/force: enabled`
",
    );
    check_eq(&cluster.settle(&changed, true).await, "ConfigMap/default/a replaced\n");
    check_eq(&cluster.data("a").await, r#"{"k": "w"}"#);
    check_eq(&cluster.settle(&changed, true).await, "");
}

#[tokio::test]
async fn nothing_is_deleted_for_a_new_one_that_would_be_refused_on_a_server() {
    let mut cluster = cluster().await;
    cluster.settle(FIXED, false).await;
    let wrong = FIXED.replace("{k: v}", "{'no good key': v}");
    let said = cluster.settle(&wrong, true).await;
    assert!(said.starts_with("error: apps/all.yaml:2: ConfigMap/default/a cannot be"), "{said}");
    check_eq(&cluster.data("a").await, r#"{"k": "v"}"#);
}

#[tokio::test(start_paused = true)]
async fn what_is_made_anew_waits_for_finalizers() {
    // Time is paused, which no socket survives.
    let server = server();
    let mut cluster = Cluster::from(Client::in_process(server.service()));
    cluster.settle(FIXED, false).await;
    cluster.edit("a", r#"{"metadata":{"finalizers":["example.org/slow"]}}"#, "slow").await;
    let mut changes = server.changes();
    let releasing = tokio::spawn(async move {
        loop {
            changes.next().await.unwrap();
            let object = server.object("", "configmaps", "default", "a").unwrap();
            if object.at(&["metadata", "deletionTimestamp"]).is_some() {
                break;
            }
        }
        let body = r#"{"metadata":{"finalizers":null}}"#;
        let answer = server.call(&Call {
            verb: Verb::Patch(PatchType::Merge),
            api_version: "v1".into(),
            plural: "configmaps".into(),
            namespace: "default".into(),
            name: "a".into(),
            body: Some(manifest::json::read(body.as_bytes(), Origin::NONE).unwrap()),
            ..Call::default()
        });
        assert!(answer.is_success());
    });
    let changed = FIXED.replace("k: v", "k: w");
    check_eq(&cluster.settle(&changed, true).await, "ConfigMap/default/a replaced\n");
    releasing.await.unwrap();
    check_eq(&cluster.data("a").await, r#"{"k": "w"}"#);

    cluster.edit("a", r#"{"metadata":{"finalizers":["example.org/stuck"]}}"#, "slow").await;
    check_eq(
        &cluster.settle(FIXED, true).await,
        "error: apps/all.yaml:2: ConfigMap/default/a cannot be replaced: it is still there 60 s after \
it was deleted, held by its finalizers example.org/stuck
  help: find out who should remove the finalizers of ConfigMap/default/a, and why that does not happen
",
    );
}

#[tokio::test]
async fn only_the_very_object_is_pruned_on_a_server() {
    let mut cluster = cluster().await;
    cluster.settle(TWO, false).await;
    let set = cluster.plan(&[], false).await;
    // Somebody makes another `a` meanwhile.
    let kind = cluster.client.kind("v1", "ConfigMap").await.unwrap();
    cluster.client.delete(&kind, "default", "a", &client::Delete::default()).await.unwrap();
    cluster.client.create(&kind, &objects(TWO)[0]).await.unwrap();
    let kinds = cluster.client.kinds().await.unwrap();
    let done = super::prune(&cluster.client, &kinds, &set.prune, &Journaled::by_hand()).await;
    let failed: Vec<String> =
        done.iter().filter_map(|done| Some(done.result.as_ref().err()?.id.to_string())).collect();
    check_eq(&failed.join(" "), "ConfigMap/default/a");
    check_eq(&cluster.data("a").await, r#"{"k": "v"}"#);
    check_eq(&cluster.data("b").await, "gone");
}

#[tokio::test]
async fn the_journal_is_in_the_status_first() {
    let cluster = cluster().await;
    let definition = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: kustomizations.kustomize.toolkit.fluxcd.io}
spec:
  group: kustomize.toolkit.fluxcd.io
  scope: Namespaced
  names: {kind: Kustomization, plural: kustomizations, singular: kustomization, listKind: KustomizationList}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
";
    let kind =
        cluster.client.kind("apiextensions.k8s.io/v1", "CustomResourceDefinition").await.unwrap();
    cluster.client.create(&kind, &objects(definition)[0]).await.unwrap();
    let kind =
        cluster.client.kind("kustomize.toolkit.fluxcd.io/v1", "Kustomization").await.unwrap();
    let apps = "{apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, metadata: {name: apps, namespace: default}, spec: {}}";
    let apps = cluster.client.create(&kind, &objects(apps)[0]).await.unwrap();
    let set = cluster.plan(&owned(TWO), false).await;
    let journaled = journal(&cluster.client, &kind, &apps, &set, MANAGER).await.unwrap();
    let apps = cluster.client.get(&kind, "default", "apps").await.unwrap().unwrap();
    assert_eq!(Inventory::of_kustomization(&apps), Ok(set.inventory.clone()));
    let before = apps.root().str_at(&["metadata", "resourceVersion"]).map(str::to_owned);
    let kinds = cluster.client.kinds().await.unwrap();
    super::stage(&cluster.client, &kinds, &set.stages[0], MANAGER, &journaled).await;

    // With nothing new there is nothing to write down.
    let again = plan::ChangeSet { journal: None, ..set };
    journal(&cluster.client, &kind, &apps, &again, MANAGER).await.unwrap();
    let apps = cluster.client.get(&kind, "default", "apps").await.unwrap().unwrap();
    let after = apps.root().str_at(&["metadata", "resourceVersion"]).map(str::to_owned);
    assert_eq!(before, after);
}

#[tokio::test]
async fn previews_say_what_would_come_of_it_on_a_server() {
    let mut cluster = cluster().await;
    cluster.settle(TWO, false).await;
    let text = "
{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: default}, data: {k: v}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: default}, data: {k: w}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: default}, data: {k: v}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: d, namespace: default, annotations: {kustomize.toolkit.fluxcd.io/reconcile: disabled}}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: e, namespace: nowhere}}
";
    let kinds = cluster.client.kinds().await.unwrap();
    let types = Types::builtin();
    let rules = Rules { kinds: &kinds, types: &types, force: false };
    let mut got = String::new();
    for object in owned(text) {
        match preview(&cluster.client, &rules, &object, MANAGER).await {
            Ok(preview) => {
                let what = preview.action.as_ref().map_or("unchanged", Action::past);
                writeln!(got, "{} {what}", preview.id).unwrap();
                for field in preview.fields {
                    let (before, after) = (field.before.unwrap(), field.after.unwrap());
                    writeln!(got, "  {}: {before:?} to {after:?}", field.path).unwrap();
                }
            }
            Err(failed) => writeln!(got, "{}", failed.diagnostic()).unwrap(),
        }
    }
    check_eq(
        &got,
        "ConfigMap/default/a unchanged
ConfigMap/default/b configured
  .data.k: \"v\" to \"w\"
ConfigMap/default/c created
ConfigMap/default/d skipped
error: apps/all.yaml:10: ConfigMap/nowhere/e cannot be configured: namespaces \"nowhere\" not found
",
    );
    check_eq(&cluster.data("b").await, r#"{"k": "v"}"#);
}
