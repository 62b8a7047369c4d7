//! An app: a workload and the objects around it, in a folder of its own.

use super::chance::Chance;
use super::folder::Folder;
use super::template::{Values, fill, template};

const SUBJECTS: &[&str] = &[
    "cart", "catalog", "checkout", "invoice", "ledger", "mail", "order", "price", "stock", "user",
];
const TEAMS: &[&str] = &["accounts", "discovery", "fulfilment", "payments", "platform"];

/// The images that the apps run, of which an overlay sets the tags.
pub(super) const IMAGES: &[&str] =
    &["shop/api-runtime", "shop/batch-runtime", "shop/web-runtime", "nginx", "redis"];

/// The objects of each sort of app, by their templates, the workload first. `settings` is a ConfigMap:
/// a file, or made by a generator.
const SORTS: &[(&str, &[&str])] = &[
    ("web", WEB),
    ("worker", WORKER),
    ("web", WEB),
    ("store", STORE),
    ("worker", WORKER),
    ("web", WEB),
    ("job", JOB),
];
const WEB: &[&str] = &[
    "deployment",
    "service",
    "service-account",
    "settings",
    "autoscaler",
    "disruption-budget",
    "ingress",
    "network-policy",
];
const WORKER: &[&str] = &[
    "deployment",
    "service-account",
    "settings",
    "disruption-budget",
    "role",
    "role-binding",
    "network-policy",
];
const STORE: &[&str] = &[
    "statefulset",
    "service",
    "service-account",
    "settings",
    "disruption-budget",
    "network-policy",
];
const JOB: &[&str] = &["cronjob", "service-account", "settings"];

pub(super) struct App {
    number: usize,
    pub(super) name: String,
    component: &'static str,
    /// The templates of its objects.
    objects: &'static [&'static str],
    values: Values,
}

impl App {
    pub(super) fn new(number: usize, chance: &mut Chance) -> App {
        let (component, objects) = SORTS[number % SORTS.len()];
        let name = format!("{}-{component}-{number}", chance.one_of(SUBJECTS));
        let mut values = Values::new();
        values.insert("name", name.clone());
        values.insert("component", component.to_owned());
        values.insert("team", chance.one_of(TEAMS).to_owned());
        values.insert("image", chance.one_of(IMAGES).to_owned());
        values.insert("version", format!("{}.{}", 1 + chance.below(4), chance.below(30)));
        let mut set = |name, number: u64| values.insert(name, number.to_string());
        set("replicas", 2 + chance.below(4));
        set("cpu", 50 * (1 + chance.below(10)));
        set("memory", 64 << chance.below(5));
        set("delay", 5 + chance.below(30));
        set("grace", 30 + 10 * chance.below(4));
        set("storage", 10 * (1 + chance.below(20)));
        let sidecar = if number.is_multiple_of(3) { template("sidecar") } else { "" };
        values.insert("sidecar", fill(sidecar, &values));
        values.insert("env", environment(chance));
        values.insert("pod", fill(template("pod"), &values));
        App { number, name, component, objects, values }
    }

    /// Keeps its first `count` objects.
    pub(super) fn truncate(&mut self, count: usize) {
        self.objects = self.objects.get(..count).unwrap_or(self.objects);
    }

    pub(super) fn object_count(&self) -> usize {
        self.objects.len()
    }

    /// Whether one of its objects is made from this template.
    pub(super) fn has(&self, object: &str) -> bool {
        self.objects.contains(&object)
    }

    /// Whether it is a Deployment that works in the background.
    pub(super) fn is_worker(&self) -> bool {
        self.component == "worker"
    }

    /// A template filled in with what the app is, and with what `more` says instead.
    pub(super) fn fill(&self, name: &str, more: &[(&'static str, String)]) -> String {
        let mut values = self.values.clone();
        values.extend(more.iter().cloned());
        fill(template(name), &values)
    }

    /// Adds its files and its kustomization to `directory`: a file for each object, or for one app in
    /// four all objects in one file.
    pub(super) fn add_to(&self, folder: &mut Folder, directory: &str) {
        let generates = self.has("settings") && !self.number.is_multiple_of(3);
        let mut files: Vec<(String, String)> = Vec::new();
        for object in self.objects {
            match *object {
                "settings" if generates => {}
                "settings" => files.push(("settings".to_owned(), self.fill("config-map", &[]))),
                object => files.push((object.to_owned(), self.fill(object, &[]))),
            }
        }
        if self.number.is_multiple_of(4) {
            let texts: Vec<String> = files.into_iter().map(|(_, text)| text).collect();
            files = vec![("all".to_owned(), texts.join("---\n"))];
        }
        let mut kustomization = String::from(
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n",
        );
        for (name, text) in files {
            kustomization.push_str(&format!("- {name}.yaml\n"));
            folder.add(format!("{directory}/{name}.yaml"), text);
        }
        if generates {
            let name = &self.name;
            kustomization.push_str(&format!(
                "configMapGenerator:\n- name: {name}-settings\n  literals:\n  - TIMEOUT=30s\n  \
                 files:\n  - {name}.properties\n"
            ));
            let text = format!("app={name}\npool.size=10\nretries=3\ntrace.sampling=0.05\n");
            folder.add(format!("{directory}/{name}.properties"), text);
        }
        folder.add(format!("{directory}/kustomization.yaml"), kustomization);
    }
}

/// A few environment variables, indented for a container.
fn environment(chance: &mut Chance) -> String {
    const NAMES: &[&str] =
        &["TENANT", "QUEUE_URL", "TRACE_SAMPLING", "MAX_BATCH", "GRACE_PERIOD", "LOCALE"];
    const VALUES: &[&str] =
        &["eu", "amqp://queue:5672/main", "\"0.05\"", "\"100\"", "15s", "de_DE"];
    let first = chance.below(4);
    let pairs = NAMES.iter().zip(VALUES).cycle().skip(usize::try_from(first).unwrap_or(0));
    let count = usize::try_from(2 + chance.below(4)).unwrap_or(2);
    let lines = pairs
        .take(count)
        .map(|(name, value)| format!("        - name: {name}\n          value: {value}\n"));
    lines.collect()
}
