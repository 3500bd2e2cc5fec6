//! Outlets with few sentences have wild means. Partial pooling pulls every mean towards that of all outlets, by as much as
//! chance explains.
//!
//! # Model
//!
//! Outlet `i` of `k` has the mean `y_i`, a ratio of sums over its articles, which varies around a true mean `θ_i` with variance
//! `V_i`; the true means vary around `μ` with variance `τ²`. Both levels are taken as normal.
//!
//! - **`V_i`.** Articles are the units. The variance between the means of an outlet's articles, pooled over all outlets and
//!   weighted by sentences, is divided by Kish's effective number of articles, `(Σc)² / Σc²`. From five articles on, the
//!   outlet's own linearised variance of a ratio (Cochran, "Sampling Techniques", 3rd ed., 1977, chapter 6) joins it with weight
//!   `n / (n + 10)`: a few articles that agree by chance must not look certain, and many tell their own spread.
//! - **`τ²`** solves `Σ (y_i - μ)² / (V_i + τ²) = k - 1` (Paule and Mandel, "Consensus values and weighting factors", Journal of
//!   Research of the National Bureau of Standards 87, 1982); it is 0 where the means differ no more than by chance.
//! - **Mean and interval** after Morris, "Parametric empirical Bayes inference: theory and applications", JASA 78, 1983,
//!   section 5, with one regressor. With `W_i = 1 / (V_i + τ²)`, `μ = ΣWy / ΣW`, `V̄ = ΣWV / ΣW`:
//!
//! ```text
//! B_i = (k-3)/(k-1) · V_i / (V_i + τ²)
//! estimate_i = (1 - B_i) y_i + B_i μ
//! s_i² = V_i (1 - (1 - W_i / ΣW) B_i) + 2/(k-3) · B_i² (V̄ + τ²) / (V_i + τ²) · (y_i - μ)²
//! ```
//!
//! The factor and the last term allow for `μ` and `τ²` being estimated. The interval is `estimate ± t s`, `t` from Student's
//! distribution with the degrees of freedom of the pooled variance.
//!
//! # What it says
//!
//! The interval holds an outlet's true mean in about 95 of 100 cases *over the outlets*, not for each of them: of an outlet that
//! really stands far out from the others and has few articles, the estimate is too close to the others. "Unknown" is no outlet and
//! takes no part.

use std::collections::BTreeMap;

use crate::estimate::Estimator;
use crate::interval::{FEW_ARTICLES, NO_SPREAD, t_975};
use crate::metric::Kind;
use crate::model::{Estimate, MetricEstimate};
use crate::table::outlet;

/// Fewest outlets whose spread can be told from chance.
const LEAST_OUTLETS: usize = 5;

/// Weight of the pooled variance beside an outlet's own, in articles.
const PRIOR_ARTICLES: f64 = 10.0;

/// Halvings of the bracket around `τ²`: enough for every digit of a double.
const HALVINGS: usize = 100;

/// Every metric from -1 to 1 by outlet, in the order of the metrics.
pub(crate) fn shrunken(estimator: &Estimator<'_>) -> BTreeMap<String, Vec<MetricEstimate>> {
    let table = estimator.table;
    let mut rows = BTreeMap::<&str, Vec<usize>>::new();
    for &row in table.counted() {
        rows.entry(table.outlet(row)).or_default().push(row);
    }
    rows.remove(outlet(None));
    let mut shrunken = BTreeMap::<String, Vec<MetricEstimate>>::new();
    for number in estimator.positions(|metric| metric.kind == Kind::Signed) {
        let metric = &estimator.metrics[number];
        let (names, outlets): (Vec<&str>, Vec<Outlet>) = rows
            .iter()
            .filter_map(|(name, rows)| {
                let articles = rows
                    .iter()
                    .map(|&row| (table.sums(row)[number], table.sentences(row, metric.population)));
                Some((*name, Outlet::of(articles)?))
            })
            .unzip();
        let range = metric.kind.range();
        for (name, (outlet, pooled)) in names.into_iter().zip(outlets.iter().zip(pool(&outlets))) {
            shrunken.entry(name.to_owned()).or_default().push(MetricEstimate {
                metric: metric.id.clone(),
                estimate: Estimate {
                    value: pooled.mean,
                    low: (pooled.mean - pooled.half_width).max(range.0),
                    high: (pooled.mean + pooled.half_width).min(range.1),
                    articles: outlet.articles as u64,
                    sentences: outlet.sentences as u64,
                },
            });
        }
    }
    shrunken
}

/// What an outlet's articles say about a metric.
#[derive(Debug, Clone, Copy)]
struct Outlet {
    articles: usize,
    /// `C = Σc`, sentences that carry the metric.
    sentences: f64,
    /// `y = Σs / C`.
    mean: f64,
    /// Kish's effective number of articles.
    effective: f64,
    /// `Σ c (s/c - y)²`, the squares between articles weighted by sentences.
    squares: f64,
    /// What `squares` is expected to be of the variance between articles: `C - Σc²/C`, 0 for a lone article.
    expected: f64,
    /// `n/(n-1) Σ (s - y c)² / C²`, the linearised variance of the mean; 0 for a lone article.
    linearised: f64,
}

impl Outlet {
    /// From every article's sum and number of sentences; `None` where no sentence carries the metric.
    fn of(articles: impl Iterator<Item = (f64, f64)> + Clone) -> Option<Self> {
        let articles = articles.filter(|&(_, sentences)| sentences > 0.0);
        let (mut n, mut sum, mut sentences, mut square) = (0_u32, 0.0, 0.0, 0.0);
        for (s, c) in articles.clone() {
            (n, sum, sentences, square) = (n + 1, sum + s, sentences + c, square + c * c);
        }
        if n == 0 {
            return None;
        }
        let mean = sum / sentences;
        let (squares, residual) = articles.fold((0.0, 0.0), |(squares, residual), (s, c)| {
            (squares + (s - mean * c).powi(2) / c, residual + (s - mean * c).powi(2))
        });
        let correction = if n > 1 { f64::from(n) / f64::from(n - 1) } else { 0.0 };
        Some(Self {
            articles: n as usize,
            sentences,
            mean,
            effective: sentences * sentences / square,
            squares,
            expected: if n > 1 { sentences - square / sentences } else { 0.0 },
            linearised: correction * residual / (sentences * sentences),
        })
    }

    /// Sampling variance of the mean; `pooled` is the variance between articles of one outlet.
    fn variance(&self, pooled: f64) -> f64 {
        let own = match self.articles {
            n if n < FEW_ARTICLES => 0.0,
            n => n as f64 / (n as f64 + PRIOR_ARTICLES),
        };
        own * self.linearised + (1.0 - own) * pooled / self.effective
    }
}

/// An outlet's estimate after pooling, with half the width of its 95 % interval.
#[derive(Debug, Clone, Copy)]
struct Pooled {
    mean: f64,
    half_width: f64,
}

/// Estimates in the order of the outlets; empty where the outlets are too few, or articles of one outlet never differ.
fn pool(outlets: &[Outlet]) -> Vec<Pooled> {
    let total = |of: fn(&Outlet) -> f64| outlets.iter().map(of).sum::<f64>();
    let degrees: usize = outlets.iter().map(|outlet| outlet.articles - 1).sum();
    if outlets.len() < LEAST_OUTLETS || degrees == 0 {
        return Vec::new();
    }
    let pooled = total(|outlet| outlet.squares) / total(|outlet| outlet.expected);
    if pooled.sqrt() <= NO_SPREAD {
        return Vec::new();
    }
    let t = t_975(degrees);
    let k = outlets.len() as f64;
    let means: Vec<(f64, f64)> =
        outlets.iter().map(|outlet| (outlet.mean, outlet.variance(pooled))).collect();
    let between = between_variance(&means);
    let (mu, weights) = weighted_mean(&means, between);
    let average = means.iter().map(|&(_, v)| v / (v + between)).sum::<f64>() / weights;
    means
        .iter()
        .map(|&(y, v)| {
            let weight = 1.0 / (v + between);
            let shrinkage = (k - 3.0) / (k - 1.0) * v * weight;
            let of_mean = v * (1.0 - (1.0 - weight / weights) * shrinkage);
            let of_between =
                2.0 / (k - 3.0) * shrinkage.powi(2) * (average + between) * weight * (y - mu).powi(2);
            Pooled { mean: y + shrinkage * (mu - y), half_width: t * (of_mean + of_between).sqrt() }
        })
        .collect()
}

/// Mean of `(mean, variance)` weighted by `1 / (variance + between)`, and the sum of the weights.
fn weighted_mean(means: &[(f64, f64)], between: f64) -> (f64, f64) {
    let (sum, weights) = means.iter().fold((0.0, 0.0), |(sum, weights), &(y, v)| {
        let weight = 1.0 / (v + between);
        (sum + weight * y, weights + weight)
    });
    (sum / weights, weights)
}

/// Variance between true means after Paule and Mandel (1982), 0 where none shows.
fn between_variance(means: &[(f64, f64)]) -> f64 {
    let excess = |between: f64| {
        let (mu, _) = weighted_mean(means, between);
        means.iter().map(|&(y, v)| (y - mu).powi(2) / (v + between)).sum::<f64>() - (means.len() - 1) as f64
    };
    if excess(0.0) <= 0.0 {
        return 0.0;
    }
    // The excess falls as the variance grows; at twice the squared range of the means it is below k/2 - (k-1).
    let (least, most) = means
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &(y, _)| (low.min(y), high.max(y)));
    let (mut low, mut high) = (0.0, 2.0 * (most - least).powi(2));
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if excess(middle) > 0.0 { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
