//! p-values that account for many series.

/// p-values adjusted after Benjamini and Hochberg (1995), in the order given: the smallest false discovery
/// rate at which each would be a discovery, at most 1.
pub(crate) fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut least = 1.0_f64;
    for (rank, &place) in order.iter().enumerate().rev() {
        least = least.min(p_values[place] * (p_values.len() as f64 / (rank + 1) as f64));
        adjusted[place] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn adjustment_agrees_with_r() {
        // p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05, 0.6), "BH") and a shuffled c(0.001, 0.03, 0.031, 0.9).
        let close = |p: &[f64], expected: &[f64]| {
            benjamini_hochberg(p).iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12)
        };
        assert!(close(&[0.01, 0.02, 0.03, 0.04, 0.05, 0.6], &[0.06, 0.06, 0.06, 0.06, 0.06, 0.6]));
        assert!(close(&[0.031, 0.001, 0.9, 0.03], &[0.031 * 4.0 / 3.0, 0.004, 0.9, 0.031 * 4.0 / 3.0]));
        assert!(benjamini_hochberg(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn adjusted_values_keep_their_order(p in prop::collection::vec(0.0f64..=1.0, 1..40)) {
            let adjusted = benjamini_hochberg(&p);
            for i in 0..p.len() {
                prop_assert!(adjusted[i] >= p[i] && adjusted[i] <= 1.0);
                for j in 0..p.len() {
                    prop_assert!(p[i] > p[j] || adjusted[i] <= adjusted[j]);
                }
            }
        }
    }
}
