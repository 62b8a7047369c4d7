//! Keys that JSON has twice: a strict decoder objects to them.

use std::fmt;

use rustc_hash::FxHashSet;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// What is there twice, in words of a strict decoder. Text that is no JSON has nothing.
pub(super) fn duplicates(bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let mut path = String::new();
    let value = Walk { path: &mut path, found: &mut found };
    // Whoever reads the values says what is wrong with them.
    let _ = value.deserialize(&mut reader);
    found
}

struct Walk<'w> {
    path: &'w mut String,
    found: &'w mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let length = self.path.len();
        let mut index = 0;
        loop {
            self.path.push_str(&format!("[{index}]"));
            let item = Walk { path: &mut *self.path, found: &mut *self.found };
            let more = items.next_element_seed(item)?;
            self.path.truncate(length);
            if more.is_none() {
                return Ok(());
            }
            index += 1;
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let length = self.path.len();
        let mut keys = FxHashSet::default();
        while let Some(key) = entries.next_key::<Key>()? {
            if length > 0 {
                self.path.push('.');
            }
            self.path.push_str(&key.0);
            if !keys.insert(key.0) {
                self.found.push(format!("duplicate field {:?}", self.path));
            }
            entries.next_value_seed(Walk { path: &mut *self.path, found: &mut *self.found })?;
            self.path.truncate(length);
        }
        Ok(())
    }
}

struct Key(ecow::EcoString);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Key, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_str<E>(self, value: &str) -> Result<Key, E> {
                Ok(Key(value.into()))
            }
        }
        deserializer.deserialize_str(Text)
    }
}
