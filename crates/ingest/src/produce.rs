use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dyad_core::{Origin, Reject, RejectCode};

use crate::article::Context;
use crate::counts::IngestCounts;
use crate::fields;
use crate::format::{self, InputFormat};
use crate::inputs::{self, Found, Target};
use crate::jobs::{self, Header, Item, Job, Layout};
use crate::records::{Lines, RawRecord, RecordReader, Rows};
use crate::stream::{Compression, Stream, read_failure};

/// A batch is sent when it holds this many bytes of records …
const BATCH_BYTES: usize = 256 << 10;
/// … or this many records.
const BATCH_RECORDS: usize = 128;
/// How often the rest of a CSV file is read again because a quotation mark was never closed; each time
/// one line is given up, so a limit keeps a hostile file from costing the square of its length.
const MAX_RESUMPTIONS: u32 = 16;

/// The receiving side has gone; there is no use in reading on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stopped;

/// Opens inputs one after the other and cuts them into jobs.
pub(crate) struct Producer<'c, F> {
    context: &'c Context,
    format: Option<InputFormat>,
    emit: F,
    counts: IngestCounts,
}

impl<'c, F: FnMut(Job) -> Result<(), Stopped>> Producer<'c, F> {
    pub(crate) fn new(context: &'c Context, format: Option<InputFormat>, emit: F) -> Self {
        Self { context, format, emit, counts: IngestCounts::default() }
    }

    /// Reads every target, and returns the number of files found and left out.
    pub(crate) fn run(mut self, targets: Vec<Target>) -> Result<IngestCounts, Stopped> {
        for target in targets {
            match target {
                Target::Stdin => self.stdin()?,
                Target::File(path) => self.file(path)?,
                Target::Folder(folder) => self.folder(&folder)?,
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

    fn stdin(&mut self) -> Result<(), Stopped> {
        self.counts.files += 1;
        match Stream::stdin() {
            Ok(stream) => self.stream(stream, "-".into(), "", self.format),
            Err(error) => self.reject(jobs::unreadable("-", &error)),
        }
    }

    fn file(&mut self, path: PathBuf) -> Result<(), Stopped> {
        self.counts.files += 1;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let format = self.format.or_else(|| InputFormat::from_name(&name));
        if let Some(format) = format.filter(|format| format.is_whole_file()) {
            return (self.emit)(Job::File { path, format });
        }
        let file: Arc<str> = path.to_string_lossy().into();
        match Stream::open(&path) {
            Ok(stream) => self.stream(stream, file, &name, format),
            Err(error) => self.reject(jobs::unreadable(&file, &error)),
        }
    }

    fn stream(
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
        if stream.is_utf16() && format != Some(InputFormat::Html) {
            return self.reject(jobs::utf16(&file, &stream.head));
        }
        let format = match format.map_or_else(|| format::from_content(name, &stream.head), Ok) {
            Ok(format) => format,
            Err(reason) => {
                return self.reject(Reject::new(whole, RejectCode::UnknownFormat, reason, &stream.head));
            }
        };
        match format {
            InputFormat::Jsonl => self.lines(stream, file),
            InputFormat::Csv => {
                let delimiter = delimiter_of(&stream.head);
                self.table(stream, file, delimiter)
            }
            InputFormat::Tsv => self.table(stream, file, b'\t'),
            InputFormat::Text | InputFormat::Markdown | InputFormat::Html => {
                match jobs::read_document(stream, &file, format, self.context.input.max_record_bytes) {
                    Ok(bytes) => (self.emit)(Job::Document { file, format, bytes }),
                    Err(reject) => self.reject(reject),
                }
            }
        }
    }

    fn lines(&mut self, stream: Stream, file: Arc<str>) -> Result<(), Stopped> {
        let limit = self.context.input.max_record_bytes;
        let mut reader = RecordReader::new(stream.reader, Lines, limit);
        let mut batch = Batch::new(file, Layout::Json);
        loop {
            let (item, is_last) = match reader.next_record() {
                Ok(None) => break,
                Ok(Some(record)) if is_blank(&record.bytes) && !record.too_large => continue,
                Ok(Some(record)) => (batch.item(record.number, record, limit), false),
                Err(error) => (batch.failure(reader.unfinished(), stream.compression, &error), true),
            };
            batch.push(item, &mut self.emit)?;
            if is_last {
                break;
            }
        }
        batch.finish("no line of the file holds a record", &mut self.emit)
    }

    fn table(&mut self, stream: Stream, file: Arc<str>, delimiter: u8) -> Result<(), Stopped> {
        let limit = self.context.input.max_record_bytes;
        let mut reader = RecordReader::new(stream.reader, Rows::new(delimiter), limit);
        let header = loop {
            match reader.next_record() {
                Ok(Some(record)) if is_blank(&record.bytes) && !record.too_large => continue,
                Ok(Some(record)) => break self.header(&file, &record, delimiter),
                Ok(None) => break Err(jobs::empty(&file, "the file holds nothing but blank lines")),
                Err(error) => {
                    let whole = Origin { file: file.to_string(), position: 0 };
                    break Err(read_failure(stream.compression, whole, &error, reader.unfinished().1));
                }
            }
        };
        match header {
            Ok(header) => {
                let mut batch = Batch::new(file, Layout::Row(Arc::new(header)));
                self.rows(reader, &mut batch, stream.compression, (0, MAX_RESUMPTIONS))?;
                batch.finish("the file holds a header but no row", &mut self.emit)
            }
            Err(reject) => self.reject(reject),
        }
    }

    /// Checks a header row. Without a text column every row would fail in the same way: one reject for
    /// the file says it once.
    fn header(&self, file: &str, record: &RawRecord, delimiter: u8) -> Result<Header, Reject> {
        let whole = || Origin { file: file.to_owned(), position: 0 };
        if record.too_large || record.open {
            return Err(Reject::new(
                whole(),
                RejectCode::Malformed,
                "the header row does not end: close its quotation marks, or name another --input-format",
                &record.bytes,
            ));
        }
        let names = jobs::utf8(&record.bytes)
            .and_then(|row| jobs::cells(row, delimiter).map_err(|reason| (RejectCode::Malformed, reason)))
            .map_err(|(code, reason)| Reject::new(whole(), code, reason, &record.bytes))?;
        let names: Vec<String> = names.iter().map(|name| name.trim().to_owned()).collect();
        let wanted = &self.context.input.fields.text;
        if names.iter().any(|name| wanted.iter().any(|text| text.eq_ignore_ascii_case(name))) {
            return Ok(Header { names, delimiter });
        }
        let reason = format!("in the header row {}", fields::missing(wanted, names.iter()));
        Err(Reject::new(whole(), RejectCode::MissingText, reason, &record.bytes))
    }

    /// Reads the rows below a header, counting on from a position.
    fn rows<R: BufRead>(
        &mut self,
        mut reader: RecordReader<R, Rows>,
        batch: &mut Batch,
        compression: Compression,
        (mut position, resumptions): (u64, u32),
    ) -> Result<(), Stopped> {
        let limit = self.context.input.max_record_bytes;
        loop {
            let record = match reader.next_record() {
                Ok(None) => return Ok(()),
                Ok(Some(record)) if record.bytes.is_empty() => continue,
                Ok(Some(record)) => record,
                Err(error) => {
                    let unfinished = (position + 1, reader.unfinished().1);
                    let item = batch.failure(unfinished, compression, &error);
                    return batch.push(item, &mut self.emit);
                }
            };
            position += 1;
            if record.open && !record.too_large {
                return self.unclosed(&record.bytes, batch, (position, resumptions));
            }
            let item = batch.item(position, record, limit);
            batch.push(item, &mut self.emit)?;
        }
    }

    /// A quotation mark that is never closed swallows the rest of the file: its line is given up and
    /// the rest is read again, so that one bad row does not cost all that follow.
    fn unclosed(
        &mut self,
        swallowed: &[u8],
        batch: &mut Batch,
        (position, resumptions): (u64, u32),
    ) -> Result<(), Stopped> {
        let line_end = swallowed.iter().position(|&byte| byte == b'\n').map_or(swallowed.len(), |at| at + 1);
        let (line, rest) = swallowed.split_at(line_end);
        let lost = if resumptions == 0 { rest.len() } else { 0 };
        let reason = format!(
            "a quotation mark in this row is never closed; close or double it \
             ({lost} bytes that follow were given up with it)"
        );
        let origin = batch.origin(position);
        batch.push(Item::Reject(Reject::new(origin, RejectCode::Malformed, reason, line)), &mut self.emit)?;
        if rest.is_empty() || resumptions == 0 {
            return Ok(());
        }
        let rows = Rows::new(batch.delimiter());
        let reader = RecordReader::new(rest, rows, self.context.input.max_record_bytes);
        // Memory cannot fail to be read, so the compression does not matter.
        self.rows(reader, batch, Compression::None, (position, resumptions - 1))
    }

    fn reject(&mut self, reject: Reject) -> Result<(), Stopped> {
        (self.emit)(Job::Rejected(reject))
    }
}

/// Records of one file that will be parsed together.
struct Batch {
    file: Arc<str>,
    layout: Layout,
    items: Vec<Item>,
    bytes: usize,
    is_first: bool,
}

impl Batch {
    fn new(file: Arc<str>, layout: Layout) -> Self {
        Self { file, layout, items: Vec::new(), bytes: 0, is_first: true }
    }

    fn origin(&self, position: u64) -> Origin {
        Origin { file: self.file.to_string(), position }
    }

    fn delimiter(&self) -> u8 {
        match &self.layout {
            Layout::Row(header) => header.delimiter,
            Layout::Json => b',',
        }
    }

    fn item(&self, position: u64, record: RawRecord, limit: u64) -> Item {
        if record.too_large {
            return Item::Reject(jobs::too_large(self.origin(position), record.total, limit, &record.bytes));
        }
        Item::Raw { position, bytes: record.bytes }
    }

    fn failure(
        &self,
        (position, raw): (u64, &[u8]),
        compression: Compression,
        error: &std::io::Error,
    ) -> Item {
        Item::Reject(read_failure(compression, self.origin(position), error, raw))
    }

    fn push(&mut self, item: Item, emit: &mut impl FnMut(Job) -> Result<(), Stopped>) -> Result<(), Stopped> {
        self.bytes += match &item {
            Item::Raw { bytes, .. } => bytes.len(),
            Item::Reject(reject) => reject.raw.len(),
        };
        self.items.push(item);
        if self.bytes < BATCH_BYTES && self.items.len() < BATCH_RECORDS {
            return Ok(());
        }
        self.flush(emit)
    }

    fn flush(&mut self, emit: &mut impl FnMut(Job) -> Result<(), Stopped>) -> Result<(), Stopped> {
        self.is_first = false;
        self.bytes = 0;
        let items = std::mem::take(&mut self.items);
        emit(Job::Records { file: self.file.clone(), layout: self.layout.clone(), items })
    }

    /// Sends what is left, or the reject for a file that held no record.
    fn finish(
        mut self,
        if_empty: &str,
        emit: &mut impl FnMut(Job) -> Result<(), Stopped>,
    ) -> Result<(), Stopped> {
        if !self.items.is_empty() {
            return self.flush(emit);
        }
        if self.is_first { emit(Job::Rejected(jobs::empty(&self.file, if_empty))) } else { Ok(()) }
    }
}

fn is_blank(bytes: &[u8]) -> bool {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii().is_empty()
}

/// The character that parts a CSV header: spreadsheets write semicolons where the comma is a decimal mark.
fn delimiter_of(head: &[u8]) -> u8 {
    let line = head.split(|&byte| byte == b'\n').find(|line| !is_blank(line)).unwrap_or_default();
    let count = |delimiter: u8| line.iter().filter(|&&byte| byte == delimiter).count();
    if count(b',') > 0 {
        return b',';
    }
    [b';', b'\t'].into_iter().find(|&delimiter| count(delimiter) > 0).unwrap_or(b',')
}
