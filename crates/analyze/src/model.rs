//! The result of an analysis: plain data that the report draws and `report.json` holds.

use chrono::{DateTime, NaiveDate, Utc};
use dyad_core::{Grain, Span};
use serde::{Deserialize, Serialize};

use crate::alert::Alert;
use crate::co_actors::model::{CoActor, MovedCoActor};
use crate::compare::{BeforeAfter, OtherDyad, SourceGroup};
use crate::events::Event;
use crate::since_last::SinceLast;

/// Version of the shape of [`Analysis`] as JSON; raised with every change a reader could notice.
pub const SCHEMA_VERSION: u32 = 3;

/// Everything the report shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// [`SCHEMA_VERSION`] of the writer.
    pub schema_version: u32,
    /// When the analysis was made.
    pub generated_at: DateTime<Utc>,
    /// Name of actor A as configured.
    pub actor_a: String,
    /// Name of actor B as configured.
    pub actor_b: String,
    /// Frame names in the order used by [`Evidence::frames`].
    pub frames: Vec<String>,
    /// Probability from which a frame counts as present, in the same order.
    pub frame_thresholds: Vec<f32>,
    /// What the analysis rests on.
    pub coverage: Coverage,
    /// Every metric over all relations, dated or not.
    pub overall: Vec<MetricEstimate>,
    /// What is new since the report before; `None` where there was none to compare with.
    #[serde(default)]
    pub since_last: Option<SinceLast>,
    /// Watched metrics that moved since the report before.
    #[serde(default)]
    pub alerts: Vec<Alert>,
    /// Every metric by period, one series per metric and grain.
    pub series: Vec<Series>,
    /// Events that the reader gave for the charts to mark, by date; no number depends on them.
    pub events: Vec<Event>,
    /// The largest differences between the early and the late part of the coverage.
    pub shifts: Vec<Shift>,
    /// The days on which a metric changed its level, by date.
    pub change_points: Vec<ChangePoint>,
    /// Other organisations and people named in articles with a relation: configured ones first, then those in most articles.
    pub co_actors: Vec<CoActor>,
    /// Relations by outlet, the most frequent first.
    pub sources: Vec<SourceRow>,
    /// Groups of outlets, as configured, each against the rest of the corpus; "other" last.
    pub source_groups: Vec<SourceGroup>,
    /// Every metric before a day of the user's choice and from it on; `None` where none was chosen.
    pub before_after: Option<BeforeAfter>,
    /// Other pairs of actors, from reports of their own.
    pub other_dyads: Vec<OtherDyad>,
    /// The sentences behind the numbers, by date, undated last; at most `max_evidence` of the configuration.
    pub evidence: Vec<Evidence>,
    /// How many relations count; larger than `evidence.len()` when the page does not hold them all.
    pub evidence_total: u64,
    /// How the last run was made: model, precision, versions, configuration (for the methods section).
    pub provenance: Vec<(String, String)>,
    /// Seed of the bootstrap.
    pub bootstrap_seed: u64,
    /// Draws of the bootstrap.
    pub bootstrap_draws: usize,
    /// The classifier's errors that are in the intervals of levels, in the order of the metrics; a metric that is not there has
    /// intervals of sampling alone.
    pub classifier_errors: Vec<ClassifierError>,
    /// The grain to open with, chosen by the dates; `None` where the grains were listed or no article with a relation has a date.
    pub grain: Option<Grain>,
}

/// How far the mean of a classifier's scores may lie from the mean of the truth, however many articles there are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassifierError {
    /// Identifier of the metric, see [`Series::metric`].
    pub metric: String,
    /// Standard deviation over kinds of text, in units of the metric.
    pub deviation: f64,
}

/// What went in, and what did not count.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Articles in the store.
    pub articles: u64,
    /// Articles with a date.
    pub dated: u64,
    /// Articles without a date: kept, counted, in no series.
    pub undated: u64,
    /// Near-copies of an earlier article.
    pub duplicates: u64,
    /// Articles in a language that the model does not cover: kept, not annotated.
    pub foreign: u64,
    /// Inputs that could not become an article.
    pub rejected: u64,
    /// Rejects by code.
    pub rejects_by_code: Vec<(String, u64)>,
    /// Articles that mention A, near-copies not counted (unless configured).
    pub articles_a: u64,
    /// Articles that mention B, near-copies not counted.
    pub articles_b: u64,
    /// Articles with at least one relation, near-copies not counted.
    pub articles_related: u64,
    /// Relations, near-copies not counted.
    pub relations: u64,
    /// Relations with near-copies counted.
    pub relations_raw: u64,
    /// Sentences of annotated articles.
    pub sentences: u64,
    /// Distinct outlets with at least one relation.
    pub sources: u64,
    /// Date of the first dated article with a relation.
    pub first_date: Option<NaiveDate>,
    /// Date of the last dated article with a relation.
    pub last_date: Option<NaiveDate>,
    /// Sentences read in windows, split or failed, by name of the count; zero counts are left out.
    pub annotation_notes: Vec<(String, u64)>,
}

/// A number with its uncertainty and the evidence it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Lower end of the 95 % interval (bootstrap over articles, and for a level the classifier's error, where
    /// [`Analysis::classifier_errors`] has it); equals `value` for counts.
    pub low: f64,
    /// Upper end of the 95 % interval.
    pub high: f64,
    /// Articles behind the estimate.
    pub articles: u64,
    /// Sentences behind the estimate.
    pub sentences: u64,
}

impl Estimate {
    /// Whether the 95 % interval leaves out zero: a difference is then called clear.
    pub fn leaves_out_zero(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// A metric over the whole corpus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricEstimate {
    /// Identifier of the metric, see [`Series::metric`].
    pub metric: String,
    /// The estimate.
    pub estimate: Estimate,
}

/// One metric over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// `articles_both`, `articles_a`, `articles_b`, `relations` (counts); `tone`, `stance_a_to_b`,
    /// `stance_b_to_a`, `sentiment_a`, `sentiment_b`, `closeness` (means from -1 to 1); `frame_NAME` (mean
    /// probability, 0 to 1); `share_NAME` (share of relations over the frame's threshold, 0 to 1).
    pub metric: String,
    /// Length of the periods.
    pub grain: Grain,
    /// Every period from the first to the last with an article, gaps included.
    pub points: Vec<Point>,
}

/// One period of a series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// `2024-07`, `2024-Q3`, …
    pub label: String,
    /// First day.
    pub start: NaiveDate,
    /// First day after the period.
    pub end: NaiveDate,
    /// The estimate; `None` where no sentence of the period carries the metric.
    pub estimate: Option<Estimate>,
}

/// How a metric differs between the early and the late part of the coverage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shift {
    /// Identifier of the metric.
    pub metric: String,
    /// Label of the early part, such as `2019–2020`.
    pub early_label: String,
    /// Label of the late part.
    pub late_label: String,
    /// Estimate in the early part.
    pub early: Estimate,
    /// Estimate in the late part.
    pub late: Estimate,
    /// Late minus early, with its interval from the same bootstrap draws.
    pub difference: Estimate,
}

impl Shift {
    /// Whether the 95 % interval of the difference leaves out zero.
    pub fn is_clear(&self) -> bool {
        self.difference.leaves_out_zero()
    }
}

/// A day on which a metric changed its level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangePoint {
    /// Identifier of the metric, see [`Series::metric`].
    pub metric: String,
    /// First day of the new level with an article.
    pub date: NaiveDate,
    /// Earliest first day of the new level, 95 % interval.
    pub earliest: NaiveDate,
    /// Latest first day of the new level, 95 % interval.
    pub latest: NaiveDate,
    /// First day of the earlier level.
    pub since: NaiveDate,
    /// Last day of the later level.
    pub until: NaiveDate,
    /// Estimate over the earlier level.
    pub before: Estimate,
    /// Estimate over the later level.
    pub after: Estimate,
    /// After less before, with its interval. It is conditional on the day, which was chosen for it to be large.
    pub difference: Estimate,
    /// p-value of the test that found the change.
    pub p_value: f64,
    /// The same, adjusted for all metrics tested (false discovery rate) and for the tests before it.
    pub adjusted_p: f64,
    /// Other frames whose mean probability differs clearly between the two levels, the clearest first.
    pub frames: Vec<MovedFrame>,
    /// Outlets that contributed most to the difference.
    pub sources: Vec<MovedSource>,
    /// Other organisations and people whose share of the articles with a relation differs clearly between the two levels, the
    /// clearest first.
    pub co_actors: Vec<MovedCoActor>,
    /// Places in [`Analysis::evidence`] of sentences that show the change, each from another outlet.
    pub evidence: Vec<usize>,
}

impl ChangePoint {
    /// Whether the interval of the day and another one, both ends included, have a day in common.
    pub(crate) fn overlaps(&self, earliest: NaiveDate, latest: NaiveDate) -> bool {
        self.earliest <= latest && earliest <= self.latest
    }
}

/// A frame that moved together with a metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MovedFrame {
    /// The frame.
    pub frame: String,
    /// Mean probability before.
    pub before: f64,
    /// Mean probability after.
    pub after: f64,
    /// After less before.
    pub difference: Estimate,
}

/// What an outlet contributed to a change.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MovedSource {
    /// The outlet; "unknown" where the input names none.
    pub source: String,
    /// Its part of the difference, in units of the metric; the parts of all outlets add up to the difference.
    pub contribution: f64,
    /// Its articles that carry the metric, before.
    pub articles_before: u64,
    /// The same, after.
    pub articles_after: u64,
}

/// One outlet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceRow {
    /// The outlet; "unknown" where the input names none.
    pub source: String,
    /// Articles with a relation.
    pub articles: u64,
    /// Relations.
    pub relations: u64,
    /// Mean tone with its interval.
    pub tone: Estimate,
    /// Every metric from -1 to 1, pulled towards the mean of all outlets by as much as chance explains (partial pooling, see
    /// `compare::shrinkage`); empty for "unknown", and where fewer than five outlets carry the metric or no outlet has
    /// two articles that differ.
    pub shrunken: Vec<MetricEstimate>,
    /// The frame with the largest mean probability.
    pub top_frame: String,
    /// That frame's mean probability.
    pub top_frame_share: f64,
}

/// One relation with everything needed to check it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Article.
    pub article_id: String,
    /// Sentence within the article.
    pub sentence_no: u32,
    /// Publication date in UTC; `None` for an undated article.
    pub date: Option<NaiveDate>,
    /// Outlet.
    pub source: Option<String>,
    /// Link.
    pub url: Option<String>,
    /// Headline.
    pub title: Option<String>,
    /// The sentence.
    pub text: String,
    /// Bytes of the sentence that mention A, in order.
    pub spans_a: Vec<Span>,
    /// Bytes of the sentence that mention B, in order.
    pub spans_b: Vec<Span>,
    /// Probability per frame.
    pub frames: Vec<f32>,
    /// Stance A->B, -1 to 1.
    pub stance_a_to_b: f32,
    /// Stance B->A, -1 to 1.
    pub stance_b_to_a: f32,
    /// Sentiment towards A, -1 to 1.
    pub sentiment_a: f32,
    /// Sentiment towards B, -1 to 1.
    pub sentiment_b: f32,
    /// Tone, -1 to 1.
    pub tone: f32,
    /// Near-copies of the article that carry the same sentence or stand behind it.
    pub near_copies: u32,
}
