//! A loaded classifier against its entry of the reference, alone and among neighbours.
#![cfg_attr(not(all(feature = "onnx", feature = "torch")), allow(dead_code))]

use dyad_models::{RaggedBatch, SequenceClassifier, TokenClassifier, Tokens};
use ndarray::s;

use super::folder::{Entry, close};

/// Against `transformers`, and of a text alone against the same text in a batch.
pub const TOLERANCE: f32 = 1e-4;

pub fn tokens_of(model: &TokenClassifier, entry: &Entry) -> Vec<Tokens> {
    entry.tokens.iter().map(|case| model.tokenizer().encode(&case.text).unwrap()).collect()
}

fn check_tokens(entry: &Entry, tokens: &[Tokens]) {
    for (case, found) in entry.tokens.iter().zip(tokens) {
        let what = format!("{}: {:?}", entry.name, case.text);
        assert_eq!(found.ids, case.ids, "{what}");
        assert!(found.type_ids.iter().all(|&id| id == 0), "{what}");
        for (token, expected) in found.tokens.iter().zip(&case.tokens) {
            match expected {
                Some((start, end, word)) => {
                    assert_eq!((token.span.start, token.span.end), (*start, *end), "{what}");
                    assert_eq!(token.word, Some(*word), "{what}");
                }
                None => assert!(token.span.is_empty(), "{what}: {token:?}"),
            }
        }
    }
}

/// Compares every text alone, and all of them in one batch, in both orders.
pub fn check_token_logits(model: &mut TokenClassifier, entry: &Entry) {
    let tokens = tokens_of(model, entry);
    check_tokens(entry, &tokens);
    let check = |index: usize, found: ndarray::ArrayView2<'_, f32>, how: &str| {
        let case = &entry.tokens[index];
        for (row, expected) in found.rows().into_iter().zip(&case.logits) {
            close(&format!("{} {how}: {:?}", entry.name, case.text), &row.to_vec(), expected, TOLERANCE);
        }
        assert_eq!(found.nrows(), case.logits.len());
    };
    for (index, tokens) in tokens.iter().enumerate() {
        let logits = model.logits(&RaggedBatch::from_tokens([tokens])).unwrap();
        check(index, logits.view(), "alone");
    }
    let forward: Vec<usize> = (0..tokens.len()).collect();
    let backward: Vec<usize> = forward.iter().rev().copied().collect();
    for order in [forward, backward] {
        let batch = RaggedBatch::from_tokens(order.iter().map(|&index| &tokens[index]));
        let logits = model.logits(&batch).unwrap();
        for (row, &index) in order.iter().enumerate() {
            check(index, logits.slice(s![batch.rows(row), ..]), "in a batch");
        }
    }
}

pub fn check_sequence_logits(model: &mut SequenceClassifier, entry: &Entry) {
    let mut whole = RaggedBatch::new();
    for case in &entry.sequences {
        let encoded = model.encode(&case.text, case.pair.as_deref()).unwrap();
        let what = format!("{}: {:?}", entry.name, (&case.text, &case.pair));
        assert_eq!(encoded.ids, case.ids, "{what}");
        let zeros = vec![0; case.ids.len()];
        assert_eq!(&encoded.type_ids, case.types.as_ref().unwrap_or(&zeros), "{what}");
        assert_eq!(encoded.n_cut_tokens, 0, "{what}");
        let mut alone = RaggedBatch::new();
        alone.push(&encoded.ids, &encoded.type_ids);
        whole.push(&encoded.ids, &encoded.type_ids);
        let logits = model.logits(&alone).unwrap();
        close(&format!("{what} alone"), &logits.row(0).to_vec(), &case.logits, TOLERANCE);
    }
    let logits = model.logits(&whole).unwrap();
    assert_eq!(logits.nrows(), entry.sequences.len());
    for (row, case) in logits.rows().into_iter().zip(&entry.sequences) {
        close(&format!("{} in a batch: {:?}", entry.name, case.text), &row.to_vec(), &case.logits, TOLERANCE);
    }
}
