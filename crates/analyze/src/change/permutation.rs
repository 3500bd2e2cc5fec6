//! Significance by permutation of days.

use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::scan::Scan;

/// Permutations computed between two looks at whether the outcome is settled.
const AT_A_TIME: usize = 64;

/// How far permutations go and where they start.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    /// Most permutations.
    pub(super) most: usize,
    /// Seed of the test.
    pub(super) seed: u64,
    /// p-values above this level need not be exact.
    pub(super) level: f64,
}

/// p-value of `observed`, the largest score over all scans: the share of permutations, that of the data
/// counted, in which any scan reaches it. Each scan's days are permuted among themselves.
///
/// Stops where the p-value is above the level for sure (Besag and Clifford, 1991): after the `h`-th
/// permutation of `l` that reaches it, with `h` the least number that makes the p-value exceed the level, it
/// is `h / l`. Depends on the arguments alone, not on threads.
pub(super) fn p_value(scans: &[Scan], observed: f64, plan: Plan) -> f64 {
    // Equal arrangements must count although their sums are rounded differently.
    let threshold = observed - 1e-9 * observed.abs().max(1.0);
    let enough = (plan.level * (plan.most + 1) as f64).floor() as usize + 1;
    let mut reached = 0;
    for start in (0..plan.most).step_by(AT_A_TIME) {
        let batch: Vec<bool> = (start..plan.most.min(start + AT_A_TIME))
            .into_par_iter()
            .map(|number| is_reached(scans, threshold, seed_of(plan.seed, number as u64)))
            .collect();
        for (offset, is_reached) in batch.into_iter().enumerate() {
            reached += usize::from(is_reached);
            if reached == enough {
                return reached as f64 / (start + offset + 1) as f64;
            }
        }
    }
    (reached + 1) as f64 / (plan.most + 1) as f64
}

fn is_reached(scans: &[Scan], threshold: f64, seed: u64) -> bool {
    let mut rng = SmallRng::seed_from_u64(seed);
    let mut before = Vec::new();
    scans.iter().any(|scan| {
        let mut points = scan.segment.points.clone();
        points.shuffle(&mut rng);
        scan.reaches(&points, &mut before, threshold)
    })
}

/// Seed number `number` of a family; neighbouring numbers get seeds far apart.
pub(super) fn seed_of(seed: u64, number: u64) -> u64 {
    seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}
