//! Properties of builds of random kustomizations over a fixed set of resources: what was built before
//! does not show, what is not read yet is asked for, and nothing panics.

use manifest::Lookup;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;

/// Fields of which every kustomization gets some. Many do not fit together, or not into their place.
const FIELDS: &[&str] = &[
    "namePrefix: p-",
    "nameSuffix: -s",
    "namespace: blue",
    "commonLabels: {team: red}",
    "labels: [{pairs: {tier: web}, includeSelectors: true}]",
    "commonAnnotations: {note: text}",
    "images: [{name: nginx, newTag: v2}]",
    "replicas: [{name: web, count: 3}]",
    "configMapGenerator: [{name: settings, behavior: merge, literals: [b=2]}]",
    "secretGenerator: [{name: key, literals: [k=v]}]",
    "generatorOptions: {disableNameSuffixHash: true}",
    "patches: [{path: p.yaml}]",
    "patches: [{target: {kind: Deployment}, patch: '[{\"op\": \"remove\", \"path\": \"/spec/replicas\"}]'}]",
    "patches: [{target: {kind: Gadget}, path: gadget.yaml}]",
    "patchesStrategicMerge: [gadget.yaml]",
    "openapi: {path: schema.json}",
    "openapi: {version: v1.21.2}",
    "configurations: [config.yaml]",
    "crds: [lost.json]",
    "components: [../part]",
    "transformers: [t.yaml]",
    "validators: [t.yaml]",
    "vars: [{name: V, objref: {apiVersion: v1, kind: ConfigMap, name: settings}}]",
    "buildMetadata: [originAnnotations, transformerAnnotations]",
    "sortOptions: {order: fifo}",
    "unknown: field",
];

/// Files that stand in every directory.
const FILES: &str = r#"
    //- own.yaml
    {apiVersion: v1, kind: Service, metadata: {name: own}}
    //- p.yaml
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec: {template: {spec: {containers: [{name: new, image: nginx}]}}}
    //- gadget.yaml
    apiVersion: example.com/v1
    kind: Gadget
    metadata: {name: g}
    spec: {parts: [{name: b, size: 2}]}
    //- schema.json
    {"definitions": {"com.example.v1.Gadget": {"type": "object",
      "x-kubernetes-group-version-kind": [{"group": "example.com", "version": "v1", "kind": "Gadget"}],
      "properties": {"spec": {"type": "object", "properties": {"parts": {
        "type": "array", "items": {"type": "object"},
        "x-kubernetes-patch-merge-key": "name", "x-kubernetes-patch-strategy": "merge"}}}}}}}
    //- config.yaml
    images: [{kind: Gadget, path: spec/image}]
    //- t.yaml
    apiVersion: builtin
    kind: LabelTransformer
    metadata: {name: t}
    labels: {by: plugin}
    fieldSpecs: [{path: metadata/labels, create: true}]
    "#;

/// What is at the bottom.
const BASE: &str = r#"
    //- base/web.yaml
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec:
      replicas: 1
      template: {spec: {containers: [{name: web, image: nginx, envFrom: [{configMapRef: {name: settings}}]}]}}
    ---
    apiVersion: example.com/v1
    kind: Gadget
    metadata: {name: g}
    spec: {parts: [{name: a, size: 1}], image: nginx}
    //- base/other.yaml
    {apiVersion: v1, kind: Service, metadata: {name: other}}
    //- base/a-link.yaml -> web.yaml
    //- linked -> base
    "#;

const DIRECTORIES: [&str; 6] = ["base", "mid", "part", "one", "two", "three"];
const OVERLAYS: [&str; 3] = ["one", "two", "three"];

/// What overlays include; the first three do no harm.
const INCLUDES: &[&str] = &[
    "../base",
    "../mid",
    "../linked",
    "../one",
    "../part",
    "../lost",
    "own.yaml",
    "lost.yaml",
    "..",
    "https://example.com/x.yaml",
];

/// `head` and some of the fields, each once.
fn kustomization(head: String) -> impl Strategy<Value = String> {
    subsequence(FIELDS, 0..5).prop_map(move |fields| {
        let mut text = format!("{head}\n");
        let mut names: Vec<&str> = Vec::new();
        for field in fields {
            let name = field.split(':').next().unwrap_or_default();
            if !names.contains(&name) {
                names.push(name);
                text.push_str(&format!("{field}\n"));
            }
        }
        text
    })
}

fn overlay() -> impl Strategy<Value = String> {
    let likely = subsequence(&INCLUDES[..3], 1..2);
    let any = subsequence(INCLUDES, 1..3);
    prop_oneof![3 => likely, 1 => any]
        .prop_flat_map(|includes| kustomization(format!("resources: [{}]", includes.join(", "))))
}

/// A repository.
fn repository() -> impl Strategy<Value = FileTree> {
    let generator = "configMapGenerator: [{name: settings, literals: [a=1]}]";
    let base = select(vec!["web.yaml", "a-link.yaml", "other.yaml"]);
    let base = base.prop_map(move |file| format!("resources: [{file}]\n{generator}\n"));
    let mid = kustomization("resources: [../base]".to_owned());
    let part = kustomization("kind: Component".to_owned());
    (base, mid, part, overlay(), overlay(), overlay()).prop_map(|(base, mid, part, a, b, c)| {
        let mut tree = complete(BASE);
        let texts = [base, mid, part, a, b, c];
        for (directory, text) in DIRECTORIES.iter().zip(&texts) {
            let path = format!("{directory}/kustomization.yaml");
            tree.insert(&path, Entry::File(Content::from(text.as_str())));
            for (name, content) in fixture(FILES) {
                let file = Entry::File(Content::from(content.as_str()));
                tree.insert(&format!("{directory}/{name}"), file);
            }
        }
        tree
    })
}

/// All that a build comes to.
fn outcome(tree: &FileTree, directory: &str, memory: &Memory) -> String {
    let build = build(tree, directory, &Options::default(), memory);
    format!("{}{:?}\n{:?}", printed(&build), build.needs, build.reads)
}

/// The same, but for suggestions: they depend on which names somebody has seen.
fn outcome_without_help(build: &Build) -> String {
    let lines = printed(build);
    let lines: Vec<&str> = lines.lines().filter(|line| !line.starts_with("  help: ")).collect();
    format!("{}\n{:?}\n{:?}", lines.join("\n"), build.needs, build.reads)
}

/// Copies what stands at `path`, and whatever leads there, as somebody does who reads a disk.
fn copy(from: &FileTree, to: &mut FileTree, path: &str) {
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    for part in ends.map(|end| &path[..end]) {
        match from.lookup(part) {
            Lookup::Found(entry) => to.insert(part, entry.clone()),
            _ => to.insert_absent(part),
        }
        if !matches!(from.lookup(part), Lookup::Found(Entry::Directory)) {
            if part != path {
                to.insert_absent(path);
            }
            return;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn what_was_built_before_does_not_show(
        tree in repository(),
        order in Just(OVERLAYS.to_vec()).prop_shuffle(),
    ) {
        let memory = Memory::new();
        for directory in order.iter().chain(&order) {
            let fresh = outcome(&tree, directory, &Memory::new());
            prop_assert_eq!(outcome(&tree, directory, &memory), fresh);
        }
    }

    #[test]
    fn another_revision_is_built_anew(
        before in repository(),
        after in repository(),
        directory in select(OVERLAYS.to_vec()),
    ) {
        let memory = Memory::new();
        for tree in [&before, &after, &before] {
            let fresh = outcome(tree, directory, &Memory::new());
            prop_assert_eq!(outcome(tree, directory, &memory), fresh);
        }
    }

    #[test]
    fn a_tree_that_is_read_step_by_step_builds_the_same(
        tree in repository(),
        directory in select(OVERLAYS.to_vec()),
    ) {
        let whole = build(&tree, directory, &Options::default(), &Memory::new());
        let (mut seen, memory) = (FileTree::default(), Memory::new());
        for pass in 0.. {
            let partial = build(&seen, directory, &Options::default(), &memory);
            let mut more = false;
            for need in &partial.needs {
                if let Need::Path(path) = need {
                    prop_assert_eq!(seen.lookup(path), Lookup::Unread, "asked twice for {}", path);
                    copy(&tree, &mut seen, path);
                    more = true;
                }
            }
            if !more {
                prop_assert_eq!(outcome_without_help(&partial), outcome_without_help(&whole));
                break;
            }
            prop_assert!(partial.nodes.is_none(), "nodes from an incomplete tree");
            prop_assert!(pass < 30, "pass {} still needs {:?}", pass, partial.needs);
        }
    }
}

/// A link in a base that leads elsewhere in another revision.
#[test]
fn a_changed_link_is_another_base() {
    let files = |target: &str| {
        complete(&format!(
            "
            //- top/kustomization.yaml
            resources: [../base]
            //- base/kustomization.yaml
            resources: [x.yaml]
            //- base/x.yaml -> {target}
            //- base/a.yaml
            {{apiVersion: v1, kind: Service, metadata: {{name: a}}}}
            //- base/b.yaml
            {{apiVersion: v1, kind: Service, metadata: {{name: b}}}}
            "
        ))
    };
    let memory = Memory::new();
    for name in ["a", "b"] {
        let built = build(&files(&format!("{name}.yaml")), "top", &Options::default(), &memory);
        assert!(printed(&built).contains(&format!("name: {name}\n")), "{}", printed(&built));
    }
}

/// A base that goes in circles only for some of those who include it.
#[test]
fn a_kept_base_still_closes_circles() {
    let tree = complete(
        r#"
        //- x/kustomization.yaml
        resources: []
        //- x/overlay/kustomization.yaml
        resources: [../../y]
        //- y/kustomization.yaml
        resources: [../x]
        //- z/kustomization.yaml
        resources: [../y]
        "#,
    );
    let memory = Memory::new();
    for directory in ["z", "x/overlay"] {
        let fresh = outcome(&tree, directory, &Memory::new());
        assert_eq!(outcome(&tree, directory, &memory), fresh, "{directory}");
    }
}

/// A base that brings a schema, below one that has chosen another.
#[test]
fn a_kept_base_belongs_to_the_schema_above_it() {
    let tree = complete(
        r#"
        //- chosen/kustomization.yaml
        resources: [../base]
        openapi: {version: v1.21.2}
        //- free/kustomization.yaml
        resources: [../base]
        //- base/kustomization.yaml
        resources: [g.yaml]
        openapi: {path: schema.json}
        patches:
        - patch: |
            apiVersion: example.com/v1
            kind: Gadget
            metadata: {name: g}
            spec: {parts: [{name: b}]}
        //- base/g.yaml
        apiVersion: example.com/v1
        kind: Gadget
        metadata: {name: g}
        spec: {parts: [{name: a}]}
        //- base/schema.json
        {"definitions": {"com.example.v1.Gadget": {"type": "object",
          "x-kubernetes-group-version-kind": [{"group": "example.com", "version": "v1", "kind": "Gadget"}],
          "properties": {"spec": {"type": "object", "properties": {"parts": {
            "type": "array", "items": {"type": "object"},
            "x-kubernetes-patch-merge-key": "name", "x-kubernetes-patch-strategy": "merge"}}}}}}}
        "#,
    );
    let memory = Memory::new();
    let names = |directory| outcome(&tree, directory, &memory).matches("- name: ").count();
    assert_eq!((names("chosen"), names("free"), names("chosen")), (1, 2, 1));
}
