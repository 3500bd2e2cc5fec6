//! From the Delta tables to the numbers of the report: how coverage of two actors frames their
//! relationship, by month, quarter or any other period, each number with its uncertainty and evidence.
//!
//! [`analyze`] streams three tables once and keeps sums and counts per article that mentions an actor
//! (see `table` for the memory: some 400 bytes an article with ten frames); every number of the
//! [`Analysis`] is then made from that matrix. Only the sentences embedded as evidence are read as text,
//! in a second pass.
//!
//! # Intervals
//!
//! A mean or share over a set of articles is the sum over their sentences divided by the number of
//! sentences. Sentences of one article are not independent, so that the bootstrap resamples articles:
//!
//! - The articles that carry the metric are drawn with replacement, `bootstrap_draws` times; the same
//!   draws serve every metric of the set, and the draws of the early and the late part are paired for
//!   their difference. Every draw seeds its own generator, so that results do not depend on threads.
//!   Above 4,096 articles, random groups of articles are drawn instead of single ones (their means vary as
//!   much as those of single articles do), which bounds the cost.
//! - The interval is the expanded percentile interval (Hesterberg, "What Teachers Should Know About the
//!   Bootstrap", The American Statistician 69, 2015): percentiles further out than 2.5 and 97.5 % make good
//!   for few articles, as Student's t does for a mean; with many articles the two agree.
//! - Fewer than 5 articles, or articles that all say the same, have no spread that a bootstrap could
//!   see. The interval is then the wider of the bootstrap's and one that pretends no certainty: Wilson's
//!   (1927) for a share; for a mean, Student's t interval with the standard deviation between the articles
//!   of the whole corpus. Both take Kish's effective number of articles, `(Σc)² / Σc²` for `c` sentences an
//!   article. Where the corpus has a single article, the interval is the whole range of the metric.
//! - For a difference where one part has no spread, the two intervals are combined by squaring and adding
//!   (Newcombe, 1998).
//! - Intervals are clipped to the range of the metric. Counts are exact and carry none.
#![deny(missing_docs)]

mod bootstrap;
mod change;
mod change_points;
mod coverage;
mod error;
mod estimate;
mod events;
mod evidence;
mod frame_set;
mod interval;
mod metric;
pub mod model;
mod provenance;
mod rows;
mod series;
mod shift;
mod sources;
pub mod summary;
mod table;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use dyad_core::ReportConfig;
use dyad_store::{RunRecord, Store};

pub use error::AnalyzeError;
pub use events::{Event, EventsError, read_events};
pub use metric::metric_label;
pub use model::*;

use estimate::Estimator;

/// What to analyse, and how.
#[derive(Debug, Clone)]
pub struct AnalyzeOptions {
    /// Name of actor A, for display.
    pub actor_a: String,
    /// Name of actor B, for display.
    pub actor_b: String,
    /// Frames to report; the `relations` table must have a column `frame_NAME` for each.
    pub frames: Vec<String>,
    /// Probability from which a frame counts as present, 0 to 1, one per frame in the same order.
    pub frame_thresholds: Vec<f32>,
    /// Identifies the model that gives the frames, as the run's record does; `None` leaves it unchecked.
    pub frame_fingerprint: Option<String>,
    /// Grains, bootstrap, evidence and near-copies.
    pub report: ReportConfig,
    /// Languages (ISO 639-1) that were annotated; articles of any other known language count as foreign.
    pub languages: Vec<String>,
    /// Events for the charts to mark, by date; see [`read_events`].
    pub events: Vec<Event>,
    /// Written into the analysis as its time; an argument so that results can be reproduced.
    pub generated_at: DateTime<Utc>,
    /// The run that asks, which is recorded only when its report is written; `None` where the store's last run counts.
    pub run: Option<RunRecord>,
}

impl AnalyzeOptions {
    fn check(&self) -> Result<(), AnalyzeError> {
        if self.frames.len() != self.frame_thresholds.len() {
            return Err(AnalyzeError::Thresholds {
                frames: self.frames.len(),
                thresholds: self.frame_thresholds.len(),
            });
        }
        if self.report.bootstrap_draws == 0 {
            return Err(AnalyzeError::NoDraws);
        }
        Ok(())
    }
}

/// Reads a store and makes every number of the report.
///
/// The result depends only on the tables and the options, not on the number of threads or the order of
/// rows in the tables.
///
/// # Errors
/// [`AnalyzeError`] where the store cannot be read, was written with other frames than `options` name
/// or by another model of them, or its tables contradict each other. An empty store is no error: all counts are then 0.
pub fn analyze(store: &Store, options: &AnalyzeOptions) -> Result<Analysis, AnalyzeError> {
    options.check()?;
    frame_set::check(store, options)?;
    let report = &options.report;
    let metrics = metric::means(&options.frames);
    let (table, candidates, articles) = table::load(store, options)?;
    let estimator = Estimator::new(&table, &metrics, report.bootstrap_draws, report.seed);
    let evidence_total = candidates.iter().filter(|c| table.is_counted(c.row as usize)).count() as u64;
    let evidence = evidence::evidence(store, &table, candidates, options)?;
    Ok(Analysis {
        schema_version: SCHEMA_VERSION,
        generated_at: options.generated_at,
        actor_a: options.actor_a.clone(),
        actor_b: options.actor_b.clone(),
        frames: options.frames.clone(),
        frame_thresholds: options.frame_thresholds.clone(),
        coverage: coverage::coverage(store, &table, articles, options.run.as_ref())?,
        overall: overall(&estimator),
        series: series::series(&estimator, &report.grains),
        events: options.events.clone(),
        shifts: shift::shifts(&estimator),
        change_points: change_points::change_points(&estimator, &evidence, report.seed),
        sources: sources::sources(&estimator, &options.frames),
        evidence_total,
        evidence,
        provenance: provenance::provenance(store, options.run.as_ref())?,
        bootstrap_seed: report.seed,
        bootstrap_draws: report.bootstrap_draws,
    })
}

/// Every metric over every article that counts; a mean without a sentence is left out.
fn overall(estimator: &Estimator<'_>) -> Vec<MetricEstimate> {
    let rows = estimator.table.counted();
    let counts = estimator.counts(rows).into_iter().map(|(metric, estimate)| (metric.to_owned(), estimate));
    let means = estimator.estimate(rows, "overall", &estimator.all_metrics());
    let means = estimator
        .metrics
        .iter()
        .zip(means)
        .filter_map(|(metric, sampled)| Some((metric.id.clone(), sampled?.estimate)));
    counts.chain(means).map(|(metric, estimate)| MetricEstimate { metric, estimate }).collect()
}
