//! Outlets, groups and parts on a table made by hand.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::*;
use crate::estimate::Estimator;
use crate::metric::means;
use crate::table::ArticleTable;

/// 80 articles of eight outlets, ten days a year from 2022 to 2025 and two a day, tone 0.5 in "Times" and "Post" and 0
/// elsewhere, and 0.3 lower from 2024 on; the last two articles name no outlet, the very last one has no date.
fn table() -> ArticleTable {
    let names = ["Times", "Post", "Echo", "Globe", "Herald", "Mirror", "Star", "Sun"];
    let article = |i: usize| {
        let (year, day) = (2022 + i as i32 / 20, 1 + (i % 20) as u32 / 2);
        let noise = f64::from((i * 7 % 5) as u32) * 0.05 - 0.1;
        let tone = if i % 8 < 2 { 0.5 } else { 0.0 } + if year >= 2024 { -0.3 } else { 0.0 } + noise;
        let date = (i < 79).then(|| NaiveDate::from_ymd_opt(year, 3, day).expect("a date"));
        (date, vec![2.0 * tone, noise, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0], [2.0, 3.0, 2.0])
    };
    let mut table = ArticleTable::of((0..80).map(article).collect());
    for i in 0..78 {
        table.articles[i].source = Some(names[i % 8].into());
    }
    table
}

fn groups(of: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
    let list = |outlets: &[&str]| outlets.iter().map(|&outlet| outlet.to_owned()).collect();
    of.iter().map(|&(name, outlets)| (name.to_owned(), list(outlets))).collect()
}

#[test]
fn groups_are_compared_with_the_rest() {
    let (table, metrics) = (table(), means(&["rivalry".to_owned()]));
    let estimator = Estimator::new(&table, &metrics, 400, 1);
    assert!(source_groups(&estimator, &BTreeMap::new()).is_empty());
    let wanted = groups(&[("broadsheets", &["TIMES", "Post ", "Gone"]), ("empty", &["Nowhere"])]);
    let found = source_groups(&estimator, &wanted);
    let names: Vec<&str> = found.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(names, ["broadsheets", "empty", "other"]);
    let broadsheets = &found[0];
    assert_eq!(
        (broadsheets.outlets.join(","), broadsheets.missing.join(",")),
        ("Post,Times".into(), "Gone".into())
    );
    assert_eq!((broadsheets.articles, broadsheets.relations), (20, 40));
    let tone = broadsheets.metrics.iter().find(|metric| metric.metric == "tone").expect("a tone");
    let (rest, difference) = (tone.rest.expect("a rest"), tone.difference.expect("a difference"));
    assert!((rest.articles, rest.sentences) == (60, 120) && tone.is_clear());
    assert!((difference.value - (tone.estimate.value - rest.value)).abs() < 1e-12);
    assert!((0.3..0.7).contains(&difference.value) && difference.low < 0.5 && 0.5 < difference.high);
    assert_eq!((found[1].articles, found[1].missing.len(), found[1].metrics.len()), (0, 1, 0));
    // The rest of the others is the first group, the other way round.
    let other = found[2].metrics.iter().find(|metric| metric.metric == "tone").expect("a tone");
    assert_eq!((found[2].articles, other.estimate.value), (60, rest.value));
    assert!(
        found[2].outlets.contains(&"unknown".to_owned()) && !found[2].outlets.contains(&"Post".to_owned())
    );
    let all =
        groups(&[("all", &["Times", "Post", "Echo", "Globe", "Herald", "Mirror", "Star", "Sun", "unknown"])]);
    let all = source_groups(&estimator, &all);
    assert!(
        all.len() == 1 && all[0].metrics.iter().all(|metric| metric.rest.is_none() && !metric.is_clear())
    );
}

#[test]
fn a_day_parts_the_articles_and_the_tests_are_adjusted() {
    let (table, metrics) = (table(), means(&["rivalry".to_owned()]));
    let estimator = Estimator::new(&table, &metrics, 400, 1);
    let day = NaiveDate::from_ymd_opt(2024, 1, 1).expect("a date");
    let split = before_after(&estimator, day, 1);
    assert_eq!((split.articles_before, split.articles_after, split.metrics.len()), (40, 39, 8));
    let tone = &split.metrics[0];
    assert_eq!((tone.shift.metric.as_str(), tone.is_clear()), ("tone", true));
    assert_eq!(tone.shift.late_label, "from 1 January 2024");
    assert!((tone.shift.difference.value + 0.3).abs() < 0.05, "{tone:?}");
    let (p, adjusted) = (tone.p_value.expect("tested"), tone.adjusted_p.expect("tested"));
    assert!(p < 0.01 && p <= adjusted && adjusted <= 0.05, "{p} {adjusted}");
    let stance = split.metrics.iter().find(|m| m.shift.metric == "stance_a_to_b").expect("a stance");
    assert!(stance.p_value.is_some_and(|p| p > 0.05) && !stance.is_clear());
    // The first day of the later part belongs to it.
    let first = NaiveDate::from_ymd_opt(2024, 3, 1).expect("a date");
    assert_eq!(before_after(&estimator, first, 1).articles_after, 39);
}

#[test]
fn a_day_outside_of_the_coverage_leaves_nothing_to_compare() {
    let (table, metrics) = (table(), means(&[]));
    let estimator = Estimator::new(&table, &metrics, 100, 1);
    for (year, expected) in [(1970, (0, 79)), (2031, (79, 0))] {
        let split = before_after(&estimator, NaiveDate::from_ymd_opt(year, 1, 1).expect("a date"), 1);
        assert_eq!((split.articles_before, split.articles_after), expected);
        assert!(split.metrics.is_empty());
    }
    // Two days are too few to test, not too few to show.
    let late = before_after(&estimator, NaiveDate::from_ymd_opt(2025, 3, 9).expect("a date"), 1);
    assert!(!late.metrics.is_empty() && late.metrics.iter().all(|metric| metric.adjusted_p.is_none()));
}

#[test]
fn outlets_are_pulled_together_metric_by_metric() {
    let (table, metrics) = (table(), means(&["rivalry".to_owned()]));
    let estimator = Estimator::new(&table, &metrics, 100, 1);
    let shrunken = shrunken(&estimator);
    assert!(shrunken.len() == 8 && !shrunken.contains_key("unknown"));
    let ids: Vec<&str> = shrunken["Times"].iter().map(|metric| metric.metric.as_str()).collect();
    // Stance B to A and the sentiments are the same everywhere: there is nothing to pool.
    assert_eq!(ids, ["tone", "stance_a_to_b"]);
    let tone = shrunken["Times"][0].estimate;
    assert_eq!((tone.articles, tone.sentences), (10, 20));
    let sources = crate::sources::sources(&estimator, &["rivalry".to_owned()]);
    let raw = sources.iter().find(|row| row.source == "Times").expect("a row");
    assert_eq!(raw.shrunken, shrunken["Times"]);
    assert!(tone.value < raw.tone.value && tone.low < tone.value && tone.value < tone.high, "{tone:?}");
}
