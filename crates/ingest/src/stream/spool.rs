use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::path::Path;

use super::Cause;

/// Copies an input of at most `limit` bytes to a file without a name in a folder; the file is at its start.
///
/// # Errors
/// What the input says, as it says it; [`Cause::Spool`] above the limit, and [`Cause::Copy`] for all that goes wrong
/// with the file.
pub(super) fn spool(reader: impl Read, limit: u64, folder: &Path) -> io::Result<File> {
    let file = tempfile::tempfile_in(folder).map_err(|error| no_copy(folder, error))?;
    let mut copy = Copy { file, folder };
    let bytes = io::copy(&mut reader.take(limit.saturating_add(1)), &mut copy)?;
    if bytes > limit {
        return Err(Cause::Spool { limit }.into());
    }
    copy.file.rewind().map_err(|error| no_copy(folder, error))?;
    Ok(copy.file)
}

/// A copy in the making, whose errors are told from those of the input.
struct Copy<'f, W> {
    file: W,
    folder: &'f Path,
}

impl<W: Write> Write for Copy<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes).map_err(|error| no_copy(self.folder, error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush().map_err(|error| no_copy(self.folder, error))
    }
}

fn no_copy(folder: &Path, error: io::Error) -> io::Error {
    // Whoever writes tries again.
    if error.kind() == ErrorKind::Interrupted {
        return error;
    }
    Cause::Copy { folder: folder.display().to_string(), detail: error.to_string() }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{Compression, Fault, read_failure};

    /// A file on a disk that has room for so many bytes.
    struct Disk(usize);

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn reason(error: &io::Error) -> String {
        read_failure(Compression::None, crate::inputs::origin("-".as_ref()), error, b"").reason
    }

    #[test]
    fn a_full_disk_names_the_folder() {
        let mut copy = Copy { file: Disk(10), folder: Path::new("/scratch") };
        assert!(io::copy(&mut &[0; 10][..], &mut copy).is_ok());
        let error = io::copy(&mut &[0; 1][..], &mut copy).unwrap_err();
        assert_eq!(
            reason(&error),
            "no room for a copy in /scratch (no storage space); make room or set TMPDIR to another folder"
        );
    }

    #[test]
    fn a_missing_folder_is_named_and_a_failing_input_is_not_taken_for_it() {
        let error = spool(io::empty(), 10, Path::new("/nowhere/at/all")).unwrap_err();
        assert!(reason(&error).starts_with("no room for a copy in /nowhere/at/all ("), "{error}");
        let folder = tempfile::tempdir().unwrap();
        /// An input on a disk that is broken.
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("bad sector"))
            }
        }
        let error = spool(Broken, 10, folder.path()).unwrap_err();
        assert_eq!(reason(&error), "reading failed (bad sector); check the disk and try again");
        let error = spool(Read::chain(io::empty(), &[0; 11][..]), 10, folder.path()).unwrap_err();
        assert!(Fault::of(&error).is_some_and(|fault| fault.to_string().contains("max_spool_bytes")));
    }
}
