//! A stream of bytes that knows its place, can be put back, and can keep what passes.

use std::io::{self, BufRead, ErrorKind};

use dyad_core::Reject;

use super::cutter::{Cutter, Fault, Progress};

/// Bytes of white space before a value that tell how far it is indented.
const MAX_INDENT_BYTES: usize = 256;

/// Bytes that passed, up to a limit.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// All of them; of more than the limit only the first [`Reject::MAX_RAW_BYTES`].
    pub(super) bytes: Vec<u8>,
    /// How many there were.
    pub(super) total: u64,
    limit: u64,
}

impl Kept {
    pub(super) fn new(limit: u64) -> Self {
        Self { bytes: Vec::new(), total: 0, limit }
    }

    pub(super) fn is_too_large(&self) -> bool {
        self.total > self.limit
    }

    fn push(&mut self, piece: &[u8]) {
        self.total += piece.len() as u64;
        if !self.is_too_large() {
            return self.bytes.extend_from_slice(piece);
        }
        if self.bytes.len() > Reject::MAX_RAW_BYTES {
            // A new allocation: truncating would keep the memory.
            self.bytes = self.bytes[..Reject::MAX_RAW_BYTES].to_vec();
        }
        let missing = Reject::MAX_RAW_BYTES.saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(&piece[..missing.min(piece.len())]);
    }
}

/// How a value that was read ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Done,
    /// The next byte is wrong.
    Fault(Fault),
    /// The input ended within it.
    Eof,
    /// What is recorded would grow above its limit, and the caller wants to know before.
    Full,
}

/// The input of a document.
pub(super) struct Input<R> {
    reader: R,
    /// Bytes that come before those of the reader.
    replay: Vec<u8>,
    replayed: usize,
    /// 0-based offset of the next byte in the decompressed input.
    pub(super) at: u64,
    /// What stands before the value on its line; empty if it does not begin one.
    pub(super) indent: Vec<u8>,
    recording: Option<Kept>,
    /// Whether [`Input::cut`] stops before the recording is full.
    pub(super) stops_when_full: bool,
}

impl<R: BufRead> Input<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            replay: Vec::new(),
            replayed: 0,
            at: 0,
            indent: Vec::new(),
            recording: None,
            stops_when_full: false,
        }
    }

    /// Keeps what passes from now on.
    pub(super) fn record(&mut self, limit: u64) {
        self.recording = Some(Kept::new(limit));
    }

    pub(super) fn recorded(&self) -> u64 {
        self.recording.as_ref().map_or(0, |kept| kept.total)
    }

    pub(super) fn take_recording(&mut self) -> Kept {
        self.stops_when_full = false;
        self.recording.take().unwrap_or_default()
    }

    /// Puts bytes back that were just taken.
    pub(super) fn put_back(&mut self, mut bytes: Vec<u8>) {
        self.at -= bytes.len() as u64;
        bytes.extend_from_slice(&self.replay[self.replayed..]);
        (self.replay, self.replayed) = (bytes, 0);
    }

    fn chunk(&mut self) -> io::Result<&[u8]> {
        if self.replayed < self.replay.len() {
            return Ok(&self.replay[self.replayed..]);
        }
        if !self.replay.is_empty() {
            (self.replay, self.replayed) = (Vec::new(), 0);
        }
        loop {
            match self.reader.fill_buf() {
                Ok(_) => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        // What is buffered is given again without reading.
        self.reader.fill_buf()
    }

    /// Takes bytes of the current chunk.
    fn consume(&mut self, n: usize) -> io::Result<()> {
        let mut recording = self.recording.take();
        if let Some(kept) = &mut recording {
            kept.push(&self.chunk()?[..n]);
        }
        self.recording = recording;
        self.at += n as u64;
        if self.replayed < self.replay.len() {
            self.replayed += n;
        } else {
            self.reader.consume(n);
        }
        Ok(())
    }

    /// Takes the next byte, if there is one.
    pub(super) fn bump(&mut self) -> io::Result<()> {
        if self.chunk()?.is_empty() { Ok(()) } else { self.consume(1) }
    }

    /// Passes over white space and commas up to the next value, and returns its first byte.
    pub(super) fn next_value(&mut self) -> io::Result<Option<u8>> {
        self.indent.clear();
        let mut is_at_line_start = false;
        loop {
            let chunk = self.chunk()?;
            let Some(&byte) = chunk.first() else { return Ok(None) };
            let is_between = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',');
            let n = chunk.iter().take_while(is_between).count();
            if n == 0 {
                return Ok(Some(byte));
            }
            let line = memchr::memrchr(b'\n', &chunk[..n]);
            let kept = &chunk[line.map_or(0, |at| at + 1)..n];
            let indent = kept[..kept.len().min(MAX_INDENT_BYTES)].to_vec();
            if line.is_some() {
                is_at_line_start = true;
                self.indent.clear();
            }
            if is_at_line_start {
                self.indent.extend_from_slice(&indent);
                self.indent.truncate(MAX_INDENT_BYTES);
            }
            self.consume(n)?;
        }
    }

    /// Takes a value, or what is left of one, and keeps it up to a limit.
    pub(super) fn cut(&mut self, mut cutter: Cutter, limit: u64) -> io::Result<(Kept, End)> {
        let mut kept = Kept::new(limit);
        loop {
            let chunk = self.chunk()?;
            if chunk.is_empty() {
                return Ok((kept, if cutter.may_end() { End::Done } else { End::Eof }));
            }
            let n_chunk = chunk.len() as u64;
            if self.stops_when_full
                && self.recording.as_ref().is_some_and(|kept| kept.total + n_chunk > kept.limit)
            {
                return Ok((kept, End::Full));
            }
            let (n, progress) = cutter.advance(self.chunk()?);
            kept.push(&self.chunk()?[..n]);
            self.consume(n)?;
            match progress {
                Progress::Open => {}
                Progress::Done => return Ok((kept, End::Done)),
                Progress::Fault(fault) => return Ok((kept, End::Fault(fault))),
            }
        }
    }

    /// Passes over what follows a fault, up to a line that begins with an object and is indented as the broken one
    /// was; returns whether there is one, and how many bytes were passed over.
    pub(super) fn resume(&mut self) -> io::Result<(bool, u64)> {
        let start = self.at;
        let pattern = [b"\n", self.indent.as_slice(), b"{"].concat();
        let mut matched = 0;
        loop {
            let chunk = self.chunk()?;
            if chunk.is_empty() {
                return Ok((false, self.at - start));
            }
            let mut n = 0;
            for &byte in chunk {
                n += 1;
                if byte == pattern[matched] {
                    matched += 1;
                } else {
                    matched = usize::from(byte == b'\n');
                }
                if matched == pattern.len() {
                    break;
                }
            }
            self.consume(n)?;
            if matched == pattern.len() {
                self.put_back(b"{".to_vec());
                return Ok((true, self.at - start));
            }
        }
    }
}
