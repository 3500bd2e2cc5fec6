//! A day that may be missing, as text in a configuration: `""` stands for none, so that a printed configuration shows
//! the key.

use std::fmt;

use chrono::NaiveDate;
use serde::de::{self, Visitor};
use serde::{Deserializer, Serializer};

pub(crate) fn serialize<S: Serializer>(day: &Option<NaiveDate>, serializer: S) -> Result<S::Ok, S::Error> {
    match day {
        Some(day) => serializer.collect_str(day),
        None => serializer.serialize_str(""),
    }
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveDate>, D::Error> {
    deserializer.deserialize_str(DayVisitor)
}

struct DayVisitor;

impl Visitor<'_> for DayVisitor {
    type Value = Option<NaiveDate>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a day in quotes, such as \"2023-11-17\", or \"\" for none")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        match text {
            "" => Ok(None),
            text => match text.parse() {
                Ok(day) => Ok(Some(day)),
                Err(_) => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::ReportConfig;

    #[test]
    fn a_day_is_text_and_none_is_empty() {
        let read = |text: &str| serde_json::from_str::<ReportConfig>(text).map_err(|error| error.to_string());
        let day = read(r#"{"split": "2023-11-17"}"#).expect("a day");
        assert_eq!(day.split.map(|day| day.to_string()).as_deref(), Some("2023-11-17"));
        let written = serde_json::to_value(&day).expect("JSON");
        assert_eq!(written["split"], "2023-11-17");
        assert_eq!(read(&written.to_string()), Ok(day));
        let none = read("{}").expect("the default");
        assert_eq!((none.split, &serde_json::to_value(&none).expect("JSON")["split"]), (None, &"".into()));
        for bad in [r#"{"split": "17 November 2023"}"#, r#"{"split": "2023-02-30"}"#, r#"{"split": 2023}"#] {
            assert!(read(bad).expect_err("refused").contains("2023-11-17"), "{bad}");
        }
    }
}
