//! Texts through a model, in the batches of the annotator.

use dyad_annotate::encode::{encode_all, prepare_all};
use dyad_annotate::plan::Budget;
use dyad_models::{Heads, JointModel, Tokens};
use ndarray::ArrayView2;

use crate::EvaluateError;

/// Tokens of a batch after padding; the same as the annotator's default.
const BATCH_TOKENS: usize = 16_384;
/// Sequences of a batch.
const BATCH_SEQUENCES: usize = 64;

/// Reads something off every text's hidden states; the result is in the order of the texts, `None` where a text has no
/// token or could not be encoded.
///
/// # Errors
/// [`EvaluateError::Annotate`] when the batches cannot be planned.
pub(crate) fn read_all<T>(
    model: &mut JointModel,
    texts: &[&str],
    read: impl FnMut(usize, &Tokens, ArrayView2<'_, f32>, &Heads) -> T,
) -> Result<Vec<Option<T>>, EvaluateError> {
    read_in_batches(model, texts, BATCH_SEQUENCES, read)
}

/// The same with at most `sequences` texts in a batch.
///
/// # Errors
/// As [`read_all`].
pub(crate) fn read_in_batches<T>(
    model: &mut JointModel,
    texts: &[&str],
    sequences: usize,
    mut read: impl FnMut(usize, &Tokens, ArrayView2<'_, f32>, &Heads) -> T,
) -> Result<Vec<Option<T>>, EvaluateError> {
    let max_length = model.manifest.max_length;
    let budget = Budget::new(BATCH_TOKENS.max(max_length), sequences, max_length)?;
    let (places, prepared) = prepare_all(&model.tokenizer, texts, max_length);
    let mut results: Vec<Option<T>> = texts.iter().map(|_| None).collect();
    let heads = &model.heads;
    encode_all(&mut *model.encoder, &prepared, budget, |batch| {
        for (item, hidden) in batch.complete {
            if let Some(hidden) = hidden {
                let number = places[item];
                results[number] = Some(read(number, &prepared[item].tokens, hidden.view(), heads));
            }
        }
    });
    Ok(results)
}
