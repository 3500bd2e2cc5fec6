use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;

use dyad_core::{Origin, Reject, RejectCode};
use flate2::read::MultiGzDecoder;

use crate::format;

/// How much of an input is looked at to tell its format, in bytes after decompression.
const HEAD_BYTES: usize = 8_192;
const BUFFER_BYTES: usize = 1 << 16;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// How an input is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
}

/// An input opened for reading, decompressed where its first bytes say so.
pub(crate) struct Stream {
    pub(crate) reader: BufReader<Box<dyn Read + Send>>,
    /// The first bytes, which `reader` will give again; up to [`HEAD_BYTES`].
    pub(crate) head: Vec<u8>,
    pub(crate) compression: Compression,
}

impl Stream {
    /// Opens a file.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Self::new(Box::new(File::open(path)?))
    }

    /// Standard input; anything else that reads it at the same time takes part of it away.
    pub(crate) fn stdin() -> io::Result<Self> {
        Self::new(Box::new(io::stdin()))
    }

    pub(crate) fn new(mut raw: Box<dyn Read + Send>) -> io::Result<Self> {
        let mut magic = Vec::new();
        (&mut raw).take(GZIP_MAGIC.len() as u64).read_to_end(&mut magic)?;
        let compression = if magic == GZIP_MAGIC { Compression::Gzip } else { Compression::None };
        let whole = Cursor::new(magic).chain(raw);
        let mut reader: Box<dyn Read + Send> = if compression == Compression::Gzip {
            Box::new(MultiGzDecoder::new(BufReader::with_capacity(BUFFER_BYTES, whole)))
        } else {
            Box::new(whole)
        };
        let mut head = Vec::new();
        let looked = (&mut reader).take(HEAD_BYTES as u64).read_to_end(&mut head);
        // What a damaged file gives before the damage is still to be read, so the error waits its turn.
        let reader: Box<dyn Read + Send> = match looked {
            Ok(_) => Box::new(Cursor::new(head.clone()).chain(reader)),
            Err(error) => Box::new(Cursor::new(head.clone()).chain(Failing(Some(error)))),
        };
        Ok(Self { reader: BufReader::with_capacity(BUFFER_BYTES, reader), head, compression })
    }

    /// Whether the input is in the encoding that Windows calls Unicode.
    pub(crate) fn is_utf16(&self) -> bool {
        format::is_utf16(&self.head)
    }
}

/// Gives an error that happened while looking ahead, once, where it belongs.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// The reject for a read that failed. A decoder's complaint has no code of the operating system.
pub(crate) fn read_failure(
    compression: Compression,
    origin: Origin,
    error: &io::Error,
    raw: &[u8],
) -> Reject {
    if compression == Compression::Gzip && error.raw_os_error().is_none() {
        let reason = format!(
            "the gzip data ends early or is damaged ({error}); what stood before was kept, \
             fetch the file again for the rest"
        );
        return Reject::new(origin, RejectCode::DamagedCompression, reason, raw);
    }
    Reject::new(
        origin,
        RejectCode::Unreadable,
        format!("reading failed ({error}); check the disk and try again"),
        raw,
    )
}
