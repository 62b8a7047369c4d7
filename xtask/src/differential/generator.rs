//! Made-up kustomizations: up to three layers, components, every field. Most of what they say of objects
//! is said of objects that are there, so that most builds come to something.

use super::objects::{NAMES, NAMESPACES, Object, object};
use super::patches::strategic;
use super::repository::{Repository, TOP};
use crate::generate::chance::Chance;

const KINDS: &[&str] =
    &["Deployment", "StatefulSet", "Service", "ConfigMap", "Secret", "Widget", "Deployment"];

/// What has been made so far.
pub(super) struct World {
    pub(super) chance: Chance,
    pub(super) repository: Repository,
    pub(super) objects: Vec<Object>,
    /// How many files and vars have got a name.
    count: usize,
}

/// The repository of a seed.
pub(super) fn repository(seed: u64) -> Repository {
    let (repository, objects) = (Repository::default(), Vec::new());
    let mut world = World { chance: Chance::new(seed), repository, objects, count: 0 };
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
        self.configure(&file, directory);
        self.plug_in(&file, directory);
        let metadata = ["originAnnotations", "managedByLabel", "transformerAnnotations"];
        let chosen: Vec<&str> =
            metadata.into_iter().filter(|_| self.chance.below(12) == 0).collect();
        if !chosen.is_empty() {
            self.repository.add(&file, format!("buildMetadata: [{}]\n", chosen.join(", ")));
        }
        if directory == TOP {
            let sorted = match self.chance.below(6) {
                0 => "sortOptions: {order: fifo}\n",
                1 => "sortOptions: {order: legacy}\n",
                2 => {
                    "sortOptions:\n  order: legacy\n  legacySortOptions:\n    orderFirst: [Widget, Service]\n    orderLast: [ConfigMap]\n"
                }
                _ => return,
            };
            self.repository.add(&file, sorted);
        }
    }

    /// Adds that many fields, none twice.
    fn fields(&mut self, file: &str, directory: &str, count: u64) {
        let mut used: Vec<u64> = Vec::new();
        for _ in 0..count {
            let which = self.chance.below(19);
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

    /// The name of a new file.
    pub(super) fn file(&mut self, start: &str, end: &str) -> String {
        self.count += 1;
        format!("{start}-{}.{end}", self.count)
    }

    /// Kind, name, namespace and text of an object that is there, mostly.
    pub(super) fn target(&mut self, kinds: &[&str]) -> Object {
        let fits = |object: &&Object| kinds.is_empty() || kinds.contains(&&*object.kind);
        let there: Vec<&Object> = self.objects.iter().filter(fits).collect();
        let at = self.chance.below(there.len() as u64 + u64::from(there.is_empty()));
        match usize::try_from(at).ok().and_then(|at| there.get(at)) {
            Some(object) if self.chance.below(60) > 0 => (*object).clone(),
            _ => Object {
                kind: self.chance.one_of(if kinds.is_empty() { KINDS } else { kinds }).to_owned(),
                name: self.chance.one_of(NAMES).to_owned(),
                namespace: String::new(),
                text: String::new(),
            },
        }
    }

    /// Whether an object of one of these kinds is there.
    pub(super) fn has(&self, kinds: &[&str]) -> bool {
        self.objects.iter().any(|object| kinds.contains(&&*object.kind))
    }

    fn field(&mut self, directory: &str, which: u64) -> String {
        let Object { kind, name, namespace, .. } = self.target(&[]);
        let has_replicas = self.has(&["Deployment", "StatefulSet"]);
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
                    ", fields: [{path: \"spec/list[]/labels\", create: true}]",
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
            5 => format!(
                "commonAnnotations: {{note: {}, x.test/y: z}}\n",
                chance.one_of(&["nn", "\"1\"", "\"a: b\"", "\"\"", "\"true\""])
            ),
            6 => images(chance),
            7 if has_replicas => {
                let count = self.chance.below(5);
                let name = self.target(&["Deployment", "StatefulSet"]).name;
                format!("replicas: [{{name: {name}, count: {count}}}]\n")
            }
            7 => String::new(),
            8 => format!("patches:\n{}{}", self.patch(directory), self.patch(directory)),
            9 => format!("patches:\n{}", self.patch(directory)),
            10 => {
                let text = strategic(chance, &kind, &name, &namespace);
                format!("patchesStrategicMerge:\n- |-\n{}", nested(&text, 2))
            }
            11 => self.json_only(),
            12 | 13 => self.generator(directory, "configMapGenerator"),
            14 => self.generator(directory, "secretGenerator"),
            15 => format!(
                "generatorOptions: {{{}}}\n",
                chance.one_of(&[
                    "disableNameSuffixHash: true",
                    "labels: {gen: g}",
                    "immutable: true, annotations: {a: b}"
                ])
            ),
            16 | 17 => self.replacements(directory),
            _ => self.vars(),
        }
    }

    fn vars(&mut self) -> String {
        let Object { kind, name, namespace, .. } = self.target(&[]);
        let version = api_version(&kind);
        self.count += 1;
        let namespace = match namespace.as_str() {
            "" => String::new(),
            namespace => format!(", namespace: {namespace}"),
        };
        let name_of_var =
            if self.count > 3 { format!("VAR{}", self.count) } else { "VAR".to_owned() };
        format!(
            "vars:\n- name: {name_of_var}\n  objref: {{kind: {kind}, name: {name}, apiVersion: {version}{namespace}}}\n{}",
            self.chance.one_of(&["", "", "  fieldref: {fieldpath: kind}\n"])
        )
    }

    fn generator(&mut self, directory: &str, field: &str) -> String {
        let kind = if field == "secretGenerator" { "Secret" } else { "ConfigMap" };
        let target = self.target(&[kind]);
        let merges = self.chance.below(4) == 0 && self.has(&[kind]);
        self.count += 1;
        let name = format!("gen-{}-{}", self.chance.one_of(NAMES), self.count);
        let (name, namespace) = match merges {
            true => (target.name, target.namespace),
            false => (name, self.chance.one_of(NAMESPACES).to_owned()),
        };
        let chance = &mut self.chance;
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
        if chance.below(3) == 0 {
            let content = chance.one_of(&[
                "one\ntwo\n",
                "no end",
                "",
                "# note\n\n x: y\n",
                "é\t\n",
                "a\r\nb\r\n",
                " lead\n",
            ]);
            let file = self.file("data", "txt");
            let key = self.chance.one_of(&["", "key=", "other.txt="]);
            self.repository.add(format!("{directory}/{file}"), content);
            text += &format!("  files: [\"{key}{file}\"]\n");
        }
        if self.chance.below(5) == 0 {
            let content = self.chance.one_of(&[
                "A=1\nB=two words \n",
                "# note\n\n C = d\nE\n",
                "F='g'\nH=\"i\"\n",
                "J=k=l\n",
            ]);
            let file = self.file("values", "env");
            self.repository.add(format!("{directory}/{file}"), content);
            text += &format!("  envs: [{file}]\n");
        }
        let chance = &mut self.chance;
        if merges {
            text += chance.one_of(&["  behavior: merge\n", "  behavior: replace\n"]);
        }
        if !namespace.is_empty() {
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
}

pub(super) fn nested(text: &str, indent: usize) -> String {
    text.lines().map(|line| format!("{}{line}\n", " ".repeat(indent))).collect()
}

fn images(chance: &mut Chance) -> String {
    let name = chance.one_of(&["nginx", "app", "reg.test:5000/app", "busybox"]);
    let change = chance.one_of(&[
        "newTag: \"2\"",
        "newName: other.test/x",
        "newName: yy, newTag: v3",
        "digest: \"sha256:abc\"",
        "tagSuffix: -s",
        "newTag: v1, digest: \"sha256:abc\"",
        "newTag: \"\"",
        "newName: \"reg.test:5000/other\"",
    ]);
    format!("images: [{{name: \"{name}\", {change}}}]\n")
}

/// The version that objects of a kind have.
pub(super) fn api_version(kind: &str) -> &'static str {
    match kind {
        "Deployment" | "StatefulSet" | "DaemonSet" => "apps/v1",
        "Widget" => "example.test/v1",
        "RoleBinding" | "ClusterRoleBinding" => "rbac.authorization.k8s.io/v1",
        "CronJob" => "batch/v1",
        "Ingress" | "NetworkPolicy" => "networking.k8s.io/v1",
        "HorizontalPodAutoscaler" => "autoscaling/v2",
        _ => "v1",
    }
}
