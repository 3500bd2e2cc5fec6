//! Web archives (ISO 28500), as Common Crawl's news crawl writes them: every page that was answered is an article.
//!
//! `source` gives bytes that can be handed back, `record` cuts them into records, `http` reads the headers of an answer and
//! `body` undoes its codings. The text of a page is taken elsewhere, on the threads that parse.

mod body;
mod http;
mod record;
mod source;

use std::sync::Arc;

use dyad_core::{Reject, RejectCode};

use crate::batch::Batch;
use crate::jobs::{self, Item, Layout, Page};
use crate::produce::{Emit, Producer, Stopped};
use crate::stream::{Compression, Stream, read_failure};
use body::{Fault, Limits};
use http::{Head, MediaType};
use record::{Archive, Entry, Record};

/// Answers that hold the page that was asked for: OK, and OK as changed by a proxy.
const ANSWERED: [u16; 2] = [200, 203];

/// Every page of a web archive; its other records are counted in
/// [`IngestCounts::other_records`](crate::IngestCounts::other_records).
pub(crate) fn read<F: Emit>(
    producer: &mut Producer<'_, F>,
    stream: Stream,
    file: Arc<str>,
) -> Result<(), Stopped> {
    let limit = producer.context.input.max_record_bytes;
    let mut archive = Archive::new(stream.reader, limit);
    // Nothing of an archive is in rows or lines, so the layout does not matter.
    let mut batch = Batch::new(file, Layout::Json);
    let (mut position, mut n_items) = (0, 0_u64);
    while let Some(entry) = archive.next_entry() {
        position += 1;
        let Some(item) = to_item(entry, position, &batch, stream.compression, limit) else {
            producer.counts.other_records += 1;
            continue;
        };
        n_items += 1;
        batch.push(item, &mut producer.emit)?;
    }
    // An archive without a page is an odd input, but no record of it failed.
    if position > 0 && n_items == 0 {
        return Ok(());
    }
    batch.finish("the file holds nothing but blank lines", &mut producer.emit)
}

/// What is to be done with a piece of an archive; `None` for a record that is no page.
fn to_item(entry: Entry, position: u64, batch: &Batch, compression: Compression, limit: u64) -> Option<Item> {
    let origin = batch.origin(position);
    let reject = match entry {
        Entry::Failed { error, raw } => read_failure(compression, origin, &error, &raw),
        Entry::Broken { reason, raw } => Reject::new(origin, RejectCode::Malformed, reason, &raw),
        Entry::Stray { raw, is_last: true, .. } if position == 1 => {
            let reason = "this is no web archive: none of its lines begins with WARC/1; \
                          name its format with --input-format";
            Reject::new(batch.origin(0), RejectCode::UnknownFormat, reason, &raw)
        }
        Entry::Stray { n_bytes, raw, .. } => {
            let reason = format!(
                "{n_bytes} bytes here belong to no record and were passed over; the record before is longer than its \
                 Content-Length says, or the archive is damaged: fetch it again"
            );
            Reject::new(origin, RejectCode::Malformed, reason, &raw)
        }
        Entry::Record(Record { header, block, length }) if length > limit => {
            let is_page = match start_of_page(&header, &block) {
                Ok(Some(head)) => {
                    head.media_type.is_page().unwrap_or_else(|| body::is_html(&block[head.body..]))
                }
                Ok(None) => false,
                Err(_) => true,
            };
            if !is_page {
                return None;
            }
            jobs::too_large(origin, length, limit, &block)
        }
        Entry::Record(record) => {
            let raw = record.block[..record.block.len().min(Reject::MAX_RAW_BYTES)].to_vec();
            match to_page(record, limit) {
                Ok(Some(page)) => return Some(Item::Page { position, page }),
                Ok(None) => return None,
                Err((code, reason)) => Reject::new(origin, code, reason, &raw),
            }
        }
    };
    Some(Item::Reject(reject))
}

/// The page of a record, if it is one.
fn to_page(record: Record, limit: u64) -> Result<Option<Page>, Fault> {
    let Record { header, mut block, .. } = record;
    let Some(head) = start_of_page(&header, &block)? else { return Ok(None) };
    block.drain(..head.body);
    let limits = Limits { bytes: limit, is_truncated: header.is_truncated };
    let block = if head.is_chunked { body::dechunk(block, limits)? } else { block };
    let bytes = body::decode(block, &head.codings, limits)?;
    if !head.media_type.is_page().unwrap_or_else(|| body::is_html(&bytes)) {
        return Ok(None);
    }
    Ok(Some(Page { bytes, url: header.target, charset: head.media_type.charset }))
}

/// What stands before the body of a record that is a page, or may be one as it does not say what it is.
fn start_of_page(header: &record::Header, block: &[u8]) -> Result<Option<Head>, Fault> {
    let malformed = |reason: &str| (RejectCode::Malformed, reason.to_owned());
    let media_type = MediaType::parse(header.content_type.as_deref().unwrap_or_default());
    let Some(kind) = &header.kind else {
        return Err(malformed("the header of this record names no WARC-Type; fetch the archive again"));
    };
    if header.is_segment || kind == "continuation" {
        return Err(malformed(
            "this record is one segment of a longer one, which Dyad does not put together; \
             write the archive without segments",
        ));
    }
    let head = match kind.as_str() {
        "response" => match answer(&media_type, block) {
            Ok(Some(head)) => head,
            Ok(None) => return Ok(None),
            Err(what) => {
                return Err(malformed(&format!(
                    "this record is an answer, but {what}; fetch the archive again"
                )));
            }
        },
        "resource" => Head { media_type, ..Head::default() },
        _ => return Ok(None),
    };
    Ok((head.media_type.is_page() != Some(false)).then_some(head))
}

/// The headers of an answer over HTTP that was given as asked.
fn answer(media_type: &MediaType, block: &[u8]) -> Result<Option<Head>, &'static str> {
    let is_http = match media_type.essence.as_str() {
        "" => block.starts_with(b"HTTP/"),
        essence => essence == "application/http",
    };
    if !is_http {
        return Ok(None);
    }
    let (status, start) = http::status(block).ok_or("it does not begin with an HTTP status line")?;
    if !ANSWERED.contains(&status) {
        return Ok(None);
    }
    http::head(block, start).map(Some)
}
