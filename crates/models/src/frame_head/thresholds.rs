//! From which probability a frame counts as present.

use ndarray::{Array1, Array2, ArrayView1};

/// The lowest threshold that is tried; a frame that ends up there is as good as always said.
pub const LOWEST_THRESHOLD: f32 = 0.15;
/// Thresholds that are tried, as in scripts/train/calibrate.py: from 0.15 to 0.7.
const FIRST: f64 = 0.15;
const STEP: f64 = 0.025;
const TRIED: usize = 23;
/// Neighbours over which F1 is smoothed on either side.
const REACH: isize = 2;

/// One threshold a frame, half way between the one with the best smoothed F1 of the frame and the one with the best mean over
/// the frames: with few examples, a frame's own optimum is noisy. As `choose_thresholds` in scripts/train/calibrate.py, but of
/// equals the one nearest 0.5 is taken. Both arguments are `[examples, frames]`.
pub(super) fn choose(gold: &Array2<f64>, probabilities: &Array2<f64>) -> Vec<f32> {
    let curves: Vec<Array1<f64>> = gold
        .columns()
        .into_iter()
        .zip(probabilities.columns())
        .map(|(gold, probabilities)| {
            smooth(&Array1::from_shape_fn(TRIED, |i| f1(gold, probabilities, threshold(i))))
        })
        .collect();
    let mean =
        curves.iter().fold(Array1::zeros(TRIED), |sum, curve| sum + curve) / curves.len().max(1) as f64;
    let common = best(&mean);
    curves.iter().map(|curve| (((common + best(curve)) / 2.0 * 1000.0).round() / 1000.0) as f32).collect()
}

fn threshold(number: usize) -> f64 {
    FIRST + STEP * number as f64
}

fn f1(gold: ArrayView1<'_, f64>, probabilities: ArrayView1<'_, f64>, threshold: f64) -> f64 {
    let (mut right, mut marked) = (0.0, 0.0);
    for (&gold, &probability) in gold.iter().zip(probabilities) {
        let present = f64::from(u8::from(probability >= threshold));
        right += gold * present;
        marked += gold + present;
    }
    if marked > 0.0 { 2.0 * right / marked } else { 0.0 }
}

/// Mean over each place and its neighbours; beyond the ends stands the last value.
fn smooth(curve: &Array1<f64>) -> Array1<f64> {
    let last = curve.len() as isize - 1;
    Array1::from_shape_fn(curve.len(), |place| {
        let near = (-REACH..=REACH).map(|off| curve[(place as isize + off).clamp(0, last) as usize]);
        near.sum::<f64>() / (2 * REACH + 1) as f64
    })
}

fn best(curve: &Array1<f64>) -> f64 {
    let distance = |number: usize| (threshold(number) - 0.5).abs();
    let better = |best: usize, other: usize| {
        // Sums in another order differ in the last digits; those are no reason.
        let gain = curve[other] - curve[best];
        gain > 1e-9 || (gain > -1e-9 && distance(other) < distance(best))
    };
    threshold((1..curve.len()).fold(0, |best, other| if better(best, other) { other } else { best }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_lies_between_what_is_apart() {
        let gold = ndarray::arr2(&[[1.0], [1.0], [0.0], [0.0]]);
        let apart = ndarray::arr2(&[[0.4], [0.35], [0.1], [0.05]]);
        let chosen = choose(&gold, &apart)[0];
        assert!((0.15..=0.35).contains(&chosen), "{chosen}");
        let wide = ndarray::arr2(&[[0.9], [0.95], [0.01], [0.02]]);
        assert!((choose(&gold, &wide)[0] - 0.5).abs() < 0.01, "of equals the one nearest 0.5");
    }

    #[test]
    fn what_is_never_told_apart_stays_at_the_floor() {
        let gold = ndarray::arr2(&[[1.0], [1.0], [0.0]]);
        let low = ndarray::arr2(&[[0.16], [0.01], [0.16]]);
        assert_eq!(choose(&gold, &low), [LOWEST_THRESHOLD]);
    }

    #[test]
    fn frames_pull_each_other_half_way() {
        let gold = ndarray::arr2(&[[1.0, 1.0], [0.0, 0.0], [1.0, 1.0], [0.0, 0.0]]);
        let alone = |low: f64, high: f64| ndarray::arr2(&[[high], [low], [high], [low]]);
        let both = ndarray::arr2(&[[0.25, 0.65], [0.2, 0.6], [0.25, 0.65], [0.2, 0.6]]);
        let one = gold.slice(ndarray::s![.., ..1]).to_owned();
        let (low, high) = (choose(&one, &alone(0.2, 0.25))[0], choose(&one, &alone(0.6, 0.65))[0]);
        let chosen = choose(&gold, &both);
        assert!(low < high && chosen[1] - chosen[0] < high - low, "{low} {high} {chosen:?}");
    }
}
