//! Quantiles and the intervals that the crate's documentation describes.

/// Below this number of articles the bootstrap is not trusted alone.
pub(crate) const FEW_ARTICLES: usize = 5;

/// Articles of the corpus that count beside a period's own in the spread of its interval.
const PRIOR: usize = 10;

/// Spread below which draws count as equal; far under any rounding shown, above that of sums.
pub(crate) const NO_SPREAD: f64 = 1e-9;

/// 97.5 % quantile of the standard normal distribution.
pub(crate) const Z_975: f64 = 1.959_963_984_540_054;

/// 97.5 % quantiles of Student's t for 1 to 30 degrees of freedom.
const T_975: [f64; 30] = [
    12.706_205, 4.302_653, 3.182_446, 2.776_445, 2.570_582, 2.446_912, 2.364_624, 2.306_004, 2.262_157,
    2.228_139, 2.200_985, 2.178_813, 2.160_369, 2.144_787, 2.131_450, 2.119_905, 2.109_816, 2.100_922,
    2.093_024, 2.085_963, 2.079_614, 2.073_873, 2.068_658, 2.063_899, 2.059_539, 2.055_529, 2.051_831,
    2.048_407, 2.045_230, 2.042_272,
];

/// 97.5 % quantile of Student's t; infinite without a degree of freedom.
pub(crate) fn t_975(degrees: usize) -> f64 {
    match degrees {
        0 => f64::INFINITY,
        1..=30 => T_975[degrees - 1],
        _ => {
            // Cornish-Fisher expansion around the normal quantile, good to 1e-5 from here on.
            let (z, v) = (Z_975, degrees as f64);
            z + (z.powi(3) + z) / (4.0 * v)
                + (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / (96.0 * v.powi(2))
                + (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / (384.0 * v.powi(3))
        }
    }
}

/// The quantile `q` (0 to 1) with linear interpolation between order statistics (Hyndman and Fan's type 7,
/// the default of R and NumPy). Reorders `values`, which must not be empty.
pub(crate) fn quantile(values: &mut [f64], q: f64) -> f64 {
    let position = q.clamp(0.0, 1.0) * (values.len() - 1) as f64;
    let upper = position.ceil() as usize;
    let (below, &mut high, _) = values.select_nth_unstable_by(upper, f64::total_cmp);
    let weight_of_lower = upper as f64 - position;
    if weight_of_lower == 0.0 {
        return high;
    }
    // `below` holds the order statistics under `upper`; the largest is the neighbour.
    let low = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    low * weight_of_lower + high * (1.0 - weight_of_lower)
}

/// Probability left on each side by the expanded percentile interval at 95 % for `articles` articles.
fn expanded_tail(articles: usize) -> f64 {
    if articles < 2 {
        return 0.0;
    }
    let n = articles as f64;
    let reach = (n / (n - 1.0)).sqrt() * t_975(articles - 1);
    0.5 * libm::erfc(reach / std::f64::consts::SQRT_2)
}

/// Expanded percentile interval of bootstrap draws; see the crate's documentation. Reorders `draws`.
pub(crate) fn percentile_interval(draws: &mut [f64], articles: usize) -> (f64, f64) {
    let tail = expanded_tail(articles);
    (quantile(draws, tail), quantile(draws, 1.0 - tail))
}

/// Wilson's interval for a share seen in `n` independent articles (may be fractional).
pub(crate) fn wilson(share: f64, n: f64) -> (f64, f64) {
    let z2 = Z_975 * Z_975;
    let centre = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z_975 / (1.0 + z2 / n) * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
    (centre - half, centre + half)
}

/// Half width of the interval of a ratio of sums over `articles` articles with `sentences` sentences in all: Student's t with the
/// linearised variance (Cochran, "Sampling Techniques", 3rd ed., 1977, chapter 6).
///
/// `own` is the mean squared residual of these articles; that of all `in_corpus` articles, `corpus`, is mixed in as if they
/// added [`PRIOR`] articles, if there are as many others (after Smyth, "Linear models and empirical Bayes methods for assessing
/// differential expression in microarray experiments", 2004): a few articles seldom hold those that stand out.
pub(crate) fn moderated_half_width(
    (own, articles): (f64, usize),
    (corpus, in_corpus): (f64, usize),
    sentences: f64,
) -> f64 {
    let others = in_corpus.saturating_sub(articles).min(PRIOR);
    let degrees = articles.saturating_sub(1) + others;
    let weight = others as f64 / degrees.max(1) as f64;
    let mean_square = (1.0 - weight) * own + weight * corpus;
    t_975(degrees) * (mean_square * articles as f64).sqrt() / sentences
}

/// Interval of the difference `late - early` out of the two parts' own intervals (Newcombe's method 10):
/// arguments are `(value, low, high)`.
pub(crate) fn square_and_add(early: (f64, f64, f64), late: (f64, f64, f64)) -> (f64, f64) {
    let difference = late.0 - early.0;
    let down = (late.0 - late.1).hypot(early.2 - early.0);
    let up = (late.2 - late.0).hypot(early.0 - early.1);
    (difference - down, difference + up)
}

/// The smallest interval that holds both.
pub(crate) fn wider(one: (f64, f64), other: (f64, f64)) -> (f64, f64) {
    (one.0.min(other.0), one.1.max(other.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quantiles_interpolate_like_numpy() {
        let mut values = vec![4.0, 1.0, 3.0, 2.0];
        assert_eq!(quantile(&mut values, 0.0), 1.0);
        assert_eq!(quantile(&mut values, 1.0), 4.0);
        assert_eq!(quantile(&mut values, 0.5), 2.5);
        assert!((quantile(&mut values, 0.1) - 1.3).abs() < 1e-12);
        assert_eq!(quantile(&mut [7.0], 0.3), 7.0);
    }

    #[test]
    fn student_is_right_in_table_and_expansion() {
        assert_eq!(t_975(4), 2.776_445);
        // Published values: t(31) = 2.039513, t(60) = 2.000298, t(1000) = 1.962339.
        assert!((t_975(31) - 2.039_513).abs() < 2e-5);
        assert!((t_975(60) - 2.000_298).abs() < 1e-5);
        assert!((t_975(1000) - 1.962_339).abs() < 1e-5);
    }

    #[test]
    fn the_expanded_tail_tends_to_the_plain_one() {
        assert!((expanded_tail(1_000_000) - 0.025).abs() < 1e-5);
        assert!(expanded_tail(10) < 0.01 && expanded_tail(10) > 0.005);
        assert_eq!(expanded_tail(1), 0.0);
    }

    #[test]
    fn few_articles_borrow_the_spread_of_the_corpus() {
        // Eight articles of one sentence with a variance of 0.01.
        let student = t_975(7) * 0.1 / 8f64.sqrt();
        let half = |corpus| moderated_half_width((0.01, 8), corpus, 8.0);
        assert!((half((0.01, 8)) - student).abs() < 1e-12, "there are no others");
        assert!(half((0.01, 500)) < student, "more degrees of freedom");
        assert!(half((0.09, 500)) > 2.0 * half((0.01, 500)));
        // Many articles speak for themselves.
        let many = |corpus| moderated_half_width((0.01, 400), corpus, 400.0);
        assert!(many((0.09, 500)) < 1.15 * many((0.01, 500)));
    }

    #[test]
    fn wilson_matches_published_values() {
        // Newcombe (1998), table I: 0 of 20 and 15 of 148.
        let (low, high) = wilson(0.0, 20.0);
        assert!(low.abs() < 1e-12 && (high - 0.1611).abs() < 5e-5);
        let (low, high) = wilson(15.0 / 148.0, 148.0);
        assert!((low - 0.0624).abs() < 5e-5 && (high - 0.1605).abs() < 5e-5);
    }

    #[test]
    fn squares_add_up() {
        let (low, high) = square_and_add((0.0, -0.3, 0.3), (1.0, 0.6, 1.4));
        assert!((low - 0.5).abs() < 1e-12 && (high - 1.5).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn quantile_agrees_with_sorting(mut values in prop::collection::vec(-1e3f64..1e3, 1..60), q in 0.0f64..=1.0) {
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let position = q * (sorted.len() - 1) as f64;
            let (low, high) = (sorted[position.floor() as usize], sorted[position.ceil() as usize]);
            let expected = low + (high - low) * position.fract();
            prop_assert!((quantile(&mut values, q) - expected).abs() < 1e-9);
        }
    }
}
