//! A base of apps, and overlays over it that each differ in their own way.

use super::app::{App, IMAGES};
use super::chance::Chance;
use super::folder::Folder;
use super::template::template;

const HEAD: &str = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";

/// The objects that an overlay has besides those of its apps: the policy `default-deny` of the base,
/// and the ConfigMap `platform-settings`, which the overlay generates.
pub(super) const SHARED_OBJECTS: usize = 2;

/// The apps of a base.
pub(super) struct Apps(pub(super) Vec<App>);

impl Apps {
    /// So many apps.
    pub(super) fn count(count: usize) -> Apps {
        let mut chance = Chance::new(1);
        Apps((0..count).map(|number| App::new(number, &mut chance)).collect())
    }

    /// As many apps as have so many objects, the last one cut.
    pub(super) fn of_objects(objects: usize) -> Apps {
        let mut chance = Chance::new(1);
        let mut apps = Vec::new();
        let mut left = objects;
        while left > 0 {
            let mut app = App::new(apps.len(), &mut chance);
            app.truncate(left);
            left = left.saturating_sub(app.object_count());
            apps.push(app);
        }
        Apps(apps)
    }

    /// Adds `base/apps`.
    pub(super) fn add_base(&self, folder: &mut Folder) {
        let mut kustomization = format!("{HEAD}resources:\n- default-deny.yaml\n");
        folder.add("base/apps/default-deny.yaml", template("default-deny"));
        for app in &self.0 {
            kustomization.push_str(&format!("- {}\n", app.name));
            app.add_to(folder, &format!("base/apps/{}", app.name));
        }
        kustomization.push_str(
            "labels:\n- pairs:\n    app.kubernetes.io/part-of: shop\n  includeTemplates: true\n",
        );
        folder.add("base/apps/kustomization.yaml", kustomization);
    }

    /// Adds `overlays/NAME`; `number` says in which way it differs.
    pub(super) fn add_overlay(&self, folder: &mut Folder, name: &str, number: usize, prefix: &str) {
        let directory = format!("overlays/{name}");
        let mut chance = Chance::new(1000 + number as u64);
        let mut text = format!("{HEAD}namespace: production\n");
        if !prefix.is_empty() {
            text.push_str(&format!("namePrefix: {prefix}\n"));
        }
        text.push_str(&format!(
            "resources:\n- ../../base/apps\n\
             labels:\n- pairs:\n    fleet.example.com/cluster: {name}\n  includeTemplates: true\n\
             commonAnnotations:\n  example.com/contact: platform@example.com\n\
             configMapGenerator:\n- name: platform-settings\n  literals:\n  - CLUSTER={name}\n  \
             - LOG_LEVEL=info\n  - CACHE_TTL={}\n",
            60 * (1 + chance.below(10))
        ));
        text.push_str("images:\n");
        for image in IMAGES {
            text.push_str(&format!("- name: {image}\n  newTag: \"{}\"\n", 5 + chance.below(20)));
        }
        text.push_str(&self.replicas(&mut chance));
        text.push_str(&self.patches(folder, &directory, &mut chance));
        folder.add(format!("{directory}/kustomization.yaml"), text);
    }

    /// Numbers of replicas, for one app in six.
    fn replicas(&self, chance: &mut Chance) -> String {
        let scaled = |app: &&App| app.has("deployment") || app.has("statefulset");
        let mut items = String::new();
        for app in self.0.iter().step_by(6).filter(scaled) {
            items.push_str(&format!("- name: {}\n  count: {}\n", app.name, 3 + chance.below(9)));
        }
        field("replicas", &items)
    }

    /// One patch for all workers, a strategic merge for one app in five, and a JSON patch for the
    /// autoscaler of one app in seven.
    fn patches(&self, folder: &mut Folder, directory: &str, chance: &mut Chance) -> String {
        let mut items = String::new();
        if self.0.iter().any(App::is_worker) {
            items.push_str(WORKERS_PATCH);
        }
        for app in self.0.iter().skip(1).step_by(5) {
            let kind = match (app.has("deployment"), app.has("statefulset")) {
                (true, _) => "Deployment",
                (_, true) => "StatefulSet",
                _ => continue,
            };
            let values = [
                ("kind", kind.to_owned()),
                ("cpu", (100 * (1 + chance.below(10))).to_string()),
                ("memory", (128 << chance.below(5)).to_string()),
            ];
            let path = format!("patches/{}-resources.yaml", app.name);
            items.push_str(&format!("- path: {path}\n"));
            folder.add(format!("{directory}/{path}"), app.fill("patch-resources", &values));
        }
        for app in self.0.iter().step_by(7).filter(|app| app.has("autoscaler")) {
            let max = [("max", (20 + chance.below(30)).to_string())];
            let path = format!("patches/{}-autoscaler.yaml", app.name);
            items.push_str(&format!(
                "- path: {path}\n  target:\n    group: autoscaling\n    version: v2\n    \
                 kind: HorizontalPodAutoscaler\n    name: {}\n",
                app.name
            ));
            folder.add(format!("{directory}/{path}"), app.fill("patch-autoscaler", &max));
        }
        field("patches", &items)
    }
}

const WORKERS_PATCH: &str = "\
- target:
    kind: Deployment
    labelSelector: app.kubernetes.io/component=worker
  patch: |-
    - op: add
      path: /spec/template/spec/dnsPolicy
      value: Default
";

/// A field with a list, where there is something in it.
fn field(name: &str, items: &str) -> String {
    if items.is_empty() { String::new() } else { format!("{name}:\n{items}") }
}
