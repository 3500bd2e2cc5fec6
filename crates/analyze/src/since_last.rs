//! What is new since the report before: for a report that is made again every night.
//!
//! An article is new where the store took it in, or replaced it by other content, after the report before was made
//! (`ingested_at` in the table `articles`). New articles are set against all others, whatever day they were published on.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use dyad_store::Store;
use serde::{Deserialize, Serialize};

use crate::alert;
use crate::estimate::Estimator;
use crate::metric::Population;
use crate::model::{Analysis, ChangePoint, Estimate, Evidence};
use crate::previous::{PastChange, PreviousReport};
use crate::provenance;
use crate::rows::stream;
use crate::shift::{clearest_first, difference, relative_size};
use crate::table::{ArticleTable, outlet};
use crate::{AnalyzeError, AnalyzeOptions};

/// New outlets named; all are counted.
const MAX_OUTLETS: usize = 10;
/// New sentences chosen, each from another outlet.
const MAX_SENTENCES: usize = 5;

/// What is new since the report before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SinceLast {
    /// When the report before was made.
    pub generated_at: DateTime<Utc>,
    /// Set where the report before rests on other annotations than this one: its levels and changes are then not
    /// comparable with these, nothing is said of changes, and there is no alert.
    pub other_annotations: Option<OtherAnnotations>,
    /// Articles in the store.
    pub articles: ThenNow,
    /// Sentences that mention both actors, near-copies not counted (unless configured).
    pub relations: ThenNow,
    /// Outlets with at least one such sentence.
    pub sources: ThenNow,
    /// Articles that came or changed since, near-copies and those that mention nobody included.
    pub new_articles: u64,
    /// Of these the ones with a relation, near-copies not counted.
    pub new_related: u64,
    /// Their relations.
    pub new_relations: u64,
    /// Outlets with a relation that the report before does not list, at most ten, those with most relations first.
    pub new_outlets: Vec<String>,
    /// How many such outlets there are.
    pub new_outlets_total: u64,
    /// Every metric that the new articles carry, clear differences first, then by size relative to the uncertainty.
    pub levels: Vec<LevelSince>,
    /// Places in [`Analysis::change_points`] of those that the report before does not show: none of the same metric there
    /// has an interval of days that overlaps.
    pub appeared: Vec<usize>,
    /// Changes of the report before that this one does not show.
    pub went: Vec<PastChange>,
    /// Places in [`Analysis::evidence`] of new sentences with the strongest frames and tone, each from another outlet, at
    /// most five.
    pub evidence: Vec<usize>,
}

impl SinceLast {
    /// Whether an article came or changed.
    pub fn has_new_articles(&self) -> bool {
        self.new_articles > 0
    }
}

/// What two reports rest on whose annotations differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherAnnotations {
    /// Model and pipeline of the report before.
    pub then: String,
    /// Those of this one.
    pub now: String,
}

/// A count in the report before and in this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThenNow {
    /// In the report before; `None` where its file does not say.
    pub then: Option<u64>,
    /// In this one.
    pub now: u64,
}

/// A metric over the new articles and over all others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LevelSince {
    /// Identifier of the metric, see [`crate::Series::metric`].
    pub metric: String,
    /// Estimate over the new articles.
    pub new: Estimate,
    /// Estimate over the others; `None` where no other article carries the metric.
    pub others: Option<Estimate>,
    /// New less others, with its interval from the bootstrap draws of both.
    pub difference: Option<Estimate>,
}

impl LevelSince {
    /// Whether the 95 % interval of the difference leaves out zero.
    pub fn is_clear(&self) -> bool {
        self.difference.is_some_and(|difference| difference.leaves_out_zero())
    }
}

/// Completes an analysis with what is new and the alerts that follow; without a report to compare with it stays as it is.
pub(crate) fn add(
    analysis: &mut Analysis,
    store: &Store,
    estimator: &Estimator<'_>,
    options: &AnalyzeOptions,
) -> Result<(), AnalyzeError> {
    let Some(previous) = &options.previous else { return Ok(()) };
    let (new_articles, new) = articles_since(store, estimator.table, previous.generated_at)?;
    let since = compare(analysis, estimator, previous, (new_articles, &new));
    analysis.alerts = alert::alerts(&since, &analysis.change_points, &options.report.watch);
    analysis.since_last = Some(since);
    // Only where the provenance is that of the run which asks.
    if !analysis.alerts.is_empty() && options.run.as_ref().is_some_and(|run| run.fingerprint.is_some()) {
        provenance::set_alerted(&mut analysis.provenance);
    }
    Ok(())
}

/// How many articles the store took in or replaced after a time, and the rows of those that the table has.
fn articles_since(
    store: &Store,
    table: &ArticleTable,
    time: DateTime<Utc>,
) -> Result<(u64, HashSet<usize>), AnalyzeError> {
    let (mut articles, mut new) = (0, HashSet::new());
    stream(store, "articles", "SELECT article_id, ingested_at FROM articles", |rows| {
        let (ids, times) = (rows.strings("article_id")?, rows.micros("ingested_at")?);
        for i in (0..rows.len()).filter(|&i| times.value(i) > time.timestamp_micros()) {
            articles += 1;
            new.extend(table.row(ids.value(i)));
        }
        Ok(())
    })?;
    Ok((articles, new))
}

fn compare(
    analysis: &Analysis,
    estimator: &Estimator<'_>,
    previous: &PreviousReport,
    (new_articles, new): (u64, &HashSet<usize>),
) -> SinceLast {
    let (new_rows, others): (Vec<usize>, Vec<usize>) =
        estimator.table.counted().iter().copied().partition(|row| new.contains(row));
    let related = || {
        let sentences = new_rows.iter().map(|&row| estimator.table.sentences(row, Population::Relations));
        sentences.filter(|&sentences| sentences > 0.0)
    };
    let other_annotations =
        previous.other_annotations(&analysis.provenance).map(|(then, now)| OtherAnnotations { then, now });
    let past = previous.change_points.as_deref().filter(|_| other_annotations.is_none());
    let (appeared, went) = past.map(|past| changes(&analysis.change_points, past)).unwrap_or_default();
    let (new_outlets, new_outlets_total) = new_outlets(analysis, previous);
    let (coverage, then) = (&analysis.coverage, &previous.coverage);
    SinceLast {
        generated_at: previous.generated_at,
        other_annotations,
        articles: ThenNow { then: then.articles, now: coverage.articles },
        relations: ThenNow { then: then.relations, now: coverage.relations },
        sources: ThenNow { then: then.sources, now: coverage.sources },
        new_articles,
        new_related: related().count() as u64,
        new_relations: related().sum::<f64>() as u64,
        new_outlets,
        new_outlets_total,
        levels: levels(estimator, &new_rows, &others),
        appeared,
        went,
        evidence: sentences(&analysis.evidence, |id| {
            estimator.table.row(id).is_some_and(|r| new.contains(&r))
        }),
    }
}

/// Outlets that an earlier report does not list, and how many; none where it lists nothing at all.
fn new_outlets(analysis: &Analysis, previous: &PreviousReport) -> (Vec<String>, u64) {
    let Some(known) = &previous.sources else { return (Vec::new(), 0) };
    let known: HashSet<&str> = known.iter().map(|outlet| outlet.source.as_str()).collect();
    let unknown = outlet(None);
    let mut new: Vec<String> = analysis.sources.iter().map(|row| row.source.clone()).collect();
    new.retain(|source| !known.contains(source.as_str()) && source != unknown);
    let total = new.len() as u64;
    new.truncate(MAX_OUTLETS);
    (new, total)
}

/// Every metric over the new articles, the others, and the difference.
fn levels(estimator: &Estimator<'_>, new: &[usize], others: &[usize]) -> Vec<LevelSince> {
    if new.is_empty() {
        return Vec::new();
    }
    let wanted = estimator.all_metrics();
    let sampled = estimator.estimate(new, "new", &wanted).into_iter();
    let pairs = sampled.zip(estimator.estimate(others, "others", &wanted));
    let mut levels: Vec<LevelSince> = estimator
        .metrics
        .iter()
        .zip(pairs)
        .filter_map(|(metric, (new, others))| {
            let new = new?;
            Some(LevelSince {
                metric: metric.id.clone(),
                difference: others.as_ref().map(|others| difference(others, &new)),
                others: others.map(|others| others.estimate),
                new: new.estimate,
            })
        })
        .collect();
    let size = |level: &LevelSince| level.difference.as_ref().map_or(0.0, relative_size);
    // The sort is stable: metrics that differ equally stay in their usual order.
    levels.sort_by(|x, y| clearest_first((x.is_clear(), size(x)), (y.is_clear(), size(y))));
    levels
}

/// Places of the changes that are new, and the past ones that are gone. Two are the same change where the metric is and
/// their intervals of days overlap.
fn changes(now: &[ChangePoint], past: &[PastChange]) -> (Vec<usize>, Vec<PastChange>) {
    let are_same = |now: &ChangePoint, past: &PastChange| {
        now.metric == past.metric && now.overlaps(past.earliest, past.latest)
    };
    let appeared = now.iter().enumerate().filter(|(_, now)| !past.iter().any(|past| are_same(now, past)));
    let went = past.iter().filter(|past| !now.iter().any(|now| are_same(now, past)));
    (appeared.map(|(place, _)| place).collect(), went.cloned().collect())
}

/// Places of the new sentences that say most, each from another outlet: by their largest frame plus the size of their tone.
fn sentences(evidence: &[Evidence], is_new: impl Fn(&str) -> bool) -> Vec<usize> {
    let weight = |e: &Evidence| e.frames.iter().copied().fold(0.0, f32::max) + e.tone.abs();
    let mut new: Vec<(usize, f32)> = evidence
        .iter()
        .enumerate()
        .filter(|(_, e)| is_new(&e.article_id))
        .map(|(place, e)| (place, weight(e)))
        .collect();
    // Stable: of equals the earlier one comes first.
    new.sort_by(|x, y| y.1.total_cmp(&x.1));
    let mut outlets = HashSet::new();
    new.retain(|&(place, _)| outlets.insert(outlet(evidence[place].source.as_deref())));
    new.into_iter().take(MAX_SENTENCES).map(|(place, _)| place).collect()
}

#[cfg(test)]
mod simulation;

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2025, 3, day).expect("a day")
    }

    fn past(metric: &str, earliest: u32, latest: u32) -> PastChange {
        PastChange {
            metric: metric.to_owned(),
            date: day(latest),
            earliest: day(earliest),
            latest: day(latest),
        }
    }

    fn now(metric: &str, earliest: u32, latest: u32) -> ChangePoint {
        let estimate = Estimate { value: 0.0, low: 0.0, high: 0.0, articles: 1, sentences: 1 };
        ChangePoint {
            metric: metric.to_owned(),
            date: day(latest),
            earliest: day(earliest),
            latest: day(latest),
            since: day(1),
            until: day(31),
            before: estimate,
            after: estimate,
            difference: estimate,
            p_value: 0.01,
            adjusted_p: 0.02,
            frames: Vec::new(),
            sources: Vec::new(),
            co_actors: Vec::new(),
            evidence: Vec::new(),
        }
    }

    #[test]
    fn a_change_is_the_same_where_its_days_overlap() {
        let found = [now("tone", 5, 9), now("tone", 20, 22), now("frame_rivalry", 5, 9)];
        let before = [past("tone", 9, 12), past("frame_rivalry", 10, 12), past("stance_a_to_b", 5, 9)];
        let (appeared, went) = changes(&found, &before);
        assert_eq!(appeared, [1, 2]);
        assert_eq!(went, before[1..]);
        assert_eq!(changes(&[], &[]), (Vec::new(), Vec::new()));
    }
}
