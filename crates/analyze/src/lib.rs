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
//! - A handful of articles seldom holds those that stand out, and then looks more alike than articles are. The interval is
//!   therefore at least Student's t interval with the linearised variance of its articles mixed with that of all articles of
//!   the corpus as if ten of these were added (after Smyth, "Linear models and empirical Bayes methods", 2004): see
//!   `scripts/measured/coverage.txt` for how often the intervals hold.
//! - Fewer than 5 articles, or articles that all say the same, have no spread that a bootstrap could
//!   see. The interval is then the wider of the bootstrap's and one that pretends no certainty: Wilson's
//!   (1927) for a share; for a mean, Student's t interval with the standard deviation between the articles
//!   of the whole corpus. Both take Kish's effective number of articles, `(Σc)² / Σc²` for `c` sentences an
//!   article. Where the corpus has a single article, the interval is the whole range of the metric.
//! - For a difference where one part has no spread, the two intervals are combined by squaring and adding
//!   (Newcombe, 1998).
//! - Intervals are clipped to the range of the metric. Counts are exact and carry none.
//!
//! # The classifier's error
//!
//! The mean of calibrated probabilities has no bias: that single sentences are misjudged evens out, and drawing labels from the
//! probabilities in every draw would only make intervals too wide. What the bootstrap cannot see is the error of the calibration
//! itself, on text of another kind than that it was made on: it is common to all articles and does not shrink with their number. Its standard deviation s comes with the model ([`AnalyzeOptions::classifier_errors`]): on each
//! labelled set that the model was not trained on the mean of score less label; the sets pooled with random effects (DerSimonian
//! and Laird, "Meta-analysis in clinical trials", Controlled Clinical Trials 7, 1986); s² is the squared mean error plus the
//! variance between sets plus the squared standard error of the mean. Each side of the interval of a level becomes the root of
//! its squared length plus (1.96 s)². Differences (of the early and the late part, before and after a change) are taken to
//! have the error on both sides, where it cancels, and carry none of it.
#![deny(missing_docs)]

mod alert;
mod bootstrap;
mod change;
mod change_points;
mod closeness;
mod co_actors;
mod compare;
mod coverage;
mod error;
mod estimate;
mod events;
mod evidence;
mod frame_set;
mod grains;
mod interval;
#[cfg(test)]
mod interval_coverage;
mod metric;
pub mod model;
mod previous;
mod provenance;
mod rows;
mod series;
mod shift;
mod since_last;
mod sources;
#[cfg(test)]
mod speed;
pub mod summary;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use dyad_core::{CoActorDefinition, ReportConfig};
use dyad_store::{RunRecord, Store};

pub use alert::{Alert, check_watched};
pub use co_actors::model::{CoActor, CoActorKind, CoActorPoint, MovedCoActor, SHARE_OF_ARTICLES};
pub use compare::{BeforeAfter, DyadMetric, GroupMetric, OtherDyad, SourceGroup, SplitMetric, check_against};
pub use error::AnalyzeError;
pub use events::{Event, EventsError, read_events};
pub use metric::metric_label;
pub use model::*;
pub use previous::{PastChange, PreviousError, PreviousReport};
pub use since_last::{LevelSince, OtherAnnotations, SinceLast, ThenNow};

use co_actors::CoActors;
use estimate::Estimator;

/// What to analyse, and how.
#[derive(Debug, Clone)]
pub struct AnalyzeOptions {
    /// Name of actor A, for display.
    pub actor_a: String,
    /// Name of actor B, for display.
    pub actor_b: String,
    /// Every name that stands for either actor (aliases, people, products): no co-actor has one of these.
    pub actor_names: Vec<String>,
    /// Other organisations and people whose names count as one and which come first among the co-actors.
    pub co_actors: Vec<CoActorDefinition>,
    /// Frames to report; the `relations` table must have a column `frame_NAME` for each.
    pub frames: Vec<String>,
    /// Probability from which a frame counts as present, 0 to 1, one per frame in the same order.
    pub frame_thresholds: Vec<f32>,
    /// Identifies the model that gives the frames, as the run's record does; `None` leaves it unchecked.
    pub frame_fingerprint: Option<String>,
    /// Standard deviation of the classifier's error by metric, in units of the metric, finite and not negative; a metric that is
    /// not there gets intervals of sampling alone.
    pub classifier_errors: BTreeMap<String, f64>,
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
    /// The report to compare with, if there is one.
    pub previous: Option<PreviousReport>,
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
        let is_deviation = |deviation: f64| deviation.is_finite() && deviation >= 0.0;
        match self.classifier_errors.iter().find(|(_, deviation)| !is_deviation(**deviation)) {
            Some((metric, &deviation)) => {
                Err(AnalyzeError::ClassifierError { metric: metric.clone(), deviation })
            }
            None => check_watched(&self.report.watch, &self.frames),
        }
    }

    /// The classifier's errors of these metrics, in their order.
    fn errors_of(&self, metrics: &[metric::Metric]) -> Vec<ClassifierError> {
        let error = |metric: &metric::Metric| {
            let deviation = *self.classifier_errors.get(&metric.id)?;
            Some(ClassifierError { metric: metric.id.clone(), deviation })
        };
        metrics.iter().filter_map(error).collect()
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
    let classifier_errors = options.errors_of(&metrics);
    let estimator = Estimator::new(&table, &metrics, report.bootstrap_draws, report.seed)
        .with_classifier_errors(&classifier_errors);
    let chosen = grains::choose(&report.grains, &table);
    let evidence_total = candidates.iter().filter(|c| table.is_counted(c.row as usize)).count() as u64;
    let co_actors = CoActors::read(store, &table, &candidates, (options, &chosen.grains))?;
    let evidence = evidence::evidence(store, &table, candidates, options)?;
    let mut analysis = Analysis {
        schema_version: SCHEMA_VERSION,
        generated_at: options.generated_at,
        actor_a: options.actor_a.clone(),
        actor_b: options.actor_b.clone(),
        frames: options.frames.clone(),
        frame_thresholds: options.frame_thresholds.clone(),
        coverage: coverage::coverage(store, &table, articles, options.run.as_ref())?,
        overall: overall(&estimator),
        since_last: None,
        alerts: Vec::new(),
        series: series::series(&estimator, &chosen.grains),
        events: options.events.clone(),
        shifts: shift::shifts(&estimator),
        change_points: co_actors.named_for(change_points::change_points(&estimator, &evidence, report.seed)),
        co_actors: co_actors.described(&estimator),
        sources: sources::sources(&estimator, &options.frames),
        source_groups: compare::source_groups(&estimator, &report.source_groups),
        before_after: report.split.map(|day| compare::before_after(&estimator, day, report.seed)),
        other_dyads: Vec::new(),
        evidence_total,
        evidence,
        provenance: provenance::provenance(store, options.run.as_ref())?,
        bootstrap_seed: report.seed,
        bootstrap_draws: report.bootstrap_draws,
        classifier_errors,
        grain: chosen.opening,
    };
    analysis.other_dyads = compare::other_dyads(&analysis, &report.against)?;
    since_last::add(&mut analysis, store, &estimator, options)?;
    Ok(analysis)
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
