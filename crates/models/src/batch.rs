use ndarray::Array2;

use crate::Tokens;

/// Sequences of different length, laid end to end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RaggedBatch {
    /// Token ids of all sequences, one after the other.
    pub input_ids: Vec<u32>,
    /// Token type ids (case patterns for the joint model), same length as `input_ids`.
    pub token_type_ids: Vec<u32>,
    /// Start of each sequence in `input_ids`, and the total at the end: sequences + 1 values, the first 0.
    pub offsets: Vec<usize>,
}

/// A batch as a padded backend takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaddedBatch {
    /// `[sequences, longest]`, 0 where padded.
    pub input_ids: Array2<i64>,
    /// `[sequences, longest]`: 1 for a real token, 0 for padding.
    pub attention_mask: Array2<i64>,
    /// `[sequences, longest]`, 0 where padded.
    pub token_type_ids: Array2<i64>,
}

impl RaggedBatch {
    /// An empty batch.
    pub fn new() -> Self {
        Self { input_ids: Vec::new(), token_type_ids: Vec::new(), offsets: vec![0] }
    }

    /// A batch of token sequences.
    pub fn from_tokens<'t>(sequences: impl IntoIterator<Item = &'t Tokens>) -> Self {
        let mut batch = Self::new();
        for tokens in sequences {
            batch.push(&tokens.ids, &tokens.type_ids);
        }
        batch
    }

    /// Adds one sequence; both slices have the same length, special tokens included.
    pub fn push(&mut self, ids: &[u32], type_ids: &[u32]) {
        debug_assert_eq!(ids.len(), type_ids.len());
        self.input_ids.extend_from_slice(ids);
        self.token_type_ids.extend_from_slice(type_ids);
        self.offsets.push(self.input_ids.len());
    }

    /// Number of sequences.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether the batch holds no sequence.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Real tokens in all sequences.
    pub fn n_tokens(&self) -> usize {
        self.input_ids.len()
    }

    /// Tokens of the longest sequence.
    pub fn max_length(&self) -> usize {
        self.offsets.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0)
    }

    /// Tokens that a padded backend computes: sequences times the longest.
    pub fn n_padded_tokens(&self) -> usize {
        self.len() * self.max_length()
    }

    /// Rows of sequence `index` in the hidden states.
    pub fn rows(&self, index: usize) -> std::ops::Range<usize> {
        self.offsets[index]..self.offsets[index + 1]
    }

    /// Sequences of a range, as a batch of its own.
    pub fn slice(&self, range: std::ops::Range<usize>) -> Self {
        let mut part = Self::new();
        for index in range {
            let rows = self.rows(index);
            part.push(&self.input_ids[rows.clone()], &self.token_type_ids[rows]);
        }
        part
    }

    /// Pads to the longest sequence. The one place where padding happens.
    pub fn pad(&self) -> PaddedBatch {
        let shape = (self.len(), self.max_length());
        let mut padded = PaddedBatch {
            input_ids: Array2::zeros(shape),
            attention_mask: Array2::zeros(shape),
            token_type_ids: Array2::zeros(shape),
        };
        for index in 0..self.len() {
            for (column, row) in self.rows(index).enumerate() {
                padded.input_ids[(index, column)] = i64::from(self.input_ids[row]);
                padded.attention_mask[(index, column)] = 1;
                padded.token_type_ids[(index, column)] = i64::from(self.token_type_ids[row]);
            }
        }
        padded
    }

    /// Takes padded hidden states (`[sequences * longest, hidden]`, row-major) back to ragged rows.
    ///
    /// Returns `None` when `padded` does not have the size that this batch and `hidden` ask for.
    pub fn unpad(&self, padded: &[f32], hidden: usize) -> Option<Array2<f32>> {
        let longest = self.max_length();
        if padded.len() != self.len() * longest * hidden {
            return None;
        }
        let mut ragged = Vec::with_capacity(self.n_tokens() * hidden);
        for index in 0..self.len() {
            let start = index * longest * hidden;
            ragged.extend_from_slice(&padded[start..start + self.rows(index).len() * hidden]);
        }
        Array2::from_shape_vec((self.n_tokens(), hidden), ragged).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn unpad_undoes_pad(lengths in prop::collection::vec(1usize..9, 0..7)) {
            let mut batch = RaggedBatch::new();
            let mut next = 1;
            for length in &lengths {
                let ids: Vec<u32> = (next..next + *length as u32).collect();
                batch.push(&ids, &vec![1; *length]);
                next += *length as u32;
            }
            let padded = batch.pad();
            prop_assert_eq!(padded.attention_mask.sum() as usize, batch.n_tokens());
            prop_assert_eq!(padded.input_ids.len(), batch.n_padded_tokens());
            let as_states: Vec<f32> = padded.input_ids.iter().map(|&id| id as f32).collect();
            let ragged = batch.unpad(&as_states, 1).expect("sizes fit");
            let ids: Vec<u32> = ragged.iter().map(|&v| v as u32).collect();
            prop_assert_eq!(&ids, &batch.input_ids);
            prop_assert!(batch.unpad(&as_states, 2).is_none() || as_states.is_empty());
        }
    }

    #[test]
    fn a_slice_keeps_its_sequences() {
        let mut batch = RaggedBatch::new();
        batch.push(&[1, 2], &[0, 0]);
        batch.push(&[3], &[1]);
        batch.push(&[4, 5], &[2, 2]);
        let part = batch.slice(1..3);
        assert_eq!(part.input_ids, [3, 4, 5]);
        assert_eq!(part.offsets, [0, 1, 3]);
    }
}
