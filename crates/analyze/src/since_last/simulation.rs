//! How often new articles seem to differ that do not, and how often ones that differ are seen.

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::levels;
use crate::estimate::Estimator;
use crate::metric::means;
use crate::table::ArticleTable;

/// Of so many simulated nights: those on which the interval of the difference in tone leaves out zero, and those on which
/// the difference is also at least 0.2.
#[derive(Debug, PartialEq)]
struct Rates {
    clear: f64,
    alert: f64,
}

/// Nights with `new` articles among `others`, whose tone lies lower by `fall`. Articles have 1 to 5 sentences and a tone of
/// their own with a standard deviation of 0.25, and their sentences another of 0.3 around it (demo corpus: 0.23 and 0.32).
fn nights(nights: usize, new: usize, others: usize, fall: f64) -> Rates {
    let mut rng = SmallRng::seed_from_u64(2026);
    let metrics = means(&[]);
    let (mut clear, mut alert) = (0, 0);
    for night in 0..nights {
        let mut article = |place: usize| {
            let sentences = f64::from(rng.random_range(1..=5u8));
            let mut normal = || (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
            let level = 0.2 - if place < new { fall } else { 0.0 };
            let tone = (level + 0.25 * normal() + 0.3 * normal() / sentences.sqrt()).clamp(-1.0, 1.0);
            (None, vec![tone * sentences, 0.0, 0.0, 0.0, 0.0, 0.0], [sentences; 3])
        };
        let table = ArticleTable::of((0..new + others).map(&mut article).collect());
        let estimator = Estimator::new(&table, &metrics, 400, night as u64);
        let rows: Vec<usize> = (0..new + others).collect();
        let levels = levels(&estimator, &rows[..new], &rows[new..]);
        let tone = levels.iter().find(|level| level.metric == "tone").expect("a tone");
        clear += usize::from(tone.is_clear());
        let is_large = tone.difference.is_some_and(|difference| difference.value.abs() >= 0.2);
        alert += usize::from(tone.is_clear() && is_large);
    }
    let rate = |n: usize| n as f64 / nights as f64;
    Rates { clear: rate(clear), alert: rate(alert) }
}

#[test]
fn an_unchanged_tone_seldom_alerts_and_a_large_fall_mostly() {
    for new in [3, 10] {
        let quiet = nights(300, new, 120, 0.0);
        assert!(quiet.clear <= 0.1 && quiet.alert <= quiet.clear, "{new} new: {quiet:?}");
    }
    let fallen = nights(100, 10, 120, 0.5);
    assert!(fallen.alert >= 0.9, "{fallen:?}");
}

#[test]
#[ignore = "some minutes: the figures of the documentation"]
fn rates_of_alerts() {
    for (new, others) in [(1, 300), (2, 300), (3, 300), (4, 300), (5, 300), (10, 300), (30, 300), (100, 1000)]
    {
        for fall in [0.0, 0.2, 0.3, 0.5] {
            eprintln!("{new:>4} new, {others} others, fall {fall}: {:?}", nights(2000, new, others, fall));
        }
    }
}
