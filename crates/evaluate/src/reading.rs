//! Texts through a model, in the batches of the annotator.

use dyad_annotate::encode::{Prepared, answer_pairs, encode_all, prepare_all};
use dyad_annotate::plan::Budget;
use dyad_models::{
    EncodedPair, Encoder, Heads, JointModel, ModelError, RaggedBatch, SequenceClassifier, TokenClassifier,
    Tokens,
};
use ndarray::ArrayView2;

use crate::EvaluateError;

/// Tokens of a batch after padding; the same as the annotator's default.
const BATCH_TOKENS: usize = 16_384;
/// Sequences of a batch.
pub(crate) const BATCH_SEQUENCES: usize = 64;

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
    let budget = budget(max_length, sequences)?;
    let ready = prepare_all(&model.tokenizer, texts, max_length);
    let heads = &model.heads;
    Ok(read_prepared(&mut *model.encoder, ready, texts.len(), budget, |number, tokens, hidden| {
        read(number, tokens, hidden, heads)
    }))
}

/// Reads something off every text's log-probabilities `[tokens, tags]`, as [`read_in_batches`] does off hidden states.
///
/// # Errors
/// As [`read_all`].
pub(crate) fn read_tags<T>(
    model: &mut TokenClassifier,
    texts: &[&str],
    sequences: usize,
    read: impl FnMut(usize, &Tokens, ArrayView2<'_, f32>) -> T,
) -> Result<Vec<Option<T>>, EvaluateError> {
    let max_length = model.max_length();
    let budget = budget(max_length, sequences)?;
    let ready = prepare_all(model.tokenizer(), texts, max_length);
    Ok(read_prepared(model, ready, texts.len(), budget, read))
}

/// One answer a pair of texts, at most `sequences` pairs in a batch, in order; `None` where the pair could not be encoded.
///
/// # Errors
/// As [`read_all`].
pub(crate) fn judge_pairs<T>(
    model: &mut SequenceClassifier,
    pairs: &[(&str, &str)],
    sequences: usize,
    answer: impl FnMut(&mut SequenceClassifier, &RaggedBatch) -> Result<Vec<T>, ModelError>,
) -> Result<Vec<Option<T>>, EvaluateError> {
    let budget = budget(model.max_length(), sequences)?;
    let encoded: Vec<Option<EncodedPair>> =
        pairs.iter().map(|(text, pair)| model.encode(text, Some(pair)).ok()).collect();
    Ok(answer_pairs(model, &encoded, budget, answer))
}

fn budget(max_length: usize, sequences: usize) -> Result<Budget, EvaluateError> {
    Ok(Budget::new(BATCH_TOKENS.max(max_length), sequences, max_length)?)
}

fn read_prepared<T>(
    encoder: &mut dyn Encoder,
    (places, prepared): (Vec<usize>, Vec<Prepared>),
    n_texts: usize,
    budget: Budget,
    mut read: impl FnMut(usize, &Tokens, ArrayView2<'_, f32>) -> T,
) -> Vec<Option<T>> {
    let mut results: Vec<Option<T>> = (0..n_texts).map(|_| None).collect();
    encode_all(encoder, &prepared, budget, |batch| {
        for (item, states) in batch.complete {
            if let Some(states) = states {
                let number = places[item];
                results[number] = Some(read(number, &prepared[item].tokens, states.view()));
            }
        }
    });
    results
}
