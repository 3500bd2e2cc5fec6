use std::io::{self, BufRead};
use std::sync::Arc;

use dyad_core::{Origin, Reject, RejectCode};

use crate::batch::Batch;
use crate::fields;
use crate::jobs::{self, Header, Item, Layout};
use crate::produce::{Emit, Producer, Stopped};
use crate::records::{RawRecord, RecordReader, Rows, is_blank};
use crate::stream::{Compression, Stream, read_failure};

/// How often the rest of a CSV file is read again because a quotation mark was never closed; each time
/// one line is given up, so a limit keeps a hostile file from costing the square of its length.
const MAX_RESUMPTIONS: u32 = 16;

/// Rows below a header row.
pub(crate) fn read<F: Emit>(
    producer: &mut Producer<'_, F>,
    stream: Stream,
    file: Arc<str>,
    delimiter: u8,
) -> Result<(), Stopped> {
    let limit = producer.context.input.max_record_bytes;
    let mut reader = RecordReader::new(stream.reader, Rows::new(delimiter), limit);
    let header = loop {
        match reader.next_record() {
            Ok(Some(record)) if is_blank(&record.bytes) && !record.too_large => continue,
            Ok(Some(record)) => break check_header(producer, &file, &record, delimiter),
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
            rows(producer, reader, &mut batch, stream.compression)?;
            batch.finish("the file holds a header but no row", &mut producer.emit)
        }
        Err(reject) => producer.reject(reject),
    }
}

/// Checks a header row. Without a text column every row would fail in the same way: one reject for
/// the file says it once.
fn check_header<F>(
    producer: &Producer<'_, F>,
    file: &str,
    record: &RawRecord,
    delimiter: u8,
) -> Result<Header, Reject> {
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
    let wanted = &producer.context.input.fields.text;
    if names.iter().any(|name| wanted.iter().any(|text| text.eq_ignore_ascii_case(name))) {
        return Ok(Header { names, delimiter });
    }
    let reason = format!("in the header row {}", fields::missing(wanted, names.iter()));
    Err(Reject::new(whole(), RejectCode::MissingText, reason, &record.bytes))
}

/// Reads the rows below a header.
fn rows<R: BufRead, F: Emit>(
    producer: &mut Producer<'_, F>,
    mut reader: RecordReader<R, Rows>,
    batch: &mut Batch,
    compression: Compression,
) -> Result<(), Stopped> {
    let mut position = 0;
    match rows_up_to_open(producer, &mut reader, batch, &mut position) {
        Ok(None) => Ok(()),
        Ok(Some(open)) => {
            drop(reader);
            unclosed(producer, &open.bytes, batch, position)
        }
        Err(Halt::Stopped(stopped)) => Err(stopped),
        Err(Halt::Io(error)) => {
            let item = batch.failure((position + 1, reader.unfinished().1), compression, &error);
            batch.push(item, &mut producer.emit)
        }
    }
}

/// Why no more rows are read.
enum Halt {
    Stopped(Stopped),
    Io(io::Error),
}

/// Reads rows up to the end, or up to one with a quotation mark that is never closed; that one is the answer if it was
/// small enough to be held. Counts on from a position.
fn rows_up_to_open<R: BufRead, F: Emit>(
    producer: &mut Producer<'_, F>,
    reader: &mut RecordReader<R, Rows>,
    batch: &mut Batch,
    position: &mut u64,
) -> Result<Option<RawRecord>, Halt> {
    let limit = producer.context.input.max_record_bytes;
    while let Some(record) = reader.next_record().map_err(Halt::Io)? {
        if record.bytes.is_empty() {
            continue;
        }
        *position += 1;
        if record.open && !record.too_large {
            return Ok(Some(record));
        }
        let item = if record.open {
            let reason = format!(
                "a quotation mark in this row is never closed; close or double it (the {} bytes from this row to the \
                 end of the file, more than the {limit} that max_record_bytes under [input] allows, were given up with it)",
                record.total
            );
            Item::Reject(Reject::new(batch.origin(*position), RejectCode::Malformed, reason, &record.bytes))
        } else {
            batch.item(*position, record, limit)
        };
        batch.push(item, &mut producer.emit).map_err(Halt::Stopped)?;
    }
    Ok(None)
}

/// A quotation mark that is never closed swallows the rest of the file: its line is given up and the rest is read again,
/// so that one bad row does not cost all that follow. `rest` begins with that line.
fn unclosed<F: Emit>(
    producer: &mut Producer<'_, F>,
    mut rest: &[u8],
    batch: &mut Batch,
    mut position: u64,
) -> Result<(), Stopped> {
    for resumptions in (0..=MAX_RESUMPTIONS).rev() {
        let line_end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let (line, behind) = rest.split_at(line_end);
        let lost = if resumptions == 0 { behind.len() } else { 0 };
        let reason = format!(
            "a quotation mark in this row is never closed; close or double it \
             ({lost} bytes that follow were given up with it)"
        );
        let reject = Reject::new(batch.origin(position), RejectCode::Malformed, reason, line);
        batch.push(Item::Reject(reject), &mut producer.emit)?;
        if behind.is_empty() || resumptions == 0 {
            return Ok(());
        }
        let mut reader =
            RecordReader::new(behind, Rows::new(batch.delimiter()), producer.context.input.max_record_bytes);
        match rows_up_to_open(producer, &mut reader, batch, &mut position) {
            // An open row goes on to the end, and nothing of it was cut off.
            Ok(Some(open)) => rest = &behind[behind.len() - open.bytes.len()..],
            Err(Halt::Stopped(stopped)) => return Err(stopped),
            // Memory cannot fail to be read.
            Ok(None) | Err(Halt::Io(_)) => return Ok(()),
        }
    }
    Ok(())
}

/// The character that parts a CSV header: spreadsheets write semicolons where the comma is a decimal mark.
pub(crate) fn delimiter_of(head: &[u8]) -> u8 {
    let line = head.split(|&byte| byte == b'\n').find(|line| !is_blank(line)).unwrap_or_default();
    let count = |delimiter: u8| line.iter().filter(|&&byte| byte == delimiter).count();
    if count(b',') > 0 {
        return b',';
    }
    [b';', b'\t'].into_iter().find(|&delimiter| count(delimiter) > 0).unwrap_or(b',')
}
