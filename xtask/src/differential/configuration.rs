//! Made-up configurations, definitions of custom types, and schemas, for the Widgets.

use super::generator::World;
use super::paths::places;
use super::repository::TOP;

const OPENAPI: &str = r##"{"definitions": {
 "test.Widget": {"type": "object", "properties": {
   "spec": {"type": "object", "properties": {
     "list": {"type": "array", "items": {"type": "object"}, "x-kubernetes-patch-merge-key": "name", "x-kubernetes-patch-strategy": "merge"}}}},
  "x-kubernetes-group-version-kind": [{"group": "example.test", "version": "v1", "kind": "Widget"}]}}}
"##;

const CRDS: &str = r##"{
 "example.test/v1.Widget": {"Schema": {"properties": {
   "apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"},
   "spec": {"$ref": "example.test/v1.WidgetSpec"}}}, "Dependencies": ["example.test/v1.WidgetSpec"]},
 "example.test/v1.WidgetSpec": {"Schema": {"properties": {
   "ref": {"type": "object", "x-kubernetes-object-ref-api-version": "v1", "x-kubernetes-object-ref-kind": "Secret", "x-kubernetes-object-ref-name-key": "name"},
   "marks": {"type": "object", "x-kubernetes-label-selector": ""}}}}}
"##;

impl World {
    /// Adds some of `configurations`, `crds` and `openapi`.
    pub(super) fn configure(&mut self, file: &str, directory: &str) {
        if self.chance.below(8) == 0 {
            let name = self.file("config", "yaml");
            let text = self.configuration();
            self.repository.add(format!("{directory}/{name}"), text);
            self.repository.add(file, format!("configurations: [{name}]\n"));
        }
        if self.chance.below(12) == 0 {
            let name = self.file("crds", "json");
            self.repository.add(format!("{directory}/{name}"), CRDS);
            self.repository.add(file, format!("crds: [{name}]\n"));
        }
        // The first schema of a build counts; where a base has one and the top none, kustomize's own order shows.
        if directory == TOP && self.chance.below(10) == 0 {
            let name = self.file("schema", "json");
            self.repository.add(format!("{directory}/{name}"), OPENAPI);
            self.repository.add(file, format!("openapi: {{path: {name}}}\n"));
        } else if self.chance.below(40) == 0 {
            self.repository.add(file, "openapi: {version: v1.21.2}\n");
        }
    }

    fn configuration(&mut self) -> String {
        let mut text = String::new();
        let mut add = |world: &mut World, part: &str| {
            if world.chance.below(3) == 0 {
                text += part;
            }
        };
        add(
            self,
            "nameReference:\n- kind: ConfigMap\n  version: v1\n  fieldSpecs:\n  - {kind: Widget, path: spec/config}\n- kind: Secret\n  version: v1\n  fieldSpecs:\n  - {kind: Widget, path: spec/ref/name}\n",
        );
        add(self, "commonLabels:\n- {kind: Widget, path: spec/tags, create: true}\n");
        add(self, "commonAnnotations:\n- {kind: Widget, path: spec/notes, create: true}\n");
        add(self, "labels:\n- {kind: Widget, path: spec/other/tags, create: true}\n");
        add(self, "namePrefix:\n- {kind: Widget, path: spec/config}\n");
        add(self, "nameSuffix:\n- {kind: Widget, path: spec/ref/name}\n");
        add(self, "namespace:\n- {kind: Widget, path: spec/place/namespace, create: true}\n");
        add(self, "images:\n- {kind: Widget, path: spec/image}\n");
        add(self, "replicas:\n- {kind: Widget, path: spec/count, create: true}\n");
        add(self, "templateLabels:\n- {kind: Widget, path: spec/template/labels, create: true}\n");
        let object = self.target(&[]);
        let places = places(&object.text);
        let at = usize::try_from(self.chance.below(places.len() as u64)).unwrap_or_default();
        if let Some(place) = places.get(at).filter(|place| place.scalar.is_some()) {
            text += &format!(
                "varReference:\n- {{kind: {}, path: {}}}\n",
                object.kind,
                place.spec_path()
            );
        }
        if text.is_empty() { "namePrefix: []\n".to_owned() } else { text }
    }
}
