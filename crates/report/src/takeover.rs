//! A report as Dyad wrote it before there was a history: plain files in the folder itself. It becomes the first
//! report of the history, without a byte being lost.

use std::fs;
use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};

use crate::ReportError;
use crate::history::{CHARTS, FILES, GONE, History, SERIES, TEMPORARY, failed, hidden, stamp};

/// Takes the plain files over, if there are any.
///
/// Every step leaves the files readable under their names; one that was interrupted is done again by the next report.
/// Only `series`, which is a folder and cannot be replaced by a link in one step, is missing for a moment.
///
/// # Errors
/// The file system refuses, or `series` or `charts` is a folder that belongs to no report.
pub(crate) fn take_over(history: &History) -> Result<(), ReportError> {
    let out = history.out();
    let is_plain =
        |name: &&str| out.join(name).symlink_metadata().is_ok_and(|data| !data.file_type().is_symlink());
    let files: Vec<&str> = FILES.into_iter().filter(is_plain).collect();
    let has_series = is_plain(&SERIES);
    // No earlier Dyad wrote pictures: what stands there belongs to the reader.
    if is_plain(&CHARTS) {
        return Err(occupied(&out.join(CHARTS)));
    }
    // Its time names the report; it is replaced last, so that a second attempt finds the same name.
    let Some(last) = files.last() else {
        return if has_series { Err(occupied(&out.join(SERIES))) } else { Ok(()) };
    };
    let stamp = stamp(modified(&out.join(last))?);
    if !history.reports().join(&stamp).exists() {
        let temporary = history.reports().join(hidden(&stamp, TEMPORARY));
        fs::create_dir(&temporary).map_err(failed(&temporary, "create the folder"))?;
        for name in files.iter().chain(has_series.then_some(&SERIES)) {
            let from = out.join(name);
            share(&from, &temporary.join(name)).map_err(failed(&from, "keep the earlier report's file"))?;
        }
        history.keep_as(&temporary, &stamp)?;
    }
    if !history.has_latest() {
        history.link_latest(&stamp)?;
    }
    if has_series {
        remove_series(history, &stamp)?;
    }
    files.iter().try_for_each(|name| history.link_into_latest(name))
}

fn remove_series(history: &History, stamp: &str) -> Result<(), ReportError> {
    let (series, gone) = (history.out().join(SERIES), history.reports().join(hidden(stamp, GONE)));
    fs::rename(&series, &gone).map_err(failed(&series, "move the earlier report's folder"))?;
    history.link_into_latest(SERIES)?;
    fs::remove_dir_all(&gone).map_err(failed(&gone, "remove the earlier report's folder"))
}

/// Something of a reader's own stands where a link into the latest report must be.
pub(crate) fn occupied(path: &Path) -> ReportError {
    let source =
        io::Error::new(io::ErrorKind::AlreadyExists, "something that is no part of a report stands there");
    ReportError::Link { path: path.to_owned(), source }
}

fn modified(path: &Path) -> Result<DateTime<Utc>, ReportError> {
    let time = fs::metadata(path).and_then(|data| data.modified());
    time.map(DateTime::from).map_err(failed(path, "read the time"))
}

/// A second name for a file, and the same for everything in a folder; copies where the file system has no links.
fn share(from: &Path, to: &Path) -> io::Result<()> {
    if !from.symlink_metadata()?.is_dir() {
        return fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(|_| ()));
    }
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let name = entry?.file_name();
        share(&from.join(&name), &to.join(&name))?;
    }
    Ok(())
}
