//! Series of known truth, and how often the changes found agree with it.

mod figures;

use super::*;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

pub(super) fn day(number: usize) -> NaiveDate {
    let start = NaiveDate::from_ymd_opt(2020, 1, 1).expect("a date");
    start.checked_add_days(Days::new(number as u64)).expect("a date")
}

/// What an article says.
#[derive(Clone, Copy)]
enum Values {
    /// Mean of the article normal with standard deviation 1 around the level.
    Normal,
    /// As before, but with a part of its variance (0 to 1) common to all articles of the day.
    Day(f64),
    /// As before, the common part of a day correlated with that of the day before (0 to 1).
    Serial(f64),
    /// Normal, with a standard deviation three times as large in the second half.
    Louder,
    /// A share of sentences around 0.05 plus the level: 3 of 10 articles have all of it.
    Share,
}

/// How much is written.
#[derive(Clone, Copy)]
enum Size {
    /// One article a day with one sentence.
    One,
    /// One article a day with 1 to some hundreds of sentences, most of them few.
    Unequal,
    /// 1 to 9 articles a day of unequal length.
    Several,
    /// From 1 article a day to 12, of unequal length.
    Growing,
}

#[derive(Clone, Copy)]
struct Scenario {
    name: &'static str,
    /// Days and their level.
    levels: &'static [(usize, f64)],
    values: Values,
    size: Size,
}

impl Scenario {
    fn length(&self) -> usize {
        self.levels.iter().map(|&(days, _)| days).sum()
    }

    fn true_days(&self) -> Vec<NaiveDate> {
        let ends = self.levels.iter().scan(0, |end, &(days, _)| {
            *end += days;
            Some(*end)
        });
        ends.take(self.levels.len() - 1).map(day).collect()
    }

    fn draw(&self, rng: &mut SmallRng) -> Vec<Observation> {
        let levels = self.levels.iter().flat_map(|&(days, level)| std::iter::repeat_n(level, days));
        let mut common = normal(rng);
        let mut observations = Vec::new();
        for (number, level) in levels.enumerate() {
            let memory = if let Values::Serial(memory) = self.values { memory } else { 0.0 };
            common = memory * common + (1.0 - memory * memory).sqrt() * normal(rng);
            for _ in 0..self.articles(number, rng) {
                let count = self.sentences(rng);
                let mean = match self.values {
                    Values::Normal => level + normal(rng),
                    Values::Day(part) => level + part.sqrt() * common + (1.0 - part).sqrt() * normal(rng),
                    Values::Serial(_) => level + common,
                    Values::Louder => {
                        level + if 2 * number < self.length() { 1.0 } else { 3.0 } * normal(rng)
                    }
                    Values::Share => share((level + 0.05) / 0.3, count, rng),
                };
                observations.push(Observation { day: day(number), sum: mean * count, count });
            }
        }
        observations
    }

    fn articles(&self, number: usize, rng: &mut SmallRng) -> usize {
        match self.size {
            Size::One | Size::Unequal => 1,
            Size::Several => rng.random_range(1..10),
            Size::Growing => 1 + number * rng.random_range(0..24) / (2 * self.length()),
        }
    }

    fn sentences(&self, rng: &mut SmallRng) -> f64 {
        if matches!(self.size, Size::One) {
            1.0
        } else {
            (1.4 * normal(rng) + 1.0).exp().clamp(1.0, 400.0).round()
        }
    }
}

/// A normal variable, near enough: the sum of twelve uniform ones.
pub(super) fn normal(rng: &mut SmallRng) -> f64 {
    (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0
}

/// Share of `count` sentences, each with this probability, in 3 of 10 articles.
fn share(probability: f64, count: f64, rng: &mut SmallRng) -> f64 {
    if rng.random::<f64>() > 0.3 {
        return 0.0;
    }
    (0..count as usize).filter(|_| rng.random::<f64>() < probability).count() as f64 / count
}

/// Shares of the runs of a scenario, 0 to 1.
#[derive(Debug, Default)]
struct Outcome {
    /// With any change.
    found: f64,
    /// With as many changes as there are.
    exact: f64,
    /// With more.
    more: f64,
    /// Of the true changes in exact runs: those inside their interval.
    covered: f64,
    /// Mean length of these intervals in days.
    width: f64,
}

fn simulate(scenario: Scenario, runs: u64) -> Outcome {
    let truth = scenario.true_days();
    let found: Vec<Vec<Change>> = (0..runs)
        .into_par_iter()
        .map(|run| {
            let mut rng = SmallRng::seed_from_u64(run * 7919 + 1);
            let observations = scenario.draw(&mut rng);
            changes(&[Labelled { label: scenario.name, observations: &observations }], Options::new(run))
                .remove(0)
        })
        .collect();
    let share =
        |is: &dyn Fn(usize) -> bool| found.iter().filter(|c| is(c.len())).count() as f64 / runs as f64;
    let pairs: Vec<(&Change, &NaiveDate)> = found
        .iter()
        .filter(|changes| changes.len() == truth.len())
        .flat_map(|c| c.iter().zip(&truth))
        .collect();
    let covered =
        pairs.iter().filter(|(change, day)| change.earliest <= **day && **day <= change.latest).count();
    let width: i64 = pairs.iter().map(|(change, _)| (change.latest - change.earliest).num_days() + 1).sum();
    Outcome {
        found: share(&|n| n > 0),
        exact: share(&|n| n == truth.len()),
        more: share(&|n| n > truth.len()),
        covered: covered as f64 / pairs.len().max(1) as f64,
        width: width as f64 / pairs.len().max(1) as f64,
    }
}

const fn scenario(
    name: &'static str,
    levels: &'static [(usize, f64)],
    values: Values,
    size: Size,
) -> Scenario {
    Scenario { name, levels, values, size }
}

/// Series without a change.
const QUIET: [Scenario; 7] = [
    scenario("one article a day, 60 days", &[(60, 0.0)], Values::Normal, Size::One),
    scenario("unequal articles, 60 days", &[(60, 0.0)], Values::Normal, Size::Unequal),
    scenario("unequal articles, rare frame, 200 days", &[(200, 0.0)], Values::Share, Size::Unequal),
    scenario("1 to 9 articles a day, rare frame, 60 days", &[(60, 0.0)], Values::Share, Size::Several),
    scenario("1 to 9 articles a day that agree, 60 days", &[(60, 0.0)], Values::Day(0.7), Size::Several),
    scenario("growing from 1 to 12 articles a day, 200 days", &[(200, 0.0)], Values::Normal, Size::Growing),
    scenario("growing, articles of a day agree, 200 days", &[(200, 0.0)], Values::Day(0.5), Size::Growing),
];

/// One standard deviation over 30 articles, one a day.
const SHIFTS: [Scenario; 4] = [
    scenario("30 + 30", &[(30, 0.0), (30, 1.0)], Values::Normal, Size::One),
    scenario("100 + 30", &[(100, 0.0), (30, 1.0)], Values::Normal, Size::One),
    scenario("30 + 30 + 30, back again", &[(30, 0.0), (30, 1.0), (30, 0.0)], Values::Normal, Size::One),
    scenario("100 + 30 + 100, back again", &[(100, 0.0), (30, 1.0), (100, 0.0)], Values::Normal, Size::One),
];

#[test]
fn false_alarms_stay_under_5_percent() {
    let runs = 200;
    let alarms: Vec<f64> = QUIET.iter().map(|&scenario| simulate(scenario, runs).found).collect();
    // 0.05 with two and a half standard errors of 200 runs and of all runs.
    assert!(alarms.iter().all(|&alarms| alarms < 0.09), "{alarms:?}");
    assert!(alarms.iter().sum::<f64>() / (alarms.len() as f64) < 0.062, "{alarms:?}");
}

#[test]
fn shifts_of_30_articles_are_found() {
    for scenario in SHIFTS {
        let outcome = simulate(scenario, 80);
        assert!(outcome.found >= 0.8, "{}: {outcome:?}", scenario.name);
        assert!(outcome.covered >= 0.9, "{}: {outcome:?}", scenario.name);
        assert!(outcome.more <= 0.1, "{}: {outcome:?}", scenario.name);
    }
}

#[test]
fn false_discoveries_among_25_series_are_few() {
    let (proportions, power) = discoveries(5, 16);
    assert!(proportions < 0.08, "{proportions}");
    assert!(power > 0.7, "{power}");
    let (proportions, _) = discoveries(0, 24);
    assert!(proportions < 0.17, "of 24 runs without any change: {proportions}");
}

/// Mean share of false ones among the series found to change, and share of `changing` found, of 25 series.
fn discoveries(changing: usize, runs: u64) -> (f64, f64) {
    let (quiet, loud) = (
        scenario("quiet", &[(140, 0.0)], Values::Normal, Size::Unequal),
        scenario("loud", &[(70, 0.0), (70, 1.5)], Values::Normal, Size::Unequal),
    );
    let counts: Vec<(usize, usize)> = (0..runs)
        .into_par_iter()
        .map(|run| {
            let mut rng = SmallRng::seed_from_u64(run + 1_000_000);
            let drawn: Vec<(String, Vec<Observation>)> = (0..25)
                .map(|n| (n.to_string(), if n < changing { loud } else { quiet }.draw(&mut rng)))
                .collect();
            let series: Vec<Labelled<'_>> =
                drawn.iter().map(|(label, observations)| Labelled { label, observations }).collect();
            let found = changes(&series, Options::new(run));
            let count = |part: &[Vec<Change>]| part.iter().filter(|changes| !changes.is_empty()).count();
            (count(&found[..changing]), count(&found[changing..]))
        })
        .collect();
    let proportion = |&(right, wrong): &(usize, usize)| wrong as f64 / (right + wrong).max(1) as f64;
    let right: usize = counts.iter().map(|counts| counts.0).sum();
    (
        counts.iter().map(proportion).sum::<f64>() / runs as f64,
        right as f64 / (changing.max(1) as u64 * runs) as f64,
    )
}
