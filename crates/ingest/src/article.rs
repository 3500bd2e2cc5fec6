use chrono::{DateTime, Utc};
use dyad_core::{Article, ArticleId, FieldNames, InputConfig, Origin, PublishedFrom, RejectCode};
use serde_json::{Map, Value};
use url::Url;

use crate::counts::IngestCounts;
use crate::field_use::FieldUse;
use crate::fields::Fields;
use crate::{dates, html, language, markdown, text, web};

/// Hexadecimal digits of an article's identifier.
const ID_DIGITS: usize = 32;

/// What every record of a run is read with.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) input: InputConfig,
    /// The names of fields that were found.
    pub(crate) fields: FieldUse,
    /// The time of the run, by which a date lies in the future.
    pub(crate) now: DateTime<Utc>,
}

/// How the text of a record is marked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Markup {
    /// A plain text file: nothing but text, perhaps a title on the first line.
    Plain,
    /// A Markdown file.
    Markdown,
    /// A field of a record: plain, unless it looks like Markdown or holds HTML.
    Unknown,
}

/// A record taken apart, before it is an article.
pub(crate) struct Draft<'r> {
    pub(crate) fields: &'r Map<String, Value>,
    /// The text, if it stands outside of the fields.
    pub(crate) body: Option<&'r str>,
    pub(crate) markup: Markup,
    pub(crate) n_bytes: u64,
    pub(crate) origin: Origin,
}

/// Makes a record an article, and counts what was noticed on the way.
///
/// # Errors
/// The kind of failure and one sentence about it.
pub(crate) fn build(
    draft: Draft<'_>,
    context: &Context,
) -> Result<(Article, IngestCounts), (RejectCode, String)> {
    let (position, values, is_record) = (draft.origin.position, draft.fields, draft.body.is_none());
    let names = &context.input.fields;
    let built = build_named(draft, names, context)?;
    if is_record {
        context.fields.note(position, values, names, context.now);
    }
    Ok(built)
}

/// [`build`] with names of fields that do not come from the configuration.
///
/// # Errors
/// The kind of failure and one sentence about it.
pub(crate) fn build_named(
    draft: Draft<'_>,
    names: &FieldNames,
    context: &Context,
) -> Result<(Article, IngestCounts), (RejectCode, String)> {
    let fields = Fields::new(draft.fields, names);
    let raw = match draft.body {
        Some(body) => body,
        None => fields.text()?,
    };
    let mut counts = IngestCounts::default();
    let (title, text) = title_and_text(fields.title(), raw, draft.markup, &mut counts);
    if text.is_empty() {
        return Err((
            RejectCode::MissingText,
            "nothing is left of the text but white space, images, code or markup".to_owned(),
        ));
    }

    let url = fields.url();
    let (published, published_from) = publication(&fields, url.as_ref(), context.now, &mut counts);
    let language = fields
        .language()
        .and_then(language::from_name)
        .or_else(|| language::detect(title.as_deref(), &text))
        .map(str::to_owned);
    counts.unknown_language += u64::from(language.is_none());

    let article = Article {
        article_id: article_id(url.as_ref(), title.as_deref(), &text),
        source: fields.source().or_else(|| url.as_ref().and_then(web::outlet)),
        url: url.map(String::from),
        title,
        author: fields.author(),
        published,
        published_from,
        language,
        text,
        n_bytes: draft.n_bytes,
        duplicate_of: None,
        origin: draft.origin,
    };
    Ok((article, counts))
}

fn title_and_text(
    title: Option<String>,
    raw: &str,
    markup: Markup,
    counts: &mut IngestCounts,
) -> (Option<String>, String) {
    match markup {
        Markup::Plain => {
            let text = text::clean(raw);
            let (first_line, body) = text::split_title(&text);
            match first_line.filter(|_| title.is_none()) {
                // Tabs may part its words.
                Some(first_line) => (Some(text::unbroken(first_line)), body.to_owned()),
                None => (title, text),
            }
        }
        Markup::Unknown if is_html(raw) => {
            counts.from_html_fields += 1;
            (title, text::clean(&html::fragment_text(raw)))
        }
        Markup::Unknown if !markdown::looks_like_markdown(raw) => {
            (title, text::clean(&text::decode_entities(raw)))
        }
        Markup::Markdown | Markup::Unknown => {
            counts.from_markdown += 1;
            from_markdown(title, raw)
        }
    }
}

/// Whether a field holds HTML. Markdown may hold tags too, but seldom begins with one.
fn is_html(raw: &str) -> bool {
    html::holds_markup(raw) && (raw.trim_start().starts_with('<') || !markdown::looks_like_markdown(raw))
}

/// A heading on top is the title of a document that names none, and no part of the text of one that
/// names the same.
fn from_markdown(title: Option<String>, raw: &str) -> (Option<String>, String) {
    let plain = markdown::to_plain(raw);
    let body = text::clean(&plain.text);
    let Some(heading) = plain.heading.as_deref().and_then(text::single_line) else { return (title, body) };
    // A heading with nothing below is all the text there is.
    if body.is_empty() {
        return (title, heading);
    }
    match title {
        None => (Some(heading), body),
        Some(title) if title.to_lowercase() == heading.to_lowercase() => (Some(title), body),
        Some(title) => (Some(title), format!("{heading}\n\n{body}")),
    }
}

fn publication(
    fields: &Fields<'_>,
    url: Option<&Url>,
    now: DateTime<Utc>,
    counts: &mut IngestCounts,
) -> (Option<DateTime<Utc>>, PublishedFrom) {
    let (date, claimed) = fields.published(now);
    if date.is_some() {
        return (date, PublishedFrom::Metadata);
    }
    counts.unreadable_dates += u64::from(claimed);
    match url.and_then(|url| dates::from_url(url, now)) {
        Some(date) => {
            counts.dated_by_url += 1;
            (Some(date), PublishedFrom::Url)
        }
        None => {
            counts.undated += 1;
            (None, PublishedFrom::None)
        }
    }
}

pub(crate) fn article_id(url: Option<&Url>, title: Option<&str>, text: &str) -> ArticleId {
    let hash = match url.filter(|url| web::names_a_page(url)) {
        Some(url) => blake3::hash(url.as_str().as_bytes()),
        None => {
            let mut hasher = blake3::Hasher::new();
            hasher.update(title.unwrap_or_default().as_bytes()).update(b"\0").update(text.as_bytes());
            hasher.finalize()
        }
    };
    ArticleId(hash.to_hex()[..ID_DIGITS].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn context() -> Context {
        let now = DateTime::from_timestamp(1_753_963_200, 0).expect("31 July 2025");
        Context { input: InputConfig::default(), fields: FieldUse::default(), now }
    }

    fn article(value: Value, body: Option<&str>, markup: Markup) -> (Article, IngestCounts) {
        let fields = value.as_object().cloned().expect("an object");
        let origin = Origin { file: "f".into(), position: 1 };
        build(Draft { fields: &fields, body, markup, n_bytes: 9, origin }, &context()).expect("an article")
    }

    #[test]
    fn an_article_is_known_by_its_address_else_by_its_words() {
        let id = |value| article(value, None, Markup::Unknown).0.article_id;
        let here = id(json!({"text": "One.", "url": "https://e.com/a?utm_source=x"}));
        assert_eq!(here, id(json!({"text": "Two.", "url": "https://e.com/a/#top"})));
        assert_eq!(here.as_str(), &blake3::hash(b"https://e.com/a").to_hex()[..32]);
        let plain = id(json!({"title": "T", "text": "One."}));
        assert_eq!(plain.as_str(), &blake3::hash(b"T\0One.").to_hex()[..32]);
        assert_ne!(
            id(json!({"text": "One.", "url": "https://e.com/"})),
            id(json!({"text": "Two.", "url": "https://e.com/"})),
            "a home page names no article"
        );
    }

    #[test]
    fn dates_and_sources_fall_back_to_the_address() {
        let url = "https://www.e.com/2024/07/31/a";
        let (found, counts) =
            article(json!({"text": "A.", "url": url, "date": "soon"}), None, Markup::Unknown);
        assert_eq!(found.published_from, PublishedFrom::Url);
        assert_eq!(found.source.as_deref(), Some("e.com"));
        assert_eq!((counts.unreadable_dates, counts.dated_by_url, counts.undated), (1, 1, 0));
        let (found, counts) = article(json!({"text": "A."}), None, Markup::Unknown);
        assert_eq!((found.published, found.published_from), (None, PublishedFrom::None));
        assert_eq!((counts.unreadable_dates, counts.undated), (0, 1));
    }

    #[test]
    fn markdown_in_a_field_is_converted_and_plain_text_is_not() {
        let marked = "## One\n\n- [a](https://e.com) *b*\n\n## Two &amp; three";
        let (found, counts) = article(json!({"text": marked}), None, Markup::Unknown);
        assert_eq!(found.text, "One\n\na b\n\nTwo & three");
        assert_eq!(counts.from_markdown, 1);
        let (found, counts) =
            article(json!({"text": "AT&amp;T *said*\r\n\r\n\r\nno."}), None, Markup::Unknown);
        assert_eq!(found.text, "AT&T *said*\n\nno.");
        assert_eq!(counts.from_markdown, 0);
    }

    #[test]
    fn html_in_a_field_is_converted_and_signs_are_kept() {
        let (found, counts) = article(
            json!({"title": "<i>Dune</i> &amp; more", "text": "<p>a &amp; b</p>\n- x\n- y\n- z<p>1 < 2"}),
            None,
            Markup::Unknown,
        );
        assert_eq!(
            (found.title.as_deref(), found.text.as_str()),
            (Some("Dune & more"), "a & b\n\n- x - y - z\n\n1 < 2")
        );
        assert_eq!((counts.from_html_fields, counts.from_markdown), (1, 0));
        let plain = "a < b, List<String>, <unk>";
        let (found, counts) = article(json!({"title": plain, "text": plain}), None, Markup::Unknown);
        assert_eq!((found.title.as_deref(), found.text.as_str()), (Some(plain), plain));
        assert_eq!(counts.from_html_fields, 0);
    }

    #[test]
    fn a_heading_on_top_is_the_title_once() {
        let read = |value, body| {
            let found = article(value, Some(body), Markup::Markdown).0;
            (found.title.unwrap_or_default(), found.text)
        };
        assert_eq!(read(json!({}), "# Head\n\nBody"), ("Head".into(), "Body".into()));
        assert_eq!(read(json!({"title": "Head"}), "# Head\n\nBody"), ("Head".into(), "Body".into()));
        assert_eq!(read(json!({"title": "Else"}), "# Head\n\nBody"), ("Else".into(), "Head\n\nBody".into()));
        assert_eq!(read(json!({}), "# Head"), (String::new(), "Head".into()));
    }
}
