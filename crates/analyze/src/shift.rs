//! How the early part of the coverage differs from the late part.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::Datelike as _;

use crate::estimate::{Estimator, Sampled};
use crate::interval::{percentile_interval, square_and_add, wider};
use crate::metric::Population;
use crate::model::{Estimate, Shift};

/// Fewest articles in a part.
const LEAST_ARTICLES: usize = 10;

/// Least part of the dated articles with a relation, in percent.
const LEAST_PERCENT: usize = 15;

/// Every mean, early against late, those that differ clearly first, then by size of the difference
/// relative to its uncertainty; empty where the dates do not yield two parts.
pub(crate) fn shifts(estimator: &Estimator<'_>) -> Vec<Shift> {
    let Some((early, late)) = split(&articles_by_year(estimator)) else { return Vec::new() };
    let (early_label, late_label) = (label(&early), label(&late));
    let wanted = estimator.all_metrics();
    let rows = |years: &RangeInclusive<i32>| estimator.table.dated(|date| years.contains(&date.year()));
    let sampled = |years: &RangeInclusive<i32>, name| estimator.estimate(&rows(years), name, &wanted);
    let parts = sampled(&early, "early").into_iter().zip(sampled(&late, "late"));
    let mut shifts: Vec<Shift> = estimator
        .metrics
        .iter()
        .zip(parts)
        .filter_map(|(metric, (early, late))| {
            Some(between(&metric.id, (&early_label, &early?), (&late_label, &late?)))
        })
        .collect();
    // The sort is stable: metrics that differ equally stay in their usual order.
    let key = |shift: &Shift| (shift.is_clear(), relative_size(&shift.difference));
    shifts.sort_by(|x, y| clearest_first(key(x), key(y)));
    shifts
}

/// A metric in two parts of the coverage, each with its label.
pub(crate) fn between(
    metric: &str,
    (early_label, early): (&str, &Sampled),
    (late_label, late): (&str, &Sampled),
) -> Shift {
    Shift {
        metric: metric.to_owned(),
        early_label: early_label.to_owned(),
        late_label: late_label.to_owned(),
        difference: difference(early, late),
        early: early.estimate,
        late: late.estimate,
    }
}

/// Articles with a relation by calendar year.
pub(crate) fn articles_by_year(estimator: &Estimator<'_>) -> BTreeMap<i32, usize> {
    let table = estimator.table;
    let mut years = BTreeMap::new();
    for &row in table.counted() {
        if let Some(date) = table.articles[row].date
            && table.sentences(row, Population::Relations) > 0.0
        {
            *years.entry(date.year()).or_default() += 1;
        }
    }
    years
}

/// The fewest whole years from either end that hold enough articles, or `None` where the two overlap.
pub(crate) fn split(years: &BTreeMap<i32, usize>) -> Option<(RangeInclusive<i32>, RangeInclusive<i32>)> {
    let total: usize = years.values().sum();
    let needed = LEAST_ARTICLES.max((total * LEAST_PERCENT).div_ceil(100));
    let early = reach(years.iter(), needed)?;
    let late = reach(years.iter().rev(), needed)?;
    (early < late).then_some((*years.first_key_value()?.0..=early, late..=*years.last_key_value()?.0))
}

/// The year in which the running number of articles reaches what is needed.
fn reach<'y>(years: impl Iterator<Item = (&'y i32, &'y usize)>, needed: usize) -> Option<i32> {
    let mut articles = 0;
    for (&year, &count) in years {
        articles += count;
        if articles >= needed {
            return Some(year);
        }
    }
    None
}

pub(crate) fn label(years: &RangeInclusive<i32>) -> String {
    if years.start() == years.end() {
        years.start().to_string()
    } else {
        format!("{}–{}", years.start(), years.end())
    }
}

/// Late minus early, draw by draw. The classifier's error has no part in it: it is taken to be the same early and late.
pub(crate) fn difference(early: &Sampled, late: &Sampled) -> Estimate {
    let (before, after) = (&early.estimate, &late.estimate);
    let value = after.value - before.value;
    let mut draws: Vec<f64> = early.draws.iter().zip(&late.draws).map(|(early, late)| late - early).collect();
    let fewest = before.articles.min(after.articles) as usize;
    let mut interval = percentile_interval(&mut draws, fewest);
    if !early.has_spread || !late.has_spread {
        let bounds = |part: &Sampled| (part.estimate.value, part.sampling.0, part.sampling.1);
        interval = wider(interval, square_and_add(bounds(early), bounds(late)));
    }
    let (low, high) = wider(interval, (value, value));
    Estimate {
        value,
        low,
        high,
        articles: before.articles + after.articles,
        sentences: before.sentences + after.sentences,
    }
}

/// Order of differences, each with whether it is clear and its [`relative_size`].
pub(crate) fn clearest_first(x: (bool, f64), y: (bool, f64)) -> Ordering {
    y.0.cmp(&x.0).then(y.1.total_cmp(&x.1))
}

/// Size of a difference in half widths of its interval; above 1 it is about clear.
pub(crate) fn relative_size(difference: &Estimate) -> f64 {
    let &Estimate { value, low, high, .. } = difference;
    let half_width = (high - low) / 2.0;
    if value == 0.0 { 0.0 } else { value.abs() / half_width }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::means;
    use crate::table::ArticleTable;
    use chrono::NaiveDate;

    fn split_of(years: &[(i32, usize)]) -> Option<(String, String)> {
        split(&years.iter().copied().collect()).map(|(early, late)| (label(&early), label(&late)))
    }

    fn labels(early: &str, late: &str) -> Option<(String, String)> {
        Some((early.to_owned(), late.to_owned()))
    }

    #[test]
    fn parts_take_as_few_years_as_they_need() {
        assert_eq!(split_of(&[(2019, 4), (2020, 6), (2021, 5), (2025, 10)]), labels("2019–2020", "2025"));
        assert_eq!(split_of(&[(2019, 10), (2020, 10)]), labels("2019", "2020"));
        // 15 % of 200 are 30, more than the least number.
        assert_eq!(split_of(&[(2019, 20), (2020, 20), (2021, 120), (2022, 40)]), labels("2019–2020", "2022"));
        // A year without an article stands within a label.
        assert_eq!(split_of(&[(2015, 5), (2018, 5), (2024, 10)]), labels("2015–2018", "2024"));
    }

    #[test]
    fn parts_never_overlap() {
        assert_eq!(split_of(&[]), None);
        assert_eq!(split_of(&[(2024, 500)]), None);
        assert_eq!(split_of(&[(2023, 9), (2024, 10)]), None);
        assert_eq!(split_of(&[(2022, 5), (2023, 10), (2024, 5)]), None);
    }

    #[test]
    fn clear_differences_come_first() {
        // Tone falls from 0.4 to -0.2; the stance A->B stays the same, noise aside.
        let article = |i: usize| {
            let year = if i < 20 { 2020 } else { 2024 };
            let noise = f64::from((i % 5) as u32) * 0.05 - 0.1;
            let tone = if i < 20 { 0.4 } else { -0.2 } + noise;
            let date = NaiveDate::from_ymd_opt(year, 3, 1);
            (date, vec![tone, noise, 0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0])
        };
        let table = ArticleTable::of((0..40).map(article).collect());
        let metrics = means(&[]);
        let shifts = shifts(&Estimator::new(&table, &metrics, 500, 3));
        assert_eq!(shifts.len(), metrics.len());
        let first = &shifts[0];
        assert_eq!((first.metric.as_str(), first.is_clear()), ("tone", true));
        assert_eq!((first.early_label.as_str(), first.late_label.as_str()), ("2020", "2024"));
        assert!((first.difference.value + 0.6).abs() < 1e-6);
        assert!(first.difference.low > -0.7 && first.difference.high < -0.5, "{first:?}");
        assert!(shifts[1..].iter().all(|shift| !shift.is_clear()));
    }
}
