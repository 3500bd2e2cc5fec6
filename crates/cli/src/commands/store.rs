//! `dyad store`: looking after a store; and opening one as it stood.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use dyad_store::Store;

use crate::args::{StoreArgs, StoreCommand};
use crate::output::Outcome;

pub fn run(args: &StoreArgs) -> Result<Outcome> {
    match &args.command {
        StoreCommand::Compact { store, keep } => compact(store, *keep),
    }
}

fn compact(path: &Path, keep: chrono::Duration) -> Result<Outcome> {
    let counts = Store::open_existing(path)?.compact(keep)?;
    writeln!(
        crate::output::results(),
        "{} files became {}; with older versions and logs {:.1} MB became {:.1} MB",
        counts.files_before,
        counts.files_after,
        counts.bytes_before as f64 / 1e6,
        counts.bytes_after as f64 / 1e6
    )?;
    Ok(Outcome::Complete)
}

/// Opens a store for reading, as it is or as it stood.
pub fn open(path: &Path, as_of: Option<&str>) -> Result<Store> {
    let store = Store::open_existing_read_only(path)?;
    let Some(when) = as_of else { return Ok(store) };
    let at = match parse_time(when) {
        Some(at) => at,
        None => end_of_run(&store, when)?,
    };
    Ok(Store::open_as_of(path, at)?)
}

/// A time with its zone, or a day, of which its end is meant.
fn parse_time(when: &str) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(when) {
        return Some(time.to_utc());
    }
    let day: NaiveDate = when.parse().ok()?;
    let end = NaiveTime::from_hms_milli_opt(23, 59, 59, 999)?;
    Some(day.and_time(end).and_utc())
}

/// The moment at which a run's record was written.
fn end_of_run(store: &Store, run_id: &str) -> Result<DateTime<Utc>> {
    let runs = store.runs().context("the runs of the store could not be read")?;
    let Some(run) = runs.iter().find(|run| run.run_id == run_id) else {
        bail!(
            "'{run_id}' is neither a time (2025-01-31, 2025-01-31T12:00:00Z) nor a run of this store; \
             see `dyad query --store … \"SELECT run_id, finished_at FROM runs\"`"
        );
    };
    Ok(store.recorded_at(run.finished_at)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_means_its_end_and_a_time_itself() {
        let text = |when: &str| parse_time(when).map(|time| time.to_rfc3339());
        assert_eq!(text("2025-01-31").as_deref(), Some("2025-01-31T23:59:59.999+00:00"));
        assert_eq!(text("2025-01-31T12:00:00+01:00").as_deref(), Some("2025-01-31T11:00:00+00:00"));
        assert_eq!(text("20250131T120000000-00001"), None);
    }
}
