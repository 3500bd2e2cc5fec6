//! Whether a metric differs before and after a day that was given, not found.

use chrono::NaiveDate;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::days::{Point, Segment, Totals, days};
use super::dependence::inflation;
use super::permutation::seed_of;
use super::{MIN_DAYS, Observation};

/// Two-sided p-value of the difference between the days before `first_after` and those from it on: the share of
/// `permutations` random assignments of whole days to the two parts, that of the data counted, whose studentised
/// difference is as large. The statistic, and what is allowed for days that resemble their neighbours, are those of
/// [`super`]'s documentation, without its search.
///
/// `None` where a part has fewer than ten articles or five days with one, or all days say the same. Depends on the
/// arguments alone, not on threads.
pub(crate) fn split_p_value(
    observations: &[Observation],
    first_after: NaiveDate,
    permutations: usize,
    seed: u64,
) -> Option<f64> {
    let days = days(observations);
    let place = days.partition_point(|day| day.date < first_after);
    if place < MIN_DAYS || days.len() - place < MIN_DAYS {
        return None;
    }
    let split = Split { segment: Segment::new(&days)?, place };
    let inflation = inflation(&days, &[place]);
    let observed = split.statistic(&split.segment.points)? / (inflation * inflation);
    // Equal arrangements must count although their sums are rounded differently.
    let threshold = observed - 1e-9 * observed.max(1.0);
    let reached: usize = (0..permutations)
        .into_par_iter()
        .filter(|&number| split.is_reached(threshold, seed_of(seed, number as u64)))
        .count();
    Some((reached + 1) as f64 / (permutations + 1) as f64)
}

/// Days in two parts, the first `place` of them before.
struct Split {
    segment: Segment,
    place: usize,
}

impl Split {
    /// Squared studentised difference with the days in the order given.
    fn statistic(&self, points: &[Point]) -> Option<f64> {
        let total = |points: &[Point]| points.iter().fold(Totals::default(), |sum, &point| sum.plus(point));
        self.statistic_of(total(&points[..self.place]), total(points))
    }

    fn statistic_of(&self, before: Totals, all: Totals) -> Option<f64> {
        // Only these three places are looked at.
        let mut totals = vec![Totals::default(); self.segment.days() + 1];
        (totals[self.place], totals[self.segment.days()]) = (before, all);
        self.segment.statistic(&totals, 0, self.place).filter(|statistic| statistic.is_finite())
    }

    fn is_reached(&self, threshold: f64, seed: u64) -> bool {
        let mut points = self.segment.points.clone();
        points.shuffle(&mut SmallRng::seed_from_u64(seed));
        self.statistic(&points).is_some_and(|statistic| statistic >= threshold)
    }
}

#[cfg(test)]
mod tests {
    use super::super::simulation::{day, normal};
    use super::*;

    /// One article a day, with a step of so many standard deviations after `place`.
    fn p_value(seed: u64, place: usize, step: f64) -> Option<f64> {
        let mut rng = SmallRng::seed_from_u64(seed);
        let observations: Vec<Observation> = (0..60)
            .map(|i| {
                let level = if i < place { 0.0 } else { step };
                Observation { day: day(i), sum: level + normal(&mut rng), count: 1.0 }
            })
            .collect();
        split_p_value(&observations, day(place), 199, seed)
    }

    #[test]
    fn a_step_is_significant_and_chance_is_not() {
        assert_eq!(p_value(1, 20, 3.0), Some(0.005), "the smallest that 199 permutations can give");
        let false_alarms = (0..200).filter(|&seed| p_value(seed, 20, 0.0).is_some_and(|p| p <= 0.05)).count();
        // Binomial(200, 0.05): more than 20 have a probability below 0.002.
        assert!((2..=20).contains(&false_alarms), "{false_alarms}");
    }

    #[test]
    fn too_few_days_are_not_tested() {
        assert_eq!([p_value(1, 4, 3.0), p_value(1, 57, 3.0), p_value(1, 60, 3.0)], [None; 3]);
        assert!(p_value(1, 12, 3.0).is_some());
    }

    #[test]
    fn the_result_does_not_depend_on_threads() {
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| p_value(5, 25, 0.5))
        };
        assert_eq!(with(1), with(3));
    }
}
