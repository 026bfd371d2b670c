//! The answers that a client sends with a retry.

use std::{collections::BTreeMap, fmt};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The answers of one round, not more of them than anybody asks questions.
pub(crate) struct Responses(pub(crate) BTreeMap<String, Box<RawValue>>);

/// The most answers of one round.
pub(crate) const MAX_RESPONSES: usize = 256;

impl<'de> Deserialize<'de> for Responses {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(ResponsesVisitor)
    }
}

struct ResponsesVisitor;

impl<'de> Visitor<'de> for ResponsesVisitor {
    type Value = Responses;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object of at most {MAX_RESPONSES} answers")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Responses, A::Error> {
        let mut responses = BTreeMap::new();
        while let Some((key, value)) = map.next_entry()? {
            if responses.len() == MAX_RESPONSES {
                return Err(serde::de::Error::invalid_length(MAX_RESPONSES + 1, &self));
            }
            responses.insert(key, value);
        }
        Ok(Responses(responses))
    }
}
