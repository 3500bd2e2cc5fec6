//! What holds for any series.

use super::simulation::day;
use super::*;

fn series(values: &[(usize, f64, f64)]) -> Vec<Observation> {
    values.iter().map(|&(number, sum, count)| Observation { day: day(number), sum, count }).collect()
}

/// One article of two sentences a day around the given levels, 25 days each.
fn steps(levels: &[f64]) -> Vec<Observation> {
    let value = |i: usize| levels[i / 25] + [0.1, -0.1, 0.05, -0.05, 0.0, 0.08, -0.08][i * i % 7];
    series(&(0..25 * levels.len()).map(|i| (i, 2.0 * value(i), 2.0)).collect::<Vec<_>>())
}

fn find(observations: &[Observation]) -> Vec<Change> {
    changes(&[Labelled { label: "tone", observations }], Options::new(5)).remove(0)
}

#[test]
fn changes_come_in_order_with_levels_and_dates() {
    let found = find(&steps(&[0.0, 0.5, -0.2]));
    assert_eq!(found.len(), 2, "{found:?}");
    for (change, first) in found.iter().zip([25, 50]) {
        assert_eq!((change.before.last_day, change.after.first_day), (day(first - 1), day(first)));
        assert!(change.earliest <= day(first) && day(first) <= change.latest);
        assert_eq!((change.before.articles, change.before.sentences), (25, 50.0));
        assert!((change.difference - (change.after.ratio - change.before.ratio)).abs() < 1e-12);
        assert!(change.p_value <= change.adjusted && change.adjusted <= 0.05);
    }
    assert!((found[0].difference - 0.5).abs() < 0.05 && (found[1].difference + 0.7).abs() < 0.05);
    assert_eq!(found[0].after, found[1].before);
}

#[test]
fn neither_threads_nor_the_order_of_articles_matter() {
    let mut observations = steps(&[0.0, 0.3, 0.0, -0.4]);
    observations.extend((0..100).map(|i| Observation { day: day(i), sum: 0.1 / (i + 1) as f64, count: 0.1 }));
    let reversed: Vec<Observation> = observations.iter().rev().copied().collect();
    let with = |threads, observations: &[Observation]| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| find(observations))
    };
    let found = with(1, &observations);
    assert!(!found.is_empty());
    assert_eq!(found, with(4, &observations));
    assert_eq!(found, with(3, &reversed));
}

#[test]
fn a_change_lies_between_days() {
    // Two articles a day, the second of them always higher: no change, whatever the order within the day.
    let values: Vec<(usize, f64, f64)> =
        (0..80).map(|i| (i / 2, f64::from(u8::from(i % 2 == 1)), 1.0)).collect();
    assert!(find(&series(&values)).is_empty());
}

#[test]
fn series_that_cannot_change_have_no_changes() {
    let day_by_day =
        |value: fn(usize) -> f64, n| series(&(0..n).map(|i| (i, value(i), 1.0)).collect::<Vec<_>>());
    assert!(find(&[]).is_empty());
    assert!(find(&day_by_day(|_| 0.1, 200)).is_empty(), "constant but for rounding");
    assert!(find(&day_by_day(|_| 0.0, 200)).is_empty());
    assert!(find(&day_by_day(|i| f64::from(u8::from(i > 9)), 19)).is_empty(), "too few articles");
    let one_day: Vec<(usize, f64, f64)> = (0..100).map(|i| (3, i as f64, 1.0)).collect();
    assert!(find(&series(&one_day)).is_empty());
    let strange =
        [(1, f64::NAN, 1.0), (2, 1.0, 0.0), (3, 1.0, -1.0), (4, f64::INFINITY, 1.0), (5, 1.0, f64::NAN)];
    assert!(find(&series(&strange.repeat(20))).is_empty());
    let huge: Vec<(usize, f64, f64)> = (0..60).map(|i| (i, 1e300 * i as f64, 1e300)).collect();
    assert!(find(&series(&huge)).is_empty(), "beyond the range of numbers");
}

#[test]
fn articles_without_a_sentence_change_nothing() {
    let observations = steps(&[0.0, 0.5]);
    let mut more = observations.clone();
    more.extend((0..50).map(|i| Observation { day: day(i), sum: 0.0, count: 0.0 }));
    assert_eq!(find(&observations), find(&more));
}

#[test]
fn many_series_ask_for_more_of_each() {
    let wave = |shift: f64| {
        let value = |i: usize| ((i * i) as f64).sin() + if i < 30 { 0.0 } else { shift };
        series(&(0..60).map(|i| (i, value(i), 1.0)).collect::<Vec<_>>())
    };
    let (noise, weak) = (wave(0.0), wave(0.5));
    let labels: Vec<String> = (0..40).map(|n| n.to_string()).collect();
    let mut all: Vec<Labelled<'_>> =
        labels.iter().map(|label| Labelled { label, observations: &noise }).collect();
    all.push(Labelled { label: "tone", observations: &weak });
    let (alone, among) = (find(&weak), changes(&all, Options::new(5)));
    assert_eq!(alone.len(), 1, "{alone:?}");
    assert_eq!(alone[0].p_value, alone[0].adjusted);
    assert!(among.iter().all(Vec::is_empty), "{among:?}");
}

#[test]
fn permutations_suffice_for_the_series() {
    assert_eq!(Options::new(1).for_series(25).permutations, 999);
    assert_eq!(Options::new(1).for_series(100).permutations, 3999);
    assert_eq!(Options { level: 0.0, ..Options::new(1) }.for_series(1).level, 0.001);
}
