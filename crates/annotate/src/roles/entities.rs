//! Entities by a token classifier.

use dyad_models::TokenClassifier;

use super::Filled;
use crate::encode::{encode_all, prepare_all};
use crate::entities::{Decoded, decode_scores};

impl Filled<TokenClassifier> {
    /// Entities of every text, in order; `None` where the text has no token or could not be encoded.
    pub fn find(&mut self, texts: &[&str]) -> Vec<Option<Decoded>> {
        let model = &mut self.model;
        let (places, prepared) = prepare_all(model.tokenizer(), texts, model.max_length());
        let scheme = model.scheme().clone();
        let mut found: Vec<Option<Decoded>> = texts.iter().map(|_| None).collect();
        // A token classifier's states are the log-probabilities of its tags.
        encode_all(model, &prepared, self.budget, |batch| {
            for (item, scores) in batch.complete {
                found[places[item]] =
                    scores.map(|scores| decode_scores(&prepared[item].tokens, scores.view(), &scheme));
            }
        });
        found
    }
}
