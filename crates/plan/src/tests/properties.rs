//! What holds for any cluster.

use proptest::prelude::*;

use super::*;

/// One of a few objects: how it is wanted, how it is there, and whether the inventory has it.
#[derive(Clone, Debug)]
struct One {
    kind: usize,
    wanted: Option<u8>,
    there: Option<u8>,
    is_ours: bool,
    control: usize,
    edited_by: usize,
    is_known: bool,
    is_hidden: bool,
}

const CONTROLS: [&str; 6] = [
    "",
    "prune: disabled",
    "reconcile: disabled",
    "ssa: Ignore",
    "ssa: IfNotPresent",
    "ssa: Merge",
];
const EDITORS: [&str; 4] = ["", "kubectl-edit", "somebody", "kustomize-controller"];

fn one() -> impl Strategy<Value = One> {
    let content = || proptest::option::weighted(0.7, 0u8..3);
    let flags = (any::<bool>(), any::<bool>(), prop::bool::weighted(0.1));
    (0usize..4, content(), content(), 0..CONTROLS.len() * 2, 0..EDITORS.len(), flags).prop_map(
        |(kind, wanted, there, control, edited_by, (is_ours, is_known, is_hidden))| One {
            kind,
            wanted,
            there,
            is_ours,
            // Half of them say nothing.
            control: control
                .checked_rem(CONTROLS.len())
                .filter(|_| control < CONTROLS.len())
                .unwrap_or(0),
            edited_by,
            is_known,
            is_hidden,
        },
    )
}

/// The object number `at` with one of three contents.
fn text(one: &One, at: usize, content: u8) -> String {
    let annotations = match CONTROLS[one.control] {
        "" => String::new(),
        control => format!(", annotations: {{kustomize.toolkit.fluxcd.io/{control}}}"),
    };
    let metadata = |place: &str| format!("metadata: {{name: o{at}{place}{annotations}}}");
    let placed = metadata(", namespace: x");
    match one.kind {
        0 => format!(
            "{{apiVersion: v1, kind: ConfigMap, {placed}, data: {{k: v{content}, k{content}: a}}}}"
        ),
        1 => format!(
            "{{apiVersion: v1, kind: Service, {placed}, spec: {{ports: [{{port: {}}}]}}}}",
            80 + content
        ),
        2 => format!("{{apiVersion: v1, kind: Namespace, {}}}", metadata("")),
        _ => format!(
            "{{apiVersion: apps/v1, kind: Deployment, {placed}, spec: {{replicas: {content}, selector: {{matchLabels: {{a: b}}}}, template: {{metadata: {{labels: {{a: b}}}}, spec: {{containers: [{{name: c{content}, image: i}}]}}}}}}}}"
        ),
    }
}

fn edit(one: &One, at: usize) -> String {
    match one.kind {
        0 => format!(
            "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: o{at}, namespace: x}}, data: {{edited: e, k: e}}}}"
        ),
        1 => format!(
            "{{apiVersion: v1, kind: Service, metadata: {{name: o{at}, namespace: x}}, spec: {{type: NodePort}}}}"
        ),
        2 => format!(
            "{{apiVersion: v1, kind: Namespace, metadata: {{name: o{at}, labels: {{edited: e}}}}}}"
        ),
        _ => format!(
            "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: o{at}, namespace: x}}, spec: {{replicas: 9}}}}"
        ),
    }
}

struct Scene {
    desired: Vec<Object>,
    inventory: Inventory,
    cluster: Cluster,
}

fn scene(all: &[One]) -> Scene {
    let mut scene =
        Scene { desired: Vec::new(), inventory: Inventory::default(), cluster: Cluster::default() };
    let mut hidden = Vec::new();
    for (at, one) in all.iter().enumerate() {
        let id = scene.cluster.kinds.object_id(&objects(&text(one, at, 0))[0]);
        if let Some(content) = one.wanted {
            scene.desired.extend(owned(&text(one, at, content)));
        }
        if let Some(content) = one.there {
            let text = text(one, at, content);
            let object = if one.is_ours { owned(&text) } else { objects(&text) };
            let manager = if one.is_ours { MANAGER } else { "helm" };
            scene.cluster.apply(manager, &object[0]);
            if !EDITORS[one.edited_by].is_empty() {
                scene.cluster.update(EDITORS[one.edited_by], "", &edit(one, at));
            }
        }
        if one.is_known {
            scene.inventory.insert(id.clone(), "v1".into());
        }
        if one.is_hidden {
            hidden.push(id);
        }
    }
    hidden.iter().for_each(|id| scene.cluster.hide(id));
    scene
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn only_what_is_known_ours_and_unwanted_is_deleted(all in prop::collection::vec(one(), 0..8)) {
        let Scene { desired, inventory, cluster } = scene(&all);
        let set = plan_with(&cluster, &desired, &inventory, false);
        for change in set.prune.iter().filter(|change| change.action == Action::Delete) {
            prop_assert!(!set.inventory.contains(&change.id));
            prop_assert!(!desired.iter().any(|object| cluster.kinds.object_id(object) == change.id));
            prop_assert!(inventory.contains(&change.id));
            prop_assert_eq!(change.object.label(OWNER_NAME), Some(OWNER.name));
            prop_assert_eq!(change.object.label(OWNER_NAMESPACE), Some(OWNER.namespace));
            prop_assert!(change.uid.is_some());
        }
        for stage in &set.stages {
            prop_assert!(stage.changes.iter().all(|change| change.action != Action::Delete));
        }
    }

    #[test]
    fn the_journal_has_all_that_can_be_left_behind(all in prop::collection::vec(one(), 0..8)) {
        let Scene { desired, inventory, cluster } = scene(&all);
        let set = plan_with(&cluster, &desired, &inventory, false);
        let journal = set.journal.clone().unwrap_or_else(|| inventory.clone());
        for (id, version) in set.inventory.iter() {
            prop_assert_eq!(journal.version(id), Some(version));
        }
        for change in set.writes() {
            prop_assert!(journal.contains(&change.id), "{}", change.id);
        }
        for (id, _) in inventory.iter() {
            prop_assert!(journal.contains(id));
        }
    }

    #[test]
    fn what_is_carried_out_leaves_nothing_to_do(all in prop::collection::vec(one(), 0..8)) {
        let Scene { desired, inventory, mut cluster } = scene(&all);
        cluster.show_all();
        let set = plan_with(&cluster, &desired, &inventory, false);
        prop_assert!(set.unseen.is_empty());
        cluster.carry_out(&set);
        // An object that had no managedFields gets an entry `before-first-apply`, which is taken over
        // the next time, as Flux does.
        let second = plan_with(&cluster, &desired, &set.inventory, false);
        prop_assert!(second.writes().all(|change| change.cleanup.is_some()), "{}", told(&second));
        cluster.carry_out(&second);
        let again = plan_with(&cluster, &desired, &set.inventory, false);
        prop_assert!(again.is_nothing(), "{}\nthen {}", told(&set), told(&again));
        prop_assert_eq!(&again.journal, &None);
        prop_assert_eq!(&again.inventory, &set.inventory);
        for object in &desired {
            prop_assert!(cluster.ids().contains(&cluster.kinds.object_id(object))
                || told(&set).contains("skip"));
        }
    }

    #[test]
    fn a_plan_is_the_same_twice_and_for_each_object_alone(all in prop::collection::vec(one(), 0..8)) {
        let Scene { mut desired, inventory, mut cluster } = scene(&all);
        cluster.show_all();
        let set = plan_with(&cluster, &desired, &inventory, false);
        desired.reverse();
        prop_assert_eq!(&plan_with(&cluster, &desired, &inventory, false), &set);
        let rules = Rules { kinds: &cluster.kinds, types: &cluster.types, force: false };
        for object in &desired {
            let id = cluster.kinds.object_id(object);
            let live = match cluster.live(&id) {
                Live::Present(object) => Some(object),
                _ => None,
            };
            let alone = drift(&rules, object, live.as_ref());
            let planned = set.writes().find(|change| change.id == id);
            prop_assert_eq!(alone.as_ref(), planned);
        }
    }
}
