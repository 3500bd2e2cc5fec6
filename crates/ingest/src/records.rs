use std::io::{self, BufRead, ErrorKind};

use dyad_core::Reject;

/// Finds where records end in a stream of bytes, across the chunks it comes in.
pub(crate) trait Splitter {
    /// The number of bytes up to and including the end of the current record, if it lies in the chunk.
    fn find_end(&mut self, chunk: &[u8]) -> Option<usize>;

    /// Called at the end of the input: whether a quotation is still open.
    fn is_open(&self) -> bool {
        false
    }
}

/// Every line is a record.
#[derive(Debug, Default)]
pub(crate) struct Lines;

impl Splitter for Lines {
    fn find_end(&mut self, chunk: &[u8]) -> Option<usize> {
        chunk.iter().position(|&byte| byte == b'\n').map(|at| at + 1)
    }
}

/// Records of CSV: a line end within quotation marks ends none. `\r` alone is a line end, as some
/// spreadsheets write it; the `\n` of a `\r\n` then makes a blank record, which readers skip.
#[derive(Debug)]
pub(crate) struct Rows {
    delimiter: u8,
    state: RowState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RowState {
    FieldStart,
    Unquoted,
    Quoted,
    /// Behind a quotation mark within quotes: the field's end, or the first half of an escaped mark.
    QuoteInQuoted,
}

impl Rows {
    pub(crate) fn new(delimiter: u8) -> Self {
        Self { delimiter, state: RowState::FieldStart }
    }
}

impl Splitter for Rows {
    fn find_end(&mut self, chunk: &[u8]) -> Option<usize> {
        for (at, &byte) in chunk.iter().enumerate() {
            self.state = match (self.state, byte) {
                (RowState::Quoted, b'"') => RowState::QuoteInQuoted,
                (RowState::Quoted, _) => RowState::Quoted,
                (RowState::FieldStart | RowState::QuoteInQuoted, b'"') => RowState::Quoted,
                (_, b'\n' | b'\r') => {
                    self.state = RowState::FieldStart;
                    return Some(at + 1);
                }
                (_, byte) if byte == self.delimiter => RowState::FieldStart,
                _ => RowState::Unquoted,
            };
        }
        None
    }

    fn is_open(&self) -> bool {
        self.state == RowState::Quoted
    }
}

/// A record's bytes, without its line end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RawRecord {
    /// 1-based number among the records, blank ones included.
    pub(crate) number: u64,
    /// The bytes; perhaps only the first [`Reject::MAX_RAW_BYTES`] of a record that is too large.
    pub(crate) bytes: Vec<u8>,
    /// Length of the whole record in bytes.
    pub(crate) total: u64,
    /// Whether that is above the limit.
    pub(crate) too_large: bool,
    /// Whether the input ended within quotation marks.
    pub(crate) open: bool,
}

/// Cuts an input into records without ever holding more than the limit of one.
pub(crate) struct RecordReader<R, S> {
    reader: R,
    splitter: S,
    limit: u64,
    number: u64,
    partial: Vec<u8>,
    total: u64,
}

impl<R: BufRead, S: Splitter> RecordReader<R, S> {
    pub(crate) fn new(reader: R, splitter: S, limit: u64) -> Self {
        Self { reader, splitter, limit, number: 0, partial: Vec::new(), total: 0 }
    }

    /// The number of the record in progress, and what was read of it before a failure.
    pub(crate) fn unfinished(&self) -> (u64, &[u8]) {
        (self.number + 1, &self.partial)
    }

    /// The next record; `None` at the end.
    ///
    /// # Errors
    /// Whatever the reader says; the reader must not be used after.
    pub(crate) fn next_record(&mut self) -> io::Result<Option<RawRecord>> {
        loop {
            let chunk = match self.reader.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if chunk.is_empty() {
                return Ok((self.total > 0).then(|| self.finish()));
            }
            let end = self.splitter.find_end(chunk);
            let taken = end.unwrap_or(chunk.len());
            keep(&mut self.partial, &chunk[..taken], self.total, self.limit);
            self.total += taken as u64;
            self.reader.consume(taken);
            if end.is_some() {
                return Ok(Some(self.finish()));
            }
        }
    }

    fn finish(&mut self) -> RawRecord {
        self.number += 1;
        let mut bytes = std::mem::take(&mut self.partial);
        let mut total = std::mem::take(&mut self.total);
        if bytes.len() as u64 == total && !self.splitter.is_open() {
            for end in [b'\n', b'\r'] {
                if bytes.last() == Some(&end) {
                    bytes.pop();
                    total -= 1;
                }
            }
        }
        RawRecord {
            number: self.number,
            bytes,
            total,
            too_large: total > self.limit,
            open: self.splitter.is_open(),
        }
    }
}

/// Adds a piece to a record, or gives up all but its start when it grows above the limit.
fn keep(partial: &mut Vec<u8>, piece: &[u8], total: u64, limit: u64) {
    // Two more bytes for the line end, which does not count.
    let fits = total + piece.len() as u64 <= limit.saturating_add(2);
    let whole_so_far = partial.len() as u64 == total;
    if fits && whole_so_far {
        partial.extend_from_slice(piece);
        return;
    }
    if partial.len() > Reject::MAX_RAW_BYTES {
        // A new allocation: truncating would keep the memory.
        *partial = partial[..Reject::MAX_RAW_BYTES].to_vec();
    }
    let missing = Reject::MAX_RAW_BYTES.saturating_sub(partial.len());
    partial.extend_from_slice(&piece[..missing.min(piece.len())]);
}

/// Whether a record holds nothing but white space.
pub(crate) fn is_blank(bytes: &[u8]) -> bool {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::BufReader;

    fn records<S: Splitter>(input: &[u8], splitter: S, limit: u64, buffer: usize) -> Vec<RawRecord> {
        let mut reader = RecordReader::new(BufReader::with_capacity(buffer, input), splitter, limit);
        std::iter::from_fn(|| reader.next_record().expect("memory reads")).collect()
    }

    fn texts(records: &[RawRecord]) -> Vec<String> {
        records.iter().map(|record| String::from_utf8_lossy(&record.bytes).into_owned()).collect()
    }

    #[test]
    fn lines_end_in_any_way() {
        let found = records(b"a\r\n\nb\nc", Lines, 100, 2);
        assert_eq!(texts(&found), ["a", "", "b", "c"]);
        assert_eq!(found.iter().map(|record| record.number).collect::<Vec<_>>(), [1, 2, 3, 4]);
    }

    #[test]
    fn quoted_line_ends_do_not_end_a_row() {
        let found = records(b"a,\"b\n\"\"c\"\"\n\",d\ne,f\"g\nh", Rows::new(b','), 100, 3);
        assert_eq!(texts(&found), ["a,\"b\n\"\"c\"\"\n\",d", "e,f\"g", "h"]);
        assert!(found.iter().all(|record| !record.open));
        assert!(records(b"a,\"b\nc", Rows::new(b','), 100, 3)[0].open);
    }

    #[test]
    fn a_record_above_the_limit_is_not_held() {
        let input = [b"x".repeat(5_000), b"\nshort\n".to_vec()].concat();
        let found = records(&input, Lines, 1_000, 64);
        assert!(found[0].too_large);
        assert_eq!((found[0].bytes.len(), found[0].total), (Reject::MAX_RAW_BYTES, 5_001));
        assert_eq!(texts(&found)[1], "short");
        assert!(!records(b"12345\r\n", Lines, 5, 64)[0].too_large);
        assert!(records(b"123456\n", Lines, 5, 64)[0].too_large);
    }

    proptest! {
        #[test]
        fn rows_are_cut_where_the_csv_crate_cuts_them(input in "[a\",\\r\\n]{0,40}", buffer in 1usize..9) {
            let ours = records(input.as_bytes(), Rows::new(b','), 1_000, buffer);
            let mut theirs = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(input.as_bytes());
            let expected: Vec<csv::StringRecord> = theirs.records().map(|row| row.expect("text")).collect();
            let found: Vec<csv::StringRecord> = ours
                .iter()
                .filter(|record| !record.bytes.is_empty())
                .map(|record| {
                    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&record.bytes[..]);
                    let rows: Vec<_> = reader.records().map(|row| row.expect("text")).collect();
                    assert_eq!(rows.len(), 1, "one row in {record:?}");
                    rows[0].clone()
                })
                .collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn no_byte_is_lost(input in "[ab\\r\\n]{0,60}", buffer in 1usize..9) {
            let found = records(input.as_bytes(), Lines, 1_000, buffer);
            let total: u64 = found.iter().map(|record| record.total).sum();
            let letters = input.bytes().filter(|b| b.is_ascii_alphabetic()).count();
            prop_assert!(total as usize >= letters && total as usize <= input.len());
        }
    }
}
