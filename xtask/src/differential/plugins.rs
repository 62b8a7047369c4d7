//! Made-up configurations of built-in plugins.

use super::generator::{World, nested};
use super::objects::Object;
use super::patches::{json_patch, strategic};

impl World {
    /// Adds some of `generators`, `transformers` and `validators`.
    pub(super) fn plug_in(&mut self, file: &str, directory: &str) {
        if self.chance.below(8) == 0 {
            let text = self.generator_plugin();
            self.add_plugin(file, directory, "generators", &text);
        }
        if self.chance.below(4) == 0 {
            let text = self.transformer();
            self.add_plugin(file, directory, "transformers", &text);
        }
        if self.chance.below(15) == 0 {
            // One that sets `validated-by` fails there wherever other labels are.
            let text = self.chance.one_of(&[
                "kind: ImageTagTransformer\nmetadata: {name: v}\nimageTag: {name: none, newTag: x}\n",
                "kind: ImageTagTransformer\nmetadata: {name: v}\nimageTag: {name: none, newTag: x}\nfieldSpecs: [{path: spec/image}]\n",
                "kind: ReplacementTransformer\nmetadata: {name: v}\nreplacements: []\n",
                "kind: AnnotationsTransformer\nmetadata: {name: v}\nannotations: {a: b}\nfieldSpecs: [{path: metadata/annotations, create: true}]\n",
            ]);
            self.add_plugin(file, directory, "validators", &format!("apiVersion: builtin\n{text}"));
        }
    }

    fn add_plugin(&mut self, file: &str, directory: &str, field: &str, text: &str) {
        if self.chance.below(2) == 0 {
            return self.repository.add(file, format!("{field}:\n- |-\n{}", nested(text, 2)));
        }
        let name = self.file("plugin", "yaml");
        self.repository.add(format!("{directory}/{name}"), text);
        self.repository.add(file, format!("{field}: [{name}]\n"));
    }

    fn generator_plugin(&mut self) -> String {
        let name = self.file("made", "x");
        let kind = self.chance.one_of(&["ConfigMapGenerator", "SecretGenerator"]);
        let namespace = self.chance.one_of(&["", "", ", namespace: one"]);
        let mut text = format!(
            "apiVersion: builtin\nkind: {kind}\nmetadata: {{name: {name}{namespace}}}\nliterals: [a=b, \"c=1\"]\n"
        );
        text += self.chance.one_of(&[
            "",
            "",
            "options: {disableNameSuffixHash: true}\n",
            "options: {labels: {l: m}, annotations: {n: \"1\"}, immutable: true}\n",
            "behavior: create\n",
        ]);
        text
    }

    fn transformer(&mut self) -> String {
        let object = self.target(&[]);
        let Object { kind, name, namespace, .. } = &object;
        let chance = &mut self.chance;
        let text = match chance.below(14) {
            0 => "kind: PrefixTransformer\nmetadata: {name: t}\nprefix: t-\nfieldSpecs: [{path: metadata/name}]".to_owned(),
            1 => format!("kind: SuffixTransformer\nmetadata: {{name: t}}\nsuffix: -t\nfieldSpecs: [{{path: metadata/name, kind: {kind}}}]"),
            2 => "kind: PrefixSuffixTransformer\nmetadata: {name: t}\nprefix: p-\nsuffix: -s\nfieldSpecs: [{path: metadata/name}]".to_owned(),
            3 => format!("kind: LabelTransformer\nmetadata: {{name: t}}\nlabels: {{tl: {}, app: t}}\nfieldSpecs: [{{path: metadata/labels, create: true}}, {{path: spec/template/metadata/labels, create: {}, kind: {kind}}}]", chance.one_of(&["v", "\"1\"", "\"\""]), chance.one_of(&["true", "false"])),
            4 => "kind: AnnotationsTransformer\nmetadata: {name: t}\nannotations: {ta: \"1\"}\nfieldSpecs: [{path: metadata/annotations, create: true}]".to_owned(),
            5 => format!("kind: NamespaceTransformer\nmetadata: {{name: t, namespace: tn}}\nunsetOnly: {}\nsetRoleBindingSubjects: {}\nfieldSpecs: [{{path: metadata/namespace, create: true}}]", chance.one_of(&["true", "false"]), chance.one_of(&["defaultOnly", "allServiceAccounts", "none"])),
            6 => format!("kind: ImageTagTransformer\nmetadata: {{name: t}}\nimageTag: {{name: \"{}\", newTag: tt}}\nfieldSpecs: [{{path: spec/image, kind: Widget}}]", chance.one_of(&["nginx", "app", "busybox"])),
            7 => format!("kind: ReplicaCountTransformer\nmetadata: {{name: t}}\nreplica: {{name: {name}, count: 7}}\nfieldSpecs: [{{path: spec/replicas, create: true, kind: {kind}}}]"),
            8 => format!("kind: PatchTransformer\nmetadata: {{name: t}}\npatch: |-\n{}target: {{kind: {kind}, name: {name}}}", nested(&strategic(chance, kind, name, namespace), 2)),
            9 => format!("kind: PatchTransformer\nmetadata: {{name: t}}\npatch: |-\n{}target: {{kind: {kind}, name: {name}}}", nested(&json_patch(chance, &object), 2)),
            10 => format!("kind: PatchJson6902Transformer\nmetadata: {{name: t}}\ntarget: {{kind: {kind}, name: {name}}}\njsonOp: |-\n{}", nested(&json_patch(chance, &object), 2)),
            11 => format!("kind: PatchStrategicMergeTransformer\nmetadata: {{name: t}}\npatches: |-\n{}", nested(&strategic(chance, kind, name, namespace), 2)),
            12 => format!("kind: ValueAddTransformer\nmetadata: {{name: t}}\nvalue: added\ntargets:\n- {{fieldPath: metadata/labels/{}, selector: {{kind: {kind}}}}}", chance.one_of(&["app", "new"])),
            _ => format!("kind: ReplacementTransformer\nmetadata: {{name: t}}\nreplacements:\n- source: {{kind: {kind}, name: {name}}}\n  targets:\n  - {{select: {{kind: {kind}}}, fieldPaths: [metadata.annotations.from], options: {{create: true}}}}"),
        };
        format!("apiVersion: builtin\n{text}\n")
    }
}
