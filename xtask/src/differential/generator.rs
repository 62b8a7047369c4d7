//! Made-up kustomizations: up to three layers, components, every field.

use super::objects::{NAMES, NAMESPACES, Object, SCALARS, head, object};
use super::repository::{Repository, TOP};
use crate::generate::chance::Chance;

const KINDS: &[&str] =
    &["Deployment", "StatefulSet", "Service", "ConfigMap", "Secret", "Widget", "Deployment"];

/// What has been made so far.
struct World {
    chance: Chance,
    repository: Repository,
    objects: Vec<Object>,
}

/// The repository of a seed.
pub(super) fn repository(seed: u64) -> Repository {
    let mut world =
        World { chance: Chance::new(seed), repository: Repository::default(), objects: Vec::new() };
    world.layer("base", &[]);
    let mut bases = vec!["../base"];
    if world.chance.below(2) == 0 {
        world.layer("mid", &bases);
        bases = vec!["../mid"];
    }
    if world.chance.below(4) == 0 {
        world.layer("other", &[]);
        bases.push("../other");
    }
    world.layer(TOP, &bases);
    world.repository
}

impl World {
    fn layer(&mut self, directory: &str, bases: &[&str]) {
        let file = format!("{directory}/kustomization.yaml");
        let mut resources: Vec<String> = bases.iter().map(|base| (*base).to_owned()).collect();
        let wanted = if bases.is_empty() { 2 + self.chance.below(4) } else { self.chance.below(3) };
        let mut has_objects = false;
        for _ in 0..wanted {
            let object = object(&mut self.chance);
            let is_same =
                |there: &Object| (&there.kind, &there.name) == (&object.kind, &object.name);
            // Few of the same name: a build that is refused shows little.
            if self.objects.iter().any(is_same) && self.chance.below(20) > 0 {
                continue;
            }
            has_objects = true;
            self.repository.add(format!("{directory}/all.yaml"), object.text.clone());
            self.objects.push(object);
        }
        if has_objects {
            resources.push("all.yaml".to_owned());
        }
        self.repository.add(&file, format!("resources: [{}]\n", resources.join(", ")));
        if self.chance.below(5) == 0 {
            let component = format!("{directory}-part");
            let own = format!("{component}/kustomization.yaml");
            let head = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n";
            self.repository.add(&own, head);
            let count = 1 + self.chance.below(2);
            self.fields(&own, &component, count);
            self.repository.add(&file, format!("components: [../{component}]\n"));
        }
        let count = self.chance.below(4);
        self.fields(&file, directory, count);
        if directory == TOP {
            match self.chance.below(6) {
                0 => self.repository.add(&file, "sortOptions: {order: fifo}\n"),
                1 => self
                    .repository
                    .add(&file, "buildMetadata: [originAnnotations, managedByLabel]\n"),
                2 => self.repository.add(&file, "buildMetadata: [transformerAnnotations]\n"),
                _ => {}
            }
        }
    }

    /// Adds that many fields, none twice.
    fn fields(&mut self, file: &str, directory: &str, count: u64) {
        let mut used: Vec<u64> = Vec::new();
        for _ in 0..count {
            let which = self.chance.below(20);
            // Both patches are one field.
            if used.contains(&which)
                || (matches!(which, 8 | 9) && used.iter().any(|u| matches!(u, 8 | 9)))
            {
                continue;
            }
            used.push(which);
            let text = self.field(directory, which);
            self.repository.add(file, text);
        }
    }

    /// Kind, name and namespace of an object that is there, mostly.
    fn target(&mut self, kinds: &[&str]) -> (String, String, String) {
        let fits = |object: &&Object| kinds.is_empty() || kinds.contains(&&*object.kind);
        let there: Vec<&Object> = self.objects.iter().filter(fits).collect();
        let at = self.chance.below(there.len() as u64 + u64::from(there.is_empty()));
        match usize::try_from(at).ok().and_then(|at| there.get(at)) {
            Some(object) if self.chance.below(12) > 0 => {
                (object.kind.clone(), object.name.clone(), object.namespace.clone())
            }
            _ => {
                let kind = self.chance.one_of(if kinds.is_empty() { KINDS } else { kinds });
                (kind.to_owned(), self.chance.one_of(NAMES).to_owned(), String::new())
            }
        }
    }

    fn field(&mut self, directory: &str, which: u64) -> String {
        let (kind, name, namespace) = self.target(&[]);
        let chance = &mut self.chance;
        match which {
            0 => format!("namePrefix: {}-\n", chance.one_of(&["a", "b"])),
            1 => format!("nameSuffix: -{}\n", chance.one_of(&["x", "y"])),
            2 => format!("namespace: {}\n", chance.one_of(&["one", "three", "default"])),
            3 => {
                let with = chance.one_of(&[
                    "",
                    ", includeSelectors: true",
                    ", includeTemplates: true",
                    ", fields: [{path: spec/list[]/labels, create: true}]",
                ]);
                format!(
                    "labels: [{{pairs: {{app: {}, \"team\": \"t\"}}{with}}}]\n",
                    chance.one_of(&["new", "web", "\"1\""])
                )
            }
            4 => format!(
                "commonLabels: {{app: {}, x.test/y: z}}\n",
                chance.one_of(&["common", "\"true\"", "\"\""])
            ),
            5 => {
                format!(
                    "commonAnnotations: {{note: {}}}\n",
                    chance.one_of(&["nn", "\"1\"", "\"a: b\""])
                )
            }
            6 => images(chance),
            7 => {
                let count = self.chance.below(5);
                let (_, name, _) = self.target(&["Deployment", "StatefulSet"]);
                format!("replicas: [{{name: {name}, count: {count}}}]\n")
            }
            8 => format!("patches:\n{}{}", self.patch(directory), self.patch(directory)),
            9 => format!("patches:\n{}", self.patch(directory)),
            10 => {
                let text = strategic(chance, &kind, &name, &namespace);
                format!("patchesStrategicMerge:\n- |-\n{}", nested(&text, 2))
            }
            11 => format!(
                "patchesJson6902:\n- target: {{version: v1, {}kind: {kind}, name: {name}}}\n  patch: |-\n{}",
                chance.one_of(&["", "group: apps, "]),
                nested(&json_patch(chance, &kind), 4)
            ),
            12 | 13 => self.generator("configMapGenerator"),
            14 => self.generator("secretGenerator"),
            15 => format!(
                "generatorOptions: {{{}}}\n",
                chance.one_of(&[
                    "disableNameSuffixHash: true",
                    "labels: {gen: g}",
                    "immutable: true, annotations: {a: b}"
                ])
            ),
            16 | 17 => self.replacement(),
            18 => format!(
                "vars:\n- name: VAR\n  objref: {{kind: {kind}, name: {name}, apiVersion: {}}}\n{}",
                chance.one_of(&["v1", "apps/v1"]),
                chance.one_of(&["", "  fieldref: {fieldpath: metadata.namespace}\n"])
            ),
            _ => transformer(chance),
        }
    }

    fn patch(&mut self, directory: &str) -> String {
        let (kind, name, namespace) = self.target(&[]);
        let chance = &mut self.chance;
        let target = match chance.below(4) {
            0 => format!("  target: {{kind: {kind}}}\n"),
            1 => format!("  target: {{kind: {kind}, name: {name}}}\n"),
            2 => format!(
                "  target: {{{}}}\n",
                chance.one_of(&[
                    "labelSelector: app=web",
                    "name: \"a.*|w.*\"",
                    "annotationSelector: note",
                    "namespace: one",
                    "group: apps"
                ])
            ),
            _ => String::new(),
        };
        let is_json = !target.is_empty() && chance.below(2) == 0;
        let text = if is_json {
            json_patch(chance, &kind)
        } else {
            strategic(chance, &kind, &name, &namespace)
        };
        let options = chance.one_of(&[
            "",
            "",
            "",
            "  options: {allowNameChange: true}\n",
            "  options: {allowKindChange: true}\n",
        ]);
        if chance.below(3) == 0 {
            let file = format!("patch-{}.yaml", chance.below(1_000_000));
            self.repository.add(format!("{directory}/{file}"), text);
            return format!("- path: {file}\n{target}{options}");
        }
        format!("- patch: |-\n{}{target}{options}", nested(&text, 4))
    }

    fn generator(&mut self, field: &str) -> String {
        let kind = if field == "secretGenerator" { "Secret" } else { "ConfigMap" };
        let (_, there, _) = self.target(&[kind]);
        let merges = self.chance.below(4) == 0;
        let chance = &mut self.chance;
        let name = if merges { there } else { format!("gen-{}", chance.one_of(NAMES)) };
        let mut text = format!("{field}:\n- name: {name}\n");
        let literal = chance.one_of(&[
            "k0=v",
            "a=b=c",
            "k1='quoted'",
            "x=",
            "y=multi word",
            "z=\"1\"",
            "n=é",
        ]);
        text += &format!("  literals: [{literal:?}, \"b=2\"]\n");
        if merges {
            text += chance.one_of(&["  behavior: merge\n", "  behavior: replace\n"]);
        }
        let namespace = chance.one_of(NAMESPACES);
        if !namespace.is_empty() && !merges {
            text += &format!("  namespace: {namespace}\n");
        }
        text += match chance.below(5) {
            0 => "  options: {disableNameSuffixHash: true}\n",
            1 => "  options: {labels: {own: l}, immutable: true}\n",
            2 if field == "secretGenerator" => "  type: example.test/x\n",
            _ => "",
        };
        text
    }

    fn replacement(&mut self) -> String {
        let (kind, name, _) = self.target(KINDS);
        let (other, target, _) = self.target(&[]);
        let field = field_of(&mut self.chance, &kind);
        let path = field_of(&mut self.chance, &other);
        let chance = &mut self.chance;
        let source = match chance.below(4) {
            0 => format!("sourceValue: {}", chance.one_of(&["text", "\"1\"", "\"a:b:c\""])),
            _ => format!(
                "source: {{kind: {}, name: {}, fieldPath: {}{}}}",
                kind,
                name,
                field,
                chance.one_of(&[
                    "",
                    "",
                    ", options: {delimiter: \":\", index: 1}",
                    ", options: {delimiter: \"e\"}"
                ])
            ),
        };
        let select = match chance.below(3) {
            0 => format!("{{kind: {other}, name: {target}}}"),
            1 => format!("{{kind: {other}}}"),
            _ => {
                chance.one_of(&["{name: \"w.*\"}", "{namespace: one}", "{group: apps}"]).to_owned()
            }
        };
        let options = chance.one_of(&[
            "",
            ", options: {create: true}",
            ", options: {create: true}",
            ", options: {delimiter: \":\", index: 1}",
            ", options: {delimiter: /, index: -1}",
        ]);
        format!(
            "replacements:\n- {source}\n  targets:\n  - {{select: {select}, fieldPaths: [{path}]{options}}}\n"
        )
    }
}

fn nested(text: &str, indent: usize) -> String {
    text.lines().map(|line| format!("{}{line}\n", " ".repeat(indent))).collect()
}

fn images(chance: &mut Chance) -> String {
    let name = chance.one_of(&["nginx", "app", "reg.test:5000/app", "busybox"]);
    let change = chance.one_of(&[
        "newTag: \"2\"",
        "newName: other.test/x",
        "newName: yy, newTag: v3",
        "digest: sha256:abc",
        "tagSuffix: -s",
        "newTag: v1, digest: sha256:abc",
    ]);
    format!("images: [{{name: {name}, {change}}}]\n")
}

fn strategic(chance: &mut Chance, kind: &str, name: &str, namespace: &str) -> String {
    let api_version = match kind {
        "Deployment" | "StatefulSet" | "DaemonSet" => "apps/v1",
        "Widget" => "example.test/v1",
        "RoleBinding" | "ClusterRoleBinding" => "rbac.authorization.k8s.io/v1",
        "CronJob" => "batch/v1",
        "Ingress" | "NetworkPolicy" => "networking.k8s.io/v1",
        "HorizontalPodAutoscaler" => "autoscaling/v2",
        _ => "v1",
    };
    let mut text = head(api_version, kind, name, namespace, chance);
    text += &match (kind, chance.below(8)) {
        (_, 0) => "$patch: delete\n".to_owned(),
        ("Deployment" | "StatefulSet" | "DaemonSet", which) => {
            let inner = match which {
                1 => "- name: c0\n  image: patched:1\n- name: extra\n  image: e".to_owned(),
                2 => format!("- name: c0\n  env:\n  - name: A\n    value: {}\n  - name: C\n    value: c", chance.one_of(SCALARS)),
                3 => "- name: c0\n  $patch: delete".to_owned(),
                4 => "- name: c0\n  ports:\n  - containerPort: 80\n    name: http\n  - containerPort: 70".to_owned(),
                5 => "- name: c0\n  args: null\n  env:\n  - name: A\n    $patch: delete".to_owned(),
                _ => "- $patch: replace\n- name: only\n  image: o".to_owned(),
            };
            format!(
                "spec:\n  replicas: {}\n  template:\n    spec:\n      containers:\n{}",
                chance.one_of(&["5", "null", "1"]),
                nested(&inner, 6)
            )
        }
        ("ConfigMap" | "Secret", which) => {
            let key = chance.one_of(&["k0", "k1", "new"]);
            match which {
                1..=3 => format!("data:\n  {key}: {}\n", chance.one_of(SCALARS)),
                4 => format!("data:\n  {key}: null\n"),
                5 => "data: null\n".to_owned(),
                _ => format!("data:\n  $patch: replace\n  {key}: x\n"),
            }
        }
        ("Widget", _) => format!(
            "spec:\n  list:\n  - name: a\n    other: {}\n  size: {}\n",
            chance.one_of(SCALARS),
            chance.one_of(SCALARS)
        ),
        _ => "spec:\n  ports:\n  - port: 80\n    name: web\n  - port: 443\n".to_owned(),
    };
    text
}

fn json_patch(chance: &mut Chance, kind: &str) -> String {
    let mut text = String::new();
    for _ in 0..1 + chance.below(2) {
        let of_kind: &[&str] = match kind {
            "Deployment" | "StatefulSet" | "DaemonSet" => &[
                "/spec/replicas",
                "/spec/template/spec/containers/0/image",
                "/spec/template/metadata",
            ],
            "ConfigMap" | "Secret" => &["/data/k0", "/data"],
            "Widget" => &["/spec/list/-", "/spec/list/0", "/spec/size"],
            "Service" => &["/spec/ports/0/port", "/spec/ports/-"],
            _ => &["/spec"],
        };
        let anywhere: &[&str] = &[
            "/metadata/labels/app",
            "/metadata/annotations",
            "/metadata/name",
            "/metadata/labels",
        ];
        let is_anywhere = chance.below(2) == 0;
        let path = chance.one_of(if is_anywhere { anywhere } else { of_kind });
        let value = match path {
            "/metadata/annotations" | "/metadata/labels" => "{x: \"1\"}",
            _ => chance.one_of(&["1", "text", "\"2\"", "null", "true"]),
        };
        text += &match chance.below(5) {
            0 if chance.below(3) == 0 => format!("- op: remove\n  path: {path}\n"),
            0..=2 => format!("- op: add\n  path: {path}\n  value: {value}\n"),
            3 => format!("- op: replace\n  path: {path}\n  value: {value}\n"),
            _ => format!(
                "- {{op: {}, from: /metadata/name, path: {path}}}\n",
                chance.one_of(&["copy", "test"])
            ),
        };
    }
    text
}

fn transformer(chance: &mut Chance) -> String {
    let text = match chance.below(4) {
        0 => "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: t}\nprefix: t-\nfieldSpecs: [{path: metadata/name}]".to_owned(),
        1 => "apiVersion: builtin\nkind: LabelTransformer\nmetadata: {name: t}\nlabels: {tl: v}\nfieldSpecs: [{path: metadata/labels, create: true}]".to_owned(),
        2 => "apiVersion: builtin\nkind: AnnotationsTransformer\nmetadata: {name: t}\nannotations: {ta: \"1\"}\nfieldSpecs: [{path: metadata/annotations, create: true}]".to_owned(),
        _ => format!("apiVersion: builtin\nkind: NamespaceTransformer\nmetadata: {{name: t, namespace: tn}}\nunsetOnly: {}", chance.one_of(&["true", "false"])),
    };
    format!("transformers:\n- |-\n{}", nested(&text, 2))
}

/// A path to a field that objects of a kind have.
fn field_of(chance: &mut Chance, kind: &str) -> &'static str {
    let of_kind: &[&str] = match kind {
        "Deployment" | "StatefulSet" | "DaemonSet" => &[
            "spec.replicas",
            "spec.template.spec.containers.0.image",
            "spec.template.spec.containers.*.image",
            "\"spec.template.spec.containers.[name=c0].env.[name=A].value\"",
            "spec.template.metadata.labels.app",
        ],
        "ConfigMap" | "Secret" => &["data.k0", "data.k0.a.b", "data.k1.c.0", "data.new"],
        "Widget" => {
            &["spec.size", "spec.list.*.value", "spec.list.0", "\"spec.list.[name=a].value\""]
        }
        "Service" => &["spec.ports.0.port", "spec.selector.app"],
        _ => &["metadata.name"],
    };
    let anywhere: &[&str] = &[
        "metadata.name",
        "metadata.labels.app",
        "metadata.annotations.note",
        "\"metadata.annotations.[x.test/y]\"",
        "metadata",
    ];
    let is_anywhere = chance.below(3) == 0;
    chance.one_of(if is_anywhere { anywhere } else { of_kind })
}
