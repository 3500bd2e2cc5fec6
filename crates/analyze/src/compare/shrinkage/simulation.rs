//! Outlets of known truth: how often the intervals hold it, and how far estimates are from it.

use super::*;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

/// A corpus to draw.
#[derive(Debug, Clone, Copy)]
struct World {
    name: &'static str,
    outlets: usize,
    /// Standard deviation of the outlets' true means.
    between: f64,
    /// Articles an outlet: `1 + exp(…)` of a normal variable with this mean and standard deviation 1.2.
    size: f64,
    /// Largest ratio of the outlets' standard deviations between articles, which are log-uniform; 1 where they are equal.
    unequal: f64,
    /// True means: normal, or two camps.
    is_normal: bool,
}

const WORLDS: [World; 10] = [
    World { name: "6 outlets", outlets: 6, between: 0.15, size: 1.0, unequal: 1.0, is_normal: true },
    World { name: "12 outlets", outlets: 12, between: 0.15, size: 1.0, unequal: 1.0, is_normal: true },
    World { name: "30 outlets", outlets: 30, between: 0.15, size: 1.0, unequal: 1.0, is_normal: true },
    World { name: "30, no difference", outlets: 30, between: 0.0, size: 1.0, unequal: 1.0, is_normal: true },
    World {
        name: "30, small difference",
        outlets: 30,
        between: 0.05,
        size: 1.0,
        unequal: 1.0,
        is_normal: true,
    },
    World {
        name: "30, large difference",
        outlets: 30,
        between: 0.4,
        size: 1.0,
        unequal: 1.0,
        is_normal: true,
    },
    World {
        name: "30, unequal spread",
        outlets: 30,
        between: 0.15,
        size: 1.0,
        unequal: 3.0,
        is_normal: true,
    },
    World { name: "30, two camps", outlets: 30, between: 0.15, size: 1.0, unequal: 1.0, is_normal: false },
    World {
        name: "30, mostly lone articles",
        outlets: 30,
        between: 0.15,
        size: -2.0,
        unequal: 1.0,
        is_normal: true,
    },
    World { name: "300 outlets", outlets: 300, between: 0.15, size: 1.0, unequal: 1.0, is_normal: true },
];

/// What came out over all outlets of all worlds drawn.
#[derive(Debug, Clone, Copy, Default)]
struct Figures {
    /// Share of outlets whose interval holds their true mean.
    coverage: f64,
    /// The same, of outlets with fewer than five articles.
    coverage_few: f64,
    /// Mean squared error of the estimates over that of the raw means.
    error: f64,
    /// Mean half width of the intervals.
    half_width: f64,
}

/// A normal variable, near enough: the sum of twelve uniform ones.
fn normal(rng: &mut SmallRng) -> f64 {
    (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0
}

impl World {
    /// An outlet and its true mean.
    fn outlet(&self, rng: &mut SmallRng) -> (Outlet, f64) {
        let level = match self.is_normal {
            true => self.between * normal(rng),
            false => self.between * if rng.random::<bool>() { 1.0 } else { -1.0 },
        };
        let truth = 0.1 + level;
        let n = 1 + (self.size + 1.2 * normal(rng)).exp() as usize;
        let spread = 0.25 * self.unequal.powf(rng.random::<f64>() - 0.5);
        let articles: Vec<(f64, f64)> = (0..n)
            .map(|_| {
                let c = (0.6 + normal(rng)).exp().clamp(1.0, 12.0).floor();
                let mean = truth + spread * normal(rng) + 0.3 * normal(rng) / c.sqrt();
                (mean * c, c)
            })
            .collect();
        (Outlet::of(articles.into_iter()).expect("articles"), truth)
    }

    fn figures(&self, worlds: usize, seed: u64) -> Figures {
        let mut rng = SmallRng::seed_from_u64(seed);
        let (mut hits, mut few_hits, mut few, mut all) = (0.0, 0.0, 0.0, 0.0);
        let (mut error, mut raw_error, mut width) = (0.0, 0.0, 0.0);
        for _ in 0..worlds {
            let (outlets, truths): (Vec<Outlet>, Vec<f64>) =
                (0..self.outlets).map(|_| self.outlet(&mut rng)).unzip();
            for ((outlet, truth), pooled) in outlets.iter().zip(&truths).zip(pool(&outlets)) {
                let hit = f64::from(u8::from((pooled.mean - truth).abs() <= pooled.half_width));
                (hits, all) = (hits + hit, all + 1.0);
                if outlet.articles < FEW_ARTICLES {
                    (few_hits, few) = (few_hits + hit, few + 1.0);
                }
                error += (pooled.mean - truth).powi(2);
                raw_error += (outlet.mean - truth).powi(2);
                width += pooled.half_width;
            }
        }
        Figures {
            coverage: hits / all,
            coverage_few: few_hits / few,
            error: error / raw_error,
            half_width: width / all,
        }
    }
}

#[test]
fn intervals_hold_the_truth_about_95_times_in_100_and_estimates_come_closer() {
    let figures = WORLDS[2].figures(150, 1983);
    assert!((0.93..=0.97).contains(&figures.coverage), "{figures:?}");
    assert!((0.92..=0.98).contains(&figures.coverage_few), "{figures:?}");
    assert!(figures.error < 0.7, "{figures:?}");
}

/// `FIGURES=shrinkage.txt cargo test --release --workspace --lib shrinkage::simulation::write_figures -- --ignored`
#[test]
#[ignore = "takes a minute; writes its figures to the file named by FIGURES"]
fn write_figures() {
    let path = std::env::var("FIGURES").expect("FIGURES names a file");
    let mut text = "Shrunken means of outlets: simulation, 120,000 outlets a row.\n\
                    FIGURES=shrinkage.txt cargo test --release --workspace --lib shrinkage::simulation::write_figures -- --ignored\n\
                    covered: true means inside their 95 % interval; few: the same, of outlets with 1 to 4 articles;\n\
                    error: mean squared error relative to that of the raw means; width: mean half width of the intervals.\n\n"
        .to_owned();
    text += &format!("{:26} {:>7} {:>6} {:>6} {:>6}\n", "corpus", "covered", "few", "error", "width");
    for world in WORLDS {
        let f = world.figures(120_000 / world.outlets, 7);
        text += &format!(
            "{:26} {:7.3} {:6.3} {:6.2} {:6.3}\n",
            world.name, f.coverage, f.coverage_few, f.error, f.half_width
        );
    }
    std::fs::write(path, text).expect("written");
}
