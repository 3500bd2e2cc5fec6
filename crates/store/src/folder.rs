//! The folder of a store: its marker, its lock, and whether a path may become one.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::layout;

const MARKER: &str = "dyad-store.json";
const LOCK: &str = "dyad-store.lock";

/// What the marker file says.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Marker {
    version: u64,
    /// Since when older versions of the tables are whole; `None` while all of them are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kept_since: Option<DateTime<Utc>>,
}

fn io_error(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io { path, action, source }
}

/// Creates the folder where it is missing and makes it a store where it is empty.
pub(crate) fn create(path: &Path) -> Result<File, StoreError> {
    match fs::metadata(path) {
        Ok(data) if !data.is_dir() => return Err(StoreError::NotAFolder { path: path.to_owned() }),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(path).map_err(io_error(path, "create the folder"))?;
        }
        Err(error) => return Err(io_error(path, "read the folder")(error)),
    }
    if path.join(MARKER).exists() {
        check_marker(path)?;
        return lock(path);
    }
    // Looked at before anything is written, so that a wrong path is left as it was.
    if !is_vacant(path)? {
        return Err(StoreError::NotAStore { path: path.to_owned() });
    }
    let lock = lock(path)?;
    write_marker(path, None)?;
    Ok(lock)
}

/// Checks that the path is a store this code can read.
pub(crate) fn check(path: &Path) -> Result<Marker, StoreError> {
    match fs::metadata(path) {
        Ok(data) if !data.is_dir() => Err(StoreError::NotAFolder { path: path.to_owned() }),
        Ok(_) if path.join(MARKER).exists() => check_marker(path),
        Ok(_) if is_vacant(path)? => Err(StoreError::Missing { path: path.to_owned() }),
        Ok(_) => Err(StoreError::NotAStore { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(StoreError::Missing { path: path.to_owned() })
        }
        Err(error) => Err(io_error(path, "read the folder")(error)),
    }
}

/// Whether the folder holds nothing but what a creation cut short leaves.
fn is_vacant(path: &Path) -> Result<bool, StoreError> {
    for entry in fs::read_dir(path).map_err(io_error(path, "read the folder"))? {
        let name = entry.map_err(io_error(path, "read the folder"))?.file_name();
        if name != LOCK && name != temporary_marker().as_str() {
            return Ok(false);
        }
    }
    Ok(true)
}

fn temporary_marker() -> String {
    format!("{MARKER}.tmp")
}

fn check_marker(path: &Path) -> Result<Marker, StoreError> {
    let marker = path.join(MARKER);
    let text = fs::read_to_string(&marker).map_err(io_error(&marker, "read the marker"))?;
    match serde_json::from_str::<Marker>(&text) {
        Ok(Marker { version, .. }) if version > layout::CURRENT => {
            Err(StoreError::NewerVersion { path: path.to_owned(), found: version, known: layout::CURRENT })
        }
        Ok(Marker { version: 0, .. }) => {
            Err(StoreError::DamagedMarker { path: marker, problem: "version 0 does not exist".to_owned() })
        }
        Ok(marker) => Ok(marker),
        Err(error) => Err(StoreError::DamagedMarker { path: marker, problem: error.to_string() }),
    }
}

/// Notes since when older versions of the tables are whole, never earlier than noted before.
pub(crate) fn note_kept_since(path: &Path, since: DateTime<Utc>) -> Result<(), StoreError> {
    let before = check_marker(path)?.kept_since;
    write_marker(path, before.max(Some(since)))
}

/// Notes that the store has the current layout.
pub(crate) fn note_layout(path: &Path) -> Result<(), StoreError> {
    let before = check_marker(path)?;
    if before.version == layout::CURRENT { Ok(()) } else { write_marker(path, before.kept_since) }
}

/// Written aside and renamed, so that no reader meets half a marker.
fn write_marker(path: &Path, kept_since: Option<DateTime<Utc>>) -> Result<(), StoreError> {
    let (temporary, marker) = (path.join(temporary_marker()), path.join(MARKER));
    let write = || -> io::Result<()> {
        let mut file = File::create(&temporary)?;
        serde_json::to_writer(&mut file, &Marker { version: layout::CURRENT, kept_since })?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&temporary, &marker)
    };
    write().map_err(io_error(&marker, "write the marker"))
}

/// Takes the writer's lock; the operating system frees it when the process ends, however it ends.
pub(crate) fn lock(path: &Path) -> Result<File, StoreError> {
    let lock_path = path.join(LOCK);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&lock_path)
        .map_err(io_error(&lock_path, "open the lock file for writing"))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(locked(path, &mut file)),
        Err(TryLockError::Error(error)) => return Err(io_error(&lock_path, "lock the store")(error)),
    }
    // The process number only serves the message to the one who comes second.
    let note = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
    note.map_err(io_error(&lock_path, "write the lock file"))?;
    Ok(file)
}

fn locked(path: &Path, file: &mut File) -> StoreError {
    let mut process = String::new();
    // Where the number cannot be read the message does without it.
    let known = file.read_to_string(&mut process).is_ok() && !process.is_empty();
    let holder = if known { format!(" (process {process})") } else { String::new() };
    StoreError::Locked { path: path.to_owned(), holder }
}

/// The path without links and dots, as Delta wants it.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf, StoreError> {
    fs::canonicalize(path).map_err(io_error(path, "find the folder"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(error: StoreError) -> String {
        error.to_string()
    }

    #[test]
    fn wrong_folders_are_refused_and_left_alone() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("notes.txt");
        fs::write(&file, "x").expect("a file");
        assert!(message(create(&file).expect_err("a file")).contains("not a folder"));
        assert!(message(check(&file).expect_err("a file")).contains("not a folder"));
        assert!(message(create(dir.path()).expect_err("not empty")).contains("not a Dyad store"));
        assert!(message(check(dir.path()).expect_err("not empty")).contains("not a Dyad store"));
        assert_eq!(fs::read_dir(dir.path()).expect("readable").count(), 1);
        let missing = dir.path().join("missing");
        assert!(message(check(&missing).expect_err("missing")).contains("no such store"));
        assert!(!missing.exists());
    }

    #[test]
    fn markers_tell_version_and_damage() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        drop(create(dir.path()).expect("a new store"));
        let marker = dir.path().join(MARKER);
        let current = layout::CURRENT;
        assert_eq!(fs::read_to_string(&marker).expect("marker"), format!("{{\"version\":{current}}}\n"));
        fs::write(&marker, format!("{{\"version\":{}}}", current + 1)).expect("written");
        assert!(message(create(dir.path()).expect_err("newer")).contains("newer Dyad"));
        fs::write(&marker, "{\"vers").expect("written");
        assert!(message(check(dir.path()).expect_err("damaged")).contains("damaged"));
    }

    #[test]
    fn the_second_writer_is_told_in_one_sentence() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let first = create(dir.path()).expect("a new store");
        let second = message(create(dir.path()).expect_err("locked"));
        assert!(second.contains(&format!("(process {})", std::process::id())), "{second}");
        check(dir.path()).expect("readers need no lock");
        drop(first);
        create(dir.path()).expect("free again");
    }
}
