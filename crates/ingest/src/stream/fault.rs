use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dyad_core::{Origin, Reject, RejectCode};

use super::members::{Compression, WINDOW_LOG};
use super::{MAX_LAYERS, read_failure_reason};

/// Why an input cannot be read on, carried within an [`io::Error`] through whatever reads the input.
///
/// Its copies share one flag, so that a failure that passes through an archive and a file in it is reported once.
#[derive(Debug, Clone)]
pub(crate) struct Fault(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    cause: Cause,
    reported: AtomicBool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Compressed data that a decoder refused or that ends too soon.
    Damaged { compression: Compression, detail: String },
    /// Other bytes behind compressed data that is whole.
    Trailing(Compression),
    /// Zstandard data that refers back further than [`WINDOW_LOG`] allows.
    Window,
    /// Compressed more than [`MAX_LAYERS`] times over.
    Layers,
    /// More came out of the decompression than this many times what went in.
    Expansion { limit: u32 },
    /// A format that needs random access in an input of more than this many bytes that has none.
    Spool { limit: u64 },
    /// The copy on disk that such a format needs cannot be made in the folder for temporary files.
    Copy { folder: String, detail: String },
    /// A tar archive that ends in the middle of something.
    CutArchive,
    /// A file in a zip archive that has other bytes than its directory says.
    Checksum,
    /// A transfer over the network that broke off.
    Transfer(String),
    /// What the operating system or another reader says.
    Unreadable(String),
}

impl Fault {
    pub(crate) fn new(cause: Cause) -> Self {
        Self(Arc::new(Shared { cause, reported: AtomicBool::new(false) }))
    }

    /// The fault that an error carries, if it is one.
    pub(crate) fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref().and_then(|inner| inner.downcast_ref())
    }

    /// The fault that an error carries, or one that says what the error says.
    pub(crate) fn from_error(error: &io::Error) -> Self {
        Self::of(error).cloned().unwrap_or_else(|| Self::new(Cause::Unreadable(error.to_string())))
    }

    /// Whether a reject was made of it.
    pub(crate) fn is_reported(&self) -> bool {
        self.0.reported.load(Ordering::Relaxed)
    }

    /// The reject for it.
    pub(crate) fn reject(&self, origin: Origin, raw: &[u8]) -> Reject {
        self.0.reported.store(true, Ordering::Relaxed);
        Reject::new(origin, self.code(), self.to_string(), raw)
    }

    fn code(&self) -> RejectCode {
        match self.0.cause {
            Cause::Damaged { .. } | Cause::Trailing(_) | Cause::Checksum => RejectCode::DamagedCompression,
            Cause::Window | Cause::Expansion { .. } | Cause::Spool { .. } => RejectCode::TooLarge,
            Cause::Layers | Cause::CutArchive => RejectCode::Malformed,
            Cause::Copy { .. } | Cause::Transfer(_) | Cause::Unreadable(_) => RejectCode::Unreadable,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.cause {
            Cause::Damaged { compression, detail } => {
                let name = compression.as_str();
                write!(
                    f,
                    "the {name} data ends early or is damaged ({detail}); what stood before was kept, \
                     fetch the file again for the rest"
                )
            }
            Cause::Trailing(compression) => {
                let name = compression.as_str();
                write!(
                    f,
                    "bytes that are no {name} data follow the {name} data; what stood before was kept, \
                     fetch the file again if there should be more"
                )
            }
            Cause::Window => write!(
                f,
                "decompressing the Zstandard data takes more than {} MiB of memory; decompress the file first, \
                 with `zstd -d --long=31`",
                (1u64 << WINDOW_LOG) >> 20
            ),
            Cause::Layers => {
                write!(f, "the data is compressed more than {MAX_LAYERS} times over; decompress it first")
            }
            Cause::Expansion { limit } => write!(
                f,
                "the file decompresses to more than {limit} times its size, and what follows in it was not read; \
                 raise max_expansion under [input] in dyad.toml if you trust its source"
            ),
            Cause::Spool { limit } => write!(
                f,
                "a file of this format must be copied to disk to be read from here, and has more than the \
                 {limit} bytes that max_spool_bytes under [input] allows; save it to disk, decompressed, first"
            ),
            Cause::Copy { folder, detail } => write!(
                f,
                "no room for a copy in {folder} ({detail}); make room or set TMPDIR to another folder"
            ),
            Cause::CutArchive => f.write_str(
                "the tar archive ends early; what stood before was kept, fetch the archive again for the rest",
            ),
            Cause::Checksum => f.write_str(
                "the bytes are not those that the zip archive's directory announces; fetch the archive again",
            ),
            Cause::Transfer(detail) => write!(
                f,
                "the transfer broke off ({detail}); what came before was kept, check the network and run again for the rest"
            ),
            Cause::Unreadable(detail) => f.write_str(&read_failure_reason(detail)),
        }
    }
}

impl Error for Fault {}

impl From<Cause> for io::Error {
    fn from(cause: Cause) -> Self {
        Fault::new(cause).into()
    }
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        io::Error::other(fault)
    }
}
