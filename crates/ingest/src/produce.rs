use std::io::{BufRead, Cursor};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use dyad_core::{Origin, Reject, RejectCode};

use crate::article::Context;
use crate::counts::IngestCounts;
use crate::format::{self, InputFormat};
use crate::inputs::{self, Found, Target};
use crate::jobs::{self, Job};
use crate::readers;
use crate::remote::{Listing, Remote};
use crate::stream::{Compression, Stream, read_failure};

/// How long before its date an object may have appeared: S3 dates one by the beginning of its upload.
const UPLOAD: TimeDelta = TimeDelta::days(1);

/// The receiving side has gone; there is no use in reading on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stopped;

/// Opens inputs one after the other and cuts them into jobs.
pub(crate) struct Producer<'c, F> {
    pub(crate) context: &'c Context,
    format: Option<InputFormat>,
    pub(crate) emit: F,
    pub(crate) counts: IngestCounts,
    /// [`crate::IngestOptions::modified_since`]
    pub(crate) modified_since: Option<DateTime<Utc>>,
}

/// Where jobs go.
pub(crate) trait Emit: FnMut(Job) -> Result<(), Stopped> {}

impl<F: FnMut(Job) -> Result<(), Stopped>> Emit for F {}

impl<'c, F: Emit> Producer<'c, F> {
    pub(crate) fn new(context: &'c Context, format: Option<InputFormat>, emit: F) -> Self {
        Self { context, format, emit, counts: IngestCounts::default(), modified_since: None }
    }

    /// Reads every target, and returns the number of files found and left out.
    pub(crate) fn run(mut self, targets: Vec<Target>) -> Result<IngestCounts, Stopped> {
        for target in targets {
            match target {
                Target::Stdin => self.stdin()?,
                Target::File(path) => self.file(path)?,
                Target::Folder(folder) => self.folder(&folder)?,
                Target::Remote(listing) => self.listing(listing)?,
            }
        }
        Ok(self.counts)
    }

    fn folder(&mut self, folder: &Path) -> Result<(), Stopped> {
        for found in inputs::walk(folder) {
            match found {
                Found::File(path) => self.file(path)?,
                Found::Description => self.counts.skipped_files += 1,
                Found::Reject(reject) => self.reject(reject)?,
            }
        }
        Ok(())
    }

    fn listing(&mut self, listing: Listing) -> Result<(), Stopped> {
        self.counts.skipped_files += listing.descriptions;
        listing.objects.iter().try_for_each(|object| self.object(object))
    }

    fn object(&mut self, object: &Remote) -> Result<(), Stopped> {
        if self.is_unchanged(|| Some(object.modified()? + UPLOAD)) {
            return Ok(());
        }
        self.counts.files += 1;
        let name = object.name();
        let format = self.format_of(name, 0);
        let whole = Origin { file: object.address().to_owned(), position: 0 };
        let transfer = match object.open() {
            Ok(transfer) => transfer,
            Err(reason) => return self.reject(Reject::new(whole, RejectCode::Unreadable, reason, b"")),
        };
        match Stream::coded(transfer.body, transfer.coding, self.context.input.max_expansion) {
            Ok(stream) => self.stream(stream, object.address().into(), name, format),
            Err(error) => self.reject(read_failure(Compression::None, whole, &error, b"")),
        }
    }

    fn stdin(&mut self) -> Result<(), Stopped> {
        self.counts.files += 1;
        match Stream::stdin(self.context.input.max_expansion) {
            Ok(stream) => self.stream(stream, "-".into(), "", self.format),
            Err(error) => self.reject(jobs::unreadable("-", &error)),
        }
    }

    fn file(&mut self, path: PathBuf) -> Result<(), Stopped> {
        if self.is_unchanged(|| inputs::changed_at(&path)) {
            return Ok(());
        }
        self.counts.files += 1;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let format = self.format_of(&name, 0);
        if let Some(format) = format.filter(|format| format.is_whole_file()) {
            return (self.emit)(Job::File { path, format });
        }
        let file: Arc<str> = path.to_string_lossy().into();
        match Stream::open(&path, self.context.input.max_expansion) {
            Ok(stream) => self.stream(stream, file, &name, format),
            Err(error) => self.reject(jobs::unreadable(&file, &error)),
        }
    }

    /// Reads one input that is held in memory as a file of this name would be read, and returns the number of files found
    /// and left out.
    pub(crate) fn memory(mut self, name: &str, bytes: Vec<u8>) -> Result<IngestCounts, Stopped> {
        self.counts.files += 1;
        let last = Path::new(name).file_name().unwrap_or_default().to_string_lossy().into_owned();
        let format = self.format_of(&last, 0);
        match (Stream::outermost(Cursor::new(bytes), self.context.input.max_expansion), format) {
            (Ok(stream), Some(format)) if format.is_whole_file() => {
                self.document(stream, name.into(), format)?;
            }
            (Ok(stream), format) => self.stream(stream, name.into(), &last, format)?,
            (Err(error), _) => self.reject(jobs::unreadable(name, &error))?,
        }
        Ok(self.counts)
    }

    /// Counts an input that was last changed too long ago to be read; one whose time is not known is read.
    fn is_unchanged(&mut self, changed_at: impl FnOnce() -> Option<DateTime<Utc>>) -> bool {
        let Some(since) = self.modified_since else { return false };
        let is_unchanged = changed_at().is_some_and(|time| time < since);
        self.counts.unchanged_files += u64::from(is_unchanged);
        is_unchanged
    }

    /// The format of an input that lies in so many archives, as far as its name or the caller says. A format that was
    /// given is that of the files: one whose name is that of an archive is opened all the same.
    pub(crate) fn format_of(&self, name: &str, archives: u8) -> Option<InputFormat> {
        let named = InputFormat::from_name(name);
        match self.format {
            Some(given) if given.is_archive() && archives > 0 => named,
            Some(given) => Some(named.filter(|named| named.is_archive()).unwrap_or(given)),
            None => named,
        }
    }

    /// Reads one input, whose format may be known from its name.
    pub(crate) fn stream(
        &mut self,
        mut stream: Stream,
        file: Arc<str>,
        name: &str,
        format: Option<InputFormat>,
    ) -> Result<(), Stopped> {
        let whole = Origin { file: file.to_string(), position: 0 };
        match stream.reader.fill_buf() {
            Err(error) => return self.reject(read_failure(stream.compression, whole, &error, b"")),
            Ok([]) => return self.reject(jobs::empty(&file, "the input holds nothing")),
            Ok(_) => {}
        }
        if let Some(reason) = format::unread_compression(&stream.head) {
            return self.reject(Reject::new(whole, RejectCode::UnknownFormat, reason, &stream.head));
        }
        let format = format.or_else(|| format::from_utf16(name, &stream.head));
        if format.is_none_or(InputFormat::must_be_utf8) && stream.is_utf16() {
            return self.reject(jobs::utf16(&file, &stream.head));
        }
        let format = match format.map_or_else(|| format::from_content(name, &stream.head), Ok) {
            Ok(format) => format,
            Err(reason) => {
                return self.reject(Reject::new(whole, RejectCode::UnknownFormat, reason, &stream.head));
            }
        };
        match format {
            InputFormat::Jsonl => readers::lines::read(self, stream, file),
            InputFormat::Json => readers::json::read(self, stream, file),
            InputFormat::Csv => {
                let delimiter = readers::table::delimiter_of(&stream.head);
                readers::table::read(self, stream, file, delimiter)
            }
            InputFormat::Tsv => readers::table::read(self, stream, file, b'\t'),
            InputFormat::Feed => readers::feed::read(self, stream, file),
            InputFormat::Warc => readers::warc::read(self, stream, file),
            InputFormat::Parquet => readers::columnar::read_parquet(self, stream, file),
            InputFormat::Arrow => readers::columnar::read_arrow(self, stream, file),
            InputFormat::Zip => readers::archive::read_zip(self, stream, file),
            InputFormat::Tar => readers::archive::read_tar(self, stream, file),
            InputFormat::Text | InputFormat::Markdown | InputFormat::Html => {
                self.document(stream, file, format)
            }
        }
    }

    /// Reads an input that is one article.
    fn document(&mut self, stream: Stream, file: Arc<str>, format: InputFormat) -> Result<(), Stopped> {
        match jobs::read_document(stream, &file, format, self.context.input.max_record_bytes) {
            Ok(bytes) => (self.emit)(Job::Document { file, format, bytes }),
            Err(reject) => self.reject(reject),
        }
    }

    pub(crate) fn reject(&mut self, reject: Reject) -> Result<(), Stopped> {
        (self.emit)(Job::Rejected(reject))
    }
}
