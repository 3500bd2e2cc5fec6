//! Every metric by period.

use std::collections::BTreeMap;

use dyad_core::{Grain, Period};
use rayon::prelude::*;

use crate::estimate::Estimator;
use crate::metric::COUNTS;
use crate::model::{Estimate, Point, Series};

/// Periods in a series from which on gaps are left out. A single wrong date (year 1, year 9999) would
/// otherwise fill the report with empty days.
const MAX_PERIODS: usize = 4000;

/// Every metric at every grain, counts first; a grain named twice is made once.
pub(crate) fn series(estimator: &Estimator<'_>, grains: &[Grain]) -> Vec<Series> {
    let mut seen = Vec::new();
    for &grain in grains {
        if !seen.contains(&grain) {
            seen.push(grain);
        }
    }
    seen.into_iter().flat_map(|grain| series_of_grain(estimator, grain)).collect()
}

fn series_of_grain(estimator: &Estimator<'_>, grain: Grain) -> Vec<Series> {
    let by_period = by_period(estimator, grain);
    let periods = periods(&by_period);
    let all_metrics = estimator.all_metrics();
    // One row of estimates per period, counts first.
    let rows: Vec<Vec<Option<Estimate>>> = periods
        .par_iter()
        .map(|period| {
            let articles = by_period.get(period).map_or(&[][..], Vec::as_slice);
            let label = format!("{} {}", grain.as_str(), period.label());
            let means = estimator.estimate(articles, &label, &all_metrics);
            let counts = estimator.counts(articles).into_iter().map(|(_, estimate)| Some(estimate));
            counts.chain(means.into_iter().map(|sampled| Some(sampled?.estimate))).collect()
        })
        .collect();
    let names = COUNTS.into_iter().chain(estimator.metrics.iter().map(|metric| metric.id.as_str()));
    names
        .enumerate()
        .map(|(column, metric)| Series {
            metric: metric.to_owned(),
            grain,
            points: periods.iter().zip(&rows).map(|(period, row)| point(period, row[column])).collect(),
        })
        .collect()
}

fn point(period: &Period, estimate: Option<Estimate>) -> Point {
    Point { label: period.label(), start: period.start, end: period.end(), estimate }
}

/// Rows that count and have a date, by period.
fn by_period(estimator: &Estimator<'_>, grain: Grain) -> BTreeMap<Period, Vec<usize>> {
    let mut groups = BTreeMap::<Period, Vec<usize>>::new();
    for &row in estimator.table.counted() {
        if let Some(date) = estimator.table.articles[row].date {
            groups.entry(Period::containing(date, grain)).or_default().push(row);
        }
    }
    groups
}

/// The periods from the first to the last, without gaps unless there would be too many.
fn periods(groups: &BTreeMap<Period, Vec<usize>>) -> Vec<Period> {
    let (Some((&first, _)), Some((&last, _))) = (groups.first_key_value(), groups.last_key_value()) else {
        return Vec::new();
    };
    let all: Vec<Period> = std::iter::successors(Some(first), |period| Some(period.next()))
        .take_while(|&period| period <= last)
        .take(MAX_PERIODS + 1)
        .collect();
    if all.len() > MAX_PERIODS { groups.keys().copied().collect() } else { all }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::means;
    use crate::table::ArticleTable;
    use chrono::NaiveDate;

    fn date(y: i32, m: u32, d: u32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(y, m, d)
    }

    fn article(date: Option<NaiveDate>) -> (Option<NaiveDate>, Vec<f64>, [f64; 3]) {
        (date, vec![1.0, 0.0, 0.0, 0.0, 0.0, 0.0], [2.0, 2.0, 2.0])
    }

    #[test]
    fn gaps_are_kept_as_zero_counts_and_missing_means() {
        let table = ArticleTable::of(vec![
            article(date(2024, 1, 31)),
            article(date(2024, 4, 1)),
            article(date(2024, 4, 30)),
            article(None),
        ]);
        let metrics = means(&[]);
        let all =
            series(&Estimator::new(&table, &metrics, 100, 1), &[Grain::Month, Grain::Quarter, Grain::Month]);
        assert_eq!(all.len(), 2 * (COUNTS.len() + metrics.len()));
        let find = |metric: &str, grain| {
            let series = all.iter().find(|s| s.metric == metric && s.grain == grain).expect("a series");
            series.points.iter().map(|p| (p.label.as_str(), p.estimate.map(|e| e.value))).collect::<Vec<_>>()
        };
        let labels = ["2024-01", "2024-02", "2024-03", "2024-04"];
        let with = |values: [Option<f64>; 4]| labels.into_iter().zip(values).collect::<Vec<_>>();
        assert_eq!(find("relations", Grain::Month), with([Some(2.0), Some(0.0), Some(0.0), Some(4.0)]));
        assert_eq!(find("tone", Grain::Month), with([Some(0.5), None, None, Some(0.5)]));
        assert_eq!(find("tone", Grain::Quarter), [("2024-Q1", Some(0.5)), ("2024-Q2", Some(0.5))]);
    }

    #[test]
    fn a_wrong_date_does_not_flood_the_series() {
        let table = ArticleTable::of(vec![article(date(1, 1, 1)), article(date(2024, 4, 1))]);
        let metrics = means(&[]);
        let all = series(&Estimator::new(&table, &metrics, 100, 1), &[Grain::Day]);
        assert!(all.iter().all(|series| series.points.len() == 2));
    }

    #[test]
    fn undated_articles_make_empty_series() {
        let table = ArticleTable::of(vec![article(None)]);
        let metrics = means(&[]);
        let all = series(&Estimator::new(&table, &metrics, 100, 1), &[Grain::Month]);
        assert_eq!(all.len(), COUNTS.len() + metrics.len());
        assert!(all.iter().all(|series| series.points.is_empty()));
    }
}
