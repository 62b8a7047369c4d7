//! Made-up patches, strategic and of operations.

use super::generator::{World, api_version, nested};
use super::objects::{Object, SCALARS, head};
use super::paths::{Place, places};
use crate::generate::chance::Chance;

impl World {
    pub(super) fn patch(&mut self, directory: &str) -> String {
        let object = self.target(&[]);
        let Object { kind, name, namespace, .. } = &object;
        let chance = &mut self.chance;
        let target = match chance.below(4) {
            0 => format!("  target: {{kind: {kind}}}\n"),
            1 => format!("  target: {{kind: {kind}, name: {name}}}\n"),
            2 => format!(
                "  target: {{{}}}\n",
                chance.one_of(&[
                    "labelSelector: app=web",
                    "labelSelector: \"app in (web, api), app!=x\"",
                    "name: \"a.*|w.*\"",
                    "annotationSelector: note",
                    "namespace: one",
                    "group: apps",
                    "version: v1, kind: \"Con.*|Sec.*\"",
                ])
            ),
            _ => String::new(),
        };
        let is_json = !target.is_empty() && chance.below(2) == 0;
        let text = match is_json {
            true => json_patch(chance, &object),
            false => strategic(chance, kind, name, namespace),
        };
        // The hash of another kind than those of generators is over places in kustomize's own text.
        let is_exact = target.is_empty() || target.contains(&format!("kind: {kind}"));
        let options = chance.one_of::<&str>(match is_exact {
            true => &[
                "",
                "",
                "",
                "  options: {allowNameChange: true}\n",
                "  options: {allowKindChange: true}\n",
            ],
            false => &["", "", "", "", "  options: {allowNameChange: true}\n"],
        });
        if chance.below(3) == 0 {
            let file = self.file("patch", "yaml");
            self.repository.add(format!("{directory}/{file}"), text);
            return format!("- path: {file}\n{target}{options}");
        }
        format!("- patch: |-\n{}{target}{options}", nested(&text, 4))
    }

    pub(super) fn json_only(&mut self) -> String {
        let object = self.target(&[]);
        let version = api_version(&object.kind);
        let (group, version) = version.split_once('/').unwrap_or(("", version));
        let namespace = match object.namespace.as_str() {
            "" => String::new(),
            namespace => format!(", namespace: {namespace}"),
        };
        let group = if group.is_empty() { String::new() } else { format!("group: {group}, ") };
        let (kind, name) = (&object.kind, &object.name);
        format!(
            "patchesJson6902:\n- target: {{{group}version: {version}, kind: {kind}, name: {name}{namespace}}}\n  patch: |-\n{}",
            nested(&json_patch(&mut self.chance, &object), 4)
        )
    }
}

pub(super) fn strategic(chance: &mut Chance, kind: &str, name: &str, namespace: &str) -> String {
    let mut text = head(api_version(kind), kind, name, namespace, chance);
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

/// Operations that mostly fit the object.
pub(super) fn json_patch(chance: &mut Chance, object: &Object) -> String {
    let places = places(&object.text);
    let mut text = String::new();
    for _ in 0..1 + chance.below(3) {
        let at = usize::try_from(chance.below(places.len() as u64)).unwrap_or_default();
        let anywhere =
            ["/metadata/labels", "/metadata/annotations", "/metadata/name", "/spec", "/data"];
        let (path, there) = match places.get(at).filter(|_| chance.below(10) > 0) {
            Some(place) => (place.pointer(), Some(place)),
            None => (chance.one_of(&anywhere).to_owned(), None),
        };
        let value = chance.one_of(&[
            "1",
            "text",
            "\"2\"",
            "null",
            "true",
            "1.50",
            "{x: \"1\"}",
            "[a, 1]",
            "\"\"",
            "yes",
            "1e3",
            "2020-01-01",
        ]);
        // Labels are a map, and copies of annotations have kustomize's notes with them.
        let (value, is_whole) = match path.as_str() {
            "/metadata/labels" | "/metadata/annotations" => ("{x: \"1\"}", true),
            "/metadata/name" => ("renamed", true),
            _ => (value, false),
        };
        let same = there.and_then(|place: &Place| place.scalar.clone());
        text += &match chance.below(6) {
            0 if there.is_some() => format!("- op: remove\n  path: {path}\n"),
            1 => match same {
                Some(same) => format!("- op: test\n  path: {path}\n  value: {same}\n"),
                None => String::new(),
            },
            2 if !is_whole => format!(
                "- {{op: copy, from: {path}, path: {}}}\n",
                chance.one_of(&["/copied", "/metadata/labels/copied", "/spec/copied"])
            ),
            3 => format!("- op: replace\n  path: {path}\n  value: {value}\n"),
            4 if there.is_some() && !is_whole => {
                format!("- {{op: move, from: {path}, path: /moved}}\n")
            }
            _ => format!("- op: add\n  path: {path}\n  value: {value}\n"),
        };
    }
    match text.as_str() {
        "" => "- {op: add, path: /added, value: 1}\n".to_owned(),
        _ => text,
    }
}
