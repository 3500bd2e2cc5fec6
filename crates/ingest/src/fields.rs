use chrono::{DateTime, Utc};
use dyad_core::{FieldNames, RejectCode};
use serde_json::{Map, Value};
use url::Url;

use crate::{byline, dates, language, text, web};

/// How many fields of a record an error message lists.
const LISTED_FIELDS: usize = 12;
/// How much of each name it shows, in characters.
const SHOWN_CHARS: usize = 60;

/// A record's fields, whatever format they came in, under the configured names.
pub(crate) struct Fields<'r> {
    values: &'r Map<String, Value>,
    names: &'r FieldNames,
}

impl<'r> Fields<'r> {
    pub(crate) fn new(values: &'r Map<String, Value>, names: &'r FieldNames) -> Self {
        Self { values, names }
    }

    /// The article's text as it stands in the record.
    ///
    /// # Errors
    /// The kind of failure and a sentence about it when no field holds text.
    pub(crate) fn text(&self) -> Result<&'r str, (RejectCode, String)> {
        self.named_text().map(|(_, text)| text)
    }

    fn named_text(&self) -> Result<(&'r str, &'r str), (RejectCode, String)> {
        let mut wrong_type = None;
        let mut empty = None;
        for name in &self.names.text {
            match lookup(self.values, name) {
                None | Some(Value::Null) => {}
                Some(Value::String(text)) if text.trim().is_empty() => empty = empty.or(Some(name)),
                Some(Value::String(text)) => return Ok((name, text)),
                Some(other) => wrong_type = wrong_type.or(Some((name, kind(other)))),
            }
        }
        Err(match (wrong_type, empty) {
            (Some((name, kind)), _) => (
                RejectCode::Malformed,
                format!("the field '{name}' holds {kind} where a string with the article's text is needed"),
            ),
            (None, Some(name)) => {
                (RejectCode::MissingText, format!("the text in the field '{name}' is empty"))
            }
            (None, None) => (RejectCode::MissingText, missing(&self.names.text, self.values.keys())),
        })
    }

    /// The headline on one line.
    pub(crate) fn title(&self) -> Option<String> {
        self.found(&self.names.title).find_map(|(_, value)| headline(value))
    }

    /// The canonical address; a field that holds no web address is passed over.
    pub(crate) fn url(&self) -> Option<Url> {
        self.found(&self.names.url).find_map(|(_, value)| address(value))
    }

    /// The outlet: a name, the name in an object, or the host of an address.
    pub(crate) fn source(&self) -> Option<String> {
        self.found(&self.names.source).find_map(|(_, value)| outlet(value))
    }

    /// The publication time, and whether any field claimed to hold one.
    pub(crate) fn published(&self, now: DateTime<Utc>) -> (Option<DateTime<Utc>>, bool) {
        let date = self.found(&self.names.published).find_map(|(_, value)| dates::from_field(value, now));
        let claimed = self.found(&self.names.published).any(|(_, value)| value.as_str() != Some(""));
        (date, claimed)
    }

    /// What the record calls its language.
    pub(crate) fn language(&self) -> Option<&'r str> {
        self.found(&self.names.language).find_map(|(_, value)| value.as_str())
    }

    /// Who wrote it, names separated by commas.
    pub(crate) fn author(&self) -> Option<String> {
        self.found(&self.names.author).find_map(|(_, value)| byline::of_field(value))
    }

    /// For each role the name of the field whose value counts, in the order of [`FieldNames`].
    pub(crate) fn used(&self, now: DateTime<Utc>) -> [Option<&'r str>; 7] {
        let first = |names: &'r [String], counts: &dyn Fn(&Value) -> bool| {
            self.found(names).find(|(_, value)| counts(value)).map(|(name, _)| name)
        };
        let language =
            self.found(&self.names.language).find_map(|(name, value)| Some((name, value.as_str()?)));
        [
            self.named_text().ok().map(|(name, _)| name),
            first(&self.names.title, &|value| headline(value).is_some()),
            first(&self.names.url, &|value| address(value).is_some()),
            first(&self.names.source, &|value| outlet(value).is_some()),
            first(&self.names.published, &|value| dates::from_field(value, now).is_some()),
            language.filter(|(_, value)| language::from_name(value).is_some()).map(|(name, _)| name),
            first(&self.names.author, &|value| byline::of_field(value).is_some()),
        ]
    }

    /// The fields that are there, with the names by which they were looked for.
    fn found(&self, names: &'r [String]) -> impl Iterator<Item = (&'r str, &'r Value)> + use<'r> {
        let values = self.values;
        names.iter().filter_map(move |name| {
            lookup(values, name).filter(|value| !value.is_null()).map(|value| (name.as_str(), value))
        })
    }
}

fn headline(value: &Value) -> Option<String> {
    text::headline(&scalar(value)?)
}

fn address(value: &Value) -> Option<Url> {
    web::canonical(value.as_str()?)
}

fn outlet(value: &Value) -> Option<String> {
    let name = match value {
        Value::Object(object) => {
            ["name", "title", "domain", "id"].iter().find_map(|key| scalar(lookup(object, key)?))?
        }
        other => scalar(other)?,
    };
    web::canonical(&name).and_then(|url| web::outlet(&url)).or_else(|| text::single_line(&name))
}

/// The sentence for a record or header without a text field.
pub(crate) fn missing<'f>(wanted: &[String], found: impl Iterator<Item = &'f String>) -> String {
    let found: Vec<String> = found.take(LISTED_FIELDS).map(|name| text::shown(name, SHOWN_CHARS)).collect();
    let found = if found.is_empty() { "none".to_owned() } else { found.join(", ") };
    format!(
        "no field holds the text (looked for {}; fields found: {found}); \
         name the right one in dyad.toml under [input.fields] text = [\"…\"]",
        wanted.join(", ")
    )
}

/// A field by name: as written, else in another case, else by the parts between dots.
pub(crate) fn lookup<'v>(values: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    let any_case = || values.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    values.get(name).or_else(any_case).or_else(|| {
        let (outer, inner) = name.split_once('.')?;
        lookup(lookup(values, outer)?.as_object()?, inner)
    })
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().expect("an object")
    }

    #[test]
    fn names_are_tried_in_order_and_reach_into_objects() {
        let names = FieldNames {
            text: vec!["story.body".into(), "text".into()],
            source: vec!["site".into()],
            ..FieldNames::default()
        };
        let values = map(json!({
            "Text": "second", "story": {"Body": "first"}, "TITLE": " A &amp;\n B ", "id": "a1", "link": "https://e.com/a#b",
            "site": {"id": null, "name": "The Ledger"}
        }));
        let fields = Fields::new(&values, &names);
        assert_eq!(fields.text(), Ok("first"));
        assert_eq!(fields.title().as_deref(), Some("A & B"));
        assert_eq!(fields.url().map(String::from).as_deref(), Some("https://e.com/a"));
        assert_eq!(fields.source().as_deref(), Some("The Ledger"));
        let dotted = map(json!({"story.body": "literal"}));
        assert_eq!(Fields::new(&dotted, &names).text(), Ok("literal"));
    }

    #[test]
    fn an_empty_field_gives_way_to_the_next() {
        let names = FieldNames::default();
        let values =
            map(json!({"text": " ", "body": null, "content": "here", "source": "https://www.e.com/x"}));
        assert_eq!(Fields::new(&values, &names).text(), Ok("here"));
        assert_eq!(Fields::new(&values, &names).source().as_deref(), Some("e.com"));
    }

    #[test]
    fn a_missing_text_says_what_was_found() {
        let names = FieldNames::default();
        for (value, code, part) in [
            (json!({"text": 5}), RejectCode::Malformed, "'text' holds a number"),
            (json!({"text": ["a"]}), RejectCode::Malformed, "a list"),
            (json!({"text": ""}), RejectCode::MissingText, "'text' is empty"),
            (json!({"tekst": "a"}), RejectCode::MissingText, "fields found: tekst"),
        ] {
            let values = map(value);
            let (found, reason) = Fields::new(&values, &names).text().expect_err("no text");
            assert_eq!(found, code);
            assert!(reason.contains(part), "{reason}");
        }
    }
}
