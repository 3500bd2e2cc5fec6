//! The folder of a report and the reports before it.
//!
//! ```text
//! OUT/
//!   report.html -> latest/report.html     and report.md, report.json, the CSV files, series, tables, charts: links, made once;
//!                                         one to a part that the latest report does not have is removed
//!   latest -> reports/2026-11-23T062841.123Z
//!   reports/
//!     2026-11-23T062841.123Z/             a whole report; its name is the time in UTC, so that names sort by time
//!     .2026-11-24T062840.007Z.tmp/        one being written, or what a run that was killed left
//!     .2026-10-24T062840.007Z.gone/       one being removed
//!     .lock                               held by the one who writes
//! ```
//!
//! Replacing `latest` is one rename: a reader meets the report before or the report after, at whatever moment the
//! writer is killed. Who reads several files of one report resolves `latest` once and reads below it.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use crate::{ReportError, csv_files, static_charts, tables, takeover};

pub(crate) const SERIES: &str = "series";
pub(crate) const TABLES: &str = "tables";
pub(crate) const CHARTS: &str = "charts";
/// Tells the files that Dyad writes into a folder from a reader's own.
type IsOurs = fn(&str) -> bool;
/// What a report can consist of, as its formats are. `report.html` comes last wherever the order matters.
const FOLDERS: [(&str, IsOurs); 3] =
    [(SERIES, csv_files::is_series), (TABLES, tables::is_table_file), (CHARTS, static_charts::is_chart)];
pub(crate) const FILES: [&str; 5] =
    ["evidence.csv", "change_points.csv", "report.md", "report.json", "report.html"];

const LATEST: &str = "latest";
const REPORTS: &str = "reports";
const LOCK: &str = ".lock";
/// Endings of folders that are no reports: one being written, one being removed.
pub(crate) const TEMPORARY: &str = ".tmp";
pub(crate) const GONE: &str = ".gone";
const STAMP: &str = "%Y-%m-%dT%H%M%S%.3fZ";

/// The folder, held by this process against other writers.
pub(crate) struct History {
    out: PathBuf,
    /// The operating system frees it when the process ends, however it ends.
    _lock: File,
}

/// Reports how an action on a path failed.
pub(crate) fn failed(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> ReportError {
    let path = path.to_owned();
    move |source| ReportError::Folder { path, action, source }
}

/// The analysis of the latest report, if there is one; whoever opens it reads one report, also while the next is shown.
pub(crate) fn latest_json(out: &Path) -> PathBuf {
    out.join(LATEST).join("report.json")
}

impl History {
    /// Creates the folder where it is missing, waits until no other process writes a report to it, removes what a
    /// writer that was killed left, and makes a report that lies in it as plain files the first one of the history.
    ///
    /// # Errors
    /// The file system refuses, or something that is no report stands where a link must be.
    pub(crate) fn open(out: &Path) -> Result<Self, ReportError> {
        let reports = out.join(REPORTS);
        fs::create_dir_all(&reports).map_err(failed(&reports, "create the folder"))?;
        let path = reports.join(LOCK);
        let mut options = File::options();
        let lock = options.write(true).create(true).truncate(false).open(&path);
        let lock = lock.map_err(failed(&path, "open the lock file"))?;
        lock.lock().map_err(failed(&path, "lock the folder"))?;
        let history = Self { out: out.to_owned(), _lock: lock };
        history.remove_leftovers()?;
        takeover::take_over(&history)?;
        Ok(history)
    }

    pub(crate) fn out(&self) -> &Path {
        &self.out
    }

    pub(crate) fn reports(&self) -> PathBuf {
        self.out.join(REPORTS)
    }

    /// Whether `latest` leads to a report.
    pub(crate) fn has_latest(&self) -> bool {
        self.out.join(LATEST).is_dir()
    }

    /// Lets `write` fill a new folder, and shows it as the latest report once it is on disk as a whole.
    ///
    /// # Errors
    /// Those of `write`, and what the file system says; the report before is then still the latest.
    pub(crate) fn publish<T>(
        &self,
        write: impl FnOnce(&Path) -> Result<T, ReportError>,
    ) -> Result<T, ReportError> {
        let stamp = self.free_stamp(Utc::now());
        let temporary = self.reports().join(hidden(&stamp, TEMPORARY));
        fs::create_dir(&temporary).map_err(failed(&temporary, "create the folder"))?;
        let written = write(&temporary).and_then(|written| {
            let parts: Vec<&str> = parts().filter(|name| temporary.join(name).exists()).collect();
            self.check_places(&parts)?;
            for (folder, _) in FOLDERS.iter().filter(|(folder, _)| parts.contains(folder)) {
                sync_folder(&temporary.join(folder))?;
            }
            self.keep_as(&temporary, &stamp)?;
            Ok((written, parts))
        });
        if written.is_err() {
            // A leftover is useless to anyone, and the next report removes it.
            let _ = fs::remove_dir_all(&temporary);
        }
        let (written, parts) = written?;
        self.show(&stamp, &parts)?;
        Ok(written)
    }

    /// Looks for a reader's own files and folders where links must be, before anything is shown. Those of an earlier
    /// Dyad have been taken over.
    fn check_places(&self, parts: &[&str]) -> Result<(), ReportError> {
        let mut places = parts.iter().map(|name| self.out.join(name));
        let is_taken = |path: &PathBuf| path.symlink_metadata().is_ok_and(|data| !data.is_symlink());
        places.find(is_taken).map_or(Ok(()), |path| Err(takeover::occupied(&path)))
    }

    /// Moves a finished folder to its place among the reports.
    pub(crate) fn keep_as(&self, temporary: &Path, stamp: &str) -> Result<(), ReportError> {
        sync_folder(temporary)?;
        let place = self.reports().join(stamp);
        fs::rename(temporary, &place).map_err(failed(&place, "put the report in its place"))?;
        sync_folder(&self.reports())
    }

    /// Makes a report the latest, under the name of each of its parts. What it does not have loses its name first, so
    /// that no link ever leads nowhere.
    fn show(&self, stamp: &str, has: &[&str]) -> Result<(), ReportError> {
        for name in parts().filter(|name| !has.contains(name)) {
            self.unlink_from_latest(name)?;
        }
        self.link_latest(stamp)?;
        for name in has {
            self.link_into_latest(name)?;
        }
        sync_folder(&self.out)
    }

    /// Removes the link that [`History::link_into_latest`] puts; whatever else has the name stays.
    fn unlink_from_latest(&self, name: &str) -> Result<(), ReportError> {
        let path = self.out.join(name);
        if fs::read_link(&path).is_ok_and(|target| target == Path::new(LATEST).join(name)) {
            fs::remove_file(&path).map_err(failed(&path, "remove the link"))?;
        }
        Ok(())
    }

    pub(crate) fn link_latest(&self, stamp: &str) -> Result<(), ReportError> {
        self.link(LATEST, &Path::new(REPORTS).join(stamp))
    }

    pub(crate) fn link_into_latest(&self, name: &str) -> Result<(), ReportError> {
        self.link(name, &Path::new(LATEST).join(name))
    }

    /// Puts a link where nothing, a file or another link stands, in one step.
    fn link(&self, name: &str, target: &Path) -> Result<(), ReportError> {
        let path = self.out.join(name);
        if fs::read_link(&path).is_ok_and(|found| found == target) {
            return Ok(());
        }
        let temporary = self.out.join(hidden(name, ".link"));
        match fs::remove_file(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed(&temporary, "remove the link")(error));
            }
            _ => {}
        }
        let put = symlink(target, &temporary).and_then(|()| fs::rename(&temporary, &path));
        put.map_err(|source| {
            let _ = fs::remove_file(&temporary);
            ReportError::Link { path, source }
        })
    }

    /// Removes the oldest reports until `keep` are left; 0 keeps all. The latest stays in any case, and so does
    /// one in whose folder lies something that Dyad did not write.
    ///
    /// # Errors
    /// The file system refuses.
    pub(crate) fn retain(&self, keep: usize) -> Result<(), ReportError> {
        if keep == 0 {
            return Ok(());
        }
        let latest = fs::read_link(self.out.join(LATEST)).unwrap_or_default();
        let mut stamps = self.stamps()?;
        stamps.truncate(stamps.len().saturating_sub(keep));
        for stamp in stamps.iter().filter(|stamp| latest.file_name() != Some(stamp.as_ref())) {
            let folder = self.reports().join(stamp);
            if is_only_report(&folder)? {
                // Under its old name a reader must never find part of it.
                let gone = self.reports().join(hidden(stamp, GONE));
                fs::rename(&folder, &gone).map_err(failed(&folder, "remove the old report"))?;
                fs::remove_dir_all(&gone).map_err(failed(&gone, "remove the old report"))?;
            }
        }
        Ok(())
    }

    /// Names of the reports, oldest first.
    fn stamps(&self) -> Result<Vec<String>, ReportError> {
        let mut stamps = names(&self.reports())?;
        stamps.retain(|name| is_stamp(name) && self.reports().join(name).is_dir());
        stamps.sort();
        Ok(stamps)
    }

    /// The first millisecond from `time` on for which no report stands.
    fn free_stamp(&self, mut time: DateTime<Utc>) -> String {
        while self.reports().join(stamp(time)).symlink_metadata().is_ok() {
            time += TimeDelta::milliseconds(1);
        }
        stamp(time)
    }

    /// Only a process that was killed leaves anything: who holds the lock is the only one who writes.
    fn remove_leftovers(&self) -> Result<(), ReportError> {
        for name in names(&self.reports())? {
            let inner = name
                .strip_prefix('.')
                .and_then(|rest| rest.strip_suffix(TEMPORARY).or_else(|| rest.strip_suffix(GONE)));
            if inner.is_some_and(is_stamp) {
                let path = self.reports().join(&name);
                fs::remove_dir_all(&path).map_err(failed(&path, "remove what an interrupted run left"))?;
            }
        }
        Ok(())
    }
}

pub(crate) fn stamp(time: DateTime<Utc>) -> String {
    time.format(STAMP).to_string()
}

fn is_stamp(name: &str) -> bool {
    NaiveDateTime::parse_from_str(name, STAMP).is_ok_and(|time| stamp(time.and_utc()) == name)
}

pub(crate) fn hidden(name: &str, ending: &str) -> String {
    format!(".{name}{ending}")
}

/// Without this, a crash of the machine could bring a rename to disk before what it is about.
fn sync_folder(path: &Path) -> Result<(), ReportError> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(failed(path, "write to disk"))
}

/// Names of everything that a report can consist of, in the order in which links are made.
fn parts() -> impl Iterator<Item = &'static str> {
    FOLDERS.into_iter().map(|(folder, _)| folder).chain(FILES)
}

fn is_only_report(folder: &Path) -> Result<bool, ReportError> {
    if !names(folder)?.iter().all(|name| parts().any(|part| part == name)) {
        return Ok(false);
    }
    for (part, is_ours) in FOLDERS {
        let path = folder.join(part);
        if path.is_dir() && !names(&path)?.iter().all(|name| is_ours(name)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Names of a folder's entries that are text; no name of ours is anything else.
fn names(folder: &Path) -> Result<Vec<String>, ReportError> {
    let list = || -> io::Result<Vec<String>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    };
    list().map_err(failed(folder, "list the folder"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_sort_by_time_and_nothing_else_is_one() {
        let at = |millis| stamp(DateTime::from_timestamp_millis(millis).expect("a time"));
        assert_eq!(at(1_795_415_321_007), "2026-11-23T062841.007Z");
        assert!(at(999) < at(1000) && at(1_795_415_321_999) < at(1_795_415_322_000));
        assert!(is_stamp(&at(0)) && is_stamp(&at(1_795_415_321_007)));
        for name in ["2026-11-23", "latest", "2026-11-23T062841Z", "2026-13-23T062841.007Z", ".lock", "notes"]
        {
            assert!(!is_stamp(name), "{name}");
        }
    }
}
