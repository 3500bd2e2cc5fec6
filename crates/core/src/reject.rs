use serde::{Deserialize, Serialize};

use crate::Origin;

/// Why an input could not become an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectCode {
    /// The record does not parse (broken JSON line, CSV row with another number of fields, bad front matter).
    Malformed,
    /// The record has no text field, or its text is empty.
    MissingText,
    /// The bytes are not UTF-8.
    InvalidUtf8,
    /// The file holds nothing.
    EmptyFile,
    /// The file or folder could not be opened or read.
    Unreadable,
    /// A folder contains itself through a link.
    DirectoryLoop,
    /// The compressed data ends early or is damaged.
    DamagedCompression,
    /// The record or its decompressed form exceeds the limit.
    TooLarge,
    /// The name and content fit no known format.
    UnknownFormat,
    /// The models could not annotate the article.
    AnnotationFailed,
}

impl RejectCode {
    /// The name stored in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            RejectCode::Malformed => "malformed",
            RejectCode::MissingText => "missing_text",
            RejectCode::InvalidUtf8 => "invalid_utf8",
            RejectCode::EmptyFile => "empty_file",
            RejectCode::Unreadable => "unreadable",
            RejectCode::DirectoryLoop => "directory_loop",
            RejectCode::DamagedCompression => "damaged_compression",
            RejectCode::TooLarge => "too_large",
            RejectCode::UnknownFormat => "unknown_format",
            RejectCode::AnnotationFailed => "annotation_failed",
        }
    }
}

/// An input that could not become an article, with enough to find it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// File and line or record.
    pub origin: Origin,
    /// Kind of failure, for counting.
    pub code: RejectCode,
    /// One sentence: what is wrong with this input and what to do about it.
    pub reason: String,
    /// The first bytes of the record (at most [`Reject::MAX_RAW_BYTES`]), invalid UTF-8 replaced.
    pub raw: String,
}

impl Reject {
    /// How much of the record is kept, in bytes.
    pub const MAX_RAW_BYTES: usize = 512;

    /// A reject that keeps the start of the raw record.
    pub fn new(origin: Origin, code: RejectCode, reason: impl Into<String>, raw: &[u8]) -> Self {
        let kept = &raw[..raw.len().min(Self::MAX_RAW_BYTES)];
        Self { origin, code, reason: reason.into(), raw: String::from_utf8_lossy(kept).into_owned() }
    }
}
