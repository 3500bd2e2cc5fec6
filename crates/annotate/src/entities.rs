//! Entity tags per word, decoded under the rules of BIO, and the spans they form.

use dyad_core::{EntityType, Span};
use dyad_models::{Heads, LabelScheme, Tag, Tokens};
use ndarray::{ArrayView2, Axis};

/// An entity found by the model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entity {
    /// Bytes of the sentence.
    pub span: Span,
    /// Kind.
    pub entity_type: EntityType,
    /// Mean over the entity's words of the probability of the tag chosen, 0 to 1.
    pub score: f32,
}

/// What the entity head says about a sentence.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decoded {
    /// Entities in order; they do not overlap.
    pub entities: Vec<Entity>,
    /// Span of each word and the probability that it is part of an entity.
    pub words: Vec<(Span, f32)>,
}

/// Decodes a sentence from its hidden states (`[tokens, hidden]`); a word is judged by its first token.
pub fn decode(tokens: &Tokens, hidden: ArrayView2<'_, f32>, heads: &Heads) -> Decoded {
    let first = first_tokens(tokens);
    let scores = heads.entity_log_probabilities(hidden.select(Axis(0), &first).view());
    decode_words(tokens, scores.view(), heads.scheme())
}

/// Decodes a sentence from the log-probabilities of every token (`[tokens, tags]`), as a checkpoint gives them.
pub fn decode_scores(tokens: &Tokens, scores: ArrayView2<'_, f32>, scheme: &LabelScheme) -> Decoded {
    decode_words(tokens, scores.select(Axis(0), &first_tokens(tokens)).view(), scheme)
}

fn first_tokens(tokens: &Tokens) -> Vec<usize> {
    tokens.words().iter().map(|word| word.start).collect()
}

/// `scores` are log-probabilities, `[words, tags]`.
fn decode_words(tokens: &Tokens, scores: ArrayView2<'_, f32>, scheme: &LabelScheme) -> Decoded {
    let words = tokens.words();
    if words.is_empty() {
        return Decoded::default();
    }
    let tags = &scheme.0;
    let path = viterbi(scores, tags);
    let outside = tags.iter().position(|tag| *tag == Tag::Outside).unwrap_or(0);
    let spans: Vec<Span> = words
        .iter()
        .map(|word| Span::new(tokens.tokens[word.start].span.start, tokens.tokens[word.end - 1].span.end))
        .collect();
    let words =
        spans.iter().enumerate().map(|(row, &span)| (span, 1.0 - scores[(row, outside)].exp())).collect();
    Decoded { entities: collect(&path, &spans, scores, tags), words }
}

/// The most probable sequence of tags in which an inside tag only continues its own type
/// (Viterbi with forbidden transitions). `scores` is `[words, tags]` of log-probabilities.
pub fn viterbi(scores: ArrayView2<'_, f32>, tags: &[Tag]) -> Vec<usize> {
    let (n_words, n_tags) = scores.dim();
    if n_words == 0 {
        return Vec::new();
    }
    let mut best: Vec<f32> = (0..n_tags)
        .map(|tag| if tags[tag].may_follow(None) { scores[(0, tag)] } else { f32::NEG_INFINITY })
        .collect();
    let mut back = vec![vec![0; n_tags]; n_words];
    for word in 1..n_words {
        let mut next = vec![f32::NEG_INFINITY; n_tags];
        for tag in 0..n_tags {
            for previous in 0..n_tags {
                if best[previous] > next[tag] && tags[tag].may_follow(Some(tags[previous])) {
                    next[tag] = best[previous];
                    back[word][tag] = previous;
                }
            }
            next[tag] += scores[(word, tag)];
        }
        best = next;
    }
    let mut tag = (0..n_tags).max_by(|&a, &b| best[a].total_cmp(&best[b])).unwrap_or(0);
    let mut path = vec![tag; n_words];
    for word in (1..n_words).rev() {
        tag = back[word][tag];
        path[word - 1] = tag;
    }
    path
}

fn collect(path: &[usize], spans: &[Span], scores: ArrayView2<'_, f32>, tags: &[Tag]) -> Vec<Entity> {
    let mut entities: Vec<(Entity, usize)> = Vec::new();
    for (word, &tag) in path.iter().enumerate() {
        let probability = scores[(word, tag)].exp();
        match tags[tag] {
            Tag::Outside => {}
            Tag::Begin(entity_type) => {
                entities.push((Entity { span: spans[word], entity_type, score: probability }, 1));
            }
            Tag::Inside(_) => {
                if let Some((entity, n_words)) = entities.last_mut() {
                    entity.span.end = spans[word].end;
                    entity.score += probability;
                    *n_words += 1;
                }
            }
        }
    }
    entities.into_iter().map(|(entity, n)| Entity { score: entity.score / n as f32, ..entity }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use proptest::prelude::*;

    fn tags() -> Vec<Tag> {
        vec![
            Tag::Outside,
            Tag::Begin(EntityType::Person),
            Tag::Inside(EntityType::Person),
            Tag::Begin(EntityType::Location),
            Tag::Inside(EntityType::Location),
        ]
    }

    proptest! {
        #[test]
        fn the_path_obeys_bio_and_beats_every_other(values in prop::collection::vec(-5.0f32..0.0, 5 * 4)) {
            let scores = Array2::from_shape_vec((4, 5), values).expect("sizes fit");
            let tags = tags();
            let total = |path: &[usize]| -> f32 { path.iter().enumerate().map(|(w, &t)| scores[(w, t)]).sum() };
            let legal = |path: &[usize]| {
                (0..path.len()).all(|w| tags[path[w]].may_follow(w.checked_sub(1).map(|p| tags[path[p]])))
            };
            let best = viterbi(scores.view(), &tags);
            prop_assert!(legal(&best));
            for code in 0..5usize.pow(4) {
                let path: Vec<usize> = (0..4).map(|digit| code / 5usize.pow(digit) % 5).collect();
                prop_assert!(!legal(&path) || total(&path) <= total(&best) + 1e-4);
            }
        }
    }

    #[test]
    fn an_entity_spans_its_words_and_averages_their_probability() {
        let spans = [Span::new(0, 5), Span::new(6, 12), Span::new(13, 15)];
        let mut scores = Array2::from_elem((3, 5), f32::NEG_INFINITY);
        scores[(0, 1)] = 0.9f32.ln();
        scores[(1, 2)] = 0.5f32.ln();
        scores[(2, 0)] = 0.0;
        let entities = collect(&[1, 2, 0], &spans, scores.view(), &tags());
        assert_eq!(entities.len(), 1);
        assert_eq!(entities[0].span, Span::new(0, 12));
        assert!((entities[0].score - 0.7).abs() < 1e-6);
    }
}
