//! Objects of custom kinds against their schema, in the words of kube-openapi's `validate`.

use manifest::{Map, Node, Value};

use super::formats;
use super::structural::{Additional, Structural, number};
use crate::validation::Wrong;

/// What is wrong with a value, and how much of it was right: of alternatives that all fail, the
/// one that got farthest is told of.
#[derive(Default)]
struct Outcome {
    wrong: Vec<Wrong>,
    matches: usize,
}

impl Outcome {
    fn merge(&mut self, other: Outcome) {
        self.wrong.extend(other.wrong);
        self.matches += other.matches;
    }
}

/// Where errors that have no place of their own stand: at the value that is validated.
struct Instance<'i> {
    /// What the paths of fields start with, e.g. of a default.
    before: &'i str,
}

/// What is wrong with `object`; `live` is what it is to replace, and what of it is unchanged is not
/// told of.
pub(crate) fn validate(
    object: &Node,
    live: Option<&Node>,
    schema: &Structural,
    wrong: &mut Vec<Wrong>,
) {
    wrong.extend(Instance { before: "" }.value(object, live, schema, "").wrong);
}

/// What is wrong with a default; `at` is where it stands.
pub(crate) fn validate_default(default: &Node, schema: &Structural, at: &str) -> Vec<Wrong> {
    Instance { before: at }.value(default, None, schema, "").wrong
}

impl Instance<'_> {
    fn field(&self, at: &str) -> String {
        let at = at.trim_start_matches('.');
        match (self.before.is_empty(), at.is_empty()) {
            (true, _) => at.to_owned(),
            (false, true) => self.before.to_owned(),
            (false, false) => format!("{}.{at}", self.before),
        }
    }

    /// Something that is about no field.
    fn plain(&self, why: &str) -> Wrong {
        let field = if self.before.is_empty() { "<nil>" } else { self.before };
        Wrong::invalid(field, "\"\"", why)
    }

    fn invalid(&self, at: &str, value: &str, why: &str) -> Wrong {
        Wrong::invalid(self.field(at), value, &format!("{at} in body {why}"))
    }

    /// A value and what is below it.
    fn value(&self, node: &Node, live: Option<&Node>, schema: &Structural, at: &str) -> Outcome {
        let mut outcome = self.fresh(node, live, schema, at);
        if !outcome.wrong.is_empty() && live == Some(node) {
            outcome.wrong.clear();
        }
        outcome
    }

    fn fresh(&self, node: &Node, live: Option<&Node>, schema: &Structural, at: &str) -> Outcome {
        let mut outcome = Outcome::default();
        let types = schema.types();
        let found = type_of(node);
        let has_type = !types.is_empty() || !schema.format.is_empty();
        if node.is_null() {
            if !types.is_empty() && !schema.nullable {
                outcome.wrong.push(self.mistyped(at, &types.join(","), "null"));
            }
            self.options(node, schema, at, &mut outcome);
            return outcome;
        }
        if has_type {
            match self.mismatch(node, schema, &types, found, at) {
                Some(wrong) => outcome.wrong.push(wrong),
                None => outcome.matches += 1,
            }
            outcome.matches += 1;
        }
        let alternatives = self.alternatives(node, schema, at);
        outcome.merge(alternatives);
        outcome.matches += 1;
        match &node.value {
            Value::String(text) => self.text(text, schema, at, &mut outcome),
            Value::Sensitive(text) => self.text(text.expose(), schema, at, &mut outcome),
            Value::Int(_) | Value::Number(_) => self.bounds(node, schema, at, &mut outcome),
            Value::List(list) => self.list(list, live, schema, at, &mut outcome),
            _ => {}
        }
        self.options(node, schema, at, &mut outcome);
        outcome.matches += 1;
        if let Value::Map(map) = &node.value {
            self.fields(map, live, schema, at, &mut outcome);
            outcome.matches += 1;
        }
        outcome.matches += 1;
        outcome
    }

    fn mistyped(&self, at: &str, wanted: &str, found: &str) -> Wrong {
        let message =
            format!("Invalid value: {found:?}: {at} in body must be of type {wanted}: {found:?}");
        Wrong { field: self.field(at), reason: "FieldValueTypeInvalid", message }
    }

    fn mismatch(
        &self,
        node: &Node,
        schema: &Structural,
        types: &[&str],
        found: &str,
        at: &str,
    ) -> Option<Wrong> {
        let is_whole = found == "number" && number(node).is_some_and(|value| value.fract() == 0.0);
        let fits = types.contains(&found)
            || is_whole && types.contains(&"integer")
            || found == "integer" && types.contains(&"number");
        let is_text = matches!(found, "string" | "array");
        let is_number = types.contains(&"number") || types.contains(&"integer");
        let format = formats::known(schema);
        if !is_number && !format.is_empty() && is_text || fits {
            return None;
        }
        if !is_text && !format.is_empty() {
            let of = if found == "integer" { "int64" } else { "" };
            return Some(self.mistyped(at, format, of));
        }
        if types.is_empty() {
            return None;
        }
        Some(self.mistyped(at, &types.join(","), found))
    }

    fn options(&self, node: &Node, schema: &Structural, at: &str, outcome: &mut Outcome) {
        if schema.options.is_empty() || schema.options.contains(node) {
            return;
        }
        let is_same = |option: &Node| match (number(option), number(node)) {
            (Some(one), Some(other)) => one == other,
            _ => false,
        };
        if schema.options.iter().any(is_same) {
            return;
        }
        let shown_option = |option: &Node| match option.as_str() {
            Some(text) => format!("{text:?}"),
            None => format!("{:?}", shown(option)),
        };
        let options: Vec<String> = schema.options.iter().map(shown_option).collect();
        let message =
            format!("Unsupported value: {}: supported values: {}", shown(node), options.join(", "));
        let field = self.field(at);
        outcome.wrong.push(Wrong { field, reason: "FieldValueNotSupported", message });
    }

    /// `allOf`, `anyOf`, `oneOf` and `not`.
    fn alternatives(&self, node: &Node, schema: &Structural, at: &str) -> Outcome {
        let mut outcome = Outcome { matches: 1, wrong: Vec::new() };
        let try_it = |schema: &Structural| self.value(node, None, schema, at);
        if !schema.any_of.is_empty() {
            let (mut best, mut success) = (None::<Outcome>, None);
            for schema in &schema.any_of {
                let tried = try_it(schema);
                if tried.wrong.is_empty() {
                    success = Some(tried);
                    break;
                }
                if best.as_ref().is_none_or(|best| tried.matches > best.matches) {
                    best = Some(tried);
                }
            }
            match (success, best) {
                (Some(success), _) => outcome.merge(success),
                (None, best) => {
                    let why = format!("{at:?} must validate at least one schema (anyOf)");
                    outcome.wrong.push(self.plain(&why));
                    outcome.merge(best.unwrap_or_default());
                }
            }
        }
        if !schema.one_of.is_empty() {
            self.exactly_one(schema, &try_it, at, &mut outcome);
        }
        if !schema.all_of.is_empty() {
            let mut valid = 0;
            for schema in &schema.all_of {
                let tried = try_it(schema);
                valid += usize::from(tried.wrong.is_empty());
                outcome.merge(tried);
            }
            if valid != schema.all_of.len() {
                let none = if valid == 0 { ". None validated" } else { "" };
                let why = format!("{at:?} must validate all the schemas (allOf){none}");
                outcome.wrong.push(self.plain(&why));
            }
        }
        if let Some(not) = &schema.not
            && try_it(not).wrong.is_empty()
        {
            let why = format!("{at:?} must not validate the schema (not)");
            outcome.wrong.push(self.plain(&why));
        }
        outcome
    }

    fn exactly_one(
        &self,
        schema: &Structural,
        try_it: &dyn Fn(&Structural) -> Outcome,
        at: &str,
        outcome: &mut Outcome,
    ) {
        let (mut best, mut success, mut valid) = (None::<Outcome>, None, 0);
        for schema in &schema.one_of {
            let tried = try_it(schema);
            if tried.wrong.is_empty() {
                valid += 1;
                best = None;
                success.get_or_insert(tried);
            } else if valid == 0 && best.as_ref().is_none_or(|best| tried.matches > best.matches) {
                best = Some(tried);
            }
        }
        if let (1, Some(success)) = (valid, success) {
            return outcome.merge(success);
        }
        let found = match valid {
            0 => "Found none valid".to_owned(),
            valid => format!("Found {valid} valid alternatives"),
        };
        let why = format!("{at:?} must validate one and only one schema (oneOf). {found}");
        outcome.wrong.push(self.plain(&why));
        outcome.merge(best.unwrap_or_default());
    }

    fn text(&self, text: &str, schema: &Structural, at: &str, outcome: &mut Outcome) {
        outcome.matches += 1;
        let limited = |limit: Option<i64>, is: fn(i64, i64) -> bool| {
            limit.filter(|limit| is(text.chars().count() as i64, *limit))
        };
        let value = || format!("{text:?}");
        if let Some(most) = limited(schema.max_length, |count, most| count > most) {
            let message = format!("Too long: may not be more than {most} bytes");
            let field = self.field(at);
            outcome.wrong.push(Wrong { field, reason: "FieldValueTooLong", message });
        } else if let Some(least) = limited(schema.min_length, |count, least| count < least) {
            let why = format!("should be at least {least} chars long");
            outcome.wrong.push(self.invalid(at, &value(), &why));
        } else if let Some(pattern) = &schema.pattern {
            let why = match pattern.regex() {
                Ok(regex) if regex.is_match(text) => None,
                Ok(_) => Some(format!("should match '{}'", pattern.text)),
                Err(error) => {
                    let text = &pattern.text;
                    Some(format!("should match '{text}, but pattern is invalid: {error}'"))
                }
            };
            outcome.wrong.extend(why.map(|why| self.invalid(at, &value(), &why)));
        }
        let format = formats::known(schema);
        if formats::is_of_text(format) {
            outcome.matches += 1;
            if !formats::fits(format, text) {
                let message = format!(
                    "Invalid value: {text:?}: {at} in body must be of type {format}: {text:?}"
                );
                let field = self.field(at);
                outcome.wrong.push(Wrong { field, reason: "FieldValueTypeInvalid", message });
            }
        }
    }

    fn bounds(&self, node: &Node, schema: &Structural, at: &str, outcome: &mut Outcome) {
        outcome.matches += 2;
        let Some(value) = number(node) else { return };
        let kind = schema.kind.as_deref().unwrap_or_default();
        let format = formats::known(schema);
        let is_within = match (kind, format) {
            ("integer", "int32") => {
                value.fract() == 0.0 && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&value)
            }
            ("integer", _) => value.fract() == 0.0 && value.abs() <= 9.3e18,
            (_, "float") => value.abs() <= f64::from(f32::MAX),
            _ => true,
        };
        if !is_within {
            let of = match format {
                "" => "(default format)".to_owned(),
                format => format!("with format {format}"),
            };
            let why = format!("Checked value must be of type {kind} {of} in {at}");
            outcome.wrong.push(self.plain(&why));
        }
        let is_int = matches!(node.value, Value::Int(_));
        let mut wrong = |why: String| outcome.wrong.push(self.invalid(at, &shown(node), &why));
        if let Some(factor) = schema.multiple_of {
            if factor <= 0.0 {
                let shown = shown_number(factor);
                let why = format!("factor MultipleOf declared for {at} must be positive: {shown}");
                wrong(why);
            } else {
                let times = if is_int { value / factor.trunc().max(1.0) } else { value / factor };
                if (times - times.round()).abs() > 1e-9 {
                    wrong(format!("should be a multiple of {}", shown_number(factor)));
                }
            }
        }
        let bound = |limit: f64| if is_int { limit.trunc() } else { limit };
        if let Some(most) = schema.maximum.map(bound) {
            let is_exclusive = schema.exclusive_maximum;
            if value > most || is_exclusive && value == most {
                let or = if is_exclusive { "" } else { " or equal to" };
                wrong(format!("should be less than{or} {}", shown_number(most)));
            }
        }
        if let Some(least) = schema.minimum.map(bound) {
            let is_exclusive = schema.exclusive_minimum;
            if value < least || is_exclusive && value == least {
                let or = if is_exclusive { "" } else { " or equal to" };
                wrong(format!("should be greater than{or} {}", shown_number(least)));
            }
        }
    }

    fn list(
        &self,
        list: &[Node],
        live: Option<&Node>,
        schema: &Structural,
        at: &str,
        outcome: &mut Outcome,
    ) {
        if let Some(items) = &schema.items {
            for (index, item) in list.iter().enumerate() {
                let before = live.and_then(|live| super::lists::counterpart(schema, item, live));
                outcome.merge(self.value(item, before, items, &format!("{at}[{index}]")));
            }
        }
        outcome.matches += 2;
        let count = list.len() as i64;
        if let Some(least) = schema.min_items.filter(|least| count < *least) {
            let why = format!("should have at least {least} items");
            outcome.wrong.push(self.invalid(at, &count.to_string(), &why));
        }
        if let Some(most) = schema.max_items.filter(|most| count > *most) {
            outcome.wrong.push(self.too_many(at, count, most));
        }
    }

    fn too_many(&self, at: &str, count: i64, most: i64) -> Wrong {
        let items = if most == 1 { "item" } else { "items" };
        let message = format!("Too many: {count}: must have at most {most} {items}");
        Wrong { field: self.field(at), reason: "FieldValueTooMany", message }
    }

    fn fields(
        &self,
        map: &Map,
        live: Option<&Node>,
        schema: &Structural,
        at: &str,
        outcome: &mut Outcome,
    ) {
        let count = map.len() as i64;
        if let Some(least) = schema.min_properties.filter(|least| count < *least) {
            let why = format!("should have at least {least} properties");
            outcome.wrong.push(self.invalid(at, &count.to_string(), &why));
        }
        if let Some(most) = schema.max_properties.filter(|most| count > *most) {
            outcome.wrong.push(self.too_many(at, count, most));
        }
        let before = |key: &str| {
            let is_type = at.is_empty() && matches!(key, "apiVersion" | "kind");
            live.filter(|_| schema.is_correlatable() && !is_type).and_then(|live| live.get(key))
        };
        for (key, node) in map.iter() {
            let of = match (schema.property(key), &schema.additional) {
                (Some(of), _) => of,
                (None, Additional::Schema(of)) => of,
                (None, Additional::Allowed(false)) => {
                    let why = format!("{at}.{key} in body is a forbidden property");
                    outcome.wrong.push(Wrong::invalid(self.field(at), "\"\"", &why));
                    continue;
                }
                _ => continue,
            };
            let below = if at.is_empty() && schema.property(key).is_some() {
                key.as_str().to_owned()
            } else {
                format!("{at}.{key}")
            };
            outcome.merge(self.value(node, before(key), of, &below));
        }
        for name in &schema.required {
            if !map.contains(name) {
                outcome.wrong.push(Wrong::required(self.field(&format!("{at}.{name}"))));
            }
        }
    }
}

fn type_of(node: &Node) -> &'static str {
    match &node.value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Int(_) => "integer",
        Value::Number(_) => "number",
        Value::String(_) | Value::Sensitive(_) | Value::Unknown(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
    }
}

fn shown_number(value: f64) -> String {
    manifest::number::Number::Float(value).go_json().into()
}

/// A value as messages have it.
pub(crate) fn shown(node: &Node) -> String {
    let mut out = String::new();
    let options = manifest::json::Options { sort_keys: true, ..manifest::json::Options::default() };
    manifest::json::write(node, options, &mut out);
    out
}
