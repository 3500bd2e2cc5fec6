//! Tables stored by column: Apache Parquet and Apache Arrow IPC. Rows become JSON objects on the reading thread, a few
//! at a time, and articles on the others.
//!
//! # Memory
//! Neither format can be cut into records from the outside: a row exists only when the pages (Parquet) or the batch
//! (Arrow) that hold it are decoded. What is held at once is, for each column that is read:
//! - Parquet: one compressed and one decoded page of at most [`pages::MAX_PAGE_BYTES`] each, the dictionary page, and
//!   the pages over which one batch of rows runs (see [`parquet::batch_rows`]). Text is not copied out of its pages.
//!   The bound leans on the size a page declares; gzip, brotli and LZ4 (Hadoop) decoders of the crate find out only
//!   after decoding that a page is larger.
//! - Arrow: one batch, encoded and decoded, of at most [`ipc::MAX_BATCH_BYTES`] each, and the dictionaries, of as much.
//!
//! # Damage
//! Decoders of the crates panic on some damaged files, and they allocate what a length in the file asks for, which
//! ends the process where there is not as much memory. Panics are caught and become rejects; lengths are checked before
//! a decoder sees them (`footer`, `pages`, `ipc`).

mod convert;
mod footer;
mod ipc;
mod pages;
mod parquet;

use std::fs::File;
use std::io::{self, Read};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use arrow_array::RecordBatch;
use dyad_core::{FieldNames, Origin, Reject, RejectCode};

use self::convert::{Table, Textless, Unfit};
use crate::batch::Batch;
use crate::fields;
use crate::jobs::{self, Item, Layout};
use crate::produce::{Emit, Producer, Stopped};
use crate::stream::{Compression, Stream, read_failure};
use crate::text;

const IF_EMPTY: &str = "the file holds no row";
const REMEDY: &str = "write the file again, e.g. with pandas or pyarrow, or fetch it again";

/// What is wrong with a file, and the kind of failure.
type Failure = (RejectCode, String);

/// Apache Parquet: every row is a record. Only columns whose names the configuration knows are read.
pub(crate) fn read_parquet<F: Emit>(
    producer: &mut Producer<'_, F>,
    stream: Stream,
    file: Arc<str>,
) -> Result<(), Stopped> {
    match spool(stream, &file, producer.context.input.max_spool_bytes) {
        Ok(opened) => {
            let mut rows = Rows::new(producer, file);
            parquet::read(opened, &mut rows)?;
            rows.finish()
        }
        Err(reject) => producer.reject(reject),
    }
}

/// Apache Arrow IPC, as a file (Feather version 2) or as a stream, told apart by the first bytes.
pub(crate) fn read_arrow<F: Emit>(
    producer: &mut Producer<'_, F>,
    stream: Stream,
    file: Arc<str>,
) -> Result<(), Stopped> {
    if !stream.head.starts_with(ipc::MAGIC) {
        let mut rows = Rows::new(producer, file);
        ipc::read_stream(stream, &mut rows)?;
        return rows.finish();
    }
    match spool(stream, &file, producer.context.input.max_spool_bytes) {
        Ok(opened) => {
            let mut rows = Rows::new(producer, file);
            ipc::read_file(opened, &mut rows)?;
            rows.finish()
        }
        Err(reject) => producer.reject(reject),
    }
}

fn spool(stream: Stream, file: &str, limit: u64) -> Result<File, Reject> {
    let compression = stream.compression;
    stream.seekable(limit).map_err(|error| {
        let whole = Origin { file: file.to_owned(), position: 0 };
        read_failure(compression, whole, &error, b"")
    })
}

/// The rows of one file on their way to the reading threads.
struct Rows<'p, 'c, F> {
    producer: &'p mut Producer<'c, F>,
    batch: Batch,
    /// Rows behind us, lost ones included.
    position: u64,
}

impl<'p, 'c, F: Emit> Rows<'p, 'c, F> {
    fn new(producer: &'p mut Producer<'c, F>, file: Arc<str>) -> Self {
        Self { producer, batch: Batch::new(file, Layout::Json), position: 0 }
    }

    fn names(&self) -> &'c FieldNames {
        &self.producer.context.input.fields
    }

    /// The places of the columns to read.
    ///
    /// # Errors
    /// When none of them can hold the text: every row would fail in the same way.
    fn choose(&self, columns: &[String]) -> Result<Vec<usize>, Failure> {
        let names = self.names();
        if !columns.iter().any(|column| reaches(&names.text, column)) {
            let reason = format!("among the columns {}", fields::missing(&names.text, columns.iter()));
            return Err((RejectCode::MissingText, reason));
        }
        let lists = [&names.text, &names.title, &names.url, &names.source, &names.published, &names.language];
        let is_wanted = |column: &str| lists.iter().any(|list| reaches(list, column));
        Ok((0..columns.len()).filter(|&index| is_wanted(&columns[index])).collect())
    }

    /// Checks that a column for the text is of a type that may hold one; `any_rows` may be none, its types matter.
    ///
    /// # Errors
    /// When none is: every row would fail in the same way.
    fn check_text(&self, any_rows: &RecordBatch) -> Result<(), Failure> {
        let text = &self.names().text;
        let checked = caught(|| Table::new(any_rows, |column| reaches(text, column)).map(drop));
        checked.unwrap_or(Ok(())).map_err(|Textless { column, kind }| {
            let (column, kind) = (text::cause(&column), text::cause(&kind));
            let reason = format!(
                "the column '{column}' is of the type {kind}, which holds no text; write it as a column of strings, \
                 or name another one in dyad.toml under [input.fields] text = [\"…\"]"
            );
            (RejectCode::Malformed, reason)
        })
    }

    /// Every row of a batch becomes a record or a reject.
    fn add(&mut self, records: &RecordBatch) -> Result<(), Stopped> {
        let text = &self.names().text;
        let table = caught(|| Table::new(records, |column| reaches(text, column))).and_then(|table| {
            table.map_err(|Textless { column, .. }| {
                format!("the column '{}' is of a type without text", text::cause(&column))
            })
        });
        let mut table = match table {
            Ok(table) => table,
            Err(cause) => return self.lose(records.num_rows() as u64, &cause),
        };
        for row in 0..records.num_rows() {
            self.position = self.position.saturating_add(1);
            let item = self.item(&mut table, row);
            self.batch.push(item, &mut self.producer.emit)?;
        }
        Ok(())
    }

    fn item(&self, table: &mut Table<'_>, row: usize) -> Item {
        let position = self.position;
        let limit = self.producer.context.input.max_record_bytes;
        let mut bytes = Vec::new();
        let unfit = match caught(|| table.row(row, &mut bytes, limit)) {
            Ok(Ok(())) => return Item::Raw { position, bytes },
            Ok(Err(unfit)) => unfit,
            Err(cause) => Unfit::Unreadable(cause),
        };
        let (code, reason) = match unfit {
            Unfit::TooLarge(size) => {
                return Item::Reject(jobs::too_large(self.batch.origin(position), size, limit, &bytes));
            }
            Unfit::NoText => (
                RejectCode::MissingText,
                "the text is NULL in this row; fill it in or leave the row out".to_owned(),
            ),
            Unfit::NotUtf8(column) => (
                RejectCode::InvalidUtf8,
                format!(
                    "the column '{}' holds no UTF-8 in this row; convert the text to UTF-8 and {REMEDY}",
                    text::cause(&column)
                ),
            ),
            Unfit::Unreadable(cause) => {
                (RejectCode::Malformed, format!("the row cannot be read ({cause}); {REMEDY}"))
            }
        };
        Item::Reject(Reject::new(self.batch.origin(position), code, reason, &bytes))
    }

    /// One reject for rows that cannot be read, at the first of them; 0 where their number is not known.
    fn lose(&mut self, count: u64, cause: &str) -> Result<(), Stopped> {
        let (first, last) = (self.position.saturating_add(1), self.position.saturating_add(count));
        let what = match count {
            0 => "rows may be missing here".to_owned(),
            1 => format!("row {first} cannot be read"),
            _ => format!("rows {first} to {last} cannot be read"),
        };
        let reason = format!("{what} ({cause}); everything else was kept, {REMEDY}");
        let reject = Reject::new(self.batch.origin(first), RejectCode::Malformed, reason, b"");
        self.position = last;
        self.batch.push(Item::Reject(reject), &mut self.producer.emit)
    }

    /// The reject for an input that cannot be read on.
    fn fail(&mut self, compression: Compression, error: &io::Error) -> Result<(), Stopped> {
        let item = self.batch.failure((self.position.saturating_add(1), b""), compression, error);
        self.batch.push(item, &mut self.producer.emit)
    }

    /// The reject for a file that fails as a whole.
    fn refuse(&mut self, (code, reason): Failure) -> Result<(), Stopped> {
        let reject = Reject::new(self.batch.origin(0), code, reason, b"");
        self.batch.push(Item::Reject(reject), &mut self.producer.emit)
    }

    fn finish(self) -> Result<(), Stopped> {
        self.batch.finish(IF_EMPTY, &mut self.producer.emit)
    }
}

/// Whether one of the names is that of the column, or reaches into it with a dot.
fn reaches(names: &[String], column: &str) -> bool {
    names.iter().any(|name| {
        let outer = name.split('.').next().unwrap_or(name);
        column.eq_ignore_ascii_case(name) || column.eq_ignore_ascii_case(outer)
    })
}

/// Runs a decoder of other people's; a panic in it is its answer that the data is damaged.
fn caught<T>(decode: impl FnOnce() -> T) -> Result<T, String> {
    panic::catch_unwind(AssertUnwindSafe(decode)).map_err(|panic| {
        let message = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let message = message.or_else(|| panic.downcast_ref::<String>().cloned());
        message.map_or_else(|| "the decoder failed".to_owned(), |text| text::cause(&text))
    })
}

/// Reads at most `length` bytes, without taking memory for what does not come.
fn read_up_to(reader: impl Read, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}
