//! Who wrote an article.

use serde_json::Value;

use crate::fields::lookup;
use crate::text;

/// Longest name of an author, in characters; a longer one is a sentence.
const MAX_NAME_CHARS: usize = 120;
/// How many authors are read of a record.
const MAX_AUTHORS: usize = 64;

/// Names as one line, separated by commas; each once, without the word before them. What is no name (an address, a
/// sentence, digits) is left out.
pub(crate) fn joined<'n>(names: impl IntoIterator<Item = &'n str>) -> Option<String> {
    let mut unique: Vec<String> = Vec::new();
    for name in names {
        let Some(line) = text::single_line(name).filter(|line| is_name(line)) else { continue };
        let name = ["By ", "by ", "BY "].iter().find_map(|by| line.strip_prefix(by)).unwrap_or(&line).trim();
        if !name.is_empty() && !unique.iter().any(|known| known == name) {
            unique.push(name.to_owned());
        }
    }
    (!unique.is_empty()).then(|| unique.join(", "))
}

/// Whether this may be the name of somebody.
pub(crate) fn is_name(text: &str) -> bool {
    text.chars().count() <= MAX_NAME_CHARS && !text.contains("://") && text.chars().any(char::is_alphabetic)
}

/// The authors in a field: a name, an object with one, or a list of these.
pub(crate) fn of_field(value: &Value) -> Option<String> {
    joined(match value {
        Value::Array(values) => values.iter().take(MAX_AUTHORS).filter_map(name_in).collect(),
        one => name_in(one).into_iter().collect::<Vec<_>>(),
    })
}

fn name_in(value: &Value) -> Option<&str> {
    match value {
        Value::String(name) => Some(name),
        Value::Object(object) => lookup(object, "name")?.as_str(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn authors_are_names_in_a_field_an_object_or_a_list() {
        for (value, expected) in [
            (json!(" By Ann\n Lee "), Some("Ann Lee")),
            (json!(["Ann Lee", {"name": "Bo Li"}, "by Ann Lee", null, 7]), Some("Ann Lee, Bo Li")),
            (json!({"Name": "Ann Lee", "url": "https://e.com"}), Some("Ann Lee")),
            (json!("https://e.com/ann"), None),
            (json!([[], {}, "2024-07-31", ""]), None),
            (json!("x".repeat(121)), None),
        ] {
            assert_eq!(of_field(&value).as_deref(), expected, "{value}");
        }
    }
}
