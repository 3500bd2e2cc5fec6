//! HTML pages to article text and metadata.
//!
//! [`extract`] reads a page in one pass each: bytes to text (`charset`), text to a bounded tree (`parser`, `tree`),
//! JSON-LD and `<meta>` to metadata (`json_ld`, `metadata`, `dates`), the tree to paragraphs (`blocks`),
//! and of these the article's (`body`, by the `rules` for elements and for `lines`). Nothing recurses over the page.

mod blocks;
mod body;
mod charset;
mod dates;
mod fragment;
mod json_ld;
mod lines;
mod metadata;
mod names;
mod note;
mod parser;
mod rules;
mod tag;
mod tree;

use chrono::{DateTime, Utc};
use dyad_core::PublishedFrom;

pub(crate) use charset::utf_16_by_zeros;
pub(crate) use fragment::{fragment_text, holds_markup};
pub use note::{DateFault, Note};

/// Largest page that is read, in bytes. News pages have 0.1 to 3 MB.
pub const MAX_PAGE_BYTES: usize = 32 * 1024 * 1024;
/// Characters at the start of a page that tell whether it is text at all.
const SNIFF_CHARS: usize = 4_096;

/// An article as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Extracted {
    /// The text without its title, each paragraph on one line; never empty.
    pub paragraphs: Vec<String>,
    /// The headline.
    pub title: Option<String>,
    /// When it was published, in UTC, and what says so.
    pub published: Option<(DateTime<Utc>, PublishedFrom)>,
    /// The authors, separated by commas.
    pub author: Option<String>,
    /// The outlet's name, else its host.
    pub source: Option<String>,
    /// The address under which the page wants to be known, in the form of `dyad-ingest`.
    pub canonical_url: Option<String>,
    /// ISO 639-1.
    pub language: Option<String>,
    /// What was noticed on the way.
    pub notes: Vec<Note>,
}

impl Extracted {
    /// Whether a date of the page was passed over because it does not exist or lies in the future.
    pub fn has_faulty_date(&self) -> bool {
        self.notes.iter().any(|note| matches!(note, Note::DatePassedOver { .. }))
    }
}

/// Why a page gives no article.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExtractError {
    /// The page is larger than [`MAX_PAGE_BYTES`].
    #[error(
        "the page has {n_bytes} bytes, more than the {MAX_PAGE_BYTES} that are read; leave out what is embedded in it"
    )]
    TooLarge {
        /// Its size.
        n_bytes: usize,
    },
    /// The input holds no element at all, or mostly bytes that are no text.
    #[error("the input is not HTML (no tag, or binary data); check the file, and decompress it if need be")]
    NotHtml,
    /// The page shows no running text.
    #[error(
        "the page holds no article text; it may be a list of links, or be built by scripts in the browser"
    )]
    NoText,
}

/// Reads the article of a page.
///
/// `charset_hint` is the charset of the HTTP header, `url` the address the page was fetched from, both if
/// known. Dates are judged by the present time.
///
/// # Errors
/// [`ExtractError`], for a page that is too large, no HTML or without an article. Pages nested too deep are
/// flattened, and broken ones read as far as they go; [`Extracted::notes`] says so.
pub fn extract(
    bytes: &[u8],
    charset_hint: Option<&str>,
    url: Option<&str>,
) -> Result<Extracted, ExtractError> {
    extract_at(bytes, charset_hint, url, Utc::now())
}

/// [`extract`] at a given time.
///
/// # Errors
/// Those of [`extract`].
pub fn extract_at(
    bytes: &[u8],
    charset_hint: Option<&str>,
    url: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Extracted, ExtractError> {
    if bytes.len() > MAX_PAGE_BYTES {
        return Err(ExtractError::TooLarge { n_bytes: bytes.len() });
    }
    let decoded = charset::decode(bytes, charset_hint);
    let tree = tree::Tree::parse(&decoded.text);
    if is_binary(&decoded.text) || tree.elements_count() == 0 {
        return Err(ExtractError::NotHtml);
    }
    let mut notes = Vec::new();
    if decoded.n_malformed > 0 {
        notes.push(Note::Malformed { charset: decoded.charset.name(), n_characters: decoded.n_malformed });
    }
    if tree.flattened > 0 {
        notes.push(Note::Flattened { n_elements: tree.flattened });
    }
    let metas = metadata::Metas::read(&tree);
    let shown_title = metadata::shown_title(&tree, &metas);
    let linked = json_ld::read(&tree, shown_title.as_deref());
    if linked.n_broken > 0 {
        notes.push(Note::BrokenJsonLd { n_scripts: linked.n_broken });
    }
    let url = metadata::canonical_url(&tree, &metas, &linked, url);
    let source = metadata::source(&metas, &linked, url.as_ref());
    let title = metadata::title(&tree, &metas, &linked, source.as_deref());
    let published = dates::published(&tree, &metas, &linked, url.as_ref(), now, &mut notes);
    let titles: Vec<String> = title.iter().chain(&shown_title).cloned().collect();
    let paragraphs = body::paragraphs(&tree, linked.body.as_deref(), &titles, &mut notes);
    if paragraphs.is_empty() {
        return Err(ExtractError::NoText);
    }
    Ok(Extracted {
        author: metadata::author(&tree, &metas, &linked),
        language: metadata::language(&tree, &metas, &linked, title.as_deref(), &paragraphs),
        paragraphs,
        title,
        published,
        source,
        canonical_url: url.map(String::from),
        notes,
    })
}

/// The bytes of an XML or HTML document as text, by its byte order mark, what it says, or what it looks like.
pub(crate) fn decode(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    charset::decode(bytes, None).text
}

/// More than a tenth of the first characters are no text.
fn is_binary(text: &str) -> bool {
    let start = text.chars().take(SNIFF_CHARS);
    let is_odd = |c: char| c == '\u{fffd}' || c.is_control() && !c.is_whitespace() && c != '\0';
    let (n, odd) = start.fold((0, 0), |(n, odd), c| (n + 1, odd + usize::from(is_odd(c))));
    odd * 10 > n
}

#[cfg(test)]
mod tests;
