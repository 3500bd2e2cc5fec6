//! Files to [`Article`]s or [`Reject`]s.
//!
//! [`read_inputs`] reads articles from files, folders, globs, standard input and addresses, in any of the formats below, each
//! also compressed or in an archive. Whatever cannot become an article becomes a [`Reject`] with file, position and reason,
//! and the run goes on: one bad record never stops it, and every record is either an article or a reject. Records of web
//! archives that are no page (requests, images, redirects) are neither; [`IngestCounts::other_records`] counts them.
//!
//! # Inputs
//! A folder is read recursively, sorted by path; links are followed. Hidden files are left out, and so are files that
//! describe a corpus and are no part of it: `README`, `LICENSE` and `LICENCE`, alone, with one ending (`README.md`), with
//! more behind a `-` or `_` (`LICENSE-MIT`), or both for a short word in `.md`, `.txt` or `.rst` (`README_de.md`). These are
//! counted in [`IngestCounts::skipped_files`]. A file named directly or by a glob is always read.
//!
//! An address names a file on a web server (`https://`, `http://`), or in a bucket (`s3://`, `gs://`, `az://`): one object, all
//! below a prefix that ends with `/`, or those that a pattern with `*` matches; the rules for folders hold. Credentials
//! come from the environment. A web address may have a query (`?format=rss`); it is asked for as given, and stands in
//! articles, rejects and messages with `…` for what is likely to be a secret in it ([`shown_input`]). One with a user name
//! or password is refused. A web server need not say how long the file is; an answer that breaks off is a reject, unless
//! its end is the end of the connection, where nothing tells.
//!
//! # Formats
//! The name decides, of a file as of an address, through the ending of a compression; where it does not, the content
//! does. A file that fits no format becomes a reject that names the remedy, `--input-format`. Text is UTF-8. HTML, RSS and
//! Atom may be in any charset of the web; another file in UTF-16 becomes a reject that says how to convert it.
//!
//! | [`InputFormat`] | endings | records |
//! |---|---|---|
//! | `Jsonl` | `.jsonl`, `.ndjson`, `.json-lines` (`.json` by content) | one JSON object a line |
//! | `Json` | by content, also of `.json` | the objects of a document, JSON Feed too |
//! | `Csv`, `Tsv` | `.csv`, `.tsv` | rows below a header |
//! | `Text` | `.txt`; what is no other format and has no ending | one article a file |
//! | `Markdown` | `.md`, `.markdown` | one article a file, with YAML or TOML front matter |
//! | `Html` | `.html`, `.htm`, `.xhtml`; by content | one page a file |
//! | `Feed` | `.rss`, `.atom`; by content (`.xml`) | entries of RSS and Atom |
//! | `Warc` | `.warc`; by content | pages of a web archive that were answered |
//! | `Parquet` | `.parquet`; by content | rows |
//! | `Arrow` | `.arrow`, `.arrows`, `.ipc`, `.feather`; a file, not a stream, also by content | rows |
//! | `Zip` | `.zip`; by content | files |
//! | `Tar` | `.tar`, `.tgz`, `.taz`, `.tbz`, `.tbz2`, `.tb2`, `.tzst`; by content | files |
//!
//! # Compression and archives
//! gzip, Zstandard and bzip2 (`.gz`, `.gzip`, `.zst`, `.zstd`, `.bz2`) are told from the first bytes whatever the name, and
//! decompressed, up to three times over; Brotli is where a server names it (`Content-Encoding: br`), in web archives too; xz, 7-Zip, RAR and LZ4 are rejects that say how to unpack them. Every file in a
//! zip or tar archive is an input of its own, of any format and compression; its name is `ARCHIVE!/PATH/IN/ARCHIVE`.
//! Archives may lie in archives, three deep. The rules for folders hold: hidden files (and `__MACOSX`) and descriptions are
//! left out. Links are not followed, nothing is written under a name from an archive, and a name that leads out of one is
//! a reject. A decompression bomb is stopped ([`dyad_core::InputConfig::max_expansion`]). With a format given by the caller,
//! archives are still opened where their names say so, and the format is that of the files in them.
//!
//! # Memory and disk
//! Memory does not grow with the input: records stream through a bounded channel, and one above
//! [`dyad_core::InputConfig::max_record_bytes`] is passed over without being held. What must be held as one piece at most:
//! - an article, page, row or JSON record, and a feed as a whole: `max_record_bytes`;
//! - a page of a column in Parquet: 256 MiB, compressed and as much again decoded;
//! - a batch of Arrow: 1 GiB, as it lies in the file and as much again decoded, and 1 GiB of dictionaries.
//!
//! Zip, Parquet and Arrow files are read in any order. One that is compressed, in an archive, on standard input or behind
//! an address is copied to the folder for temporary files (`TMPDIR`) first, without a name and for as long as it is read, up
//! to [`dyad_core::InputConfig::max_spool_bytes`], and is a reject that names the folder where that is missing or full; all
//! other formats (and streams of Arrow) are read as they come.
#![deny(missing_docs)]

mod article;
mod batch;
mod byline;
mod counts;
mod dates;
mod duplicates;
mod error;
mod field_use;
mod fields;
mod format;
mod front_matter;
pub mod html;
mod inputs;
mod jobs;
mod language;
mod markdown;
mod memory;
mod page;
mod pipeline;
mod produce;
mod readers;
mod records;
mod remote;
mod stream;
mod text;
mod web;
mod yaml_brackets;

use chrono::{DateTime, Utc};
use dyad_core::{Article, InputConfig, Reject};

pub use counts::IngestCounts;
pub use duplicates::NearDuplicates;
pub use error::{IngestError, UnknownInputFormat};
pub use format::InputFormat;
pub use memory::read_bytes;
pub use page::read_page;
pub use pipeline::read_inputs;
pub use remote::shown_input;

/// What one record of the input became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// An article.
    Article(Article),
    /// An input that could not become one.
    Reject(Reject),
}

/// How [`read_inputs`] and [`read_bytes`] read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IngestOptions {
    /// Field names and limits.
    pub input: InputConfig,
    /// The format of every input; `None` tells it from name and content, file by file.
    pub format: Option<InputFormat>,
    /// Threads that parse records; 0 takes one for each core.
    pub threads: usize,
    /// Files and objects that were last changed before this time are not opened, and counted in
    /// [`IngestCounts::unchanged_files`]; `None` reads all. A file is changed when its content, its name or its attributes
    /// are, so that one copied into a folder with an old modification time is read. Objects in buckets are read from a day
    /// before, because S3 dates one by the beginning of its upload. Standard input and files on web servers are always read.
    pub modified_since: Option<DateTime<Utc>>,
}
