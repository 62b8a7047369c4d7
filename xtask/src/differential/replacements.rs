//! Made-up replacements, of all shapes.

use super::generator::World;
use super::objects::Object;
use super::paths::{Place, places};

impl World {
    pub(super) fn replacements(&mut self, directory: &str) -> String {
        let count = 1 + self.chance.below(2);
        let entries: String = (0..count).map(|_| self.replacement()).collect();
        if self.chance.below(5) > 0 {
            return format!("replacements:\n{entries}");
        }
        let file = self.file("replacement", "yaml");
        self.repository.add(format!("{directory}/{file}"), entries);
        format!("replacements: [{{path: {file}}}]\n")
    }

    fn replacement(&mut self) -> String {
        // A number for a name is text here, and a mistake anyway.
        if self.chance.below(8) == 0 {
            let Object { kind, name, .. } = self.target(&[]);
            return format!(
                "- sourceValue: renamed\n  targets:\n  - select: {{kind: {kind}, name: {name}}}\n"
            );
        }
        let source = self.source();
        let targets: String = (0..1 + self.chance.below(2)).map(|_| self.goal()).collect();
        format!("- {source}\n  targets:\n{targets}")
    }

    fn source(&mut self) -> String {
        if self.chance.below(4) == 0 {
            let text = self.chance.one_of(&[
                "text",
                "\"1\"",
                "\"a:b:c\"",
                "\"\"",
                "\"true\"",
                "\"{a: 1}\"",
            ]);
            return format!("sourceValue: {text}");
        }
        let object = self.target(&[]);
        let place = self.place(&object);
        let (path, is_text) = place.map_or((String::new(), true), |place| {
            (place.field_path(&mut self.chance, false), place.is_text)
        });
        let path = match path.as_str() {
            "" => String::new(),
            path => format!(", fieldPath: {path:?}"),
        };
        let options = match is_text {
            true => self.chance.one_of(&[
                "",
                "",
                "",
                ", options: {delimiter: \":\", index: 0}",
                ", options: {delimiter: \"e\"}",
            ]),
            false => "",
        };
        let namespace = match object.namespace.as_str() {
            "" => String::new(),
            namespace => format!(", namespace: {namespace}"),
        };
        format!(
            "source: {{kind: {}, name: {}{namespace}{path}{options}}}",
            object.kind, object.name
        )
    }

    /// One target.
    fn goal(&mut self) -> String {
        let object = self.target(&[]);
        let Object { kind, name, .. } = &object;
        let shape = self.chance.below(5);
        let select = match shape {
            0..=2 => format!("{{kind: {kind}, name: {name}}}"),
            3 => format!("{{kind: {kind}}}"),
            _ => self
                .chance
                .one_of(&[
                    "{name: \"w.*\"}",
                    "{namespace: one}",
                    "{group: apps}",
                    "{kind: \"Con.*|Wid.*\"}",
                ])
                .to_owned(),
        };
        let mut text = format!("  - select: {select}\n");
        if self.chance.below(4) == 0 {
            let reject = self.chance.one_of(&[
                "[{name: db}]",
                "[{kind: Service}, {namespace: two}]",
                "[{name: \"a.*\"}]",
                "[{kind: Deployment, name: api}]",
            ]);
            text += &format!("    reject: {reject}\n");
        }
        let paths: Vec<String> =
            (0..1 + self.chance.below(2)).map(|_| self.goal_path(&object, shape < 3)).collect();
        text += &format!("    fieldPaths: [{}]\n", paths.join(", "));
        let options = match shape {
            0..=2 => self.chance.one_of(&[
                "",
                "{create: true}",
                "{create: true}",
                "{create: true}",
                "{delimiter: \":\", index: 0}",
                "{delimiter: \"/\", index: -1}",
                "{delimiter: \"e\", index: 9}",
            ]),
            _ => "{create: true}",
        };
        if !options.is_empty() {
            text += &format!("    options: {options}\n");
        }
        text
    }

    fn goal_path(&mut self, object: &Object, is_exact: bool) -> String {
        let place = self.place(object).filter(|_| is_exact);
        let path = match (place, self.chance.below(6)) {
            (Some(place), 1..) => place.field_path(&mut self.chance, true),
            _ => {
                let anywhere = [
                    "metadata.annotations.new",
                    "metadata.annotations.[x.test/y]",
                    "metadata.namespace",
                    "spec.new.deep",
                    "spec.list.[name=new].value",
                    "spec.list.-.value",
                    "data.new",
                ];
                self.chance.one_of(&anywhere).to_owned()
            }
        };
        let into_text = if path.starts_with("data.k") && self.chance.below(2) == 0 {
            self.chance.one_of(&[".a.b", ".c.0", ".a", ".new"])
        } else {
            ""
        };
        format!("{:?}", path + into_text)
    }

    /// A place in an object, most often one of a scalar.
    fn place(&mut self, object: &Object) -> Option<Place> {
        let mut places = places(&object.text);
        if self.chance.below(5) > 0 {
            places.retain(|place| place.scalar.is_some());
        }
        let at = usize::try_from(self.chance.below(places.len() as u64)).ok()?;
        places.get(at).cloned()
    }
}
