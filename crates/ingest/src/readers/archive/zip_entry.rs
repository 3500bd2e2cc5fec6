use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use ::zip::CompressionMethod;
use ::zip::read::ZipFileEntry;
use dyad_core::RejectCode;
use flate2::Crc;

use crate::stream::{Budget, Cause, Compression, Members};

/// Length of a local header without its name and extra field (APPNOTE 6.3.10, 4.3.7).
const LOCAL_HEADER_BYTES: u64 = 30;

/// The bytes of a file in a zip archive, decompressed and checked against the archive's directory.
///
/// # Errors
/// Why it cannot be read, and what to do.
pub(super) fn open(
    file: &Arc<File>,
    entry: &ZipFileEntry<'_>,
    budget: &Budget,
) -> Result<Box<dyn Read + Send>, (RejectCode, String)> {
    if entry.encrypted() {
        let reason = "this file is encrypted in the archive; unpack it with its password first";
        return Err((RejectCode::Unreadable, reason.to_owned()));
    }
    let compression = match entry.compression() {
        CompressionMethod::STORE => Compression::None,
        CompressionMethod::DEFLATE => Compression::Deflate,
        CompressionMethod::BZIP2 => Compression::Bzip2,
        CompressionMethod::ZSTD => Compression::Zstandard,
        other => {
            let reason = format!(
                "this file is compressed in the archive by a method that Dyad does not read ({other:?}); unpack it first"
            );
            return Err((RejectCode::Unreadable, reason));
        }
    };
    let start = data_start(file, entry.header_start()).map_err(|error| {
        let reason = format!(
            "the archive does not hold this file where its directory says ({error}); fetch the archive again"
        );
        (RejectCode::Malformed, reason)
    })?;
    let data = Section {
        file: Arc::clone(file),
        at: start,
        end: start.saturating_add(entry.compressed_size()),
        allowance: None,
    };
    Ok(Box::new(Checked {
        content: Members::within(compression, Box::new(data), budget.clone()),
        crc: Crc::new(),
        left: entry.size(),
        wanted: entry.crc32(),
    }))
}

/// Where a file's bytes begin, which its local header says.
fn data_start(mut file: &File, header_start: u64) -> io::Result<u64> {
    let mut header = [0; LOCAL_HEADER_BYTES as usize];
    file.seek(SeekFrom::Start(header_start))?;
    file.read_exact(&mut header)?;
    if !header.starts_with(b"PK\x03\x04") {
        return Err(io::Error::other("there is no header"));
    }
    let length = |at: usize| u64::from(u16::from_le_bytes([header[at], header[at + 1]]));
    header_start
        .checked_add(LOCAL_HEADER_BYTES + length(26) + length(28))
        .ok_or_else(|| io::Error::other("the place is too far"))
}

/// Part of a file. Every part has a place of its own, so that several can be read in turns.
#[derive(Debug)]
pub(super) struct Section {
    file: Arc<File>,
    at: u64,
    end: u64,
    /// How many bytes may still be read; `None` for any number.
    allowance: Option<u64>,
}

impl Section {
    /// A whole file, of which at most so many bytes may be read until [`Section::end_search`].
    pub(super) fn searched(file: &Arc<File>, allowance: u64) -> Self {
        Self { file: Arc::clone(file), at: 0, end: u64::MAX, allowance: Some(allowance) }
    }

    pub(super) fn end_search(&mut self) {
        self.allowance = None;
    }
}

impl Read for Section {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = self.end.saturating_sub(self.at).min(buffer.len() as u64) as usize;
        if self.allowance.is_some_and(|allowance| allowance < wanted as u64) {
            return Err(io::Error::other("it is not near the end"));
        }
        let mut file = &*self.file;
        file.seek(SeekFrom::Start(self.at))?;
        let bytes = file.read(&mut buffer[..wanted])?;
        self.at += bytes as u64;
        self.allowance = self.allowance.map(|allowance| allowance - bytes as u64);
        Ok(bytes)
    }
}

impl Seek for Section {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(offset) => self.file.metadata()?.len().checked_add_signed(offset),
            SeekFrom::Current(offset) => self.at.checked_add_signed(offset),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// Bytes that must have a certain number and checksum.
struct Checked {
    content: Members,
    crc: Crc,
    left: u64,
    wanted: u32,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.content.read(buffer)?;
        self.crc.update(&buffer[..bytes]);
        let left = self.left.checked_sub(bytes as u64).ok_or(Cause::Checksum)?;
        self.left = left;
        let has_ended = bytes == 0 && !buffer.is_empty();
        if has_ended && (left > 0 || self.crc.sum() != self.wanted) {
            return Err(Cause::Checksum.into());
        }
        Ok(bytes)
    }
}
