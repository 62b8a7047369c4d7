//! The types of the built-in kinds, read once from the file beside this one.
//!
//! A line `type NAME [atomic] [@APIVERSION/KIND]...` begins a type, each line after it is a field:
//! its name, its type (`[]` for lists, `{}` for maps, then a scalar's word or another type), and
//! what else there is to say: `set` or `key=A,B` (how list items belong together; else the list is
//! one value), `atomic` or `granular` (a map), `+` (required), `*` (a pointer in Go: empty is not
//! none), `!` (written even when empty), `=VALUE` (default), `patch=` and `merge=` (what a strategic
//! merge patch does), `|A|B` (the values that it may have), `#N` (its number in protobuf; `#M.N` in a
//! message that Go embeds).

use std::sync::OnceLock;

use manifest::{Node, Origin, Text, Value};
use rustc_hash::FxHashMap;

use super::table::{DEDUCED, Def, Field, Format, MapDef, Ref, Relation, Table, UNTYPED};

const TEXT: &str = include_str!("builtin.txt");

/// The table of all built-in types.
pub(super) fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| Reader::new().read(TEXT))
}

/// The index of a type by its name in the file, e.g. `meta.v1.ObjectMeta`.
pub(super) fn object_meta() -> usize {
    static INDEX: OnceLock<usize> = OnceLock::new();
    let find = || {
        let pods = table().root("v1", "Pod").map(|pod| table().def(pod));
        let metadata = pods.and_then(|pod| pod.map.as_ref()?.field("metadata"));
        match metadata.map(|field| field.of) {
            Some(Ref::Own(index) | Ref::Builtin(index)) => index,
            None => DEDUCED,
        }
    };
    *INDEX.get_or_init(find)
}

struct Reader<'x> {
    table: Table,
    /// The types met so far, by what stands for them in the file.
    known: FxHashMap<&'x str, usize>,
    /// Types of lists and maps, by their element and what makes them differ.
    made: FxHashMap<(&'x str, &'x str), usize>,
    /// Types that are the same but for merging as a whole or not.
    atomic: Vec<usize>,
}

impl<'x> Reader<'x> {
    fn new() -> Reader<'x> {
        let mut table = Table::default();
        // In the order of their numbers.
        table.push(Def::anything(Ref::Own(UNTYPED), true));
        table.push(Def::anything(Ref::Own(DEDUCED), false));
        let mut known = FxHashMap::from_iter([("raw", UNTYPED), ("any", DEDUCED)]);
        for (word, format) in [
            ("string", Format::Text),
            ("bytes", Format::Bytes),
            ("int32", Format::Int32),
            ("int64", Format::Int64),
            ("integer", Format::Int64),
            ("double", Format::Double),
            ("boolean", Format::Bool),
            ("time", Format::Time),
            ("microtime", Format::MicroTime),
            ("quantity", Format::Quantity),
        ] {
            known.insert(word, table.push(Def::scalar(format)));
        }
        let open = MapDef::new(Vec::new(), Some(Ref::Own(DEDUCED)), false);
        known.insert("open", table.push(Def::map(open)));
        let mut int_or_string = Def::anything(Ref::Own(DEDUCED), false);
        int_or_string.scalar = Some(Format::IntOrString);
        known.insert("intorstring", table.push(int_or_string));
        Reader { table, known, made: FxHashMap::default(), atomic: Vec::new() }
    }

    fn read(mut self, text: &'x str) -> Table {
        let mut fields: Vec<Field> = Vec::new();
        let mut current: Option<(usize, bool)> = None;
        for line in text.lines() {
            if let Some(field) = line.strip_prefix(' ') {
                fields.push(self.field(field));
            } else if let Some(head) = line.strip_prefix("type ") {
                self.close(current.take(), &mut fields);
                current = Some(self.head(head));
            }
        }
        self.close(current, &mut fields);
        for index in std::mem::take(&mut self.atomic) {
            self.copy_as_granular(index);
        }
        self.table
    }

    /// The index of a type, whether its lines have come already or not.
    fn named(&mut self, name: &'x str) -> usize {
        *self.known.entry(name).or_insert_with(|| self.table.push(Def::default()))
    }

    fn head(&mut self, head: &'x str) -> (usize, bool) {
        let mut words = head.split(' ');
        let name = words.next().unwrap_or_default();
        let index = self.named(name);
        self.table.names.insert(index, name.into());
        let mut atomic = false;
        for word in words {
            match word.strip_prefix('@').and_then(|name| name.rsplit_once('/')) {
                Some((api_version, kind)) => self.table.add_root(api_version, kind, index),
                None => atomic |= word == "atomic",
            }
        }
        (index, atomic)
    }

    fn close(&mut self, current: Option<(usize, bool)>, fields: &mut Vec<Field>) {
        let Some((index, atomic)) = current else { return };
        let fields = std::mem::take(fields);
        let values = fields.is_empty().then_some(Ref::Own(DEDUCED));
        self.table.set(index, Def::map(MapDef::new(fields, values, atomic)));
    }

    fn field(&mut self, line: &'x str) -> Field {
        let mut words = line.split(' ');
        let name = words.next().unwrap_or_default();
        let of = words.next().unwrap_or_default();
        let mut field = Field::new(name, Ref::Own(UNTYPED));
        let mut relation = "";
        for word in words {
            if let Some(value) = word.strip_prefix('=') {
                field.default = Some(default(of, value));
            } else if let Some(numbers) = word.strip_prefix('#') {
                field.numbers =
                    numbers.split('.').filter_map(|number| number.parse().ok()).collect();
            } else if let Some(values) = word.strip_prefix('|') {
                field.options = values.split('|').map(Text::from).collect();
            } else if let Some(strategy) = word.strip_prefix("patch=") {
                field.patch.merge = strategy.split(',').any(|part| part == "merge");
                field.patch.retain_keys = strategy.split(',').any(|part| part == "retainKeys");
            } else if let Some(key) = word.strip_prefix("merge=") {
                field.patch.merge_key = Some(key.into());
            } else {
                match word {
                    "+" => field.required = true,
                    "*" => field.pointer = true,
                    "!" => field.always = true,
                    _ => relation = word,
                }
            }
        }
        field.of = Ref::Own(self.of(of, relation));
        field
    }

    /// The type that stands for `of`, merging as `relation` says.
    fn of(&mut self, of: &'x str, relation: &'x str) -> usize {
        if let Some(index) = self.made.get(&(of, relation)) {
            return *index;
        }
        let index = if let Some(items) = of.strip_prefix("[]") {
            let items = Ref::Own(self.of(items, ""));
            let relation = match relation.strip_prefix("key=") {
                Some(keys) => Relation::Keys(keys.split(',').map(Text::from).collect()),
                None if relation == "set" => Relation::Set,
                None => Relation::Atomic,
            };
            self.table.push(Def::list(items, relation))
        } else if let Some(values) = of.strip_prefix("{}") {
            let values = Some(Ref::Own(self.of(values, "")));
            self.table.push(Def::map(MapDef::new(Vec::new(), values, relation == "atomic")))
        } else if relation == "granular" {
            // The type itself may come later; see `copy_as_granular`.
            let original = Ref::Own(self.named(of));
            let copy = self.table.push(Def::map(MapDef::new(Vec::new(), Some(original), false)));
            self.atomic.push(copy);
            copy
        } else {
            return self.named(of);
        };
        self.made.insert((of, relation), index);
        index
    }

    /// Fills a type with the fields of the one that it was made from.
    fn copy_as_granular(&mut self, index: usize) {
        let original = self.table.def(index).map.as_ref().and_then(|map| map.values);
        let Some(Ref::Own(original)) = original else { return };
        let mut def = self.table.def(original).clone();
        if let Some(map) = &mut def.map {
            map.atomic = false;
        }
        self.table.set(index, def);
    }
}

fn default(of: &str, value: &str) -> Node {
    let value: Value = match (of, value.parse::<i64>()) {
        ("boolean", _) => (value == "true").into(),
        ("int32" | "int64" | "double", Ok(number)) => number.into(),
        _ => value.into(),
    };
    Node::new(value, Origin::default())
}
