//! When metrics changed their level, and what moved with them: the statistics of [`crate::change`] on the articles of the
//! table, with estimates around each change and what drove it.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::change::{self, Labelled, Level, Observation, Options};
use crate::closeness::Closeness;
use crate::estimate::{Estimator, Sampled};
use crate::metric::{Kind, Metric};
use crate::model::{ChangePoint, Evidence, MovedFrame, MovedSource};
use crate::shift::{difference, relative_size};
use crate::table::outlet;

/// Frames and sources named for a change, at most.
const MAX_DRIVERS: usize = 3;
/// Sentences named for a change, each from another outlet.
const MAX_SENTENCES: usize = 3;
/// How long after a change (or before, for what went away) its sentences are looked for, in days.
const NEAR_DAYS: i64 = 120;

/// Every change of every mean, by date. Shares over a threshold are left out: they say again what the mean probability
/// of the same frame says, and would count twice among the series tested.
pub(crate) fn change_points(estimator: &Estimator<'_>, evidence: &[Evidence], seed: u64) -> Vec<ChangePoint> {
    let tested: Vec<(usize, &Metric)> =
        estimator.metrics.iter().enumerate().filter(|(_, metric)| metric.kind != Kind::Share).collect();
    let observations: Vec<Vec<Observation>> =
        tested.iter().map(|&(number, metric)| observations(estimator, number, metric)).collect();
    let series: Vec<Labelled<'_>> = tested
        .iter()
        .zip(&observations)
        .map(|((_, metric), observations)| Labelled { label: &metric.id, observations })
        .collect();
    let found = change::changes(&series, Options::new(seed));
    let mut points: Vec<ChangePoint> = tested
        .iter()
        .zip(&found)
        .flat_map(|(&(number, _), changes)| {
            changes.iter().filter_map(move |change| described(estimator, number, change))
        })
        .collect();
    points.sort_by(|x, y| (x.date, &x.metric).cmp(&(y.date, &y.metric)));
    for point in &mut points {
        point.evidence = sentences(point, evidence, estimator);
    }
    points
}

/// The dated articles that carry a metric.
pub(crate) fn observations(estimator: &Estimator<'_>, number: usize, metric: &Metric) -> Vec<Observation> {
    let table = estimator.table;
    table
        .counted()
        .iter()
        .filter_map(|&row| {
            let (day, count) = (table.articles[row].date?, table.sentences(row, metric.population));
            (count > 0.0).then(|| Observation { day, sum: table.sums(row)[number], count })
        })
        .collect()
}

fn described(estimator: &Estimator<'_>, number: usize, change: &change::Change) -> Option<ChangePoint> {
    let rows =
        |level: &Level| estimator.table.dated(|date| level.first_day <= date && date <= level.last_day);
    let (before, after) = (rows(&change.before), rows(&change.after));
    let metric = &estimator.metrics[number];
    let frames = estimator.positions(|other| other.kind == Kind::Probability && other.id != metric.id);
    let wanted: Vec<usize> = std::iter::once(number).chain(frames).collect();
    let estimate = |rows: &[usize], when| {
        estimator.estimate(rows, &format!("{when} {} {}", metric.id, change.after.first_day), &wanted)
    };
    let (early, late) = (estimate(&before, "before"), estimate(&after, "after"));
    let mut pairs = early.into_iter().zip(late);
    let (early, late) = pairs.next().and_then(|(early, late)| Some((early?, late?)))?;
    Some(ChangePoint {
        metric: metric.id.clone(),
        date: change.after.first_day,
        earliest: change.earliest,
        latest: change.latest,
        since: change.before.first_day,
        until: change.after.last_day,
        difference: difference(&early, &late),
        before: early.estimate,
        after: late.estimate,
        p_value: change.p_value,
        adjusted_p: change.adjusted,
        frames: moved_frames(estimator, wanted[1..].iter().copied().zip(pairs)),
        sources: moved_sources(estimator, number, &before, &after),
        co_actors: Vec::new(),
        evidence: Vec::new(),
    })
}

/// The frames whose mean probability differs clearly, the largest differences (in widths of their intervals) first.
fn moved_frames(
    estimator: &Estimator<'_>,
    pairs: impl Iterator<Item = (usize, (Option<Sampled>, Option<Sampled>))>,
) -> Vec<MovedFrame> {
    let mut moved: Vec<MovedFrame> = pairs
        .filter_map(|(frame, (early, late))| {
            let (early, late) = (early?, late?);
            let difference = difference(&early, &late);
            let name = estimator.metrics[frame].id.strip_prefix("frame_")?.to_owned();
            let (before, after) = (early.estimate.value, late.estimate.value);
            difference.leaves_out_zero().then_some(MovedFrame { frame: name, before, after, difference })
        })
        .collect();
    moved.sort_by(|x, y| relative_size(&y.difference).total_cmp(&relative_size(&x.difference)));
    moved.truncate(MAX_DRIVERS);
    moved
}

/// The outlets that contributed most to the change, in its direction.
///
/// With the metric's mean m over both levels, an outlet's contribution is what its sentences add to the distance of the
/// later level from m less what they add to that of the earlier one; contributions of all outlets add up to the difference.
fn moved_sources(
    estimator: &Estimator<'_>,
    number: usize,
    before: &[usize],
    after: &[usize],
) -> Vec<MovedSource> {
    let (table, population) = (estimator.table, estimator.metrics[number].population);
    let total = |rows: &[usize]| {
        rows.iter().fold((0.0, 0.0), |(sum, count), &row| {
            (sum + table.sums(row)[number], count + table.sentences(row, population))
        })
    };
    let (early, late) = (total(before), total(after));
    let mean = (early.0 + late.0) / (early.1 + late.1);
    let direction = late.0 / late.1 - early.0 / early.1;
    let mut outlets = BTreeMap::<&str, MovedSource>::new();
    for (rows, count, sign) in [(before, early.1, -1.0), (after, late.1, 1.0)] {
        for &row in rows {
            let sentences = table.sentences(row, population);
            if sentences == 0.0 {
                continue;
            }
            let source = table.outlet(row);
            let entry = outlets
                .entry(source)
                .or_insert_with(|| MovedSource { source: source.to_owned(), ..MovedSource::default() });
            entry.contribution += sign * (table.sums(row)[number] - mean * sentences) / count;
            *(if sign < 0.0 { &mut entry.articles_before } else { &mut entry.articles_after }) += 1;
        }
    }
    let mut moved: Vec<MovedSource> =
        outlets.into_values().filter(|outlet| outlet.contribution * direction > 0.0).collect();
    moved.sort_by(|x, y| y.contribution.abs().total_cmp(&x.contribution.abs()));
    moved.truncate(MAX_DRIVERS);
    moved
}

/// Positions in the evidence of the sentences that show a change best: of the days after it those that score most in its
/// direction, each from another outlet; for a frame that became rarer, what went away, of the days before.
fn sentences(point: &ChangePoint, evidence: &[Evidence], estimator: &Estimator<'_>) -> Vec<usize> {
    let sign = point.difference.value.signum();
    let mut of_frames = estimator.metrics.iter().filter(|metric| metric.kind == Kind::Probability);
    let frame = of_frames.position(|metric| metric.id == point.metric);
    let went_away = frame.is_some() && sign < 0.0;
    let frames = estimator.metrics.iter().filter_map(|metric| metric.id.strip_prefix("frame_"));
    let closeness = Closeness::new(frames);
    let probability =
        |e: &Evidence, frame: usize| f64::from(e.frames.get(frame).copied().unwrap_or_default());
    let score = |e: &Evidence| match (point.metric.as_str(), frame) {
        (_, Some(frame)) => probability(e, frame),
        ("tone", _) => sign * f64::from(e.tone),
        ("closeness", _) => {
            let stances = [f64::from(e.stance_a_to_b), f64::from(e.stance_b_to_a)];
            sign * closeness.of(f64::from(e.tone), stances, |frame| probability(e, frame))
        }
        ("stance_a_to_b", _) => sign * f64::from(e.stance_a_to_b),
        ("stance_b_to_a", _) => sign * f64::from(e.stance_b_to_a),
        ("sentiment_a", _) => sign * f64::from(e.sentiment_a),
        _ => sign * f64::from(e.sentiment_b),
    };
    let is_near = |date: NaiveDate| {
        let days = (date - point.date).num_days();
        if went_away {
            (-NEAR_DAYS..0).contains(&days) && date >= point.since
        } else {
            (0..=NEAR_DAYS).contains(&days) && date <= point.until
        }
    };
    let mut near: Vec<(usize, f64)> = evidence
        .iter()
        .enumerate()
        .filter(|(_, e)| e.date.is_some_and(is_near))
        .map(|(place, e)| (place, score(e)))
        .filter(|&(_, score)| score > 0.0)
        .collect();
    near.sort_by(|x, y| y.1.total_cmp(&x.1).then(x.0.cmp(&y.0)));
    let mut outlets: Vec<&str> = Vec::new();
    near.retain(|&(place, _)| {
        let source = outlet(evidence[place].source.as_deref());
        let is_new = !outlets.contains(&source);
        outlets.extend(is_new.then_some(source));
        is_new
    });
    near.into_iter().take(MAX_SENTENCES).map(|(place, _)| place).collect()
}
