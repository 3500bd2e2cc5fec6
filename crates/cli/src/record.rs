//! What is kept of a run: times, counts and how it ended, for the table `runs` and for metrics.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use dyad_core::Config;
use dyad_ingest::shown_input;
use dyad_store::{RunRecord, Store};
use serde::Serialize;
use serde_json::Value;
use tracing::warn;

use crate::output::{self, Outcome};

/// A run under way.
pub struct Run {
    pub id: String,
    started_at: DateTime<Utc>,
    start: Instant,
    timings: BTreeMap<&'static str, f64>,
    counts: serde_json::Map<String, Value>,
    model: Value,
    fingerprint: Option<String>,
}

/// The status that the process ends with. A reader of stdout that went away is no failure.
pub fn exit_status(result: &Result<Outcome>) -> i32 {
    match result {
        Ok(outcome) => outcome.exit_status(),
        Err(error) if output::is_broken_pipe(error) => 0,
        Err(_) => 2,
    }
}

impl Run {
    /// Starts the clock. The identifier sorts by time and differs between processes.
    pub fn start() -> Self {
        let started_at = Utc::now();
        let id = format!("{}-{:05}", started_at.format("%Y%m%dT%H%M%S%3f"), std::process::id());
        Self {
            id,
            started_at,
            start: Instant::now(),
            timings: BTreeMap::new(),
            counts: serde_json::Map::new(),
            model: Value::Null,
            fingerprint: None,
        }
    }

    /// Runs a stage and keeps its time in seconds.
    pub fn stage<T>(&mut self, name: &'static str, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let start = Instant::now();
        let result = work(self);
        *self.timings.entry(name).or_default() += start.elapsed().as_secs_f64();
        result
    }

    /// Keeps what a stage counted.
    pub fn count(&mut self, name: &str, counts: &impl Serialize) -> Result<()> {
        self.counts.insert(name.to_owned(), serde_json::to_value(counts).context("counts as JSON")?);
        Ok(())
    }

    /// Notes that the store's annotations are now those of this pipeline, by a model described so.
    pub fn annotated_by(&mut self, fingerprint: String, model: Value) {
        self.fingerprint = Some(fingerprint);
        self.model = model;
    }

    pub fn started_at(&self) -> DateTime<Utc> {
        self.started_at
    }

    /// How long the run has taken until now.
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Seconds a stage.
    pub fn timings(&self) -> &BTreeMap<&'static str, f64> {
        &self.timings
    }

    /// What the stages counted that came to their end, by their names.
    pub fn counts(&self) -> &serde_json::Map<String, Value> {
        &self.counts
    }

    /// The run's record, were it to end now with this status.
    pub fn as_of_now(&self, config: &Config, exit_status: i32) -> Result<RunRecord> {
        Ok(RunRecord {
            run_id: self.id.clone(),
            // An address may hold a secret.
            command: std::env::args().map(|word| shown_input(&word)).collect::<Vec<_>>().join(" "),
            started_at: self.started_at,
            finished_at: Utc::now(),
            exit_status,
            config_toml: toml::to_string(config).context("the configuration cannot be written as TOML")?,
            fingerprint: self.fingerprint.clone(),
            model: self.model.clone(),
            counts: Value::Object(self.counts.clone()),
            timings: serde_json::to_value(&self.timings).context("timings as JSON")?,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        })
    }

    /// Writes the run's record, also that of a run that failed, and gives the result on. It is the last thing a run
    /// does to a store, so that the status in it is the one the process ends with.
    pub fn record(&self, store: &Store, config: &Config, result: Result<Outcome>) -> Result<Outcome> {
        let written =
            self.as_of_now(config, exit_status(&result)).and_then(|run| Ok(store.append_run(&run)?));
        match (result, written) {
            (Ok(_), Err(error)) => Err(error.context("the run is done but could not be recorded")),
            (Err(failure), Err(error)) => {
                warn!("the failed run could not be recorded: {}", output::message(&error));
                Err(failure)
            }
            (result, Ok(())) => result,
        }
    }
}
