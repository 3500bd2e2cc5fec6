use serde_json::{Map, Value};

use crate::text;
use crate::yaml_brackets;

/// How many brackets of YAML may be open at once; values nested deeper would be refused anyway, but late: see
/// [`yaml_brackets`].
const MAX_OPEN_BRACKETS: u32 = 128;

/// A Markdown file parted into the fields of its front matter and its body.
///
/// YAML stands between two `---` lines (the second may be `...`), TOML between two `+++` lines. A file
/// that opens with a rule but holds no fields there has no front matter.
///
/// # Errors
/// One sentence when the front matter does not parse.
pub(crate) fn split(file: &str) -> Result<(Map<String, Value>, &str), String> {
    let whole = Ok((Map::new(), file));
    let Some((first, rest)) = file.split_once('\n') else { return whole };
    match first.trim_end() {
        "---" => match part_at(rest, &["---", "..."]) {
            Some((header, body)) => match yaml(header)? {
                Some(fields) => Ok((fields, body)),
                None => whole,
            },
            None => whole,
        },
        "+++" => match part_at(rest, &["+++"]) {
            Some((header, body)) => Ok((toml(header)?, body)),
            None => whole,
        },
        _ => whole,
    }
}

/// The text before and after the first line that is one of the marks.
fn part_at<'t>(text: &'t str, marks: &[&str]) -> Option<(&'t str, &'t str)> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        if marks.contains(&line.trim_end()) {
            return Some((&text[..start], &text[end..]));
        }
        start = end;
    }
    None
}

/// `None` when the text is YAML but no mapping, as any sentence between two rules is.
fn yaml(header: &str) -> Result<Option<Map<String, Value>>, String> {
    if yaml_brackets::may_nest_deeper(header, MAX_OPEN_BRACKETS) {
        return Err(format!(
            "the YAML front matter opens more than {MAX_OPEN_BRACKETS} brackets ('[' or '{{') within each other; \
             close them, or put text that holds them between quotation marks"
        ));
    }
    let value: serde_norway::Value = serde_norway::from_str(header).map_err(|error| {
        let cause = text::cause(&error);
        format!("the YAML front matter does not parse ({cause}); correct it or remove it")
    })?;
    Ok(match from_yaml(value) {
        Value::Object(fields) => Some(fields),
        Value::Null => Some(Map::new()),
        _ => None,
    })
}

fn from_yaml(value: serde_norway::Value) -> Value {
    use serde_norway::Value as Yaml;
    match value {
        Yaml::Null => Value::Null,
        Yaml::Bool(flag) => Value::Bool(flag),
        Yaml::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => Value::from(integer),
            (None, Some(float)) => Value::from(float),
            (None, None) => Value::Null,
        },
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(items) => Value::Array(items.into_iter().map(from_yaml).collect()),
        Yaml::Mapping(entries) => entries
            .into_iter()
            .map(|(key, value)| {
                let key = match from_yaml(key) {
                    Value::String(key) => key,
                    other => other.to_string(),
                };
                (key, from_yaml(value))
            })
            .collect(),
        Yaml::Tagged(tagged) => from_yaml(tagged.value),
    }
}

fn toml(header: &str) -> Result<Map<String, Value>, String> {
    let table: toml::Table = header.parse().map_err(|error: toml::de::Error| {
        let cause = text::cause(&error.message());
        format!("the TOML front matter does not parse ({cause}); correct it or remove it")
    })?;
    Ok(table.into_iter().map(|(key, value)| (key, from_toml(value))).collect())
}

fn from_toml(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(integer) => Value::from(integer),
        toml::Value::Float(float) => Value::from(float),
        toml::Value::Boolean(flag) => Value::Bool(flag),
        toml::Value::Datetime(date) => Value::String(date.to_string()),
        toml::Value::Array(items) => Value::Array(items.into_iter().map(from_toml).collect()),
        toml::Value::Table(entries) => {
            entries.into_iter().map(|(key, value)| (key, from_toml(value))).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_and_toml_give_the_same_fields() {
        let yaml =
            "---\ntitle: \"A: b\"\ndate: 2024-07-31\n1: x\nmeta: {site: The Ledger}\n---\nBody\n---\nmore";
        let (fields, body) = split(yaml).expect("YAML");
        assert_eq!(body, "Body\n---\nmore");
        assert_eq!(fields["title"], "A: b");
        assert_eq!(fields["date"], "2024-07-31");
        assert_eq!(fields["1"], "x");
        let toml =
            "+++\r\ntitle = \"A: b\"\ndate = 2024-07-31T10:00:00Z\n[meta]\nsite = \"The Ledger\"\n+++\nBody";
        let (fields, body) = split(toml).expect("TOML");
        assert_eq!(body, "Body");
        assert_eq!(fields["date"], "2024-07-31T10:00:00Z");
        assert_eq!(fields["meta"]["site"], "The Ledger");
    }

    #[test]
    fn a_rule_is_no_front_matter() {
        for file in
            ["---\nJust words here.\n---\nBody", "---\ntitle: never closed", "Body only", "", "+++\nx"]
        {
            assert_eq!(split(file), Ok((Map::new(), file)));
        }
        assert_eq!(split("---\n---\nBody"), Ok((Map::new(), "Body")));
    }

    #[test]
    fn brackets_nested_deep_are_refused_at_once() {
        const N: usize = 100_000;
        for header in [
            format!("a: {}", "[".repeat(N)),
            "{a: ".repeat(N),
            "- [".repeat(N),
            // Closed within quotation marks, comments and tags only, or behind what may hide a bracket.
            format!("a: {}", "[\"]]\", ']]', x # ]]\n, !<]>]> t, ".repeat(N)),
            format!("a: {}", "[it's, 'it''s]', a \"b, ".repeat(N)),
            format!("a: {}", "[http://x:'y, \"\\\"]\", k: ".repeat(N)),
            format!("a: |\n  [\"\n  ['\nb: {}", "[".repeat(N)),
            format!("a: x [\"\nb: &b !!seq {}", "[".repeat(N)),
            format!("a: [\n# \"\n{}", "{".repeat(N)),
        ] {
            let started = std::time::Instant::now();
            let error = split(&format!("---\n{header}\n---\nBody")).expect_err("too deep");
            assert!(error.contains("more than 128"), "{error}");
            assert!(started.elapsed().as_secs() < 2, "{:?}", started.elapsed());
        }
        let deep = |n: usize| format!("---\na: {}1{}\n---\nBody", "[".repeat(n), "]".repeat(n));
        assert!(split(&deep(100)).is_ok());
        assert!(split(&deep(129)).is_err());
    }

    #[test]
    fn brackets_that_are_text_are_not_counted() {
        let many = "[".repeat(1_000);
        for value in [
            "'[Video] [Live] [Update] a story'".to_owned(),
            "Prices [up, again [and again".to_owned(),
            format!("\"{many}\""),
            format!("'{many}'"),
            format!("so {many}"),
            format!("x # {many}\n# {many}"),
            "[it's, 'a]', \"[b\", c] # [".to_owned(),
            format!("|\n{}", "  [1] It's \"here [and] {there}\n  - [don't](x) '[y]'\n".repeat(500)),
            format!("\n{}", "  - {a: 'it''s [', b: \"]\\\"[\", c: [x y, don't]}\n".repeat(500)),
            format!("[{}]", "{url: http://a.b/c?d=[1], on: 10:30},\n ".repeat(500).replace("[1]", "1")),
        ] {
            let file = format!("---\na: {value}\n---\nBody");
            let (fields, body) = split(&file).unwrap_or_else(|error| panic!("{error} {file}"));
            assert!(!fields["a"].is_null() && body == "Body", "{file}");
        }
    }

    #[test]
    fn broken_front_matter_is_reported() {
        assert!(split("---\ntitle: [open\n---\nBody").expect_err("YAML").contains("YAML"));
        assert!(split("+++\ntitle = \n+++\nBody").expect_err("TOML").contains("TOML"));
    }
}
