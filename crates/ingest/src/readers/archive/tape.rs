use std::io::{self, BufRead, BufReader, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::tar::Header;

use crate::stream::{Cause, Fault};

/// A tar archive consists of blocks of this many bytes (POSIX.1-2017, pax, "ustar Interchange Format").
const BLOCK: usize = 512;
/// The longest name that is read, in bytes.
const MAX_NAME_BYTES: u64 = 64 << 10;
/// The longest list of extended attributes of a file that is read, in bytes.
const MAX_EXTENSION_BYTES: u64 = 1 << 20;

/// An entry of a tar archive that is no folder.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// A file, whose bytes come next.
    File(String),
    /// Something under this name that is not read; why, and what to do.
    Refused(String, &'static str),
    /// A block where an entry should begin.
    Stray,
}

/// Reads a tar archive in order, in constant memory.
///
/// GNU tar's and POSIX's long names and sizes are understood; sparse files are refused. Where a header is damaged, what
/// follows is searched for the next one. Archives that were joined into one file are read one after the other.
pub(super) struct Tape {
    reader: BufReader<Box<dyn Read + Send>>,
    /// 1-based number of the entry that is read or looked for.
    number: u64,
    /// Bytes left of the current entry.
    left: u64,
    /// Bytes behind it that fill its last block.
    padding: u64,
    /// Whether the mark of the archive's end was met.
    ended: bool,
    /// Whether a header is searched for behind a damaged one.
    lost: bool,
    fault: Option<Fault>,
}

/// What the blocks before an entry say about it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Extensions {
    name: Option<Vec<u8>>,
    size: Option<u64>,
    is_sparse: bool,
    is_too_long: bool,
}

impl Tape {
    pub(super) fn new(reader: BufReader<Box<dyn Read + Send>>) -> Self {
        Self { reader, number: 0, left: 0, padding: 0, ended: false, lost: false, fault: None }
    }

    /// 1-based number of the entry that was read or looked for last, folders included.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The next entry; `None` at the end.
    ///
    /// # Errors
    /// Whatever the reader says, and an archive that ends early; then there is no next entry.
    pub(super) fn next_entry(&mut self) -> Result<Option<Entry>, Fault> {
        let result = match &self.fault {
            Some(fault) => return Err(fault.clone()),
            None => self.search(),
        };
        result.map_err(|error| self.fail(&error))
    }

    fn fail(&mut self, error: &io::Error) -> Fault {
        self.fault.get_or_insert_with(|| Fault::from_error(error)).clone()
    }

    fn search(&mut self) -> io::Result<Option<Entry>> {
        let mut extensions = Extensions::default();
        self.skip()?;
        self.number += 1;
        while let Some(header) = self.block()? {
            if header.as_bytes().iter().all(|&byte| byte == 0) {
                self.ended = true;
                continue;
            }
            let Some(size) = size_of(&header, self.lost) else {
                if std::mem::replace(&mut self.lost, true) {
                    continue;
                }
                return Ok(Some(Entry::Stray));
            };
            (self.lost, self.ended) = (false, false);
            if let Some(entry) = self.entry(&header, size, &mut extensions)? {
                return Ok(Some(entry));
            }
            self.skip()?;
        }
        // Nothing tells an archive without its end mark from one that was cut between two files.
        if self.ended || self.lost { Ok(None) } else { Err(Cause::CutArchive.into()) }
    }

    /// What a header begins; `None` for a folder and for what belongs to the entry that follows.
    fn entry(
        &mut self,
        header: &Header,
        size: u64,
        extensions: &mut Extensions,
    ) -> io::Result<Option<Entry>> {
        let kind = header.entry_type().as_byte();
        self.start(size);
        match kind {
            b'L' => {
                let name = self.short(MAX_NAME_BYTES)?;
                extensions.is_too_long |= name.is_none();
                extensions.name =
                    name.map(|name| name.strip_suffix(b"\0").map(<[u8]>::to_vec).unwrap_or(name));
                return Ok(None);
            }
            b'x' => {
                match self.short(MAX_EXTENSION_BYTES)? {
                    Some(records) => extensions.read(&records),
                    None => extensions.is_too_long = true,
                }
                return Ok(None);
            }
            // Long link names, attributes of all entries, volume labels.
            b'K' | b'g' | b'V' => return Ok(None),
            _ => {}
        }
        let extensions = std::mem::take(extensions);
        let name = extensions.name.unwrap_or_else(|| header.path_bytes().into_owned());
        let name = String::from_utf8_lossy(&name).into_owned();
        self.start(match kind {
            // What these say about a size belongs to no bytes in the archive.
            b'2'..=b'6' => 0,
            _ => extensions.size.unwrap_or(size),
        });
        let refused = |reason| Ok(Some(Entry::Refused(name.clone(), reason)));
        match kind {
            b'5' | b'D' => {
                self.number += 1;
                Ok(None)
            }
            b'1' | b'2' => refused("this is a link, which is not followed; pack the file that it leads to"),
            b'3' | b'4' | b'6' => refused("this is a pipe or device; remove it from the archive"),
            b'S' => {
                self.skip_sparse_map(header)?;
                refused("this is stored as a sparse file; pack it again without --sparse")
            }
            _ if extensions.is_sparse => {
                refused("this is stored as a sparse file; pack it again without --sparse")
            }
            _ if extensions.is_too_long => {
                refused("its name or attributes are too long; pack it again under a shorter name")
            }
            b'0' | 0 | b'7' if !name.ends_with('/') => Ok(Some(Entry::File(name))),
            b'0' | 0 => {
                self.number += 1;
                Ok(None)
            }
            _ => refused("this is no plain file but of a kind that only some programs know; pack it again"),
        }
    }

    fn start(&mut self, size: u64) {
        self.left = size;
        self.padding = size.wrapping_neg() % BLOCK as u64;
    }

    /// The current entry's bytes, if they are few; they are read then.
    fn short(&mut self, limit: u64) -> io::Result<Option<Vec<u8>>> {
        if self.left > limit {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        let wanted = std::mem::take(&mut self.left);
        (&mut self.reader).take(wanted).read_to_end(&mut bytes)?;
        if (bytes.len() as u64) < wanted { Err(Cause::CutArchive.into()) } else { Ok(Some(bytes)) }
    }

    /// Passes by what is left of the current entry.
    fn skip(&mut self) -> io::Result<()> {
        for rest in [std::mem::take(&mut self.left), std::mem::take(&mut self.padding)] {
            let mut left = rest;
            while left > 0 {
                let bytes = self.reader.fill_buf()?.len();
                if bytes == 0 {
                    return Err(Cause::CutArchive.into());
                }
                let passed = left.min(bytes as u64) as usize;
                self.reader.consume(passed);
                left -= passed as u64;
            }
        }
        Ok(())
    }

    /// Blocks between the header of a sparse file and its bytes, which its size leaves out.
    fn skip_sparse_map(&mut self, header: &Header) -> io::Result<()> {
        let mut goes_on = header.as_gnu().is_some_and(::tar::GnuHeader::is_extended);
        while goes_on {
            let Some(block) = self.block()? else { return Err(Cause::CutArchive.into()) };
            // Byte 504 of such a block says whether another follows (GNU tar manual, "Basic Tar Format").
            goes_on = block.as_bytes()[504] == 1;
        }
        Ok(())
    }

    /// The next block; `None` at the end of the input, also where that leaves out zeros behind the end of the archive.
    fn block(&mut self) -> io::Result<Option<Header>> {
        let mut header = Header::new_old();
        let block = header.as_mut_bytes();
        let mut filled = 0;
        while filled < BLOCK {
            match self.reader.read(&mut block[filled..])? {
                0 if filled == 0 || self.lost => return Ok(None),
                // The rest stays zero: no mark of an entry, nor one of the end.
                0 if self.ended => break,
                0 => return Err(Cause::CutArchive.into()),
                bytes => filled += bytes,
            }
        }
        Ok(Some(header))
    }

    /// Reads from the current entry.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone().into());
        }
        let wanted = self.left.min(buffer.len() as u64) as usize;
        if wanted == 0 {
            return Ok(0);
        }
        let bytes = match self.reader.read(&mut buffer[..wanted]) {
            Ok(0) => Err(Cause::CutArchive.into()),
            result => result,
        };
        let bytes = bytes.map_err(|error| self.fail(&error))?;
        self.left -= bytes as u64;
        Ok(bytes)
    }
}

/// The size that a header announces, if it is one; behind a damaged header more is asked of it, for what is searched then
/// may be the content of a file.
fn size_of(header: &Header, strict: bool) -> Option<u64> {
    let bytes = header.as_bytes();
    // The sum of all bytes, those of the sum itself taken for spaces.
    let sum = bytes[..148].iter().chain(&bytes[156..]).map(|&byte| u32::from(byte)).sum::<u32>() + 8 * 32;
    if header.cksum().ok() != Some(sum) || (strict && &bytes[257..262] != b"ustar") {
        return None;
    }
    header.entry_size().ok()
}

impl Extensions {
    /// Reads records `LENGTH KEY=VALUE\n` (POSIX.1-2017, pax, "pax Extended Header"), up to the first that is damaged.
    fn read(&mut self, mut records: &[u8]) {
        while let Some((record, rest)) = split_record(records) {
            records = rest;
            let Some(at) = memchr::memchr(b'=', record) else { continue };
            let (key, value) = (&record[..at], &record[at + 1..]);
            match key {
                b"path" => self.name = Some(value.to_vec()),
                b"size" => self.size = std::str::from_utf8(value).ok().and_then(|size| size.parse().ok()),
                _ => self.is_sparse |= key.starts_with(b"GNU.sparse."),
            }
        }
    }
}

/// The first record, without its length and line end, and what follows it.
fn split_record(records: &[u8]) -> Option<(&[u8], &[u8])> {
    let digits = memchr::memchr(b' ', records)?;
    let length: usize = std::str::from_utf8(&records[..digits]).ok()?.parse().ok()?;
    let record = records.get(digits + 1..length)?.strip_suffix(b"\n")?;
    Some((record, &records[length..]))
}

/// A tape and the file that is read from it, which take turns.
#[derive(Clone)]
pub(super) struct SharedTape(Arc<Mutex<Tape>>);

impl SharedTape {
    pub(super) fn new(tape: Tape) -> Self {
        Self(Arc::new(Mutex::new(tape)))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Tape> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The bytes of the current entry.
    pub(super) fn content(&self) -> Content {
        Content { tape: self.clone(), number: self.lock().number }
    }
}

/// The bytes of one file; none are left once the tape has gone on.
pub(super) struct Content {
    tape: SharedTape,
    number: u64,
}

impl Read for Content {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut tape = self.tape.lock();
        if tape.number == self.number { tape.read(buffer) } else { Ok(0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record(key: &str, value: &str) -> String {
        let rest = format!(" {key}={value}\n");
        let mut length = rest.len();
        while length != rest.len() + length.to_string().len() {
            length = rest.len() + length.to_string().len();
        }
        format!("{length}{rest}")
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn attributes_are_read_whatever_they_hold(name in "[a=\\n 0-9]{0,120}", size in any::<u64>(), cut in 1usize..9) {
            let records = record("comment", "1 x=y\n") + &record("path", &name) + &record("size", &size.to_string());
            let mut extensions = Extensions::default();
            extensions.read(records.as_bytes());
            prop_assert_eq!(extensions.name.as_deref(), Some(name.as_bytes()));
            prop_assert_eq!(extensions.size, Some(size));
            let mut extensions = Extensions::default();
            extensions.read(&records.as_bytes()[..records.len() - cut]);
            prop_assert_eq!(extensions.size, None);
        }

        #[test]
        fn any_bytes_are_read_to_the_end(bytes in prop::collection::vec(any::<u8>(), 0..3_000), at in 0usize..5) {
            // A header that is whole among them makes the rest of the reading likelier.
            let mut header = Header::new_gnu();
            header.set_size(700);
            header.set_entry_type(::tar::EntryType::new(b"0Lx1S"[at]));
            header.set_cksum();
            let archive = [&[0; BLOCK][..], header.as_bytes(), &bytes].concat();
            let mut tape = Tape::new(BufReader::new(Box::new(io::Cursor::new(archive))));
            let mut n_entries = 0;
            while let Ok(Some(_)) = tape.next_entry() {
                n_entries += 1;
                prop_assert!(n_entries < 20);
            }
        }
    }

    #[test]
    fn lengths_that_lie_end_the_attributes() {
        for records in [
            "0 path=a\n",
            "1 \n",
            "99 path=a\n",
            "-1 path=a\n",
            "9 path=a",
            "18446744073709551615 path=a\n",
            "path=a\n",
        ] {
            let mut extensions = Extensions::default();
            extensions.read(records.as_bytes());
            assert_eq!(extensions, Extensions::default(), "{records}");
        }
    }
}
