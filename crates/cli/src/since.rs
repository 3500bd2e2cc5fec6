//! `--since`: leaving out files that an earlier run has read.
//!
//! It saves time and nothing else: what is read is told from what the store has by its content, as always.

use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, TimeDelta, Utc};
use dyad_core::Config;
use dyad_ingest::shown_input;
use dyad_store::{RunRecord, Store};
use serde::{Deserialize, Serialize};
use tracing::info;

use crate::args::InputArgs;
use crate::record::Run;

/// Files changed so long before the last run began are read again: clocks differ, and file systems round.
const SLACK: TimeDelta = TimeDelta::seconds(2);
/// Where a run's counts say what it read.
const KEY: &str = "reading";

/// What `--since` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// The beginning of the last run that read the same inputs.
    Last,
    Time(DateTime<Utc>),
}

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "last" {
            return Ok(Since::Last);
        }
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            return Ok(Since::Time(time.to_utc()));
        }
        let day: NaiveDate = text.parse().map_err(|_| {
            format!("'{text}' is neither 'last' nor a time; write 2025-01-31 or 2025-01-31T12:00:00Z")
        })?;
        Ok(Since::Time(day.and_time(NaiveTime::MIN).and_utc()))
    }
}

/// What a run read, and how: another run may leave out what did not change only if it reads the same in the same way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Reading {
    /// Absolute paths and addresses, as they may be shown.
    inputs: Vec<String>,
    /// Digest of the version, the format given and the configuration of the input.
    way: String,
    /// Whether every file was read by this run or by the one it took for its last.
    is_whole: bool,
}

impl Reading {
    fn of(input: &InputArgs, since: Option<Since>, config: &Config) -> Result<Self> {
        let way = (env!("CARGO_PKG_VERSION"), &input.input_format, &config.input);
        let way = serde_json::to_string(&way).context("the configuration as JSON")?;
        Ok(Self {
            inputs: input.inputs.iter().map(|input| absolute(input)).collect(),
            way: blake3::hash(way.as_bytes()).to_hex()[..16].to_owned(),
            is_whole: !matches!(since, Some(Since::Time(_))),
        })
    }

    /// Whether after a run nothing but changed files is left to read.
    fn is_covered_by(&self, run: &RunRecord) -> bool {
        let reading = run.counts.get(KEY).and_then(|value| Self::deserialize(value).ok());
        let unreadable = run.counts.pointer("/ingest/unreadable").and_then(serde_json::Value::as_u64);
        matches!(run.exit_status, 0 | 1 | 3)
            && unreadable == Some(0)
            && reading.is_some_and(|read| {
                read.is_whole && read.way == self.way && self.inputs.iter().all(|i| read.inputs.contains(i))
            })
    }
}

fn absolute(input: &str) -> String {
    let is_path = input != "-" && !input.contains("://");
    match std::path::absolute(Path::new(input)) {
        Ok(path) if is_path => path.to_string_lossy().into_owned(),
        _ => shown_input(input),
    }
}

/// The time from which on files are read, `None` for all of them; notes in the run what it reads.
pub fn resolve(
    run: &mut Run,
    store: &Store,
    (input, since): (&InputArgs, Option<Since>),
    config: &Config,
) -> Result<Option<DateTime<Utc>>> {
    let reading = Reading::of(input, since, config)?;
    let time = match since {
        None => None,
        Some(Since::Time(time)) => Some(time),
        Some(Since::Last) => {
            let runs = store.runs()?;
            let last = runs.iter().filter(|run| reading.is_covered_by(run)).map(|run| run.started_at).max();
            match last {
                Some(time) => info!(
                    "reading what changed since the last run on these inputs, {}",
                    time.to_rfc3339_opts(SecondsFormat::Secs, true)
                ),
                None => info!("no earlier run read all of these inputs in this way; reading everything"),
            }
            last.map(|time| time - SLACK)
        }
    };
    run.count(KEY, &reading)?;
    Ok(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_means_its_beginning_and_a_time_itself() {
        let time = |text: &str| match text.parse() {
            Ok(Since::Time(time)) => time.to_rfc3339(),
            other => panic!("{other:?}"),
        };
        assert_eq!("last".parse(), Ok(Since::Last));
        assert_eq!(time("2025-01-31"), "2025-01-31T00:00:00+00:00");
        assert_eq!(time("2025-01-31T12:00:00+01:00"), "2025-01-31T11:00:00+00:00");
        assert!("yesterday".parse::<Since>().unwrap_err().contains("2025-01-31"));
    }

    #[test]
    fn only_a_run_that_read_the_same_in_the_same_way_is_the_last() {
        let input = |names: &[&str]| InputArgs {
            inputs: names.iter().map(|&name| name.to_owned()).collect(),
            input_format: None,
        };
        let config = Config::default();
        let read = |names: &[&str], since| Reading::of(&input(names), since, &config).unwrap();
        let run = |reading: &Reading, exit_status, unreadable: u64| RunRecord {
            run_id: String::new(),
            command: String::new(),
            started_at: DateTime::default(),
            finished_at: DateTime::default(),
            exit_status,
            config_toml: String::new(),
            fingerprint: None,
            model: serde_json::Value::Null,
            counts: serde_json::json!({KEY: reading, "ingest": {"unreadable": unreadable}}),
            timings: serde_json::Value::Null,
            version: String::new(),
        };
        let wanted = read(&["news", "s3://bucket/news/"], Some(Since::Last));
        let both = read(&["s3://bucket/news/", "./news", "more"], None);
        assert!(wanted.is_covered_by(&run(&both, 0, 0)) && wanted.is_covered_by(&run(&both, 1, 0)));
        assert!(wanted.is_covered_by(&run(&both, 3, 0)), "a watched number moved, which is no failure");
        assert!(!wanted.is_covered_by(&run(&both, 2, 0)), "it failed");
        assert!(!wanted.is_covered_by(&run(&both, 1, 1)), "a file could not be read then");
        assert!(!wanted.is_covered_by(&run(&read(&["news"], None), 0, 0)), "an input is missing");
        let part = read(&["news", "s3://bucket/news/"], Some(Since::Time(DateTime::default())));
        assert!(!wanted.is_covered_by(&run(&part, 0, 0)), "it left out what nobody read");
        let other = Reading { way: String::new(), ..both };
        assert!(!wanted.is_covered_by(&run(&other, 0, 0)), "other fields");
    }
}
