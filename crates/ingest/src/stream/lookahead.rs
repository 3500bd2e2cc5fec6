use std::io::{self, BufRead, BufReader, ErrorKind, Read};

use super::BUFFER_BYTES;

/// A reader whose next bytes can be looked at. An error met while looking is kept until what stood before it was read;
/// interrupted reads are tried again.
pub(super) struct Lookahead {
    inner: BufReader<Box<dyn Read + Send>>,
    ahead: Vec<u8>,
    /// How much of `ahead` was read.
    at: usize,
    failure: Option<io::Error>,
}

impl Lookahead {
    pub(super) fn new(inner: Box<dyn Read + Send>) -> Self {
        let inner = BufReader::with_capacity(BUFFER_BYTES, inner);
        Self { inner, ahead: Vec::new(), at: 0, failure: None }
    }

    /// A reader that gives nothing but an error.
    pub(super) fn failing(failure: io::Error) -> Self {
        Self { failure: Some(failure), ..Self::new(Box::new(io::empty())) }
    }

    /// The next bytes: fewer than wanted only where the input ends or fails.
    pub(super) fn peek(&mut self, wanted: usize) -> &[u8] {
        self.ahead.drain(..self.at);
        self.at = 0;
        while self.ahead.len() < wanted && self.failure.is_none() {
            match self.inner.fill_buf() {
                Ok([]) => break,
                Ok(chunk) => {
                    let taken = chunk.len().min(wanted - self.ahead.len());
                    self.ahead.extend_from_slice(&chunk[..taken]);
                    self.inner.consume(taken);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => self.failure = Some(error),
            }
        }
        &self.ahead
    }

    /// The error met while looking, taken out.
    pub(super) fn failure(&mut self) -> io::Result<()> {
        self.failure.take().map_or(Ok(()), Err)
    }
}

impl Read for Lookahead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at < self.ahead.len() {
            let bytes = (&self.ahead[self.at..]).read(buffer)?;
            self.at += bytes;
            return Ok(bytes);
        }
        self.failure()?;
        loop {
            match self.inner.read(buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }
}

impl BufRead for Lookahead {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at < self.ahead.len() {
            return Ok(&self.ahead[self.at..]);
        }
        self.failure()?;
        while let Err(error) = self.inner.fill_buf() {
            if error.kind() != ErrorKind::Interrupted {
                return Err(error);
            }
        }
        Ok(self.inner.buffer())
    }

    fn consume(&mut self, bytes: usize) {
        if self.at < self.ahead.len() {
            self.at += bytes;
        } else {
            self.inner.consume(bytes);
        }
    }
}
