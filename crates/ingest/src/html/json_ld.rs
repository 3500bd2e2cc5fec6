//! What a page says of its article in JSON-LD (schema.org), also where the JSON is broken.

use serde_json::{Map, Value};

use super::tree::{Kind, Tree};

/// Objects looked at on one page; real pages hold fewer than a hundred.
const MAX_OBJECTS: usize = 2_000;
/// Authors of one article that are read.
const MAX_NAMES: usize = 50;
/// Keys worth saving from a script that no repair makes JSON.
const SALVAGED: [&str; 6] = ["headline", "datePublished", "articleBody", "inLanguage", "dateCreated", "url"];

/// The article of a page as JSON-LD describes it.
#[derive(Debug, Default)]
pub(crate) struct Linked {
    pub(crate) headline: Option<String>,
    /// As written: plain text, or HTML.
    pub(crate) body: Option<String>,
    /// `datePublished` as written, then lesser keys.
    pub(crate) dates: Vec<String>,
    pub(crate) authors: Vec<String>,
    pub(crate) publisher: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) language: Option<String>,
    /// Scripts that are no JSON; what could be saved of them is used.
    pub(crate) n_broken: usize,
}

/// Reads all JSON-LD of a page. Of several articles the one called `title` is meant, else the first.
pub(crate) fn read(tree: &Tree<'_>, title: Option<&str>) -> Linked {
    let mut linked = Linked::default();
    let mut roots = Vec::new();
    for node in &tree.nodes {
        if let Kind::JsonLd(text) = node.kind {
            let (values, broken) = parse(text);
            linked.n_broken += usize::from(broken);
            roots.extend(values);
        }
    }
    let objects = objects(&roots);
    let wanted = title.map(letters);
    let rank = |object: &Map<String, Value>| {
        let same = text_of(object, "headline").map(|found| letters(&found)) == wanted && wanted.is_some();
        u32::from(same) * 4
            + u32::from(object.contains_key("datePublished")) * 2
            + u32::from(object.contains_key("articleBody"))
    };
    let mut article: Option<&Map<String, Value>> = None;
    for object in objects.iter().copied().filter(|object| is_article(object)) {
        if article.is_none_or(|best| rank(object) > rank(best)) {
            article = Some(object);
        }
    }
    if let Some(article) = article {
        fill(&mut linked, article, &objects);
    }
    // A page's own entry knows what the article's leaves out.
    for object in objects.iter().copied().filter(|object| has_type(object, |name| name.ends_with("WebPage")))
    {
        if linked.dates.is_empty() {
            linked.dates.extend(text_of(object, "datePublished"));
        }
        linked.language = linked.language.take().or_else(|| text_of(object, "inLanguage"));
    }
    linked
}

fn fill(linked: &mut Linked, article: &Map<String, Value>, objects: &[&Map<String, Value>]) {
    linked.headline = text_of(article, "headline").or_else(|| text_of(article, "name"));
    linked.body = text_of(article, "articleBody").or_else(|| live_updates(article));
    linked.dates = ["datePublished", "dateCreated", "uploadDate"]
        .iter()
        .filter_map(|key| text_of(article, key))
        .collect();
    linked.authors =
        article.get("author").or_else(|| article.get("creator")).map_or_else(Vec::new, |v| names(v, objects));
    linked.publisher = article.get("publisher").and_then(|value| names(value, objects).into_iter().next());
    linked.url = text_of(article, "url").or_else(|| {
        let page = article.get("mainEntityOfPage")?;
        page.as_str().map(str::to_owned).or_else(|| text_of(page.as_object()?, "@id"))
    });
    linked.language = text_of(article, "inLanguage");
}

/// A live blog's posts, one after another.
fn live_updates(article: &Map<String, Value>) -> Option<String> {
    let updates = article.get("liveBlogUpdate")?.as_array()?;
    let bodies: Vec<String> =
        updates.iter().filter_map(|update| text_of(update.as_object()?, "articleBody")).collect();
    (!bodies.is_empty()).then(|| bodies.join("\n\n"))
}

/// All objects that describe the page, outermost first: not those it merely lists.
fn objects(roots: &[Value]) -> Vec<&Map<String, Value>> {
    let mut found = Vec::new();
    let mut waiting: std::collections::VecDeque<&Value> = roots.iter().collect();
    while let Some(value) = waiting.pop_front() {
        match value {
            Value::Array(values) => waiting.extend(values),
            Value::Object(object) => {
                found.push(object);
                waiting.extend(
                    ["@graph", "mainEntity", "mainEntityOfPage"].iter().filter_map(|key| object.get(*key)),
                );
            }
            _ => {}
        }
        if found.len() >= MAX_OBJECTS {
            break;
        }
    }
    found
}

fn is_article(object: &Map<String, Value>) -> bool {
    has_type(object, |name| {
        name.ends_with("Article")
            || name.ends_with("Posting") && name != "JobPosting"
            || matches!(name, "Report" | "Review" | "Salvaged")
    })
}

fn has_type(object: &Map<String, Value>, is_it: impl Fn(&str) -> bool) -> bool {
    let is_it = |name: &str| is_it(name.rsplit(['/', ':', '#']).next().unwrap_or(name));
    match object.get("@type") {
        Some(Value::String(name)) => is_it(name),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).any(is_it),
        _ => false,
    }
}

fn text_of(object: &Map<String, Value>, key: &str) -> Option<String> {
    let text = match object.get(key)? {
        Value::String(text) => text,
        Value::Array(values) => return joined(values),
        Value::Object(inner) => inner.get("@value").or_else(|| inner.get("name"))?.as_str()?,
        Value::Number(number) => return Some(number.to_string()),
        _ => return None,
    };
    (!text.trim().is_empty()).then(|| text.trim().to_owned())
}

/// A body given by paragraph; of other lists only the first is meant.
fn joined(values: &[Value]) -> Option<String> {
    let texts: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}

/// Names of persons and organisations, also behind a reference to another object of the page.
fn names(value: &Value, objects: &[&Map<String, Value>]) -> Vec<String> {
    match value {
        Value::String(name) => crate::text::single_line(name).into_iter().collect(),
        Value::Array(values) => {
            let is_one = |value: &&Value| !value.is_array();
            values.iter().filter(is_one).take(MAX_NAMES).flat_map(|value| names(value, objects)).collect()
        }
        Value::Object(object) => {
            let id = object.get("@id").and_then(Value::as_str);
            let referred = || {
                let same = |other: &&&Map<String, Value>| {
                    id.is_some() && other.get("@id").and_then(Value::as_str) == id
                };
                objects.iter().filter(same).find_map(|other| text_of(other, "name"))
            };
            let name = text_of(object, "name").or_else(referred);
            name.and_then(|name| crate::text::single_line(&name)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Letters and digits in lower case: what two writings of a title share.
pub(crate) fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The values of a script, and whether it is broken.
fn parse(script: &str) -> (Vec<Value>, bool) {
    let script = script.trim().trim_start_matches("<!--").trim_start_matches("//<![CDATA[");
    let script = script.trim_start_matches("<![CDATA[").trim().trim_end_matches("-->").trim_end();
    let script = script.trim_end_matches("]]>").trim_end_matches("//").trim_end_matches([';', ' ', '\n']);
    if script.is_empty() {
        return (Vec::new(), false);
    }
    if let Ok(value) = serde_json::from_str(script) {
        return (vec![value], false);
    }
    let repaired = repair(script);
    let values: Vec<Value> =
        serde_json::Deserializer::from_str(&repaired).into_iter().map_while(Result::ok).collect();
    if values.is_empty() { (salvage(&repaired).into_iter().collect(), true) } else { (values, true) }
}

/// Escapes bare control characters in strings and drops commas before a closing bracket.
fn repair(script: &str) -> String {
    let mut out = String::with_capacity(script.len());
    let (mut in_string, mut escaped) = (false, false);
    for c in script.chars() {
        match c {
            '\n' if in_string => out.push_str("\\n"),
            c if in_string && c.is_control() => out.push(' '),
            '}' | ']' if !in_string => {
                let kept = out.trim_end().trim_end_matches(',').len();
                out.truncate(kept);
                out.push(c);
            }
            c => out.push(c),
        }
        if c == '"' && !escaped {
            in_string = !in_string;
        }
        escaped = c == '\\' && !escaped;
    }
    out
}

/// An article of those `"key": "value"` pairs that can be read on their own.
fn salvage(script: &str) -> Option<Value> {
    let mut object = Map::new();
    for key in SALVAGED {
        let quoted = format!("\"{key}\"");
        let Some(found) = script.find(&quoted) else { continue };
        let Some(rest) = script[found + quoted.len()..].trim_start().strip_prefix(':') else { continue };
        let mut values = serde_json::Deserializer::from_str(rest.trim_start()).into_iter::<Value>();
        if let Some(Ok(value @ Value::String(_))) = values.next() {
            object.insert(key.to_owned(), value);
        }
    }
    (!object.is_empty()).then(|| {
        object.insert("@type".to_owned(), Value::String("Salvaged".to_owned()));
        Value::Object(object)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linked(scripts: &[&str]) -> Linked {
        let html: String =
            scripts.iter().map(|s| format!("<script type=application/ld+json>{s}</script>")).collect();
        read(&Tree::parse(&html), Some("Two firms part"))
    }

    #[test]
    fn the_article_is_found_in_graphs_and_arrays() {
        let found = linked(&[
            r#"{"@type":"Organization","name":"The Paper"}"#,
            r##"[{"@graph":[{"@type":"WebPage","inLanguage":"en-GB"},
                {"@type":["NewsArticle","Thing"],"headline":"Two firms part","datePublished":"2024-07-31",
                 "author":[{"@id":"#p1"},{"name":"B"},"C"],"publisher":{"name":"The Paper"}},
                {"@id":"#p1","@type":"Person","name":"A"}]}]"##,
        ]);
        assert_eq!(found.headline.as_deref(), Some("Two firms part"));
        assert_eq!(found.dates, ["2024-07-31"]);
        assert_eq!(found.authors, ["A", "B", "C"]);
        assert_eq!(
            (found.publisher.as_deref(), found.language.as_deref()),
            (Some("The Paper"), Some("en-GB"))
        );
        assert_eq!(found.n_broken, 0);
    }

    #[test]
    fn of_several_articles_the_one_with_the_title_is_meant() {
        let found = linked(&[
            r#"{"@type":"NewsArticle","headline":"Another","datePublished":"2020-01-01","articleBody":"x"}"#,
            r#"{"@type":"NewsArticle","headline":"Two  Firms Part!","datePublished":"2024-07-31"}"#,
            r#"{"@type":"ItemList","itemListElement":[{"@type":"NewsArticle","headline":"Two firms part"}]}"#,
        ]);
        assert_eq!(found.dates, ["2024-07-31"]);
    }

    #[test]
    fn broken_json_is_repaired_or_salvaged() {
        let repaired = linked(&[
            "{\"@type\":\"NewsArticle\",\"articleBody\":\"a\nb\\\" \tc\",\"datePublished\":\"2024-07-31\",}",
        ]);
        assert_eq!((repaired.dates.len(), repaired.n_broken), (1, 1));
        assert_eq!(repaired.body.as_deref(), Some("a\nb\"  c"));
        let salvaged = linked(&[
            "{\"@type\":\"NewsArticle\",\"headline\":\"He said \"no\" to it\",\"datePublished\": \"2024-07-31\"",
        ]);
        assert_eq!((salvaged.dates, salvaged.n_broken), (vec!["2024-07-31".to_owned()], 1));
        for harmless in ["", "<!-- -->", "null", "[[]]", "{\"@type\":7}", "nonsense"] {
            assert!(linked(&[harmless]).dates.is_empty());
        }
    }

    #[test]
    fn a_live_blogs_body_is_its_posts() {
        let found = linked(&[
            r#"{"@type":"LiveBlogPosting","liveBlogUpdate":[{"articleBody":"a"},{"articleBody":"b"}]}"#,
        ]);
        assert_eq!(found.body.as_deref(), Some("a\n\nb"));
    }
}
