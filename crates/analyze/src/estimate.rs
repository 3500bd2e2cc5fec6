//! Estimates with their intervals over any set of articles.

use ndarray::{Array2, Axis};

use crate::bootstrap::replicates;
use crate::interval::{
    FEW_ARTICLES, NO_SPREAD, Z_975, moderated_half_width, percentile_interval, t_975, wider, wilson,
};
use crate::metric::{COUNTS, Kind, Metric, Population};
use crate::model::{ClassifierError, Estimate};
use crate::table::ArticleTable;
use dyad_core::Side;

/// Makes estimates out of a table.
pub(crate) struct Estimator<'t> {
    pub(crate) table: &'t ArticleTable,
    pub(crate) metrics: &'t [Metric],
    /// How articles of the whole corpus differ, per metric; `None` with fewer than two articles.
    spread: Vec<Option<Spread>>,
    /// Standard deviation of the classifier's error, per metric; 0 where it is not known.
    errors: Vec<f64>,
    draws: usize,
    seed: u64,
}

/// How the means of single articles differ over the whole corpus.
#[derive(Debug, Clone, Copy)]
struct Spread {
    deviation: f64,
    /// Mean squared residual, see [`mean_square`].
    residual: f64,
    articles: usize,
}

/// An estimate and the bootstrap draws behind its interval.
pub(crate) struct Sampled {
    pub(crate) estimate: Estimate,
    pub(crate) draws: Vec<f64>,
    /// The interval of sampling alone, without the classifier's error.
    pub(crate) sampling: (f64, f64),
    /// Whether the draws tell how articles differ: there are enough articles, and they do not all say the same.
    pub(crate) has_spread: bool,
}

impl<'t> Estimator<'t> {
    pub(crate) fn new(table: &'t ArticleTable, metrics: &'t [Metric], draws: usize, seed: u64) -> Self {
        let spread = (0..metrics.len()).map(|metric| corpus_spread(table, metrics, metric)).collect();
        Self { table, metrics, spread, errors: vec![0.0; metrics.len()], draws, seed }
    }

    /// The same with the classifier's errors in the intervals of levels.
    pub(crate) fn with_classifier_errors(mut self, errors: &[ClassifierError]) -> Self {
        for (deviation, metric) in self.errors.iter_mut().zip(self.metrics) {
            let known = errors.iter().find(|error| error.metric == metric.id);
            *deviation = known.map_or(0.0, |error| error.deviation);
        }
        self
    }

    /// Positions of every metric.
    pub(crate) fn all_metrics(&self) -> Vec<usize> {
        (0..self.metrics.len()).collect()
    }

    /// Positions of the metrics of some kind.
    pub(crate) fn positions(&self, is_wanted: impl Fn(&Metric) -> bool) -> impl Iterator<Item = usize> {
        self.metrics.iter().enumerate().filter(move |(_, metric)| is_wanted(metric)).map(|(at, _)| at)
    }

    /// The counts over some articles, in the order of [`COUNTS`].
    pub(crate) fn counts(&self, rows: &[usize]) -> Vec<(&'static str, Estimate)> {
        let sentences = |population| rows.iter().map(move |&row| self.table.sentences(row, population));
        let total = |population| sentences(population).sum::<f64>() as u64;
        let articles = |population| sentences(population).filter(|&count| count > 0.0).count() as u64;
        let (a, b) = (Population::Mentions(Side::A), Population::Mentions(Side::B));
        let both = sentences(a).zip(sentences(b)).filter(|&(a, b)| a > 0.0 && b > 0.0).count() as u64;
        let relations = total(Population::Relations);
        let values = [
            (both, both, relations),
            (articles(a), articles(a), total(a)),
            (articles(b), articles(b), total(b)),
            (relations, articles(Population::Relations), relations),
        ];
        COUNTS
            .into_iter()
            .zip(values)
            .map(|(metric, (value, articles, sentences))| {
                let value = value as f64;
                (metric, Estimate { value, low: value, high: value, articles, sentences })
            })
            .collect()
    }

    /// The metrics at the given positions over some articles; `None` for one that no sentence carries.
    /// `label` names the set of articles for the bootstrap.
    pub(crate) fn estimate(&self, rows: &[usize], label: &str, wanted: &[usize]) -> Vec<Option<Sampled>> {
        let mut results: Vec<Option<Sampled>> = wanted.iter().map(|_| None).collect();
        for population in Population::ALL {
            let places: Vec<usize> = (0..wanted.len())
                .filter(|&place| self.metrics[wanted[place]].population == population)
                .collect();
            let metrics: Vec<usize> = places.iter().map(|&place| wanted[place]).collect();
            for (place, sampled) in places.into_iter().zip(self.sample(rows, label, population, &metrics)) {
                results[place] = Some(sampled);
            }
        }
        results
    }

    /// Metrics that share a population; empty where no article has a sentence of it.
    fn sample(&self, rows: &[usize], label: &str, population: Population, metrics: &[usize]) -> Vec<Sampled> {
        let members: Vec<usize> =
            rows.iter().copied().filter(|&row| self.table.sentences(row, population) > 0.0).collect();
        if members.is_empty() || metrics.is_empty() {
            return Vec::new();
        }
        let mut units = Array2::zeros((members.len(), metrics.len() + 1));
        for (mut unit, &row) in units.axis_iter_mut(Axis(0)).zip(&members) {
            for (value, &metric) in unit.iter_mut().zip(metrics) {
                *value = self.table.sums(row)[metric];
            }
            unit[metrics.len()] = self.table.sentences(row, population);
        }
        let sentences = units.column(metrics.len());
        let size = Size {
            articles: members.len(),
            sentences: sentences.sum(),
            effective: sentences.sum().powi(2) / sentences.mapv(|count| count * count).sum(),
        };
        let values: Vec<f64> =
            (0..metrics.len()).map(|column| units.column(column).sum() / size.sentences).collect();
        let residuals: Vec<f64> = values
            .iter()
            .enumerate()
            .map(|(column, &mean)| {
                mean_square(units.rows().into_iter().map(|unit| (unit[column], unit[metrics.len()])), mean)
            })
            .collect();
        let draws = replicates(units, self.draws, self.seed, label);
        metrics
            .iter()
            .zip(values.into_iter().zip(residuals))
            .zip(draws.axis_iter(Axis(0)))
            .map(|((&metric, mean), draws)| self.sampled(metric, mean, draws.to_vec(), size))
            .collect()
    }

    /// Puts the interval around a value, as the crate's documentation says; `residual` is the mean squared residual of the articles.
    fn sampled(&self, metric: usize, (value, residual): (f64, f64), draws: Vec<f64>, size: Size) -> Sampled {
        let (least, most) = draws.iter().fold((value, value), |(low, high), &v| (low.min(v), high.max(v)));
        let has_spread = most - least > NO_SPREAD && size.articles >= FEW_ARTICLES;
        let mut interval = percentile_interval(&mut draws.clone(), size.articles);
        if !has_spread {
            interval = wider(interval, self.cautious_interval(metric, value, size));
        } else if let Some(spread) = self.spread[metric] {
            let corpus = (spread.residual, spread.articles);
            let half = moderated_half_width((residual, size.articles), corpus, size.sentences);
            interval = wider(interval, (value - half, value + half));
        }
        // A skewed bootstrap may leave the estimate just outside; an interval that does would only confuse.
        let (low, high) = wider(interval, (value, value));
        let (floor, ceiling) = self.metrics[metric].kind.range();
        let clipped = |low: f64, high: f64| (low.max(floor), high.min(ceiling));
        let reach = Z_975 * self.errors[metric];
        let level = clipped(value - (value - low).hypot(reach), value + (high - value).hypot(reach));
        let estimate = Estimate {
            value,
            low: level.0,
            high: level.1,
            articles: size.articles as u64,
            sentences: size.sentences as u64,
        };
        Sampled { estimate, draws, sampling: clipped(low, high), has_spread }
    }

    /// An interval that does not rest on the differences between the articles at hand.
    fn cautious_interval(&self, metric: usize, value: f64, size: Size) -> (f64, f64) {
        let kind = self.metrics[metric].kind;
        match (kind, self.spread[metric]) {
            (Kind::Share, _) => wilson(value, size.effective),
            (_, Some(spread)) => {
                let half = t_975(spread.articles - 1) * spread.deviation / size.effective.sqrt();
                (value - half, value + half)
            }
            (_, None) => kind.range(),
        }
    }
}

/// How much an estimate rests on.
#[derive(Clone, Copy)]
struct Size {
    articles: usize,
    sentences: f64,
    /// Kish's effective number of articles.
    effective: f64,
}

/// Standard deviation between the means of single articles, weighted by their sentences.
fn corpus_spread(table: &ArticleTable, metrics: &[Metric], metric: usize) -> Option<Spread> {
    let population = metrics[metric].population;
    let pairs = || {
        table
            .counted()
            .iter()
            .map(|&row| (table.sums(row)[metric], table.sentences(row, population)))
            .filter(|&(_, sentences)| sentences > 0.0)
    };
    let articles = pairs().count();
    if articles < 2 {
        return None;
    }
    let (sum, sentences) = pairs().fold((0.0, 0.0), |(sum, total), (s, c)| (sum + s, total + c));
    let mean = sum / sentences;
    let variance = pairs().map(|(s, c)| c * (s / c - mean).powi(2)).sum::<f64>() / sentences;
    let unbiased = variance * articles as f64 / (articles - 1) as f64;
    Some(Spread { deviation: unbiased.sqrt(), residual: mean_square(pairs(), mean), articles })
}

/// Mean squared residual `(s - mean c)²` of articles with sums `s` over `c` sentences; 0 for one article.
fn mean_square(articles: impl Iterator<Item = (f64, f64)>, mean: f64) -> f64 {
    let (squares, n) = articles
        .fold((0.0, 0.0), |(squares, n), (sum, count)| (squares + (sum - mean * count).powi(2), n + 1.0));
    if n < 2.0 { 0.0 } else { squares / (n - 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::means;
    use rand::rngs::SmallRng;
    use rand::{Rng, SeedableRng};

    /// A table whose articles have the given `(tone, share of the one frame, relations)`.
    fn table(articles: &[(f64, f64, f64)]) -> ArticleTable {
        let row = |&(tone, share, n): &(f64, f64, f64)| {
            (None, vec![tone * n, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5 * n, share * n], [n, n, n])
        };
        ArticleTable::of(articles.iter().map(row).collect())
    }

    fn estimate(table: &ArticleTable, rows: &[usize], metric: &str) -> Estimate {
        let metrics = means(&["rivalry".to_owned()]);
        let position = metrics.iter().position(|m| m.id == metric).expect("a metric");
        let estimator = Estimator::new(table, &metrics, 400, 1);
        estimator.estimate(rows, "test", &[position]).remove(0).expect("sentences").estimate
    }

    /// A normal variable, near enough: the sum of twelve uniform ones.
    fn normal(rng: &mut SmallRng) -> f64 {
        (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0
    }

    #[test]
    fn intervals_hold_the_truth_about_95_times_in_100() {
        // 12 articles of 1 to 5 sentences with a tone of their own around 0.2.
        let mut rng = SmallRng::seed_from_u64(2019);
        let (worlds, truth) = (600, 0.2);
        let mut hits = 0;
        for _ in 0..worlds {
            let articles: Vec<(f64, f64, f64)> = (0..12)
                .map(|_| {
                    let sentences = f64::from(rng.random_range(1..=5u8));
                    let noise = normal(&mut rng) * 0.2 / sentences.sqrt();
                    ((truth + 0.15 * normal(&mut rng) + noise).clamp(-1.0, 1.0), 0.5, sentences)
                })
                .collect();
            let table = table(&articles);
            let interval = estimate(&table, table.counted(), "tone");
            hits += usize::from(interval.low <= truth && truth <= interval.high);
        }
        let coverage = hits as f64 / worlds as f64;
        assert!((0.92..=0.98).contains(&coverage), "{coverage}");
    }

    #[test]
    fn sentences_of_one_article_are_no_independent_evidence() {
        let mut rng = SmallRng::seed_from_u64(7);
        let tones: Vec<f64> = (0..20).map(|_| 0.2 * normal(&mut rng)).collect();
        let width = |sentences: f64| {
            let articles: Vec<_> =
                tones.iter().map(|&tone| (tone.clamp(-1.0, 1.0), 0.5, sentences)).collect();
            let table = table(&articles);
            let interval = estimate(&table, table.counted(), "tone");
            interval.high - interval.low
        };
        assert!((width(1.0) - width(50.0)).abs() < 1e-9);
    }

    #[test]
    fn one_article_is_no_certainty() {
        let table = table(&[(0.5, 1.0, 3.0), (-0.5, 0.0, 3.0), (0.1, 0.0, 3.0), (0.0, 1.0, 2.0)]);
        let tone = estimate(&table, &[0], "tone");
        assert_eq!((tone.value, tone.articles, tone.sentences), (0.5, 1, 3));
        assert!(tone.high - tone.low > 1.0 && tone.low >= -1.0 && tone.high == 1.0, "{tone:?}");
        let share = estimate(&table, &[0], "share_rivalry");
        assert_eq!((share.value, share.high), (1.0, 1.0));
        assert!((share.low - 0.2065).abs() < 1e-3, "Wilson, 1 of 1: {share:?}");
    }

    #[test]
    fn a_lone_article_tells_nothing_about_others() {
        let table = table(&[(0.5, 1.0, 3.0)]);
        let tone = estimate(&table, &[0], "tone");
        assert_eq!((tone.low, tone.high), (-1.0, 1.0));
    }

    #[test]
    fn a_frame_never_seen_may_yet_exist() {
        let table = table(&[(0.1, 0.0, 1.0); 20]);
        let share = estimate(&table, table.counted(), "share_rivalry");
        assert_eq!((share.value, share.low), (0.0, 0.0));
        assert!((share.high - 0.1611).abs() < 1e-3, "Wilson, 0 of 20: {share:?}");
    }

    #[test]
    fn counts_are_exact() {
        let table = table(&[(0.1, 0.0, 2.0), (0.3, 0.0, 0.0), (0.3, 0.0, 1.0)]);
        let metrics = means(&["rivalry".to_owned()]);
        let estimator = Estimator::new(&table, &metrics, 100, 1);
        let counts = estimator.counts(table.counted());
        assert_eq!(counts.iter().map(|(_, e)| e.value).collect::<Vec<_>>(), [2.0, 2.0, 2.0, 3.0]);
        assert!(counts.iter().all(|(_, e)| e.low == e.value && e.high == e.value));
        assert!(estimator.estimate(&[1], "empty", &[0])[0].is_none());
    }
}
