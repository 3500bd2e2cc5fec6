//! Files and folders of a report that is not shown yet.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::ReportError;

/// Makes a folder and its parents.
pub(crate) fn create_folder(path: &Path) -> Result<(), ReportError> {
    fs::create_dir_all(path).map_err(|source| ReportError::CreateFolder { path: path.to_owned(), source })
}

/// Writes a file and waits until it is on disk.
pub(crate) fn file(path: &Path, body: &[u8]) -> Result<(), ReportError> {
    let write = || -> io::Result<()> {
        let mut file = File::create(path)?;
        file.write_all(body)?;
        // Without this a crash of the machine could leave an empty file in a report that is shown.
        file.sync_all()
    };
    write().map_err(|source| ReportError::Write { path: path.to_owned(), source })
}

/// Gives a finished file of a report a second name; a copy of its own where the file system has no hard links.
pub(crate) fn second_name(path: &Path, name: &Path) -> Result<(), ReportError> {
    let copy = || fs::copy(path, name).and_then(|_| File::open(name)?.sync_all());
    fs::hard_link(path, name)
        .or_else(|_| copy())
        .map_err(|source| ReportError::Write { path: name.to_owned(), source })
}
