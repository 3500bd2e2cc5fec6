use std::io::{self, BufRead, Read};

use bzip2::bufread::BzDecoder;
use flate2::bufread::{DeflateDecoder, GzDecoder};

use super::brotli::Brotli;
use super::budget::Budget;
use super::fault::{Cause, Fault};
use super::lookahead::Lookahead;

/// Binary logarithm of how far Zstandard data may refer back, in bytes: 128 MiB, what the `zstd` tool reads unasked.
/// A decoder holds as much in memory.
pub(crate) const WINDOW_LOG: u32 = 27;
/// The longest start by which a compression is told.
pub(super) const MAGIC_BYTES: usize = 10;
/// RFC 1952, 2.3.1.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// RFC 8878, 3.1.1.
const ZSTANDARD: u32 = 0xfd2f_b528;
/// RFC 8878, 3.1.2: a frame without content; its last four bits are free.
const ZSTANDARD_SKIPPABLE: u32 = 0x184d_2a50;
/// How the first block of a bzip2 stream starts, and the end of a stream without any.
const BZIP2_BLOCKS: [[u8; 6]; 2] =
    [[0x31, 0x41, 0x59, 0x26, 0x53, 0x59], [0x17, 0x72, 0x45, 0x38, 0x50, 0x90]];

/// How an input is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    /// RFC 1952, with any number of members.
    Gzip,
    /// RFC 8878, with any number of frames.
    Zstandard,
    /// bzip2, with any number of streams.
    Bzip2,
    /// RFC 1951, as in zip archives; not told from the first bytes.
    Deflate,
    /// RFC 7932, as servers send it; not told from the first bytes.
    Brotli,
}

impl Compression {
    /// Tells the compression from the first [`MAGIC_BYTES`] of an input.
    pub(super) fn of(head: &[u8]) -> Self {
        if head.starts_with(&GZIP) {
            return Compression::Gzip;
        }
        let Some((magic, rest)) = head.split_first_chunk::<4>() else { return Compression::None };
        let number = u32::from_le_bytes(*magic);
        if number == ZSTANDARD || number & !0xf == ZSTANDARD_SKIPPABLE {
            return Compression::Zstandard;
        }
        // Four letters alone could begin a text.
        let block = &rest[..rest.len().min(6)];
        if magic.starts_with(b"BZh")
            && (b'1'..=b'9').contains(&magic[3])
            && BZIP2_BLOCKS.iter().any(|start| start.starts_with(block))
        {
            return Compression::Bzip2;
        }
        Compression::None
    }

    /// The name that a reject gives it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Compression::None => "uncompressed",
            Compression::Gzip => "gzip",
            Compression::Zstandard => "Zstandard",
            Compression::Bzip2 => "bzip2",
            Compression::Deflate => "deflate",
            Compression::Brotli => "Brotli",
        }
    }
}

/// One gzip member, Zstandard frame or bzip2 stream.
enum Member {
    Gzip(Box<GzDecoder<Lookahead>>),
    Zstandard(zstd::Decoder<'static, Lookahead>),
    Bzip2(Box<BzDecoder<Lookahead>>),
    Deflate(Box<DeflateDecoder<Lookahead>>),
    Brotli(Box<Brotli<Lookahead>>),
    Plain(Lookahead),
}

impl Member {
    fn new(compression: Compression, input: Lookahead) -> io::Result<Self> {
        Ok(match compression {
            Compression::None => Member::Plain(input),
            Compression::Gzip => Member::Gzip(Box::new(GzDecoder::new(input))),
            Compression::Zstandard => {
                let mut decoder = zstd::Decoder::with_buffer(input)?.single_frame();
                decoder.window_log_max(WINDOW_LOG)?;
                Member::Zstandard(decoder)
            }
            Compression::Bzip2 => Member::Bzip2(Box::new(BzDecoder::new(input))),
            Compression::Deflate => Member::Deflate(Box::new(DeflateDecoder::new(input))),
            Compression::Brotli => Member::Brotli(Box::new(Brotli::new(input))),
        })
    }

    fn into_inner(self) -> Lookahead {
        match self {
            Member::Gzip(decoder) => decoder.into_inner(),
            Member::Zstandard(decoder) => decoder.finish(),
            Member::Bzip2(decoder) => decoder.into_inner(),
            Member::Deflate(decoder) => decoder.into_inner(),
            Member::Brotli(decoder) => decoder.into_inner(),
            Member::Plain(input) => input,
        }
    }
}

impl Read for Member {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Member::Gzip(decoder) => decoder.read(buffer),
            Member::Zstandard(decoder) => decoder.read(buffer),
            Member::Bzip2(decoder) => decoder.read(buffer),
            Member::Deflate(decoder) => decoder.read(buffer),
            Member::Brotli(decoder) => decoder.read(buffer),
            Member::Plain(input) => input.read(buffer),
        }
    }
}

/// Decompresses one layer: all members up to the end of the input, and zero bytes behind them, as tapes leave them.
/// After a failure every further read fails in the same way.
pub(crate) struct Members {
    compression: Compression,
    budget: Budget,
    state: State,
}

enum State {
    Reading(Member),
    Ended,
    Failed(Fault),
}

impl Members {
    pub(super) fn new(compression: Compression, input: Lookahead, budget: Budget) -> Self {
        let state = match Member::new(compression, input) {
            Ok(member) => State::Reading(member),
            Err(error) => State::Failed(Fault::from_error(&error)),
        };
        Self { compression, budget, state }
    }

    /// A layer whose compression is known from elsewhere; [`Compression::None`] counts what is read and no more.
    pub(crate) fn within(compression: Compression, input: Box<dyn Read + Send>, budget: Budget) -> Self {
        Self::new(compression, Lookahead::new(input), budget)
    }

    /// Reads on, from the next member where one has ended.
    fn advance(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let State::Reading(member) = &mut self.state else { return Ok(0) };
            let bytes = member.read(buffer)?;
            if bytes > 0 || buffer.is_empty() {
                self.budget.give(bytes as u64)?;
                return Ok(bytes);
            }
            if let State::Reading(member) = std::mem::replace(&mut self.state, State::Ended)
                && let Some(next) = self.next_member(member.into_inner())?
            {
                self.state = State::Reading(next);
            }
        }
    }

    fn next_member(&self, mut input: Lookahead) -> io::Result<Option<Member>> {
        if matches!(self.compression, Compression::None | Compression::Deflate | Compression::Brotli) {
            return Ok(None);
        }
        if Compression::of(input.peek(MAGIC_BYTES)) == self.compression {
            return Member::new(self.compression, input).map(Some);
        }
        loop {
            let padding = input.fill_buf()?;
            if padding.is_empty() {
                return Ok(None);
            }
            if padding.iter().any(|&byte| byte != 0) {
                return Err(Cause::Trailing(self.compression).into());
            }
            let bytes = padding.len();
            input.consume(bytes);
        }
    }

    /// What a decoder says about its data, unless it only passes on what was wrong below it.
    fn fault(&self, error: &io::Error) -> Fault {
        if Fault::of(error).is_some()
            || error.raw_os_error().is_some()
            || self.compression == Compression::None
        {
            return Fault::from_error(error);
        }
        let detail = error.to_string();
        // The library gives its code only as this text.
        if self.compression == Compression::Zstandard && detail.contains("too much memory") {
            return Fault::new(Cause::Window);
        }
        Fault::new(Cause::Damaged { compression: self.compression, detail })
    }
}

impl Read for Members {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let State::Failed(fault) = &self.state {
            return Err(fault.clone().into());
        }
        self.advance(buffer).map_err(|error| {
            let fault = self.fault(&error);
            self.state = State::Failed(fault.clone());
            fault.into()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compressions_are_told_by_their_first_bytes() {
        for (head, compression) in [
            (&b"\x1f\x8b\x08"[..], Compression::Gzip),
            (b"\x28\xb5\x2f\xfd\x04", Compression::Zstandard),
            (b"\x5e\x2a\x4d\x18\0\0\0\0", Compression::Zstandard),
            (b"BZh91AY&SY", Compression::Bzip2),
            (b"BZh11A", Compression::Bzip2),
            (b"BZh9\x17\x72\x45\x38\x50\x90", Compression::Bzip2),
            (b"BZh9 is no name", Compression::None),
            (b"BZh01AY&SY", Compression::None),
            (b"\x1f", Compression::None),
            (b"", Compression::None),
        ] {
            assert_eq!(Compression::of(head), compression, "{head:?}");
        }
    }
}
