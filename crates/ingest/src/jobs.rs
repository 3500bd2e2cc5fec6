use std::io::Read;
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::sync::Arc;

use dyad_core::{Article, Origin, Reject, RejectCode};
use encoding_rs::Encoding;
use serde_json::{Map, Value};

use crate::Record;
use crate::article::{self, Context, Draft, Markup};
use crate::counts::IngestCounts;
use crate::fields;
use crate::format::{self, InputFormat};
use crate::front_matter;
use crate::page::{self, Answer};
use crate::readers::feed::{self, Channel};
use crate::readers::json::{self, Container};
use crate::remote;
use crate::stream::{Stream, read_failure};
use crate::text;

/// The longest reason of a reject, in characters.
const MAX_REASON_CHARS: usize = 2_000;

/// A piece of work for the reading threads, small enough to hold many of.
pub(crate) enum Job {
    /// A file that is one article.
    File { path: PathBuf, format: InputFormat },
    /// The bytes of an input that is one article.
    Document { file: Arc<str>, format: InputFormat, bytes: Vec<u8> },
    /// Some records of one file, in order.
    Records { file: Arc<str>, layout: Layout, items: Vec<Item> },
    /// A file or folder that is no input.
    Rejected(Reject),
}

/// How the fields of a record are written.
#[derive(Debug, Clone)]
pub(crate) enum Layout {
    /// A JSON object on a line.
    Json,
    /// A JSON object in a document.
    Document(Arc<Container>),
    /// An entry of an XML feed, as written.
    Entry(Arc<Channel>),
    Row(Arc<Header>),
}

/// The header row of a CSV file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) names: Vec<String>,
    pub(crate) delimiter: u8,
}

/// One record, or what was already wrong with it when it was cut out.
pub(crate) enum Item {
    Raw {
        position: u64,
        bytes: Vec<u8>,
    },
    /// A web page with what its server said about it.
    Page {
        position: u64,
        page: Page,
    },
    Reject(Reject),
}

/// A web page in an archive of answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) bytes: Vec<u8>,
    /// The address that was asked for.
    pub(crate) url: Option<String>,
    /// The charset of the answer's header.
    pub(crate) charset: Option<String>,
}

/// What a job became.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) records: Vec<Record>,
    pub(crate) counts: IngestCounts,
}

impl Outcome {
    fn reject(&mut self, mut reject: Reject) {
        // Parsers put pieces of the input into what they say.
        reject.reason = text::shown(&reject.reason, MAX_REASON_CHARS);
        self.counts.records += 1;
        self.counts.rejects += 1;
        self.records.push(Record::Reject(reject));
    }

    fn record(&mut self, origin: Origin, bytes: &[u8], read: impl FnOnce(Origin) -> Reading) {
        self.counts.bytes += bytes.len() as u64;
        // Parsers of other people's formats are code too: one that panics costs one record, not the run.
        let result = panic::catch_unwind(AssertUnwindSafe(|| read(origin.clone()))).unwrap_or_else(|_| {
            Err((
                RejectCode::Malformed,
                "Dyad failed on this record; please report it as a defect".to_owned(),
            ))
        });
        match result {
            Ok((article, noticed)) => {
                self.counts += noticed;
                self.counts.records += 1;
                self.counts.articles += 1;
                self.records.push(Record::Article(article));
            }
            Err((code, reason)) => self.reject(Reject::new(origin, code, reason, bytes)),
        }
    }
}

/// An article and what was noticed, or why there is none.
type Reading = Result<(Article, IngestCounts), (RejectCode, String)>;

/// Does a job. Called on many threads at once; the order of outcomes is the caller's business.
pub(crate) fn run(job: Job, context: &Context) -> Outcome {
    let mut outcome = Outcome::default();
    match job {
        Job::Rejected(reject) => outcome.reject(reject),
        Job::File { path, format } => {
            let file: Arc<str> = path.to_string_lossy().into();
            let limit = context.input.max_record_bytes;
            let opened = Stream::open(&path, context.input.max_expansion);
            let opened = opened.map_err(|error| unreadable(&file, &error));
            match opened.and_then(|stream| read_document(stream, &file, format, limit)) {
                Ok(bytes) => document(&mut outcome, &file, format, &bytes, context),
                Err(reject) => outcome.reject(reject),
            }
        }
        Job::Document { file, format, bytes } => document(&mut outcome, &file, format, &bytes, context),
        Job::Records { file, layout, items } => {
            for item in items {
                match item {
                    Item::Reject(reject) => outcome.reject(reject),
                    Item::Raw { position, bytes } => {
                        let origin = Origin { file: file.to_string(), position };
                        outcome.record(origin, &bytes, |origin| match &layout {
                            Layout::Json => json_line(&bytes, origin, context),
                            Layout::Document(container) => {
                                json::read_record(&bytes, container, origin, context)
                            }
                            Layout::Entry(channel) => feed::read_entry(&bytes, channel, origin, context),
                            Layout::Row(header) => row(&bytes, header, origin, context),
                        });
                    }
                    Item::Page { position, page } => {
                        let origin = Origin { file: file.to_string(), position };
                        let answer = Answer { url: page.url.as_deref(), charset: page.charset.as_deref() };
                        outcome.record(origin, &page.bytes, |origin| {
                            page::read(&page.bytes, answer, origin, context)
                        });
                    }
                }
            }
        }
    }
    outcome
}

pub(crate) fn unreadable(file: &str, error: &std::io::Error) -> Reject {
    let origin = Origin { file: file.to_owned(), position: 0 };
    let reason = format!("cannot be opened ({error}); check that it exists and may be read");
    Reject::new(origin, RejectCode::Unreadable, reason, b"")
}

pub(crate) fn empty(file: &str, what: &str) -> Reject {
    let origin = Origin { file: file.to_owned(), position: 0 };
    Reject::new(origin, RejectCode::EmptyFile, format!("{what}; remove the file or fetch it again"), b"")
}

/// The reject for a file in UTF-16 that begins so.
pub(crate) fn utf16(file: &str, head: &[u8]) -> Reject {
    let origin = Origin { file: file.to_owned(), position: 0 };
    // Only a mark tells iconv the order of the bytes.
    let charset = format::unmarked_utf16(head).map_or("UTF-16", Encoding::name);
    let reason = format!("this is UTF-16, not UTF-8; convert it with `iconv -f {charset} -t UTF-8`");
    Reject::new(origin, RejectCode::InvalidUtf8, reason, head)
}

pub(crate) fn too_large(origin: Origin, bytes: u64, limit: u64, raw: &[u8]) -> Reject {
    let reason = format!(
        "the record has {bytes} bytes or more, above the limit of {limit}; \
         raise max_record_bytes under [input] in dyad.toml if it is an article"
    );
    Reject::new(origin, RejectCode::TooLarge, reason, raw)
}

/// Reads an input that is one article, up to the limit.
pub(crate) fn read_document(
    stream: Stream,
    file: &str,
    format: InputFormat,
    limit: u64,
) -> Result<Vec<u8>, Reject> {
    let origin = Origin { file: file.to_owned(), position: 1 };
    if let Some(reason) = format::unread_compression(&stream.head) {
        let whole = Origin { position: 0, ..origin };
        return Err(Reject::new(whole, RejectCode::UnknownFormat, reason, &stream.head));
    }
    // A page says itself in which charset it is written.
    if format != InputFormat::Html && stream.is_utf16() {
        return Err(utf16(file, &stream.head));
    }
    let mut bytes = Vec::new();
    if let Err(error) = stream.reader.take(limit.saturating_add(1)).read_to_end(&mut bytes) {
        let raw = &bytes[..bytes.len().min(Reject::MAX_RAW_BYTES)];
        return Err(read_failure(stream.compression, origin, &error, raw));
    }
    if bytes.len() as u64 > limit {
        return Err(too_large(origin, bytes.len() as u64, limit, &bytes));
    }
    if bytes.trim_ascii().is_empty() {
        return Err(empty(file, "the file holds nothing but white space"));
    }
    Ok(bytes)
}

fn document(outcome: &mut Outcome, file: &Arc<str>, format: InputFormat, bytes: &[u8], context: &Context) {
    let origin = Origin { file: file.to_string(), position: 1 };
    outcome.record(origin, bytes, |origin| {
        let n_bytes = bytes.len() as u64;
        if format == InputFormat::Html {
            let answer = Answer { url: remote::page_address(file), charset: None };
            return page::read(bytes, answer, origin, context);
        }
        let text = utf8(bytes)?;
        let (fields, body, markup) = if format == InputFormat::Markdown {
            // Front matter is told by its lines, whatever ends them.
            let (fields, body) =
                front_matter::split(text).map_err(|reason| (RejectCode::Malformed, reason))?;
            (fields, body, Markup::Markdown)
        } else {
            (Map::new(), text, Markup::Plain)
        };
        article::build(Draft { fields: &fields, body: Some(body), markup, n_bytes, origin }, context)
    });
}

/// The bytes as text, without a byte order mark.
pub(crate) fn utf8(bytes: &[u8]) -> Result<&str, (RejectCode, String)> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => Err((
            RejectCode::InvalidUtf8,
            format!(
                "byte {} is not UTF-8; convert the file, e.g. with `iconv -f WINDOWS-1252 -t UTF-8`",
                error.valid_up_to() + 1
            ),
        )),
    }
}

/// Where a JSON object stands, for what is said about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonUnit {
    /// On a line of its own.
    Line,
    /// In a document.
    Element,
}

/// Parses a JSON object.
///
/// # Errors
/// The kind of failure and one sentence about it.
pub(crate) fn json_object(bytes: &[u8], unit: JsonUnit) -> Result<Map<String, Value>, (RejectCode, String)> {
    let what = if unit == JsonUnit::Line { "line" } else { "record" };
    let value: Value = serde_json::from_str(utf8(bytes)?).map_err(|error| {
        let message = error.to_string();
        // The parser sees one record only, so its line number would mislead.
        let cause = message.split(" at line ").next().unwrap_or(&message);
        let what = if error.is_eof() {
            format!("the {what} ends in the middle of its JSON")
        } else {
            format!("the {what} is not valid JSON")
        };
        let line =
            if unit == JsonUnit::Line { String::new() } else { format!("line {} of it, ", error.line()) };
        let place = format!("{line}column {}", error.column());
        (RejectCode::Malformed, format!("{what} ({cause}, {place}); correct or remove it"))
    })?;
    match value {
        Value::Object(fields) => Ok(fields),
        other => {
            let kind = fields::kind(&other);
            Err((RejectCode::Malformed, format!("the {what} is {kind}; each {what} must be one JSON object")))
        }
    }
}

fn json_line(bytes: &[u8], origin: Origin, context: &Context) -> Reading {
    let fields = json_object(bytes, JsonUnit::Line)?;
    let n_bytes = bytes.len() as u64;
    article::build(Draft { fields: &fields, body: None, markup: Markup::Unknown, n_bytes, origin }, context)
}

fn row(bytes: &[u8], header: &Header, origin: Origin, context: &Context) -> Reading {
    let cells = cells(utf8(bytes)?, header.delimiter).map_err(|reason| (RejectCode::Malformed, reason))?;
    if cells.len() != header.names.len() {
        let (found, wanted) = (cells.len(), header.names.len());
        let delimiter = char::from(header.delimiter).escape_default();
        let reason = format!(
            "the row has {found} fields, the header {wanted}; put fields that hold '{delimiter}', \
             a quotation mark or a line end into quotation marks"
        );
        return Err((RejectCode::Malformed, reason));
    }
    let mut fields = Map::new();
    for (name, cell) in header.names.iter().zip(cells.iter()).filter(|(_, cell)| !cell.is_empty()) {
        // Of two columns with one name the first counts.
        fields.entry(name).or_insert_with(|| Value::from(cell));
    }
    let n_bytes = bytes.len() as u64;
    article::build(Draft { fields: &fields, body: None, markup: Markup::Unknown, n_bytes, origin }, context)
}

/// The fields of one CSV row.
pub(crate) fn cells(row: &str, delimiter: u8) -> Result<csv::StringRecord, String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .buffer_capacity(row.len().clamp(64, 1 << 16))
        .from_reader(row.as_bytes());
    let mut cells = csv::StringRecord::new();
    reader.read_record(&mut cells).map_err(|error| format!("the row is not valid CSV ({error})"))?;
    Ok(cells)
}
