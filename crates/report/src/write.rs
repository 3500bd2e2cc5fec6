//! Files that appear whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use crate::ReportError;

/// Makes a folder and its parents.
pub(crate) fn create_folder(path: &Path) -> Result<(), ReportError> {
    fs::create_dir_all(path).map_err(|source| ReportError::CreateFolder { path: path.to_owned(), source })
}

/// Writes `body` next to `path` under a temporary name and renames it over `path`.
pub(crate) fn replace(path: &Path, body: &[u8]) -> Result<(), ReportError> {
    let name = path.file_name().map(|n| n.to_string_lossy()).unwrap_or_default();
    // The process id keeps two reports into one folder from writing the same temporary file.
    let temporary = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    write_and_rename(&temporary, path, body).map_err(|source| {
        // A leftover is useless to anyone; that it cannot be removed changes nothing for the caller.
        let _ = fs::remove_file(&temporary);
        ReportError::Write { path: path.to_owned(), source }
    })
}

fn write_and_rename(temporary: &Path, path: &Path, body: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(temporary)?;
    file.write_all(body)?;
    // Without this a crash after the rename could leave an empty file under the final name.
    file.sync_all()?;
    drop(file);
    fs::rename(temporary, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_names_the_final_file_and_leaves_no_temporary() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let target = dir.path().join("report.md");
        // A folder under the final name makes the rename fail.
        fs::create_dir_all(target.join("full")).expect("a folder");
        let error = replace(&target, b"text").expect_err("cannot replace a folder");
        assert!(error.to_string().contains("report.md"), "{error}");
        let names: Vec<_> =
            fs::read_dir(dir.path()).expect("readable").flatten().map(|e| e.file_name()).collect();
        assert_eq!(names, ["report.md"]);
    }
}
