//! Sentiment by a sequence classifier: each mention of an actor is a target.

use dyad_core::{AnnotatedArticle, AnnotatedSentence, Polarity, Side};
use dyad_models::{EncodedPair, SequenceClassifier};

use super::{Filled, lose_answers};
use crate::encode::answer_pairs;

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
        let judged = answer_pairs(&mut self.model, &pairs, self.budget, SequenceClassifier::polarities);
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
}

/// Gives each actor of a sentence the mean of its mentions; false, and no answers, where a mention has no judgement.
fn settle(sentence: &mut AnnotatedSentence) -> bool {
    let of = |side: Side| -> Option<Vec<Polarity>> {
        sentence.mentions.iter().filter(|mention| mention.actor == Some(side)).map(|m| m.sentiment).collect()
    };
    let (Some(a), Some(b)) = (of(Side::A), of(Side::B)) else {
        lose_answers(sentence);
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
