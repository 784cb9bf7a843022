//! A JSON text in which nothing is said twice.
//!
//! Of two fields with one name some readers take the first and some the last. What is looked at and what
//! is run must not differ, so such a text is refused.

use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::Deserializer;
use serde::de::Error;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;

/// Can be read from a JSON text of any shape in which no object has a name twice.
pub(super) struct Once;

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Looks)
    }
}

struct Looks;

impl<'de> Visitor<'de> for Looks {
    type Value = Once;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Once, A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if names.contains(&name) {
                let shown: String = name.chars().take(40).collect();
                return Err(A::Error::custom(format!("`{shown}` is given twice")));
            }
            names.insert(name);
            map.next_value::<Once>()?;
        }
        Ok(Once)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Once, A::Error> {
        while seq.next_element::<Once>()?.is_some() {}
        Ok(Once)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Once, D::Error> {
        Once::deserialize(deserializer)
    }

    fn visit_unit<E>(self) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_str<E>(self, _: &str) -> Result<Once, E> {
        Ok(Once)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_given_twice_is_found_at_any_depth_and_nothing_else_is() {
        let check = |text: &str, twice: bool| {
            let read = serde_json::from_str::<Once>(text);
            assert_eq!(read.is_err(), twice, "{text}");
            if let Err(error) = read {
                assert!(error.is_data() && error.to_string().contains("`a` is given twice"));
            }
        };
        check(
            r#"{"a": 1, "b": [null, true, 1.5, -2, "a", {"a": {}}]}"#,
            false,
        );
        check(r#"{"a": 1, "a": 1}"#, true);
        check(r#"{"a": 1, "\u0061": 2}"#, true);
        check(r#"{"b": [{"c": {"a": 1, "a": []}}]}"#, true);
        check("\"text\"", false);
    }
}
