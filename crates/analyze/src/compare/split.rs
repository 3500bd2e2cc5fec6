//! The time before a day of the user's choice, and from it on.

use chrono::NaiveDate;

use super::model::{BeforeAfter, SplitMetric};
use crate::bootstrap::fnv1a;
use crate::change::{benjamini_hochberg, split_p_value};
use crate::change_points::observations;
use crate::estimate::Estimator;
use crate::metric::Population;
use crate::model::Shift;
use crate::shift::{between, clearest_first, relative_size};

/// Fewest permutations of a test; more where many metrics are adjusted for, so that one alone could be significant.
const PERMUTATIONS: usize = 1999;

/// Every metric before `day` and from it on; undated articles are in neither part.
pub(crate) fn before_after(estimator: &Estimator<'_>, day: NaiveDate, seed: u64) -> BeforeAfter {
    let (before, after) =
        (estimator.table.dated(|date| date < day), estimator.table.dated(|date| date >= day));
    let related = |rows: &[usize]| {
        rows.iter().filter(|&&row| estimator.table.sentences(row, Population::Relations) > 0.0).count() as u64
    };
    let (articles_before, articles_after) = (related(&before), related(&after));
    let is_divided = articles_before > 0 && articles_after > 0;
    let shifts = if is_divided { shifts(estimator, day, &before, &after) } else { Vec::new() };
    BeforeAfter { date: day, articles_before, articles_after, metrics: tested(estimator, day, seed, shifts) }
}

/// Both parts with their difference, for every metric that both carry.
fn shifts(estimator: &Estimator<'_>, day: NaiveDate, before: &[usize], after: &[usize]) -> Vec<Shift> {
    let wanted = estimator.all_metrics();
    let (early_label, late_label) =
        (format!("before {}", day.format("%-d %B %Y")), format!("from {}", day.format("%-d %B %Y")));
    let early = estimator.estimate(before, &format!("before {day}"), &wanted);
    let late = estimator.estimate(after, &format!("from {day}"), &wanted);
    let metrics = estimator.metrics.iter().zip(early.into_iter().zip(late));
    metrics
        .filter_map(|(metric, (early, late))| {
            Some(between(&metric.id, (&early_label, &early?), (&late_label, &late?)))
        })
        .collect()
}

/// Adds p-values, and sorts.
fn tested(estimator: &Estimator<'_>, day: NaiveDate, seed: u64, shifts: Vec<Shift>) -> Vec<SplitMetric> {
    let permutations = PERMUTATIONS.max(40 * shifts.len());
    let p_values: Vec<Option<f64>> = shifts
        .iter()
        .map(|shift| {
            let number = estimator.positions(|metric| metric.id == shift.metric).next()?;
            let observations = observations(estimator, number, &estimator.metrics[number]);
            split_p_value(&observations, day, permutations, seed ^ fnv1a(&format!("split {}", shift.metric)))
        })
        .collect();
    let mut adjusted =
        benjamini_hochberg(&p_values.iter().flatten().copied().collect::<Vec<_>>()).into_iter();
    let mut metrics: Vec<SplitMetric> = shifts
        .into_iter()
        .zip(p_values)
        .map(|(shift, p_value)| SplitMetric {
            shift,
            p_value,
            adjusted_p: p_value.and_then(|_| adjusted.next()),
        })
        .collect();
    // The sort is stable: metrics that differ equally stay in their usual order.
    let key = |metric: &SplitMetric| (metric.is_clear(), relative_size(&metric.shift.difference));
    metrics.sort_by(|x, y| clearest_first(key(x), key(y)));
    metrics
}
