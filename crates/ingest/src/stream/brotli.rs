use std::io::{self, BufRead, ErrorKind, Read};

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};

/// Most bytes that the decoder is given at once; it refuses 4 GiB.
const CHUNK_BYTES: usize = 1 << 20;

/// Decompresses one Brotli stream (RFC 7932) and leaves what stands behind it. Memory stays below 32 MiB: the "large
/// windows" that some encoders add to the standard are refused.
pub(crate) struct Brotli<R> {
    input: R,
    state: Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>,
    /// Bytes given so far, which the decoder counts.
    given: usize,
    has_ended: bool,
}

impl<R: BufRead> Brotli<R> {
    pub(crate) fn new(input: R) -> Self {
        let alloc = StandardAlloc::default();
        let state = Box::new(BrotliState::new_strict(alloc, alloc, alloc));
        Self { input, state, given: 0, has_ended: false }
    }

    pub(super) fn into_inner(self) -> R {
        self.input
    }
}

impl<R: BufRead> Read for Brotli<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.has_ended && !buffer.is_empty() {
            let input = self.input.fill_buf()?;
            let input = &input[..input.len().min(CHUNK_BYTES)];
            let (mut available, mut taken) = (input.len(), 0);
            let (mut room, mut filled) = (buffer.len(), 0);
            let result = BrotliDecompressStream(
                &mut available,
                &mut taken,
                input,
                &mut room,
                &mut filled,
                buffer,
                &mut self.given,
                &mut self.state,
            );
            self.input.consume(taken);
            match result {
                BrotliResult::ResultSuccess => self.has_ended = true,
                BrotliResult::ResultFailure => {
                    return Err(io::Error::new(ErrorKind::InvalidData, "this is no Brotli data"));
                }
                BrotliResult::NeedsMoreInput if taken == 0 && filled == 0 => {
                    return Err(io::Error::new(ErrorKind::UnexpectedEof, "the Brotli stream has no end"));
                }
                BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => {}
            }
            if filled > 0 {
                return Ok(filled);
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::{BufReader, Write};

    fn packed(content: &[u8]) -> Vec<u8> {
        let mut packed = Vec::new();
        brotli::CompressorWriter::new(&mut packed, 4_096, 5, 18).write_all(content).expect("memory writes");
        packed
    }

    fn unpacked(packed: &[u8], capacity: usize) -> (Vec<u8>, Option<ErrorKind>) {
        let mut decoder = Brotli::new(BufReader::with_capacity(capacity, packed));
        let mut content = Vec::new();
        let failure = decoder.read_to_end(&mut content).err().map(|error| error.kind());
        (content, failure)
    }

    #[test]
    fn windows_beyond_the_standard_are_refused() {
        // Bits 10001000 and a size of 30: the header of a large window of 1 GiB.
        let (content, failure) = unpacked(&[0x11, 30, 0xff, 0xff, 0xff, 0xff], 64);
        assert_eq!((content.len(), failure), (0, Some(ErrorKind::InvalidData)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_was_packed_comes_out_whatever_the_buffers(
            content in prop::collection::vec("[a-f ]{0,40}", 0..60),
            capacity in 1usize..200,
        ) {
            let content = content.concat().into_bytes();
            prop_assert_eq!(unpacked(&packed(&content), capacity), (content, None));
        }

        #[test]
        fn damage_never_panics_and_a_cut_is_always_told(
            content in "[a-f ]{1,400}", at: prop::sample::Index, byte: u8,
        ) {
            let mut packed = packed(content.as_bytes());
            let cut = at.index(packed.len());
            let (start, failure) = unpacked(&packed[..cut], 16);
            prop_assert_eq!(failure, Some(ErrorKind::UnexpectedEof));
            prop_assert!(content.as_bytes().starts_with(&start));
            packed[cut] = byte;
            let mut changed = Vec::new();
            let _ = Brotli::new(&packed[..]).take(1 << 20).read_to_end(&mut changed);
        }
    }
}
