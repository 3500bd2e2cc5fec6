use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;

use ::zip::read::{Config, ZipFileEntry};
use ::zip::result::ZipError;
use ::zip::unstable::read::ZipIterable;
use dyad_core::{Origin, Reject, RejectCode};

use super::Archive;
use super::zip_entry::{self, Section};
use crate::produce::{Emit, Producer, Stopped};
use crate::stream::{Stream, read_failure};

/// How much is read in search of an archive's directory, in bytes. It lies at the end, behind it at most a comment of
/// 64 KiB; what the search notes down on its way grows with what it reads.
const SEARCH_BYTES: u64 = 4 << 20;
/// Length of a directory header without its name, extra field and comment (APPNOTE 6.3.10, 4.3.12).
const HEADER_BYTES: u64 = 46;

/// The files of a zip archive, in the order of its directory. The directory is read as the files are, so that memory
/// does not grow with their number.
pub(crate) fn read_zip<F: Emit>(
    producer: &mut Producer<'_, F>,
    stream: Stream,
    file: Arc<str>,
) -> Result<(), Stopped> {
    let mut archive = match Archive::new(file, &stream.source) {
        Ok(archive) => archive,
        Err(reject) => return producer.reject(reject),
    };
    let compression = stream.compression;
    let file = match stream.seekable(producer.context.input.max_spool_bytes) {
        Ok(file) => Arc::new(file),
        Err(error) => return producer.reject(read_failure(compression, archive.origin(), &error, b"")),
    };
    let reader = BufReader::new(Section::searched(&file, SEARCH_BYTES));
    let mut directory = match ZipIterable::try_new(reader, Config::default()) {
        Ok(directory) => directory,
        Err(error) => return no_directory(producer, &archive, &error),
    };
    let entries = match directory.files() {
        Ok(entries) => entries,
        Err(error) => return no_directory(producer, &archive, &error),
    };
    entries.reader_mut().get_mut().end_search();
    let mut last = None;
    for entry in entries {
        archive.position += 1;
        match entry {
            Ok(entry) => {
                last = Some(entry.central_header_start());
                read_entry(producer, &mut archive, &file, &entry)?;
            }
            Err(error) => return bad_directory(producer, &archive, &error.to_string()),
        }
        if let Some(fault) = archive.exceeded() {
            return archive.give_up(producer, &fault);
        }
    }
    if last.is_some_and(|last| goes_on(&file, last)) {
        archive.position += 1;
        return bad_directory(producer, &archive, "it is longer than the archive's end says");
    }
    archive.finish(producer)
}

fn read_entry<F: Emit>(
    producer: &mut Producer<'_, F>,
    archive: &mut Archive,
    file: &Arc<File>,
    entry: &ZipFileEntry<'_>,
) -> Result<(), Stopped> {
    if entry.is_dir() {
        return Ok(());
    }
    // A name in no known encoding is still a name.
    let name = entry
        .name()
        .map_or_else(|_| String::from_utf8_lossy(entry.name_raw()).into_owned(), |name| name.into_owned());
    let Some(name) = archive.admit(producer, &name)? else { return Ok(()) };
    if entry.is_symlink() {
        let reason = "this is a link, which is not followed; pack the file that it leads to";
        return archive.refuse(producer, &name, RejectCode::Unreadable, reason);
    }
    match zip_entry::open(file, entry, &archive.source.budget) {
        Ok(content) => archive.read(producer, &name, content),
        Err((code, reason)) => {
            producer.counts.files += 1;
            archive.refuse(producer, &name, code, reason)
        }
    }
}

/// The reject for an archive whose end is missing: its directory stands there, and with it where each file begins.
fn no_directory<F: Emit>(
    producer: &mut Producer<'_, F>,
    archive: &Archive,
    error: &ZipError,
) -> Result<(), Stopped> {
    let reason = format!(
        "the zip archive's directory, which stands at its end, cannot be found ({error}); \
         fetch the archive again, or save what it holds with `zip -FF`"
    );
    let origin = Origin { file: archive.file.to_string(), position: 0 };
    producer.reject(Reject::new(origin, RejectCode::Malformed, reason, b""))
}

fn bad_directory<F: Emit>(
    producer: &mut Producer<'_, F>,
    archive: &Archive,
    detail: &str,
) -> Result<(), Stopped> {
    let reason = format!(
        "the zip archive's directory is damaged from here on ({detail}); the files before were read, \
         fetch the archive again or repair it with `zip -FF` for the rest"
    );
    producer.reject(Reject::new(archive.origin(), RejectCode::Malformed, reason, b""))
}

/// Whether another header follows the last one that the archive's end counts: some programs count no further than 65535.
fn goes_on(mut file: &File, last: u64) -> bool {
    let mut header = [0; HEADER_BYTES as usize];
    let mut next = [0; 4];
    let mut look = || {
        file.seek(SeekFrom::Start(last))?;
        file.read_exact(&mut header)?;
        let length = |at: usize| u64::from(u16::from_le_bytes([header[at], header[at + 1]]));
        file.seek(SeekFrom::Start(last + HEADER_BYTES + length(28) + length(30) + length(32)))?;
        file.read_exact(&mut next)
    };
    look().is_ok() && next == *b"PK\x01\x02"
}
