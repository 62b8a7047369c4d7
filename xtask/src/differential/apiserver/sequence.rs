//! What is asked: a few writes to one or two objects of a kind.

use serde_json::{Map, Value, json};

use super::templates::{self, Template};
use crate::conformance::apiserver::Case;
use crate::generate::chance::Chance;

const MANAGERS: [&str; 3] = ["alpha", "beta", "gamma"];
/// The keys that tell items of a list apart, or an object: they are always kept.
const IDENTITY: [&str; 9] = [
    "name",
    "apiVersion",
    "kind",
    "containerPort",
    "port",
    "mountPath",
    "key",
    "topologyKey",
    "ip",
];
/// Of ten parts of a template, how many an object has.
const SHARE: u64 = 6;

/// The sequence of a seed; `None` where it is not about `kind`.
pub(super) fn generate(seed: u64, kind: Option<&str>) -> Option<Case> {
    let mut chance = Chance::new(seed.wrapping_mul(0x9e37_79b9));
    let all = templates::all();
    let at = usize::try_from(chance.below(all.len() as u64)).ok()?;
    let template = match kind {
        Some(kind) => all.iter().find(|template| template.kind == kind)?,
        None => all.get(at)?,
    };
    let mut writer = Writer { chance, template };
    let mut steps = template.before.clone();
    let complete = json!({
        "verb": "POST",
        "path": format!("{}?fieldManager=creator", template.folder),
        "body": writer.object(10),
    });
    if writer.chance.below(2) == 0 {
        steps.push(complete);
    }
    for _ in 0..3 + writer.chance.below(7) {
        steps.push(writer.step());
    }
    Some(Case::new(format!("diff-{}-{seed}", template.kind.to_lowercase()), steps))
}

struct Writer<'a> {
    chance: Chance,
    template: &'a Template,
}

impl Writer<'_> {
    fn step(&mut self) -> Value {
        let path = format!("{}/x", self.template.folder);
        let manager = self.chance.one_of(&MANAGERS);
        let has_status = !self.template.status.is_null();
        match self.chance.below(20) {
            0..=9 => self.apply(&path, manager),
            10 | 11 => self.patch(&path, manager, "application/merge-patch+json"),
            12 | 13 if !self.template.is_custom => {
                self.patch(&path, manager, "application/strategic-merge-patch+json")
            }
            14 => self.json_patch(&path, manager),
            15 | 16 => json!({
                "verb": "PUT",
                "path": format!("{path}?fieldManager={manager}"),
                "body": self.object(8),
            }),
            17 if has_status => self.status(&path, manager),
            18 => json!({"verb": "GET", "path": path}),
            _ => self.apply(&path, manager),
        }
    }

    fn apply(&mut self, path: &str, manager: &str) -> Value {
        let force = if self.chance.below(2) == 0 { "&force=true" } else { "" };
        json!({
            "verb": "PATCH",
            "path": format!("{path}?fieldManager={manager}{force}"),
            "type": "application/apply-patch+yaml",
            "body": self.object(SHARE),
        })
    }

    fn patch(&mut self, path: &str, manager: &str, kind: &str) -> Value {
        let mut body = self.object(4);
        self.nulls(&mut body);
        json!({
            "verb": "PATCH",
            "path": format!("{path}?fieldManager={manager}"),
            "type": kind,
            "body": body,
        })
    }

    fn status(&mut self, path: &str, manager: &str) -> Value {
        let mut body = self.head();
        let status = self.part(&self.template.status.clone(), SHARE);
        body["status"] = status;
        let (kind, force) = match self.chance.below(2) {
            0 => ("application/apply-patch+yaml", "&force=true"),
            _ => ("application/merge-patch+json", ""),
        };
        json!({
            "verb": "PATCH",
            "path": format!("{path}/status?fieldManager={manager}{force}"),
            "type": kind,
            "body": body,
        })
    }

    /// Operations at places that the template has, on whatever is there.
    fn json_patch(&mut self, path: &str, manager: &str) -> Value {
        let mut places = Vec::new();
        pointers(&self.template.object, "", &mut places);
        let mut operations = Vec::new();
        for _ in 0..=self.chance.below(2) {
            let at = usize::try_from(self.chance.below(places.len() as u64)).unwrap_or_default();
            let Some((place, value)) = places.get(at).cloned() else { continue };
            operations.push(match self.chance.below(3) {
                0 => json!({"op": "remove", "path": place}),
                1 => json!({"op": "add", "path": place, "value": self.part(&value, 10)}),
                _ => json!({"op": "replace", "path": place, "value": self.part(&value, 10)}),
            });
        }
        json!({
            "verb": "PATCH",
            "path": format!("{path}?fieldManager={manager}"),
            "type": "application/json-patch+json",
            "body": operations,
        })
    }

    /// What every object says of itself.
    fn head(&self) -> Value {
        json!({
            "apiVersion": self.template.api_version,
            "kind": self.template.kind,
            "metadata": {"name": "x"},
        })
    }

    /// An object with `share` of ten parts of the template.
    fn object(&mut self, share: u64) -> Value {
        let mut object = self.part(&self.template.object.clone(), share);
        let head = self.head();
        if let (Some(object), Some(head)) = (object.as_object_mut(), head.as_object()) {
            for (key, value) in head {
                match (object.get_mut(key).and_then(Value::as_object_mut), value.as_object()) {
                    (Some(old), Some(new)) => old.extend(new.clone()),
                    _ => drop(object.insert(key.clone(), value.clone())),
                }
            }
        }
        object
    }

    /// A part of a template; of `{"$one": [...]}` one, of a map or list some.
    fn part(&mut self, template: &Value, share: u64) -> Value {
        match template {
            Value::Object(map) => {
                if let Some(Value::Array(choices)) = map.get("$one") {
                    let at = self.chance.below(choices.len() as u64);
                    let chosen = usize::try_from(at).ok().and_then(|at| choices.get(at));
                    return chosen.cloned().unwrap_or_default();
                }
                if let Some(whole) = map.get("$whole") {
                    return self.part(whole, 10);
                }
                let mut part = Map::new();
                for (key, value) in map {
                    let is_kept = share >= 10 || IDENTITY.contains(&key.as_str());
                    if is_kept || self.chance.below(10) < share {
                        let value = self.part(value, share);
                        // Go tells an empty list from none until it is stored; we do not.
                        if value.as_array().is_none_or(|items| !items.is_empty()) {
                            part.insert(key.clone(), value);
                        }
                    }
                }
                Value::Object(part)
            }
            Value::Array(list) => {
                let mut items = Vec::new();
                for item in list {
                    if share >= 10 || self.chance.below(10) < share {
                        items.push(self.part(item, share));
                    }
                }
                if self.chance.below(4) == 0 {
                    items.reverse();
                }
                Value::Array(items)
            }
            other => other.clone(),
        }
    }

    /// Makes some values null, which patches delete.
    fn nulls(&mut self, value: &mut Value) {
        let Some(map) = value.as_object_mut() else { return };
        for (key, value) in map {
            if IDENTITY.contains(&key.as_str()) || key == "metadata" {
                continue;
            }
            if self.chance.below(8) == 0 {
                *value = Value::Null;
            } else {
                self.nulls(value);
            }
        }
    }
}

/// The places of a template, as JSON pointers, with what it has there.
fn pointers(template: &Value, at: &str, places: &mut Vec<(String, Value)>) {
    match template {
        Value::Object(map) if map.contains_key("$one") => {}
        Value::Object(map) => {
            let map = map.get("$whole").and_then(Value::as_object).unwrap_or(map);
            for (key, value) in map {
                let place = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
                places.push((place.clone(), value.clone()));
                pointers(value, &place, places);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                let place = format!("{at}/{index}");
                places.push((place.clone(), value.clone()));
                pointers(value, &place, places);
            }
        }
        _ => {}
    }
}
