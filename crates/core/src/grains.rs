//! Which period lengths a report has: told by the user, or by the dates.

use std::fmt;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Grain;

/// Period lengths for which series are made: `"auto"` or a list such as `["month", "quarter"]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Grains {
    /// Those that suit the number and the dates of the articles.
    #[default]
    Auto,
    /// These.
    Listed(Vec<Grain>),
}

const AUTO: &str = "auto";

impl Serialize for Grains {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Grains::Auto => serializer.serialize_str(AUTO),
            Grains::Listed(grains) => grains.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Grains {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WordOrList)
    }
}

/// Tells the word from the list; an untagged enum would not say what is wrong with a name.
struct WordOrList;

impl<'de> Visitor<'de> for WordOrList {
    type Value = Grains;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "\"auto\" or a list of day, week, month, quarter and year, such as [\"month\", \"quarter\"]",
        )
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Grains, E> {
        if word == AUTO {
            Ok(Grains::Auto)
        } else {
            Err(E::invalid_value(serde::de::Unexpected::Str(word), &self))
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Grains, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(Grains::Listed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(json: &str) -> Result<Grains, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn a_word_and_a_list_are_read_and_written_alike() {
        let listed = Grains::Listed(vec![Grain::Week, Grain::Year]);
        for (text, grains) in [("\"auto\"", Grains::Auto), ("[\"week\",\"year\"]", listed)] {
            assert_eq!(parsed(text), Ok(grains.clone()));
            assert_eq!(serde_json::to_string(&grains).ok().as_deref(), Some(text));
        }
        assert_eq!(parsed("[]"), Ok(Grains::Listed(vec![])));
    }

    #[test]
    fn what_is_neither_is_told_what_is_wanted() {
        for text in ["\"month\"", "\"Auto\"", "7", "true"] {
            let error = parsed(text).expect_err("refused");
            assert!(error.contains("expected \"auto\" or a list of day"), "{error}");
        }
        let error = parsed("[\"decade\"]").expect_err("refused");
        assert!(error.contains("decade") && error.contains("quarter"), "{error}");
    }
}
