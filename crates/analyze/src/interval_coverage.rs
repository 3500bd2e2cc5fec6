//! How often the 95 % intervals of levels hold a known truth, the classifier's error included.
// Ignored tests print the figures kept in scripts/measured.
#![allow(clippy::print_stdout)]

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use rayon::prelude::*;

use crate::estimate::Estimator;
use crate::metric::{Metric, means};
use crate::model::{ClassifierError, Estimate};
use crate::table::ArticleTable;

/// Articles of a corpus of which a period holds the first few.
const CORPUS: usize = 60;

/// A metric of a simulated world: true mean over all articles that might have been collected, and the deviation of the
/// classifier's error, which is one for all articles of a world.
struct Truth {
    metric: &'static str,
    mean: f64,
    deviation: f64,
}

const TRUTHS: [Truth; 4] = [
    Truth { metric: "tone", mean: 0.12, deviation: 0.05 },
    Truth { metric: "frame_rivalry", mean: 0.2, deviation: 0.03 },
    Truth { metric: "share_rivalry", mean: 0.2, deviation: 0.04 },
    Truth { metric: "share_tension", mean: 0.06, deviation: 0.02 },
];

/// What the classifier's error does in a world, and what the intervals know of it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Error {
    /// There is one, and the intervals allow for it.
    Known,
    /// There is one that the intervals do not allow for.
    Ignored,
    /// There is none.
    Absent,
}

/// A normal variable, near enough: the sum of twelve uniform ones.
fn normal(rng: &mut SmallRng) -> f64 {
    (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0
}

/// 1 to 20 sentences, most articles few.
fn sentences(rng: &mut SmallRng) -> usize {
    (0.8 * normal(rng) + 0.9).exp().clamp(1.0, 20.0).round() as usize
}

/// Mean of an article whose kind of text has this mean: 3 of 10 articles dwell on a frame, the others touch it.
fn dwelling(mean: f64, rng: &mut SmallRng) -> f64 {
    if rng.random::<f64>() < 0.3 { mean * 2.4 } else { mean * 0.4 }
}

/// Sums of an article over its sentences, in the columns of the metrics, as the classifier with these errors sees it.
fn article(errors: &[f64; 4], rng: &mut SmallRng) -> (Vec<f64>, f64) {
    let count = sentences(rng);
    let level = TRUTHS[0].mean + 0.25 * normal(rng);
    let frame = dwelling(TRUTHS[1].mean, rng);
    let shares =
        [2, 3].map(|at| dwelling(TRUTHS[at].mean * (1.0 + errors[at] / TRUTHS[at].mean).max(0.0), rng));
    let (mut tone, mut probability, mut present) = (0.0, 0.0, [0.0; 2]);
    for _ in 0..count {
        tone += level + 0.35 * normal(rng) + errors[0];
        probability += frame * (0.4 + 1.2 * rng.random::<f64>()) + errors[1];
        for (present, share) in present.iter_mut().zip(shares) {
            *present += f64::from(u8::from(rng.random::<f64>() < share));
        }
    }
    // Tone, stances, sentiments, closeness, two mean probabilities, two shares.
    (vec![tone, 0.0, 0.0, 0.0, 0.0, 0.0, probability, 0.0, present[0], present[1]], count as f64)
}

/// Estimates of the four metrics over the first articles of a world.
fn world(seed: u64, articles: usize, error: Error, draws: usize) -> Vec<Estimate> {
    let mut rng = SmallRng::seed_from_u64(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let errors = TRUTHS.each_ref().map(|truth| match error {
        Error::Absent => 0.0,
        _ => truth.deviation * normal(&mut rng),
    });
    let rows = (0..articles.max(CORPUS)).map(|_| {
        let (sums, count) = article(&errors, &mut rng);
        (None, sums, [count; 3])
    });
    let table = ArticleTable::of(rows.collect());
    let metrics = means(&["rivalry".to_owned(), "tension".to_owned()]);
    let told: Vec<ClassifierError> = match error {
        Error::Known => TRUTHS
            .iter()
            .map(|truth| ClassifierError { metric: truth.metric.to_owned(), deviation: truth.deviation })
            .collect(),
        _ => Vec::new(),
    };
    let estimator = Estimator::new(&table, &metrics, draws, seed).with_classifier_errors(&told);
    let wanted: Vec<usize> = TRUTHS.iter().map(|truth| position(&metrics, truth.metric)).collect();
    let estimates = estimator.estimate(&table.counted()[..articles], "world", &wanted);
    estimates.into_iter().map(|sampled| sampled.expect("sentences").estimate).collect()
}

fn position(metrics: &[Metric], id: &str) -> usize {
    metrics.iter().position(|metric| metric.id == id).expect("a metric")
}

/// Per metric the share of intervals that hold the truth, and their mean width.
fn coverage(articles: usize, error: Error, worlds: u64, draws: usize) -> [(f64, f64); 4] {
    let estimates: Vec<Vec<Estimate>> =
        (0..worlds).into_par_iter().map(|seed| world(seed, articles, error, draws)).collect();
    std::array::from_fn(|at| {
        let of_metric = || estimates.iter().map(|world| world[at]);
        let hits = of_metric().filter(|e| e.low <= TRUTHS[at].mean && TRUTHS[at].mean <= e.high).count();
        let width: f64 = of_metric().map(|e| e.high - e.low).sum();
        (hits as f64 / worlds as f64, width / worlds as f64)
    })
}

#[test]
fn intervals_of_levels_hold_the_truth() {
    for articles in [8, 30, 200] {
        for (truth, (share, _)) in TRUTHS.iter().zip(coverage(articles, Error::Known, 400, 400)) {
            // The standard error of a coverage of 95 % over 400 worlds is 1.1 %. A frame that one sentence in sixteen has is often
            // missing in eight articles, and then Wilson's interval, which takes articles for all or nothing, is too careful.
            let most = if articles == 8 { 1.0 } else { 0.985 };
            assert!((0.915..=most).contains(&share), "{} of {articles}: {share}", truth.metric);
        }
    }
}

#[test]
fn without_the_classifiers_error_many_articles_give_false_certainty() {
    for (truth, (share, _)) in TRUTHS.iter().zip(coverage(200, Error::Ignored, 200, 300)) {
        assert!(share < 0.9, "{}: {share}", truth.metric);
    }
}

/// The table of `scripts/measured/coverage.txt`:
/// `cargo nextest run --release -p dyad-analyze --run-ignored only -E 'test(coverage_at_every_size)' --no-capture`
#[test]
#[ignore = "takes minutes"]
fn coverage_at_every_size() {
    println!(
        "{:>8} {:<8} {}",
        "articles",
        "error",
        TRUTHS.map(|truth| format!("{:>22}", truth.metric)).concat()
    );
    for articles in [1, 2, 3, 4, 5, 6, 8, 12, 20, 30, 60, 200, 1000] {
        for error in [Error::Known, Error::Ignored, Error::Absent] {
            let cells = coverage(articles, error, 4000, 2000);
            let cells = cells.map(|(share, width)| format!("{:>14.1} % {width:.3}", 100.0 * share));
            println!("{articles:>8} {:<8} {}", format!("{error:?}"), cells.concat());
        }
    }
}
