//! From texts to hidden states: tokenized, cut into windows, sorted into batches, encoded, joined again.

use std::collections::HashMap;
use std::ops::Range;

use dyad_models::{EncodedPair, Encoder, ModelError, RaggedBatch, SequenceClassifier, Tokenizer, Tokens};
use ndarray::{Array2, ArrayView2, s};
use rayon::prelude::*;

use crate::plan::{Budget, plan_batches};
use crate::windows;

/// A text ready for the encoder.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Tokens of the whole text, special tokens included.
    pub tokens: Tokens,
    /// Windows over the inner tokens, each short enough for the model; one when the text fits as it is.
    pub windows: Vec<Range<usize>>,
}

/// What tokenizing a text led to.
#[derive(Debug, Clone)]
pub enum Preparation {
    /// Something to encode.
    Ready(Prepared),
    /// No token but special ones: there is nothing to say about the text.
    Empty,
    /// The tokenizer failed.
    Failed,
}

/// Tokenizes a text for a model of `max_length` tokens, special tokens included.
pub fn prepare(tokenizer: &Tokenizer, text: &str, max_length: usize) -> Preparation {
    match tokenizer.encode(text) {
        Ok(tokens) if tokens.is_empty() => Preparation::Empty,
        Ok(tokens) => {
            let windows = windows::plan_windows(tokens.len() - 2, max_length - 2);
            Preparation::Ready(Prepared { tokens, windows })
        }
        Err(_) => Preparation::Failed,
    }
}

/// Tokenizes texts; gives the numbers of those that can be encoded, and the texts themselves as prepared.
pub fn prepare_all(tokenizer: &Tokenizer, texts: &[&str], max_length: usize) -> (Vec<usize>, Vec<Prepared>) {
    let tokenized: Vec<Preparation> =
        texts.par_iter().map(|text| prepare(tokenizer, text, max_length)).collect();
    let ready = |(number, preparation)| match preparation {
        Preparation::Ready(ready) => Some((number, ready)),
        Preparation::Empty | Preparation::Failed => None,
    };
    tokenized.into_iter().enumerate().filter_map(ready).unzip()
}

/// A text's number and its hidden states `[tokens, hidden]`; `None` where a part could not be encoded.
pub type TextStates = (usize, Option<Array2<f32>>);

/// What came of one batch.
#[derive(Debug)]
pub struct Encoded {
    /// A text with a window in the batch, for the counts.
    pub first: usize,
    /// Tokens in the batch, padding left out.
    pub tokens: usize,
    /// Tokens after padding.
    pub padded_tokens: usize,
    /// How many times a part of the batch failed and was tried again in halves.
    pub retries: u64,
    /// Texts whose last window was in this batch.
    pub complete: Vec<TextStates>,
}

/// Encodes texts in length-sorted batches and hands each batch's outcome to `sink`; every text is complete exactly once.
pub fn encode_all(
    encoder: &mut dyn Encoder,
    prepared: &[Prepared],
    budget: Budget,
    mut sink: impl FnMut(Encoded),
) {
    let sequences: Vec<(usize, usize)> = prepared
        .iter()
        .enumerate()
        .flat_map(|(text, entry)| (0..entry.windows.len()).map(move |window| (text, window)))
        .collect();
    let lengths: Vec<usize> =
        sequences.iter().map(|&(text, window)| prepared[text].windows[window].len() + 2).collect();
    let mut waiting = Waiting::default();
    for batch in plan_batches(&lengths, budget) {
        let members: Vec<(usize, usize)> = batch.iter().map(|&index| sequences[index]).collect();
        let ragged = gather(prepared, &members);
        let mut retries = 0;
        let states = encode_or_halve(encoder, &ragged, &mut retries);
        sink(Encoded {
            first: members[0].0,
            tokens: ragged.n_tokens(),
            padded_tokens: ragged.n_padded_tokens(),
            retries,
            complete: waiting.add(prepared, &members, states),
        });
    }
}

/// A window's number and its hidden states, `None` where it could not be encoded.
type WindowStates = (usize, Option<Array2<f32>>);

/// Hidden states of windows whose text still lacks others, by text.
#[derive(Default)]
struct Waiting {
    parts: HashMap<usize, Vec<WindowStates>>,
}

impl Waiting {
    /// Takes in a batch's states and gives back the texts that are now complete; `None` where a window failed.
    fn add(
        &mut self,
        prepared: &[Prepared],
        members: &[(usize, usize)],
        states: Vec<Option<Array2<f32>>>,
    ) -> Vec<TextStates> {
        let mut complete = Vec::with_capacity(members.len());
        for (&(item, window), state) in members.iter().zip(states) {
            let text = &prepared[item];
            if text.windows.len() == 1 {
                complete.push((item, state));
                continue;
            }
            let parts = self.parts.entry(item).or_default();
            parts.push((window, state));
            if parts.len() == text.windows.len() {
                let mut parts = self.parts.remove(&item).unwrap_or_default();
                parts.sort_by_key(|(window, _)| *window);
                let whole: Option<Vec<Array2<f32>>> = parts.into_iter().map(|(_, state)| state).collect();
                complete.push((item, whole.map(|states| join(text, &states))));
            }
        }
        complete
    }
}

fn join(text: &Prepared, states: &[Array2<f32>]) -> Array2<f32> {
    let views: Vec<ArrayView2<'_, f32>> = states.iter().map(|state| state.view()).collect();
    windows::join(text.tokens.len() - 2, &text.windows, &views)
}

fn gather(prepared: &[Prepared], members: &[(usize, usize)]) -> RaggedBatch {
    let mut batch = RaggedBatch::new();
    for &(item, window) in members {
        let text = &prepared[item];
        let (ids, type_ids) = windows::window_ids(&text.tokens, &text.windows[window]);
        batch.push(&ids, &type_ids);
    }
    batch
}

/// Encodes a batch; when the backend fails, halves it until the sequences that cannot be encoded stand alone.
///
/// The result has one entry a sequence, `None` for one that failed by itself.
fn encode_or_halve(
    encoder: &mut dyn Encoder,
    batch: &RaggedBatch,
    retries: &mut u64,
) -> Vec<Option<Array2<f32>>> {
    match encoder.encode(batch) {
        Ok(states) => {
            (0..batch.len()).map(|index| Some(states.slice(s![batch.rows(index), ..]).to_owned())).collect()
        }
        Err(_) if batch.len() > 1 => {
            *retries += 1;
            let middle = batch.len() / 2;
            let mut states = encode_or_halve(encoder, &batch.slice(0..middle), retries);
            states.extend(encode_or_halve(encoder, &batch.slice(middle..batch.len()), retries));
            states
        }
        Err(_) => vec![None],
    }
}

/// Puts pairs of texts through a classifier in length-sorted batches: one answer a pair, in order, `None` where the pair is missing
/// or its batch failed.
pub fn answer_pairs<T>(
    model: &mut SequenceClassifier,
    pairs: &[Option<EncodedPair>],
    budget: Budget,
    mut answer: impl FnMut(&mut SequenceClassifier, &RaggedBatch) -> Result<Vec<T>, ModelError>,
) -> Vec<Option<T>> {
    let present: Vec<(usize, &EncodedPair)> =
        pairs.iter().enumerate().filter_map(|(number, pair)| Some((number, pair.as_ref()?))).collect();
    let lengths: Vec<usize> = present.iter().map(|(_, pair)| pair.ids.len()).collect();
    let mut answers: Vec<Option<T>> = pairs.iter().map(|_| None).collect();
    for batch in plan_batches(&lengths, budget) {
        let mut ragged = RaggedBatch::new();
        for &member in &batch {
            ragged.push(&present[member].1.ids, &present[member].1.type_ids);
        }
        if let Ok(found) = answer(model, &ragged) {
            for (member, found) in batch.into_iter().zip(found) {
                answers[present[member].0] = Some(found);
            }
        }
    }
    answers
}
