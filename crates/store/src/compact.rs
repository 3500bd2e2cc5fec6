//! Fewer, larger files, and an end to versions that nobody needs any more.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use chrono::{DateTime, Duration, Utc};
use deltalake::checkpoints::{cleanup_expired_logs_for, create_checkpoint};
use deltalake::operations::vacuum::VacuumMode;
use deltalake::{DeltaResult, DeltaTable};
use serde::{Deserialize, Serialize};

use crate::history::version_at;
use crate::{Store, StoreError, Table, folder};

/// What [`Store::compact`] did, over all tables.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompactCounts {
    /// Files of the current version before.
    pub files_before: u64,
    /// Files of the current version after.
    pub files_after: u64,
    /// Bytes of the whole folder before, older versions and logs included.
    pub bytes_before: u64,
    /// Bytes of the whole folder after.
    pub bytes_after: u64,
}

impl Store {
    /// Merges the small files of every table, writes a checkpoint of its log, and deletes the files and
    /// log entries that only versions older than `keep` need.
    ///
    /// No row changes. Readers that opened the store before keep working for as long as `keep` lasts; a
    /// crash leaves a store that the next call compacts again.
    ///
    /// # Errors
    /// The store is read-only or the file system refuses.
    pub fn compact(&self, keep: Duration) -> Result<CompactCounts, StoreError> {
        // What a killed run left behind would be merged with the rest.
        self.recover()?;
        let _writer = self.writer()?;
        let mut counts = CompactCounts { bytes_before: bytes_of(self.path()), ..CompactCounts::default() };
        for table in Table::ALL {
            let before = self.tables().get(table);
            counts.files_before += files_of(&before);
            let merged = self.block_on(merge(before));
            let merged = merged.map_err(|error| self.tables().failure(table, "compact", error))?;
            counts.files_after += files_of(&merged);
            self.tables().set(table, merged);
        }
        // Noted before anything goes, so that nobody asks for a version that is half gone.
        let since = Utc::now() - keep;
        folder::note_kept_since(self.path(), since)?;
        for table in Table::ALL {
            let forgotten = self.block_on(forget(self.tables().get(table), since));
            let state =
                forgotten.map_err(|error| self.tables().failure(table, "remove old versions", error))?;
            self.tables().set(table, state);
            remove_staged(&self.path().join(table.as_str()));
        }
        counts.bytes_after = bytes_of(self.path());
        Ok(counts)
    }
}

async fn merge(table: DeltaTable) -> DeltaResult<DeltaTable> {
    let (table, _) = table.optimize().with_max_concurrent_tasks(1).await?;
    create_checkpoint(&table, None).await?;
    Ok(table)
}

/// Deletes what no version since a time needs. The versions are named to the vacuum, because checkpoints drop
/// what they know of removed files after a week, and a file that nothing is known of goes by its age alone.
async fn forget(table: DeltaTable, since: DateTime<Utc>) -> DeltaResult<DeltaTable> {
    let Some(latest) = table.version() else { return Ok(table) };
    let first = version_at(&table, since).await?;
    let versions: Vec<_> = (first..=latest).collect();
    let vacuum = |table: DeltaTable, dry_run: bool| {
        // Full: also what a killed run wrote and never committed.
        let vacuum = table.vacuum().with_mode(VacuumMode::Full).with_keep_versions(&versions);
        let age = (Utc::now() - since).max(Duration::zero());
        vacuum.with_retention_period(age).with_enforce_retention_duration(false).with_dry_run(dry_run)
    };
    // A vacuum commits twice even when there is nothing to delete.
    let (_, planned) = vacuum(table.clone(), true).await?;
    let table = if planned.files_deleted.is_empty() { table } else { vacuum(table, false).await?.0 };
    cleanup_expired_logs_for(first, table.log_store().as_ref(), since.timestamp_millis(), None).await?;
    Ok(table)
}

fn files_of(table: &DeltaTable) -> u64 {
    table.snapshot().map_or(0, |snapshot| snapshot.log_data().num_files() as u64)
}

/// Removes what a killed process left of a write: `NAME#1`, which object_store renames once it is whole and
/// hides from listings until then. The caller holds the store's lock, so that nobody writes one now.
fn remove_staged(folder: &Path) {
    each_file(folder, &mut |path, _| {
        if path.file_name().is_some_and(is_staged) {
            // What cannot be removed only takes room.
            let _ = fs::remove_file(path);
        }
    });
}

fn is_staged(name: &OsStr) -> bool {
    let digits = name.to_str().and_then(|name| name.rsplit_once('#')).map(|(_, digits)| digits);
    digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Bytes of all files below a folder; what cannot be looked at counts nothing.
fn bytes_of(folder: &Path) -> u64 {
    let mut bytes = 0;
    each_file(folder, &mut |_, data| bytes += data.len());
    bytes
}

fn each_file(folder: &Path, f: &mut dyn FnMut(&Path, &fs::Metadata)) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        match entry.metadata() {
            Ok(data) if data.is_dir() => each_file(&entry.path(), f),
            Ok(data) => f(&entry.path(), &data),
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staged_names_end_in_a_number() {
        assert!(is_staged(OsStr::new("part-0.parquet#1")) && is_staged(OsStr::new("00.json#12")));
        assert!(!is_staged(OsStr::new("part-0.parquet")) && !is_staged(OsStr::new("a#b")));
        assert!(!is_staged(OsStr::new("a#")));
    }
}
