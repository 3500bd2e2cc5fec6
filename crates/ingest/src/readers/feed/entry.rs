//! One entry of a feed.

use dyad_core::{Article, FieldNames, Origin, RejectCode};
use feed_rs::model::{Entry, Feed as Parsed};
use feed_rs::parser::{Builder, ParseFeedResult};
use serde_json::{Map, Value};

use crate::article::{self, Context, Draft, Markup};
use crate::counts::IngestCounts;
use crate::{byline, text};

use super::split::Feed;
use super::tags::{self, Kind, Tag, attributes, end_of, next_tag};

/// Elements that are taken away before feed-rs reads a feed: no article shows them, and feed-rs 3.0 panics on some
/// names of authors and some durations.
const UNREAD: [&str; 9] = [
    "author",
    "creator",
    "contributor",
    "managingEditor",
    "webMaster",
    "enclosure",
    "source",
    "language",
    "category",
];
const UNREAD_PREFIXES: [&str; 4] = ["media", "itunes", "podcast", "googleplay"];
/// Elements that hold a date, some of which feed-rs does not read.
const DATES: [&str; 8] =
    ["pubDate", "date", "published", "issued", "updated", "modified", "created", "lastBuildDate"];

/// What a feed says about all of its entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Channel {
    title: Option<String>,
    language: Option<String>,
    around: (String, String),
}

impl Channel {
    pub(super) fn read(feed: &Feed) -> Self {
        let mut channel = Self::unnamed(feed);
        let (frame, noted) = pruned(&feed.frame);
        let parsed = parse(&frame).or_else(|_| parse(&pruned(&feed.head).0));
        if let Ok(parsed) = parsed {
            channel.title = parsed.title.map(|title| title.content);
            channel.language = parsed.language.or(noted.language);
        }
        channel
    }

    /// A feed of which nothing is known but its entries.
    pub(super) fn unnamed(feed: &Feed) -> Self {
        Self { title: None, language: None, around: feed.around.clone() }
    }
}

/// Makes an entry an article. Its text is its content, else its summary.
///
/// # Errors
/// The kind of failure and one sentence about it.
pub(crate) fn read_entry(
    bytes: &[u8],
    channel: &Channel,
    origin: Origin,
    context: &Context,
) -> Result<(Article, IngestCounts), (RejectCode, String)> {
    let (entry, noted) = pruned(crate::jobs::utf8(bytes)?);
    let (opening, closing) = &channel.around;
    let parsed = parse(&format!("{opening}{entry}{closing}")).map_err(|error| {
        let cause = text::cause(&error);
        let reason = format!("the entry cannot be read ({cause}); correct it, or fetch the feed again");
        (RejectCode::Malformed, reason)
    })?;
    let entry = parsed.entries.into_iter().next();
    let fields = entry.and_then(|entry| fields(entry, noted, channel)).ok_or_else(|| {
        let reason = "the entry has neither a content nor a summary; fetch the page that it stands for";
        (RejectCode::MissingText, reason.to_owned())
    })?;
    let n_bytes = bytes.len() as u64;
    let draft = Draft { fields: &fields, body: None, markup: Markup::Unknown, n_bytes, origin };
    article::build_named(draft, &FieldNames::default(), context)
}

fn parse(feed: &str) -> ParseFeedResult<Parsed> {
    let feed = tags::without_declarations(feed);
    // No identifiers are made up: they would look like addresses.
    let builder = Builder::new().sanitize_content(false).id_generator(|_, _, _| String::new());
    builder.build().parse(feed.as_bytes())
}

/// An entry under our own names; `None` without a text.
fn fields(entry: Entry, noted: Noted, channel: &Channel) -> Option<Map<String, Value>> {
    let is_filled = |text: &String| !text.trim().is_empty();
    let is_text = |kind: &str| kind.starts_with("text/") || kind.contains("html") || kind.contains("xml");
    let content = entry.content.filter(|content| is_text(content.content_type.as_str()));
    let content = content.and_then(|content| content.body).filter(is_filled);
    let text = content.or_else(|| entry.summary.map(|summary| summary.content).filter(is_filled))?;
    let is_alternate = |rel: Option<&str>| rel.is_none_or(|rel| rel == "alternate");
    let link =
        entry.links.into_iter().find(|link| link.target.is_none() && is_alternate(link.rel.as_deref()));
    let date = entry.published.or(entry.updated).map(|date| date.to_rfc3339());
    let found = [
        ("text", Some(text)),
        ("title", entry.title.map(|title| title.content)),
        ("url", link.map(|link| link.href)),
        // Often the address too; what is none is passed over.
        ("id", Some(entry.id)),
        ("published", date.or(noted.date)),
        ("language", entry.language.or(noted.language).or_else(|| channel.language.clone())),
        ("source", noted.source.or_else(|| channel.title.clone())),
        ("author", byline::joined(noted.authors.iter().map(String::as_str))),
    ];
    Some(found.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?)))).collect())
}

/// What feed-rs does not tell about an entry.
#[derive(Debug, Default)]
struct Noted {
    /// Title of the feed that the entry was taken from.
    source: Option<String>,
    language: Option<String>,
    /// Names of those who wrote it.
    authors: Vec<String>,
    /// The first date, as written.
    date: Option<String>,
}

/// The XML without the elements that are not read, and what was noted of them.
fn pruned(xml: &str) -> (String, Noted) {
    let mut noted = Noted::default();
    let mut out = String::with_capacity(xml.len());
    let (mut copied, mut at) = (0, 0);
    // Names of which no end tag is left: looking for one again would be quadratic.
    let mut unclosed: Vec<&str> = Vec::new();
    while let Some(tag) = next_tag(xml, at) {
        at = tag.range.end;
        if tag.kind == Kind::Start && noted.language.is_none() {
            let lang = attributes(xml, &tag).into_iter().find(|(name, _)| *name == "xml:lang");
            noted.language = lang.map(|(_, value)| plain(value.trim_matches(['"', '\''])));
        }
        let is_read = !UNREAD.contains(&tag.local())
            && !tag.prefix().is_some_and(|prefix| UNREAD_PREFIXES.contains(&prefix));
        let is_date = DATES.contains(&tag.local()) && noted.date.is_none();
        if tag.kind != Kind::Start || is_read && !is_date || unclosed.contains(&tag.name) {
            continue;
        }
        let Some(end) = end_of(xml, &tag) else {
            unclosed.push(tag.name);
            continue;
        };
        noted.note(&tag, &xml[tag.range.end..end.start]);
        if !is_read {
            out.push_str(&xml[copied..tag.range.start]);
            (copied, at) = (end.end, end.end);
        }
    }
    out.push_str(&xml[copied..]);
    (out, noted)
}

impl Noted {
    fn note(&mut self, tag: &Tag<'_>, inner: &str) {
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        match tag.local() {
            "source" => self.source = self.source.take().or_else(|| some(title_in(inner))),
            "author" | "creator" => self.authors.extend(some(author_in(inner))),
            "language" if self.language.is_none() => self.language = some(plain(inner)),
            name if DATES.contains(&name) => self.date = some(plain(inner)),
            _ => {}
        }
    }
}

/// The text of an Atom source's title, or the whole of an RSS source.
fn title_in(inner: &str) -> String {
    named_or_whole(inner, "title")
}

/// The name of an Atom author, or the whole of a Dublin Core creator or an RSS author, which is an address of mail with
/// the name in brackets behind it.
fn author_in(inner: &str) -> String {
    let author = named_or_whole(inner, "name");
    match author.split_once('(') {
        Some((address, name)) if address.contains('@') => name.trim_end_matches(')').trim().to_owned(),
        _ if author.contains('@') => String::new(),
        _ => author,
    }
}

/// The text of the first element of this name, or all of it where there are no elements.
fn named_or_whole(inner: &str, name: &str) -> String {
    let mut at = 0;
    let mut has_elements = false;
    while let Some(tag) = next_tag(inner, at) {
        at = tag.range.end;
        has_elements = true;
        if tag.kind == Kind::Start && tag.local() == name {
            return end_of(inner, &tag)
                .map(|end| plain(&inner[tag.range.end..end.start]))
                .unwrap_or_default();
        }
    }
    if has_elements { String::new() } else { plain(inner) }
}

/// The text in an element.
fn plain(inner: &str) -> String {
    let trimmed = inner.trim();
    let section = trimmed.strip_prefix("<![CDATA[").and_then(|rest| rest.strip_suffix("]]>"));
    section.map_or_else(|| text::decode_entities(trimmed).trim().to_owned(), |text| text.trim().to_owned())
}
