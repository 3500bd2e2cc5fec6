//! How much days that resemble their neighbours inflate differences between runs of days.

use super::days::Day;

/// Days with articles over which a level is taken as constant when the resemblance of days is measured:
/// what lasts longer is a change, what passes sooner is dependence.
const WINDOW: usize = 30;

/// 95 % quantile of the standard normal distribution.
const Z_95: f64 = 1.644_854;

/// Standard deviation of the mean of many days relative to that of independent days, at least 1.
///
/// From the autocorrelations `ρ` of the days' residuals around the ratio of their window: the larger of
/// `√(1 + 2 Σρ_k)`, summed up to the first lag whose `ρ_k` could be chance, and the value of an
/// autoregression of order 1, `√((1 + ρ_1) / (1 - ρ_1))`. It is 1 where `ρ_1` could be chance (one-sided,
/// 5 %).
/// The windows also end at `ends`, where a change is suspected.
pub(super) fn inflation(days: &[Day], ends: &[usize]) -> f64 {
    let bounds = bounds(days.len(), ends);
    let residuals: Vec<f64> = bounds.windows(2).flat_map(|ends| residuals(&days[ends[0]..ends[1]])).collect();
    let n = residuals.len() as f64;
    let variance: f64 = residuals.iter().map(|residual| residual * residual).sum();
    if variance == 0.0 {
        return 1.0;
    }
    // Centring every window takes about its inverse length off each autocorrelation.
    let bias = (bounds.len() - 1) as f64 / n;
    let correlation = |lag: usize| {
        let products: f64 = residuals.iter().zip(&residuals[lag..]).map(|(a, b)| a * b).sum();
        products / variance + bias
    };
    let chance = Z_95 / n.sqrt();
    let clear: Vec<f64> = (1..=(WINDOW / 2).min(residuals.len() / 2))
        .map(correlation)
        .take_while(|&rho| rho > chance)
        .collect();
    let Some(&first) = clear.first() else { return 1.0 };
    let first = first.min(0.95);
    (1.0 + 2.0 * clear.iter().sum::<f64>()).max((1.0 + first) / (1.0 - first)).sqrt()
}

fn bounds(days: usize, ends: &[usize]) -> Vec<usize> {
    let windows = (days / WINDOW).max(1);
    let mut bounds: Vec<usize> =
        (0..=windows).map(|window| window * days / windows).chain(ends.iter().copied()).collect();
    bounds.sort_unstable();
    bounds.dedup();
    bounds
}

/// Residuals of a window's days, scaled to about equal variance.
fn residuals(days: &[Day]) -> impl Iterator<Item = f64> {
    let (sum, count) = days.iter().fold((0.0, 0.0), |(sum, count), day| (sum + day.sum, count + day.count));
    days.iter().map(move |day| (day.sum - sum / count * day.count) / day.square.sqrt())
}

#[cfg(test)]
mod tests {
    use super::super::Observation;
    use super::super::days::days;
    use super::super::simulation::{day, normal};
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    fn inflation_of(memory: f64, step: f64) -> f64 {
        let mut rng = SmallRng::seed_from_u64(4);
        let mut value = 0.0;
        let observations: Vec<Observation> = (0..2000)
            .map(|i| {
                value = memory * value + normal(&mut rng);
                Observation { day: day(i), sum: value + if i < 1000 { 0.0 } else { step }, count: 1.0 }
            })
            .collect();
        inflation(&days(&observations), &[1000])
    }

    #[test]
    fn the_long_run_variance_of_an_autoregression_is_met() {
        // √((1 + 0.5) / (1 - 0.5)) = 1.732.
        let inflation = inflation_of(0.5, 0.0);
        assert!((1.6..1.9).contains(&inflation), "{inflation}");
    }

    #[test]
    fn neither_independent_days_nor_a_step_are_dependence() {
        assert_eq!(inflation_of(0.0, 0.0), 1.0);
        assert_eq!(inflation_of(0.0, 3.0), 1.0);
        assert!((inflation_of(0.5, 3.0) - inflation_of(0.5, 0.0)).abs() < 1e-6);
    }
}
