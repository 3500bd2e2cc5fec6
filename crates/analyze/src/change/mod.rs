//! Days on which a metric changes its level, with their significance.
//!
//! # Data
//!
//! Article `i` gives a sum `s` over its sentences and their number `c`; the metric over a set of articles is
//! `m = Σs / Σc`. Articles of one day often report one event, so that days are the units: day `d` has sums
//! `S`, `C` and the residual `R = S - m C` (linearised ratio; Cochran, "Sampling Techniques", 3rd ed., 1977,
//! chapter 6). A change lies between two days with articles. A level needs 10 articles on 5 days at least:
//! on fewer days, one event could be taken for a level.
//!
//! # Statistic
//!
//! A run `A` of `k` of the `n` days of a segment is compared with the others, `B`, by the studentised
//! difference of their ratios, which holds its size where the spread grows or falls over time:
//!
//! ```text
//! t² = (m_A - m_B)² / (V_A / C_A² + V_B / C_B²)
//! V_A = λ k/(k-1) Σ_A (S - m_A C)² + (1-λ) v Σ_A c²     λ = k / (k + 10)     v = ΣR² / Σc²
//! ```
//!
//! `V` mixes the variance seen in the run with one common to the segment, since a few days that agree by
//! chance must not look certain (as in Smyth, "Linear models and empirical Bayes methods for assessing
//! differential expression in microarray experiments", 2004). The score is `|t| - √(2 ln(n² / (k (n-k))))`;
//! the penalty gives short and long runs an equal chance (Dümbgen and Spokoiny, "Multiscale testing of
//! qualitative hypotheses", Annals of Statistics 29, 2001). The statistic of a segment is the largest score
//! over
//!
//! - every run from its start: a level that lasts (CUSUM);
//! - runs inside it: a level that ends again, which a CUSUM hardly sees (circular binary segmentation:
//!   Olshen, Venkatraman, Lucito and Wigler, Biostatistics 5, 2004). They lie on a grid that is fine
//!   relative to their length, which costs little power and makes the scan linear in the days (Walther,
//!   "Optimal and fast detection of spatial clusters with scan statistics", Annals of Statistics 38, 2010),
//!   and score 0.35 less, chosen by simulation so that both kinds of shift are found about equally well.
//!
//! # Significance
//!
//! - A test permutes whole days, 999 times or more; its p-value is the share of arrangements, that of the
//!   data counted, with a statistic as large (Antoch and Hušková, "Permutation tests in change point
//!   analysis", 2001). It stops when the outcome is settled (Besag and Clifford, "Sequential Monte Carlo
//!   p-values", Biometrika 78, 1991); p-values above the level are therefore rough. Independent days of
//!   equal distribution, whatever its shape, give false alarms in at most 5 % of series; since the statistic
//!   is studentised this holds nearly where the size or spread of days differs over time (Chung and Romano,
//!   "Exact and asymptotically robust permutation tests", Annals of Statistics 41, 2013).
//! - Days that resemble their neighbours (a story that runs for a week) differ more over long runs than
//!   independent days do. Where autocorrelation is clear, `|t|` of the data is divided by the square root of
//!   the long-run variance over the plain one (Antoch, Hušková and Prášková, "Effect of dependence on
//!   statistics for determination of change", 1997), measured within windows of 30 days.
//! - Over the series of an analysis the first tests are adjusted to a false discovery rate (Benjamini and
//!   Hochberg, 1995; for metrics that rise together: Benjamini and Yekutieli, 2001): of the series reported
//!   to change, at most 5 % are expected not to. A family-wise level would cost the power to find single
//!   changes.
//! - A series that passes is divided where the largest score lies. All its segments are then tested again by
//!   one test that permutes days within segments, until a test fails (E-divisive: Matteson and James, "A
//!   nonparametric approach for multiple change point analysis of multivariate data", 2014): a wrong further
//!   change needs one false alarm, however many segments there are. The level of these tests is 5 % times
//!   the share of series that passed (Benjamini and Bogomolov, "Selective inference on multiple families of
//!   hypotheses", 2014). An adjusted p-value is never below that of the test before.
//! - Every change is moved to the best place between its neighbours (Bai, "Estimating multiple breaks one at
//!   a time", 1997). One that a test among the days between its neighbours does not bear out at 5 % is
//!   dropped, the least certain first, while there are others.
//!
//! # Date
//!
//! The 95 % interval holds all places whose likelihood ratio to the best one is not too small, `2 ln LR ≤
//! 7.35`, the quantile of `(1 - exp(-x/2))²` (Hansen, "Sample splitting and threshold estimation",
//! Econometrica 68, 2000; Eo and Morley, "Likelihood-ratio-based confidence sets for the timing of
//! structural breaks", Quantitative Economics 6, 2015). Unlike the percentiles of a bootstrap it does not
//! take the size of the change, which is overrated after a search, for known.
//!
//! # What the numbers do not say
//!
//! - A p-value is not the probability that nothing changed. Small ones say that days in random order seldom
//!   differ as much; they do not tell the cause (news, another mix of outlets, another wording).
//! - Resemblance of neighbouring days is allowed for as far as it shows. What is too weak to show, or lasts
//!   for months, still gives too many changes: in simulations 10 to 13 % of quiet series changed with a
//!   correlation of 0.2 from day to day and 22 % with 0.8 (without the allowance about 28 % with 0.2 and 87 %
//!   with 0.5), and 10 % where the spread of days tripled half-way.
//! - A difference between levels is on average too large, because it was searched for. A slow drift appears
//!   as one or more steps.
//! - No change found does not mean that none took place. A shift of one standard deviation between days over
//!   30 days with one article each is found some 6 times in 7. Where few long articles hold most of the
//!   sentences, only they count: of shifts over 60 days, 6 in 10 are then found. A shift of fewer than some
//!   ten days is hardly ever found.
//!
//! The result depends on the observations and the options alone, not on threads.

mod adjust;
mod days;
mod dependence;
mod permutation;
mod scan;
mod segmentation;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;

use chrono::{Days, NaiveDate};
use rayon::prelude::*;

use crate::bootstrap::fnv1a;

pub(crate) use adjust::benjamini_hochberg;
use days::Day;
use segmentation::{Place, Segmentation, Test, bounds, evidence};

/// Fewest articles in a segment.
pub(crate) const MIN_ARTICLES: f64 = 10.0;

/// Fewest days with an article in a segment.
pub(crate) const MIN_DAYS: usize = 5;

/// 95 % quantile of twice the log likelihood ratio between the best place and the true one,
/// `P(x) = (1 - exp(-x / 2))²` (Hansen, 2000).
const PLACE_95: f64 = 7.352_276_694;

/// What one article says about a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Observation {
    /// Publication date in UTC.
    pub(crate) day: NaiveDate,
    /// Sum of the metric over its sentences.
    pub(crate) sum: f64,
    /// Number of its sentences that carry the metric; articles with none are left out.
    pub(crate) count: f64,
}

/// A series of articles in any order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Labelled<'s> {
    /// Name of the series; seeds its permutations.
    pub(crate) label: &'s str,
    /// Its articles.
    pub(crate) observations: &'s [Observation],
}

/// How to test.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Options {
    /// False discovery rate over all series, 0.001 to 0.5.
    pub(crate) level: f64,
    /// Most permutations a test. Raised to `2 · series / level`, below which a single change among many
    /// series could not be significant.
    pub(crate) permutations: usize,
    /// Seed of the permutations.
    pub(crate) seed: u64,
}

impl Options {
    /// A false discovery rate of 5 % with 999 permutations.
    pub(crate) fn new(seed: u64) -> Self {
        Self { level: 0.05, permutations: 999, seed }
    }

    /// With enough permutations for so many series, and a level that is one.
    fn for_series(self, series: usize) -> Self {
        let level = self.level.clamp(0.001, 0.5);
        let needed = (2.0 * series as f64 / level).ceil() as usize;
        Self { level, permutations: self.permutations.max(needed.saturating_sub(1)), ..self }
    }
}

/// The days between two changes, or between a change and an end of the series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Level {
    /// First day with an article.
    pub(crate) first_day: NaiveDate,
    /// Last day with an article.
    pub(crate) last_day: NaiveDate,
    /// The metric: sum over the sentences divided by their number.
    pub(crate) ratio: f64,
    /// Articles that carry the metric.
    pub(crate) articles: u64,
    /// Sentences that carry it.
    pub(crate) sentences: f64,
}

/// A change of the level of a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Change {
    /// The level up to the change; its last day is the last before the change.
    pub(crate) before: Level,
    /// The level from the change on; its first day is the first after the change.
    pub(crate) after: Level,
    /// Ratio after less ratio before.
    pub(crate) difference: f64,
    /// Earliest first day of the new level, 95 % interval.
    pub(crate) earliest: NaiveDate,
    /// Latest first day of the new level, 95 % interval.
    pub(crate) latest: NaiveDate,
    /// p-value of the test that found the change. Two changes found as a pair share theirs.
    pub(crate) p_value: f64,
    /// The same, adjusted for all series and for the tests before it.
    pub(crate) adjusted: f64,
}

/// Changes of every series by date; most series may have none.
pub(crate) fn changes(series: &[Labelled<'_>], options: Options) -> Vec<Vec<Change>> {
    let days: Vec<Vec<Day>> = series.par_iter().map(|series| days::days(series.observations)).collect();
    let options = options.for_series(series.len());
    let mut tested: Vec<(Segmentation<'_>, Option<Test>)> = series
        .par_iter()
        .zip(&days)
        .map(|(series, days)| {
            let mut segmentation = Segmentation::new(days, options.seed ^ fnv1a(series.label), options);
            let test = segmentation.test(options.level);
            (segmentation, test)
        })
        .collect();
    let p_values: Vec<f64> = tested.iter().filter_map(|(_, test)| Some(test.as_ref()?.p_value)).collect();
    let mut adjusted = benjamini_hochberg(&p_values).into_iter();
    let selected: Vec<Option<f64>> = tested
        .iter()
        .map(|(_, test)| test.as_ref().and_then(|_| adjusted.next()).filter(|&p| p <= options.level))
        .collect();
    let discoveries = selected.iter().flatten().count();
    let factor = p_values.len() as f64 / discoveries.max(1) as f64;
    tested
        .par_drain(..)
        .zip(selected)
        .zip(&days)
        .map(|(((mut segmentation, test), adjusted), days)| match (test, adjusted) {
            (Some(test), Some(adjusted)) => {
                segmentation.accept(&test, adjusted);
                segmentation.split_further(factor, adjusted);
                let inflation = segmentation.inflation;
                described(days, &segmentation.finish(), inflation)
            }
            _ => Vec::new(),
        })
        .collect()
}

/// Puts levels and intervals to the places of changes.
fn described(days: &[Day], places: &[Place], inflation: f64) -> Vec<Change> {
    let bounds = bounds(places, days.len());
    let levels: Vec<Level> = bounds.windows(2).filter_map(|ends| level(&days[ends[0]..ends[1]])).collect();
    places
        .iter()
        .zip(levels.windows(2))
        .zip(bounds.windows(3))
        .map(|((place, levels), ends)| {
            let (first, last) = interval(&days[ends[0]..ends[2]], ends[1] - ends[0], inflation);
            let last_before = days[ends[0] + first - 1].date;
            Change {
                before: levels[0],
                after: levels[1],
                difference: levels[1].ratio - levels[0].ratio,
                earliest: last_before.checked_add_days(Days::new(1)).unwrap_or(last_before),
                latest: days[ends[0] + last].date,
                p_value: place.p_value,
                adjusted: place.adjusted,
            }
        })
        .collect()
}

fn level(days: &[Day]) -> Option<Level> {
    let total = |of: fn(&Day) -> f64| days.iter().map(of).sum::<f64>();
    let (sum, sentences) = (total(|day| day.sum), total(|day| day.count));
    Some(Level {
        first_day: days.first()?.date,
        last_day: days.last()?.date,
        ratio: sum / sentences,
        articles: total(|day| day.articles) as u64,
        sentences,
    })
}

/// First and last place of the 95 % interval around the change at `place`.
fn interval(days: &[Day], place: usize, inflation: f64) -> (usize, usize) {
    let evidence = evidence(days);
    let most = evidence.iter().map(|&(_, evidence)| evidence).fold(f64::NEG_INFINITY, f64::max);
    evidence
        .into_iter()
        .filter(|&(_, evidence)| most - evidence <= PLACE_95 * inflation * inflation)
        .fold((place, place), |(first, last), (place, _)| (first.min(place), last.max(place)))
}
