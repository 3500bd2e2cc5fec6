//! Which sequences are encoded together.

use crate::AnnotateError;

/// Limits of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    tokens: usize,
    sequences: usize,
}

impl Budget {
    /// At most `tokens` after padding (sequences times the longest of them) and `sequences` in a batch.
    ///
    /// # Errors
    /// [`AnnotateError::BudgetTooSmall`] when one window of `longest` tokens would not fit.
    pub fn new(tokens: usize, sequences: usize, longest: usize) -> Result<Self, AnnotateError> {
        if tokens < longest {
            return Err(AnnotateError::BudgetTooSmall { budget: tokens, longest });
        }
        Ok(Self { tokens, sequences: sequences.max(1) })
    }
}

/// Batches of indices into `lengths` (tokens per sequence): sorted by length, longest first, so that
/// little is padded and the largest memory is taken at the start. Every index appears exactly once.
pub fn plan_batches(lengths: &[usize], budget: Budget) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    // Stable, so that equal lengths keep their order and the plan depends on nothing else.
    order.sort_by_key(|&index| std::cmp::Reverse(lengths[index]));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut longest = 0;
    for index in order {
        match batches.last_mut() {
            Some(batch) if batch.len() < budget.sequences && longest * (batch.len() + 1) <= budget.tokens => {
                batch.push(index);
            }
            _ => {
                longest = lengths[index];
                batches.push(vec![index]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_budget_below_the_longest_window_is_refused() {
        assert!(Budget::new(255, 8, 256).is_err());
        assert!(Budget::new(256, 8, 256).is_ok());
    }

    proptest! {
        #[test]
        fn every_sequence_once_and_within_the_budget(
            lengths in prop::collection::vec(1usize..64, 0..200),
            tokens in 64usize..512,
            sequences in 1usize..40,
        ) {
            let budget = Budget::new(tokens, sequences, 64).expect("a window fits");
            let batches = plan_batches(&lengths, budget);
            let mut seen: Vec<usize> = batches.concat();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..lengths.len()).collect::<Vec<_>>());
            for batch in &batches {
                let longest = batch.iter().map(|&i| lengths[i]).max().expect("no empty batch");
                prop_assert!(batch.len() * longest <= tokens && batch.len() <= sequences);
            }
        }

        // Sorting bounds the padding: a batch of n sequences pads at most n times the difference of its longest and
        // shortest, and over batches that are sorted these differences add up to at most the whole range.
        // (It does not beat reading order every time: with lengths 1, 1, ..., 2 it pads one token more.)
        #[test]
        fn padding_is_bounded_by_one_batch_of_the_whole_range(
            lengths in prop::collection::vec(1usize..64, 1..200),
            sequences in 1usize..40,
        ) {
            let budget = Budget::new(64 * 32, sequences, 64).expect("a window fits");
            let padding: usize = plan_batches(&lengths, budget)
                .iter()
                .map(|batch| {
                    let longest = batch.iter().map(|&i| lengths[i]).max().unwrap_or(0);
                    batch.iter().map(|&i| longest - lengths[i]).sum::<usize>()
                })
                .sum();
            let range = lengths.iter().max().unwrap_or(&0) - lengths.iter().min().unwrap_or(&0);
            prop_assert!(padding <= sequences * range, "{padding} tokens padded, {sequences} x {range} allowed");
        }
    }
}
