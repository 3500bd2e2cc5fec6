//! Inputs as streams of bytes, decompressed.

mod brotli;
mod budget;
mod fault;
mod lookahead;
mod members;
mod spool;

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use dyad_core::{Origin, Reject, RejectCode};

pub(crate) use brotli::Brotli;
pub(crate) use budget::Budget;
pub(crate) use fault::{Cause, Fault};
pub(crate) use members::{Compression, Members};

use crate::format;
use budget::Counted;
use lookahead::Lookahead;
use members::MAGIC_BYTES;

/// How much of an input is looked at to tell its format, in bytes after decompression.
const HEAD_BYTES: usize = 8_192;
const BUFFER_BYTES: usize = 1 << 16;
/// How many times over an input may be compressed, as a `.gz` in a `.zst` is twice.
const MAX_LAYERS: usize = 3;

/// An input opened for reading, decompressed where its first bytes say so.
pub(crate) struct Stream {
    pub(crate) reader: BufReader<Box<dyn Read + Send>>,
    /// The first bytes, which `reader` will give again; up to [`HEAD_BYTES`].
    pub(crate) head: Vec<u8>,
    /// The outermost compression.
    pub(crate) compression: Compression,
    pub(crate) source: Source,
    /// The input itself, where it is a file that can be read in any order.
    file: Option<File>,
}

/// Where a stream comes from.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) budget: Budget,
    /// How many archives it lies in.
    pub(crate) archives: u8,
}

impl Stream {
    /// Opens a file, of which decompression may give `max_expansion` times its size
    /// ([`dyad_core::InputConfig::max_expansion`]).
    ///
    /// # Errors
    /// Whatever the file system says.
    pub(crate) fn open(path: &Path, max_expansion: u32) -> io::Result<Self> {
        let file = File::open(path)?;
        let regular = if file.metadata()?.is_file() { Some(file.try_clone()?) } else { None };
        let stream = Self::outermost(file, max_expansion)?;
        let file = regular.filter(|_| stream.compression == Compression::None);
        Ok(Self { file, ..stream })
    }

    /// Standard input; anything else that reads it at the same time takes part of it away.
    ///
    /// # Errors
    /// Whatever the operating system says.
    pub(crate) fn stdin(max_expansion: u32) -> io::Result<Self> {
        Self::outermost(io::stdin(), max_expansion)
    }

    /// An input that is no file, of which decompression may give `max_expansion` times its size.
    ///
    /// # Errors
    /// Whatever the input says when its very first bytes cannot be read.
    pub(crate) fn outermost(reader: impl Read + Send + 'static, max_expansion: u32) -> io::Result<Self> {
        Self::coded(reader, Compression::None, max_expansion)
    }

    /// The same for an input of which someone says how it is compressed, beyond what its first bytes tell.
    ///
    /// # Errors
    /// Whatever the input says when its very first bytes cannot be read.
    pub(crate) fn coded(
        reader: impl Read + Send + 'static,
        coding: Compression,
        max_expansion: u32,
    ) -> io::Result<Self> {
        let budget = Budget::new(max_expansion);
        let reader: Box<dyn Read + Send> = Box::new(Counted { reader, budget: budget.clone() });
        let reader = match coding {
            Compression::None => reader,
            _ => Box::new(Members::within(coding, reader, budget.clone())),
        };
        Self::within(reader, Source { budget, archives: 0 })
    }

    /// What an input of some source holds.
    ///
    /// # Errors
    /// Whatever `raw` says when its very first bytes cannot be read.
    pub(crate) fn within(raw: Box<dyn Read + Send>, source: Source) -> io::Result<Self> {
        let mut input = Lookahead::new(raw);
        let compression = Compression::of(input.peek(MAGIC_BYTES));
        let mut layer = compression;
        for n_layers in 0.. {
            if layer == Compression::None {
                break;
            }
            if n_layers == MAX_LAYERS {
                input = Lookahead::failing(Cause::Layers.into());
                break;
            }
            input = Lookahead::new(Box::new(Members::new(layer, input, source.budget.clone())));
            layer = Compression::of(input.peek(MAGIC_BYTES));
        }
        let head = input.peek(HEAD_BYTES).to_vec();
        if head.is_empty() && compression == Compression::None {
            input.failure()?;
        }
        let reader = BufReader::with_capacity(BUFFER_BYTES, Box::new(input) as Box<dyn Read + Send>);
        Ok(Self { reader, head, compression, source, file: None })
    }

    /// The whole input as a file at its start, for formats that are read in any order: the file itself where that is
    /// possible, else a copy on disk that has no name and is gone once closed, in the folder for temporary files
    /// (`TMPDIR`). The copy has at most `limit` bytes ([`dyad_core::InputConfig::max_spool_bytes`]).
    ///
    /// # Errors
    /// Whatever the input or the file system says, an error for an input above the limit, and one that names the folder
    /// where no copy can be made; [`read_failure`] makes a reject of each.
    pub(crate) fn seekable(self, limit: u64) -> io::Result<File> {
        if let Some(mut file) = self.file {
            self.source.budget.take_whole(file.metadata()?.len());
            file.rewind()?;
            return Ok(file);
        }
        spool::spool(self.reader, limit, &tempfile::env::temp_dir())
    }

    /// Whether the input is in the encoding that Windows calls Unicode, with or without its mark.
    pub(crate) fn is_utf16(&self) -> bool {
        format::is_utf16(&self.head)
    }
}

/// The reject for a read that failed. A decoder's complaint has no code of the operating system.
pub(crate) fn read_failure(
    compression: Compression,
    origin: Origin,
    error: &io::Error,
    raw: &[u8],
) -> Reject {
    if let Some(fault) = Fault::of(error) {
        return fault.reject(origin, raw);
    }
    if compression != Compression::None && error.raw_os_error().is_none() {
        return Fault::new(Cause::Damaged { compression, detail: error.to_string() }).reject(origin, raw);
    }
    Reject::new(origin, RejectCode::Unreadable, read_failure_reason(&error.to_string()), raw)
}

fn read_failure_reason(detail: &str) -> String {
    format!("reading failed ({detail}); check the disk and try again")
}
