use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::Span;

/// Identifies an article across runs: blake3 of its canonical URL, or of title and text, as 32
/// hexadecimal digits (128 bits).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ArticleId(pub String);

impl ArticleId {
    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ArticleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where an article's date was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PublishedFrom {
    /// A field of the record or of the front matter.
    Metadata,
    /// The path of the URL (`/2024/07/31/`).
    Url,
    /// The text itself.
    Text,
    /// Nowhere: the article is undated.
    #[default]
    None,
}

impl PublishedFrom {
    /// The name stored in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            PublishedFrom::Metadata => "metadata",
            PublishedFrom::Url => "url",
            PublishedFrom::Text => "text",
            PublishedFrom::None => "none",
        }
    }

    /// The inverse of [`PublishedFrom::as_str`]; an unknown name is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Metadata, Self::Url, Self::Text, Self::None].into_iter().find(|from| from.as_str() == text)
    }
}

/// The place in the input that a record came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Origin {
    /// Path as given or found, `-` for standard input.
    pub file: String,
    /// 1-based line (JSONL), record (CSV, without the header) or 1 for a file that is one article;
    /// 0 when the whole file is meant.
    pub position: u64,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            0 => f.write_str(&self.file),
            position => write!(f, "{}:{position}", self.file),
        }
    }
}

/// A news article as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Article {
    /// Stable identifier.
    pub article_id: ArticleId,
    /// Canonical URL, if the input names one.
    pub url: Option<String>,
    /// Outlet, if the input names one or its URL tells the host.
    pub source: Option<String>,
    /// Headline.
    pub title: Option<String>,
    /// Who wrote it, names separated by commas, if the input names anybody.
    pub author: Option<String>,
    /// Publication time in UTC; `None` for an undated article, which is kept and counted.
    pub published: Option<DateTime<Utc>>,
    /// Where `published` was found.
    pub published_from: PublishedFrom,
    /// ISO 639-1 code where it could be told.
    pub language: Option<String>,
    /// The article's text without its title; paragraphs parted by a blank line.
    pub text: String,
    /// Bytes of the record in the input.
    pub n_bytes: u64,
    /// The earlier article of which this one is a near-copy.
    pub duplicate_of: Option<ArticleId>,
    /// Where the article came from.
    pub origin: Origin,
}

/// One sentence of an article, or its title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    /// 0-based number within the article; the title, if there is one, is 0.
    pub sentence_no: u32,
    /// Byte range in the article's text, or in its title when `is_title`.
    pub span: Span,
    /// The sentence.
    pub text: String,
    /// Whether this is the title.
    pub is_title: bool,
}
