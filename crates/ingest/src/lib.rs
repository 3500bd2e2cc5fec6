//! Files to [`Article`]s or [`Reject`]s.
//!
//! [`read_inputs`] reads JSONL, CSV, TSV, plain text, Markdown with front matter and HTML pages, each also
//! compressed with gzip, from files, folders, globs and standard input. Whatever cannot become an
//! article becomes a [`Reject`] with file, position and reason, and the run goes on: one bad record
//! never stops it, and every record is either an article or a reject.
//!
//! Memory does not grow with the input: records stream through a bounded channel, and a record above
//! [`dyad_core::InputConfig::max_record_bytes`] is skipped without being held.
//!
//! # Which files are read
//! A folder is read recursively, sorted by path; links are followed. Hidden files are left out, and so
//! are files whose name is `README`, `LICENSE` or `LICENCE` (with any ending), which describe a corpus
//! and are no part of it; these are counted in [`IngestCounts::skipped_files`]. A file named directly
//! or by a glob is always read.
//!
//! # Which format a file has
//! The name decides (`.jsonl`, `.ndjson`, `.json-lines`, `.csv`, `.tsv`, `.txt`, `.md`, `.markdown`, `.html`, `.htm`, `.xhtml`,
//! each also with `.gz`); where it does not, the content does. A file that fits no format becomes a
//! reject that names the remedy, `--input-format`.
#![deny(missing_docs)]

mod article;
mod counts;
mod dates;
mod duplicates;
mod error;
mod fields;
mod format;
mod front_matter;
pub mod html;
mod inputs;
mod jobs;
mod language;
mod markdown;
mod page;
mod pipeline;
mod produce;
mod records;
mod stream;
mod text;
mod web;

use dyad_core::{Article, InputConfig, Reject};

pub use counts::IngestCounts;
pub use duplicates::NearDuplicates;
pub use error::{IngestError, UnknownInputFormat};
pub use format::InputFormat;
pub use page::read_page;
pub use pipeline::read_inputs;

/// What one record of the input became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// An article.
    Article(Article),
    /// An input that could not become one.
    Reject(Reject),
}

/// How [`read_inputs`] reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IngestOptions {
    /// Field names and limits.
    pub input: InputConfig,
    /// The format of every input; `None` tells it from name and content, file by file.
    pub format: Option<InputFormat>,
    /// Threads that parse records; 0 takes one for each core.
    pub threads: usize,
}
