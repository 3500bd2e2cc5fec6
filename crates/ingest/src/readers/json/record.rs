//! One record of a JSON document.

use dyad_core::{Article, FieldNames, Origin, RejectCode};
use serde_json::{Map, Value};

use crate::article::{self, Context, Draft, Markup};
use crate::counts::IngestCounts;
use crate::fields::lookup;
use crate::{byline, jobs};

/// How the addresses begin by which JSON Feed (jsonfeed.org/version/1.1) names its version.
const FEED_VERSION: &str = "https://jsonfeed.org";

/// What a document says about the records in its list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Container {
    is_feed: bool,
    title: Option<String>,
    language: Option<String>,
}

impl Container {
    pub(super) fn note(&mut self, name: &str, value: String) {
        match name {
            "version" => self.is_feed = value.starts_with(FEED_VERSION),
            "title" => self.title = Some(value),
            "language" => self.language = Some(value),
            _ => {}
        }
    }
}

/// Whether the first element of a list looks like a record.
pub(super) fn has_text(bytes: &[u8], names: &FieldNames) -> bool {
    let Ok(Value::Object(object)) = serde_json::from_slice(bytes) else { return false };
    let object = source(&object, names);
    has_field(object, names) || feed_text(object).is_some()
}

fn has_field(object: &Map<String, Value>, names: &FieldNames) -> bool {
    names.text.iter().any(|name| filled(object, name).is_some())
}

fn filled<'v>(object: &'v Map<String, Value>, name: &str) -> Option<&'v str> {
    lookup(object, name).and_then(Value::as_str).filter(|text| !text.trim().is_empty())
}

/// The record in an answer of Elasticsearch or OpenSearch, which wraps it; else the object itself.
fn source<'v>(object: &'v Map<String, Value>, names: &FieldNames) -> &'v Map<String, Value> {
    match object.get("_source") {
        Some(Value::Object(inner)) if !has_field(object, names) => inner,
        _ => object,
    }
}

fn feed_text(item: &Map<String, Value>) -> Option<&str> {
    ["content_html", "content_text"].into_iter().find_map(|name| filled(item, name))
}

/// Makes a record of a document an article.
///
/// An item of JSON Feed is told by its `content_html` or `content_text`, whether or not its document has named its
/// version before; the configured text fields come first.
///
/// # Errors
/// The kind of failure and one sentence about it.
pub(crate) fn read_record(
    bytes: &[u8],
    container: &Container,
    origin: Origin,
    context: &Context,
) -> Result<(Article, IngestCounts), (RejectCode, String)> {
    let names = &context.input.fields;
    let object = jobs::json_object(bytes, jobs::JsonUnit::Element)?;
    let object = source(&object, names);
    let n_bytes = bytes.len() as u64;
    let draft = |fields| Draft { fields, body: None, markup: Markup::Unknown, n_bytes, origin };
    if has_field(object, names) {
        return article::build(draft(object), context);
    }
    let summary = || filled(object, "summary").filter(|_| container.is_feed);
    match feed_text(object).or_else(summary) {
        Some(text) => {
            let fields = feed_fields(object, text, container);
            article::build_named(draft(&fields), &FieldNames::default(), context)
        }
        None => article::build(draft(object), context),
    }
}

/// An item of JSON Feed under our own names.
fn feed_fields(item: &Map<String, Value>, text: &str, container: &Container) -> Map<String, Value> {
    let first = |names: [&str; 2]| names.into_iter().find_map(|name| filled(item, name));
    let found = [
        ("text", Some(text.to_owned())),
        ("title", filled(item, "title").map(str::to_owned)),
        ("url", first(["url", "external_url"]).map(str::to_owned)),
        ("published", first(["date_published", "date_modified"]).map(str::to_owned)),
        ("source", container.title.clone()),
        ("language", filled(item, "language").or(container.language.as_deref()).map(str::to_owned)),
        // A list since version 1.1 of the format, an object in version 1.
        ("author", item.get("authors").or_else(|| item.get("author")).and_then(byline::of_field)),
    ];
    found.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?)))).collect()
}
