use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::sync::Arc;

use parquet::basic::Encoding;
use parquet::column::page::{Page, PageIterator, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::serialized_reader::SerializedPageReader;

use super::{footer, read_up_to};

/// Largest page, before as after decompression, in bytes. Writers make pages of a megabyte, or of one row.
pub(super) const MAX_PAGE_BYTES: u64 = 256 << 20;
/// Most values in a page whose lengths stand in a list of their own; writers put 20,000 rows on a page.
const MAX_DELTA_VALUES: u64 = 1 << 24;
/// Where the header of a page is looked for: without statistics it takes some tens of bytes.
const HEADER_BYTES: [u64; 2] = [1 << 10, 1 << 20];
const INDEX_PAGE: i64 = 1;

/// The pages of one column of one row group, each checked before it is decoded: the crate takes memory for the sizes
/// and counts that a page claims to have.
pub(super) struct CheckedPages {
    pages: SerializedPageReader<File>,
    file: Arc<File>,
    /// Where the next page starts in the file.
    offset: u64,
    end: u64,
    has_repetition: bool,
    has_definition: bool,
}

impl CheckedPages {
    /// The pages of a column.
    ///
    /// # Errors
    /// When the crate does not know the compression, or the column lies outside of the file.
    pub(super) fn new(file: Arc<File>, column: &ColumnChunkMetaData, rows: usize) -> Result<Self> {
        let pages = SerializedPageReader::new(Arc::clone(&file), column, rows, None)?;
        let (offset, length) = column.byte_range();
        let levels = column.column_descr();
        Ok(Self {
            pages,
            file,
            offset,
            end: offset.saturating_add(length),
            has_repetition: levels.max_rep_level() > 0,
            has_definition: levels.max_def_level() > 0,
        })
    }

    /// Looks at the header of the page that comes next, if any.
    fn check_header(&mut self) -> Result<()> {
        while self.offset < self.end {
            let header = self.header()?;
            let size = |size: i64| u64::try_from(size).ok().filter(|&size| size <= MAX_PAGE_BYTES);
            let (Some(_), Some(encoded)) = (size(header.decoded), size(header.encoded)) else {
                return Err(damaged(&format!(
                    "a page claims to have {} bytes, {} of them after decompression, where at most {MAX_PAGE_BYTES} are read",
                    header.encoded, header.decoded
                )));
            };
            self.offset = self.offset.saturating_add(header.length as u64).saturating_add(encoded);
            if header.kind != INDEX_PAGE {
                break;
            }
        }
        Ok(())
    }

    fn header(&self) -> Result<footer::PageHeader> {
        let mut outcome = Err(String::new());
        for length in HEADER_BYTES {
            let mut file = self.file.try_clone()?;
            file.seek(SeekFrom::Start(self.offset))?;
            outcome = footer::page_header(&read_up_to(file, length.min(self.end - self.offset))?);
            if outcome.is_ok() {
                break;
            }
        }
        outcome.map_err(|cause| damaged(&format!("the header of a page is damaged: {cause}")))
    }

    fn check_page(&self, page: &Page) -> Result<()> {
        let bytes: &[u8] = page.buffer();
        let (encoding, values) = match page {
            Page::DictionaryPage { num_values, .. } if *num_values as usize > bytes.len() => {
                return Err(damaged("a dictionary claims to have more values than bytes"));
            }
            Page::DictionaryPage { .. } => return Ok(()),
            Page::DataPageV2 { encoding, rep_levels_byte_len, def_levels_byte_len, .. } => {
                let levels = *rep_levels_byte_len as usize + *def_levels_byte_len as usize;
                (*encoding, bytes.get(levels..))
            }
            Page::DataPage { encoding, .. } => {
                let mut rest = Some(bytes);
                for has_levels in [self.has_repetition, self.has_definition] {
                    rest = if has_levels { rest.and_then(behind_levels) } else { rest };
                }
                (*encoding, rest)
            }
        };
        let lists = match encoding {
            Encoding::DELTA_LENGTH_BYTE_ARRAY => 1,
            Encoding::DELTA_BYTE_ARRAY => 2,
            _ => return Ok(()),
        };
        let mut rest = values;
        for _ in 0..lists {
            rest = rest.and_then(behind_delta);
        }
        rest.map(drop).ok_or_else(|| damaged("a page of strings claims to have more values than it can hold"))
    }
}

impl Iterator for CheckedPages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for CheckedPages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        self.check_header()?;
        let page = self.pages.get_next_page()?;
        if let Some(page) = &page {
            self.check_page(page)?;
        }
        Ok(page)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.check_header()?;
        self.pages.skip_next_page()
    }
}

/// One column of one row group.
pub(super) struct ColumnPages(pub(super) Option<Result<CheckedPages>>);

impl Iterator for ColumnPages {
    type Item = Result<Box<dyn PageReader>>;

    fn next(&mut self) -> Option<Self::Item> {
        let pages = self.0.take()?;
        Some(pages.map(|pages| Box::new(pages) as Box<dyn PageReader>))
    }
}

impl PageIterator for ColumnPages {}

fn damaged(cause: &str) -> ParquetError {
    ParquetError::General(cause.to_owned())
}

/// What follows the levels of a page of version 1, which say their length in four bytes.
fn behind_levels(bytes: &[u8]) -> Option<&[u8]> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.get(u32::from_le_bytes(*length) as usize..)
}

/// What follows a list of numbers in the encoding DELTA_BINARY_PACKED, if its count is bearable.
/// <https://parquet.apache.org/docs/file-format/data-pages/encodings/#delta-encoding-delta_binary_packed--5>
fn behind_delta(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes;
    let mut number = || {
        let (value, length) = footer::varint(rest)?;
        rest = &rest[length..];
        Some(value)
    };
    let (block, parts, count, _first) = (number()?, number()?, number()?, number()?);
    if parts == 0 || block > MAX_DELTA_VALUES || count > MAX_DELTA_VALUES || block % parts != 0 {
        return None;
    }
    let values_per_part = block / parts;
    let mut left = count.saturating_sub(1);
    while left > 0 {
        let (_min, length) = footer::varint(rest)?;
        let (widths, parts) = rest.get(length..)?.split_at_checked(usize::try_from(parts).ok()?)?;
        rest = parts;
        for &width in widths {
            // Parts behind the last value have a width but no bytes.
            if left > 0 {
                rest = rest.get(usize::try_from(u64::from(width) * values_per_part / 8).ok()?..)?;
            }
            left = left.saturating_sub(values_per_part.max(1));
        }
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_list_of_lengths_is_passed_over_by_its_own_measure() {
        // 128 values in 4 parts, two values 7 and 5: the least difference is -2, the rest takes no bits.
        let bytes = [0x80, 0x01, 4, 2, 14, 3, 0, 0, 0, 0, b'x'];
        assert_eq!(behind_delta(&bytes), Some(&b"x"[..]));
        let many = [0x80, 0x01, 4, 0xff, 0xff, 0xff, 0xff, 0x7f, 14, 3, 0, 0, 0, 0];
        assert_eq!(behind_delta(&many), None);
        assert_eq!(behind_levels(&[2, 0, 0, 0, 1, 1, b'x']), Some(&b"x"[..]));
        assert_eq!(behind_levels(&[9, 0, 0, 0, 1]), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_passed_over_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = behind_delta(&bytes);
            let _ = behind_levels(&bytes);
        }
    }
}
