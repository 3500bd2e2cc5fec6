//! Checkpoints that answer one question in place of the joint model.

use dyad_core::{AnnotateConfig, AnnotatedArticle, AnnotatedSentence, Polarity, Side};
use dyad_models::{EncodedPair, RaggedBatch, Role, SequenceClassifier, TokenClassifier};

use crate::AnnotateError;
use crate::encode::{encode_all, prepare_all};
use crate::entities::{Decoded, decode_scores};
use crate::plan::{Budget, plan_batches};

/// A model with the limits of its batches.
pub struct Filled<M> {
    model: M,
    budget: Budget,
}

/// Models that fill single roles; a role without one stays with the joint model.
#[derive(Default)]
pub struct RoleModels {
    /// Finds entities.
    pub(crate) entities: Option<Filled<TokenClassifier>>,
    /// Judges a target in a sentence.
    pub(crate) sentiment: Option<Filled<SequenceClassifier>>,
}

impl RoleModels {
    /// Takes in the checkpoints that are there.
    ///
    /// # Errors
    /// [`AnnotateError::WrongRole`] for a sequence classifier that does not judge sentiment,
    /// [`AnnotateError::BudgetTooSmall`] when the longest input of one does not fit a batch.
    pub fn new(
        entities: Option<TokenClassifier>,
        sentiment: Option<SequenceClassifier>,
        limits: &AnnotateConfig,
    ) -> Result<Self, AnnotateError> {
        if let Some(manifest) = sentiment.as_ref().map(SequenceClassifier::manifest)
            && manifest.role() != Role::Sentiment
        {
            return Err(AnnotateError::WrongRole {
                role: "sentiment",
                model: manifest.name.clone(),
                found: format!("{:?}", manifest.role()).to_lowercase(),
            });
        }
        let budget = |longest| Budget::new(limits.batch_tokens, limits.batch_sentences, longest);
        let entities = entities
            .map(|model| Ok::<_, AnnotateError>(Filled { budget: budget(model.max_length())?, model }))
            .transpose()?;
        let sentiment = sentiment
            .map(|model| Ok::<_, AnnotateError>(Filled { budget: budget(model.max_length())?, model }))
            .transpose()?;
        Ok(Self { entities, sentiment })
    }

    /// What identifies the models, for fingerprints; empty without any.
    pub fn fingerprint(&self) -> String {
        let entities = self.entities.as_ref().map(|filled| filled.model.fingerprint());
        let sentiment = self.sentiment.as_ref().map(|filled| filled.model.fingerprint());
        let named = |role: &str, print: String| format!("{role} {print}");
        entities
            .map(|print| named("entities", print))
            .into_iter()
            .chain(sentiment.map(|print| named("sentiment", print)))
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// Names of the models by role, for messages.
    pub fn names(&self) -> Vec<(&'static str, &str)> {
        let entities =
            self.entities.as_ref().map(|filled| ("entities", filled.model.manifest().name.as_str()));
        let sentiment =
            self.sentiment.as_ref().map(|filled| ("sentiment", filled.model.manifest().name.as_str()));
        entities.into_iter().chain(sentiment).collect()
    }
}

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

impl Filled<SequenceClassifier> {
    /// Replaces the joint model's sentiment in some sentences: each mention of an actor is judged as a target, and an actor has
    /// the mean of its mentions. A sentence in which a target cannot be judged loses its answers and is counted as failed.
    pub fn judge(&mut self, places: &[(usize, usize)], annotated: &mut [AnnotatedArticle]) {
        let mut owners = Vec::new();
        let mut pairs: Vec<Option<EncodedPair>> = Vec::new();
        for &(article, sentence) in places {
            let entry = &annotated[article].sentences[sentence];
            for (number, mention) in entry.mentions.iter().enumerate().filter(|(_, m)| m.actor.is_some()) {
                owners.push((article, sentence, number));
                pairs.push(self.model.encode(&entry.sentence.text, Some(&mention.text)).ok());
            }
        }
        for (&(article, ..), pair) in owners.iter().zip(&pairs) {
            let is_cut = pair.as_ref().is_some_and(|pair| pair.n_cut_tokens > 0);
            annotated[article].counts.cut_targets += u64::from(is_cut);
        }
        let judged = self.polarities(&pairs);
        for (&(article, sentence, number), polarity) in owners.iter().zip(judged) {
            annotated[article].sentences[sentence].mentions[number].sentiment = polarity;
        }
        for &(article, sentence) in places {
            let entry = &mut annotated[article];
            if !settle(&mut entry.sentences[sentence]) {
                entry.counts.failed_sentences += 1;
            }
        }
    }

    /// One judgement a pair, `None` where it could not be encoded.
    fn polarities(&mut self, pairs: &[Option<EncodedPair>]) -> Vec<Option<Polarity>> {
        let lengths: Vec<usize> =
            pairs.iter().map(|pair| pair.as_ref().map_or(1, |pair| pair.ids.len())).collect();
        let mut judged = vec![None; pairs.len()];
        for batch in plan_batches(&lengths, self.budget) {
            let mut members = Vec::with_capacity(batch.len());
            let mut ragged = RaggedBatch::new();
            for index in batch {
                if let Some(pair) = &pairs[index] {
                    ragged.push(&pair.ids, &pair.type_ids);
                    members.push(index);
                }
            }
            if let Ok(polarities) = self.model.polarities(&ragged) {
                for (index, polarity) in members.into_iter().zip(polarities) {
                    judged[index] = Some(polarity);
                }
            }
        }
        judged
    }
}

/// Gives each actor of a sentence the mean of its mentions; false, and no answers, where a mention has no judgement.
fn settle(sentence: &mut AnnotatedSentence) -> bool {
    let of = |side: Side| -> Option<Vec<Polarity>> {
        sentence.mentions.iter().filter(|mention| mention.actor == Some(side)).map(|m| m.sentiment).collect()
    };
    let (Some(a), Some(b)) = (of(Side::A), of(Side::B)) else {
        sentence.mentions.clear();
        (sentence.sentiment_a, sentence.sentiment_b, sentence.relation) = (None, None, None);
        return false;
    };
    (sentence.sentiment_a, sentence.sentiment_b) = (mean(&a), mean(&b));
    if let (Some(relation), Some(a), Some(b)) =
        (&mut sentence.relation, sentence.sentiment_a, sentence.sentiment_b)
    {
        (relation.sentiment_a, relation.sentiment_b) = (a, b);
    }
    true
}

fn mean(polarities: &[Polarity]) -> Option<Polarity> {
    let share = 1.0 / polarities.len() as f32;
    let sum = |part: fn(&Polarity) -> f32| polarities.iter().map(part).sum::<f32>() * share;
    (!polarities.is_empty()).then(|| Polarity {
        negative: sum(|p| p.negative),
        neutral: sum(|p| p.neutral),
        positive: sum(|p| p.positive),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_has_the_mean_of_its_mentions() {
        let polarity = |values: [f32; 3]| Polarity::from(values);
        let found = mean(&[polarity([1.0, 0.0, 0.0]), polarity([0.0, 0.0, 1.0])]).expect("two mentions");
        assert_eq!(found, polarity([0.5, 0.0, 0.5]));
        assert_eq!(mean(&[]), None);
    }
}
