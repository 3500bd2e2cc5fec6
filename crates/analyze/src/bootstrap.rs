//! Draws articles with replacement and takes the means of every draw.

use ndarray::{Array2, ArrayView2, Axis, s};
use rand::rngs::SmallRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rayon::prelude::*;

/// Most units drawn from; more articles than that are put into as many random groups. 4,096 groups give
/// the interval's width to about 1 %, less than the draws themselves leave open.
const MAX_UNITS: usize = 4096;

/// Draws computed at a time: their weights are one matrix, so that a matrix product does the sums.
const DRAWS_AT_A_TIME: usize = 64;

/// Means of every draw.
///
/// `units` has a row per article, `[articles, metrics + 1]`: the sums of every metric, then the number of
/// sentences, which must be above 0 in every row. The result is `[metrics, draws]`. Its values depend
/// on the arguments alone, not on threads. `label` names the set of articles: two sets of equal size must
/// not be drawn alike where their difference is taken.
pub(crate) fn replicates(units: Array2<f64>, draws: usize, seed: u64, label: &str) -> Array2<f64> {
    let seed = seed ^ fnv1a(label);
    let units = if units.nrows() > MAX_UNITS { random_groups(units.view(), seed) } else { units };
    let (metrics, starts) = (units.ncols() - 1, (0..draws).step_by(DRAWS_AT_A_TIME));
    let mut means = Array2::zeros((metrics, draws));
    let blocks: Vec<Array2<f64>> = starts
        .collect::<Vec<_>>()
        .into_par_iter()
        .map(|start| block(&units, start..draws.min(start + DRAWS_AT_A_TIME), seed))
        .collect();
    for (start, block) in (0..draws).step_by(DRAWS_AT_A_TIME).zip(blocks) {
        means.slice_mut(s![.., start..start + block.nrows()]).assign(&block.t());
    }
    means
}

/// Means of a range of draws, `[draws of the range, metrics]`.
fn block(units: &Array2<f64>, range: std::ops::Range<usize>, seed: u64) -> Array2<f64> {
    let mut weights = Array2::<f64>::zeros((range.len(), units.nrows()));
    for (mut weight, draw) in weights.axis_iter_mut(Axis(0)).zip(range) {
        let mut rng = SmallRng::seed_from_u64(seed.wrapping_add((draw as u64).wrapping_mul(GOLDEN)));
        for _ in 0..units.nrows() {
            weight[rng.random_range(0..units.nrows())] += 1.0;
        }
    }
    let mut totals = weights.dot(units);
    let (mut sums, sentences) = totals.view_mut().split_at(Axis(1), units.ncols() - 1);
    sums /= &sentences;
    sums.to_owned()
}

/// Adds the rows up to `MAX_UNITS` random groups whose sizes differ by one at most.
fn random_groups(units: ArrayView2<'_, f64>, seed: u64) -> Array2<f64> {
    let mut order: Vec<usize> = (0..units.nrows()).collect();
    order.shuffle(&mut SmallRng::seed_from_u64(seed));
    let mut groups = Array2::zeros((MAX_UNITS, units.ncols()));
    for (position, row) in order.into_iter().enumerate() {
        let mut group = groups.row_mut(position % MAX_UNITS);
        group += &units.row(row);
    }
    groups
}

/// 2^64 over the golden ratio: neighbouring draws get seeds far apart.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// A hash that is the same on every machine and version, which the standard library's is not.
pub(crate) fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn draws_are_the_same_for_any_number_of_threads() {
        let units = array![[0.5, 1.0, 1.0], [-0.25, 0.0, 2.0], [1.5, 2.0, 3.0], [0.0, 0.0, 1.0]];
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| replicates(units.clone(), 500, 7, "x"))
        };
        assert_eq!(with(1), with(5));
        assert_ne!(with(1), replicates(units.clone(), 500, 7, "y"));
        assert_ne!(with(1), replicates(units.clone(), 500, 8, "x"));
    }

    #[test]
    fn one_article_is_always_drawn() {
        let means = replicates(array![[3.0, 1.0, 4.0]], 100, 1, "one");
        assert!(means.row(0).iter().all(|&mean| mean == 0.75));
        assert!(means.row(1).iter().all(|&mean| mean == 0.25));
    }

    #[test]
    fn metrics_share_their_draws() {
        // The second metric is the first one mirrored, so that their means add up to 1 in every draw.
        let units = Array2::from_shape_fn((30, 3), |(row, column)| match column {
            0 => f64::from(row as u32 % 7) / 7.0,
            1 => 1.0 - f64::from(row as u32 % 7) / 7.0,
            _ => 1.0,
        });
        let means = replicates(units, 200, 3, "pair");
        assert!((&means.row(0) + &means.row(1)).iter().all(|total| (total - 1.0).abs() < 1e-12));
    }

    #[test]
    fn groups_keep_the_mean_and_its_spread() {
        let articles = 20_000;
        let units = Array2::from_shape_fn((articles, 2), |(row, column)| match column {
            0 => f64::from(u8::from(row % 4 == 0)),
            _ => 1.0,
        });
        let means = replicates(units, 1000, 11, "many");
        let mean = means.mean().expect("draws");
        assert!((mean - 0.25).abs() < 5e-4, "{mean}");
        let spread = means.std(1.0);
        let expected = (0.25_f64 * 0.75 / articles as f64).sqrt();
        assert!((spread / expected - 1.0).abs() < 0.1, "{spread} against {expected}");
    }
}
