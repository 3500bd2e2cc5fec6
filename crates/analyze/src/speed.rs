//! How long the estimates of a large corpus take.
// Ignored tests print the figures kept in scripts/measured.
#![allow(clippy::print_stdout)]

use std::time::Instant;

use chrono::{Days, NaiveDate};
use dyad_core::Grain;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use crate::estimate::Estimator;
use crate::metric::{FIRST_FRAME, means};
use crate::table::ArticleTable;
use crate::{series, shift};

const ARTICLES: usize = 250_000;
const RELATIONS: usize = 4;
const DAYS: u64 = 6 * 365;

/// Articles over six years with four relations and some more sentences about either actor, scores at random.
fn table(frames: usize) -> ArticleTable {
    let start = NaiveDate::from_ymd_opt(2019, 1, 1).expect("a date");
    let mut rng = SmallRng::seed_from_u64(1);
    let mut article = |_| {
        let mut sums: Vec<f64> =
            (0..FIRST_FRAME).map(|_| RELATIONS as f64 * (rng.random::<f64>() - 0.4)).collect();
        sums.extend((0..frames).map(|_| RELATIONS as f64 * rng.random::<f64>()));
        sums.extend((0..frames).map(|_| f64::from(rng.random_range(0..=RELATIONS as u32))));
        let relations = RELATIONS as f64;
        let more = |rng: &mut SmallRng| f64::from(rng.random_range(0..6u32));
        let counts = [relations, relations + more(&mut rng), relations + more(&mut rng)];
        (Some(start + Days::new(rng.random_range(0..DAYS))), sums, counts)
    };
    ArticleTable::of((0..ARTICLES).map(&mut article).collect())
}

/// The table of `scripts/measured/analysis-speed.txt`:
/// `cargo nextest run --release -p dyad-analyze --run-ignored only -E 'test(a_million_relations)' --no-capture`
#[test]
#[ignore = "a measurement, for a quiet machine"]
fn a_million_relations() {
    let frames: Vec<String> = (0..10).map(|number| format!("frame{number}")).collect();
    let table = table(frames.len());
    let metrics = means(&frames);
    println!(
        "{ARTICLES} articles, {} relations, {} metrics, 2,000 draws, {} threads",
        ARTICLES * RELATIONS,
        metrics.len(),
        rayon::current_num_threads()
    );
    for round in 1..=3 {
        let begin = Instant::now();
        let mut last = begin;
        let mut lap = |what: &str| {
            let now = Instant::now();
            println!("round {round}: {what:<24} {:6.2} s", (now - last).as_secs_f64());
            last = now;
        };
        let estimator = Estimator::new(&table, &metrics, 2000, 1);
        lap("spread of the corpus");
        let months = series::series(&estimator, &[Grain::Month]);
        lap("months");
        let quarters = series::series(&estimator, &[Grain::Quarter]);
        lap("quarters");
        let shifts = shift::shifts(&estimator);
        lap("early against late");
        let overall = estimator.estimate(table.counted(), "overall", &estimator.all_metrics());
        lap("overall");
        println!("round {round}: {:<24} {:6.2} s", "all", begin.elapsed().as_secs_f64());
        assert_eq!((months[0].points.len(), quarters[0].points.len()), (72, 24));
        assert_eq!((shifts.len(), overall.len()), (metrics.len(), metrics.len()));
    }
}
