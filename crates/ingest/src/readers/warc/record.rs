use std::io::{self, BufRead};

use super::source::{Passed, Source, find_start, is_start};

/// Bytes that the header of a record may have.
const MAX_HEADER_BYTES: usize = 64 << 10;
/// Bytes kept of a block that is too large to be held: enough for the headers of an answer.
pub(super) const START_BYTES: u64 = 64 << 10;
/// Bytes looked at behind a block to see whether a record begins there.
const PEEK_BYTES: usize = 8;
/// Bytes kept of what is no record.
const RAW_BYTES: usize = dyad_core::Reject::MAX_RAW_BYTES;

/// The fields of a record's header that matter here (ISO 28500, section 5). Of two with one name the first counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Header {
    /// `WARC-Type` in lower case.
    pub(super) kind: Option<String>,
    pub(super) content_type: Option<String>,
    /// `WARC-Target-URI` without the angle brackets that version 1.0 asks for.
    pub(super) target: Option<String>,
    /// Whether the record holds a piece of a longer one (`WARC-Segment-Number`).
    pub(super) is_segment: bool,
    /// Whether the crawler stopped before the end of the answer (`WARC-Truncated`).
    pub(super) is_truncated: bool,
    content_length: Option<u64>,
}

impl Header {
    fn set(&mut self, name: &str, value: &str) {
        let value = value.trim();
        let text = |field: &mut Option<String>, value: &str| {
            if field.is_none() && !value.is_empty() {
                *field = Some(value.to_owned());
            }
        };
        match name.trim().to_ascii_lowercase().as_str() {
            "warc-type" => text(&mut self.kind, &value.to_ascii_lowercase()),
            "content-type" => text(&mut self.content_type, value),
            "warc-target-uri" => {
                let bare = value.strip_prefix('<').and_then(|value| value.strip_suffix('>'));
                text(&mut self.target, bare.unwrap_or(value));
            }
            "warc-segment-number" => self.is_segment = true,
            "warc-truncated" => self.is_truncated = true,
            "content-length" if self.content_length.is_none() => {
                let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
                self.content_length = value.parse().ok().filter(|_| is_number);
            }
            _ => {}
        }
    }

    /// Reads the lines below the version line; one that begins with white space goes on with the one before.
    fn parse(lines: &[u8]) -> Self {
        let mut header = Self::default();
        let text = String::from_utf8_lossy(lines);
        let mut field = String::new();
        for line in text.lines().chain([""]) {
            if line.starts_with([' ', '\t']) && !field.is_empty() {
                field.push(' ');
                field.push_str(line.trim());
                continue;
            }
            if let Some((name, value)) = field.split_once(':') {
                header.set(name, value);
            }
            line.clone_into(&mut field);
        }
        header
    }
}

/// A record that is all there.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) header: Header,
    /// The block, or its first [`START_BYTES`] where it is larger than the limit.
    pub(super) block: Vec<u8>,
    /// Length of the whole block in bytes.
    pub(super) length: u64,
}

/// The next piece of an archive.
#[derive(Debug)]
pub(super) enum Entry {
    Record(Record),
    /// A record that cannot be read, and a sentence about it.
    Broken {
        reason: String,
        raw: Vec<u8>,
    },
    /// Bytes before the first record, or between two that belong to neither.
    Stray {
        n_bytes: u64,
        raw: Vec<u8>,
        /// Whether no record follows.
        is_last: bool,
    },
    /// Reading failed, perhaps within a record that began with these bytes.
    Failed {
        error: io::Error,
        raw: Vec<u8>,
    },
}

/// How the header of a record ended.
enum HeaderEnd {
    BlankLine,
    /// A new record, the limit or the end of the data came before.
    TooEarly(&'static str),
    EndOfData,
}

/// Cuts a web archive (ISO 28500, WARC 1.0 and 1.1) into records.
///
/// Blocks up to the limit are held whole, so that the records that a length too large swallows can be read after all;
/// a larger block is passed over, and ends where a line in it looks like the start of a record.
///
/// Written here because no crate fits: `warc` holds every body and stops at the first record that is malformed.
pub(super) struct Archive<R> {
    source: Source<R>,
    limit: u64,
}

impl<R: BufRead> Archive<R> {
    pub(super) fn new(reader: R, limit: u64) -> Self {
        Self { source: Source::new(reader), limit }
    }

    /// The next piece; `None` at the end.
    pub(super) fn next_entry(&mut self) -> Option<Entry> {
        self.skip_line_ends();
        let next = self.source.peek(PEEK_BYTES);
        if next.is_empty() {
            return self.source.failure().map(|error| Entry::Failed { error, raw: Vec::new() });
        }
        if !is_start(next) {
            let mut raw = self.start_of_rest();
            let (n_bytes, end) = self.source.pass(u64::MAX);
            // Where reading failed nobody knows what the bytes would have been.
            if let Some(error) = self.source.failure() {
                return Some(Entry::Failed { error, raw });
            }
            raw.truncate(usize::try_from(n_bytes).unwrap_or(usize::MAX));
            return Some(Entry::Stray { n_bytes, raw, is_last: end == Passed::End });
        }
        let mut lines = Vec::new();
        let end = self.header_lines(&mut lines);
        let raw = lines[..lines.len().min(RAW_BYTES)].to_vec();
        let header = Header::parse(&lines);
        Some(match (end, header.content_length) {
            (HeaderEnd::EndOfData, _) => {
                self.cut("the archive ends within the header of this record".to_owned(), raw)
            }
            (HeaderEnd::TooEarly(reason), _) => self.broken(reason, raw),
            (HeaderEnd::BlankLine, None) => {
                self.broken("the header of this record has no Content-Length that is a number", raw)
            }
            (HeaderEnd::BlankLine, Some(length)) => self.block(header, length, raw),
        })
    }

    /// White space between records: two line ends by the standard, more or fewer in practice.
    fn skip_line_ends(&mut self) {
        loop {
            let chunk = self.source.fill();
            let n = chunk.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            if n == 0 {
                return;
            }
            self.source.consume(n);
        }
    }

    fn start_of_rest(&mut self) -> Vec<u8> {
        let rest = self.source.peek(RAW_BYTES);
        rest[..rest.len().min(RAW_BYTES)].to_vec()
    }

    /// Takes the lines of a header, the version line among them, up to and including a blank one.
    fn header_lines(&mut self, lines: &mut Vec<u8>) -> HeaderEnd {
        loop {
            let line_start = lines.len();
            if line_start > 0 {
                let next = self.source.peek(PEEK_BYTES);
                if next.len() >= PEEK_BYTES && is_start(next) {
                    return HeaderEnd::TooEarly("the header of this record breaks off where the next begins");
                }
            }
            loop {
                let chunk = self.source.fill();
                if chunk.is_empty() {
                    return HeaderEnd::EndOfData;
                }
                let line_end = memchr::memchr(b'\n', chunk);
                let n = line_end.map_or(chunk.len(), |at| at + 1).min(MAX_HEADER_BYTES + 1 - lines.len());
                lines.extend_from_slice(&chunk[..n]);
                self.source.consume(n);
                if lines.len() > MAX_HEADER_BYTES {
                    return HeaderEnd::TooEarly("the header of this record does not end within 64 KiB");
                }
                if line_end.is_some() {
                    break;
                }
            }
            if lines[line_start..].trim_ascii().is_empty() {
                return HeaderEnd::BlankLine;
            }
        }
    }

    /// A record whose header cannot be used: all up to the next one is passed over.
    fn broken(&mut self, reason: &str, raw: Vec<u8>) -> Entry {
        let at_start = is_start(self.source.peek(PEEK_BYTES));
        let n_bytes = if at_start { 0 } else { self.source.pass(u64::MAX).0 };
        Entry::Broken {
            reason: format!(
                "{reason}, so that {n_bytes} bytes up to the next record were passed over; fetch the archive again"
            ),
            raw,
        }
    }

    /// A record within which the data ends.
    fn cut(&mut self, what: String, raw: Vec<u8>) -> Entry {
        match self.source.failure() {
            Some(error) => Entry::Failed { error, raw },
            None => Entry::Broken { reason: format!("{what}; fetch the archive again for the rest"), raw },
        }
    }

    fn block(&mut self, header: Header, length: u64, mut raw: Vec<u8>) -> Entry {
        let is_large = length > self.limit;
        let mut block = self.source.take(if is_large { length.min(START_BYTES) } else { length });
        raw.extend_from_slice(&block[..block.len().min(RAW_BYTES - raw.len())]);
        let n_there = block.len() as u64;
        if !is_large && n_there == length && self.is_at_record_end() {
            return Entry::Record(Record { header, block, length });
        }
        // The length is wrong, if a record begins within the block.
        if let Some(start) = self.find_swallowed(&mut block) {
            return self.swallowing(length, block, start, raw);
        }
        let (passed, end) = if is_large { self.source.pass(length - n_there) } else { (0, Passed::Limit) };
        let n_there = n_there + passed;
        if end == Passed::Start {
            let reason = format!(
                "the header of this record promises {length} bytes, but after {n_there} comes the next record; \
                 fetch the archive again"
            );
            return Entry::Broken { reason, raw };
        }
        if n_there < length {
            let what =
                format!("the archive ends within this record ({n_there} of its {length} bytes are there)");
            return self.cut(what, raw);
        }
        Entry::Record(Record { header, block, length })
    }

    /// A record within whose block others begin: these are read again on their own.
    fn swallowing(&mut self, length: u64, mut block: Vec<u8>, start: usize, raw: Vec<u8>) -> Entry {
        let swallowed = block.split_off(start);
        let n_swallowed = swallowed.len();
        let fate = if self.source.hand_back(swallowed) {
            "comes the next record".to_owned()
        } else {
            format!("come the next records, of which {n_swallowed} bytes were given up")
        };
        let reason = format!(
            "the header of this record promises {length} bytes, but after {start} {fate}; fetch the archive again"
        );
        Entry::Broken { reason, raw }
    }

    /// Whether the archive ends here or a new record begins.
    fn is_at_record_end(&mut self) -> bool {
        /// White space that may stand in between; this much of it ends a record whatever follows.
        const GAP_BYTES: usize = 64;
        let next = self.source.peek(GAP_BYTES);
        let next = next[..next.len().min(GAP_BYTES)].trim_ascii_start();
        next.is_empty() || is_start(next)
    }

    /// Where in a block the next record begins; what of it stands behind the block is moved there.
    fn find_swallowed(&mut self, block: &mut Vec<u8>) -> Option<usize> {
        if is_start(block) && block.len() >= PEEK_BYTES {
            return Some(0);
        }
        if let Some(start) = find_start(block) {
            return Some(start);
        }
        let n_block = block.len();
        let next = self.source.peek(PEEK_BYTES);
        let n = next.len().min(PEEK_BYTES);
        block.extend_from_slice(&next[..n]);
        let tail = n_block.saturating_sub(PEEK_BYTES);
        let start = find_start(&block[tail..]).map(|at| at + tail).filter(|&start| start < n_block);
        if start.is_some() {
            self.source.consume(n);
        } else {
            block.truncate(n_block);
        }
        start
    }
}
