//! Which version of a table was in force at a time, by the times that its commits carry.
//!
//! Delta's own time travel goes by the modification times of the log's files, which a copy of the folder
//! changes, and fails where a clean-up that was cut short left a hole in the log.

use chrono::{DateTime, Utc};
use deltalake::{DeltaResult, DeltaTable, DeltaTableError};
use serde::Deserialize;

use crate::{Store, StoreError, Table};

/// A version and the time of its commit in milliseconds since 1970.
pub(crate) type Commit = (u64, i64);

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "commitInfo")]
    commit_info: Option<CommitInfo>,
}

#[derive(Deserialize)]
struct CommitInfo {
    timestamp: i64,
}

impl Store {
    /// The moment at which the record of a run was written that finished at this time: a store opened as of
    /// then shows that run and nothing later. The time itself where there is no such record.
    ///
    /// # Errors
    /// The log of `runs` cannot be read.
    pub fn recorded_at(&self, finished_at: DateTime<Utc>) -> Result<DateTime<Utc>, StoreError> {
        let table = self.tables().get(Table::Runs);
        let from = finished_at.timestamp_millis();
        let commits = self.block_on(commits_back_to(&table, |(_, time)| time < from));
        let commits = commits.map_err(|error| self.tables().failure(Table::Runs, "read the log", error))?;
        let first = commits.into_iter().filter(|&(_, time)| time >= from).min();
        Ok(first.and_then(|(_, time)| DateTime::from_timestamp_millis(time)).unwrap_or(finished_at))
    }
}

/// The last version at or before a time; the oldest that is left where all are later.
pub(crate) async fn version_at(table: &DeltaTable, at: DateTime<Utc>) -> DeltaResult<u64> {
    let at = at.timestamp_millis();
    let commits = commits_back_to(table, |(_, time)| time <= at).await?;
    let oldest = commits.last().map(|&(version, _)| version);
    oldest.ok_or_else(|| DeltaTableError::Generic("the log holds no commit".to_owned()))
}

/// The commits of a table from the version it was loaded at back to the first that `is_last` accepts, or to
/// the oldest whose entry is left.
async fn commits_back_to(table: &DeltaTable, is_last: impl Fn(Commit) -> bool) -> DeltaResult<Vec<Commit>> {
    let mut commits = Vec::new();
    let Some(latest) = table.version() else { return Ok(commits) };
    let log = table.log_store();
    for version in (0..=latest).rev() {
        let Some(entry) = log.read_commit_entry(version).await? else { break };
        let commit = (version, commit_time(&entry).unwrap_or(i64::MIN));
        commits.push(commit);
        if is_last(commit) {
            break;
        }
    }
    Ok(commits)
}

/// What a commit says about its time; every commit of delta-rs says it.
fn commit_time(entry: &[u8]) -> Option<i64> {
    let lines = entry.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    lines
        .filter_map(|line| serde_json::from_slice::<Line>(line).ok()?.commit_info)
        .map(|info| info.timestamp)
        .next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_stands_in_some_line_of_a_commit() {
        let entry = b"{\"add\":{\"path\":\"x\",\"size\":1}}\n{\"commitInfo\":{\"timestamp\":1700000000123,\"operation\":\"WRITE\"}}\n";
        assert_eq!(commit_time(entry), Some(1_700_000_000_123));
        assert_eq!(commit_time(b"{\"metaData\":{}}\nnonsense"), None);
    }
}
