//! Web pages on disk: the article of each.

use std::io::{self, Read};
use std::path::Path;

use dyad_core::{Article, InputConfig, Origin, PublishedFrom, RejectCode};

use crate::article::{Context, article_id};
use crate::counts::IngestCounts;
use crate::html::{self, ExtractError, MAX_PAGE_BYTES};
use crate::stream::Stream;
use crate::{text, web};

/// The bytes of a page: a file, or `-` for standard input; decompressed where the first bytes say so.
///
/// No more than one byte above [`MAX_PAGE_BYTES`] is read, so that [`html::extract`] can tell a page that is too large.
///
/// # Errors
/// Whatever the file system or the decompression says.
pub fn read_page(input: &str) -> io::Result<Vec<u8>> {
    let limit = InputConfig::default().max_expansion;
    let stream = if input == "-" { Stream::stdin(limit)? } else { Stream::open(Path::new(input), limit)? };
    let mut bytes = Vec::new();
    stream.reader.take(MAX_PAGE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What is known of a page besides its bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Answer<'p> {
    /// The address that was asked for.
    pub(crate) url: Option<&'p str>,
    /// The charset of the answer's header.
    pub(crate) charset: Option<&'p str>,
}

/// Makes the article of a page, and counts what was noticed on the way.
///
/// # Errors
/// The kind of failure and one sentence about it.
pub(crate) fn read(
    bytes: &[u8],
    answer: Answer<'_>,
    origin: Origin,
    context: &Context,
) -> Result<(Article, IngestCounts), (RejectCode, String)> {
    let page = html::extract_at(bytes, answer.charset, answer.url, context.now).map_err(|error| {
        let code = match error {
            ExtractError::TooLarge { .. } => RejectCode::TooLarge,
            ExtractError::NotHtml => RejectCode::Malformed,
            ExtractError::NoText => RejectCode::MissingText,
        };
        (code, error.to_string())
    })?;
    let text = text::clean(&page.paragraphs.join("\n\n"));
    let url = page.canonical_url.as_deref().and_then(web::canonical);
    let (published, published_from) =
        page.published.map_or((None, PublishedFrom::None), |(date, from)| (Some(date), from));
    let counts = IngestCounts {
        from_html: 1,
        undated: u64::from(published.is_none()),
        dated_by_url: u64::from(published_from == PublishedFrom::Url),
        unreadable_dates: u64::from(published.is_none() && page.has_faulty_date()),
        unknown_language: u64::from(page.language.is_none()),
        ..IngestCounts::default()
    };
    let article = Article {
        article_id: article_id(url.as_ref(), page.title.as_deref(), &text),
        source: page.source,
        url: url.map(String::from),
        title: page.title,
        author: page.author,
        published,
        published_from,
        language: page.language,
        text,
        n_bytes: bytes.len() as u64,
        duplicate_of: None,
        origin,
    };
    Ok((article, counts))
}
