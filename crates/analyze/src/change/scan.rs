//! Where a run of days differs most from the others.

use super::MIN_DAYS;
use super::days::{Point, Segment, Totals};

/// What a run inside the segment must exceed a run at its edge by, on the scale of standard deviations. Runs
/// inside are far more numerous; without it they would take the power from the single lasting change.
pub(super) const INNER_OFFSET: f64 = 0.35;

/// Lengths of inner runs grow by this factor at least.
const LENGTH_GROWTH: f64 = 1.3;

/// Inner runs start at every place that is a multiple of this part of their length.
const STARTS_A_LENGTH: usize = 6;

/// The runs of days to compare with the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Runs {
    /// From the start up to any place: one lasting change.
    Edge,
    /// Also those between two places: a change and its end.
    All,
}

/// Days `from..to` of a segment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Run {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Studentised difference less the penalty of its length.
    pub(super) score: f64,
}

/// A segment with what the scan needs for each length.
#[derive(Debug, Clone)]
pub(super) struct Scan {
    pub(super) segment: Segment,
    penalties: Vec<f64>,
    runs: Runs,
    /// What differences of the data are divided by since days resemble their neighbours; days in random order
    /// do not.
    inflation: f64,
}

impl Scan {
    pub(super) fn new(segment: Segment, runs: Runs, inflation: f64) -> Self {
        let days = segment.days();
        let penalties = (0..=days).map(|length| penalty(length, days)).collect();
        Self { segment, penalties, runs, inflation }
    }

    /// The run that differs most, its ends located on all places.
    pub(super) fn best(&self) -> Option<Run> {
        let mut before = Vec::new();
        Segment::cumulate(&self.segment.points, &mut before);
        let mut best = None;
        self.visit(&before, self.inflation, |run| {
            if best.is_none_or(|best: Run| run.score > best.score) {
                best = Some(run);
            }
            false
        });
        best
    }

    /// Whether any run scores `threshold` at least, with the days in the order given.
    pub(super) fn reaches(&self, points: &[Point], before: &mut Vec<Totals>, threshold: f64) -> bool {
        Segment::cumulate(points, before);
        self.visit(before, 1.0, |run| run.score >= threshold)
    }

    /// Shows every admissible run to `is_enough` until it says so; returns whether it did.
    fn visit(&self, before: &[Totals], inflation: f64, mut is_enough: impl FnMut(Run) -> bool) -> bool {
        let days = self.segment.days();
        let mut show = |from, to| self.score(before, inflation, from, to).is_some_and(&mut is_enough);
        if (MIN_DAYS..=days - MIN_DAYS).any(|place| show(0, place)) {
            return true;
        }
        if self.runs == Runs::Edge {
            return false;
        }
        let mut length = MIN_DAYS;
        while length + 2 * MIN_DAYS <= days {
            let step = (length / STARTS_A_LENGTH).max(1);
            if (MIN_DAYS..=days - MIN_DAYS - length).step_by(step).any(|from| show(from, from + length)) {
                return true;
            }
            length = (length + 1).max((length as f64 * LENGTH_GROWTH) as usize);
        }
        false
    }

    fn score(&self, before: &[Totals], inflation: f64, from: usize, to: usize) -> Option<Run> {
        let is_inner = from > 0 && to < self.segment.days();
        let penalty = self.penalties[to - from] + if is_inner { INNER_OFFSET } else { 0.0 };
        let score = self.segment.statistic(before, from, to)?.sqrt() / inflation - penalty;
        score.is_finite().then_some(Run { from, to, score })
    }

    /// Moves the ends of an inner run, which the scan takes from a grid, to the best places of all.
    pub(super) fn refined(&self, mut run: Run) -> Run {
        let days = self.segment.days();
        if run.from == 0 || run.to == days {
            return run;
        }
        let mut before = Vec::new();
        Segment::cumulate(&self.segment.points, &mut before);
        loop {
            let starts = (MIN_DAYS..=run.to - MIN_DAYS).map(|from| (from, run.to));
            let ends = (run.from + MIN_DAYS..=days - MIN_DAYS).map(|to| (run.from, to));
            let better = starts
                .chain(ends)
                .filter_map(|(from, to)| self.score(&before, self.inflation, from, to))
                .fold(run, |best, run| if run.score > best.score { run } else { best });
            if better == run {
                return run;
            }
            run = better;
        }
    }
}

/// What the largest of all studentised differences over runs of one length is expected to be, about
/// (Dümbgen and Spokoiny, 2001): with it subtracted, short and long runs have an equal chance.
fn penalty(length: usize, days: usize) -> f64 {
    let share = length as f64 / days as f64;
    if length == 0 || length == days { 0.0 } else { (2.0 * (1.0 / (share * (1.0 - share))).ln()).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::super::Observation;
    use super::super::days::days;
    use super::super::simulation::day;
    use super::*;

    fn scan(values: impl IntoIterator<Item = f64>) -> Scan {
        let observations: Vec<Observation> = values
            .into_iter()
            .enumerate()
            .map(|(i, sum)| Observation { day: day(i), sum, count: 1.0 })
            .collect();
        Scan::new(Segment::new(&days(&observations)).expect("a segment"), Runs::All, 1.0)
    }

    #[test]
    fn a_step_is_located() {
        let best = scan((0..50).map(|i| f64::from(u8::from(i >= 23)) + 0.1 * f64::from(i % 3))).best();
        let best = best.expect("a run");
        assert_eq!((best.from, best.to), (0, 23));
    }

    #[test]
    fn both_ends_of_an_inner_run_are_located() {
        let scan = scan((0..90).map(|i| f64::from(u8::from((31..58).contains(&i))) + 0.1 * f64::from(i % 3)));
        let best = scan.refined(scan.best().expect("a run"));
        assert_eq!((best.from, best.to), (31, 58));
    }
}
