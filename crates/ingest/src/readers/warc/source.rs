use std::io::{self, BufRead, ErrorKind};

use memchr::memmem;

/// What a record begins with behind the end of a line; the digit of the minor version follows.
const STARTS: [&[u8]; 2] = [b"\nWARC/1.", b"\nWARC/0."];
/// Length of each of [`STARTS`] in bytes.
const START_BYTES: usize = 8;
/// Bytes that may be read again for each one that is new, so that lengths that lie over and over cost no more than a
/// multiple of the file …
const REREAD_PER_BYTE: u64 = 4;
/// … and bytes that may be read again in any case.
const REREAD_BYTES: u64 = 1 << 20;

/// Whether the bytes begin with the version line of a record, or are all of one that the file still holds.
pub(super) fn is_start(bytes: &[u8]) -> bool {
    STARTS.iter().any(|start| {
        let length = bytes.len().min(START_BYTES - 1);
        length > 0 && bytes[..length] == start[1..=length]
    })
}

/// Where the first line stands that looks like the start of a record; the first line of the bytes does not count.
pub(super) fn find_start(bytes: &[u8]) -> Option<usize> {
    let mut lines = memmem::find_iter(bytes, b"\nWARC/");
    lines.find(|&at| STARTS.iter().any(|start| bytes[at..].starts_with(start))).map(|at| at + 1)
}

/// What [`Source::pass`] came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passed {
    /// The start of a record.
    Start,
    /// As many bytes as were to be passed.
    Limit,
    /// The end of the data.
    End,
}

/// The bytes of an archive, of which some can be handed back to be read again. A read that fails ends them.
pub(super) struct Source<R> {
    reader: R,
    /// Read from `reader` already, but still to be given from `at` on.
    ahead: Vec<u8>,
    at: usize,
    has_ended: bool,
    failure: Option<io::Error>,
    n_new: u64,
    n_returned: u64,
}

impl<R: BufRead> Source<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, ahead: Vec::new(), at: 0, has_ended: false, failure: None, n_new: 0, n_returned: 0 }
    }

    /// Why the data ended, if not because it was all; says it once.
    pub(super) fn failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }

    /// What can be read without a copy; empty at the end of the data only.
    pub(super) fn fill(&mut self) -> &[u8] {
        if self.at < self.ahead.len() {
            return &self.ahead[self.at..];
        }
        while !self.has_ended {
            match self.reader.fill_buf() {
                Ok([]) => self.has_ended = true,
                Ok(_) => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failure = Some(error);
                    self.has_ended = true;
                }
            }
        }
        if self.has_ended {
            return &[];
        }
        // Filled above, so that this neither reads nor fails.
        self.reader.fill_buf().unwrap_or_default()
    }

    pub(super) fn consume(&mut self, n: usize) {
        if self.at < self.ahead.len() {
            self.at += n;
            return;
        }
        self.n_new += n as u64;
        self.reader.consume(n);
    }

    /// At least `n` bytes, or fewer at the end of the data.
    pub(super) fn peek(&mut self, n: usize) -> &[u8] {
        while self.fill().len() < n && self.read_ahead() {}
        self.fill()
    }

    /// Moves what the reader holds behind the bytes that are still to be given; `false` at the end.
    fn read_ahead(&mut self) -> bool {
        let mut ahead = std::mem::take(&mut self.ahead);
        ahead.drain(..self.at);
        self.at = 0;
        let more = self.fill();
        let n = more.len();
        ahead.extend_from_slice(more);
        self.consume(n);
        self.ahead = ahead;
        n > 0
    }

    /// Reads up to `n` bytes, fewer at the end of the data only.
    pub(super) fn take(&mut self, n: u64) -> Vec<u8> {
        /// A length that lies claims no more memory than this before the bytes are there.
        const TRUSTED_BYTES: u64 = 1 << 20;
        let mut bytes = Vec::with_capacity(n.min(TRUSTED_BYTES) as usize);
        loop {
            let missing = n - bytes.len() as u64;
            let chunk = self.fill();
            let taken = usize::try_from(missing).unwrap_or(usize::MAX).min(chunk.len());
            if taken == 0 {
                return bytes;
            }
            bytes.extend_from_slice(&chunk[..taken]);
            self.consume(taken);
        }
    }

    /// Goes on to the next start of a record below the present line, but not farther than `max` bytes; says how far.
    pub(super) fn pass(&mut self, max: u64) -> (u64, Passed) {
        let mut passed = 0;
        while passed < max {
            let window = self.peek(START_BYTES);
            if window.is_empty() {
                return (passed, Passed::End);
            }
            let reach = usize::try_from(max - passed).unwrap_or(usize::MAX).min(window.len());
            if let Some(start) = find_start(window).filter(|&start| start < reach) {
                self.consume(start);
                return (passed + start as u64, Passed::Start);
            }
            // The last bytes may be the first of a start.
            let n = reach.min(window.len().saturating_sub(START_BYTES - 1)).max(1);
            self.consume(n);
            passed += n as u64;
        }
        (passed, Passed::Limit)
    }

    /// Hands bytes back that were taken last, to be read again; not if that was done too often, which `false` says.
    pub(super) fn hand_back(&mut self, mut bytes: Vec<u8>) -> bool {
        let n_returned = self.n_returned + bytes.len() as u64;
        if n_returned > self.n_new.saturating_mul(REREAD_PER_BYTE).saturating_add(REREAD_BYTES) {
            return false;
        }
        self.n_returned = n_returned;
        if self.at >= bytes.len() && self.at < self.ahead.len() {
            // They were taken from here, and copying all that follows for each would cost the square of it.
            self.at -= bytes.len();
            return true;
        }
        bytes.extend_from_slice(&self.ahead[self.at..]);
        self.ahead = bytes;
        self.at = 0;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::BufReader;

    #[test]
    fn a_start_is_known_by_its_first_bytes() {
        for yes in [&b"WARC/1.0\r\n"[..], b"WARC/0.17", b"WARC/1.", b"WAR", b"W"] {
            assert!(is_start(yes), "{yes:?}");
        }
        for no in [&b""[..], b"WARC/2.0", b"\nWARC/1.0", b"WX"] {
            assert!(!is_start(no), "{no:?}");
        }
    }

    #[test]
    fn bytes_are_read_again_so_many_times_only() {
        let bytes = vec![b'x'; 2 << 20];
        let mut source = Source::new(&bytes[..]);
        let n_times = (0..).take_while(|_| {
            let taken = source.take(u64::MAX);
            source.hand_back(taken)
        });
        // Four times what is new, and half of it once more.
        assert_eq!(n_times.take(100).count(), 4);
    }

    proptest! {
        #[test]
        fn starts_are_found_across_buffers(
            before in "[W\nARC/1.]{0,40}",
            after in "[W\nARC/1.]{0,40}",
            buffer in 1usize..12,
        ) {
            let text = format!("{before}\nWARC/1.{after}");
            let start = find_start(text.as_bytes()).expect("there is one");
            let mut source = Source::new(BufReader::with_capacity(buffer, text.as_bytes()));
            prop_assert_eq!(source.pass(u64::MAX), (start as u64, Passed::Start));
            prop_assert_eq!(source.take(u64::MAX), &text.as_bytes()[start..]);
        }

        #[test]
        fn what_is_handed_back_is_read_again(bytes: Vec<u8>, cut in 0usize..64, back in 0usize..64) {
            let mut source = Source::new(BufReader::with_capacity(7, &bytes[..]));
            let mut taken = source.take(cut as u64);
            source.peek(9);
            let kept = taken.len().saturating_sub(back);
            let tail = taken.split_off(kept);
            prop_assert!(source.hand_back(tail));
            taken.extend(source.take(u64::MAX));
            prop_assert_eq!(taken, bytes);
        }
    }
}
