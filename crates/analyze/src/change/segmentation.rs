//! Splits a series at its changes, one test after the other.

use super::Options;
use super::days::{Day, Segment, Totals};
use super::dependence::inflation;
use super::permutation::{Plan, p_value, seed_of};
use super::scan::{Run, Runs, Scan};

/// A place between two days where the ratio changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    /// Index of the first day after the change.
    pub(super) day: usize,
    /// p-value of the test that found it.
    pub(super) p_value: f64,
    /// The same, adjusted for the number of series and all tests before it.
    pub(super) adjusted: f64,
}

/// Outcome of one test over all segments of a series.
#[derive(Debug, Clone)]
pub(super) struct Test {
    pub(super) p_value: f64,
    /// Indices of the first days after the changes that it would add, one or two.
    ends: Vec<usize>,
}

/// A series on its way to its changes.
#[derive(Debug)]
pub(super) struct Segmentation<'d> {
    days: &'d [Day],
    places: Vec<Place>,
    seed: u64,
    rounds: u64,
    options: Options,
    /// See [`inflation`].
    pub(super) inflation: f64,
}

impl<'d> Segmentation<'d> {
    pub(super) fn new(days: &'d [Day], seed: u64, options: Options) -> Self {
        let best = Segment::new(days).and_then(|segment| Scan::new(segment, Runs::All, 1.0).best());
        let inflation = best.map_or(1.0, |run| inflation(days, &[run.from, run.to]));
        Self { days, places: Vec::new(), seed, rounds: 0, options, inflation }
    }

    /// Tests whether any segment has a change; `None` where none is long enough. p-values above `level` are
    /// rough.
    pub(super) fn test(&mut self, level: f64) -> Option<Test> {
        let bounds = self.bounds();
        let (starts, scans): (Vec<usize>, Vec<Scan>) = bounds
            .windows(2)
            .filter_map(|ends| {
                Some((
                    ends[0],
                    Scan::new(Segment::new(&self.days[ends[0]..ends[1]])?, Runs::All, self.inflation),
                ))
            })
            .unzip();
        let (place, run) = scans
            .iter()
            .enumerate()
            .filter_map(|(place, scan)| Some((place, scan.best()?)))
            .max_by(|a, b| a.1.score.total_cmp(&b.1.score))?;
        let plan = self.plan(level);
        let p_value = p_value(&scans, run.score, plan);
        let Run { from, to, .. } = scans[place].refined(run);
        let ends = [from, to].into_iter().filter(|&end| end > 0 && end < scans[place].segment.days());
        Some(Test { p_value, ends: ends.map(|end| end + starts[place]).collect() })
    }

    /// Adds the changes of a test that was significant.
    pub(super) fn accept(&mut self, test: &Test, adjusted: f64) {
        let places = test.ends.iter().map(|&day| Place { day, p_value: test.p_value, adjusted });
        self.places.extend(places);
        self.places.sort_by_key(|place| place.day);
        self.relocate();
    }

    /// Tests and accepts until a test fails. An adjusted p-value is `factor` times the p-value, never below
    /// that of the test before it.
    pub(super) fn split_further(&mut self, factor: f64, first_adjusted: f64) {
        let (level, mut adjusted) = (self.options.level / factor, first_adjusted);
        while let Some(test) = self.test(level)
            && test.p_value <= level
        {
            adjusted = adjusted.max(test.p_value * factor);
            self.accept(&test, adjusted);
        }
    }

    /// The changes, each at its best place between its neighbours, without those that the days between
    /// their neighbours do not bear out.
    pub(super) fn finish(mut self) -> Vec<Place> {
        while self.places.len() > 1
            && let Some(weakest) = self.weakest()
        {
            self.places.remove(weakest);
            self.relocate();
        }
        self.places
    }

    /// The change that differs least from chance among the days between its neighbours, if that may be
    /// chance at the level of the options.
    fn weakest(&mut self) -> Option<usize> {
        let bounds = self.bounds();
        let tested: Vec<f64> = bounds
            .windows(3)
            .map(|ends| {
                let plan = self.plan(self.options.level);
                let scan = Segment::new(&self.days[ends[0]..ends[2]])
                    .map(|s| Scan::new(s, Runs::Edge, self.inflation));
                let best = scan.as_ref().and_then(Scan::best).map(|run| run.score);
                match (scan, best) {
                    (Some(scan), Some(score)) => p_value(&[scan], score, plan),
                    _ => 1.0,
                }
            })
            .collect();
        let (weakest, &p_value) = tested.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
        (p_value > self.options.level).then_some(weakest)
    }

    /// Moves every change to the place between its neighbours where the ratios differ most (Bai, 1997),
    /// twice, because a neighbour may have moved.
    fn relocate(&mut self) {
        for _ in 0..2 {
            for number in 0..self.places.len() {
                let bounds = self.bounds();
                let best = evidence(&self.days[bounds[number]..bounds[number + 2]])
                    .into_iter()
                    .max_by(|a, b| a.1.total_cmp(&b.1));
                if let Some((place, _)) = best {
                    self.places[number].day = bounds[number] + place;
                }
            }
        }
    }

    /// Start of the series, first day after every change, end.
    pub(super) fn bounds(&self) -> Vec<usize> {
        bounds(&self.places, self.days.len())
    }

    fn plan(&mut self, level: f64) -> Plan {
        self.rounds += 1;
        Plan { most: self.options.permutations, seed: seed_of(self.seed, self.rounds << 32), level }
    }
}

/// Start of the series, first day after every change, end.
pub(super) fn bounds(places: &[Place], days: usize) -> Vec<usize> {
    std::iter::once(0).chain(places.iter().map(|place| place.day)).chain([days]).collect()
}

/// Twice the logarithm of the likelihood ratio of a change at each admissible place against none, with
/// the squared studentised difference `t²` over `n` days taken as Student's: `n ln(1 + t² / (n - 2))`. `n` is
/// Kish's effective number of days, `(ΣC)² / ΣC²`.
pub(super) fn evidence(days: &[Day]) -> Vec<(usize, f64)> {
    let Some(segment) = Segment::new(days) else { return Vec::new() };
    let mut before: Vec<Totals> = Vec::new();
    Segment::cumulate(&segment.points, &mut before);
    let (count, squared) = days
        .iter()
        .fold((0.0, 0.0), |(sum, squares), day| (sum + day.count, squares + day.count * day.count));
    let n = (count * count / squared).max(2.0 * super::MIN_DAYS as f64);
    (super::MIN_DAYS..=segment.days() - super::MIN_DAYS)
        .filter_map(|place| {
            let squared = segment.statistic(&before, 0, place)?;
            Some((place, n * (squared / (n - 2.0)).ln_1p()))
        })
        .collect()
}
